"""Learning from a share of the documents, as for a learning curve."""

import logging
from collections.abc import Mapping, Sequence

import pytest
from tests.integration.conftest import ConfigOf

from eventroles.assembly import Split, share_of, train
from eventroles.checkpoint import load_checkpoint
from eventroles.documents import Document
from eventroles.ontology import Ontology

HUNDRED = Split(documents=tuple(Document(id=f"d{i}", text="x") for i in range(100)), sha256="0")


def kept(share: float) -> list[str]:
    return [document.id for document in share_of(HUNDRED, share).documents]


@pytest.mark.parametrize("share", [0.07, 0.25, 0.5, 0.75, 1.0])
def test_a_share_keeps_so_many_documents_in_their_order(share: float) -> None:
    assert len(kept(share)) == round(100 * share)
    assert kept(share) == sorted(kept(share), key=lambda id: int(id[1:]))


def test_smaller_shares_are_parts_of_larger_ones_and_not_the_first_documents() -> None:
    assert set(kept(0.25)) < set(kept(0.5)) < set(kept(0.75)) < set(kept(1.0))
    assert kept(0.25) != [f"d{i}" for i in range(25)]


def test_one_document_is_always_kept_where_there_is_one() -> None:
    assert len(kept(0.001)) == 1
    assert share_of(Split(documents=(), sha256="0"), 0.5).documents == ()


def test_training_learns_from_the_share_and_says_so(
    config_of: ConfigOf,
    seed_documents: Mapping[str, Sequence[Document]],
    newswire: Ontology,
    caplog: pytest.LogCaptureFixture,
) -> None:
    documents = seed_documents["train"]
    config = config_of(documents, newswire, sections={"training": {"num_train_epochs": 1}})
    config = config.model_copy(update={"data": config.data.model_copy(update={"train_share": 0.5})})
    with caplog.at_level(logging.WARNING, "eventroles"):
        run = train(config, "cpu")
    n_kept = round(len(documents) / 2)
    assert f"train: {n_kept} of {len(documents)} documents, by data.train_share" in caplog.messages
    provenance = load_checkpoint(run.paths["checkpoint"]).provenance
    assert provenance["data"]["train"]["n"] == n_kept  # type: ignore[call-overload,index]
