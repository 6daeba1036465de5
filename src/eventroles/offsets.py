"""Say why the span offsets of a file of native records do not fit its texts, and put them right.

A cause is one way of counting, used in the whole file. It explains a span where the offsets, converted from that way
to code points, cut the span's `text` out of the document's. A text that was cut out of the text as it was counted
(normalised, or with other line ends) is as good, and is replaced. The pairs of `annotated.char_spans` are spans
without a text: they need only lie inside.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from eventroles.counting import CAUSES, NO_CAUSE, Bounds, Cause, Position, constant
from eventroles.errors import DataError, Place, Problems
from eventroles.formats.records import show
from eventroles.formats.sinks import bytes_of, replaced
from eventroles.formats.sources import json_values, open_data

MAX_SHIFT: Final = 1000  # how far all offsets may be off by a constant, either way
_N_EXAMPLES: Final = 5
_N_CONSTANTS: Final = 5
_SHOWN_CHARS: Final = 40
_MAX_CHARS_FOR_ONE: Final = 4  # U+1F82, a letter with three marks: four characters in NFD, one in NFC

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How far one cause comes.

    Attributes:
        cause: The cause.
        n_explained: Spans that fit when it is undone.
        n_broken_explained: Those of them that do not fit as they are.
        examples: Those that it explains of the first spans that do not fit, before and after.
    """

    cause: Cause
    n_explained: int
    n_broken_explained: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What is wrong with the offsets of a file.

    Attributes:
        n_documents: Records, readable or not.
        n_spans: Spans in the readable ones.
        n_fitting: Those that fit as they are.
        n_unreadable: Records that are malformed otherwise.
        first_unreadable: Where the first of them stands, and what is wrong with it.
        findings: Every cause, the farthest first; of the constants those that explain all, or else the best.
        is_ambiguous: Several causes explain all spans, but do not give the same offsets everywhere.
    """

    n_documents: int
    n_spans: int
    n_fitting: int
    n_unreadable: int
    first_unreadable: str
    findings: tuple[Finding, ...]
    is_ambiguous: bool

    @property
    def n_broken(self) -> int:
        """Spans that do not fit as they are."""
        return self.n_spans - self.n_fitting

    @property
    def is_sound(self) -> bool:
        """Whether there is nothing to repair."""
        return not self.n_broken and not self.n_unreadable

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The causes that explain every span of a file with broken ones."""
        whole = tuple(finding.cause for finding in self.findings if finding.n_explained == self.n_spans)
        return whole if self.n_broken else ()

    @property
    def cause(self) -> Cause | None:
        """The cause to undo; None where there is none, or nothing tells which."""
        return self.causes[0] if self.causes and not self.is_ambiguous and not self.n_unreadable else None


def diagnose(values: Iterable[tuple[Place, Any]]) -> Diagnosis:
    """Find out why offsets do not fit, in one pass that holds one record at a time.

    Args:
        values: The records and where they stand, as `json_values` reads them. What is malformed is reported there.

    Returns:
        How many spans each cause explains.
    """
    tally, unreadable, n_documents = _Tally(), Problems(), 0
    for place, record in values:
        n_documents += 1
        try:
            text, marks = _take(record, "text", str, ""), list(_marks(record))
        except DataError as error:
            place.report(str(error))
            unreadable.add(place.where, str(error))
        else:
            tally.add(place.where, text, marks)
    return Diagnosis(
        n_documents=n_documents,
        n_spans=tally.n_spans,
        n_fitting=tally.n_fitting,
        n_unreadable=unreadable.n_found,
        first_unreadable=unreadable.text().partition("\n")[0],
        findings=tally.findings(),
        is_ambiguous=tally.is_ambiguous(),
    )


def repaired(record: Mapping[str, Any], cause: Cause) -> dict[str, Any]:
    """Undo a cause in one record.

    Args:
        record: The record, which stays as it is.
        cause: Why its offsets do not fit.

    Returns:
        The record with other offsets.

    Raises:
        DataError: The record is malformed, or the cause does not explain one of its spans.
    """
    result: dict[str, Any] = json.loads(json.dumps(dict(record)))
    text = _take(result, "text", str, "")
    position = cause.position_in(text)
    for mark in _marks(result):
        bounds = _bounds(mark, text, cause, position)
        if bounds is None:
            raise DataError(
                f"{mark.path}: must fit when '{cause.name}' is undone, but {show(mark.holder)} does not. "
                "Undo only what explains the whole file."
            )
        mark.move(bounds, text)
    return result


def repair(source: Path, sink: Path) -> Diagnosis:
    """Undo what is wrong with the offsets of a file, in two passes; of a sound file nothing is written.

    Args:
        source: JSON lines, or one array.
        sink: Gets JSON lines; it may be the source.

    Returns:
        What was wrong with it.

    Raises:
        DataError: It is not one cause that explains every span, or records are malformed.
    """
    problems = Problems()
    with open_data(source) as file:
        diagnosis = diagnose(json_values(file, str(source), problems))
    problems.raise_if_any(DataError)
    if diagnosis.cause is not None:
        with open_data(source) as file, replaced(sink) as whole:
            for _, record in json_values(file, str(source), problems):
                whole.write(bytes_of(repaired(record, diagnosis.cause)) + b"\n")
    elif not diagnosis.is_sound:
        raise DataError(
            f"{source}: all offsets must be wrong for one cause, but are not. Correct the file where it was made.\n"
            f"{text_of_diagnosis(diagnosis)}"
        )
    return diagnosis


def text_of_diagnosis(diagnosis: Diagnosis) -> str:
    """Write a diagnosis for people: the verdict, a table of the causes, and examples of the farthest."""
    n_spans, n_broken = diagnosis.n_spans, diagnosis.n_broken
    lines = [f"Documents: {diagnosis.n_documents}. Spans: {n_spans}; {n_broken} do not fit as they are."]
    lines += _verdict(diagnosis)
    if n_broken:
        lines += ["", f"{'cause':<44}{'explains':>20}{'of the broken':>20}"]
        for finding in diagnosis.findings:
            of_all, of_broken = f"{finding.n_explained} / {n_spans}", f"{finding.n_broken_explained} / {n_broken}"
            lines.append(f"{finding.cause.name:<44}{of_all:>20}{of_broken:>20}")
        best = max(diagnosis.findings, key=lambda finding: finding.n_broken_explained)
        lines += ["", f"Undoing '{best.cause.name}':", *best.examples]
    return "\n".join(lines)


def _verdict(diagnosis: Diagnosis) -> Iterator[str]:
    names = ", ".join(f"'{cause.name}'" for cause in diagnosis.causes)
    if diagnosis.n_unreadable:
        yield f"Records that cannot be read: {diagnosis.n_unreadable}, the first at {diagnosis.first_unreadable}"
    if diagnosis.is_sound:
        yield "Nothing to repair."
    elif diagnosis.is_ambiguous:
        yield f"Each of these causes explains all spans, but they give different offsets: {names}."
    elif diagnosis.causes:
        yield f"All spans are explained by: {names}."
    elif diagnosis.n_broken:
        yield "No one cause explains all spans: the file is broken in two ways at once, or texts of spans are wrong."


class _Mark(NamedTuple):
    """A span where it stands in a record; a pair has no surface."""

    path: str
    start: int
    end: int
    surface: str | None
    holder: Any

    def move(self, bounds: Bounds, text: str) -> None:
        if self.surface is None:
            self.holder[:] = bounds
        else:
            self.holder.update(start=bounds[0], end=bounds[1], text=text[slice(*bounds)])

    def line(self, bounds: Bounds, text: str) -> str:
        found = text[max(self.start, 0) : max(self.end, 0)]
        before = f"[{self.start}, {self.end}) {_shown(found)}"
        after = f"[{bounds[0]}, {bounds[1]}) {_shown(text[slice(*bounds)])}"
        return f'{self.path}: "{_shown(self.surface or "")[1:-1]}": {before} -> {after}'


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…")


def _marks(record: Any) -> Iterator[_Mark]:
    for number, event in enumerate(_list(record, "events", "")):
        path = f"events[{number}]"
        arguments = _list(event, "arguments", path)
        if event.get("trigger") is not None:
            yield _mark(event["trigger"], f"{path}.trigger")
        for index, argument in enumerate(arguments):
            yield _mark(argument, f"{path}.arguments[{index}]")
    annotated = record.get("annotated")
    for number, pair in enumerate([] if annotated is None else _list(annotated, "char_spans", "annotated")):
        path = f"annotated.char_spans[{number}]"
        if type(pair) is not list or [type(bound) for bound in pair] != [int, int]:
            raise DataError(f"{path}: must be a pair [start, end], but is {show(pair)}. Correct it.")
        yield _Mark(path, pair[0], pair[1], None, pair)


def _mark(value: Any, path: str) -> _Mark:
    start, end = _take(value, "start", int, path), _take(value, "end", int, path)
    return _Mark(path, start, end, _take(value, "text", str, path), value)


def _list(holder: Any, key: str, path: str) -> list[Any]:
    return [] if type(holder) is dict and holder.get(key) is None else _take(holder, key, list, path)


def _take(holder: Any, key: str, kind: type[Value], path: str) -> Value:
    if type(holder) is not dict:
        raise DataError(f"{path or 'record'}: must be a JSON object, but is {show(holder)}. Correct it.")
    value = holder.get(key)
    if type(value) is not kind:
        at = f"{path}.{key}" if path else key
        raise DataError(f"{at}: must be given, of type {kind.__name__}, but is {show(value)}. Correct it.")
    return value


def _bounds(mark: _Mark, text: str, cause: Cause, position: Position | None) -> Bounds | None:
    """Undo a cause in one span; None where it does not fit then."""
    units = mark.start - cause.shift, mark.end - cause.shift + cause.n_missing
    start, end = units if position is None else (position(units[0]), position(units[1]))
    if start is None or end is None or not 0 <= start < end <= len(text):
        return None
    return (start, end) if _is_spelt(mark.surface, text, (start, end), cause.form) else None


def _is_spelt(surface: str | None, text: str, bounds: Bounds, form: Callable[[str], str] | None) -> bool:
    if surface is None:
        return True
    n_chars = bounds[1] - bounds[0]
    if n_chars == len(surface) and text.startswith(surface, bounds[0]):
        return True
    if form is None or n_chars > _MAX_CHARS_FOR_ONE * len(surface):
        # A longer part cannot come to this surface; to write each part of many would take quadratic time.
        return False
    return form(text[slice(*bounds)]) == surface


def _fixes(mark: _Mark, text: str, positions: Iterable[tuple[Cause, Position | None]]) -> dict[str, Bounds]:
    """Give the bounds of a span under each cause that explains it."""
    as_given = _bounds(mark, text, NO_CAUSE, None)
    fixes = {} if as_given is None else {NO_CAUSE.name: as_given}
    for cause, position in positions:
        is_same = position is None and not cause.n_missing and (as_given is not None or cause.form is None)
        bounds = as_given if is_same else _bounds(mark, text, cause, position)
        if bounds is not None:
            fixes[cause.name] = bounds
    return fixes


def _shifts(mark: _Mark, text: str) -> Iterable[int]:
    """Find the constants that a span may be off by, among them 0 if it is where it should be."""
    if mark.surface is None:
        is_span = mark.start < mark.end
        return range(max(mark.end - len(text), -MAX_SHIFT), min(mark.start, MAX_SHIFT) + 1) if is_span else ()
    if not mark.surface or len(mark.surface) != mark.end - mark.start:
        return ()
    shifts = []
    stop = max(mark.end + MAX_SHIFT, 0)
    found = text.find(mark.surface, max(mark.start - MAX_SHIFT, 0), stop)
    while found >= 0:
        shifts.append(mark.start - found)
        found = text.find(mark.surface, found + 1, stop)
    return shifts


class _Tally:
    """Counts how many spans each cause explains: causes by their names, constants by themselves."""

    def __init__(self) -> None:
        self.n_spans = self.n_fitting = 0
        self._n_explained: Counter[str | int] = Counter()
        self._n_broken_explained: Counter[str | int] = Counter()
        self._examples: list[dict[str | int, str]] = []
        self._whole_names = [cause.name for cause in CAUSES]
        self._whole_shifts: set[int] | None = None
        self._disagreeing: set[frozenset[str]] = set()
        self._moves: defaultdict[str, set[Bounds]] = defaultdict(set)

    def add(self, where: str, text: str, marks: Sequence[_Mark]) -> None:
        positions = [(cause, cause.position_in(text)) for cause in CAUSES] if marks else []
        for mark in marks:
            fixes, shifts = _fixes(mark, text, positions), _shifts(mark, text)
            self.n_spans += 1
            self._n_explained.update([*fixes, *shifts])
            if NO_CAUSE.name in fixes:
                self.n_fitting += 1
            else:
                self._n_broken_explained.update([*fixes, *shifts])
                self._keep_example(where, text, mark, fixes)
            self._compare(mark, fixes, shifts)

    def findings(self) -> tuple[Finding, ...]:
        causes = {cause.name: cause for cause in CAUSES} | {shift: constant(shift) for shift in self._constants()}
        found = [
            Finding(
                cause=cause,
                n_explained=self._n_explained[key],
                n_broken_explained=self._n_broken_explained[key],
                examples=tuple(lines[key] for lines in self._examples if key in lines),
            )
            for key, cause in causes.items()
        ]
        return tuple(sorted(found, key=lambda finding: -finding.n_explained))

    def is_ambiguous(self) -> bool:
        shifts = self._whole_shifts or set()
        return self.n_fitting < self.n_spans and (
            len(shifts) > 1
            or any(frozenset(pair) in self._disagreeing for pair in combinations(self._whole_names, 2))
            or any(self._moves[name] != {(shift, shift)} for shift in shifts for name in self._whole_names)
        )

    def _keep_example(self, where: str, text: str, mark: _Mark, fixes: Mapping[str, Bounds]) -> None:
        if mark.surface is None or len(self._examples) == _N_EXAMPLES:
            return
        after: dict[str | int, Bounds] = {
            shift: (mark.start - shift, mark.end - shift) for shift in _shifts(mark, text)
        }
        lines = {key: f"{where}: {mark.line(bounds, text)}" for key, bounds in (after | {**fixes}).items()}
        self._examples.append(lines)

    def _compare(self, mark: _Mark, fixes: Mapping[str, Bounds], shifts: Iterable[int]) -> None:
        """Note which causes that explain all so far do not agree, and the first two ways that each moves spans."""
        self._whole_names = [name for name in self._whole_names if name in fixes]
        if len({fixes[name] for name in self._whole_names}) > 1:
            pairs = combinations(self._whole_names, 2)
            self._disagreeing |= {frozenset((one, other)) for one, other in pairs if fixes[one] != fixes[other]}
        if self._whole_shifts != set():
            self._whole_shifts = set(shifts) - {0} if self._whole_shifts is None else self._whole_shifts & set(shifts)
            for name in self._whole_names:
                if len(self._moves[name]) <= 1:
                    self._moves[name].add((mark.start - fixes[name][0], mark.end - fixes[name][1]))

    def _constants(self) -> list[int]:
        """List the constants that explain all, at most a few, or else the best."""
        shifts = [key for key in self._n_explained if isinstance(key, int) and key]
        shifts.sort(key=lambda shift: (-self._n_broken_explained[shift], -self._n_explained[shift], abs(shift)))
        return [shift for shift in shifts[:_N_CONSTANTS] if self._n_explained[shift] == self.n_spans] or shifts[:1]
