"""The running average of the weights: what it is, and that it is what is scored and kept."""

from collections.abc import Mapping, Sequence

import pytest
import torch
from tests.integration.conftest import ConfigOf
from torch import nn
from transformers import TrainerControl, TrainerState, TrainingArguments

from eventroles.assembly import train
from eventroles.averaging import WeightAverage
from eventroles.checkpoint import load_checkpoint
from eventroles.documents import Document
from eventroles.engine import EventRoleTagger
from eventroles.metrics import Metric, score_documents
from eventroles.ontology import Ontology


def step(average: WeightAverage) -> None:
    average.on_step_end(TrainingArguments(use_cpu=True, report_to="none"), TrainerState(), TrainerControl())


def averaged_over(decay: float, weights: Sequence[float]) -> float:
    """Walk one weight through values, and give what the average has then."""
    model = nn.Linear(1, 1, bias=False)
    average = WeightAverage(model, decay)
    for weight in weights:
        nn.init.constant_(model.weight, weight)
        step(average)
    with average.in_use():
        return model.weight.item()


def test_the_average_begins_with_the_first_step_and_then_keeps_its_share() -> None:
    assert averaged_over(0.1, [4.0]) == 4.0
    assert averaged_over(0.1, [4.0, 8.0]) == pytest.approx(0.1 * 4 + 0.9 * 8)
    assert averaged_over(0.1, [4.0, 8.0, 0.0]) == pytest.approx(0.1 * 7.6)


def test_early_steps_keep_less_than_the_decay() -> None:
    assert averaged_over(0.999, [4.0, 8.0]) == pytest.approx(4 * 2 / 11 + 8 * 9 / 11)


def test_afterwards_the_model_has_its_own_weights_again() -> None:
    model = nn.Linear(2, 1)
    average = WeightAverage(model, 0.5)
    step(average)
    nn.init.constant_(model.weight, 3.0)
    with average.in_use():
        assert not (model.weight == 3.0).any()
    assert (model.weight == 3.0).all()


@pytest.mark.parametrize("has_dev", [True, False])
def test_the_average_is_what_is_scored_and_kept(
    config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology, *, has_dev: bool
) -> None:
    documents = seed_documents["train"]
    dev = documents if has_dev else ()
    weights = {}
    for decay in (None, 0.9):
        sections = {"training": {"num_train_epochs": 1, "average_decay": decay}}
        config = config_of(documents, newswire, dev=dev, test=documents[:1], sections=sections)
        run = train(config, "cpu")
        weights[decay] = load_checkpoint(run.paths["checkpoint"]).model.marker.detach()
    assert not torch.equal(weights[None], weights[0.9])


def test_a_run_with_an_average_is_repeatable_and_scores_as_it_says(
    config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology
) -> None:
    documents = seed_documents["train"]
    sections = {"training": {"num_train_epochs": 3, "average_decay": 0.8}}
    config = config_of(documents, newswire, dev=documents, test=documents, sections=sections)
    runs = [train(config, "cpu") for _ in range(2)]
    assert runs[0].evaluation == runs[1].evaluation
    tagger = EventRoleTagger.from_pretrained(runs[0].paths["checkpoint"], "cpu")
    scores = score_documents(documents, tagger.tag(documents))
    assert runs[0].evaluation is not None
    assert runs[0].evaluation.end_to_end.scores[Metric.TRI_C] == scores[Metric.TRI_C]
