"""The processed format of TextEE and OneIE: JSON lines, one window of a document a line, offsets in tokens, half-open.

Their `text` and `tokens` do not always agree (final full stops of M2E2 are only in `tokens`). A document here has all
the tokens, with the white space of `text` as far as the two agree and a space from there on.
"""

from collections.abc import Iterator, Mapping, Set
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from eventroles.documents import Document, Json
from eventroles.errors import Place
from eventroles.formats.layouts import Layout, Token, checked, layout_of_sentences, record_of_tokens
from eventroles.formats.sources import read_json
from eventroles.formats.spelled import SpelledSpan, report_misspelled, spelled
from eventroles.mentions import KEY
from eventroles.ontology import Ontology


class _Argument(SpelledSpan):
    role: str


class _Event(BaseModel):
    id: str
    event_type: str
    trigger: SpelledSpan
    arguments: list[_Argument]


class _Window(BaseModel):
    doc_id: str
    wnd_id: str
    text: str = ""
    tokens: list[Token]
    event_mentions: list[_Event]
    entity_mentions: list[SpelledSpan] = []
    lang: str | None = None
    meta: dict[str, Any] = {}


def read_textee(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a file of windows, one document each, named by `wnd_id`.

    Raises DataError: after the last line, with the problems of the whole file; or at once where there is no such file.

    Args:
        path: The file, UTF-8.
        ontology: Every event must be legal in it, where given. The trigger of an event that it says is document-level
            is a dummy, as the format has it for MUC-4, and left out.

    Yields:
        The documents that are sound; `meta` holds the `doc_id`, the `lang`, what stands under `meta`, and the
        entity mentions, with their bounds in characters.
    """
    dummies = frozenset[str]() if ontology is None else ontology.document_types
    yield from read_json(path, ontology, partial(_native_record, dummies))


def is_textee(value: Any) -> bool:
    """Tell whether the first value of a file looks like a window of this format."""
    return isinstance(value, dict) and {"wnd_id", "tokens", "event_mentions"} <= value.keys()


def _native_record(dummies: Set[str], value: Any, place: Place) -> dict[str, Json] | None:
    window = checked(_Window, value, place)
    if window is None:
        return None
    layout = layout_of_sentences([window.tokens], window.text)
    events = [
        _event(event, layout, place.key("event_mentions").item(number), has_trigger=event.event_type not in dummies)
        for number, event in enumerate(window.event_mentions)
    ]
    meta: dict[str, Json] = {"doc_id": window.doc_id}
    if KEY in value:
        meta[KEY] = _entities(window, value, layout, place)
    if window.lang is not None:
        meta["lang"] = window.lang
    meta |= window.meta
    return {"id": window.wnd_id, "text": layout.text, "meta": meta, "events": [*events]}


def _event(event: _Event, layout: Layout, place: Place, *, has_trigger: bool) -> dict[str, Json]:
    """Turn an event into a native record, without its spans that are wrong, which are reported."""
    record: dict[str, Json] = {"id": event.id, "type": event.event_type}
    record["trigger"] = spelled(event.trigger, layout) if has_trigger else None
    if record["trigger"] is None and has_trigger:
        report_misspelled(event.trigger, layout, f"event '{event.id}'", place.key("trigger"))
    arguments: list[Json] = []
    for number, argument in enumerate(event.arguments):
        span = spelled(argument, layout)
        if span is None:
            name = f"event '{event.id}', role '{argument.role}'"
            report_misspelled(argument, layout, name, place.key("arguments").item(number))
        else:
            arguments.append({"role": argument.role, **span})
    return record | {"arguments": arguments}


def _entities(window: _Window, value: Mapping[str, Any], layout: Layout, place: Place) -> list[Json]:
    """Give the entity mentions in characters; one with another text keeps it: a writer leaves it out, and counts it."""
    entities: list[Json] = []
    for number, (entity, given) in enumerate(zip(window.entity_mentions, value.get(KEY, []), strict=True)):
        span = spelled(entity, layout)
        if span is None:
            here = place.key(KEY).item(number)
            span = record_of_tokens(entity.start, entity.end, layout, here) | {"text": entity.text}
        entities.append({**given, **span})
    return entities
