"""RAMS (Ebner et al. 2020): JSON lines, one document of some five sentences and mostly one event a line.

`sentences` are lists of tokens. Spans count tokens through the whole document, and the last one is inside:
`evt_triggers` are `[first, last, [[type, confidence]]]`; `gold_evt_links` are `[trigger, argument, role]`, the two as
`[first, last]`; `ent_spans` give the arguments, `[first, last, [[role, confidence]]]`, once more.

Ours: `evt089arg02attacker` is read as the role `attacker`; the code is kept in the metadata and written again, and a
role that has none gets `evt000arg00`, since readers cut eleven characters off. A confidence below 1 is a score. Events
are named E1, E2 and so on. What RAMS has no place for stands, where there is such, in keys with an underscore: `_text`,
the text with its white space, a part for each sentence; `_event_ids`; `_link_events`, the number of the event that each
link belongs to, where two have one trigger (without it, the first has all); `_meta`, other metadata.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, StrictInt

from eventroles.documents import Document, Json
from eventroles.errors import Place
from eventroles.formats.event_ids import default_ids, named_events
from eventroles.formats.layouts import (
    Layout,
    SaidEvent,
    Token,
    checked,
    is_evenly_spaced,
    kept_items,
    kept_meta,
    layout_of_document,
    layout_of_sentences,
    meta_to_keep,
    record_of_tokens,
    said_events,
    sentences_of,
    span_in_text,
    texts_of,
    token_span_of,
    without,
)
from eventroles.formats.left_out import count
from eventroles.formats.records import show
from eventroles.formats.sinks import write_json_lines
from eventroles.formats.sources import read_json
from eventroles.ontology import Ontology
from eventroles.spans import Span

_CODE: Final = re.compile(r"evt[0-9]{3}arg[0-9]{2}(?=.)", flags=re.DOTALL)
_NO_CODE: Final = "evt000arg00"
_N_ITEMS: Final = 3
_KEYS: Final = frozenset(
    {"doc_key", "sentences", "evt_triggers", "gold_evt_links", "ent_spans"}
    | {"_text", "_event_ids", "_link_events", "_meta"}
)

_Bounds = tuple[StrictInt, StrictInt]
_Labels = list[tuple[str, Annotated[float, Field(ge=0, le=1, strict=True)]]]


class _Line(BaseModel):
    doc_key: str
    sentences: list[list[Token]]
    evt_triggers: list[tuple[StrictInt, StrictInt, Annotated[_Labels, Field(min_length=1)]]]
    gold_evt_links: list[tuple[_Bounds, _Bounds, str]]
    ent_spans: list[tuple[StrictInt, StrictInt, _Labels]] = []
    texts: list[str] = Field(default_factory=list, alias="_text")
    event_ids: list[str] | None = Field(default=None, alias="_event_ids")
    link_events: list[StrictInt] | None = Field(default=None, alias="_link_events")
    meta: dict[str, Any] = Field(default_factory=dict, alias="_meta")


def read_rams(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a file of RAMS.

    Raises DataError: after the last line, with the problems of the whole file; or at once where there is no such file.

    Args:
        path: The file, UTF-8.
        ontology: Every event must be legal in it, where given; it names roles without their codes.

    Yields:
        The documents that are sound; `meta` holds under `rams` the other keys of the line, the full names of each
        event's roles (`gold_evt_links`), and entities that are no arguments, in characters (`ent_spans`).
    """
    yield from read_json(path, ontology, _native_record)


def write_rams(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write a file of RAMS.

    Args:
        documents: The documents.
        path: The file.
        left_out: Counts what the format cannot say.

    Returns:
        How many documents there were.
    """
    return write_json_lines(documents, path, lambda document: _line_of(document, left_out))


def is_rams(value: Any) -> bool:
    """Tell whether the first value of a file looks like a document of this format."""
    return isinstance(value, dict) and {"sentences", "evt_triggers", "gold_evt_links"} <= value.keys()


def _native_record(value: Any, place: Place) -> dict[str, Json] | None:
    line = checked(_Line, value, place)
    if line is None:
        return None
    n_before = place.problems.n_found
    layout = layout_of_sentences(line.sentences, "".join(line.texts))
    events = _events(line, layout, place)
    names = _link(events, line, layout, place) if events or not line.evt_triggers else {}
    entities = _other_entities(line, layout, place)
    if place.problems.n_found > n_before:
        return None
    kept = without(value, _KEYS)
    kept |= ({"gold_evt_links": names} if names else {}) | ({"ent_spans": entities} if entities else {})
    meta = meta_to_keep(layout, "rams", kept, line.meta)
    return {"id": line.doc_key, "text": layout.text, "meta": meta, "events": [*events]}


def _events(line: _Line, layout: Layout, place: Place) -> list[dict[str, Any]]:
    """Read an event for each type of each trigger, still without arguments."""
    events: list[dict[str, Any]] = []
    for number, (first, last, labels) in enumerate(line.evt_triggers):
        trigger = record_of_tokens(first, last + 1, layout, place.key("evt_triggers").item(number))
        for event_type, confidence in labels:
            score = {"score": confidence} if confidence < 1 else {}
            events.append({"type": event_type, "trigger": trigger, "arguments": [], **score})
    return named_events(events, line.event_ids, place.key("_event_ids"))


def _link(events: Sequence[dict[str, Any]], line: _Line, layout: Layout, place: Place) -> dict[str, Json]:
    """Give the events their arguments, and return the full names of the roles by event."""
    names: dict[str, Any] = {}
    triggers = [(first, last) for first, last, labels in line.evt_triggers for _ in labels][: len(events)]
    event_at = {trigger: number for number, trigger in reversed([*enumerate(triggers)])}
    owners = [event_at.get(trigger, -1) for trigger, _, _ in line.gold_evt_links]
    owners[: len(line.link_events or ())] = (line.link_events or ())[: len(owners)]
    for number, (trigger, (first, last), name) in enumerate(line.gold_evt_links):
        here, owner = place.key("gold_evt_links").item(number), owners[number]
        if not (0 <= owner < len(events) and triggers[owner] == trigger):
            here.report(f"must begin at one of 'evt_triggers', but begins at {show([*trigger])}. Correct it.")
            continue
        argument = {"role": _without_code(name), **record_of_tokens(first, last + 1, layout, here)}
        events[owner]["arguments"].append(argument)
        names.setdefault(events[owner]["id"], []).append(name)
    return names


def _without_code(name: str) -> str:
    return _CODE.sub("", name, count=1) if _CODE.match(name) else name


def _other_entities(line: _Line, layout: Layout, place: Place) -> list[Json]:
    """Keep the entities, and labels of entities, that the links do not say, by where they stand."""
    arguments = {argument for _, argument, _ in line.gold_evt_links}
    said = {(argument, name, 1.0) for _, argument, name in line.gold_evt_links}
    labels_of: dict[tuple[int, int], list[Json]] = {}
    for number, (first, last, labels) in enumerate(line.ent_spans):
        span = record_of_tokens(first, last + 1, layout, place.key("ent_spans").item(number))
        more: list[Json] = [[name, score] for name, score in labels if ((first, last), name, score) not in said]
        if span and (more or (first, last) not in arguments):
            labels_of.setdefault((span["start"], span["end"]), []).extend(more)
    return [[start, end, labels] for (start, end), labels in sorted(labels_of.items())]


def _line_of(document: Document, left_out: Counter[str]) -> dict[str, Json]:
    kept, rest = kept_meta(document, "rams", left_out)
    entities = _kept_entities(kept.get("ent_spans"), document.text, left_out)
    layout = layout_of_document(document, [span for span, _ in entities])
    said = said_events(document, layout, left_out)
    links: list[Json] = [
        [_bounds(one.trigger), _bounds(span), name]
        for one in said
        for (_, span), name in zip(one.arguments, _role_names(one, kept.get("gold_evt_links")), strict=True)
    ]
    line: dict[str, Json] = {"doc_key": document.id}
    line |= without(kept, _KEYS)
    line["sentences"] = [[*tokens] for tokens in sentences_of(layout)]
    line["ent_spans"] = _ent_spans(links, entities, layout, left_out)
    line["evt_triggers"] = [_trigger_of(one, left_out) for one in said]
    line["gold_evt_links"] = links
    return line | _own_keys(said, layout) | ({"_meta": rest} if rest else {})


def _kept_entities(value: Json, text: str, left_out: Counter[str]) -> list[tuple[Span, list[Json]]]:
    """Read kept entities back; what somebody changed so that it no longer fits is counted."""
    entities = []
    for item in kept_items(value, left_out):
        start, end, labels = item if isinstance(item, list) and len(item) == _N_ITEMS else (None, None, None)
        span = span_in_text(start, end, text)
        if span is None or not isinstance(labels, list):
            count(left_out, "metadata", 1)
        else:
            entities.append((span, labels))
    return entities


def _role_names(said: SaidEvent, kept: Json) -> list[str]:
    """Name an event's roles as its file did, where two had the same role in the same order; else with our own code."""
    names = kept.get(said.event.id) if isinstance(kept, Mapping) else None
    left: dict[str, list[str]] = {}
    for name in reversed(names) if isinstance(names, list) else []:
        if isinstance(name, str):
            left.setdefault(_without_code(name), []).append(name)
    full_names = []
    for argument, _ in said.arguments:
        fitting = left.get(argument.role, [_NO_CODE + argument.role])
        full_names.append(fitting.pop() if len(fitting) > 1 else fitting[0])
    return full_names


def _bounds(tokens: Span) -> list[Json]:
    return [tokens.start, tokens.end - 1]


def _ent_spans(
    links: Iterable[Any], entities: Iterable[tuple[Span, list[Json]]], layout: Layout, left_out: Counter[str]
) -> list[Json]:
    labels_of: dict[tuple[int, int], dict[str, Json]] = {}
    for _, (first, last), name in links:
        labels_of.setdefault((first, last), {})[name] = [name, 1.0]
    all_labels = {bounds: [*labels.values()] for bounds, labels in labels_of.items()}
    for span, more in entities:
        tokens = token_span_of(span, layout)
        if tokens is None:
            count(left_out, "metadata", 1)
        else:
            all_labels.setdefault((tokens.start, tokens.end - 1), []).extend(more)
    return [[first, last, labels] for (first, last), labels in all_labels.items()]


def _trigger_of(said: SaidEvent, left_out: Counter[str]) -> Json:
    """Write a trigger; a score of 1 is counted as left out, for it reads like gold."""
    confidence = 1.0 if said.event.score is None else round(said.event.score, 6)
    count(left_out, "score", int(said.event.score is not None and confidence == 1))
    return [*_bounds(said.trigger), [[said.event.event_type, confidence]]]


def _own_keys(said: Sequence[SaidEvent], layout: Layout) -> dict[str, Json]:
    own: dict[str, Json] = {} if is_evenly_spaced(layout) else {"_text": [*texts_of(layout)]}
    ids = [one.event.id for one in said]
    if ids != default_ids(len(ids)):
        own["_event_ids"] = [*ids]
    if len({one.trigger for one in said}) < len(said):
        own["_link_events"] = [number for number, one in enumerate(said) for _ in one.arguments]
    return own
