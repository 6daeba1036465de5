"""TextEE's windows: tokens become text, spans stay where they are, and wrong spans are named."""

import json
from pathlib import Path
from typing import Any

import pytest

from eventroles.errors import DataError
from eventroles.formats.textee import read_textee
from eventroles.ontology import EventType, Ontology, Role

TOKENS = ["U.S.", "forces", "did", "n't", "strike", "Goma", ",", "he", "said", "."]


def row(**changes: Any) -> dict[str, Any]:
    arguments = [{"role": "Attacker", "start": 0, "end": 2, "text": "U.S. forces", "entity_id": "T1"}]
    trigger = {"start": 4, "end": 5, "text": "strike"}
    event = {"id": "E1", "event_type": "Attack", "trigger": trigger, "arguments": arguments}
    text = "U.S. forces didn't  strike Goma, he said"
    return {"doc_id": "d", "wnd_id": "w", "tokens": TOKENS, "text": text, "event_mentions": [event]} | changes


def write(folder: Path, *rows: object) -> Path:
    path = folder / "rows.json"
    path.write_text("".join(json.dumps(value) + "\n" for value in rows), encoding="utf-8")
    return path


def test_text_is_spaced_as_given_and_holds_every_token(tmp_path: Path) -> None:
    [document] = read_textee(write(tmp_path, row()))
    assert (document.id, document.text) == ("w", "U.S. forces didn't  strike Goma, he said .")
    assert document.meta == {"doc_id": "d"}
    [event] = document.events
    assert event.trigger is not None
    assert event.trigger.of(document.text) == "strike"
    assert [(a.role, a.char_span.of(document.text)) for a in event.arguments] == [("Attacker", "U.S. forces")]


@pytest.mark.parametrize("text", ["", "something else"])
def test_without_a_fitting_text_tokens_are_spaced(tmp_path: Path, text: str) -> None:
    [document] = read_textee(write(tmp_path, row(text=text)))
    assert document.text == " ".join(TOKENS)


def test_every_wrong_span_is_named_and_the_other_windows_are_read(tmp_path: Path) -> None:
    arguments = [
        {"role": "Attacker", "start": 0, "end": 1, "text": "U.S. forces"},
        {"role": "Place", "start": 5, "end": 6, "text": "Goma"},
        {"role": "Target", "start": 9, "end": 11, "text": "."},
    ]
    first = {"id": "E1", "event_type": "Attack", "trigger": {"start": 4, "end": 5, "text": "hit"}, "arguments": []}
    second = {**first, "id": "E2", "trigger": {"start": -1, "end": 1, "text": "U.S."}, "arguments": arguments}
    entities = [{"start": 3, "end": 3, "text": "n't"}]
    broken = row(event_mentions=[first, second], entity_mentions=entities)
    path = write(tmp_path, row(wnd_id="w1"), broken, row(wnd_id="w3"))
    read = read_textee(path)
    assert [next(read).id, next(read).id] == ["w1", "w3"]
    with pytest.raises(DataError, match=r"rows\.json:2: ") as raised:
        next(read)
    problems = str(raised.value).split("\n")
    expected = [
        "event_mentions[0].trigger (event 'E1'): its text must be that of tokens [4, 5), 'strike', but is 'hit'. ",
        "event_mentions[1].trigger (event 'E2'): must be tokens of the document's 10, but is [-1, 1), ",
        "event_mentions[1].arguments[0] (event 'E2', role 'Attacker'): its text must be that of tokens [0, 1), 'U.S.', "
        "but is 'U.S. forces'. ",
        "event_mentions[1].arguments[2] (event 'E2', role 'Target'): must be tokens of the document's 10, but is "
        "[9, 11), ",
        "entity_mentions[0]: must be tokens of the document's 10, but is [3, 3), ",
    ]
    assert len(problems) == len(expected)
    for problem, start in zip(problems, expected, strict=True):
        assert problem.startswith(f"{path}:2: {start}")


def test_an_entity_mention_with_another_text_is_kept_as_it_is(tmp_path: Path) -> None:
    entities = [
        {"id": "n", "start": 5, "end": 6, "text": "goma", "entity_type": "GPE"},
        {"id": "m", "start": 2, "end": 5, "text": "did n't strike"},
    ]
    [document] = read_textee(write(tmp_path, row(entity_mentions=entities)))
    assert document.text[12:26] == "didn't  strike"
    assert document.meta["entity_mentions"] == [
        {"id": "n", "start": 27, "end": 31, "text": "goma", "entity_type": "GPE"},
        {"id": "m", "start": 12, "end": 26, "text": "didn't  strike"},
    ]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (["x"], "must be a JSON object"),
        (None, "must be one JSON object, but is null"),
        (row(tokens="U.S. forces"), "tokens: must "),
        (row(tokens=["a", ""]), "tokens.1: must "),
        (
            row(entity_mentions=[{"start": "0", "end": 1, "text": "U.S."}]),
            "entity_mentions.0.start: must be a valid int",
        ),
        (row(event_mentions=[{}]), "event_mentions.0.trigger: must be given"),
    ],
)
def test_a_malformed_row_is_named(tmp_path: Path, value: object, found: str) -> None:
    with pytest.raises(DataError) as raised:
        list(read_textee(write(tmp_path, value)))
    assert "rows.json:1: " in str(raised.value)
    assert found in str(raised.value)


def test_events_are_held_to_an_ontology(tmp_path: Path) -> None:
    ontology = Ontology(name="tiny", event_types={"Attack": EventType(roles={"Target": Role()})})
    with pytest.raises(DataError, match="role 'Attacker' is not allowed for event type 'Attack'"):
        list(read_textee(write(tmp_path, row()), ontology))


def test_the_trigger_of_a_document_level_event_is_a_dummy(tmp_path: Path) -> None:
    ontology = Ontology(name="o", event_types={"Attack": EventType(document_level=True, roles={"Attacker": Role()})})
    dummy = row()["event_mentions"][0] | {"trigger": {"start": 0, "end": 1, "text": "other words"}}
    [document] = read_textee(write(tmp_path, row(event_mentions=[dummy])), ontology)
    assert [(event.trigger, len(event.arguments)) for event in document.events] == [(None, 1)]


def test_that_there_are_no_entity_mentions_is_told_only_where_the_file_tells_it(tmp_path: Path) -> None:
    [told, silent] = read_textee(write(tmp_path, row(entity_mentions=[]), row(wnd_id="x")))
    assert told.meta["entity_mentions"] == []
    assert "entity_mentions" not in silent.meta


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must be a readable file"):
        list(read_textee(tmp_path / "none.json"))
