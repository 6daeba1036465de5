"""RAMS: tokens become text and back, roles lose their codes and get them back, and wrong lines are named."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from tests.unit.formats.token_files import (
    PIECES,
    SENTENCES,
    TEXT,
    UNSAID,
    documents,
    lines_in,
    read_again,
    unsayable,
    written_by,
)

from eventroles.documents import Argument, Document, Event
from eventroles.errors import DataError
from eventroles.formats.rams import is_rams, read_rams, write_rams
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span


def line(**changes: Any) -> dict[str, Any]:
    links = [[[2, 2], [4, 4], "evt007arg02target"], [[2, 2], [0, 1], "evt007arg01attacker"]]
    value = {
        "rel_triggers": [],
        "doc_key": "nw_1",
        "ent_spans": [[0, 1, [["evt007arg01attacker", 1.0]]], [4, 4, [["evt007arg02target", 1.0]]]],
        "source_url": "http://example.org/1",
        "evt_triggers": [[2, 2, [["conflict.attack.n/a", 1.0]]]],
        "split": "dev",
        "sentences": SENTENCES,
        "gold_evt_links": links,
    }
    return value | changes


def write_lines(folder: Path, *values: object) -> Path:
    return lines_in(folder / "rams.jsonlines", *values)


def written(folder: Path, *documents: Document) -> tuple[list[Any], Counter[str]]:
    return written_by(write_rams, folder / "out.jsonlines", documents)


def again(folder: Path, *documents: Document) -> list[Document]:
    return read_again(read_rams, write_rams, folder / "out.jsonlines", documents)


def test_tokens_become_text_and_roles_lose_their_codes(tmp_path: Path) -> None:
    [document] = read_rams(write_lines(tmp_path, line()))
    assert (document.id, document.text) == ("nw_1", TEXT)
    [event] = document.events
    assert (event.id, event.event_type, event.trigger, event.score) == ("E1", "conflict.attack.n/a", Span(11, 15), None)
    assert event.arguments == (
        Argument(role="target", char_span=Span(19, 27)),
        Argument(role="attacker", char_span=Span(0, 10)),
    )


def test_other_keys_role_codes_and_sentences_are_kept(tmp_path: Path) -> None:
    [document] = read_rams(write_lines(tmp_path, line()))
    assert document.meta == {
        "sentence_starts": [0, 30],
        "token_starts": [0, 4, 11, 16, 19, 28, 30, 35, 40, 43, 49],
        "rams": {
            "rel_triggers": [],
            "source_url": "http://example.org/1",
            "split": "dev",
            "gold_evt_links": {"E1": ["evt007arg02target", "evt007arg01attacker"]},
        },
    }


def test_a_line_is_written_as_it_was(tmp_path: Path) -> None:
    links = line()["gold_evt_links"]
    value = line(ent_spans=[[4, 4, [["evt007arg02target", 1.0]]], [0, 1, [["evt007arg01attacker", 1.0]]]])
    [document] = read_rams(write_lines(tmp_path, value))
    [found], left_out = written(tmp_path, document)
    assert found == value
    assert found["gold_evt_links"] == links
    assert left_out == Counter()


@pytest.mark.parametrize(
    "changes",
    [
        {"evt_triggers": [], "gold_evt_links": [], "ent_spans": []},
        {"sentences": [], "evt_triggers": [], "gold_evt_links": [], "ent_spans": []},
        {"sentences": [[], *SENTENCES, []]},
        {
            "sentences": [
                ["Two", "\U0001f468\u200d\U0001f469", "e\u0301te\u0301", "\u05e9\u05dc\u05d5\u05dd", "U.S.", "."]
            ]
        },
        {
            "sentences": [["New York", "\n", "shot", " at", "it ", "."], [" "]],
            "gold_evt_links": [[[2, 2], [0, 0], "a"]],
            "ent_spans": [],
        },
        {"ent_spans": [[9, 9, [["evt007arg03place", 1.0]]], [0, 1, [["evt007arg01attacker", 0.5], ["x", 1.0]]]]},
        {"ent_spans": [[9, 10, []], [4, 4, []], [9, 9, [["b", 1.0]]], [9, 9, [["a", 1.0]]]]},
        {
            "gold_evt_links": [
                [[2, 2], [0, 3], "a"],
                [[2, 2], [1, 4], "a"],
                [[2, 2], [1, 1], "b"],
                [[2, 2], [1, 1], "a"],
            ]
        },
        {"gold_evt_links": [[[2, 2], [4, 8], "evt001arg01x"], [[2, 2], [0, 0], "evt001arg02x"]]},
        {
            "gold_evt_links": [
                [[2, 2], [0, 0], "evt001arg02"],
                [[2, 2], [0, 0], "evt001arg02\n"],
                [[2, 2], [0, 0], "2nd"],
            ]
        },
        {"evt_triggers": [[2, 3, [["a", 1.0]]], [7, 7, [["b", 0.25]]]], "gold_evt_links": [[[7, 7], [6, 6], "who"]]},
        {"evt_triggers": [[2, 2, [["a", 1.0], ["b", 1]]]], "_link_events": [1, 0], "_event_ids": ["x", "y"]},
        {"_text": ["  Two gunmen\r\nshot at soldiers.\r\n\r\n", "They fled to Kabul.\n"]},
        {"_text": ["something else"]},
        {"_meta": {"date": "2020-01-31"}},
    ],
)
def test_what_was_read_is_read_again(tmp_path: Path, changes: dict[str, Any]) -> None:
    documents = list(read_rams(write_lines(tmp_path, line(**({"evt_triggers": line()["evt_triggers"]} | changes)))))
    assert len(documents) == 1
    assert again(tmp_path, *documents) == documents


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = write_lines(tmp_path, line())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert [document.id for document in read_rams(path)] == ["nw_1"]


def test_text_keeps_its_white_space(tmp_path: Path) -> None:
    value = line(_text=[" Two gunmen\r\nshot at soldiers.\t", "They fled to Kabul."])
    [document] = read_rams(write_lines(tmp_path, value))
    assert document.text == " Two gunmen\r\nshot at soldiers.\tThey fled to Kabul."
    assert document.events[0].trigger == Span(13, 17)
    assert document.meta["sentence_starts"] == [1, 31]
    [found], _ = written(tmp_path, document)
    assert found["_text"] == [" Two gunmen\r\nshot at soldiers.\t", "They fled to Kabul."]
    assert found["sentences"] == SENTENCES


def test_two_events_on_one_trigger_keep_their_arguments(tmp_path: Path) -> None:
    def event(id_: str, event_type: str, role: str) -> Event:
        arguments = (Argument(role=role, char_span=Span(0, 3)),)
        return Event(id=id_, event_type=event_type, trigger=Span(4, 8), arguments=arguments)

    document = Document(id="d", text="Dan left", events=(event("e7", "Move", "who"), event("e8", "Quit", "person")))
    [found], _ = written(tmp_path, document)
    assert found["evt_triggers"] == [[1, 1, [["Move", 1.0]]], [1, 1, [["Quit", 1.0]]]]
    assert found["gold_evt_links"] == [[[1, 1], [0, 0], "evt000arg00who"], [[1, 1], [0, 0], "evt000arg00person"]]
    assert found["ent_spans"] == [[0, 0, [["evt000arg00who", 1.0], ["evt000arg00person", 1.0]]]]
    assert (found["_event_ids"], found["_link_events"]) == (["e7", "e8"], [0, 1])
    [read] = again(tmp_path, document)
    assert read.events == document.events


def test_without_owners_the_first_event_of_a_trigger_has_the_links(tmp_path: Path) -> None:
    [document] = read_rams(write_lines(tmp_path, line(evt_triggers=[[2, 2, [["a", 1.0], ["b", 1.0]]]])))
    assert [(event.event_type, len(event.arguments)) for event in document.events] == [("a", 2), ("b", 0)]


def test_words_are_divided_where_spans_cut_them_and_sentences_where_they_end(tmp_path: Path) -> None:
    event = Event(id="E1", event_type="T", trigger=Span(4, 7), arguments=(Argument(role="r", char_span=Span(5, 12)),))
    [found], left_out = written(tmp_path, Document(id="d", text="An airstrike. It hit.", events=(event,)))
    assert found["sentences"] == [["An", "a", "i", "rs", "trike", "."], ["It", "hit", "."]]
    assert found["evt_triggers"] == [[2, 3, [["T", 1.0]]]]
    assert found["gold_evt_links"] == [[[2, 3], [3, 4], "evt000arg00r"]]
    assert found["_text"] == ["An airstrike. ", "It hit."]
    assert left_out == Counter()


def test_what_cannot_be_said_is_counted(tmp_path: Path) -> None:
    [found], left_out = written(tmp_path, unsayable(rams="changed", sentence_starts=["0"], date="2020"))
    assert left_out == {**UNSAID, "score": 1, "metadata": 2}
    assert found["evt_triggers"] == [[1, 1, [["T", 0.25]]]]
    assert found["_meta"] == {"date": "2020"}


def test_a_score_of_one_reads_like_gold_and_is_counted(tmp_path: Path) -> None:
    event = Event(id="E1", event_type="T", trigger=Span(4, 8), score=1.0)
    [found], left_out = written(tmp_path, Document(id="d", text="Dan left", events=(event,)))
    assert found["evt_triggers"] == [[1, 1, [["T", 1.0]]]]
    assert left_out == {"score": 1}


def test_kept_entities_that_no_longer_fit_are_counted(tmp_path: Path) -> None:
    label = ["place", 1.0]
    entities: list[Any] = [[0, 3, [label]], [0, 99, [label]], [3, 4, [label]], [0, 3], [4, 8, "x"], 7]
    document = Document(id="d", text="Dan left", meta={"rams": {"ent_spans": entities}})
    [found], left_out = written(tmp_path, document)
    assert found["ent_spans"] == [[0, 0, [label]]]
    assert left_out == Counter({"metadata": 5})


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([], "must be a JSON object, but is []"),
        (None, "must be one JSON object, but is null"),
        (line(doc_key=1), "doc_key: must be a valid string, but is 1"),
        (line(sentences=[["a", ""]]), "sentences.0.1: must have at least 1 character"),
        (line(sentences="Two"), "sentences: must be a valid list"),
        (line(evt_triggers=[[2, 2, []]]), "evt_triggers.0.2: must have at least 1 item"),
        (line(evt_triggers=[["2", 2, [["a", 1.0]]]]), "evt_triggers.0.0: must be a valid integer, but is '2'"),
        (line(evt_triggers=[[2, 2, [["a", 1.5]]]]), "must be less than or equal to 1, but is 1.5"),
        (
            line(evt_triggers=[[2, 11, [["a", 1.0]]]]),
            "evt_triggers[0]: must be tokens of the document's 11, but is [2, 12)",
        ),
        (
            line(evt_triggers=[[-1, 2, [["a", 1.0]]]]),
            "evt_triggers[0]: must be tokens of the document's 11, but is [-1, 3)",
        ),
        (
            line(evt_triggers=[[3, 2, [["a", 1.0]]]]),
            "evt_triggers[0]: must be tokens of the document's 11, but is [3, 3)",
        ),
        (
            line(evt_triggers=[[1, 1, [["a", 1.0]]]]),
            "gold_evt_links[0]: must begin at one of 'evt_triggers', but begins at",
        ),
        (
            line(gold_evt_links=[[[2, 2], [4, 10**30], "a"]]),
            "gold_evt_links[0]: must be tokens of the document's 11, but",
        ),
        (line(ent_spans=[[4, 99, []]]), "ent_spans[0]: must be tokens of the document's 11, but is [4, 100)"),
        (line(_event_ids=["a", "b"]), '_event_ids: must be 1 text(s), one an event, but is ["a", "b"]'),
        (line(_link_events=[3]), "gold_evt_links[0]: must begin at one of 'evt_triggers', but begins at [2, 2]"),
        (line(_meta=[1]), "_meta: must be a valid dictionary"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, value: object, found: str) -> None:
    read = read_rams(write_lines(tmp_path, line(doc_key="a"), value, line(doc_key="z")))
    assert [next(read).id, next(read).id] == ["a", "z"]
    with pytest.raises(DataError, match=r"rams\.jsonlines:2: ") as raised:
        next(read)
    assert found in str(raised.value)


def test_links_of_events_whose_ids_are_wrong_are_no_problem_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"rams\.jsonlines:1: _event_ids: must be 1 text") as raised:
        list(read_rams(write_lines(tmp_path, line(_event_ids=[]))))
    assert str(raised.value).count("\n") == 0


def test_an_id_that_stands_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"rams\.jsonlines:2: id 'nw_1' must be unique, but stands in line 1 too"):
        list(read_rams(write_lines(tmp_path, line(), line())))


def test_events_are_held_to_an_ontology_with_roles_without_codes(tmp_path: Path) -> None:
    event_type = EventType(roles={"target": Role()})
    ontology = Ontology(name="tiny", event_types={"conflict.attack.n/a": event_type})
    with pytest.raises(DataError, match=r"rams\.jsonlines:1: .*role 'attacker' is not allowed"):
        list(read_rams(write_lines(tmp_path, line()), ontology))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (line(), True),
        ([], False),
        ({"doc_key": "d", "sentences": [], "events": []}, False),
        ({"doc_id": "d", "sentences": [], "event_mentions": []}, False),
        ({"id": "d", "text": "", "events": []}, False),
    ],
)
def test_the_format_is_told_by_its_keys(value: object, expected: bool) -> None:
    assert is_rams(value) is expected


@given(documents((*PIECES, "evt001arg01"), ("who", "where", "evt001arg01who"), (None, 0.0, 0.5)))
def test_any_document_comes_back(document: Document) -> None:
    with TemporaryDirectory() as folder:
        [read] = again(Path(folder), document)
        assert (read.id, read.text, read.events) == (document.id, document.text, document.events)
        assert {key: read.meta.get(key) for key in document.meta} == document.meta
        assert again(Path(folder), read) == [read]
