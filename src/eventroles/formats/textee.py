"""The processed format of TextEE and OneIE: JSON lines, one window of a document a line, offsets in tokens, half-open.

Their `text` and `tokens` do not always agree (final full stops of M2E2 are only in `tokens`). A document here has all
the tokens, with the white space of `text` as far as the two agree and a space from there on.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from eventroles.documents import Document, Json
from eventroles.errors import DataError, Place
from eventroles.formats.sources import read_json
from eventroles.formats.tokens import laid_out
from eventroles.ontology import Ontology
from eventroles.schema import validate


class _Span(BaseModel):
    start: Annotated[int, Field(ge=0)]
    end: int
    text: str


class _Argument(_Span):
    role: str


class _Entity(_Span):
    model_config = ConfigDict(extra="allow")


class _Event(BaseModel):
    id: str
    event_type: str
    trigger: _Span
    arguments: list[_Argument]


class _Window(BaseModel):
    doc_id: str
    wnd_id: str
    text: str = ""
    tokens: list[Annotated[str, Field(min_length=1)]]
    event_mentions: list[_Event]
    entity_mentions: list[_Entity] = []
    lang: str | None = None
    meta: dict[str, Any] = {}

    @model_validator(mode="after")
    def _spans_are_those_of_the_tokens(self) -> "_Window":
        n_tokens = len(self.tokens)
        for entity in self.entity_mentions:
            if not entity.start < entity.end <= n_tokens:
                raise ValueError(
                    f"entity mention {entity.text!r} must be a run of the {n_tokens} tokens, but is "
                    f"[{entity.start}, {entity.end}). Correct it."
                )
        for event in self.event_mentions:
            for span in (event.trigger, *event.arguments):
                tokens = self.tokens[span.start : span.end]
                if not span.start < span.end <= n_tokens or _squeezed("".join(tokens)) != _squeezed(span.text):
                    raise ValueError(
                        f"tokens [{span.start}, {span.end}) of event '{event.id}' must spell {span.text!r}, "
                        f"but are {tokens}. Correct the span."
                    )
        return self


def read_textee(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a file of windows, one document each, named by `wnd_id`.

    Raises DataError: after the last line, with the problems of the whole file; or at once where there is no such file.

    Args:
        path: The file, UTF-8.
        ontology: Every event must be legal in it, where given.

    Yields:
        The documents that are sound; `meta` holds the `doc_id`, the `lang`, what stands under `meta`, and the
        entity mentions, with their bounds in characters.
    """
    yield from read_json(path, ontology, _native_record)


def is_textee(value: Any) -> bool:
    """Tell whether the first value of a file looks like a window of this format."""
    return isinstance(value, dict) and {"wnd_id", "tokens", "event_mentions"} <= value.keys()


def _native_record(value: Any, place: Place) -> Mapping[str, Any] | None:
    if not isinstance(value, dict):
        place.report("must be a JSON object, but is not. Correct it.")
        return None
    try:
        window = validate(_Window, value, place.where, DataError)
    except DataError as error:
        place.problems.add("", str(error))
        return None
    text, spans = laid_out(window.tokens, window.text)

    def in_text(span: _Span) -> dict[str, Json]:
        start, end = spans[span.start].start, spans[span.end - 1].end
        return {"start": start, "end": end, "text": text[start:end]}

    events = [
        {
            "id": event.id,
            "type": event.event_type,
            "trigger": in_text(event.trigger),
            "arguments": [{"role": argument.role, **in_text(argument)} for argument in event.arguments],
        }
        for event in window.event_mentions
    ]
    entities = [{**entity.model_dump(), **in_text(entity)} for entity in window.entity_mentions]
    for entity, found in zip(window.entity_mentions, entities, strict=True):
        if _squeezed(entity.text) != _squeezed(found["text"]):
            found["text"] = entity.text  # kept as it is; a writer leaves it out, and counts it
    meta = {"doc_id": window.doc_id, "entity_mentions": entities}
    meta |= ({} if window.lang is None else {"lang": window.lang}) | window.meta
    return {"id": window.wnd_id, "text": text, "meta": meta, "events": events}


def _squeezed(text: str) -> str:
    return "".join(text.split())
