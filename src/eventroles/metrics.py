"""Score predicted events against gold: triggers and arguments, found (I) and classified (C).

The definitions are those of TextEE (Huang et al., 2024, "TextEE: Benchmark, Reevaluation, Reflections, and Future
Directions in Event Extraction", appendix), so that figures compare. Each score compares two sets of keys:

- Tri-I (document, trigger), Tri-C adds the event type; a document-level event has its type for a trigger;
- Arg-I (document, event type, argument), Arg-C adds the role;
- Arg-I+ and Arg-C+ add the trigger, so that an argument must be attached to the right mention.

Spans are compared in characters, so gold counts whether or not a model could have represented it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from eventroles.documents import Argument, Coverage, Document, Event, covered_events
from eventroles.errors import DataError

Key = tuple[object, ...]


class Metric(StrEnum):
    """The six scores, by the names that reports use."""

    TRI_I = "Tri-I"
    TRI_C = "Tri-C"
    ARG_I = "Arg-I"
    ARG_C = "Arg-C"
    ARG_I_PLUS = "Arg-I+"
    ARG_C_PLUS = "Arg-C+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many keys there are on each side, and on both.

    Attributes:
        n_gold: Keys in the gold.
        n_predicted: Keys predicted.
        n_correct: Keys on both sides.
    """

    n_gold: int = 0
    n_predicted: int = 0
    n_correct: int = 0

    @property
    def precision(self) -> float:
        """Share of the predicted that is right, in [0, 1]; 0 where nothing is predicted."""
        return self.n_correct / self.n_predicted if self.n_predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold that is found, in [0, 1]; 0 where there is no gold."""
        return self.n_correct / self.n_gold if self.n_gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where both are."""
        return 2 * self.n_correct / (self.n_gold + self.n_predicted) if self.n_correct else 0.0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            n_gold=self.n_gold + other.n_gold,
            n_predicted=self.n_predicted + other.n_predicted,
            n_correct=self.n_correct + other.n_correct,
        )


Scores = Mapping[Metric, Counts]


def score_documents(gold: Iterable[Document], predicted: Iterable[Document]) -> Scores:
    """Score predictions over a corpus (micro).

    Args:
        gold: Annotated documents. Only what their `coverage` includes is scored.
        predicted: The same documents with predicted events, in the same order.

    Returns:
        The counts of every metric.
    """
    pairs = list(paired(gold, predicted))
    return {metric: _sum(_counts(pair, keys) for pair in pairs) for metric, keys in _KEYS.items()}


def trigger_counts_by_type(gold: Iterable[Document], predicted: Iterable[Document]) -> dict[str, Counts]:
    """Split Tri-C by event type."""
    return _split(gold, predicted, _KEYS[Metric.TRI_C], group=1)


def argument_counts_by_role(gold: Iterable[Document], predicted: Iterable[Document]) -> dict[str, Counts]:
    """Split Arg-C by role name."""
    return _split(gold, predicted, _KEYS[Metric.ARG_C], group=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The gold and the predicted events of one document that are to be compared."""

    document: Document
    gold: tuple[Event, ...]
    predicted: tuple[Event, ...]


def paired(gold: Iterable[Document], predicted: Iterable[Document]) -> Iterator[Pair]:
    """Match gold and predicted documents, which must be the same in the same order.

    Args:
        gold: Annotated documents.
        predicted: Predicted documents.

    Yields:
        A pair a document, both sides cut down to what was annotated.

    Raises:
        DataError: The two are not the same documents.
    """
    gold_list, predicted_list = list(gold), list(predicted)
    if len(gold_list) != len(predicted_list):
        raise DataError(
            f"predictions: must be of the same {len(gold_list)} documents as the gold, but are of "
            f"{len(predicted_list)}. Predict every document of the gold file once."
        )
    for left, right in zip(gold_list, predicted_list, strict=True):
        if left.id != right.id or left.text != right.text:
            raise DataError(
                f"document '{right.id}': must have the id and text of gold document '{left.id}', but differs. "
                "Predict the gold file itself, in its order."
            )
        coverage: Coverage = left.coverage
        yield Pair(
            document=left,
            gold=tuple(covered_events(left, coverage)),
            predicted=tuple(covered_events(right, coverage)),
        )


def _trigger_keys(event: Event) -> Iterator[Key]:
    yield (event.event_type if event.trigger is None else event.trigger,)


def _typed_trigger_keys(event: Event) -> Iterator[Key]:
    yield (event.trigger, event.event_type)


def _argument_keys(key_of: Callable[[Event, Argument], Key]) -> Callable[[Event], Iterator[Key]]:
    return lambda event: (key_of(event, argument) for argument in event.arguments)


_KEYS: Mapping[Metric, Callable[[Event], Iterator[Key]]] = {
    Metric.TRI_I: _trigger_keys,
    Metric.TRI_C: _typed_trigger_keys,
    Metric.ARG_I: _argument_keys(lambda event, argument: (event.event_type, argument.char_span)),
    Metric.ARG_C: _argument_keys(lambda event, argument: (event.event_type, argument.char_span, argument.role)),
    Metric.ARG_I_PLUS: _argument_keys(
        lambda event, argument: (event.event_type, argument.char_span, event.trigger),
    ),
    Metric.ARG_C_PLUS: _argument_keys(
        lambda event, argument: (event.event_type, argument.char_span, argument.role, event.trigger),
    ),
}


def _key_sets(pair: Pair, keys: Callable[[Event], Iterator[Key]]) -> tuple[set[Key], set[Key]]:
    gold = {key for event in pair.gold for key in keys(event)}
    predicted = {key for event in pair.predicted for key in keys(event)}
    return gold, predicted


def _counts(pair: Pair, keys: Callable[[Event], Iterator[Key]]) -> Counts:
    return _compare(*_key_sets(pair, keys))


def _compare(gold: set[Key], predicted: set[Key]) -> Counts:
    return Counts(n_gold=len(gold), n_predicted=len(predicted), n_correct=len(gold & predicted))


def _sum(counts: Iterable[Counts]) -> Counts:
    return sum(counts, start=Counts())


def _split(
    gold: Iterable[Document], predicted: Iterable[Document], keys: Callable[[Event], Iterator[Key]], *, group: int
) -> dict[str, Counts]:
    totals: dict[str, Counts] = {}
    for pair in paired(gold, predicted):
        gold_keys, predicted_keys = _key_sets(pair, keys)
        for name in {str(key[group]) for key in gold_keys | predicted_keys}:
            counts = _compare(*({key for key in side if key[group] == name} for side in (gold_keys, predicted_keys)))
            totals[name] = totals.get(name, Counts()) + counts
    return dict(sorted(totals.items()))
