"""Texts as the tokens that some formats count in, and back."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise, starmap
from typing import Final, NamedTuple

import regex

from eventroles.documents import Document, all_spans
from eventroles.spans import Span
from eventroles.words import split_words

_SPACE: Final = regex.compile(r"\s*")  # as in `split_words`, for whom some separators are words
_SPACE_AND_SEPARATORS: Final = re.compile(r"\s*")


class Joined(NamedTuple):
    """Tokens as a text.

    Attributes:
        text: The text.
        starts: First character of each token.
        ends: Character after each token.
    """

    text: str
    starts: list[int]
    ends: list[int]


def joined(tokens: Iterable[str], spaced: str) -> Joined:
    """Join tokens to a text.

    Args:
        tokens: The tokens.
        spaced: The text with its white space, which is followed as far as it has the tokens; the others are put in
            with a space before them.

    Returns:
        The text and its tokens.
    """
    starts: list[int] = []
    ends: list[int] = []
    parts: list[str] = []
    followed = copied = n_added = 0
    after_space, after_separators = _ends_of_space(spaced, 0)
    for token in tokens:
        if spaced.startswith(token, after_space):
            start = after_space
        elif spaced.startswith(token, after_separators):
            start = after_separators
        else:
            added = " " + token if starts else token
            parts += (spaced[copied:followed], added)
            copied, n_added = followed, n_added + len(added)
            ends.append(followed + n_added)
            starts.append(ends[-1] - len(token))
            continue
        followed = start + len(token)
        starts.append(start + n_added)
        ends.append(followed + n_added)
        after_space, after_separators = _ends_of_space(spaced, followed)
    rest = len(spaced) if spaced[followed:].isspace() else followed
    return Joined("".join(parts) + spaced[copied:rest], starts, ends)


def laid_out(tokens: Sequence[str], spaced: str = "") -> tuple[str, list[Span]]:
    """Join tokens to a text, as `joined` does, and give the text and the characters of each token in it."""
    text, starts, ends = joined(tokens, spaced)
    return text, [Span(start, end) for start, end in zip(starts, ends, strict=True)]


def tokens_of(document: Document, others: Iterable[Span] = ()) -> list[Span]:
    """Divide a document's text into tokens such that each of its spans is a run of whole ones.

    Args:
        document: The document. Words are its tokens; one that a trigger or argument cuts is divided there.
        others: More spans to be runs of whole tokens.

    Returns:
        The characters of each token. White space that a span begins or ends in is no token.
    """
    spans = chain(all_spans(document), others)
    cuts = sorted({len(document.text), *(cut for span in spans for cut in (span.start, span.end))})
    next_cut, tokens = cuts[0], list[Span]()
    for word in split_words(document.text):
        if word.end <= next_cut:  # most words
            tokens.append(word)
            continue
        first, after = bisect_right(cuts, word.start), bisect_left(cuts, word.end)
        next_cut = cuts[after]
        if first == after:
            tokens.append(word)
        else:
            tokens += starmap(Span, pairwise([word.start, *cuts[first:after], word.end]))
    return tokens


def _ends_of_space(text: str, start: int) -> tuple[int, int]:
    """Say where the white space ends that begins here, without the separators that can be words and with them."""
    if not text[start : start + 1].isspace():
        return start, start
    if text[start] == " " and not text[start + 1 : start + 2].isspace():  # nearly always, and four times as fast
        return start + 1, start + 1
    ends = [pattern.match(text, start).end() for pattern in (_SPACE, _SPACE_AND_SEPARATORS)]  # type: ignore[union-attr]
    return ends[0], ends[1]
