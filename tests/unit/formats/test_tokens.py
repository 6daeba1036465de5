"""Tokens: joined, they follow the white space of a text; a document is divided wherever a span begins or ends."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventroles.documents import Argument, Document, Event
from eventroles.formats.tokens import joined, laid_out, tokens_of
from eventroles.spans import Span
from eventroles.words import split_words

ODD = st.text(alphabet="ab. \n\x1c\u00a0\u0301\U0001f525", max_size=12)


@pytest.mark.parametrize(
    ("tokens", "spaced", "text", "starts"),
    [
        ([], "", "", []),
        ([], " \n", " \n", []),
        (["a", "b"], "", "a b", [0, 2]),
        (["a", "b"], "  a\r\nb \t", "  a\r\nb \t", [2, 5]),
        (["did", "n't"], "didn't", "didn't", [0, 3]),
        (["a", "x", "b"], "a  b", "a x  b", [0, 2, 5]),  # "x" is not in the text, which goes on after it
        (["x", "a"], " a", "x a", [0, 2]),
        (["a", "b"], "a c b", "a b", [0, 2]),  # the text goes on with "c", which no token has
        (["\x1c", "a"], " \x1c\x1ca", " \x1c\x1ca", [1, 3]),  # a word here, white space there
        (["a", " b"], "a b", "a  b", [0, 2]),
    ],
)
def test_tokens_follow_the_text_as_far_as_it_has_them(
    tokens: list[str], spaced: str, text: str, starts: list[int]
) -> None:
    ends = [start + len(token) for start, token in zip(starts, tokens, strict=True)]
    assert joined(tokens, spaced) == (text, starts, ends)
    assert laid_out(tokens, spaced) == (text, [Span(start, end) for start, end in zip(starts, ends, strict=True)])


@given(tokens=st.lists(ODD.filter(bool), max_size=6), spaced=ODD)
def test_the_text_has_each_token_at_its_place_and_white_space_between(tokens: list[str], spaced: str) -> None:
    text, starts, ends = joined(tokens, spaced)
    assert [text[start:end] for start, end in zip(starts, ends, strict=True)] == tokens
    bounds = zip([0, *ends], [*starts, len(text)], strict=True)
    assert all(text[end:start].isspace() for end, start in bounds if end != start)


def test_tokens_that_a_text_does_not_have_take_linear_time() -> None:
    begin = time.process_time()
    joined(["a"] * 50_000, " " * 50_000 + "b")  # 2.5 thousand million steps, were all of it looked at for each
    assert time.process_time() - begin < 2


def spanned(text: str, *spans: Span) -> Document:
    event = Event(
        id="e", event_type="T", trigger=None, arguments=tuple(Argument(role="r", char_span=span) for span in spans)
    )
    return Document(id="d", text=text, events=(event,))


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("", [], []),
        ("an airstrike.", [], ["an", "airstrike", "."]),
        ("an airstrike.", [Span(3, 12)], ["an", "airstrike", "."]),
        ("an airstrike.", [Span(3, 6), Span(4, 13)], ["an", "a", "ir", "strike", "."]),
        ("an airstrike.", [Span(0, 1), Span(12, 13)], ["a", "n", "airstrike", "."]),
        ("an  air", [Span(2, 3), Span(3, 5)], ["an", "a", "ir"]),
    ],
)
def test_words_are_divided_where_spans_begin_or_end(text: str, spans: list[Span], expected: list[str]) -> None:
    assert [token.of(text) for token in tokens_of(spanned(text, *spans))] == expected
    assert [token.of(text) for token in tokens_of(Document(id="d", text=text), spans)] == expected


@given(text=ODD, data=st.data())
def test_tokens_are_the_words_cut_at_each_border_of_a_span(text: str, data: st.DataObject) -> None:
    bounds = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda pair: pair[0] < pair[1])
    spans = [Span(*pair) for pair in data.draw(st.lists(bounds, max_size=4) if text else st.just([]))]
    borders = {border for span in spans for border in (span.start, span.end)}
    expected = [
        Span(*pair)
        for word in split_words(text)
        for pair in pairwise(
            [n for n in range(word.start, word.end + 1) if n in borders or n in {word.start, word.end}]
        )
    ]
    assert tokens_of(spanned(text, *spans)) == expected
