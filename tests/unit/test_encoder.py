"""Replaying the last layers changes nothing but what is added, for every encoder family, alone and in a batch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import (
    AlbertConfig,
    AutoModel,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    ModernBertConfig,
    MPNetConfig,
    PreTrainedConfig,
    PreTrainedModel,
    RobertaConfig,
    T5Config,
    T5EncoderModel,
    XLMRobertaConfig,
    XLNetConfig,
)

from eventroles.batches import WindowBatch, collate_windows
from eventroles.encoder import ConditionedEncoder, words_of
from eventroles.errors import ConfigError

N_LAYERS, WIDTH, VOCABULARY, POSITIONS = 3, 32, 40, 24
SIZES: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": WIDTH,
    "num_hidden_layers": N_LAYERS,
    "num_attention_heads": 2,
    "intermediate_size": 48,
}
ABSOLUTE = {
    "BERT": lambda: BertConfig(**SIZES, max_position_embeddings=POSITIONS),
    "RoBERTa": lambda: RobertaConfig(**SIZES, max_position_embeddings=POSITIONS + 2, pad_token_id=1),
    "MPNet": lambda: MPNetConfig(**SIZES, max_position_embeddings=POSITIONS + 2, pad_token_id=1),
    "DistilBERT": lambda: DistilBertConfig(
        vocab_size=VOCABULARY, dim=WIDTH, n_layers=N_LAYERS, n_heads=2, hidden_dim=48, max_position_embeddings=POSITIONS
    ),
    "ELECTRA": lambda: ElectraConfig(**SIZES, embedding_size=16, max_position_embeddings=POSITIONS),
    "XLM-RoBERTa": lambda: XLMRobertaConfig(**SIZES, max_position_embeddings=POSITIONS + 2, pad_token_id=1),
}
RELATIVE = {
    "DeBERTa-v2": lambda: DebertaV2Config(  # type: ignore[call-arg]  # given to the code as extra settings
        **SIZES,
        max_position_embeddings=POSITIONS,
        relative_attention=True,
        position_buckets=8,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        type_vocab_size=0,
    ),
    "ModernBERT": lambda: ModernBertConfig(
        **SIZES,
        max_position_embeddings=POSITIONS,
        local_attention=4,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        cls_token_id=1,
        sep_token_id=2,
    ),
}
CONFIGS: dict[str, Callable[[], PreTrainedConfig]] = {**ABSOLUTE, **RELATIVE}
families = pytest.mark.parametrize("family", CONFIGS)
NO_GRADIENT = ("pooler.",)
"""What no loss of ours reaches: a pooler reads the first piece for tasks on whole texts, and nothing reads it here."""


def build(config: PreTrainedConfig) -> PreTrainedModel:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model: PreTrainedModel = AutoModel.from_config(config)  # type: ignore[no-untyped-call]
    return model


def encoder_of(family: str, n_conditioned_layers: int) -> ConditionedEncoder:
    encoder = ConditionedEncoder(build(CONFIGS[family]()), n_conditioned_layers=n_conditioned_layers)
    return encoder.eval()


def windows_of(encoder: ConditionedEncoder, *lengths: int) -> WindowBatch:
    """Make windows of random pieces, always the same for a length, whose words are every second piece."""

    def row(length: int) -> NDArray[np.int64]:
        return np.random.default_rng(length).integers(4, VOCABULARY, length)

    pad_id = encoder.backbone.config.pad_token_id
    return collate_windows([row(length) for length in lengths], [np.arange(0, n, 2) for n in lengths], pad_id or 0)


def marks(n_triggers: int, n_pieces: int) -> Tensor:
    """Make something to add for each trigger, at one piece each."""
    added = torch.zeros(n_triggers, n_pieces, WIDTH)
    generator = torch.Generator().manual_seed(0)
    for trigger in range(n_triggers):
        added[trigger, trigger + 1] = torch.randn(WIDTH, generator=generator)
    return added


def close(left: Tensor, right: Tensor) -> bool:
    return bool(torch.allclose(left, right, atol=1e-5))


@families
def test_a_replay_with_nothing_added_is_the_plain_pass(family: str) -> None:
    rows = torch.tensor([2, 0, 1, 0])
    for k in range(N_LAYERS + 1):
        encoder = encoder_of(family, k)
        windows = windows_of(encoder, 9, 4, 7)
        with torch.no_grad():
            plain = encoder.backbone(input_ids=windows.piece_ids, attention_mask=windows.piece_mask.long())
            encoded = encoder(windows)
            replayed = encoder.condition(encoded, rows, torch.zeros(()))
        mask = windows.piece_mask
        assert close(encoded.states[mask], plain.last_hidden_state[mask])
        assert close(replayed[mask[rows]], plain.last_hidden_state[rows][mask[rows]]), k
        assert len(encoded.calls) == k


@families
@pytest.mark.parametrize("lengths", [(9, 4, 7), (9, 9), (6,)])
def test_a_trigger_does_not_depend_on_the_others(family: str, lengths: tuple[int, ...]) -> None:
    encoder = encoder_of(family, 2)
    windows = windows_of(encoder, *lengths)
    rows = torch.tensor([len(lengths) - 1, 0, 0])
    added = marks(len(rows), windows.piece_ids.shape[1])
    with torch.no_grad():
        encoded = encoder(windows)
        together = encoder.condition(encoded, rows, added)
        for number in range(len(rows)):
            one = slice(number, number + 1)
            alone = encoder.condition(encoded, rows[one], added[one])
            mask = windows.piece_mask[rows[one]]
            assert close(alone[mask], together[one][mask])
    assert not close(together[1], together[2])


@families
def test_a_window_alone_is_a_window_in_a_batch(family: str) -> None:
    encoder = encoder_of(family, 2)
    lengths = (9, 4, 7)
    together = windows_of(encoder, *lengths)
    rows = torch.tensor([0, 1, 2])
    added = marks(3, 9)
    with torch.no_grad():
        encoded = encoder(together)
        conditioned = encoder.condition(encoded, rows, added)
        for number, length in enumerate(lengths):
            alone = encoder(windows_of(encoder, length))
            again = encoder.condition(alone, torch.tensor([0]), added[number : number + 1, :length])
            assert close(alone.states[0], encoded.states[number, :length])
            assert close(again[0], conditioned[number, :length])


@families
@pytest.mark.parametrize("is_training", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_gradients_are_finite_and_reach_every_parameter(family: str, is_training: bool, dtype: torch.dtype) -> None:
    encoder = encoder_of(family, 2).train(is_training)
    windows = windows_of(encoder, 9, 4, 7)
    rows = torch.tensor([2, 0, 1])
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype is torch.bfloat16):
        encoded = encoder(windows)
        conditioned = encoder.condition(encoded, rows, marks(3, 9))
        mask = windows.piece_mask
        goal = torch.randn(WIDTH, generator=torch.Generator().manual_seed(0))
        loss = (encoded.states[mask] * goal).sum() + (conditioned[mask[rows]] * goal).sum()
    loss.backward()
    assert torch.isfinite(loss)
    without = []
    for name, parameter in encoder.backbone.named_parameters():
        if parameter.grad is None:
            without.append(name)
        else:
            assert torch.isfinite(parameter.grad).all(), name
    assert [name for name in without if not name.startswith(NO_GRADIENT)] == []


@families
def test_a_forward_leaves_no_trace_on_the_encoder(family: str) -> None:
    encoder = encoder_of(family, 2)
    windows = windows_of(encoder, 5, 3)
    with torch.no_grad():
        first, second = encoder(windows), encoder(windows)
        encoder.backbone(input_ids=windows.piece_ids, attention_mask=windows.piece_mask.long())
    assert len(first.calls) == len(second.calls) == 2
    assert torch.equal(first.states, second.states)


@pytest.mark.parametrize("family", ABSOLUTE)
def test_the_most_pieces_are_as_many_as_the_encoder_can_read(family: str) -> None:
    encoder = encoder_of(family, 0)
    assert encoder.max_pieces == POSITIONS
    with torch.no_grad():
        assert encoder(windows_of(encoder, POSITIONS)).states.shape == (1, POSITIONS, WIDTH)
        with pytest.raises((IndexError, RuntimeError), match=r"out of (range|bounds)|must match the"):
            encoder(windows_of(encoder, POSITIONS + 1))


@pytest.mark.parametrize("family", RELATIVE)
def test_an_encoder_without_absolute_positions_keeps_to_its_own_limit(family: str) -> None:
    assert encoder_of(family, 0).max_pieces == POSITIONS


def test_nothing_conditioned_only_adds() -> None:
    encoder = encoder_of("BERT", 0)
    with torch.no_grad():
        encoded = encoder(windows_of(encoder, 9, 4))
        added = marks(2, 9)
        assert torch.equal(encoder.condition(encoded, torch.tensor([1, 0]), added), encoded.states[[1, 0]] + added)


@pytest.mark.parametrize("k", [0, 2])
def test_no_triggers_give_no_states(k: int) -> None:
    encoder = encoder_of("BERT", k)
    with torch.no_grad():
        none = encoder.condition(encoder(windows_of(encoder, 9, 4)), torch.zeros(0, dtype=torch.int64), marks(0, 9))
    assert none.shape == (0, 9, WIDTH)


@families
def test_the_width_is_that_of_the_states(family: str) -> None:
    assert encoder_of(family, 1).width == WIDTH


def test_more_layers_than_the_encoder_has_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"model\.conditioned_layers: must be .*3, .*but is 4\. Change it\."):
        encoder_of("BERT", 4)


def test_fewer_layers_than_none_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"model\.conditioned_layers: must be .*but is -1\."):
        encoder_of("BERT", -1)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: build(AlbertConfig(**SIZES, embedding_size=16, max_position_embeddings=POSITIONS)), "AlbertModel"),
        (
            lambda: build(XLNetConfig(vocab_size=VOCABULARY, d_model=WIDTH, n_layer=N_LAYERS, n_head=2, d_inner=48)),
            "XLNetModel",
        ),
    ],
)
def test_an_encoder_whose_layers_cannot_run_apart_is_refused_unless_none_must(
    make: Callable[[], PreTrainedModel], name: str
) -> None:
    with pytest.raises(
        ConfigError, match=rf"model\.conditioned_layers: must be 0 for {name}, .*but is 1\. Set it to 0"
    ):
        ConditionedEncoder(make(), n_conditioned_layers=1)
    assert ConditionedEncoder(make(), n_conditioned_layers=0).max_pieces >= POSITIONS


def test_an_encoder_with_a_norm_after_its_last_layer_is_replayed_with_it() -> None:
    config = T5Config(vocab_size=VOCABULARY, d_model=WIDTH, d_kv=16, num_layers=N_LAYERS, num_heads=2, d_ff=48)
    rows = torch.tensor([2, 0, 1, 0])
    for k in range(N_LAYERS + 1):
        encoder = ConditionedEncoder(T5EncoderModel(config), n_conditioned_layers=k).eval()
        windows = windows_of(encoder, 9, 4, 7)
        with torch.no_grad():
            encoded = encoder(windows)
            replayed = encoder.condition(encoded, rows, torch.zeros(()))
        mask = windows.piece_mask[rows]
        assert close(replayed[mask], encoded.states[rows][mask]), k
        assert encoder.max_pieces > POSITIONS  # relative positions alone


def test_an_encoder_that_reads_padding_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = build(CONFIGS["BERT"]())
    plain = backbone.forward
    monkeypatch.setattr(backbone, "forward", lambda input_ids, attention_mask: plain(input_ids, attention_mask * 0 + 1))
    with pytest.raises(ConfigError, match=r"model\.backbone: must not read padding, .* BertModel does\. Take another"):
        ConditionedEncoder(backbone, n_conditioned_layers=0)


def test_an_encoder_of_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = build(CONFIGS["BERT"]())
    monkeypatch.setattr(backbone, "forward", lambda pixel_values: pixel_values)
    with pytest.raises(
        ConfigError, match=r"model\.backbone: must be an encoder that reads pieces and a mask, but BertM"
    ):
        ConditionedEncoder(backbone, n_conditioned_layers=0)


def test_the_states_of_words_are_those_of_their_first_pieces() -> None:
    states = torch.arange(2 * 3 * 2).reshape(2, 3, 2).float()
    picked = words_of(states, torch.tensor([[2, 0], [1, 1]]))
    assert picked.tolist() == [[[4.0, 5.0], [0.0, 1.0]], [[8.0, 9.0], [8.0, 9.0]]]
