"""How much of a corpus was annotated."""

import pytest

from eventroles.documents import Coverage, Document, Event
from eventroles.report.annotated import annotated_of, text_of_annotated
from eventroles.spans import Span

TEXT = "one two three four five"  # words at 0, 4, 8, 14, 19


def partial(types: set[str] | None = None, *regions: tuple[int, int]) -> Document:
    spans = tuple(Span(*bounds) for bounds in regions) if regions else None
    coverage = Coverage(event_types=None if types is None else frozenset(types), char_spans=spans)
    return Document(id="d", text=TEXT, coverage=coverage)


@pytest.mark.parametrize(
    ("regions", "n_known"),
    [
        ([(0, 3)], 1),
        ([(1, 5)], 1),  # the word at 0 begins before it
        ([(0, 9), (4, 14)], 3),  # they overlap
        ([(14, 23), (0, 3)], 3),  # in any order
        ([(0, 19), (4, 7), (8, 13)], 4),  # two in the first
        ([(3, 4)], 0),
    ],
)
def test_words_that_begin_in_a_region_are_known(regions: list[tuple[int, int]], n_known: int) -> None:
    found = annotated_of([partial(None, *regions)])
    assert (found.n_words, found.n_known_words, found.n_in_part) == (5, n_known, 1)


def test_no_word_is_known_where_no_region_or_no_type_was_annotated() -> None:
    nothing = Document(id="n", text=TEXT, coverage=Coverage(char_spans=()))
    assert annotated_of([partial(set()), nothing, partial(None, (0, 3))]).n_known_words == 1


def test_types_that_not_all_documents_were_annotated_for_are_counted() -> None:
    attack = Event(id="E1", event_type="Attack", trigger=Span(0, 3))
    whole = Document(id="w", text=TEXT, events=(attack,))
    found = annotated_of([whole, partial({"Attack"}), partial({"Attack", "Die"})])
    assert found.types == {"Die": 2}
    assert text_of_annotated(found) == (
        "Annotated in part: 2 of 3 document(s). What was not is neither learnt from nor scored.\n"
        "  15 of 15 words were annotated\n"
        "  2 of 3 documents for Die"
    )


def test_of_documents_annotated_whole_nothing_is_said() -> None:
    assert text_of_annotated(annotated_of([partial()])) == ""
    assert text_of_annotated(annotated_of([])) == ""
