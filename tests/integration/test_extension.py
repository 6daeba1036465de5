"""A finished model tags more: what it knew stays the same, new labels come by their texts, and it can learn on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.integration.conftest import Command, ConfigOf

from eventroles.assembly import Run, train
from eventroles.checkpoint import load_checkpoint
from eventroles.documents import Document
from eventroles.engine import EventRoleTagger
from eventroles.errors import ConfigError, OntologyError
from eventroles.extension import extended
from eventroles.ontology import EventType, Ontology, Role
from eventroles.ontology_changes import yaml_of_ontology

ERUPTION = EventType(description="A volcano erupts.", roles={"Place": Role(), "Ash": Role(description="What falls.")})


def with_eruption(ontology: Ontology, *, first: bool = False) -> Ontology:
    """Add a type, at the beginning or at the end."""
    added, types = {"Nature.Eruption": ERUPTION}, dict(ontology.event_types)
    return Ontology(
        name=ontology.name, version=ontology.version, event_types={**added, **types} if first else {**types, **added}
    )


@pytest.fixture
def folder(seed_run: Run) -> Path:
    return seed_run.paths["checkpoint"]


@pytest.mark.parametrize("first", [True, False])
def test_known_types_are_tagged_as_before(
    folder: Path, newswire: Ontology, seed_documents: Mapping[str, Sequence[Document]], *, first: bool
) -> None:
    before = load_checkpoint(folder)
    after = extended(before, with_eruption(newswire, first=first))
    documents = seed_documents["train"]
    expected, found = (
        list(EventRoleTagger.from_checkpoint(checkpoint, "cpu").tag(documents)) for checkpoint in (before, after)
    )
    assert any(document.events for document in expected)
    for old, new in zip(expected, found, strict=True):
        kept = [event for event in new.events if event.event_type != "Nature.Eruption"]
        assert [(e.event_type, e.trigger, e.arguments, e.score) for e in kept] == [
            (e.event_type, e.trigger, e.arguments, e.score) for e in old.events
        ]


def test_the_model_given_is_as_it_was(folder: Path, newswire: Ontology) -> None:
    checkpoint = load_checkpoint(folder)
    before = {name: tensor.clone() for name, tensor in checkpoint.model.state_dict().items()}
    extended(checkpoint, with_eruption(newswire))
    assert all(torch.equal(before[name], tensor) for name, tensor in checkpoint.model.state_dict().items())


def test_a_role_of_a_known_name_has_what_was_learnt_of_that_name(folder: Path, newswire: Ontology) -> None:
    checkpoint = load_checkpoint(folder)
    larger = with_eruption(newswire)
    model = extended(checkpoint, larger).model
    names = checkpoint.ontology.role_names, larger.role_names
    learnt = checkpoint.model.roles.difference.weight[names[0].index("Place")]
    assert torch.equal(model.roles.difference.weight[names[1].index("Place")], learnt)
    assert not model.roles.difference.weight[names[1].index("Ash")].any()
    assert not torch.equal(model.types()[-1], model.types()[0])


def test_an_ontology_that_lacks_something_is_refused_with_what_it_lacks(folder: Path, newswire: Ontology) -> None:
    types = dict(newswire.event_types)
    gone = next(iter(types))
    smaller = Ontology(name=newswire.name, event_types={name: types[name] for name in list(types)[1:]})
    with pytest.raises(OntologyError, match=rf"must have every type and role of .*differs:\n- {gone}\nAdd or restore"):
        extended(load_checkpoint(folder), smaller)


def test_the_command_writes_a_checkpoint_that_tags_the_new_type(
    folder: Path, newswire: Ontology, command: Command, tmp_path: Path
) -> None:
    larger = tmp_path / "larger.yaml"
    larger.write_text(yaml_of_ontology(with_eruption(newswire)), encoding="utf-8")
    outcome = command("extend", folder, larger, tmp_path / "out")
    assert outcome.code == 0, outcome.stderr
    checkpoint = load_checkpoint(tmp_path / "out")
    assert "Nature.Eruption" in checkpoint.ontology.type_names
    assert checkpoint.provenance["extended_from"] == {"ontology": newswire.name, "version": newswire.version}


def test_training_goes_on_from_a_checkpoint(
    folder: Path,
    newswire: Ontology,
    config_of: ConfigOf,
    seed_documents: Mapping[str, Sequence[Document]],
) -> None:
    start = load_checkpoint(folder)
    sections = {
        "model": {**start.config.model.model_dump(), "start_from": folder},
        "training": {"num_train_epochs": 1, "learning_rate": 1e-9, "head_learning_rate": 1e-9},
    }
    documents = seed_documents["train"]
    run = train(config_of(documents, with_eruption(newswire), test=documents, sections=sections), "cpu")
    found = load_checkpoint(run.paths["checkpoint"]).model
    assert torch.allclose(found.marker, start.model.marker, atol=1e-6)
    assert found.slots_of_type.shape[0] == start.model.slots_of_type.shape[0] + 1


def test_training_begins_with_a_model_of_another_ontology(
    folder: Path, newswire: Ontology, config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]]
) -> None:
    start = load_checkpoint(folder)
    kept = "Conflict.Attack"
    types = {"Nature.Eruption": EventType(), kept: newswire.event_types[kept]}
    other = Ontology(name="other", event_types=types)
    documents = [
        replace(document, events=tuple(event for event in document.events if event.event_type == kept))
        for document in seed_documents["train"]
    ]
    sections = {
        "model": {**start.config.model.model_dump(), "transfer_from": folder},
        "training": {"num_train_epochs": 1, "learning_rate": 1e-9, "head_learning_rate": 1e-9},
    }
    run = train(config_of(documents, other, test=documents, sections=sections), "cpu")
    found = load_checkpoint(run.paths["checkpoint"]).model
    assert torch.allclose(found.marker, start.model.marker, atol=1e-6)
    old_row = newswire.type_names.index(kept)
    assert torch.allclose(found.types()[1], start.model.types()[old_row], atol=1e-5)
    assert found.slots_of_type.shape[0] == 2
    sections["model"]["start_from"] = folder
    with pytest.raises(ConfigError, match="start_from and transfer_from must not both be given"):
        config_of(documents, other, sections=sections)


def test_a_recipe_for_another_network_cannot_start_from_a_checkpoint(
    folder: Path,
    newswire: Ontology,
    config_of: ConfigOf,
    seed_documents: Mapping[str, Sequence[Document]],
) -> None:
    start = load_checkpoint(folder)
    width = start.config.model.head_width
    sections = {"model": {**start.config.model.model_dump(), "start_from": folder, "head_width": width + 8}}
    with pytest.raises(ConfigError, match=rf"model\.head_width: must be {width}, .*but is {width + 8}"):
        train(config_of(seed_documents["train"], newswire, sections=sections), "cpu")
