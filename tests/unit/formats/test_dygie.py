"""DyGIE++: events by sentence become documents and back, all other fields go with them, and wrong lines are named."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from tests.unit.formats.token_files import (
    SENTENCES,
    TEXT,
    UNSAID,
    documents,
    lines_in,
    read_again,
    unsayable,
    written_by,
)

from eventroles.documents import Argument, Document, Event
from eventroles.errors import DataError
from eventroles.formats.dygie import is_dygie, read_dygie, write_dygie
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

SHOT = [[2, "Attack"], [0, 1, "Attacker"], [4, 4, "Target"]]
FLED = [[7, "Move"], [6, 6, "Person"], [0, 1, "Person"], [9, 9, "Destination"]]


def line(**changes: Any) -> dict[str, Any]:
    value = {
        "doc_key": "d",
        "dataset": "ace",
        "sentences": SENTENCES,
        "ner": [[[0, 1, "PER"], [4, 4, "PER"]], [[9, 9, "GPE"]]],
        "relations": [[], [[6, 6, 9, 9, "PHYS"]]],
        "events": [[SHOT], [FLED]],
        "clusters": [[[0, 1], [6, 6]]],
        "_sentence_start": [0, 6],
    }
    return value | changes


def write_lines(folder: Path, *values: object) -> Path:
    return lines_in(folder / "dygie.jsonl", *values)


def written(folder: Path, *documents: Document) -> tuple[list[Any], Counter[str]]:
    return written_by(write_dygie, folder / "out.jsonl", documents)


def again(folder: Path, *documents: Document) -> list[Document]:
    return read_again(read_dygie, write_dygie, folder / "out.jsonl", documents)


def test_tokens_become_text_and_events_are_read_from_all_sentences(tmp_path: Path) -> None:
    [document] = read_dygie(write_lines(tmp_path, line()))
    assert (document.id, document.text) == ("d", TEXT)
    attack, move = document.events
    assert (attack.id, attack.event_type, attack.trigger) == ("E1", "Attack", Span(11, 15))
    assert [(a.role, a.char_span.of(TEXT)) for a in attack.arguments] == [
        ("Attacker", "Two gunmen"),
        ("Target", "soldiers"),
    ]
    assert (move.id, move.event_type, move.trigger) == ("E2", "Move", Span(35, 39))
    assert [argument.char_span for argument in move.arguments] == [Span(30, 34), Span(0, 10), Span(43, 48)]


def test_other_fields_are_kept_in_characters(tmp_path: Path) -> None:
    [document] = read_dygie(write_lines(tmp_path, line()))
    assert document.meta == {
        "sentence_starts": [0, 30],
        "token_starts": [0, 4, 11, 16, 19, 28, 30, 35, 40, 43, 49],
        "dygie": {
            "dataset": "ace",
            "ner": [[0, 10, "PER"], [19, 27, "PER"], [43, 48, "GPE"]],
            "relations": [[30, 34, 43, 48, "PHYS"]],
            "clusters": [[[0, 10], [30, 34]]],
        },
    }


PREDICTED = [[[[2, "Attack", 3.5, 0.9], [0, 1, "Attacker", 1.5, 0.8]]], []]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"events": [[], []]},
        {"ner": [[], []], "relations": [[], []]},
        {"weight": 0.5, "_tags": ["x", ["y"]], "event_clusters": [[[2, 2], [7, 7]], []]},
        {"events": [[[[2, 2, "Attack"], [0, 1, "Attacker"]]], [[[7, 8, "Move"]]]]},
        {"events": [[[[2, 2, "Attack"]]], []]},
        {"predicted_events": PREDICTED, "predicted_ner": [[[0, 1, "PER", 9.5, 0.75]], []]},
        {"predicted_events": [[[[2, 3, "Attack", 3.5, 0.9]]], []], "events": [[], []]},
    ],
)
def test_a_line_is_written_as_it_was(tmp_path: Path, changes: dict[str, Any]) -> None:
    documents = list(read_dygie(write_lines(tmp_path, line(**changes))))
    [found], left_out = written(tmp_path, *documents)
    assert found == line(**changes)
    assert left_out == Counter()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"sentences": [], "ner": [], "relations": [], "events": [], "clusters": []},
        {"sentences": [[], *SENTENCES, []], "ner": [], "relations": [], "events": [[], [SHOT], [FLED], []]},
        {"sentences": [[*SENTENCES[0], "\U0001f468\u200d\U0001f469"], ["\u05e9\u05dc\u05d5\u05dd", "e\u0301"]],
            "events": [[[[6, "T"], [7, 8, "r"], [7, 7, "r"], [8, 8, "q"], [7, 8, "q"]]], []],
            "ner": [], "relations": []},
        {"sentences": [["New York", "\n", "shot", " at", "it ", "."], ["b"]], "events": [[[[2, "T"], [0, 0, "r"]]], []],
            "ner": [[], []], "relations": [], "clusters": [[[5, 6]]]},
        {"events": [[[[2, "A"], [0, 0, "r"]], [[2, "B"], [0, 0, "r"]]], []]},
        {"_event_ids": [["x"], ["\u00e9"]]},
        {"_text": ["  Two gunmen\r\nshot at soldiers.\r\n\r\n", "They fled to Kabul.\n"]},
        {"_meta": [{"date": "2020-01-31", "rams": {"split": "dev"}}, None]},
    ],
)  # fmt: skip
def test_what_was_read_is_read_again(tmp_path: Path, changes: dict[str, Any]) -> None:
    documents = list(read_dygie(write_lines(tmp_path, line(**changes))))
    assert len(documents) == 1
    assert again(tmp_path, *documents) == documents


def test_a_byte_order_mark_and_absent_fields_are_passed_over(tmp_path: Path) -> None:
    path = write_lines(tmp_path, {"doc_key": "d", "sentences": SENTENCES, "sentence_start": [0, 6]})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    [document] = read_dygie(path)
    assert (document.text, document.events) == (TEXT, ())
    [found], _ = written(tmp_path, document)
    assert found == {
        "doc_key": "d",
        "sentences": SENTENCES,
        "ner": [[], []],
        "relations": [[], []],
        "events": [[], []],
        "_sentence_start": [0, 6],
    }


def test_text_keeps_its_white_space(tmp_path: Path) -> None:
    texts = [" Two gunmen\r\nshot at soldiers.\t", "They fled to Kabul."]
    [document] = read_dygie(write_lines(tmp_path, line(_text=texts)))
    assert document.text == " Two gunmen\r\nshot at soldiers.\tThey fled to Kabul."
    assert [event.trigger for event in document.events] == [Span(13, 17), Span(36, 40)]
    [found], _ = written(tmp_path, document)
    assert found == line(_text=texts)


def test_triggers_have_one_form_in_a_document(tmp_path: Path) -> None:
    gave = Event(
        id="E1", event_type="Transfer", trigger=Span(4, 11), arguments=(Argument(role="who", char_span=Span(0, 3)),)
    )
    left = Event(id="E2", event_type="Move", trigger=Span(16, 20))
    documents = [
        Document(id="both", text="Dan gave up and left", events=(gave, left)),
        Document(id="one", text="Dan gave up and left", events=(left,)),
    ]
    [both, one], left_out = written(tmp_path, *documents)
    assert both["events"] == [[[[1, 2, "Transfer"], [0, 0, "who"]], [[4, 4, "Move"]]]]
    assert one["events"] == [[[[4, "Move"]]]]
    assert one["_event_ids"] == [["E2"]]
    assert left_out == Counter()


def test_an_event_stands_in_the_sentence_of_its_trigger(tmp_path: Path) -> None:
    late = Event(id="E1", event_type="T", trigger=Span(9, 12), arguments=(Argument(role="r", char_span=Span(0, 2)),))
    over = Event(id="E2", event_type="T", trigger=Span(3, 9), arguments=(Argument(role="r", char_span=Span(6, 12)),))
    [found], left_out = written(tmp_path, Document(id="d", text="He ran. It hit.", events=(late, over)))
    assert found["sentences"] == [["He", "ran", "."], ["I", "t", "h", "it", "."]]
    assert found["events"] == [[[[1, 3, "T"], [2, 5, "r"]]], [[[4, 5, "T"], [0, 0, "r"]]]]
    assert found["_event_ids"] == [["E2"], ["E1"]]
    assert found["_text"] == ["He ran. ", "It hit."]
    assert found["_sentence_start"] == [0, 3]
    assert left_out == Counter()


def test_what_cannot_be_said_is_counted(tmp_path: Path) -> None:
    kept = {"ner": [[0, 99, "PER"], 7, [0, 3, "PER"], [2, 4, "PER"]], "clusters": [[[3, 4]], []]}
    [found], left_out = written(tmp_path, unsayable(dygie=kept, date="2020"))
    assert left_out == {**UNSAID, "metadata": 4}
    assert found["ner"] == [[[0, 1, "PER"]]]
    assert found["clusters"] == [[]]
    assert found["_meta"] == [{"date": "2020"}]


FORM = "must be [[token, type], [first, last, role], ...]"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("x", 'must be a JSON object, but is "x"'),
        (None, "must be one JSON object, but is null"),
        ({"doc_key": "d"}, "sentences: must be given, but is missing"),
        (line(sentences=[["a", ""]]), "sentences.0.1: must have at least 1 character"),
        (line(events={}), "events: must be lists in lists as the format has them, but is {}"),
        (line(events=[[SHOT], [FLED], []]), "events: must have a list for each of 2 sentence(s), but has 3"),
        (line(events=[[[]], []]), "events[0]: must begin at one of the sentence's tokens, [0, 6), but begins at None"),
        (line(events=[[[[]]], []]), "events[0]: must begin with the tokens of 1 span(s), but is []"),
        (
            line(events=[[[["2", "Attack"]]], []]),
            'must begin with the tokens of 1 span(s), but is ["2", "2", "Attack"]',
        ),
        (line(events=[[[[True, "Attack"]]], []]), "must begin with the tokens of 1 span(s), but is [true, true"),
        (
            line(events=[[[[2, "Attack"], [4, "Target"]]], []]),
            'must begin with the tokens of 1 span(s), but is [4, "Target"]',
        ),
        (line(events=[[[[2, "Attack", 0.5, 0.5]]], []]), f"events[0]: {FORM}"),
        (line(events=[[[[2, 2]]], []]), f"events[0]: {FORM}"),
        (line(events=[[[[2, "Attack"], [4, 4, 4]]], []]), f"events[0]: {FORM}"),
        (line(events=[[[[11, "Attack"]]], []]), "events[0]: must be tokens of the document's 11, but is [11, 12)"),
        (
            line(events=[[[[2, "Attack"], [4, 10**30, "r"]]], []]),
            "events[0]: must be tokens of the document's 11, but is [4,",
        ),
        (
            line(events=[[FLED], []]),
            "events[0]: must begin at one of the sentence's tokens, [0, 6), but begins at 7",
        ),
        (
            line(ner=[[[0, 1, "PER"], [6, 6, "PER"]], []]),
            "ner[0]: must begin at one of the sentence's tokens, [0, 6), but begins at 6",
        ),
        (line(ner=[[[0, -1, "PER"]], []]), "ner[0]: must be tokens of the document's 11, but is [0, 0)"),
        (line(ner=[[[4, "PER"]], []]), 'ner[0]: must begin with the tokens of 1 span(s), but is [4, "PER"]'),
        (line(relations=[[[0, 0, 1, "PHYS"]], []]), "relations[0]: must begin with the tokens of 2 span(s)"),
        (line(clusters=[[[0, 12]]]), "clusters[0]: must be tokens of the document's 11, but is [0, 13)"),
        (line(clusters=[[0, 1]]), "clusters: must be lists in lists"),
        (line(_event_ids=[["a"], []]), '_event_ids: must be 2 text(s), one an event, but is ["a"]'),
        (line(_meta={}), "_meta: must be a valid list"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, value: object, found: str) -> None:
    read = read_dygie(write_lines(tmp_path, line(doc_key="a"), value, line(doc_key="z")))
    assert [next(read).id, next(read).id] == ["a", "z"]
    with pytest.raises(DataError, match=r"dygie\.jsonl:2: ") as raised:
        next(read)
    assert found in str(raised.value)


def test_lists_without_end_are_named(tmp_path: Path) -> None:
    path = tmp_path / "dygie.jsonl"
    path.write_text('{"doc_key": "d", "sentences": [], "ner": ' + "[" * 100_000, encoding="utf-8")
    with pytest.raises(DataError, match=r"dygie\.jsonl:1: must be one whole JSON object"):
        list(read_dygie(path))


def test_events_are_held_to_an_ontology(tmp_path: Path) -> None:
    ontology = Ontology(name="tiny", event_types={"Attack": EventType(roles={"Target": Role()})})
    with pytest.raises(DataError, match=r"dygie\.jsonl:1: .*role 'Attacker' is not allowed"):
        list(read_dygie(write_lines(tmp_path, line()), ontology))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (line(), True),
        ({"doc_key": "d", "sentences": []}, True),
        ({"doc_key": "d", "clusters": [], "informative_mentions": []}, False),
        ({"doc_key": "d", "sentences": [], "evt_triggers": [], "gold_evt_links": []}, False),
        ({"doc_id": "d", "sentences": [], "event_mentions": []}, False),
        ([], False),
    ],
)
def test_the_format_is_told_by_its_keys(value: object, expected: bool) -> None:
    assert is_dygie(value) is expected


@given(documents())
def test_any_document_comes_back_with_its_events_in_the_order_of_sentences(document: Document) -> None:
    with TemporaryDirectory() as folder:
        [read] = again(Path(folder), document)
        assert (read.id, read.text, set(read.events)) == (document.id, document.text, set(document.events))
        assert {key: read.meta.get(key) for key in document.meta} == document.meta
        assert again(Path(folder), read) == [read]
