"""What changed between two versions of the same documents."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventroles.documents import Argument, Coverage, Document, Event
from eventroles.report.changes import changes_between, text_of_changes
from eventroles.spans import Span

TEXT = "Rebels shelled Goma."
REBELS, SHELLED, GOMA = Span(0, 6), Span(7, 14), Span(15, 19)
ATTACK = Event(id="E1", event_type="Attack", trigger=SHELLED, arguments=(Argument(role="Attacker", char_span=REBELS),))
OLD = Document(id="a", text=TEXT, events=(ATTACK,))


def lines(new: Document, *others: Document, old: Document = OLD) -> list[str]:
    return text_of_changes(changes_between([old], [new, *others])).split("\n")


def attacks(*places: Span, trigger: Span | None = SHELLED) -> tuple[Event, ...]:
    """An attack for each place."""
    return tuple(
        replace(ATTACK, id=str(number), trigger=trigger, arguments=(Argument(role="Place", char_span=place),))
        for number, place in enumerate(places)
    )


def test_the_same_documents_in_another_order_and_with_other_event_ids_are_unchanged() -> None:
    other = Document(id="b", text=TEXT)
    renumbered = replace(OLD, events=(replace(ATTACK, id="x"),))
    assert text_of_changes(changes_between([OLD, other], [other, renumbered])) == "no change"


def test_scores_metadata_and_the_order_of_events_are_no_change() -> None:
    second = Event(id="E2", event_type="Damage", trigger=GOMA)
    scored = replace(OLD, events=(second, replace(ATTACK, score=0.5)), meta={"date": "2020-01-01"})
    assert lines(scored, old=replace(OLD, events=(ATTACK, second))) == ["no change"]


def test_an_added_argument() -> None:
    more = replace(ATTACK, arguments=(*ATTACK.arguments, Argument(role="Place", char_span=GOMA)))
    assert lines(replace(OLD, events=(more,))) == [
        "a",
        "  + Attack shelled [7:14]: Place Goma [15:19]",
        "      1  argument added",
    ]


def test_a_role_that_was_renamed_is_one_change() -> None:
    renamed = replace(ATTACK, arguments=(Argument(role="Agent", char_span=REBELS),))
    assert lines(replace(OLD, events=(renamed,))) == [
        "a",
        "  ~ Attack shelled [7:14]: Attacker Rebels [0:6] now Agent",
        "      1  role changed",
    ]


def test_an_argument_whose_ends_were_moved_is_one_change() -> None:
    moved = replace(ATTACK, arguments=(Argument(role="Attacker", char_span=Span(0, 3)),))
    assert lines(replace(OLD, events=(moved,))) == [
        "a",
        "  ~ Attack shelled [7:14]: Attacker Rebels [0:6] now Reb [0:3]",
        "      1  argument span changed",
    ]


def test_a_type_that_was_renamed_is_one_change_and_its_arguments_are_compared() -> None:
    renamed = replace(ATTACK, event_type="Strike", arguments=())
    assert lines(replace(OLD, events=(renamed,))) == [
        "a",
        "  ~ Attack shelled [7:14] now Strike",
        "  - Strike shelled [7:14]: Attacker Rebels [0:6]",
        "      1  argument removed",
        "      1  event type changed",
    ]


def test_a_trigger_whose_ends_were_moved_is_one_change_and_its_arguments_are_compared() -> None:
    moved = replace(ATTACK, trigger=Span(7, 19), arguments=(*ATTACK.arguments, Argument(role="Place", char_span=GOMA)))
    assert lines(replace(OLD, events=(moved,))) == [
        "a",
        "  ~ Attack shelled [7:14] now shelled Goma [7:19]",
        "  + Attack shelled Goma [7:19]: Place Goma [15:19]",
        "      1  argument added",
        "      1  trigger changed",
    ]


def test_events_that_came_and_went_are_told_with_their_arguments_in_the_order_of_the_text() -> None:
    elsewhere = replace(ATTACK, trigger=GOMA)
    assert lines(replace(OLD, events=(elsewhere,))) == [
        "a",
        "  - Attack shelled [7:14]",
        "  - Attack shelled [7:14]: Attacker Rebels [0:6]",
        "  + Attack Goma [15:19]",
        "  + Attack Goma [15:19]: Attacker Rebels [0:6]",
        "      1  argument added",
        "      1  argument removed",
        "      1  event added",
        "      1  event removed",
    ]


def test_a_second_type_on_one_trigger_is_an_event_added() -> None:
    second = Event(id="E2", event_type="Damage", trigger=SHELLED)
    assert lines(replace(OLD, events=(ATTACK, second)))[1] == "  + Damage shelled [7:14]"


@pytest.mark.parametrize("trigger", [SHELLED, None])
def test_of_events_alike_each_is_compared_with_the_one_that_it_was(trigger: Span | None) -> None:
    old = replace(OLD, events=attacks(GOMA, REBELS, trigger=trigger))
    word = "(no trigger)" if trigger is None else "shelled [7:14]"
    assert lines(replace(OLD, events=attacks(REBELS, GOMA, trigger=trigger)), old=old) == ["no change"]
    assert lines(replace(OLD, events=attacks(REBELS, trigger=trigger)), old=old) == [
        "a",
        f"  - Attack {word}",
        f"  - Attack {word}: Place Goma [15:19]",
        "      1  argument removed",
        "      1  event removed",
    ]
    assert lines(replace(OLD, events=attacks(REBELS, SHELLED, trigger=trigger)), old=old) == [
        "a",
        f"  + Attack {word}: Place shelled [7:14]",
        f"  - Attack {word}: Place Goma [15:19]",
        "      1  argument added",
        "      1  argument removed",
    ]


def test_events_without_a_trigger_are_renamed_only_where_their_arguments_are_the_same() -> None:
    old, same, other = (
        replace(OLD, events=(replace(attack, event_type=name),))
        for (attack,), name in (
            (attacks(GOMA, trigger=None), "Attack"),
            (attacks(GOMA, trigger=None), "Strike"),
            (attacks(REBELS, trigger=None), "Strike"),
        )
    )
    assert lines(same, old=old)[1:] == ["  ~ Attack (no trigger) now Strike", "      1  event type changed"]
    assert lines(other, old=old)[1] == "  - Attack (no trigger)"


def test_documents_that_came_went_or_have_another_text() -> None:
    assert lines(replace(OLD, text="Rebels shelled Bukavu."))[1] == "  ~ text: its events cannot be compared"
    assert lines(replace(OLD, id="b", events=())) == [
        "a",
        "  - document: 1 event(s)",
        "b",
        "  + document: 0 event(s)",
        "      1  document added",
        "      1  document removed",
    ]


@pytest.mark.parametrize(
    ("coverage", "shown"),
    [
        (Coverage(char_spans=()), "no region"),
        (Coverage(event_types=frozenset({"Die", "Attack"})), "Attack, Die"),
        (Coverage(event_types=frozenset(), char_spans=(Span(0, 6), Span(7, 9))), "no type in [0:6], [7:9]"),
    ],
)
def test_another_annotated_part_is_a_change(coverage: Coverage, shown: str) -> None:
    assert lines(replace(OLD, coverage=coverage)) == [
        "a",
        f"  ~ annotated: everything, now {shown}",
        "      1  annotated part changed",
    ]


def test_an_event_without_a_trigger_is_compared_too() -> None:
    untriggered = replace(ATTACK, trigger=None, arguments=())
    assert lines(replace(OLD, events=(ATTACK, untriggered)))[1] == "  + Attack (no trigger)"


def test_control_characters_of_names_and_spans_do_not_reach_the_terminal() -> None:
    odd = Document(id="\x1b[2J", text="\x1b[1m", events=(Event(id="E", event_type="A\x07", trigger=Span(0, 4)),))
    assert lines(odd, old=replace(odd, events=()))[:2] == [" [2J", "  + A   [1m [0:4]"]


SPANS = st.tuples(st.integers(0, 19), st.integers(1, 6)).map(lambda pair: Span(pair[0], min(pair[0] + pair[1], 20)))
ARGUMENTS = st.builds(lambda role, span: Argument(role=role, char_span=span), st.sampled_from("RS"), SPANS)
EVENTS = st.lists(
    st.builds(
        lambda name, trigger, arguments: Event(id="", event_type=name, trigger=trigger, arguments=tuple(arguments)),
        st.sampled_from("AB"), st.none() | SPANS, st.lists(ARGUMENTS, max_size=3),
    ),
    max_size=5,
)  # fmt: skip


def contents(events: list[Event]) -> list[str]:
    return sorted(
        repr((each.event_type, each.trigger, sorted({(part.role, part.char_span) for part in each.arguments})))
        for each in events
    )


@given(EVENTS, EVENTS)
def test_there_is_no_change_exactly_where_the_events_are_the_same(before: list[Event], after: list[Event]) -> None:
    old, new = (replace(OLD, events=tuple(events)) for events in (before, after))
    changes = changes_between([old], [new])
    assert (not changes.counts) == (contents(before) == contents(after))
    gone, come = (changes.counts.get(f"event {kind}", 0) for kind in ("removed", "added"))
    assert len(before) - gone == len(after) - come


def test_a_document_of_many_events_is_compared_in_linear_time() -> None:
    def seconds(n_events: int) -> float:
        text = "ab " * n_events
        old = tuple(Event(id=str(n), event_type="A", trigger=Span(3 * n, 3 * n + 2)) for n in range(n_events))
        new = tuple(replace(each, trigger=Span(3 * n + 1, 3 * n + 2)) for n, each in enumerate(old))
        documents = [Document(id="d", text=text, events=events) for events in (old, new)]
        times = []
        for _ in range(3):
            start = time.process_time()
            assert changes_between(documents[:1], documents[1:]).counts == {"trigger changed": n_events}
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(2000) < 16 * seconds(250) + 0.05
