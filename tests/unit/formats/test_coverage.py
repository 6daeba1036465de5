"""What was annotated of a document goes to annotation tools and comes back."""

from collections import Counter
from pathlib import Path

import pytest

from eventroles.documents import Coverage, Document, Event
from eventroles.errors import DataError
from eventroles.formats.table import FORMATS, DataFormat
from eventroles.spans import Span

TOOLS = [DataFormat.LABELSTUDIO, DataFormat.DOCCANO, DataFormat.PRODIGY, DataFormat.GLINER]
COVERAGES = [
    Coverage(),
    Coverage(event_types=frozenset({"Attack"})),
    Coverage(char_spans=(Span(0, 8), Span(12, 23))),
    Coverage(event_types=frozenset({"Attack", "Meet"}), char_spans=(Span(0, 18),)),
]
EVENT = Event(id="E1", event_type="Attack", trigger=Span(12, 18))


def document(coverage: Coverage) -> Document:
    return Document(id="a", text="Rebels have struck Goma", events=(EVENT,), coverage=coverage)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("coverage", COVERAGES)
def test_what_was_annotated_comes_back_from_a_tool(tmp_path: Path, tool: DataFormat, coverage: Coverage) -> None:
    write, left_out = FORMATS[tool].write, Counter[str]()
    assert write is not None
    write([document(coverage)], tmp_path / "tasks", left_out)
    [again] = FORMATS[tool].read(tmp_path / "tasks", None)
    assert again.coverage == coverage
    assert again.events == (EVENT,)
    assert not left_out


@pytest.mark.parametrize("tool", TOOLS)
def test_an_event_beyond_what_was_annotated_is_reported(tmp_path: Path, tool: DataFormat) -> None:
    write = FORMATS[tool].write
    assert write is not None
    outside = document(Coverage(event_types=frozenset({"Meet"})))
    write([outside], tmp_path / "tasks", Counter())
    with pytest.raises(DataError, match=r"tasks:[12]: events: event 'E1' \(Attack\) must lie in what"):
        list(FORMATS[tool].read(tmp_path / "tasks", None))


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("own", [True, "whole", {}, {"by": "Ann"}])
def test_metadata_of_that_name_stay_what_they_are(
    tmp_path: Path, tool: DataFormat, own: bool | str | dict[str, str]
) -> None:
    write = FORMATS[tool].write
    assert write is not None
    kept = Document(id="a", text="Rebels have struck Goma", events=(EVENT,), meta={"annotated": own})
    write([kept], tmp_path / "tasks", Counter())
    [again] = FORMATS[tool].read(tmp_path / "tasks", None)
    assert again.meta["annotated"] == own
    assert again.coverage == Coverage()


@pytest.mark.parametrize("tool", TOOLS[1:])
def test_a_document_that_nobody_annotated_yet_goes_to_people_whole(tmp_path: Path, tool: DataFormat) -> None:
    write, left_out = FORMATS[tool].write, Counter[str]()
    assert write is not None
    write([Document(id="a", text="Rebels", coverage=Coverage(char_spans=()))], tmp_path / "tasks", left_out)
    assert left_out == {"annotated part": 1}
    [again] = FORMATS[tool].read(tmp_path / "tasks", None)
    assert again.coverage == Coverage()
