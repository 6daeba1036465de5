"""Words are runs of letters and digits, or single visible graphemes; spans map to them exactly."""

import pytest

from eventroles.spans import Span
from eventroles.words import break_strengths, char_span_of, split_words, word_span_of

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
THUMB = "\U0001f44d\U0001f3fd"
FLAG = "\U0001f1e9\U0001f1ea"


def pieces(text: str) -> list[str]:
    return [word.of(text) for word in split_words(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \t\r\n\u00a0\u2028", []),
        ("struck", ["struck"]),
        ("U.S. forces", ["U.S.", "forces"]),
        ("U.S.-backed, e.g. by U.S.A", ["U.S.", "-", "backed", ",", "e.g.", "by", "U.S.", "A"]),
        ("J. Smith, FooU.S.", ["J", ".", "Smith", ",", "FooU", ".", "S", "."]),
        ("it's 3.5%", ["it", "'", "s", "3", ".", "5", "%"]),
        ("snake_case_1", ["snake_case_1"]),
        ("well-known", ["well", "-", "known"]),
        ("a\r\nb\tc", ["a", "b", "c"]),
        ("...", [".", ".", "."]),
    ],
)
def test_latin_text_is_split_at_white_space_and_punctuation(text: str, words: list[str]) -> None:
    assert pieces(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cafe\u0301s x", ["cafe\u0301s", "x"]),
        ("\u0301a", ["\u0301", "a"]),
        ("!\u0301", ["!\u0301"]),
        (f"go{FAMILY}{THUMB}{FLAG}x", ["go", FAMILY, THUMB, FLAG, "x"]),
        ("\u05e9\u05c1\u05dc\u05d5\u05dd.", ["\u05e9\u05c1\u05dc\u05d5\u05dd", "."]),
        (
            "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            ["\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"],
        ),
        ("\u0915\u094d\u200d\u0937", ["\u0915\u094d\u200d\u0937"]),
        ("\U0001d400\U0001d401", ["\U0001d400\U0001d401"]),
    ],
)
def test_a_grapheme_is_never_torn(text: str, words: list[str]) -> None:
    assert pieces(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\u5317\u4eac", ["\u5317", "\u4eac"]),
        ("\u304b\u3099\u304d", ["\u304b\u3099", "\u304d"]),
        ("\u30ab\u30ca", ["\u30ab", "\u30ca"]),
        ("\u0e01\u0e34\u0e19", ["\u0e01\u0e34", "\u0e19"]),
        ("\u0e9a\u0eb5", ["\u0e9a\u0eb5"]),
        ("\u1780\u1781", ["\u1780", "\u1781"]),
        ("\u1000\u1001", ["\u1000", "\u1001"]),
        ("iPhone\u624b\u673aX2", ["iPhone", "\u624b", "\u673a", "X2"]),
        ("\ud55c\uad6d\uc5b4", ["\ud55c\uad6d\uc5b4"]),
    ],
)
def test_scripts_without_spaces_are_split_into_graphemes(text: str, words: list[str]) -> None:
    assert pieces(text) == words


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "\u200b", "\ufeff", "\x7f", "\uffff"])
def test_control_characters_and_lone_surrogates_are_words_of_their_own(odd: str) -> None:
    assert pieces(f"a{odd}b") == ["a", odd, "b"]


@pytest.mark.parametrize("sign", ["\u0600", "\u06dd", "\U000110bd"])
def test_a_prefixed_sign_does_not_swallow_the_white_space_after_it(sign: str) -> None:
    assert pieces(f"a {sign} b") == ["a", sign, "b"]


TEXT = "The U/S- forces struck"
WORDS = [Span(0, 3), Span(4, 5), Span(5, 6), Span(6, 7), Span(7, 8), Span(9, 15), Span(16, 22)]


def test_words_are_character_spans() -> None:
    assert split_words(TEXT) == WORDS


@pytest.mark.parametrize(
    ("char_span", "word_span"),
    [
        (Span(0, 3), Span(0, 1)),
        (Span(4, 15), Span(1, 6)),
        (Span(16, 22), Span(6, 7)),
        (Span(0, 22), Span(0, 7)),
    ],
)
def test_a_char_span_on_word_boundaries_maps_there_and_back(char_span: Span, word_span: Span) -> None:
    assert word_span_of(char_span, WORDS) == word_span
    assert char_span_of(word_span, WORDS) == char_span


@pytest.mark.parametrize(
    "char_span", [Span(1, 3), Span(0, 2), Span(3, 5), Span(0, 4), Span(3, 4), Span(9, 16), Span(16, 23), Span(22, 23)]
)
def test_a_char_span_off_the_word_boundaries_has_no_word_span(char_span: Span) -> None:
    assert word_span_of(char_span, WORDS) is None


def test_no_words_hold_no_span() -> None:
    assert word_span_of(Span(0, 1), []) is None


@pytest.mark.parametrize(
    ("text", "strengths"),
    [
        ("", []),
        ("\n\n", []),
        ("one two", [0, 0]),
        ("He left. She came", [0, 0, 1, 0, 0]),
        ("Why? Go! Now", [0, 1, 0, 1, 0]),
        ("Wait... what", [0, 0, 0, 1, 0]),
        ('He said "no." She', [0, 0, 0, 0, 0, 1, 0]),
        ("(He left.) She", [0, 0, 0, 0, 1, 0]),
        ("at 3.5 or a.b", [0] * 8),
        ("U.S. forces", [0, 0]),
        ("by John F. Kennedy", [0, 0, 0, 0, 0]),
    ],
)
def test_a_sentence_ends_at_its_punctuation_before_white_space(text: str, strengths: list[int]) -> None:
    assert break_strengths(text, split_words(text)) == strengths


def test_an_initial_that_begins_the_text_ends_no_sentence() -> None:
    assert break_strengths("J. Smith", split_words("J. Smith")) == [0, 0, 0]


def test_a_sentence_ends_at_a_full_width_stop_that_no_space_follows() -> None:
    text = "\u4f60\u597d\u3002\u518d\u89c1"
    assert break_strengths(text, split_words(text)) == [0, 0, 1, 0, 0]


@pytest.mark.parametrize(
    ("text", "strengths"),
    [
        ("Title\nbody", [1, 0]),
        ("Title\r\nbody", [1, 0]),
        ("Title\n\nbody", [2, 0]),
        ("Title\r\n \r\nbody", [2, 0]),
        ("End.\n\n\nbody", [0, 2, 0]),
        ("\n\nbody text", [0, 0]),
        ("a.\nb\n\nc d", [0, 1, 2, 0, 0]),
        ("a\n\n", [2]),
    ],
)
def test_lines_break_sentences_and_blank_lines_break_paragraphs(text: str, strengths: list[int]) -> None:
    assert break_strengths(text, split_words(text)) == strengths
