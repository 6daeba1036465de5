"""Parts of what a model can do: triggers alone, roles of given triggers, some event types; nothing else runs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.integration.conftest import Command

from eventroles.assembly import Run
from eventroles.checkpoint import load_checkpoint
from eventroles.documents import Document, Event
from eventroles.engine import EventRoleTagger
from eventroles.errors import InputError
from eventroles.formats.native import document_from_record, write_documents


@pytest.fixture
def tagger(seed_run: Run) -> EventRoleTagger:
    return seed_run.tagger


@pytest.fixture
def documents(seed_documents: Mapping[str, Sequence[Document]]) -> Sequence[Document]:
    return seed_documents["train"]


def key(event: Event) -> tuple[object, ...]:
    return event.event_type, event.trigger, event.score


def test_triggers_alone_are_those_of_the_events(tagger: EventRoleTagger, documents: Sequence[Document]) -> None:
    whole, bare = list(tagger.tag(documents)), list(tagger.find_triggers(documents))
    assert any(event.arguments for document in whole for event in document.events)
    assert [list(map(key, document.events)) for document in bare] == [list(map(key, d.events)) for d in whole]
    assert not any(event.arguments for document in bare for event in document.events)


def test_no_layer_runs_again_for_triggers_alone(seed_run: Run, documents: Sequence[Document]) -> None:
    checkpoint = load_checkpoint(seed_run.paths["checkpoint"])

    def refuse(*_: object) -> None:
        raise AssertionError("role head")

    checkpoint.model.role_head.register_forward_pre_hook(refuse)
    tagger = EventRoleTagger.from_checkpoint(checkpoint, "cpu")
    assert list(tagger.find_triggers(documents))
    with pytest.raises(AssertionError, match="role head"):
        list(tagger.tag(documents))


def test_some_types_are_found_as_among_all(tagger: EventRoleTagger, documents: Sequence[Document]) -> None:
    whole = list(tagger.tag(documents))
    types = sorted({event.event_type for document in whole for event in document.events})
    assert len(types) >= 3
    for wanted in ([types[1]], [types[2], types[0]]):
        found = list(tagger.tag(documents, wanted))
        expected = [[event for event in document.events if event.event_type in wanted] for document in whole]
        assert [
            [(e.event_type, e.trigger, [(a.role, a.char_span) for a in e.arguments]) for e in document.events]
            for document in found
        ] == [[(e.event_type, e.trigger, [(a.role, a.char_span) for a in e.arguments]) for e in es] for es in expected]
        for document, events in zip(found, expected, strict=True):
            assert [e.score for e in document.events] == pytest.approx([e.score for e in events], abs=1e-5)


def test_only_the_tracks_of_the_types_asked_for_are_scored(tagger: EventRoleTagger, seed_run: Run) -> None:
    checkpoint = load_checkpoint(seed_run.paths["checkpoint"])
    shapes: list[torch.Size] = []
    checkpoint.model.trigger_head.register_forward_hook(lambda _, __, logits: shapes.append(logits.shape))
    names = tagger.ontology.type_names[3:5]
    list(EventRoleTagger.from_checkpoint(checkpoint, "cpu").tag([Document(id="a", text="They struck.")], names))
    assert [shape[1] for shape in shapes] == [2]


@pytest.mark.parametrize(
    ("types", "said"),
    [(["Conflict.Atack"], r"event type 'Conflict\.Atack' must be one of .* Did you mean"), ([], "at least one")],
)
def test_types_that_a_model_does_not_know_are_refused(tagger: EventRoleTagger, types: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        tagger.tag([], types)


def predicted(outcome_stdout: bytes) -> list[Document]:
    return [document_from_record(json.loads(line)) for line in outcome_stdout.splitlines()]


def test_the_command_finds_parts(
    seed_run: Run, command: Command, documents: Sequence[Document], tagger: EventRoleTagger, tmp_path: Path
) -> None:
    path = tmp_path / "in.jsonl"
    with path.open("wb") as file:
        write_documents([replace(document, coverage=type(document.coverage)()) for document in documents], file)
    run = seed_run.paths["checkpoint"]
    triggers = command("predict", run, path, "--find", "triggers", "--device", "cpu")
    assert [d.events for d in predicted(triggers.stdout)] != []
    assert not any(event.arguments for document in predicted(triggers.stdout) for event in document.events)
    roles = command("predict", run, path, "--find", "roles", "--device", "cpu")
    assert [[e.trigger for e in d.events] for d in predicted(roles.stdout)] == [
        [e.trigger for e in d.events] for d in documents
    ]
    assert any(event.arguments for document in predicted(roles.stdout) for event in document.events)
    one = next(event.event_type for document in tagger.tag(documents) for event in document.events)
    only = command("predict", run, path, "--type", one, "--device", "cpu")
    assert {event.event_type for document in predicted(only.stdout) for event in document.events} == {one}
    both = command("predict", run, path, "--type", one, "--find", "roles", "--device", "cpu")
    assert both.code == 2
    assert "--type: must not come with --find roles" in both.stderr
