"""The recipe of a run: one YAML file with typed sections, overrides, and every problem reported at once."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from eventroles.errors import ConfigError
from eventroles.formats.table import DataFormat
from eventroles.schema import Strict, parse_yaml, read_yaml_mapping, validate

PACKAGED_BACKBONE = "all-MiniLM-L6-v2"
"""The backbone that comes as a Python package; see `eventroles.backbone`."""


class Precision(StrEnum):
    """The number format that the encoder computes in."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class Unsound(StrEnum):
    """What happens to a training document that is unsound."""

    REFUSE = "refuse"
    LEAVE_OUT = "leave_out"


def _as_paths(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_path(value: object) -> object:
    return Path(value) if isinstance(value, str) else value


FilePath = Annotated[Path, BeforeValidator(_as_path)]
Files = Annotated[tuple[FilePath, ...], BeforeValidator(_as_paths), Field(strict=False)]
AnyPrecision = Annotated[Precision, Field(strict=False)]


class RunConfig(Strict):
    """Where a run writes, and what makes it repeatable.

    Attributes:
        output_dir: Folder of the run; its `model/` is the finished checkpoint.
        seed: Seeds every source of chance.
    """

    output_dir: FilePath
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 13


class DataConfig(Strict):
    """The annotated documents; every entry is one file or a list of files.

    Attributes:
        train: What the model learns from.
        train_share: Share of the documents of `train` to learn from, for learning curves. A smaller share is always a
            part of a larger one, whatever the seed.
        train_empty_share: The same for the documents of `train` in which nothing happens: where they are many, fewer
            train faster and find more.
        unsound: `refuse` stops where a document of `train` is unsound; `leave_out` learns from the others, and the log
            names each problem. In `dev` and `test` nothing may be unsound, lest scores be of less than they say.
        dev: What the best epoch is chosen by; without it the last epoch is kept.
        test: What the closing report is about; may be left out.
        ontology: YAML file with the event types and roles.
        format: How the files are written.
    """

    train: Files = Field(min_length=1)
    train_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    train_empty_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    unsound: Annotated[Unsound, Field(strict=False)] = Unsound.REFUSE
    dev: Files = ()
    test: Files = ()
    ontology: FilePath
    format: Annotated[DataFormat, Field(strict=False)] = DataFormat.NATIVE


class ModelConfig(Strict):
    """The network and how documents are cut for it.

    Attributes:
        backbone: `all-MiniLM-L6-v2` (packaged), a folder with a transformers encoder, or a name on the hub.
        start_from: A checkpoint or run folder to learn on from, whose ontology must be a part of `data.ontology`; its
            encoder and heads must be as this section says. Null to start from the backbone.
        transfer_from: The same with a checkpoint of any ontology, such as one of another corpus: what it has learnt of
            types and roles that `data.ontology` lacks is left behind. Only one of the two may be given.
        allow_download: Whether a hub name may be fetched over the network.
        conditioned_layers: How many of the last encoder layers run again for every trigger (k); 0 is fastest.
        head_width: Width of the trigger and role heads.
        dropout: Share of activations dropped in the heads while training.
        attention_dropout: The same for the attention weights of the encoder; null keeps what the backbone has. Without
            any, training on a CPU is a third faster.
        window_pieces: Most pieces in a window, special ones included.
        context_pieces: Pieces of a window, of a document longer than one, kept for context around the words it decides.
    """

    backbone: str = PACKAGED_BACKBONE
    start_from: FilePath | None = None
    transfer_from: FilePath | None = None
    allow_download: bool = False
    conditioned_layers: Annotated[int, Field(ge=0)] = 2
    head_width: Annotated[int, Field(ge=8)] = 256
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    attention_dropout: Annotated[float, Field(ge=0, lt=1)] | None = None
    window_pieces: Annotated[int, Field(ge=16)] = 256
    context_pieces: Annotated[int, Field(ge=0)] = 128

    @model_validator(mode="after")
    def _starts_once(self) -> "ModelConfig":
        if self.start_from is not None and self.transfer_from is not None:
            raise ValueError("start_from and transfer_from must not both be given, but are. Remove one.")
        return self

    @model_validator(mode="after")
    def _context_leaves_room(self) -> "ModelConfig":
        if 2 * self.context_pieces > self.window_pieces:
            raise ValueError(
                f"context_pieces must be at most half of window_pieces ({self.window_pieces}), "
                f"but is {self.context_pieces}. Lower it."
            )
        return self


class TrainingConfig(Strict):
    """How the model learns. Any other field of `transformers.TrainingArguments` may stand here too.

    Attributes:
        num_train_epochs: Passes over the training windows.
        per_device_train_batch_size: Windows in a step.
        learning_rate: Peak rate of the encoder.
        head_learning_rate: Peak rate of everything else.
        weight_decay: Decay of all weights but biases and norms.
        warmup_steps: Steps over which the rates rise from 0; below 1, a share of all steps.
        trigger_miss_cost: How many times likelier than they are readings count, in training, for each word of a trigger
            or entity mention that they leave outside: above 1, more is found, and less of it is right.
        role_miss_cost: The same for words of arguments.
        mention_weight: What a track of entity mentions counts beside one of triggers, where the ontology has
            `mention_types`. There are many mentions and few events.
        average_decay: Share that the running average of the weights keeps at each step; the average is what is scored
            and kept. Null for no average.
        freeze_word_embeddings: Leave the backbone's vectors of pieces as they are. Half of a small encoder's weights
            are there, and few of the pieces occur in a small corpus.
        early_stopping_patience: Epochs without a better dev Arg-C after which training stops; null for never.
        precision: `auto` takes bfloat16 where the processor has it.
    """

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    num_train_epochs: Annotated[int, Field(ge=1)] = 20
    per_device_train_batch_size: Annotated[int, Field(ge=1)] = 16
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 1e-4
    head_learning_rate: Annotated[float, Field(gt=0, lt=1)] = 1e-3
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    warmup_steps: Annotated[float, Field(ge=0)] = 0.1
    trigger_miss_cost: Annotated[float, Field(gt=0)] = 1.0
    role_miss_cost: Annotated[float, Field(gt=0)] = 1.0
    mention_weight: Annotated[float, Field(ge=0)] = 0.1
    average_decay: Annotated[float, Field(gt=0, lt=1)] | None = None
    freeze_word_embeddings: bool = False
    early_stopping_patience: Annotated[int, Field(ge=1)] | None = None
    precision: AnyPrecision = Precision.AUTO

    @property
    def passed_on(self) -> Mapping[str, Any]:
        """The fields meant for `TrainingArguments`, not yet checked."""
        return self.model_extra or {}


class InferenceConfig(Strict):
    """How finished models read text.

    Attributes:
        batch_pieces: Most pieces, padding included, that one batch holds.
        precision: float32 gives the same answer in any batch; bfloat16 is faster.
    """

    batch_pieces: Annotated[int, Field(ge=16)] = 8192
    precision: AnyPrecision = Precision.FLOAT32


class Config(Strict):
    """A whole recipe."""

    run: RunConfig
    data: DataConfig
    model: ModelConfig = ModelConfig()
    training: TrainingConfig = TrainingConfig()
    inference: InferenceConfig = InferenceConfig()


def load_config(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Read a recipe.

    Args:
        path: The YAML file.
        overrides: `section.key=value` texts that win over the file; the value is read as YAML.

    Returns:
        The checked recipe; its problems, all at once, are one ConfigError.
    """
    values = read_yaml_mapping(path, ConfigError)
    for override in overrides:
        values = _with_override(values, override)
    where = " ".join([str(path), *(f"--set {override}" for override in overrides)])
    return validate(Config, values, where, ConfigError)


def config_from_record(record: Mapping[str, Any], where: str) -> Config:
    """Check a recipe that was read back from a run or a checkpoint."""
    return validate(Config, record, where, ConfigError)


def record_of_config(config: Config) -> dict[str, Any]:
    """Turn a recipe into plain values that YAML and JSON can hold; the opposite of `config_from_record`."""
    return config.model_dump(mode="json")


def show_config(config: Config) -> str:
    """Write a recipe, defaults filled in, as YAML."""
    return yaml.safe_dump(record_of_config(config), sort_keys=False, allow_unicode=True)


def _with_override(values: Mapping[str, Any], override: str) -> dict[str, Any]:
    key, equals, text = override.partition("=")
    if not equals or not all(key.split(".")):
        raise ConfigError(f"--set {override}: must be section.key=value, but is not. Write e.g. --set run.seed=7.")
    try:
        value = parse_yaml(text)
    except ValueError as error:
        raise ConfigError(f"--set {override}: its value must be YAML, but is not. Quote it.") from error
    return _with_value(values, key.split("."), value, override)


def _with_value(values: Mapping[str, Any], keys: list[str], value: Any, override: str) -> dict[str, Any]:
    first, *rest = keys
    if not rest:
        return {**values, first: value}
    inner = values.get(first, {})
    if not isinstance(inner, Mapping):
        raise ConfigError(f"--set {override}: '{first}' must be a section, but holds {inner!r}. Check the dotted path.")
    return {**values, first: _with_value(inner, rest, value, override)}
