"""Agreement of two annotations, against figures worked out by hand."""

import pytest

from eventroles.documents import Argument, Document, Event
from eventroles.errors import DataError
from eventroles.metrics import Metric
from eventroles.report.agreement import agreement_of, text_of_agreement
from eventroles.spans import Span

TEXT = "Rebels shelled Goma and fled"


def span(words: str) -> Span:
    return Span(TEXT.index(words), TEXT.index(words) + len(words))


def event(event_type: str, trigger: str, **arguments: str) -> Event:
    found = tuple(Argument(role=role, char_span=span(words)) for role, words in arguments.items())
    return Event(id=trigger, event_type=event_type, trigger=span(trigger), arguments=found)


def document(*events: Event) -> Document:
    return Document(id="d", text=TEXT, events=events)


ATTACK = event("Attack", "shelled", Attacker="Rebels", Target="Goma")


def test_the_same_annotation_agrees_wholly() -> None:
    for events in ((), (ATTACK,)):
        agreement = agreement_of([document(*events)], [document(*events)])
        assert (agreement.trigger_kappa, agreement.role_kappa, agreement.n_words) == (1.0, 1.0, 5)
    assert {counts.f1 for counts in agreement.scores.values()} == {1.0}


def test_differences_are_counted_as_by_hand() -> None:
    first = document(ATTACK, event("Move", "fled", Passenger="Rebels"))
    second = document(event("Attack", "shelled", Attacker="Rebels", Place="Goma"))
    agreement = agreement_of([first], [second])
    assert agreement.scores[Metric.TRI_C].f1 == pytest.approx(2 / 3)
    assert agreement.scores[Metric.ARG_C_PLUS].f1 == pytest.approx(2 / 5)
    # Words: Rebels shelled Goma and fled; types - Attack - - Move against - Attack - - -.
    observed, chance = 4 / 5, (3 * 4 + 1 * 1 + 1 * 0) / 25
    assert agreement.trigger_kappa == pytest.approx((observed - chance) / (1 - chance))
    # Roles: Attacker+Passenger - Target - - against Attacker - Place - -.
    observed, chance = 3 / 5, 3 * 3 / 25
    assert agreement.role_kappa == pytest.approx((observed - chance) / (1 - chance))


def test_agreement_is_the_same_both_ways() -> None:
    first, second = document(ATTACK), document(event("Move", "fled", Passenger="Rebels"))
    one, other = agreement_of([first], [second]), agreement_of([second], [first])
    assert (one.trigger_kappa, one.role_kappa) == (other.trigger_kappa, other.role_kappa)
    assert {m: counts.f1 for m, counts in one.scores.items()} == {m: counts.f1 for m, counts in other.scores.items()}


def test_only_the_same_documents_are_compared() -> None:
    with pytest.raises(DataError):
        agreement_of([document()], [Document(id="e", text=TEXT)])


def test_the_figures_are_written_for_people() -> None:
    text = text_of_agreement(agreement_of([document(ATTACK)], [document(event("Attack", "shelled"))]))
    lines = text.split("\n")
    assert lines[2].split() == ["Tri-C", "100.0", "1", "1", "1"]
    assert lines[4].split() == ["Arg-C+", "0.0", "2", "0", "0"]
    assert lines[5].startswith("Cohen's kappa over 5 words: 1.000 for the event types they trigger, ")
