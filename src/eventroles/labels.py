"""Turn an ontology into the tensors of labels that the model scores against."""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from eventroles.model import LabelTable
from eventroles.ontology import Ontology, mention_text, role_text, type_text

_BATCH = 64
_MAX_PIECES = 128


def read_labels(ontology: Ontology, backbone: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> LabelTable:
    """Let the encoder read every label's name, description and example.

    Args:
        ontology: The event types and roles.
        backbone: The encoder, before fine-tuning.
        tokenizer: Its tokenizer.

    Returns:
        The labels, with the mean state of each one's text, normalised to mean 0 and variance 1, as its vector.
    """
    types = [type_text(ontology, name) for name in ontology.type_names]
    types += [mention_text(ontology, *track) for track in ontology.mention_tracks]
    slots = [role_text(ontology, event_type, role) for event_type, role in _slots(ontology)]
    vectors = _read(types + slots, backbone, tokenizer)
    return _table(ontology, vectors[: len(types)], vectors[len(types) :])


def blank_labels(ontology: Ontology, hidden_width: int) -> LabelTable:
    """Make a table of the right shapes, for a model whose weights are about to be loaded."""
    n_types = len(ontology.type_names) + len(ontology.mention_tracks)
    return _table(ontology, torch.zeros(n_types, hidden_width), torch.zeros(len(_slots(ontology)), hidden_width))


def _slots(ontology: Ontology) -> list[tuple[str, str]]:
    return [(event_type, role) for event_type in ontology.type_names for role in ontology.legal_roles(event_type)]


def _table(ontology: Ontology, type_texts: Tensor, slot_texts: Tensor) -> LabelTable:
    slots = _slots(ontology)
    n_roles = max(len(kind.roles) for kind in ontology.event_types.values())
    slots_of_type = torch.full((len(ontology.type_names), n_roles), -1)
    for index, event_type in enumerate(ontology.type_names):
        own = [slot for slot, (kind, _) in enumerate(slots) if kind == event_type]
        slots_of_type[index, : len(own)] = torch.tensor(own, dtype=torch.int64)
    slot_roles = torch.tensor([ontology.role_names.index(role) for _, role in slots], dtype=torch.int64)
    return LabelTable(type_texts=type_texts, slot_texts=slot_texts, slot_roles=slot_roles, slots_of_type=slots_of_type)


@torch.no_grad()
def _read(texts: Sequence[str], backbone: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> Tensor:
    """Encode texts to `(len(texts), H)` float."""
    was_training = backbone.training
    backbone.train(mode=False)
    parts = []
    for start in range(0, len(texts), _BATCH):
        batch = tokenizer(
            list(texts[start : start + _BATCH]),
            padding=True,
            truncation=True,
            max_length=_MAX_PIECES,
            return_tensors="pt",
        ).to(backbone.device)
        mask = batch["attention_mask"]
        states = backbone(input_ids=batch["input_ids"], attention_mask=mask).last_hidden_state
        parts.append((states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))
    backbone.train(was_training)
    vectors = torch.cat(parts).float()
    return torch.nn.functional.layer_norm(vectors, vectors.shape[-1:])
