"""The network: shapes, and that nothing depends on what else is in the batch."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel

from eventroles.batches import TriggerBatch, WindowBatch, collate_triggers, collate_windows
from eventroles.model import EventRoleModel, LabelTable
from eventroles.spans import Span

MakeBert = Callable[[], PreTrainedModel]
Trigger = tuple[int, Span, int]
TRIGGERS: list[Trigger] = [(0, Span(0, 1), 0), (0, Span(0, 1), 2), (2, Span(1, 3), 1), (0, Span(4, 5), 0)]
SLOTS_OF_TYPE = [[0, 1], [2, -1], [-1, -1]]
LENGTHS = (9, 4, 7)


def table(n_slots: int = 3) -> LabelTable:
    generator = torch.Generator().manual_seed(0)
    return LabelTable(
        type_texts=torch.randn(3, 32, generator=generator),
        slot_texts=torch.randn(n_slots, 32, generator=generator),
        slot_roles=torch.tensor([0, 1, 0][:n_slots], dtype=torch.int64),
        slots_of_type=torch.tensor(SLOTS_OF_TYPE) if n_slots else torch.full((3, 0), -1),
    )


def model_of(
    backbone: PreTrainedModel, n_conditioned_layers: int = 2, labels: LabelTable | None = None
) -> EventRoleModel:
    torch.manual_seed(0)
    return EventRoleModel(
        backbone, labels or table(), n_conditioned_layers=n_conditioned_layers, head_width=16, dropout=0.1
    ).eval()


def windows_of(*lengths: int) -> WindowBatch:
    """Make windows of random pieces, always the same for a length, with a word at every second piece."""

    def row(length: int) -> NDArray[np.int64]:
        return np.random.default_rng(length).integers(4, 300, length)

    return collate_windows([row(n) for n in lengths], [np.arange(0, n, 2) for n in lengths], 0)


def triggers_of(*triggers: Trigger) -> TriggerBatch:
    return collate_triggers(triggers)


@pytest.mark.parametrize("k", [0, 1, 3])
def test_every_word_has_logits_for_every_type_and_every_role(make_bert: MakeBert, k: int) -> None:
    trigger_logits, role_logits, *_ = model_of(make_bert(), k)(windows_of(*LENGTHS), triggers_of(*TRIGGERS))
    assert trigger_logits.shape == (3, 3, 5, 3)
    assert role_logits.shape == (4, 2, 5, 3)
    assert torch.isfinite(trigger_logits).all()
    assert torch.isfinite(role_logits).all()
    assert not trigger_logits[..., 0].any()
    assert not role_logits[..., 0].any()


def test_legal_roles_are_those_of_the_type(make_bert: MakeBert) -> None:
    mask = model_of(make_bert()).role_mask(torch.tensor([1, 0, 2, 0]))
    assert mask.tolist() == [[True, False], [True, True], [False, False], [True, True]]


@pytest.mark.parametrize("k", [0, 2])
def test_a_triggers_roles_do_not_depend_on_other_triggers(make_bert: MakeBert, k: int) -> None:
    model, windows = model_of(make_bert(), k), windows_of(*LENGTHS)
    with torch.no_grad():
        encoded = model.encode(windows)
        together = model.role_logits(encoded, triggers_of(*TRIGGERS))
        reverse = model.role_logits(encoded, triggers_of(*reversed(TRIGGERS)))
        assert torch.allclose(reverse.flip(0), together, atol=1e-5)
        for number, trigger in enumerate(TRIGGERS):
            alone = model.role_logits(encoded, triggers_of(trigger))[0]
            n_words = int(windows.word_mask[trigger[0]].sum())
            assert torch.allclose(alone[:, :n_words], together[number][:, :n_words], atol=1e-5)


@pytest.mark.parametrize("k", [0, 2])
def test_a_window_alone_is_a_window_in_a_batch(make_bert: MakeBert, k: int) -> None:
    model = model_of(make_bert(), k)
    with torch.no_grad():
        trigger_logits, role_logits, *_ = model(windows_of(*LENGTHS), triggers_of(*TRIGGERS))
        for window, length in enumerate(LENGTHS):
            own = [number for number, trigger in enumerate(TRIGGERS) if trigger[0] == window]
            moved = [(0, TRIGGERS[number][1], TRIGGERS[number][2]) for number in own]
            alone = model(windows_of(length), triggers_of(*moved))
            n_words = (length + 1) // 2
            assert torch.allclose(alone[0][0], trigger_logits[window, :, :n_words], atol=1e-5)
            assert torch.allclose(alone[1], role_logits[own][:, :, :n_words], atol=1e-5)


@pytest.mark.parametrize("k", [0, 2])
@pytest.mark.parametrize("other", [(0, Span(4, 5), 0), (0, Span(0, 2), 0)])
def test_roles_depend_on_the_trigger(make_bert: MakeBert, k: int, other: Trigger) -> None:
    model = model_of(make_bert(), k)
    _, logits, *_ = model(windows_of(9), triggers_of((0, Span(0, 1), 0), other))
    assert not torch.allclose(logits[0], logits[1], atol=1e-4)


def test_roles_depend_on_the_type_of_the_trigger_beyond_their_own_names(make_bert: MakeBert) -> None:
    labels = table()
    labels.slot_texts[2] = labels.slot_texts[0]  # the first roles of types 0 and 1 have one text and one name
    model = model_of(make_bert(), 2, labels)
    _, logits, *_ = model(windows_of(9), triggers_of((0, Span(0, 1), 0), (0, Span(0, 1), 1)))
    assert not torch.allclose(logits[0, 0], logits[1, 0], atol=1e-4)


def test_the_marks_stand_on_the_first_pieces_of_the_trigger_alone(make_bert: MakeBert) -> None:
    seen = []
    model, windows = model_of(make_bert(), 0), windows_of(9, 5)
    encoded = model.encode(windows)
    model.role_head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model.role_logits(encoded, triggers_of((1, Span(1, 3), 0)))
    difference = seen[0][0] - encoded.states[1, [0, 2, 4, 0, 0]]
    assert difference.abs().sum(1).gt(1e-4).tolist() == [False, True, True, False, False]
    assert torch.allclose(difference[1], difference[2], atol=1e-6)


def test_words_that_share_a_piece_mark_it_once(make_bert: MakeBert) -> None:
    pieces = np.asarray([5, 6, 7])
    shared = collate_windows([pieces], [np.asarray([0, 1, 1])], 0)
    model = model_of(make_bert(), 2)
    with torch.no_grad():
        encoded = model.encode(shared)
        seen: list[torch.Tensor] = []
        model.role_head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        for end in (2, 3):
            model.role_logits(encoded, triggers_of((0, Span(1, end), 0)))
    assert torch.equal(seen[0], seen[1])


@pytest.mark.parametrize("k", [0, 2])
def test_no_triggers_have_no_role_logits(make_bert: MakeBert, k: int) -> None:
    trigger_logits, role_logits, *_ = model_of(make_bert(), k)(windows_of(*LENGTHS), triggers_of())
    assert trigger_logits.shape == (3, 3, 5, 3)
    assert role_logits.shape == (0, 2, 5, 3)


def test_an_ontology_without_roles_has_no_role_tracks(make_bert: MakeBert) -> None:
    model = model_of(make_bert(), 1, table(n_slots=0))
    _, role_logits, *_ = model(windows_of(*LENGTHS), triggers_of(*TRIGGERS))
    assert role_logits.shape == (4, 0, 5, 3)
    assert model.role_mask(torch.tensor([0])).shape == (1, 0)


@pytest.mark.parametrize("k", [0, 2, 3])
@pytest.mark.parametrize("is_training", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_gradients_are_finite_and_reach_every_parameter_but_the_pooler(
    make_bert: MakeBert, k: int, is_training: bool, dtype: torch.dtype
) -> None:
    model = model_of(make_bert(), k).train(is_training)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype is torch.bfloat16):
        trigger_logits, role_logits, *_ = model(windows_of(*LENGTHS), triggers_of(*TRIGGERS))
    loss = trigger_logits.float().exp().sum() + role_logits.float().exp().sum()
    loss.backward()
    assert torch.isfinite(loss)
    without = [name for name, parameter in model.named_parameters() if parameter.grad is None]
    elsewhere = {"trigger_head.transitions.scores", "role_head.transitions.scores"}  # in the loss
    assert all(name in elsewhere or name.startswith("encoder.backbone.pooler.") for name in without), without
    for name, parameter in model.named_parameters():
        assert parameter.grad is None or torch.isfinite(parameter.grad).all(), name
    assert model.marker.grad is not None
    assert model.marker.grad.any()


def test_label_texts_are_saved_with_the_weights(make_bert: MakeBert) -> None:
    first, second = model_of(make_bert()), model_of(make_bert(), labels=table())
    with torch.no_grad():
        for parameter in second.parameters():
            parameter.zero_()
        second.types.texts.zero_()
    second.load_state_dict(first.state_dict())
    inputs = windows_of(*LENGTHS), triggers_of(*TRIGGERS)
    for left, right in zip(first(*inputs), second(*inputs), strict=True):
        assert torch.equal(left, right)
