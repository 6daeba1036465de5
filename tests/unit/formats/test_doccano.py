"""doccano's lines: entities and relations become events and come back, whatever their ids; wrong lines are named."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventroles.documents import Argument, Coverage, Document, Event, ReadReceipt
from eventroles.errors import DataError
from eventroles.formats.doccano import is_doccano, read_doccano, write_doccano
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

TEXT = "😀 Rebels cafe\u0301\r\nstruck שלום twice."
ENTITIES = [
    {"id": 11, "label": "Attack", "start_offset": 16, "end_offset": 22},
    {"id": 12, "label": "Argument", "start_offset": 2, "end_offset": 8},
    {"id": 13, "label": "PER", "start_offset": 2, "end_offset": 14},
    {"id": 14, "label": "Attack", "start_offset": 16, "end_offset": 22},
    {"id": 15, "label": "Argument", "start_offset": 23, "end_offset": 27},
]
RELATIONS = [
    {"id": 1, "from_id": 11, "to_id": 12, "type": "Attacker"},
    {"id": 2, "from_id": 11, "to_id": 13, "type": "Attacker"},
    {"id": 3, "from_id": 14, "to_id": 15, "type": "Target"},
    {"id": 4, "from_id": 14, "to_id": 15, "type": "Place"},
]
ONTOLOGY = Ontology(name="tiny", event_types={"Attack": EventType(roles={"Attacker": Role(), "Target": Role()})})
CHARACTERS = "ab \n\r\t😀\u0301\u200dשé\x00\ufeff\ud800"


def line(**changes: Any) -> dict[str, Any]:
    return {"id": 7, "text": TEXT, "entities": ENTITIES, "relations": RELATIONS, "Comments": ["sure?"]} | changes


def write(folder: Path, *lines: object) -> Path:
    path = folder / "lines.jsonl"
    path.write_text("".join(json.dumps(value) + "\n" for value in lines), encoding="utf-8")
    return path


def again(documents: list[Document], folder: Path, left_out: Counter[str] | None = None) -> list[Document]:
    path = folder / "again.jsonl"
    assert write_doccano(documents, path, Counter() if left_out is None else left_out) == len(documents)
    return list(read_doccano(path))


@st.composite
def random_documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(CHARACTERS, max_size=12))
    spans = st.builds(lambda start, end: Span(start, max(end, start + 1)), *[st.integers(0, len(text) - 1)] * 2)
    names = st.sampled_from(["Attack", "Meet", "e1", "7"])
    arguments = st.lists(st.builds(Argument, role=st.sampled_from(["Place", "Agent"]), char_span=spans), max_size=4)
    ids = draw(
        st.lists(st.sampled_from(["1", "2", "007", "e1", "A3", "", "5"]), unique=True, max_size=4 if text else 0)
    )
    events = tuple(
        Event(id=id_, event_type=draw(names), trigger=draw(spans), arguments=tuple(draw(arguments))) for id_ in ids
    )
    return Document(id=draw(st.sampled_from(["7", "d-1", "0"])), text=text, events=events)


def test_entities_and_relations_are_events(tmp_path: Path) -> None:
    [document] = read_doccano(write(tmp_path, line()))
    assert (document.id, document.text) == ("7", TEXT)
    first, second = document.events
    assert [(event.id, event.event_type, event.trigger) for event in document.events] == [
        ("11", "Attack", Span(16, 22)),
        ("14", "Attack", Span(16, 22)),
    ]
    spelt = [(argument.role, argument.char_span.of(TEXT)) for argument in first.arguments]
    assert spelt == [("Attacker", "Rebels"), ("Attacker", "Rebels cafe\u0301")]
    assert [(argument.role, argument.char_span.of(TEXT)) for argument in second.arguments] == [
        ("Target", "שלום"),
        ("Place", "שלום"),
    ]
    kept = {"id": "13", "label": "PER", "start": 2, "end": 14, "text": "Rebels cafe\u0301"}
    assert document.meta == {"Comments": ["sure?"], "regions": [kept]}


@pytest.mark.parametrize(
    "value",
    [
        line(),
        line(entities=[], relations=[]),
        line(text="", entities=[], relations=[], note=None, nested={"a": [1]}),
        line(relations=[]),
        line(id="d-1", entities=ENTITIES[:1], relations=None),
        {"text": TEXT, "label": [[16, 22, "Attack"], [2, 8, "PER"]]},
        {"text": TEXT, "labels": [[16, 22, "Attack"]], "entities": None},
        {"text": TEXT, "entities": [[16, 22, "Attack"]], "cats": ["news"]},
        line(entity_names=["somebody's"]),
        line(entity_names=None),
    ],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_what_was_read_is_read_again_after_writing(tmp_path: Path, value: dict[str, Any], mark: bytes) -> None:
    path = write(tmp_path, value)
    path.write_bytes(mark + path.read_bytes())
    documents = list(read_doccano(path))
    [written] = again(documents, tmp_path)
    if value.get("entity_names") is None:
        assert [written] == documents
    assert written.events == documents[0].events


def test_metadata_stays_beside_triples_and_unnumbered_lines_are_numbered(tmp_path: Path) -> None:
    first, second = read_doccano(write(tmp_path, {"text": "ab", "label": [], "source": "x"}, {"text": "", "label": []}))
    assert (first.id, dict(first.meta), second.id) == ("1", {"source": "x"}, "2")
    [document] = read_doccano(write(tmp_path, {"text": "ab", "label": [[0, 1, "Attack"], [1, 2, "X"]]}), ONTOLOGY)
    assert [(event.id, event.trigger) for event in document.events] == [("1", Span(0, 1))]
    assert document.meta["regions"] == [{"id": "2", "label": "X", "start": 1, "end": 2, "text": "b"}]


def test_what_is_written_is_doccanos_and_names_stand_in_a_column(tmp_path: Path) -> None:
    argument = Argument(role="Attacker", char_span=Span(0, 1))
    events = (
        Event(id="e1", event_type="Attack", trigger=Span(2, 3), arguments=(argument,)),
        Event(id="2", event_type="Attack", trigger=Span(2, 3)),
        Event(id="1", event_type="Meet", trigger=Span(0, 1)),
    )
    document = Document(id="12", text="a b", events=events, meta={"date": "2020-01-01"})
    path = tmp_path / "lines.jsonl"
    assert write_doccano([document], path, Counter()) == 1
    assert json.loads(path.read_bytes()) == {
        "id": 12,
        "text": "a b",
        "date": "2020-01-01",
        "event_types": ["Attack", "Meet"],
        "entities": [
            {"id": 3, "label": "Attack", "start_offset": 2, "end_offset": 3},
            {"id": 2, "label": "Attack", "start_offset": 2, "end_offset": 3},
            {"id": 1, "label": "Meet", "start_offset": 0, "end_offset": 1},
            {"id": 4, "label": "Argument", "start_offset": 0, "end_offset": 1},
        ],
        "relations": [{"id": 1, "from_id": 3, "to_id": 4, "type": "Attacker"}],
        "entity_names": [[2, 3, "Attack", "e1"], [2, 3, "Attack", "2"]],
    }
    assert list(read_doccano(path)) == [document]


def test_names_are_found_after_doccano_has_renumbered_the_entities(tmp_path: Path) -> None:
    events = tuple(
        Event(id=id_, event_type="Attack", trigger=Span(start, start + 1)) for id_, start in [("e1", 0), ("9", 2)]
    )
    path = tmp_path / "lines.jsonl"
    write_doccano([Document(id="d", text="a b", events=events)], path, Counter())
    record = json.loads(path.read_bytes())
    for number, entity in enumerate(record["entities"]):
        entity["id"] = 501 + number
    [document] = read_doccano(write(tmp_path, record))
    assert [event.id for event in document.events] == ["e1", "502"]


@given(random_documents())
def test_events_survive_writing(tmp_path_factory: pytest.TempPathFactory, document: Document) -> None:
    left_out = Counter[str]()
    assert again([document], tmp_path_factory.mktemp("doccano"), left_out) == [document]
    assert not left_out


def test_what_cannot_be_said_is_counted(tmp_path: Path) -> None:
    argument = Argument(role="Place", char_span=Span(1, 2), score=0.5)
    events = (
        Event(id="1", event_type="Attack", trigger=Span(0, 1), arguments=(argument,), score=0.25),
        Event(id="2", event_type="Attack", trigger=None),
    )
    document = Document(
        id="d",
        text="ab",
        events=events,
        meta={"entities": 1},
        coverage=Coverage(char_spans=()),
        receipt=ReadReceipt(n_chars=2, n_words=1, n_windows=1, n_words_cut=0),
    )
    left_out = Counter[str]()
    [written] = again([document], tmp_path, left_out)
    assert left_out == {
        "score": 2, "event without a trigger": 1, "annotated part": 1, "read-receipt": 1, "metadata": 1
    }  # fmt: skip
    assert [event.id for event in written.events] == ["1"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([], "must be a JSON object with a 'text', but is"),
        (line(text=3), "must be a JSON object with a 'text'"),
        (line(id=True), "id: must be a whole number or text, but is true"),
        ({"text": "a"}, "entities: must be a list of entities, but is null"),
        (line(entities={}), "but is {}"),
        ({"text": "a", "label": ["good"]}, 'label[0]: must be {'),
        (line(entities=[{"id": "1", "label": "X", "start_offset": 0, "end_offset": 1}]), "entities[0]: must be {"),
        (line(entities=[{"id": 1, "label": "X", "start_offset": 0.5, "end_offset": 1}]), "entities[0]: must be {"),
        (line(entities=[{"id": 1, "label": "X", "start_offset": 0, "end_offset": 1, "more": 1}]), '"more": 1'),
        (line(entities=[[0, 99, "X"]], relations=[]), "start < end <= 34 (the text's length), but is [0, 99)"),
        (line(entities=[[5, 5, "X"]], relations=[]), "but is [5, 5)"),
        (line(entities=[*ENTITIES, ENTITIES[0]]), "entity id 11 must be unique, but stands there 2 times"),
        (line(relations=3), "relations: must be a list of relations, but is 3"),
        (line(relations=[{"from_id": 11, "to_id": 99, "type": "X"}]), "relations[0]: must join two entities, but"),
        (line(relations=[{"from_id": 11, "type": "X"}]), "relations[0]: must be {'id', 'from_id'"),
        (line(entities=[[0, 10**30, "X"]], relations=[]), "must have 0 <= start < end <= 34"),
    ],
)  # fmt: skip
def test_a_malformed_line_is_named(tmp_path: Path, value: object, found: str) -> None:
    with pytest.raises(DataError, match=r"lines\.jsonl:2: ") as raised:
        list(read_doccano(write(tmp_path, line(id="sound"), value)))
    assert found in str(raised.value)


@pytest.mark.parametrize("raw", [b'{"text": "a', b"\x00\x00", b'{"text": "\xff"}', b"[" * 9999])
def test_a_damaged_file_is_named(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(raw)
    with pytest.raises(DataError, match=r"lines\.jsonl:1: "):
        list(read_doccano(path))


def test_events_are_held_to_an_ontology(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"lines\.jsonl:1: events\[1\]: role 'Place' is not allowed"):
        list(read_doccano(write(tmp_path, line()), ONTOLOGY))


@pytest.mark.parametrize(
    ("value", "is_it"),
    [
        (line(), True),
        ({"text": "", "label": []}, True),
        ({"text": "a", "entities": [], "relations": [], "tokens": 1}, True),
        ({"text": "a", "labels": [[0, 1, "X"]]}, True),
        ({"id": "a", "text": "a", "events": []}, False),
        ({"text": "a", "spans": [], "relations": []}, False),
        ({"text": "a", "label": [], "spans": []}, False),
        ({"text": "a", "label": [{"start": 0, "end": 1, "text": "a", "labels": ["X"]}]}, False),
        ({"text": "a", "label": "good"}, False),
        ({"data": {"text": "a"}, "annotations": []}, False),
        ([], False),
    ],
)
def test_its_lines_are_told_from_others(value: object, is_it: bool) -> None:
    assert is_doccano(value) is is_it
