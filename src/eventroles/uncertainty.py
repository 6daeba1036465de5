"""Which documents annotators should see first: those in which a model expects to be corrected most often.

A score is the probability that exactly this span is right, so 1 - score is the chance that somebody has to correct it
("least confidence": Culotta and McCallum, 2005, "Reducing Labeling Effort for Structured Prediction Tasks"). Added up
over the events and arguments of a document, that is how many corrections to expect there; divided by its words, for
annotators read all of them, how many to expect for the same effort. (Settles and Craven, 2008, "An Analysis of Active
Learning Strategies for Sequence Labeling Tasks", compare sums over a sequence with other measures.) An event that the
model did not see at all has no score, and does not count.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from eventroles.documents import Document
from eventroles.words import split_words

_PER_WORDS: Final = 100


class Order(StrEnum):
    """Which documents come first."""

    GIVEN = "given"
    UNCERTAINTY = "uncertainty"


class Note(StrEnum):
    """What a selection did to a document that somebody might miss."""

    BEYOND_LIMIT = "document beyond the limit, not written"
    WITHOUT_SCORES = "document without scores, put last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which documents to take, and in which order.

    Attributes:
        order: Which come first; the others in the order given.
        limit: How many to take at most; None for all.
    """

    order: Order = Order.GIVEN
    limit: int | None = None


ALL_AS_GIVEN: Final = Selection()


def uncertainty_of(document: Document) -> float | None:
    """Say how many corrections to expect in every 100 words of a predicted document.

    Args:
        document: A document with scores.

    Returns:
        The number, 0 or more; None where no event or argument has a score, or there is no word to read.
    """
    chances = [1 - score for score in _scores(document)]
    n_words = len(split_words(document.text))
    return _PER_WORDS * sum(chances) / n_words if chances and n_words else None


def selected(documents: Iterable[Document], selection: Selection, noted: Counter[str]) -> Iterator[Document]:
    """Put documents in order, and take the first of them.

    Args:
        documents: The documents; all are read, and for an order other than the given one held at once.
        selection: Which to take, and in which order.
        noted: Gets how many documents were not taken, and how many could not be put in order.

    Yields:
        The documents taken.
    """
    if selection.order is Order.UNCERTAINTY:
        documents = _most_uncertain_first(documents, noted)
    for number, document in enumerate(documents):
        if selection.limit is None or number < selection.limit:
            yield document
        else:
            noted[Note.BEYOND_LIMIT] += 1


def _scores(document: Document) -> Iterator[float]:
    for event in document.events:
        scores = (event.score, *(argument.score for argument in event.arguments))
        yield from (score for score in scores if score is not None)


def _most_uncertain_first(documents: Iterable[Document], noted: Counter[str]) -> Iterable[Document]:
    scored: list[tuple[float, Document]] = []
    unscored: list[Document] = []
    for document in documents:
        uncertainty = uncertainty_of(document)
        if uncertainty is None:
            noted[Note.WITHOUT_SCORES] += 1
            unscored.append(document)
        else:
            scored.append((uncertainty, document))
    scored.sort(key=lambda pair: pair[0], reverse=True)
    return [*(document for _, document in scored), *unscored]
