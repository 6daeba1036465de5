"""What training makes small: how unlikely the tags of every track are."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from eventroles.batches import GoldTags, TrainingBatch
from eventroles.crf import log_likelihood, only_outside
from eventroles.model import TrackScores


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
    scores: TrackScores,
    batch: TrainingBatch,
    *,
    role_mask: Tensor,
    costs: MissCosts,
    track_weights: Tensor | None = None,
) -> Tensor:
    """Add up the losses of both heads.

    Args:
        scores: What the network gives for the batch.
        batch: What is right.
        role_mask: `(T, R)` bool, the roles that a trigger may have.
        costs: Costs of what is missed.
        track_weights: `(E,)` float, what each trigger track counts; None where all count 1.

    Returns:
        Scalar: the negative log-likelihoods of all tracks, of triggers to each annotated word, of roles to each word of
        each trigger's window.
    """
    gold, words = batch.gold, batch.windows.word_mask
    triggers = _Tracks(gold.trigger_tags, gold.trigger_mask, gold.trigger_words)
    trigger_losses = _track_losses(scores.trigger_logits, scores.trigger_transitions, triggers, costs.trigger)
    if track_weights is not None:
        trigger_losses = trigger_losses * track_weights.expand_as(gold.trigger_mask[..., 0])[triggers.counted]
    role_words = words[batch.triggers.windows]  # (T, W)
    legal = role_mask[..., None] & role_words[:, None]  # (T, R, W)
    roles = _Tracks(gold.role_tags, legal, role_words[:, None].expand_as(legal))
    role_losses = _track_losses(scores.role_logits, scores.role_transitions, roles, costs.role)
    n_words = _annotated_words(gold, words).sum().clamp(min=1)
    return trigger_losses.sum() / n_words + role_losses.sum() / role_words.sum().clamp(min=1)


class _Tracks(NamedTuple):
    """Gold tags, which of them are known, and which words may be tagged; `(G, N, W)` each."""

    tags: Tensor
    known: Tensor
    words: Tensor

    @property
    def counted(self) -> Tensor:
        """Tracks of which something is known, `(G, N)` bool."""
        return self.known.any(-1)


def _track_losses(logits: Tensor, transitions: Tensor, gold: _Tracks, miss_cost: float) -> Tensor:
    """Compute minus the log-likelihood of each track that counts."""
    return -log_likelihood(
        only_outside(logits[gold.counted].float(), ~gold.words[gold.counted]),
        transitions,
        tags=gold.tags[gold.counted],
        known=gold.known[gold.counted],
        miss_cost=miss_cost,
    )


def _annotated_words(gold: GoldTags, words: Tensor) -> Tensor:
    """Mark words that are annotated for some type, `(B, W)` bool: all, where a document-level one is."""
    beside = ~gold.trigger_words & gold.trigger_mask.any(-1, keepdim=True)
    return (gold.trigger_mask | beside).any(1) & words
