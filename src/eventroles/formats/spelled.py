"""Spans of tokens that say their text, as TextEE and WikiEvents have them, held against the text."""

from dataclasses import replace
from typing import Any

from pydantic import BaseModel, StrictInt

from eventroles.documents import Json
from eventroles.errors import Place
from eventroles.formats.layouts import Layout, record_of_tokens
from eventroles.formats.records import quoted
from eventroles.spans import Span


class SpelledSpan(BaseModel):
    """A span as a file gives it.

    Attributes:
        start: Its first token.
        end: The token after it.
        text: Its text; white space does not count.
    """

    start: StrictInt
    end: StrictInt
    text: str


def spelled(span: SpelledSpan, layout: Layout) -> dict[str, Any] | None:
    """Give the native record of a span of tokens; None where there are no such tokens, or they have another text."""
    if not 0 <= span.start < span.end <= len(layout.starts):
        return None
    start, end = layout.starts[span.start], layout.ends[span.end - 1]
    text = layout.text[start:end]
    return {"start": start, "end": end, "text": text} if is_same_text(text, span.text) else None


def is_same_text(text: str, other: str) -> bool:
    """Tell whether two texts are the same but for white space."""
    # Of a text with more words than the other has characters, the rest is not divided: it can be very long.
    return text == other or "".join(text.split(maxsplit=len(other))) == "".join(other.split(maxsplit=len(text)))


def report_misspelled(span: SpelledSpan, layout: Layout, name: str, place: Place) -> None:
    """Say what is wrong with a span of tokens.

    Args:
        span: The span, which `spelled` gives no record of.
        layout: The tokens.
        name: What it is of, beside its place.
        place: Where it stands; gets the problem.
    """
    named = replace(place, path=f"{place.path} ({name})")
    record = record_of_tokens(span.start, span.end, layout, named)
    if record:
        named.report(
            f"its text must be that of tokens [{span.start}, {span.end}), {quoted(record['text'])}, but is "
            f"{quoted(span.text)}. Correct the span or the text."
        )


def spelled_record(tokens: Span, layout: Layout) -> dict[str, Json]:
    """Write a span of tokens with its text, the opposite of `spelled`."""
    text = layout.text[layout.starts[tokens.start] : layout.ends[tokens.end - 1]]
    return {"start": tokens.start, "end": tokens.end, "text": text}
