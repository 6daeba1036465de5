"""Triggers that are given, placed on the windows of their document."""

from bisect import bisect_left
from collections.abc import Iterator

from eventroles.ontology import Ontology
from eventroles.spans import Span
from eventroles.windows import ReadDocument, Window
from eventroles.words import word_span_of


class GivenTriggers:
    """The triggers of a document's events; those that cannot be placed on words, or of unknown type, are left out.

    Args:
        read: The document.
        ontology: Gives the event types their indices, and tells which are document-level.
    """

    def __init__(self, read: ReadDocument, ontology: Ontology) -> None:
        types = {name: index for index, name in enumerate(ontology.type_names)}
        self._placed: list[tuple[Span, int, int]] = []
        self._of_document: list[tuple[int, int]] = []
        for index, event in enumerate(read.document.events):
            word_span = None if event.trigger is None else word_span_of(event.trigger, read.words)
            if event.event_type in ontology.document_types:
                self._of_document.append((types[event.event_type], index))
            elif word_span is not None and event.event_type in types:
                self._placed.append((word_span, types[event.event_type], index))
        self._placed.sort()

    def on(self, window: Window) -> Iterator[tuple[Span, int, int]]:
        """List the triggers that a window decides: those that begin in its core; document-level events in every window.

        Args:
            window: A window of the document.

        Yields:
            Word span in the window, index of the type, and index of the event. A document-level event has all of the
            window for a trigger.
        """
        first, after = (
            bisect_left(self._placed, border, key=lambda row: row[0].start)
            for border in (window.core.start, window.core.end)
        )
        for word_span, event_type, index in self._placed[first:after]:
            if window.words.contains(word_span):
                yield word_span.shifted(-window.words.start), event_type, index
        for event_type, index in self._of_document:
            yield Span(0, len(window.words)), event_type, index
