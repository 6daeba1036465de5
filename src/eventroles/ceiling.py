"""The best score that any model can reach with a tokenizer and a window: what gold survives being laid on tracks."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from eventroles.documents import Argument, Coverage, Document, Event
from eventroles.gold import GoldTrigger, GoldWindow, Loss, gold_windows
from eventroles.metrics import Counts, Metric, score_documents
from eventroles.ontology import Ontology
from eventroles.spans import Span
from eventroles.windows import ReadDocument, Reader, Window
from eventroles.words import char_span_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """What a flawless model would score.

    Attributes:
        scores: Its scores, end to end.
        losses: Gold that it could not say, by cause.
        n_documents: Documents.
        n_windowed: Of these, the documents that need several windows.
        n_windows: Windows of all documents.
        n_words_cut: Words of which pieces were left out because one word alone overfilled a window.
    """

    scores: Mapping[Metric, Counts]
    losses: Mapping[Loss, int]
    n_documents: int
    n_windowed: int
    n_windows: int
    n_words_cut: int


def ceiling_of(documents: Sequence[Document], reader: Reader, ontology: Ontology) -> Ceiling:
    """Score what is left of gold events once they stand on the tracks of windows.

    Args:
        documents: Annotated documents.
        reader: Cuts them into windows.
        ontology: Tells which event types are document-level.

    Returns:
        The scores, which a decoder that is fed with the gold tags reaches exactly, and why they are not 1.
    """
    losses: Counter[Loss] = Counter()
    reads = [reader.read(document) for document in documents]
    best = [flawless(read, ontology, gold_windows(read, ontology, losses)) for read in reads]
    return Ceiling(
        scores=score_documents(documents, best),
        losses=losses,
        n_documents=len(reads),
        n_windowed=sum(len(read.windows) > 1 for read in reads),
        n_windows=sum(len(read.windows) for read in reads),
        n_words_cut=sum(read.receipt.n_words_cut for read in reads),
    )


def flawless(read: ReadDocument, ontology: Ontology, windows: Iterable[GoldWindow]) -> Document:
    """Write down what a flawless model would predict for a document.

    Args:
        read: The document, read.
        ontology: Tells which event types are document-level.
        windows: Its gold, laid on its windows.

    Returns:
        The document with only the events and arguments that stand on a track; a document-level event has a part for
        each window.
    """
    parts = ((window.window, trigger) for window in windows for trigger in window.triggers)
    events = tuple(
        _event(f"E{number}", trigger, window, read.words)
        if trigger.event_type not in ontology.document_types
        else _part(f"E{number}", trigger, window, read.words)
        for number, (window, trigger) in enumerate(parts, start=1)
    )
    return replace(read.document, events=events, coverage=Coverage())


def text_of_ceiling(ceiling: Ceiling) -> str:
    """Write the ceiling for people: highest scores, causes, windows."""
    tri_c, arg_c = (100 * ceiling.scores[metric].f1 for metric in (Metric.TRI_C, Metric.ARG_C))
    lines = [
        f"Highest scores that a model can reach here: Tri-C {tri_c:.1f}, Arg-C {arg_c:.1f}",
        *(f"{count:>7}  {cause}" for cause, count in sorted(ceiling.losses.items())),
        f"{ceiling.n_windowed} of {ceiling.n_documents} document(s) need several windows; {ceiling.n_windows} in all",
    ]
    cut = [f"{ceiling.n_words_cut} word(s) are longer than a window and were cut"] if ceiling.n_words_cut else []
    return "\n".join(lines + cut)


def _event(id: str, trigger: GoldTrigger, window: Window, words: Sequence[Span]) -> Event:
    def in_text(word_span: Span) -> Span:
        return char_span_of(word_span.shifted(window.words.start), words)

    arguments = tuple(Argument(role=role, char_span=in_text(span)) for role, span in trigger.arguments)
    return Event(id=id, event_type=trigger.event_type, trigger=in_text(trigger.word_span), arguments=arguments)


def _part(id: str, trigger: GoldTrigger, window: Window, words: Sequence[Span]) -> Event:
    """Write a document-level event as far as this window decides it: what begins in its core."""
    core = window.core.shifted(-window.words.start)
    own = [(role, span) for role, span in trigger.arguments if core.start <= span.start < core.end]
    return replace(_event(id, replace(trigger, arguments=tuple(own)), window, words), trigger=None)
