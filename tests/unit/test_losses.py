"""The loss against plain Python, word by word, and against scikit-learn."""

import math

import pytest
import torch
from sklearn.metrics import log_loss
from torch import Tensor

from eventroles.batches import GoldTags, TrainingBatch, collate_triggers, collate_windows
from eventroles.losses import LossWeights, joint_loss
from eventroles.spans import Span

N_TYPES, N_ROLES, N_WORDS = 2, 3, 4
LENGTHS = (4, 2)
TRIGGER_WINDOWS = (0, 1, 0)


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(n_triggers: int = 3, *, knows: float = 0.7) -> TrainingBatch:
    """Make a batch with random gold, of which a share is annotated."""
    lengths = torch.tensor(LENGTHS)
    is_word = (torch.arange(N_WORDS) < lengths[:, None])[:, None]
    tags = torch.randint(0, 3, (2, N_TYPES, N_WORDS), generator=generator(1))
    known = torch.rand(2, N_TYPES, N_WORDS, generator=generator(2)) < knows
    rows = [torch.arange(n).numpy() for n in LENGTHS]
    return TrainingBatch(
        windows=collate_windows(rows, rows, 0),
        triggers=collate_triggers((window, Span(0, 1), 0) for window in TRIGGER_WINDOWS[:n_triggers]),
        gold=GoldTags(
            trigger_tags=tags,
            trigger_mask=known & is_word,
            role_tags=torch.randint(0, 3, (n_triggers, N_ROLES, N_WORDS), generator=generator(3)),
        ),
    )


def logits(n_triggers: int = 3) -> tuple[Tensor, Tensor]:
    triggers = 2 * torch.randn(2, N_TYPES, N_WORDS, 3, generator=generator(4))
    return triggers, 2 * torch.randn(n_triggers, N_ROLES, N_WORDS, 3, generator=generator(5))


ROLE_MASK = torch.tensor([[True, False, True], [True, True, True], [False, False, False]])


def cross_entropy(scores: Tensor, tag: int) -> float:
    powers = [math.exp(float(score)) for score in scores]
    return -math.log(powers[tag] / sum(powers))


def summed(scores: Tensor, tags: Tensor, mask: Tensor, weight: float) -> float:
    """Add up the cross-entropies that count, one by one."""
    total = 0.0
    for place in mask.nonzero().tolist():
        tag = int(tags[tuple(place)])
        total += (weight if tag else 1.0) * cross_entropy(scores[tuple(place)], tag)
    return total


def by_hand(both: tuple[Tensor, Tensor], wanted: TrainingBatch, role_mask: Tensor, weights: LossWeights) -> float:
    """Spell the definition out: sums over types and roles, means over words."""
    gold = wanted.gold
    known = {(window, word) for window, _, word in gold.trigger_mask.nonzero().tolist()}
    windows = wanted.triggers.windows.tolist()
    counts = torch.zeros(len(windows), N_ROLES, N_WORDS, dtype=torch.bool)
    for trigger, window in enumerate(windows):
        for role in range(N_ROLES):
            counts[trigger, role, : LENGTHS[window]] = bool(role_mask[trigger, role])
    trigger_loss = summed(both[0], gold.trigger_tags, gold.trigger_mask, weights.trigger) / max(len(known), 1)
    n_words = sum(LENGTHS[window] for window in windows)
    return trigger_loss + summed(both[1], gold.role_tags, counts, weights.role) / max(n_words, 1)


@pytest.mark.parametrize("weights", [LossWeights(), LossWeights(trigger=3.0, role=0.5)])
@pytest.mark.parametrize("knows", [0.0, 0.4, 1.0])
def test_the_loss_is_the_one_computed_word_by_word(weights: LossWeights, knows: float) -> None:
    wanted, both = batch(knows=knows), logits()
    loss = joint_loss(*both, wanted, role_mask=ROLE_MASK, weights=weights)
    assert float(loss) == pytest.approx(by_hand(both, wanted, ROLE_MASK, weights), rel=1e-5)


def test_the_loss_of_triggers_is_scikit_learns_summed_over_types() -> None:
    wanted, both = batch(0, knows=1.0), logits(0)
    loss = joint_loss(*both, wanted, role_mask=ROLE_MASK[:0], weights=LossWeights())
    is_word = wanted.windows.word_mask
    expected = 0.0
    for kind in range(N_TYPES):
        tags = wanted.gold.trigger_tags[:, kind][is_word].tolist()
        shares = both[0][:, kind][is_word].double().softmax(-1).numpy()
        expected += float(log_loss(tags, shares, labels=[0, 1, 2]))
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_nothing_annotated_and_no_triggers_cost_nothing() -> None:
    both = logits(0)
    loss = joint_loss(*both, batch(0, knows=0.0), role_mask=ROLE_MASK[:0], weights=LossWeights())
    assert float(loss) == 0.0


def test_padding_unknown_words_and_illegal_roles_get_no_gradient() -> None:
    wanted = batch()
    both = tuple(tensor.requires_grad_() for tensor in logits())
    joint_loss(both[0], both[1], wanted, role_mask=ROLE_MASK, weights=LossWeights()).backward()  # type: ignore[no-untyped-call]
    assert both[0].grad is not None
    assert both[1].grad is not None
    assert torch.equal(both[0].grad.abs().sum(-1) > 0, wanted.gold.trigger_mask)
    is_word = wanted.windows.word_mask[wanted.triggers.windows]
    assert torch.equal(both[1].grad.abs().sum(-1) > 0, ROLE_MASK[..., None] & is_word[:, None])


def test_bfloat16_logits_are_summed_in_float32() -> None:
    wanted = batch()
    half = tuple(tensor.bfloat16() for tensor in logits())
    loss = joint_loss(half[0], half[1], wanted, role_mask=ROLE_MASK, weights=LossWeights())
    assert loss.dtype == torch.float32
    whole = (half[0].float(), half[1].float())
    assert float(loss) == pytest.approx(by_hand(whole, wanted, ROLE_MASK, LossWeights()), rel=1e-5)


def test_a_sure_right_answer_costs_nothing_and_a_sure_wrong_one_stays_finite() -> None:
    wanted = batch(knows=1.0)
    sure = [torch.nn.functional.one_hot(tags, 3) * 1e4 for tags in (wanted.gold.trigger_tags, wanted.gold.role_tags)]
    right = joint_loss(sure[0], sure[1], wanted, role_mask=ROLE_MASK, weights=LossWeights())
    assert float(right) == pytest.approx(0.0)
    wrong = joint_loss(-sure[0], -sure[1], wanted, role_mask=ROLE_MASK, weights=LossWeights())
    assert torch.isfinite(wrong)
