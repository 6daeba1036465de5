"""Measure what it costs to run the last k layers again for every trigger, for k = 0 … L.

    PYTHONPATH=src python benchmarks/conditioning.py --out benchmarks/results/conditioning-cpu.md

No network, no training: the packaged encoder with heads that have learnt nothing fills the roles of gold triggers, in
the documents of `--data` that have events (M2E2's test split in TextEE's format, where `data/corpora` has it). Each
round runs every k once, so that drift hits all alike; the best round of each counts. FLOPs are counted on one batch
and worked out by `eventroles.cost`. `--runs FOLDER ...` adds Arg-C with gold triggers of trained runs, each at the k
of its recipe, several of one k as their mean. `--documents 20 --rounds 1` shows that it runs.
"""

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import torch
import transformers
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from eventroles.backbone import load_backbone
from eventroles.batches import TrainingBatch
from eventroles.checkpoint import build_model, build_reader, load_checkpoint
from eventroles.config import PACKAGED_BACKBONE, ModelConfig
from eventroles.cost import encoder_flops
from eventroles.documents import Document
from eventroles.engine import EventRoleTagger
from eventroles.formats.table import DataFormat
from eventroles.labels import read_labels
from eventroles.metrics import Metric, score_documents
from eventroles.model import EventRoleModel
from eventroles.ontology import Ontology, load_ontology
from eventroles.rows import Collator, training_rows
from eventroles.splits import read_split
from eventroles.windows import Reader
from page import command, machine, publish

BATCH_WINDOWS: Final = 8
"""Windows of the batch that FLOPs are counted on."""
HEAD: Final = (
    "| k | pieces/s | pieces/CPU s | of k = 0 | layers, formula, MFLOP | encoder, counted | with role head, counted |"
    " Arg-C |\n|---:|---:|---:|---:|---:|---:|---:|---:|"
)


class Seconds(NamedTuple):
    """Time that something took: by the clock, and of all threads."""

    clock: float
    cpu: float


class Flops(NamedTuple):
    """FLOPs of a batch: of the encoder's layers by the formula, of the encoder as counted, and of the role head too."""

    by_formula: int
    of_encoder: int
    of_all: int


def main() -> None:
    """Measure every k, and write the table."""
    args = arguments()
    torch.set_num_threads(args.threads)
    ontology = load_ontology(args.ontology)
    documents = [d for d in read_split([args.data], ontology, args.format).documents if d.events][: args.documents]
    reader, models = models_of(ontology, args.backbone, args.window_pieces)
    taggers = {k: EventRoleTagger(model, ontology, reader) for k, model in models.items()}
    n_pieces = sum(len(window.piece_ids) for document in documents for window in reader.read(document).windows)
    n_events = sum(len(document.events) for document in documents)
    scores = arg_c_of(args.runs, documents)
    seconds = best_seconds(taggers, documents, args.rounds)
    batch = first_batch(documents, reader, ontology)
    flops = {k: flops_of(model, batch) for k, model in models.items()}
    n_windows, longest = batch.windows.piece_ids.shape
    page = (
        f"# What conditioning costs on a CPU\n\n{machine('torch', 'transformers')}, {args.threads} thread(s).\n\n"
        f"{command()}\n\n"
        f"{args.data}: {len(documents)} documents with {n_events} events, {n_pieces:,} pieces; {args.backbone}, best "
        f"of {args.rounds} rounds. FLOPs of a batch of {n_windows} windows of {longest} pieces, padding included, with "
        f"{len(batch.triggers)} triggers; what is counted includes the pooler, which nothing reads.\n\n"
        + "\n".join([HEAD, *table(n_pieces, seconds, flops, scores)])
    )
    publish(page, args.out)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data/corpora/m2e2/split1/test.json"))
    parser.add_argument("--format", type=DataFormat, default=DataFormat.TEXTEE, help="how the file is written")
    parser.add_argument("--ontology", type=Path, default=Path("configs/ontologies/corpora/m2e2.yaml"))
    parser.add_argument("--backbone", default=PACKAGED_BACKBONE)
    parser.add_argument("--window-pieces", type=int, default=256, help="most pieces of a window, half of them context")
    parser.add_argument("--documents", type=int, help="take no more documents with events than so many")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=Path, nargs="+", default=[], metavar="FOLDER", help="trained runs to score")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the page there as well")
    return parser.parse_args()


def models_of(
    ontology: Ontology, backbone_name: str, window_pieces: int
) -> tuple[Reader, Mapping[int, EventRoleModel]]:
    """Build a model for every k, with one encoder and the same random heads, and their reader."""
    backbone, tokenizer = load_backbone(backbone_name, allow_download=False)
    labels = read_labels(ontology, backbone, tokenizer)
    sizes = ModelConfig(window_pieces=window_pieces, context_pieces=window_pieces // 2)
    models = {}
    for k in range(backbone.config.num_hidden_layers + 1):
        transformers.set_seed(13)
        models[k] = build_model(backbone, labels, sizes.model_copy(update={"conditioned_layers": k})).eval()
    return build_reader(tokenizer, sizes), models


def best_seconds(
    taggers: Mapping[int, EventRoleTagger], documents: Sequence[Document], n_rounds: int
) -> Mapping[int, Seconds]:
    """Fill the roles of the documents with each tagger in turn; the first round only warms up."""
    rounds = [{k: seconds_of(tagger, documents) for k, tagger in taggers.items()} for _ in range(n_rounds + 1)][1:]
    return {k: Seconds(*(min(taken) for taken in zip(*(found[k] for found in rounds), strict=True))) for k in taggers}


def seconds_of(tagger: EventRoleTagger, documents: Iterable[Document]) -> Seconds:
    """Fill the roles of the documents once."""
    started = Seconds(time.perf_counter(), time.process_time())
    list(tagger.fill_roles(documents))
    return Seconds(time.perf_counter() - started.clock, time.process_time() - started.cpu)


def first_batch(documents: Sequence[Document], reader: Reader, ontology: Ontology) -> TrainingBatch:
    """Put the first windows of the documents into a batch with their gold triggers."""
    rows, _ = training_rows(documents, reader, ontology)
    return Collator(ontology, reader.pad_id)(rows[:BATCH_WINDOWS])["batch"]


@torch.inference_mode()
def flops_of(model: EventRoleModel, batch: TrainingBatch) -> Flops:
    """Count the FLOPs of filling the roles of a batch.

    Attention is taken apart into products of matrices: fused, it is not counted on a CPU.
    """
    n_windows, n_pieces = batch.windows.piece_ids.shape
    by_formula = encoder_flops(
        model.encoder.backbone.config,
        n_pieces,
        n_windows=n_windows,
        n_triggers=len(batch.triggers),
        n_conditioned_layers=model.encoder.n_conditioned_layers,
    )
    added = torch.zeros(len(batch.triggers), n_pieces, model.encoder.width)
    with sdpa_kernel(SDPBackend.MATH):
        with FlopCounterMode(display=False) as of_encoder:
            model.encoder.condition(model.encode(batch.windows), batch.triggers.windows, added)
        with FlopCounterMode(display=False) as of_all:
            model.role_logits(model.encode(batch.windows), batch.triggers)
    return Flops(by_formula, of_encoder.get_total_flops(), of_all.get_total_flops())


def arg_c_of(runs: Iterable[Path], documents: Sequence[Document]) -> Mapping[int, float]:
    """Score trained runs with gold triggers; the mean F1 by the k of their recipes."""
    scores = defaultdict[int, list[float]](list)
    for folder in runs:
        checkpoint = load_checkpoint(folder)
        filled = EventRoleTagger.from_checkpoint(checkpoint, "cpu").fill_roles(documents)
        scores[checkpoint.config.model.conditioned_layers].append(score_documents(documents, filled)[Metric.ARG_C].f1)
    return {k: statistics.fmean(found) for k, found in scores.items()}


def table(
    n_pieces: int, seconds: Mapping[int, Seconds], flops: Mapping[int, Flops], scores: Mapping[int, float]
) -> Iterator[str]:
    """Write a row for every k; speed is set against that of k = 0 by CPU time."""
    for k, taken in seconds.items():
        speeds = f"{n_pieces / taken.clock:,.0f} | {n_pieces / taken.cpu:,.0f} | {seconds[0].cpu / taken.cpu:.2f}"
        counts = " | ".join(f"{count / 1e6:,.3f}" for count in flops[k])
        yield f"| {k} | {speeds} | {counts} | {f'{100 * scores[k]:.1f}' if k in scores else ''} |"


if __name__ == "__main__":
    main()
