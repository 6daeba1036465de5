"""Gold that a second look should go to: not wrong in itself, but more often wrong than the rest."""

from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from eventroles.documents import Document, Event, all_spans
from eventroles.ontology import Ontology
from eventroles.spans import Span
from eventroles.words import split_words

MIN_TRIGGERED: Final = 3
"""A word form counts as a trigger word when it triggers an event this often …"""
MIN_TRIGGERED_SHARE: Final = 0.5
"""… and in this share of its places."""
MIN_USUAL_SHARE: Final = 0.8
"""A type counts as the usual one of a trigger word when it has this share of its events."""
MAX_WORDS_APART: Final = 60
"""Arguments further from their trigger are listed."""
MAX_SPAN_WORDS: Final = 9
"""Longer arguments are listed."""
TIME_ROLE: Final = "Time"
"""Times keep their demonstratives ("this year")."""

_CONTEXT_CHARS: Final = 40
_ARTICLE: Final = regex.compile(r"(?:the|an?)\s", flags=regex.IGNORECASE)
_DETERMINER: Final = regex.compile(
    r"(?:this|that|these|those|another|its|his|her|their|our|my|your)\s", flags=regex.IGNORECASE
)
_EDGE: Final = regex.compile(r"^[^\p{L}\p{N}$€£¥#@]|[^\p{L}\p{N}.%)]$|['’]s$")
_PRONOUN: Final = regex.compile(
    r"(?:I|you|he|she|it|we|they|me|him|her|us|them|who|whom|which|that|whose|myself|himself|herself|itself|ourselves|themselves)",
    flags=regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One thing to look at.

    Attributes:
        kind: Why.
        document: Id of the document; empty for a finding about the whole corpus.
        what: The words in question, with some around them.
    """

    kind: str
    document: str
    what: str


def suspects_of(documents: Sequence[Document], ontology: Ontology) -> Iterator[Suspect]:
    """List suspicious gold.

    Args:
        documents: The annotated corpus. What one document says of a word, it is held to in all others.
        ontology: What it is annotated with.

    Yields:
        What to look at, kind by kind.
    """
    yield from _never_filled(documents, ontology)
    yield from _trigger_words(documents)
    for document in documents:
        yield from _odd_spans(document)
        yield from _far_arguments(document)


def _never_filled(documents: Iterable[Document], ontology: Ontology) -> Iterator[Suspect]:
    used = {
        (event.event_type, argument.role)
        for document in documents
        for event in document.events
        for argument in event.arguments
    }
    for event_type in ontology.type_names:
        for role in ontology.legal_roles(event_type):
            if (event_type, role) not in used:
                yield Suspect(kind="role never filled", document="", what=f"{event_type} {role}")


def _trigger_words(documents: Sequence[Document]) -> Iterator[Suspect]:
    """Words that mostly trigger, where they do not; and triggers of another type than usual."""
    types_of: dict[str, Counter[str]] = defaultdict(Counter)
    for document in documents:
        for trigger, event in _triggers(document):
            types_of[_form(trigger, document)][event.event_type] += 1
    places = [(document, word) for document in documents for word in split_words(document.text)]
    n_places = Counter(_form(word, document) for document, word in places)
    for document, word in places:
        types = types_of.get(_form(word, document), Counter())
        is_usual = types.total() >= max(MIN_TRIGGERED, MIN_TRIGGERED_SHARE * n_places[_form(word, document)])
        if is_usual and not any(trigger.overlaps(word) for trigger, _ in _triggers(document)):
            yield _suspect(f"no event, but elsewhere {types.most_common(1)[0][0]}", document, word)
    for document in documents:
        for trigger, event in _triggers(document):
            types = types_of[_form(trigger, document)]
            usual, n_usual = types.most_common(1)[0]
            if usual != event.event_type and n_usual >= max(MIN_TRIGGERED, MIN_USUAL_SHARE * types.total()):
                yield _suspect(f"{event.event_type}, but elsewhere {usual}", document, trigger)


def _odd_spans(document: Document) -> Iterator[Suspect]:
    roles_of: dict[Span, set[str]] = {span: set() for span in all_spans(document)}
    for event in document.events:
        for argument in event.arguments:
            roles_of[argument.char_span].add(argument.role)
    for span, roles in roles_of.items():
        kind = _oddity(span.of(document.text), is_time=roles == {TIME_ROLE})
        if kind is not None:
            yield _suspect(kind, document, span)


def _oddity(text: str, *, is_time: bool) -> str | None:
    if _PRONOUN.fullmatch(text):
        return "a pronoun"
    if _ARTICLE.match(text) or (_DETERMINER.match(text) and not is_time):
        return "begins in a determiner"
    if _EDGE.search(text):
        return "begins or ends in punctuation"
    return "a long span" if len(split_words(text)) > MAX_SPAN_WORDS else None


def _far_arguments(document: Document) -> Iterator[Suspect]:
    starts = [word.start for word in split_words(document.text)]
    for trigger, event in _triggers(document):
        for argument in event.arguments:
            if abs(bisect(starts, trigger.start) - bisect(starts, argument.char_span.start)) > MAX_WORDS_APART:
                yield _suspect(f"far from '{trigger.of(document.text)}'", document, argument.char_span)


def _triggers(document: Document) -> Iterator[tuple[Span, Event]]:
    return ((event.trigger, event) for event in document.events if event.trigger is not None)


def _form(span: Span, document: Document) -> str:
    return span.of(document.text).casefold()


def _suspect(kind: str, document: Document, span: Span) -> Suspect:
    text, start, end = document.text, span.start, span.end
    before, after = text[max(0, start - _CONTEXT_CHARS) : start], text[end : end + _CONTEXT_CHARS]
    what = f"{before}[{span.of(text)}]{after}".replace("\n", " ")
    return Suspect(kind=kind, document=document.id, what=what)
