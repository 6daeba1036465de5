"""One track holds spans that do not overlap; what does not fit is handed back."""

import pytest

from eventroles.spans import Span
from eventroles.tags import BEGIN, INSIDE, N_TAGS, OUTSIDE, lay_out, read_off

O, B, I = OUTSIDE, BEGIN, INSIDE  # noqa: E741


def test_tags_index_a_row_of_logits() -> None:
    assert sorted([OUTSIDE, BEGIN, INSIDE]) == list(range(N_TAGS))
    assert OUTSIDE == 0


@pytest.mark.parametrize(
    ("spans", "n_words", "tags", "left_over"),
    [
        ([], 0, [], []),
        ([], 2, [O, O], []),
        ([Span(0, 1)], 1, [B], []),
        ([Span(1, 4)], 5, [O, B, I, I, O], []),
        ([Span(0, 2), Span(2, 3)], 3, [B, I, B], []),
        ([Span(2, 3), Span(0, 2)], 3, [B, I, B], []),
        ([Span(0, 2), Span(0, 2)], 2, [B, I], []),
        ([Span(0, 2), Span(1, 3)], 3, [B, I, O], [Span(1, 3)]),
        ([Span(0, 1), Span(0, 3)], 3, [B, I, I], [Span(0, 1)]),
        ([Span(1, 2), Span(0, 3)], 3, [B, I, I], [Span(1, 2)]),
        ([Span(1, 3)], 2, [O, O], [Span(1, 3)]),
        ([Span(5, 6)], 2, [O, O], [Span(5, 6)]),
        ([Span(1, 9), Span(2, 3)], 4, [O, O, B, O], [Span(1, 9)]),
        ([Span(0, 1)], 0, [], [Span(0, 1)]),
    ],
)
def test_spans_are_laid_out_from_the_left_the_longest_first(
    spans: list[Span], n_words: int, tags: list[int], left_over: list[Span]
) -> None:
    assert lay_out(spans, n_words) == (tags, left_over)


def test_spans_are_read_once() -> None:
    assert lay_out(iter([Span(0, 1)]), 1) == ([B], [])


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ([], []),
        ([O], []),
        ([B], [Span(0, 1)]),
        ([B, B], [Span(0, 1), Span(1, 2)]),
        ([O, B, I, I, O, B], [Span(1, 4), Span(5, 6)]),
        ([B, I, B, I], [Span(0, 2), Span(2, 4)]),
        ([I, I], []),
        ([I, O, B, O, I], [Span(2, 3)]),
    ],
)
def test_spans_are_read_off_and_an_orphan_inside_belongs_to_none(tags: list[int], spans: list[Span]) -> None:
    assert read_off(tags) == spans
