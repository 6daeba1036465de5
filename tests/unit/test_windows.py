"""Windows fit the encoder, their cores divide the words of a document, and context fills what is left."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerBase

from eventroles.documents import Document, ReadReceipt
from eventroles.pieces import read_text, special_pieces
from eventroles.spans import Span
from eventroles.windows import ReadDocument, Reader
from eventroles.words import split_words

WINDOW, CONTEXT = 16, 6
CORE = WINDOW - 2 - CONTEXT  # two special pieces
SCRAPS = [
    "struck", "the ", "U.S. ", "s.", "...", "a ", " ", "\t", "\n", "\r\n", "\n\n", ". ", "! ",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u0301", "\u05e9\u05dc\u05d5\u05dd", "\u5317\u4eac", "\u3002",
    "\x00", "\ud800", "[SEP]", "</s>", "x" * 20,
]  # fmt: skip
texts = st.lists(st.sampled_from(SCRAPS), max_size=60).map("".join)
LONG_TEXTS = {
    "nothing": "",
    "one word": "struck",
    "emoji": "\U0001f44d\U0001f3fd\U0001f1e9\U0001f1ea " * 30,
    "combining marks": "cafe\u0301s na\u0308ive " * 30,
    "CRLF and tabs": "the\r\ntroops\tstruck.\r\n\r\n" * 20,
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627. " * 20,
    "no spaces": "\u5317\u4eac\u30ab\u30ca\u3002" * 30,
    "lone surrogates": "a\ud800b " * 40,
    "NUL": "a\x00b " * 40,
    "dots": "." * 3000,
}
ALPHABET = "a b c d e f g h i j k l m n o p q r s t"  # 20 words of one piece each


def reader_for(tokenizer: PreTrainedTokenizerBase) -> Reader:
    return Reader(tokenizer, window_pieces=WINDOW, context_pieces=CONTEXT)


def check(read: ReadDocument, tokenizer: PreTrainedTokenizerBase) -> None:
    """Hold every promise that windows make about one document."""
    whole = read_text(read.document.text, tokenizer, CORE)
    before, after = special_pieces(tokenizer)
    assert list(read.words) == list(whole.words)
    assert [n for window in read.windows for n in range(window.core.start, window.core.end)] == [
        *range(len(read.words))
    ]
    for window in read.windows:
        ids = window.piece_ids.tolist()
        assert len(before) + len(after) < len(ids) <= WINDOW
        assert ids[: len(before)] == before
        assert ids[len(ids) - len(after) :] == after
        assert window.words.contains(window.core)
        assert len(window.word_pieces) == len(window.words)
        own = whole.piece_starts[window.words.start : window.words.end]
        assert window.piece_ids[window.word_pieces].tolist() == whole.piece_ids[own].tolist()
        assert (np.diff(window.word_pieces) == np.diff(own)).all()
    assert read.receipt == ReadReceipt(
        n_chars=len(read.document.text),
        n_words=len(whole.words),
        n_windows=len(read.windows),
        n_words_cut=whole.n_words_cut,
    )


@pytest.mark.parametrize("name", LONG_TEXTS)
def test_any_document_is_divided_into_windows_that_fit(tokenizer: PreTrainedTokenizerBase, name: str) -> None:
    check(reader_for(tokenizer).read(Document(id="d", text=LONG_TEXTS[name])), tokenizer)


@given(text=texts)
def test_any_mixture_is_divided_into_windows_that_fit(tokenizer: PreTrainedTokenizerBase, text: str) -> None:
    check(reader_for(tokenizer).read(Document(id="d", text=text)), tokenizer)


def test_fifty_thousand_words_are_read_in_seconds(wordpiece: PreTrainedTokenizerBase) -> None:
    started = time.monotonic()
    read = Reader(wordpiece, window_pieces=128, context_pieces=26).read(Document(id="d", text="troops " * 50_000))
    assert read.receipt == ReadReceipt(n_chars=350_000, n_words=50_000, n_windows=500, n_words_cut=0)
    assert sum(len(window.core) for window in read.windows) == 50_000
    assert max(len(window.piece_ids) for window in read.windows) == 128
    assert time.monotonic() - started < 20


def test_a_document_without_words_has_no_window(tokenizer: PreTrainedTokenizerBase) -> None:
    read = reader_for(tokenizer).read(Document(id="d", text=" \n"))
    assert list(read.windows) == []
    assert read.receipt == ReadReceipt(n_chars=2, n_words=0, n_windows=0, n_words_cut=0)


def test_a_document_that_fits_is_one_window_and_all_of_it_core(wordpiece: PreTrainedTokenizerBase) -> None:
    text = ALPHABET[:27]  # 14 words, as many as there is room for
    (window,) = reader_for(wordpiece).read(Document(id="d", text=text)).windows
    assert window.words == window.core == Span(0, 14)
    assert window.piece_ids.tolist() == wordpiece(text)["input_ids"]
    assert window.word_pieces.tolist() == list(range(1, 15))


def test_a_document_of_one_piece_more_needs_two_windows(wordpiece: PreTrainedTokenizerBase) -> None:
    windows = reader_for(wordpiece).read(Document(id="d", text=ALPHABET[:29])).windows
    assert [window.core for window in windows] == [Span(0, 8), Span(8, 15)]


def test_context_is_taken_by_its_shares_where_there_is_enough(wordpiece: PreTrainedTokenizerBase) -> None:
    windows = reader_for(wordpiece).read(Document(id="d", text=ALPHABET)).windows
    assert [(window.core, window.words) for window in windows] == [
        (Span(0, 8), Span(0, 14)),
        (Span(8, 16), Span(4, 18)),
        (Span(16, 20), Span(6, 20)),
    ]
    pieces = [wordpiece.convert_ids_to_tokens(window.piece_ids.tolist()) for window in windows]
    assert pieces[1] == ["[CLS]", *"efghijklmnopqr", "[SEP]"]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("a b c d e. f g h i j k l m n o", 6),  # a sentence ends in the second half of the 8 words
        ("a b. c d e f g h i j k l m n o", 8),  # a sentence ends in the first half only
        ("a b c d. e. f g h i j k l m n", 7),  # the later of two sentences
        ("a b c d e\n\nf. g h i j k l m n", 5),  # a paragraph goes before a later sentence
        ("a b c d\ne f g h i j k l m n o", 8),  # the fourth word is still in the first half
        ("a b c d e f g h i j k l m n o", 8),
    ],
)
def test_windows_break_at_the_best_place_in_their_second_half(
    wordpiece: PreTrainedTokenizerBase, text: str, end: int
) -> None:
    windows = reader_for(wordpiece).read(Document(id="d", text=text)).windows
    assert windows[0].core == Span(0, end)
    assert all(left.core.end == right.core.start for left, right in pairwise(windows))


def test_an_overlong_word_is_cut_to_the_core_and_counted(wordpiece: PreTrainedTokenizerBase) -> None:
    read = reader_for(wordpiece).read(Document(id="d", text=f"a {'x' * 50} b"))
    assert read.receipt.n_words_cut == 1
    assert wordpiece.convert_ids_to_tokens(read.windows[0].piece_ids.tolist()) == [
        "[CLS]", "a", "x", *["##x"] * (CORE - 1), "b", "[SEP]",
    ]  # fmt: skip
    assert list(read.words) == split_words(f"a {'x' * 50} b")


def test_spelt_out_special_pieces_stay_inside_the_window(wordpiece: PreTrainedTokenizerBase) -> None:
    (window,) = reader_for(wordpiece).read(Document(id="d", text="a [SEP] [CLS] b")).windows
    assert window.piece_ids.tolist().count(wordpiece.convert_tokens_to_ids("[SEP]")) == 1
    assert window.piece_ids.tolist().count(wordpiece.convert_tokens_to_ids("[CLS]")) == 1


@pytest.mark.parametrize(("family", "pad_id"), [("wordpiece", 0), ("byte_bpe", 1), ("unigram", 1)])
def test_the_pad_id_is_the_tokenizers(request: pytest.FixtureRequest, family: str, pad_id: int) -> None:
    assert reader_for(request.getfixturevalue(family)).pad_id == pad_id


def test_a_tokenizer_without_special_pieces_reads_and_pads_with_0(bare: PreTrainedTokenizerBase) -> None:
    reader = Reader(bare, window_pieces=4, context_pieces=1)
    read = reader.read(Document(id="d", text="a a b a b"))
    assert reader.pad_id == 0
    assert [window.piece_ids.tolist() for window in read.windows] == [[0, 0, 1, 0], [0, 1, 0, 1]]
    assert [window.core for window in read.windows] == [Span(0, 3), Span(3, 5)]
