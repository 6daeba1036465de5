"""The decoder finds the best legal tags there are, the spans in them, and how likely each span is."""

import math
from itertools import pairwise, product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from eventroles.crf import TagTransitions
from eventroles.decoder import best_tags, decode_tracks, spans_of
from eventroles.spans import Span
from eventroles.tags import BEGIN, INSIDE, N_TAGS, OUTSIDE, read_off

INFINITY = math.inf
tracks = st.integers(1, 6).flatmap(
    lambda n_words: st.lists(
        st.lists(st.floats(-20, 20, width=32), min_size=3, max_size=3), min_size=n_words, max_size=n_words
    )
)
wild = st.sampled_from([-INFINITY, INFINITY, -3e38, 3e38, -1e4, 1e4, 0.0, 1.0, -1.0])
wild_tracks = st.lists(st.lists(wild, min_size=3, max_size=3), min_size=1, max_size=8)


def random_transitions() -> Tensor:
    """Make transitions that no two tags share."""
    transitions = TagTransitions()
    with torch.no_grad():
        transitions.scores.copy_(torch.randn(3, 3, generator=torch.Generator().manual_seed(7)))
    found: Tensor = transitions().detach()
    return found


TRANSITIONS = random_transitions()
FIRST = TagTransitions()().detach()
"""What a network begins with: spans that touch are worth 4 nats less."""


def is_legal(tags: tuple[int, ...]) -> bool:
    return all(after != INSIDE or before != OUTSIDE for before, after in pairwise((OUTSIDE, *tags)))


def score_of(tags: tuple[int, ...], track: list[list[float]], transitions: Tensor = TRANSITIONS) -> float:
    steps = pairwise((OUTSIDE, *tags, OUTSIDE))
    moves = sum(float(transitions[before, after]) for before, after in steps)
    return sum(word[tag] for word, tag in zip(track, tags, strict=True)) + moves


def softmax(word: list[float]) -> list[float]:
    powers = [math.exp(logit - max(word)) for logit in word]
    return [power / sum(powers) for power in powers]


def decoded(
    track: list[list[float]], mask: list[bool] | None = None, transitions: Tensor = TRANSITIONS
) -> list[tuple[Span, float]]:
    found = decode_tracks(torch.tensor([track]), torch.tensor([mask or [True] * len(track)]), transitions)
    assert found.tracks.tolist() == [0] * len(found.tracks)
    columns = zip(found.starts.tolist(), found.ends.tolist(), found.scores.tolist(), strict=True)
    return [(Span(start, end), score) for start, end, score in columns]


@given(tracks)
def test_the_best_tags_are_those_that_brute_force_finds(track: list[list[float]]) -> None:
    tags = tuple(best_tags(torch.tensor([track], dtype=torch.float64), TRANSITIONS.double())[0].tolist())
    legal = [tags for tags in product(range(N_TAGS), repeat=len(track)) if is_legal(tags)]
    assert tags in legal
    assert score_of(tags, track) == pytest.approx(max(score_of(tags, track) for tags in legal), abs=1e-9)


@given(tracks, st.data())
def test_the_decoded_spans_are_the_best_with_masked_words_outside(
    track: list[list[float]], data: st.DataObject
) -> None:
    mask = data.draw(st.lists(st.booleans(), min_size=len(track), max_size=len(track)))
    logs = [
        [math.log(max(p, 1e-300)) for p in softmax(word)] if keep else [0.0, -INFINITY, -INFINITY]
        for word, keep in zip(track, mask, strict=True)
    ]
    legal = [tags for tags in product(range(N_TAGS), repeat=len(track)) if is_legal(tags)]
    best = max(score_of(tags, logs) for tags in legal)
    spans = [span for span, _ in decoded(track, mask)]
    tags = [OUTSIDE] * len(track)
    for span in spans:
        tags[span.start : span.end] = [BEGIN] + [INSIDE] * (len(span) - 1)
    assert score_of(tuple(tags), logs) == pytest.approx(best, abs=1e-4)
    assert all(mask[word] for span in spans for word in range(span.start, span.end))


@given(wild_tracks)
def test_any_log_probabilities_give_legal_tags(track: list[list[float]]) -> None:
    tame = [[min(value, 0.0) for value in word] for word in track]
    assert is_legal(tuple(best_tags(torch.tensor([tame]), TRANSITIONS)[0].tolist()))


@given(wild_tracks)
def test_any_logits_give_spans_in_order_with_probabilities(track: list[list[float]]) -> None:
    found = decoded(track)
    assert all(left.end <= right.start for (left, _), (right, _) in pairwise(found))
    assert all(span.end <= len(track) for span, _ in found)
    assert all(0 <= score <= 1 for _, score in found)


@given(st.lists(st.lists(st.integers(0, 2), min_size=5, max_size=5), min_size=1, max_size=4))
def test_spans_are_those_that_stand_on_the_track(tags: list[list[int]]) -> None:
    found = spans_of(torch.tensor(tags), torch.zeros(len(tags), 5, 3), TRANSITIONS)
    columns = zip(found.tracks.tolist(), found.starts.tolist(), found.ends.tolist(), strict=True)
    assert [(track, Span(start, end)) for track, start, end in columns] == [
        (number, span) for number, track in enumerate(tags) for span in read_off(track)
    ]


@given(tracks)
def test_the_score_is_the_share_of_all_readings_that_have_exactly_this_span(track: list[list[float]]) -> None:
    legal = [tags for tags in product(range(N_TAGS), repeat=len(track)) if is_legal(tags)]
    shares = {tags: score_of(tags, track) for tags in legal}
    most = max(shares.values())
    total = sum(math.exp(share - most) for share in shares.values())
    for span, score in decoded(track):
        having = [share for tags, share in shares.items() if span in read_off(tags)]
        assert score == pytest.approx(sum(math.exp(share - most) for share in having) / total, rel=1e-3, abs=1e-5)
        assert 0 <= score <= 1


def test_a_score_by_hand() -> None:
    # Two words, no transitions: O O 1, O B 2, B O 3, B B 6, B I 9 of 21 parts; the span of both words has 9.
    logits = [[math.log(share) for share in word] for word in ([1, 3, 1e-9], [1, 2, 3])]
    ((span, score),) = decoded(logits, transitions=torch.tensor([[0.0, 0.0, -1e6], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))
    assert span == Span(0, 2)
    assert score == pytest.approx(9 / 21)


def test_a_span_of_a_thousand_words_has_its_score() -> None:
    track = [[0.0, 20.0, 0.0], *[[0.0, 0.0, 10.0]] * 999]
    ((span, score),) = decoded(track, transitions=torch.tensor([[0.0, 0.0, -1e6], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))
    assert span == Span(0, 1000)
    assert 0.9 < score < (1 / (1 + 2 * math.exp(-10))) ** 500


@given(tracks, st.integers(1, 4))
def test_padding_changes_nothing(track: list[list[float]], n_padded: int) -> None:
    padded = [*track, *[[0.0, 9.0, 9.0]] * n_padded]
    mask = [True] * len(track) + [False] * n_padded
    assert decoded(padded, mask) == decoded(track)


def test_a_name_stays_whole_unless_its_words_are_surely_two() -> None:
    # "New York": the second word rather B than I on its own.
    assert [span for span, _ in decoded([[0.0, 5.0, 0.0], [0.0, 2.0, 1.0]], transitions=FIRST)] == [Span(0, 2)]
    apart = decoded([[0.0, 5.0, 0.0], [0.0, 9.0, 1.0]], transitions=FIRST)
    assert [span for span, _ in apart] == [Span(0, 1), Span(1, 2)]


def random_logits(*shape: int) -> Tensor:
    return 3 * torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_a_track_alone_is_a_track_among_others() -> None:
    logits, mask = random_logits(20, 9, 3), torch.rand(20, 9, generator=torch.Generator().manual_seed(1)) < 0.8
    together = decode_tracks(logits, mask, TRANSITIONS)
    assert together.tracks.tolist() == sorted(together.tracks.tolist())
    for number in range(20):
        alone = decode_tracks(logits[number : number + 1], mask[number : number + 1], TRANSITIONS)
        own = together.tracks == number
        for name in ("starts", "ends", "scores"):
            assert torch.equal(getattr(alone, name), getattr(together, name)[own])


def test_bfloat16_logits_are_decoded_as_they_are() -> None:
    logits = random_logits(5, 6, 3).bfloat16()
    mask = torch.ones(5, 6, dtype=torch.bool)
    half, whole = decode_tracks(logits, mask, TRANSITIONS), decode_tracks(logits.float(), mask, TRANSITIONS)
    assert torch.equal(half.starts, whole.starts)
    assert torch.equal(half.scores, whole.scores)


def test_no_tracks_have_no_spans() -> None:
    found = decode_tracks(torch.zeros(0, 4, 3), torch.ones(0, 4, dtype=torch.bool), TRANSITIONS)
    assert len(found.tracks) == len(found.scores) == 0
