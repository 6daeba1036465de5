"""Every format that can be named is read, written, told from the others, and held to the ontology."""

import json
from collections import Counter
from pathlib import Path

import pytest

from eventroles.documents import Argument, Document, Event
from eventroles.errors import DataError
from eventroles.formats.cas import write_cas_json
from eventroles.formats.table import FORMATS, DataFormat, sniffed_format
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

ONTOLOGY = Ontology(name="tiny", event_types={"Attack": EventType(roles={"Place": Role()})})
TEXT = "Rebels shelled Goma"
GOMA = Argument(role="Place", char_span=Span(15, 19))
ATTACK = Event(id="E1", event_type="Attack", trigger=Span(7, 14), arguments=(GOMA,))
DOCUMENT = Document(id="a", text=TEXT, events=(ATTACK,))
INTERLINEAR = f"# id: a\n[1] {TEXT}\n  Attack: shelled | Place: Goma\n"
NAMES = {DataFormat.CONLL: "file.conll", DataFormat.BRAT: "folder", DataFormat.CAS: "folder"}
WRITTEN = [name for name, row in FORMATS.items() if row.write is not None]


def written(folder: Path, data_format: DataFormat) -> Path:
    """Write the document in a format."""
    if data_format is DataFormat.CAS:
        pytest.importorskip("cassis")
    path = folder / NAMES.get(data_format, "file.json")
    write = FORMATS[data_format].write
    if write is None:
        path.write_text(INTERLINEAR, encoding="utf-8")
    else:
        left_out: Counter[str] = Counter()
        assert write([DOCUMENT], path, left_out) == 1
        assert left_out == ({"trigger": 1} if data_format is DataFormat.MUC else {})
    return path


@pytest.mark.parametrize("data_format", DataFormat)
def test_each_format_is_told_from_the_others_and_gives_the_document_back(
    tmp_path: Path, data_format: DataFormat
) -> None:
    path = written(tmp_path, data_format)
    assert sniffed_format(path) is data_format
    [document] = FORMATS[data_format].read(path, ONTOLOGY)
    assert (document.id, document.text) == ("a", TEXT)
    [event] = document.events
    trigger = None if data_format is DataFormat.MUC else Span(7, 14)
    assert (event.event_type, event.trigger, event.arguments) == ("Attack", trigger, (GOMA,))


@pytest.mark.parametrize("indent", [None, 2])
def test_one_file_of_cas_json_is_told_from_the_others_however_it_is_laid_out(
    tmp_path: Path, indent: int | None
) -> None:
    assert write_cas_json([DOCUMENT], tmp_path / "folder", Counter()) == 1
    value = json.loads((tmp_path / "folder" / "a.json").read_bytes())
    path = tmp_path / "file.json"
    path.write_text(json.dumps(value, indent=indent), encoding="utf-8-sig")
    assert sniffed_format(path) is DataFormat.CAS
    [document] = FORMATS[DataFormat.CAS].read(path, ONTOLOGY)
    assert (document.id, document.text, document.events[0].arguments) == ("a", TEXT, (GOMA,))


@pytest.mark.parametrize("data_format", DataFormat)
def test_each_format_is_held_to_the_ontology_where_it_says_what_an_event_is(
    tmp_path: Path, data_format: DataFormat
) -> None:
    path = written(tmp_path, data_format)
    other = Ontology(name="other", event_types={"Attack": EventType(roles={"Target": Role()})})
    with pytest.raises(DataError, match=r"role 'Place' is not allowed for event type 'Attack'; allowed: Target"):
        list(FORMATS[data_format].read(path, other))


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"a": 1}', '{"%": 1}', '["%TYPES"]', "Rebels shelled Goma.", "[1, 2]", "{", "null", "\x00\x01"],
)
def test_a_file_in_none_of_the_formats_is_refused_with_their_names(tmp_path: Path, content: str) -> None:
    path = tmp_path / "file.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(
        DataError, match=r"file\.json: must be in a known format, but looks like none of them"
    ) as raised:
        sniffed_format(path)
    assert "Name its format: native, interlinear, brat" in str(raised.value)


def test_a_file_that_could_be_in_two_formats_is_refused_with_both(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    both = {"id": "a", "text": "", "events": [], "docid": "a", "doctext": "", "templates": []}
    path.write_text(json.dumps(both), encoding="utf-8")
    with pytest.raises(DataError, match=r"file\.json: .* could be native or muc"):
        sniffed_format(path)


def test_a_path_that_is_not_there_and_a_folder_of_nothing_known_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.json: must be a readable file"):
        sniffed_format(tmp_path / "gone.json")
    with pytest.raises(DataError, match="must be in a known format, but looks like none"):
        sniffed_format(tmp_path)
