"""The processed format of TextEE and OneIE: JSON lines, one window of a document a line, offsets in tokens, half-open.

Their `text` and `tokens` do not always agree (final full stops of M2E2 are only in `tokens`). A document here has all
the tokens, with the white space of `text` as far as the two agree and a space from there on.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, model_validator

from eventroles.documents import Document, Json
from eventroles.errors import DataError, Place
from eventroles.formats.native import open_data, parse_lines
from eventroles.ontology import Ontology
from eventroles.schema import validate

_SPACE: Final = re.compile(r"\s*")


class _Span(BaseModel):
    start: Annotated[int, Field(ge=0)]
    end: int
    text: str


class _Argument(_Span):
    role: str


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
    entity_mentions: list[dict[str, Any]] = []

    @model_validator(mode="after")
    def _spans_are_those_of_the_tokens(self) -> "_Window":
        for event in self.event_mentions:
            for span in (event.trigger, *event.arguments):
                tokens = self.tokens[span.start : span.end]
                if span.end > len(self.tokens) or _squeezed("".join(tokens)) != _squeezed(span.text):
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
        The documents that are sound; `meta` holds the `doc_id` and the entity mentions as they were.
    """
    with open_data(path) as file:
        yield from parse_lines(file, str(path), ontology, _native_record)


def _native_record(value: Any, place: Place) -> Mapping[str, Any] | None:
    if not isinstance(value, dict):
        place.report("must be a JSON object, but is not. Correct it.")
        return None
    try:
        window = validate(_Window, value, place.where, DataError)
    except DataError as error:
        place.problems.add("", str(error))
        return None
    text, starts = _laid_out(window.tokens, window.text)
    ends = [start + len(token) for start, token in zip(starts, window.tokens, strict=True)]

    def in_text(span: _Span) -> dict[str, Json]:
        start, end = starts[span.start], ends[span.end - 1]
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
    meta = {"doc_id": window.doc_id, "entity_mentions": window.entity_mentions}
    return {"id": window.wnd_id, "text": text, "meta": meta, "events": events}


def _laid_out(tokens: Sequence[str], spaced: str) -> tuple[str, list[int]]:
    """Join tokens as `spaced` does, as long as it has them; return the text and where each token starts."""
    text, starts, position = "", [], 0
    for token in tokens:
        after_space = _SPACE.match(spaced, position).end()  # type: ignore[union-attr]  # it matches anywhere
        if spaced.startswith(token, after_space):
            text += spaced[position:after_space] if text else ""
            position = after_space + len(token)
        else:
            text += " " if text else ""
        starts.append(len(text))
        text += token
    return text, starts


def _squeezed(text: str) -> str:
    return "".join(text.split())
