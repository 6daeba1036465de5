"""Documents read some at a time, and their windows in batches of like length."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from eventroles.documents import Document
from eventroles.errors import EventRolesError
from eventroles.windows import ReadDocument, Reader, Window

_DOCUMENTS_AT_ONCE: Final = 256
"""Documents that are read ahead, so that windows of like length share a batch."""
_CHARS_AT_ONCE: Final = 4_000_000
"""Fewer are read ahead where they are long: words take some 150 bytes of memory a character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A window and the document, of those read at once, that it is from."""

    document: int
    window: Window


def read_ahead(documents: Iterable[Document], reader: Reader) -> Iterator[list[ReadDocument]]:
    """Read some documents at a time; where the source fails, those read before are still handed out.

    Args:
        documents: The documents.
        reader: Cuts them into windows.

    Yields:
        The documents read at once.

    Raises:
        EventRolesError: The source failed.
    """
    chunk: list[ReadDocument] = []
    n_chars = 0
    try:
        for document in documents:
            chunk.append(reader.read(document))
            n_chars += len(document.text)
            if len(chunk) == _DOCUMENTS_AT_ONCE or n_chars >= _CHARS_AT_ONCE:
                yield chunk
                chunk, n_chars = [], 0
    except EventRolesError:
        yield chunk
        raise
    yield chunk


def batches_of(places: Sequence[Place], batch_pieces: int) -> Iterator[list[Place]]:
    """Group windows of like length, longest first, under the budget of pieces.

    Args:
        places: The windows.
        batch_pieces: Most pieces of a batch, padding included.

    Yields:
        The batches.
    """
    batch: list[Place] = []
    for place in sorted(places, key=lambda place: -len(place.window.piece_ids)):
        longest = len((batch or [place])[0].window.piece_ids)
        if batch and longest * (len(batch) + 1) > batch_pieces:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
