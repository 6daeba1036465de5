"""A finished model as a folder: safetensors + JSON, self-describing, written whole or not at all."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import safetensors.torch
from pydantic import Field
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from eventroles.backbone import sha256_of
from eventroles.config import Config, ModelConfig, config_from_record, record_of_config
from eventroles.documents import Json
from eventroles.errors import CheckpointError, ConfigError, OntologyError
from eventroles.folders import files_in, replaced_folder
from eventroles.labels import blank_labels
from eventroles.model import EventRoleModel, LabelTable
from eventroles.ontology import Ontology
from eventroles.schema import Strict, validate
from eventroles.windows import Reader

FORMAT_VERSION: Final = 2
MODEL_FOLDER: Final = "model"
_MANIFEST: Final = "manifest.json"
_ADVICE: Final = "Copy the checkpoint again, or train it again."
_LIBRARIES: Final = ("eventroles", "torch", "transformers", "tokenizers", "safetensors", "numpy")


class _Entry(Strict):
    """A file of a checkpoint."""

    bytes: int
    sha256: str


class _Manifest(Strict):
    """What a checkpoint consists of: these files and no other."""

    format: str
    version: int
    files: dict[str, _Entry] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Everything needed to evaluate and predict.

    Attributes:
        model: The network with its weights.
        tokenizer: The encoder's tokenizer.
        ontology: What it tags.
        config: The resolved recipe it was trained by.
        provenance: Where it comes from: data fingerprint, seed, library versions.
    """

    model: EventRoleModel
    tokenizer: PreTrainedTokenizerBase
    ontology: Ontology
    config: Config
    provenance: Mapping[str, Json]


def build_model(backbone: PreTrainedModel, labels: LabelTable, config: ModelConfig) -> EventRoleModel:
    """Put the network together as a recipe says.

    Args:
        backbone: The encoder.
        labels: The labels that it tags.
        config: The recipe's section.

    Returns:
        The network.

    Raises:
        ConfigError: The encoder cannot do what the recipe asks.
    """
    model = EventRoleModel(
        backbone,
        labels,
        n_conditioned_layers=config.conditioned_layers,
        head_width=config.head_width,
        dropout=config.dropout,
    )
    if config.window_pieces > model.encoder.max_pieces:
        raise ConfigError(
            f"model.window_pieces: must be at most {model.encoder.max_pieces}, the positions of this backbone, but is "
            f"{config.window_pieces}. Lower it; longer documents are read in several windows."
        )
    return model


def build_reader(tokenizer: PreTrainedTokenizerBase, config: ModelConfig) -> Reader:
    """Make the reader that cuts documents as a recipe says."""
    return Reader(tokenizer, window_pieces=config.window_pieces, context_pieces=config.context_pieces)


def library_versions() -> dict[str, Json]:
    """List the versions of the libraries that weights depend on."""
    return {name: version(name) for name in _LIBRARIES}


def save_checkpoint(checkpoint: Checkpoint, folder: Path) -> None:
    """Write a checkpoint; an earlier one in its place is replaced only once the new one is whole.

    Args:
        checkpoint: What to write.
        folder: Where to; its parent is made.
    """
    with replaced_folder(folder) as partial:
        _write_files(checkpoint, partial)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint, after checking every file against its manifest.

    Args:
        path: The checkpoint folder, or the folder of the run that made it.

    Returns:
        The checkpoint, its model in evaluation mode on the CPU.

    Raises:
        CheckpointError: A file is missing, truncated or changed, or the folder is no checkpoint.
    """
    folder = path if (path / _MANIFEST).is_file() else path / MODEL_FOLDER
    _check_manifest(folder, path)
    try:
        config = config_from_record(_read_json(folder / "recipe.json"), str(folder / "recipe.json"))
        ontology_path = folder / "ontology.json"
        ontology = validate(Ontology, _read_json(ontology_path), str(ontology_path), OntologyError)
        backbone, tokenizer = _load_encoder(folder / "encoder")
        model = build_model(backbone, blank_labels(ontology, int(backbone.config.hidden_size)), config.model)
        model.load_state_dict(safetensors.torch.load_file(folder / "model.safetensors"))
    except (ConfigError, OntologyError, SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"{folder}: must be a checkpoint that this version of eventroles reads, but: {error} Train it again."
        ) from error
    return Checkpoint(
        model=model.eval(),
        tokenizer=tokenizer,
        ontology=ontology,
        config=config,
        provenance=_read_json(folder / "provenance.json"),
    )


def _write_files(checkpoint: Checkpoint, folder: Path) -> None:
    weights = {name: tensor.contiguous().cpu() for name, tensor in checkpoint.model.state_dict().items()}
    safetensors.torch.save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    checkpoint.model.encoder.backbone.config.save_pretrained(folder / "encoder")
    checkpoint.tokenizer.save_pretrained(folder / "encoder")
    _write_json(folder / "recipe.json", record_of_config(checkpoint.config))
    _write_json(folder / "ontology.json", checkpoint.ontology.model_dump(mode="json"))
    _write_json(folder / "provenance.json", dict(checkpoint.provenance))
    files = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
        for path in files_in(folder)
    }
    _write_json(folder / _MANIFEST, {"format": "eventroles checkpoint", "version": FORMAT_VERSION, "files": files})


def _load_encoder(folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Make the encoder, its weights yet to be loaded, and the tokenizer; code in the folder never runs."""
    only_data: dict[str, bool] = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = AutoTokenizer.from_pretrained(folder, **only_data)
    encoder_config = AutoConfig.from_pretrained(folder, **only_data)
    backbone: PreTrainedModel = AutoModel.from_config(  # type: ignore[no-untyped-call]
        encoder_config, trust_remote_code=False
    )
    return backbone, tokenizer


def _check_manifest(folder: Path, asked: Path) -> None:
    path = folder / _MANIFEST
    if not path.is_file():
        found = "there is no such folder" if not asked.exists() else f"neither it nor its {MODEL_FOLDER}/ holds one"
        raise CheckpointError(
            f"{asked}: must be a checkpoint or run folder with a {_MANIFEST}, but {found}. Check the path."
        )
    record = _read_json(path)
    if record.get("version") != FORMAT_VERSION:
        raise CheckpointError(
            f"{path}: must have version {FORMAT_VERSION}, but has version {record.get('version')!r}. "
            "It is of an earlier or later state of eventroles, with other weights: train it again."
        )
    manifest = validate(_Manifest, record, str(path), CheckpointError)
    there = {file.relative_to(folder).as_posix() for file in files_in(folder)} - {_MANIFEST}
    for name in sorted(there - manifest.files.keys()):
        raise CheckpointError(f"{folder / name}: must be in the list of {_MANIFEST}, but is not. Remove it.")
    for name in sorted(manifest.files.keys() - there):
        raise CheckpointError(f"{folder / name}: must be there, as {_MANIFEST} lists it, but is missing. {_ADVICE}")
    for name, entry in manifest.files.items():
        _check_file(folder / name, entry)


def _check_file(path: Path, expected: "_Entry") -> None:
    n_bytes = path.stat().st_size
    if n_bytes != expected.bytes:
        raise CheckpointError(f"{path}: must have {expected.bytes} bytes, but has {n_bytes}. {_ADVICE}")
    if (found := sha256_of(path)) != expected.sha256:
        raise CheckpointError(f"{path}: must have sha256 {expected.sha256}, but has {found}. {_ADVICE}")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: must be readable JSON, but: {error}. Copy the checkpoint again.") from error
    if not isinstance(loaded, dict):
        raise CheckpointError(f"{path}: must hold a JSON object, but does not. Copy the checkpoint again.")
    return loaded


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
