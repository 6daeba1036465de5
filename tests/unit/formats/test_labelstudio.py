"""Label Studio's tasks: regions and relations become events and come back with all that a task holds beside them."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventroles.documents import Argument, Coverage, Document, Event, Json, ReadReceipt
from eventroles.errors import DataError
from eventroles.formats.labelstudio import is_labelstudio, labelling_config_of, read_labelstudio, write_labelstudio
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

TEXT = "😀 Rebels cafe\u0301\r\nstruck שלום twice."
RECEIPT = ReadReceipt(n_chars=2, n_words=1, n_windows=1, n_words_cut=0)
CHARACTERS = "ab \n\r\t😀\u0301\u200dשé\x00\ufeff\ud800\\n"


def region(id: str, start: int, end: int, *labels: str, **more: Any) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": TEXT[start:end], "labels": list(labels)}
    tags = {"from_name": "ner", "to_name": "text", "origin": "manual"}
    return {"id": id, "type": "labels", "value": value, **tags} | more


def relation(head: str, tail: str, *labels: str, **more: Any) -> dict[str, Any]:
    return {"type": "relation", "from_id": head, "to_id": tail, "direction": "right", "labels": list(labels)} | more


RESULT = [
    region("p", 2, 14, "PER"),
    region("t", 16, 22, "Attack"),
    region("a", 2, 8, "Argument"),
    region("b", 23, 27, "Argument", meta={"text": ["sure?"]}),
    relation("t", "a", "Attacker"),
    relation("t", "b", "Target", "Place"),
    relation("p", "t", "Attacker", direction="left"),
    {"id": "c", "type": "choices", "from_name": "tone", "to_name": "text", "value": {"choices": ["grim"]}},
]


def task(*result: object, **changes: Any) -> dict[str, Any]:
    annotation = {"id": 9, "was_cancelled": False, "ground_truth": False, "result": list(result)}
    return {"id": 4, "data": {"text": TEXT}, "annotations": [annotation], "predictions": [], "meta": {}} | changes


def write(folder: Path, *tasks: object) -> Path:
    path = folder / "tasks.json"
    path.write_text(json.dumps(list(tasks), indent=1), encoding="utf-8")
    return path


def read_one(folder: Path, value: object, ontology: Ontology | None = None) -> Document:
    [document] = read_labelstudio(write(folder, value), ontology)
    return document


def written(folder: Path, document: Document, left_out: Counter[str] | None = None) -> dict[str, Any]:
    path = folder / "written.json"
    assert write_labelstudio([document], path, Counter() if left_out is None else left_out) == 1
    [value] = json.loads(path.read_bytes())
    assert isinstance(value, dict)
    return value


def again(folder: Path, document: Document, left_out: Counter[str] | None = None) -> Document:
    return read_one(folder, written(folder, document, left_out))


def spelt(document: Document) -> list[tuple[str, str, list[tuple[str, str]]]]:
    return [
        (
            event.event_type,
            event.trigger.of(document.text) if event.trigger is not None else "",
            [(argument.role, argument.char_span.of(document.text)) for argument in event.arguments],
        )
        for event in document.events
    ]


@st.composite
def random_documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(CHARACTERS, max_size=12))
    spans = st.builds(lambda start, end: Span(start, max(end, start + 1)), *[st.integers(0, len(text) - 1)] * 2)
    scores = draw(st.sampled_from([st.none(), st.floats(0, 1)]))
    arguments = st.lists(
        st.builds(Argument, role=st.sampled_from(["Place", "Agent"]), char_span=spans, score=scores), max_size=4
    )
    ids = draw(st.lists(st.sampled_from(["1", "e", "A3", "", "e-2"]), unique=True, max_size=4 if text else 0))
    types = st.sampled_from(["Attack", "Meet"])
    events = tuple(
        Event(id=id_, event_type=draw(types), trigger=draw(spans), arguments=tuple(draw(arguments)), score=draw(scores))
        for id_ in ids
    )
    return Document(id="d", text=text, events=events, meta=draw(st.sampled_from([{}, {"date": "2020", "more": [1]}])))


def test_regions_and_relations_are_events(tmp_path: Path) -> None:
    document = read_one(tmp_path, task(*RESULT))
    assert (document.id, document.text, document.coverage) == ("4", TEXT, Coverage())
    arguments = [("Attacker", "Rebels"), ("Target", "שלום"), ("Place", "שלום"), ("Attacker", "Rebels cafe\u0301")]
    assert spelt(document) == [("Attack", "struck", arguments)]
    assert [event.id for event in document.events] == ["t"]
    person = {"id": "p", "label": "PER", "start": 2, "end": 14, "text": "Rebels cafe\u0301"}
    noted = {"id": "b", "label": "Argument", "start": 23, "end": 27, "text": "שלום"}
    assert document.meta == {
        "regions": [person, noted],
        "labelstudio": {
            "task": {"id": 4, "meta": {}},
            "annotation": {"id": 9, "was_cancelled": False, "ground_truth": False},
            "tags": {"from_name": "ner", "to_name": "text", "origin": "manual"},
            "regions": {"b": {"meta": {"text": ["sure?"]}}},
            "results": [RESULT[-1]],
        },
    }


SKIPPED = {"id": 1, "was_cancelled": True, "result": [region("s", 0, 1, "Skipped")]}
GIVEN: dict[str, Any] = {
    "id": 2,
    "result": [region("g", 0, 1, "Given"), region("h", 2, 8, "X"), relation("g", "h", "Agent")],
}
TRUE: dict[str, Any] = {
    "id": 3,
    "ground_truth": True,
    "result": [region("u", 0, 1, "True"), relation("u", "u", "Agent")],
}
GONE: Mapping[str, Json] = relation("gone", "gone")
GUESSED = {"id": 5, "model_version": "m", "score": 0.5, "result": [region("m", 0, 1, "Y", score=0.75)]}


@pytest.mark.parametrize(
    "value",
    [
        task(*RESULT),
        task(),
        task(data={"text": ""}),
        task(data={"body": TEXT, "id": "x", "n": 3}),
        task(data={"text": TEXT, "title": "T", "document_id": 17}),
        task(region("t", 16, 22, "Attack", "PER", "Die"), region("a", 0, 1, "Argument"), relation("t", "a", "Agent")),
        task(region("t", 16, 22, "Attack"), region("t", 16, 22, "Die", from_name="other")),
        task(region("p", 2, 8, "PER"), region("t", 16, 22, "Attack", from_name="ev"), relation("t", "p", "Agent")),
        task(region("t", 16, 22, "Attack", score=7), region("a", 0, 1, "Argument"), relation("t", "a", "Agent")),
        task(region("t", 16, 22, "Attack"), region("a", 0, 1, "Argument"), relation("t", "a")),
        task(region("t", 16, 22, "Attack"), region("a", 0, 1), relation("t", "a", "Agent")),
        task({"type": "labels", "value": {"start": 0, "end": 1, "labels": ["X"]}}),
        task(annotations=[SKIPPED, GIVEN, TRUE], predictions=[GUESSED, 12]),
        task(annotations=[SKIPPED, GIVEN]),
        task(annotations=[SKIPPED]),
        task(annotations=[SKIPPED], predictions=[12, GUESSED, GUESSED]),
        task(annotations=[]),
        {"data": {"text": TEXT}, "predictions": [{"result": RESULT}]},
        {"data": {"text": TEXT}, "predictions": [{"result": [*GIVEN["result"], region("q", 2, 8, "PER", score=0.5)]}]},
    ],
)
def test_what_was_read_is_read_again_after_writing(tmp_path: Path, value: dict[str, Any]) -> None:
    document = read_one(tmp_path, value)
    left_out = Counter[str]()
    assert again(tmp_path, document, left_out) == document
    assert not left_out


def test_all_of_a_task_is_written_again(tmp_path: Path) -> None:
    noted = region("p", 2, 14, "PER", meta={"text": ["sure?"]}, score=0.5)
    noted["value"]["paragraph"] = 1
    drawn = [region("t", 16, 22, "Attack"), noted, relation("t", "p", "Agent", "Place"), RESULT[-1], relation("p", "t")]
    chosen = {"id": 8, "ground_truth": True, "lead_time": 2.5, "result": drawn}
    value = task(annotations=[chosen, SKIPPED, GIVEN], predictions=[GUESSED])
    data = {"text": TEXT, "document_id": "4", "event_types": ["Attack"]}
    assert written(tmp_path, read_one(tmp_path, value)) == value | {"data": data}


@pytest.mark.parametrize(
    ("annotations", "predictions", "types"),
    [
        ([SKIPPED, GIVEN, TRUE], [GUESSED], ["True"]),
        ([SKIPPED, GIVEN], [GUESSED], ["Given"]),
        ([SKIPPED], [GUESSED], ["Y"]),
        ([SKIPPED], [], []),
    ],
)
def test_the_best_answer_is_read(tmp_path: Path, annotations: Any, predictions: Any, types: list[str]) -> None:
    value = task(annotations=annotations, predictions=predictions)
    names = {name: EventType(roles={"Agent": Role()}) for name in ("True", "Given", "Y", "Skipped")}
    document = read_one(tmp_path, value, Ontology(name="all", event_types=names))
    assert [event.event_type for event in document.events] == types
    assert document.coverage == (Coverage() if types else Coverage(char_spans=()))
    assert [event.score for event in document.events] == ([0.75] if types == ["Y"] else [None] * len(types))


def test_offsets_are_code_points_and_utf_16_where_only_that_fits(tmp_path: Path) -> None:
    plain = task(region("t", 16, 22, "Attack"), relation("t", "t", "Agent"))
    assert spelt(read_one(tmp_path, plain))[0][1] == "struck"
    value = {"start": 17, "end": 23, "text": "struck", "labels": ["Attack"]}
    old = task(region("t", 0, 0, "Attack", value=value), relation("t", "t", "Agent"))
    assert spelt(read_one(tmp_path, old))[0][1] == "struck"
    untold = task(region("t", 0, 0, "Attack", value={"start": 17, "end": 23, "labels": ["A"]}), relation("t", "t", "B"))
    assert spelt(read_one(tmp_path, untold))[0][1] == "truck "


@pytest.mark.parametrize("found", ["cafe\u0301\\nstruck", "cafe\u0301  struck\n"])
def test_white_space_of_the_screen_may_differ(tmp_path: Path, found: str) -> None:
    value = {"start": 9, "end": 22, "text": found, "labels": ["Attack"]}
    document = read_one(tmp_path, task(region("t", 0, 0, "Attack", value=value), relation("t", "t", "Agent")))
    assert spelt(document)[0][1] == "cafe\u0301\r\nstruck"


def test_relations_are_read_by_their_direction_and_for_each_label_of_a_region(tmp_path: Path) -> None:
    regions = region("t", 16, 22, "Attack", "Die"), region("a", 2, 8, "Argument"), region("b", 23, 27, "Argument")
    relations = relation("a", "t", "Agent", direction="left"), relation("t", "b", "Place", direction="bi")
    document = read_one(tmp_path, task(*regions, *relations, relation("a", "b")))
    arguments = [("Agent", "Rebels"), ("Place", "שלום")]
    assert spelt(document) == [("Attack", "struck", arguments), ("Die", "struck", arguments)]
    assert [event.id for event in document.events] == ["t", "t-2"]


def test_predictions_are_written_for_scores(tmp_path: Path) -> None:
    arguments = (
        Argument(role="Agent", char_span=Span(0, 1), score=0.5),
        Argument(role="Place", char_span=Span(0, 1), score=0.25),
    )
    events = (
        Event(id="e1", event_type="Attack", trigger=Span(2, 4), arguments=arguments, score=0.75),
        Event(id="e2", event_type="Meet", trigger=Span(2, 4), score=0.5),
    )
    document = Document(id="d", text="a 😀b", events=events, meta={"date": "2020-01-01"})
    tags = {"from_name": "label", "to_name": "text", "type": "labels"}
    trigger = {"start": 2, "end": 4, "text": "😀b"}
    assert written(tmp_path, document) == {
        "data": {"text": "a 😀b", "document_id": "d", "date": "2020-01-01", "event_types": ["Attack", "Meet"]},
        "annotations": [],
        "predictions": [
            {
                "model_version": "eventroles",
                "score": 0.5,
                "result": [
                    {"id": "e1", **tags, "value": trigger | {"labels": ["Attack"]}, "score": 0.75},
                    {"id": "e2", **tags, "value": trigger | {"labels": ["Meet"]}, "score": 0.5},
                    {"id": "A3", **tags, "value": {"start": 0, "end": 1, "text": "a", "labels": ["Argument"]}},
                    relation("e1", "A3", "Agent", "Place", scores=[0.5, 0.25]),
                ],
            }
        ],
    }


def test_a_new_prediction_takes_the_place_of_what_was_read(tmp_path: Path) -> None:
    gold = read_one(tmp_path, task(*RESULT, annotations=[GIVEN, SKIPPED, {"result": []}], predictions=[12]))
    predicted = Document(id=gold.id, text=gold.text, meta={"labelstudio": gold.meta["labelstudio"]}, receipt=RECEIPT)
    left_out = Counter[str]()
    back = written(tmp_path, predicted, left_out)
    assert back["annotations"] == []
    assert back["predictions"] == [{"model_version": "eventroles", "result": []}, 12]
    assert left_out == {"metadata": 2, "read-receipt": 1}
    assert read_one(tmp_path, back).events == ()


@given(random_documents())
def test_events_survive_writing(tmp_path_factory: pytest.TempPathFactory, document: Document) -> None:
    left_out = Counter[str]()
    folder = tmp_path_factory.mktemp("labelstudio")
    read = again(folder, document, left_out)
    assert (read.id, read.text, read.events) == (document.id, document.text, document.events)
    assert {key: value for key, value in read.meta.items() if key != "labelstudio"} == document.meta
    assert again(folder, read, left_out) == read
    assert not left_out


def test_what_cannot_be_said_is_counted(tmp_path: Path) -> None:
    document = Document(
        id="d",
        text="ab",
        events=(Event(id="2", event_type="Attack", trigger=None),),
        meta={"text": 1, "labelstudio": {"results": [GONE]}},
    )
    left_out = Counter[str]()
    assert again(tmp_path, document, left_out).events == ()
    assert left_out == {"event without a trigger": 1, "metadata": 2}


def test_metadata_that_somebody_changed_is_no_obstacle(tmp_path: Path) -> None:
    changed: list[Any] = [
        3,
        {"task": [], "tags": 1, "regions": [], "results": [3, {"id": []}], "annotations": 4, "text_key": []},
    ]
    for kept in changed:
        assert again(tmp_path, Document(id="d", text="ab", meta={"labelstudio": kept})).text == "ab"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([], "must be a task with 'data', but is []"),
        ({"data": "x"}, "must be a task with 'data'"),
        (task(data={"image": "s3://bucket/a.png"}), 'data: must have its text under \'text\', but has only {"image":'),
        (task(data={}), "data: must have its text under 'text', but has only {}"),
        (task(data={"title": "a", "body": "b"}), 'but has texts under ["title", "body"]'),
        (task(annotations={"a": 1}), "annotations: must be a list of JSON objects"),
        (task(annotations=[3]), "annotations: must be a list of JSON objects, but is [3]"),
        (task(annotations=[{"result": 3}]), "annotations[0].result: must be a list, but is 3"),
        ({"data": {"text": "a"}, "completions": []}, "but has 'completions'"),
        (task(3), "annotations[0].result[0]: must be a JSON object with a 'type', but is 3"),
        (task({"type": "labels", "value": [1]}, {"type": 3}), "result[1]: must be a JSON object with a 'type'"),
        (task(region("t", 0, 1, "A", type="rectanglelabels")), "but is of type 'rectanglelabels'"),
        (task(region("t", 0, 1, "A", value={"start": "/p[1]", "end": "/p[1]", "labels": ["A"]})), "counts in markup"),
        (task(region("t", 0, 1, "A", value={"start": 0, "end": 1, "globalOffsets": {}, "labels": ["A"]})), "markup"),
        (task(region("t", 0, 1, "A", value={"start": "0", "end": 1})), "counts in markup"),
        (task(region("t", 0, 1, "A", value={"start": 0.5, "end": 1, "labels": ["A"]})), "must have an 'id', a whole"),
        (task(region("t", 0, 1, "A") | {"id": 3}), "must have an 'id', a whole 'start' and 'end', and 'labels'"),
        (task(region("t", 0, 1, "A", value={"start": 0, "end": 1, "labels": [3]})), "must have an 'id'"),
        (task(region("t", 0, 1, "A", value={"start": 0, "end": 1, "labels": "A"})), "must have an 'id'"),
        (task(region("t", 0, 99, "A")), "value: must have 0 <= start < end <= 34 (the text's length), but is [0, 99)"),
        (task(region("t", 9, 9, "A")), "but is [9, 9)"),
        (task(region("t", 0, 1, "A"), region("t", 0, 2, "A")), "result[1]: region 't' must be one span"),
        (task(region("t", 0, 1, *"A" * 101)), "with at most 100 labels"),
        (task(region("t", 0, 1, "A", "B"), region("t-2", 0, 1, "A")), "region id 't-2' must be unique"),
        (task(relation("t", "u", "A")), "result[0]: must join two regions, but there is no 't'"),
        (task(relation("t", "u", "A", direction="up")), "must have a 'from_id', a 'to_id', a 'direction'"),
        (task({"type": "relation", "from_id": 3, "to_id": "a"}), "must have a 'from_id'"),
        (task(relation("t", "u", "A", scores=[1, 2])), "must have a 'from_id'"),
        (
            task(region("t", 0, 1, "A", value={"start": 16, "end": 22, "text": "hit", "labels": ["A"]})),
            'value: its text must be that of the task in [16, 22), "struck", but is "hit". Correct the offsets or',
        ),
        (task(region("t", 0, 1, "A", value={"start": 0, "end": 1, "text": 3, "labels": ["A"]})), "but is 3. Correct"),
        (
            task(annotations=[], predictions=[{"result": [region("t", 0, 1, "A", score=2), relation("t", "t", "B")]}]),
            "score: must be in [0, 1], but is 2",
        ),
    ],
)  # fmt: skip
def test_a_malformed_task_is_named(tmp_path: Path, value: object, found: str) -> None:
    path = tmp_path / "tasks.json"
    path.write_text(f"[\n{json.dumps(task(id=1))},\n{json.dumps(value)}]", encoding="utf-8")
    with pytest.raises(DataError, match=r"tasks\.json:3: ") as raised:
        list(read_labelstudio(path))
    assert found in str(raised.value)


@pytest.mark.parametrize("raw", [b'[{"data": {"text": "a', b"\x00\x00", b'[{"data": "\xff"}]', b"[" * 9999])
def test_a_damaged_file_is_named(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "tasks.json"
    path.write_bytes(raw)
    with pytest.raises(DataError, match=r"tasks\.json:1: "):
        list(read_labelstudio(path))


def test_ids_come_from_the_data_or_the_task_or_the_order(tmp_path: Path) -> None:
    tasks = [task(), task(data={"text": "", "id": "own"}), task(data={"text": "", "id": 1, "document_id": "d"})]
    path = write(tmp_path, *tasks, *[{"data": {"text": ""}, "annotations": []}] * 2)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    with pytest.raises(DataError, match=r"tasks\.json:\d+: id '4' must be unique"):
        list(read_labelstudio(path))
    path = write(tmp_path, *tasks, {"data": {"text": ""}, "annotations": [], "id": 8}, {"data": {"text": ""}})
    assert [document.id for document in read_labelstudio(path)] == ["4", "own", "d", "8", "5"]


def test_the_labelling_interface_names_types_and_roles() -> None:
    ontology = Ontology(name="o", event_types={"A<\"&'>": EventType(roles={"R&D": Role()}), "Meet": EventType()})
    view = ElementTree.fromstring(labelling_config_of(ontology))  # noqa: S314  # it is our own
    assert [label.get("value") for label in view.iterfind("Labels/Label")] == ["A<\"&'>", "Meet", "Argument"]
    assert [role.get("value") for role in view.iterfind("Relations/Relation")] == ["R&D"]
    labels, text = view.find("Labels"), view.find("Text")
    assert labels is not None
    assert text is not None
    assert (labels.get("name"), labels.get("toName"), text.get("name"), text.get("value")) == (
        "label", "text", "text", "$text"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "is_it"),
    [
        (task(), True),
        ({"data": {"text": "a"}, "predictions": []}, True),
        ({"data": {"text": "a"}}, False),
        ({"data": "a", "annotations": []}, False),
        ({"id": "a", "text": "a", "events": []}, False),
        ({"text": "a", "entities": [], "relations": []}, False),
        ([], False),
    ],
)
def test_its_tasks_are_told_from_others(value: object, is_it: bool) -> None:
    assert is_labelstudio(value) is is_it
