"""Rows hold gold windows; batches of them hold the tags that they should."""

from collections import Counter

import pytest
import torch
from transformers import PreTrainedTokenizerBase

from eventroles.batches import TrainingBatch
from eventroles.documents import Argument, Coverage, Document, Event
from eventroles.gold import Loss
from eventroles.ontology import EventType, Ontology, Role
from eventroles.rows import Collator, training_rows
from eventroles.spans import Span
from eventroles.windows import Reader

ONTOLOGY = Ontology(
    name="o",
    event_types={
        "A": EventType(roles={"R": Role(), "B-X": Role()}),
        "none": EventType(),
        "-": EventType(roles={"B-X": Role()}),
    },
)


def event(event_type: str, trigger: Span | None, *arguments: tuple[str, Span]) -> Event:
    own = tuple(Argument(role=role, char_span=span) for role, span in arguments)
    return Event(id=f"{event_type}{trigger}", event_type=event_type, trigger=trigger, arguments=own)


LONG = Document(
    id="long",
    text="a b c d",
    events=(
        event("A", Span(0, 3), ("R", Span(4, 5)), ("B-X", Span(2, 7))),
        event("-", Span(2, 3), ("B-X", Span(0, 1))),
    ),
)
SHORT = Document(id="short", text="e f", coverage=Coverage(event_types=frozenset({"-", "A"}), char_spans=(Span(2, 3),)))


def batch_of(tokenizer: PreTrainedTokenizerBase, *documents: Document) -> tuple[TrainingBatch, Counter[Loss]]:
    reader = Reader(tokenizer, window_pieces=16, context_pieces=6)
    rows, losses = training_rows(documents, reader, ONTOLOGY)
    return Collator(ONTOLOGY, reader.pad_id)(rows)["batch"], losses


def test_a_row_is_a_window(wordpiece: PreTrainedTokenizerBase) -> None:
    reader = Reader(wordpiece, window_pieces=16, context_pieces=6)
    rows, losses = training_rows([LONG, SHORT], reader, ONTOLOGY)
    assert [row["length"] for row in rows] == [6, 4]
    assert list(rows[1]["piece_ids"]) == wordpiece("e f")["input_ids"]
    assert [row["known_types"] for row in rows] == [[0, 1, 2], [0, 2]]
    assert [row["known_words"] for row in rows] == [[0, 1, 2, 3], [1]]
    assert losses.total() == 0


def test_a_long_document_gives_a_row_a_window(wordpiece: PreTrainedTokenizerBase) -> None:
    reader = Reader(wordpiece, window_pieces=16, context_pieces=6)
    rows, _ = training_rows([Document(id="d", text="a " * 20)], reader, ONTOLOGY)
    assert [len(row["known_words"]) for row in rows] == [8, 8, 4]


def test_tags_and_masks_of_a_batch(wordpiece: PreTrainedTokenizerBase) -> None:
    batch, _ = batch_of(wordpiece, SHORT, LONG)
    assert batch.gold.trigger_tags.tolist() == [
        [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
        [[1, 2, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0]],
    ]
    yes, no = [True] * 4, [False] * 4
    second = [False, True, False, False]
    assert batch.gold.trigger_mask.tolist() == [[second, no, second], [yes, yes, yes]]
    assert batch.gold.role_tags.tolist() == [[[0, 0, 1, 0], [0, 1, 2, 2]], [[1, 0, 0, 0], [0, 0, 0, 0]]]
    assert [batch.triggers.windows.tolist(), batch.triggers.types.tolist()] == [[1, 1], [0, 2]]
    assert [batch.triggers.starts.tolist(), batch.triggers.ends.tolist()] == [[0, 1], [2, 2]]
    assert batch.windows.word_mask.tolist() == [[True, True, False, False], yes]
    assert batch.gold.trigger_tags.dtype == batch.gold.role_tags.dtype == torch.int64


def test_a_word_that_goes_on_with_a_trigger_of_the_window_before_is_inside_it(
    wordpiece: PreTrainedTokenizerBase,
) -> None:
    text = "a b c d e f g h i j k l m n o p q r s t"  # cores 0-8, 8-16, 16-20 in windows 0-14, 4-18, 6-20
    batch, _ = batch_of(wordpiece, Document(id="d", text=text, events=(event("A", Span(14, 17)),)))
    first, second, _ = batch.gold.trigger_tags[:, 0].tolist()
    assert first == [0] * 7 + [1, 2] + [0] * 5
    assert second == [0, 0, 0, 1, 2] + [0] * 9
    assert batch.gold.trigger_mask[:, 0].sum(1).tolist() == [9, 8, 4]
    assert batch.triggers.windows.tolist() == [0]


def test_windows_are_padded_with_the_tokenizers_own_pad_piece(byte_bpe: PreTrainedTokenizerBase) -> None:
    batch, _ = batch_of(byte_bpe, SHORT, LONG)
    assert byte_bpe.pad_token_id == 1
    assert set(batch.windows.piece_ids[~batch.windows.piece_mask].tolist()) == {1}


def test_a_batch_without_triggers_has_empty_role_tags(wordpiece: PreTrainedTokenizerBase) -> None:
    batch, _ = batch_of(wordpiece, SHORT)
    assert len(batch.triggers) == 0
    assert batch.gold.role_tags.shape == (0, 2, 2)


@pytest.mark.parametrize("types", [frozenset(), frozenset({"unknown"})])
def test_a_document_annotated_for_none_of_the_types_teaches_nothing(
    wordpiece: PreTrainedTokenizerBase, types: frozenset[str]
) -> None:
    document = Document(id="d", text="a b", coverage=Coverage(event_types=types))
    batch, losses = batch_of(wordpiece, document, LONG)
    assert batch.gold.trigger_mask.flatten(1).sum(1).tolist() == [0, 3 * 4]
    assert losses.total() == 0


def test_documents_without_an_annotated_word_give_no_row(wordpiece: PreTrainedTokenizerBase) -> None:
    documents = [Document(id="e", text=""), Document(id="n", text="a b", coverage=Coverage(char_spans=()))]
    rows, losses = training_rows(documents, Reader(wordpiece, window_pieces=16, context_pieces=6), ONTOLOGY)
    assert len(rows) == 0
    assert losses.total() == 0


def test_the_losses_of_all_documents_are_added_up(wordpiece: PreTrainedTokenizerBase) -> None:
    documents = [Document(id=str(n), text="a b", events=(event("A", None),)) for n in range(3)]
    assert batch_of(wordpiece, *documents)[1] == Counter({Loss.NO_TRIGGER: 3})


def test_rows_make_the_same_batch_after_a_table_has_held_them(wordpiece: PreTrainedTokenizerBase) -> None:
    datasets = pytest.importorskip("datasets")
    rows, _ = training_rows([SHORT, LONG], Reader(wordpiece, window_pieces=16, context_pieces=6), ONTOLOGY)
    collate = Collator(ONTOLOGY, 0)
    direct, through_a_table = collate(rows)["batch"], collate(list(datasets.Dataset.from_list(rows)))["batch"]
    for part in ("windows", "triggers", "gold"):
        left, right = getattr(direct, part), getattr(through_a_table, part)
        for name in left.__dataclass_fields__:
            assert torch.equal(getattr(left, name), getattr(right, name)), name


def test_a_document_level_type_is_known_at_the_first_word_alone(wordpiece: PreTrainedTokenizerBase) -> None:
    ontology = Ontology(
        name="o",
        event_types={"A": EventType(roles={"R": Role()}), "B": EventType(roles={"S": Role()}, document_level=True)},
    )
    reader = Reader(wordpiece, window_pieces=16, context_pieces=6)
    told = Document(id="1", text="a b c", events=(event("B", None, ("S", Span(4, 5))),))
    silent = Document(id="2", text="d e", coverage=Coverage(event_types=frozenset({"A"})))
    batch = Collator(ontology, reader.pad_id)(training_rows([told, silent], reader, ontology)[0])["batch"]
    assert batch.gold.trigger_tags[:, 1].tolist() == [[1, 0, 0], [0, 0, 0]]
    assert batch.gold.trigger_mask[:, 1].tolist() == [[True, False, False], [False, False, False]]
    assert batch.gold.trigger_mask[:, 0].tolist() == [[True, True, True], [True, True, False]]
    assert batch.gold.trigger_words[:, 1].tolist() == [[True, False, False]] * 2
    assert batch.gold.trigger_words[:, 0].tolist() == [[True, True, True], [True, True, False]]
    assert (batch.triggers.starts.tolist(), batch.triggers.ends.tolist()) == ([0], [3])
    assert batch.gold.role_tags.tolist() == [[[0, 0, 1]]]


def test_a_window_that_nobody_read_is_no_example_of_silence(wordpiece: PreTrainedTokenizerBase) -> None:
    """Windows of 14, of which words 0 and 1 were annotated; the argument stands in the last window alone."""
    ontology = Ontology(name="o", event_types={"B": EventType(roles={"S": Role()}, document_level=True)})
    text = "a b c d e f g h i j k l m n o p q r s t"
    reader = Reader(wordpiece, window_pieces=16, context_pieces=6)
    report = event("B", None, ("S", Span(38, 39)))
    part = Document(id="1", text=text, events=(report,), coverage=Coverage(char_spans=(Span(0, 3),)))
    gold = Collator(ontology, reader.pad_id)(training_rows([part], reader, ontology)[0])["batch"].gold
    assert gold.trigger_tags[:, 0, 0].tolist() == [0, 0, 1]
    assert gold.trigger_mask[:, 0, 0].tolist() == [True, False, True]
    assert not gold.trigger_mask[:, 0, 1:].any()
