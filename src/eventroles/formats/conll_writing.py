"""Documents to columns as in CoNLL; `conll` reads them, and says which conventions are ours."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final, NamedTuple

from eventroles.documents import Document, Event, Json
from eventroles.formats.conll_tags import Run, cells_of
from eventroles.formats.left_out import unsaid_of
from eventroles.formats.sinks import bytes_of
from eventroles.formats.tokens import tokens_of
from eventroles.spans import Span
from eventroles.words import break_strengths, word_span_of

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class _Drawn(NamedTuple):
    """An event in tokens."""

    id: str
    trigger: Run
    arguments: list[Run]


def lines_of(document: Document, left_out: Counter[str]) -> Iterator[str]:
    """Write a document as lines of a file.

    Args:
        document: The document.
        left_out: Counts what the format cannot say.

    Yields:
        The lines, with their ends; a label with a lone surrogate has to be encoded with escapes.
    """
    plain = _plain(document)
    source = document if plain is None else plain
    tokens = tokens_of(source)
    events = sorted(_in_tokens(source, tokens, left_out), key=lambda event: event.trigger.start)
    meta = {key: value for key, value in document.meta.items() if plain is None or key != "regions"}
    is_bare = document.id.isprintable() and document.id.strip() == document.id and document.id[:1] not in {'"', ""}
    yield f"# newdoc id = {document.id if is_bare else _json(document.id)}\n"
    if meta:
        yield f"# newdoc meta = {_json(meta)}\n"
    yield f"# newdoc text = {_json(document.text)}\n"
    words = [encodable(token.of(document.text)) for token in tokens]
    starts = [event.trigger.start for event in events]
    n_events = first = 0
    for last in _sentence_ends(source.text, tokens, events):
        here = events[n_events : bisect_left(starts, last)]
        ids = [event.id for event in here]
        if plain is None and ids != [default_id(n_events + number) for number in range(len(ids))]:
            yield f"# event ids = {_json([*ids])}\n"
        columns = [words[first:last], cells_of([event.trigger for event in here], first, last)]
        columns += [cells_of(event.arguments, first, last) for event in here if plain is None]
        yield from ("\t".join(row) + "\n" for row in zip(*columns, strict=True))
        yield "\n"
        n_events, first = n_events + len(here), last
    if not tokens:
        yield "\n"
    left_out.update(unsaid_of(document))


def default_id(number: int) -> str:
    """Name the event of this number, counted from 0, where nothing else names it."""
    return f"E{number + 1}"


def encodable(text: str) -> str:
    """Put a sign of the same length in place of lone surrogates, which UTF-8 cannot say."""
    return _SURROGATE.sub("\ufffd", text)


def _json(value: Json) -> str:
    return bytes_of(value).decode()


def _plain(document: Document) -> Document | None:
    """Make events of a document's regions where these are all it has and are read again from their tags alone."""
    events = []
    regions = document.meta.get("regions")
    for number, region in enumerate(regions if isinstance(regions, list) else [], start=1):
        match region:
            case {"id": id_, "label": str(label), "start": int(start), "end": int(end), "text": found, **others}:
                is_sound = 0 <= start < end and document.text[start:end] == found and id_ == f"R{number}" and not others
                events.append(Event(id=str(id_), event_type=label, trigger=Span(start, end) if is_sound else None))
            case _:
                return None
    plain = replace(document, events=tuple(events))
    tokens = tokens_of(plain)
    starts = [event.trigger.start for event in events if event.trigger and word_span_of(event.trigger, tokens)]
    is_said = not document.events and len(starts) == len(events) and starts == sorted(starts)
    return plain if events and is_said else None


def _in_tokens(document: Document, tokens: Sequence[Span], left_out: Counter[str]) -> Iterator[_Drawn]:
    for event in document.events:
        trigger = None if event.trigger is None else word_span_of(event.trigger, tokens)
        if trigger is None:
            unsaid = "event whose trigger begins or ends in white space"
            left_out["event without a trigger" if event.trigger is None else unsaid] += 1
            continue
        left_out.update(["score"] * (event.score is not None))
        arguments: list[Run] = []
        for argument in event.arguments:
            span = word_span_of(argument.char_span, tokens)
            if span is None:
                left_out["argument that begins or ends in white space"] += 1
                continue
            arguments.append(Run(span.start, span.end, argument.role))
            left_out.update(["score"] * (argument.score is not None))
        yield _Drawn(event.id, Run(trigger.start, trigger.end, event.event_type), arguments)


def _sentence_ends(text: str, tokens: Sequence[Span], events: Iterable[_Drawn]) -> Iterator[int]:
    """Say after how many tokens sentences end: where the text has them end, and no event goes on."""
    changes = [0] * len(tokens)
    for event in events:
        runs = (event.trigger, *event.arguments)
        changes[min(run.start for run in runs)] += 1
        changes[max(run.end for run in runs) - 1] -= 1
    for number, (strength, n_open) in enumerate(
        zip(break_strengths(text, tokens), accumulate(changes), strict=True), 1
    ):
        if number == len(tokens) or (strength and not n_open):
            yield number
