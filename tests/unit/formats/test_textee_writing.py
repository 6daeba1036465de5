"""Windows of TextEE: documents become tokens, entity mentions keep their place, and what is written is read again."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventroles.documents import Argument, Coverage, Document, Event, Json, ReadReceipt
from eventroles.formats.textee import is_textee, read_textee
from eventroles.formats.textee_writing import write_textee
from eventroles.spans import Span

TEXT = "Anti-tank \U0001f525\r\nfire  hit\u200d e\u0301lan."
#       0    5    10         13    19        24
VISIBLE = 'aZ9é-.|#\\"\U0001f525\u05d0\u0645\u4e2d'
HIDDEN = " \t\r\n\u00a0"
MARKS = "\u0301\u200d\x00"


def document(**changes: Any) -> Document:
    arguments = (
        Argument(role="Instrument", char_span=Span(10, 17)),  # the emoji, the line break and "fire"
        Argument(role="Instrument", char_span=Span(13, 17)),
        Argument(role="Attacker", char_span=Span(13, 17)),
        Argument(role="Target", char_span=Span(5, 9)),
    )
    events = (
        Event(id="E1", event_type="Attack", trigger=Span(19, 23), arguments=arguments),
        Event(id="E2", event_type="Die", trigger=Span(19, 23)),
    )
    return Document(**({"id": "w", "text": TEXT, "events": events} | changes))


def written(folder: Path, *documents: Document) -> tuple[list[dict[str, Any]], Counter[str]]:
    left_out = Counter[str]()
    assert write_textee(iter(documents), folder / "windows.json", left_out) == len(documents)
    lines = (folder / "windows.json").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line], left_out


def test_a_document_is_written_in_tokens(tmp_path: Path) -> None:
    [window], left_out = written(tmp_path, document())
    # The words are "Anti", "-", "tank", the emoji, "fire", "hit" with its joiner, "élan", "."
    assert window["tokens"] == ["Anti", "-", "tank", "\U0001f525", "fire", "hit\u200d", "e\u0301lan", "."]
    assert (window["doc_id"], window["wnd_id"], window["text"], window["lang"]) == ("w", "w", TEXT, "und")
    first, second = window["event_mentions"]
    trigger = {"start": 5, "end": 6, "text": "hit\u200d"}
    assert second == {"id": "E2", "event_type": "Die", "trigger": trigger, "arguments": []}
    assert first["trigger"] == trigger
    assert first["arguments"] == [
        {"entity_id": "w-Ent0", "role": "Instrument", "start": 3, "end": 5, "text": "\U0001f525\r\nfire"},
        {"entity_id": "w-Ent1", "role": "Instrument", "start": 4, "end": 5, "text": "fire"},
        {"entity_id": "w-Ent1", "role": "Attacker", "start": 4, "end": 5, "text": "fire"},
        {"entity_id": "w-Ent2", "role": "Target", "start": 2, "end": 3, "text": "tank"},
    ]
    assert window["entity_mentions"] == [
        {"id": "w-Ent0", "entity_type": "Entity", "start": 3, "end": 5, "text": "\U0001f525\r\nfire"},
        {"id": "w-Ent1", "entity_type": "Entity", "start": 4, "end": 5, "text": "fire"},
        {"id": "w-Ent2", "entity_type": "Entity", "start": 2, "end": 3, "text": "tank"},
    ]
    assert "meta" not in window
    assert is_textee(window)
    assert not left_out


def test_a_word_is_divided_where_a_span_begins_or_ends(tmp_path: Path) -> None:
    event = Event(id="E1", event_type="Attack", trigger=Span(1, 3))
    entities: list[Json] = [{"id": "n", "start": 5, "end": 7, "text": "ta"}]
    [window], _ = written(tmp_path, document(events=(event,), text="Anti-tank", meta={"entity_mentions": entities}))
    assert window["tokens"] == ["A", "nt", "i", "-", "ta", "nk"]
    assert window["event_mentions"][0]["trigger"] == {"start": 1, "end": 2, "text": "nt"}
    assert window["entity_mentions"] == [{"id": "n", "start": 4, "end": 5, "text": "ta"}]


def test_kept_entity_mentions_are_put_into_tokens_and_named_by_arguments(tmp_path: Path) -> None:
    entities: list[Json] = [
        {"id": "x", "entity_type": "WEA", "start": 13, "end": 17, "text": "fire"},
        {"id": "y", "entity_type": "LOC", "start": 13, "end": 17, "text": "fire"},
        {"id": "z", "entity_type": "LOC", "start": 0, "end": 9, "text": "Anti-tank"},
    ]
    [window], left_out = written(tmp_path, document(meta={"entity_mentions": entities, "doc_id": "d", "lang": "en"}))
    assert window["entity_mentions"] == [
        {"id": "x", "entity_type": "WEA", "start": 4, "end": 5, "text": "fire"},
        {"id": "y", "entity_type": "LOC", "start": 4, "end": 5, "text": "fire"},
        {"id": "z", "entity_type": "LOC", "start": 0, "end": 3, "text": "Anti-tank"},
    ]
    # Two entities are known; the spans that are none get ids of their own.
    assert [a["entity_id"] for a in window["event_mentions"][0]["arguments"]] == ["w-Arg2", "x", "x", "w-Arg3"]
    assert (window["doc_id"], window["lang"]) == ("d", "en")
    assert "meta" not in window
    assert not left_out


@pytest.mark.parametrize(
    "mention",
    [
        "fire",
        {"id": "x"},
        {"start": 13, "end": 17, "text": "Fire"},
        {"start": 13, "end": 99, "text": "fire"},
        {"start": "13", "end": 17, "text": "fire"},
        {"start": -1, "end": 0, "text": ""},
        {"start": 4, "end": 4, "text": ""},
        {"start": 17, "end": 18, "text": " "},
    ],
)
def test_an_entity_mention_that_does_not_fit_is_counted(tmp_path: Path, mention: Json) -> None:
    [window], left_out = written(tmp_path, document(meta={"entity_mentions": [mention]}))
    assert window["entity_mentions"] == []
    assert left_out == {"entity mention that does not fit the text": 1}


def test_other_metadata_stand_under_meta(tmp_path: Path) -> None:
    meta = {"doc_id": 3, "lang": None, "entity_mentions": "none", "date": "2024-05-06"}
    [window], left_out = written(tmp_path, document(meta=meta, events=()))
    assert (window["doc_id"], window["lang"], window["entity_mentions"], window["meta"]) == ("w", "und", [], meta)
    assert meta["doc_id"] == 3
    assert not left_out


def test_what_the_format_cannot_say_is_counted(tmp_path: Path) -> None:
    arguments = (
        Argument(role="Target", char_span=Span(5, 9), score=0.5),
        Argument(role="Place", char_span=Span(9, 10), score=0.5),
        Argument(role="Place", char_span=Span(5, 10)),
    )
    events = (
        Event(id="E1", event_type="Attack", trigger=Span(19, 23), arguments=arguments, score=0.5),
        Event(id="E2", event_type="Attack", trigger=None, arguments=arguments, score=0.5),
        Event(id="E3", event_type="Attack", trigger=Span(17, 23), arguments=arguments),
    )
    receipt = ReadReceipt(n_chars=1, n_words=1, n_windows=1, n_words_cut=0)
    full = document(events=events, receipt=receipt, coverage=Coverage(event_types=frozenset({"Attack"})))
    [window], left_out = written(tmp_path, full)
    assert [(event["id"], len(event["arguments"])) for event in window["event_mentions"]] == [("E1", 1)]
    assert len(window["entity_mentions"]) == 1
    assert left_out == {
        "event without a trigger": 1,
        "event whose trigger begins or ends in white space": 1,
        "argument that begins or ends in white space": 2,
        "score": 2,
        "annotated part": 1,
        "read-receipt": 1,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"text": "U.S. forces\r\ndidn't  strike Goma, he said"},
        {"text": ""},
        {"tokens": [], "text": "", "event_mentions": []},
        {"event_mentions": []},
        {
            "tokens": ["a\u0301", "\U0001f525\u200d\U0001f525", "\u05d0\u05d1", "did", "n't"],
            "text": "",
            "event_mentions": [],
        },
    ],
)
def test_what_was_read_is_written_so_that_it_is_read_again(tmp_path: Path, changes: dict[str, Any]) -> None:
    span = {"start": 0, "end": 2, "text": "U.S. forces"}
    arguments = [{"role": role, "entity_id": "T1", **span} for role in ("Attacker", "Agent")]
    arguments += [{"role": "Victim", "start": 1, "end": 6, "text": "forces did n't strike Goma"}]
    trigger = {"start": 4, "end": 5, "text": "strike"}
    events = [{"id": id_, "event_type": "Attack", "trigger": trigger, "arguments": arguments} for id_ in ("a", "b")]
    tokens = ["U.S.", "forces", "did", "n't", "strike", "Goma", ",", "he", "said", "."]
    row = {"doc_id": "d", "wnd_id": "w", "tokens": tokens, "text": "", "event_mentions": events} | changes
    row["entity_mentions"] = []
    (tmp_path / "read.json").write_text(json.dumps(row), encoding="utf-8-sig")
    documents = list(read_textee(tmp_path / "read.json"))
    _, left_out = written(tmp_path, *documents)
    again = list(read_textee(tmp_path / "windows.json"))
    assert [(d.id, d.text, d.events, d.meta["doc_id"], d.meta["entity_mentions"]) for d in again] == [
        (d.id, d.text, d.events, "d", []) for d in documents
    ]
    assert not left_out


def test_entity_mentions_survive_another_division_into_tokens(tmp_path: Path) -> None:
    span = {"start": 1, "end": 2, "text": "anti-tank"}
    events = [{"id": "e", "event_type": "X", "trigger": {"start": 2, "end": 3, "text": "fire"}, "arguments": []}]
    row = {
        **{"doc_id": "d", "wnd_id": "w", "lang": "en", "text": " an anti-tank  fire\n", "meta": {"date": "2024"}},
        **{"tokens": ["an", "anti-tank", "fire"], "event_mentions": events},
        "entity_mentions": [{"id": "n", "entity_type": "WEA", **span}],
    }
    (tmp_path / "a.json").write_text(json.dumps(row))
    documents = list(read_textee(tmp_path / "a.json"))
    assert documents[0].text == " an anti-tank  fire\n"
    assert documents[0].meta["entity_mentions"] == [
        {"id": "n", "entity_type": "WEA", "start": 4, "end": 13, "text": "anti-tank"}
    ]
    left_out = Counter[str]()
    write_textee(documents, tmp_path / "b.json", left_out)
    assert json.loads((tmp_path / "b.json").read_text())["entity_mentions"] == [
        {"id": "n", "entity_type": "WEA", "start": 1, "end": 4, "text": "anti-tank"}
    ]
    assert list(read_textee(tmp_path / "b.json")) == documents
    assert not left_out


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw a text without outer white space, and spans that begin and end at visible characters."""
    middle = draw(st.text(alphabet=VISIBLE + HIDDEN + MARKS, max_size=12))
    text = draw(st.sampled_from(VISIBLE)) + middle + draw(st.sampled_from(VISIBLE))
    visible = [number for number, character in enumerate(text) if not character.isspace()]
    ends = st.tuples(st.sampled_from(visible), st.sampled_from(visible))
    spans = ends.map(lambda pair: Span(min(pair), max(pair) + 1))
    arguments = st.lists(st.builds(Argument, role=st.sampled_from(["A", "B C"]), char_span=spans), max_size=4)
    events = draw(st.lists(st.tuples(st.sampled_from(["X", "Y:Z"]), spans, arguments), max_size=3))
    return Document(
        id="w",
        text=text,
        events=tuple(
            Event(id=f"e{number}", event_type=event_type, trigger=trigger, arguments=tuple(others))
            for number, (event_type, trigger, others) in enumerate(events)
        ),
    )


@given(document=documents())
def test_any_document_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, document: Document) -> None:
    folder = tmp_path_factory.mktemp("windows")
    _, left_out = written(folder, document)
    [read] = read_textee(folder / "windows.json")
    assert (read.id, read.text, read.events) == (document.id, document.text, document.events)
    assert not left_out
