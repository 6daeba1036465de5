"""Documents go from one format to another; what cannot go is told, and nothing is half written."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from eventroles.documents import Document
from eventroles.errors import DataError, InputError
from eventroles.formats.conversion import Conversion, convert, text_of_conversion
from eventroles.formats.native import read_documents
from eventroles.formats.table import DataFormat
from eventroles.mapping import MappedType, TypeMap
from eventroles.ontology import EventType, Ontology
from eventroles.uncertainty import Order, Selection

SOUND: Final[dict[str, Any]] = {
    "id": "a",
    "text": "Rebels shelled Goma",
    "events": [
        {
            "id": "E1",
            "type": "Attack",
            "trigger": {"start": 7, "end": 14, "text": "shelled"},
            "arguments": [{"role": "Place", "start": 15, "end": 19, "text": "Goma"}],
            "score": 0.5,
        }
    ],
}
UNSOUND = {"id": "b", "text": "x", "events": [{"id": "E1"}]}


def source(folder: Path, *records: object) -> tuple[Path, DataFormat]:
    path = folder / "in.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path, DataFormat.NATIVE


def test_there_and_back_is_the_same(tmp_path: Path) -> None:
    there, back = tmp_path / "there.json", tmp_path / "back.jsonl"
    start = source(tmp_path, SOUND)
    done = convert(start, (there, DataFormat.LABELSTUDIO))
    assert done == Conversion(n_written=1, problems="", every_problem=[], left_out={}, not_mapped={}, selection={})
    convert((there, DataFormat.LABELSTUDIO), (back, DataFormat.NATIVE))
    assert [d.events for d in read_documents(back)] == [d.events for d in read_documents(start[0])]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back.jsonl", "in.jsonl", "there.json"]


def test_what_the_format_cannot_say_is_counted(tmp_path: Path) -> None:
    done = convert(source(tmp_path, SOUND), (tmp_path / "out.jsonl", DataFormat.TEXTEE))
    assert done.left_out == {"score": 1}
    assert text_of_conversion(done) == (
        "1 document(s) written\nLeft out, for the format has no place for it:\n      1  score"
    )


def test_sound_documents_are_written_and_the_others_told(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = convert(source(tmp_path, UNSOUND, SOUND), (out, DataFormat.NATIVE))
    assert [document.id for document in read_documents(out)] == ["a"]
    assert "in.jsonl:1: events[0].type: must be given, but is missing" in done.problems
    assert text_of_conversion(done).startswith("1 document(s) written\nNot written, for these problems:\n")


def test_strictly_nothing_is_written_where_a_document_is_unsound(tmp_path: Path) -> None:
    for data_format in (DataFormat.NATIVE, DataFormat.BRAT):
        with pytest.raises(DataError, match=r"in\.jsonl:2: events\[0\]\.type: must be given"):
            convert(source(tmp_path, SOUND, UNSOUND), (tmp_path / "out", data_format), is_strict=True)
        assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_types_and_roles_are_mapped_and_the_rest_is_counted(tmp_path: Path) -> None:
    type_map = TypeMap(name="theirs", event_types={"Conflict.Attack": MappedType(becomes="Attack")})
    out = tmp_path / "out.jsonl"
    ontology = Ontology(name="ours", event_types={"Conflict.Attack": EventType()})
    done = convert(source(tmp_path, SOUND), (out, DataFormat.NATIVE), ontology=ontology, type_map=type_map)
    assert [event.event_type for document in read_documents(out) for event in document.events] == ["Conflict.Attack"]
    assert done.not_mapped == {"Attack Place": 1}


def scored(id: str, score: float) -> dict[str, Any]:
    [event] = SOUND["events"]
    return {**SOUND, "id": id, "events": [{**event, "score": score}]}


def test_the_most_uncertain_documents_are_written_first_and_the_rest_is_counted(tmp_path: Path) -> None:
    records = [scored("sure", 0.9), {"id": "bare", "text": "x", "events": []}, scored("unsure", 0.2), UNSOUND]
    out = tmp_path / "out.jsonl"
    selection = Selection(order=Order.UNCERTAINTY, limit=2)
    done = convert(source(tmp_path, *records), (out, DataFormat.NATIVE), selection=selection)
    assert [document.id for document in read_documents(out)] == ["unsure", "sure"]
    assert text_of_conversion(done).split("\n")[:5] == [
        "2 document(s) written",
        "Of all documents read:",
        "      1  document beyond the limit, not written",
        "      1  document without scores, put last",
        "Not written, for these problems:",
    ]
    assert done.problems.startswith(f"{tmp_path}/in.jsonl:4: events[0].type: must be given")


def test_who_watches_sees_every_document_that_is_read(tmp_path: Path) -> None:
    seen: list[str] = []

    def watch(documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            seen.append(document.id)
            yield document

    start = source(tmp_path, scored("a", 1), UNSOUND, scored("c", 1))
    convert(start, (tmp_path / "out.jsonl", DataFormat.NATIVE), selection=Selection(limit=1), watch=watch)
    assert seen == ["a", "c"]


def test_of_a_thousand_problems_the_first_are_told_and_the_rest_are_counted(tmp_path: Path) -> None:
    records = [{**UNSOUND, "id": str(number)} for number in range(1000)]
    done = convert(source(tmp_path, SOUND, *records), (tmp_path / "out.jsonl", DataFormat.NATIVE))
    lines = done.problems.split("\n")
    assert done.n_written == 1
    assert len(lines) == 21
    assert [line.split(" ")[0].rpartition("/")[2] for line in lines[:3]] == [
        "in.jsonl:2:",
        "in.jsonl:3:",
        "in.jsonl:4:",
    ]
    assert lines[-1] == "… and 980 more"


def test_what_is_there_already_stays(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"out\.jsonl: must not be there yet, but is"):
        convert(source(tmp_path, SOUND), (out, DataFormat.NATIVE))
    assert out.read_text(encoding="utf-8") == "mine"


def test_a_place_that_cannot_be_written_to_and_a_format_for_people_are_refused(tmp_path: Path) -> None:
    start = source(tmp_path, SOUND)
    with pytest.raises(InputError, match=r"in\.jsonl/out: must be a place to write to"):
        convert(start, (start[0] / "out", DataFormat.NATIVE))
    with pytest.raises(InputError, match="--to interlinear: must be a format that programs write"):
        convert(start, (tmp_path / "out", DataFormat.INTERLINEAR))
