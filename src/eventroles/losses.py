"""What training makes small: the cross-entropy of every track's tags."""

from dataclasses import dataclass

import torch
from torch import Tensor

from eventroles.batches import TrainingBatch
from eventroles.tags import OUTSIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class LossWeights:
    """What a tagged word weighs beside an untagged one.

    Attributes:
        trigger: Weight of words inside triggers.
        role: Weight of words inside arguments.
    """

    trigger: float = 1.0
    role: float = 1.0


def joint_loss(
    trigger_logits: Tensor, role_logits: Tensor, batch: TrainingBatch, *, role_mask: Tensor, weights: LossWeights
) -> Tensor:
    """Add up the losses of both heads.

    Args:
        trigger_logits: `(B, E, W, 3)` float.
        role_logits: `(T, R, W, 3)` float.
        batch: What is right.
        role_mask: `(T, R)` bool, the roles that a trigger may have.
        weights: Weights against class imbalance.

    Returns:
        Scalar: for triggers the mean over annotated words of the sum over types; for roles the mean over triggers and
        words of the sum over roles.
    """
    gold = batch.gold
    n_words = gold.trigger_mask.any(1).sum().clamp(min=1)
    trigger_loss = _track_loss(trigger_logits, gold.trigger_tags, gold.trigger_mask, weights.trigger) / n_words
    words = batch.windows.word_mask[batch.triggers.windows]  # (T, W)
    role_loss = _track_loss(role_logits, gold.role_tags, role_mask[..., None] & words[:, None], weights.role)
    return trigger_loss + role_loss / words.sum().clamp(min=1)


def _track_loss(logits: Tensor, tags: Tensor, mask: Tensor, weight: float) -> Tensor:
    losses = torch.nn.functional.cross_entropy(logits.float().flatten(0, 2), tags.flatten(), reduction="none")
    weighted = losses * torch.where(tags.flatten() == OUTSIDE, 1.0, weight)
    return (weighted * mask.flatten()).sum()
