"""Texts as sentences of tokens, the form that RAMS, DyGIE++ and WikiEvents share, to documents and back.

How a file divided its text is kept in the document's metadata, in characters, so that it is divided so again when it is
written: scorers compare token numbers. Keys `sentence_starts` and `token_starts` hold the character that each sentence
and token begins at; a token ends before the next one, without the white space, and a sentence without tokens begins
where the next one does. A text that comes from elsewhere is divided at its words and the ends of its sentences.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from typing import Annotated, Any, Final, NamedTuple, TypeVar

from pydantic import BaseModel, Field

from eventroles.documents import Argument, Document, Event, Json, all_spans
from eventroles.errors import DataError, Place
from eventroles.formats.left_out import count, unsaid_of
from eventroles.formats.records import show
from eventroles.formats.tokens import joined, tokens_of
from eventroles.schema import validate
from eventroles.spans import Span
from eventroles.words import break_strengths

_SENTENCES: Final = "sentence_starts"
_TOKENS: Final = "token_starts"
_SPACE: Final = re.compile(r"\s*")

Token = Annotated[str, Field(min_length=1)]
Model = TypeVar("Model", bound=BaseModel)


class Layout(NamedTuple):
    """A text in sentences of tokens.

    Attributes:
        text: The text.
        starts: First character of each token.
        ends: Character after each token.
        firsts: First token of each sentence; that of the next where it has none.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    firsts: Sequence[int]


class SaidEvent(NamedTuple):
    """An event in tokens, with those of its arguments that tokens can say.

    Attributes:
        event: The event.
        trigger: Its trigger, in tokens.
        arguments: Its arguments, each with its span in tokens.
    """

    event: Event
    trigger: Span
    arguments: Sequence[tuple[Argument, Span]]


def checked(model: type[Model], value: Any, place: Place) -> Model | None:
    """Build a model from the value of a line; None, after a report, where it does not fit."""
    if not isinstance(value, dict):
        place.report(f"must be a JSON object, but is {show(value)}. Correct it.")
        return None
    try:
        return validate(model, value, place.where, DataError)
    except DataError as error:
        place.problems.add("", str(error))
        return None


def layout_of_sentences(sentences: Sequence[Sequence[str]], spaced: str) -> Layout:
    """Lay the sentences of a file out as a text.

    Args:
        sentences: The tokens of each.
        spaced: The text with its white space, which is followed as far as it has the tokens; empty for a space between
            every two tokens.

    Returns:
        The layout; of one empty sentence where there is no sentence.
    """
    tokens = [token for sentence in sentences for token in sentence]
    firsts = list(accumulate((len(sentence) for sentence in sentences[:-1]), initial=0))
    if spaced:
        return Layout(*joined(tokens, spaced), firsts)
    begins = list(accumulate([len(token) + 1 for token in tokens], initial=0))  # the same, but faster
    return Layout(" ".join(tokens), begins[:-1], [begin - 1 for begin in begins[1:]], firsts)


def meta_to_keep(layout: Layout, name: str, kept: Mapping[str, Json], rest: Mapping[str, Json]) -> dict[str, Json]:
    """Make a document's metadata, which `kept_meta` and `layout_of_document` take apart again.

    Args:
        layout: Gives the tokens and sentences.
        name: The format's key.
        kept: What the format keeps under it, where there is such.
        rest: Other metadata.

    Returns:
        The metadata.
    """
    return {**rest, **_borders_of(layout), **({name: kept} if kept else {})}


def layout_of_document(document: Document, others: Iterable[Span] = ()) -> Layout:
    """Divide a document into sentences of tokens, such that each of its spans is a run of whole tokens.

    Args:
        document: The document.
        others: More spans that must be whole tokens.

    Returns:
        The layout. White space that a span begins or ends in is no token: `token_span_of` says None.
    """
    kept = _offsets(document.meta.get(_TOKENS))
    pieces = tokens_of(document, others) if kept is None else _divided(document, others, kept)
    tokens = [token for piece in pieces for token in _trimmed(piece, document.text)]
    starts = [token.start for token in tokens]
    borders = _offsets(document.meta.get(_SENTENCES))
    if borders:
        firsts = [0, *(bisect_left(starts, border) for border in borders[1:])]
    else:
        breaks = break_strengths(document.text, tokens)[:-1]
        firsts = [0, *(number for number, strength in enumerate(breaks, start=1) if strength)]
    return Layout(document.text, starts, [token.end for token in tokens], firsts)


def sentences_of(layout: Layout) -> list[list[str]]:
    """Give the tokens of each sentence."""
    tokens = [layout.text[start:end] for start, end in zip(layout.starts, layout.ends, strict=True)]
    return [tokens[first:after] for first, after in pairwise([*layout.firsts, len(tokens)])]


def texts_of(layout: Layout) -> list[str]:
    """Give the text of each sentence with the white space after it; joined, they are the whole text."""
    begins = [*layout.starts, len(layout.text)]
    bounds = [0, *(begins[first] for first in layout.firsts[1:]), len(layout.text)]
    return [layout.text[start:end] for start, end in pairwise(bounds)]


def is_evenly_spaced(layout: Layout) -> bool:
    """Tell whether the text is its tokens with a space between every two, so that they say all of it."""
    return layout.text == " ".join(token for tokens in sentences_of(layout) for token in tokens)


def sentence_of(token: int, layout: Layout) -> int:
    """Number the sentence of a token."""
    return bisect_right(layout.firsts, token) - 1


def token_span_of(char_span: Span, layout: Layout) -> Span | None:
    """Give the tokens that a character span covers; None where it begins or ends in white space."""
    start, end = bisect_left(layout.starts, char_span.start), bisect_left(layout.ends, char_span.end)
    is_exact = start <= end < len(layout.ends) and (layout.starts[start], layout.ends[end]) == (
        char_span.start,
        char_span.end,
    )
    return Span(start, end + 1) if is_exact else None


def chars_of_tokens(first: int, after: int, layout: Layout, place: Place) -> tuple[int, int] | None:
    """Give the characters of a span of tokens; None, after a report, where there are no such tokens.

    Args:
        first: Its first token.
        after: The token after it.
        layout: The tokens.
        place: Gets the problem.

    Returns:
        The first character and the one after the last.
    """
    if 0 <= first < after <= len(layout.starts):
        return layout.starts[first], layout.ends[after - 1]
    place.report(
        f"must be tokens of the document's {len(layout.starts)}, but is [{show(first)}, {show(after)}), the last "
        "one outside. Tokens count from 0 through all sentences: correct the span."
    )
    return None


def record_of_tokens(first: int, after: int, layout: Layout, place: Place) -> dict[str, Any]:
    """Give the native record of a span of tokens; empty, after a report, where there are no such tokens."""
    chars = chars_of_tokens(first, after, layout, place)
    if chars is None:
        return {}
    start, end = chars
    return {"start": start, "end": end, "text": layout.text[start:end]}


def said_events(document: Document, layout: Layout, left_out: Counter[str]) -> list[SaidEvent]:
    """Turn a document's events into tokens, and count what cannot be said so, and its receipt and coverage.

    Args:
        document: The document.
        layout: Its tokens.
        left_out: Counts what is left out.

    Returns:
        The events whose trigger is a run of tokens.
    """
    left_out.update(unsaid_of(document))
    said = []
    for event in document.events:
        trigger = None if event.trigger is None else token_span_of(event.trigger, layout)
        if trigger is None:
            why = "without a trigger" if event.trigger is None else "whose trigger begins or ends in white space"
            count(left_out, f"event {why}", 1)
            continue
        spans = [(argument, token_span_of(argument.char_span, layout)) for argument in event.arguments]
        arguments = [(argument, span) for argument, span in spans if span is not None]
        count(left_out, "argument that begins or ends in white space", len(spans) - len(arguments))
        count(left_out, "score", sum(argument.score is not None for argument, _ in arguments))
        said.append(SaidEvent(event, trigger, arguments))
    return said


def kept_meta(document: Document, name: str, left_out: Counter[str]) -> tuple[dict[str, Json], dict[str, Json]]:
    """Divide a document's metadata into what a format kept there and the rest, without its tokens and sentences.

    Args:
        document: The document.
        name: The format's key.
        left_out: Counts metadata that somebody changed so that they are of no use.

    Returns:
        What the format kept, and the rest.
    """
    meta = document.meta
    kept = meta.get(name, {})
    n_useless = sum(key in meta and _offsets(meta[key]) is None for key in (_SENTENCES, _TOKENS))
    count(left_out, "metadata", n_useless + (not isinstance(kept, Mapping)))
    rest = {key: value for key, value in meta.items() if key not in {_SENTENCES, _TOKENS, name}}
    return dict(kept) if isinstance(kept, Mapping) else {}, rest


def kept_items(value: Json, left_out: Counter[str]) -> list[Json]:
    """Give the items of a list that the metadata keep, none where they keep none; anything but a list is counted."""
    if isinstance(value, list):
        return value
    count(left_out, "metadata", int(value is not None))
    return []


def without(record: Mapping[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    """Give what a record holds beside the keys that are understood."""
    return {key: value for key, value in record.items() if key not in keys}


def span_in_text(start: Json, end: Json, text: str) -> Span | None:
    """Read a kept character span back; None where it is none of the text."""
    if type(start) is int and type(end) is int and 0 <= start < end <= len(text):
        return Span(start, end)
    return None


def _borders_of(layout: Layout) -> dict[str, Json]:
    text = layout.text
    begins = [*layout.starts, len(text)]
    starts: Iterable[int] = layout.starts
    firsts = [begins[first] for first in layout.firsts]
    if any(text[start].isspace() for start in starts):
        visible = [_next_visible(start, text) for start in starts]
        starts = [start for start, end in zip(visible, layout.ends, strict=True) if start < end]
        firsts = [_next_visible(start, text) for start in firsts]
    return {_SENTENCES: [*firsts], _TOKENS: [*starts]}


def _next_visible(start: int, text: str) -> int:
    return _SPACE.match(text, start).end()  # type: ignore[union-attr]  # it matches anywhere


def _offsets(value: Json) -> list[int] | None:
    if not isinstance(value, list):
        return None
    offsets = [item for item in value if type(item) is int]
    return sorted(offsets) if len(offsets) == len(value) else None


def _divided(document: Document, others: Iterable[Span], starts: Iterable[int]) -> list[Span]:
    n_chars = len(document.text)
    cuts = {cut for span in chain(all_spans(document), others) for cut in (span.start, span.end)}
    cuts.update((0, n_chars), (start for start in starts if 0 <= start <= n_chars))
    return [Span(start, end) for start, end in pairwise(sorted(cuts))]


def _trimmed(piece: Span, text: str) -> Iterator[Span]:
    """Take the white space off a piece; nothing is left of some."""
    found = piece.of(text)
    start = piece.end - len(found.lstrip())
    if start < piece.end:
        yield Span(start, piece.start + len(found.rstrip()))
