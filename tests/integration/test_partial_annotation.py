"""What annotators did not look at is neither learnt from nor scored, from the file to the loss and to the report."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.integration.conftest import Command, ConfigOf
from transformers import PreTrainedTokenizerBase

from eventroles.assembly import Run, train
from eventroles.documents import Argument, Coverage, Document, Event
from eventroles.formats.native import write_native
from eventroles.losses import MissCosts, joint_loss
from eventroles.model import TrackScores
from eventroles.ontology import EventType, Ontology, Role
from eventroles.rows import Collator, training_rows
from eventroles.spans import Span
from eventroles.windows import Reader

TWO_TYPES = Ontology(name="o", event_types={name: EventType(roles={"R": Role()}) for name in ("A", "B")})
ATTACK = "Conflict.Attack"


@pytest.mark.parametrize(
    ("coverage", "known"),
    [
        (Coverage(), {(kind, word) for kind in (0, 1) for word in range(4)}),
        (Coverage(event_types=frozenset({"A"})), {(0, 0), (0, 1), (0, 2), (0, 3)}),
        (Coverage(char_spans=(Span(0, 3),)), {(0, 0), (0, 1), (1, 0), (1, 1)}),
        (Coverage(event_types=frozenset({"A"}), char_spans=(Span(0, 1), Span(6, 7))), {(0, 0), (0, 3)}),
    ],
    ids=["everything", "a type", "a region", "a type in two regions"],
)
def test_annotated_words_and_types_and_every_argument_of_an_annotated_event_count(
    wordpiece: PreTrainedTokenizerBase, coverage: Coverage, known: set[tuple[int, int]]
) -> None:
    event = Event(id="E1", event_type="A", trigger=Span(0, 1), arguments=(Argument(role="R", char_span=Span(4, 5)),))
    document = Document(id="d", text="a b c d", events=(event,), coverage=coverage)
    reader = Reader(wordpiece, window_pieces=16, context_pieces=6)
    rows, _ = training_rows([document], reader, TWO_TYPES)
    batch = Collator(TWO_TYPES, reader.pad_id)(rows)["batch"]
    triggers, roles = (torch.zeros(1, n_tracks, 4, 3, requires_grad=True) for n_tracks in (2, 1))
    scores = TrackScores(triggers, roles, torch.zeros(3, 3), torch.zeros(3, 3))
    legal = torch.ones(1, 1, dtype=torch.bool)
    loss = joint_loss(scores, batch, role_mask=legal, costs=MissCosts())
    loss.backward()  # type: ignore[no-untyped-call]
    assert triggers.grad is not None
    assert roles.grad is not None
    learnt = {kind for _, kind, _ in triggers.grad.abs().sum(-1).nonzero().tolist()}
    assert learnt == {kind for kind, _ in known}
    assert {(kind, word) for _, kind, word in batch.gold.trigger_mask.nonzero().tolist()} == known
    tags = torch.where(batch.gold.trigger_mask, batch.gold.trigger_tags, 1)  # whatever the others are
    other = replace(batch, gold=replace(batch.gold, trigger_tags=tags))
    again = joint_loss(scores, other, role_mask=legal, costs=MissCosts())
    assert float(again.detach()) == float(loss.detach())
    # the argument lies outside every region but the whole text, and is learnt all the same
    assert roles.grad.abs().sum(-1).nonzero().tolist() == [[0, 0, word] for word in range(4)]


@pytest.mark.parametrize(
    ("coverage", "is_found"),
    [
        (Coverage(), False),
        (Coverage(event_types=frozenset({"Life.Die"})), True),
        (Coverage(char_spans=(Span(0, 5), Span(13, 21))), True),
    ],
    ids=["everything", "another type", "another region"],
)
def test_an_event_in_what_was_not_annotated_is_no_counter_example(
    config_of: ConfigOf, newswire: Ontology, coverage: Coverage, is_found: bool
) -> None:
    """Of four attacks in the same words, the last is not marked: that teaches only where somebody looked."""
    struck = (Event(id="E1", event_type=ATTACK, trigger=Span(5, 11)),)
    texts = ("Iran struck Iraq.", "Iraq struck Iran.", "Iraq struck Baghdad.")
    marked = [Document(id=text, text=text, events=struck) for text in texts]
    unmarked = Document(id="unmarked", text="Syria struck Baghdad.", coverage=coverage)
    run = train(config_of([*marked, unmarked], newswire, sections={"training": {"num_train_epochs": 60}}), "cpu")
    *first, last = ([event.trigger for event in each.events] for each in run.tagger.tag([*marked, unmarked]))
    assert first == [[Span(5, 11)]] * 3
    assert last == ([Span(6, 12)] if is_found else [])


@pytest.fixture
def found(seed_run: Run, seed_documents: Mapping[str, tuple[Document, ...]]) -> Document:
    """What the model itself finds in the document with most events, as gold."""
    most = max(seed_run.tagger.tag(seed_documents["test"]), key=lambda document: len(document.events))
    events = tuple(
        replace(event, score=None, arguments=tuple(replace(part, score=None) for part in event.arguments))
        for event in most.events
    )
    return replace(most, events=events, receipt=None)


def report_on(gold: Document, seed_run: Run, command: Command, folder: Path) -> dict[str, Any]:
    write_native([gold], folder / "gold.jsonl", Counter())
    outcome = command("evaluate", seed_run.paths["checkpoint"], folder / "gold.jsonl", "--output", folder / "out")
    assert outcome.code == 0
    report: dict[str, Any] = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
    return report


def tri_c(report: dict[str, Any]) -> tuple[int, int, int]:
    counts = report["end_to_end"]["scores"]["Tri-C"]
    return counts["n_gold"], counts["n_predicted"], counts["n_correct"]


@pytest.mark.parametrize("part", ["region", "types"])
def test_what_is_found_in_what_was_not_annotated_is_not_scored(
    found: Document, seed_run: Run, command: Command, tmp_path: Path, part: str
) -> None:
    """The gold is what the model finds, cut down to a part: all is right there, and the rest is not wrong."""
    starts = sorted(event.trigger.start for event in found.events if event.trigger)
    middle = starts[len(starts) // 2]
    name = found.events[0].event_type
    coverage, kept = {
        "region": (
            Coverage(char_spans=(Span(0, middle),)),
            tuple(event for event in found.events if event.trigger and event.trigger.start < middle),
        ),
        "types": (
            Coverage(event_types=frozenset({name})),
            tuple(event for event in found.events if event.event_type == name),
        ),
    }[part]
    assert 0 < len(kept) < len(found.events)
    report = report_on(replace(found, events=kept, coverage=coverage), seed_run, command, tmp_path)
    assert tri_c(report) == (len(kept), len(kept), len(kept))
    n_arguments = sum(len(event.arguments) for event in kept)
    assert (report["n_events"], report["n_arguments"]) == (len(kept), n_arguments)
    assert {counts["precision"] for counts in report["end_to_end"]["scores"].values()} <= {1.0}
    rows = {row["name"]: row for row in report["end_to_end"]["seqeval"]["triggers"]}
    assert (rows["micro avg"]["precision"], rows["micro avg"]["support"]) == (1.0, len(kept))
    whole = report_on(replace(found, events=kept), seed_run, command, tmp_path)
    assert tri_c(whole) == (len(kept), len(found.events), len(kept))
