"""Measure the best scores that the gold of five corpora allows, and put them into `docs/ceilings.md`.

`python scripts/ceilings.py FOLDER` reads `FOLDER/<corpus>/split1/<split>.json` in TextEE's format. No network.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from eventroles.backbone import load_tokenizer
from eventroles.ceiling import Ceiling, ceiling_of
from eventroles.cli import run_app
from eventroles.config import PACKAGED_BACKBONE
from eventroles.documents import Argument, Document, Event
from eventroles.errors import DataError
from eventroles.formats.textee import read_textee
from eventroles.gold import gold_windows
from eventroles.metrics import Counts, Metric, score_documents
from eventroles.ontology import Ontology, load_ontology
from eventroles.spans import Span
from eventroles.windows import ReadDocument, Reader
from eventroles.words import char_span_of, word_span_of

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "ceilings.md"
ONTOLOGIES: Final = ROOT / "configs" / "ontologies" / "corpora"
CORPORA: Final = ("m2e2", "phee", "geneva", "casie", "muc4")
SPLITS: Final = ("train", "dev", "test")
WINDOWS: Final = ((256, 128), (128, 32))
"""Pieces of a window, and those of them that are context: the defaults, and shorter ones."""

_BORDER: Final = "<!-- Between these lines stands what scripts/ceilings.py wrote. -->\n"
_HEAD: Final = (
    "| corpus | split | window / context | documents, of which need several windows | Tri-C | Arg-C | Arg-C of one "
    "sequence | gold that the tracks lose |\n|---|---|---|---|---|---|---|---|\n"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def read_split(path: Path, ontology: Ontology) -> list[Document]:
    """Read the sound documents of a split; what is wrong with the others is told."""
    documents = []
    try:
        for document in read_textee(path, ontology):
            documents.append(document)
    except DataError as error:
        typer.echo(f"left out:\n{error}", err=True)
    return documents


def row_of(name: tuple[str, str], documents: Sequence[Document], ontology: Ontology, sizes: tuple[int, int]) -> str:
    """Write the row of a corpus and split, read in windows of a size."""
    tokenizer = load_tokenizer(PACKAGED_BACKBONE, allow_download=False)
    reader = Reader(tokenizer, window_pieces=sizes[0], context_pieces=sizes[1])
    ceiling, flat = ceiling_of(documents, reader, ontology), flat_counts(documents, reader, ontology)
    scores = (ceiling.scores[Metric.TRI_C], ceiling.scores[Metric.ARG_C], flat)
    cells = (
        *name,
        f"{sizes[0]} / {sizes[1]}",
        f"{ceiling.n_documents}, {ceiling.n_windowed}",
        *(f"{100 * counts.f1:.2f}" for counts in scores),
        _losses(ceiling),
    )
    return f"| {' | '.join(cells)} |\n"


def flat_counts(documents: Iterable[Document], reader: Reader, ontology: Ontology) -> Counts:
    """Count Arg-C of the most that one tag sequence for each trigger can say, if a word has one role at most.

    Args:
        documents: Annotated documents.
        reader: Cuts them into windows.
        ontology: Tells which event types are document-level.

    Returns:
        The counts. Of the arguments of an event as many are kept as do not overlap; of one that several events of a
        type share, which Arg-C counts once, only the first such event needs to keep it.
    """
    reads = [reader.read(document) for document in documents]
    kept = [replace(read.document, events=tuple(_flat_events(read, ontology))) for read in reads]
    return score_documents([read.document for read in reads], kept)[Metric.ARG_C]


def apart(spans: Mapping[tuple[str, Span], Span]) -> Iterator[tuple[str, Span]]:
    """Pick as many spans as do not overlap.

    Args:
        spans: Spans in words, by what they are.

    Yields:
        What was picked: always the span that ends first of those that are free, which no other choice outdoes
        (Kleinberg and Tardos, Algorithm Design, 4.1).
    """
    free_from = 0
    for key, span in sorted(spans.items(), key=lambda item: (item[1].end, item)):
        if span.start >= free_from:
            free_from = span.end
            yield key


def _flat_events(read: ReadDocument, ontology: Ontology) -> Iterator[Event]:
    offered: defaultdict[tuple[str, Span | None], list[Argument]] = defaultdict(list)
    for event in read.document.events:
        offered[event.event_type, event.trigger].extend(event.arguments)
    told: set[tuple[str, str, Span]] = set()
    for gold in gold_windows(read, ontology, Counter()):
        window = gold.window
        for number, trigger in enumerate(gold.triggers):
            is_part = trigger.event_type in ontology.document_types
            at = None if is_part else char_span_of(trigger.word_span.shifted(window.words.start), read.words)
            spans: dict[tuple[str, Span], Span] = {}
            for argument in offered[trigger.event_type, at]:
                word_span = word_span_of(argument.char_span, read.words)
                key = (argument.role, argument.char_span)
                if word_span and window.words.contains(word_span) and (trigger.event_type, *key) not in told:
                    spans[key] = word_span
            if is_part:
                spans = {key: span for key, span in spans.items() if window.core.start <= span.start < window.core.end}
            picked = tuple(Argument(role=role, char_span=span) for role, span in apart(spans))
            told.update((trigger.event_type, argument.role, argument.char_span) for argument in picked)
            id = f"{window.words.start} {number}"
            yield Event(id=id, event_type=trigger.event_type, trigger=at, arguments=picked)


def _losses(ceiling: Ceiling) -> str:
    return "; ".join(f"{cause}: {count}" for cause, count in sorted(ceiling.losses.items())) or "nothing"


@app.command()
def main(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the corpora are.")]) -> None:
    """Put the best scores that the gold allows into the page."""
    rows = []
    for corpus in CORPORA:
        ontology = load_ontology(ONTOLOGIES / f"{corpus}.yaml")
        for split in SPLITS:
            documents = read_split(folder / corpus / "split1" / f"{split}.json", ontology)
            rows += [row_of((corpus, split), documents, ontology, sizes) for sizes in WINDOWS]
    before, _, after = PAGE.read_text(encoding="utf-8").split(_BORDER)
    PAGE.write_text(f"{before}{_BORDER}\n{_HEAD}{''.join(rows)}\n{_BORDER}{after}", encoding="utf-8")


if __name__ == "__main__":
    run_app(app)
