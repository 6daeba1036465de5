"""What was found stands beside the gold, each event and argument once, marked on which side it is."""

import pytest

from eventroles.documents import Argument, Document, Event
from eventroles.errors import DataError
from eventroles.report.comparison import text_of_comparison
from eventroles.spans import Span

TEXT = "Rebels hit Goma. Two men died there.\n\nIt rained."


def event(event_type: str, trigger: str | None, *arguments: tuple[str, str]) -> Event:
    def span(words: str) -> Span:
        return Span(TEXT.index(words), TEXT.index(words) + len(words))

    found = tuple(Argument(role=role, char_span=span(words)) for role, words in arguments)
    return Event(id=f"{event_type}{trigger}", event_type=event_type, trigger=trigger and span(trigger), arguments=found)  # type: ignore[arg-type]


def document(*events: Event, text: str = TEXT) -> Document:
    return Document(id="d", text=text, events=events)


GOLD = document(
    event("Attack", "hit", ("Attacker", "Rebels"), ("Place", "Goma")),
    event("Die", "died", ("Victim", "Two men")),
    event("Crime", None, ("Place", "Goma")),
)
FOUND = document(
    event("Attack", "hit", ("Attacker", "Rebels"), ("Target", "Goma")),
    event("Rain", "rained"),
    event("Die", "died", ("Victim", "men")),
)


def test_each_side_is_marked() -> None:
    assert text_of_comparison([GOLD], [FOUND]).split("\n") == [
        "",
        "d",
        "",
        "  Rebels hit Goma.",
        "    = Attack hit".ljust(44) + "Attacker = Rebels | Place - Goma | Target + Goma",
        "",
        "  Two men died there.",
        "    = Die died".ljust(44) + "Victim - Two men | Victim + men",
        "",
        "  It rained.",
        "    + Rain rained".ljust(44),
        "",
        "    - Crime ".ljust(44) + "Place - Goma",
    ]


def test_documents_without_events_are_left_out() -> None:
    assert text_of_comparison([document()], [document()]) == ""


def test_events_on_one_trigger_and_type_are_one_line() -> None:
    two = document(event("Die", "died", ("Victim", "men")), event("Die", "died", ("Place", "Goma")))
    last = text_of_comparison([two], [document()]).split("\n")[-1]
    assert last == "    - Die died".ljust(44) + "Place - Goma | Victim - men"


def test_control_characters_are_not_passed_on() -> None:
    text = "A\x1b[31m hit."
    bad = document(Event(id="E", event_type="Attack", trigger=Span(0, 5)), text=text)
    assert "\x1b" not in text_of_comparison([bad], [bad])


def test_only_the_same_documents_are_compared() -> None:
    with pytest.raises(DataError):
        text_of_comparison([GOLD], [document(text="Other")])
