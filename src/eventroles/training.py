"""Fine-tuning: one subclass of the transformers Trainer, and the arguments it runs under."""

import dataclasses
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import safetensors.torch
import torch
from datasets import Dataset
from torch import Tensor, nn
from transformers import (
    EarlyStoppingCallback,
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from eventroles.averaging import WeightAverage
from eventroles.batches import TrainingBatch
from eventroles.config import Config, TrainingConfig
from eventroles.documents import Document
from eventroles.engine import EventRoleTagger
from eventroles.errors import ConfigError, Problems, suggest
from eventroles.losses import MissCosts, joint_loss
from eventroles.metrics import Metric, score_documents
from eventroles.model import EventRoleModel
from eventroles.ontology import Ontology
from eventroles.progress import TrainingProgress
from eventroles.resuming import Resumption
from eventroles.rows import Collator
from eventroles.runtime import use_bfloat16

_logger = logging.getLogger(__name__)

TRAINER_FOLDER: Final = "trainer"
"""Where in a run's folder the Trainer keeps the weights of single epochs and its logs."""
_OWN_FIELDS: Final = frozenset({
    "average_decay", "early_stopping_patience", "freeze_word_embeddings", "head_learning_rate", "precision",
    "trigger_miss_cost", "role_miss_cost", "mention_weight",
})  # fmt: skip
_DECIDED_HERE: Final = frozenset({
    "output_dir", "seed", "data_seed", "bf16", "fp16", "use_cpu", "eval_strategy", "metric_for_best_model",
    "greater_is_better", "load_best_model_at_end", "remove_unused_columns", "label_names", "disable_tqdm",
    "length_column_name", "do_train", "do_eval", "do_predict", "save_strategy", "save_steps", "save_total_limit",
    "save_only_model",
})  # fmt: skip
_NOT_SUPPORTED: Final = frozenset({
    "activation_checkpointing", "auto_find_batch_size", "batch_eval_metrics", "dataloader_persistent_workers",
    "deepspeed", "eval_accumulation_steps", "eval_do_concat_batches", "eval_on_start", "eval_steps", "fsdp",
    "gradient_checkpointing", "include_for_metrics", "label_smoothing_factor", "neftune_noise_alpha",
    "per_device_eval_batch_size", "prediction_loss_only", "push_to_hub", "restore_callback_states_from_checkpoint",
    "resume_from_checkpoint", "use_liger_kernel",
})  # fmt: skip
_TIE: Final = 1e-6
_BETTER: Final = 1.0


class EpochChoice:
    """Tells which epoch is the best so far, by scores that are compared one after the other."""

    def __init__(self) -> None:
        self._best: tuple[float, ...] = ()
        self._highest = 0.0

    def number_for(self, key: tuple[float, ...]) -> float:
        """Turn the scores of an epoch into one number, higher than all before for a new best.

        A tie is higher by so little that the later epoch is kept but an early stop is not put off.

        Args:
            key: The scores.

        Returns:
            The number.
        """
        if key < self._best:
            return -1.0
        self._highest += _TIE if key == self._best else _BETTER
        self._best = key
        return self._highest

    def state_dict(self) -> dict[str, Any]:
        """Give what was the best so far."""
        return {"best": list(self._best), "highest": self._highest}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what was the best."""
        self._best, self._highest = tuple(state_dict["best"]), state_dict["highest"]


class EarlyStop(EarlyStoppingCallback):
    """Stops when the number of `EpochChoice` has not risen for some epochs."""

    def __init__(self, patience: int) -> None:
        super().__init__(patience, _BETTER / 2)

    def state_dict(self) -> dict[str, Any]:
        """Give for how many epochs it has not risen."""
        return {"waited": self.early_stopping_patience_counter}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on waiting."""
        self.early_stopping_patience_counter = state_dict["waited"]


def training_arguments(config: Config, *, device: torch.device, has_dev: bool) -> TrainingArguments:
    """Build the Trainer's arguments from a recipe.

    Args:
        config: The recipe. Fields of `TrainingArguments` under `training` are passed on, except those that other
            parts of the recipe decide; the log says which were not.
        device: Where the model is.
        has_dev: Whether there are documents to choose the best epoch by.

    Returns:
        The arguments.

    Raises:
        ConfigError: A field is unknown, or its value is refused.
    """
    passed_on = _passed_on(config.training)
    own = config.training.model_dump(exclude={*_OWN_FIELDS, *config.training.passed_on})
    decided: dict[str, Any] = {
        "output_dir": str(config.run.output_dir / TRAINER_FOLDER),
        "seed": config.run.seed,
        "data_seed": config.run.seed,
        "bf16": use_bfloat16(config.training.precision, device),
        "use_cpu": device.type == "cpu",
        "eval_strategy": "epoch" if has_dev else "no",
        "load_best_model_at_end": has_dev,
        "metric_for_best_model": "choice" if has_dev else None,
        "greater_is_better": True if has_dev else None,
        "remove_unused_columns": False,
        "disable_tqdm": True,
        "save_strategy": "best" if has_dev else "no",
        "save_only_model": True,
        "save_total_limit": 2,
    }
    defaults: dict[str, Any] = {
        "train_sampling_strategy": "group_by_length",
        "logging_strategy": "epoch",
        "report_to": "none",
        "dataloader_pin_memory": device.type != "cpu",
    }
    try:
        return TrainingArguments(**{**defaults, **own, **passed_on, **decided})
    except (ValueError, TypeError, ImportError) as error:
        raise ConfigError(f"training: must be arguments that transformers takes, but: {error}. Change them.") from error


def check_passed_on(training: TrainingConfig) -> None:
    """Refuse, all at once, fields that transformers does not know or that would have no effect here.

    Args:
        training: The recipe's section.
    """
    known = {field.name for field in dataclasses.fields(TrainingArguments) if field.init}
    problems = Problems()
    for name in training.passed_on:
        if name not in known:
            candidates = (known | set(TrainingConfig.model_fields)) - _NOT_SUPPORTED
            problems.add(
                f"training.{name}",
                "must be a key of the recipe or a field of transformers.TrainingArguments, but is neither. "
                + suggest(name, candidates),
            )
        elif name in _NOT_SUPPORTED:
            problems.add(f"training.{name}", "must not be set: this trainer does not support it. Remove it.")
    problems.raise_if_any(ConfigError)


def _passed_on(training: TrainingConfig) -> dict[str, Any]:
    check_passed_on(training)
    for name in sorted(_DECIDED_HERE & training.passed_on.keys()):
        _logger.warning("training.%s is decided by other parts of the recipe; the value given is not used", name)
    return {name: value for name, value in training.passed_on.items() if name not in _DECIDED_HERE}


class RoleTrainer(Trainer):
    """The transformers Trainer with our loss, two learning rates, and our scores for evaluation."""

    def __init__(
        self,
        *,
        model: EventRoleModel,
        args: TrainingArguments,
        training: TrainingConfig,
        train_dataset: Dataset,
        collator: Collator,
        tagger: EventRoleTagger,
        dev: Sequence[Document],
        made_of: str,
    ) -> None:
        """Set up a training run.

        Args:
            model: The network, on its device.
            args: From `training_arguments`.
            training: The recipe's section.
            train_dataset: Rows of gold windows.
            collator: Makes batches of them.
            tagger: Runs the same network over the dev documents.
            dev: Annotated documents to choose the best epoch by; may be empty.
            made_of: Fingerprint of all that the run is made of; what a killed run of the same left is gone on from.
        """
        super().__init__(
            model=model, args=args, data_collator=collator, train_dataset=train_dataset, eval_dataset=dev or None
        )
        model.encoder.backbone.get_input_embeddings().requires_grad_(not training.freeze_word_embeddings)
        self._network = model
        self._training = training
        self._costs = MissCosts(trigger=training.trigger_miss_cost, role=training.role_miss_cost)
        self._track_weights = _track_weights(tagger.ontology, training.mention_weight).to(args.device)
        self._tagger = tagger
        self._dev = dev
        self._choice = EpochChoice()
        self._progress = TrainingProgress()
        self.remove_callback(PrinterCallback)
        self.add_callback(self._progress)
        parts: dict[str, Any] = {"choice": self._choice}
        self._average = None if training.average_decay is None else WeightAverage(model, training.average_decay)
        if self._average is not None:
            parts["average"] = self._average
        if dev and training.early_stopping_patience is not None:
            parts["patience"] = EarlyStop(training.early_stopping_patience)
        self.resumption = Resumption(
            model, parts, folder=Path(str(args.output_dir)), made_of=made_of, accelerator=self.accelerator
        )
        for callback in (*parts.values(), self.resumption):
            if isinstance(callback, TrainerCallback):
                self.add_callback(callback)
        if self.args.n_gpu > 1:
            _logger.warning("training on one of %d cards; start with torchrun to use them all", self.args.n_gpu)
            self.args._n_gpu = 1

    def fit(self) -> None:
        """Train, and take the progress bar away whatever happens."""
        try:
            with _settings_for(self.args.device, self._network.encoder.backbone):
                self.train(resume_from_checkpoint=None if self.resumption.start is None else str(self.resumption.start))
            if self._average is not None and not self.args.load_best_model_at_end:
                self._average.exchange()
        finally:
            self._progress.stop()

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,  # noqa: FBT001, FBT002 - the Trainer's signature
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor | tuple[Tensor, Any]:
        """Compute the joint loss of a batch."""
        del num_items_in_batch
        batch: TrainingBatch = inputs["batch"]
        scores = model(batch.windows, batch.triggers)
        loss = joint_loss(
            scores,
            batch,
            role_mask=self._network.role_mask(batch.triggers.types),
            costs=self._costs,
            track_weights=self._track_weights,
        )
        return (loss, scores) if return_outputs else loss

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """Give the encoder and the heads their own learning rates; biases and norms do not decay."""
        if self.optimizer is None:
            kind, options = self.get_optimizer_cls_and_kwargs(self.args, None)
            self.optimizer = kind(self._parameter_groups(self._network if model is None else model), **options)
        return self.optimizer

    def evaluate(
        self,
        eval_dataset: Any = None,
        ignore_keys: list[str] | None = None,
        metric_key_prefix: str = "eval",
    ) -> dict[str, float]:
        """Score the dev documents end to end, as users get them.

        The best epoch is the one with the highest `choice`: Arg-C, ties going to Arg-C+, Tri-C, the later epoch.
        """
        del eval_dataset, ignore_keys
        self._network.eval()
        with self._weights_to_keep():
            scores = score_documents(self._dev, self._tagger.tag(self._dev))
        tri_c, arg_c, attached = (scores[metric].f1 for metric in (Metric.TRI_C, Metric.ARG_C, Metric.ARG_C_PLUS))
        choice = self._choice.number_for((arg_c, attached, tri_c))
        metrics = {
            f"{metric_key_prefix}_{name}": value
            for name, value in (("arg_c", arg_c), ("tri_c", tri_c), ("choice", choice))
        }
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _save(self, output_dir: str | None = None, state_dict: Mapping[str, Tensor] | None = None) -> None:
        """Write the weights alone, as safetensors; the Trainer's own version pickles its arguments beside them."""
        folder = Path(output_dir or str(self.args.output_dir))
        folder.mkdir(parents=True, exist_ok=True)
        with self._weights_to_keep():
            weights = {name: tensor.contiguous() for name, tensor in (state_dict or self._network.state_dict()).items()}
            safetensors.torch.save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    def _weights_to_keep(self) -> AbstractContextManager[None]:
        """Let the network have the weights that are scored and kept: their average, where there is one."""
        return nullcontext() if self._average is None else self._average.in_use()

    def _parameter_groups(self, model: nn.Module) -> list[dict[str, Any]]:
        decaying = set(self.get_decay_parameter_names(model))
        groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                groups.setdefault(("encoder.backbone." in name, name in decaying), []).append(parameter)
        return [
            {
                "params": parameters,
                "lr": self._training.learning_rate if is_encoder else self._training.head_learning_rate,
                "weight_decay": self._training.weight_decay if is_decaying else 0.0,
            }
            for (is_encoder, is_decaying), parameters in groups.items()
        ]


def _track_weights(ontology: Ontology, mention_weight: float) -> Tensor:
    """Weigh the trigger tracks: those of event types 1, those of mentions less; `(E,)` float."""
    weights = torch.ones(len(ontology.type_names) + len(ontology.mention_tracks))
    weights[len(ontology.type_names) :] = mention_weight
    return weights


@contextmanager
def _settings_for(device: torch.device, backbone: PreTrainedModel) -> Iterator[None]:
    """Train with the settings that are right and fast on a device; afterwards all is as before.

    On a CPU only deterministic algorithms are used: the gradients of gathered rows, which threads add up in any
    order otherwise, made runs of one seed end several points apart. Fresh memory, which nothing reads, need not be
    filled for that. Plain attention trains faster there than the fused kind: 9.3 against 11.9 s for the same batches.
    """
    if device.type != "cpu":
        yield
        return
    deterministic = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    memory: Any = torch.utils.deterministic  # its setting is a property that torch adds at run time
    fills, attention = memory.fill_uninitialized_memory, backbone.config._attn_implementation
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    memory.fill_uninitialized_memory = False
    backbone.set_attn_implementation("eager")
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(deterministic[0], warn_only=deterministic[1])
        memory.fill_uninitialized_memory = fills
        backbone.set_attn_implementation(attention)
