"""Score IOB2 tags of words against labels whose vectors come from their text."""

from typing import Final

import torch
from torch import Tensor, nn

from eventroles.batches import TriggerBatch
from eventroles.crf import TagTransitions
from eventroles.tags import N_TAGS

_PRIOR_LOG_ODDS: Final = -4.0
"""Start with tags B and I this much less likely than O, as they are in text (Lin et al., 2017, section 4.1)."""
_N_DISTANCES: Final = 10


class LabelVectors(nn.Module):
    """Vectors of labels: a projection of how the encoder reads their text, plus a learnt difference by name.

    Args:
        texts: `(N, H)` float, the frozen reading of each label's text.
        names: `(N,)` int64, index of each label's name; labels of one name share the learnt difference.
        width: Width of the vectors.
    """

    texts: Tensor
    names: Tensor

    def __init__(self, texts: Tensor, names: Tensor, width: int) -> None:
        super().__init__()
        self.register_buffer("texts", texts)
        self.register_buffer("names", names)
        self.projection = nn.Sequential(nn.Linear(texts.shape[-1], width), nn.LayerNorm(width))
        self.difference = nn.Embedding(int(names.max()) + 1 if len(names) else 1, width)
        nn.init.zeros_(self.difference.weight)

    def forward(self) -> Tensor:
        """Compute all vectors, `(N, width)` float."""
        vectors: Tensor = self.projection(self.texts) + self.difference(self.names)
        return vectors


class TagScorer(nn.Module):
    """Logits of O, B and I for pairs of a word and a label; that of O is always 0."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.by_tag = nn.Linear(width, (N_TAGS - 1) * width)
        self.prior = nn.Linear(width, N_TAGS - 1)
        nn.init.zeros_(self.prior.weight)
        nn.init.constant_(self.prior.bias, _PRIOR_LOG_ODDS)

    def forward(self, words: Tensor, labels: Tensor) -> Tensor:
        """Score every word against every label of its group.

        Args:
            words: `(G, W, width)` float, groups of words.
            labels: `(G, N, width)` float, the labels for each group.

        Returns:
            `(G, N, W, 3)` float logits.
        """
        n_groups, n_words, _ = words.shape
        words = self.by_tag(words).reshape(n_groups, n_words * (N_TAGS - 1), self.width)  # (G, W * 2, width)
        scores = (labels @ words.mT) / self.width**0.5  # (G, N, W * 2)
        scores = scores.unflatten(-1, (n_words, N_TAGS - 1)) + self.prior(labels)[:, :, None]  # (G, N, W, 2)
        return nn.functional.pad(scores, (1, 0))


class TriggerHead(nn.Module):
    """One IOB2 track for every event type."""

    def __init__(self, hidden_width: int, *, width: int, dropout: float) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Linear(hidden_width, width), nn.GELU(), nn.Dropout(dropout))
        self.scorer = TagScorer(width)
        self.transitions = TagTransitions()

    def forward(self, words: Tensor, types: Tensor) -> Tensor:
        """Score words as triggers.

        Args:
            words: `(B, W, H)` float.
            types: `(E, width)` float.

        Returns:
            `(B, E, W, 3)` float logits.
        """
        logits: Tensor = self.scorer(self.features(words), types.expand(len(words), -1, -1))
        return logits


class RoleHead(nn.Module):
    """One IOB2 track for every role of each trigger's event type."""

    def __init__(self, hidden_width: int, *, width: int, dropout: float) -> None:
        super().__init__()
        self.of_word = nn.Linear(hidden_width, width)
        self.of_trigger = nn.Linear(hidden_width, width)
        self.of_distance = nn.Embedding(2 * _N_DISTANCES + 1, width)
        self.features = nn.Sequential(nn.GELU(), nn.LayerNorm(width), nn.Dropout(dropout))
        self.scorer = TagScorer(width)
        self.transitions = TagTransitions()
        nn.init.normal_(self.of_distance.weight, std=0.02)

    def forward(self, words: Tensor, triggers: TriggerBatch, roles: Tensor) -> Tensor:
        """Score words as arguments.

        Args:
            words: `(T, W, H)` float, each trigger's window as that trigger sees it.
            triggers: The triggers.
            roles: `(T, R, width)` float, the roles of each trigger's type.

        Returns:
            `(T, R, W, 3)` float logits.
        """
        is_trigger = triggers.word_mask(words.shape[1]).to(words.dtype)  # (T, W)
        trigger = torch.einsum("tw,twh->th", is_trigger, words) / is_trigger.sum(1, keepdim=True)  # (T, H)
        distances = self.of_distance(signed_distances(triggers, words.shape[1]))
        features = self.features(self.of_word(words) + self.of_trigger(trigger)[:, None] + distances)
        logits: Tensor = self.scorer(features, roles)
        return logits


def signed_distances(triggers: TriggerBatch, n_words: int) -> Tensor:
    """Sort words into classes by their distance from a trigger, on a scale that doubles.

    Args:
        triggers: The triggers.
        n_words: Words in a window, `W`.

    Returns:
        `(T, W)` int64 in [0, 20]: 10 inside the trigger, less before it, more after it.
    """
    positions = torch.arange(n_words, device=triggers.starts.device)
    before = (triggers.starts[:, None] - positions).clamp(min=0)  # (T, W)
    after = (positions - triggers.ends[:, None] + 1).clamp(min=0)  # (T, W)
    sizes = (1 + torch.log2((before + after).clamp(min=1).float())).long().clamp(max=_N_DISTANCES)
    sizes = torch.where(before + after > 0, sizes, 0)
    return _N_DISTANCES + torch.where(before > 0, -sizes, sizes)
