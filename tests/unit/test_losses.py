"""The loss against plain Python, which adds up all sequences of tags, and against scikit-learn."""

import math
from dataclasses import replace
from itertools import pairwise, product

import pytest
import torch
from sklearn.metrics import log_loss
from torch import Tensor

from eventroles.batches import GoldTags, TrainingBatch, collate_triggers, collate_windows, taggable_words
from eventroles.crf import TagTransitions
from eventroles.decoder import decode_tracks
from eventroles.losses import MissCosts, joint_loss
from eventroles.model import TrackScores
from eventroles.spans import Span
from eventroles.tags import BEGIN, INSIDE, OUTSIDE

N_TYPES, N_ROLES, N_WORDS = 2, 3, 4
LENGTHS = (4, 2)
TRIGGER_WINDOWS = (0, 1, 0)


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def legal_tags(n_groups: int, n_tracks: int, *, seed: int) -> Tensor:
    """Draw tags in which every I follows a B or I."""
    tags = torch.randint(0, 3, (n_groups, n_tracks, N_WORDS), generator=generator(seed))
    for word in range(N_WORDS):
        before = tags[..., word - 1] if word else torch.zeros_like(tags[..., 0])
        tags[..., word] = torch.where((tags[..., word] == INSIDE) & (before == OUTSIDE), BEGIN, tags[..., word])
    return tags


def batch(n_triggers: int = 3, *, knows: float = 0.7) -> TrainingBatch:
    """Make a batch with random gold, of which a share is annotated."""
    lengths = torch.tensor(LENGTHS)
    is_word = (torch.arange(N_WORDS) < lengths[:, None])[:, None]
    known = torch.rand(2, N_TYPES, N_WORDS, generator=generator(2)) < knows
    rows = [torch.arange(n).numpy() for n in LENGTHS]
    return TrainingBatch(
        windows=collate_windows(rows, rows, 0),
        triggers=collate_triggers((window, Span(0, 1), 0) for window in TRIGGER_WINDOWS[:n_triggers]),
        gold=GoldTags(
            trigger_tags=legal_tags(2, N_TYPES, seed=1) * is_word,
            trigger_words=is_word.expand(2, N_TYPES, N_WORDS),
            trigger_mask=known & is_word,
            role_tags=legal_tags(n_triggers, N_ROLES, seed=3) * is_word[list(TRIGGER_WINDOWS[:n_triggers])],
        ),
    )


def logits(n_triggers: int = 3) -> tuple[Tensor, Tensor]:
    triggers = 2 * torch.randn(2, N_TYPES, N_WORDS, 3, generator=generator(4))
    return triggers, 2 * torch.randn(n_triggers, N_ROLES, N_WORDS, 3, generator=generator(5))


ROLE_MASK = torch.tensor([[True, False, True], [True, True, True], [False, False, False]])


def transitions_of(seed: int) -> Tensor:
    transitions = TagTransitions()
    with torch.no_grad():
        transitions.scores.copy_(torch.randn(3, 3, generator=generator(seed)))
    found: Tensor = transitions().detach()
    return found


TRANSITIONS = transitions_of(8), transitions_of(9)
NONE = torch.tensor([[0.0, 0.0, -1e6], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])


def surprise(scores: Tensor, tags: Tensor, known: Tensor, transitions: Tensor, cost: float) -> float:
    """Spell out minus the log-probability of what is known of one track of N words."""
    told = total = 0.0
    n_words = len(tags)
    for sequence in product(range(3), repeat=n_words):
        if any(after == INSIDE and before == OUTSIDE for before, after in pairwise((OUTSIDE, *sequence))):
            continue
        score = sum(float(scores[word, tag]) for word, tag in enumerate(sequence))
        score += sum(float(transitions[before, after]) for before, after in pairwise((OUTSIDE, *sequence, OUTSIDE)))
        n_missed = sum(bool(known[w]) and int(tags[w]) != OUTSIDE and sequence[w] == OUTSIDE for w in range(n_words))
        told += math.exp(score) * all(sequence[w] == int(tags[w]) for w in range(n_words) if known[w])
        total += math.exp(score) * cost**n_missed
    return math.log(total) - math.log(told)


def by_hand(both: tuple[Tensor, Tensor], wanted: TrainingBatch, role_mask: Tensor, costs: MissCosts) -> float:
    """Spell the definition out: sums over tracks, means over words."""
    gold, windows = wanted.gold, wanted.triggers.windows.tolist()
    triggers = roles = 0.0
    for window, length in enumerate(LENGTHS):
        for kind in range(N_TYPES):
            scores, tags, known = (
                each[window, kind, :length] for each in (both[0], gold.trigger_tags, gold.trigger_mask)
            )
            triggers += surprise(scores, tags, known, TRANSITIONS[0], costs.trigger)
    for trigger, window in enumerate(windows):
        length = LENGTHS[window]
        for role in role_mask[trigger].nonzero().flatten().tolist():
            scores, tags = (each[trigger, role, :length] for each in (both[1], gold.role_tags))
            roles += surprise(scores, tags, torch.ones(length), TRANSITIONS[1], costs.role)
    places = {(window, word) for window, _, word in gold.trigger_mask.nonzero().tolist()}
    n_words = sum(LENGTHS[window] for window in windows)
    return triggers / max(len(places), 1) + roles / max(n_words, 1)


def loss_of(
    both: tuple[Tensor, Tensor], wanted: TrainingBatch, role_mask: Tensor, costs: MissCosts | None = None
) -> Tensor:
    return joint_loss(TrackScores(*both, *TRANSITIONS), wanted, role_mask=role_mask, costs=costs or MissCosts())


@pytest.mark.parametrize("costs", [MissCosts(), MissCosts(trigger=3.0, role=0.5)])
@pytest.mark.parametrize("knows", [0.0, 0.4, 1.0])
def test_the_loss_is_the_one_computed_sequence_by_sequence(costs: MissCosts, knows: float) -> None:
    wanted, both = batch(knows=knows), logits()
    assert float(loss_of(both, wanted, ROLE_MASK, costs)) == pytest.approx(
        by_hand(both, wanted, ROLE_MASK, costs), rel=1e-4
    )


def test_where_no_tag_depends_on_another_the_loss_is_scikit_learns_summed_over_types() -> None:
    """Logits of -50 for I leave O and B, which may follow one another as they like."""
    wanted, both = batch(0, knows=1.0), logits(0)
    both[0][..., INSIDE] = -50
    tags = torch.where(wanted.gold.trigger_tags == INSIDE, BEGIN, wanted.gold.trigger_tags)
    gold = replace(wanted.gold, trigger_tags=tags)
    loss = joint_loss(
        TrackScores(*both, NONE, NONE), replace(wanted, gold=gold), role_mask=ROLE_MASK[:0], costs=MissCosts()
    )
    is_word = wanted.windows.word_mask
    expected = 0.0
    for kind in range(N_TYPES):
        shares = both[0][:, kind][is_word][:, :2].double().softmax(-1).numpy()
        expected += float(log_loss(tags[:, kind][is_word].tolist(), shares, labels=[0, 1]))
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_tracks_count_what_they_weigh() -> None:
    scores, wanted = TrackScores(*logits(), *TRANSITIONS), batch()

    def weighed(*weights: float) -> float:
        track_weights = torch.tensor(weights)
        return float(joint_loss(scores, wanted, role_mask=ROLE_MASK, costs=MissCosts(), track_weights=track_weights))

    roles, first, second = weighed(0, 0), weighed(1, 0), weighed(0, 1)
    assert min(first, second) > roles + 0.1
    assert weighed(1, 0.5) == pytest.approx(first + (second - roles) / 2)
    assert weighed(1, 1) == float(joint_loss(scores, wanted, role_mask=ROLE_MASK, costs=MissCosts()))


def document_level_batch() -> TrainingBatch:
    """One window of four words and one of two, the first annotated for a document-level type, the second for none."""
    wanted = batch(0, knows=0.0)
    words = taggable_words(wanted.windows.word_mask, torch.tensor([True, False]))
    known = torch.zeros_like(words)
    known[0, 0, 0] = True
    tags = torch.zeros_like(wanted.gold.trigger_tags)
    tags[0, 0, 0] = BEGIN
    return replace(wanted, gold=replace(wanted.gold, trigger_tags=tags, trigger_words=words, trigger_mask=known))


def test_a_document_level_type_is_learnt_as_it_is_decoded() -> None:
    """The score that the decoder gives is the probability whose logarithm the loss is, over the window's words."""
    both, wanted = logits(0), document_level_batch()
    both[0][0, 0] = torch.tensor([[0.0, 2.0, -2.0], [0.0, -2.0, 3.0], [0.0, -2.0, 3.0], [0.0, -2.0, 3.0]])
    loss = joint_loss(TrackScores(*both, *TRANSITIONS), wanted, role_mask=ROLE_MASK[:0], costs=MissCosts())
    found = decode_tracks(both[0].flatten(0, 1)[:1], wanted.gold.trigger_words.flatten(0, 1)[:1], TRANSITIONS[0])
    assert (found.starts.tolist(), found.ends.tolist()) == ([0], [1])
    assert float(loss) * LENGTHS[0] == pytest.approx(-math.log(float(found.scores[0])), rel=1e-5)


def test_nothing_annotated_and_no_triggers_cost_nothing() -> None:
    assert float(loss_of(logits(0), batch(0, knows=0.0), ROLE_MASK[:0])) == 0.0


def test_padding_tracks_of_nothing_known_and_illegal_roles_get_no_gradient() -> None:
    wanted = batch(knows=0.3)
    both = tuple(tensor.requires_grad_() for tensor in logits())
    loss_of((both[0], both[1]), wanted, ROLE_MASK).backward()  # type: ignore[no-untyped-call]
    assert both[0].grad is not None
    assert both[1].grad is not None
    for grad, words, counts in (
        (both[0].grad, wanted.windows.word_mask, wanted.gold.trigger_mask.any(-1)),
        (both[1].grad, wanted.windows.word_mask[wanted.triggers.windows], ROLE_MASK),
    ):
        assert torch.equal(grad.abs().sum(-1) > 0, counts[..., None] & words[:, None])


def test_transitions_are_learnt() -> None:
    transitions = TagTransitions()
    loss = joint_loss(
        TrackScores(*logits(), transitions(), transitions()), batch(), role_mask=ROLE_MASK, costs=MissCosts()
    )
    loss.backward()  # type: ignore[no-untyped-call]
    assert transitions.scores.grad is not None
    assert (transitions.scores.grad != 0).tolist() == [[False, True, False], [True] * 3, [True] * 3]


def test_bfloat16_logits_are_summed_in_float32() -> None:
    wanted = batch()
    half = tuple(tensor.bfloat16() for tensor in logits())
    loss = loss_of((half[0], half[1]), wanted, ROLE_MASK)
    assert loss.dtype == torch.float32
    whole = (half[0].float(), half[1].float())
    assert float(loss) == pytest.approx(by_hand(whole, wanted, ROLE_MASK, MissCosts()), rel=1e-4)


def test_a_sure_right_answer_costs_nothing_and_a_sure_wrong_one_stays_finite() -> None:
    wanted = batch(knows=1.0)
    sure = [torch.nn.functional.one_hot(tags, 3) * 1e4 for tags in (wanted.gold.trigger_tags, wanted.gold.role_tags)]
    right = joint_loss(TrackScores(sure[0], sure[1], NONE, NONE), wanted, role_mask=ROLE_MASK, costs=MissCosts())
    assert float(right) == pytest.approx(0.0)
    wrong = joint_loss(TrackScores(-sure[0], -sure[1], NONE, NONE), wanted, role_mask=ROLE_MASK, costs=MissCosts())
    assert torch.isfinite(wrong)
    assert float(wrong) > 1e4
