"""Documents that stand in several splits, or several times in one: what was learnt from is no test."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from heapq import nlargest
from typing import Final

import regex

from eventroles.documents import Document
from eventroles.report.events import printable
from eventroles.words import UNSPACED

RUN_WORDS: Final = 8
"""Texts are compared by their runs of this many words; those with fewer words, only as a whole."""
MIN_SHARE: Final = 0.5
"""Two texts are nearly the same where this share of the runs of the smaller is in the other too."""
MIN_EQUAL_WORDS: Final = 4
"""Shorter texts ("No comment.") may be the same by chance."""
MAX_EXAMPLES: Final = 5
"""How many leaks of a kind are shown; the rest is counted."""

_MAX_HOLDERS: Final = 32
"""Of the documents that have a run, the first so many are remembered, lest a common one be compared with all."""
_MAX_COMPARED: Final = 4
"""Of the documents of a split that share runs with another, so many are compared with it in full."""

# Not `split_words`: it takes several times as long, and keeps the punctuation that editions of a text differ in.
_WORD: Final = regex.compile(rf"[{UNSPACED}]|[\w--[{UNSPACED}]]+", flags=regex.VERSION1)


class LeakKind(StrEnum):
    """What two documents share, worst first."""

    SAME_TEXT = "the same text"
    NEAR_TEXT = "nearly the same text"
    SAME_ID = "the same id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Two documents that are the same, or nearly.

    Attributes:
        kind: What they share; the worst, where it is several.
        split: The split of the document that comes first.
        document: Its id.
        other_split: The split of the other.
        other_document: Its id.
        share: Share of the runs of the smaller that are in the other too, in [0, 1].
    """

    kind: LeakKind
    split: str
    document: str
    other_split: str
    other_document: str
    share: float

    @property
    def is_across(self) -> bool:
        """Whether they stand in different splits."""
        return self.split != self.other_split


def shared_documents(splits: Mapping[str, Sequence[Document]]) -> list[Leak]:
    """Find documents that are the same or nearly the same, in different splits or inside one.

    Case and white space make no difference. Time and memory grow with the number of words, about 100 bytes a word.

    Args:
        splits: The documents by the name of their split.

    Returns:
        For each document, the one most like it of those before it in each split, where one is alike: of many copies in
        a split, each is told once. First those in different splits, then by kind, then by share.
    """
    known = _Known()
    leaks = [
        leak for split, documents in splits.items() for document in documents for leak in known.add(split, document)
    ]
    kinds = list(LeakKind)
    return sorted(leaks, key=lambda leak: (not leak.is_across, kinds.index(leak.kind), -leak.share))


def text_of_leaks(leaks: Sequence[Leak]) -> str:
    """Write leaks for people: each kind, how often between which splits, and examples."""
    if not leaks:
        return "No two documents are the same or nearly the same."
    groups: dict[str, list[Leak]] = defaultdict(list)
    for leak in leaks:
        where = "a different split" if leak.is_across else "their own split"
        groups[f"Documents that have {leak.kind} as one before them in {where}"].append(leak)
    return "\n".join(line for title, group in groups.items() for line in _lines(title, group))


class _Known:
    """The documents so far, by what another may share with them."""

    def __init__(self) -> None:
        self._documents: list[tuple[str, str]] = []
        self._runs: list[array[int]] = []
        self._by_text: dict[bytes, dict[str, int]] = defaultdict(dict)
        self._by_id: dict[str, dict[str, int]] = defaultdict(dict)
        # Most runs stand in one document only, for which a list would take more memory than all else.
        self._first_holder: dict[int, int] = {}
        self._other_holders: dict[int, list[int]] = {}

    def add(self, split: str, document: Document) -> Iterable[Leak]:
        """Add a document, and give the leaks between it and those before."""
        words = _WORD.findall(document.text.casefold())
        runs = _runs_of(words)
        same_text = self._by_text[_digest(document.text)] if len(words) >= MIN_EQUAL_WORDS else {}
        same_id = self._by_id[document.id]
        # Later ones overwrite: the worst that a split shares with the document stays.
        kinds = {known_split: (LeakKind.SAME_ID, number) for known_split, number in same_id.items()}
        kinds |= {known_split: (LeakKind.NEAR_TEXT, number) for known_split, number in self._nearest(runs)}
        kinds |= {known_split: (LeakKind.SAME_TEXT, number) for known_split, number in same_text.items()}
        own = len(self._documents)
        leaks = [self._leak(kind, number, (split, document.id), runs) for kind, number in kinds.values()]
        same_text.setdefault(split, own)
        same_id.setdefault(split, own)
        self._remember(own, (split, document.id), runs)
        return leaks

    def _nearest(self, runs: set[int]) -> Iterator[tuple[str, int]]:
        shared = [run for run in runs if run in self._first_holder]
        counts = Counter(self._first_holder[run] for run in shared)
        for run in shared:
            counts.update(self._other_holders.get(run, ()))
        by_split: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for number, count in counts.items():
            by_split[self._documents[number][0]].append((count / min(len(runs), len(self._runs[number])), -number))
        for split, candidates in by_split.items():
            compared = [(self._share(-number, runs), number) for _, number in nlargest(_MAX_COMPARED, candidates)]
            share, number = max(compared)
            if share >= MIN_SHARE:
                yield split, -number

    def _share(self, number: int, runs: set[int]) -> float:
        n_smaller = min(len(runs), len(self._runs[number]))
        return len(runs.intersection(self._runs[number])) / n_smaller if n_smaller else 0.0

    def _leak(self, kind: LeakKind, number: int, other: tuple[str, str], runs: set[int]) -> Leak:
        share = 1.0 if kind is LeakKind.SAME_TEXT else self._share(number, runs)
        split, id_ = self._documents[number]
        return Leak(kind=kind, split=split, document=id_, other_split=other[0], other_document=other[1], share=share)

    def _remember(self, number: int, name: tuple[str, str], runs: set[int]) -> None:
        self._documents.append(name)
        self._runs.append(array("q", runs))
        for run in runs:
            if self._first_holder.setdefault(run, number) != number:
                others = self._other_holders.setdefault(run, [])
                if len(others) < _MAX_HOLDERS - 1:
                    others.append(number)


def _runs_of(words: Sequence[str]) -> set[int]:
    return set(map(hash, zip(*(words[first:] for first in range(RUN_WORDS)), strict=False)))


def _digest(text: str) -> bytes:
    same = " ".join(text.casefold().split())
    return blake2b(same.encode(errors="surrogatepass"), digest_size=16).digest()


def _lines(title: str, leaks: Sequence[Leak]) -> Iterator[str]:
    yield f"{title}: {len(leaks)}"
    pairs = Counter((leak.split, leak.other_split) for leak in leaks)
    yield "  " + ", ".join(f"{printable(' and '.join(dict.fromkeys(pair)))}: {count}" for pair, count in pairs.items())
    for leak in leaks[:MAX_EXAMPLES]:
        pair = f"{leak.split} {leak.document} and {leak.other_split} {leak.other_document}"
        yield f"    {printable(pair)} ({leak.share:.0%})"
