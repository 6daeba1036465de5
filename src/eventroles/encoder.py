"""Run a transformers encoder once over the text, and its last layers again for every trigger.

The last k layers are replayed: a hook notes the very arguments that the encoder's own code gives each of them
(attention mask, relative positions, rotary angles), and the replay calls the layers with those and with other states.
So any `AutoModel` encoder works whose layers stand in one list, and its own code stays the only description of it.
"""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from eventroles.batches import WindowBatch
from eventroles.errors import ConfigError


@dataclass(slots=True)
class _LayerCall:
    """What the encoder called one layer with, besides the states."""

    states: Tensor
    rest: tuple[Any, ...]
    named: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedWindows:
    """A batch of windows after the encoder.

    Attributes:
        windows: The batch.
        states: `(B, P, H)` float, after the last layer.
        calls: What each of the last k layers was called with.
    """

    windows: WindowBatch
    states: Tensor
    calls: Sequence[_LayerCall] = field(repr=False)


class ConditionedEncoder(nn.Module):
    """An encoder whose last layers can run again with something added to their input."""

    def __init__(self, backbone: PreTrainedModel, *, n_conditioned_layers: int) -> None:
        """Wrap an encoder.

        Args:
            backbone: The encoder.
            n_conditioned_layers: How many of its last layers are conditioned (k); 0 for none.

        Raises:
            ConfigError: The encoder has no such layers, or they cannot be replayed.
        """
        super().__init__()
        self.backbone = backbone
        self.n_conditioned_layers = n_conditioned_layers
        n_layers = int(backbone.config.num_hidden_layers)
        if not 0 <= n_conditioned_layers <= n_layers:
            raise ConfigError(
                f"model.conditioned_layers: must be between 0 and {n_layers}, the layers of this backbone, "
                f"but is {n_conditioned_layers}. Change it."
            )
        self._final_norm: nn.Module | None = None
        self._check_replay()

    @property
    def width(self) -> int:
        """Width of the states, `H`."""
        return int(self.backbone.config.hidden_size)

    @property
    def max_pieces(self) -> int:
        """Most pieces that the encoder has positions for, special ones included."""
        positions = getattr(getattr(self.backbone, "embeddings", None), "position_embeddings", None)
        padding = getattr(positions, "padding_idx", None)  # RoBERTa and MPNet count positions from there
        limit = getattr(self.backbone.config, "max_position_embeddings", None)
        if limit is None or limit < 0:  # relative positions alone
            return sys.maxsize
        return int(limit) - (0 if padding is None else padding + 1)

    def forward(self, windows: WindowBatch) -> EncodedWindows:
        """Read a batch of windows once.

        Args:
            windows: The batch.

        Returns:
            Its states, with what the last layers need to run again.
        """
        calls: list[_LayerCall] = []

        def note(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            states, *rest = args or (kwargs["hidden_states"],)
            named = {name: value for name, value in kwargs.items() if name != "hidden_states"}
            calls.append(_LayerCall(states, tuple(rest), named))

        with ExitStack() as stack:
            for layer in self._conditioned_layers():
                stack.enter_context(layer.register_forward_pre_hook(note, with_kwargs=True))
            output = self.backbone(input_ids=windows.piece_ids, attention_mask=windows.piece_mask.long())
        return EncodedWindows(windows=windows, states=output.last_hidden_state, calls=calls)

    def condition(self, encoded: EncodedWindows, rows: Tensor, added: Tensor) -> Tensor:
        """Run the last layers again, once for every trigger.

        Args:
            encoded: The windows, as `forward` gave them.
            rows: `(T,)` int64, each trigger's window.
            added: `(T, P, H)` float, what is added to the states below the conditioned layers.

        Returns:
            `(T, P, H)` float, the states after the last layer.
        """
        if not encoded.calls or not len(rows):
            return encoded.states[rows] + added
        states = encoded.calls[0].states[rows] + added
        shape = encoded.windows.piece_ids.shape
        for layer, call in zip(self._conditioned_layers(), encoded.calls, strict=True):
            rest, named = (_select_rows(value, rows, shape) for value in (call.rest, call.named))
            output = layer(states, *rest, **named)
            states = output[0] if isinstance(output, tuple) else output
        return states if self._final_norm is None else self._final_norm(states)

    def _conditioned_layers(self) -> Sequence[nn.Module]:
        if not self.n_conditioned_layers:
            return []
        n_layers = self.backbone.config.num_hidden_layers
        lists = (m for m in self.backbone.modules() if isinstance(m, nn.ModuleList) and len(m) == n_layers)
        layers = next(lists, None)
        if layers is None:
            raise ConfigError(
                f"model.conditioned_layers: must be 0 for {type(self.backbone).__name__}, whose layers do not stand in "
                f"one list, but is {self.n_conditioned_layers}. Set it to 0 or take another backbone."
            )
        return list(layers)[-self.n_conditioned_layers :]

    def _check_replay(self) -> None:
        """Make sure on tiny batches that padding is not read, and that a replay with nothing added changes nothing."""
        was_training = self.training
        self.eval()
        try:
            if not self._ignores_padding():
                raise ConfigError(
                    f"model.backbone: must not read padding, lest answers depend on the batch, but "
                    f"{type(self.backbone).__name__} does. Take another backbone."
                )
            self._find_final_norm()
        except (RuntimeError, TypeError, KeyError, ValueError) as error:
            raise ConfigError(self._cannot_run_apart()) from error
        finally:
            self.train(was_training)

    def _find_final_norm(self) -> None:
        """Find what the encoder puts after its last layer: nothing, or one of its norms (pre-norm architectures)."""
        outside = {id(module) for layer in self._conditioned_layers() for module in layer.modules()}
        norms = [m for name, m in self.backbone.named_modules() if "norm" in name.lower() and id(m) not in outside]
        for candidate in (None, *reversed(norms)):
            self.__dict__["_final_norm"] = candidate  # not a submodule: it is one of the backbone already
            if all(self._replay_is_same(n_windows) for n_windows in (1, 3)):
                return
        raise ConfigError(self._cannot_run_apart())

    @torch.no_grad()
    def _ignores_padding(self) -> bool:
        padded, alone = self(self._trial(2)), self(self._trial(1))
        n_pieces = int(padded.windows.piece_mask[0].sum())
        return torch.allclose(padded.states[0, :n_pieces], alone.states[0], atol=1e-4)

    @torch.no_grad()
    def _replay_is_same(self, n_windows: int) -> bool:
        windows = self._trial(n_windows)
        encoded = self(windows)
        rows = torch.tensor([n_windows - 1, 0, n_windows - 1], device=self.backbone.device)
        replayed = self.condition(encoded, rows, torch.zeros((), device=self.backbone.device))
        kept = windows.piece_mask[rows]
        return torch.allclose(replayed[kept], encoded.states[rows][kept], atol=1e-4)

    def _trial(self, n_windows: int) -> WindowBatch:
        """Make a batch of which the first window has 4 pieces and each other one piece more than the one before."""
        rows = [torch.arange(1, 5 + number, device=self.backbone.device) for number in range(n_windows)]
        piece_ids = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        return WindowBatch(
            piece_ids=piece_ids,
            piece_mask=piece_ids > 0,
            word_pieces=torch.zeros_like(piece_ids),
            word_mask=piece_ids > 0,
        )

    def _cannot_run_apart(self) -> str:
        if not self.n_conditioned_layers:
            return (
                f"model.backbone: must be an encoder that reads pieces and a mask, but {type(self.backbone).__name__} "
                "is not. Take another backbone."
            )
        return (
            f"model.conditioned_layers: must be 0 for {type(self.backbone).__name__}, whose layers cannot run apart "
            f"from it, but is {self.n_conditioned_layers}. Set it to 0 or take another backbone."
        )


def words_of(states: Tensor, word_pieces: Tensor) -> Tensor:
    """Pick the states of each word's first piece.

    Args:
        states: `(B, P, H)` float.
        word_pieces: `(B, W)` int64.

    Returns:
        `(B, W, H)` float.
    """
    return states.gather(1, word_pieces[..., None].expand(-1, -1, states.shape[-1]))


def _select_rows(value: Any, rows: Tensor, shape: tuple[int, ...]) -> Any:
    """Repeat for each trigger whatever in a layer's arguments belongs to a window: tensors whose first size is B."""
    if isinstance(value, Tensor):
        is_per_window = value.shape[:1] == shape[:1] and (value.ndim > len(shape) or value.shape == shape)
        return value[rows] if is_per_window and shape[0] > 1 else value
    if isinstance(value, tuple):
        return tuple(_select_rows(item, rows, shape) for item in value)
    if isinstance(value, dict):
        return {name: _select_rows(item, rows, shape) for name, item in value.items()}
    return value
