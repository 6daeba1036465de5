"""Events without a trigger, of document-level types: learnt, found and scored over all windows of a document."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.conftest import ConfigOf

from eventroles.assembly import Run, train
from eventroles.documents import Argument, Document, Event
from eventroles.metrics import Metric, score_documents
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

ONTOLOGY = Ontology(
    name="reports",
    event_types={
        "Report": EventType(document_level=True, roles={"Attacker": Role(), "Target": Role()}),
        "Attack": EventType(roles={"Target": Role()}),
    },
)
FILLER = "he said on that day in the city of the country . "


def span_of(text: str, words: str) -> Span:
    return Span(text.index(words), text.index(words) + len(words))


def document(id: str, attacker: str, target: str, *, n_between: int = 0) -> Document:
    """A report of an attack: its attacker stands at the beginning, its target at the end, as far off as is wanted."""
    text = f"{attacker} struck . {FILLER * n_between}they blamed {target} ."
    report = Event(
        id="E1",
        event_type="Report",
        trigger=None,
        arguments=(
            Argument(role="Attacker", char_span=span_of(text, attacker)),
            Argument(role="Target", char_span=span_of(text, target)),
        ),
    )
    attack = Event(id="E2", event_type="Attack", trigger=span_of(text, "struck"))
    return Document(id=id, text=text, events=(report, attack))


def silent(id: str, n: int) -> Document:
    return Document(id=id, text=FILLER * n)


NAMES = ("Iran", "Iraq", "militia", "troops")
DOCUMENTS = [
    document(f"{first} {second} {n}", first, second, n_between=n)
    for n in (0, 12)
    for first in NAMES
    for second in NAMES
    if first != second
] + [silent(f"silent {n}", n) for n in (1, 2, 9, 14)]
"""Half of them need several windows of 64 pieces."""


@pytest.fixture(scope="module")
def run(config_in: Callable[[Path], ConfigOf], tmp_path_factory: pytest.TempPathFactory) -> Run:
    config_of = config_in(tmp_path_factory.mktemp("reports"))
    sections = {"model": {"window_pieces": 64, "context_pieces": 32}, "training": {"num_train_epochs": 25}}
    return train(config_of(DOCUMENTS, ONTOLOGY, test=DOCUMENTS, sections=sections), "cpu")


def shape_of(found: Document) -> list[tuple[str, Span | None, list[tuple[str, Span]]]]:
    """Give what was found but its scores, which may differ by rounding."""
    return [(e.event_type, e.trigger, [(a.role, a.char_span) for a in e.arguments]) for e in found.events]


def test_they_are_learnt_by_heart(run: Run) -> None:
    assert run.evaluation is not None
    assert run.evaluation.not_representable == {}
    end_to_end, gold_triggers = run.evaluation.end_to_end.scores, run.evaluation.gold_triggers.scores
    assert (end_to_end[Metric.TRI_C].n_gold, end_to_end[Metric.TRI_C].f1) == (48, 1.0)
    assert (end_to_end[Metric.ARG_C_PLUS].n_gold, end_to_end[Metric.ARG_C_PLUS].f1) == (48, 1.0)
    assert gold_triggers[Metric.ARG_C].f1 == 1.0


def test_a_document_has_one_event_of_a_type_from_all_its_windows(run: Run) -> None:
    long = DOCUMENTS[12]
    assert len(run.tagger.reader.read(long).windows) > 2
    (found,) = run.tagger.tag([long])
    report, attack = found.events
    assert (report.event_type, report.trigger) == ("Report", None)
    assert report.score is not None
    assert 0.5 < report.score <= 1
    assert [(a.role, a.char_span.of(long.text)) for a in report.arguments] == [("Attacker", "Iran"), ("Target", "Iraq")]
    assert (attack.event_type, attack.trigger) == ("Attack", span_of(long.text, "struck"))


def test_order_and_company_change_nothing(run: Run) -> None:
    together = list(run.tagger.tag(DOCUMENTS))
    alone = [found for document in DOCUMENTS for found in run.tagger.tag([document])]
    backwards = list(run.tagger.tag(DOCUMENTS[::-1]))[::-1]
    for other in (alone, backwards):
        assert list(map(shape_of, together)) == list(map(shape_of, other))


@pytest.mark.parametrize("wanted", ["Report", "Attack"])
def test_their_type_alone_can_be_looked_for_or_left_out(run: Run, wanted: str) -> None:
    everything, found = list(run.tagger.tag(DOCUMENTS)), list(run.tagger.tag(DOCUMENTS, [wanted]))
    for whole, part in zip(everything, found, strict=True):
        assert shape_of(part) == [event for event in shape_of(whole) if event[0] == wanted]
    assert sum(len(document.events) for document in found) == 24


def test_whether_a_document_tells_of_one_can_be_asked_alone(run: Run) -> None:
    found = list(run.tagger.find_triggers(DOCUMENTS, ["Report"]))
    assert [len(document.events) for document in found] == [1] * 24 + [0] * 4
    assert not any(event.arguments for document in found for event in document.events)


def test_given_ones_get_their_arguments_and_keep_their_ids(run: Run) -> None:
    bare = [replace(d, events=tuple(replace(event, arguments=()) for event in d.events)) for d in DOCUMENTS]
    filled = list(run.tagger.fill_roles(bare))
    assert [[event.id for event in document.events] for document in filled] == [["E1", "E2"]] * 24 + [[]] * 4
    assert score_documents(DOCUMENTS, filled)[Metric.ARG_C_PLUS].f1 == 1.0


def test_each_of_several_given_ones_gets_the_arguments(run: Run) -> None:
    bare = [Event(id=id, event_type="Report", trigger=None) for id in ("first", "second")]
    (filled,) = run.tagger.fill_roles([replace(DOCUMENTS[12], events=tuple(bare))])
    assert [event.id for event in filled.events] == ["first", "second"]
    gold = {(a.role, a.char_span) for a in DOCUMENTS[12].events[0].arguments}
    assert [{(a.role, a.char_span) for a in event.arguments} for event in filled.events] == [gold, gold]
