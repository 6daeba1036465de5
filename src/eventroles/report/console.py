"""The one console on standard error, so that a progress bar and log lines do not break each other."""

import functools

from rich.console import Console


@functools.cache
def error_console() -> Console:
    """Give the console on standard error."""
    return Console(stderr=True)
