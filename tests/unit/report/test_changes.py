"""What changed between two versions of the same documents."""

from dataclasses import replace

from eventroles.documents import Argument, Document, Event
from eventroles.report.changes import changes_between, text_of_changes
from eventroles.spans import Span

TEXT = "Rebels shelled Goma."
REBELS, SHELLED, GOMA = Span(0, 6), Span(7, 14), Span(15, 19)
ATTACK = Event(id="E1", event_type="Attack", trigger=SHELLED, arguments=(Argument(role="Attacker", char_span=REBELS),))
OLD = Document(id="a", text=TEXT, events=(ATTACK,))


def lines(new: Document, *others: Document) -> list[str]:
    return text_of_changes(changes_between([OLD], [new, *others])).split("\n")


def test_the_same_documents_in_another_order_and_with_other_event_ids_are_unchanged() -> None:
    other = Document(id="b", text=TEXT)
    renumbered = replace(OLD, events=(replace(ATTACK, id="x"),))
    assert text_of_changes(changes_between([OLD, other], [other, renumbered])) == "no change"


def test_an_added_argument() -> None:
    more = replace(ATTACK, arguments=(*ATTACK.arguments, Argument(role="Place", char_span=GOMA)))
    assert lines(replace(OLD, events=(more,))) == ["a", "  + Attack shelled: Place Goma", "      1  argument added"]


def test_a_role_that_was_renamed_is_one_change() -> None:
    renamed = replace(ATTACK, arguments=(Argument(role="Agent", char_span=REBELS),))
    assert lines(replace(OLD, events=(renamed,))) == [
        "a",
        "  ~ Attack shelled: Attacker Rebels now Agent",
        "      1  role changed",
    ]


def test_a_type_that_was_renamed_is_one_change_and_its_arguments_are_compared() -> None:
    renamed = replace(ATTACK, event_type="Strike", arguments=())
    assert lines(replace(OLD, events=(renamed,))) == [
        "a",
        "  ~ Attack shelled: now Strike",
        "  - Strike shelled: Attacker Rebels",
        "      1  argument removed",
        "      1  event type changed",
    ]


def test_events_that_came_and_went() -> None:
    moved = Event(id="E1", event_type="Attack", trigger=GOMA)
    assert lines(replace(OLD, events=(moved,))) == [
        "a",
        "  - Attack shelled",
        "  + Attack Goma",
        "      1  event added",
        "      1  event removed",
    ]


def test_a_second_type_on_one_trigger_is_an_event_added() -> None:
    second = Event(id="E2", event_type="Damage", trigger=SHELLED)
    assert lines(replace(OLD, events=(ATTACK, second)))[1] == "  + Damage shelled"


def test_documents_that_came_went_or_have_another_text() -> None:
    assert lines(replace(OLD, text="Rebels shelled Bukavu."))[1] == "  ~ text: its events cannot be compared"
    assert lines(replace(OLD, id="b")) == [
        "a",
        "  - document",
        "b",
        "  + document",
        "      1  document added",
        "      1  document removed",
    ]


def test_an_event_without_a_trigger_is_compared_too() -> None:
    untriggered = replace(ATTACK, trigger=None)
    assert lines(replace(OLD, events=(ATTACK, untriggered)))[1] == "  + Attack (no trigger)"
