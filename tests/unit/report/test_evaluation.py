"""The report on a split says what was scored, in both modes, for people and for programs."""

import json
from typing import Any

import pytest

from eventroles.documents import Argument, Coverage, Document, Event
from eventroles.errors import DataError
from eventroles.metrics import Counts, Metric
from eventroles.report.evaluation import (
    Evaluation,
    evaluate_end_to_end,
    evaluate_roles,
    evaluation_of,
    record_of_evaluation,
    text_of_evaluation,
)
from eventroles.spans import Span

TEXT = "0123456789"
ODD = ["-", "B-X", "", "micro avg", "two words"]


def event(event_type: str, trigger: tuple[int, int] | None, *arguments: tuple[str, int, int]) -> Event:
    return Event(
        id="E",
        event_type=event_type,
        trigger=None if trigger is None else Span(*trigger),
        arguments=tuple(Argument(role=role, char_span=Span(start, end)) for role, start, end in arguments),
    )


def document(*events: Event, coverage: Coverage | None = None) -> Document:
    return Document(id="d", text=TEXT, events=events, coverage=coverage or Coverage())


GOLD = document(event("Attack", (0, 2), ("Agent", 3, 4), ("Place", 5, 6)), event("Die", (0, 2)))
FOUND = document(event("Attack", (0, 2), ("Agent", 3, 4)), event("Attack", (7, 8), ("Place", 5, 6)))
FILLED = document(event("Attack", (0, 2), ("Agent", 3, 4), ("Place", 5, 6), ("Place", 8, 9)), event("Die", (0, 2)))


def evaluation(losses: dict[str, int] | None = None) -> Evaluation:
    return evaluation_of("test.jsonl", [GOLD], ([FOUND], [FILLED]), losses or {})


def test_both_modes_are_scored() -> None:
    report = evaluation()
    assert (report.n_documents, report.n_events, report.n_arguments) == (1, 2, 2)
    end_to_end, given = report.end_to_end.scores, report.gold_triggers.scores
    assert end_to_end[Metric.TRI_C] == Counts(n_gold=2, n_predicted=2, n_correct=1)
    assert end_to_end[Metric.TRI_I] == Counts(n_gold=1, n_predicted=2, n_correct=1)
    assert end_to_end[Metric.ARG_C] == Counts(n_gold=2, n_predicted=2, n_correct=2)
    assert end_to_end[Metric.ARG_C_PLUS] == Counts(n_gold=2, n_predicted=2, n_correct=1)
    assert given[Metric.ARG_C] == given[Metric.ARG_C_PLUS] == Counts(n_gold=2, n_predicted=3, n_correct=2)


def test_gold_triggers_are_no_achievement() -> None:
    mode = evaluate_roles([GOLD], [FILLED])
    assert list(mode.scores) == [Metric.ARG_I, Metric.ARG_C, Metric.ARG_I_PLUS, Metric.ARG_C_PLUS]
    assert list(mode.trigger_rows) == []
    assert dict(mode.by_type) == {}
    assert [row.name for row in mode.role_rows] == ["Agent", "Place", "micro avg", "macro avg", "weighted avg"]
    assert mode.by_role["Place"] == Counts(n_gold=1, n_predicted=2, n_correct=1)


def test_scores_are_split_by_type_and_role() -> None:
    mode = evaluate_end_to_end([GOLD], [FOUND])
    assert mode.by_type == {
        "Attack": Counts(n_gold=1, n_predicted=2, n_correct=1),
        "Die": Counts(n_gold=1, n_predicted=0, n_correct=0),
    }
    assert mode.by_role == dict.fromkeys(("Agent", "Place"), Counts(n_gold=1, n_predicted=1, n_correct=1))
    assert [row.name for row in mode.trigger_rows][:2] == ["Attack", "Die"]


def test_only_annotated_gold_is_counted() -> None:
    gold = document(*GOLD.events, coverage=Coverage(event_types=frozenset({"Die"})))
    report = evaluation_of("s", [gold], ([FOUND], [FILLED]), {})
    assert (report.n_documents, report.n_events, report.n_arguments) == (1, 1, 0)
    assert report.end_to_end.scores[Metric.TRI_C] == Counts(n_gold=1, n_predicted=0, n_correct=0)


def test_predictions_of_other_documents_are_refused() -> None:
    other = Document(id="other", text=TEXT)
    with pytest.raises(DataError, match=r"document 'other': must have the id and text of gold document 'd'"):
        evaluation_of("s", [GOLD], ([other], [FILLED]), {})
    with pytest.raises(DataError, match=r"predictions: must be of the same 1 documents as the gold, but are of 0"):
        evaluation_of("s", [GOLD], ([FOUND], []), {})


def test_the_record_is_plain_json_with_every_figure() -> None:
    record: Any = json.loads(json.dumps(record_of_evaluation(evaluation({"a cause": 3})), allow_nan=False))
    assert {name: record[name] for name in ("split", "n_documents", "n_events", "n_arguments")} == {
        "split": "test.jsonl",
        "n_documents": 1,
        "n_events": 2,
        "n_arguments": 2,
    }
    assert record["not_representable"] == {"a cause": 3}
    assert list(record["end_to_end"]["scores"]) == ["Tri-I", "Tri-C", "Arg-I", "Arg-C", "Arg-I+", "Arg-C+"]
    assert record["end_to_end"]["scores"]["Tri-C"] == {
        "precision": 0.5, "recall": 0.5, "f1": 0.5, "n_gold": 2, "n_predicted": 2, "n_correct": 1,
    }  # fmt: skip
    assert record["end_to_end"]["by_type"]["Die"]["n_gold"] == 1
    assert record["end_to_end"]["seqeval"]["triggers"][0] == {
        "name": "Attack", "precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "support": 1,
    }  # fmt: skip
    assert list(record["gold_triggers"]["scores"]) == ["Arg-I", "Arg-C", "Arg-I+", "Arg-C+"]
    assert record["gold_triggers"]["seqeval"]["triggers"] == []


def test_a_label_called_like_an_average_keeps_its_own_row_in_the_record() -> None:
    gold = document(*(event(label, (0, 1)) for label in ODD))
    found = document(event("micro avg", (0, 1)))
    record: Any = record_of_evaluation(evaluation_of("s", [gold], ([found], [gold]), {}))
    rows = record["end_to_end"]["seqeval"]["triggers"]
    assert len(rows) == len(ODD) + 3  # micro, macro and weighted averages
    assert [row["f1"] for row in rows if row["name"] == "micro avg"] == [1.0, pytest.approx(2 / 6)]


def test_the_text_names_modes_scores_and_losses() -> None:
    lines = text_of_evaluation(evaluation({"b cause": 2, "a cause": 1})).splitlines()
    assert lines[0] == "Report on test.jsonl: 1 document(s), 2 events, 2 arguments"
    assert lines[1:4] == [
        "Cannot be represented by the model, and counts as missed:",
        "      1  a cause",
        "      2  b cause",
    ]
    tables = [" ".join(line.split()) for line in lines]
    assert "end to end precision recall F1 gold found right" in tables
    assert "Tri-C 50.0 50.0 50.0 2 2 1" in tables
    assert "gold triggers precision recall F1 gold found right" in tables
    assert "Arg-C 66.7 100.0 80.0 2 3 2" in tables
    assert "Attack 50.0 100.0 66.7 1" in tables
    assert max(map(len, lines)) <= 79


def test_nothing_lost_is_said() -> None:
    assert text_of_evaluation(evaluation()).splitlines()[1] == "Everything annotated can be represented by the model."


def test_an_empty_split_has_a_report() -> None:
    text = text_of_evaluation(evaluation_of("s", [], ([], []), {}))
    assert text.startswith("Report on s: 0 document(s), 0 events, 0 arguments\n")
    assert text.count("nothing annotated and nothing found") == 3
    assert text.endswith("\n")


def test_columns_stay_in_line_under_long_and_odd_names() -> None:
    labels = [*ODD, "a-very-long-name-of-a-role " * 3]
    gold = document(*(event(label, (0, 1), (label, 2, 3)) for label in labels))
    lines = text_of_evaluation(evaluation_of("s", [gold], ([gold], [gold]), {})).splitlines()
    first = lines.index("seqeval, strict IOB2: triggers, end to end")
    table = lines[first + 1 : first + 2 + len(labels) + 3]
    assert len({len(line) for line in table}) == 1
    assert len(table) == 1 + len(labels) + 3
