"""A finished model as a folder: safetensors + JSON, self-describing, written whole or not at all."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import safetensors.torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from eventroles.backbone import sha256_of
from eventroles.config import Config, ModelConfig, config_from_record, record_of_config
from eventroles.documents import Json
from eventroles.errors import CheckpointError, ConfigError, OntologyError
from eventroles.labels import blank_labels
from eventroles.model import EventRoleModel, LabelTable
from eventroles.ontology import Ontology
from eventroles.schema import validate
from eventroles.windows import Reader

FORMAT_VERSION: Final = 1
MODEL_FOLDER: Final = "model"
_MANIFEST: Final = "manifest.json"
_LIBRARIES: Final = ("eventroles", "torch", "transformers", "tokenizers", "safetensors", "numpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Everything needed to evaluate and predict.

    Attributes:
        model: The network with its weights.
        tokenizer: The encoder's tokenizer.
        ontology: What it tags.
        config: The resolved recipe it was trained by.
        provenance: Where it comes from: data fingerprint, seed, library versions, dev scores.
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
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _write_files(checkpoint, partial)
        partial.chmod(0o755)
        _replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


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
        tokenizer = AutoTokenizer.from_pretrained(folder / "encoder", local_files_only=True)
        backbone: PreTrainedModel = AutoModel.from_config(  # type: ignore[no-untyped-call]
            AutoConfig.from_pretrained(folder / "encoder", local_files_only=True)
        )
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
        str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    _write_json(folder / _MANIFEST, {"format": "eventroles checkpoint", "version": FORMAT_VERSION, "files": files})


def _replace(partial: Path, folder: Path) -> None:
    if not folder.exists():
        partial.rename(folder)
        return
    retired = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
    folder.rename(retired / folder.name)
    partial.rename(folder)
    shutil.rmtree(retired)


def _check_manifest(folder: Path, asked: Path) -> None:
    if not (folder / _MANIFEST).is_file():
        found = "there is no such folder" if not asked.exists() else f"neither it nor its {MODEL_FOLDER}/ holds one"
        raise CheckpointError(
            f"{asked}: must be a checkpoint or run folder with a {_MANIFEST}, but {found}. Check the path."
        )
    manifest = _read_json(folder / _MANIFEST)
    if manifest.get("version") != FORMAT_VERSION or not isinstance(manifest.get("files"), dict):
        raise CheckpointError(
            f"{folder / _MANIFEST}: must have version {FORMAT_VERSION} and a list of files, but has version "
            f"{manifest.get('version')!r}. Use the version of eventroles that wrote it, or train it again."
        )
    for name, expected in manifest["files"].items():
        _check_file(folder / name, expected)


def _check_file(path: Path, expected: Mapping[str, Any]) -> None:
    advice = "Copy the checkpoint again, or train it again."
    if not path.is_file():
        raise CheckpointError(f"{path}: must be there, as {_MANIFEST} lists it, but is missing. {advice}")
    n_bytes = path.stat().st_size
    if n_bytes != expected["bytes"]:
        raise CheckpointError(f"{path}: must have {expected['bytes']} bytes, but has {n_bytes}. {advice}")
    if (found := sha256_of(path)) != expected["sha256"]:
        raise CheckpointError(f"{path}: must have sha256 {expected['sha256']}, but has {found}. {advice}")


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
