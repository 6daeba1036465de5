"""Figures of a corpus, counted by hand."""

import pytest

from eventroles.documents import Argument, Document, Event
from eventroles.report.corpus import RUN_WORDS, corpus_of, shared_runs
from eventroles.spans import Span

TEXT = "Rebels of Goma opened fire. They hit Goma."


def span(words: str, start: int = 0) -> Span:
    at = TEXT.index(words, start)
    return Span(at, at + len(words))


FIRE = Event(
    id="E1",
    event_type="Attack",
    trigger=span("opened fire"),
    arguments=(Argument(role="Attacker", char_span=span("Rebels of Goma")),),
)
HIT = Event(
    id="E2",
    event_type="Attack",
    trigger=span("hit"),
    arguments=(
        Argument(role="Attacker", char_span=span("Rebels of Goma")),
        Argument(role="Target", char_span=span("Goma", 30)),
        Argument(role="Place", char_span=span("Goma")),
    ),
)
DOCUMENT = Document(id="d", text=TEXT, events=(FIRE, HIT), meta={"sentence_starts": [0, TEXT.index("They")]})


def test_figures_are_those_counted_by_hand() -> None:
    corpus = corpus_of([DOCUMENT, Document(id="e", text="Calm.", meta={"sentence_starts": [0]})])
    assert (corpus.n_documents, corpus.n_sentences, corpus.n_words, corpus.n_empty) == (2, 3, 12, 1)
    assert (corpus.n_events, corpus.n_arguments, corpus.n_across, corpus.n_long_triggers) == (2, 4, 2, 1)
    assert (corpus.n_spans, corpus.n_shared_spans, corpus.n_nested_spans) == (3, 1, 1)
    assert corpus.events == {"Attack": 2}
    assert corpus.arguments == {("Attack", "Attacker"): 2, ("Attack", "Target"): 1, ("Attack", "Place"): 1}
    assert corpus.trigger_entropy == {"Attack": pytest.approx(1.0)}
    assert corpus.top_trigger == {"Attack": ("opened fire", 0.5)}


def test_an_empty_corpus_has_no_figures() -> None:
    corpus = corpus_of([])
    assert (corpus.n_documents, corpus.n_words, dict(corpus.events)) == (0, 0, {})


def test_runs_that_two_documents_share_are_found_at_full_length() -> None:
    shared = " ".join(f"w{n}" for n in range(RUN_WORDS + 2))
    first = Document(id="a", text=f"One two, {shared}. Three")
    second = Document(id="b", text=f"Four {shared.upper().replace(' ', ', ')} five")
    assert list(shared_runs([first, second])) == [(RUN_WORDS + 2, "a", "b", shared)]


def test_shorter_runs_and_runs_inside_one_document_are_not() -> None:
    run = " ".join(f"w{n}" for n in range(RUN_WORDS - 1))
    assert list(shared_runs([Document(id="a", text=f"{run} x"), Document(id="b", text=f"{run} y")])) == []
    long = " ".join(f"w{n}" for n in range(RUN_WORDS))
    assert list(shared_runs([Document(id="a", text=f"{long} x {long}")])) == []
