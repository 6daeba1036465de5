"""seqeval's strict IOB2 report over triggers and role tracks.

seqeval compares tag sequences. A sequence here is one track (an event type in a document; a role of one event), and
its units are the pieces of text between the borders of all spans on the track, so that every span is expressible
whatever the word boundaries are. seqeval is called in strict mode: its default counts an entity that begins with an
I tag as right.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from eventroles.documents import Event
from eventroles.metrics import Pair
from eventroles.spans import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the report.

    Attributes:
        name: Event type, role, or `micro avg` and its kin.
        precision: In [0, 1].
        recall: In [0, 1].
        f1: In [0, 1].
        support: Gold spans.
    """

    name: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(slots=True)
class _Track:
    label: str
    gold: set[Span]
    predicted: set[Span]


def trigger_rows(pairs: Iterable[Pair]) -> list[Row]:
    """Report triggers by event type; an event without a trigger has no tags and is left out.

    Args:
        pairs: Gold and predicted documents.

    Returns:
        A row a type in order of name, then the averages; nothing where there is neither gold nor prediction.
    """
    return _report(_tracks(pairs, _triggers_of))


def role_rows(pairs: Iterable[Pair]) -> list[Row]:
    """Report arguments by role, each event (type and trigger) and role being a track of its own.

    Args:
        pairs: Gold and predicted documents.

    Returns:
        A row a role in order of name, then the averages; nothing where there is neither gold nor prediction.
    """
    return _report(_tracks(pairs, _arguments_of))


_Mark = tuple[Hashable, str, Span]
"""What tells a track from the others of its document, its label, and a span on it."""


def _triggers_of(event: Event) -> Iterator[_Mark]:
    if event.trigger is not None:
        yield event.event_type, event.event_type, event.trigger


def _arguments_of(event: Event) -> Iterator[_Mark]:
    for argument in event.arguments:
        yield (event.event_type, event.trigger, argument.role), argument.role, argument.char_span


def _tracks(pairs: Iterable[Pair], marks_of: Callable[[Event], Iterator[_Mark]]) -> dict[Hashable, _Track]:
    tracks: dict[Hashable, _Track] = {}
    for number, pair in enumerate(pairs):
        for is_gold, events in ((True, pair.gold), (False, pair.predicted)):
            for key, label, span in (mark for event in events for mark in marks_of(event)):
                track = tracks.setdefault((number, key), _Track(label, set(), set()))
                (track.gold if is_gold else track.predicted).add(span)
    return tracks


def _report(tracks: Mapping[Hashable, _Track]) -> list[Row]:
    if not tracks:
        return []
    labels = sorted({track.label for track in tracks.values()})
    # seqeval cuts labels at hyphens, and sorts by them: give it plain numbers of one length.
    codes = {label: f"{number:06d}" for number, label in enumerate(labels)}
    gold, predicted = [], []
    for track in tracks.values():
        for sides in _layers(track):
            left, right = _tags(sides, codes[track.label])
            gold.append(left)
            predicted.append(right)
    report = classification_report(
        gold, predicted, mode="strict", scheme=IOB2, output_dict=True, zero_division=0, digits=4
    )
    names = {code: label for label, code in codes.items()}
    return [_row(names.get(name, name), values) for name, values in report.items()]


def _row(name: str, values: Mapping[str, Any]) -> Row:
    return Row(
        name=name,
        precision=float(values["precision"]),
        recall=float(values["recall"]),
        f1=float(values["f1-score"]),
        support=int(values["support"]),
    )


def _layers(track: _Track) -> list[tuple[list[Span], list[Span]]]:
    """Spread the spans over layers without overlaps; a span that is in both sides gets one layer in both."""
    layers: list[tuple[list[Span], list[Span]]] = []
    for span in sorted(track.gold | track.predicted):
        sides = [span in track.gold, span in track.predicted]
        fits = (
            layer
            for layer in layers
            if not any(used and span.overlaps(other) for used, side in zip(sides, layer, strict=True) for other in side)
        )
        layer = next(fits, None)
        if layer is None:
            layer = ([], [])
            layers.append(layer)
        for used, side in zip(sides, layer, strict=True):
            if used:
                side.append(span)
    return layers


def _tags(sides: tuple[list[Span], list[Span]], code: str) -> tuple[list[str], list[str]]:
    borders = sorted({border for side in sides for span in side for border in (span.start, span.end)})
    units = {border: number for number, border in enumerate(borders)}
    both = []
    for side in sides:
        tags = ["O"] * (len(borders) - 1)
        for span in side:
            start, end = units[span.start], units[span.end]
            tags[start:end] = [f"B-{code}"] + [f"I-{code}"] * (end - start - 1)
        both.append(tags)
    return both[0], both[1]
