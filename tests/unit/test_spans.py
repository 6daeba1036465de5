"""Spans are half-open, never empty, and never begin before 0."""

import dataclasses
import re

import pytest

from eventroles.spans import Span


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (0, 0), (3, 3), (4, 3), (-2, -1)])
def test_empty_reversed_and_negative_spans_are_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match=re.escape(f"must have 0 <= start < end, but is [{start}, {end})")):
        Span(start, end)


def test_a_span_is_immutable_and_hashable() -> None:
    span = Span(1, 3)
    with pytest.raises(dataclasses.FrozenInstanceError, match="start"):
        span.start = 0  # type: ignore[misc]
    assert {span, Span(1, 3)} == {Span(1, 3)}


def test_length_and_text_leave_the_end_out() -> None:
    assert len(Span(2, 5)) == 3
    assert Span(2, 5).of("0123456") == "234"
    assert Span(0, 1).of("a") == "a"


def test_spans_sort_by_start_then_end() -> None:
    assert sorted([Span(2, 3), Span(1, 9), Span(1, 2)]) == [Span(1, 2), Span(1, 9), Span(2, 3)]


@pytest.mark.parametrize(
    ("other", "overlaps", "contains"),
    [
        (Span(0, 3), False, False),
        (Span(0, 4), True, False),
        (Span(3, 4), True, True),
        (Span(3, 6), True, True),
        (Span(4, 5), True, True),
        (Span(5, 6), True, True),
        (Span(2, 6), True, False),
        (Span(3, 7), True, False),
        (Span(5, 7), True, False),
        (Span(6, 7), False, False),
    ],
)
def test_overlap_and_containment_beside_span_3_to_6(other: Span, overlaps: bool, contains: bool) -> None:
    span = Span(3, 6)
    assert span.overlaps(other) is overlaps
    assert other.overlaps(span) is overlaps
    assert span.contains(other) is contains


def test_shifting_moves_both_ends() -> None:
    assert Span(3, 6).shifted(2) == Span(5, 8)
    assert Span(3, 6).shifted(-3) == Span(0, 3)


def test_shifting_before_the_text_is_refused() -> None:
    span = Span(3, 6)
    with pytest.raises(ValueError, match=re.escape("[-1, 2)")):
        span.shifted(-4)
