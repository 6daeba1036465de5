"""Texts as the tokens that some formats count in, and back."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import regex

from eventroles.documents import Document, all_spans
from eventroles.spans import Span
from eventroles.words import split_words

_SPACE: Final = regex.compile(r"\s*")  # as in `split_words`, for whom some separators are words
_SPACE_AND_SEPARATORS: Final = re.compile(r"\s*")


def laid_out(tokens: Sequence[str], spaced: str = "") -> tuple[str, list[Span]]:
    """Join tokens to a text.

    Args:
        tokens: The tokens.
        spaced: The text with its white space, which is followed as far as it has the tokens; from there on, they are
            joined by single spaces.

    Returns:
        The text, and the characters of each token in it.
    """
    parts: list[str] = []
    spans: list[Span] = []
    n_chars, position = 0, 0
    for token in tokens:
        after_space = next((end for end in _ends_of_space(spaced, position) if spaced.startswith(token, end)), None)
        if after_space is not None:
            gap = spaced[position:after_space]
            position = after_space + len(token)
        else:
            gap = " " if parts else ""
        spans.append(Span(n_chars + len(gap), n_chars + len(gap) + len(token)))
        parts.append(gap + token)
        n_chars += len(parts[-1])
    rest = spaced[position:]
    return "".join(parts) + (rest if rest.isspace() else ""), spans


def tokens_of(document: Document) -> list[Span]:
    """Divide a document's text into tokens such that each of its spans is a run of whole ones.

    Args:
        document: The document. Words are its tokens; one that a trigger or argument cuts is divided there.

    Returns:
        The characters of each token. White space that a span begins or ends in is no token.
    """
    cuts = sorted({cut for span in all_spans(document) for cut in (span.start, span.end)})
    tokens: list[Span] = []
    for word in split_words(document.text):
        inner = cuts[bisect_left(cuts, word.start + 1) : bisect_left(cuts, word.end)]
        bounds = [word.start, *inner, word.end]
        tokens.extend(Span(start, end) for start, end in pairwise(bounds))
    return tokens


def _ends_of_space(text: str, start: int) -> Iterator[int]:
    yield _SPACE.match(text, start).end()  # type: ignore[union-attr]  # it may be empty
    yield _SPACE_AND_SEPARATORS.match(text, start).end()  # type: ignore[union-attr]
