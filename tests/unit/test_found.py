"""What windows tell is put together to the events of a document."""

import numpy as np
import pytest

from eventroles.documents import Argument, Document, Event, ReadReceipt
from eventroles.found import Found, in_document, with_found_events, with_given_events
from eventroles.reading_ahead import Place
from eventroles.spans import Span
from eventroles.windows import ReadDocument, Window

TEXT = "a b c d e f g h"
WORDS = [Span(2 * n, 2 * n + 1) for n in range(8)]
RECEIPT = ReadReceipt(n_chars=len(TEXT), n_words=8, n_windows=2, n_words_cut=0)


def read(*events: Event) -> ReadDocument:
    return ReadDocument(document=Document(id="d", text=TEXT, events=events), words=WORDS, windows=[], receipt=RECEIPT)


def place() -> Place:
    """A window over words 2 to 8 that decides words 4 and 5."""
    none = np.zeros(0, dtype=np.int64)
    return Place(document=3, window=Window(words=Span(2, 8), core=Span(4, 6), piece_ids=none, word_pieces=none))


def found(
    trigger: Span | None,
    event_type: int = 0,
    *arguments: tuple[str, Span, float],
    score: float = 0.5,
    given: int | None = None,
) -> Found:
    return Found(document=0, trigger=trigger, event_type=event_type, score=score, arguments=arguments, given=given)


@pytest.mark.parametrize(("trigger", "kept"), [(Span(2, 3), [1, 2, 3, 4]), (None, [2, 3])])
def test_a_window_decides_all_arguments_of_its_triggers_and_those_in_its_core_of_the_document(
    trigger: Span | None, kept: list[int]
) -> None:
    arguments = [("R", Span(start, 6), 0.9) for start in (1, 2, 3, 4)]
    moved = in_document(place(), trigger, event_type=7, score=0.8, arguments=arguments, given=5)
    assert moved == Found(
        document=3,
        trigger=None if trigger is None else Span(4, 5),
        event_type=7,
        score=0.8,
        arguments=tuple(("R", Span(start + 2, 8), 0.9) for start in kept),
        given=5,
    )


def test_parts_of_a_document_level_event_are_joined_and_stand_first() -> None:
    parts = [
        found(Span(0, 1), 1),
        found(None, 2, ("S", Span(1, 2), 0.7), score=0.6),
        found(None, 0, ("R", Span(5, 6), 0.8), score=0.6),
        found(None, 0, ("R", Span(2, 3), 0.9), score=0.7),
    ]
    document = with_found_events(("whole", "own", "other"), read(), parts)
    assert document.receipt == RECEIPT
    assert document.events == (
        Event(
            id="E1",
            event_type="whole",
            trigger=None,
            score=0.7,
            arguments=(
                Argument(role="R", char_span=Span(4, 5), score=0.9),
                Argument(role="R", char_span=Span(10, 11), score=0.8),
            ),
        ),
        Event(
            id="E2",
            event_type="other",
            trigger=None,
            score=0.6,
            arguments=(Argument(role="S", char_span=Span(2, 3), score=0.7),),
        ),
        Event(id="E3", event_type="own", trigger=Span(0, 1), score=0.5),
    )


def test_of_triggers_of_one_type_that_overlap_the_first_stays() -> None:
    events = [found(Span(2, 4)), found(Span(3, 5)), found(Span(3, 5), 1), found(Span(4, 5))]
    document = with_found_events(("A", "B"), read(), events)
    assert [(event.event_type, event.trigger) for event in document.events] == [
        ("A", Span(4, 7)),
        ("B", Span(6, 9)),
        ("A", Span(8, 9)),
    ]


def test_given_events_of_one_type_keep_their_own_arguments() -> None:
    given = [Event(id=id, event_type="A", trigger=None) for id in ("x", "y", "z")]
    parts = [
        found(None, 0, ("R", Span(0, 1), 0.5), given=0),
        found(None, 0, ("R", Span(1, 2), 0.5), given=1),
        found(None, 0, ("R", Span(2, 3), 0.5), given=0),
    ]
    document = with_given_events(read(*given), parts)
    spans = [[argument.char_span.start for argument in event.arguments] for event in document.events]
    assert [(event.id, own) for event, own in zip(document.events, spans, strict=True)] == [
        ("x", [0, 4]),
        ("y", [2]),
        ("z", []),
    ]
