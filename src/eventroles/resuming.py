"""All that training needs to go on from the beginning of an epoch, left behind at each; killed runs start there."""

import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import safetensors.torch
import torch
from accelerate import Accelerator
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from eventroles.folders import replaced_folder

_logger = logging.getLogger(__name__)

LAST_EPOCH: Final = "last"
"""What the folders are called, a dash and the number of steps after it, that a killed run is resumed from."""
_WEIGHTS: Final = "model.safetensors"
"""The name that the Trainer looks for."""
_TENSORS: Final = "training.safetensors"
_REST: Final = "training.json"


class Stateful(Protocol):
    """Whatever gives its state away and takes it back."""

    def state_dict(self) -> dict[str, Any]:
        """Give the state: tensors, and what JSON can say, in dictionaries and lists."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any:
        """Take a state back."""


class Resumption(TrainerCallback):
    """Writes the state of training when an epoch begins, from the second on, and puts an earlier run's state back.

    Args:
        model: The model that is trained.
        parts: What has a state besides the model, the optimizer and its schedule, by name.
        folder: The Trainer's output folder; the state lies in a folder of its own there, four times as large as the
            weights.
        made_of: Fingerprint of all that the run is made of; a state of another is not gone on from.
        accelerator: Knows the processes, where there are several.
    """

    def __init__(
        self,
        model: nn.Module,
        parts: Mapping[str, Stateful],
        *,
        folder: Path,
        made_of: str,
        accelerator: Accelerator,
    ) -> None:
        self._model = model
        self._parts = parts
        self._folder = folder
        self._made_of = made_of
        self._accelerator = accelerator
        self.start: Path | None = None
        """The folder that the Trainer is to resume from; None where training begins at the beginning."""
        self._state = self._find()

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Put the state back; the Trainer itself has read the weights and the number of steps."""
        del args, control
        if self._state is None:
            return
        for name, part in self._all_parts(given).items():
            part.load_state_dict(self._state["parts"][name])
        if state.best_global_step:
            state.best_model_checkpoint = str(self._best(state.best_global_step).parent)
        if state.is_world_process_zero:
            epochs = f"{state.epoch or 0:g} of {state.num_train_epochs} epochs"
            _logger.warning("%s: going on after %s of the same run; remove it to start over", self.start, epochs)

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Go on with the random numbers where the earlier run had got to, or write where this one has."""
        del control
        if self._state is not None:
            of_all = self._state["random"].reshape(self._accelerator.num_processes, -1)
            _set_random_state(args.device, of_all[self._accelerator.process_index])
            self._state = None
        elif state.global_step:
            random = self._accelerator.gather(_random_state(args.device)).cpu()
            if state.is_world_process_zero:
                self._write(state, {"random": random, "parts": self._all_parts(given)})

    def _best(self, step: int) -> Path:
        """Name the file in which the Trainer keeps the weights of a step."""
        return self._folder / f"{PREFIX_CHECKPOINT_DIR}-{step}" / _WEIGHTS

    def _all_parts(self, given: Mapping[str, Any]) -> Mapping[str, Stateful]:
        return {**self._parts, "optimizer": given["optimizer"], "schedule": given["lr_scheduler"]}

    def _write(self, state: TrainerState, whole: Mapping[str, Any]) -> None:
        """Write the state, and remove the one before; where that fails, training goes on without."""
        target = self._folder / f"{LAST_EPOCH}-{state.global_step}"
        try:
            tensors: dict[str, Tensor] = {}
            rest = _without_tensors({"made_of": self._made_of, **whole}, "", tensors)
            with replaced_folder(target) as folder:
                weights = {name: tensor.contiguous() for name, tensor in self._model.state_dict().items()}
                safetensors.torch.save_file(weights, folder / _WEIGHTS, metadata={"format": "pt"})
                safetensors.torch.save_file(tensors, folder / _TENSORS)
                (folder / _REST).write_text(json.dumps(rest), encoding="utf-8")
                state.save_to_json(str(folder / TRAINER_STATE_NAME))
        except (OSError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
            _logger.warning("%s: cannot be written (%s): should this run be killed, it loses more", target, error)
            return
        for path in self._folder.glob(f"{LAST_EPOCH}-*"):
            if path != target:
                shutil.rmtree(path, ignore_errors=True)

    def _find(self) -> dict[str, Any] | None:
        """Read the state of the latest epoch that an earlier run left; None unless every process can go on from it."""
        paths = sorted(self._folder.glob(f"{LAST_EPOCH}-*"), key=lambda path: int(path.name.rpartition("-")[2]))
        found = self._read(paths[-1]) if paths else None
        agreed = self._accelerator.gather(torch.tensor([found is not None], device=self._accelerator.device))
        if not agreed.all():
            return None
        self.start = paths[-1]
        return found

    def _read(self, folder: Path) -> dict[str, Any] | None:
        """Read a state; None where it is not of the same run, or cannot be read."""
        try:
            tensors = {name: tensor.clone() for name, tensor in safetensors.torch.load_file(folder / _TENSORS).items()}
            whole = dict(_with_tensors(json.loads((folder / _REST).read_text(encoding="utf-8")), tensors))
            best = TrainerState.load_from_json(str(folder / TRAINER_STATE_NAME)).best_global_step
            for weights in (folder / _WEIGHTS, *([self._best(best)] if best else [])):
                with safe_open(weights, "pt"):  # checks that the file is whole
                    pass
        except (OSError, ValueError, LookupError, TypeError, SafetensorError) as error:
            _logger.warning("%s: the unfinished run there cannot be read (%s): starting over", folder, error)
            return None
        if whole["made_of"] != self._made_of:
            _logger.warning(
                "%s: the unfinished run there is of another recipe, data, backbone, device, number of processes or "
                "version: starting over",
                folder,
            )
            return None
        return whole


def _without_tensors(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """Turn a nested value into what JSON can say, its tensors put aside by their place."""
    if isinstance(value, Tensor):
        tensors[name] = value.detach().cpu().clone().contiguous()
        return {"tensor": name}
    if hasattr(value, "state_dict"):
        return _without_tensors(value.state_dict(), name, tensors)
    if isinstance(value, Mapping):
        return {"items": [[key, _without_tensors(item, f"{name}/{key}", tensors)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [_without_tensors(item, f"{name}/{place}", tensors) for place, item in enumerate(value)]
    return value


def _with_tensors(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    """Undo `_without_tensors`, but for tuples, which are lists now."""
    if isinstance(value, list):
        return [_with_tensors(item, tensors) for item in value]
    if isinstance(value, dict):
        if "tensor" in value:
            return tensors[value["tensor"]]
        return {key: _with_tensors(item, tensors) for key, item in value["items"]}
    return value


def _random_state(device: torch.device) -> Tensor:
    """Say where the random numbers of this process have got to, on the CPU and on its device; `(N,)` uint8 there."""
    states = [torch.get_rng_state()]
    if device.type != "cpu":
        states.append(torch.get_device_module(device).get_rng_state().cpu())
    return torch.cat(states).to(device)


def _set_random_state(device: torch.device, state: Tensor) -> None:
    """Undo `_random_state`."""
    n_of_cpu = len(torch.get_rng_state())
    torch.set_rng_state(state[:n_of_cpu].clone())
    if device.type != "cpu":
        torch.get_device_module(device).set_rng_state(state[n_of_cpu:].clone())
