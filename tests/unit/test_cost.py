"""What passes cost: the formulas of `docs/cost.md` against what PyTorch counts."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    AutoModel,
    BertConfig,
    MPNetConfig,
    PretrainedConfig,
    PreTrainedModel,
    RobertaConfig,
    XLMRobertaConfig,
)

from eventroles.batches import WindowBatch, collate_triggers, collate_windows
from eventroles.cost import encoder_flops, layer_flops
from eventroles.encoder import ConditionedEncoder
from eventroles.model import EventRoleModel, LabelTable
from eventroles.spans import Span

MakeBert = Callable[[], PreTrainedModel]
N_LAYERS, HIDDEN, INNER = 3, 32, 48
LENGTHS = (11, 6)
N_WINDOWS, N_PIECES, N_WORDS = 2, 11, 6
LAYER = 2 * 11 * (4 * 32 * 32 + 2 * 32 * 48) + 4 * 11 * 11 * 32
"""One layer over one window of 11 pieces, worked out by hand: 173,184."""
POOLER = N_WINDOWS * 2 * HIDDEN * HIDDEN
"""A BERT of transformers also projects the first piece of every window, which nothing reads."""


def windows() -> WindowBatch:
    """Make two windows of 11 pieces, padding included, with a word at every second piece."""
    rows = [np.arange(1, length + 1) for length in LENGTHS]
    return collate_windows(rows, [np.arange(0, length, 2) for length in LENGTHS], 0)


def counted(compute: Callable[[], object]) -> int:
    """Count FLOPs; attention is taken apart into products of matrices, as fused it is not counted on a CPU."""
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        compute()
    return int(counter.get_total_flops())


def rows_of(n_triggers: int) -> Tensor:
    return torch.arange(n_triggers) % N_WINDOWS


# The encoder.


def test_a_layer_costs_what_it_does_by_hand(make_bert: MakeBert) -> None:
    assert layer_flops(make_bert().config, 11) == LAYER == 173_184
    assert layer_flops(make_bert().config, 1) == 2 * 7_168 + 128


@pytest.mark.parametrize("n_triggers", [0, 1, 5])
@pytest.mark.parametrize("k", range(N_LAYERS + 1))
def test_the_encoder_costs_what_the_formula_says(make_bert: MakeBert, k: int, n_triggers: int) -> None:
    encoder = ConditionedEncoder(make_bert(), n_conditioned_layers=k).eval()
    batch, added = windows(), torch.zeros(n_triggers, N_PIECES, HIDDEN)
    shared = counted(lambda: encoder(batch)) - POOLER
    with torch.no_grad():
        encoded = encoder(batch)
    again = counted(lambda: encoder.condition(encoded, rows_of(n_triggers), added))
    assert shared == N_WINDOWS * N_LAYERS * LAYER
    assert again == n_triggers * k * LAYER
    formula = encoder_flops(
        encoder.backbone.config, N_PIECES, n_windows=N_WINDOWS, n_triggers=n_triggers, n_conditioned_layers=k
    )
    assert formula == shared + again


def test_with_no_layer_conditioned_triggers_cost_the_encoder_nothing(make_bert: MakeBert) -> None:
    config = make_bert().config
    costs = {encoder_flops(config, N_PIECES, n_triggers=n, n_conditioned_layers=0) for n in (0, 1, 5, 1000)}
    assert costs == {N_LAYERS * LAYER}


@pytest.mark.parametrize("k", range(N_LAYERS + 1))
def test_a_trigger_costs_k_of_l_passes(make_bert: MakeBert, k: int) -> None:
    config = make_bert().config
    one, two = (encoder_flops(config, N_PIECES, n_triggers=n, n_conditioned_layers=k) for n in (1, 2))
    assert N_LAYERS * (two - one) == k * encoder_flops(config, N_PIECES, n_triggers=0, n_conditioned_layers=k)


@pytest.mark.parametrize("family", [RobertaConfig, XLMRobertaConfig, MPNetConfig])
def test_other_encoders_with_such_layers_cost_the_same(family: Callable[..., PretrainedConfig]) -> None:
    config = family(
        vocab_size=40, hidden_size=HIDDEN, num_hidden_layers=N_LAYERS, num_attention_heads=2, intermediate_size=INNER
    )
    encoder = ConditionedEncoder(AutoModel.from_config(config), n_conditioned_layers=2).eval()  # type: ignore[no-untyped-call]
    added = torch.zeros(3, N_PIECES, HIDDEN)
    found = counted(lambda: encoder.condition(encoder(windows()), rows_of(3), added))
    assert found - POOLER == (N_WINDOWS * N_LAYERS + 3 * 2) * LAYER
    assert found - POOLER == encoder_flops(config, N_PIECES, n_windows=N_WINDOWS, n_triggers=3, n_conditioned_layers=2)


@pytest.mark.parametrize(
    ("sizes", "n_pieces", "a_piece"),
    [
        ((6, 384, 1536), 128, 22_413_312),  # MiniLM-L6: 6 · (2 · 1,769,472 + 4 · 128 · 384)
        ((6, 384, 1536), 256, 23_592_960),
        ((12, 768, 3072), 128, 174_587_904),  # MPNet-base
        ((24, 1024, 4096), 128, 616_562_688),  # BERT-large
    ],
)
def test_the_figures_of_the_design_hold(sizes: tuple[int, int, int], n_pieces: int, a_piece: int) -> None:
    n_layers, hidden_width, inner_width = sizes
    config = BertConfig(num_hidden_layers=n_layers, hidden_size=hidden_width, intermediate_size=inner_width)
    assert encoder_flops(config, n_pieces, n_triggers=0, n_conditioned_layers=0) == n_pieces * a_piece


# The heads: 3 event types, at most 2 roles each, 4 slots in all, heads of width 16.

N_TYPES, N_ROLES, N_SLOTS, WIDTH = 3, 2, 4, 16
FEATURES_AND_TAGS = 2 * N_WORDS * HIDDEN * WIDTH + 4 * N_WORDS * WIDTH * WIDTH


@pytest.fixture
def model(make_bert: MakeBert) -> EventRoleModel:
    labels = LabelTable(
        type_texts=torch.zeros(N_TYPES, HIDDEN),
        slot_texts=torch.zeros(N_SLOTS, HIDDEN),
        slot_roles=torch.arange(N_SLOTS),
        slots_of_type=torch.tensor([[0, 1], [2, -1], [3, -1]]),
    )
    return EventRoleModel(make_bert(), labels, n_conditioned_layers=0, head_width=WIDTH, dropout=0.1).eval()


def test_the_trigger_head_costs_what_the_page_says(model: EventRoleModel) -> None:
    with torch.no_grad():
        encoded = model.encode(windows())
    labels = 2 * N_TYPES * HIDDEN * WIDTH
    window = FEATURES_AND_TAGS + 4 * N_WORDS * N_TYPES * WIDTH + 4 * N_TYPES * WIDTH
    assert counted(lambda: model.trigger_logits(encoded)) == labels + N_WINDOWS * window


@pytest.mark.parametrize("n_triggers", [1, 5])
def test_the_role_head_costs_what_the_page_says(model: EventRoleModel, n_triggers: int) -> None:
    with torch.no_grad():
        encoded = model.encode(windows())
    triggers = collate_triggers((n % N_WINDOWS, Span(1, 2), n % N_TYPES) for n in range(n_triggers))
    labels = 2 * (N_TYPES + N_SLOTS) * HIDDEN * WIDTH
    tracks = 4 * N_WORDS * N_ROLES * WIDTH + 4 * N_ROLES * WIDTH
    trigger = 2 * WIDTH * HIDDEN + 2 * N_WORDS * HIDDEN + 2 * HIDDEN * WIDTH  # its type's mark, its mean, its features
    assert counted(lambda: model.role_logits(encoded, triggers)) == labels + n_triggers * (
        FEATURES_AND_TAGS + tracks + trigger
    )
