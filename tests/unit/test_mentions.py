"""Entity mentions come out of a document's `meta`, and onto tracks behind those of the event types."""

from collections import Counter
from typing import Any

import pytest
from transformers import PreTrainedTokenizerBase

from eventroles.documents import Coverage, Document, Event
from eventroles.gold import Loss
from eventroles.mentions import has_mentions, mentions_of
from eventroles.ontology import EventType, MentionType, Ontology, Role
from eventroles.rows import Collator, training_rows
from eventroles.spans import Span
from eventroles.windows import Reader

ONTOLOGY = Ontology(
    name="o",
    event_types={"A": EventType(roles={"R": Role()}), "B": EventType()},
    mention_types={"PER": MentionType(), "A": MentionType(description="Not the event type of this name.")},
)
NESTED = Ontology(
    name="o", event_types={"A": EventType()}, mention_types={"PER": MentionType(levels=2), "LOC": MentionType()}
)
TEXT = "ann met bob in oslo"


def mention(start: object, end: object, entity_type: object = "PER", **more: object) -> dict[str, Any]:
    return {"start": start, "end": end, "entity_type": entity_type, **more}


def document(*mentions: Any, text: str = TEXT, **more: Any) -> Document:
    return Document(id="d", text=text, meta={"entity_mentions": [*mentions]}, **more)


def test_mentions_of_the_named_kinds_are_listed() -> None:
    found = mentions_of(document(mention(0, 3, text="ann"), mention(8, 11), mention(15, 19, "LOC")), ONTOLOGY)
    assert list(found) == [("PER", Span(0, 3)), ("PER", Span(8, 11))]


@pytest.mark.parametrize(
    "wrong",
    [
        mention(0, 3, text="bob"),
        mention(3, 3),
        mention(-1, 3),
        mention(0, 99),
        mention("0", 3),
        mention(0, None),
        mention(0.0, 3),
        mention(False, True),
    ],
)
def test_a_mention_that_is_not_where_it_says_has_no_span(wrong: dict[str, Any]) -> None:
    assert list(mentions_of(document(wrong), ONTOLOGY)) == [("PER", None)]


@pytest.mark.parametrize("meta", [{}, {"entity_mentions": None}, {"entity_mentions": "ann"}, {"entity_mentions": {}}])
def test_a_document_without_a_list_has_no_mentions(meta: Any) -> None:
    plain = Document(id="d", text=TEXT, meta=meta)
    assert not has_mentions(plain, ONTOLOGY)
    assert list(mentions_of(plain, ONTOLOGY)) == []
    assert has_mentions(document(), ONTOLOGY), "an empty list says that there is none"


def test_mentions_of_other_kinds_say_nothing_of_those_that_are_named() -> None:
    assert not has_mentions(document(mention(0, 3, "LOC")), ONTOLOGY)
    assert has_mentions(document(mention(0, 3, "LOC"), mention(0, 3)), ONTOLOGY)


@pytest.mark.parametrize("odd", ["ann", 3, None, {}, {"start": 0, "end": 3}, mention(0, 3, ["PER"])])
def test_what_is_no_mention_of_a_named_kind_is_passed_over(odd: object) -> None:
    assert list(mentions_of(document(odd), ONTOLOGY)) == []


def tags_of(
    tokenizer: PreTrainedTokenizerBase, *documents: Document
) -> tuple[list[list[list[int]]], list[list[list[bool]]], Counter[Loss]]:
    reader = Reader(tokenizer, window_pieces=16, context_pieces=6)
    rows, losses = training_rows(documents, reader, ONTOLOGY)
    gold = Collator(ONTOLOGY, reader.pad_id)(rows)["batch"].gold
    return gold.trigger_tags.tolist(), gold.trigger_mask.tolist(), losses


def test_mentions_have_tracks_behind_those_of_the_types(wordpiece: PreTrainedTokenizerBase) -> None:
    marked = document(
        mention(0, 1), mention(2, 5, "A"), text="a b c d", events=(Event(id="E", event_type="A", trigger=Span(6, 7)),)
    )
    plain = Document(id="e", text="a b")
    tags, mask, losses = tags_of(wordpiece, marked, plain)
    assert tags[0] == [[0, 0, 0, 1], [0] * 4, [1, 0, 0, 0], [0, 1, 2, 0]]
    assert mask[0] == [[True] * 4] * 4
    assert tags[1] == [[0] * 4] * 4
    assert mask[1] == [[True, True, False, False]] * 2 + [[False] * 4] * 2, "nobody looked for mentions there"
    assert losses.total() == 0


def test_mentions_inside_one_another_have_tracks_of_their_own(wordpiece: PreTrainedTokenizerBase) -> None:
    """Of the words a b c d, `a b c` is outermost and `b c` inside it; `b` and `c d` find no room on two levels."""
    spans = [mention(0, 5), mention(2, 3), mention(4, 7), mention(2, 5), mention(6, 7, "LOC")]
    reader = Reader(wordpiece, window_pieces=16, context_pieces=6)
    rows, losses = training_rows([document(*spans, text="a b c d")], reader, NESTED)
    gold = Collator(NESTED, reader.pad_id)(rows)["batch"].gold
    assert gold.trigger_tags[0].tolist() == [[0] * 4, [1, 2, 2, 0], [0, 1, 2, 0], [0, 0, 0, 1]]
    assert dict(losses) == {Loss.MENTION: 2}


def test_mentions_are_learnt_where_the_document_was_annotated(wordpiece: PreTrainedTokenizerBase) -> None:
    part = document(mention(0, 1), text="a b c d", coverage=Coverage(char_spans=(Span(0, 3),)))
    _, mask, _ = tags_of(wordpiece, part)
    assert mask[0] == [[True, True, False, False]] * 4


@pytest.mark.parametrize(
    ("mentions", "n_lost"),
    [
        ([mention(0, 3), mention(2, 3)], 1),
        ([mention(0, 3), mention(2, 3, "A")], 0),
        ([mention(0, 1), mention(0, 1)], 0),
        ([mention(1, 3)], 1),
        ([mention(0, 1, text="b")], 1),
        # Cores are words 0-8, 8-16 and 16-20, windows 0-14, 4-18 and 6-20.
        ([mention(2 * 7, 2 * 16 - 1)], 1),
        ([mention(2 * 7, 2 * 13 - 1)], 0),
    ],
)
def test_mentions_that_cannot_be_learnt_are_counted_once(
    wordpiece: PreTrainedTokenizerBase, mentions: list[dict[str, Any]], n_lost: int
) -> None:
    text = "a b c d e f g h i j k l m n o p q r s t"
    assert dict(tags_of(wordpiece, document(*mentions, text=text))[2]) == ({Loss.MENTION: n_lost} if n_lost else {})
