"""Documents come in the order of the corrections to expect in them; none is lost without a count."""

from collections import Counter

import pytest

from eventroles.documents import Argument, Document, Event
from eventroles.spans import Span
from eventroles.uncertainty import Order, Selection, selected, uncertainty_of

FOUR_WORDS = "Rebels shelled Goma Friday"


def event(score: float | None, *of_arguments: float | None, id: str = "E1") -> Event:
    arguments = tuple(Argument(role="Place", char_span=Span(15, 19), score=given) for given in of_arguments)
    return Event(id=id, event_type="Attack", trigger=Span(7, 14), arguments=arguments, score=score)


def document(id: str, *events: Event, text: str = FOUR_WORDS) -> Document:
    return Document(id=id, text=text, events=events)


def ids(order: Order, limit: int | None, *documents: Document) -> tuple[list[str], dict[str, int]]:
    noted = Counter[str]()
    found = [found.id for found in selected(documents, Selection(order=order, limit=limit), noted)]
    return found, dict(noted)


SURE, UNSURE, MIDDLING = (document(str(score), event(score)) for score in (1.0, 0.25, 0.5))
BARE, EMPTY = document("bare", event(None)), document("empty")


def test_uncertainty_is_the_sum_of_what_scores_lack_by_100_words() -> None:
    # 0.25 and 0.5 of two events and 0.75 of an argument, in four words
    found = document("d", event(0.75, 0.25), event(0.5, id="E2"))
    assert uncertainty_of(found) == pytest.approx(100 * 1.5 / 4)


def test_twice_the_words_are_half_the_uncertainty() -> None:
    twice = document("d", event(0.5), text=f"{FOUR_WORDS} {FOUR_WORDS}")
    assert uncertainty_of(twice) == pytest.approx(100 * 0.5 / 8)


def test_a_sure_document_has_no_uncertainty_but_one_without_scores_has_none_to_tell() -> None:
    assert uncertainty_of(SURE) == 0.0
    assert [uncertainty_of(found) for found in (BARE, EMPTY, document("no word", event(0.5), text=" "))] == [None] * 3


def test_scores_that_are_missing_do_not_count() -> None:
    assert uncertainty_of(document("d", event(None, 0.5, None))) == pytest.approx(100 * 0.5 / 4)


def test_the_most_uncertain_come_first_and_those_without_scores_last() -> None:
    found, noted = ids(Order.UNCERTAINTY, None, BARE, SURE, UNSURE, EMPTY, MIDDLING)
    assert found == ["0.25", "0.5", "1.0", "bare", "empty"]
    assert noted == {"document without scores, put last": 2}


def test_documents_of_the_same_uncertainty_stay_in_their_order() -> None:
    same = [document(name, event(0.5)) for name in "cab"]
    assert ids(Order.UNCERTAINTY, None, *same) == (["c", "a", "b"], {})


def test_what_is_beyond_the_limit_is_counted() -> None:
    given = (SURE, UNSURE, MIDDLING)
    assert ids(Order.GIVEN, 2, *given) == (["1.0", "0.25"], {"document beyond the limit, not written": 1})
    assert ids(Order.UNCERTAINTY, 1, *given) == (["0.25"], {"document beyond the limit, not written": 2})
    assert ids(Order.GIVEN, 3, *given) == (["1.0", "0.25", "0.5"], {})


def test_in_the_given_order_documents_pass_one_at_a_time() -> None:
    given = iter((SURE, UNSURE))
    assert next(iter(selected(given, Selection(), Counter()))) is SURE
    assert next(given) is UNSURE
