"""Entity mentions are learnt beside the events, and nothing that is predicted or scored knows of them."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.integration.conftest import ConfigOf

from eventroles.assembly import train
from eventroles.checkpoint import load_checkpoint
from eventroles.documents import Document, Event, Json
from eventroles.engine import EventRoleTagger
from eventroles.extension import extended
from eventroles.ontology import EventType, MentionType, Ontology
from eventroles.rows import Collator, training_rows
from eventroles.spans import Span

ONTOLOGY = Ontology(
    name="o", event_types={"Attack": EventType()}, mention_types={"GPE": MentionType(description="A country.")}
)


def document(id: str, text: str) -> Document:
    """Every `Iran` and `Iraq` is a mention, every `struck` a trigger."""
    places = [text.index(name) for name in ("Iran", "Iraq") if name in text]
    mentions: Json = [{"start": at, "end": at + 4, "text": text[at : at + 4], "entity_type": "GPE"} for at in places]
    events = (Event(id="E1", event_type="Attack", trigger=Span(text.index("struck"), text.index("struck") + 6)),)
    return Document(id=id, text=text, events=events if "struck" in text else (), meta={"entity_mentions": mentions})


DOCUMENTS = [
    document("1", "troops struck Iran ."),
    document("2", "in Iraq the militia struck ."),
    document("3", "struck in Iran and Iraq"),
]


@pytest.fixture(scope="module")
def folder(config_in: Callable[[Path], ConfigOf], tmp_path_factory: pytest.TempPathFactory) -> Path:
    config_of = config_in(tmp_path_factory.mktemp("mentions"))
    sections = {"training": {"num_train_epochs": 40, "mention_weight": 1.0}}
    return train(config_of(DOCUMENTS, ONTOLOGY, test=DOCUMENTS, sections=sections), "cpu").paths["checkpoint"]


def mention_tags(folder: Path) -> tuple[list[int], list[int]]:
    """Give the tags of mentions at every word: the gold, and the network's best."""
    checkpoint = load_checkpoint(folder)
    tagger = EventRoleTagger.from_checkpoint(checkpoint, "cpu")
    rows, _ = training_rows(DOCUMENTS, tagger.reader, checkpoint.ontology)
    batch = Collator(checkpoint.ontology, tagger.reader.pad_id)(rows)["batch"]
    with torch.inference_mode():
        logits = checkpoint.model.eval().trigger_logits(checkpoint.model.encode(batch.windows))
    known = batch.gold.trigger_mask[:, -1]
    return batch.gold.trigger_tags[:, -1][known].tolist(), logits.argmax(-1)[:, -1][known].tolist()


def test_they_are_learnt(folder: Path) -> None:
    gold, found = mention_tags(folder)
    assert gold.count(1) == 4
    assert found == gold


def test_they_are_not_predicted(folder: Path) -> None:
    tagger = EventRoleTagger.from_pretrained(folder, "cpu")
    for found in (list(tagger.tag(DOCUMENTS)), list(tagger.find_triggers(DOCUMENTS))):
        assert [[(event.event_type, event.trigger) for event in each.events] for each in found] == [
            [(event.event_type, event.trigger) for event in each.events] for each in DOCUMENTS
        ]


def test_an_extended_model_still_knows_them(folder: Path) -> None:
    larger = Ontology(
        name="o",
        event_types={"First": EventType(), **ONTOLOGY.event_types},
        mention_types={"PER": MentionType(), **ONTOLOGY.mention_types},
    )
    old = load_checkpoint(folder)
    new = extended(old, larger)
    rows, _ = training_rows(DOCUMENTS, EventRoleTagger.from_checkpoint(old, "cpu").reader, ONTOLOGY)
    windows = Collator(ONTOLOGY, 0)(rows)["batch"].windows
    with torch.inference_mode():
        before, after = (each.model.eval().trigger_logits(each.model.encode(windows)) for each in (old, new))
    assert after.shape[1] == 4
    torch.testing.assert_close(before, after[:, [1, 3]])


def test_those_that_cannot_be_learnt_are_told_and_missed_in_no_score(
    config_of: ConfigOf, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = replace(DOCUMENTS[0], meta={"entity_mentions": [{"start": 1, "end": 4, "entity_type": "GPE"}]})
    with caplog.at_level(logging.WARNING, "eventroles"):
        evaluation = train(config_of([wrong], ONTOLOGY, test=[wrong]), "cpu").evaluation
    told = [message for message in caplog.messages if "mention" in message]
    assert told == ["train: 1 x entity mention that cuts a word, a window or another of its type: not learnt from"]
    assert evaluation is not None
    assert evaluation.not_representable == {}


def test_what_weighs_nothing_is_not_learnt(config_in: Callable[[Path], ConfigOf], tmp_path: Path) -> None:
    sections = {"training": {"num_train_epochs": 40, "mention_weight": 0.0}}
    gold, found = mention_tags(
        train(config_in(tmp_path)(DOCUMENTS, ONTOLOGY, sections=sections), "cpu").paths["checkpoint"]
    )
    assert found != gold
