"""Documents to the processed format of TextEE, which `textee` reads: JSON lines, a window a line, offsets in tokens.

Arguments name their entities (`entity_id`), as OneIE needs them. The entity mentions are those that the metadata keep
under `entity_mentions`, each with `start` and `end` in characters of the document and its `text`: offsets in tokens
would be wrong, since the tokens written are not those that were read. Where the metadata keep none, each different
argument span is written as an entity mention of the type `Entity`.

Ours are: words are tokens, divided where a span begins or ends inside one; `lang` is that of the metadata, or `und`,
the code for a language that is not known; metadata that TextEE has no place for stand under `meta`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from eventroles.documents import Argument, Coverage, Document, Event, Json
from eventroles.formats.sinks import write_json_lines
from eventroles.formats.tokens import tokens_of
from eventroles.spans import Span
from eventroles.words import word_span_of

_ENTITIES: Final = "entity_mentions"
_ENTITY_TYPE: Final = "Entity"
_UNKNOWN_LANGUAGE: Final = "und"


class _Entity(NamedTuple):
    char_span: Span
    record: Mapping[str, Json]


def write_textee(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write a file of windows, one a document, named by its id.

    Args:
        documents: The documents.
        path: The file.
        left_out: Counts what the format cannot say.

    Returns:
        How many there were.
    """
    return write_json_lines(documents, path, lambda document: _window_of(document, left_out))


def _window_of(document: Document, left_out: Counter[str]) -> Json:
    window = _Window(document)
    events = [event for event in document.events if window.has_event(event)]
    meta = dict(document.meta)
    record: dict[str, Json] = {
        "doc_id": _taken(meta, "doc_id", document.id),
        "wnd_id": document.id,
        "text": document.text,
        "tokens": [token.of(document.text) for token in window.tokens],
        _ENTITIES: window.entity_records(),
        "event_mentions": [window.event_record(event) for event in events],
        "lang": _taken(meta, "lang", _UNKNOWN_LANGUAGE),
    }
    if isinstance(meta.get(_ENTITIES), list):
        del meta[_ENTITIES]
    left_out.update(window.left_out())
    return record | ({"meta": meta} if meta else {})


def _taken(meta: dict[str, Json], key: str, default: str) -> str:
    """Take a text out of the metadata; the default where there is none."""
    return str(meta.pop(key)) if isinstance(meta.get(key), str) else default


class _Window:
    """A document in tokens, with the entities that its arguments name."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._kept = document.meta.get(_ENTITIES)
        placed = _placed(self._kept, document.text)
        spans = [entity.char_span for entity in placed]
        self.tokens = tokens_of(replace(document, events=(*document.events, *_cutting(spans))))
        self._entities = [entity for entity in placed if self._has(entity.char_span)]
        if not isinstance(self._kept, list):
            self._entities = self._invented()
        self._id_of_span: dict[Span, Json] = {}
        for entity in self._entities:
            self._id_of_span.setdefault(entity.char_span, entity.record.get("id"))

    def has_event(self, event: Event) -> bool:
        return event.trigger is not None and self._has(event.trigger)

    def entity_records(self) -> list[Json]:
        return [{**entity.record, **self._record(entity.char_span)} for entity in self._entities]

    def event_record(self, event: Event) -> Json:
        arguments: list[Json] = [
            {"entity_id": self._entity_id(argument), "role": argument.role, **self._record(argument.char_span)}
            for argument in event.arguments
            if self._has(argument.char_span)
        ]
        trigger = {} if event.trigger is None else self._record(event.trigger)
        return {"id": event.id, "event_type": event.event_type, "trigger": trigger, "arguments": arguments}

    def left_out(self) -> Iterator[str]:
        """Name each thing that the window does not say."""
        for event in self._document.events:
            if event.trigger is None:
                yield "event without a trigger"
            elif not self._has(event.trigger):
                yield "event whose trigger begins or ends in white space"
            else:
                yield from ["score"] * (event.score is not None)
                yield from self._left_out_of(event.arguments)
        yield from ["annotated part"] * (self._document.coverage != Coverage())
        yield from ["read-receipt"] * (self._document.receipt is not None)
        if isinstance(self._kept, list):
            yield from ["entity mention that does not fit the text"] * (len(self._kept) - len(self._entities))

    def _left_out_of(self, arguments: Iterable[Argument]) -> Iterator[str]:
        for argument in arguments:
            if not self._has(argument.char_span):
                yield "argument that begins or ends in white space"
            elif argument.score is not None:
                yield "score"

    def _invented(self) -> list[_Entity]:
        """Make an entity mention of each different argument span."""
        events = [event for event in self._document.events if self.has_event(event)]
        spans = dict.fromkeys(argument.char_span for event in events for argument in event.arguments)
        return [
            _Entity(span, {"id": f"{self._document.id}-Ent{number}", "entity_type": _ENTITY_TYPE})
            for number, span in enumerate(filter(self._has, spans))
        ]

    def _entity_id(self, argument: Argument) -> Json:
        """Name the entity of an argument; where its span is none, make up an id that no entity has."""
        span = argument.char_span
        return self._id_of_span.setdefault(span, f"{self._document.id}-Arg{len(self._id_of_span)}")

    def _has(self, span: Span) -> bool:
        return word_span_of(span, self.tokens) is not None

    def _record(self, span: Span) -> dict[str, Json]:
        found = word_span_of(span, self.tokens)
        bounds: dict[str, Json] = {} if found is None else {"start": found.start, "end": found.end}
        return bounds | {"text": span.of(self._document.text)}


def _placed(records: Json, text: str) -> list[_Entity]:
    """Pick the entity mentions that stand in the text where they say, in characters."""
    placed = []
    for record in records if isinstance(records, list) else []:
        match record:
            case {"start": int(start), "end": int(end), "text": str(found)}:
                if isinstance(record, Mapping) and 0 <= start < end and text[start:end] == found:
                    placed.append(_Entity(Span(start, end), record))
    return placed


def _cutting(spans: Sequence[Span]) -> list[Event]:
    """Make an event of spans that tokens have to be divided at."""
    arguments = tuple(Argument(role="", char_span=span) for span in spans)
    return [Event(id="", event_type="", trigger=None, arguments=arguments)]
