"""How much of a corpus was annotated, where some of its documents were only in part."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eventroles.documents import Coverage, Document
from eventroles.words import split_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """What annotators looked at.

    Attributes:
        n_documents: Documents.
        n_in_part: Documents that were not annotated whole.
        n_words: Words.
        n_known_words: Words in an annotated region, of documents that were annotated for any type.
        types: Event types that some document was not annotated for, with how many documents were.
    """

    n_documents: int
    n_in_part: int
    n_words: int
    n_known_words: int
    types: Mapping[str, int]


def annotated_of(documents: Sequence[Document]) -> Annotated:
    """Count how much was annotated.

    Args:
        documents: The annotated documents.

    Returns:
        The counts; of event types those that stand in an event or in what a document was annotated for.
    """
    names = {event.event_type for document in documents for event in document.events}
    names.update(name for document in documents for name in document.coverage.event_types or ())
    n_by_type = {name: sum(document.coverage.has_type(name) for document in documents) for name in sorted(names)}
    words = [_n_words(document) for document in documents]
    return Annotated(
        n_documents=len(documents),
        n_in_part=sum(document.coverage != Coverage() for document in documents),
        n_words=sum(n_words for n_words, _ in words),
        n_known_words=sum(n_known for _, n_known in words),
        types={name: count for name, count in n_by_type.items() if count < len(documents)},
    )


def text_of_annotated(found: Annotated) -> str:
    """Write for people how much was annotated; empty where all of it was."""
    if not found.n_in_part:
        return ""
    lines = [
        f"Annotated in part: {found.n_in_part:,} of {found.n_documents:,} document(s). What was not is neither learnt "
        "from nor scored.",
        f"  {found.n_known_words:,} of {found.n_words:,} words were annotated",
        *(f"  {count:,} of {found.n_documents:,} documents for {name}" for name, count in found.types.items()),
    ]
    return "\n".join(lines)


def _n_words(document: Document) -> tuple[int, int]:
    """Count the words, and those that were annotated."""
    starts = [word.start for word in split_words(document.text)]
    if document.coverage.event_types == frozenset():
        return len(starts), 0
    if document.coverage.char_spans is None:
        return len(starts), len(starts)
    n_known = reached = 0
    for span in sorted(document.coverage.char_spans):
        first = max(bisect_left(starts, span.start), reached)
        reached = max(bisect_left(starts, span.end), reached)
        n_known += reached - first
    return len(starts), n_known
