"""Label Studio's JSON: an array or lines of tasks, each a text with regions and relations between them.

A task is `{"id", "data": {"text"}, "annotations": [{"result": [...]}], "predictions": [{"result": [...]}]}`, a result a
region `{"id", "type": "labels", "value": {"start", "end", "text", "labels"}}` or a relation `{"type": "relation",
"from_id", "to_id", "direction", "labels"}`. Offsets are half-open and count code points, as is tested upstream; before
October 2021 they counted UTF-16 units (label-studio issues 1008 and 1347), which is told from the regions' texts. Those
come from the screen: white space may differ in them, and a line end may be a backslash and an n.

Read is the first annotation that is the ground truth, else the first that was not skipped, else the first prediction,
with its scores. A task without any was not annotated: the coverage of its document is nothing. Conventions of ours:
`data` holds the metadata and, as `document_id`, the id of a document. A region with several labels becomes several
regions, and its relations are those of each. A relation to the "left" is swapped; one in both directions ("bi") counts
as it was drawn; one without a label is no argument. Arguments on one span that follow each other are one relation with
several labels, for Label Studio passes over a second one between two regions; `scores` gives the scores of the labels.
Whatever else a task holds is kept in the metadata under `labelstudio`, and written again.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, count, groupby
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.sax.saxutils import quoteattr

from eventroles.documents import Document, Json
from eventroles.errors import Place
from eventroles.formats.left_out import NOTHING
from eventroles.formats.records import show
from eventroles.formats.relations import ARGUMENT_LABEL, Drawing, Link, Region, drawing_of, meta_of, record_of_drawing
from eventroles.formats.sinks import write_json_array
from eventroles.formats.sources import read_json
from eventroles.ontology import Ontology
from eventroles.spans import Span

_KEPT: Final = "labelstudio"
_ID: Final = "document_id"
_TAGS: Final[Mapping[str, Json]] = {"from_name": "label", "to_name": "text"}
_OF_ANSWER: Final = ("annotation", "prediction", "results", "regions", "relations")
_DIRECTIONS: Final = (None, "left", "right", "bi")
_ADDRESS: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://|/data/|data:)\S*")
_SHAPES: Final = frozenset({"rectangle", "ellipse", "polygon", "keypoint", "brush", "magicwand", "videorectangle"})
_MAX_LABELS: Final = 100

_Items = list[tuple[dict[str, Any], Place]]


class _Answer(NamedTuple):
    """The annotation or prediction that is read of a task; the others, and what it says of itself, are kept."""

    result: list[Any]
    place: Place
    kept: dict[str, Any]


class _Marks(NamedTuple):
    """What a result says: regions and links, what these have beyond a drawing, and what is neither."""

    regions: list[Region]
    links: list[Link]
    of_region: dict[str, dict[str, Any]]
    others: list[dict[str, Any]]


def is_labelstudio(value: Any) -> bool:
    """Tell whether the first value of a file is a task of Label Studio."""
    has_data = isinstance(value, dict) and isinstance(value.get("data"), dict)
    return has_data and ("annotations" in value or "predictions" in value)


def read_labelstudio(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a file of tasks, one document each, named by `document_id` or `id` of its data, else by its own `id`.

    Raises DataError: after the last task, with the problems of the whole file; or at once where there is no such file.

    Args:
        path: The file, UTF-8.
        ontology: Says which labels are event types, where given; every event must be legal in it.

    Yields:
        The documents that are sound.
    """
    numbers = count(1)
    yield from read_json(path, ontology, lambda value, at: _record_of_task(value, str(next(numbers)), ontology, at))


def write_labelstudio(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write tasks: gold documents with an annotation, and documents with scores with a prediction to start from.

    Args:
        documents: The documents.
        path: The file.
        left_out: Gets what the format has no place for.

    Returns:
        How many tasks were written.
    """
    return write_json_array(documents, path, lambda document: _task_of(document, left_out))


def labelling_config_of(ontology: Ontology) -> str:
    """Write the labelling interface to annotate an ontology with: labels for its types, relations for its roles.

    Args:
        ontology: The event types and their roles.

    Returns:
        The XML to paste into the project's settings; document-level types, whose events have no region, are left out.
    """
    relations = "".join(f"    <Relation value={quoteattr(role)}/>\n" for role in ontology.role_names)
    names = dict.fromkeys([*ontology.triggered_types, ARGUMENT_LABEL])
    labels = "".join(f"    <Label value={quoteattr(name)}/>\n" for name in names)
    return (
        f'<View>\n  <Relations choice="multiple">\n{relations}  </Relations>\n'
        f'  <Labels name="label" toName="text">\n{labels}  </Labels>\n'
        '  <Text name="text" value="$text"/>\n</View>\n'
    )


def _record_of_task(task: Any, default_id: str, ontology: Ontology | None, place: Place) -> dict[str, Json] | None:
    n_before = place.problems.n_found
    if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
        place.report(f"must be a task with 'data', but is {show(task)}. Correct it.")
        return None
    text_key, answer = _text_key(task["data"], place), _answer_of(task, place)
    if text_key is None or place.problems.n_found > n_before:
        return None
    text, id_ = task["data"][text_key], _id_of(task, default_id)
    marks = _marks_of(answer, text)
    if place.problems.n_found > n_before:
        return None
    columns = {key: item for key, item in task["data"].items() if key != text_key and (key != _ID or str(item) != id_)}
    drawing = Drawing(regions=marks.regions, links=marks.links)
    record: dict[str, Any] = record_of_drawing(id_, text, drawing, place, ontology=ontology, meta=columns)
    about = {key: item for key, item in task.items() if key not in {"data", "annotations", "predictions"}}
    _keep(record, marks, {**answer.kept, "task": about, "text_key": text_key if text_key != "text" else None})
    if answer.place is place:
        record["annotated"] = {"char_spans": []}
    return record if place.problems.n_found == n_before else None


def _id_of(task: Mapping[str, Any], default_id: str) -> str:
    candidates = (task["data"].get(_ID), task["data"].get("id"), task.get("id"))
    return next((str(id_) for id_ in candidates if type(id_) in {str, int}), default_id)


def _text_key(data: Mapping[str, Any], place: Place) -> str | None:
    if isinstance(data.get("text"), str):
        return "text"
    keys = [key for key, item in data.items() if isinstance(item, str) and key not in {_ID, "id"}]
    if len(keys) == 1 and not _ADDRESS.fullmatch(data[keys[0]]):
        return keys[0]
    found = f"texts under {show(keys)}" if len(keys) > 1 else f"only {show(data)}"
    place.key("data").report(f"must have its text under 'text', but has {found}. Only tasks of one text can be read.")
    return None


def _answer_of(task: Mapping[str, Any], place: Place) -> _Answer:
    """Pick what to read; where there is nothing, its place is that of the task."""
    if "completions" in task:
        place.report("must have 'annotations', but has 'completions', as before Label Studio 1.0. Rename the key.")
    kept = {key: task.get(key) or [] for key in ("annotations", "predictions")}
    for key, items in kept.items():
        if not isinstance(items, list) or (key == "annotations" and not all(isinstance(item, dict) for item in items)):
            place.key(key).report(f"must be a list of JSON objects, but is {show(items)}. Correct it.")
            return _Answer([], place, kept)
    chosen, name = _chosen(kept["annotations"]), "annotation"
    if chosen is None:
        chosen, name = next((item for item in kept["predictions"] if isinstance(item, dict)), None), "prediction"
    if chosen is None:
        return _Answer([], place, kept)
    items = kept[f"{name}s"]
    number = next(number for number, item in enumerate(items) if item is chosen)
    at, result = place.key(f"{name}s").item(number).key("result"), chosen.get("result", [])
    if not isinstance(result, list):
        at.report(f"must be a list, but is {show(result)}. Correct it.")
    said = {key: item for key, item in chosen.items() if key != "result"}
    return _Answer(result, at, kept | {f"{name}s": items[:number] + items[number + 1 :], name: said})


def _chosen(annotations: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    given = [item for item in annotations if not item.get("was_cancelled")]
    return next((item for item in annotations if item.get("ground_truth")), given[0] if given else None)


def _marks_of(answer: _Answer, text: str) -> _Marks:
    marks, problems = _Marks([], [], {}, []), answer.place.problems
    n_before = problems.n_found
    items: dict[str, _Items] = {"labels": [], "relation": []}
    for number, item in enumerate(answer.result):
        place, problem = answer.place.item(number), _problem_with(item)
        if problem is not None:
            place.report(problem)
        elif item["type"] == "relation" or (item["type"] == "labels" and _mapping(item.get("value")).get("labels")):
            items[item["type"]].append((item, place))
        else:
            marks.others.append(item)
    ids_of = _add_regions(marks, items["labels"], text)
    if problems.n_found == n_before:
        _add_links(marks, items["relation"], ids_of)
    if "prediction" not in answer.kept:
        marks.regions[:] = [each if each.score is None else replace(each, score=None) for each in marks.regions]
        marks.links[:] = [each if each.score is None else replace(each, score=None) for each in marks.links]
    return marks


def _problem_with(item: Any) -> str | None:
    match item:
        case {"type": str(kind), "value": {"start": str()} | {"startOffset": _} | {"globalOffsets": _}}:
            return f"must mark plain text, but '{kind}' counts in markup. Only what is on a Text tag can be read."
        case {"type": str(kind)} if kind in _SHAPES or (kind.endswith("labels") and kind != "labels"):
            return f"must mark plain text, but is of type '{kind}'. Only what is on a Text tag can be read."
        case {"type": "labels", "value": value} if not isinstance(value, dict) or value.get("labels"):
            must, labels = "have an 'id', a whole 'start' and 'end', and 'labels'", _mapping(value).get("labels")
            names, bounds = [item.get("id", ""), *_list(labels)], [_mapping(value).get(key) for key in ("start", "end")]
            is_sound = isinstance(labels, list) and [type(bound) for bound in bounds] == [int, int]
        case {"type": "relation"}:
            labels, must = item.get("labels") or [], "have a 'from_id', a 'to_id', a 'direction', and 'labels'"
            names, n_scores = [item.get("from_id"), item.get("to_id"), *_list(labels)], len(_list(item.get("scores")))
            is_sound = (
                item.get("direction") in _DIRECTIONS and isinstance(labels, list) and n_scores in {0, len(labels)}
            )
        case _:
            names, must, is_sound = [], "be a JSON object with a 'type'", isinstance(_mapping(item).get("type"), str)
    is_named = all(isinstance(name, str) for name in names)
    return None if is_sound and is_named else f"must {must}, but is {show(item)}. Correct it."


def _add_regions(marks: _Marks, items: _Items, text: str) -> dict[str, list[str]]:
    """Make a region of each label; return which ids they got for each id in the file."""
    ids_of: dict[str, list[str]] = {}
    first_of: dict[str, tuple[int, int]] = {}
    bounds_of = _bounds_of([item["value"] for item, _ in items], text)
    for number, ((item, place), bounds) in enumerate(zip(items, bounds_of, strict=True), start=1):
        id_, labels = item.get("id", f"R{number}"), item["value"]["labels"]
        ids, misfit = ids_of.setdefault(id_, []), _misfit(item["value"], bounds, text)
        if misfit is not None:
            place.key("value").report(misfit)
        elif first_of.setdefault(id_, bounds) != bounds or len(ids) + len(labels) > _MAX_LABELS:
            place.report(f"region '{id_}' must be one span with at most {_MAX_LABELS} labels, but is not. Divide it.")
        else:
            for label in labels:
                ids.append(f"{id_}-{len(ids) + 1}" if ids else id_)  # with a '#', Label Studio would cut it there
                region = Region(id=ids[-1], label=label, char_span=Span(*bounds), score=item.get("score"))
                marks.regions.append(region)
                marks.of_region[ids[-1]] = _beyond(item)
    return ids_of


def _bounds_of(values: Sequence[Mapping[str, Any]], text: str) -> list[tuple[int, int]]:
    """Give the regions' offsets in code points; taken for UTF-16 units only where nothing else fits their texts."""
    bounds = [(value["start"], value["end"]) for value in values]
    is_told = max(text, default="") > "\uffff" and any("text" in value for value in values)
    if not is_told or not any(_misfit(value, pair, text) for value, pair in zip(values, bounds, strict=True)):
        return bounds
    n_units = accumulate((1 + (character > "\uffff") for character in text), initial=0)
    position = {unit: number for number, unit in enumerate(n_units)}
    converted = [(position.get(start, -1), position.get(end, -1)) for start, end in bounds]
    is_better = not any(_misfit(value, pair, text) for value, pair in zip(values, converted, strict=True))
    return converted if is_better else bounds


def _misfit(value: Mapping[str, Any], bounds: tuple[int, int], text: str) -> str | None:
    (start, end), found = bounds, value.get("text")
    if not 0 <= start < end <= len(text):
        return (
            f"must have 0 <= start < end <= {len(text)} (the text's length), but is [{show(start)}, {show(end)}). "
            "Offsets are half-open and count Unicode code points."
        )
    if found in (None, piece := text[start:end]) or _is_like(found, piece):
        return None
    there = f"{show(piece)}, but is {show(found)}"
    return f"its text must be that of the task in [{start}, {end}), {there}. Correct the offsets or the text."


def _is_like(found: Any, text: str) -> bool:
    n_most = len(found) if isinstance(found, str) else -1  # what has more of them is not like it, and not divided
    return n_most >= 0 and len({"".join(one.replace("\\n", " ").split(maxsplit=n_most)) for one in (found, text)}) == 1


def _beyond(item: Mapping[str, Any]) -> dict[str, Any]:
    value = {key: part for key, part in item["value"].items() if key not in {"start", "end", "text", "labels"}}
    beyond = {key: part for key, part in item.items() if key not in {"id", "type", "value"}}
    return beyond | ({"value": value} if value else {})


def _add_links(marks: _Marks, items: _Items, ids_of: Mapping[str, Sequence[str]]) -> None:
    known = ids_of.keys() | {item["id"] for item in marks.others if isinstance(item.get("id"), str)}
    for item, place in items:
        ends, labels = [item["from_id"], item["to_id"]], item.get("labels") or []
        head, tail = reversed(ends) if item.get("direction") == "left" else ends
        if unknown := [end for end in ends if end not in known]:
            place.report(f"must join two regions, but there is no '{unknown[0]}'. Remove or mend the relation.")
        elif len(labels) * len(ids_of.get(head, ())) > _MAX_LABELS:
            place.report(f"must be at most {_MAX_LABELS} links with all labels of '{head}', but is more. Divide it.")
        elif not labels or not ids_of.keys() >= {head, tail}:
            marks.others.append(item)
        else:
            named = list(zip(labels, _list(item.get("scores")) or [None] * len(labels), strict=True))
            for id_ in ids_of[head]:
                links = (Link(head=id_, tail=ids_of[tail][0], label=label, score=score) for label, score in named)
                marks.links.extend(links)


def _keep(record: dict[str, Any], marks: _Marks, kept: Mapping[str, Any]) -> None:
    """Put into the metadata of a record what its events do not say."""
    meta, event_ids = record["meta"], {event["id"] for event in record["events"]}
    # Events are drawn first, so that theirs are the tags that are found first again.
    by_event = sorted(marks.of_region.items(), key=lambda pair: pair[0] not in event_ids)
    first = by_event[0][1] if by_event else {}
    tags = {key: first[key] for key in (*_TAGS, "origin") if key in first} or _TAGS
    regions = {}
    for id_, parts in marks.of_region.items():
        known = {**tags, **({"score": parts.get("score")} if "prediction" in kept and id_ in event_ids else {})}
        if rest := {key: part for key, part in parts.items() if key not in known or known[key] != part}:
            regions[id_] = rest
    # A drawing gives regions of arguments new ids; those that something else names must keep theirs.
    named = [*regions, *(item.get(key) for item in marks.others for key in ("id", "from_id", "to_id"))]
    drawn = event_ids | {region["id"] for region in meta.get("regions", [])}
    lost = {id_ for id_ in named if isinstance(id_, str)} - drawn
    again = [_record_of_region(region, record["text"]) for region in marks.regions if region.id in lost]
    meta |= {"regions": [*meta.get("regions", []), *again]} if again else {}
    said = {**kept, "results": marks.others, "regions": regions, "tags": tags if tags != _TAGS else None}
    if said := {key: item for key, item in said.items() if item or key == "prediction"}:
        meta[_KEPT] = said


def _record_of_region(region: Region, text: str) -> dict[str, Json]:
    span = region.char_span
    return {"id": region.id, "label": region.label, "start": span.start, "end": span.end, "text": span.of(text)}


def _task_of(document: Document, left_out: Counter[str]) -> dict[str, Json]:
    kept = _mapping(document.meta.get(_KEPT))
    scores = [event.score for event in document.events if event.score is not None]
    lost = ["event without a trigger" for event in document.events if event.trigger is None]
    if document.receipt is not None or (scores and "prediction" not in kept):
        lost += ["metadata"] if any(kept.get(key) for key in _OF_ANSWER) else []
        said: Json = {"model_version": "eventroles"} | ({"score": min(scores)} if scores else {})
        kept = {key: item for key, item in kept.items() if key not in _OF_ANSWER} | {"prediction": said}
    columns = {key: item for key, item in meta_of(document).items() if key != _KEPT}
    key = kept.get("text_key")
    is_found = isinstance(key, str) and not any(isinstance(item, str) for name, item in columns.items() if name != "id")
    own: dict[str, Json] = {str(key) if is_found else "text": document.text, _ID: document.id}
    lost += ["read-receipt"] if document.receipt is not None else []
    lost += ["metadata"] if columns.keys() & own.keys() else []
    left_out.update(lost)
    return {**_mapping(kept.get("task")), "data": {**columns, **own}, **_answers_of(document, kept, left_out)}


def _answers_of(document: Document, kept: Mapping[str, Json], left_out: Counter[str]) -> dict[str, Json]:
    result = _result_of(document, kept, left_out)
    annotations, predictions = _list(kept.get("annotations")), _list(kept.get("predictions"))
    if "prediction" in kept:
        if _chosen([_mapping(item) for item in annotations]) is not None:
            # It would be read instead of the prediction.
            left_out["metadata"] += 1
            annotations = []
        predictions = [{**_mapping(kept["prediction"]), "result": result}, *predictions]
    elif document.coverage != NOTHING or result:
        annotations = [{**_mapping(kept.get("annotation")), "result": result}, *annotations]
    return {"annotations": annotations, "predictions": predictions}


def _result_of(document: Document, kept: Mapping[str, Json], left_out: Counter[str]) -> list[Json]:
    drawing, result = drawing_of(document), list[Json]()
    tags, of_region = _mapping(kept.get("tags")) or _TAGS, _mapping(kept.get("regions"))
    for region in drawing.regions:
        span, beyond = region.char_span, {**tags, **_mapping(of_region.get(region.id))}
        value: dict[str, Json] = {"start": span.start, "end": span.end, "text": span.of(document.text)}
        value = {**_mapping(beyond.get("value")), **value, "labels": [region.label]}
        score = {} if region.score is None else {"score": region.score}
        result.append({**beyond, "id": region.id, "type": "labels", "value": value, **score})
    for (head, tail), group in groupby(drawing.links, lambda link: (link.head, link.tail)):
        links = list(group)
        relation: dict[str, Json] = {"type": "relation", "from_id": head, "to_id": tail, "direction": "right"}
        relation["labels"] = [link.label for link in links]
        relation |= {"scores": [link.score for link in links]} if any(link.score is not None for link in links) else {}
        result.append(relation)
    others = [_mapping(item) for item in _list(kept.get("results"))]
    known = [region.id for region in drawing.regions] + [item.get("id") for item in others]
    ids = {id_ for id_ in known if isinstance(id_, str)}
    for item in others:
        # A relation of regions that are no more would be a problem to read.
        ends = [item[key] for key in ("from_id", "to_id") if key in item]
        if isinstance(item.get("type"), str) and all(isinstance(end, str) and end in ids for end in ends):
            result.append(item)
        else:
            left_out["metadata"] += 1
    return result


def _mapping(value: Json) -> dict[str, Json]:
    return dict(value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
