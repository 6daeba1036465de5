"""Names of types and roles that may be spellings of one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from unicodedata import normalize

import regex

RARE_FACTOR: Final = 20
"""A name that differs by a letter from one that is used this many times as often may be a slip."""

_SLIP_LETTERS: Final = range(5, 41)
_NAME_BREAK: Final = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})|[\s._:/\\\-–—,;'’\"()\[\]]+")
_PLURAL: Final = regex.compile(r"(?<=..)(?:(?<=(?:ss|sh|ch|x|z))es|(?<![sui])s)$")
_PLURAL_OF_Y: Final = regex.compile(r"(?<=..)ies$")


def near_names(uses: Mapping[str, int]) -> list[tuple[str, str]]:
    """Pair names that may be spellings of one, the more used first: other case, marks or number, or a rare slip."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name in sorted(uses, key=lambda name: (-uses[name], name)):
        alike[_folded(name)].append(name)
    same = [(names[0], other) for names in alike.values() for other in names[1:]]
    n_uses = {names[0]: sum(uses[name] for name in names) for names in alike.values()}
    return [*same, *_slips(n_uses)]


def _folded(name: str) -> str:
    # Only between two digits does a mark say something: 1.1 is not 11.
    return regex.sub(r"(?<!\d) | (?!\d)", "", " ".join(_words_of_name(name)))


def _words_of_name(name: str) -> tuple[str, ...]:
    words = _NAME_BREAK.sub(" ", normalize("NFKC", name)).casefold().split()
    return tuple(_PLURAL.sub("", _PLURAL_OF_Y.sub("y", word)) for word in words) or (name,)


def _slips(uses: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    known: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in sorted(uses, key=lambda name: (-uses[name], name)):
        blotted = _blotted(_words_of_name(name))
        for other in dict.fromkeys(other for words in blotted for other in known[words]):
            if max(uses[name], 1) * RARE_FACTOR <= uses[other]:
                yield other, name
        for words in blotted:
            known[words].append(name)


def _blotted(words: tuple[str, ...]) -> Sequence[tuple[str, ...]]:
    """Blot out what a slip may change: names a slip apart have a blot in common, so not all pairs need comparing."""
    # The first and the last letter of a word stay: "Accuser" and "Accused" are two roles.
    long = [(at, word) for at, word in enumerate(words) if len(word) in _SLIP_LETTERS]
    return [(*words[:at], blot, *words[at + 1 :]) for at, word in long for blot in dict.fromkeys(_blots(word))]


def _blots(word: str) -> Iterator[str]:
    for at in range(1, len(word)):
        letter, pair = word[at : at + 1], word[at : at + 2]
        yield f"{word[:at]}\0{word[at:]}"
        if letter.isalpha() and at + 1 < len(word):
            yield f"{word[:at]}\0{word[at + 1 :]}"
        if pair.isalpha() and at + 2 < len(word):
            yield f"{word[:at]}\1{min(pair)}{max(pair)}{word[at + 2 :]}"
