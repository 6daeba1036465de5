"""How far two annotations of the same documents agree."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sklearn.metrics import cohen_kappa_score

from eventroles.documents import Document, Event
from eventroles.metrics import Metric, Scores, paired, score_documents
from eventroles.spans import Span
from eventroles.words import split_words

NO_LABEL = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two annotations compared; which of them comes first changes nothing but precision and recall.

    Attributes:
        scores: The F1 scores, the first annotation taken as gold. `Tri-C` compares triggers with their types, `Arg-C+`
            arguments with their role, type and trigger.
        trigger_kappa: Cohen's kappa of the event types that each word triggers.
        role_kappa: Cohen's kappa of the roles that each word plays in any event.
        n_words: How many words the kappas are over.
    """

    scores: Scores
    trigger_kappa: float
    role_kappa: float
    n_words: int


def agreement_of(first: Sequence[Document], second: Sequence[Document]) -> Agreement:
    """Compare two annotations.

    Raises DataError: the two are not the same documents.

    Args:
        first: The documents as annotated once.
        second: The same documents in the same order, as annotated independently of it.

    Returns:
        The figures.
    """
    pairs = list(paired(first, second))
    triggers: tuple[list[str], list[str]] = ([], [])
    roles: tuple[list[str], list[str]] = ([], [])
    for pair in pairs:
        words = split_words(pair.document.text)
        for side, events in enumerate((pair.gold, pair.predicted)):
            triggers[side].extend(_labels(words, events, _trigger_labels))
            roles[side].extend(_labels(words, events, _role_labels))
    return Agreement(
        scores=score_documents(first, second),
        trigger_kappa=_kappa(*triggers),
        role_kappa=_kappa(*roles),
        n_words=len(triggers[0]),
    )


def text_of_agreement(agreement: Agreement) -> str:
    """Write the figures for people."""
    shown = (Metric.TRI_I, Metric.TRI_C, Metric.ARG_I_PLUS, Metric.ARG_C_PLUS)
    rows = [
        f"  {metric:<8}{100 * counts.f1:>8.1f}{counts.n_gold:>9}{counts.n_predicted:>9}{counts.n_correct:>9}"
        for metric, counts in agreement.scores.items()
        if metric in shown
    ]
    head = f"  {'':<8}{'F1':>8}{'first':>9}{'second':>9}{'both':>9}"
    kappas = (
        f"Cohen's kappa over {agreement.n_words} words: {agreement.trigger_kappa:.3f} for the event types they "
        f"trigger, {agreement.role_kappa:.3f} for the roles they play"
    )
    return "\n".join([head, *rows, kappas])


def _labels(
    words: Sequence[Span], events: Iterable[Event], labels_of: Callable[[Event], Iterator[tuple[Span, str]]]
) -> list[str]:
    """Give each word the names of all that covers it."""
    names: dict[int, set[str]] = defaultdict(set)
    for event in events:
        for span, name in labels_of(event):
            for number, word in enumerate(words):
                if span.overlaps(word):
                    names[number].add(name)
    return ["+".join(sorted(names[number])) or NO_LABEL for number in range(len(words))]


def _trigger_labels(event: Event) -> Iterator[tuple[Span, str]]:
    if event.trigger is not None:
        yield event.trigger, event.event_type


def _role_labels(event: Event) -> Iterator[tuple[Span, str]]:
    return ((argument.char_span, argument.role) for argument in event.arguments)


def _kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Cohen's kappa; 1 where the two are the same, also where only one label is used."""
    return 1.0 if first == second else float(cohen_kappa_score(first, second))
