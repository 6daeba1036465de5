"""WikiEvents (Li, Ji, Han 2021): JSON lines, one document a line.

`tokens` are those of the whole document; `sentences` give them once more, `[[[token, start, end], ...], text]` each,
with their characters in a source that is not in the file. `entity_mentions` and the triggers of `event_mentions` count
tokens through the whole document, half-open; arguments name an entity mention. The coreference files are not read.

Ours: the files' `text` has the sentences, which are paragraphs, without the white space between them, so that words
touch; a line break is put wherever two sentences touch that do not in their source. The distance of the source's
characters from the text's is kept (`sentences`), as are entities, and what else an event has (`event_mentions`). An
argument is written with the first entity mention of its span, or with a new one of type UNK. `_meta` holds other
metadata, where there are such.
"""

import itertools
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, Field, StrictInt

from eventroles.documents import Document, Json
from eventroles.errors import Place
from eventroles.formats.layouts import (
    Layout,
    SaidEvent,
    Token,
    checked,
    kept_items,
    kept_meta,
    layout_of_document,
    layout_of_sentences,
    meta_to_keep,
    said_events,
    sentence_of,
    sentences_of,
    span_in_text,
    texts_of,
    token_span_of,
    without,
)
from eventroles.formats.left_out import count
from eventroles.formats.records import quoted
from eventroles.formats.sinks import write_json_lines
from eventroles.formats.sources import read_json
from eventroles.formats.spelled import SpelledSpan, is_same_text, report_misspelled, spelled, spelled_record
from eventroles.ontology import Ontology
from eventroles.spans import Span

_KEYS: Final = frozenset(
    {"doc_id", "tokens", "text", "sentences", "entity_mentions", "relation_mentions", "event_mentions", "_meta"}
)
_EVENT_KEYS: Final = frozenset({"id", "event_type", "trigger", "arguments"})
_SPAN_KEYS: Final = frozenset({"start", "end", "text", "sent_idx"})
_ARGUMENT_KEYS: Final = frozenset({"entity_id", "role", "text"})

_UNKNOWN: Final = "UNK"

_Entity = tuple[Span, dict[str, Json]]
_PlacedToken = tuple[Token, StrictInt, StrictInt]


class _Mention(SpelledSpan):
    id: str


class _Argument(BaseModel):
    entity_id: str
    role: str
    text: str


class _Event(BaseModel):
    id: str
    event_type: str
    trigger: SpelledSpan
    arguments: list[_Argument]


class _Line(BaseModel):
    doc_id: str
    tokens: list[str]
    text: str
    sentences: list[tuple[list[_PlacedToken], str]]
    entity_mentions: list[_Mention] = []
    event_mentions: list[_Event]
    meta: dict[str, Any] = Field(default_factory=dict, alias="_meta")


def read_wikievents(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a file of WikiEvents.

    Raises DataError: after the last line, with the problems of the whole file; or at once where there is no such file.

    Args:
        path: The file, UTF-8.
        ontology: Every event must be legal in it, where given.

    Yields:
        The documents that are sound; `meta` holds entities, relations and other keys under `wikievents`, spans in
        characters.
    """
    yield from read_json(path, ontology, _native_record)


def write_wikievents(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write a file of WikiEvents.

    Args:
        documents: The documents.
        path: The file.
        left_out: Counts what the format cannot say.

    Returns:
        How many documents there were.
    """
    return write_json_lines(documents, path, lambda document: _line_of(document, left_out))


def is_wikievents(value: Any) -> bool:
    """Tell whether the first value of a file looks like a document of this format."""
    keys = {"doc_id", "sentences", "event_mentions"}
    return isinstance(value, dict) and keys <= value.keys() and "wnd_id" not in value


def _native_record(value: Any, place: Place) -> dict[str, Json] | None:
    line = checked(_Line, value, place)
    if line is None:
        return None
    if line.tokens != [token for tokens, _ in line.sentences for token, _, _ in tokens]:
        place.key("tokens").report("must be the tokens of 'sentences', but are others. Correct either.")
        return None
    n_before = place.problems.n_found
    layout = _layout(line)
    mentions = _mentions(line.entity_mentions, value, layout, place.key("entity_mentions"))
    events = [
        _event(event, mentions, layout, place.key("event_mentions").item(number))
        for number, event in enumerate(line.event_mentions)
    ]
    if place.problems.n_found > n_before:
        return None
    kept = without(value, _KEYS)
    kept |= {"entity_mentions": [*mentions.values()], "relation_mentions": value.get("relation_mentions")}
    kept |= {"event_mentions": _rests(value["event_mentions"], mentions), "sentences": _distances(line, layout)}
    kept = {key: other for key, other in kept.items() if other or key not in _KEYS}
    meta = meta_to_keep(layout, "wikievents", kept, line.meta)
    return {"id": line.doc_id, "text": layout.text, "meta": meta, "events": [*events]}


def _layout(line: _Line) -> Layout:
    """Lay the text out, with a line break wherever two sentences touch in it but not in the source."""
    layout = layout_of_sentences([[token for token, _, _ in tokens] for tokens, _ in line.sentences], line.text)
    source = [bounds for tokens, _ in line.sentences for _, *bounds in tokens]
    borders = [first for first in sorted(set(layout.firsts)) if 0 < first < len(source)]
    breaks = [
        layout.starts[first]
        for first in borders
        if layout.starts[first] == layout.ends[first - 1] and source[first][0] > source[first - 1][1]
    ]
    return Layout(
        text="\n".join(layout.text[start:end] for start, end in pairwise([0, *breaks, len(layout.text)])),
        starts=[start + bisect_right(breaks, start) for start in layout.starts],
        ends=[end + bisect_left(breaks, end) for end in layout.ends],
        firsts=layout.firsts,
    )


def _mentions(
    mentions: Sequence[_Mention], value: Mapping[str, Any], layout: Layout, place: Place
) -> dict[str, dict[str, Any]]:
    """Give the entity mentions by their ids, with their spans in characters."""
    by_id: dict[str, dict[str, Any]] = {}
    for number, (mention, raw) in enumerate(zip(mentions, value.get("entity_mentions", []), strict=True)):
        here = place.item(number)
        if mention.id in by_id:
            here.report(f"id '{mention.id}' must be unique, but stands there twice. Rename one.")
        span = spelled(mention, layout)
        if span is None:
            report_misspelled(mention, layout, f"'{mention.id}'", here)
        by_id[mention.id] = without(raw, _SPAN_KEYS) | (span or {})
    return by_id


def _event(event: _Event, mentions: Mapping[str, dict[str, Any]], layout: Layout, place: Place) -> dict[str, Json]:
    arguments: list[Json] = []
    for number, argument in enumerate(event.arguments):
        here, mention = place.key("arguments").item(number), mentions.get(argument.entity_id)
        if mention is None:
            here.report(f"must name an entity mention, but there is no '{argument.entity_id}'. Correct or add it.")
        elif "start" in mention:
            if not is_same_text(argument.text, mention["text"]):
                here.report(
                    f"its text must be that of entity mention '{argument.entity_id}', {quoted(mention['text'])}, "
                    f"but is {quoted(argument.text)}. Correct either."
                )
            arguments.append({"role": argument.role, **{key: mention[key] for key in ("start", "end", "text")}})
    trigger = spelled(event.trigger, layout)
    if trigger is None:
        report_misspelled(event.trigger, layout, f"event '{event.id}'", place.key("trigger"))
    return {"id": event.id, "type": event.event_type, "trigger": trigger, "arguments": arguments}


def _rests(events: Iterable[Mapping[str, Any]], mentions: Mapping[str, dict[str, Any]]) -> dict[str, Json]:
    """Keep by event what its native record does not say, and its entities where others have their spans first."""
    first_ids: dict[tuple[int, int], str] = {}
    for id_, mention in mentions.items():
        first_ids.setdefault((mention["start"], mention["end"]), id_)
    rests: dict[str, Json] = {}
    for event in events:
        spans = [mentions[argument["entity_id"]] for argument in event["arguments"]]
        expected = [{"entity_id": first_ids[span["start"], span["end"]]} for span in spans]
        rest = without(event, _EVENT_KEYS)
        trigger = without(event["trigger"], _SPAN_KEYS)
        arguments = [without(argument, _ARGUMENT_KEYS - {"entity_id"}) for argument in event["arguments"]]
        rest |= ({"trigger": trigger} if trigger else {}) | ({"arguments": arguments} if arguments != expected else {})
        rests |= {event["id"]: rest} if rest else {}
    return rests


def _distances(line: _Line, layout: Layout) -> list[Json]:
    """Say from which characters on the source's are how far from them, at the start and at the end of a token."""
    distances: list[Json] = []
    last = (0, 0)
    placed = (token for tokens, _ in line.sentences for token in tokens)
    for start, end, (token, source_start, source_end) in zip(layout.starts, layout.ends, placed, strict=True):
        distance = (source_start - start, source_end - end)
        if distance != last and not token.isspace():
            distances.append([end - len(token.lstrip()), *distance])
            last = distance
    return distances


def _line_of(document: Document, left_out: Counter[str]) -> dict[str, Json]:
    kept, rest = kept_meta(document, "wikievents", left_out)
    mentions = _kept_mentions(kept.get("entity_mentions"), document.text, left_out)
    layout = layout_of_document(document, [span for span, _ in mentions])
    said = said_events(document, layout, left_out)
    count(left_out, "score", sum(one.event.score is not None for one in said))
    entities = _entities(mentions, said, layout, document.id)
    count(left_out, "metadata", sum(token_span_of(span, layout) is None for span, _ in mentions))
    line: dict[str, Json] = {"doc_id": document.id}
    line |= {"tokens": [token for tokens in sentences_of(layout) for token in tokens], "text": document.text}
    line["sentences"] = _sentences(layout, kept.get("sentences"))
    line["entity_mentions"] = [{**entity, **_record_of_span(span, layout)} for span, entity in entities]
    line["relation_mentions"] = kept.get("relation_mentions", [])
    line["event_mentions"] = _event_mentions(
        said, entities, layout, rests=_mapping(kept.get("event_mentions")), left_out=left_out
    )
    return line | without(kept, _KEYS) | ({"_meta": rest} if rest else {})


def _kept_mentions(value: Json, text: str, left_out: Counter[str]) -> list[_Entity]:
    """Read kept entity mentions back; what somebody changed so that it no longer fits is counted."""
    mentions: dict[str, _Entity] = {}
    for item in kept_items(value, left_out):
        mention = _mapping(item)
        id_, span = mention.get("id"), span_in_text(mention.get("start"), mention.get("end"), text)
        if span is None or not isinstance(id_, str) or id_ in mentions:
            count(left_out, "metadata", 1)
        else:
            mentions[id_] = (span, without(mention, _SPAN_KEYS))
    return [*mentions.values()]


def _entities(
    mentions: Iterable[_Entity], said: Iterable[SaidEvent], layout: Layout, document_id: str
) -> list[_Entity]:
    """Give the entity mentions in tokens, with a new one for each span that is an argument but no mention yet."""
    placed = [(token_span_of(span, layout), entity) for span, entity in mentions]
    entities = [(span, entity) for span, entity in placed if span is not None]
    taken = {entity["id"] for _, entity in entities}
    known = {span for span, _ in entities}
    new = dict.fromkeys(span for one in said for _, span in one.arguments if span not in known)
    free_ids = (id_ for n in itertools.count(len(taken) + 1) if (id_ := f"{document_id}-T{n}") not in taken)
    entities += [
        (span, {"id": id_, "entity_type": _UNKNOWN, "mention_type": _UNKNOWN})
        for span, id_ in zip(new, free_ids, strict=False)
    ]
    return entities


def _record_of_span(tokens: Span, layout: Layout) -> dict[str, Json]:
    return {"sent_idx": sentence_of(tokens.start, layout), **spelled_record(tokens, layout)}


def _sentences(layout: Layout, kept: Json) -> list[Json]:
    """Write the sentences, with the characters of their source where its distance is known."""
    distances: list[Any] = [item for item in kept if _is_distance(item)] if isinstance(kept, list) else []
    begins = [begin for begin, _, _ in distances]
    placed: list[Json] = []
    for start, end in zip(layout.starts, layout.ends, strict=True):
        number = bisect_right(begins, start) - 1
        _, to_start, to_end = distances[number] if number >= 0 else (0, 0, 0)
        placed.append([layout.text[start:end], start + to_start, end + to_end])
    bounds = pairwise([*layout.firsts, len(placed)])
    return [[placed[first:after], text.strip()] for (first, after), text in zip(bounds, texts_of(layout), strict=True)]


def _is_distance(item: Json) -> bool:
    return isinstance(item, list) and [type(number) for number in item] == [int, int, int]


def _event_mentions(
    said: Iterable[SaidEvent],
    entities: Sequence[_Entity],
    layout: Layout,
    *,
    rests: Mapping[str, Json],
    left_out: Counter[str],
) -> list[Json]:
    """Write the events, with what was kept of them; what was kept of arguments that are others now is counted."""
    first_ids = {span: entity["id"] for span, entity in reversed(entities)}
    pairs = {(span, entity["id"]) for span, entity in entities}
    mentions: list[Json] = []
    for one in said:
        rest = _mapping(rests.get(one.event.id))
        given = kept_items(rest.get("arguments"), left_out) or [{}] * len(one.arguments)
        if len(given) != len(one.arguments):
            count(left_out, "metadata", 1)
            given = [{}] * len(one.arguments)
        arguments: list[Json] = []
        for (argument, span), found in zip(one.arguments, given, strict=True):
            others = _mapping(found)
            id_ = others.get("entity_id")
            entity_id = id_ if isinstance(id_, str) and (span, id_) in pairs else first_ids[span]
            text = _record_of_span(span, layout)["text"]
            arguments.append({**others, "entity_id": entity_id, "role": argument.role, "text": text})
        trigger = {**_mapping(rest.get("trigger")), **_record_of_span(one.trigger, layout)}
        mention: dict[str, Json] = {**rest, "id": one.event.id, "event_type": one.event.event_type}
        mentions.append(mention | {"trigger": trigger, "arguments": arguments})
    return mentions


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
