"""Prodigy's tasks, of `rel.manual` and `ner.manual`: JSON lines of `text`, `tokens`, `spans`, `relations` and `answer`.

Offsets count characters, half-open, and decide; `token_end` is the last token itself, as are `head` and `child` of a
relation, whose spans stand in `head_span` and `child_span`. A child may be a bare token, without a label. A relation
that begins at a bare token, or that has no label, is no link.

Ours: `region_id` names a span, for two may have the same bounds and label; `meta.id` is the document's id; `eventroles`
holds metadata that Prodigy cannot show; a relation may have a `score`; white space that a span begins or ends with is a
token, as it may be in spaCy. `rel.manual` itself shows no span inside another.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, InstanceOf, ValidationError

from eventroles.documents import Document, Json
from eventroles.errors import DataError, Place
from eventroles.formats.left_out import unsaid_of_drawn
from eventroles.formats.records import quoted, show
from eventroles.formats.relations import ARGUMENT_LABEL, Drawing, Link, Region, drawing_of, meta_of, record_of_drawing
from eventroles.formats.sinks import write_json_lines
from eventroles.formats.sources import read_json
from eventroles.formats.tokens import tokens_of
from eventroles.ontology import Ontology
from eventroles.schema import validate
from eventroles.spans import Span

_logger: Final = logging.getLogger(__name__)

_OWN: Final = "prodigy"
_NOT_GOLD: Final = ("reject", "ignore")
_DERIVED: Final = (("type", "span"), "token_start", "token_end", "head", "child")
_BOUNDS: Final[Mapping[str, bool]] = {"start": True, "end": True, "label": True}
_OPTIONAL: Final[Mapping[str, bool]] = {"region_id": True, "score": True}
_JOINED: Final[Mapping[str, Any]] = {"head_span": _BOUNDS, "child_span": _BOUNDS, "label": True}
_RESERVED: Final = frozenset({"id", "event_types"})

_Text = InstanceOf[str]  # pydantic's own texts may not hold lone surrogates


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class _Stretch(_Open):
    start: int
    end: int
    text: _Text | None = None
    label: _Text | None = None
    region_id: _Text | None = None
    score: float | None = None


class _Relation(_Open):
    head_span: _Stretch
    child_span: _Stretch
    label: _Text | None = None
    score: float | None = None


class _Task(_Open):
    text: _Text
    meta: dict[Any, Any] | None = None
    eventroles: dict[Any, Any] | None = None
    tokens: list[_Stretch] | None = None
    spans: list[_Stretch] | None = None
    relations: list[_Relation] | None = None
    answer: Literal["accept", "reject", "ignore"] | None = None


class _Kept(_Open):
    """What `meta["prodigy"]` keeps: tokens that are not ours, spans and relations with more to them, other keys."""

    tokens: list[_Stretch] = []
    spans: list[_Stretch] = []
    relations: list[_Relation] = []


_NOTHING: Final = _Kept()


def is_prodigy(value: Any) -> bool:
    """Tell by its keys whether a JSON value is a task."""
    keys = {"spans", "_input_hash", "_task_hash"}
    return isinstance(value, dict) and "text" in value and not keys.isdisjoint(value)


def read_prodigy(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a file of tasks. Those that were rejected or ignored are no gold: they are passed over, and logged.

    Raises DataError: after the last task, with the problems of the whole file; or at once where there is no such file.

    Args:
        path: The file, UTF-8: JSON lines, or one array.
        ontology: Says which labels are event types, where given; every event must be legal in it.

    Yields:
        The documents that are sound, named by `meta.id`, else `id`, else `meta.source`, else their number in the file,
        which follows a source or number that is taken. `meta["prodigy"]` holds whatever else a task has.
    """
    tasks = _Tasks(ontology)
    try:
        yield from read_json(path, ontology, tasks.native_record)
    finally:
        for answer, n_tasks in sorted(tasks.n_passed_over.items()):
            _logger.warning("%s: %d task(s) passed over, for their answer is '%s'", path, n_tasks, answer)


def write_prodigy(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write documents as accepted tasks, a line each.

    Args:
        documents: The documents. Hashes that their metadata keep are written as they were, though events may be new.
        path: The file.
        left_out: Counts what tasks cannot say.

    Returns:
        How many documents there were.
    """
    return write_json_lines(documents, path, lambda document: _task_of(document, left_out))


class _Tasks:
    """The tasks of one file as they are read."""

    def __init__(self, ontology: Ontology | None) -> None:
        self._ontology = ontology
        self._n_read = 0
        self._ids: set[str] = set()
        self.n_passed_over = Counter[str]()

    def native_record(self, value: Any, place: Place) -> dict[str, Json] | None:
        """Turn a task into a native record; None where it is no gold, or after a report."""
        self._n_read += 1
        answer = value.get("answer") if isinstance(value, dict) else None
        if answer in _NOT_GOLD:
            self.n_passed_over[answer] += 1
            return None
        task = _checked(value, place)
        if task is None:
            return None
        n_before = place.problems.n_found
        regions = _Regions(task)
        joined = list(_joined(task, regions, place))
        drawing = Drawing(regions=regions.all, links=[link for _, link in joined if link is not None])
        id_, meta, others = self._named(task)
        record: dict[str, Any] = record_of_drawing(id_, task.text, drawing, place, ontology=self._ontology, meta=meta)
        if place.problems.n_found > n_before:
            return None
        kept = others | _kept(task, joined, value.get("tokens") or [])
        return record | ({"meta": {**record["meta"], _OWN: kept}} if kept else {})

    def _named(self, task: _Task) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Find the document's id; return it with the metadata and the other keys of the task, less the id."""
        meta, others = (task.meta or {}) | (task.eventroles or {}), dict(task.model_extra or {})
        holders = [holder for holder in (meta, others) if type(holder.get("id")) in {str, int}]
        if holders:
            name = str(holders[0].pop("id"))
        else:
            source = meta.get("source")
            name = source if isinstance(source, str) and source else str(self._n_read)
            name = f"{name}:{self._n_read}" if name in self._ids else name
        self._ids.add(name)
        return name, meta, others


def _checked(value: Any, place: Place) -> _Task | None:
    if not isinstance(value, dict):
        place.report(f"must be a JSON object, but is {show(value)}. Correct it.")
        return None
    try:
        task = validate(_Task, value, place.where, DataError)
    except DataError as error:
        place.problems.add("", str(error))
        return None
    n_before = place.problems.n_found
    for kind, number, stretch in _stretches(task):
        problem = _problem_with(stretch, task.text)
        if problem:
            place.key(kind.format(number)).report(problem)
    return task if place.problems.n_found == n_before else None


def _stretches(drawn: _Task | _Kept) -> Iterator[tuple[str, int, _Stretch]]:
    """List all stretches of text that a task names, with their places, into which their numbers have to be put."""
    yield from (("tokens[{}]", number, token) for number, token in enumerate(drawn.tokens or []))
    yield from (("spans[{}]", number, span) for number, span in enumerate(drawn.spans or []))
    for number, relation in enumerate(drawn.relations or []):
        yield "relations[{}].head_span", number, relation.head_span
        yield "relations[{}].child_span", number, relation.child_span


def _problem_with(stretch: _Stretch, text: str) -> str:
    start, end, found = stretch.start, stretch.end, stretch.text
    if not 0 <= start < end <= len(text):
        found = f"[{show(start)}, {show(end)})"
        return f"must have 0 <= start < end <= {len(text)}, but is {found}. Count code points of the text, half-open."
    if found is not None and text[start:end] != found:
        return f"must be text[{start}:{end}], which is {quoted(text[start:end])}, but is {quoted(found)}. Correct it."
    return ""


class _Regions:
    """The regions of a task, found by what its relations say of them."""

    def __init__(self, task: _Task) -> None:
        self.all: list[Region] = []
        self._found: dict[tuple[object, ...], _Stretch] = {}
        self._given = {span.region_id for span in task.spans or []}
        self._taken: set[str | None] = {None}
        for span in task.spans or []:
            if span.label is not None:
                self.add(span, span.label)

    def find(self, span: _Stretch) -> _Stretch:
        """Find the region that a relation names; without an id where there is none."""
        found = self._found.get((*_key(span), span.region_id)) or self._found.get(_key(span))
        return found or _Stretch(start=span.start, end=span.end, label=span.label)

    def add(self, span: _Stretch, label: str) -> _Stretch:
        """Make a region of a span, with a new id where it has none."""
        name = span.region_id
        if name is None or name in self._taken:
            name = f"T{len(self.all) + 1}"
            while name in self._taken or name in self._given:
                name += "'"
        self._taken.add(name)
        region = Region(id=name, label=label, char_span=Span(span.start, span.end), score=span.score)
        self.all.append(region)
        stretch = _stretch_of(region)
        unlabelled = [] if label == ARGUMENT_LABEL else [(span.start, span.end, None)]
        for key in ((*_key(stretch), name), _key(stretch), *unlabelled):
            self._found.setdefault(key, stretch)
        return stretch

    def argument_at(self, token: _Stretch) -> _Stretch:
        """Find or make a region of a bare token that is the child of a relation."""
        return self._found.get((token.start, token.end, ARGUMENT_LABEL)) or self.add(token, ARGUMENT_LABEL)


def _stretch_of(region: Region) -> _Stretch:
    start, end = region.char_span.start, region.char_span.end
    return _Stretch(start=start, end=end, label=region.label, region_id=region.id, score=region.score)


def _key(drawn: _Stretch | _Relation) -> tuple[object, ...]:
    if isinstance(drawn, _Stretch):
        return drawn.start, drawn.end, drawn.label
    return _key(drawn.head_span), _key(drawn.child_span), drawn.label


def _joined(task: _Task, regions: _Regions, place: Place) -> Iterator[tuple[_Relation, Link | None]]:
    """Find what each relation joins, and make a link of it where it has a label and does not begin at a bare token."""
    for number, relation in enumerate(task.relations or []):
        head, child = regions.find(relation.head_span), regions.find(relation.child_span)
        link = None
        if relation.label is not None and head.label is not None:
            child = regions.argument_at(child) if child.label is None else child
            for end in (each for each in (head, child) if each.region_id is None):
                what = f"must join spans, but no '{end.label}' is at [{end.start}, {end.end}). Add it, or mend this."
                place.key(f"relations[{number}]").report(what)
            link = Link(head=str(head.region_id), tail=str(child.region_id), label=relation.label, score=relation.score)
        yield relation.model_copy(update={"head_span": head, "child_span": child}), link


def _kept(task: _Task, joined: Sequence[tuple[_Relation, Link | None]], tokens: list[Any]) -> dict[str, Json]:
    """Keep what neither events nor regions and links say, in the form that the task had it in."""
    spans = task.spans or []
    char_spans = _char_spans(spans, [relation for relation, _ in joined])
    is_ours = not _are_fitting(task.tokens or [], char_spans) or tokens == _token_records(task.text, char_spans)
    spans = [span for span in spans if span.label is None or _more(span)]
    relations = [relation for relation, link in joined if link is None or _more(relation)]
    kept: dict[str, Json] = {
        "tokens": [] if is_ours else tokens,
        "spans": [_more(span) | span.model_dump(include=_BOUNDS) for span in spans],
        "relations": [_more(relation) | relation.model_dump(include=_JOINED) for relation in relations],
    }
    return {key: value for key, value in kept.items() if value}


def _char_spans(spans: Iterable[_Stretch], relations: Iterable[_Relation]) -> set[Span]:
    ends = [end for relation in relations for end in (relation.head_span, relation.child_span)]
    return {Span(stretch.start, stretch.end) for stretch in (*spans, *ends)}


def _more(given: _Stretch | _Relation) -> dict[str, Json]:
    """List what a span or relation has beyond what we write anyway."""
    others = (given.model_extra or {}).items()
    return {key: value for key, value in others if key not in _DERIVED and (key, value) not in _DERIVED}


def _are_fitting(tokens: Sequence[_Stretch], char_spans: Iterable[Span]) -> bool:
    """Tell whether there are tokens, in order, and all of the spans are runs of them."""
    starts, ends = {token.start for token in tokens}, {token.end for token in tokens}
    are_in_order = all(before.end <= after.start for before, after in pairwise(tokens))
    return bool(tokens) and are_in_order and all(span.start in starts and span.end in ends for span in char_spans)


def _token_records(text: str, char_spans: Collection[Span]) -> list[Any]:
    """Divide a text into words, and white space where a span begins or ends with it."""
    words = tokens_of(Document(id="", text=text), char_spans)
    starts = {span.start for span in (*char_spans, *words)}
    ends = {span.end for span in (*char_spans, *words)}
    bounds = pairwise(sorted(starts | ends))
    tokens = [(start, end) for start, end in bounds if start in starts or end in ends]
    nexts = [start for start, _ in tokens[1:]] + [len(text)]
    return [
        {"text": text[start:end], "start": start, "end": end, "id": number, "ws": following > end}
        for number, ((start, end), following) in enumerate(zip(tokens, nexts, strict=False))
    ]


def _task_of(document: Document, left_out: Counter[str]) -> dict[str, Json]:
    kept = _kept_again(document)
    spans, relations = _drawn_again(kept, drawing_of(document))
    char_spans = _char_spans(spans, relations)
    are_fitting = _are_fitting(kept.tokens, char_spans)
    left_out.update(_lost(document, is_whole=kept is not _NOTHING and are_fitting == bool(kept.tokens)))
    given = [token.model_dump(exclude_unset=True) for token in kept.tokens]
    tokens = given if are_fitting else _token_records(document.text, char_spans)
    meta = {key: value for key, value in meta_of(document).items() if key not in {_OWN, "id"}}
    hidden = {key: value for key, value in meta.items() if not isinstance(value, str | int | float)}
    numbered = _Numbered(kept, tokens)
    return {
        **(kept.model_extra or {}),
        "text": document.text,
        "meta": {"id": document.id, **{key: value for key, value in meta.items() if key not in hidden}},
        **({"eventroles": hidden} if hidden else {}),
        "tokens": tokens,
        "spans": [
            {"text": document.text[span.start : span.end], "type": "span", **numbered.span(span)} for span in spans
        ],
        "relations": [numbered.relation(relation) for relation in relations],
        "answer": "accept",
    }


def _kept_again(document: Document) -> _Kept:
    """Read what the metadata keep, but nothing where somebody changed it so that it no longer fits."""
    try:
        kept = _Kept.model_validate(document.meta.get(_OWN, {}))
    except ValidationError:
        return _NOTHING
    return _NOTHING if any(_problem_with(stretch, document.text) for _, _, stretch in _stretches(kept)) else kept


def _drawn_again(kept: _Kept, drawing: Drawing) -> tuple[list[_Stretch], list[_Relation]]:
    """Make spans and relations of regions and links, and add those that were kept because they were none."""
    spans = {region.id: _stretch_of(region) for region in drawing.regions}
    relations = [
        _Relation(head_span=spans[link.head], child_span=spans[link.tail], label=link.label, score=link.score)
        for link in drawing.links
    ]
    bare = [relation for relation in kept.relations if None in {relation.label, relation.head_span.label}]
    return [*spans.values(), *(span for span in kept.spans if span.label is None)], [*relations, *bare]


class _Numbered:
    """Turns spans and relations into records, with the numbers of their tokens and what is kept of them."""

    def __init__(self, kept: _Kept, tokens: Sequence[dict[str, Any]]) -> None:
        self._first = {token["start"]: number for number, token in enumerate(tokens)}
        self._last = {token["end"]: number for number, token in enumerate(tokens)}
        self._more = {_key(span): _more(span) for span in kept.spans}
        self._more |= {_key(relation): _more(relation) for relation in kept.relations}

    def span(self, span: _Stretch) -> dict[str, Json]:
        return self._more.get(_key(span), {}) | self._bounds(span)

    def relation(self, relation: _Relation) -> dict[str, Json]:
        head, child = self._bounds(relation.head_span), self._bounds(relation.child_span)
        numbers = {"head": head["token_end"], "child": child["token_end"]}
        said = {"head_span": head, "child_span": child, "label": relation.label}
        score = relation.model_dump(include=_OPTIONAL, exclude_none=True)
        return self._more.get(_key(relation), {}) | numbers | said | score

    def _bounds(self, span: _Stretch) -> dict[str, Json]:
        numbers = {"token_start": self._first[span.start], "token_end": self._last[span.end]}
        return span.model_dump(include=_BOUNDS) | numbers | span.model_dump(include=_OPTIONAL, exclude_none=True)


def _lost(document: Document, *, is_whole: bool) -> Iterator[str]:
    """Name each thing of a document that a task has no place for."""
    for event in document.events:
        if event.trigger is None:
            yield "event without a trigger"
            yield from ("argument of an event without a trigger" for _ in event.arguments)
    yield from unsaid_of_drawn(document)
    if not is_whole or not _RESERVED.isdisjoint(document.meta):
        yield "metadata"
