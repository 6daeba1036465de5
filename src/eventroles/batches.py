"""Windows, triggers and gold as padded tensors.

One legend for shapes, here and in every other module: `B` windows, `P` pieces, `W` words, `T` triggers, `E` event
types, `R` roles of one event type, `H` width of the encoder's states. A mask is bool, and True means keep.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eventroles.spans import Span

Tensors = TypeVar("Tensors", bound="_Tensors")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tensors:
    """Tensors that move together."""

    def to(self: Tensors, device: torch.device, **options: bool) -> Tensors:
        """Copy every tensor to a device; `options` are those of `Tensor.to`."""
        return type(self)(**{f.name: getattr(self, f.name).to(device, **options) for f in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowBatch(_Tensors):
    """Windows, padded to the longest.

    Attributes:
        piece_ids: `(B, P)` int64.
        piece_mask: `(B, P)` bool.
        word_pieces: `(B, W)` int64, each word's first piece; 0 where padded.
        word_mask: `(B, W)` bool.
    """

    piece_ids: Tensor
    piece_mask: Tensor
    word_pieces: Tensor
    word_mask: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerBatch(_Tensors):
    """Triggers on a batch of windows.

    Attributes:
        windows: `(T,)` int64, index of each trigger's window in the batch.
        starts: `(T,)` int64, its first word in the window.
        ends: `(T,)` int64, one past its last word.
        types: `(T,)` int64, index of its event type.
    """

    windows: Tensor
    starts: Tensor
    ends: Tensor
    types: Tensor

    def __len__(self) -> int:
        return len(self.windows)

    def word_mask(self, n_words: int) -> Tensor:
        """Mark the words of each trigger, `(T, W)` bool."""
        positions = torch.arange(n_words, device=self.starts.device)
        return (positions >= self.starts[:, None]) & (positions < self.ends[:, None])

    def part(self, rows: slice) -> "TriggerBatch":
        """Take some of the triggers."""
        return TriggerBatch(
            windows=self.windows[rows], starts=self.starts[rows], ends=self.ends[rows], types=self.types[rows]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldTags(_Tensors):
    """What is to be predicted for a batch of windows and their gold triggers.

    Attributes:
        trigger_tags: `(B, E, W)` int64, an IOB2 tag for each event type or track of mentions and each word.
        trigger_words: `(B, E, W)` bool, words that may be tagged; from `taggable_words`.
        trigger_mask: `(B, E, W)` bool, words and types that were annotated and are decided in this window.
        role_tags: `(T, R, W)` int64, an IOB2 tag for each legal role of the trigger's type and each word.
    """

    trigger_tags: Tensor
    trigger_words: Tensor
    trigger_mask: Tensor
    role_tags: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingBatch(_Tensors):
    """A batch of windows with gold."""

    windows: WindowBatch
    triggers: TriggerBatch
    gold: GoldTags


def collate_windows(
    piece_ids: Sequence[NDArray[np.int64]], word_pieces: Sequence[NDArray[np.int64]], pad_id: int
) -> WindowBatch:
    """Pad windows into one batch.

    Args:
        piece_ids: Pieces of each window.
        word_pieces: First piece of each word of each window.
        pad_id: Piece to fill up with.

    Returns:
        The batch, on the CPU.
    """
    return WindowBatch(
        piece_ids=_pad(piece_ids, pad_id),
        piece_mask=_mask(piece_ids),
        word_pieces=_pad(word_pieces, 0),
        word_mask=_mask(word_pieces),
    )


def collate_triggers(triggers: Iterable[tuple[int, Span, int]]) -> TriggerBatch:
    """Build a batch of triggers from window index, word span and type index."""
    rows = [(window, span.start, span.end, kind) for window, span, kind in triggers]
    table = torch.tensor(rows, dtype=torch.int64).reshape(-1, 4)
    return TriggerBatch(windows=table[:, 0], starts=table[:, 1], ends=table[:, 2], types=table[:, 3])


def taggable_words(words: Tensor, of_document: Tensor) -> Tensor:
    """Mark the words that may be tagged as triggers: all, or the first for document-level types.

    Args:
        words: `(B, W)` bool, words that are no padding.
        of_document: `(E,)` bool, tracks of document-level types.

    Returns:
        `(B, E, W)` bool.
    """
    is_first = torch.arange(words.shape[1], device=words.device) == 0
    return words[:, None] & (is_first | ~of_document[:, None])


def _pad(rows: Sequence[NDArray[np.int64]], fill: int) -> Tensor:
    tensors = [torch.as_tensor(row) for row in rows]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=fill)


def _mask(rows: Sequence[NDArray[np.int64]]) -> Tensor:
    lengths = torch.tensor([len(row) for row in rows])
    return torch.arange(int(lengths.max())) < lengths[:, None]
