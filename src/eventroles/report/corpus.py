"""What a corpus holds: how much, how varied, and how far its articles differ from each other."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Final

from eventroles.documents import Document, Event
from eventroles.spans import Span
from eventroles.words import split_words

RUN_WORDS: Final = 8
"""Two documents share a run when this many words in a row are the same in both, case and punctuation aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Figures of a corpus.

    Attributes:
        n_documents: Documents.
        n_sentences: Sentences, where `meta.sentence_starts` says where they begin.
        n_words: Words.
        n_events: Events.
        n_arguments: Arguments.
        n_empty: Documents without an event.
        n_across: Arguments that lie in another sentence than their trigger.
        n_spans: Different argument spans.
        n_shared_spans: Of these, the spans that are arguments of several events.
        n_nested_spans: Of these, the spans that lie inside another argument of their document.
        n_long_triggers: Triggers of several words.
        events: Events by type.
        arguments: Arguments by type and role.
        trigger_entropy: Entropy in bits of the trigger words of each type.
        top_trigger: The commonest trigger of each type, in lower case, and its share.
    """

    n_documents: int
    n_sentences: int
    n_words: int
    n_events: int
    n_arguments: int
    n_empty: int
    n_across: int
    n_spans: int
    n_shared_spans: int
    n_nested_spans: int
    n_long_triggers: int
    events: Mapping[str, int]
    arguments: Mapping[tuple[str, str], int]
    trigger_entropy: Mapping[str, float]
    top_trigger: Mapping[str, tuple[str, float]]


def corpus_of(documents: Sequence[Document]) -> Corpus:
    """Count what a corpus holds.

    Args:
        documents: The annotated documents.

    Returns:
        The figures.
    """
    pairs = [(document, event) for document in documents for event in document.events]
    triggers: dict[str, Counter[str]] = defaultdict(Counter)
    for document, event in pairs:
        if event.trigger is not None:
            triggers[event.event_type][event.trigger.of(document.text).casefold()] += 1
    spans = [_argument_spans(document) for document in documents]
    return Corpus(
        n_documents=len(documents),
        n_sentences=sum(len(_sentence_starts(document)) for document in documents),
        n_words=sum(len(split_words(document.text)) for document in documents),
        n_events=len(pairs),
        n_arguments=sum(len(event.arguments) for _, event in pairs),
        n_empty=sum(not document.events for document in documents),
        n_across=sum(_n_across(event, _sentence_starts(document)) for document, event in pairs),
        n_spans=sum(len(of) for of in spans),
        n_shared_spans=sum(len(events) > 1 for of in spans for events in of.values()),
        n_nested_spans=sum(any(other != span and other.contains(span) for other in of) for of in spans for span in of),
        n_long_triggers=sum(" " in event.trigger.of(document.text) for document, event in pairs if event.trigger),
        events=Counter(event.event_type for _, event in pairs),
        arguments=Counter((event.event_type, argument.role) for _, event in pairs for argument in event.arguments),
        trigger_entropy={event_type: _entropy(counts) for event_type, counts in triggers.items()},
        top_trigger={event_type: _top(counts) for event_type, counts in triggers.items()},
    )


def shared_runs(documents: Sequence[Document]) -> Iterator[tuple[int, str, str, str]]:
    """Find word sequences that two documents share: the sign of articles cut from one template.

    Args:
        documents: The documents.

    Yields:
        For each longest shared run of at least `RUN_WORDS` words, its length, both ids, and the words.
    """
    seen: dict[tuple[str, ...], tuple[str, int]] = {}
    for document in documents:
        words = _plain_words(document)
        matches = {}
        for position in range(len(words) - RUN_WORDS + 1):
            run = tuple(words[position : position + RUN_WORDS])
            first = seen.setdefault(run, (document.id, position))
            if first[0] != document.id:
                matches[position] = first
        yield from _joined(document.id, words, matches)


def _joined(
    id_: str, words: Sequence[str], matches: Mapping[int, tuple[str, int]]
) -> Iterator[tuple[int, str, str, str]]:
    starts = [at for at in matches if at - 1 not in matches or matches[at - 1][0] != matches[at][0]]
    for start in starts:
        end = start
        while end + 1 in matches and matches[end + 1][0] == matches[start][0]:
            end += 1
        run = words[start : end + RUN_WORDS]
        yield len(run), matches[start][0], id_, " ".join(run)


def _plain_words(document: Document) -> list[str]:
    words = (span.of(document.text).casefold() for span in split_words(document.text))
    return [word for word in words if word[0].isalnum()]


def _argument_spans(document: Document) -> Mapping[Span, set[str]]:
    events_of: dict[Span, set[str]] = defaultdict(set)
    for event in document.events:
        for argument in event.arguments:
            events_of[argument.char_span].add(event.id)
    return events_of


def _sentence_starts(document: Document) -> Sequence[int]:
    starts = document.meta.get("sentence_starts")
    return [start for start in starts if isinstance(start, int)] if isinstance(starts, list) else []


def _n_across(event: Event, starts: Sequence[int]) -> int:
    if event.trigger is None:
        return 0
    own = bisect_right(starts, event.trigger.start)
    return sum(bisect_right(starts, argument.char_span.start) != own for argument in event.arguments)


def _entropy(counts: Counter[str]) -> float:
    total = counts.total()
    return -sum(count / total * log2(count / total) for count in counts.values())


def _top(counts: Counter[str]) -> tuple[str, float]:
    word, count = counts.most_common(1)[0]
    return word, count / counts.total()
