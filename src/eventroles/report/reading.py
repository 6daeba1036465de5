"""Show on a terminal that documents are being read."""

import sys
from collections.abc import Iterable, Iterator

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from eventroles.documents import Document
from eventroles.report.console import error_console


def with_progress(documents: Iterable[Document]) -> Iterator[Document]:
    """Pass documents on, and count them on standard error where that is a terminal; the count goes when all are read.

    Args:
        documents: The documents; how many there are need not be known.

    Yields:
        The same documents.
    """
    if not sys.stderr.isatty():
        yield from documents
        return
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} document(s) read"), TimeElapsedColumn())
    with Progress(*columns, console=error_console(), transient=True) as progress:
        task = progress.add_task("", total=None)
        for document in documents:
            progress.advance(task)
            yield document
