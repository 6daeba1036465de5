"""The types that everything passes around: a document, its events, and what was read of it.

Gold and predicted documents are the same type; predicted ones carry scores and a read-receipt.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from eventroles.spans import Span

Json: TypeAlias = "str | int | float | bool | list[Json] | Mapping[str, Json] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """A span that plays a role in one event.

    Attributes:
        role: Name of the role, as the ontology spells it.
        char_span: Where it stands in the document's text, in characters.
        score: Probability in [0, 1] of exactly this span in this role; None for gold.
    """

    role: str
    char_span: Span
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One trigger with its arguments, or a document-level event, which has no trigger.

    Attributes:
        id: Unique inside the document.
        event_type: Name of the type, as the ontology spells it.
        trigger: Character span that evokes the event; None for a document-level event.
        arguments: Spans and the roles they play; one span may stand here more than once.
        score: Probability in [0, 1] of exactly this trigger and type, or that the document tells of such an event; None
            for gold.
    """

    id: str
    event_type: str
    trigger: Span | None
    arguments: tuple[Argument, ...] = ()
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Which part of a document its annotators looked at.

    Attributes:
        event_types: Types that were annotated; None for all.
        char_spans: Regions that were annotated; None for the whole text, no region for nothing of it. An event belongs
            to the region that its trigger begins in, and its arguments may lie outside; one without a trigger
            belongs to the document.
    """

    event_types: frozenset[str] | None = None
    char_spans: tuple[Span, ...] | None = None

    def has_type(self, event_type: str) -> bool:
        """Tell whether events of this type were annotated."""
        return self.event_types is None or event_type in self.event_types

    def has_position(self, position: int) -> bool:
        """Tell whether events whose trigger begins at this character were annotated."""
        return self.char_spans is None or any(span.start <= position < span.end for span in self.char_spans)

    def has_event(self, event: Event) -> bool:
        """Tell whether this event would have been annotated."""
        if event.trigger is None:
            return self.has_type(event.event_type) and self.char_spans != ()
        return self.has_type(event.event_type) and self.has_position(event.trigger.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReceipt:
    """What a model read of a text.

    Attributes:
        n_chars: Characters in the text.
        n_words: Words in the text; none where the tokenizer reads nothing of it.
        n_windows: Windows that the model read it in.
        n_words_cut: Words of which pieces were left out because one word alone overfilled a window.
    """

    n_chars: int
    n_words: int
    n_windows: int
    n_words_cut: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text with its events.

    Attributes:
        id: Names the document in reports; unique inside a file.
        text: The text exactly as given; every span refers to it, in Unicode code points.
        events: Gold or predicted events.
        meta: Whatever else is known of it (`date`: ISO date of publication).
        coverage: What was annotated of it; the default is everything.
        receipt: What was read of it, for a predicted document.
    """

    id: str
    text: str
    events: tuple[Event, ...] = ()
    meta: Mapping[str, Json] = field(default_factory=dict)
    coverage: Coverage = Coverage()
    receipt: ReadReceipt | None = None


def covered_events(document: Document, coverage: Coverage) -> Iterable[Event]:
    """Pick the events of `document` that annotators who saw `coverage` would have marked."""
    return (event for event in document.events if coverage.has_event(event))


def all_spans(document: Document) -> Iterable[Span]:
    """List every trigger and argument span of the document, repeats included."""
    for event in document.events:
        if event.trigger is not None:
            yield event.trigger
        yield from (argument.char_span for argument in event.arguments)
