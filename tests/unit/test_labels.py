"""Labels are read by the encoder, one by one, whatever they are called."""

from collections.abc import Callable

import pytest
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from eventroles.labels import blank_labels, read_labels
from eventroles.ontology import EventType, Ontology, Role, role_text, type_text

MakeBert = Callable[[], PreTrainedModel]
ODD = ["-", "B-X", "O", "micro avg", "[SEP]", "\u5317\u4eac", "a.b_c:d/e"]
ONTOLOGY = Ontology(
    name="o",
    event_types={
        "A": EventType(
            description="An attack.", roles={"R": Role(description="Who attacks."), "B-X": Role(), "S": Role()}
        ),
        "bare": EventType(),
        "-": EventType(roles={"B-X": Role()}),
    },
)


def test_slots_are_the_roles_of_each_type(make_bert: MakeBert, wordpiece: PreTrainedTokenizerBase) -> None:
    table = read_labels(ONTOLOGY, make_bert(), wordpiece)
    assert table.type_texts.shape == (3, 32)
    assert table.slot_texts.shape == (4, 32)
    assert table.slots_of_type.tolist() == [[0, 1, 2], [-1, -1, -1], [3, -1, -1]]
    assert table.slot_roles.tolist() == [0, 1, 2, 1]
    assert table.slots_of_type.dtype == table.slot_roles.dtype == torch.int64


def test_a_vector_is_the_normalised_mean_state_of_the_text_alone(
    make_bert: MakeBert, byte_bpe: PreTrainedTokenizerBase
) -> None:
    backbone = make_bert()
    table = read_labels(ONTOLOGY, backbone, byte_bpe)
    texts = [type_text(ONTOLOGY, name) for name in ("A", "bare", "-")]
    texts += [role_text(ONTOLOGY, "A", role) for role in ("R", "B-X", "S")] + [role_text(ONTOLOGY, "-", "B-X")]
    vectors = torch.cat([table.type_texts, table.slot_texts])
    for text, vector in zip(texts, vectors, strict=True):
        with torch.no_grad():
            encoding = byte_bpe(text, return_tensors="pt")
            states = backbone(input_ids=encoding["input_ids"], attention_mask=encoding["attention_mask"])
        mean = states.last_hidden_state[0].mean(0)
        expected = (mean - mean.mean()) / mean.var(correction=0).add(1e-5).sqrt()
        assert torch.allclose(vector, expected, atol=1e-4), text


def test_vectors_are_fixed_and_of_mean_0_and_variance_1(make_bert: MakeBert, unigram: PreTrainedTokenizerBase) -> None:
    table = read_labels(ONTOLOGY, make_bert(), unigram)
    for vectors in (table.type_texts, table.slot_texts):
        assert not vectors.requires_grad
        assert vectors.dtype == torch.float32
        assert vectors.mean(1).tolist() == pytest.approx([0.0] * len(vectors), abs=1e-5)
        assert vectors.var(1, correction=0).tolist() == pytest.approx([1.0] * len(vectors), abs=1e-3)


@pytest.mark.parametrize("is_training", [True, False])
def test_the_encoder_reads_without_dropout_and_keeps_its_mode(
    make_bert: MakeBert, wordpiece: PreTrainedTokenizerBase, is_training: bool
) -> None:
    backbone = make_bert().train(is_training)
    table = read_labels(ONTOLOGY, backbone, wordpiece)
    assert backbone.training is is_training
    assert torch.equal(table.type_texts, read_labels(ONTOLOGY, make_bert(), wordpiece).type_texts)


def test_more_labels_than_one_batch_are_read_in_order(make_bert: MakeBert, wordpiece: PreTrainedTokenizerBase) -> None:
    many = Ontology(name="many", event_types={f"t{n}": EventType() for n in range(70)})
    last = Ontology(name="last", event_types={"t69": EventType()})
    backbone = make_bert()
    vectors = read_labels(many, backbone, wordpiece).type_texts
    assert vectors.shape == (70, 32)
    assert torch.allclose(vectors[69:], read_labels(last, backbone, wordpiece).type_texts, atol=1e-4)


def test_a_text_longer_than_the_encoder_is_cut(make_bert: MakeBert, wordpiece: PreTrainedTokenizerBase) -> None:
    wordy = Ontology(name="o", event_types={"A": EventType(description="the troops " * 200)})
    assert torch.isfinite(read_labels(wordy, make_bert(), wordpiece).type_texts).all()


def test_odd_names_are_labels_like_others(make_bert: MakeBert, tokenizer: PreTrainedTokenizerBase) -> None:
    ontology = Ontology(name="odd", event_types={name: EventType(roles=dict.fromkeys(ODD, Role())) for name in ODD})
    table = read_labels(ontology, make_bert(), tokenizer)
    assert table.slot_texts.shape == (49, 32)
    assert torch.isfinite(table.slot_texts).all()
    assert table.slot_roles.tolist() == list(range(7)) * 7
    assert table.slots_of_type.tolist() == [list(range(7 * n, 7 * n + 7)) for n in range(7)]


def test_an_ontology_without_roles_has_no_slots(make_bert: MakeBert, wordpiece: PreTrainedTokenizerBase) -> None:
    table = read_labels(Ontology(name="o", event_types={"A": EventType()}), make_bert(), wordpiece)
    assert table.slot_texts.shape == (0, 32)
    assert table.slots_of_type.shape == (1, 0)
    assert table.slot_roles.tolist() == []


def test_a_blank_table_has_the_shapes_of_the_read_one(make_bert: MakeBert, wordpiece: PreTrainedTokenizerBase) -> None:
    read, blank = read_labels(ONTOLOGY, make_bert(), wordpiece), blank_labels(ONTOLOGY, 32)
    assert torch.equal(blank.slots_of_type, read.slots_of_type)
    assert torch.equal(blank.slot_roles, read.slot_roles)
    assert blank.type_texts.shape == read.type_texts.shape
    assert blank.slot_texts.shape == read.slot_texts.shape
