"""Logits to spans: exact decoding under the rules of IOB2, batched on the device."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from eventroles.crf import FORBIDDEN, only_outside, sums_from_both_ends
from eventroles.tags import BEGIN, INSIDE, OUTSIDE

_LARGE: Final = 1e4
"""Logits beyond this are certain anyway; infinite ones would make probabilities that are not numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSpans:
    """Spans found on a batch of tracks, sorted by track and start.

    Attributes:
        tracks: `(n,)` int64, the track of each span.
        starts: `(n,)` int64, its first word.
        ends: `(n,)` int64, one past its last word.
        scores: `(n,)` float, probability of exactly this span on this track, whatever else is on it.
    """

    tracks: Tensor
    starts: Tensor
    ends: Tensor
    scores: Tensor


def decode_tracks(logits: Tensor, mask: Tensor, transitions: Tensor) -> TrackSpans:
    """Find the best tags of every track and the spans in them.

    Args:
        logits: `(N, W, 3)` float, for tags O, B and I.
        mask: `(N, W)` bool; words outside it are O.
        transitions: `(3, 3)` float, from `TagTransitions`.

    Returns:
        The spans.
    """
    # Long sums lose small differences in float32, and words that share a piece tie, which rounding must not decide;
    # Apple's devices have nothing wider.
    wide = torch.float32 if logits.device.type == "mps" else torch.float64
    scores = only_outside(logits.float().clamp(-_LARGE, _LARGE).log_softmax(-1), ~mask).to(wide)
    transitions = transitions.to(wide)
    return spans_of(best_tags(scores, transitions), scores, transitions)


def best_tags(scores: Tensor, transitions: Tensor) -> Tensor:
    """Find the best tags of every track (Viterbi).

    Args:
        scores: `(N, W, 3)` float, of at least one word.
        transitions: `(3, 3)` float. An I at the first word, or after an O, is illegal whatever its score.

    Returns:
        `(N, W)` int64.
    """
    n_words = scores.shape[1]
    legal = transitions.clone()
    legal[OUTSIDE, INSIDE] = -torch.inf
    best = scores[:, 0] + legal[OUTSIDE]  # (N, 3); a track begins as if after an O
    came_from = []
    for word in range(1, n_words):
        best, previous = (best[:, :, None] + legal).max(1)
        best = best + scores[:, word]
        came_from.append(previous)
    tag = (best + legal[:, OUTSIDE]).argmax(1)  # and ends as if before one
    tags = [tag]
    for previous in reversed(came_from):
        tag = previous.gather(1, tag[:, None]).squeeze(1)
        tags.append(tag)
    return torch.stack(tags[::-1], dim=1)


def spans_of(tags: Tensor, scores: Tensor, transitions: Tensor) -> TrackSpans:
    """Read the spans off legal tags, with their probabilities.

    Args:
        tags: `(N, W)` int64.
        scores: `(N, W, 3)` float.
        transitions: `(3, 3)` float.

    Returns:
        The spans.
    """
    n_words = tags.shape[1]
    positions = torch.arange(n_words, device=tags.device)
    stops = torch.where(tags == INSIDE, n_words, positions)  # (N, W)
    next_stop = stops.flip(1).cummin(1).values.flip(1).roll(-1, 1)
    next_stop[:, -1:] = n_words
    tracks, starts = (tags == BEGIN).nonzero(as_tuple=True)
    ends = next_stop[tracks, starts]
    used, rows = torch.unique(tracks, return_inverse=True)  # most tracks have no span and need no probabilities
    probabilities = _probabilities(scores[used], transitions, (rows, starts, ends))
    return TrackSpans(tracks=tracks, starts=starts, ends=ends, scores=probabilities)


def _probabilities(scores: Tensor, transitions: Tensor, spans: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Sum up all tags of a track with exactly this span, over all tags that it can have; `(n,)`."""
    tracks, starts, ends = spans
    before, after = sums_from_both_ends(scores, transitions)
    everything = (before[:, -1] + transitions[:, OUTSIDE]).logsumexp(-1)  # (N,)
    inside = nn.functional.pad(scores[..., INSIDE].cumsum(1), (1, 0))  # (N, W + 1)
    n_inside = ends - starts - 1
    goes_on = inside[tracks, ends] - inside[tracks, starts + 1]
    goes_on += transitions[BEGIN, INSIDE] * (n_inside > 0)
    goes_on += transitions[INSIDE, INSIDE] * (n_inside - 1).clamp(min=0)
    at_next = nn.functional.pad(after, (0, 0, 0, 1))  # (N, W + 1, 3); after the last word comes an O
    at_next[:, -1, [BEGIN, INSIDE]] = FORBIDDEN
    last_tags = torch.where(n_inside > 0, INSIDE, BEGIN)
    follows = transitions[last_tags] + at_next[tracks, ends]  # (n, 3)
    stops = follows[:, [OUTSIDE, BEGIN]].logsumexp(-1)
    total = before[tracks, starts, BEGIN] + goes_on + stops - everything[tracks]
    return total.clamp(max=0).exp()
