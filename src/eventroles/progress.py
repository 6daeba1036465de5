"""Show how training goes: a bar with time left on a terminal, a line an epoch in a log."""

import logging
import sys
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from eventroles.report.console import error_console

_logger = logging.getLogger(__name__)


class TrainingProgress(TrainerCallback):
    """Draws a bar on standard error where that is a terminal, and logs the scores of every epoch."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("steps"),
            TimeRemainingColumn(),
            console=error_console(),
            disable=not sys.stderr.isatty(),
        )
        self._task: TaskID | None = None
        self._loss: float | None = None

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Start the bar."""
        del args, control
        if state.is_world_process_zero:
            self._bar.start()
            self._task = self._bar.add_task("training", total=state.max_steps, completed=state.global_step)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Move the bar."""
        del args, control
        if self._task is not None:
            self._bar.update(self._task, completed=state.global_step)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Log the loss, and the dev scores where there are any."""
        del args, control
        if not state.is_world_process_zero or not logs or "train_runtime" in logs:
            return
        self._loss = logs.get("loss", self._loss)
        if "eval_arg_c" in logs:
            scores = f"dev Tri-C {100 * logs['eval_tri_c']:.1f}  Arg-C {100 * logs['eval_arg_c']:.1f}"
            _logger.info("epoch %g  loss %.4f  %s", logs["epoch"], self._loss or 0.0, scores)
        elif "loss" in logs:
            _logger.debug("epoch %.1f  loss %.4f", logs["epoch"], logs["loss"])

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Take the bar away."""
        del args, state, control
        self.stop()

    def stop(self) -> None:
        """Take the bar away; harmless where it is gone already."""
        self._bar.stop()
