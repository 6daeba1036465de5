"""The report on a split: both modes, every score, seqeval's rows, and what was scored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eventroles.documents import Document, Json
from eventroles.metrics import (
    Counts,
    Metric,
    Pair,
    Scores,
    argument_counts_by_role,
    paired,
    score_documents,
    trigger_counts_by_type,
)
from eventroles.report.annotated import annotated_of, text_of_annotated
from eventroles.report.comparison import text_of_comparison
from eventroles.report.strict_tags import Row, role_rows, trigger_rows

_ARGUMENT_METRICS = (Metric.ARG_I, Metric.ARG_C, Metric.ARG_I_PLUS, Metric.ARG_C_PLUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """The scores of one way of running the model.

    Attributes:
        scores: Counts by metric.
        trigger_rows: seqeval's report on triggers; empty in gold-trigger mode.
        role_rows: seqeval's report on role tracks.
        by_type: Tri-C split by event type.
        by_role: Arg-C split by role.
    """

    scores: Scores
    trigger_rows: Sequence[Row]
    role_rows: Sequence[Row]
    by_type: Mapping[str, Counts]
    by_role: Mapping[str, Counts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The report on a split.

    Attributes:
        split: Names the split.
        n_documents: Documents in it.
        n_events: Gold events scored.
        n_arguments: Gold arguments scored.
        not_representable: Gold that no window, tokenizer or tag can express, by cause; it counts as missed.
        end_to_end: Triggers and arguments predicted.
        gold_triggers: Arguments predicted for the gold triggers.
        annotated: How much of the documents was annotated, for people; empty where all was.
        comparison: The documents as predicted end to end, beside the gold; see `text_of_comparison`.
        left_out: Events and arguments that were predicted end to end, but that the types of the gold have no word for,
            by type and role.
    """

    split: str
    n_documents: int
    n_events: int
    n_arguments: int
    not_representable: Mapping[str, int]
    end_to_end: Mode
    gold_triggers: Mode
    annotated: str
    comparison: str
    left_out: Mapping[str, int] = field(default_factory=dict)


def evaluate_end_to_end(gold: Sequence[Document], predicted: Sequence[Document]) -> Mode:
    """Score predicted triggers and arguments."""
    pairs = list(paired(gold, predicted))
    return Mode(
        scores=score_documents(gold, predicted),
        trigger_rows=trigger_rows(pairs),
        role_rows=role_rows(pairs),
        by_type=trigger_counts_by_type(gold, predicted),
        by_role=argument_counts_by_role(gold, predicted),
    )


def evaluate_roles(gold: Sequence[Document], predicted: Sequence[Document]) -> Mode:
    """Score arguments that were predicted for gold triggers."""
    scores = score_documents(gold, predicted)
    return Mode(
        scores={metric: scores[metric] for metric in _ARGUMENT_METRICS},
        trigger_rows=(),
        role_rows=role_rows(paired(gold, predicted)),
        by_type={},
        by_role=argument_counts_by_role(gold, predicted),
    )


def evaluation_of(
    split: str,
    gold: Sequence[Document],
    predictions: tuple[Sequence[Document], Sequence[Document]],
    not_representable: Mapping[str, int],
) -> Evaluation:
    """Put the report on a split together.

    Args:
        split: Names the split.
        gold: The annotated documents.
        predictions: The same documents predicted end to end, and with gold triggers.
        not_representable: Gold that could not be represented, by cause.

    Returns:
        The report.
    """
    end_to_end, gold_triggers = predictions
    pairs: list[Pair] = list(paired(gold, end_to_end))
    return Evaluation(
        split=split,
        n_documents=len(gold),
        n_events=sum(len(pair.gold) for pair in pairs),
        n_arguments=sum(len(event.arguments) for pair in pairs for event in pair.gold),
        not_representable=not_representable,
        end_to_end=evaluate_end_to_end(gold, end_to_end),
        gold_triggers=evaluate_roles(gold, gold_triggers),
        annotated=text_of_annotated(annotated_of(gold)),
        comparison=text_of_comparison(gold, end_to_end),
    )


def record_of_evaluation(evaluation: Evaluation) -> dict[str, Json]:
    """Turn a report into plain values for JSON."""
    return {
        "split": evaluation.split,
        "n_documents": evaluation.n_documents,
        "n_events": evaluation.n_events,
        "n_arguments": evaluation.n_arguments,
        "not_representable": dict(evaluation.not_representable),
        "left_out": dict(evaluation.left_out),
        "end_to_end": _record_of_mode(evaluation.end_to_end),
        "gold_triggers": _record_of_mode(evaluation.gold_triggers),
    }


def text_of_evaluation(evaluation: Evaluation) -> str:
    """Write a report for people, plain text of 79 columns."""
    lines = [
        f"Report on {evaluation.split}: {evaluation.n_documents} document(s), {evaluation.n_events} events, "
        f"{evaluation.n_arguments} arguments",
        *([evaluation.annotated] if evaluation.annotated else []),
        *_text_of_losses(evaluation.not_representable),
        *_text_of_left_out(evaluation.left_out),
        "",
        "Scores (TextEE definitions; spans must be exact)",
        *_text_of_scores("end to end", evaluation.end_to_end.scores),
        *_text_of_scores("gold triggers", evaluation.gold_triggers.scores),
        *_text_of_rows("seqeval, strict IOB2: triggers, end to end", evaluation.end_to_end.trigger_rows),
        *_text_of_rows("seqeval, strict IOB2: role tracks, end to end", evaluation.end_to_end.role_rows),
        *_text_of_rows("seqeval, strict IOB2: role tracks, gold triggers", evaluation.gold_triggers.role_rows),
    ]
    return "\n".join(lines) + "\n"


def _text_of_losses(losses: Mapping[str, int]) -> list[str]:
    if not losses:
        return ["Everything annotated can be represented by the model."]
    return ["Cannot be represented by the model, and counts as missed:"] + [
        f"  {count:5d}  {cause}" for cause, count in sorted(losses.items())
    ]


def _text_of_left_out(left_out: Mapping[str, int]) -> list[str]:
    if not left_out:
        return []
    return ["Found, but not scored, since the gold has no such type or role:"] + [
        f"  {count:5d}  {name}" for name, count in sorted(left_out.items())
    ]


def _text_of_scores(title: str, scores: Scores) -> list[str]:
    head = f"  {title:<14}{'precision':>10}{'recall':>10}{'F1':>10}{'gold':>8}{'found':>8}{'right':>8}"
    rows = [
        f"  {metric:<14}{_percent(counts.precision)}{_percent(counts.recall)}{_percent(counts.f1)}"
        f"{counts.n_gold:>8}{counts.n_predicted:>8}{counts.n_correct:>8}"
        for metric, counts in scores.items()
    ]
    return [head, *rows, ""]


def _text_of_rows(title: str, rows: Sequence[Row]) -> list[str]:
    width = max([24, *(len(row.name) + 2 for row in rows)])
    head = f"  {'':<{width}}{'precision':>10}{'recall':>10}{'F1':>10}{'support':>10}"
    body = [
        f"  {row.name:<{width}}{_percent(row.precision)}{_percent(row.recall)}{_percent(row.f1)}{row.support:>10}"
        for row in rows
    ]
    return [title, head, *(body or ["  nothing annotated and nothing found"]), ""]


def _percent(share: float) -> str:
    return f"{100 * share:>10.1f}"


def _record_of_mode(mode: Mode) -> dict[str, Json]:
    return {
        "scores": {metric.value: _record_of_counts(counts) for metric, counts in mode.scores.items()},
        "by_type": {name: _record_of_counts(counts) for name, counts in mode.by_type.items()},
        "by_role": {name: _record_of_counts(counts) for name, counts in mode.by_role.items()},
        "seqeval": {"triggers": _record_of_rows(mode.trigger_rows), "roles": _record_of_rows(mode.role_rows)},
    }


def _record_of_counts(counts: Counts) -> dict[str, Json]:
    return {
        "precision": counts.precision,
        "recall": counts.recall,
        "f1": counts.f1,
        "n_gold": counts.n_gold,
        "n_predicted": counts.n_predicted,
        "n_correct": counts.n_correct,
    }


def _record_of_rows(rows: Sequence[Row]) -> list[Json]:
    """Keep rows a list: a label may be named like an average."""
    return [
        {"name": row.name, "precision": row.precision, "recall": row.recall, "f1": row.f1, "support": row.support}
        for row in rows
    ]
