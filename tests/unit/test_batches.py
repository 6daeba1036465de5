"""Windows and triggers of different sizes become padded tensors with masks, True where something is."""

import numpy as np
import torch
from numpy.typing import NDArray

from eventroles.batches import GoldTags, TrainingBatch, TriggerBatch, WindowBatch, collate_triggers, collate_windows
from eventroles.spans import Span


def row(*numbers: int) -> NDArray[np.int64]:
    return np.asarray(numbers, dtype=np.int64)


def some_windows() -> WindowBatch:
    return collate_windows([row(7, 8, 9), row(7, 9), row(7, 5, 5, 9)], [row(1), row(0, 1), row(1, 1, 2)], pad_id=1)


def some_triggers() -> TriggerBatch:
    return collate_triggers([(0, Span(0, 1), 4), (2, Span(1, 3), 0)])


def test_short_windows_are_filled_with_the_pad_piece() -> None:
    windows = some_windows()
    assert windows.piece_ids.tolist() == [[7, 8, 9, 1], [7, 9, 1, 1], [7, 5, 5, 9]]
    assert windows.word_pieces.tolist() == [[1, 0, 0], [0, 1, 0], [1, 1, 2]]


def test_masks_are_true_where_there_is_something() -> None:
    windows = some_windows()
    assert windows.piece_mask.tolist() == [[True] * 3 + [False], [True] * 2 + [False] * 2, [True] * 4]
    assert windows.word_mask.tolist() == [[True, False, False], [True, True, False], [True] * 3]
    assert windows.piece_mask.dtype == windows.word_mask.dtype == torch.bool
    assert windows.piece_ids.dtype == windows.word_pieces.dtype == torch.int64


def test_a_piece_equal_to_the_pad_piece_is_not_masked() -> None:
    assert collate_windows([row(1, 1)], [row(0)], pad_id=1).piece_mask.tolist() == [[True, True]]


def test_triggers_stand_in_columns() -> None:
    triggers = some_triggers()
    assert len(triggers) == 2
    assert triggers.windows.tolist() == [0, 2]
    assert triggers.starts.tolist() == [0, 1]
    assert triggers.ends.tolist() == [1, 3]
    assert triggers.types.tolist() == [4, 0]


def test_no_triggers_are_a_batch_too() -> None:
    triggers = collate_triggers([])
    assert len(triggers) == 0
    assert triggers.types.dtype == torch.int64
    assert triggers.word_mask(3).shape == (0, 3)


def test_the_words_of_triggers_are_marked() -> None:
    assert some_triggers().word_mask(4).tolist() == [[True, False, False, False], [False, True, True, False]]


def test_a_part_of_the_triggers_keeps_all_columns() -> None:
    part = some_triggers().part(slice(1, 5))
    assert [part.windows.tolist(), part.starts.tolist(), part.ends.tolist(), part.types.tolist()] == [
        [2],
        [1],
        [3],
        [0],
    ]


def test_a_training_batch_moves_with_everything_in_it() -> None:
    gold = GoldTags(
        trigger_tags=torch.zeros(3, 1, 3, dtype=torch.int64),
        trigger_words=torch.ones(3, 1, 3, dtype=torch.bool),
        trigger_mask=torch.ones(3, 1, 3, dtype=torch.bool),
        role_tags=torch.zeros(2, 1, 3, dtype=torch.int64),
    )
    moved = TrainingBatch(windows=some_windows(), triggers=some_triggers(), gold=gold).to(torch.device("meta"))
    tensors = [
        moved.windows.piece_ids, moved.windows.piece_mask, moved.windows.word_pieces, moved.windows.word_mask,
        moved.triggers.windows, moved.triggers.starts, moved.triggers.ends, moved.triggers.types,
        moved.gold.trigger_tags, moved.gold.trigger_words, moved.gold.trigger_mask, moved.gold.role_tags,
    ]  # fmt: skip
    assert {tensor.device.type for tensor in tensors} == {"meta"}
    assert isinstance(moved.windows, WindowBatch)
    assert moved.triggers.types.dtype == torch.int64
