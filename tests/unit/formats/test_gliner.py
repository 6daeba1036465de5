"""GLiNER's and GLiREL's training data: tokens become text and back, ends are inside, relations are arguments."""

import json
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventroles.documents import Argument, Coverage, Document, Event, Json, ReadReceipt
from eventroles.errors import DataError
from eventroles.formats.gliner import is_gliner, read_gliner, write_gliner
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

TOKENS = ["U.S.", "troops", "did", "n't", "strike", "Goma", "."]
JOINED = "U.S. troops did n't strike Goma ."
STRIKING = Ontology(name="tiny", event_types={"Attack": EventType(roles={"Attacker": Role(), "Place": Role()})})


def side(first: int, last: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"mention": " ".join(TOKENS[first : last + 1]), "position": [first, last], "type": kind, **more}


def item(**changes: Any) -> dict[str, Any]:
    """What GLiREL's README shows: an attack with two arguments, mentions and a relation's identifier."""
    ner = [[0, 1, "PER", "U.S. troops"], [4, 4, "Attack", "strike"], [5, 5, "LOC", "Goma"]]
    relations = [
        {"head": side(4, 4, "Attack"), "tail": side(0, 1, "PER"), "relation_id": "P1", "relation_text": "Attacker"},
        {"head": side(4, 4, "Q1"), "tail": side(5, 5, "Q2"), "relation_text": "Place"},
    ]
    return {"tokenized_text": TOKENS, "ner": ner, "relations": relations, **changes}


def write(folder: Path, *values: object) -> Path:
    path = folder / "items.json"
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


def read(folder: Path, *values: object, ontology: Ontology | None = None) -> list[Document]:
    return list(read_gliner(write(folder, *values), ontology))


def written(folder: Path, *documents: Document) -> tuple[list[dict[str, Any]], Counter[str]]:
    left_out = Counter[str]()
    path = folder / "written.json"
    assert write_gliner(documents, path, left_out) == len(documents)
    values = json.loads(path.read_text(encoding="utf-8"))
    return values, left_out


def read_again(folder: Path, *documents: Document, ontology: Ontology | None = None) -> list[Document]:
    written(folder, *documents)
    return list(read_gliner(folder / "written.json", ontology))


def event(id: str, start: int, end: int, *arguments: tuple[str, int, int], kind: str = "Attack") -> Event:
    played = tuple(Argument(role=role, char_span=Span(first, last)) for role, first, last in arguments)
    return Event(id=id, event_type=kind, trigger=Span(start, end), arguments=played)


ATTACK = event("T2", 20, 26, ("Attacker", 0, 11), ("Place", 27, 31))


# What is read.


def test_relations_are_arguments_and_the_rest_is_kept(tmp_path: Path) -> None:
    [document] = read(tmp_path, item())
    assert (document.id, document.text, document.events) == ("1", JOINED, (ATTACK,))
    assert document.meta == {
        "regions": [
            {"id": "T1", "label": "PER", "start": 0, "end": 11, "text": "U.S. troops"},
            {"id": "T3", "label": "LOC", "start": 27, "end": 31, "text": "Goma"},
        ],
        "gliner": {
            "tokenized_text": TOKENS,
            "relations": [{"head": [20, 26], "tail": [0, 11], "relation_text": "Attacker", "relation_id": "P1"}],
        },
    }


@pytest.mark.parametrize(
    "relations",
    [
        [[1, 0, "Attacker"], [1, 2, "Place"]],
        [[4, 4, "Attack", 0, 1, "PER", "Attacker"], [4, 4, "Attack", 5, 5, "LOC", "Place"]],
        [
            {"head": {"position": [4, 4]}, "tail": {"position": [0, 1]}, "relation_text": "Attacker"},
            {"head": {"position": [4, 4]}, "tail": {"position": [5, 5]}, "relation_text": "Place"},
        ],
    ],
)
def test_relations_are_read_in_each_of_their_forms(tmp_path: Path, relations: Any) -> None:
    [document] = read(tmp_path, item(relations=relations))
    assert document.events == (ATTACK,)
    assert read_again(tmp_path, document) == [document]


def test_an_ontology_says_which_labels_are_event_types(tmp_path: Path) -> None:
    value = item(relations=None)
    assert [document.events for document in read(tmp_path, value)] == [()]
    [document] = read(tmp_path, value, ontology=STRIKING)
    assert document.events == (event("T2", 20, 26),)
    assert read_again(tmp_path, document) == [document]


def test_items_of_ner_that_are_the_same_are_one(tmp_path: Path) -> None:
    ner = [[4, 4, "Attack"], [5, 5, "LOC"], [4, 4, "Attack", "strike"], [5, 5, "LOC"], [4, 4, "Move"]]
    [document] = read(tmp_path, item(ner=ner, relations=[[2, 3, "Place"], [4, 1, "To"]]))
    assert document.events == (
        event("T1", 20, 26, ("Place", 27, 31)),
        event("T5", 20, 26, ("To", 27, 31), kind="Move"),
    )


def test_the_type_tells_items_at_one_place_apart(tmp_path: Path) -> None:
    ner = [[4, 4, "Move"], [4, 4, "Attack"], [5, 5, "LOC"]]
    relations = [{"head": side(4, 4, "Attack"), "tail": side(5, 5, "LOC"), "relation_text": "Place"}]
    [document] = read(tmp_path, item(ner=ner, relations=relations))
    assert document.events == (event("T2", 20, 26, ("Place", 27, 31)),)


@pytest.mark.parametrize(
    ("tokens", "given", "text"),
    [
        (["a", "b"], None, "a b"),
        (["a", "b"], "\t a\r\nb \n", "\t a\r\nb \n"),
        (["a", "b"], "ab", "ab"),
        (["a", "\n", "b"], "a \n\nb", "a \n\nb"),
        (["New York", "!"], "New York!", "New York!"),
        (["a", "b"], "a c", "a b"),
        (["a", "b"], "a b c", "a b"),
        (["a", "b"], ["a b"], "a b"),
        (["a", "\n", "b"], None, "a \n b"),
        ([], None, ""),
        ([], " \n", " \n"),
    ],
)
def test_the_text_has_the_tokens_and_white_space(tmp_path: Path, tokens: list[str], given: Any, text: str) -> None:
    ner = [[number, number, "X"] for number in range(len(tokens))]
    [document] = read(tmp_path, {"tokenized_text": tokens, "ner": ner, "text": given})
    assert document.text == text
    regions = document.meta.get("regions", [])
    assert isinstance(regions, list)
    assert [isinstance(region, dict) and region["text"] for region in regions] == tokens
    [value], left_out = written(tmp_path, document)
    assert value["tokenized_text"] == tokens
    assert value["text"] == text
    is_foreign = given not in {None, text} if not isinstance(given, list) else True
    assert left_out == ({"metadata": 1} if is_foreign else {})
    assert is_foreign or list(read_gliner(tmp_path / "written.json")) == [document]


def test_items_are_named_by_id_or_number(tmp_path: Path) -> None:
    documents = read(tmp_path, item(), item(id="a"), item(id=7, meta={"source": "AP"}), item(id=None))
    assert [document.id for document in documents] == ["1", "a", "7", "4"]
    assert documents[2].meta["source"] == "AP"
    assert read_again(tmp_path, *documents) == documents


def test_lines_a_byte_order_mark_and_other_scripts_are_read(tmp_path: Path) -> None:
    tokens = ["grif\u0301fen", "\U0001f600", "\U0001f468\u200d\U0001f469", "שלום", "漢"]
    value = {"tokenized_text": tokens, "ner": [[0, 1, "Attack"], [2, 3, "Argument"]], "relations": [[0, 1, "Place"]]}
    path = tmp_path / "items.jsonl"
    values: list[dict[str, Any]] = [value, {"tokenized_text": [], "ner": []}]
    lines = [json.dumps(each, ensure_ascii=False) for each in values]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n".join(lines).encode())
    documents = list(read_gliner(path))
    assert [document.id for document in documents] == ["1", "2"]
    assert documents[0].events == (event("T1", 0, 10, ("Place", 11, 19)),)
    assert documents[1] == Document(id="2", text="")
    assert read_again(tmp_path, *documents) == documents


# What is written.


def test_ends_are_written_inside_and_labels_last(tmp_path: Path) -> None:
    text = "U.S. troops\nstruck  Goma."
    document = Document(id="a", text=text, events=(event("E1", 12, 18, ("Attacker", 0, 11), ("Place", 20, 24)),))
    [value], left_out = written(tmp_path, document)
    head = {"mention": "struck", "position": [2, 2], "type": "Attack", "id": "E1"}
    troops = {"mention": "U.S. troops", "position": [0, 1], "type": "Argument", "id": "A2"}
    place = {"mention": "Goma", "position": [3, 3], "type": "Argument", "id": "A3"}
    assert value == {
        "id": "a",
        "tokenized_text": ["U.S.", "troops", "struck", "Goma", "."],
        "ner": [[2, 2, "Attack"], [0, 1, "Argument"], [3, 3, "Argument"]],
        "ner_ids": ["E1", "A2", "A3"],
        "relations": [
            {"head": head, "tail": troops, "relation_text": "Attacker"},
            {"head": head, "tail": place, "relation_text": "Place"},
        ],
        "text": text,
        "meta": {"event_types": ["Attack"]},
    }
    assert left_out == {}
    assert read_again(tmp_path, document) == [document]


def test_what_was_read_is_written_again(tmp_path: Path) -> None:
    documents = read(tmp_path, item(ner_labels=["PER"], note={"deep": [None]}), item(id="x", text="U.S. troops"))
    values, left_out = written(tmp_path, *documents)
    assert values[0]["tokenized_text"] == TOKENS
    assert values[0]["ner_labels"] == ["PER"]
    assert values[0]["note"] == {"deep": [None]}
    assert [each.get("relation_id") for each in values[0]["relations"]] == ["P1", None]
    assert values[0]["ner"] == [[4, 4, "Attack"], [0, 1, "PER"], [5, 5, "LOC"]]
    assert values[1]["text"] == JOINED
    assert left_out == {"metadata": 1}
    assert next(read_gliner(tmp_path / "written.json")) == documents[0]


def test_nested_and_shared_spans_and_triggers_are_told_apart(tmp_path: Path) -> None:
    events = (
        event("x", 12, 18, ("Attacker", 0, 11), ("Place", 0, 4), ("Target", 0, 11)),
        event("", 12, 18, ("Place", 12, 18)),
        event("z", 12, 18, ("Place", 0, 23), kind="Move"),
        event("w", 1, 3),
    )
    document = Document(id="", text="U.S. troops struck Goma", events=events)
    assert read_again(tmp_path, document) == [document]


def test_tokens_that_a_new_event_cuts_are_written_anew_and_counted(tmp_path: Path) -> None:
    meta: dict[str, Json] = {"gliner": {"tokenized_text": ["ab", "c"]}}
    whole = Document(id="a", text="ab c", events=(event("E", 0, 2),), meta=meta)
    cut = Document(id="b", text="ab c", events=(event("E", 1, 2),), meta=meta)
    values, left_out = written(tmp_path, whole, cut)
    assert [value["tokenized_text"] for value in values] == [["ab", "c"], ["a", "b", "c"]]
    assert left_out == {"metadata": 1}


@pytest.mark.parametrize(
    "kept",
    ["no mapping", {"tokenized_text": ["no"]}, {"tokenized_text": [""]}, {"tokenized_text": 3}, {"text": "other"}],
)
def test_what_is_kept_but_no_longer_fits_is_counted(tmp_path: Path, kept: Any) -> None:
    [value], left_out = written(tmp_path, Document(id="a", text="x y", meta={"gliner": kept}))
    assert value["tokenized_text"] == ["x", "y"]
    assert value["text"] == "x y"
    assert left_out == {"metadata": 1}


def test_relations_that_are_kept_but_broken_are_passed_over(tmp_path: Path) -> None:
    meta: dict[str, Any] = {"relations": [3, {}, {"head": [3, 1], "tail": [0, 1], "relation_text": "Place", "x": 1}]}
    document = Document(id="a", text="x y", events=(event("E", 0, 1, ("Place", 2, 3)),), meta={"gliner": meta})
    [value], _ = written(tmp_path, document)
    assert value["relations"][0].keys() == {"head", "tail", "relation_text"}


def test_what_training_data_cannot_say_is_counted(tmp_path: Path) -> None:
    scored = Argument(role="Place", char_span=Span(19, 23), score=0.5)
    blank = Argument(role="Time", char_span=Span(4, 5))
    document = Document(
        id="a",
        text="U.S. troops struck Goma",
        events=(
            Event(id="E1", event_type="Attack", trigger=Span(11, 18), arguments=(scored, blank), score=0.5),
            Event(id="E2", event_type="Attack", trigger=None, arguments=(scored,)),
            Event(id="E3", event_type="Attack", trigger=Span(4, 5), arguments=(scored,)),
        ),
        meta={
            "date": "2020-01-01",
            "event_types": "mine",
            "regions": [{"id": "R", "label": "GAP", "start": 18, "end": 19, "text": " "}],
        },
        coverage=Coverage(char_spans=()),
        receipt=ReadReceipt(n_chars=23, n_words=4, n_windows=1, n_words_cut=0),
    )
    _, left_out = written(tmp_path, document)
    assert left_out == {
        "score": 2,
        "event without a trigger": 1,
        "argument of an event without a trigger": 1,
        "event whose trigger is only white space": 1,
        "argument of an event whose trigger is only white space": 1,
        "argument that is only white space": 1,
        "white space at the border of a span": 1,
        "region that is only white space": 1,
        "read-receipt": 1,
        "annotated part": 1,
        "metadata": 1,
    }
    [again] = read_gliner(tmp_path / "written.json")
    attack = event("E1", 12, 18, ("Place", 19, 23))
    assert again == Document(id="a", text=document.text, events=(attack,), meta={"date": "2020-01-01"})


# What is wrong.


def relating(head: Any, tail: Any, label: Any = "Place") -> dict[str, Any]:
    return item(relations=[{"head": head, "tail": tail, "relation_text": label}])


HEAD, TAIL = side(4, 4, "Attack"), side(5, 5, "LOC")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([], "must be a JSON object, but is []"),
        ({"ner": []}, "tokenized_text: must be given"),
        ({"tokenized_text": []}, "ner: must be given"),
        (item(tokenized_text="U.S."), "tokenized_text: must "),
        (item(tokenized_text=["U.S.", 3]), "tokenized_text.1: must "),
        (item(tokenized_text=["U.S.", ""]), 'tokenized_text[1]: must be a token of some length, but is ""'),
        (item(ner={}), "ner: must "),
        (item(ner=[3]), "ner.0: must "),
        (item(ner=[[0, 1]]), "ner[0]: must be [first token, last token, label], but is [0, 1]"),
        (item(ner=[[0, "1", "PER"]]), 'ner[0]: must be [first token, last token, label], but is [0, "1", "PER"]'),
        (item(ner=[[0, True, "PER"]]), "ner[0]: must be [first token, last token, label], but is [0, true, "),
        (item(ner=[[0, 7, "PER"]]), "ner[0]: must have 0 <= first <= last < 7, both inside, but is [0, 7]"),
        (item(ner=[[-1, -1, "PER"]]), "ner[0]: must have 0 <= first <= last < 7, both inside, but is [-1, -1]"),
        (item(ner=[[1, 0, "PER"]]), "ner[0]: must have 0 <= first <= last < 7, both inside, but is [1, 0]"),
        (item(ner=[[0, 10**30, "PER"]]), f"both inside, but is [0, {10**30}]"),
        (item(ner=[[0, 0, "PER", "Goma"]]), "ner[0]: its mention must be that of its tokens, 'U.S.', but is \"Goma\""),
        (item(ner=[[0, 0, "PER", 3]]), "ner[0]: its mention must be that of its tokens, 'U.S.', but is 3"),
        (item(ner_ids=["a"]), "ner_ids: must be one for each item of 'ner', but are 1 for 3"),
        (item(ner_ids=["a", "b", "b"]), "region id 'b' must be unique"),
        (item(ner_ids=[1, 2, 3]), "ner_ids.0: must "),
        (item(id=[]), "id"),
        (item(id=True), "id"),
        (item(meta=3), "meta: must "),
        (item(has_given_tokens="yes"), "has_given_tokens: must "),
        (item(relations={}), "relations: must "),
        (item(relations=[3]), "relations[0]: must have 'head' and 'tail' with 'position'"),
        (item(relations=[[0, 3, "x"]]), "relations[0]: must join items of 'ner', but there is no 3"),
        (item(relations=[[-1, 0, "x"]]), "relations[0]: must join items of 'ner', but there is no -1"),
        (item(relations=[[4, 4, "Attack", 6, 6, "X", "x"]]), "relations[0]: must join items of 'ner', but none"),
        (relating({"position": [[4], 4]}, TAIL), "relations[0]: must have 'head' and 'tail' with 'position'"),
        (relating(HEAD, {"position": [5]}), "relations[0]: must have 'head' and 'tail' with 'position'"),
        (relating(HEAD, TAIL, None), "relations[0]: must have 'head' and 'tail' with 'position'"),
        (relating(HEAD, side(6, 6, "LOC")), "relations[0]: must join items of 'ner', but none is at [6, 6]"),
        (relating(HEAD, {**TAIL, "mention": "Gama"}), "relations[0]: its mention must be that of its tokens, 'Goma'"),
    ],
)  # fmt: skip
def test_a_malformed_item_is_named_and_the_others_are_read(tmp_path: Path, value: object, found: str) -> None:
    path = tmp_path / "items.json"
    path.write_text(f"[\n{json.dumps(item(id='ok'))},\n{json.dumps(value)}]", encoding="utf-8")
    documents = read_gliner(path)
    assert next(documents).id == "ok"
    with pytest.raises(DataError) as raised:
        list(documents)
    assert "items.json:3: " in str(raised.value)
    assert found in str(raised.value)
    assert "items.json:2: " not in str(raised.value)


@pytest.mark.parametrize("text", ["[", '[{"tokenized_text": ["a"', "[" * 5000, '{"ner": [}', "[1" + "0" * 5000 + "]"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "items.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"items\.json:1: "):
        list(read_gliner(path))


def test_events_are_held_to_an_ontology(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"items\.json:1: .*role 'Goal' is not allowed for event type 'Attack'"):
        read(tmp_path, item(relations=[[1, 2, "Goal"]]), ontology=STRIKING)


def test_an_id_that_stands_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"items\.json:1: id '2' must be unique, but stands in line 1 too"):
        read(tmp_path, item(id=2), item())


@pytest.mark.parametrize(
    ("value", "is_like"),
    [
        (item(), True),
        ({"tokenized_text": [], "ner": []}, True),
        ({"tokenized_text": []}, False),
        ({"text": "", "spans": [], "tokens": []}, False),
        ({"doc_key": "", "sentences": [], "ner": []}, False),
        ({"id": "", "text": "", "events": []}, False),
        ([], False),
        (None, False),
    ],
)
def test_training_data_are_told_from_other_formats(value: Any, is_like: bool) -> None:
    assert is_gliner(value) is is_like


# Any document.

VISIBLE = "ab.\0\u0301\U0001f600שע漢\ud800"
TEXTS = st.text(alphabet=VISIBLE + " \n\r\t\u200d\x1c\xa0", max_size=12)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw documents whose spans begin and end at visible characters."""
    text = draw(TEXTS)
    places = [position for position, character in enumerate(text) if character in VISIBLE]
    if not places:
        return Document(id="a", text=text)
    bounds = st.tuples(st.sampled_from(places), st.sampled_from(places))
    char_spans = bounds.map(lambda pair: Span(min(pair), max(pair) + 1))
    arguments = st.builds(Argument, role=st.sampled_from("RS"), char_span=char_spans)
    events = [
        Event(
            id=f"e{number}",
            event_type=draw(st.sampled_from(["Attack", "Move"])),
            trigger=draw(char_spans),
            arguments=tuple(draw(st.lists(arguments, max_size=3))),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    return Document(id=draw(st.text(max_size=3)), text=text, events=tuple(events))


@given(document=documents())
def test_any_document_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, document: Document) -> None:
    folder = tmp_path_factory.mktemp("gliner")
    [value], left_out = written(folder, document)
    assert list(read_gliner(folder / "written.json")) == [document]
    assert left_out == {}
    assert "".join("".join(value["tokenized_text"]).split()) == "".join(document.text.split())


@given(tokens=st.lists(st.text(alphabet="ab \n\U0001f600", min_size=1, max_size=3), max_size=6), data=st.data())
def test_any_tokens_are_read_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, tokens: list[str], data: st.DataObject
) -> None:
    numbers = st.integers(0, len(tokens) - 1)
    pairs = data.draw(st.lists(st.tuples(numbers, numbers).map(sorted), max_size=4)) if tokens else []
    folder = tmp_path_factory.mktemp("gliner")
    read_first = read(folder, {"tokenized_text": tokens, "ner": [[*pair, "X"] for pair in pairs]})
    [value], left_out = written(folder, *read_first)
    assert value["tokenized_text"] == tokens
    assert {tuple(each[:2]) for each in value["ner"]} == {tuple(pair) for pair in pairs}
    assert left_out == {}
    assert list(read_gliner(folder / "written.json")) == read_first


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 8) | st.floats() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=4,
)
KEYS = st.sampled_from(["tokenized_text", "ner", "relations", "text", "meta", "id", "ner_ids", "note"])
INNER = st.dictionaries(st.sampled_from(["head", "tail", "relation_text", "position", "type", "mention"]), ANYTHING)


@given(
    changes=st.dictionaries(KEYS, ANYTHING | st.lists(INNER | st.lists(ANYTHING, max_size=7), max_size=2), max_size=3)
)
def test_any_value_is_read_or_reported(tmp_path_factory: pytest.TempPathFactory, changes: dict[str, Any]) -> None:
    path = write(tmp_path_factory.mktemp("gliner"), item(**changes))
    documents: list[Document] = []
    with suppress(DataError):
        documents += read_gliner(path)
    assert len(documents) <= 1
    _, left_out = written(path.parent, *documents)
    assert left_out or list(read_gliner(path.parent / "written.json")) == documents
