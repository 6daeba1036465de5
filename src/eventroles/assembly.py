"""Recipes to objects to results: train a run, evaluate a checkpoint, predict texts.

This is the only module that knows the whole road; everything that it puts together can be used without it.
"""

import hashlib
import json
import logging
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Final

import torch
from datasets import Dataset
from transformers import PreTrainedTokenizerBase, TrainingArguments, set_seed

from eventroles.backbone import load_backbone
from eventroles.checkpoint import (
    MODEL_FOLDER,
    Checkpoint,
    build_model,
    build_reader,
    library_versions,
    load_checkpoint,
    save_checkpoint,
)
from eventroles.config import Config, ModelConfig, show_config
from eventroles.documents import Document, Json
from eventroles.engine import EventRoleTagger
from eventroles.errors import ConfigError, DataError, Problems
from eventroles.extension import extended, transferred
from eventroles.formats.native import write_documents
from eventroles.formats.table import DataFormat
from eventroles.gold import Loss, gold_windows
from eventroles.labels import read_labels
from eventroles.mapping import TypeMap, load_type_map
from eventroles.model import EventRoleModel
from eventroles.ontology import Ontology, load_ontology
from eventroles.report.evaluation import Evaluation, evaluation_of, record_of_evaluation, text_of_evaluation
from eventroles.resuming import LAST_EPOCH
from eventroles.rows import Collator, training_rows
from eventroles.runtime import pick_device
from eventroles.splits import Split, read_split, read_splits
from eventroles.training import TRAINER_FOLDER, RoleTrainer, check_passed_on, training_arguments

_logger = logging.getLogger(__name__)

_REPORT_FILES: Final = {
    "report": "report.txt",
    "report for programs": "report.json",
    "beside the gold": "comparison.txt",
    "predictions": "predictions.jsonl",
}

_SAME_TO_START_FROM: Final = ("backbone", "conditioned_layers", "head_width", "dropout", "attention_dropout")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What training leaves behind.

    Attributes:
        tagger: The finished model, read back from its checkpoint.
        evaluation: The report on the test split; None where there is none.
        paths: What was written, by what it is.
    """

    tagger: EventRoleTagger
    evaluation: Evaluation | None
    paths: dict[str, Path]


def train(config: Config, device: str = "auto") -> Run:
    """Carry a recipe out: fine-tune, keep the best epoch, report on the test split.

    A run that was killed is gone on with from the beginning of its last epoch, where recipe, data and versions are the
    same: it comes to what it would have come to.

    Args:
        config: The recipe.
        device: A torch device; `auto` takes an accelerator where there is one.

    Returns:
        The finished model and its report.
    """
    check_passed_on(config.training)
    make_folder(config.run.output_dir, "run.output_dir")
    ontology = load_ontology(config.data.ontology)
    splits = read_splits(config.data, ontology)
    set_seed(config.run.seed)
    trainer, checkpoint, losses = _prepare(config, ontology, splits, device)
    _log_losses("train", losses)
    is_first = trainer.is_world_process_zero()
    if is_first and trainer.resumption.start is None:
        _remove_stale(config.run.output_dir)
    trainer.fit()
    trainer.accelerator.wait_for_everyone()
    folder = config.run.output_dir / MODEL_FOLDER
    if is_first:
        save_checkpoint(checkpoint, folder)
        (config.run.output_dir / "recipe.yaml").write_text(show_config(config), encoding="utf-8")
    trainer.accelerator.wait_for_everyone()
    paths = {"checkpoint": folder, "recipe": config.run.output_dir / "recipe.yaml"}
    tagger = EventRoleTagger.from_pretrained(folder, device)
    evaluation = None
    if splits["test"].documents and is_first:
        evaluation, predictions = evaluate_documents(tagger, splits["test"].documents, _names(config.data.test))
        paths |= write_report(config.run.output_dir, evaluation, predictions)
    if is_first:
        _remove_epochs(config.run.output_dir / TRAINER_FOLDER)
    return Run(tagger=tagger, evaluation=evaluation, paths=paths)


def evaluate_documents(
    tagger: EventRoleTagger, gold: Sequence[Document], split: str, type_map: TypeMap | None = None
) -> tuple[Evaluation, Sequence[Document]]:
    """Score a tagger on annotated documents, end to end and with gold triggers.

    Args:
        tagger: The tagger.
        gold: The documents.
        split: Names them in the report.
        type_map: How the documents say what the tagger's ontology says, where their types are others.

    Returns:
        The report, and the documents as predicted end to end, in the types of the gold.
    """
    not_mapped: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    ours = gold if type_map is None else [type_map.to_ours(document, not_mapped) for document in gold]
    end_to_end, gold_triggers = list(tagger.tag(ours)), list(tagger.fill_roles(ours))
    if type_map is not None:
        end_to_end = [type_map.to_theirs(document, left_out) for document in end_to_end]
        gold_triggers = [type_map.to_theirs(document, Counter()) for document in gold_triggers]
    losses: Counter[Loss] = Counter()
    for document in ours:
        list(gold_windows(tagger.reader.read(document), tagger.ontology, losses))
    counts = {cause.value: count for cause, count in losses.items()}
    counts |= {f"not in the type map: {name}": count for name, count in not_mapped.items()}
    evaluation = evaluation_of(split, gold, (end_to_end, gold_triggers), counts)
    return replace(evaluation, left_out=left_out), end_to_end


def evaluate_file(
    run: Path,
    data: Sequence[Path],
    *,
    device: str = "auto",
    data_format: DataFormat = DataFormat.NATIVE,
    type_map: Path | None = None,
) -> tuple[Evaluation, Sequence[Document]]:
    """Score a checkpoint on files of annotated documents.

    Args:
        run: Checkpoint or run folder.
        data: The files.
        device: A torch device, or `auto`.
        data_format: How the files are written.
        type_map: File that says how their types and roles are called in the checkpoint's ontology; see
            `eventroles.mapping`.

    Returns:
        The report, and the documents as predicted end to end.

    Raises:
        DataError: The files hold no document.
    """
    tagger = EventRoleTagger.from_pretrained(run, device)
    mapped = None if type_map is None else load_type_map(type_map, tagger.ontology)
    split = read_split(data, tagger.ontology if mapped is None else None, data_format)
    if not split.documents:
        raise DataError(f"{_names(data)}: must hold at least one document, but holds none. Check the file.")
    return evaluate_documents(tagger, split.documents, _names(data), mapped)


def write_report(folder: Path, evaluation: Evaluation, predictions: Iterable[Document]) -> dict[str, Path]:
    """Write a report for people and for programs, and the predictions it is about.

    Args:
        folder: Where to.
        evaluation: The report.
        predictions: The predicted documents.

    Returns:
        What was written, by what it is.
    """
    paths = {name: folder / file for name, file in _REPORT_FILES.items()}
    paths["report"].write_text(text_of_evaluation(evaluation), encoding="utf-8")
    paths["beside the gold"].write_text(evaluation.comparison + "\n", encoding="utf-8")
    record = json.dumps(record_of_evaluation(evaluation), ensure_ascii=False, indent=2)
    paths["report for programs"].write_text(record + "\n", encoding="utf-8")
    with paths["predictions"].open("wb") as file:
        write_documents(predictions, file)
    return paths


def _prepare(
    config: Config, ontology: Ontology, splits: dict[str, Split], device_name: str
) -> tuple[RoleTrainer, Checkpoint, Counter[Loss]]:
    device = pick_device(device_name)
    if device.index and device_name != "auto":
        raise ConfigError(
            f"--device: must be auto, cpu or cuda for training, but is '{device_name}'. "
            f"Choose the card by its number with CUDA_VISIBLE_DEVICES={device.index}."
        )
    dev = splits["dev"].documents
    args = training_arguments(config, device=device, has_dev=bool(dev))
    model, tokenizer = _first_model(config.model, ontology)
    model = model.to(device)
    reader = build_reader(tokenizer, config.model)
    rows, losses = training_rows(splits["train"].documents, reader, ontology)
    if not rows:
        raise ConfigError(
            f"data.train: {_names(config.data.train)} must hold at least one annotated word, but holds "
            f"{len(splits['train'].documents)} documents without one. Check the files."
        )
    checkpoint = Checkpoint(
        model=model,
        tokenizer=tokenizer,
        ontology=ontology,
        config=config,
        provenance=_provenance(config, splits),
    )
    trainer = RoleTrainer(
        model=model,
        args=args,
        training=config.training,
        train_dataset=Dataset.from_list(rows),
        collator=Collator(ontology, reader.pad_id),
        tagger=EventRoleTagger(model, ontology, reader, config.inference),
        dev=dev,
        made_of=_fingerprint(config, splits, checkpoint, args),
    )
    return trainer, checkpoint, losses


def _first_model(config: ModelConfig, ontology: Ontology) -> tuple[EventRoleModel, PreTrainedTokenizerBase]:
    """Make the network that training begins with."""
    if folder := config.start_from or config.transfer_from:
        start = load_checkpoint(folder)
        _refuse_another_network(config, start.config.model)
        relabelled = extended(start, ontology) if config.start_from else transferred(start, ontology)
        return relabelled.model, start.tokenizer
    backbone, tokenizer = load_backbone(
        config.backbone, allow_download=config.allow_download, attention_dropout=config.attention_dropout
    )
    return build_model(backbone, read_labels(ontology, backbone, tokenizer), config), tokenizer


def _refuse_another_network(config: ModelConfig, start: ModelConfig) -> None:
    problems = Problems()
    for name in _SAME_TO_START_FROM:
        ours, theirs = getattr(config, name), getattr(start, name)
        if ours != theirs:
            problems.add(
                f"model.{name}",
                f"must be {theirs!r}, as in the checkpoint that it starts from, but is {ours!r}. Correct it.",
            )
    problems.raise_if_any(ConfigError)


def _provenance(config: Config, splits: Mapping[str, Split]) -> dict[str, Json]:
    return {
        "seed": config.run.seed,
        "data": {
            name: {"files": _names(getattr(config.data, name)), "sha256": split.sha256, "n": len(split.documents)}
            for name, split in splits.items()
        },
        "libraries": library_versions(),
    }


def _fingerprint(config: Config, splits: Mapping[str, Split], checkpoint: Checkpoint, args: TrainingArguments) -> str:
    """Hash all that decides what training comes to, wherever its files lie: also the weights that it begins with."""
    told = config.model_copy(
        update={
            "run": config.run.model_copy(update={"output_dir": Path()}),
            "data": config.data.model_copy(update={"train": (), "dev": (), "test": (), "ontology": Path()}),
        }
    )
    parts = (
        show_config(told),
        checkpoint.ontology.model_dump_json(),
        splits["train"].sha256,
        splits["dev"].sha256,
        json.dumps([library_versions(), version("accelerate"), version("datasets")]),
        f"{args.world_size} x {args.device.type}",
        str(getattr(checkpoint.tokenizer, "backend_tokenizer", checkpoint.tokenizer)),
    )
    digest = hashlib.sha256("\0".join(parts).encode())
    for name, tensor in checkpoint.model.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _names(files: Iterable[Path]) -> str:
    return ", ".join(map(str, files))


def _log_losses(split: str, losses: Mapping[Loss, int]) -> None:
    for cause, count in sorted(losses.items()):
        missed = "" if cause is Loss.MENTION else ", and a miss in every score"
        _logger.warning("%s: %d x %s: not learnt from%s", split, count, cause, missed)


def _remove_stale(folder: Path) -> None:
    """Remove what an earlier run left besides its checkpoint: its report, and what it noted while it trained."""
    for name in _REPORT_FILES.values():
        (folder / name).unlink(missing_ok=True)
    for path in folder.glob(f".{MODEL_FOLDER}.*"):
        shutil.rmtree(path)
    _remove_epochs(folder / TRAINER_FOLDER)


def _remove_epochs(folder: Path) -> None:
    """Remove the weights of single epochs, and what a killed run would be resumed from."""
    for pattern in ("checkpoint-*", f"{LAST_EPOCH}-*", f".{LAST_EPOCH}-*"):
        for path in folder.glob(pattern):
            shutil.rmtree(path)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def make_folder(folder: Path, asked_by: str) -> None:
    """Make a folder to write to.

    Args:
        folder: The folder.
        asked_by: The setting or option that names it, for the error.

    Raises:
        ConfigError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{asked_by}: {folder} must be a folder that can be written to, but: {error.strerror}. Choose another."
        ) from error
