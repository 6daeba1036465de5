"""Text becomes pieces without losing track of its characters, whatever is in it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerBase

from eventroles.pieces import ReadText, read_text, special_pieces
from eventroles.words import split_words

SCRAPS = [
    "struck", "the", "U.S.", "s.", "...", "a", "3.5", "_", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2028", "!", "-",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd", "\u0301", "e\u0301", "\u200d", "\u200b",
    "\ufeff", "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631", "\u202e", "\u5317\u4eac", "\u30ab\u3099", "\ufb01", "\u00bd",
    "\u0e01\u0e34\u0e19", "\U0001d400", "\x00", "\x7f", "\uffff", "\ud800", "[SEP]", "</s>", "[PAD]", "x" * 20,
]  # fmt: skip
texts = st.lists(st.sampled_from(SCRAPS) | st.characters(exclude_categories=[]), max_size=15).map("".join)
MANY = 10_000


def pieces_of(read: ReadText, tokenizer: PreTrainedTokenizerBase, text: str) -> list[tuple[str, list[str]]]:
    """List each word with its pieces."""
    pieces = [str(tokenizer.convert_ids_to_tokens(int(piece))) for piece in read.piece_ids]
    bounds = zip(read.piece_starts, read.piece_ends, strict=True)
    return [(word.of(text), pieces[start:end]) for word, (start, end) in zip(read.words, bounds, strict=True)]


def offsets_of(text: str, tokenizer: PreTrainedTokenizerBase) -> list[tuple[int, int]]:
    encoding = tokenizer(
        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        add_special_tokens=False,
        return_offsets_mapping=True,
        split_special_tokens=True,
    )
    return list(encoding["offset_mapping"])


@given(text=texts)
def test_a_word_has_every_piece_that_shares_a_character_with_it(tokenizer: PreTrainedTokenizerBase, text: str) -> None:
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # lone surrogates have their own test
    read = read_text(text, tokenizer, MANY)
    offsets = offsets_of(text, tokenizer)
    assert len(read.piece_ids) == len(offsets)
    assert list(read.words) == (split_words(text) if offsets else [])
    for word, start, end in zip(read.words, read.piece_starts, read.piece_ends, strict=True):
        own = [n for n, (first, after) in enumerate(offsets) if first < word.end and word.start < after]
        before = [n for n, (_, after) in enumerate(offsets) if after <= word.start]
        expected = (own[0], own[-1] + 1) if own else (max(before, default=0), max(before, default=0) + 1)
        assert (start, end) == expected, word


@given(text=texts, most=st.integers(1, 6))
def test_the_pieces_of_words_stand_in_order_and_inside_the_text(
    tokenizer: PreTrainedTokenizerBase, text: str, most: int
) -> None:
    read = read_text(text, tokenizer, most)
    assert len(read.piece_starts) == len(read.piece_ends) == len(read.words)
    assert (np.diff(read.piece_starts) >= 0).all()
    assert (np.diff(read.piece_ends) >= 0).all()
    assert (read.piece_starts >= 0).all()
    assert (read.piece_ends > read.piece_starts).all()
    assert (read.piece_ends <= len(read.piece_ids)).all()
    assert (read.piece_ends - read.piece_starts <= most).all()
    assert read.piece_ids.dtype == read.piece_starts.dtype == read.piece_ends.dtype == np.int64


def test_words_are_split_into_pieces_and_white_space_belongs_to_none(wordpiece: PreTrainedTokenizerBase) -> None:
    text = "The\r\nTROOPS\tambushed"
    assert pieces_of(read_text(text, wordpiece, MANY), wordpiece, text) == [
        ("The", ["the"]),
        ("TROOPS", ["troops"]),
        ("ambushed", ["a", "##m", "##b", "##u", "##s", "##h", "##ed"]),
    ]


def test_white_space_that_is_a_piece_belongs_to_no_word(byte_bpe: PreTrainedTokenizerBase) -> None:
    text = "the\r\n\tb\u00e9"
    assert pieces_of(read_text(text, byte_bpe, MANY), byte_bpe, text) == [
        ("the", ["the"]),
        ("b\u00e9", ["b", "Ã", "©"]),
    ]


def test_words_that_are_one_piece_together_share_it(unigram: PreTrainedTokenizerBase) -> None:
    text = "x...y"
    assert pieces_of(read_text(text, unigram, MANY), unigram, text) == [
        ("x", ["▁", "x"]),
        (".", ["..."]),
        (".", ["..."]),
        (".", ["..."]),
        ("y", ["y"]),
    ]


def test_a_word_that_the_tokenizer_passes_over_takes_the_piece_before_it(wordpiece: PreTrainedTokenizerBase) -> None:
    text = "a\x00 b\x00"
    assert pieces_of(read_text(text, wordpiece, MANY), wordpiece, text) == [
        ("a", ["a"]),
        ("\x00", ["a"]),
        ("b", ["b"]),
        ("\x00", ["b"]),
    ]


def test_a_word_that_is_passed_over_first_takes_the_first_piece(wordpiece: PreTrainedTokenizerBase) -> None:
    text = "\x00 b"
    assert pieces_of(read_text(text, wordpiece, MANY), wordpiece, text) == [("\x00", ["b"]), ("b", ["b"])]


@pytest.mark.parametrize("text", ["", " \n", "\x00\x00", "\ud800"])
def test_a_text_without_pieces_has_no_words(wordpiece: PreTrainedTokenizerBase, text: str) -> None:
    read = read_text(text, wordpiece, MANY)
    assert list(read.words) == []
    assert [len(array) for array in (read.piece_ids, read.piece_starts, read.piece_ends)] == [0, 0, 0]
    assert read.n_words_cut == 0


def test_a_lone_surrogate_is_read_as_the_replacement_character(tokenizer: PreTrainedTokenizerBase) -> None:
    text = "a\ud800b \udfff the"
    read = read_text(text, tokenizer, MANY)
    with_replacement = read_text("a\ufffdb \ufffd the", tokenizer, MANY)
    assert list(read.words) == split_words(text)
    assert read.piece_ids.tolist() == with_replacement.piece_ids.tolist()
    assert pieces_of(read, tokenizer, text)[-1][0] == "the"


def test_special_pieces_spelt_out_in_a_text_are_read_as_text(tokenizer: PreTrainedTokenizerBase) -> None:
    known = [token for token in tokenizer.all_special_tokens if token != tokenizer.unk_token]
    read = read_text(" ".join(["a", *known, "".join(known)]), tokenizer, MANY)
    special = {tokenizer.convert_tokens_to_ids(token) for token in known}
    assert len(special) == 3
    assert not special & {int(piece) for piece in read.piece_ids}


def test_the_pieces_of_an_overlong_word_are_cut_and_the_word_counted(wordpiece: PreTrainedTokenizerBase) -> None:
    text = f"a {'x' * 9} b {'y' * 8} {'z' * 30}."
    read = read_text(text, wordpiece, 8)
    assert pieces_of(read, wordpiece, text) == [
        ("a", ["a"]),
        ("x" * 9, ["x", *["##x"] * 7]),
        ("b", ["b"]),
        ("y" * 8, ["y", *["##y"] * 7]),
        ("z" * 30, ["z", *["##z"] * 7]),
        (".", ["."]),
    ]
    assert read.n_words_cut == 2


def test_a_word_keeps_a_piece_when_the_one_it_shares_is_cut(unigram: PreTrainedTokenizerBase) -> None:
    read = read_text(f"{'x' * 8}s.", unigram, 8)  # "s." is one piece, the tenth
    assert read.n_words_cut == 1
    assert len(read.piece_ids) == 8
    assert read.piece_starts.tolist() == [0, 7]
    assert read.piece_ends.tolist() == [8, 8]


@pytest.mark.parametrize(
    ("family", "before", "after"), [("wordpiece", [2], [3]), ("byte_bpe", [0], [2]), ("unigram", [0], [2])]
)
def test_special_pieces_stand_around_a_text(
    request: pytest.FixtureRequest, family: str, before: list[int], after: list[int]
) -> None:
    assert special_pieces(request.getfixturevalue(family)) == (before, after)


def test_a_tokenizer_may_put_nothing_around_a_text(bare: PreTrainedTokenizerBase) -> None:
    assert special_pieces(bare) == ([], [])
