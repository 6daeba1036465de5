"""A span is held against its text wherever it comes from."""

import time

import pytest

from eventroles.errors import MAX_SHOWN, Problems
from eventroles.formats.records import checked_span
from eventroles.spans import Span


def problems_with(bounds: tuple[int, int], words: object, text: str) -> str:
    problems = Problems()
    assert checked_span(bounds, words, text, problems.at("a.jsonl:1")) is None
    return problems.text()


@pytest.mark.parametrize("words", ["hit", None])
def test_a_span_that_cuts_out_its_words_or_has_none_is_made(words: str | None) -> None:
    problems = Problems()
    assert checked_span((7, 10), words, "Rebels hit Goma", problems.at("")) == Span(7, 10)
    assert problems.n_found == 0


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 3), (4, 3), (13, 16)])
def test_a_span_outside_the_text_is_reported_whatever_its_words(start: int, end: int) -> None:
    assert problems_with((start, end), None, "Rebels hit Goma") == (
        f"a.jsonl:1: must have 0 <= start < end <= 15 (the text's length), but is [{start}, {end}). "
        "Offsets are half-open and count Unicode code points."
    )


@pytest.mark.parametrize(
    ("bounds", "words", "cause"),
    [
        ((8, 10), "hit", "The offsets seem to count from 1, 'end' inclusive: subtract 1 from 'start'."),
        ((7, 9), "hit", "'end' seems inclusive: add 1."),
        ((1, 6), "Rebels", "The offsets seem to count from 1, 'end' inclusive: subtract 1 from 'start'."),
        ((0, 5), "", "Correct the offsets or the text."),
        ((0, 6), 7, "Correct the offsets or the text."),
    ],
)
def test_other_words_are_reported_with_what_would_explain_them(
    bounds: tuple[int, int], words: object, cause: str
) -> None:
    there = "Rebels hit Goma"[slice(*bounds)]
    assert problems_with(bounds, words, "Rebels hit Goma") == (
        f"a.jsonl:1: its text must equal document text[{bounds[0]}:{bounds[1]}], which is {there!r}, but is {words!r}. "
        f"{cause}"
    )


def test_many_broken_spans_of_a_long_text_take_little_time() -> None:
    text, problems = "\u00e9" * 2_000_000, Problems()
    begin = time.process_time()
    for start in range(20_000):
        checked_span((start, start + 1), "x", text, problems.at("a.jsonl:1"))
    assert problems.n_found == 20_000
    assert problems.text().count("Correct the offsets or the text.") == MAX_SHOWN
    assert time.process_time() - begin < 5  # were the causes of all tried, it would take minutes
