"""The network: pieces → states → trigger tracks; triggers → conditioned states → role tracks."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from eventroles.batches import TriggerBatch, WindowBatch
from eventroles.encoder import ConditionedEncoder, EncodedWindows, words_of
from eventroles.heads import LabelVectors, RoleHead, TriggerHead


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTable:
    """The labels of an ontology as tensors; a slot is a role of one event type.

    Attributes:
        type_texts: `(E + M, H)` float, the encoder's reading of the text of each event type and then of each of M
            tracks of entity mentions, which are tagged as types without roles are.
        slot_texts: `(S, H)` float, the same for each slot.
        slot_roles: `(S,)` int64, index of each slot's role name.
        slots_of_type: `(E, R)` int64, the slots of each type; -1 where a type has fewer than R.
    """

    type_texts: Tensor
    slot_texts: Tensor
    slot_roles: Tensor
    slots_of_type: Tensor


class TrackScores(NamedTuple):
    """What tracks of windows and of given triggers are scored with.

    Attributes:
        trigger_logits: `(B, E, W, 3)` float.
        role_logits: `(T, R, W, 3)` float.
        trigger_transitions: `(3, 3)` float, what tags that follow one another add.
        role_transitions: `(3, 3)` float.
    """

    trigger_logits: Tensor
    role_logits: Tensor
    trigger_transitions: Tensor
    role_transitions: Tensor


class EventRoleModel(nn.Module):
    """Tags triggers in windows, and the arguments of given triggers.

    Args:
        backbone: The encoder.
        labels: What there is to tag.
        n_conditioned_layers: How many of the encoder's last layers run again for every trigger (k).
        head_width: Width of the heads.
        dropout: Share of the heads' activations dropped in training.
    """

    slots_of_type: Tensor

    def __init__(
        self,
        backbone: PreTrainedModel,
        labels: LabelTable,
        *,
        n_conditioned_layers: int,
        head_width: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.encoder = ConditionedEncoder(backbone, n_conditioned_layers=n_conditioned_layers)
        hidden_width = self.encoder.width
        self.register_buffer("slots_of_type", labels.slots_of_type)
        self.types = LabelVectors(labels.type_texts, torch.arange(len(labels.type_texts)), head_width)
        self.roles = LabelVectors(labels.slot_texts, labels.slot_roles, head_width)
        self.trigger_head = TriggerHead(hidden_width, width=head_width, dropout=dropout)
        self.role_head = RoleHead(hidden_width, width=head_width, dropout=dropout)
        self.marker = nn.Parameter(torch.empty(hidden_width))
        self.type_marker = nn.Linear(head_width, hidden_width)
        nn.init.normal_(self.marker, std=0.02)
        nn.init.normal_(self.type_marker.weight, std=0.02)

    def forward(self, windows: WindowBatch, triggers: TriggerBatch) -> TrackScores:
        """Score triggers and, for given triggers, arguments; what training calls.

        Args:
            windows: The windows.
            triggers: Gold triggers on them.

        Returns:
            All that the loss is made of: what is trained on several cards must come out of here.
        """
        encoded = self.encode(windows)
        return TrackScores(self.trigger_logits(encoded), self.role_logits(encoded, triggers), *self.transitions())

    def encode(self, windows: WindowBatch) -> EncodedWindows:
        """Read windows once."""
        encoded: EncodedWindows = self.encoder(windows)
        return encoded

    def trigger_logits(self, encoded: EncodedWindows, types: Tensor | None = None) -> Tensor:
        """Score every word as a trigger.

        Args:
            encoded: The windows.
            types: `(E,)` int64, the event types to score; None for all, and all tracks of mentions.

        Returns:
            `(B, E, W, 3)` float logits.
        """
        labels = self.types() if types is None else self.types()[types]
        logits: Tensor = self.trigger_head(words_of(encoded.states, encoded.windows.word_pieces), labels)
        return logits

    def role_logits(self, encoded: EncodedWindows, triggers: TriggerBatch) -> Tensor:
        """Score every word as an argument of given triggers.

        Args:
            encoded: The windows.
            triggers: Triggers on them.

        Returns:
            `(T, R, W, 3)` float logits; `role_mask` says which roles are legal.
        """
        word_pieces = encoded.windows.word_pieces[triggers.windows]  # (T, W)
        states = self.encoder.condition(encoded, triggers.windows, self._marks(encoded, triggers, word_pieces))
        roles = self.roles()[self.slots_of_type[triggers.types].clamp(min=0)]  # (T, R, width)
        logits: Tensor = self.role_head(words_of(states, word_pieces), triggers, roles)
        return logits

    def transitions(self) -> tuple[Tensor, Tensor]:
        """Give what tags that follow one another add to the scores of tracks, for triggers and for roles, `(3, 3)`."""
        return self.trigger_head.transitions(), self.role_head.transitions()

    def role_mask(self, types: Tensor) -> Tensor:
        """Tell which of the R tracks are roles of each type, `(T, R)` bool for `(T,)` types."""
        return self.slots_of_type[types] >= 0

    def _marks(self, encoded: EncodedWindows, triggers: TriggerBatch, word_pieces: Tensor) -> Tensor:
        """Mark the trigger's pieces with the trigger marker and its event type, `(T, P, H)` float."""
        n_triggers, n_pieces = len(triggers), encoded.states.shape[1]
        is_trigger = triggers.word_mask(word_pieces.shape[1]).to(self.marker.dtype)  # (T, W)
        at_piece = is_trigger.new_zeros(n_triggers, n_pieces).scatter_reduce(1, word_pieces, is_trigger, "amax")
        mark = self.marker + self.type_marker(self.types()[triggers.types])  # (T, H)
        marks: Tensor = at_piece[..., None] * mark[:, None]
        return marks
