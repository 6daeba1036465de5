"""Lay gold events onto a document's windows, counting by cause what cannot be represented there."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from eventroles.documents import Argument, Event, covered_events
from eventroles.ontology import Ontology
from eventroles.spans import Span
from eventroles.tags import lay_out
from eventroles.windows import ReadDocument, Window
from eventroles.words import word_span_of


class Loss(StrEnum):
    """Why a piece of gold cannot be learnt from, and counts as a miss in every score."""

    NO_TRIGGER = "event without a trigger"
    TRIGGER_CUTS_WORD = "trigger begins or ends inside a word"
    TRIGGER_CUT_BY_WINDOW = "trigger reaches past its window"
    TRIGGER_OVERLAPS = "trigger overlaps another of its type"
    SAME_TRIGGER = "event has the trigger and type of another, and is merged with it"
    ARGUMENT_OF_LOST_EVENT = "argument of an event that is lost"
    ARGUMENT_CUTS_WORD = "argument begins or ends inside a word"
    ARGUMENT_OUTSIDE_WINDOW = "argument outside its trigger's window"
    ARGUMENT_OVERLAPS = "argument overlaps another in its role"
    NO_WORDS = "document-level event of a text without words"
    TRIGGER_NOT_WANTED = "trigger of an event whose type is document-level"
    MENTION = "entity mention that cuts a word, a window or another of its type"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldTrigger:
    """A trigger on a window, with its arguments; all spans in words of the window.

    Attributes:
        word_span: The trigger; of a document-level event, which has none, the whole window.
        event_type: Its type.
        arguments: Role and span of each argument.
    """

    word_span: Span
    event_type: str
    arguments: tuple[tuple[str, Span], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldWindow:
    """A window with what is to be learnt from it.

    Attributes:
        window: The window.
        triggers: Events whose trigger begins in the window's core, and the parts of document-level events.
        trigger_spans: Event type and word span of every trigger in the window, those that begin in its context too: a
            word of the core may be the second of one. A document-level event that the window tells of, as it has an
            argument there or none that can be learnt, is marked at the window's first word.
        known_words: Words of the window, in its own count, whose trigger tags are to be learnt: the annotated words of
            the core, and the rest of each trigger that begins there.
    """

    window: Window
    triggers: tuple[GoldTrigger, ...]
    trigger_spans: tuple[tuple[str, Span], ...]
    known_words: tuple[int, ...]


def gold_windows(read: ReadDocument, ontology: Ontology, losses: Counter[Loss]) -> Iterator[GoldWindow]:
    """Distribute a document's events over its windows.

    Args:
        read: The document with its windows.
        ontology: Tells which event types are document-level.
        losses: Counts, to which whatever cannot be represented is added.

    Yields:
        Every window of which some word was annotated; every window, where there is a document-level event.
    """
    events = list(_alignable_events(read, ontology.document_types, losses))
    merged = _document_events(read, ontology.document_types, losses)
    for window in read.windows:
        inside = [(span, event) for span, event in events if window.core.start <= span.start < window.core.end]
        triggers = tuple(_triggers(read, window, inside, losses))
        parts = tuple(_part(window, event_type, arguments, losses) for event_type, arguments in merged.items())
        known = _annotated_words(read, window)
        if known or parts:
            known.update(word for trigger in triggers for word in range(trigger.word_span.start, trigger.word_span.end))
            yield GoldWindow(
                window=window,
                triggers=triggers + parts,
                trigger_spans=tuple(_trigger_spans(window, events, merged)),
                known_words=tuple(sorted(known)),
            )


def legal_types(read: ReadDocument, ontology: Ontology) -> list[int]:
    """List the indices of the event types that the document was annotated for."""
    return [index for index, name in enumerate(ontology.type_names) if read.document.coverage.has_type(name)]


def _alignable_events(
    read: ReadDocument, document_types: Set[str], losses: Counter[Loss]
) -> Iterator[tuple[Span, Event]]:
    for event in covered_events(read.document, read.document.coverage):
        if event.event_type in document_types:
            continue
        word_span = None if event.trigger is None else word_span_of(event.trigger, read.words)
        if word_span is not None:
            yield word_span, event
            continue
        losses[Loss.NO_TRIGGER if event.trigger is None else Loss.TRIGGER_CUTS_WORD] += 1
        losses.update([Loss.ARGUMENT_OF_LOST_EVENT] * len(event.arguments))


_Placed = list[tuple[str, Span]]
"""Roles and word spans of arguments, in words of the document."""


def _document_events(read: ReadDocument, document_types: Set[str], losses: Counter[Loss]) -> dict[str, _Placed]:
    """Gather the arguments of document-level events, one event a type; those of several are merged."""
    merged: dict[str, _Placed] = {}
    for event in covered_events(read.document, read.document.coverage):
        if event.event_type in document_types:
            losses.update([Loss.SAME_TRIGGER] * (event.event_type in merged))
            losses.update([Loss.NO_WORDS] * (not read.windows))
            losses.update([Loss.TRIGGER_NOT_WANTED] * (event.trigger is not None))
            placed = [(each.role, word_span_of(each.char_span, read.words)) for each in event.arguments]
            on_words = [(role, span) for role, span in placed if span is not None]
            seen = [(role, span) for role, span in on_words if _window_of(span, read).words.contains(span)]
            losses.update([Loss.ARGUMENT_CUTS_WORD] * (len(placed) - len(on_words)))
            losses.update([Loss.ARGUMENT_OUTSIDE_WINDOW] * (len(on_words) - len(seen)))
            merged.setdefault(event.event_type, []).extend(seen)
    return merged


def _annotated_words(read: ReadDocument, window: Window) -> set[int]:
    """List the annotated words of the core, in the window's count."""
    return {
        word - window.words.start
        for word in range(window.core.start, window.core.end)
        if read.document.coverage.has_position(read.words[word].start)
    }


def _trigger_spans(
    window: Window, events: Iterable[tuple[Span, Event]], merged: Mapping[str, _Placed]
) -> Iterator[tuple[str, Span]]:
    """Mark the document-level events that the window tells of at its first word, and the triggers where they are."""
    for event_type, arguments in merged.items():
        if not arguments or _inside(window.words, arguments):
            yield event_type, Span(0, 1)
    for span, event in events:
        if window.words.contains(span):
            yield event.event_type, span.shifted(-window.words.start)


def _window_of(word_span: Span, read: ReadDocument) -> Window:
    """Find the window in whose core a span begins."""
    return next(window for window in read.windows if word_span.start < window.core.end)


def _inside(words: Span, arguments: _Placed) -> _Placed:
    return [(role, span) for role, span in arguments if words.contains(span)]


def _part(window: Window, event_type: str, arguments: _Placed, losses: Counter[Loss]) -> GoldTrigger:
    """Lay the arguments of a document-level event on a window; those that begin in its core must fit."""
    by_role: dict[str, list[Span]] = {}
    for role, span in _inside(window.words, arguments):
        by_role.setdefault(role, []).append(span.shifted(-window.words.start))
    core = window.core.shifted(-window.words.start)
    laid: list[tuple[str, Span]] = []
    for role, spans in by_role.items():
        _, unfit = lay_out(spans, len(window.words))
        losses.update(Loss.ARGUMENT_OVERLAPS for span in unfit if core.start <= span.start < core.end)
        laid += [(role, span) for span in dict.fromkeys(spans) if span not in unfit]
    return GoldTrigger(word_span=Span(0, len(window.words)), event_type=event_type, arguments=tuple(laid))


def _triggers(
    read: ReadDocument, window: Window, events: Iterable[tuple[Span, Event]], losses: Counter[Loss]
) -> Iterator[GoldTrigger]:
    merged: dict[tuple[str, Span], list[Argument]] = {}
    for word_span, event in events:
        local = word_span.shifted(-window.words.start)
        if (event.event_type, local) in merged:
            losses[Loss.SAME_TRIGGER] += 1
        merged.setdefault((event.event_type, local), []).extend(event.arguments)
    for event_type in dict.fromkeys(event_type for event_type, _ in merged):
        spans = [span for kind, span in merged if kind == event_type]
        for span in _unfit(spans, len(window.words), (Loss.TRIGGER_CUT_BY_WINDOW, Loss.TRIGGER_OVERLAPS), losses):
            losses.update([Loss.ARGUMENT_OF_LOST_EVENT] * len(merged.pop((event_type, span))))
    for (event_type, span), arguments in merged.items():
        yield GoldTrigger(
            word_span=span, event_type=event_type, arguments=tuple(_arguments(read, window, arguments, losses))
        )


def _arguments(
    read: ReadDocument, window: Window, arguments: Iterable[Argument], losses: Counter[Loss]
) -> Iterator[tuple[str, Span]]:
    by_role: dict[str, list[Span]] = {}
    for argument in arguments:
        word_span = word_span_of(argument.char_span, read.words)
        if word_span is None:
            losses[Loss.ARGUMENT_CUTS_WORD] += 1
        elif word_span.start < window.words.start or word_span.end > window.words.end:
            losses[Loss.ARGUMENT_OUTSIDE_WINDOW] += 1
        else:
            by_role.setdefault(argument.role, []).append(word_span.shifted(-window.words.start))
    for role, spans in by_role.items():
        unfit = _unfit(spans, len(window.words), (Loss.ARGUMENT_OUTSIDE_WINDOW, Loss.ARGUMENT_OVERLAPS), losses)
        yield from ((role, span) for span in dict.fromkeys(spans) if span not in unfit)


def _unfit(spans: Iterable[Span], n_words: int, causes: tuple[Loss, Loss], losses: Counter[Loss]) -> list[Span]:
    """Find the spans that cannot stand on one track, and count why: past its end, or overlapping."""
    _, left_over = lay_out(spans, n_words)
    for span in left_over:
        losses[causes[0] if span.end > n_words else causes[1]] += 1
    return left_over
