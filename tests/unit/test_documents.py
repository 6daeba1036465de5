"""Coverage says which events annotators would have marked; documents list their spans."""

import dataclasses

import pytest

from eventroles.documents import Argument, Coverage, Document, Event, all_spans, covered_events
from eventroles.spans import Span


def event(id: str, event_type: str, trigger: Span | None, *argument_spans: Span) -> Event:
    arguments = tuple(Argument(role="Agent", char_span=span) for span in argument_spans)
    return Event(id=id, event_type=event_type, trigger=trigger, arguments=arguments)


def test_coverage_of_everything_has_every_event() -> None:
    coverage = Coverage()
    assert coverage.has_type("Any")
    assert coverage.has_position(0)
    assert coverage.has_event(event("E1", "Any", Span(900, 901)))
    assert coverage.has_event(event("E2", "Any", None))


def test_coverage_of_types_has_only_those() -> None:
    coverage = Coverage(event_types=frozenset({"Attack"}))
    assert coverage.has_type("Attack")
    assert not coverage.has_type("attack")
    assert not coverage.has_event(event("E1", "Meet", None))
    assert not Coverage(event_types=frozenset()).has_type("Attack")


@pytest.mark.parametrize(
    ("position", "is_covered"), [(1, False), (2, True), (4, True), (5, False), (8, True), (9, False)]
)
def test_coverage_of_regions_is_half_open(position: int, is_covered: bool) -> None:
    coverage = Coverage(char_spans=(Span(2, 5), Span(8, 9)))
    assert coverage.has_position(position) is is_covered
    assert coverage.has_event(event("E1", "Any", Span(position, position + 10))) is is_covered


def test_no_region_covers_no_position() -> None:
    assert not Coverage(char_spans=()).has_position(0)


def test_an_event_needs_both_its_type_and_its_trigger_covered() -> None:
    coverage = Coverage(event_types=frozenset({"Attack"}), char_spans=(Span(0, 5),))
    assert coverage.has_event(event("E1", "Attack", Span(0, 2)))
    assert not coverage.has_event(event("E2", "Meet", Span(0, 2)))
    assert not coverage.has_event(event("E3", "Attack", Span(5, 6)))


def test_arguments_may_lie_outside_the_region() -> None:
    assert Coverage(char_spans=(Span(0, 5),)).has_event(event("E1", "Attack", Span(0, 2), Span(7, 9)))


def test_an_event_without_trigger_belongs_to_every_region() -> None:
    coverage = Coverage(event_types=frozenset({"Attack"}), char_spans=(Span(0, 1),))
    assert coverage.has_event(event("E1", "Attack", None))


def test_covered_events_keep_their_order() -> None:
    events = (event("E1", "A", Span(4, 5)), event("E2", "B", Span(0, 1)), event("E3", "A", Span(1, 2)))
    document = Document(id="d", text="abcdef", events=events)
    picked = covered_events(document, Coverage(event_types=frozenset({"A"})))
    assert [one.id for one in picked] == ["E1", "E3"]


def test_all_spans_lists_triggers_and_arguments_with_repeats() -> None:
    events = (event("E1", "A", Span(4, 5), Span(0, 2), Span(0, 2)), event("E2", "B", None, Span(1, 2)))
    document = Document(id="d", text="abcdef", events=events)
    assert list(all_spans(document)) == [Span(4, 5), Span(0, 2), Span(0, 2), Span(1, 2)]
    assert list(all_spans(Document(id="e", text=""))) == []


def test_a_new_document_is_fully_annotated_without_events() -> None:
    document = Document(id="d", text="")
    assert document.events == ()
    assert document.meta == {}
    assert document.coverage == Coverage(event_types=None, char_spans=None)
    assert document.receipt is None


def test_documents_are_immutable() -> None:
    document = Document(id="d", text="")
    with pytest.raises(dataclasses.FrozenInstanceError, match="text"):
        document.text = "other"  # type: ignore[misc]
