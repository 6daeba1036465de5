"""Every format that a recipe can name is read by its reader."""

import json
from pathlib import Path

import pytest

from eventroles.errors import DataError
from eventroles.formats.readers import DataFormat, reader_of
from eventroles.ontology import EventType, Ontology

ONTOLOGY = Ontology(name="tiny", event_types={"Attack": EventType()})
TRIGGER = {"start": 7, "end": 14, "text": "shelled"}
WINDOW = {
    "doc_id": "d",
    "wnd_id": "a",
    "tokens": ["Rebels", "shelled", "Goma"],
    "event_mentions": [
        {"id": "E1", "event_type": "Attack", "trigger": {"start": 1, "end": 2, "text": "shelled"}, "arguments": []}
    ],
}
NATIVE = {"id": "a", "text": "Rebels shelled Goma", "events": [{"id": "E1", "type": "Attack", "trigger": TRIGGER}]}
FILES = {
    DataFormat.NATIVE: json.dumps(NATIVE),
    DataFormat.TEXTEE: json.dumps(WINDOW),
    DataFormat.INTERLINEAR: "# id: a\n[1] Rebels shelled Goma\n  Attack: shelled",
}


@pytest.mark.parametrize("data_format", DataFormat)
def test_each_format_is_read_and_held_to_the_ontology(tmp_path: Path, data_format: DataFormat) -> None:
    path = tmp_path / "file"
    path.write_text(FILES[data_format] + "\n", encoding="utf-8")
    [document] = reader_of(data_format)(path, ONTOLOGY)
    assert (document.id, document.text) == ("a", "Rebels shelled Goma")
    assert [event.trigger and event.trigger.of(document.text) for event in document.events] == ["shelled"]
    assert [document.id for document in reader_of(data_format)(path, None)] == ["a"]
    with pytest.raises(DataError, match="must be one of ontology 'other'"):
        list(reader_of(data_format)(path, Ontology(name="other", event_types={"Die": EventType()})))
