"""Measure training and tagging on an accelerator, and compare its answers with the CPU's.

    PYTHONPATH=src python benchmarks/gpu.py --out benchmarks/results/gpu.json

One call, under ten minutes, no network. Fine-tunes on the seed article for some steps, so that there are events to
find, then tags copies of it. Needs neither `datasets` nor `seqeval`. With `--device cpu --articles 1 --steps 2` it runs
anywhere, to show that it runs.
"""

import argparse
import copy
import itertools
import json
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch
import transformers

from eventroles.backbone import load_backbone
from eventroles.batches import TrainingBatch
from eventroles.checkpoint import build_model, build_reader
from eventroles.config import PACKAGED_BACKBONE, InferenceConfig, ModelConfig, Precision
from eventroles.documents import Document, Event, Json
from eventroles.engine import EventRoleTagger
from eventroles.formats.native import read_documents
from eventroles.labels import read_labels
from eventroles.losses import MissCosts, joint_loss
from eventroles.model import EventRoleModel
from eventroles.ontology import Ontology, load_ontology
from eventroles.rows import Collator, training_rows
from eventroles.runtime import autocast, pick_device
from eventroles.windows import Reader
from page import publish

ROOT = Path(__file__).resolve().parent.parent
BATCH_WINDOWS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every measurement needs."""

    ontology: Ontology
    article: Document
    reader: Reader
    device: torch.device
    steps: int
    articles: int


def main() -> None:
    """Run every measurement and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--backbone", default=PACKAGED_BACKBONE)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    transformers.set_seed(13)
    ontology = load_ontology(ROOT / "configs/ontologies/newswire.yaml")
    backbone, tokenizer = load_backbone(args.backbone, allow_download=False)
    config = ModelConfig()
    model = build_model(backbone, read_labels(ontology, backbone, tokenizer), config)
    setting = Setting(
        ontology=ontology,
        article=next(read_documents(ROOT / "data/seed/article.jsonl", ontology)),
        reader=build_reader(tokenizer, config),
        device=pick_device(args.device),
        steps=args.steps,
        articles=args.articles,
    )
    figures: dict[str, Json] = {"machine": describe(setting.device), "training": dict(measure_training(model, setting))}
    figures["equivalence"] = compare_devices(model, setting)
    figures["tagging"] = dict(measure_tagging(model.to(setting.device), setting))
    publish(json.dumps(figures, indent=2), args.out)


def describe(device: torch.device) -> Mapping[str, Json]:
    """Say what was measured on, and when."""
    return {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or device.type,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "date": datetime.now(UTC).date().isoformat(),
    }


def measure_training(model: EventRoleModel, setting: Setting) -> Iterator[tuple[str, Json]]:
    """Train a copy in float32, then the model itself in bfloat16; yields pieces a second and peak memory."""
    for precision, trained in ((Precision.FLOAT32, copy.deepcopy(model)), (Precision.BFLOAT16, model)):
        reset_peak(setting.device)
        n_pieces, seconds = train(trained.to(setting.device).train(), setting, precision)
        yield precision.value, {"pieces_per_second": round(n_pieces / seconds), "peak_bytes": peak(setting.device)}


def train(model: EventRoleModel, setting: Setting, precision: Precision) -> tuple[int, float]:
    """Take the steps; returns pieces read by the shared pass and seconds, the first five steps left out."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    n_pieces, started = 0, time.perf_counter()
    for step, batch in enumerate(itertools.islice(batches(setting), setting.steps)):
        if step == min(5, setting.steps - 1):
            synchronize(setting.device)
            n_pieces, started = 0, time.perf_counter()
        with autocast(precision, setting.device):
            scores = model(batch.windows, batch.triggers)
        role_mask = model.role_mask(batch.triggers.types)
        joint_loss(scores, batch, role_mask=role_mask, costs=MissCosts()).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()
        n_pieces += batch.windows.piece_ids.numel()
    synchronize(setting.device)
    return n_pieces, time.perf_counter() - started


def batches(setting: Setting) -> Iterator[TrainingBatch]:
    """Repeat the article's windows in batches without end."""
    rows, _ = training_rows([setting.article], setting.reader, setting.ontology)
    collator = Collator(setting.ontology, setting.reader.pad_id)
    stream = itertools.cycle(rows)
    while True:
        yield collator(list(itertools.islice(stream, BATCH_WINDOWS)))["batch"].to(setting.device)


def compare_devices(model: EventRoleModel, setting: Setting) -> Json:
    """Tag the article on the CPU and on the device in float32; the spans must be the same."""
    tagged = [
        next(tagger(model.to(device), setting, InferenceConfig()).tag([setting.article])).events
        for device in (torch.device("cpu"), setting.device)
    ]
    same = [spans(events) for events in tagged]
    gaps = [abs((a.score or 0) - (b.score or 0)) for a, b in zip(*tagged, strict=False)]
    return {"n_events": len(tagged[0]), "same_spans": same[0] == same[1], "largest_score_gap": max(gaps, default=0.0)}


def measure_tagging(model: EventRoleModel, setting: Setting) -> Iterator[tuple[str, Json]]:
    """Tag copies of the article, at two batch sizes and in both precisions."""
    for precision, batch_pieces in itertools.product((Precision.FLOAT32, Precision.BFLOAT16), (8192, 65536)):
        ready = tagger(model, setting, InferenceConfig(precision=precision, batch_pieces=batch_pieces))
        list(ready.tag([setting.article]))
        reset_peak(setting.device)
        started = time.perf_counter()
        n_windows = sum(
            document.receipt.n_windows
            for document in ready.tag(setting.article for _ in range(setting.articles))
            if document.receipt is not None
        )
        seconds = time.perf_counter() - started
        yield (
            f"{precision.value}, {batch_pieces} pieces a batch",
            {
                "articles_per_second": round(setting.articles / seconds, 1),
                "windows_per_second": round(n_windows / seconds, 1),
                "peak_bytes": peak(setting.device),
            },
        )


def tagger(model: EventRoleModel, setting: Setting, inference: InferenceConfig) -> EventRoleTagger:
    """Make a tagger of the model as it is."""
    return EventRoleTagger(model.eval(), setting.ontology, setting.reader, inference)


def spans(events: Sequence[Event]) -> list[object]:
    """List everything of events but their scores."""
    return [(e.event_type, e.trigger, [(a.role, a.char_span) for a in e.arguments]) for e in events]


def synchronize(device: torch.device) -> None:
    """Wait until the device has done all it was given."""
    if device.type != "cpu":
        torch.accelerator.synchronize()


def reset_peak(device: torch.device) -> None:
    """Begin to watch the device's memory."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak(device: torch.device) -> int | None:
    """Most bytes that the device held since `reset_peak`; None where it does not say."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None


if __name__ == "__main__":
    main()
