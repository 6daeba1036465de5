"""Type maps: what has a counterpart is renamed, what has none is counted, and both ways fit together."""

from collections import Counter
from pathlib import Path

import pytest

from eventroles.documents import Argument, Document, Event
from eventroles.errors import ConfigError
from eventroles.mapping import MappedType, SpanStyle, TypeMap, load_type_map
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

TEXT = "Two police officers flew to Goma and Rome on Friday."
ONTOLOGY = Ontology(
    name="tiny",
    event_types={
        "Transport": EventType(roles={"Passenger": Role(), "Destination": Role(), "Time": Role()}),
        "Deploy": EventType(roles={"Force": Role(), "Place": Role()}),
        "Say": EventType(),
    },
)
MAP = TypeMap(
    name="other",
    argument_spans=SpanStyle.HEADS,
    event_types={
        "Transport": MappedType(becomes="Move", roles={"Passenger": "Artifact", "Destination": "Goal"}),
        "Deploy": MappedType(becomes="Move", roles={"Force": "Artifact", "Place": "Goal"}),
    },
)


def span(words: str) -> Span:
    return Span(TEXT.index(words), TEXT.index(words) + len(words))


def event(event_type: str, **arguments: str) -> Event:
    found = tuple(Argument(role=role, char_span=span(words), score=0.5) for role, words in arguments.items())
    return Event(id="E1", event_type=event_type, trigger=span("flew"), arguments=found, score=0.25)


def document(*events: Event) -> Document:
    return Document(id="d", text=TEXT, events=events, meta={"date": "2019-12-31"})


def test_there_types_and_roles_are_renamed_and_spans_reduced_to_heads() -> None:
    left_out: Counter[str] = Counter()
    ours = document(event("Transport", Passenger="Two police officers", Destination="Goma", Time="Friday"))
    theirs = event("Move", Artifact="officers", Goal="Goma")
    assert MAP.to_theirs(ours, left_out) == document(theirs)
    assert left_out == {"Transport Time": 1}


def test_phrases_stay_whole_where_the_other_corpus_marks_phrases() -> None:
    whole = MAP.model_copy(update={"argument_spans": SpanStyle.PHRASES})
    ours = document(event("Deploy", Force="Two police officers"))
    assert whole.to_theirs(ours, Counter()) == document(event("Move", Artifact="Two police officers"))


def test_arguments_that_become_the_same_are_told_once() -> None:
    spans = (span("Two police officers"), span("police officers"), span("Goma"))
    arguments = tuple(Argument(role="Passenger", char_span=of) for of in spans)
    ours = document(Event(id="E1", event_type="Transport", trigger=None, arguments=arguments))
    [mapped] = MAP.to_theirs(ours, Counter()).events
    assert [argument.char_span for argument in mapped.arguments] == [span("officers"), span("Goma")]


def test_two_roles_that_become_one_tell_a_span_once() -> None:
    roles = {"Passenger": "Who", "Destination": "Who"}
    phrases = TypeMap(name="x", event_types={"Transport": MappedType(becomes="Move", roles=roles)})
    ours = document(event("Transport", Passenger="Goma", Destination="Goma"))
    assert phrases.to_theirs(ours, Counter()) == document(event("Move", Who="Goma"))


def test_events_without_a_counterpart_are_left_out_and_counted() -> None:
    left_out: Counter[str] = Counter()
    assert MAP.to_theirs(document(event("Say"), event("Say")), left_out) == document()
    assert MAP.to_ours(document(event("Die"), event("Move", Vehicle="police")), left_out) == document(
        event("Transport")
    )
    assert left_out == {"Say": 2, "Die": 1, "Move Vehicle": 1}


def test_back_the_first_of_several_is_taken() -> None:
    theirs = document(event("Move", Artifact="officers", Goal="Goma"))
    ours = document(event("Transport", Passenger="officers", Destination="Goma"))
    assert MAP.to_ours(theirs, Counter()) == ours
    assert MAP.to_theirs(ours, Counter()) == theirs


def write(folder: Path, text: str) -> Path:
    path = folder / "map.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_map_is_read_from_yaml(tmp_path: Path) -> None:
    path = write(tmp_path, "name: x\nevent_types:\n  Say: {becomes: Tell}\n")
    expected = TypeMap(name="x", event_types={"Say": MappedType(becomes="Tell")})
    assert load_type_map(path, ONTOLOGY) == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name: x\nevent_types: {}\n", "map.yaml: event_types: must"),
        ("name: x\nevent_types: {Say: {becoms: Tell}}\n", "Did you mean 'becomes'?"),
        ("name: x\nargument_spans: words\nevent_types: {Say: {becomes: T}}\n", "map.yaml: argument_spans: must"),
        (
            "name: x\nevent_types: {Sy: {becomes: T}}\n",
            "event_types.Sy: event type 'Sy' must be one of ontology 'tiny'",
        ),
        ("name: x\nevent_types: {Say: {becomes: T, roles: {A: B}}}\n", "role 'A' is not allowed for event type 'Say'"),
    ],
)
def test_a_map_that_does_not_hold_together_is_refused(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_type_map(write(tmp_path, text), ONTOLOGY)
    assert found in str(raised.value)
