"""The heads compute what their formulas say, whatever else is in the batch."""

import pytest
import torch
from torch import Tensor

from eventroles.batches import TriggerBatch, collate_triggers
from eventroles.heads import LabelVectors, RoleHead, TagScorer, TriggerHead, signed_distances
from eventroles.spans import Span

HIDDEN, WIDTH = 6, 4


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def on_windows(*spans: Span) -> TriggerBatch:
    return collate_triggers((number, span, 0) for number, span in enumerate(spans))


@pytest.fixture(autouse=True)
def _same_weights() -> None:
    torch.manual_seed(0)


def test_distances_double_from_class_to_class() -> None:
    (row,) = signed_distances(on_windows(Span(5, 7)), 16).tolist()
    # Words 0 to 4 are 5, 4, 3, 2, 1 before the trigger; words 7 to 15 are 1 to 9 after it.
    assert row == [7, 7, 8, 8, 9, 10, 10, 11, 12, 12, 13, 13, 13, 13, 14, 14]


def test_far_words_share_the_last_class() -> None:
    (row,) = signed_distances(on_windows(Span(1000, 1001)), 2000).tolist()
    assert row[1000 - 511] == 1
    assert row[1000 - 512] == 0
    assert row[0] == 0
    assert row[1000 + 511] == 19
    assert row[1000 + 512] == 20
    assert row[1999] == 20


def test_distances_of_each_trigger_are_its_own() -> None:
    both = signed_distances(on_windows(Span(0, 1), Span(2, 3)), 3)
    assert both.tolist() == [[10, 11, 12], [8, 9, 10]]
    assert both.dtype == torch.int64
    assert signed_distances(on_windows(), 3).shape == (0, 3)


def test_a_tag_scores_the_product_of_word_and_label_and_outside_nothing() -> None:
    scorer = TagScorer(WIDTH)
    torch.nn.init.normal_(scorer.prior.weight)
    words, labels = random(2, 3, WIDTH), random(2, 5, WIDTH)
    with torch.no_grad():
        logits = scorer(words, labels)
        assert logits.shape == (2, 5, 3, 3)
        for group in range(2):
            for label in range(5):
                prior = scorer.prior(labels[group, label])
                for word in range(3):
                    begin, inside = scorer.by_tag(words[group, word]).split(WIDTH)
                    expected = [0.0]
                    for number, features in enumerate((begin, inside)):
                        product = sum(float(a) * float(b) for a, b in zip(features, labels[group, label], strict=True))
                        expected.append(product / 2 + float(prior[number]))  # 2 is the root of the width
                    assert logits[group, label, word].tolist() == pytest.approx(expected, abs=1e-5)


def test_a_new_scorer_holds_tags_to_be_rare() -> None:
    scorer = TagScorer(WIDTH)
    logits = scorer(torch.zeros(1, 2, WIDTH), torch.zeros(1, 1, WIDTH))
    bias = scorer.prior.bias.tolist()
    assert bias == [-4.0, -4.0]
    assert logits.tolist() == [[[[0.0, *bias]] * 2]]


def test_labels_of_one_name_share_what_is_learnt() -> None:
    texts = random(3, HIDDEN)
    vectors = LabelVectors(texts, torch.tensor([1, 0, 1]), WIDTH)
    with torch.no_grad():
        before = vectors()
        assert torch.allclose(before, vectors.projection(texts))  # nothing is learnt yet
        vectors.difference.weight[1] += 1.0
        moved = vectors() - before
    assert torch.allclose(moved, torch.tensor([[1.0], [0.0], [1.0]]).expand(3, WIDTH), atol=1e-6)
    assert {name for name, _ in vectors.named_buffers()} == {"texts", "names"}


def test_no_labels_have_no_vectors() -> None:
    vectors = LabelVectors(torch.zeros(0, HIDDEN), torch.zeros(0, dtype=torch.int64), WIDTH)
    assert vectors().shape == (0, WIDTH)


def test_the_trigger_head_scores_every_word_for_every_type() -> None:
    head = TriggerHead(HIDDEN, width=WIDTH, dropout=0.5).eval()
    words, types = random(2, 3, HIDDEN), random(5, WIDTH)
    with torch.no_grad():
        logits = head(words, types)
        assert logits.shape == (2, 5, 3, 3)
        assert torch.allclose(head(words[1:, 1:2], types[3:4]), logits[1:, 3:4, 1:2], atol=1e-6)


def test_the_role_head_scores_every_trigger_apart() -> None:
    head = RoleHead(HIDDEN, width=WIDTH, dropout=0.5).eval()
    words, roles = random(3, 4, HIDDEN), random(3, 2, WIDTH)
    triggers = on_windows(Span(0, 1), Span(1, 3), Span(3, 4))
    with torch.no_grad():
        logits = head(words, triggers, roles)
        assert logits.shape == (3, 2, 4, 3)
        for number in range(3):
            one = slice(number, number + 1)
            assert torch.allclose(head(words[one], triggers.part(one), roles[one]), logits[one], atol=1e-6)


def test_a_trigger_is_the_mean_of_its_words() -> None:
    head = RoleHead(HIDDEN, width=WIDTH, dropout=0.0).eval()
    words, roles = random(1, 4, HIDDEN), random(1, 2, WIDTH)
    swapped = words[:, [0, 2, 1, 3]]
    with torch.no_grad():
        logits, with_swapped = (head(states, on_windows(Span(1, 3)), roles) for states in (words, swapped))
        assert torch.allclose(logits[:, :, [0, 3]], with_swapped[:, :, [0, 3]], atol=1e-6)
        other = words + torch.tensor([0.0, 1.0, 0.0, 0.0])[:, None]
        assert not torch.allclose(head(other, on_windows(Span(1, 3)), roles)[:, :, 0], logits[:, :, 0], atol=1e-3)


def test_a_trigger_of_two_equal_words_is_as_strong_as_one() -> None:
    head = RoleHead(HIDDEN, width=WIDTH, dropout=0.0).eval()
    words, roles = random(1, 1, HIDDEN).expand(1, 5, HIDDEN), random(1, 2, WIDTH)
    with torch.no_grad():
        one, two = (head(words, on_windows(Span(2, end)), roles) for end in (3, 4))
    assert torch.allclose(one[:, :, :2], two[:, :, :2], atol=1e-6)  # words before it, at the same distance


def test_no_triggers_and_no_roles_have_no_logits() -> None:
    head = RoleHead(HIDDEN, width=WIDTH, dropout=0.0)
    assert head(random(0, 4, HIDDEN), on_windows(), random(0, 2, WIDTH)).shape == (0, 2, 4, 3)
    assert head(random(1, 4, HIDDEN), on_windows(Span(0, 1)), random(1, 0, WIDTH)).shape == (1, 0, 4, 3)


@pytest.mark.parametrize("kind", [TriggerHead, RoleHead])
def test_dropout_acts_in_training_only(kind: type[TriggerHead | RoleHead]) -> None:
    head = kind(HIDDEN, width=64, dropout=0.5)

    def score() -> Tensor:
        words = random(1, 4, HIDDEN)
        if isinstance(head, TriggerHead):
            logits: Tensor = head(words, random(2, 64))
        else:
            logits = head(words, on_windows(Span(0, 1)), random(1, 2, 64))
        return logits

    assert not torch.equal(score(), score())
    head.eval()
    assert torch.equal(score(), score())
