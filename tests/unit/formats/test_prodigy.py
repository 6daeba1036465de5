"""Prodigy's tasks: spans and relations become events and are written again; what is no gold is passed over."""

import json
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventroles.documents import Argument, Coverage, Document, Event, ReadReceipt
from eventroles.errors import DataError
from eventroles.formats.prodigy import is_prodigy, read_prodigy, write_prodigy
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

TEXT = "U.S. troops struck Goma"
BOUNDS = {"U.S.": (0, 4, 0, 0), "U.S. troops": (0, 11, 0, 1), "struck": (12, 18, 2, 2), "Goma": (19, 23, 3, 3)}
TOKENS = [
    {"text": "U.S.", "start": 0, "end": 4, "id": 0, "ws": True},
    {"text": "troops", "start": 5, "end": 11, "id": 1, "ws": True},
    {"text": "struck", "start": 12, "end": 18, "id": 2, "ws": True},
    {"text": "Goma", "start": 19, "end": 23, "id": 3, "ws": False},
]
WARRING = Ontology(name="tiny", event_types={"Attack": EventType(roles={"Attacker": Role(), "Place": Role()})})


def span(of: str, label: str | None, **more: Any) -> dict[str, Any]:
    start, end, token_start, token_end = BOUNDS[of]
    return {"start": start, "end": end, "token_start": token_start, "token_end": token_end, "label": label} | more


def relation(head: dict[str, Any], child: dict[str, Any], label: str | None, **more: Any) -> dict[str, Any]:
    numbers = {"head": head["token_end"], "child": child["token_end"]}
    return {**numbers, "head_span": head, "child_span": child, "label": label, **more}


def task(**changes: Any) -> dict[str, Any]:
    """What `rel.manual` saves: an attack with two arguments that are entities of their own."""
    trigger, troops, place = span("struck", "Attack"), span("U.S. troops", "PER"), span("Goma", "LOC")
    relations = [relation(trigger, troops, "Attacker", color="#fff"), relation(trigger, place, "Place", color="#eee")]
    spans = [{**each, "type": "span", "text": TEXT[each["start"] : each["end"]]} for each in (troops, trigger, place)]
    whole = {"text": TEXT, "tokens": TOKENS, "spans": spans, "relations": relations, "answer": "accept"}
    return whole | {"meta": {"id": "a", "source": "AP"}, "_input_hash": 5, "_task_hash": -6} | changes


def write(folder: Path, *values: object) -> Path:
    path = folder / "tasks.jsonl"
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


def read(folder: Path, *values: object, ontology: Ontology | None = None) -> list[Document]:
    return list(read_prodigy(write(folder, *values), ontology))


def written(folder: Path, *documents: Document) -> tuple[list[dict[str, Any]], Counter[str]]:
    left_out = Counter[str]()
    path = folder / "written.jsonl"
    assert write_prodigy(documents, path, left_out) == len(documents)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line], left_out


def read_again(folder: Path, *documents: Document, ontology: Ontology | None = None) -> list[Document]:
    written(folder, *documents)
    return list(read_prodigy(folder / "written.jsonl", ontology))


def attack(*arguments: tuple[str, int, int], **changes: Any) -> Event:
    played = tuple(Argument(role=role, char_span=Span(start, end)) for role, start, end in arguments)
    return replace(Event(id="E1", event_type="Attack", trigger=Span(12, 18), arguments=played), **changes)


# What is read.


def test_relations_are_arguments_and_the_rest_is_kept(tmp_path: Path) -> None:
    [document] = read(tmp_path, task())
    assert (document.id, document.text) == ("a", TEXT)
    assert document.events == (attack(("Attacker", 0, 11), ("Place", 19, 23), id="T2"),)
    assert document.meta["source"] == "AP"
    assert document.meta["regions"] == [
        {"id": "T1", "label": "PER", "start": 0, "end": 11, "text": "U.S. troops"},
        {"id": "T3", "label": "LOC", "start": 19, "end": 23, "text": "Goma"},
    ]
    bounds = {text: {"start": BOUNDS[text][0], "end": BOUNDS[text][1]} for text in BOUNDS}
    head = {**bounds["struck"], "label": "Attack"}
    assert document.meta["prodigy"] == {
        "_input_hash": 5,
        "_task_hash": -6,
        "relations": [
            {"head_span": head, "child_span": {**bounds["U.S. troops"], "label": "PER"}, "label": "Attacker"}
            | {"color": "#fff"},
            {"head_span": head, "child_span": {**bounds["Goma"], "label": "LOC"}, "label": "Place", "color": "#eee"},
        ],
    }


def test_an_ontology_says_which_spans_of_ner_manual_are_triggers(tmp_path: Path) -> None:
    spans = [span("struck", "Attack"), span("Goma", "LOC")]
    value = {"text": TEXT, "spans": spans, "answer": "accept"}
    assert [document.events for document in read(tmp_path, value)] == [()]
    [document] = read(tmp_path, value, ontology=WARRING)
    assert document.events == (attack(id="T1"),)
    [again] = read_again(tmp_path, document)
    assert again == document


def test_a_bare_token_may_be_an_argument_but_no_trigger(tmp_path: Path) -> None:
    trigger, bare = span("struck", "Attack"), span("Goma", None)
    relations = [relation(trigger, bare, "Place"), relation(bare, trigger, "nsubj"), relation(trigger, bare, "Target")]
    [document] = read(tmp_path, task(spans=[trigger], relations=relations))
    assert document.events == (attack(("Place", 19, 23), ("Target", 19, 23), id="T1"),)
    kept = document.meta["prodigy"]
    assert isinstance(kept, dict)
    assert kept["relations"] == [
        {
            "head_span": {"start": 19, "end": 23, "label": None},
            "child_span": {"start": 12, "end": 18, "label": "Attack"},
            "label": "nsubj",
        }
    ]
    assert read_again(tmp_path, document) == [document]


def test_spans_with_one_region_id_or_none_get_ids_of_their_own(tmp_path: Path) -> None:
    ids = ["T2", None, "T4", "T4"]
    spans = [span(of, "Attack", region_id=id_) for of, id_ in zip(BOUNDS, ids, strict=True)]
    [document] = read(tmp_path, task(spans=spans, relations=[]), ontology=WARRING)
    assert [event.id for event in document.events] == ["T2", "T2'", "T4", "T4'"]


def test_spans_and_relations_without_a_label_are_kept(tmp_path: Path) -> None:
    trigger, place = span("struck", "Attack"), span("Goma", "LOC")
    relations = [relation(trigger, place, "Place"), relation(place, trigger, None, note="?")]
    [document] = read(tmp_path, task(spans=[trigger, place, span("U.S.", None)], relations=relations))
    assert document.events == (attack(("Place", 19, 23), id="T1"),)
    [again] = read_again(tmp_path, document)
    assert again == document
    [value], left_out = written(tmp_path, document)
    assert [each["label"] for each in value["spans"]] == ["Attack", "LOC", None]
    assert value["relations"][1]["note"] == "?"
    assert left_out == {}


def test_tasks_that_are_no_gold_are_passed_over_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    others = [task(answer="reject"), task(answer="ignore"), {"text": "", "answer": "ignore", "spans": "unread"}]
    with caplog.at_level(logging.WARNING, logger="eventroles"):
        documents = read(tmp_path, *others, task(answer=None))
    assert [document.id for document in documents] == ["a"]
    said = [record.getMessage().partition("tasks.jsonl: ")[2] for record in caplog.records]
    assert said == [
        "2 task(s) passed over, for their answer is 'ignore'",
        "1 task(s) passed over, for their answer is 'reject'",
    ]


def test_documents_are_named_by_what_there_is(tmp_path: Path) -> None:
    metas: list[dict[str, Any]] = [{"id": 7}, {"source": "AP"}, {"source": "AP"}, {}, {"id": "5"}, {}, {"id": True}]
    values = [task(meta=meta) for meta in metas]
    values[0]["id"], values[3]["id"] = "inner", "b"
    documents = read(tmp_path, *values)
    assert [document.id for document in documents] == ["7", "AP", "AP:3", "b", "5", "6", "7:7"]
    assert isinstance(documents[0].meta["prodigy"], dict)
    assert documents[0].meta["prodigy"]["id"] == "inner"
    assert documents[1].meta["source"] == "AP"
    assert read_again(tmp_path, *documents[:6]) == documents[:6]


def test_an_id_that_stands_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"tasks\.jsonl:2: id 'a' must be unique, but stands in line 1 too"):
        read(tmp_path, task(), task())


def test_a_byte_order_mark_an_array_and_line_breaks_are_read(tmp_path: Path) -> None:
    text = "Sie grif\u0301fen \U0001f600\r\nan שלום"
    trigger: dict[str, Any] = {"start": 4, "end": 12, "label": "Attack"}
    place: dict[str, Any] = {"start": 19, "end": 23, "label": "Argument"}
    joined = {"head": 1, "child": 5, "head_span": trigger, "child_span": place, "label": "Place"}
    value = {"text": text, "spans": [trigger, place], "relations": [joined]}
    path = tmp_path / "tasks.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps([value, {"text": "", "spans": []}], ensure_ascii=False).encode())
    documents = list(read_prodigy(path))
    assert [document.id for document in documents] == ["1", "2"]
    [event] = documents[0].events
    assert event.trigger is not None
    assert event.trigger.of(text) == "grif\u0301fen"
    assert [argument.char_span.of(text) for argument in event.arguments] == ["שלום"]
    assert documents[1].events == ()
    assert documents[0].meta == {}
    assert read_again(tmp_path, *documents) == documents


# What is written.


def test_a_task_has_the_numbers_of_its_tokens_the_last_of_them_inside(tmp_path: Path) -> None:
    document = Document(
        id="a", text=TEXT, events=(attack(("Attacker", 0, 11), ("Place", 19, 23)),), meta={"source": "AP"}
    )
    [value], left_out = written(tmp_path, document)
    assert value["text"] == TEXT
    assert value["tokens"] == TOKENS
    assert value["meta"] == {"id": "a", "source": "AP"}
    assert value["eventroles"] == {"event_types": ["Attack"]}
    assert value["answer"] == "accept"
    trigger = {**span("struck", "Attack"), "region_id": "E1"}
    troops, place = (
        {**span(text, "Argument"), "region_id": id_} for text, id_ in [("U.S. troops", "A2"), ("Goma", "A3")]
    )
    drawn = [(trigger, "struck"), (troops, "U.S. troops"), (place, "Goma")]
    assert value["spans"] == [{**each, "text": text, "type": "span"} for each, text in drawn]
    assert value["relations"] == [relation(trigger, troops, "Attacker"), relation(trigger, place, "Place")]
    assert (value["relations"][0]["head"], value["relations"][0]["child"]) == (2, 1)
    assert left_out == {}
    assert read_again(tmp_path, document) == [document]


def test_what_was_read_is_written_again(tmp_path: Path) -> None:
    own = [{**TOKENS[0], "end": 2, "text": "U."}, {**TOKENS[0], "start": 2, "text": "S.", "style": {}}, *TOKENS[1:]]
    nested = {"nested": [{"deep": None}]}
    first = task(tokens=own, meta={"id": "a", "x": nested}, note=nested)
    documents = read(tmp_path, first, task(meta={"id": "b"}, spans=[], relations=[]))
    values, left_out = written(tmp_path, *documents)
    assert values[0]["tokens"] == own
    assert values[0]["note"] == nested
    assert values[0]["meta"] == {"id": "a"}
    assert values[0]["eventroles"] == {"x": nested, "event_types": ["Attack"]}
    assert [each["color"] for each in values[0]["relations"]] == ["#fff", "#eee"]
    assert values[0]["relations"][1]["child"] == 4
    assert values[1]["tokens"] == TOKENS
    assert left_out == {}
    assert list(read_prodigy(tmp_path / "written.jsonl")) == documents


def test_more_of_a_span_is_written_again(tmp_path: Path) -> None:
    trigger = span("struck", "Attack", source="model", type="other", score=0.5)
    documents = read(tmp_path, task(spans=[trigger], relations=[]), ontology=WARRING)
    assert documents[0].events == (attack(id="T1", score=0.5),)
    [value], _ = written(tmp_path, *documents)
    assert value["spans"] == [trigger | {"text": "struck", "region_id": "T1"}]
    assert list(read_prodigy(tmp_path / "written.jsonl", WARRING)) == documents


def test_scores_are_said(tmp_path: Path) -> None:
    argument = Argument(role="Place", char_span=Span(19, 23), score=0.25)
    document = Document(id="a", text=TEXT, events=(attack(score=0.75, arguments=(argument,)),))
    [value], left_out = written(tmp_path, document)
    assert [each.get("score") for each in (value["spans"][0], value["relations"][0])] == [0.75, 0.25]
    assert left_out == {}
    assert read_again(tmp_path, document) == [document]


def test_nested_and_shared_spans_and_triggers_are_told_apart(tmp_path: Path) -> None:
    events = (
        attack(("Attacker", 0, 11), ("Place", 0, 4), ("Target", 0, 11), id="x"),
        attack(("Place", 12, 18), id="y"),
        attack(id="z", event_type="Move", arguments=(Argument(role="Place", char_span=Span(0, 23)),)),
    )
    document = Document(id="a", text=TEXT, events=events)
    assert read_again(tmp_path, document) == [document]


def test_white_space_at_the_border_of_a_span_is_a_token(tmp_path: Path) -> None:
    document = Document(
        id="a", text=" a \n b ", events=(attack(("Place", 0, 2), ("Target", 3, 4), trigger=Span(4, 7)),)
    )
    [value], left_out = written(tmp_path, document)
    assert [token["text"] for token in value["tokens"]] == [" ", "a", "\n", " ", "b", " "]
    assert [token["ws"] for token in value["tokens"]] == [False, True, False, False, False, False]
    assert [(each["token_start"], each["token_end"]) for each in value["spans"]] == [(3, 5), (0, 1), (2, 2)]
    assert left_out == {}
    assert read_again(tmp_path, document) == [document]


def test_what_a_task_cannot_say_is_counted(tmp_path: Path) -> None:
    receipt = ReadReceipt(n_chars=23, n_words=4, n_windows=1, n_words_cut=0)
    document = Document(
        id="a",
        text=TEXT,
        events=(attack(), attack(("Place", 19, 23), id="E2", trigger=None)),
        meta={"id": "other", "date": "2020-01-01"},
        coverage=Coverage(char_spans=()),
        receipt=receipt,
    )
    _, left_out = written(tmp_path, document)
    assert left_out == {
        "event without a trigger": 1,
        "argument of an event without a trigger": 1,
        "read-receipt": 1,
        "annotated part": 1,
        "metadata": 1,
    }
    [again] = read_prodigy(tmp_path / "written.jsonl")
    assert again == Document(id="a", text=TEXT, events=(attack(),), meta={"date": "2020-01-01"})


@pytest.mark.parametrize(
    "kept",
    [
        "no mapping",
        {"tokens": [{"text": "U.S. troops", "start": 0, "end": 11}]},
        {"tokens": [{"text": "no", "start": 0, "end": 2}]},
        {"spans": [{"start": 0, "end": 99}]},
        {"relations": [{"label": "x"}]},
    ],
)
def test_what_is_kept_but_no_longer_fits_is_counted(tmp_path: Path, kept: Any) -> None:
    [value], left_out = written(tmp_path, Document(id="a", text=TEXT, events=(attack(),), meta={"prodigy": kept}))
    assert value["tokens"] == TOKENS
    assert left_out == {"metadata": 1}


# What is wrong.


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("x", 'must be a JSON object, but is "x"'),
        (3, "must be a JSON object, but is 3"),
        (task(text=None), "text: must "),
        ({"spans": []}, "text: must be given"),
        (task(answer="maybe"), "answer: must "),
        (task(answer=["accept"]), "answer: must "),
        (task(meta=[]), "meta: must "),
        (task(eventroles=3), "eventroles: must "),
        (task(spans=[3]), "spans.0: must "),
        (task(spans=[{"end": 3}]), "spans.0.start: must be given"),
        (task(spans=[{"start": "0", "end": 3}]), "spans.0.start: must "),
        (task(spans=[{"start": True, "end": 3}]), "spans.0.start: must "),
        (task(spans=[span("struck", "A", score="high")]), "spans.0.score: must "),
        (task(spans=[{"start": -1, "end": 3}]), "spans[0]: must have 0 <= start < end <= 23, but is [-1, 3)"),
        (task(spans=[{"start": 3, "end": 3}]), "spans[0]: must have 0 <= start < end <= 23, but is [3, 3)"),
        (
            task(spans=[{"start": 0, "end": 10**30}]),
            f"spans[0]: must have 0 <= start < end <= 23, but is [0, {10**30})",
        ),
        (
            task(spans=[span("Goma", "LOC", text="Gama")]),
            "spans[0]: must be text[19:23], which is 'Goma', but is 'Gama'",
        ),
        (
            task(tokens=[{"text": "US", "start": 0, "end": 2}]),
            "tokens[0]: must be text[0:2], which is 'U.', but is 'US'",
        ),
        (task(relations=[{"head": 0, "child": 1, "label": "x"}]), "relations.0.head_span: must be given"),
        (task(spans=[]), "relations[0]: must join spans, but no 'Attack' is at [12, 18)"),
        (task(relations=[relation(span("struck", "Attack"), span("Goma", "GPE"), "x")]), "no 'GPE' is at [19, 23)"),
        (
            task(relations=[relation({**span("Goma", "x"), "end": 99}, span("Goma", "x"), "x")]),
            "relations[0].head_span: ",
        ),
        (task(spans=[span("struck", "Attack", score=2)], relations=None), "score: must be in [0, 1], but is 2"),
    ],
)
def test_a_malformed_task_is_named_and_the_others_are_read(tmp_path: Path, value: object, found: str) -> None:
    path = write(tmp_path, value, task(meta={"id": "ok"}))
    with pytest.raises(DataError) as raised:
        list(read_prodigy(path, WARRING))
    assert "tasks.jsonl:1: " in str(raised.value)
    assert found in str(raised.value)
    assert "tasks.jsonl:2: " not in str(raised.value)


def test_sound_tasks_are_read_before_the_problems_are_raised(tmp_path: Path) -> None:
    documents = read_prodigy(write(tmp_path, 3, task(meta={"id": "ok"})))
    assert next(documents).id == "ok"
    with pytest.raises(DataError, match=r"tasks\.jsonl:1: must be a JSON object, but is 3"):
        next(documents)


def test_events_are_held_to_an_ontology(tmp_path: Path) -> None:
    trigger = span("struck", "Attack")
    value = task(relations=[relation(trigger, span("Goma", "LOC"), "Goal")])
    with pytest.raises(DataError, match=r"tasks\.jsonl:1: .*role 'Goal' is not allowed for event type 'Attack'"):
        read(tmp_path, value, ontology=WARRING)


@pytest.mark.parametrize(
    "line", ['{"text": "a', '{"text": "\\ud800", "spans": [{"start": 0, "end": 1, "label": "\\udfff"}]}']
)
def test_half_an_object_is_a_problem_and_half_a_surrogate_pair_is_none(tmp_path: Path, line: str) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_text(line, encoding="utf-8")
    if "spans" not in line:
        with pytest.raises(DataError, match=r"tasks\.jsonl:1: must be one whole JSON object"):
            list(read_prodigy(path))
    else:
        documents = list(read_prodigy(path))
        assert documents[0].text == "\ud800"
        assert read_again(tmp_path, *documents) == documents


@pytest.mark.parametrize(
    ("value", "is_like"),
    [
        (task(), True),
        ({"text": "", "spans": []}, True),
        ({"text": "", "_task_hash": 1, "_input_hash": 2, "answer": "ignore"}, True),
        ({"id": "", "text": "", "events": []}, False),
        ({"wnd_id": "", "tokens": [], "text": ""}, False),
        ({"text": "", "entities": [], "relations": []}, False),
        ({"text": "", "label": []}, False),
        ({"tokenized_text": [], "ner": [], "text": ""}, False),
        ({"spans": []}, False),
        ([], False),
        (None, False),
    ],
)
def test_tasks_are_told_from_other_formats(value: Any, is_like: bool) -> None:
    assert is_prodigy(value) is is_like


# Any document.

TEXTS = st.text(alphabet="ab. \0\n\r\t\u0301\U0001f600שע漢\u200d\x1c\xa0\ud800", max_size=12)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(TEXTS)
    if not text:
        return Document(id="a", text="")
    bounds = st.tuples(st.integers(0, len(text) - 1), st.integers(1, 4))
    char_spans = bounds.map(lambda pair: Span(pair[0], min(sum(pair), len(text))))
    scores = st.none() | st.floats(0, 1)
    arguments = st.builds(Argument, role=st.sampled_from("RS"), char_span=char_spans, score=scores)
    events = [
        Event(
            id=f"e{number}",
            event_type=draw(st.sampled_from(["Attack", "Move"])),
            trigger=draw(char_spans),
            arguments=tuple(draw(st.lists(arguments, max_size=3))),
            score=draw(scores),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    return Document(id=draw(st.text(max_size=3)), text=text, events=tuple(events))


@given(document=documents())
def test_any_document_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, document: Document) -> None:
    folder = tmp_path_factory.mktemp("prodigy")
    [value], left_out = written(folder, document)
    assert list(read_prodigy(folder / "written.jsonl")) == [document]
    assert left_out == {}
    for each in value["spans"]:
        tokens = value["tokens"][each["token_start"] : each["token_end"] + 1]
        assert (tokens[0]["start"], tokens[-1]["end"]) == (each["start"], each["end"])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=4,
)
KEYS = st.sampled_from(["text", "spans", "tokens", "relations", "meta", "answer", "id", "eventroles", "_input_hash"])
INNER = st.dictionaries(
    st.sampled_from(["start", "end", "label", "text", "head_span", "child_span", "region_id", "score"]), ANYTHING
)


@given(changes=st.dictionaries(KEYS, ANYTHING | INNER | st.lists(INNER, max_size=2), max_size=3))
def test_any_value_is_read_or_reported(tmp_path_factory: pytest.TempPathFactory, changes: dict[str, Any]) -> None:
    path = write(tmp_path_factory.mktemp("prodigy"), task(**changes))
    documents: list[Document] = []
    with suppress(DataError):
        documents += read_prodigy(path)
    assert len(documents) <= 1
    assert read_again(path.parent, *documents) == documents
