"""Cut documents into windows that fit the encoder, so that each word is decided in exactly one of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from eventroles.documents import Document, ReadReceipt
from eventroles.pieces import ReadText, read_text, special_pieces
from eventroles.spans import Span
from eventroles.words import break_strengths

LEFT_SHARE: Final = 0.75
"""How much of its context a window takes from before its core: pronouns look back, and cores end where sentences do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A slice of a document that the encoder reads at once.

    Attributes:
        words: The slice, in words of the document.
        core: The part of it whose triggers are decided here, in words of the document; the cores of a document's
            windows divide it. The rest is context, in which arguments may lie.
        piece_ids: `(n_pieces,)` int64, special pieces included.
        word_pieces: `(n_words,)` int64, each word's first piece in `piece_ids`.
    """

    words: Span
    core: Span
    piece_ids: NDArray[np.int64]
    word_pieces: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """A document with its words and windows."""

    document: Document
    words: Sequence[Span]
    windows: Sequence[Window]
    receipt: ReadReceipt


class Reader:
    """Turns documents into windows for one tokenizer.

    Attributes:
        tokenizer: The fast tokenizer.
        pad_id: Piece that fills short windows.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, *, window_pieces: int, context_pieces: int) -> None:
        """Set the sizes.

        Args:
            tokenizer: A fast tokenizer.
            window_pieces: Most pieces in a window, special ones included.
            context_pieces: Pieces kept for context in the windows of a document that needs several.
        """
        self.tokenizer = tokenizer
        self.pad_id: int = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
        self._before, self._after = (np.asarray(ids, dtype=np.int64) for ids in special_pieces(tokenizer))
        self._capacity = window_pieces - len(self._before) - len(self._after)
        self._core_capacity = max(self._capacity - context_pieces, 1)

    def read(self, document: Document) -> ReadDocument:
        """Read a document; an empty one has no windows."""
        text = read_text(document.text, self.tokenizer, max_word_pieces=self._core_capacity)
        windows = [self._window(text, core) for core in self._cores(document.text, text)]
        receipt = ReadReceipt(
            n_chars=len(document.text),
            n_words=len(text.words),
            n_windows=len(windows),
            n_words_cut=text.n_words_cut,
        )
        return ReadDocument(document=document, words=text.words, windows=windows, receipt=receipt)

    def _cores(self, raw: str, text: ReadText) -> Iterator[Span]:
        n_words = len(text.words)
        if not n_words:
            return
        if text.piece_ends[-1] - text.piece_starts[0] <= self._capacity:
            yield Span(0, n_words)
            return
        strengths = np.asarray(break_strengths(raw, text.words))
        start = 0
        while start < n_words:
            end = self._core_end(text, strengths, start)
            yield Span(start, end)
            start = end

    def _core_end(self, text: ReadText, strengths: NDArray[np.int64], start: int) -> int:
        """Take as many words as fit, back to the last best break in their second half."""
        limit = text.piece_starts[start] + self._core_capacity
        end = max(int(np.searchsorted(text.piece_ends, limit, side="right")), start + 1)
        if end >= len(text.words):
            return len(text.words)
        earliest = start + (end - start) // 2
        strongest = strengths[earliest:end]
        best = len(strongest) - 1 - int(strongest[::-1].argmax())
        return end if strongest.max() == 0 else earliest + best + 1

    def _window(self, text: ReadText, core: Span) -> Window:
        """Add context on both sides of the core, by their shares where the document allows it."""
        spare = self._capacity - int(text.piece_ends[core.end - 1] - text.piece_starts[core.start])
        left = self._extend_left(text, core.start, int(spare * LEFT_SHARE))
        right = self._extend_right(text, core.end, spare - int(text.piece_starts[core.start] - text.piece_starts[left]))
        used = int(text.piece_ends[right - 1] - text.piece_starts[left])
        left = self._extend_left(text, left, self._capacity - used)
        first = int(text.piece_starts[left])
        content = text.piece_ids[first : text.piece_ends[right - 1]]
        return Window(
            words=Span(left, right),
            core=core,
            piece_ids=np.concatenate([self._before, content, self._after]),
            word_pieces=text.piece_starts[left:right] - first + len(self._before),
        )

    @staticmethod
    def _extend_left(text: ReadText, start: int, n_pieces: int) -> int:
        return min(int(np.searchsorted(text.piece_starts, text.piece_starts[start] - n_pieces, side="left")), start)

    @staticmethod
    def _extend_right(text: ReadText, end: int, n_pieces: int) -> int:
        return max(int(np.searchsorted(text.piece_ends, text.piece_ends[end - 1] + n_pieces, side="right")), end)
