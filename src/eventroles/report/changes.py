"""What somebody changed in annotated documents: events and arguments that came, went, moved, or were renamed."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from eventroles.documents import Argument, Coverage, Document
from eventroles.report.events import printable
from eventroles.spans import Span

ADDED: Final = "+"
REMOVED: Final = "-"
CHANGED: Final = "~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How the newer of two versions of the same documents differs.

    Attributes:
        counts: How often each kind of change occurs.
        lines: The changes, a line each, below the id of their document.
    """

    counts: Mapping[str, int]
    lines: Sequence[str]


def changes_between(older: Iterable[Document], newer: Iterable[Document]) -> Changes:
    """Compare two versions of the same documents: their events and what was annotated, not scores or metadata.

    Args:
        older: The documents as they were.
        newer: The documents as they are, in any order.

    Returns:
        The changes. An event whose trigger stands under another type is renamed, and one of the same type whose trigger
        overlaps has moved; so with arguments and roles. All else is added or removed, with all its arguments.
    """
    before = {document.id: document for document in older}
    after = {document.id: document for document in newer}
    counts: Counter[str] = Counter()
    lines: list[str] = []
    for id_ in (*before, *(id_ for id_ in after if id_ not in before)):
        found = list(_changes_of(before.get(id_), after.get(id_)))
        counts.update(kind for kind, _ in found)
        lines += [printable(id_), *(f"  {line}" for _, line in found)] if found else []
    return Changes(counts=counts, lines=lines)


def text_of_changes(changes: Changes) -> str:
    """Write changes for people: each, then how many of each kind."""
    summary = [f"{count:>7}  {kind}" for kind, count in sorted(changes.counts.items())]
    return "\n".join([*changes.lines, *(summary or ["no change"])])


_Change = tuple[str, str]
"""What kind it is, and a line on it."""


class _Mark(NamedTuple):
    """An event, or one of its arguments.

    Attributes:
        label: Event type or role.
        span: The trigger, or the argument's own; None for an event without a trigger.
        arguments: Of an event.
    """

    label: str
    span: Span | None
    arguments: frozenset["_Mark"] = frozenset()


_Pair = tuple[_Mark | None, _Mark | None]
"""The same thing in the older and the newer version; None where it is not there."""

_KEYS: Final[Sequence[Callable[[_Mark], Hashable]]] = (
    lambda mark: mark,
    lambda mark: (mark.label, mark.span),
    lambda mark: (mark.span, mark.arguments),
    lambda mark: mark.span,
)
"""What two marks may have in common to be the same thing, the closest first."""


def _changes_of(old: Document | None, new: Document | None) -> Iterator[_Change]:
    if old is None or new is None:
        kind, mark, document = ("added", ADDED, new) if old is None else ("removed", REMOVED, old)
        yield f"document {kind}", f"{mark} document: {len(document.events if document else ())} event(s)"
        return
    if old.coverage != new.coverage:
        yield "annotated part changed", f"{CHANGED} annotated: {_shown(old.coverage)}, now {_shown(new.coverage)}"
    if old.text != new.text:
        yield "text changed", f"{CHANGED} text: its events cannot be compared"
        return
    for before, after in _paired(_events_of(old), _events_of(new)):
        yield from _changes_of_event(before, after, old.text)


def _changes_of_event(before: _Mark | None, after: _Mark | None, text: str) -> Iterator[_Change]:
    yield from _changes_of_mark((before, after), ("event", "event type", "trigger"), "", text)
    latest = after or before
    name = "" if latest is None else f"{_text_of(latest, text)}: "
    for pair in _paired(*(() if mark is None else mark.arguments for mark in (before, after))):
        yield from _changes_of_mark(pair, ("argument", "role", "argument span"), name, text)


def _changes_of_mark(pair: _Pair, kinds: tuple[str, str, str], prefix: str, text: str) -> Iterator[_Change]:
    whole, label, span = kinds
    old, new = pair
    if old is None or new is None:
        for kind, mark, only in (("added", ADDED, new), ("removed", REMOVED, old)):
            if only is not None:
                yield f"{whole} {kind}", f"{mark} {prefix}{_text_of(only, text)}"
    elif old.label != new.label:
        yield f"{label} changed", f"{CHANGED} {prefix}{_text_of(old, text)} now {printable(new.label)}"
    elif old.span != new.span:
        yield f"{span} changed", f"{CHANGED} {prefix}{_text_of(old, text)} now {_words_of(new, text)}"


def _events_of(document: Document) -> list[_Mark]:
    return [
        _Mark(event.event_type, event.trigger, frozenset(map(_mark_of_argument, event.arguments)))
        for event in document.events
    ]


def _mark_of_argument(argument: Argument) -> _Mark:
    return _Mark(argument.role, argument.char_span)


def _paired(old: Iterable[_Mark], new: Iterable[_Mark]) -> list[_Pair]:
    """Find the same things in both versions, in the order of the text; what has least changed is found first."""
    left = sorted(old, key=_place), sorted(new, key=_place)
    pairs: list[_Pair] = []
    for key in _KEYS:
        left = _pair_by_key(left, key, pairs)
    left = _pair_by_overlap(left, pairs)
    pairs += [(mark, None) for mark in left[0]] + [(None, mark) for mark in left[1]]
    return sorted(pairs, key=lambda pair: min(_place(mark) for mark in pair if mark is not None))


def _pair_by_key(
    sides: tuple[list[_Mark], list[_Mark]], key: Callable[[_Mark], Hashable], pairs: list[_Pair]
) -> tuple[list[_Mark], list[_Mark]]:
    waiting: dict[Hashable, deque[_Mark]] = defaultdict(deque)
    for mark in sides[1]:
        waiting[key(mark)].append(mark)
    left = []
    for mark in sides[0]:
        same = key(mark)
        if same is not None and waiting[same]:
            pairs.append((mark, waiting[same].popleft()))
        else:
            left.append(mark)
    return left, sorted((mark for marks in waiting.values() for mark in marks), key=_place)


def _pair_by_overlap(sides: tuple[list[_Mark], list[_Mark]], pairs: list[_Pair]) -> tuple[list[_Mark], list[_Mark]]:
    """Pair marks of one label that overlap, in one sweep over the text."""
    waiting: dict[str, deque[_Mark]] = defaultdict(deque)
    for mark in sides[1]:
        waiting[mark.label].append(mark)
    left: tuple[list[_Mark], list[_Mark]] = [], []
    for mark in sides[0]:
        others = waiting[mark.label]
        while others and _ends_before(others[0], mark):
            left[1].append(others.popleft())
        if others and _overlap(mark, others[0]):
            pairs.append((mark, others.popleft()))
        else:
            left[0].append(mark)
    left[1].extend(mark for marks in waiting.values() for mark in marks)
    return left


def _overlap(first: _Mark, second: _Mark) -> bool:
    return first.span is not None and second.span is not None and first.span.overlaps(second.span)


def _ends_before(first: _Mark, second: _Mark) -> bool:
    return first.span is not None and (second.span is None or first.span.end <= second.span.start)


def _place(mark: _Mark) -> tuple[bool, Span, str]:
    return mark.span is None, mark.span or Span(0, 1), mark.label


def _text_of(mark: _Mark, text: str) -> str:
    return f"{printable(mark.label)} {_words_of(mark, text)}"


def _words_of(mark: _Mark, text: str) -> str:
    if mark.span is None:
        return "(no trigger)"
    return f"{printable(mark.span.of(text))} [{mark.span.start}:{mark.span.end}]"


def _shown(coverage: Coverage) -> str:
    if coverage == Coverage():
        return "everything"
    types = [] if coverage.event_types is None else [", ".join(sorted(coverage.event_types)) or "no type"]
    spans = None if coverage.char_spans is None else [f"[{span.start}:{span.end}]" for span in coverage.char_spans]
    return " in ".join([*types, *([] if spans is None else [", ".join(spans) or "no region"])])
