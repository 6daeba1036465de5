"""Labelled runs of tokens as columns of tags, IOB2 and its kin; `conll` says which conventions are ours."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from eventroles.errors import Place
from eventroles.formats.records import show

_PREFIXES: Final = frozenset("BIESLU")
_ESCAPES: Final = {ord(character): f"\\{name}" for character, name in zip("\\|\t\n\r", "\\ptnr", strict=True)}
_UNESCAPES: Final = {"\\e": "", **{escape: chr(code) for code, escape in _ESCAPES.items()}}
_ESCAPED: Final = re.compile(r"\\(?:u(d[89a-f][0-9a-f]{2})|[\\ptnre])")
_LAST_O: Final = re.compile(r"(?:\|O)+\Z")


class Run(NamedTuple):
    """A labelled run of tokens: when reading, counted from the first of its sentence; when writing, of its document."""

    start: int
    end: int
    label: str


def cells_of(runs: Iterable[Run], first: int, last: int) -> list[str]:
    """Write runs as the cells of the sentence of these tokens, each in the first sequence of tags that is free."""
    sequences: list[list[str]] = []
    ends: list[int] = []
    for start, end, label in sorted(runs, key=lambda run: run.start):
        free = next((number for number, other in enumerate(ends) if other <= start), len(ends))
        if free == len(ends):
            ends.append(0)
            sequences.append(["O"] * (last - first))
        ends[free] = end
        escaped = label.translate(_ESCAPES) or "\\e"
        sequences[free][start - first : end - first] = [f"B-{escaped}", *[f"I-{escaped}"] * (end - start - 1)]
    cells = ["|".join(tags) for tags in zip(*sequences, strict=True)] if sequences else ["O"] * (last - first)
    return [_LAST_O.sub("", cell) for cell in cells]


class Column:
    """The runs that the tags of a column tell; one may be open in each of its sequences."""

    def __init__(self, line: int, at: Callable[[int], Place], line_of_scheme: dict[str, int] | None) -> None:
        self._line = line
        self._at = at
        self._line_of_scheme = line_of_scheme
        self._runs: list[Run] = []
        self._open: dict[int, int] = {}

    def read(self, cells: Sequence[str]) -> list[Run]:
        """List the runs in order; what is wrong with a tag is reported at its line."""
        if cells.count("O") == len(cells):
            return []
        for number, cell in enumerate(cells):
            if cell == "O":
                if self._open:
                    self._open.clear()
                continue
            tags = cell.split("|")
            if self._open:
                self._open = {sequence: run for sequence, run in self._open.items() if sequence < len(tags)}
            for sequence, tag in enumerate(tags):
                self._take(number, sequence, tag)
        return [Run(start, end, _unescaped(label)) for start, end, label in self._runs]

    def _take(self, number: int, sequence: int, tag: str) -> None:
        prefix, _, label = tag.partition("-")
        before = self._open.pop(sequence, None)
        if tag == "O":
            return
        if prefix not in _PREFIXES or not label:
            self._report(number, f"{show(tag)} must be O, or B- or I- and a label, but is not. Correct it.")
            return
        goes_on = before is not None and self._runs[before].label == label
        if prefix in "IEL" and before is not None and goes_on:
            self._runs[before] = Run(self._runs[before].start, number + 1, label)
        elif not goes_on and not self._may_begin(number, prefix, tag):
            return
        else:
            before = len(self._runs)
            self._runs.append(Run(number, number + 1, label))
        if prefix in "BI":
            self._open[sequence] = before

    def _may_begin(self, number: int, prefix: str, tag: str) -> bool:
        """Tell whether a run may begin with this tag where none of its label goes on; IOB1 is for plain columns."""
        schemes = self._line_of_scheme or {}
        if prefix in "BSU":
            mine, other, must = "IOB2", "IOB1", "begin with I"
        else:
            mine, other, must = "IOB1", "IOB2", "follow a tag of its label"
        is_of_scheme = mine == "IOB2" or (prefix == "I" and self._line_of_scheme is not None)
        if is_of_scheme and other not in schemes:
            if self._line_of_scheme is not None:
                self._line_of_scheme.setdefault(mine, self._line + number)
            return True
        why = f", for line {schemes[other]} is {other}" if other in schemes else ""
        self._report(number, f"{show(tag)} must {must}{why}, but does not. Write all tags in IOB2.")
        return False

    def _report(self, number: int, what: str) -> None:
        self._at(self._line + number).report(f"tag {what}")


def _unescaped(label: str) -> str:
    return _ESCAPED.sub(_character_of, label) if "\\" in label else label


def _character_of(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else _UNESCAPES[escape[0]]
