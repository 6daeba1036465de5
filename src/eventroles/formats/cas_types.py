"""What a UIMA CAS says, in the terms of CAS JSON 0.4, to the native record of a document.

An event is an annotation whose type has a link feature: an array of structures with `role` and `target`. Its event type
is a text feature (see `TYPE_FEATURES`), else the short name of its type; a link without a role has its feature's name.
All else (tokens, entities, relations, definitions of types) is kept in the document's metadata under `cas`, as in CAS
JSON, but that offsets are in characters, that arrays stand where they are referred to, and that references are places
in the list of what is kept, or ids of events. Not kept, but counted there, are references to linked lists, links, and
annotations that stand in no index, and what links have beyond role and target.
"""

import keyword
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from eventroles.errors import InputError, Place
from eventroles.formats.records import show

Types = dict[str, dict[str, Any]]
Structure = dict[str, Any]

EVENT: Final = "custom.Event"
ARGUMENT: Final = "custom.Argument"
METADATA: Final = "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData"
TITLE: Final = "documentTitle"
DOCUMENT_ID: Final = "documentId"
EVENT_ID: Final = "eventId"
TYPE_FEATURES: Final = ("eventType", "event_type", "type", "value", "category", "label")
"""Names of the feature that tells the event type, the best first; a type's only text feature will do as well."""
ARRAY: Final = "uima.cas.FSArray"
SOFA: Final = "uima.cas.Sofa"
_SPAN: Final = "uima.tcas.Annotation"
SPANS: Final = frozenset({_SPAN, "uima.tcas.DocumentAnnotation"})
"""The types that all annotations of a stretch of text descend from."""

PAIRED: Final = re.compile("[\U00010000-\U0010ffff]")  # a character that takes two units in UTF-16
HALF: Final = re.compile("[\ud800-\udfff]")  # one of the two alone
_LINK: Final = "custom.EventArgumentsLink"
_TEXT: Final[dict[str, Any]] = {"%RANGE": "uima.cas.String"}
OWN_TYPES: Final[Types] = {
    ARGUMENT: {"%SUPER_TYPE": _SPAN},
    _LINK: {"%SUPER_TYPE": "uima.cas.TOP", "role": _TEXT, "target": {"%RANGE": ARGUMENT}},
    EVENT: {"%SUPER_TYPE": _SPAN, "eventType": _TEXT, EVENT_ID: _TEXT, "arguments": {"%RANGE": f"{_LINK}[]"}},
    METADATA: {"%SUPER_TYPE": "uima.tcas.DocumentAnnotation", TITLE: _TEXT, DOCUMENT_ID: _TEXT},
}
"""The types that we write: layers, named as INCEpTION would, and DKPro's type of what names a document."""

_SHARED: Final = "%MULTIPLE_REFERENCES_ALLOWED"
_PRIMITIVES: Final = frozenset({"Boolean", "Byte", "Short", "Integer", "Long", "Float", "Double", "String"})


class KeptEvent(BaseModel, extra="forbid", strict=True):
    """What an event has beyond what we would write: of each argument, its link feature, and what it leads to."""

    type: str = EVENT
    values: dict[str, Any] = {}
    links: list[str] = []
    targets: list[int | str | None] = []


class Kept(BaseModel, extra="forbid", strict=True):
    """What a document's metadata keep of its CAS: definitions of types by name, and events by id."""

    types: Types = {}
    structures: list[Structure] = []
    events: dict[str, KeptEvent] = {}
    n_left_out: int = 0


@dataclass(frozen=True, slots=True)
class Cas:
    """A checked CAS: its types, its structures by number, in order, and the numbers of those in its indexes."""

    types: Types
    structures: dict[int, Structure]
    members: frozenset[int]


@dataclass(frozen=True, slots=True)
class Layer:
    """Which feature of a type tells the event type, if any does; which hold links, of which types; is there an id."""

    type_feature: str | None
    links: dict[str, str]
    has_id: bool


@dataclass(frozen=True, slots=True)
class _Frame:
    """An event as it stands in a CAS, with the feature, the structure, and the target of each of its links."""

    structure: Structure
    layer: Layer
    id: str
    links: list[tuple[str, Structure, Structure]]

    def numbers(self) -> set[int]:
        return {self.structure["%ID"], *(link["%ID"] for _, link, _ in self.links)}

    def rest(self) -> Structure:
        return _values(self.structure, {EVENT_ID, self.layer.type_feature, *self.layer.links})


def checked_cas(value: Any) -> Cas:
    """Check an object of CAS JSON; where it is none, a ValueError, KeyError, TypeError or AttributeError is raised."""
    items = value["%FEATURE_STRUCTURES"]
    structures = {item["%ID"]: {name: said for name, said in item.items() if said is not None} for item in items}
    members = [number for view in value["%VIEWS"].values() for number in view["%MEMBERS"]]
    if len(structures) < len(items) or not all(type(number) is int for number in structures):
        raise ValueError("each %ID must be a number that no other structure has")
    if len(set(members)) < len(members) or not structures.keys() >= set(members):
        raise ValueError("each of %MEMBERS must be the %ID of a structure, and stand there once")
    for number, item in structures.items():
        values = _values(item)
        if not structures.keys() >= {*_references(values, structures)}:
            raise ValueError(f"structure {number} ({item['%TYPE']}) refers to what is not there")
        if not {type(said) for said in values.values()}.isdisjoint({list, dict}):
            raise ValueError(f"structure {number} ({item['%TYPE']}) has a list or an object as a value")
    return Cas(checked_types(value["%TYPES"]), dict(sorted(structures.items())), frozenset(members))


def checked_types(value: Mapping[str, Any]) -> Types:
    """Check definitions of types, and strip them of descriptions; raises what `checked_cas` does."""
    types: Types = {}
    for name, definition in value.items():
        check_names("_", [name, definition["%SUPER_TYPE"]])
        types[name] = {"%SUPER_TYPE": definition["%SUPER_TYPE"]}
        for feature, said in definition.items():
            if not feature.startswith("%"):
                types[name][feature] = {"%RANGE": _range(said), **({_SHARED: True} if said.get(_SHARED) else {})}
                check_names(feature, [_range(said).removesuffix("[]")])
    return types


def _range(said: Mapping[str, Any]) -> str:
    """Name the type of a feature's values, `…[]` where they are arrays."""
    name: str = said["%RANGE"]
    if name == ARRAY:
        return f"{said.get('%ELEMENT_TYPE') or 'uima.cas.TOP'}[]"
    element = name.removesuffix("Array")
    return f"{element}[]" if element != name and element.removeprefix("uima.cas.") in _PRIMITIVES else name


def check_names(feature: str, types: Collection[str]) -> None:
    """Raise a ValueError for the name of a feature or type that dkpro-cassis could run as code: it builds classes."""
    if not feature.isidentifier() or keyword.iskeyword(feature) or feature.startswith("__"):
        raise ValueError(f"a feature must be named by letters, digits and '_', no keyword of Python, not {feature!r}")
    if not all(part.isidentifier() for name in types for part in name.split(".")):
        raise ValueError(f"a type must be named by words joined by '.', not {types}")


def named(definition: dict[str, Any]) -> dict[str, Any]:
    """Name each feature of a type, as CAS JSON does."""
    return {key: said if key.startswith("%") else {"%NAME": key, **said} for key, said in definition.items()}


def merged_types(types: Types, more: Types) -> Types:
    """Join definitions of types; where they differ from ours, ours give way."""
    merged = dict(types)
    for name, definition in more.items():
        own, first = OWN_TYPES.get(name, {}), types.get(name, {})
        before, theirs = ({key: one[key] for key in one if one[key] != own.get(key)} for one in (first, definition))
        if {**before, **theirs} != {**theirs, **before}:
            raise InputError(
                f"type '{name}' must be defined alike in all documents of a folder, but is not. "
                "Write them into different folders."
            )
        merged[name] = {**first, **definition, **before}
    return merged


def record_of_cas(cas: Cas, default_id: str, place: Place) -> dict[str, Any] | None:
    """Read the native record of a document, or None after a report; `default_id` is for one that has no metadata."""
    texts = [item["sofaString"] for item in cas.structures.values() if "sofaString" in item]
    if len(texts) != 1 or not isinstance(texts[0], str) or HALF.search(texts[0]):
        place.report(f"must hold one text, of whole characters, but holds {show(texts)}. Export it anew.")
        return None
    n_before, spans = place.problems.n_found, descendants(cas.types, SPANS)
    structures = dict(_in_characters(cas, texts[0], spans, place))
    frames = list(_frames(cas, structures, spans, place))
    metadata = next((item for item in structures.values() if item["%TYPE"] == METADATA), {})
    id_ = metadata.get(TITLE, metadata.get(DOCUMENT_ID, default_id))  # INCEpTION gives the annotator as documentId
    taken = {number for frame in frames for number in frame.numbers()}
    naming = {TITLE, DOCUMENT_ID} if metadata.get(DOCUMENT_ID) == id_ else {TITLE}
    others = {
        key: _values(item, naming if item is metadata else ())
        for key, item in structures.items()
        if not (key in taken or item["%TYPE"].startswith("uima.cas.") or item["%TYPE"].endswith("[]"))
        and (key in cas.members or item["%TYPE"] not in spans)
    }
    kept = _kept(cas.types, structures, frames, others)
    events = [_record_of_frame(frame, texts[0]) for frame in frames]
    if place.problems.n_found > n_before:
        return None
    return {"id": id_, "text": texts[0], "meta": {"cas": kept} if kept else {}, "events": events}


def descendants(types: Types, roots: Collection[str]) -> set[str]:
    """Give the names of some types, and of all that specialize them."""
    children: defaultdict[str, list[str]] = defaultdict(list)
    for name, definition in types.items():
        children[definition["%SUPER_TYPE"]].append(name)
    found, pending = set(roots), list(roots)
    while pending:
        new = [name for name in children[pending.pop()] if name not in found]
        found.update(new)
        pending += new
    return found


def layer_of(name: str, types: Types) -> Layer | None:
    """Tell how a type says events; None where it does not."""
    features, links = _features(name, types), {}
    for feature, said in features.items():
        element = said["%RANGE"].removesuffix("[]")
        role, target = (_features(element, types).get(part) for part in ("role", "target"))
        if element != said["%RANGE"] and role == _TEXT and target and target != _TEXT:
            links[feature] = element
    texts = [feature for feature, said in features.items() if said == _TEXT and feature != EVENT_ID]
    best = next((feature for feature in TYPE_FEATURES if feature in texts), texts[0] if len(texts) == 1 else None)
    return Layer(best, links, features.get(EVENT_ID) == _TEXT) if links else None


def _features(name: str, types: Types) -> dict[str, Any]:
    """List the features of a type with those that it inherits."""
    features: dict[str, Any] = {}
    seen: set[str] = set()
    while name in types and name not in seen:
        seen.add(name)
        features = {key: said for key, said in types[name].items() if not key.startswith("%")} | features
        name = types[name]["%SUPER_TYPE"]
    return features


def _values(item: Structure, read: Collection[str | None] = ()) -> Structure:
    """Give the features of a structure, but offsets, and those that are read already."""
    none = {"begin", "end", "@sofa", *read}
    return {
        name: said
        for name, said in item.items()
        if not (name in none or name[:1] == "%" or (name[:1] == "@" and name[1:] in none))
    }


def _references(values: Structure, structures: Mapping[int, Structure]) -> Iterator[Any]:
    """List the numbers of the structures that features refer to, also through arrays."""
    for name, said in values.items():
        if name[:1] == "@":
            array = _array_of(said, structures)
            yield from [said] if array is None else array["%ELEMENTS"] if array["%TYPE"] == ARRAY else []


def _array_of(number: Any, structures: Mapping[int, Structure]) -> Structure | None:
    """Give an array, its type as dkpro-cassis calls it; None where the structure is none."""
    item = structures.get(number, {})
    name: str = item.get("%TYPE", "")
    element = name.removesuffix("[]")
    if element != name:
        name = f"{element}Array" if element.removeprefix("uima.cas.") in _PRIMITIVES else ARRAY
    is_array = name.startswith("uima.cas.") and name.endswith("Array")
    return {"%TYPE": name, "%ELEMENTS": item.get("%ELEMENTS", [])} if is_array else None


def _in_characters(cas: Cas, text: str, spans: set[str], place: Place) -> Iterator[tuple[int, Structure]]:
    """Convert the offsets of what is indexed from UTF-16 units."""
    pairs = [match.start() + number for number, match in enumerate(PAIRED.finditer(text))]
    for number, item in cas.structures.items():
        if item["%TYPE"] not in spans or number not in cas.members:
            yield number, item
            continue
        begin, end = [_character_at(item.get(name), pairs, len(text)) for name in ("begin", "end")]
        yield number, {**item, "begin": begin or 0, "end": end or 0}
        if begin is None or end is None or begin > end:
            place.report(
                f"annotation {number} ({item['%TYPE']}) must lie at whole characters of the text, but is at "
                f"[{show(item.get('begin'))}, {show(item.get('end'))}), in UTF-16 units. Correct it."
            )


def _character_at(unit: Any, pairs: list[int], n_chars: int) -> int | None:
    """Convert an offset, given the units that pairs begin at; None where it is inside of one, or not in the text."""
    if type(unit) is not int or not 0 <= unit <= n_chars + len(pairs):
        return None
    n_before = bisect_left(pairs, unit)
    return None if n_before and pairs[n_before - 1] == unit - 1 else unit - n_before


def _frames(cas: Cas, structures: Mapping[int, Structure], spans: set[str], place: Place) -> Iterator[_Frame]:
    used = spans & {item["%TYPE"] for item in structures.values()}
    layers = {name: layer for name in used if (layer := layer_of(name, cas.types))}
    framed = [key for key, item in structures.items() if item["%TYPE"] in layers and key in cas.members]
    ids = {structures[key].get(EVENT_ID) for key in framed}
    for number, key in enumerate(framed, start=1):
        item, layer = structures[key], layers[structures[key]["%TYPE"]]
        arrays = [(name, _array_of(item.get(f"@{name}"), structures)) for name in layer.links]
        links = [(name, structures[one]) for name, array in arrays if array for one in array["%ELEMENTS"]]
        targets: list[Any] = [link.get("@target") for _, link in links]
        is_linked = all(one in cas.members and structures[one]["%TYPE"] in spans for one in targets)
        if is_linked and isinstance(item.get(EVENT_ID, ""), str):
            filled = [(name, link, structures[one]) for (name, link), one in zip(links, targets, strict=True)]
            usual_id = f"e{number}" if f"e{number}" not in ids else f"e{number}-{key}"
            yield _Frame(item, layer, item.get(EVENT_ID, usual_id), filled)
        else:
            place.report(
                f"annotation {key} ({item['%TYPE']}) must have links to annotations in the index, and text as "
                f"{EVENT_ID}, but has other. Mend or remove it."
            )


def _kept(
    types: Types, structures: Mapping[int, Structure], frames: list[_Frame], others: Mapping[int, Structure]
) -> dict[str, Any]:
    """Collect, in the form of `Kept`, those of the other structures that we would not write for the events alone."""
    rests = [frame.rest() for frame in frames]
    referenced = [number for values in (*others.values(), *rests) for number in _references(values, structures)]
    plain = {target["%ID"] for frame in frames for _, _, target in frame.links if target["%TYPE"] == ARGUMENT}
    plain |= {key for key in others if structures[key]["%TYPE"] == METADATA}
    plain -= set(referenced)
    kept = [key for key, values in others.items() if values or key not in plain]
    places: dict[int, Any] = {key: place for place, key in enumerate(kept)}
    places |= {frame.structure["%ID"]: frame.id for frame in frames}
    events = {frame.id: _kept_event(frame, structures, places) for frame in frames}
    names = [structures[key]["%TYPE"] for key in kept] + [frame.structure["%TYPE"] for frame in frames]
    record = {
        "types": _closure(names, types),
        "structures": [
            {name: structures[key][name] for name in ("%TYPE", "begin", "end") if name in structures[key]}
            | _placed(others[key], structures, places)
            for key in kept
        ],
        "events": {id_: event for id_, event in events.items() if event},
        "n_left_out": sum(number not in places for number in referenced)
        + sum(len(_values(link, {"role", "target"})) for frame in frames for _, link, _ in frame.links),
    }
    return {name: value for name, value in record.items() if value}


def _placed(values: Structure, structures: Mapping[int, Structure], places: Mapping[int, Any]) -> Structure:
    """Turn references into places, and put arrays where they are referred to."""
    placed: Structure = {}
    for name, said in values.items():
        array = _array_of(said, structures) if name.startswith("@") else None
        if array is not None and array["%TYPE"] == ARRAY:
            array["%ELEMENTS"] = [places[number] for number in array["%ELEMENTS"] if number in places]
        if array is not None or not name.startswith("@"):
            placed[name] = said if array is None else array
        elif said in places:
            placed[name] = places[said]
    return placed


def _kept_event(frame: _Frame, structures: Mapping[int, Structure], places: Mapping[int, Any]) -> dict[str, Any]:
    first = next(iter(frame.layer.links))
    links = [name for name, _, _ in frame.links]
    targets = [places.get(target["%ID"]) for _, _, target in frame.links]
    event = {
        "type": frame.structure["%TYPE"] if frame.structure["%TYPE"] != EVENT else None,
        "values": _placed(frame.rest(), structures, places),
        "links": links if set(links) - {first} else None,
        "targets": targets if set(targets) - {None} else None,
    }
    return {name: value for name, value in event.items() if value}


def _closure(names: list[str], types: Types) -> Types:
    """Give the definitions of types, and of all that they mention, but of our own."""
    found: Types = {}
    pending = list(names)
    while pending:
        name = pending.pop()
        if name in types and name not in found:
            found[name] = types[name]
            features = [said for key, said in types[name].items() if not key.startswith("%")]
            pending += [types[name]["%SUPER_TYPE"], *(said["%RANGE"].removesuffix("[]") for said in features)]
    if EVENT in found:
        found[EVENT] = {key: said for key, said in found[EVENT].items() if key != EVENT_ID}  # we add it ourselves
    return {name: found[name] for name in sorted(found) if not found[name].items() <= OWN_TYPES.get(name, {}).items()}


def _record_of_frame(frame: _Frame, text: str) -> dict[str, Any]:
    item = frame.structure
    named = item.get(frame.layer.type_feature) if frame.layer.type_feature else None
    return {
        "id": frame.id,
        "type": item["%TYPE"].rpartition(".")[2] if named is None else named,
        "trigger": _record_of_span(item, text),
        "arguments": [
            {"role": link.get("role", name), **_record_of_span(target, text)} for name, link, target in frame.links
        ],
    }


def _record_of_span(item: Structure, text: str) -> dict[str, Any]:
    return {"start": item["begin"], "end": item["end"], "text": text[item["begin"] : item["end"]]}
