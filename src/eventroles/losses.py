"""What training makes small: how unlikely the tags of every track are."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from eventroles.batches import TrainingBatch
from eventroles.crf import log_likelihood, only_outside


@dataclass(frozen=True, slots=True, kw_only=True)
class MissCosts:
    """How many times likelier than they are sequences count for each word of a span that they leave outside.

    Attributes:
        trigger: For words of triggers, and of entity mentions.
        role: For words of arguments.
    """

    trigger: float = 1.0
    role: float = 1.0


def joint_loss(
    logits: tuple[Tensor, Tensor],
    transitions: tuple[Tensor, Tensor],
    batch: TrainingBatch,
    *,
    role_mask: Tensor,
    costs: MissCosts,
) -> Tensor:
    """Add up the losses of both heads.

    Args:
        logits: `(B, E, W, 3)` float for triggers and `(T, R, W, 3)` float for roles.
        transitions: `(3, 3)` float for triggers and for roles.
        batch: What is right.
        role_mask: `(T, R)` bool, the roles that a trigger may have.
        costs: Costs of what is missed.

    Returns:
        Scalar: the negative log-likelihoods of all tracks, of triggers to each annotated word, of roles to each word of
        each trigger's window.
    """
    gold, windows = batch.gold, batch.windows
    n_words = gold.trigger_mask.any(1).sum().clamp(min=1)
    words = windows.word_mask[batch.triggers.windows]  # (T, W)
    legal = role_mask[..., None] & words[:, None]  # (T, R, W)
    triggers = _Tracks(gold.trigger_tags, gold.trigger_mask, windows.word_mask[:, None])
    trigger_loss = _track_loss(logits[0], transitions[0], triggers, costs.trigger)
    role_loss = _track_loss(logits[1], transitions[1], _Tracks(gold.role_tags, legal, words[:, None]), costs.role)
    return trigger_loss / n_words + role_loss / words.sum().clamp(min=1)


class _Tracks(NamedTuple):
    """Gold tags, which of them are known, and which words are no padding; `(G, N, W)` each."""

    tags: Tensor
    known: Tensor
    words: Tensor


def _track_loss(logits: Tensor, transitions: Tensor, gold: _Tracks, miss_cost: float) -> Tensor:
    counts = gold.known.any(-1)  # (G, N)
    words = gold.words.expand_as(gold.known)[counts]
    likelihoods = log_likelihood(
        only_outside(logits[counts].float(), ~words),
        transitions,
        tags=gold.tags[counts],
        known=gold.known[counts],
        miss_cost=miss_cost,
    )
    return -likelihoods.sum()
