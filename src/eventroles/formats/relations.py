"""Events as annotation tools draw them: labelled regions of a text, and labelled links from a trigger to an argument.

What we write: a region of the event type's name for each trigger, a region named `Argument` for each span that plays a
role, and a link of the role's name. What we read: any regions and links. A region is a trigger where its label is an
event type of the ontology. Without an ontology it is one where a region of its label begins a link in the same
document, or where the document's metadata list its label under `event_types`, as they do in what we write.

Regions and links that are no part of an event, such as named entities, and the labels of argument regions that are not
`Argument`, are kept in the document's metadata under `regions` and `links`, and drawn again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eventroles.documents import Document, Json
from eventroles.errors import Place
from eventroles.formats.left_out import NOTHING
from eventroles.formats.records import record_of_coverage
from eventroles.ontology import Ontology
from eventroles.spans import Span

ARGUMENT_LABEL: Final = "Argument"
EVENT_TYPES: Final = "event_types"
_DRAWN: Final = frozenset({"regions", "links"})
_ANNOTATED: Final = "annotated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A labelled stretch of text.

    Attributes:
        id: Names it in links.
        label: What the annotator called it.
        char_span: Where it stands, in characters.
        score: Probability in [0, 1]; None for gold.
    """

    id: str
    label: str
    char_span: Span
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A labelled arrow between two regions.

    Attributes:
        head: Id of the region that it begins at, the trigger.
        tail: Id of the region that it leads to, the argument.
        label: What the annotator called it, the role.
        score: Probability in [0, 1]; None for gold.
    """

    head: str
    tail: str
    label: str
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """All regions and links of one document.

    Attributes:
        regions: The regions, in order.
        links: The links, in order.
    """

    regions: Sequence[Region]
    links: Sequence[Link]


def record_of_drawing(
    id: str, text: str, drawing: Drawing, place: Place, *, ontology: Ontology | None, meta: Mapping[str, Json]
) -> dict[str, Json]:
    """Read events out of regions and links.

    Args:
        id: Names the document.
        text: The document's text; every region must lie inside it.
        drawing: The regions and links.
        place: Gets links that name a region that there is not, and ids that stand twice.
        ontology: Says which labels are event types, where given.
        meta: What else is known of the document; where it was ours also `event_types`, the labels of its triggers, and
            `annotated`, what was annotated of it.

    Returns:
        The document's native record; its events are named by their triggers' ids.
    """
    by_id = _regions_by_id(drawing, place)
    if ontology is None:
        types = {by_id[link.head].label for link in drawing.links if link.head in by_id} | _texts(meta, EVENT_TYPES)
    else:
        types = set(ontology.event_types)
    only_tails = {link.tail for link in drawing.links} - {link.head for link in drawing.links}
    links_of: dict[str, list[Link]] = {
        region.id: []
        for region in drawing.regions
        if region.label in types and not (region.label == ARGUMENT_LABEL and region.id in only_tails)
    }
    for link in drawing.links:
        if link.head in links_of and link.tail in by_id:
            links_of[link.head].append(link)
    events: list[Json] = [_record_of_event(by_id[id_], links, by_id, text) for id_, links in links_of.items()]
    coverage = _record_of_coverage(meta)
    others = {key: value for key, value in meta.items() if key != EVENT_TYPES and not (coverage and key == _ANNOTATED)}
    record: dict[str, Json] = {
        "id": id,
        "text": text,
        "meta": {**others, **_kept(drawing, links_of, text)},
        "events": events,
    }
    return record | ({_ANNOTATED: coverage} if coverage else {})


def drawing_of(document: Document) -> Drawing:
    """Draw a document's events as regions and links; events without a trigger are left out.

    Args:
        document: The document.

    Returns:
        A region for each trigger, named by its event, one for each different argument span, the links, and the regions
        and links that its metadata keep.
    """
    kept = _kept_drawing(document)
    regions = [
        Region(id=event.id, label=event.event_type, char_span=event.trigger, score=event.score)
        for event in document.events
        if event.trigger is not None
    ]
    taken = {region.id for region in regions} | {region.id for region in kept.regions}
    id_of_span = {region.char_span: region.id for region in kept.regions if region.label != ARGUMENT_LABEL}
    links: list[Link] = []
    for event in document.events:
        for argument in event.arguments if event.trigger is not None else ():
            tail = id_of_span.get(argument.char_span)
            if tail is None:
                tail = id_of_span[argument.char_span] = _new_id(taken)
                regions.append(Region(id=tail, label=ARGUMENT_LABEL, char_span=argument.char_span))
            links.append(Link(head=event.id, tail=tail, label=argument.role, score=argument.score))
    return Drawing(regions=[*regions, *kept.regions], links=[*links, *kept.links])


def _regions_by_id(drawing: Drawing, place: Place) -> dict[str, Region]:
    by_id: dict[str, Region] = {}
    for region in drawing.regions:
        if by_id.setdefault(region.id, region) is not region:
            place.report(f"region id '{region.id}' must be unique, but stands there twice. Rename one.")
    for link in drawing.links:
        for end in (link.head, link.tail):
            if end not in by_id:
                place.report(f"link '{link.label}' must join two regions, but there is no '{end}'. Remove or mend it.")
    return by_id


def meta_of(document: Document) -> dict[str, Json]:
    """Give the metadata to write beside a drawing: the document's own but what is drawn, and `annotated`."""
    others = {key: value for key, value in document.meta.items() if key not in _DRAWN}
    types: list[Json] = [*sorted({event.event_type for event in document.events if event.trigger is not None})]
    coverage = {} if document.coverage == NOTHING else record_of_coverage(document.coverage)
    return others | ({EVENT_TYPES: types} if types else {}) | ({_ANNOTATED: coverage} if coverage else {})


def _record_of_coverage(meta: Mapping[str, Json]) -> dict[str, Json]:
    """Find what was annotated, where it stands there as we write it; a key of that name can be somebody else's."""
    value = meta.get(_ANNOTATED)
    return dict(value) if isinstance(value, dict) and value and value.keys() <= {"event_types", "char_spans"} else {}


def _texts(meta: Mapping[str, Json], key: str) -> set[str]:
    value = meta.get(key)
    return {item for item in value if isinstance(item, str)} if isinstance(value, list) else set()


def _record_of_event(trigger: Region, links: Sequence[Link], by_id: Mapping[str, Region], text: str) -> dict[str, Json]:
    arguments: list[Json] = [
        {"role": link.label, **_record_of_span(by_id[link.tail].char_span, text), **_record_of_score(link.score)}
        for link in links
    ]
    record: dict[str, Json] = {"id": trigger.id, "type": trigger.label}
    record |= {"trigger": _record_of_span(trigger.char_span, text), "arguments": arguments}
    return record | _record_of_score(trigger.score)


def _kept(drawing: Drawing, links_of: Mapping[str, Sequence[Link]], text: str) -> dict[str, list[Json]]:
    """Keep what `drawing_of` would not draw of the events alone."""
    tails = {link.tail for links in links_of.values() for link in links}
    links = [link for link in drawing.links if link.head not in links_of]
    linked = {end for link in links for end in (link.head, link.tail)}
    regions: list[Json] = [
        {
            "id": region.id,
            "label": region.label,
            **_record_of_span(region.char_span, text),
            **_record_of_score(region.score),
        }
        for region in drawing.regions
        if region.id not in links_of
        and (region.label != ARGUMENT_LABEL or region.id not in tails or region.id in linked)
    ]
    records: list[Json] = [{"head": link.head, "tail": link.tail, "label": link.label} for link in links]
    return ({"regions": regions} if regions else {}) | ({"links": records} if records else {})


def _kept_drawing(document: Document) -> Drawing:
    """Read the kept regions and links back; what somebody changed so that it no longer fits is passed over."""
    taken = {event.id for event in document.events}
    regions: list[Region] = []
    for record in _records(document.meta.get("regions")):
        match record:
            case {"id": str(id_), "label": str(label), "start": int(start), "end": int(end), "text": str(found)}:
                if id_ not in taken and 0 <= start < end and document.text[start:end] == found:
                    regions.append(Region(id=id_, label=label, char_span=Span(start, end)))
                    taken.add(id_)
    links = [
        Link(head=head, tail=tail, label=label)
        for record in _records(document.meta.get("links"))
        for head, tail, label in [(record.get("head"), record.get("tail"), record.get("label"))]
        if isinstance(head, str) and isinstance(tail, str) and isinstance(label, str) and {head, tail} <= taken
    ]
    return Drawing(regions=regions, links=links)


def _records(value: Json) -> list[Mapping[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _record_of_span(span: Span, text: str) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "text": span.of(text)}


def _record_of_score(score: float | None) -> dict[str, Json]:
    return {} if score is None else {"score": score}


def _new_id(taken: set[str]) -> str:
    """Find a free id, and take it."""
    number = len(taken) + 1
    while f"A{number}" in taken:
        number += 1
    taken.add(f"A{number}")
    return f"A{number}"
