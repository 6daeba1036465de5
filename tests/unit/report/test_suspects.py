"""Suspicious gold is listed, and sound gold is not."""

from collections.abc import Sequence

import pytest

from eventroles.documents import Argument, Document, Event
from eventroles.ontology import EventType, Ontology, Role
from eventroles.report.suspects import MAX_WORDS_APART, suspects_of
from eventroles.spans import Span

ONTOLOGY = Ontology(
    name="tiny", event_types={"Attack": EventType(roles={"Target": Role()}), "Die": EventType(roles={"Victim": Role()})}
)


def event(text: str, event_type: str, trigger: str, **arguments: str) -> Event:
    def span(words: str) -> Span:
        return Span(text.index(words), text.index(words) + len(words))

    found = tuple(Argument(role=role, char_span=span(words)) for role, words in arguments.items())
    return Event(id=f"{event_type} {trigger}", event_type=event_type, trigger=span(trigger), arguments=found)


def document(text: str, *events: tuple[str, str], **arguments: str) -> Document:
    made = [event(text, event_type, trigger, **arguments) for event_type, trigger in events]
    return Document(id="d", text=text, events=tuple(made))


def found(*documents: Document) -> Sequence[tuple[str, str]]:
    listed = [(one.kind, one.what) for one in suspects_of(documents, ONTOLOGY)]
    return [(kind, what) for kind, what in listed if kind != "role never filled"]


def test_sound_gold_is_not_listed() -> None:
    sound = document("A bomb hit Goma.", ("Attack", "hit"), Target="Goma")
    killed = document("Two died.", ("Die", "died"), Victim="Two")
    assert list(suspects_of([sound, sound, sound, killed], ONTOLOGY)) == []


def test_roles_that_nothing_fills_are_listed() -> None:
    [suspect] = suspects_of([document("A bomb hit Goma.", ("Attack", "hit"), Target="Goma")], ONTOLOGY)
    assert (suspect.kind, suspect.document, suspect.what) == ("role never filled", "", "Die Victim")


def test_a_trigger_word_without_an_event_is_listed() -> None:
    hit = document("It was hit.", ("Attack", "hit"))
    bare = document("The Hit of the year")
    assert found(hit, hit, bare) == []
    assert found(hit, hit, hit, bare) == [("no event, but elsewhere Attack", "The [Hit] of the year")]
    assert found(hit, hit, hit, bare, bare, bare, bare) == []


def test_a_trigger_of_another_type_than_usual_is_listed() -> None:
    hit, odd = document("It was hit.", ("Attack", "hit")), document("He was hit.", ("Die", "hit"))
    assert found(hit, hit, odd) == []
    assert found(hit, hit, hit, hit, odd) == [("Die, but elsewhere Attack", "He was [hit].")]


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("The town", "begins in a determiner"),
        ("a man", "begins in a determiner"),
        ("its base", "begins in a determiner"),
        ("they", "a pronoun"),
        ("Whose", "a pronoun"),
        ("Goma,", "begins or ends in punctuation"),
        ("(Goma", "begins or ends in punctuation"),
        ("Goma's", "begins or ends in punctuation"),
        ("one two three four five six seven eight nine ten", "a long span"),
    ],
)
def test_odd_spans_are_listed(target: str, kind: str) -> None:
    assert found(document(f"hit {target}", ("Attack", "hit"), Target=target)) == [(kind, f"hit [{target}]")]


@pytest.mark.parametrize("target", ["Theodore", "Anna", "U.S.", "$5 million", "20 %", "Italy"])
def test_plain_spans_are_not(target: str) -> None:
    assert found(document(f"hit {target}", ("Attack", "hit"), Target=target)) == []


@pytest.mark.parametrize(("time", "is_odd"), [("this year", False), ("every winter", False), ("a year later", True)])
def test_times_keep_their_demonstratives(time: str, is_odd: bool) -> None:
    odd = found(document(f"hit {time}", ("Attack", "hit"), Time=time))
    assert odd == ([("begins in a determiner", f"hit [{time}]")] if is_odd else [])


def test_arguments_far_from_their_trigger_are_listed() -> None:
    near = "Goma " + "x " * (MAX_WORDS_APART - 1) + "hit"
    assert found(document(near, ("Attack", "hit"), Target="Goma")) == []
    far = "Goma x " + "x " * (MAX_WORDS_APART - 1) + "hit"
    assert found(document(far, ("Attack", "hit"), Target="Goma")) == [("far from 'hit'", f"[Goma]{far[4:44]}")]
