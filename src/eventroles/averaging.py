"""A running average of the weights, which scores higher and swings less than the weights of any one step."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments


class WeightAverage(TrainerCallback):
    """Keeps an exponential moving average of a model's weights while it trains."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        """Begin an average.

        Args:
            model: The model, on its device.
            decay: Share of the average that each step keeps, in (0, 1). The first steps keep less: after `n` of them
                at most `(1 + n) / (10 + n)`, lest the average drag the untrained weights along.
        """

        def average(averaged: Tensor, current: Tensor, n_averaged: Tensor | int) -> Tensor:
            kept = min(decay, (1 + int(n_averaged)) / (10 + int(n_averaged)))
            return torch.lerp(averaged, current, 1 - kept)

        self._model = model
        self._average: Any = AveragedModel(model, avg_fn=average)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Take in the weights of a step."""
        del args, state, control, kwargs
        self._average.update_parameters(self._model)

    def state_dict(self) -> dict[str, Any]:
        """Give the average, and over how many steps it is."""
        return dict(self._average.state_dict())

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on with an average."""
        self._average.load_state_dict(state_dict)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Let the model have the average for its weights; afterwards it has its own again."""
        self.exchange()
        try:
            yield
        finally:
            self.exchange()

    def exchange(self) -> None:
        """Exchange the model's weights and the average."""
        for own, averaged in zip(self._model.parameters(), self._average.module.parameters(), strict=True):
            own.data, averaged.data = averaged.data, own.data
