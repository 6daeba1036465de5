"""The ways in which a text can be counted other than in code points, each a cause of offsets that do not fit."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from operator import add
from typing import Final, Literal
from unicodedata import is_normalized, normalize

import regex

_BYTE_ORDER_MARK: Final = "\ufeff"
_BEYOND_BMP: Final = re.compile(r"([\U00010000-\U0010ffff]+)")
_BY_N_BYTES: Final = re.compile(r"([\x80-\u07ff]+)|([\u0800-\uffff]+)|([\U00010000-\U0010ffff]+)")
_CRLF: Final = re.compile(r"\r\n(?:\r\n)*")
_LF: Final = re.compile(r"(?<!\r)(\n+)")
_LONE_LF: Final = re.compile(r"(?<!\r)\n")
# \X looks back over a whole run of flags at each of them, which takes quadratic time; so they are taken by two.
_GRAPHEME: Final = regex.compile(r"\p{RI}\p{RI}[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]*+|\X")
_JOINING: Final = regex.compile(r"[^\p{GCB=Other}\p{GCB=Control}\p{GCB=CR}\p{GCB=LF}\p{GCB=LV}\p{GCB=LVT}]")
# With the ASCII that marks follow or prefixed signs precede; but a CR after it is left, as it may begin a CRLF.
_JOINABLE: Final = re.compile(r"(?:[\x00-\x7f]?+[^\x00-\x7f]++)++[\x00-\x0c\x0e-\x7f]?|\r\n")

Bounds = tuple[int, int]
Run = tuple[int, int, int, int]
"""A part of a text, from a start to an end, in which every so many characters count as so many units."""
Position = Callable[[int], int | None]
"""Gives the character of one text that begins at an offset in other units; None where none does."""


def _in_code_points(text: str) -> Position | None:  # noqa: ARG001  # whatever the text
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason why offsets do not fit.

    Attributes:
        name: For people.
        position_in: Counts a text in other units; gives None for one in which code points come to the same.
        shift: What all offsets are too high by.
        n_missing: What all ends are too low by.
        form: Writes a part of a text as it was when counted.
    """

    name: str
    position_in: Callable[[str], Position | None] = _in_code_points
    shift: int = 0
    n_missing: int = 0
    form: Callable[[str], str] | None = None


def constant(shift: int) -> Cause:
    """Say that all offsets of a file are off by a constant."""
    return Cause(name=f"all offsets off by {shift:+d}", shift=shift)


def _moved(n_units: int) -> Position | None:
    return partial(add, -n_units) if n_units else None


def _over(runs: Sequence[Run]) -> Position | None:
    if not runs:
        return None
    extra = [(end - start) // n_chars * (n_units - n_chars) for start, end, n_chars, n_units in runs]
    shifts = list(accumulate(extra, initial=0))
    return partial(_position, runs, shifts, [run[0] + shift for run, shift in zip(runs, shifts, strict=False)])


def _position(runs: Sequence[Run], shifts: Sequence[int], units: Sequence[int], unit: int) -> int | None:
    """Look for an offset in the last run that begins before it, or behind that; `units` are where runs begin."""
    number = bisect_right(units, unit) - 1
    if number < 0:
        return unit
    start, end, n_chars, n_units = runs[number]
    n_steps, rest = divmod(unit - units[number], n_units)
    char = start + n_steps * n_chars
    if char >= end:
        return unit - shifts[number + 1]
    return None if rest else char


def _in_runs(pattern: re.Pattern[str], n_chars: int, text: str) -> Position | None:
    """Count what the pattern finds: every so many characters as one unit more than the number of its group."""
    return _over([(*match.span(), n_chars, (match.lastindex or 0) + 1) for match in pattern.finditer(text)])


def _in_encoded(pattern: re.Pattern[str], text: str) -> Position | None:
    return None if text.isascii() else _in_runs(pattern, 1, text)


def _in_graphemes(text: str) -> Position | None:
    return _in_clusters(lambda _: 1, text) if "\r\n" in text or _JOINING.search(text) else None


def _in_form(form: Literal["NFC", "NFD"], text: str) -> Position | None:
    return None if is_normalized(form, text) else _in_clusters(lambda cluster: len(normalize(form, cluster)), text)


def _in_clusters(width_of: Callable[[str], int], text: str) -> Position | None:
    clusters_of = _GRAPHEME.findall if "\r\n" in text or _JOINING.search(text) else str
    widths: dict[str, int] = {}
    runs = []
    for part in _JOINABLE.finditer(text):
        end = part.start()
        for cluster in clusters_of(part[0]):
            n_units = widths.get(cluster) or widths.setdefault(cluster, width_of(cluster))
            start, end = end, end + len(cluster)
            if n_units != end - start:
                runs.append((start, end, end - start, n_units))
    return _over(runs)


NO_CAUSE: Final = Cause(name="none: they fit as they are")
CAUSES: Final = (
    Cause(name="UTF-16 code units", position_in=partial(_in_encoded, _BEYOND_BMP)),
    Cause(name="UTF-8 bytes", position_in=partial(_in_encoded, _BY_N_BYTES)),
    Cause(
        name="CRLF counted as one character",
        position_in=partial(_in_runs, _CRLF, 2),
        form=lambda part: part.replace("\r\n", "\n"),
    ),
    Cause(
        name="LF counted as CRLF",
        position_in=partial(_in_runs, _LF, 1),
        form=partial(_LONE_LF.sub, "\r\n"),
    ),
    Cause(
        name="byte-order mark counted that is not there",
        position_in=lambda text: _moved(0 if text.startswith(_BYTE_ORDER_MARK) else 1),
    ),
    Cause(
        name="byte-order mark not counted",
        position_in=lambda text: _moved(-1 if text.startswith(_BYTE_ORDER_MARK) else 0),
    ),
    Cause(name="inclusive end", n_missing=1),
    Cause(name="counted from 1, inclusive end", shift=1, n_missing=1),
    Cause(name="graphemes", position_in=_in_graphemes),
    Cause(name="white space at the edges not counted", position_in=lambda text: _moved(len(text.lstrip()) - len(text))),
    Cause(name="text counted in NFC", position_in=partial(_in_form, "NFC"), form=partial(normalize, "NFC")),
    Cause(name="text counted in NFD", position_in=partial(_in_form, "NFD"), form=partial(normalize, "NFD")),
)
