"""Measure how well a finished model tags a new event type: from its text alone, then from a few annotated events.

    PYTHONPATH=src python benchmarks/few_shot.py configs/corpora/geneva.yaml Building --folder runs/few_shot

No network. A base model is trained by the recipe with an ontology that lacks the type, on the same documents without
the events of the type: the sentences stay, as nobody knew the type when they were annotated. It is extended by the
whole ontology and scored (0 shots). Then, for every seed, it learns on from training documents that hold n events of
the type, and from others without any (`--replay`) lest it forget. What was finished in the folder, of the same recipes
and data, is not made again. `--full RUN ...` adds runs that were trained on everything.
"""

import argparse
import hashlib
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from eventroles.assembly import train
from eventroles.backbone import sha256_of
from eventroles.checkpoint import MODEL_FOLDER, load_checkpoint, save_checkpoint
from eventroles.config import Config, DataConfig, RunConfig, load_config, show_config
from eventroles.engine import EventRoleTagger
from eventroles.errors import ConfigError, suggest
from eventroles.extension import extended
from eventroles.formats.native import write_native
from eventroles.formats.sinks import replaced
from eventroles.ontology import Ontology, load_ontology
from eventroles.ontology_changes import yaml_of_ontology
from eventroles.schema import Strict
from eventroles.splits import Split, read_splits
from one_type import SCORES, document_without, f1_of, holding, in_order_of, n_events_of, ontology_without
from page import command, machine, publish


class Study(NamedTuple):
    """What every step needs."""

    event_type: str
    recipe: Config
    ontology: Ontology
    splits: Mapping[str, Split]
    folder: Path
    n_epochs: int
    n_replayed: int
    device: str

    def score(self, tagger: EventRoleTagger) -> Mapping[str, float]:
        """Score a tagger on the test split."""
        return f1_of(tagger, self.event_type, self.splits["test"].documents)


class Result(Strict):
    """What a step leaves in its folder: a hash of the recipes and data behind it, and F1 by name; none of the base."""

    made_of: str
    f1: dict[str, float]


class Point(NamedTuple):
    """A point of the curve: how many events of the type were learnt from, and F1 by name."""

    n_events: int
    f1: Mapping[str, float]


def main() -> None:
    """Make what is not made yet, and write the table."""
    args = arguments()
    study = study_of(args)
    full = [score_run(study, run) for run in args.full]
    start = extend_base(study, train_base(study))
    curve = {"0": [Point(0, start.f1)]}
    for n_shots in filter(None, args.shots):
        curve[str(n_shots)] = [learn(study, start, n_shots, seed) for seed in args.seeds]
    curve |= {"all": full} if full else {}
    learnt, asked = (study.splits[split].documents for split in ("train", "test"))
    n_learnt, n_asked = (n_events_of(study.event_type, documents) for documents in (learnt, asked))
    page = (
        f"# A few examples of {study.event_type}\n\n{machine('torch', 'transformers')}.\n\n{command()}\n\n"
        f"{args.recipe}: {n_learnt} events of {study.event_type} in {len(learnt):,} training documents, {n_asked} in "
        f"{len(asked):,} test documents. With 0 shots, a model that never heard of the type has read what its ontology "
        f"says of it; else it has learnt on, for {study.n_epochs} epochs, from documents with so many events of it and "
        f"from at most {study.n_replayed} without. F1 of the type, then of all others, end to end but where gold "
        f"triggers are named: mean ± deviation over seeds {', '.join(map(str, args.seeds))}.\n\n"
        + "\n".join(table(curve))
    )
    publish(page, args.out)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", type=Path, help="a recipe with a test split")
    parser.add_argument("event_type", metavar="TYPE", help="the event type to hold out")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="override the recipe")
    parser.add_argument("--folder", type=Path, default=Path("runs/few_shot"), help="where data and runs go")
    parser.add_argument("--shots", type=int, nargs="+", default=[0, 1, 5, 10], metavar="N", help="0 is always made")
    parser.add_argument("--seeds", type=int, nargs="+", default=[13, 14, 15], metavar="SEED")
    parser.add_argument("--replay", type=int, default=200, metavar="N", help="documents without the type to learn from")
    parser.add_argument("--epochs", type=int, default=10, help="epochs on the shots")
    parser.add_argument("--full", type=Path, nargs="+", default=[], metavar="RUN", help="runs trained on everything")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the page there as well")
    return parser.parse_args()


def study_of(args: argparse.Namespace) -> Study:
    """Read the recipe and its data, which must hold events of the type to learn from and to find."""
    recipe = load_config(args.recipe, args.set)
    ontology = load_ontology(recipe.data.ontology)
    splits = read_splits(recipe.data, ontology)
    for name in ("train", "test"):
        types = {event.event_type for document in splits[name].documents for event in document.events}
        if args.event_type not in types:
            meant = suggest(args.event_type, types)
            raise ConfigError(f"data.{name}: must hold events of '{args.event_type}', but holds none. {meant}")
    return Study(args.event_type, recipe, ontology, splits, args.folder, args.epochs, args.replay, args.device)


def score_run(study: Study, run: Path) -> Point:
    """Score a run that was trained on everything."""
    tagger = EventRoleTagger.from_pretrained(run, study.device)
    if set(tagger.ontology.type_names) != set(study.ontology.type_names):
        raise ConfigError(f"--full: {run} must tag what {study.recipe.data.ontology} says, but does not. Name another.")
    return Point(n_events_of(study.event_type, study.splits["train"].documents), study.score(tagger))


def train_base(study: Study) -> Result:
    """Train a model that has never heard of the type."""
    data, folder = study.folder / "data", study.folder / "base"
    with replaced(data / "ontology.yaml") as file:
        file.write(yaml_of_ontology(ontology_without(study.event_type, study.ontology)).encode())
    for name in ("train", "dev"):
        documents = (document_without(study.event_type, each) for each in study.splits[name].documents)
        write_native(documents, data / f"{name}.jsonl", Counter())
    files = DataConfig(train=(data / "train.jsonl",), dev=(data / "dev.jsonl",), ontology=data / "ontology.yaml")
    run = RunConfig(output_dir=folder, seed=study.recipe.run.seed)
    recipe = study.recipe.model_copy(update={"run": run, "data": files})

    def make() -> Mapping[str, float]:
        train(recipe, study.device)
        return {}

    return once(folder, [show_config(recipe), *map(sha256_of, (*files.train, *files.dev, files.ontology))], make)


def extend_base(study: Study, base: Result) -> Result:
    """Give the base model the whole ontology, and score it."""
    folder = study.folder / "extended"

    def make() -> Mapping[str, float]:
        save_checkpoint(extended(load_checkpoint(study.folder / "base"), study.ontology), folder / MODEL_FOLDER)
        return study.score(EventRoleTagger.from_pretrained(folder, study.device))

    return once(folder, [base.made_of, study.ontology.model_dump_json(), study.splits["test"].sha256], make)


def learn(study: Study, start: Result, n_shots: int, seed: int) -> Point:
    """Train the extended model on documents that hold so many events of the type, and score it."""
    documents = in_order_of(seed, study.splits["train"].documents)
    shots = holding(n_shots, study.event_type, documents)
    others = [each for each in documents if not n_events_of(study.event_type, [each])][: study.n_replayed]
    folder = study.folder / f"shots-{n_shots}" / f"seed-{seed}"
    file = folder / "train.jsonl"
    write_native((*shots, *others), file, Counter())
    recipe = study.recipe.model_copy(
        update={
            "run": RunConfig(output_dir=folder, seed=seed),
            "data": DataConfig(train=(file,), ontology=study.recipe.data.ontology),
            "model": study.recipe.model.model_copy(update={"start_from": study.folder / "extended"}),
            "training": study.recipe.training.model_copy(update={"num_train_epochs": study.n_epochs}),
        }
    )
    made_of = [start.made_of, show_config(recipe), sha256_of(file)]
    done = once(folder, made_of, lambda: study.score(train(recipe, study.device).tagger))
    return Point(n_events_of(study.event_type, shots), done.f1)


def once(folder: Path, made_of: Sequence[str], make: Callable[[], Mapping[str, float]]) -> Result:
    """Do a step and keep its result in its folder, unless that of the same step is there.

    A result of anything else is removed first: the step may be stopped when it has written all but its own.
    """
    path, told = folder / "result.json", hashlib.sha256("\n".join(made_of).encode()).hexdigest()
    try:
        done = Result.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        done = None
    if done is not None and done.made_of == told:
        return done
    path.unlink(missing_ok=True)
    done = Result(made_of=told, f1=dict(make()))
    with replaced(path) as file:
        file.write(done.model_dump_json(indent=2).encode() + b"\n")
    print(f"{folder}: done", file=sys.stderr)
    return done


def table(curve: Mapping[str, Sequence[Point]]) -> Iterator[str]:
    """Write a row for every number of shots."""
    yield f"| shots | events in train | {' | '.join(SCORES)} |"
    yield "|---:" * (len(SCORES) + 2) + "|"
    for shots, points in curve.items():
        n_events = ", ".join(map(str, sorted({point.n_events for point in points})))
        cells = (spread([100 * point.f1[score] for point in points]) for score in SCORES)
        yield f"| {shots} | {n_events} | {' | '.join(cells)} |"


def spread(values: Sequence[float]) -> str:
    """Write the mean, and the standard deviation where there are several values."""
    return f"{statistics.fmean(values):.1f}" + (f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else "")


if __name__ == "__main__":
    main()
