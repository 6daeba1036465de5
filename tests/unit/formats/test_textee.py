"""TextEE's windows: tokens become text, spans stay where they are, and wrong spans are named."""

import json
from pathlib import Path
from typing import Any

import pytest

from eventroles.documents import all_spans
from eventroles.errors import DataError
from eventroles.formats.textee import read_textee
from eventroles.ontology import EventType, Ontology, Role

CORPORA = Path(__file__).parents[4] / "shared" / "corpora"
TOKENS = ["U.S.", "forces", "did", "n't", "strike", "Goma", ",", "he", "said", "."]
KNOWN_ERRORS = {"casie": {"train": 2}, "geneva": {"train": 1}}
"""Windows with a span whose text is not that of its tokens; the corpora's README names them."""

COUNTS = {
    "m2e2": ((4211, 748, 1120), (901, 183, 280), (901, 174, 259)),
    "casie": ((1047, 5981, 15888), (218, 1221, 3179), (218, 1268, 3535)),
    "phee": ((2897, 3003, 15482), (965, 1011, 5123), (965, 1005, 5155)),
    "geneva": ((2578, 5212, 8497), (508, 1004, 1622), (593, 1176, 1973)),
    "muc4": ((1407, 1407, 2982), (489, 489, 919), (464, 464, 887)),
}


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
    assert document.meta == {"doc_id": "d", "entity_mentions": []}
    [event] = document.events
    assert event.trigger is not None
    assert event.trigger.of(document.text) == "strike"
    assert [(a.role, a.char_span.of(document.text)) for a in event.arguments] == [("Attacker", "U.S. forces")]


@pytest.mark.parametrize("text", ["", "something else"])
def test_without_a_fitting_text_tokens_are_spaced(tmp_path: Path, text: str) -> None:
    [document] = read_textee(write(tmp_path, row(text=text)))
    assert document.text == " ".join(TOKENS)


def test_a_span_that_spells_something_else_is_named(tmp_path: Path) -> None:
    broken = row()
    broken["event_mentions"][0]["trigger"] = {"start": 4, "end": 5, "text": "hit"}
    path = write(tmp_path, row(wnd_id="w1"), broken, row(wnd_id="w3"))
    read = read_textee(path)
    assert [next(read).id, next(read).id] == ["w1", "w3"]
    with pytest.raises(DataError, match=r"rows\.json:2: .*tokens \[4, 5\) of event 'E1' must spell 'hit', but are"):
        next(read)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (["x"], "must be a JSON object"),
        (None, "must be one JSON object, but is null"),
        (row(tokens="U.S. forces"), "tokens: must "),
        (row(tokens=["a", ""]), "tokens.1: must "),
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


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must be a readable file"):
        list(read_textee(tmp_path / "none.json"))


@pytest.mark.skipif(not CORPORA.is_dir(), reason=f"needs the corpora in {CORPORA.name}/")
@pytest.mark.parametrize("corpus", COUNTS)
def test_real_corpora_are_read_whole_but_for_their_known_errors(corpus: str) -> None:
    for split, expected in zip(("train", "dev", "test"), COUNTS[corpus], strict=True):
        documents, n_errors = [], 0
        read = read_textee(CORPORA / corpus / "split1" / f"{split}.json")
        try:
            for document in read:
                documents.append(document)
        except DataError as error:
            n_errors = len(str(error).split("\n"))
        assert n_errors == KNOWN_ERRORS.get(corpus, {}).get(split, 0)
        assert len(documents) == expected[0] - n_errors
        if not n_errors:
            assert sum(len(document.events) for document in documents) == expected[1]
            assert sum(len(event.arguments) for document in documents for event in document.events) == expected[2]
        for document in documents:
            assert all(span.end <= len(document.text) for span in all_spans(document))
