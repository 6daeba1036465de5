"""A tiny backbone, a run trained with it, and ways to train and to call the command line inside the process."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
import torch
import yaml
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from eventroles.assembly import Run, train
from eventroles.cli import main
from eventroles.config import Config, config_from_record
from eventroles.documents import Document
from eventroles.formats.native import write_documents
from eventroles.ontology import Ontology

REPOSITORY = Path(__file__).parents[2]
SEED_DATA = REPOSITORY / "tests" / "data" / "passages"
NEWSWIRE = REPOSITORY / "configs" / "ontologies" / "newswire.yaml"
N_POSITIONS = 128


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a command did."""

    code: int
    stdout: bytes
    stderr: str


class Command(Protocol):
    """Runs `eventroles` with arguments."""

    def __call__(self, *arguments: str | Path, stdin: bytes = b"") -> Outcome: ...


class Script(Protocol):
    """Runs a program in a process of its own, from the repository's root."""

    def __call__(self, *command: str | Path, stdin: bytes = b"") -> Outcome: ...


class ConfigOf(Protocol):
    """Writes documents and an ontology to files, and makes a recipe for them."""

    def __call__(
        self,
        documents: Sequence[Document],
        ontology: Ontology,
        *,
        dev: Sequence[Document] = (),
        test: Sequence[Document] = (),
        sections: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Config: ...


@pytest.fixture(scope="session")
def backbone_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers with random weights, and a tokenizer with the words of the seed article."""
    folder = tmp_path_factory.mktemp("backbone")
    tokenizer = _tokenizer()
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        encoder = BertModel(
            BertConfig(
                vocab_size=len(tokenizer),
                hidden_size=32,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=64,
                max_position_embeddings=N_POSITIONS,
                pad_token_id=tokenizer.pad_token_id,
                initializer_range=0.2,
                hidden_dropout_prob=0.0,
                attention_probs_dropout_prob=0.0,
            )
        )
    encoder.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def seed_settings(backbone_folder: Path) -> Mapping[str, str]:
    """What to set in `configs/seed.yaml` so that a run takes seconds; the output folder is missing."""
    return {
        "model.backbone": str(backbone_folder),
        "model.window_pieces": "96",
        "model.context_pieces": "32",
        "model.head_width": "32",
        "model.conditioned_layers": "1",
        "model.dropout": "0.0",
        "training.num_train_epochs": "2",
        "training.per_device_train_batch_size": "4",
        "training.precision": "float32",
        "training.learning_rate": "3.0e-3",
        "training.head_learning_rate": "2.0e-2",
        "training.trigger_miss_cost": "2.0",
        "training.role_miss_cost": "2.0",
    }


@pytest.fixture(scope="session")
def config_in(backbone_folder: Path) -> Callable[[Path], ConfigOf]:
    """Makes recipes whose files and output lie in a folder."""

    def maker(folder: Path) -> ConfigOf:
        def config_of(
            documents: Sequence[Document],
            ontology: Ontology,
            *,
            dev: Sequence[Document] = (),
            test: Sequence[Document] = (),
            sections: Mapping[str, Mapping[str, Any]] | None = None,
        ) -> Config:
            splits = {"train": documents, "dev": dev, "test": test}
            data: dict[str, Any] = {
                name: [str(_write_split(folder / f"{name}.jsonl", split))] for name, split in splits.items() if split
            }
            ontology_path = folder / "ontology.yaml"
            record = ontology.model_dump(mode="json")
            ontology_path.write_text(yaml.safe_dump(record, allow_unicode=True, sort_keys=False), encoding="utf-8")
            defaults: dict[str, dict[str, Any]] = {
                "run": {"output_dir": str(folder / "run")},
                "data": {**data, "ontology": str(ontology_path)},
                "model": {
                    "backbone": str(backbone_folder),
                    "window_pieces": 96,
                    "context_pieces": 32,
                    "head_width": 32,
                    "conditioned_layers": 1,
                    "dropout": 0.0,
                },
                "training": {
                    "num_train_epochs": 1,
                    "per_device_train_batch_size": 4,
                    "learning_rate": 3e-3,
                    "head_learning_rate": 2e-2,
                    "trigger_miss_cost": 5.0,
                    "role_miss_cost": 5.0,
                    "precision": "float32",
                },
            }
            for name, section in (sections or {}).items():
                defaults[name] = {**defaults.get(name, {}), **section}
            return config_from_record(defaults, "recipe")

        return config_of

    return maker


@pytest.fixture
def config_of(config_in: Callable[[Path], ConfigOf], tmp_path: Path) -> ConfigOf:
    """Makes recipes whose files and output lie in the test's own folder."""
    return config_in(tmp_path)


@pytest.fixture(scope="session")
def seed_run(
    config_in: Callable[[Path], ConfigOf],
    tmp_path_factory: pytest.TempPathFactory,
    seed_documents: Mapping[str, tuple[Document, ...]],
    newswire: Ontology,
) -> Run:
    """A run that knows the seed data by heart; tests copy its folder before they change anything in it."""
    config = config_in(tmp_path_factory.mktemp("seed_run"))(
        seed_documents["train"] + seed_documents["test"],
        newswire,
        test=seed_documents["test"],
        sections={"training": {"num_train_epochs": 40}},
    )
    run = train(config, "cpu")
    found = run.tagger.tag(seed_documents["test"])
    assert any(event.arguments for document in found for event in document.events)
    return run


@pytest.fixture(scope="session")
def newswire() -> Ontology:
    """The shipped ontology."""
    from eventroles.ontology import load_ontology

    return load_ontology(NEWSWIRE)


@pytest.fixture(scope="session")
def seed_documents() -> Mapping[str, tuple[Document, ...]]:
    """The shipped documents by split; `article` is the whole of them as one document."""
    from eventroles.formats.native import read_documents

    return {name: tuple(read_documents(SEED_DATA / f"{name}.jsonl")) for name in ("train", "dev", "test", "article")}


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Runs the command line inside this process, from the repository's root."""
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    def run(*arguments: str | Path, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["eventroles", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfdbinary.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        captured = capfdbinary.readouterr()
        return Outcome(code=code, stdout=captured.out, stderr=captured.err.decode())

    return run


@pytest.fixture(scope="session")
def script() -> Script:
    """Runs a program as a user does, but offline and with warnings as errors."""
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "PYTHONWARNINGS": "error",
    }

    def run(*command: str | Path, stdin: bytes = b"") -> Outcome:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=REPOSITORY,
            env=environment,
            input=stdin,
            capture_output=True,
            timeout=300,
            check=False,
        )
        return Outcome(code=done.returncode, stdout=done.stdout, stderr=done.stderr.decode())

    return run


def _tokenizer() -> PreTrainedTokenizerFast:
    special = {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]"}
    normalizer, splitter = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    words = {word for text in _seed_texts() for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))}
    letters = {letter for word in words for letter in word}
    # A vocabulary in a fixed order: one that is trained comes out otherwise each time. The padding piece is not the
    # first, so that nothing can rely on a padding of 0.
    order = [special["unk_token"], special["cls_token"], special["sep_token"], special["pad_token"]]
    pieces = [*order, *sorted(words | letters | {f"##{letter}" for letter in letters})]
    inner = Tokenizer(
        models.WordPiece({piece: number for number, piece in enumerate(pieces)}, unk_token=special["unk_token"])
    )
    inner.normalizer = normalizer
    inner.pre_tokenizer = splitter
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(name, order.index(name)) for name in ("[CLS]", "[SEP]")]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=inner, model_max_length=N_POSITIONS, **special
    )


def _seed_texts() -> Iterable[str]:
    return [path.read_text(encoding="utf-8") for path in (REPOSITORY / "seeds").glob("*.txt")]


def _write_split(path: Path, documents: Sequence[Document]) -> Path:
    with path.open("wb") as file:
        write_documents(documents, file)
    return path
