"""The ceiling is what the engine scores when its network knows the gold tags."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from torch import Tensor

from eventroles.backbone import load_tokenizer
from eventroles.batches import TriggerBatch, WindowBatch
from eventroles.ceiling import ceiling_of
from eventroles.config import InferenceConfig
from eventroles.documents import Document
from eventroles.engine import EventRoleTagger
from eventroles.formats.textee import read_textee
from eventroles.metrics import Metric, score_documents
from eventroles.model import EventRoleModel
from eventroles.ontology import Ontology
from eventroles.ontology_changes import inferred_ontology
from eventroles.rows import Collator, training_rows
from eventroles.windows import Reader

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
SURE = 1e3
SIZES = {"casie": 60, "geneva": 150, "m2e2": 300, "muc4": 60, "phee": 150}


class KnowsGold:
    """Stands in for a network: gives the gold tags of one document's windows as logits."""

    def __init__(self, document: Document, reader: Reader, ontology: Ontology) -> None:
        rows, _ = training_rows([document], reader, ontology)
        collate = Collator(ontology, reader.pad_id)
        self.marker = torch.zeros(1)
        self._trigger_tags: dict[tuple[int, ...], Tensor] = {}
        self._role_tags: dict[tuple[int, ...], dict[tuple[int, ...], Tensor]] = {}
        for row in rows:  # two windows may hold the same words around different cores
            batch, pieces = collate([row])["batch"], tuple(row["piece_ids"])
            self._trigger_tags[pieces] = batch.gold.trigger_tags[0]
            keys = zip(*(getattr(batch.triggers, name).tolist() for name in ("starts", "ends", "types")), strict=True)
            self._role_tags.setdefault(pieces, {}).update(zip(keys, batch.gold.role_tags, strict=True))
        self._n_roles = torch.tensor([len(kind.roles) for kind in ontology.event_types.values()])

    def encode(self, windows: WindowBatch) -> Any:
        return SimpleNamespace(windows=windows, states=torch.zeros(1))

    def trigger_logits(self, encoded: Any) -> Tensor:
        n_words = encoded.windows.word_mask.shape[1]
        return torch.stack([_logits(self._trigger_tags[pieces], n_words) for pieces in _pieces(encoded)])

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

    def role_mask(self, types: Tensor) -> Tensor:
        return torch.arange(int(self._n_roles.max())) < self._n_roles[types][:, None]


def _pieces(encoded: Any) -> list[tuple[int, ...]]:
    rows = zip(encoded.windows.piece_ids, encoded.windows.piece_mask, strict=True)
    return [tuple(row[mask].tolist()) for row, mask in rows]


def _logits(tags: Tensor, n_words: int) -> Tensor:
    padded = torch.nn.functional.pad(tags, (0, n_words - tags.shape[-1]))
    return SURE * torch.nn.functional.one_hot(padded, 3).float()


def scores_of_flawless_network(
    documents: Sequence[Document], reader: Reader, ontology: Ontology
) -> Mapping[Metric, Any]:
    found: list[Document] = []
    for document in documents:
        model = cast("EventRoleModel", KnowsGold(document, reader, ontology))
        found.extend(EventRoleTagger(model, ontology, reader, InferenceConfig()).tag([document]))
    return score_documents(documents, found)


@pytest.mark.parametrize("corpus", SIZES)
def test_the_ceiling_of_a_corpus_is_the_score_of_a_network_that_knows_the_gold(corpus: str) -> None:
    path = CORPORA / corpus / "split1" / "dev.json"
    if not path.is_file():
        pytest.skip(f"{path} is not there: the ceilings of real corpora are not checked")
    documents = [document for document, _ in zip(read_textee(path), range(SIZES[corpus]), strict=False)]
    reader = Reader(load_tokenizer("all-MiniLM-L6-v2", allow_download=False), window_pieces=128, context_pieces=32)
    ontology = inferred_ontology(documents, corpus)
    assert ceiling_of(documents, reader).scores == scores_of_flawless_network(documents, reader, ontology)
