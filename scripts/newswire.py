"""Build, check and describe `data/newswire/`, which is written as interlinear articles.

`python scripts/newswire.py build` turns the articles into the three JSONL files of their splits; `suspects` lists gold
that a second look should go to; `agreement` compares the articles that were annotated twice; `describe` counts.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
import yaml

from eventroles.cli import run_app
from eventroles.documents import Document
from eventroles.errors import DataError
from eventroles.formats.interlinear import read_interlinear
from eventroles.formats.native import write_documents
from eventroles.ontology import Ontology, load_ontology
from eventroles.report.agreement import agreement_of, text_of_agreement
from eventroles.report.corpus import RUN_WORDS, Corpus, corpus_of, shared_runs
from eventroles.report.suspects import suspects_of

REPOSITORY = Path(__file__).parents[1]
NEWSWIRE = REPOSITORY / "data" / "newswire"
ONTOLOGY = REPOSITORY / "configs" / "ontologies" / "newswire.yaml"

Folder = Annotated[Path, typer.Option("--folder", help="Where articles/, splits.yaml and the built files are.")]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


def read_folder(folder: Path, ontology: Ontology) -> list[Document]:
    """Read all articles of a folder, in order of name."""
    return list(read_interlinear(sorted(folder.glob("*.txt")), ontology))


def read_splits(folder: Path, documents: Sequence[Document]) -> dict[str, list[Document]]:
    """Deal the articles out to their splits, each to exactly one."""
    named = yaml.safe_load((folder / "splits.yaml").read_text(encoding="utf-8"))
    n_named = Counter(id_ for ids in named.values() for id_ in ids)
    by_id = {document.id: document for document in documents}
    wrong = sorted(id_ for id_ in n_named.keys() | by_id.keys() if n_named[id_] != 1 or id_ not in by_id)
    if wrong:
        raise DataError(f"{folder / 'splits.yaml'}: must name every article once, but does not: {', '.join(wrong)}.")
    return {name: [by_id[id_] for id_ in sorted(ids)] for name, ids in named.items()}


@app.command()
def build(folder: Folder = NEWSWIRE, output: Annotated[Path | None, typer.Option("--output")] = None) -> None:
    """Turn the articles into train.jsonl, dev.jsonl and test.jsonl."""
    documents = read_folder(folder / "articles", load_ontology(ONTOLOGY))
    for name, split in read_splits(folder, documents).items():
        with ((output or folder) / f"{name}.jsonl").open("wb") as file:
            write_documents(split, file)


@app.command()
def suspects(folder: Folder = NEWSWIRE) -> None:
    """List gold that a second look should go to."""
    ontology = load_ontology(ONTOLOGY)
    found = sorted(suspects_of(read_folder(folder / "articles", ontology), ontology), key=lambda one: one.kind)
    for one in found:
        typer.echo(f"{one.document:8} {one.kind}: {one.what}")
    typer.echo(f"{len(found)} to look at")


@app.command()
def agreement(folder: Folder = NEWSWIRE) -> None:
    """Compare the two first annotations of the articles that were annotated twice, before the two were settled."""
    ontology = load_ontology(ONTOLOGY)
    first, second = (read_folder(folder / "agreement" / name, ontology) for name in ("first", "second"))
    typer.echo(f"{len(first)} articles annotated twice")
    typer.echo(text_of_agreement(agreement_of(first, second)))


@app.command()
def describe(folder: Folder = NEWSWIRE) -> None:
    """Count what the corpus holds and how varied it is."""
    ontology = load_ontology(ONTOLOGY)
    documents = read_folder(folder / "articles", ontology)
    splits = {name: corpus_of(split) for name, split in read_splits(folder, documents).items()}
    whole = corpus_of(documents)
    typer.echo(_overview(splits | {"all": whole}))
    typer.echo(_types(ontology, splits, whole))
    runs = sorted(shared_runs(documents), reverse=True)
    longest = f"; the longest has {runs[0][0]}: '{runs[0][3]}' ({runs[0][1]}, {runs[0][2]})" if runs else ""
    typer.echo(f"\nRuns of {RUN_WORDS} words or more that two articles share: {len(runs)}{longest}")


def _overview(columns: dict[str, Corpus]) -> str:
    def percent(part: int, whole: int) -> str:
        return f"{part} ({100 * part / whole:.1f} %)" if whole else "0"

    rows = {
        "articles": [f"{of.n_documents}" for of in columns.values()],
        "articles without an event": [f"{of.n_empty}" for of in columns.values()],
        "sentences": [f"{of.n_sentences}" for of in columns.values()],
        "words": [f"{of.n_words}" for of in columns.values()],
        "events": [f"{of.n_events}" for of in columns.values()],
        "triggers of several words": [percent(of.n_long_triggers, of.n_events) for of in columns.values()],
        "arguments": [f"{of.n_arguments}" for of in columns.values()],
        "in another sentence than their trigger": [percent(of.n_across, of.n_arguments) for of in columns.values()],
        "argument spans": [f"{of.n_spans}" for of in columns.values()],
        "in several events": [percent(of.n_shared_spans, of.n_spans) for of in columns.values()],
        "inside another argument": [percent(of.n_nested_spans, of.n_spans) for of in columns.values()],
    }
    head = ["| | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    return "\n".join([*head, *(f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items())])


def _types(ontology: Ontology, splits: dict[str, Corpus], whole: Corpus) -> str:
    lines = [
        "",
        "| event type | " + " | ".join(splits) + " | entropy of triggers, bits | commonest | arguments by role |",
        "|---|" + "---:|" * (len(splits) + 1) + "---|---|",
    ]
    for name in ontology.type_names:
        counts = [f"{of.events.get(name, 0)}" for of in splits.values()]
        entropy, (top, share) = whole.trigger_entropy.get(name, 0.0), whole.top_trigger.get(name, ("", 0.0))
        roles = ", ".join(f"{role} {whole.arguments.get((name, role), 0)}" for role in ontology.legal_roles(name))
        lines.append(f"| {name} | {' | '.join(counts)} | {entropy:.1f} | {top} {100 * share:.0f} % | {roles} |")
    return "\n".join(lines)


if __name__ == "__main__":
    run_app(app)
