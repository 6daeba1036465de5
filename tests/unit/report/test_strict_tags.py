"""seqeval's strict report, by hand on small cases, and its counts against our own scores."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from eventroles.documents import Argument, Document, Event
from eventroles.metrics import Metric, Pair, paired, score_documents
from eventroles.report.strict_tags import Row, role_rows, trigger_rows
from eventroles.spans import Span

ODD = ["-", "B-X", "", "micro avg", "O", "two words", "well-known-name", "I-", "_", "0", "000000", "\u5317\u4eac"]
AVERAGES = ["micro avg", "macro avg", "weighted avg"]
TEXT = "0123456789"


def event(event_type: str, trigger: tuple[int, int] | None, *arguments: tuple[str, int, int]) -> Event:
    return Event(
        id="E",
        event_type=event_type,
        trigger=None if trigger is None else Span(*trigger),
        arguments=tuple(Argument(role=role, char_span=Span(start, end)) for role, start, end in arguments),
    )


def pairs_of(gold: list[Event], predicted: list[Event]) -> list[Pair]:
    left, right = (Document(id="d", text=TEXT, events=tuple(events)) for events in (gold, predicted))
    return list(paired([left], [right]))


def figures(rows: list[Row]) -> dict[str, tuple[Any, ...]]:
    return {row.name: (row.precision, row.recall, row.f1, row.support) for row in rows}


def test_rows_are_those_of_seqeval_by_hand() -> None:
    gold = [event("Attack", (0, 2)), event("Attack", (4, 5)), event("Die", (6, 8))]
    predicted = [event("Attack", (0, 2)), event("Die", (4, 5)), event("Die", (6, 9))]
    tags_gold = [
        ["B-Attack", "I-Attack", "O", "O", "B-Attack", "O", "O", "O", "O"],
        ["O"] * 6 + ["B-Die", "I-Die", "O"],
    ]
    tags_predicted = [
        ["B-Attack", "I-Attack", *["O"] * 7],
        [*["O"] * 4, "B-Die", "O", "B-Die", "I-Die", "I-Die"],
    ]
    report = classification_report(
        tags_gold, tags_predicted, mode="strict", scheme=IOB2, output_dict=True, zero_division=0
    )
    rows = trigger_rows(pairs_of(gold, predicted))
    assert [row.name for row in rows] == ["Attack", "Die", *AVERAGES]
    assert figures(rows) == {
        name: (values["precision"], values["recall"], values["f1-score"], values["support"])
        for name, values in report.items()
    }
    assert figures(rows)["Attack"] == (1.0, 0.5, pytest.approx(2 / 3), 2)
    assert figures(rows)["micro avg"] == (pytest.approx(1 / 3), pytest.approx(1 / 3), pytest.approx(1 / 3), 3)


def test_neither_gold_nor_prediction_gives_no_rows() -> None:
    pairs = pairs_of([event("A", None)], [])
    assert trigger_rows(pairs) == []
    assert role_rows(pairs) == []


def test_one_side_alone_has_zero_scores_without_a_warning() -> None:
    only = [event("A", (0, 1), ("R", 2, 3))]
    for rows_of in (trigger_rows, role_rows):
        assert {figures[:3] for figures in figures(rows_of(pairs_of(only, []))).values()} == {(0.0, 0.0, 0.0)}
        assert {row.support for row in rows_of(pairs_of([], only))} == {0}


def test_an_event_without_a_trigger_has_roles_but_no_trigger_row() -> None:
    pairs = pairs_of([event("A", None, ("R", 0, 1))], [event("A", None, ("R", 0, 1))])
    assert trigger_rows(pairs) == []
    assert figures(role_rows(pairs))["R"] == (1.0, 1.0, 1.0, 1)


@pytest.mark.parametrize("label", ODD)
def test_an_odd_label_has_a_row_under_its_own_name(label: str) -> None:
    gold, predicted = [event(label, (0, 1), (label, 2, 4))], [event(label, (0, 1), (label, 2, 4), (label, 5, 6))]
    assert (triggers := trigger_rows(pairs_of(gold, predicted)))[0].name == label
    assert (triggers[0].f1, triggers[0].support) == (1.0, 1)
    roles = role_rows(pairs_of(gold, predicted))
    assert [row.name for row in roles] == [label, *AVERAGES]
    assert (roles[0].precision, roles[0].recall, roles[0].support) == (0.5, 1.0, 1)


def test_odd_labels_are_kept_apart_and_sorted_by_name() -> None:
    events = [event(label, (0, 1)) for label in ODD]
    rows = trigger_rows(pairs_of(events, events[:6]))
    assert [row.name for row in rows] == [*sorted(ODD), *AVERAGES]
    assert {row.name: row.f1 for row in rows[: len(ODD)]} == {label: float(label in ODD[:6]) for label in ODD}


def test_overlapping_and_nested_spans_of_one_role_all_count() -> None:
    gold = [event("A", (0, 1), ("R", 0, 6), ("R", 2, 4), ("R", 3, 9), ("R", 3, 4))]
    predicted = [event("A", (0, 1), ("R", 2, 4), ("R", 3, 9), ("R", 0, 5), ("R", 0, 9), ("R", 1, 2))]
    row = role_rows(pairs_of(gold, predicted))[0]
    assert (row.precision, row.recall, row.support) == (2 / 5, 2 / 4, 4)


def test_a_span_that_begins_inside_a_word_counts() -> None:
    text_span = ("R", 1, 3)  # inside the one word of the text
    row = role_rows(pairs_of([event("A", (2, 5), text_span)], [event("A", (2, 5), text_span, ("R", 0, 3))]))[0]
    assert (row.precision, row.recall, row.support) == (0.5, 1.0, 1)


def test_neighbouring_spans_are_not_one() -> None:
    row = role_rows(pairs_of([event("A", (0, 1), ("R", 2, 4), ("R", 4, 6))], [event("A", (0, 1), ("R", 2, 6))]))[0]
    assert (row.precision, row.recall, row.support) == (0.0, 0.0, 2)


def test_an_argument_of_another_trigger_or_type_is_wrong() -> None:
    for other in (event("A", (1, 2), ("R", 4, 5)), event("B", (0, 1), ("R", 4, 5))):
        row = role_rows(pairs_of([event("A", (0, 1), ("R", 4, 5))], [other]))[0]
        assert (row.precision, row.recall, row.support) == (0.0, 0.0, 1)


spans = st.builds(lambda start, length: Span(start, start + length), st.integers(0, 6), st.integers(1, 4))
events = st.builds(
    Event,
    id=st.just("E"),
    event_type=st.sampled_from(["B-X", "-"]),
    trigger=spans,
    arguments=st.lists(
        st.builds(Argument, role=st.sampled_from(["micro avg", "x-y"]), char_span=spans), max_size=4
    ).map(tuple),
)


@st.composite
def corpora(draw: st.DrawFn) -> tuple[list[Document], list[Document]]:
    gold, predicted = [], []
    for number in range(draw(st.integers(1, 3))):
        right, made_up = draw(st.lists(events, max_size=4)), draw(st.lists(events, max_size=2))
        kept = [one for one in right if draw(st.booleans())]
        gold.append(Document(id=str(number), text=TEXT, events=tuple(right)))
        predicted.append(Document(id=str(number), text=TEXT, events=tuple(kept + made_up)))
    return gold, predicted


@given(corpora())
def test_the_micro_average_is_our_score(corpus: tuple[list[Document], list[Document]]) -> None:
    scores = score_documents(*corpus)
    for rows_of, metric in ((trigger_rows, Metric.TRI_C), (role_rows, Metric.ARG_C_PLUS)):
        rows, counts = rows_of(paired(*corpus)), scores[metric]
        if not rows:
            assert counts.n_gold == counts.n_predicted == 0
            continue
        average = rows[-3]
        assert average.name == "micro avg"
        assert average.support == counts.n_gold
        assert average.precision == pytest.approx(counts.precision)
        assert average.recall == pytest.approx(counts.recall)
        assert average.f1 == pytest.approx(counts.f1)
        assert sum(row.support for row in rows[:-3]) == counts.n_gold
