"""WikiEvents: sentences become one text again, entities and source offsets survive, and wrong lines are named."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from tests.unit.formats.token_files import UNSAID, documents, lines_in, read_again, unsayable, written_by

from eventroles.documents import Argument, Document, Event
from eventroles.errors import DataError
from eventroles.formats.wikievents import is_wikievents, read_wikievents, write_wikievents
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

TEXT = "Murder of U.S. Nationals\nPolice say he died."
"""What `line` says: its own text has no white space between the two sentences, and its source three characters."""


def mention(id_: str, start: int, end: int, text: str, **others: Any) -> dict[str, Any]:
    sentence = 0 if start < 7 else 1
    kinds = {"entity_type": "PER", "mention_type": "UNK"}
    return {"id": id_, "sent_idx": sentence, "start": start, "end": end, **kinds, "text": text, **others}


def line(**changes: Any) -> dict[str, Any]:
    first = [["Murder", 0, 6], ["of", 7, 9], ["U", 10, 11], [".", 11, 12], ["S", 12, 13], [".", 13, 14]]
    second = [["Police", 27, 33], ["say", 34, 37], ["he", 38, 40], ["died", 41, 45], [".", 45, 46]]
    murder = {"start": 0, "end": 1, "text": "Murder", "sent_idx": 0}
    died = {"start": 10, "end": 11, "text": "died", "sent_idx": 1}
    victims = [
        {"entity_id": "d-T3", "role": "Victim", "text": "Nationals"},
        {"entity_id": "d-T2", "role": "Place", "text": "U.S."},
        {"entity_id": "d-T5", "role": "Victim", "text": "he"},
    ]
    value = {
        "doc_id": "d",
        "tokens": ["Murder", "of", "U", ".", "S", ".", "Nationals", "Police", "say", "he", "died", "."],
        "text": "Murder of U.S. NationalsPolice say he died.",
        "sentences": [
            [[*first, ["Nationals", 15, 24]], "Murder of U.S. Nationals"],
            [second, "Police say he died."],
        ],
        "entity_mentions": [
            mention("d-T2", 2, 6, "U.S."),
            mention("d-T3", 6, 7, "Nationals"),
            mention("d-T4", 7, 8, "Police"),
            mention("d-T5", 9, 10, "he"),
        ],
        "relation_mentions": [],
        "event_mentions": [
            {"id": "d-E1", "event_type": "Crime", "trigger": murder, "arguments": victims},
            {"id": "d-E2", "event_type": "Die", "trigger": died, "arguments": []},
        ],
    }
    return value | changes


def event_mention(trigger: tuple[int, int, str], *arguments: tuple[str, str, str]) -> dict[str, Any]:
    start, end, text = trigger
    named = [{"entity_id": id_, "role": role, "text": found} for id_, role, found in arguments]
    return {"id": "e", "event_type": "T", "trigger": {"start": start, "end": end, "text": text}, "arguments": named}


def flat(tokens: list[str], **changes: Any) -> dict[str, Any]:
    """Make a line of one sentence, spaced evenly, without anything annotated."""
    placed: list[Any] = []
    for token in tokens:
        start = placed[-1][2] + 1 if placed else 0
        placed.append([token, start, start + len(token)])
    text = " ".join(tokens)
    value = {"doc_id": "d", "tokens": tokens, "text": text, "sentences": [[placed, text]], "event_mentions": []}
    return value | changes


def write_lines(folder: Path, *values: object) -> Path:
    return lines_in(folder / "wiki.jsonl", *values)


def written(folder: Path, *documents: Document) -> tuple[list[Any], Counter[str]]:
    return written_by(write_wikievents, folder / "out.jsonl", documents)


def again(folder: Path, *documents: Document) -> list[Document]:
    return read_again(read_wikievents, write_wikievents, folder / "out.jsonl", documents)


def test_sentences_that_touch_in_the_text_but_not_in_the_source_get_a_line_break(tmp_path: Path) -> None:
    [document] = read_wikievents(write_lines(tmp_path, line()))
    assert (document.id, document.text) == ("d", TEXT)
    crime, die = document.events
    assert (crime.id, crime.event_type, crime.trigger) == ("d-E1", "Crime", Span(0, 6))
    assert [(a.role, a.char_span) for a in crime.arguments] == [
        ("Victim", Span(15, 24)),
        ("Place", Span(10, 14)),
        ("Victim", Span(36, 38)),
    ]
    assert (die.trigger, die.arguments) == (Span(39, 43), ())


def test_entities_and_the_distance_of_the_source_are_kept(tmp_path: Path) -> None:
    [document] = read_wikievents(write_lines(tmp_path, line()))
    kinds = {"entity_type": "PER", "mention_type": "UNK"}
    assert document.meta == {
        "sentence_starts": [0, 25],
        "token_starts": [0, 7, 10, 11, 12, 13, 15, 25, 32, 36, 39, 43],
        "wikievents": {
            "entity_mentions": [
                {"id": "d-T2", **kinds, "start": 10, "end": 14, "text": "U.S."},
                {"id": "d-T3", **kinds, "start": 15, "end": 24, "text": "Nationals"},
                {"id": "d-T4", **kinds, "start": 25, "end": 31, "text": "Police"},
                {"id": "d-T5", **kinds, "start": 36, "end": 38, "text": "he"},
            ],
            "sentences": [[25, 2, 2]],
        },
    }


def test_a_line_is_written_as_it_was_but_for_the_white_space_of_its_text(tmp_path: Path) -> None:
    [document] = read_wikievents(write_lines(tmp_path, line()))
    [found], left_out = written(tmp_path, document)
    assert found == line(text=TEXT)
    assert left_out == Counter()


FAMILY, SUMMER, SHALOM = "\U0001f468\u200d\U0001f469", "e\u0301te\u0301", "\u05e9\u05dc\u05d5\u05dd"
TWO_IDS = [mention("a", 1, 2, "b", entity_type="ORG"), mention("b", 1, 2, "b"), mention("c", 0, 3, "a b c", extra=[1])]
DEEP = {"id": "r", "arguments": [{"entity_id": "a"}, {"entity_id": "b"}]}
SCORED = event_mention((0, 1, "a"), ("b", "r", "b"), ("a", "q", "b"), ("c", "q", "abc")) | {"score": 0.5}


@pytest.mark.parametrize(
    "value",
    [
        line(),
        flat([]),
        flat([], sentences=[]),
        flat([], text=" \r\n", _meta={"date": "2020-01-31"}),
        flat(["a"], text=""),
        flat(["a"], text="", sentences=[[[], ""], [[["a", 0, 1]], "a"], [[], ""]]),
        flat(["a", "b", "c"], text="  a\r\nb\t c\n\n"),
        flat(["a", "b", "c"], text="other"),
        flat(["a", "b", "c"], sentences=[[[["a", 5, 6], ["b", 6, 8], ["c", 1, 1]], ""]]),
        flat(["New York", "\n", "b", " c", "d "], event_mentions=[event_mention((0, 1, "NewYork"))]),
        flat(["a", "b", "c"], entity_mentions=TWO_IDS, relation_mentions=[DEEP], event_mentions=[SCORED], more=[1]),
        flat(["a", "b", "c"], event_mentions=[event_mention((0, 2, "ab")), event_mention((0, 2, "a b")) | {"id": "f"}]),
        flat(
            [FAMILY, SUMMER, SHALOM],
            entity_mentions=[mention("a", 1, 3, SUMMER + SHALOM)],
            event_mentions=[event_mention((0, 1, FAMILY), ("a", "r", SUMMER + " " + SHALOM))],
        ),
    ],
)
def test_what_was_read_is_read_again(tmp_path: Path, value: dict[str, Any]) -> None:
    documents = list(read_wikievents(write_lines(tmp_path, value)))
    assert len(documents) == 1
    assert again(tmp_path, *documents) == documents


def test_what_an_event_has_beyond_ours_is_written_again(tmp_path: Path) -> None:
    scored = SCORED | {"trigger": SCORED["trigger"] | {"sent_idx": 0, "confidence": 1}}
    value = flat(["a", "b", "c"], entity_mentions=TWO_IDS, event_mentions=[scored], relation_mentions=[])
    [document] = read_wikievents(write_lines(tmp_path, value))
    [found], left_out = written(tmp_path, document)
    expected = [
        {**argument, "text": text} for argument, text in zip(SCORED["arguments"], ["b", "b", "a b c"], strict=True)
    ]
    assert found == value | {"event_mentions": [scored | {"arguments": expected}]}
    assert left_out == Counter()


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = write_lines(tmp_path, line())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert [document.id for document in read_wikievents(path)] == ["d"]


@pytest.mark.parametrize(
    ("texts", "starts", "expected"),
    [
        (["a", "b"], (0, 1), "ab"),
        (["a", "b"], (0, 2), "a\nb"),
        (["a ", "b"], (0, 2), "a b"),
        (["a", "\tb"], (0, 9), "a\tb"),
    ],
)
def test_touching_sentences_are_only_parted_where_their_source_was(
    tmp_path: Path, texts: list[str], starts: tuple[int, int], expected: str
) -> None:
    sentences = [[[[text.strip(), start, start + 1]], text] for text, start in zip(texts, starts, strict=True)]
    value = flat(["a", "b"], text="".join(texts), sentences=sentences)
    assert [document.text for document in read_wikievents(write_lines(tmp_path, value))] == [expected]


def test_new_arguments_become_mentions_of_unknown_type(tmp_path: Path) -> None:
    arguments = (
        Argument(role="who", char_span=Span(0, 3)),
        Argument(role="where", char_span=Span(14, 18)),
        Argument(role="also", char_span=Span(0, 3)),
    )
    event = Event(id="e", event_type="Move", trigger=Span(4, 8), arguments=arguments)
    kept: dict[str, Any] = {
        "entity_mentions": [{"id": "d-T2", "start": 14, "end": 18, "text": "Oslo", "entity_type": "GPE"}]
    }
    document = Document(id="d", text="Dan left. To  Oslo.", events=(event,), meta={"wikievents": kept})
    [found], left_out = written(tmp_path, document)
    assert found["text"] == "Dan left. To  Oslo."
    assert found["sentences"] == [
        [[["Dan", 0, 3], ["left", 4, 8], [".", 8, 9]], "Dan left."],
        [[["To", 10, 12], ["Oslo", 14, 18], [".", 18, 19]], "To  Oslo."],
    ]
    assert found["entity_mentions"] == [
        {"id": "d-T2", "sent_idx": 1, "start": 4, "end": 5, "text": "Oslo", "entity_type": "GPE"},
        {"id": "d-T3", "sent_idx": 0, "start": 0, "end": 1, "text": "Dan", "entity_type": "UNK", "mention_type": "UNK"},
    ]
    assert found["event_mentions"][0]["arguments"] == [
        {"entity_id": "d-T3", "role": "who", "text": "Dan"},
        {"entity_id": "d-T2", "role": "where", "text": "Oslo"},
        {"entity_id": "d-T3", "role": "also", "text": "Dan"},
    ]
    assert found["event_mentions"][0]["trigger"] == {"sent_idx": 0, "start": 1, "end": 2, "text": "left"}
    assert left_out == Counter()


def test_what_cannot_be_said_is_counted(tmp_path: Path) -> None:
    spans = [(0, 3), (2, 4), (0, 99)]
    mentions: list[Any] = [{"id": f"m{start}{end}", "start": start, "end": end} for start, end in spans]
    kept: dict[str, Any] = {
        "entity_mentions": [*mentions, mentions[0], "x"],
        "sentences": "x",
        "event_mentions": {"1": {"arguments": [{"entity_id": []}]}},
    }
    [found], left_out = written(tmp_path, unsayable(wikievents=kept, date="2020"))
    assert left_out == {**UNSAID, "metadata": 4}
    assert found["event_mentions"][0]["arguments"] == [{"entity_id": "m03", "role": "a", "text": "Dan"}]
    assert found["_meta"] == {"date": "2020"}


def test_what_was_kept_of_other_arguments_is_counted(tmp_path: Path) -> None:
    event = Event(id="e", event_type="T", trigger=Span(4, 8), arguments=(Argument(role="a", char_span=Span(0, 3)),))
    kept: dict[str, Any] = {
        "event_mentions": {"e": {"arguments": [{"score": 1}, {"score": 2}]}},
        "entity_mentions": "x",
    }
    [found], left_out = written(tmp_path, Document(id="d", text="Dan left", events=(event,), meta={"wikievents": kept}))
    assert found["event_mentions"][0]["arguments"] == [{"entity_id": "d-T1", "role": "a", "text": "Dan"}]
    assert left_out == Counter({"metadata": 2})


OTHER_TEXT = "its text must be that of tokens [0, 1), 'Murder', but is 'murder'"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (3, "must be a JSON object, but is 3"),
        (None, "must be one JSON object, but is null"),
        ({"doc_id": "d"}, "tokens: must be given, but is missing"),
        (line(tokens=["Murder"]), "tokens: must be the tokens of 'sentences', but are others"),
        (line(sentences=[[[["", 0, 0]], ""]]), "sentences.0.0.0.0: must have at least 1 character"),
        (line(sentences=[[[["a", "0", 1]], "a"]]), "sentences.0.0.0.1: must be a valid integer, but is '0'"),
        (line(sentences=[[]]), "sentences.0.0: must be given, but is missing"),
        (
            line(entity_mentions=[mention("a", 2, 13, "x")]),
            "entity_mentions[0] ('a'): must be tokens of the document's 12, but is [2, 13)",
        ),
        (
            line(entity_mentions=[mention("a", 2, 2, "x")]),
            "entity_mentions[0] ('a'): must be tokens of the document's 12, but is [2, 2)",
        ),
        (line(entity_mentions=[mention("a", 0, 1, "murder")]), f"entity_mentions[0] ('a'): {OTHER_TEXT}"),
        (line(entity_mentions=[mention("a", 0, 1, "Murder")] * 2), "entity_mentions[1]: id 'a' must be unique"),
        (
            line(event_mentions=[event_mention((0, 1, "murder"))]),
            f"event_mentions[0].trigger (event 'e'): {OTHER_TEXT}",
        ),
        (
            line(event_mentions=[event_mention((-1, 1, ""))]),
            "event_mentions[0].trigger (event 'e'): must be tokens of the document's 12, but is [-1, 1)",
        ),
        (
            line(event_mentions=[event_mention((0, 10**30, ""))]),
            "event_mentions[0].trigger (event 'e'): must be tokens of the document's 12",
        ),
        (
            line(event_mentions=[event_mention((0, 1, "Murder"), ("d-T9", "Victim", "he"))]),
            "event_mentions[0].arguments[0]: must name an entity mention, but there is no 'd-T9'",
        ),
        (
            line(event_mentions=[event_mention((0, 1, "Murder"), ("d-T5", "Victim", "she"))]),
            "event_mentions[0].arguments[0]: its text must be that of entity mention 'd-T5', 'he', but is 'she'",
        ),
        (line(event_mentions=[event_mention((0, 1, "Murder"))] * 2), "events: id 'e' must be unique"),
        (line(event_mentions=[{"id": "e"}]), "event_mentions.0.trigger: must be given, but is missing"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, value: object, found: str) -> None:
    read = read_wikievents(write_lines(tmp_path, line(doc_id="a"), value, line(doc_id="z")))
    assert [next(read).id, next(read).id] == ["a", "z"]
    with pytest.raises(DataError, match=r"wiki\.jsonl:2: ") as raised:
        next(read)
    assert found in str(raised.value)


def test_arguments_of_a_wrong_entity_mention_are_no_problem_of_their_own(tmp_path: Path) -> None:
    value = flat(["a", "b"], entity_mentions=[mention("m", 1, 2, "c")])
    value["event_mentions"] = [event_mention((0, 1, "a"), ("m", "r", "c"))]
    with pytest.raises(
        DataError, match=r"wiki\.jsonl:1: entity_mentions\[0\] \('m'\): its text .* but is 'c'"
    ) as raised:
        list(read_wikievents(write_lines(tmp_path, value)))
    assert str(raised.value).count("\n") == 0


def test_events_are_held_to_an_ontology(tmp_path: Path) -> None:
    types = {"Crime": EventType(roles={"Victim": Role()}), "Die": EventType(roles={})}
    with pytest.raises(DataError, match=r"wiki\.jsonl:1: .*role 'Place' is not allowed"):
        list(read_wikievents(write_lines(tmp_path, line()), Ontology(name="tiny", event_types=types)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (line(), True),
        ({"doc_key": "d", "clusters": [], "informative_mentions": []}, False),
        ({"doc_key": "d", "sentences": [], "events": []}, False),
        ({"doc_id": "d", "wnd_id": "w", "tokens": [], "event_mentions": [], "sentences": []}, False),
        ({"doc_key": "d", "sentences": [], "evt_triggers": [], "gold_evt_links": []}, False),
        ("", False),
    ],
)
def test_the_format_is_told_by_its_keys(value: object, expected: bool) -> None:
    assert is_wikievents(value) is expected


@given(documents())
def test_any_document_comes_back(document: Document) -> None:
    with TemporaryDirectory() as folder:
        [read] = again(Path(folder), document)
        assert (read.id, read.text, read.events) == (document.id, document.text, document.events)
        assert {key: read.meta.get(key) for key in document.meta} == document.meta
        assert again(Path(folder), read) == [read]
