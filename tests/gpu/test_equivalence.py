"""The same documents on the CPU and on an accelerator: the same spans, the same scores to 1e-4."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from eventroles.batches import TrainingBatch
from eventroles.checkpoint import build_model, build_reader
from eventroles.config import InferenceConfig, ModelConfig, Precision
from eventroles.documents import Document
from eventroles.engine import EventRoleTagger
from eventroles.formats.native import read_documents
from eventroles.labels import read_labels
from eventroles.losses import MissCosts, joint_loss
from eventroles.model import EventRoleModel
from eventroles.ontology import Ontology, load_ontology
from eventroles.rows import Collator, training_rows
from eventroles.runtime import autocast
from eventroles.windows import Reader

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine"),
]
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def ontology() -> Ontology:
    return load_ontology(REPOSITORY / "configs" / "ontologies" / "newswire.yaml")


@pytest.fixture
def article(ontology: Ontology) -> Document:
    return next(read_documents(REPOSITORY / "data" / "seed" / "article.jsonl", ontology))


@pytest.fixture
def reader(wordpiece: PreTrainedTokenizerBase) -> Reader:
    return build_reader(wordpiece, ModelConfig(window_pieces=32, context_pieces=8))


@pytest.fixture
def model(
    make_bert: Callable[[], PreTrainedModel], wordpiece: PreTrainedTokenizerBase, ontology: Ontology
) -> EventRoleModel:
    torch.manual_seed(5)
    backbone = make_bert()
    config = ModelConfig(window_pieces=32, context_pieces=8, conditioned_layers=1)
    found = build_model(backbone, read_labels(ontology, backbone, wordpiece), config)
    with torch.no_grad():  # begin where O, B and I are as likely as each other, so that there is something to find
        for head in (found.trigger_head, found.role_head):
            head.scorer.prior.bias.zero_()
    return found


def test_the_spans_are_those_of_the_cpu(
    model: EventRoleModel, reader: Reader, ontology: Ontology, article: Document
) -> None:
    def tag(device: str) -> Document:
        return next(EventRoleTagger(model.to(device).eval(), ontology, reader, InferenceConfig()).tag([article]))

    on_cpu, on_gpu = tag("cpu"), tag("cuda")
    assert on_cpu.events
    for ours, theirs in zip(on_cpu.events, on_gpu.events, strict=True):
        assert (ours.event_type, ours.trigger) == (theirs.event_type, theirs.trigger)
        assert theirs.score == pytest.approx(ours.score, abs=1e-4)
        assert [(a.role, a.char_span) for a in ours.arguments] == [(a.role, a.char_span) for a in theirs.arguments]


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.BFLOAT16])
def test_the_loss_is_that_of_the_cpu(
    model: EventRoleModel, reader: Reader, ontology: Ontology, article: Document, precision: Precision
) -> None:
    rows, _ = training_rows([article], reader, ontology)
    batch: TrainingBatch = Collator(ontology, reader.pad_id)(rows[:8])["batch"]

    def loss_on(device: str) -> float:
        moved, target = batch.to(torch.device(device)), torch.device(device)
        with autocast(precision, target):
            scores = model.to(target).eval()(moved.windows, moved.triggers)
        role_mask = model.role_mask(moved.triggers.types)
        loss = joint_loss(scores, moved, role_mask=role_mask, costs=MissCosts())
        return float(loss.detach())

    tolerance = 1e-4 if precision is Precision.FLOAT32 else 2e-2
    assert loss_on("cuda") == pytest.approx(loss_on("cpu"), rel=tolerance)
