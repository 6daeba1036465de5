"""What most formats have no place for, by the names that their writers count it under."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from eventroles.documents import Coverage, Document, Event

NOTHING: Final = Coverage(char_spans=())
"""What was annotated of a document that nobody has annotated yet."""


def count(left_out: Counter[str], name: str, n_times: int) -> None:
    """Count what was left out; no entry is made where nothing was."""
    if n_times:
        left_out[name] += n_times


def unsaid_of(document: Document) -> Iterator[str]:
    """Name what a format that has neither coverage nor receipts leaves out of a document."""
    if document.coverage != Coverage():
        yield "annotated part"
    if document.receipt is not None:
        yield "read-receipt"


def unsaid_of_drawn(document: Document) -> Iterator[str]:
    """Name what a format of regions and links, which keeps metadata, leaves out of a document.

    That nothing of it was annotated is left out: it goes to people, who annotate it.
    """
    if document.coverage == NOTHING:
        yield "annotated part"
    if document.receipt is not None:
        yield "read-receipt"


def unsaid_scores(events: Iterable[Event]) -> Iterator[str]:
    """Name each score that a format without scores leaves out of events and their arguments."""
    for event in events:
        scores = (event.score, *(argument.score for argument in event.arguments))
        yield from ("score" for score in scores if score is not None)
