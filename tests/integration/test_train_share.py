"""Learning from a share of the documents, as for a learning curve."""

import logging
from collections.abc import Mapping, Sequence

import pytest
from tests.integration.conftest import ConfigOf

from eventroles.assembly import train
from eventroles.checkpoint import load_checkpoint
from eventroles.config import Config, Unsound
from eventroles.documents import Document, Event
from eventroles.errors import DataError
from eventroles.ontology import Ontology
from eventroles.spans import Span
from eventroles.splits import Split, share_of

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
    assert (
        f"train: {n_kept} of {len(documents)} documents, by data.train_share and data.train_empty_share"
        in caplog.messages
    )
    provenance = load_checkpoint(run.paths["checkpoint"]).provenance
    assert provenance["data"]["train"]["n"] == n_kept  # type: ignore[call-overload,index]


def some_empty(n_empty: int, n_full: int) -> Split:
    event = Event(id="E1", event_type="T", trigger=Span(0, 1))
    full = [Document(id=f"f{i}", text="x", events=(event,)) for i in range(n_full)]
    return Split(documents=(*(Document(id=f"e{i}", text="x") for i in range(n_empty)), *full), sha256="0")


@pytest.mark.parametrize(("share", "n_left"), [(0.0, 0), (0.2, 16), (1.0, 80)])
def test_documents_without_an_event_are_thinned_and_no_others(share: float, n_left: int) -> None:
    ids = [document.id for document in share_of(some_empty(80, 20), 1.0, share).documents]
    assert sum(id.startswith("e") for id in ids) == n_left
    assert sum(id.startswith("f") for id in ids) == 20


def test_one_document_is_kept_though_none_has_an_event() -> None:
    assert len(share_of(some_empty(5, 0), 1.0, 0.0).documents) == 1


def unsound_split(config_of: ConfigOf, documents: Sequence[Document], ontology: Ontology, split: str) -> Config:
    config = config_of(
        documents, ontology, dev=documents[:1], test=documents[:1], sections={"training": {"num_train_epochs": 1}}
    )
    path = getattr(config.data, split)[0]
    path.write_bytes(path.read_bytes() + b'{"id": "broken", "text": 3, "events": []}\n')
    return config.model_copy(update={"data": config.data.model_copy(update={"unsound": Unsound.LEAVE_OUT})})


def test_unsound_training_documents_are_left_out_where_the_recipe_says_so(
    config_of: ConfigOf,
    seed_documents: Mapping[str, Sequence[Document]],
    newswire: Ontology,
    caplog: pytest.LogCaptureFixture,
) -> None:
    documents = seed_documents["train"][:3]
    config = unsound_split(config_of, documents, newswire, "train")
    with caplog.at_level(logging.WARNING, "eventroles"):
        run = train(config, "cpu")
    assert any(
        "left out, by data.unsound" in message and ":4: text: must be text" in message for message in caplog.messages
    )
    assert load_checkpoint(run.paths["checkpoint"]).provenance["data"]["train"]["n"] == 3  # type: ignore[call-overload,index]


@pytest.mark.parametrize("split", ["dev", "test"])
def test_what_scores_are_of_is_never_left_out(
    config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology, split: str
) -> None:
    config = unsound_split(config_of, seed_documents["train"][:3], newswire, split)
    with pytest.raises(DataError, match=rf"{split}.*:2: text: must be text"):
        train(config, "cpu")
