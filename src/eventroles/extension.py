"""Let a finished model tag more, or something else: new event types and roles enter by their texts."""

import copy
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from eventroles.backbone import load_backbone
from eventroles.checkpoint import Checkpoint
from eventroles.documents import Json
from eventroles.errors import OntologyError
from eventroles.heads import LabelVectors
from eventroles.labels import read_labels
from eventroles.ontology import Ontology, mention_text, role_text, type_text
from eventroles.ontology_changes import difference, text_of_difference


def extended(checkpoint: Checkpoint, ontology: Ontology) -> Checkpoint:
    """Give a model a larger ontology.

    The new labels' vectors are the backbone's reading of their texts, projected as training has learnt to project; a
    role whose name the model knows from other types has the learnt difference of that name too. No other weight
    changes: the vectors of known labels stay the same, bit for bit, and so do the answers but for rounding, which can
    differ where more labels are compared at once.

    Args:
        checkpoint: The finished model.
        ontology: The new ontology, with all types and roles of the model's own.

    Returns:
        The extended model; the one given is as it was.

    Raises:
        OntologyError: The new ontology lacks something that the model tags.
    """
    changes = difference(checkpoint.ontology, ontology)
    if changes.types_removed or changes.roles_removed or changes.kinds_changed:
        lost = replace(changes, types_added=(), roles_added={}, mentions_changed=(), texts_changed=())
        raise OntologyError(
            f"ontology '{ontology.name}' must have every type and role of '{checkpoint.ontology.name}' as it is, but "
            f"differs:\n{text_of_difference(lost)}\nAdd or restore them."
        )
    return transferred(checkpoint, ontology)


def transferred(checkpoint: Checkpoint, ontology: Ontology) -> Checkpoint:
    """Give a model another ontology: what it has learnt of the labels of both stays, the rest of its labels goes.

    Args:
        checkpoint: The finished model.
        ontology: The new ontology.

    Returns:
        The model with the labels of the new ontology; the one given is as it was.
    """
    config = checkpoint.config.model
    backbone, tokenizer = load_backbone(config.backbone, allow_download=config.allow_download)
    table = read_labels(ontology, backbone, tokenizer)
    old, new = _Labels.of(checkpoint.ontology), _Labels.of(ontology)
    model = copy.deepcopy(checkpoint.model)
    types = torch.arange(len(table.type_texts))
    model.types = _grown(
        model.types,
        table.type_texts,
        types,
        labels=(old.types, new.types),
        label_names=(old.type_names, new.type_names),
    )
    model.roles = _grown(
        model.roles,
        table.slot_texts,
        table.slot_roles,
        labels=(old.slots, new.slots),
        label_names=(old.role_names, new.role_names),
    )
    model.slots_of_type = table.slots_of_type
    origin: Json = {"ontology": checkpoint.ontology.name, "version": checkpoint.ontology.version}
    provenance = {**checkpoint.provenance, "extended_from": origin}
    return replace(checkpoint, model=model, ontology=ontology, provenance=provenance)


_Label = tuple[str, ...]
"""What tells a label from the others: its names and its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labels:
    """The labels of an ontology, in the order of a model's vectors."""

    types: Sequence[_Label]
    type_names: Sequence[_Label]
    slots: Sequence[_Label]
    role_names: Sequence[str]

    @classmethod
    def of(cls, ontology: Ontology) -> "_Labels":
        names: list[_Label] = [(name,) for name in ontology.type_names]
        names += [("mention", name, str(level)) for name, level in ontology.mention_tracks]
        texts = [type_text(ontology, name) for name in ontology.type_names]
        texts += [mention_text(ontology, *track) for track in ontology.mention_tracks]
        return cls(
            types=[(*name, text) for name, text in zip(names, texts, strict=True)],
            type_names=names,
            slots=[
                (name, role, role_text(ontology, name, role))
                for name in ontology.type_names
                for role in ontology.legal_roles(name)
            ],
            role_names=ontology.role_names,
        )


def _grown(
    vectors: LabelVectors,
    texts: Tensor,
    names: Tensor,
    *,
    labels: tuple[Sequence[_Label], Sequence[_Label]],
    label_names: tuple[Sequence[Hashable], Sequence[Hashable]],
) -> LabelVectors:
    """Make vectors for new labels; those for known ones, of the same text, are the very same."""
    width = vectors.difference.weight.shape[1]
    device = vectors.texts.device
    grown = LabelVectors(texts.to(device), names.to(device), width)
    grown.projection = vectors.projection
    _keep_rows(vectors.texts, grown.texts, *labels)
    _keep_rows(vectors.difference.weight, grown.difference.weight, *label_names)
    return grown.to(device)


@torch.no_grad()
def _keep_rows(old: Tensor, new: Tensor, old_keys: Sequence[Hashable], new_keys: Sequence[Hashable]) -> None:
    """Copy the rows of what stands in both."""
    row_of = {key: row for row, key in enumerate(old_keys)}
    for row, key in enumerate(new_keys):
        if key in row_of:
            new[row] = old[row_of[key]]
