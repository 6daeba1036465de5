"""doccano's JSON lines: a text with labelled entities and typed relations, or with bare `[start, end, label]` triples.

With relations a line is `{"id", "text", "entities": [{"id", "label", "start_offset", "end_offset"}], "relations":
[{"id", "from_id", "to_id", "type"}], "Comments": [...]}`, without them `{"id", "text", "label": [[0, 6, "ORG"]]}`; any
other key is a column of metadata, and becomes that of the document.

Offsets are half-open. doccano imports and exports them as they are: those of an imported file in its own unit, which is
code points where Python wrote it, and those drawn in the browser in UTF-16 units or, where the project counts grapheme
clusters, in these (pull request 1511). They are read as code points. Where somebody has annotated a text with emoji or
other characters beyond U+FFFF in doccano itself, they may be off, and nothing in the file tells.

Ids of entities are whole numbers, which doccano changes on import. Conventions of ours: a relation leads from a trigger
to an argument; ids that are no such numbers stand in the column `entity_names` as `[start, end, label, id]`, so that
they are found again; relations are numbered anew for each document.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from types import NoneType
from typing import Any, Final, NamedTuple

from eventroles.documents import Document, Json
from eventroles.errors import Place
from eventroles.formats.left_out import unsaid_of_drawn
from eventroles.formats.records import checked_span, show
from eventroles.formats.relations import Drawing, Link, Region, drawing_of, meta_of, record_of_drawing
from eventroles.formats.sinks import write_json_lines
from eventroles.formats.sources import read_json
from eventroles.ontology import Ontology
from eventroles.spans import Span

_NAMES: Final = "entity_names"
_TRIPLES: Final = ("entities", "label", "labels")
_OTHER_FORMATS: Final = frozenset({"events", "spans", "tokens", "data"})
_MAX_DIGITS: Final = 18
"""Ids of more do not fit the whole numbers of doccano's database."""


class _Key(NamedTuple):
    """What tells an entity where its id has changed."""

    start: int
    end: int
    label: str


class _Entity(NamedTuple):
    id: int | None
    key: _Key


class _Relation(NamedTuple):
    head: int
    tail: int
    label: str


def is_doccano(value: Any) -> bool:
    """Tell whether the first value of a file is a line of doccano."""
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return False
    entities = next((value[key] for key in _TRIPLES if key in value), None)
    is_ours = isinstance(entities, list) and all(_entity_of(item) is not None for item in entities[:1])
    return is_ours and ("entities" in value or value.keys().isdisjoint(_OTHER_FORMATS))


def read_doccano(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a file of doccano's lines, one document each; those without an id are numbered.

    Raises DataError: after the last line, with the problems of the whole file; or at once where there is no such file.

    Args:
        path: The file, UTF-8.
        ontology: Says which labels are event types, where given; every event must be legal in it.

    Yields:
        The documents that are sound.
    """
    numbers = count(1)
    yield from read_json(path, ontology, lambda value, at: _record_of_line(value, str(next(numbers)), ontology, at))


def write_doccano(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write doccano's lines with entities and relations.

    Args:
        documents: The documents.
        path: The file.
        left_out: Gets what the format has no place for.

    Returns:
        How many lines were written.
    """
    return write_json_lines(documents, path, lambda document: _line_of(document, left_out))


def _record_of_line(line: Any, default_id: str, ontology: Ontology | None, place: Place) -> dict[str, Json] | None:
    n_before = place.problems.n_found
    if not isinstance(line, dict) or not isinstance(line.get("text"), str):
        place.report(f"must be a JSON object with a 'text', but is {show(line)}. Correct it.")
        return None
    text, id_, names = line["text"], line.get("id"), _names_of(line)
    if type(id_) not in {str, int, NoneType}:
        place.key("id").report(f"must be a whole number or text, but is {show(id_)}. Correct it.")
    triples_key, entities = _entities_of(line, place)
    # Relations to entities that are reported already would only be reported once more.
    relations = _relations_of(line, entities, place) if place.problems.n_found == n_before else []
    if place.problems.n_found > n_before:
        return None
    own = {"id", "text", "entities", "relations", triples_key} | (set() if names is None else {_NAMES})
    columns = {key: item for key, item in line.items() if key not in own}
    drawing = _drawing(entities, relations, names or [])
    document_id = default_id if id_ is None else str(id_)
    record = record_of_drawing(document_id, text, drawing, place, ontology=ontology, meta=columns)
    return record if place.problems.n_found == n_before else None


def _names_of(line: Mapping[str, Any]) -> list[tuple[_Key, str]] | None:
    """Give the ids that stand in our column; None where it is somebody else's."""
    rows = line.get(_NAMES, []) or []
    names: list[tuple[_Key, str]] = []
    for row in rows if isinstance(rows, list) else [rows]:
        match row:
            case [int(start), int(end), str(label), str(name)]:
                names.append((_Key(start, end, label), name))
            case _:
                return None
    return names


def _entities_of(line: Mapping[str, Any], place: Place) -> tuple[str, list[_Entity]]:
    """Read the entities; with the key that they stand under."""
    key = next((key for key in _TRIPLES if line.get(key) is not None), "entities")
    items = line.get(key) if key in line else None
    if key not in line or not isinstance(items, list | NoneType):
        place.key(key).report(f"must be a list of entities, but is {show(items)}. Export the project as JSONL.")
        return key, []
    entities: list[_Entity] = []
    place_of_list = place.key(key)
    for number, item in enumerate(items or []):
        entity, at = _entity_of(item), place_of_list.item(number)
        if entity is None:
            at.report(
                "must be {'id', 'label', 'start_offset', 'end_offset'} or [start, end, label], with whole numbers and "
                f"a text as label, but is {show(item)}. Correct it."
            )
        elif checked_span((entity.key.start, entity.key.end), None, line["text"], at):
            entities.append(entity)
    ids = Counter(entity.id for entity in entities if entity.id is not None)
    for id_, n_times in ids.items():
        if n_times > 1:
            place.key(key).report(f"entity id {id_} must be unique, but stands there {n_times} times. Renumber them.")
    return key, entities


def _entity_of(item: Any) -> _Entity | None:
    id_: Any = None
    match item:
        case {"label": str(label), "start_offset": start, "end_offset": end, **rest} if rest.keys() <= {"id"}:
            id_ = rest.get("id")
        case [start, end, str(label)]:
            pass
        case _:
            return None
    if type(start) is not int or type(end) is not int or type(id_) not in {int, NoneType}:
        return None
    return _Entity(id_, _Key(start, end, label))


def _relations_of(line: Mapping[str, Any], entities: Sequence[_Entity], place: Place) -> list[_Relation]:
    items, known = line.get("relations") or [], {entity.id for entity in entities}
    relations: list[_Relation] = []
    place_of_list = place.key("relations")
    if not isinstance(items, list):
        place_of_list.report(f"must be a list of relations, but is {show(items)}. Correct it.")
        return relations
    for number, item in enumerate(items):
        at = place_of_list.item(number)
        match item:
            case {"from_id": head, "to_id": tail, "type": str(label), **rest} if (
                type(head) is int and type(tail) is int and rest.keys() <= {"id"}
            ):
                relations.append(_Relation(head, tail, label))
                for end in (head, tail):
                    if end not in known:
                        at.report(f"must join two entities, but there is none with id {end}. Remove or mend it.")
            case _:
                at.report(
                    "must be {'id', 'from_id', 'to_id', 'type'}, with whole numbers and a text as type, but is "
                    f"{show(item)}. Correct it."
                )
    return relations


def _drawing(entities: Sequence[_Entity], relations: Sequence[_Relation], names: Sequence[tuple[_Key, str]]) -> Drawing:
    waiting: dict[_Key, deque[str]] = defaultdict(deque)
    for key, name in names:
        waiting[key].append(name)
    found = [waiting[entity.key].popleft() if waiting[entity.key] else None for entity in entities]
    taken = {name for name in found if name is not None}
    known = taken | {str(entity.id) for entity in entities}
    free = (str(number) for number in count(1) if str(number) not in known)
    regions: list[Region] = []
    id_of: dict[int | None, str] = {}
    for entity, kept in zip(entities, found, strict=True):
        # After doccano has renumbered the entities, one may have got the number that another had before.
        own = next(free) if entity.id is None or str(entity.id) in taken else str(entity.id)
        id_of[entity.id] = own if kept is None else kept
        span = Span(entity.key.start, entity.key.end)
        regions.append(Region(id=id_of[entity.id], label=entity.key.label, char_span=span))
    links = [Link(head=id_of[relation.head], tail=id_of[relation.tail], label=relation.label) for relation in relations]
    return Drawing(regions=regions, links=links)


def _line_of(document: Document, left_out: Counter[str]) -> dict[str, Json]:
    drawing, columns = drawing_of(document), meta_of(document)
    number_of = _numbers_of(drawing)
    number = _whole(document.id)
    own: dict[str, Json] = {"id": document.id if number is None else number, "text": document.text}
    own["entities"] = [
        {
            "id": number_of[region.id],
            "label": region.label,
            "start_offset": region.char_span.start,
            "end_offset": region.char_span.end,
        }
        for region in drawing.regions
    ]
    own["relations"] = [
        {"id": number, "from_id": number_of[link.head], "to_id": number_of[link.tail], "type": link.label}
        for number, link in enumerate(drawing.links, start=1)
    ]
    left_out.update(_lost(document, drawing))
    if columns.keys() & {*own, _NAMES}:
        left_out["metadata"] += 1
    names = _names_to_keep(document, drawing)
    return {
        **{key: item for key, item in columns.items() if key != _NAMES},
        **own,
        **({_NAMES: names} if names else {}),
    }


def _whole(id_: str) -> int | None:
    """Give the whole number that an id is, written as doccano would; None for other ids."""
    is_whole = id_.isascii() and id_.isdigit() and len(id_) <= _MAX_DIGITS and str(int(id_)) == id_
    return int(id_) if is_whole else None


def _numbers_of(drawing: Drawing) -> dict[str, int]:
    whole = {region.id: _whole(region.id) for region in drawing.regions}
    taken = set(whole.values())
    free = (number for number in count(1) if number not in taken)
    return {id_: next(free) if number is None else number for id_, number in whole.items()}


def _names_to_keep(document: Document, drawing: Drawing) -> list[Json]:
    """List the ids that are no whole numbers, and those of entities that are like theirs in all but the id."""
    new = {region.id for region in drawing.regions} - _kept_ids(document)
    keys = [_Key(region.char_span.start, region.char_span.end, region.label) for region in drawing.regions]
    named = {
        key
        for key, region in zip(keys, drawing.regions, strict=True)
        if region.id not in new and _whole(region.id) is None
    }
    return [[*key, region.id] for key, region in zip(keys, drawing.regions, strict=True) if key in named]


def _kept_ids(document: Document) -> set[str]:
    """Give the ids that a document knows itself, other than those that a drawing makes up for arguments."""
    records = document.meta.get("regions")
    kept = [record.get("id") for record in records if isinstance(record, dict)] if isinstance(records, list) else []
    return {event.id for event in document.events} | {id_ for id_ in kept if isinstance(id_, str)}


def _lost(document: Document, drawing: Drawing) -> list[str]:
    lost = ["event without a trigger" for event in document.events if event.trigger is None]
    scores = [region.score for region in drawing.regions] + [link.score for link in drawing.links]
    lost += ["score" for score in scores if score is not None]
    return [*lost, *unsaid_of_drawn(document)]
