"""MUC-4 as JSON: document-level events without triggers, whose roles are filled by entities, each a list of mentions.

GTT (Du, Rush and Cardie, 2021) has the key `templates`, a list of `{"incident_type", "PerpInd", "PerpOrg", "Target",
"Victim", "Weapon"}`; GRIT (the same, 2021) has the key `extracts`, one mapping of the five roles for all incidents of a
document. Each role holds a list of entities, each a list of mentions `[text, offset]`, in characters of `doctext`.

An argument here is the first mention of an entity; the others are kept in `meta["muc"]` and written back. A mention
without an offset is the first match of its text, as the authors' own offsets are. The arguments of an event stand in
the order of these five roles, and then of any others.

Ours are: the extracts of a document are one event of the type `Incident`, or none where no role is filled; a template
may have any other role; beside the authors' keys, a document may have `event_ids` and `meta`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from eventroles.documents import Argument, Document, Event, Json
from eventroles.errors import Place
from eventroles.formats.event_ids import default_ids, named_events
from eventroles.formats.left_out import count, unsaid_of, unsaid_scores
from eventroles.formats.records import quoted, show
from eventroles.formats.sinks import write_json_lines
from eventroles.formats.sources import read_json
from eventroles.ontology import Ontology
from eventroles.spans import Span

ROLES: Final = ("PerpInd", "PerpOrg", "Target", "Victim", "Weapon")
INCIDENT: Final = "Incident"
_TYPE: Final = "incident_type"
_META: Final = "muc"
_KEYS: Final = frozenset({"docid", "doctext", "templates", "extracts", "event_ids", "meta"})
_PAIR: Final = 2


def read_muc(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a file of documents.

    Raises DataError: after the last line, with the problems of the whole file; or at once where there is no such file.

    Args:
        path: The file, UTF-8: JSON lines, or one JSON array.
        ontology: Every event must be legal in it, where given.

    Yields:
        The documents that are sound.
    """
    yield from read_json(path, ontology, _native_record)


def write_muc(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write a file of documents: as extracts what was read as such and still fits, all others as templates.

    Args:
        documents: The documents.
        path: The file.
        left_out: Counts what the format cannot say; an event with a trigger is written without it.

    Returns:
        How many there were.
    """
    return write_json_lines(documents, path, lambda document: _muc_record(document, left_out))


def is_muc(value: Any) -> bool:
    """Tell whether the first value of a file looks like a document of this format."""
    return isinstance(value, dict) and {"docid", "doctext"} <= value.keys()


def _native_record(value: Any, place: Place) -> Mapping[str, Any] | None:
    n_before = place.problems.n_found
    if not isinstance(value, dict):
        place.report(f"must be a JSON object, but is {show(value)}. Correct it.")
        return None
    for key in ("docid", "doctext"):
        if not isinstance(value.get(key), str):
            place.key(key).report(f"must be text, but is {show(value.get(key))}. Correct it.")
    meta = value.get("meta", {})
    if not isinstance(meta, dict):
        place.key("meta").report(f"must be a mapping, but is {show(meta)}. Correct it.")
    if place.problems.n_found > n_before:
        return None
    found, coreferent = _events(value, place)
    events = named_events(found, value.get("event_ids"), place.key("event_ids"))
    if place.problems.n_found > n_before:
        return None
    kept = {
        "is_extracts": "templates" not in value,
        "coreferent": [{"event": events[number]["id"], **record} for number, record in coreferent],
        "others": {key: other for key, other in value.items() if key not in _KEYS or _is_second(key, value)},
    }
    kept = {key: part for key, part in kept.items() if part}
    meta = {**meta, _META: kept} if kept else meta
    return {"id": value["docid"], "text": value["doctext"], "meta": meta, "events": [*events]}


def _is_second(key: str, value: Mapping[str, Any]) -> bool:
    """Tell whether these are the extracts of a document that has templates too, from which its events come."""
    return key == "extracts" and "templates" in value


def _events(value: Mapping[str, Any], place: Place) -> tuple[list[dict[str, Json]], list[tuple[int, dict[str, Json]]]]:
    """Give the events, and the further mentions of their entities by the number of the event."""
    templates = value.get("templates", [])
    if not isinstance(templates, list) or not {"templates", "extracts"} & value.keys():
        place.key("templates").report("must be a list of templates (or 'extracts' a mapping), but is not. Add it.")
        return [], []
    events: list[dict[str, Json]] = []
    coreferent: list[tuple[int, dict[str, Json]]] = []
    for number, template in enumerate(templates):
        here = place.key("templates").item(number)
        event_type = template.get(_TYPE) if isinstance(template, dict) else None
        if not isinstance(event_type, str):
            here.key(_TYPE).report(f"must be text, but is {show(event_type)}. Correct it.")
            continue
        roles = {role: entities for role, entities in template.items() if role != _TYPE}
        arguments, others = _arguments(roles, value["doctext"], here)
        coreferent += [(len(events), other) for other in others]
        events.append({"type": event_type, "arguments": arguments})
    if "templates" not in value:
        arguments, others = _arguments(value["extracts"], value["doctext"], place.key("extracts"))
        coreferent = [(0, other) for other in others]
        events = [{"type": INCIDENT, "arguments": arguments}] if arguments else []
    return events, coreferent


def _arguments(roles: Any, text: str, place: Place) -> tuple[list[Json], list[dict[str, Json]]]:
    """Give the first mentions of all entities as arguments, and the others as records beside them."""
    arguments: list[Json] = []
    coreferent: list[dict[str, Json]] = []
    if not isinstance(roles, dict):
        place.report(f"must be a mapping from roles to entities, but is {show(roles)}. Correct it.")
        return arguments, coreferent
    others = [role for role in roles if role not in ROLES]
    for role in (*(role for role in ROLES if role in roles), *others):
        for number, entity in enumerate(_list(roles[role], place.key(role))):
            here = place.key(role).item(number)
            found = [_found(mention, text, here.item(n)) for n, mention in enumerate(_list(entity, here))]
            mentions = [span for span in found if span is not None]
            if not mentions:
                here.report("must have a mention, but has none that is sound. Add it, or remove the entity.")
                continue
            first = {"role": role, **_record_of_span(mentions[0], text)}
            arguments.append(first)
            if mentions[1:]:
                coreferent.append({**first, "mentions": [_mention(span, text) for span in mentions[1:]]})
    return arguments, coreferent


def _list(value: Any, place: Place) -> list[Any]:
    if isinstance(value, list):
        return value
    place.report(f"must be a list, but is {show(value)}. Correct it.")
    return []


def _found(mention: Any, text: str, place: Place) -> Span | None:
    """Find a mention, with or without its offset, in the text; None where it is not there."""
    words, offset = (mention, None) if isinstance(mention, str) else _words_and_offset(mention)
    if not isinstance(words, str) or not words:
        place.report(f"must be [text, offset], but is {show(mention)}. Correct it.")
        return None
    if offset is None:
        start = text.find(words)
        if start < 0:
            place.report(f"must be in doctext, but {show(words)} is not. Correct it (the case of letters counts).")
        return Span(start, start + len(words)) if start >= 0 else None
    if type(offset) is not int or not 0 <= offset <= len(text) - len(words):
        place.report(
            f"its offset must be a whole number from 0 that leaves {len(words)} of the {len(text)} characters of "
            f"doctext, but is {show(offset)}. Offsets count Unicode code points."
        )
        return None
    if not text.startswith(words, offset):
        place.report(
            f"must be doctext[{offset}:{offset + len(words)}], which is {quoted(text[offset : offset + len(words)])}, "
            f"but is {quoted(words)}. Correct the offset, or leave it out."
        )
        return None
    return Span(offset, offset + len(words))


def _words_and_offset(mention: Any) -> tuple[Any, Any]:
    if not isinstance(mention, list) or not 1 <= len(mention) <= _PAIR:
        return None, None
    return mention[0], mention[1] if len(mention) == _PAIR else None


def _muc_record(document: Document, left_out: Counter[str]) -> dict[str, Json]:
    kept = document.meta.get(_META)
    kept = kept if isinstance(kept, Mapping) else {}
    others = kept.get("others")
    coreferent = _Coreferent(kept.get("coreferent"), document.text)
    record: dict[str, Json] = {"docid": document.id, "doctext": document.text}
    if kept.get("is_extracts") is True and _fits_extracts(document):
        record["extracts"] = _roles(document.events, document.text, coreferent)
    else:
        record["templates"] = [_template(event, document.text, coreferent, left_out) for event in document.events]
    ids = [event.id for event in document.events]
    if ids != default_ids(len(ids)):
        record["event_ids"] = [*ids]
    meta = {key: value for key, value in document.meta.items() if key != _META}
    if meta:
        record["meta"] = meta
    count(left_out, "trigger", sum(event.trigger is not None for event in document.events))
    left_out.update(unsaid_scores(document.events))
    left_out.update(unsaid_of(document))
    count(left_out, "metadata", int(coreferent.n_left > 0 or (_META in document.meta and not kept)))
    return (dict(others) | record) if isinstance(others, Mapping) else record


def _fits_extracts(document: Document) -> bool:
    events = document.events
    return not events or (len(events) == 1 and events[0].event_type == INCIDENT and bool(events[0].arguments))


class _Coreferent:
    """The further mentions of entities, each to be taken once; `n_left` counts those that were not, or fit no more."""

    def __init__(self, records: Json, text: str) -> None:
        self._mentions: dict[tuple[Json, ...], list[list[Json]]] = {}
        self.n_left = 0
        for record in records if isinstance(records, list) else []:
            self.n_left += 1
            match record:
                case {"event": str(id_), "role": str(role), "start": int(start), "end": int(end), "mentions": [*found]}:
                    if all(_is_mention(mention, text) for mention in found):
                        self._mentions.setdefault((id_, role, start, end), []).append(found)

    def take(self, event: Event, argument: Argument) -> list[Json]:
        """Give the further mentions of the entity of this argument, as they stand in the file."""
        span = argument.char_span
        waiting = self._mentions.get((event.id, argument.role, span.start, span.end))
        if not waiting:
            return []
        self.n_left -= 1
        return waiting.pop(0)


def _is_mention(value: Json, text: str) -> bool:
    match value:
        case [str(words), int(offset)]:
            return bool(words) and offset >= 0 and text.startswith(words, offset)
    return False


def _template(event: Event, text: str, coreferent: _Coreferent, left_out: Counter[str]) -> dict[str, Json]:
    roles = _roles([event], text, coreferent)
    unsaid = roles.pop(_TYPE, [])
    count(left_out, f"argument whose role is named {_TYPE}", len(unsaid))
    return {_TYPE: event.event_type, **roles}


def _roles(events: Sequence[Event], text: str, coreferent: _Coreferent) -> dict[str, list[Json]]:
    entities: dict[str, list[Json]] = {role: [] for role in ROLES}
    for event in events:
        for argument in event.arguments:
            mentions = [_mention(argument.char_span, text), *coreferent.take(event, argument)]
            entities.setdefault(argument.role, []).append(mentions)
    return entities


def _mention(span: Span, text: str) -> list[Json]:
    return [span.of(text), span.start]


def _record_of_span(span: Span, text: str) -> dict[str, Json]:
    return {"start": span.start, "end": span.end, "text": span.of(text)}
