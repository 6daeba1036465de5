"""IOB2 tags on one track: O outside, B at a span's first word, I inside it; I follows only B or I."""

from collections.abc import Iterable, Sequence
from typing import Final

from eventroles.spans import Span

OUTSIDE: Final = 0
BEGIN: Final = 1
INSIDE: Final = 2
N_TAGS: Final = 3


def lay_out(word_spans: Iterable[Span], n_words: int) -> tuple[list[int], list[Span]]:
    """Write spans onto one track.

    Args:
        word_spans: Spans in words, in any order.
        n_words: Length of the track.

    Returns:
        The tags, one a word, and the spans that did not fit: a span that reaches past the track, or overlaps
        one that begins earlier (the longer one, where both begin together), cannot stand on it.
    """
    tags = [OUTSIDE] * n_words
    left_over: list[Span] = []
    free_from = 0
    for span in sorted(set(word_spans), key=lambda span: (span.start, -span.end)):
        if span.start < free_from or span.end > n_words:
            left_over.append(span)
            continue
        tags[span.start : span.end] = [BEGIN] + [INSIDE] * (len(span) - 1)
        free_from = span.end
    return tags, left_over


def read_off(tags: Sequence[int]) -> list[Span]:
    """List the spans on one track, in order; the opposite of `lay_out`.

    Args:
        tags: One tag a word. An I that follows an O, which no decoder of ours writes, belongs to no span.

    Returns:
        The spans, in words.
    """
    spans = []
    for start, tag in enumerate(tags):
        if tag == BEGIN:
            end = start + 1
            while end < len(tags) and tags[end] == INSIDE:
                end += 1
            spans.append(Span(start, end))
    return spans
