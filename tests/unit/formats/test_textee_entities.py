"""To be added to test_textee_writing.py together with the reader's change."""

import json
from collections import Counter
from pathlib import Path

from eventroles.formats.textee import read_textee
from eventroles.formats.textee_writing import write_textee


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
