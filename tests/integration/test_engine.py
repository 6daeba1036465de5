"""The tagger gives every document the same events in any batch and order, with exact spans and a true receipt."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from eventroles.backbone import load_backbone
from eventroles.checkpoint import build_model, build_reader
from eventroles.config import InferenceConfig, ModelConfig
from eventroles.documents import Argument, Document, Event
from eventroles.engine import EventRoleTagger
from eventroles.labels import read_labels
from eventroles.ontology import Ontology
from eventroles.spans import Span
from eventroles.words import split_words

READ_AHEAD = 256
MAX_SCORE_DIFFERENCE = 1e-5
WINDOW_PIECES = 96
CONTEXT_PIECES = 32

ODD_TEXTS = {
    "empty": "",
    "white space": " \t\r\n\u00a0\u2003\u2028 ",
    "one word": "attack",
    "one letter": "a",
    "emoji": "👩‍👩‍👧‍👦 struck 🇮🇶🏳️‍🌈, 👍🏽👍🏿 said 🙂.",
    "combining marks": "Be\u0301la de\u0301clared wa\u0301r o\u0302n a\u0303 n\u0303ation; q\u0323\u0307 fell.",
    "CRLF": "U.S. forces struck.\r\n\r\nThe base burned.\r\nTwo died.\r\n",
    "tabs": "Iraq\tstruck\t\tbases\t\nin\tSyria",
    "right to left": "قصفت القوات الأمريكية قواعد في العراق. הכוחות תקפו את הבסיס \u202eevil\u202c.",
    "lone surrogate": "Rebels \ud83d struck \udc00Goma\ud800",
    "unspaced": "美軍襲擊了伊拉克的基地。五角大樓發言人說。",
    "special pieces": "[CLS] Rebels [SEP] struck [PAD] [UNK] [MASK] Goma",
    "control characters": "Rebels\x00 struck\x07 Goma\x1b[31m \x00",
    "nothing but a control character": "\x00",
    "no spaces at all": "." * 500,
    "a mark alone": "\u0301 \ufeff a",
}

TaggerWith = Callable[[int], EventRoleTagger]


@pytest.fixture(scope="module")
def tagger_with(backbone_folder: Path, newswire: Ontology) -> TaggerWith:
    """Makes taggers of one network of random weights, each with its own budget of pieces a batch."""
    backbone, tokenizer = load_backbone(str(backbone_folder), allow_download=False)
    config = ModelConfig(
        window_pieces=WINDOW_PIECES, context_pieces=CONTEXT_PIECES, head_width=32, conditioned_layers=1
    )
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(11)
        model = build_model(backbone, read_labels(newswire, backbone, tokenizer), config).eval()
        for name, weight in model.named_parameters():
            if not name.startswith("encoder.") and "norm" not in name:
                weight.normal_(std=0.4)
        # Tags are rare, as in a trained network: among many likely ones, near ties are decided by rounding alone.
        for head in (model.trigger_head, model.role_head):
            head.scorer.prior.bias.copy_(torch.tensor([-4.0, 0.0]))
    reader = build_reader(tokenizer, config)
    return lambda pieces: EventRoleTagger(model, newswire, reader, InferenceConfig(batch_pieces=pieces))


@pytest.fixture(scope="module")
def tagger(tagger_with: TaggerWith) -> EventRoleTagger:
    return tagger_with(2048)


@pytest.fixture(scope="module")
def documents(seed_documents: Mapping[str, Sequence[Document]]) -> list[Document]:
    """Thirty-two documents: odd ones, short ones, and one of many windows."""
    odd = [Document(id=name, text=text) for name, text in ODD_TEXTS.items()]
    seed = [document for split in ("train", "dev", "test", "article") for document in seed_documents[split]]
    spare = Document(id="spare", text=seed[0].text[:40])
    return [*odd, *seed, spare]


def check_exact(document: Document, ontology: Ontology) -> None:
    """Check what must hold of every predicted document, whatever the weights."""
    words = split_words(document.text)
    starts, ends = {word.start for word in words}, {word.end for word in words}
    assert [event.id for event in document.events] == [f"E{n}" for n in range(1, len(document.events) + 1)]
    assert all(event.trigger is not None for event in document.events)
    for spans in tracks(document).values():
        for span in spans:
            assert span.start in starts
            assert span.end in ends
        ordered = sorted(spans)
        assert not any(left.overlaps(right) for left, right in itertools.pairwise(ordered))
    for event in document.events:
        assert ontology.problems_with_event(event.event_type, (a.role for a in event.arguments), has_trigger=True) == []
        scores = [event.score, *(argument.score for argument in event.arguments)]
        assert all(score is not None and 0 <= score <= 1 for score in scores)
    check_receipt(document, n_words=len(words))


def tracks(document: Document) -> dict[tuple[str, str], list[Span]]:
    """Group spans that one decoder track gives, which cannot overlap."""
    groups: dict[tuple[str, str], list[Span]] = {}
    for event in document.events:
        assert event.trigger is not None
        groups.setdefault(("trigger", event.event_type), []).append(event.trigger)
        for argument in event.arguments:
            groups.setdefault((event.id, argument.role), []).append(argument.char_span)
    return groups


def check_receipt(document: Document, n_words: int) -> None:
    receipt = document.receipt
    assert receipt is not None
    assert receipt.n_chars == len(document.text)
    is_unread = document.text.strip("\x00") == ""
    assert receipt.n_words == (0 if is_unread else n_words)
    assert (receipt.n_windows == 0) == (receipt.n_words == 0)
    assert receipt.n_windows * (WINDOW_PIECES - 2) >= receipt.n_words or "." * 100 in document.text
    assert receipt.n_words_cut == 0


def check_same(found: Sequence[Document], expected: Sequence[Document]) -> None:
    """Check that predictions are the same but for rounding of scores."""
    assert [without_scores(document) for document in found] == [without_scores(document) for document in expected]
    differences = [abs(left - right) for left, right in zip(scores_of(found), scores_of(expected), strict=True)]
    assert max(differences) <= MAX_SCORE_DIFFERENCE


def without_scores(document: Document) -> Document:
    events = (
        replace(event, score=None, arguments=tuple(replace(argument, score=None) for argument in event.arguments))
        for event in document.events
    )
    return replace(document, events=tuple(events))


def scores_of(documents: Sequence[Document]) -> list[float]:
    events = [event for document in documents for event in document.events]
    scores = [score for event in events for score in (event.score, *(argument.score for argument in event.arguments))]
    return [score for score in scores if score is not None]


# Alone, in a batch, in any order.


def test_random_weights_find_enough_to_test_with(tagger: EventRoleTagger, documents: list[Document]) -> None:
    found = tagger(documents)
    assert sum(len(document.events) for document in found) > 100
    assert sum(len(event.arguments) for document in found for event in document.events) > 100
    assert len({event.event_type for document in found for event in document.events}) >= 5


@pytest.mark.parametrize("batch_pieces", [16, 96, 700, 100_000])
def test_events_do_not_depend_on_the_batch(
    tagger: EventRoleTagger, tagger_with: TaggerWith, documents: list[Document], batch_pieces: int
) -> None:
    check_same(tagger_with(batch_pieces)(documents), tagger(documents))


def test_a_document_alone_has_the_events_it_has_among_others(
    tagger: EventRoleTagger, documents: list[Document]
) -> None:
    alone = [found for document in documents for found in tagger([document])]
    check_same(alone, tagger(documents))


def test_events_do_not_depend_on_the_order(tagger: EventRoleTagger, documents: list[Document]) -> None:
    order = sorted(range(len(documents)), key=lambda place: (7 * place) % len(documents))
    expected = tagger(documents)
    check_same(tagger([documents[place] for place in order]), [expected[place] for place in order])


def test_a_second_call_gives_the_very_same(tagger: EventRoleTagger, documents: list[Document]) -> None:
    assert tagger(documents) == tagger(documents)


# Exact spans and receipts.


def test_every_span_is_exact_and_every_event_legal(
    tagger: EventRoleTagger, documents: list[Document], newswire: Ontology
) -> None:
    found = tagger(documents)
    assert [document.text for document in found] == [document.text for document in documents]
    for document in found:
        check_exact(document, newswire)


def test_texts_that_hold_no_words_have_no_events(tagger: EventRoleTagger) -> None:
    for document in tagger(["", " \r\n\t", "\x00"]):
        assert document.events == ()
        assert document.receipt is not None
        assert document.receipt.n_windows == 0
    assert tagger([]) == []


@pytest.mark.slow
def test_fifty_thousand_words_are_read_to_the_last(
    tagger: EventRoleTagger, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology
) -> None:
    [article] = seed_documents["article"]
    text = article.text
    while len(split_words(text)) < 50_000:
        text = f"{text}\r\n\r\n{text}"
    [document] = tagger([text])
    check_exact(document, newswire)
    triggers = [event.trigger for event in document.events if event.trigger is not None]
    assert triggers == sorted(triggers)
    assert triggers[-1].start > len(text) - len(article.text)


def test_a_word_that_overfills_a_window_is_counted_as_cut(tagger: EventRoleTagger) -> None:
    word = "ejqzx" * 18
    [document] = tagger([f"Rebels struck {word} in Goma."])
    assert document.receipt is not None
    assert document.receipt.n_words == 6
    assert document.receipt.n_words_cut == 1


# Streams.


def test_results_come_in_input_order_over_several_read_aheads(tagger: EventRoleTagger) -> None:
    documents = [Document(id=str(n), text="Rebels struck Goma. " * (n * n % 5)) for n in range(700)]
    found = list(tagger.tag(iter(documents)))
    assert [(document.id, document.text) for document in found] == [(d.id, d.text) for d in documents]


@pytest.mark.parametrize("mode", ["tag", "fill_roles"])
def test_a_stream_is_read_no_further_than_the_read_ahead(tagger: EventRoleTagger, mode: str) -> None:
    n_taken = 0

    def stream() -> Iterator[Document]:
        nonlocal n_taken
        for n_taken in itertools.count(1):
            yield Document(id=str(n_taken), text="Rebels struck.")

    results = getattr(tagger, mode)(stream())
    assert n_taken == 0
    assert next(results).id == "1"
    assert n_taken == READ_AHEAD
    assert [document.id for document in itertools.islice(results, 2 * READ_AHEAD)][-1] == str(2 * READ_AHEAD + 1)
    assert n_taken == 3 * READ_AHEAD


def test_plain_texts_are_numbered_and_stand_beside_documents(tagger: EventRoleTagger) -> None:
    found = tagger(["one", Document(id="mine", text="two", meta={"date": "2020-01-01"}), "three"])
    assert [(document.id, document.text) for document in found] == [("0", "one"), ("mine", "two"), ("2", "three")]
    assert found[1].meta == {"date": "2020-01-01"}


def test_one_text_instead_of_a_list_is_refused(tagger: EventRoleTagger) -> None:
    with pytest.raises(TypeError, match=r"texts must be a list of texts, but is one text\. Write tagger\(\[text\]\)"):
        tagger("Rebels struck Goma.")


# Given triggers.


def test_given_events_are_ignored_where_triggers_are_found(
    tagger: EventRoleTagger, seed_documents: Mapping[str, Sequence[Document]]
) -> None:
    gold = seed_documents["article"]
    assert tagger(gold) == tagger([replace(document, events=()) for document in gold])


def test_roles_are_filled_for_the_very_events_that_are_given(
    tagger: EventRoleTagger, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology
) -> None:
    [gold] = seed_documents["article"]
    [filled] = tagger.fill_roles([gold])
    assert [(e.id, e.event_type, e.trigger, e.score) for e in filled.events] == [
        (e.id, e.event_type, e.trigger, e.score) for e in gold.events
    ]
    assert any(event.arguments for event in filled.events)
    for event in filled.events:
        assert newswire.problems_with_event(event.event_type, (a.role for a in event.arguments), has_trigger=True) == []
    check_receipt(filled, n_words=len(split_words(gold.text)))


def test_roles_of_found_triggers_are_the_same_when_the_triggers_are_given(
    tagger: EventRoleTagger, documents: list[Document]
) -> None:
    found = tagger(documents)
    bare = [replace(d, events=tuple(replace(event, arguments=()) for event in d.events)) for d in found]
    check_same(list(tagger.fill_roles(bare)), found)


def test_events_whose_trigger_cannot_be_placed_are_kept_without_arguments(tagger: EventRoleTagger) -> None:
    text = "Rebels struck Goma. " * 60
    old = (Argument(role="Attacker", char_span=Span(0, 6)),)
    odd = {
        "no trigger": ("Conflict.Attack", None),
        "inside a word": ("Conflict.Attack", Span(8, 10)),
        "in white space": ("Conflict.Attack", Span(6, 13)),
        "longer than a window": ("Conflict.Attack", Span(0, len(text) - 1)),
        "unknown type": ("Life.Born", Span(7, 13)),
    }
    events = tuple(
        Event(id=name, event_type=event_type, trigger=trigger, arguments=old)
        for name, (event_type, trigger) in odd.items()
    )
    [filled] = tagger.fill_roles([Document(id="d", text=text, events=events)])
    assert filled.events == tuple(replace(event, arguments=()) for event in events)


def test_events_of_one_trigger_and_type_each_get_its_arguments(
    tagger: EventRoleTagger, seed_documents: Mapping[str, Sequence[Document]]
) -> None:
    [found] = tagger.tag(seed_documents["article"])
    event = next(event for event in found.events if event.arguments)
    twins = tuple(replace(event, id=name, arguments=()) for name in ("A", "B"))
    [filled] = tagger.fill_roles([replace(found, events=twins)])
    first, second = filled.events
    assert (first.id, second.id) == ("A", "B")
    assert first.arguments == second.arguments
    assert [(a.role, a.char_span) for a in first.arguments] == [(a.role, a.char_span) for a in event.arguments]
