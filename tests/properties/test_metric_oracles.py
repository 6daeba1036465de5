"""Every metric against independent oracles: brute force, scikit-learn, nervaluate, and TextEE's own counts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st
from nervaluate import Evaluator
from sklearn.metrics import precision_recall_fscore_support
from sklearn.preprocessing import MultiLabelBinarizer

from eventroles.documents import Argument, Coverage, Document, Event
from eventroles.metrics import Counts, Metric, argument_counts_by_role, score_documents, trigger_counts_by_type
from eventroles.spans import Span
from eventroles.tags import N_TAGS, read_off

TYPES = ["Attack", "Die", "Meet"]
ROLES = ["Agent", "Place", "Victim"]
TEXT = "0123456789"
CASES = Path(__file__).resolve().parents[2].parent / "shared" / "corpora" / "scorer_cases.jsonl"

spans = st.builds(lambda start, length: Span(start, start + length), st.integers(0, 5), st.integers(1, 3))
arguments = st.builds(Argument, role=st.sampled_from(ROLES), char_span=spans)
events = st.builds(
    Event,
    id=st.just("E"),
    event_type=st.sampled_from(TYPES),
    trigger=st.none() | spans,
    arguments=st.lists(arguments, max_size=4).map(tuple),
)
event_lists = st.lists(events, max_size=4)
coverages = st.builds(
    Coverage,
    event_types=st.none() | st.frozensets(st.sampled_from(TYPES)),
    char_spans=st.none() | st.lists(spans, max_size=2).map(tuple),
)


@st.composite
def corpora(draw: st.DrawFn) -> tuple[list[Document], list[Document]]:
    """Draw gold documents, and predictions that keep, drop and invent events."""
    gold, predicted = [], []
    for number in range(draw(st.integers(0, 3))):
        gold_events = draw(event_lists)
        kept = draw(st.lists(st.sampled_from(gold_events), max_size=4)) if gold_events else []
        made_up = draw(event_lists)
        coverage = draw(st.just(Coverage()) | coverages)
        gold.append(Document(id=str(number), text=TEXT, events=tuple(gold_events), coverage=coverage))
        predicted.append(Document(id=str(number), text=TEXT, events=tuple(kept + made_up)))
    return gold, predicted


def was_annotated(one: Event, document: Document) -> bool:
    """Restate what coverage means, for the oracles."""
    types, regions = document.coverage.event_types, document.coverage.char_spans
    if types is not None and one.event_type not in types:
        return False
    if regions is None:
        return True
    if one.trigger is None:  # of the document: annotated where anything was
        return len(regions) > 0
    inside = [position for region in regions for position in range(region.start, region.end)]
    return one.trigger.start in inside


def bounds(span: Span | None) -> list[int]:
    return [] if span is None else [span.start, span.end]


def keys_of_event(metric: Metric, one: Event) -> list[list[Any]]:
    """List what a metric compares, spelt out case by case."""
    trigger = bounds(one.trigger)
    match metric:
        case Metric.TRI_I:
            return [[trigger or one.event_type]]
        case Metric.TRI_C:
            return [[trigger, one.event_type]]
        case Metric.ARG_I:
            return [[bounds(a.char_span), one.event_type] for a in one.arguments]
        case Metric.ARG_C:
            return [[bounds(a.char_span), one.event_type, a.role] for a in one.arguments]
        case Metric.ARG_I_PLUS:
            return [[bounds(a.char_span), one.event_type, trigger] for a in one.arguments]
        case Metric.ARG_C_PLUS:
            return [[bounds(a.char_span), one.event_type, trigger, a.role] for a in one.arguments]


def distinct_keys(metric: Metric, predicted: Document, gold: Document) -> list[list[Any]]:
    """List the different keys of one side of a document, in order of appearance."""
    found: list[list[Any]] = []
    for one in predicted.events:
        if not was_annotated(one, gold):
            continue
        for key in keys_of_event(metric, one):
            if key not in found:
                found.append(key)
    return found


def counted_by_hand(metric: Metric, gold: list[Document], predicted: list[Document]) -> tuple[int, int, int]:
    """Count by comparing every predicted key with every gold key."""
    n_gold = n_predicted = n_correct = 0
    for left, right in zip(gold, predicted, strict=True):
        wanted, got = distinct_keys(metric, left, left), distinct_keys(metric, right, left)
        n_gold += len(wanted)
        n_predicted += len(got)
        for key in got:
            n_correct += wanted.count(key)
    return n_gold, n_predicted, n_correct


def triple(counts: Counts) -> tuple[int, int, int]:
    return counts.n_gold, counts.n_predicted, counts.n_correct


def ratios(counts: Counts) -> tuple[float, float, float]:
    return counts.precision, counts.recall, counts.f1


@given(corpora())
def test_every_metric_counts_what_brute_force_counts(corpus: tuple[list[Document], list[Document]]) -> None:
    scores = score_documents(*corpus)
    for metric in Metric:
        note(f"{metric.value} has hits: {scores[metric].n_correct > 0}")
        assert triple(scores[metric]) == counted_by_hand(metric, *corpus), metric


@given(corpora())
def test_precision_recall_and_f1_are_those_of_scikit_learn(corpus: tuple[list[Document], list[Document]]) -> None:
    gold, predicted = corpus
    scores = score_documents(gold, predicted)
    for metric in Metric:
        sides = [
            [
                json.dumps([left.id, key])
                for left, right in zip(gold, side, strict=True)
                for key in distinct_keys(metric, right, left)
            ]
            for side in (gold, predicted)
        ]
        if not sides[0] and not sides[1]:
            assert ratios(scores[metric]) == (0.0, 0.0, 0.0)
            continue
        binary = MultiLabelBinarizer().fit_transform(sides)
        precision, recall, f1, _ = precision_recall_fscore_support(
            binary[:1], binary[1:], average="micro", zero_division=0.0
        )
        assert ratios(scores[metric]) == pytest.approx((precision, recall, f1)), metric


tracks = st.lists(st.integers(0, N_TAGS - 1), max_size=len(TEXT)).map(read_off)


@st.composite
def disjoint_events(draw: st.DrawFn) -> tuple[Event, ...]:
    """Draw events whose triggers of one type, and whose arguments in one role, do not overlap."""
    return tuple(
        Event(
            id=f"{event_type}{trigger.start}",
            event_type=event_type,
            trigger=trigger,
            arguments=tuple(Argument(role=role, char_span=span) for role in ROLES[:2] for span in draw(tracks)),
        )
        for event_type in TYPES[:2]
        for trigger in draw(tracks)[:2]
    )


def entity(label: str, span: Span) -> dict[str, Any]:
    return {"label": label, "start": span.start, "end": span.end - 1}  # nervaluate's ends are inclusive


def nervaluated(gold: list[list[dict[str, Any]]], predicted: list[list[dict[str, Any]]]) -> tuple[int, int, int]:
    """Count with nervaluate's strict mode, which pairs greedily: spans of one sequence must not overlap."""
    labels = [*TYPES, *ROLES]
    result = Evaluator(gold, predicted, tags=labels, loader="dict").evaluate()["overall"]["strict"]
    return result.possible, result.actual, result.correct


def trigger_entities(events_of_side: tuple[Event, ...]) -> list[tuple[str, dict[str, Any]]]:
    """Pair every trigger with the name of the sequence that it stands in: its type."""
    return [(one.event_type, entity(one.event_type, one.trigger)) for one in events_of_side if one.trigger]


def argument_entities(events_of_side: tuple[Event, ...]) -> list[tuple[str, dict[str, Any]]]:
    """Pair every argument with the name of the sequence that it stands in: its type, trigger and role."""
    return [
        (f"{one.event_type} {one.trigger} {argument.role}", entity(argument.role, argument.char_span))
        for one in events_of_side
        for argument in one.arguments
    ]


ENTITIES: dict[Metric, Callable[[tuple[Event, ...]], list[tuple[str, dict[str, Any]]]]] = {
    Metric.TRI_C: trigger_entities,
    Metric.ARG_C_PLUS: argument_entities,
}


@pytest.mark.parametrize("metric", list(ENTITIES))
@given(gold=disjoint_events(), predicted=disjoint_events(), keeps=st.booleans())
def test_strict_counts_are_those_of_nervaluate(
    metric: Metric, gold: tuple[Event, ...], predicted: tuple[Event, ...], keeps: bool
) -> None:
    if keeps:
        predicted = gold[: len(predicted)]
    sides = [ENTITIES[metric](gold), ENTITIES[metric](predicted)]
    sequences = sorted({name for side in sides for name, _ in side}) or ["none"]
    expected = nervaluated(*([[found for at, found in side if at == name] for name in sequences] for side in sides))
    scores = score_documents(
        [Document(id="d", text=TEXT, events=gold)], [Document(id="d", text=TEXT, events=predicted)]
    )
    assert triple(scores[metric]) == expected


@given(st.lists(st.tuples(tracks, tracks), min_size=1, max_size=4))
def test_arguments_of_single_events_by_role_are_those_of_nervaluate(pairs: list[tuple[list[Span], list[Span]]]) -> None:
    def documents(side: int) -> list[Document]:
        return [
            Document(
                id=str(number),
                text=TEXT,
                events=(
                    Event(
                        id="E",
                        event_type="Attack",
                        trigger=Span(0, 1),
                        arguments=tuple(Argument(role="Agent", char_span=span) for span in pair[side]),
                    ),
                ),
            )
            for number, pair in enumerate(pairs)
        ]

    expected = nervaluated(*([[entity("Agent", span) for span in pair[side]] for pair in pairs] for side in (0, 1)))
    by_role = argument_counts_by_role(documents(0), documents(1))
    assert triple(by_role.get("Agent", Counts())) == expected
    assert triple(score_documents(documents(0), documents(1))[Metric.ARG_C]) == expected


@given(corpora())
def test_the_split_counts_sum_to_the_whole(corpus: tuple[list[Document], list[Document]]) -> None:
    scores = score_documents(*corpus)
    by_type, by_role = trigger_counts_by_type(*corpus), argument_counts_by_role(*corpus)
    assert sum(by_type.values(), start=Counts()) == scores[Metric.TRI_C]
    assert sum(by_role.values(), start=Counts()) == scores[Metric.ARG_C]
    assert list(by_type) == sorted(by_type)
    assert list(by_role) == sorted(by_role)


@given(corpora())
def test_each_name_of_a_split_counts_as_if_it_were_alone(corpus: tuple[list[Document], list[Document]]) -> None:
    gold, predicted = corpus
    by_type = trigger_counts_by_type(gold, predicted)
    for name in TYPES:
        alone = [[only_type(document, name) for document in side] for side in corpus]
        assert triple(by_type.get(name, Counts())) == counted_by_hand(Metric.TRI_C, *alone)
    by_role = argument_counts_by_role(gold, predicted)
    for role in ROLES:
        alone = [[only_role(document, role) for document in side] for side in corpus]
        assert triple(by_role.get(role, Counts())) == counted_by_hand(Metric.ARG_C, *alone)


def only_type(document: Document, name: str) -> Document:
    kept = tuple(one for one in document.events if one.event_type == name)
    return Document(id=document.id, text=document.text, events=kept, coverage=document.coverage)


def only_role(document: Document, role: str) -> Document:
    kept = tuple(
        Event(
            id=one.id,
            event_type=one.event_type,
            trigger=one.trigger,
            arguments=tuple(a for a in one.arguments if a.role == role),
        )
        for one in document.events
    )
    return Document(id=document.id, text=document.text, events=kept, coverage=document.coverage)


@given(corpora())
def test_swapping_gold_and_predicted_swaps_precision_and_recall(corpus: tuple[list[Document], list[Document]]) -> None:
    gold = [Document(id=document.id, text=TEXT, events=document.events) for document in corpus[0]]
    there, back = score_documents(gold, corpus[1]), score_documents(corpus[1], gold)
    for metric in Metric:
        assert ratios(there[metric]) == (back[metric].recall, back[metric].precision, back[metric].f1)


TEXTEE_NAMES = {
    Metric.TRI_I: "tri_i",
    Metric.TRI_C: "tri_c",
    Metric.ARG_I: "arg_i",
    Metric.ARG_C: "arg_c",
    Metric.ARG_I_PLUS: "arg_i_attached",
    Metric.ARG_C_PLUS: "arg_c_attached",
}


@pytest.fixture(scope="module")
def textee_cases() -> list[dict[str, Any]]:
    if not CASES.is_file():
        pytest.skip("no TextEE counts: shared/corpora/scorer_cases.jsonl is not beside this repository")
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


def as_documents(records: list[dict[str, Any]]) -> list[Document]:
    return [
        Document(
            id=record["id"],
            text="",
            events=tuple(
                Event(
                    id=str(number),
                    event_type=one["type"],
                    trigger=Span(*one["trigger"]),
                    arguments=tuple(Argument(role=role, char_span=Span(*ends)) for role, *ends in one["arguments"]),
                )
                for number, one in enumerate(record["events"])
            ),
        )
        for record in records
    ]


@pytest.mark.parametrize("metric", list(Metric))
def test_counts_and_ratios_are_those_of_textee(textee_cases: list[dict[str, Any]], metric: Metric) -> None:
    assert len(textee_cases) == 60
    compared = 0
    for case in textee_cases:
        if TEXTEE_NAMES[metric] not in case["scores"]:
            assert case["mode"] != "end_to_end"  # with gold triggers TextEE does not score triggers
            continue
        counts = score_documents(as_documents(case["gold"]), as_documents(case["pred"]))[metric]
        expected = case["scores"][TEXTEE_NAMES[metric]]
        where = f"{case['corpus']} case {case['case']} {case['mode']}"
        assert triple(counts) == (expected["n_gold"], expected["n_pred"], expected["n_match"]), where
        assert ratios(counts) == pytest.approx((expected["precision"], expected["recall"], expected["f1"])), where
        compared += 1
    assert compared >= 30
