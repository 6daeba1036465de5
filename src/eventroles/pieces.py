"""Read text as the encoder's pieces, and align them with characters and words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from eventroles.spans import Span
from eventroles.words import split_words

_LONE_SURROGATE = regex.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadText:
    """A text in words and pieces.

    Attributes:
        words: Character span of every word.
        piece_ids: `(n_pieces,)` int64, without special pieces.
        piece_starts: `(n_words,)` int64, each word's first piece. Words that the tokenizer reads as one piece share it;
            a word that it passes over (a lone control character) takes the piece before it.
        piece_ends: `(n_words,)` int64, one past each word's last piece.
        n_words_cut: Words of which the pieces past `max_word_pieces` were left out.
    """

    words: Sequence[Span]
    piece_ids: NDArray[np.int64]
    piece_starts: NDArray[np.int64]
    piece_ends: NDArray[np.int64]
    n_words_cut: int


def read_text(text: str, tokenizer: PreTrainedTokenizerBase, max_word_pieces: int) -> ReadText:
    """Split a text into words and pieces.

    Args:
        text: Any string. Special pieces that are spelt out in it (`[SEP]`) are read as plain text, and lone
            surrogates, which no tokenizer takes, as U+FFFD; no offset changes.
        tokenizer: A fast tokenizer.
        max_word_pieces: Most pieces that one word keeps.

    Returns:
        The words, pieces and their alignment.
    """
    words = split_words(text)
    encoding = tokenizer(
        _LONE_SURROGATE.sub("\ufffd", text),
        add_special_tokens=False,
        return_offsets_mapping=True,
        return_attention_mask=False,
        return_token_type_ids=False,
        split_special_tokens=True,
        verbose=False,
    )
    piece_ids = np.asarray(encoding["input_ids"], dtype=np.int64)
    if tokenizer.unk_token_id is not None:  # vocabularies that hold special pieces as words give them all the same
        piece_ids[np.isin(piece_ids, tokenizer.all_special_ids)] = tokenizer.unk_token_id
    offsets = np.asarray(encoding["offset_mapping"], dtype=np.int64).reshape(-1, 2)
    starts, ends = _align(words, offsets)
    if not len(piece_ids):
        words, starts, ends = [], starts[:0], ends[:0]
    return _without_overlong_words(words, piece_ids, (starts, ends), max_word_pieces)


def special_pieces(tokenizer: PreTrainedTokenizerBase) -> tuple[list[int], list[int]]:
    """Find which special pieces the tokenizer puts before and after a text."""
    encoding = tokenizer("a", return_special_tokens_mask=True)
    ids, is_special = list(encoding["input_ids"]), list(encoding["special_tokens_mask"])
    n_before = is_special.index(0)
    n_after = is_special[::-1].index(0)
    return ids[:n_before], ids[len(ids) - n_after :]


def _align(words: Sequence[Span], offsets: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the first and one past the last piece of every word; both `(n_words,)`, never falling."""
    bounds = np.asarray([(word.start, word.end) for word in words], dtype=np.int64).reshape(-1, 2)
    piece_starts = np.maximum.accumulate(offsets[:, 0])
    piece_ends = np.maximum.accumulate(offsets[:, 1])
    first = np.searchsorted(piece_ends, bounds[:, 0], side="right")
    after = np.searchsorted(piece_starts, bounds[:, 1], side="left")
    is_skipped = after <= first
    first = np.where(is_skipped, np.maximum(after - 1, 0), first)
    return first, np.where(is_skipped, first + 1, after)


def _without_overlong_words(
    words: Sequence[Span],
    piece_ids: NDArray[np.int64],
    bounds: tuple[NDArray[np.int64], NDArray[np.int64]],
    max_word_pieces: int,
) -> ReadText:
    starts, ends = bounds
    is_cut = ends - starts > max_word_pieces
    keeps = np.ones(len(piece_ids), dtype=bool)
    for start, end in zip(starts[is_cut], ends[is_cut], strict=True):
        keeps[start + max_word_pieces : end] = False
    position = np.cumsum(keeps) - 1  # the last kept piece up to and including each
    return ReadText(
        words=words,
        piece_ids=piece_ids[keeps],
        piece_starts=position[starts],
        piece_ends=position[ends - 1] + 1,
        n_words_cut=int(is_cut.sum()),
    )
