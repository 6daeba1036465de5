"""What somebody changed in annotated documents: events and arguments that came, went, or were renamed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from eventroles.documents import Document, Event
from eventroles.report.events import printable
from eventroles.spans import Span

ADDED: Final = "+"
REMOVED: Final = "-"
RENAMED: Final = "~"


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
    """Compare two versions of the same documents.

    Args:
        older: The documents as they were.
        newer: The documents as they are, in any order.

    Returns:
        The changes. An event whose trigger stands under another type is renamed, and so is an argument whose span plays
        another role; all else is added or removed.
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


def _changes_of(old: Document | None, new: Document | None) -> Iterator[tuple[str, str]]:
    if old is None or new is None:
        kind = "document added" if old is None else "document removed"
        yield kind, f"{ADDED if old is None else REMOVED} document"
    elif old.text != new.text:
        yield "text changed", f"{RENAMED} text: its events cannot be compared"
    else:
        yield from _changes_of_events(old, new)


def _changes_of_events(old: Document, new: Document) -> Iterator[tuple[str, str]]:
    before, after = _by_trigger(old), _by_trigger(new)
    for trigger in sorted(before.keys() | after.keys(), key=lambda span: (span is None, span or Span(0, 1))):
        word = "(no trigger)" if trigger is None else printable(trigger.of(old.text))
        types_before, types_after = before.get(trigger, {}), after.get(trigger, {})
        for event_type in sorted(types_before.keys() & types_after.keys()):
            sides = (types_before[event_type], types_after[event_type])
            yield from _changes_of_arguments(f"{event_type} {word}", sides, old.text)
        gone, come = (
            sorted(a.keys() - b.keys()) for a, b in ((types_before, types_after), (types_after, types_before))
        )
        for event_type, new_type in zip(gone, come, strict=False):
            yield "event type changed", f"{RENAMED} {event_type} {word}: now {new_type}"
            sides = (types_before[event_type], types_after[new_type])
            yield from _changes_of_arguments(f"{new_type} {word}", sides, old.text)
        n_renamed = min(len(gone), len(come))
        yield from (("event removed", f"{REMOVED} {event_type} {word}") for event_type in gone[n_renamed:])
        yield from (("event added", f"{ADDED} {event_type} {word}") for event_type in come[n_renamed:])


def _changes_of_arguments(
    event: str, sides: tuple[set[tuple[Span, str]], set[tuple[Span, str]]], text: str
) -> Iterator[tuple[str, str]]:
    gone, come = sorted(sides[0] - sides[1]), sorted(sides[1] - sides[0])
    for span, role in list(gone):
        renamed = next(((place, new_role) for place, new_role in come if place == span), None)
        if renamed is not None:
            gone.remove((span, role))
            come.remove(renamed)
            yield "role changed", f"{RENAMED} {event}: {role} {printable(span.of(text))} now {renamed[1]}"
    for kind, mark, arguments in (("argument removed", REMOVED, gone), ("argument added", ADDED, come)):
        yield from ((kind, f"{mark} {event}: {role} {printable(span.of(text))}") for span, role in arguments)


def _by_trigger(document: Document) -> dict[Span | None, dict[str, set[tuple[Span, str]]]]:
    events: dict[Span | None, dict[str, set[tuple[Span, str]]]] = {}
    for event in document.events:
        arguments = events.setdefault(event.trigger, {}).setdefault(event.event_type, set())
        arguments |= _arguments(event)
    return events


def _arguments(event: Event) -> set[tuple[Span, str]]:
    return {(argument.char_span, argument.role) for argument in event.arguments}
