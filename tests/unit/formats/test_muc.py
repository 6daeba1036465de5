"""MUC-4's two forms: entities are arguments, offsets are held to the text, and what was read is written back."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventroles.documents import Argument, Coverage, Document, Event, ReadReceipt
from eventroles.errors import DataError
from eventroles.formats.muc import is_muc, read_muc, write_muc
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

TEXT = "rebels attacked a farm. the \U0001f525 farm burned, a guerrilla said."
#       0      7        16 18   24  28         30   35       42
TEMPLATE = {
    "incident_type": "attack",
    "PerpInd": [[["rebels", 0], ["guerrilla", 45]]],
    "PerpOrg": [],
    "Target": [[["a farm", 16], ["farm", 18], ["farm", 30]]],
    "Victim": [],
    "Weapon": [[["\U0001f525", 28]]],
}
ODD = 'aé e\u0301\U0001f525\u05d0\u0645|\\"\r\n\t\x00 \u200d#'


def row(**changes: Any) -> dict[str, Any]:
    return {"docid": "d", "doctext": TEXT, "templates": [TEMPLATE]} | changes


def write(folder: Path, *rows: object) -> Path:
    path = folder / "muc.json"
    path.write_text("".join(json.dumps(value) + "\n" for value in rows), encoding="utf-8")
    return path


def again(folder: Path, documents: Sequence[Document]) -> tuple[list[Document], Counter[str]]:
    left_out = Counter[str]()
    assert write_muc(iter(documents), folder / "again.json", left_out) == len(documents)
    return list(read_muc(folder / "again.json")), left_out


def arguments_of(event: Event, text: str) -> list[tuple[str, int, str]]:
    return [(a.role, a.char_span.start, a.char_span.of(text)) for a in event.arguments]


def test_a_template_is_an_event_and_first_mentions_are_its_arguments(tmp_path: Path) -> None:
    [document] = read_muc(write(tmp_path, row()))
    [event] = document.events
    assert (document.id, document.text) == ("d", TEXT)
    assert (event.id, event.event_type, event.trigger) == ("E1", "attack", None)
    assert arguments_of(event, TEXT) == [
        ("PerpInd", 0, "rebels"),
        ("Target", 16, "a farm"),
        ("Weapon", 28, "\U0001f525"),
    ]
    assert document.meta == {
        "muc": {
            "coreferent": [
                {
                    "event": "E1",
                    "role": "PerpInd",
                    "start": 0,
                    "end": 6,
                    "text": "rebels",
                    "mentions": [["guerrilla", 45]],
                },
                {
                    **{"event": "E1", "role": "Target", "start": 16, "end": 22, "text": "a farm"},
                    "mentions": [["farm", 18], ["farm", 30]],
                },
            ]
        }
    }


def test_extracts_are_one_event_or_none(tmp_path: Path) -> None:
    roles = {role: entities for role, entities in TEMPLATE.items() if role != "incident_type"}
    empty: dict[str, list[Any]] = {role: [] for role in roles}
    rows = [{"docid": id_, "doctext": TEXT, "extracts": extracts} for id_, extracts in (("a", roles), ("b", empty))]
    first, second = read_muc(write(tmp_path, *rows))
    assert [(event.event_type, len(event.arguments)) for event in first.events] == [("Incident", 3)]
    assert second.events == ()
    assert second.meta == {"muc": {"is_extracts": True}}


@pytest.mark.parametrize(
    "value",
    [
        row(),
        row(templates=[]),
        row(doctext="", templates=[]),
        row(templates=[TEMPLATE, TEMPLATE, {"incident_type": "arson", "Place": [[["a farm", 16]]]}]),
        row(templates=[{**TEMPLATE, "Victim": TEMPLATE["Target"]}]),
        row(templates=[{**TEMPLATE, "Victim": [[["farm", 18]], [["farm", 18], ["farm", 30]]]}]),
        row(extracts={"Victim": [["never looked at"]]}, source="latin", tags=[1, None]),
        row(meta={"date": "1989-02-03", "n": 1}, event_ids=["x"]),
        {"docid": "d", "doctext": TEXT, "extracts": {"Victim": [[["rebels", 0], ["guerrilla", 45]]], "PerpInd": []}},
        {"docid": "d", "doctext": TEXT, "extracts": {}},
    ],
)
def test_what_was_read_is_written_so_that_it_is_read_again(tmp_path: Path, value: dict[str, Any]) -> None:
    documents = list(read_muc(write(tmp_path, value)))
    read, left_out = again(tmp_path, documents)
    assert read == documents
    assert not left_out


def test_a_file_of_the_authors_form_is_written_as_it_was(tmp_path: Path) -> None:
    roles = {role: entities for role, entities in TEMPLATE.items() if role != "incident_type"}
    path = write(tmp_path, row(), {"docid": "e", "doctext": TEXT, "extracts": roles})
    again(tmp_path, list(read_muc(path)))
    written = (tmp_path / "again.json").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in written] == [json.loads(line) for line in path.read_text().splitlines()]


def test_mentions_without_offsets_are_first_matches(tmp_path: Path) -> None:
    template = {"incident_type": "arson", "Target": [["farm", "a farm"], [["the"]], [["burned", None]]]}
    [document] = read_muc(write(tmp_path, row(templates=[template])))
    assert arguments_of(document.events[0], TEXT) == [
        ("Target", 18, "farm"),
        ("Target", 24, "the"),
        ("Target", 35, "burned"),
    ]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([1], "must be a JSON object, but is [1]"),
        ("x", 'must be a JSON object, but is "x"'),
        ({"docid": 1, "doctext": TEXT}, "docid: must be text, but is 1"),
        ({"docid": "d"}, "doctext: must be text, but is null"),
        ({"docid": "d", "doctext": TEXT}, "templates: must be a list of templates"),
        (row(templates={}), "templates: must be a list of templates"),
        (row(templates=[None]), "templates[0].incident_type: must be text, but is null"),
        (row(templates=[{"incident_type": 3}]), "templates[0].incident_type: must be text, but is 3"),
        (
            row(templates=[{"incident_type": "a", "Target": "farm"}]),
            'templates[0].Target: must be a list, but is "farm"',
        ),
        (row(templates=[{"incident_type": "a", "Target": ["farm"]}]), 'Target[0]: must be a list, but is "farm"'),
        (row(templates=[{"incident_type": "a", "Target": [[]]}]), "Target[0]: must have a mention, but has none"),
        (
            row(templates=[{"incident_type": "a", "Target": [["Farm"]]}]),
            'Target[0][0]: must be in doctext, but "Farm" is not',
        ),
        (row(templates=[{"incident_type": "a", "Target": [[""]]}]), "must be [text, offset], but is"),
        (row(templates=[{"incident_type": "a", "Target": [[["farm", 18, 22]]]}]), "must be [text, offset], but is"),
        (row(templates=[{"incident_type": "a", "Target": [[{"text": "farm"}]]}]), "must be [text, offset], but is"),
        (
            row(templates=[{"incident_type": "a", "Target": [[["farm", "18"]]]}]),
            "whole number from 0 that leaves 4 of the",
        ),
        (row(templates=[{"incident_type": "a", "Target": [[["farm", True]]]}]), "but is true"),
        (row(templates=[{"incident_type": "a", "Target": [[["farm", -1]]]}]), "but is -1"),
        (row(templates=[{"incident_type": "a", "Target": [[["farm", 10**30]]]}]), f"but is {10**30}"),
        (
            row(templates=[{"incident_type": "a", "Target": [[["farm", 17]]]}]),
            "doctext[17:21], which is ' far', but is 'farm'",
        ),
        (
            {"docid": "d", "doctext": TEXT, "extracts": []},
            "extracts: must be a mapping from roles to entities, but is []",
        ),
        (row(meta=[]), "meta: must be a mapping, but is []"),
        (row(event_ids=["a", "b"]), 'event_ids: must be 1 text(s), one an event, but is ["a", "b"]'),
        (row(event_ids=[1]), "event_ids: must be 1 text(s)"),
        (row(templates=[TEMPLATE, TEMPLATE], event_ids=["a", "a"]), "id 'a' must be unique"),
    ],
)
def test_a_malformed_document_is_named_and_the_others_are_read(tmp_path: Path, value: object, found: str) -> None:
    read = read_muc(write(tmp_path, row(docid="first"), value, row(docid="last")))
    assert [next(read).id, next(read).id] == ["first", "last"]
    with pytest.raises(DataError, match=r"muc\.json:2: ") as raised:
        next(read)
    assert found in str(raised.value)


@pytest.mark.parametrize(
    "raw", ['{"docid": "d", "doct', '{"docid": ' * 100_000, '{"docid": "d", "doctext": 1' + "0" * 5000 + "}"]
)
def test_no_json_is_a_data_error(tmp_path: Path, raw: str) -> None:
    (tmp_path / "muc.json").write_text(raw)
    with pytest.raises(DataError, match=r"muc\.json:1: must be one whole JSON object"):
        list(read_muc(tmp_path / "muc.json"))


def test_a_byte_order_mark_and_an_array_are_read(tmp_path: Path) -> None:
    (tmp_path / "muc.json").write_text(json.dumps([row(), row(docid="e")], indent=1), encoding="utf-8-sig")
    assert [document.id for document in read_muc(tmp_path / "muc.json")] == ["d", "e"]


def test_events_are_held_to_an_ontology(tmp_path: Path) -> None:
    ontology = Ontology(name="tiny", event_types={"attack": EventType(roles={"Target": Role()})})
    with pytest.raises(DataError, match=r"muc\.json:1: .*role 'PerpInd' is not allowed for event type 'attack'"):
        list(read_muc(write(tmp_path, row()), ontology))


def test_what_the_format_cannot_say_is_counted(tmp_path: Path) -> None:
    arguments = (
        Argument(role="Target", char_span=Span(16, 22), score=0.5),
        Argument(role="incident_type", char_span=Span(0, 6)),
    )
    event = Event(id="x", event_type="attack", trigger=Span(7, 15), arguments=arguments, score=0.25)
    receipt = ReadReceipt(n_chars=1, n_words=1, n_windows=1, n_words_cut=0)
    coverage = Coverage(event_types=frozenset({"attack"}))
    document = Document(id="d", text=TEXT, events=(event,), meta={"a": "b"}, coverage=coverage, receipt=receipt)
    [read], left_out = again(tmp_path, [document])
    plain = Event(
        id="x", event_type="attack", trigger=None, arguments=(Argument(role="Target", char_span=Span(16, 22)),)
    )
    assert read == Document(id="d", text=TEXT, events=(plain,), meta={"a": "b"})
    assert left_out == {
        "trigger": 1,
        "score": 2,
        "annotated part": 1,
        "read-receipt": 1,
        "argument whose role is named incident_type": 1,
    }


def test_extracts_that_no_longer_fit_are_written_as_templates(tmp_path: Path) -> None:
    roles = {"Target": [[["a farm", 16], ["farm", 18]]]}
    [document] = read_muc(write(tmp_path, {"docid": "d", "doctext": TEXT, "extracts": roles}))
    bare = replace(document, events=(Event(id="E1", event_type="Incident", trigger=None),))
    [read], left_out = again(tmp_path, [bare])
    assert read.events == bare.events
    assert left_out == {"metadata": 1}


@pytest.mark.parametrize("kept", ["x", {"coreferent": 3, "others": 4}, {"coreferent": [{"event": "E1"}, 5]}])
def test_metadata_that_somebody_spoiled_does_no_harm(tmp_path: Path, kept: Any) -> None:
    [read], _ = again(tmp_path, [Document(id="d", text=TEXT, meta={"muc": kept})])
    assert read == Document(id="d", text=TEXT)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (row(), True),
        ({"docid": "d", "doctext": "", "extracts": {}}, True),
        ({"id": "d", "text": "", "events": []}, False),
        ({"doc_id": "d", "wnd_id": "w", "tokens": []}, False),
        ([], False),
        (None, False),
    ],
)
def test_the_format_is_told_by_its_keys(value: object, expected: bool) -> None:
    assert is_muc(value) is expected


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(alphabet=ODD, max_size=12))
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda pair: pair[0] < pair[1])
    n_events = draw(st.integers(0, 3 if text else 0))
    arguments = st.builds(
        Argument,
        role=st.sampled_from(["Victim", "PerpInd", "Place", "a|b"]),
        char_span=spans.map(lambda pair: Span(*pair)),
    )
    events = tuple(
        Event(
            id=f"e{number}",
            event_type=draw(st.sampled_from(["attack", "bombing / attack"])),
            trigger=None,
            arguments=tuple(draw(st.lists(arguments, max_size=4))) if text else (),
        )
        for number in range(n_events)
    )
    return Document(id="d", text=text, events=events)


def grouped(event: Event) -> Event:
    """Put the arguments in the order of the roles in a file: the five, then others as they first come."""
    order = list(dict.fromkeys(["PerpInd", "Victim", *(argument.role for argument in event.arguments)]))
    return replace(event, arguments=tuple(sorted(event.arguments, key=lambda argument: order.index(argument.role))))


@given(document=documents())
def test_any_document_without_triggers_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, document: Document
) -> None:
    [read], left_out = again(tmp_path_factory.mktemp("muc"), [document])
    assert read == replace(document, events=tuple(map(grouped, document.events)))
    assert not left_out
