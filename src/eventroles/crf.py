"""The tags of a track as a chain: a linear-chain conditional random field (Lafferty et al., 2001).

The score of a track is the sum of its words' logits and of the transitions between tags, from an O before the first
word to an O after the last. O after O adds nothing, so a track padded with O is the same track.
"""

import math
from typing import Final

import torch
from torch import Tensor, nn

from eventroles.tags import BEGIN, INSIDE, N_TAGS, OUTSIDE

FORBIDDEN: Final = -1e6
"""The score of what cannot be, far below that of anything else; an infinite one would make differences that are not
numbers."""
_TOUCH_COST: Final = 4.0
"""What a span that begins right after another on its track must be better by, in nats, before anything is learnt.
Hardly any do: 1 of the 18,686 arguments of the newswire corpus and the dev splits of M2E2, PHEE and MUC-4."""


class TagTransitions(nn.Module):
    """What each tag adds to a track's score where it follows another: learnt, the same for all labels of a head."""

    def __init__(self) -> None:
        super().__init__()
        self.scores = nn.Parameter(torch.zeros(N_TAGS, N_TAGS))
        with torch.no_grad():
            self.scores[[BEGIN, INSIDE], BEGIN] = -_TOUCH_COST

    def forward(self) -> Tensor:
        """Give all transitions, `(3, 3)` float, from and to; I after O is forbidden, O after O is 0."""
        fixed = torch.zeros_like(self.scores)
        fixed[OUTSIDE, INSIDE] = FORBIDDEN
        is_fixed = torch.zeros_like(self.scores, dtype=torch.bool)
        is_fixed[OUTSIDE, [OUTSIDE, INSIDE]] = True
        return torch.where(is_fixed, fixed, self.scores)


def only_outside(logits: Tensor, where: Tensor) -> Tensor:
    """Make O certain at some words.

    Args:
        logits: `(N, W, 3)` float.
        where: `(N, W)` bool.

    Returns:
        `(N, W, 3)` float.
    """
    certain = torch.full_like(logits, FORBIDDEN)
    certain[..., OUTSIDE] = 0.0
    return torch.where(where[..., None], certain, logits)


def log_likelihood(
    logits: Tensor, transitions: Tensor, *, tags: Tensor, known: Tensor, miss_cost: float = 1.0
) -> Tensor:
    """Compute how likely what is known of tracks is.

    Args:
        logits: `(N, W, 3)` float.
        transitions: `(3, 3)` float, from `TagTransitions`.
        tags: `(N, W)` int64.
        known: `(N, W)` bool, where the tags are known; elsewhere any tag will do.
        miss_cost: How many times likelier than they are sequences count, for each word of a span that they leave
            outside: above 1, training finds more spans (softmax-margin; Gimpel and Smith, 2010).

    Returns:
        `(N,)` float, the log-probability of the known tags.
    """
    is_tag = nn.functional.one_hot(tags, N_TAGS).bool()
    told = logits.masked_fill(known[..., None] & ~is_tag, FORBIDDEN)
    if miss_cost != 1:
        missed = known & (tags != OUTSIDE)
        logits = logits + nn.functional.pad(missed[..., None] * math.log(miss_cost), (0, N_TAGS - 1))
    return log_partition(told, transitions) - log_partition(logits, transitions)


def log_partition(logits: Tensor, transitions: Tensor) -> Tensor:
    """Sum up all sequences of tags; neighbours are joined pairwise, so that long tracks take few steps.

    Args:
        logits: `(N, W, 3)` float, of at least one word.
        transitions: `(3, 3)` float.

    Returns:
        `(N,)` float, the logarithm of the sum of the exponentials of their scores.
    """
    steps = transitions + logits[:, :, None]  # (N, W, from, to)
    while (n_steps := steps.shape[1]) > 1:
        left, right = steps[:, 0 : n_steps - 1 : 2], steps[:, 1:n_steps:2]
        joined = (left[..., None] + right[:, :, None]).logsumexp(-2)
        steps = torch.cat([joined, steps[:, n_steps - n_steps % 2 :]], 1)
    return (steps[:, 0, OUTSIDE] + transitions[:, OUTSIDE]).logsumexp(-1)


def sums_from_both_ends(logits: Tensor, transitions: Tensor) -> tuple[Tensor, Tensor]:
    """Sum up, for each word and tag, all beginnings of tracks that end with it, and all ends that begin with it.

    The ends are beginnings of the track read backwards, so one walk along the words does both.

    Args:
        logits: `(N, W, 3)` float.
        transitions: `(3, 3)` float.

    Returns:
        Beginnings and ends, `(N, W, 3)` float each, logarithms; the logits of the word are in both.
    """
    both = torch.cat([logits, logits.flip(1)])  # (2N, W, 3)
    steps = torch.stack([transitions, transitions.T]).repeat_interleave(len(logits), 0)  # (2N, from, to)
    sums = [both[:, 0] + steps[:, OUTSIDE]]
    for word in range(1, logits.shape[1]):
        sums.append((sums[-1][:, :, None] + steps).logsumexp(1) + both[:, word])
    beginnings, backwards = torch.stack(sums, 1).chunk(2)
    return beginnings, backwards.flip(1)
