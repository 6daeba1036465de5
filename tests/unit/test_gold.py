"""Gold comes back out of windows as it went in, and what cannot is counted under its cause."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerBase

from eventroles.documents import Argument, Coverage, Document, Event
from eventroles.gold import GoldTrigger, GoldWindow, Loss, gold_windows, legal_types
from eventroles.ontology import EventType, Ontology
from eventroles.spans import Span
from eventroles.windows import Reader
from eventroles.words import char_span_of

ALPHABET = "a b c d e f g h i j k l m n o p q r s t"
"""20 words of one piece. Its windows have cores 0-8, 8-16, 16-20 and reach over words 0-14, 4-18, 6-20."""

ONTOLOGY = Ontology(name="o", event_types={"A": EventType(), "B": EventType()})


def words(first: int, end: int) -> Span:
    """Words of the alphabet as characters."""
    return Span(2 * first, 2 * end - 1)


def event(event_type: str, trigger: Span | None, *arguments: tuple[str, Span]) -> Event:
    return Event(
        id=f"{event_type} {trigger} {arguments}",
        event_type=event_type,
        trigger=trigger,
        arguments=tuple(Argument(role=role, char_span=span) for role, span in arguments),
    )


def laid_out(
    tokenizer: PreTrainedTokenizerBase,
    *events: Event,
    text: str = ALPHABET,
    coverage: Coverage | None = None,
    ontology: Ontology = ONTOLOGY,
) -> tuple[list[GoldWindow], Counter[Loss]]:
    document = Document(id="d", text=text, events=events, coverage=coverage or Coverage())
    losses: Counter[Loss] = Counter()
    read = Reader(tokenizer, window_pieces=16, context_pieces=6).read(document)
    return list(gold_windows(read, ontology, losses)), losses


def keys(event_type: str, trigger: Span, arguments: list[tuple[str, Span]]) -> set[tuple[object, ...]]:
    return {(event_type, trigger)} | {(event_type, trigger, role, span) for role, span in arguments}


def keys_of(windows: list[GoldWindow]) -> set[tuple[object, ...]]:
    """Read the windows back as character spans."""
    found: set[tuple[object, ...]] = set()
    characters = [words(n, n + 1) for n in range(20)]

    def char_span(span: Span, window: GoldWindow) -> Span:
        return char_span_of(span.shifted(window.window.words.start), characters)

    for window in windows:
        for trigger in window.triggers:
            arguments = [(role, char_span(span, window)) for role, span in trigger.arguments]
            found |= keys(trigger.event_type, char_span(trigger.word_span, window), arguments)
    return found


def survives(tokenizer: PreTrainedTokenizerBase, *events: Event) -> bool:
    windows, losses = laid_out(tokenizer, *events)
    expected = [
        keys(e.event_type, e.trigger, [(a.role, a.char_span) for a in e.arguments])
        for e in events
        if e.trigger is not None
    ]
    return not losses.total() and keys_of(windows) == set().union(*expected)


def test_triggers_are_counted_in_words_of_their_window(wordpiece: PreTrainedTokenizerBase) -> None:
    windows, losses = laid_out(wordpiece, event("A", words(8, 10), ("R", words(6, 7)), ("S", words(17, 18))))
    assert [window.triggers for window in windows] == [
        (),
        (GoldTrigger(word_span=Span(4, 6), event_type="A", arguments=(("R", Span(2, 3)), ("S", Span(13, 14)))),),
        (),
    ]
    assert [window.known_words for window in windows] == [
        tuple(range(8)),
        tuple(range(4, 12)),
        tuple(range(10, 14)),
    ]
    assert losses.total() == 0


def test_two_types_on_one_trigger_survive(wordpiece: PreTrainedTokenizerBase) -> None:
    assert survives(wordpiece, event("A", words(0, 1), ("R", words(1, 2))), event("B", words(0, 1), ("R", words(2, 3))))


def test_triggers_of_two_types_may_overlap(wordpiece: PreTrainedTokenizerBase) -> None:
    assert survives(wordpiece, event("A", words(0, 3)), event("B", words(1, 2)))


def test_a_span_in_two_roles_survives(wordpiece: PreTrainedTokenizerBase) -> None:
    assert survives(wordpiece, event("A", words(0, 1), ("R", words(1, 2)), ("S", words(1, 2))))


def test_nested_arguments_of_two_roles_survive(wordpiece: PreTrainedTokenizerBase) -> None:
    assert survives(wordpiece, event("A", words(9, 10), ("R", words(5, 9)), ("S", words(6, 8)), ("T", words(7, 18))))


def test_an_argument_on_the_trigger_itself_survives(wordpiece: PreTrainedTokenizerBase) -> None:
    assert survives(wordpiece, event("A", words(4, 6), ("R", words(4, 6))))


def test_an_argument_in_another_sentence_survives(wordpiece: PreTrainedTokenizerBase) -> None:
    text = "a b. c d. e"
    windows, losses = laid_out(wordpiece, event("A", Span(0, 1), ("R", Span(10, 11))), text=text)
    (trigger,) = windows[0].triggers
    assert trigger.arguments == (("R", Span(6, 7)),)
    assert losses.total() == 0


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            [event("A", None, ("R", words(0, 1)), ("R", words(1, 2)))],
            {Loss.NO_TRIGGER: 1, Loss.ARGUMENT_OF_LOST_EVENT: 2},
        ),
        ([event("A", Span(0, 2), ("R", words(3, 4)))], {Loss.TRIGGER_CUTS_WORD: 1, Loss.ARGUMENT_OF_LOST_EVENT: 1}),
        (
            [event("A", words(7, 15), ("R", words(0, 1)))],
            {Loss.TRIGGER_CUT_BY_WINDOW: 1, Loss.ARGUMENT_OF_LOST_EVENT: 1},
        ),
        (
            [event("A", words(0, 2)), event("A", words(1, 3), ("R", words(5, 6)))],
            {Loss.TRIGGER_OVERLAPS: 1, Loss.ARGUMENT_OF_LOST_EVENT: 1},
        ),
        (
            [event("A", words(0, 2), ("R", words(4, 5))), event("A", words(0, 2), ("S", words(4, 5)))],
            {Loss.SAME_TRIGGER: 1},
        ),
        ([event("A", words(0, 1), ("R", Span(1, 3)))], {Loss.ARGUMENT_CUTS_WORD: 1}),
        ([event("A", words(0, 1), ("R", words(14, 15)))], {Loss.ARGUMENT_OUTSIDE_WINDOW: 1}),
        ([event("A", words(0, 1), ("R", words(13, 15)))], {Loss.ARGUMENT_OUTSIDE_WINDOW: 1}),
        ([event("A", words(0, 1), ("R", words(3, 5)), ("R", words(4, 6)))], {Loss.ARGUMENT_OVERLAPS: 1}),
    ],
)
def test_each_cause_of_loss_is_counted_once(
    wordpiece: PreTrainedTokenizerBase, events: list[Event], expected: dict[Loss, int]
) -> None:
    assert laid_out(wordpiece, *events)[1] == Counter(expected)


def test_a_cause_that_took_nothing_is_not_listed(wordpiece: PreTrainedTokenizerBase) -> None:
    assert dict(laid_out(wordpiece, event("A", None))[1]) == {Loss.NO_TRIGGER: 1}


def test_every_gold_event_of_a_text_without_pieces_is_counted(wordpiece: PreTrainedTokenizerBase) -> None:
    windows, losses = laid_out(wordpiece, event("A", Span(0, 1), ("R", Span(0, 1))), text="\x00")
    assert windows == []
    assert losses == {Loss.TRIGGER_CUTS_WORD: 1, Loss.ARGUMENT_OF_LOST_EVENT: 1}


def test_events_on_one_trigger_and_type_are_merged(wordpiece: PreTrainedTokenizerBase) -> None:
    windows, _ = laid_out(
        wordpiece, event("A", words(0, 1), ("R", words(1, 2))), event("A", words(0, 1), ("S", words(2, 3)))
    )
    assert windows[0].triggers == (
        GoldTrigger(word_span=Span(0, 1), event_type="A", arguments=(("R", Span(1, 2)), ("S", Span(2, 3)))),
    )


def test_of_overlapping_spans_the_first_and_longest_stays(wordpiece: PreTrainedTokenizerBase) -> None:
    windows, _ = laid_out(wordpiece, event("A", words(0, 1), ("R", words(3, 4)), ("R", words(3, 6))))
    assert windows[0].triggers[0].arguments == (("R", Span(3, 6)),)


def test_only_annotated_regions_are_known(wordpiece: PreTrainedTokenizerBase) -> None:
    coverage = Coverage(char_spans=(words(1, 3), words(9, 10)))
    events = [event("A", words(0, 1)), event("A", words(2, 5), ("R", words(6, 7))), event("A", words(9, 10))]
    windows, losses = laid_out(wordpiece, *events, coverage=coverage)
    assert [window.known_words for window in windows] == [(1, 2, 3, 4), (5,)]  # the whole trigger; nothing in the third
    assert keys_of(windows) == {
        ("A", words(2, 5)),
        ("A", words(2, 5), "R", words(6, 7)),
        ("A", words(9, 10)),
    }
    assert losses.total() == 0


def test_a_trigger_that_goes_on_in_the_next_core_is_known_to_both_windows(wordpiece: PreTrainedTokenizerBase) -> None:
    windows, losses = laid_out(wordpiece, event("A", words(7, 9)), event("B", words(7, 15)), event("B", words(17, 18)))
    assert [window.trigger_spans for window in windows] == [
        (("A", Span(7, 9)),),
        (("A", Span(3, 5)), ("B", Span(3, 11)), ("B", Span(13, 14))),
        (("A", Span(1, 3)), ("B", Span(1, 9)), ("B", Span(11, 12))),
    ]
    assert [len(window.triggers) for window in windows] == [1, 0, 1]
    assert [window.known_words for window in windows] == [
        tuple(range(9)),  # word 8 is the second of the trigger
        tuple(range(4, 12)),
        tuple(range(10, 14)),
    ]
    assert losses == Counter({Loss.TRIGGER_CUT_BY_WINDOW: 1})


def test_only_annotated_types_are_legal(wordpiece: PreTrainedTokenizerBase) -> None:
    ontology = Ontology(name="o", event_types={"A": EventType(), "B": EventType(), "C": EventType()})
    coverage = Coverage(event_types=frozenset({"C", "A", "unknown"}))
    read = Reader(wordpiece, window_pieces=16, context_pieces=6).read(
        Document(id="d", text=ALPHABET, coverage=coverage)
    )
    assert legal_types(read, ontology) == [0, 2]
    windows, losses = laid_out(wordpiece, event("A", words(0, 1)), event("B", words(1, 2)), coverage=coverage)
    assert keys_of(windows) == {("A", words(0, 1))}
    assert losses.total() == 0


word_spans = st.builds(
    lambda start, length: words(start, min(start + length, 20)), st.integers(0, 19), st.integers(1, 9)
)
spans = word_spans | st.builds(lambda start: Span(start, start + 2), st.integers(0, 36))
arguments = st.lists(st.tuples(st.sampled_from("RS"), spans), max_size=5, unique=True)


@given(
    drawn=st.lists(
        st.tuples(st.sampled_from("AB"), st.none() | spans, arguments),
        max_size=6,
        unique_by=lambda values: values[1] and values[:2],
    )
)
def test_everything_annotated_is_laid_out_or_counted(
    wordpiece: PreTrainedTokenizerBase, drawn: list[tuple[str, Span | None, list[tuple[str, Span]]]]
) -> None:
    windows, losses = laid_out(wordpiece, *(event(kind, trigger, *own) for kind, trigger, own in drawn))
    found = keys_of(windows)
    gold = set().union(*(keys(kind, trigger, own) for kind, trigger, own in drawn if trigger))
    assert found <= gold
    n_triggers = sum(len(window.triggers) for window in windows)
    n_arguments = sum(len(trigger.arguments) for window in windows for trigger in window.triggers)
    assert len(found) == n_triggers + n_arguments
    of_arguments = [loss for loss in Loss if loss.name.startswith("ARGUMENT")]
    assert n_arguments + sum(losses[loss] for loss in of_arguments) == sum(len(own) for _, _, own in drawn)
    assert n_triggers + sum(losses[loss] for loss in Loss if loss not in of_arguments) == len(drawn)


# Document-level events.

REPORTS = Ontology(name="o", event_types={"A": EventType(), "B": EventType(document_level=True)})


def test_every_window_has_its_part_of_a_document_level_event(wordpiece: PreTrainedTokenizerBase) -> None:
    """Windows reach over words 0-14, 4-18 and 6-20, so that the last alone sees word 19."""
    report = event("B", None, ("R", words(2, 4)), ("R", words(19, 20)), ("S", words(7, 9)))
    windows, losses = laid_out(wordpiece, report, event("A", words(6, 7)), ontology=REPORTS)
    parts = [[trigger for trigger in window.triggers if trigger.event_type == "B"] for window in windows]
    assert parts == [
        [GoldTrigger(word_span=Span(0, 14), event_type="B", arguments=(("R", Span(2, 4)), ("S", Span(7, 9))))],
        [GoldTrigger(word_span=Span(0, 14), event_type="B", arguments=(("S", Span(3, 5)),))],
        [GoldTrigger(word_span=Span(0, 14), event_type="B", arguments=(("R", Span(13, 14)), ("S", Span(1, 3))))],
    ]
    assert [window.trigger_spans[0] for window in windows] == [("B", Span(0, 1))] * 3
    assert [("A", Span(6, 7)) in window.trigger_spans for window in windows] == [True, False, False]
    assert losses.total() == 0


def test_a_window_without_an_argument_does_not_tell_of_the_event(wordpiece: PreTrainedTokenizerBase) -> None:
    windows, _ = laid_out(wordpiece, event("B", None, ("R", words(2, 3))), ontology=REPORTS)
    assert [window.trigger_spans for window in windows] == [(("B", Span(0, 1)),), (), ()]
    windows, _ = laid_out(wordpiece, event("B", None), ontology=REPORTS)
    assert [window.trigger_spans for window in windows] == [(("B", Span(0, 1)),)] * 3


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([event("B", None), event("B", None, ("R", words(0, 1)))], {Loss.SAME_TRIGGER: 1}),
        ([event("B", None, ("R", words(6, 15)))], {Loss.ARGUMENT_OUTSIDE_WINDOW: 1}),
        ([event("B", None, ("R", Span(1, 3)))], {Loss.ARGUMENT_CUTS_WORD: 1}),
        ([event("B", words(0, 1))], {Loss.TRIGGER_NOT_WANTED: 1}),
        # Words 9 to 11 stand in all three windows, and are lost once.
        ([event("B", None, ("R", words(8, 10)), ("R", words(9, 11)))], {Loss.ARGUMENT_OVERLAPS: 1}),
    ],
)
def test_what_a_document_level_event_loses_is_counted_once(
    wordpiece: PreTrainedTokenizerBase, events: list[Event], expected: dict[Loss, int]
) -> None:
    assert dict(laid_out(wordpiece, *events, ontology=REPORTS)[1]) == expected


def test_one_of_a_text_without_words_is_counted(wordpiece: PreTrainedTokenizerBase) -> None:
    windows, losses = laid_out(wordpiece, event("B", None), text=" ", ontology=REPORTS)
    assert windows == []
    assert losses == {Loss.NO_WORDS: 1}


def test_a_partly_annotated_document_has_them_in_every_window_and_one_that_nobody_read_in_none(
    wordpiece: PreTrainedTokenizerBase,
) -> None:
    report = event("B", None, ("R", words(17, 18)))
    region = Coverage(char_spans=(words(0, 2),))
    windows, _ = laid_out(wordpiece, report, coverage=region, ontology=REPORTS)
    assert [(window.known_words, len(window.triggers)) for window in windows] == [((0, 1), 1), ((), 1), ((), 1)]
    assert len(laid_out(wordpiece, coverage=region, ontology=REPORTS)[0]) == 1
    for nothing in (Coverage(char_spans=()), Coverage(char_spans=(), event_types=frozenset({"B"}))):
        assert laid_out(wordpiece, report, coverage=nothing, ontology=REPORTS) == ([], Counter())
