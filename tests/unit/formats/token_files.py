"""What the tests of formats that count in tokens share: sentences, files, and documents that are hard to write."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from eventroles.documents import Argument, Coverage, Document, Event, ReadReceipt
from eventroles.formats.table import Read, Write
from eventroles.spans import Span

SENTENCES = [["Two", "gunmen", "shot", "at", "soldiers", "."], ["They", "fled", "to", "Kabul", "."]]
TEXT = "Two gunmen shot at soldiers . They fled to Kabul ."

PIECES = (
    *("a", "B.", "e\u0301", "\U0001f468\u200d\U0001f469", "\u05e9\u05dc", "\u5317\u4eac\u3002", "?", "x-y", "1"),
    *(" ", "\r\n", "\n\n", "\t", "\u00a0", "\x1c", "\x00", "\u200b"),
)

UNSAID = {
    "score": 2,
    "argument that begins or ends in white space": 1,
    "event without a trigger": 1,
    "event whose trigger begins or ends in white space": 1,
    "annotated part": 1,
    "read-receipt": 1,
}
"""What no format in tokens can say of `unsayable`, but RAMS the score of its first event."""


def lines_in(path: Path, *values: object) -> Path:
    """Write a JSON value a line."""
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


def written_by(write: Write, path: Path, documents: Sequence[Document]) -> tuple[list[Any], Counter[str]]:
    """Write documents and give the lines and what was left out."""
    left_out = Counter[str]()
    assert write(iter(documents), path, left_out) == len(documents)
    lines = path.read_bytes().decode("utf-8").split("\n")
    return [json.loads(text) for text in lines if text], left_out


def read_again(read: Read, write: Write, path: Path, documents: Sequence[Document]) -> list[Document]:
    """Write documents, of which nothing may be left out, and read them."""
    _, left_out = written_by(write, path, documents)
    assert left_out == Counter()
    return list(read(path, None))


def unsayable(**meta: Any) -> Document:
    """Make a document with one event that tokens can say, but for its scores and one of its arguments."""
    arguments = (
        Argument(role="a", char_span=Span(0, 3), score=0.5),
        Argument(role="b", char_span=Span(3, 4), score=0.5),
    )
    events = (
        Event(id="1", event_type="T", trigger=Span(4, 8), arguments=arguments, score=0.25),
        Event(id="2", event_type="T", trigger=None, arguments=arguments, score=0.5),
        Event(id="3", event_type="T", trigger=Span(3, 8), arguments=arguments),
    )
    receipt = ReadReceipt(n_chars=8, n_words=2, n_windows=1, n_words_cut=0)
    coverage = Coverage(event_types=frozenset({"T"}))
    return Document(id="d", text="Dan left", events=events, meta=meta, coverage=coverage, receipt=receipt)


@st.composite
def documents(
    draw: st.DrawFn,
    pieces: Sequence[str] = PIECES,
    roles: Sequence[str] = "pq",
    scores: Sequence[float | None] = (None,),
) -> Document:
    """Draw a document whose spans begin and end at visible characters."""
    text = "".join(draw(st.lists(st.sampled_from(pieces), max_size=12)))
    visible = [number for number, character in enumerate(text) if not character.isspace()]
    bounds = st.tuples(st.sampled_from(visible), st.sampled_from(visible)) if visible else st.nothing()
    spans = bounds.map(lambda pair: Span(min(pair), max(pair) + 1))
    arguments = st.lists(st.builds(Argument, role=st.sampled_from(roles), char_span=spans), max_size=3).map(tuple)
    kinds, given = st.sampled_from(["Attack", "Die"]), st.sampled_from(scores)
    events = st.builds(Event, id=st.text(), event_type=kinds, trigger=spans, arguments=arguments, score=given)
    drawn = draw(st.lists(events, max_size=3, unique_by=lambda event: event.id)) if visible else []
    return Document(id=draw(st.text()), text=text, events=tuple(drawn), meta=draw(st.just({}) | st.just({"a": [None]})))
