"""The ceiling is what the engine scores when its network knows the gold tags."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scripts.ceilings import ONTOLOGIES, PAGE, WINDOWS, apart, flat_counts, row_of
from torch import Tensor

from eventroles.backbone import load_tokenizer
from eventroles.batches import TriggerBatch, WindowBatch
from eventroles.ceiling import ceiling_of
from eventroles.config import InferenceConfig
from eventroles.crf import TagTransitions
from eventroles.documents import Argument, Document, Event
from eventroles.engine import EventRoleTagger
from eventroles.errors import DataError
from eventroles.formats.textee import read_textee
from eventroles.metrics import Counts, Metric, score_documents
from eventroles.model import EventRoleModel
from eventroles.ontology import EventType, Ontology, load_ontology
from eventroles.rows import Collator, training_rows
from eventroles.spans import Span
from eventroles.windows import Reader

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
SPLITS = ("dev", "test")
SURE = 1e3
SIZES = {"casie": 60, "geneva": 150, "m2e2": 300, "muc4": 60, "phee": 150}
AT_ONCE = 128


class KnowsGold:
    """Stands in for a network: gives the gold tags of windows, no two documents with the same pieces, as logits."""

    def __init__(self, documents: Sequence[Document], reader: Reader, ontology: Ontology) -> None:
        rows, _ = training_rows(documents, reader, ontology)
        batch = Collator(ontology, reader.pad_id)(rows)["batch"] if rows else None
        self.marker = torch.zeros(1)
        self._trigger_tags: dict[tuple[int, ...], Tensor] = {}
        self._role_tags: dict[tuple[int, ...], dict[tuple[int, ...], Tensor]] = {}
        self._n_roles = torch.tensor([len(kind.roles) for kind in ontology.event_types.values()])
        if batch is None:
            return
        pieces = [tuple(row["piece_ids"]) for row in rows]  # two windows may hold the same words around different cores
        self._trigger_tags.update(zip(pieces, batch.gold.trigger_tags, strict=True))
        columns = (getattr(batch.triggers, name).tolist() for name in ("windows", "starts", "ends", "types"))
        for (window, *place), tags in zip(zip(*columns, strict=True), batch.gold.role_tags, strict=True):
            self._role_tags.setdefault(pieces[window], {})[tuple(place)] = tags

    def encode(self, windows: WindowBatch) -> Any:
        return SimpleNamespace(windows=windows, states=torch.zeros(1))

    def trigger_logits(self, encoded: Any, types: Tensor | None) -> Tensor:
        n_words = encoded.windows.word_mask.shape[1]
        tags = [self._trigger_tags[pieces] for pieces in _pieces(encoded)]
        return torch.stack([_logits(each if types is None else each[types], n_words) for each in tags])

    def role_logits(self, encoded: Any, triggers: TriggerBatch) -> Tensor:
        pieces, n_words = _pieces(encoded), encoded.windows.word_mask.shape[1]
        columns = (getattr(triggers, name).tolist() for name in ("windows", "starts", "ends", "types"))
        return torch.stack(
            [
                _logits(self._role_tags[pieces[window]][key], n_words)
                for window, *place in zip(*columns, strict=True)
                for key in [tuple(place)]
            ]
        )

    def transitions(self) -> tuple[Tensor, Tensor]:
        return TagTransitions()(), TagTransitions()()

    def role_mask(self, types: Tensor) -> Tensor:
        return torch.arange(int(self._n_roles.max())) < self._n_roles[types][:, None]


def _pieces(encoded: Any) -> list[tuple[int, ...]]:
    rows = zip(encoded.windows.piece_ids, encoded.windows.piece_mask, strict=True)
    return [tuple(row[mask].tolist()) for row, mask in rows]


def _logits(tags: Tensor, n_words: int) -> Tensor:
    padded = torch.nn.functional.pad(tags, (0, n_words - tags.shape[-1]))
    return SURE * torch.nn.functional.one_hot(padded, 3).float()


def told_apart(documents: Sequence[Document], reader: Reader) -> Iterator[list[Document]]:
    """Group documents, in order, so that no two of a group have windows of the same pieces."""
    group: list[Document] = []
    taken: set[tuple[int, ...]] = set()
    for document in documents:
        pieces = {tuple(window.piece_ids) for window in reader.read(document).windows}
        if len(group) == AT_ONCE or taken & pieces:
            yield group
            group, taken = [], set()
        group.append(document)
        taken |= pieces
    yield group


def scores_of_flawless_network(
    documents: Sequence[Document], reader: Reader, ontology: Ontology
) -> Mapping[Metric, Any]:
    found: list[Document] = []
    for group in told_apart(documents, reader):
        model = cast("EventRoleModel", KnowsGold(group, reader, ontology))
        found.extend(EventRoleTagger(model, ontology, reader, InferenceConfig()).tag(group))
    return score_documents(documents, found)


def ontology_of(corpus: str) -> Ontology:
    return load_ontology(ONTOLOGIES / f"{corpus}.yaml")


def documents_of(corpus: str, split: str) -> Iterator[Document]:
    """Read a split; documents that its source has wrong are known (`tests/test_corpora.py`) and left out."""
    path = CORPORA / corpus / "split1" / f"{split}.json"
    if not path.is_file():
        pytest.skip(f"{path} is not there: the ceilings of real corpora are not checked")
    try:
        yield from read_textee(path, ontology_of(corpus))
    except DataError:
        return


def reader_of(window_pieces: int, context_pieces: int) -> Reader:
    tokenizer = load_tokenizer("all-MiniLM-L6-v2", allow_download=False)
    return Reader(tokenizer, window_pieces=window_pieces, context_pieces=context_pieces)


def assert_exact(documents: Sequence[Document], ontology: Ontology, window_pieces: int, context_pieces: int) -> None:
    reader = reader_of(window_pieces, context_pieces)
    assert ceiling_of(documents, reader, ontology).scores == scores_of_flawless_network(documents, reader, ontology)


@pytest.mark.parametrize("corpus", SIZES)
def test_the_ceiling_of_documents_is_the_score_of_a_network_that_knows_the_gold(corpus: str) -> None:
    assert_exact([*islice(documents_of(corpus, "dev"), SIZES[corpus])], ontology_of(corpus), 128, 32)


@pytest.mark.slow
@pytest.mark.parametrize(("window_pieces", "context_pieces"), WINDOWS)
@pytest.mark.parametrize("corpus", SIZES)
def test_the_ceiling_of_a_whole_corpus_is_the_score_of_a_network_that_knows_the_gold(
    corpus: str, window_pieces: int, context_pieces: int
) -> None:
    documents = [document for split in SPLITS for document in documents_of(corpus, split)]
    assert_exact(documents, ontology_of(corpus), window_pieces, context_pieces)


# What one tag sequence for each trigger can say (`scripts/ceilings.py`).

TEXT = "Rebels shelled Goma market and shelled it again"
ATTACKS = Ontology(name="attacks", event_types={"Attack": EventType(), "Die": EventType()})
ARGUMENTS = {"Attacker": (0, 6), "Place": (15, 19), "Target": (15, 26), "Thing": (20, 26)}


def attack(trigger_start: int, *arguments: tuple[str, tuple[int, int]], event_type: str = "Attack") -> Event:
    found = tuple(Argument(role=role, char_span=Span(*bounds)) for role, bounds in arguments)
    span = Span(trigger_start, trigger_start + 7)
    return Event(id=f"{event_type} {trigger_start}", event_type=event_type, trigger=span, arguments=found)


@pytest.mark.parametrize(
    ("events", "n_gold", "n_kept"),
    [
        # "Goma market" excludes "Goma" and "market", which are two.
        ([attack(7, *ARGUMENTS.items())], 4, 3),
        # One span in two roles.
        ([attack(7, ("Place", (15, 19)), ("Target", (15, 19)))], 2, 1),
        # What the first event cannot say, the second of the type says; what both can say counts once.
        ([attack(7, *ARGUMENTS.items()), attack(31, ("Target", (15, 26)), ("Attacker", (0, 6)))], 4, 4),
        # Events of two types share nothing.
        ([attack(7, ("Place", (15, 19))), attack(7, ("Place", (15, 19)), event_type="Die")], 2, 2),
        # Two of one type on one trigger have one sequence together.
        ([attack(7, ("Place", (15, 19))), attack(7, ("Target", (15, 26)))], 2, 1),
        # "oma" is no word.
        ([attack(7, ("Place", (16, 19)), ("Attacker", (0, 6)))], 2, 1),
        ([], 0, 0),
    ],
)
def test_one_sequence_holds_the_most_arguments_that_do_not_overlap(
    events: list[Event], n_gold: int, n_kept: int
) -> None:
    document = Document(id="d", text=TEXT, events=tuple(events))
    counts = flat_counts([document], reader_of(256, 128), ATTACKS)
    assert counts == Counts(n_gold=n_gold, n_predicted=n_kept, n_correct=n_kept)


def test_one_sequence_holds_nothing_outside_of_its_window() -> None:
    text = f"Rebels shelled {'x ' * 60}Goma"
    event = attack(7, ("Attacker", (0, 6)), ("Place", (len(text) - 4, len(text))))
    document = Document(id="d", text=text, events=(event,))
    assert flat_counts([document], reader_of(256, 128), ATTACKS).n_correct == 2
    assert flat_counts([document], reader_of(32, 8), ATTACKS).n_correct == 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), max_size=7, unique=True))
def test_no_choice_of_spans_is_larger(bounds: list[tuple[int, int]]) -> None:
    spans = {(str(number), Span(0, 1)): Span(start, start + n) for number, (start, n) in enumerate(bounds)}
    picked = [spans[key] for key in apart(spans)]
    choices = [chosen for n in range(len(spans) + 1) for chosen in combinations(spans.values(), n)]
    legal = [chosen for chosen in choices if not any(one.overlaps(other) for one, other in combinations(chosen, 2))]
    assert tuple(picked) in [tuple(sorted(chosen)) for chosen in legal]
    assert len(picked) == max(map(len, legal))


@pytest.mark.slow
@pytest.mark.parametrize("corpus", SIZES)
def test_the_page_of_ceilings_says_what_is_measured(corpus: str) -> None:
    documents = [*documents_of(corpus, "dev")]
    page = PAGE.read_text(encoding="utf-8")
    assert [
        row for sizes in WINDOWS if (row := row_of((corpus, "dev"), documents, ontology_of(corpus), sizes)) not in page
    ] == []
