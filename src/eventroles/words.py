"""Split text into words, the unit of tagging, and find where spans begin and end among them.

A word is a run of letters, marks, digits and underscores, or letters each with a full stop ("U.S."); any other visible
grapheme (punctuation, an emoji with its modifiers) is a word of its own. Scripts written without spaces are split into
graphemes, so that a span can begin anywhere in them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

import regex

from eventroles.spans import Span

UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD: Final = regex.compile(
    rf"(?<![\p{{L}}\p{{M}}\p{{N}}_])(?:[\p{{Lu}}\p{{Ll}}]\.){{2,}}|"
    rf"[\p{{L}}\p{{N}}_--[{UNSPACED}]][\p{{L}}\p{{M}}\p{{N}}_\u200c\u200d--[{UNSPACED}]]*|\p{{GCB=Prepend}}|(?!\s)\X",
    flags=regex.VERSION1,
)
_SENTENCE_END: Final = regex.compile(
    # Runs of stops are taken whole (possessive), lest a long one be tried from each of its characters.
    r"(?<![.!?…])(?<!(?:^|[\s.])\p{Lu})[.!?…]++[\"'”’»)\]]*+(?=\s)|(?<![。！？])[。！？]++[\"'”’»)\]」』]*+|\n"
)
_PARAGRAPH_END: Final = regex.compile(r"\n\s*\n")


def split_words(text: str) -> list[Span]:
    """Find the words of a text.

    Args:
        text: Any string; lone surrogates and control characters are words of their own.

    Returns:
        Character spans in order, not overlapping; every character outside them is white space.
    """
    return [Span(*match.span()) for match in _WORD.finditer(text)]


def word_span_of(char_span: Span, words: Sequence[Span]) -> Span | None:
    """Find the words that a character span covers exactly.

    Args:
        char_span: The span, in characters.
        words: The words of the text, from `split_words`.

    Returns:
        The span in words, or None where it begins or ends inside a word or in white space.
    """
    start = bisect_left(words, char_span.start, key=lambda word: word.start)
    end = bisect_left(words, char_span.end, key=lambda word: word.end)
    is_exact = start <= end < len(words) and words[start].start == char_span.start and words[end].end == char_span.end
    return Span(start, end + 1) if is_exact else None


def char_span_of(word_span: Span, words: Sequence[Span]) -> Span:
    """Find the characters from the first to the last word of a span; the opposite of `word_span_of`."""
    return Span(words[word_span.start].start, words[word_span.end - 1].end)


def break_strengths(text: str, words: Sequence[Span]) -> list[int]:
    """Say after which words a text is best divided.

    Args:
        text: The text.
        words: Its words.

    Returns:
        For each word, 2 where a paragraph ends after it, 1 where a sentence does (by its punctuation), else 0.
    """
    strengths = [0] * len(words)
    for strength, pattern in ((1, _SENTENCE_END), (2, _PARAGRAPH_END)):
        for match in pattern.finditer(text):
            last = bisect_right(words, match.end() - 1, key=lambda word: word.start) - 1
            if last >= 0:
                strengths[last] = strength
    return strengths
