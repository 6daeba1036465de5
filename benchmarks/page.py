"""What pages of measurements share: where and how they were measured, and where they go."""

import os
import platform
import shlex
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def machine(*libraries: str) -> str:
    """Say when and on what was measured, with the versions of Python and of these libraries."""
    versions = [f"{name} {version(name)}" for name in libraries]
    on = f"{os.cpu_count()} cores {platform.machine()}, {platform.system()}"
    return ", ".join([str(datetime.now(UTC).date()), on, f"Python {platform.python_version()}", *versions])


def command() -> str:
    """Say how to measure it again, as a block of Markdown."""
    program = f"benchmarks/{Path(sys.argv[0]).name}"
    return f"    PYTHONPATH=src python {shlex.join([program, *sys.argv[1:]])}"


def publish(page: str, path: Path | None) -> None:
    """Print a page, and write it to a file where one is named."""
    print(page)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page + "\n", encoding="utf-8")
