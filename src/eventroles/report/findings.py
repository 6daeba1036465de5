"""What in a corpus to put right or to know before a model learns from it: findings by kind, dearest first."""

from bisect import bisect, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Final

import regex

from eventroles.documents import Argument, Document, Event, all_spans
from eventroles.ontology import Ontology
from eventroles.report.corpus import Corpus, corpus_of
from eventroles.report.events import printable
from eventroles.report.near_names import near_names
from eventroles.spans import Span
from eventroles.words import split_words

MAX_EXAMPLES: Final = 5
"""How many examples of a kind are kept; the rest is counted."""
MAX_CLASSES: Final = 40
"""Types and roles listed, from the most frequent; the rest is counted."""
MIN_USES: Final = 5
"""Types and roles with fewer examples are found."""
NEAR_WORDS: Final = 20
"""Which of two mentions so near to a trigger is its argument, grammar says; beyond, the nearer one is likelier."""


class Kind(StrEnum):
    """What is found; first what no model can learn, then what makes learning harder, then what is good to know."""

    SAME_TYPE = "event types with nearly the same name"
    SAME_ROLE = "roles with nearly the same name"
    NO_TRIGGER = "events without a trigger"
    INSIDE_WORD = "spans that begin or end inside a word"
    WHITE_SPACE = "spans that begin or end in white space"
    SAME_EVENT = "events that repeat another of their document"
    SAME_TRIGGER = "events with the trigger and type of another, but other arguments"
    SAME_ARGUMENT = "arguments that repeat another of their event"
    OVERLAPPING = "arguments that overlap another of their event in the same role"
    NO_TEXT = "documents without text"
    NEARER = f"arguments more than {NEAR_WORDS} words from their trigger, whose words also stand nearer to it"
    OVER_200 = "arguments more than 200 words from their trigger"
    OVER_100 = "arguments 101 to 200 words from their trigger"
    OVER_50 = "arguments 51 to 100 words from their trigger"
    PUNCTUATION = "spans that begin or end in punctuation"
    RARE_TYPE = f"event types with fewer than {MIN_USES} examples"
    RARE_ROLE = f"roles with fewer than {MIN_USES} examples"
    NO_EVENT = "documents without an event"
    UNUSED_TYPE = "event types of the ontology that no event has"
    UNUSED_ROLE = "roles of the ontology that no argument has"


_OF_ONTOLOGY: Final = (Kind.UNUSED_TYPE, Kind.UNUSED_ROLE)
_FAR: Final = {200: Kind.OVER_200, 100: Kind.OVER_100, 50: Kind.OVER_50}
_ADVICE: Final[Mapping[Kind, str]] = {
    Kind.SAME_TYPE: "Each is learnt and scored as a class of its own. Rename the events of one, if they mean the same.",
    Kind.SAME_ROLE: "Each is learnt and scored as a role of its own. Rename one, if they mean the same.",
    Kind.NO_TRIGGER: "None can be learnt. Mark triggers, or call the type document-level where it has none at all.",
    Kind.INSIDE_WORD: "Words are tagged whole, so these count as missed. Correct their offsets.",
    Kind.WHITE_SPACE: "Words are tagged whole, so these count as missed. Leave the white space out.",
    Kind.SAME_EVENT: "They are merged and scored once. Remove the copies.",
    Kind.SAME_TRIGGER: "A trigger evokes one event of a type: they are merged, with all arguments. Join or split them.",
    Kind.SAME_ARGUMENT: "They are scored once. Remove the copies.",
    Kind.OVERLAPPING: "Only one of them can be found, the first or longer: the other counts as missed. Keep one.",
    Kind.NO_TEXT: "Nothing can be learnt from them. Remove them, or find out where their text went.",
    Kind.NEARER: "A search for the words may have found the wrong place. Move them, if the nearer place is meant.",
    Kind.PUNCTUATION: "Boundaries that vary cost exact matches. Leave the mark out, unless it is part of the name.",
    Kind.RARE_TYPE: "Too few to learn from or to score. Annotate more, or merge the type into another.",
    Kind.RARE_ROLE: "Too few to learn from or to score. Annotate more, or leave the role out.",
    Kind.NO_EVENT: "They teach what is no event, if they were annotated. Leave them out, if they were not.",
    **dict.fromkeys(_FAR.values(), "A model sees only what is in its window: check them, or read in longer windows."),
    **dict.fromkeys(_OF_ONTOLOGY, "The model cannot learn them. Annotate some, or take them out of the ontology."),
}

_CONTEXT_CHARS: Final = 30
_STOPS: Final = frozenset(".!?…。！？\n")
_BRACKETS: Final = dict(zip("([{\"'“\u2018«„「", ")]}\"'”’»“」", strict=True))
_OPENER_OF: Final = {closer: opener for opener, closer in _BRACKETS.items()}
_LOOSE_START: Final = regex.compile(r"(?![#@&§¿¡…]|[-–.'’]\d)\p{P}")
_LOOSE_END: Final = regex.compile(r"(?![%‰#*&\u2032\u2033…])\p{P}$")
_ABBREVIATION: Final = regex.compile(
    r"\b(?:\p{L}|[A-Z]?[b-df-hj-np-tv-xz]+|Inc|Corp|Co|Gen|Col|Capt|Maj|Adm|Gov|Sen|Rep|Rev|Hon|Prof|Jan|Feb|Mar|Apr|"
    r"Aug|Sep|Oct|Nov|Dec|Ave|Univ|etc|No)\.$"
)
_GOES_ON: Final = regex.compile(r"\s*+[\p{Ll}\p{N},;:]|\p{L}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One place where something was found.

    Attributes:
        document: Id of the document; empty where no document has it.
        what: What was found there, for people.
        words: Of a span, its words: one example with the same is enough.
    """

    document: str
    what: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """All that was found of one kind.

    Attributes:
        kind: The kind.
        count: How often.
        examples: The first of them, those with words that another has left out.
    """

    kind: Kind
    count: int
    examples: tuple[Example, ...] = ()

    @property
    def title(self) -> str:
        """What was found, and how often."""
        return f"{self.kind[0].upper()}{self.kind[1:]}: {self.count:,}"

    @property
    def advice(self) -> str:
        """What it costs and what to do."""
        return _ADVICE[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found in a corpus.

    Attributes:
        corpus: Its figures.
        kinds: Every kind that was looked for, dearest first, those with no find too.
    """

    corpus: Corpus
    kinds: tuple[Finding, ...]


def findings_of(documents: Sequence[Document], ontology: Ontology | None) -> Findings:
    """Look for what is wrong with a corpus, or hard to learn from it.

    Args:
        documents: The annotated documents.
        ontology: What they are annotated with, where there is one; says which types and roles could have been used.

    Returns:
        The findings.
    """
    corpus = corpus_of(documents)
    document_types = frozenset[str]() if ontology is None else ontology.document_types
    found = chain(
        _names_found(documents, corpus, ontology),
        () if ontology is None else _unused(corpus, ontology),
        (one for document in documents for one in _found_in(document, document_types)),
    )
    kinds = [kind for kind in Kind if ontology is not None or kind not in _OF_ONTOLOGY]
    return Findings(corpus=corpus, kinds=_gathered(found, kinds))


def text_of_findings(findings: Findings) -> str:
    """Write the findings for people: each kind with examples, what was not found, and the balance of classes."""
    kinds = [line for finding in findings.kinds if finding.count for line in _lines_of_finding(finding)]
    absent = [finding.kind for finding in findings.kinds if not finding.count]
    none = ["None of these: " + "; ".join(absent) + "."] if absent else []
    roles = {" ".join(key): count for key, count in findings.corpus.arguments.items()}
    events = _balance("Events by type", findings.corpus.events)
    arguments = _balance("Arguments by type and role", roles)
    return "\n".join([*kinds, *none, "", *events, "", *arguments])


def distances_of(document: Document, words: Sequence[Span]) -> Iterator[tuple[int, Event, Argument]]:
    """Measure how many words the first word of each argument comes after its trigger's; negative where before it."""
    starts = [word.start for word in words]
    for event in document.events:
        if event.trigger is not None:
            own = bisect(starts, event.trigger.start)
            for argument in event.arguments:
                yield bisect(starts, argument.char_span.start) - own, event, argument


_Found = tuple[Kind, Example]


def _names_found(documents: Iterable[Document], corpus: Corpus, ontology: Ontology | None) -> Iterator[_Found]:
    """Names that may be one, and names with few examples; the document is the first that uses the rarer name."""
    first = _first_uses(documents)
    types, roles = Counter(corpus.events), Counter[str]()
    for (_, role), count in corpus.arguments.items():
        roles[role] += count
    if ontology is not None:
        types.update(dict.fromkeys(ontology.type_names, 0))
        roles.update(dict.fromkeys(ontology.role_names, 0))
    for kind, uses in ((Kind.SAME_TYPE, types), (Kind.SAME_ROLE, roles)):
        for name, rarer in near_names(uses):
            what = f"'{rarer}' ({uses[rarer]}) and '{name}' ({uses[name]})"
            yield kind, Example(document=first.get((kind, rarer), ""), what=what)
    pairs = {" ".join(key): count for key, count in corpus.arguments.items()}
    for kind, counts in ((Kind.RARE_TYPE, corpus.events), (Kind.RARE_ROLE, pairs)):
        for name, count in sorted(counts.items(), key=lambda item: (item[1], item[0])):
            if count < MIN_USES:
                yield kind, Example(document=first[kind, name], what=f"{name} ({count})")


def _first_uses(documents: Iterable[Document]) -> Mapping[tuple[Kind, str], str]:
    first: dict[tuple[Kind, str], str] = {}
    for document in documents:
        for event in document.events:
            first.setdefault((Kind.SAME_TYPE, event.event_type), document.id)
            first.setdefault((Kind.RARE_TYPE, event.event_type), document.id)
            for argument in event.arguments:
                first.setdefault((Kind.SAME_ROLE, argument.role), document.id)
                first.setdefault((Kind.RARE_ROLE, f"{event.event_type} {argument.role}"), document.id)
    return first


def _unused(corpus: Corpus, ontology: Ontology) -> Iterator[_Found]:
    """The roles of a type that no event has are not told again."""
    for event_type in ontology.type_names:
        if event_type not in corpus.events:
            yield Kind.UNUSED_TYPE, Example(document="", what=event_type)
            continue
        for role in ontology.legal_roles(event_type):
            if (event_type, role) not in corpus.arguments:
                yield Kind.UNUSED_ROLE, Example(document="", what=f"{event_type} {role}")


def _found_in(document: Document, document_types: Set[str]) -> Iterator[_Found]:
    words = split_words(document.text)
    events = _event_kinds(document, document_types)
    kinds = chain(_document_kinds(document, words), events, _distance_kinds(document, words))
    for kind, what in kinds:
        yield kind, Example(document=document.id, what=what)
    for kind, span in _span_kinds(document, words):
        of = span.of(document.text)
        yield kind, Example(document=document.id, what=_in_context(span, document.text), words=of)


def _document_kinds(document: Document, words: Sequence[Span]) -> Iterator[tuple[Kind, str]]:
    if not words:
        yield Kind.NO_TEXT, "only white space" if document.text else "empty"
    elif not document.events and document.coverage.event_types != frozenset() and document.coverage.char_spans != ():
        yield Kind.NO_EVENT, _shortened(document.text)


def _event_kinds(document: Document, document_types: Set[str]) -> Iterator[tuple[Kind, str]]:
    first: dict[tuple[str, Span | None], dict[frozenset[tuple[str, Span]], str]] = defaultdict(dict)
    for event in document.events:
        arguments = Counter((argument.role, argument.char_span) for argument in event.arguments)
        known = first[event.event_type, event.trigger]
        named = _named(event, document.text)
        is_of_document = event.event_type in document_types
        if event.trigger is None and not is_of_document:
            yield Kind.NO_TRIGGER, named
        if frozenset(arguments) in known:
            yield Kind.SAME_EVENT, f"{named} repeats {known[frozenset(arguments)]}"
        elif known and (event.trigger is not None or is_of_document):
            yield Kind.SAME_TRIGGER, f"{named} and {next(iter(known.values()))}"
        known.setdefault(frozenset(arguments), event.id)
        for (role, span), count in arguments.items():
            for _ in range(count - 1):
                yield Kind.SAME_ARGUMENT, f"{named}: {role} '{_shortened(span.of(document.text))}'"
        for role, span in _overlapping(arguments):
            yield Kind.OVERLAPPING, f"{named}: {role} '{_shortened(span.of(document.text))}'"


def _overlapping(arguments: Iterable[tuple[str, Span]]) -> Iterator[tuple[str, Span]]:
    """List the arguments that begin inside another in their role; of two that begin together, the shorter."""
    reach: dict[str, int] = {}
    for role, span in sorted(arguments, key=lambda argument: (argument[1].start, -argument[1].end)):
        if span.start < reach.get(role, 0):
            yield role, span
        reach[role] = max(span.end, reach.get(role, 0))


def _distance_kinds(document: Document, words: Sequence[Span]) -> Iterator[tuple[Kind, str]]:
    text = document.text
    for distance, event, argument in distances_of(document, words):
        if abs(distance) > NEAR_WORDS:
            shown = _shortened(argument.char_span.of(text))
            what = f"{_named(event, text)}: {argument.role} '{shown}', {abs(distance)} words"
            if _stands_nearer(argument.char_span, event, text):
                yield Kind.NEARER, what
            yield from [(kind, what) for least, kind in _FAR.items() if abs(distance) > least][:1]


def _stands_nearer(span: Span, event: Event, text: str) -> bool:
    """Tell whether the words of an argument also stand between it and its trigger, or in the sentence of that."""
    trigger = event.trigger or span
    taken = {trigger, *(argument.char_span for argument in event.arguments)}
    reach = abs(span.start - trigger.start)
    at = trigger.start - reach
    while (at := text.find(span.of(text), max(0, at + 1), trigger.start + reach + len(span) - 1)) >= 0:
        end = at + len(span)
        is_between = (at < trigger.start) == (span < trigger)
        is_likely = is_between or _STOPS.isdisjoint(text[min(end, trigger.end) : max(at, trigger.start)])
        is_whole = not any(map(str.isalnum, text[max(0, at - 1) : at] + text[end : end + 1]))
        if is_likely and is_whole and Span(at, end) not in taken:
            return True
    return False


def _span_kinds(document: Document, words: Sequence[Span]) -> Iterator[tuple[Kind, Span]]:
    starts = [word.start for word in words]
    for span in dict.fromkeys(all_spans(document)):
        at, end = (bisect_right(starts, position) - 1 for position in (span.start, span.end - 1))
        first = words[at] if at >= 0 and span.start < words[at].end else None
        last = words[end] if end >= 0 and span.end <= words[end].end else None
        yield from ((kind, span) for kind in _oddities(span, document.text, first, last))


def _oddities(span: Span, text: str, first: Span | None, last: Span | None) -> Iterator[Kind]:
    """Say what is odd about a span that begins in one word and ends in another; None for white space."""
    if first is None or last is None:
        yield Kind.WHITE_SPACE
    if (first is not None and first.start < span.start) or (last is not None and span.end < last.end):
        yield Kind.INSIDE_WORD
    is_loose_start = first is not None and len(first) == 1 and _has_loose_start(span.of(text))
    if is_loose_start or (last is not None and len(last) == 1 and _has_loose_end(span, text)):
        yield Kind.PUNCTUATION


def _has_loose_start(text: str) -> bool:
    return _LOOSE_START.match(text) is not None and _BRACKETS.get(text[0], text) not in text[1:-1]


def _has_loose_end(span: Span, text: str) -> bool:
    end = span.of(text)
    is_short_form = end[-1] == "." and (_ABBREVIATION.search(end) or _GOES_ON.match(text, pos=span.end))
    return _LOOSE_END.search(end) is not None and _OPENER_OF.get(end[-1], end) not in end[1:-1] and not is_short_form


def _named(event: Event, text: str) -> str:
    trigger = "" if event.trigger is None else f" '{_shortened(event.trigger.of(text))}'"
    return f"{event.id} {event.event_type}{trigger}"


def _in_context(span: Span, text: str) -> str:
    before, after = text[max(0, span.start - _CONTEXT_CHARS) : span.start], text[span.end : span.end + _CONTEXT_CHARS]
    return f"{before}[{_shortened(span.of(text))}]{after}"


def _shortened(text: str) -> str:
    return text if len(text) <= 2 * _CONTEXT_CHARS else f"{text[:_CONTEXT_CHARS]}…{text[-_CONTEXT_CHARS:]}"


def _gathered(found: Iterable[_Found], kinds: Iterable[Kind]) -> tuple[Finding, ...]:
    counts: Counter[Kind] = Counter()
    examples: dict[Kind, list[Example]] = {kind: [] for kind in Kind}
    for kind, example in found:
        counts[kind] += 1
        is_new = not example.words or example.words not in {other.words for other in examples[kind]}
        if is_new and len(examples[kind]) < MAX_EXAMPLES:
            examples[kind].append(example)
    return tuple(Finding(kind=kind, count=counts[kind], examples=tuple(examples[kind])) for kind in kinds)


def _lines_of_finding(finding: Finding) -> list[str]:
    examples = [": ".join(part for part in (example.document, example.what) if part) for example in finding.examples]
    return [finding.title, f"  {finding.advice}", *(f"    {printable(example)}" for example in examples), ""]


def _balance(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    top = f"; the most frequent, {printable(ranked[0][0])}, has {ranked[0][1] / total:.1%}" if ranked else ""
    yield f"{title}: {total}{top}"
    rows, rest = ranked[:MAX_CLASSES], [count for _, count in ranked[MAX_CLASSES:]]
    for name, count in [*rows, *([(f"in {len(rest)} others; --html lists all", sum(rest))] if rest else [])]:
        yield f"  {count:>8} {count / total:>7.1%}  {printable(name)}"
