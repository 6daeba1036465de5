"""The six scores, counted by hand on small documents."""

import pytest

from eventroles.documents import Argument, Coverage, Document, Event
from eventroles.errors import DataError
from eventroles.metrics import (
    Counts,
    Metric,
    argument_counts_by_role,
    paired,
    score_documents,
    trigger_counts_by_type,
)
from eventroles.spans import Span

TEXT = "0123456789"


def event(event_type: str, trigger: tuple[int, int] | None, **roles: tuple[int, int]) -> Event:
    return Event(
        id=f"{event_type}{trigger}{roles}",
        event_type=event_type,
        trigger=Span(*trigger) if trigger else None,
        arguments=tuple(Argument(role=role, char_span=Span(*bounds)) for role, bounds in roles.items()),
    )


def document(*events: Event, id: str = "d", coverage: Coverage | None = None) -> Document:
    return Document(id=id, text=TEXT, events=events, coverage=coverage or Coverage())


def triple(counts: Counts) -> tuple[int, int, int]:
    return counts.n_gold, counts.n_predicted, counts.n_correct


def triples(gold: Document, predicted: Document) -> dict[str, tuple[int, int, int]]:
    return {metric.value: triple(counts) for metric, counts in score_documents([gold], [predicted]).items()}


def test_every_metric_counts_its_own_keys() -> None:
    gold = document(
        event("Attack", (0, 1), Agent=(2, 3), Place=(4, 5)),
        event("Attack", (6, 7), Agent=(2, 3)),
        event("Meet", (8, 9), Entity=(2, 3)),
    )
    predicted = document(
        event("Attack", (0, 1), Agent=(4, 5), Place=(8, 9)),  # right trigger; (4, 5) is an argument of another role
        event("Meet", (6, 7), Entity=(2, 3)),  # right span of another type
        event("Attack", (5, 6), Agent=(2, 3)),  # right argument of a trigger that is not there
    )
    assert triples(gold, predicted) == {
        "Tri-I": (3, 3, 2),
        "Tri-C": (3, 3, 1),
        "Arg-I": (3, 4, 3),
        "Arg-C": (3, 4, 2),
        "Arg-I+": (4, 4, 1),
        "Arg-C+": (4, 4, 0),
    }


def test_all_six_metrics_are_scored_under_their_names() -> None:
    names = ["Tri-I", "Tri-C", "Arg-I", "Arg-C", "Arg-I+", "Arg-C+"]
    assert [metric.value for metric in Metric] == names
    assert list(score_documents([], [])) == list(Metric)


def test_gold_scored_against_itself_is_perfect() -> None:
    gold = document(event("Attack", (0, 1), Agent=(2, 3)), event("Meet", None, Entity=(0, 9)))
    assert all(counts.f1 == 1.0 for counts in score_documents([gold], [gold]).values())


def test_repeated_predictions_count_once() -> None:
    twice = document(event("Attack", (0, 1), Agent=(2, 3)), event("Attack", (0, 1), Agent=(2, 3)))
    assert set(triples(twice, twice).values()) == {(1, 1, 1)}


def test_a_span_in_two_roles_is_two_arguments_when_classified() -> None:
    both = document(event("Attack", (0, 1), Agent=(2, 3), Place=(2, 3)))
    one = document(event("Attack", (0, 1), Agent=(2, 3)))
    assert triples(both, one) == {
        "Tri-I": (1, 1, 1),
        "Tri-C": (1, 1, 1),
        "Arg-I": (1, 1, 1),
        "Arg-C": (2, 1, 1),
        "Arg-I+": (1, 1, 1),
        "Arg-C+": (2, 1, 1),
    }


def test_two_types_on_one_trigger_are_one_trigger_until_classified() -> None:
    both = document(event("Attack", (0, 1)), event("Die", (0, 1)))
    assert triples(both, document(event("Die", (0, 1))))["Tri-I"] == (1, 1, 1)
    assert triples(both, document(event("Die", (0, 1))))["Tri-C"] == (2, 1, 1)


@pytest.mark.parametrize("other", [(0, 2), (1, 2), (0, 3)])
def test_a_span_that_differs_by_a_character_is_wrong(other: tuple[int, int]) -> None:
    gold, predicted = document(event("A", (1, 3), R=(1, 3))), document(event("A", other, R=other))
    assert set(triples(gold, predicted).values()) == {(1, 1, 0)}


def test_events_without_trigger_are_matched_by_type() -> None:
    gold, predicted = document(event("Attack", None, Agent=(0, 1))), document(event("Attack", None, Agent=(0, 1)))
    assert set(triples(gold, predicted).values()) == {(1, 1, 1)}
    assert triples(gold, document(event("Attack", (0, 1), Agent=(0, 1))))["Arg-C+"] == (1, 1, 0)


def test_the_same_keys_in_two_documents_are_counted_twice() -> None:
    events = event("Attack", (0, 1), Agent=(2, 3))
    gold = [document(events, id="a"), document(events, id="b")]
    predicted = [document(events, id="a"), document(id="b")]
    assert {triple(counts) for counts in score_documents(gold, predicted).values()} == {(2, 1, 1)}


def test_only_what_was_annotated_is_scored() -> None:
    coverage = Coverage(event_types=frozenset({"Attack"}), char_spans=(Span(0, 5),))
    gold = document(event("Attack", (0, 1), Agent=(8, 9)), event("Meet", (2, 3)), coverage=coverage)
    predicted = document(
        event("Attack", (0, 1), Agent=(8, 9)), event("Attack", (5, 6), Agent=(0, 1)), event("Meet", (3, 4))
    )
    assert set(triples(gold, predicted).values()) == {(1, 1, 1)}


def test_the_coverage_of_the_predictions_does_not_count() -> None:
    gold = document(event("Attack", (0, 1), Agent=(8, 9)))
    predicted = document(event("Attack", (0, 1), Agent=(8, 9)), coverage=Coverage(event_types=frozenset()))
    assert set(triples(gold, predicted).values()) == {(1, 1, 1)}


def test_triggers_are_split_by_type_in_order_of_name() -> None:
    gold = [document(event("B", (0, 1)), event("A", (0, 1)), id="1"), document(event("B", (1, 2)), id="2")]
    predicted = [document(event("B", (0, 1)), event("C", (0, 1)), id="1"), document(event("B", (2, 3)), id="2")]
    split = trigger_counts_by_type(gold, predicted)
    assert [(name, triple(counts)) for name, counts in split.items()] == [
        ("A", (1, 0, 0)),
        ("B", (2, 2, 1)),
        ("C", (0, 1, 0)),
    ]


def test_arguments_are_split_by_role_over_all_types() -> None:
    gold = [document(event("A", (0, 1), Place=(2, 3), Agent=(4, 5)), event("B", (0, 1), Place=(2, 3)), id="1")]
    predicted = [document(event("A", (8, 9), Place=(2, 3), Time=(4, 5)), event("B", (0, 1), Place=(3, 4)), id="1")]
    split = argument_counts_by_role(gold, predicted)
    assert [(name, triple(counts)) for name, counts in split.items()] == [
        ("Agent", (1, 0, 0)),
        ("Place", (2, 2, 1)),
        ("Time", (0, 1, 0)),
    ]


def test_precision_recall_and_f1_of_counts() -> None:
    counts = Counts(n_gold=8, n_predicted=4, n_correct=3)
    assert (counts.precision, counts.recall, counts.f1) == (0.75, 0.375, 0.5)


@pytest.mark.parametrize(("n_gold", "n_predicted"), [(0, 0), (3, 0), (0, 3), (3, 3)])
def test_scores_without_a_hit_are_zero(n_gold: int, n_predicted: int) -> None:
    counts = Counts(n_gold=n_gold, n_predicted=n_predicted)
    assert (counts.precision, counts.recall, counts.f1) == (0.0, 0.0, 0.0)


def test_counts_add_up() -> None:
    total = Counts(n_gold=1, n_predicted=2, n_correct=1) + Counts(n_gold=10, n_predicted=20, n_correct=5)
    assert total == Counts(n_gold=11, n_predicted=22, n_correct=6)


def test_pairs_keep_the_gold_document_and_cut_both_sides() -> None:
    kept, cut = event("Attack", (0, 1)), event("Meet", (0, 1))
    gold = document(kept, cut, coverage=Coverage(event_types=frozenset({"Attack"})))
    (pair,) = paired(iter([gold]), iter([document(cut, kept)]))
    assert pair.document is gold
    assert (pair.gold, pair.predicted) == ((kept,), (kept,))


def test_a_missing_prediction_is_refused() -> None:
    with pytest.raises(DataError, match="predictions: must be of the same 2 documents as the gold, but are of 1"):
        score_documents([document(id="a"), document(id="b")], [document(id="a")])


@pytest.mark.parametrize("other", [Document(id="b", text=TEXT), Document(id="a", text=TEXT + " ")])
def test_another_document_in_its_place_is_refused(other: Document) -> None:
    with pytest.raises(DataError, match=rf"document '{other.id}': must have the id and text of gold document 'a'"):
        score_documents([document(id="a")], [other])
