"""What is found in the windows of a document, put together to its events."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from eventroles.documents import Argument, Coverage, Document, Event
from eventroles.reading_ahead import Place
from eventroles.spans import Span
from eventroles.windows import ReadDocument
from eventroles.words import char_span_of

FoundArgument = tuple[str, Span, float]
"""Role, word span and score of an argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An event in a document, or what one window tells of a document-level event; spans in words of the document.

    Attributes:
        document: Which of the documents read at once.
        trigger: The trigger; None for a document-level event.
        event_type: Index of its type.
        score: Probability of the trigger; of a document-level event, that the window tells of it.
        arguments: Its arguments.
        given: Index of the given event that this is; None for one that was found.
    """

    document: int
    trigger: Span | None
    event_type: int
    score: float
    arguments: tuple[FoundArgument, ...]
    given: int | None


def in_document(
    place: Place,
    trigger: Span | None,
    *,
    event_type: int,
    score: float,
    arguments: Sequence[FoundArgument],
    given: int | None,
) -> Found:
    """Move an event from the words of its window to those of its document.

    Args:
        place: The window.
        trigger: In words of the window; None for a document-level event, of which a window decides the arguments that
            begin in its core.
        event_type: Index of the type.
        score: Probability of the trigger.
        arguments: In words of the window.
        given: Index of the given event; None for one that was found.

    Returns:
        The event.
    """
    first, core = place.window.words.start, place.window.core
    moved = ((role, span.shifted(first), probability) for role, span, probability in arguments)
    return Found(
        document=place.document,
        trigger=None if trigger is None else trigger.shifted(first),
        event_type=event_type,
        score=score,
        arguments=tuple(each for each in moved if trigger is not None or core.start <= each[1].start < core.end),
        given=given,
    )


def with_found_events(type_names: Sequence[str], read: ReadDocument, found: Sequence[Found]) -> Document:
    """Give a document the events found in it, document-level ones first, the others in the order of their triggers.

    Args:
        type_names: Names of the event types, by index.
        read: The document.
        found: What was found in its windows.

    Returns:
        The document with these events and a read-receipt.
    """
    events = tuple(
        Event(
            id=f"E{number}",
            event_type=type_names[event.event_type],
            trigger=None if event.trigger is None else char_span_of(event.trigger, read.words),
            arguments=_char_arguments(event, read.words),
            score=event.score,
        )
        for number, event in enumerate((*_joined(found), *_without_overlaps(found)), start=1)
    )
    return replace(read.document, events=events, coverage=Coverage(), receipt=read.receipt)


def with_given_events(read: ReadDocument, found: Sequence[Found]) -> Document:
    """Give the events of a document the arguments found for them.

    Args:
        read: The document.
        found: What was found in its windows.

    Returns:
        The document with a read-receipt; an event for which nothing was asked has no arguments.
    """
    triggered = (event for event in found if event.trigger is not None)
    by_index = {event.given: _char_arguments(event, read.words) for event in (*triggered, *_joined(found))}
    events = tuple(
        replace(event, arguments=by_index.get(index, ())) for index, event in enumerate(read.document.events)
    )
    return replace(read.document, events=events, receipt=read.receipt)


def _joined(found: Iterable[Found]) -> Iterator[Found]:
    """Join what windows tell of the document-level events, one of each type or given event, in order of the types."""
    parts: dict[tuple[int, int | None], list[Found]] = {}
    for part in found:
        if part.trigger is None:
            parts.setdefault((part.event_type, part.given), []).append(part)
    for _, told in sorted(parts.items(), key=lambda item: item[0][0]):
        arguments = tuple(argument for part in told for argument in part.arguments)
        yield replace(told[0], score=max(part.score for part in told), arguments=arguments)


def _without_overlaps(found: Iterable[Found]) -> Iterator[Found]:
    """Put events in order; of triggers of one type that overlap, as those of two windows can, keep the first."""
    triggered = [(event.trigger, event.event_type, event) for event in found if event.trigger is not None]
    free_from: dict[int, int] = {}
    for trigger, event_type, event in sorted(triggered, key=lambda row: row[:2]):
        if trigger.start >= free_from.get(event_type, 0):
            free_from[event_type] = trigger.end
            yield event


def _char_arguments(event: Found, words: Sequence[Span]) -> tuple[Argument, ...]:
    arguments = (
        Argument(role=role, char_span=char_span_of(word_span, words), score=score)
        for role, word_span, score in event.arguments
    )
    return tuple(sorted(arguments, key=lambda argument: (argument.char_span, argument.role)))
