"""DyGIE++ (Wadden et al. 2019): JSON lines, one document a line.

`sentences` are lists of tokens. Spans count tokens through the whole document, and the last one is inside. `ner`
(`[first, last, label]`), `relations` (two spans and a label) and `events` have a list for each sentence; an event is
`[[token, type], [first, last, role], ...]`, in later versions `[[first, last, type], ...]`; `clusters` are lists of
spans. Any other key must begin with an underscore and hold a list with an item for each sentence.

Ours: a trigger is written as `[token, type]`, but all triggers of a document as `[first, last, type]` where one has
several tokens, or where they were read so. An event stands in the sentence where its trigger begins; its arguments may
lie in others. Events are named E1, E2 and so on. What the format has no place for stands, where there is such, in
`_text`, the text with its white space; `_event_ids`; and `_meta`, other metadata, in the first item.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, Field

from eventroles.documents import Document, Json
from eventroles.errors import Place
from eventroles.formats.event_ids import default_ids, named_events
from eventroles.formats.layouts import (
    Layout,
    SaidEvent,
    Token,
    chars_of_tokens,
    checked,
    is_evenly_spaced,
    kept_items,
    kept_meta,
    layout_of_document,
    layout_of_sentences,
    meta_to_keep,
    said_events,
    sentence_of,
    sentences_of,
    span_in_text,
    texts_of,
    token_span_of,
    without,
)
from eventroles.formats.left_out import count
from eventroles.formats.records import show
from eventroles.formats.sinks import write_json_lines
from eventroles.formats.sources import read_json
from eventroles.ontology import Ontology
from eventroles.spans import Span

_KEYS: Final = frozenset(
    {"doc_key", "sentences", "events", "sentence_start"} | {"_sentence_start", "_text", "_event_ids", "_meta"}
)
_TWO_BOUNDS: Final = "[first, last, type]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """How a field holds spans.

    Attributes:
        n_spans: Spans that each entry begins with.
        is_by_sentence: The field has a list for each sentence.
        is_grouped: Its entries come in lists.
    """

    n_spans: int
    is_by_sentence: bool
    is_grouped: bool


_EVENTS: Final = _Kind(n_spans=1, is_by_sentence=True, is_grouped=True)
_KINDS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "ner": _Kind(n_spans=1, is_by_sentence=True, is_grouped=False),
        "relations": _Kind(n_spans=2, is_by_sentence=True, is_grouped=False),
        "clusters": _Kind(n_spans=1, is_by_sentence=False, is_grouped=True),
        "events": _EVENTS,
    }
)
"""The kinds of fields by how their names end; `predicted_ner`, `event_clusters` and so on are like these."""
_ENDINGS: Final = tuple(_KINDS)


class _Group(NamedTuple):
    """A group of entries of a field.

    Attributes:
        place: Where it stands.
        entries: The entries, their spans in characters; none after a report.
    """

    place: Place
    entries: Sequence[list[Json]]


class _Kept(NamedTuple):
    """An entry that the metadata kept: its spans in characters, and what follows them."""

    spans: Sequence[Span]
    rest: Sequence[Json]


class _Line(BaseModel):
    doc_key: str
    sentences: list[list[Token]]
    texts: list[str] = Field(default_factory=list, alias="_text")
    event_ids: list[list[str]] | None = Field(default=None, alias="_event_ids")
    meta: list[dict[str, Any] | None] = Field(default_factory=list, alias="_meta")


def read_dygie(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a file of DyGIE++.

    Raises DataError: after the last line, with the problems of the whole file; or at once where there is no such file.

    Args:
        path: The file, UTF-8.
        ontology: Every event must be legal in it, where given.

    Yields:
        The documents that are sound; `meta` holds the other keys under `dygie`, spans in characters, half-open.
    """
    yield from read_json(path, ontology, _native_record)


def write_dygie(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write a file of DyGIE++.

    Args:
        documents: The documents.
        path: The file.
        left_out: Counts what the format cannot say.

    Returns:
        How many documents there were.
    """
    return write_json_lines(documents, path, lambda document: _line_of(document, left_out))


def is_dygie(value: Any) -> bool:
    """Tell whether the first value of a file looks like a document of this format."""
    return isinstance(value, dict) and {"doc_key", "sentences"} <= value.keys() and "evt_triggers" not in value


def _native_record(value: Any, place: Place) -> dict[str, Json] | None:
    line = checked(_Line, value, place)
    if line is None:
        return None
    n_before = place.problems.n_found
    layout = layout_of_sentences(line.sentences, "".join(line.texts))
    events = _events(value.get("events", []), line.event_ids, layout, place)
    kinds = {key: _kind_of(key) for key in value}
    others = without(value, _KEYS)
    kept = {key: _kept(other, kinds[key], layout, place.key(key)) for key, other in others.items()}
    if place.problems.n_found > n_before:
        return None
    kept = {key: other for key, other in kept.items() if other or key not in {"ner", "relations"}}
    if any(_has_two_bounds(value[key]) for key, kind in kinds.items() if kind is _EVENTS):
        kept["events"] = _TWO_BOUNDS
    rest = next(iter(line.meta), None) or {}
    meta = meta_to_keep(layout, "dygie", kept, rest)
    return {"id": line.doc_key, "text": layout.text, "meta": meta, "events": [*events]}


def _events(value: Any, ids: Sequence[Sequence[str]] | None, layout: Layout, place: Place) -> list[dict[str, Json]]:
    events = [_event(group, layout.text) for group in _groups(value, _EVENTS, layout, place.key("events"))]
    names = None if ids is None else [id_ for of_sentence in ids for id_ in of_sentence]
    return named_events(events, names, place.key("_event_ids"))


def _event(group: _Group, text: str) -> dict[str, Json]:
    """Turn a trigger and its arguments into a native record; an empty group was reported already."""
    said: list[tuple[str, dict[str, Json]]] = []
    for entry in group.entries:
        match entry:
            case [int(start), int(end), str(label)]:
                said.append((label, {"start": start, "end": end, "text": text[start:end]}))
            case _:
                form = "[[token, type], [first, last, role], ...]"
                group.place.report(f"must be {form}, but has a list of another form. Correct it.")
                return {}
    if not said:
        return {}
    (event_type, trigger), *arguments = said
    return {"type": event_type, "trigger": trigger, "arguments": [{"role": role, **span} for role, span in arguments]}


def _kept(value: Any, kind: _Kind | None, layout: Layout, place: Place) -> Json:
    if kind is None:
        return value  # type: ignore[no-any-return]  # it was JSON
    groups: list[list[Json]] = [[*group.entries] for group in _groups(value, kind, layout, place)]
    return [*groups] if kind.is_grouped else [*chain.from_iterable(groups)]


def _kind_of(key: str) -> _Kind | None:
    if key.startswith("_") or not key.endswith(_ENDINGS):
        return None
    return next(kind for ending, kind in _KINDS.items() if key.endswith(ending))


def _groups(value: Any, kind: _Kind, layout: Layout, place: Place) -> Iterator[_Group]:
    """Take the groups of entries out of a field; where its kind has none, the entries of a sentence are one."""
    n_sentences = len(layout.firsts)
    if not _is_nested(value, 1 + kind.is_by_sentence + kind.is_grouped):
        place.report(f"must be lists in lists as the format has them, but is {show(value)}. Correct it.")
    elif not kind.is_by_sentence:
        for number, group in enumerate(value):
            here = place.item(number)
            yield _Group(here, _in_characters(group, kind, layout, here))
    elif len(value) not in {0, n_sentences}:
        place.report(f"must have a list for each of {n_sentences} sentence(s), but has {len(value)}. Correct it.")
    else:
        borders = [*layout.firsts, len(layout.starts)]
        for number in (number for number, items in enumerate(value) if items):
            tokens, here = range(borders[number], borders[number + 1]), place.item(number)
            for group in map(_with_two_bounds, value[number]) if kind.is_grouped else [value[number]]:
                moved = _in_characters(group, kind, layout, here)
                if len(moved) == len(group):
                    _check_begins(group[:1] if kind.is_grouped else group, tokens, here)
                yield _Group(here, moved)


def _is_nested(value: Any, depth: int) -> bool:
    """Tell whether a value is lists of lists and so on, this many times."""
    level = [value]
    for _ in range(depth):
        if not {list}.issuperset(map(type, level)):
            return False
        level = [*chain.from_iterable(level)]
    return {list}.issuperset(map(type, level))


def _with_two_bounds(event: list[Any]) -> list[Any]:
    match event:
        case [[token, str(label), *scores], *arguments]:
            return [[token, token, label, *scores], *arguments]
    return event


def _has_two_bounds(events: Any) -> bool:
    """Tell whether triggers are `[first, last, type]` in a field that was found to be of its kind."""
    return any(type(event[0][1]) is int for of_sentence in events for event in of_sentence)


def _in_characters(group: Iterable[list[Any]], kind: _Kind, layout: Layout, place: Place) -> list[list[Json]]:
    """Give the entries with their spans in characters; none, after a report, where something is wrong with them."""
    n_before, n_bounds = place.problems.n_found, 2 * kind.n_spans
    of_numbers, moved = [int] * n_bounds, list[list[Json]]()
    for entry in group:
        if [*map(type, entry[:n_bounds])] != of_numbers:
            place.report(f"must begin with the tokens of {kind.n_spans} span(s), but is {show(entry)}. Correct it.")
            return []
        chars: list[Json] = []
        for n in range(0, n_bounds, 2):
            chars += chars_of_tokens(entry[n], entry[n + 1] + 1, layout, place) or ()
        moved.append(chars + entry[n_bounds:])
    return moved if place.problems.n_found == n_before else []


def _check_begins(heads: Sequence[list[Any]], tokens: range, place: Place) -> None:
    """Hold the entries that must begin in a sentence to its tokens."""
    begins = [head[0] for head in heads] or [None]
    for begin in begins:
        if begin not in tokens:
            place.report(
                f"must begin at one of the sentence's tokens, [{tokens.start}, {tokens.stop}), but begins at {begin}. "
                "Move it."
            )


def _line_of(document: Document, left_out: Counter[str]) -> dict[str, Json]:
    kept, rest = kept_meta(document, "dygie", left_out)
    kinds = {key: kind for key in kept if key not in _KEYS and (kind := _kind_of(key)) is not None}
    fields = {key: _kept_groups(kept[key], kind, document.text, left_out) for key, kind in kinds.items()}
    entries = [entry for groups in fields.values() for group in groups for entry in group]
    layout = layout_of_document(document, [span for entry in entries for span in entry.spans])
    said = said_events(document, layout, left_out)
    count(left_out, "score", sum(one.event.score is not None for one in said))
    has_longer = any(len(one.trigger) > 1 for one in said)
    n_bounds = 2 if has_longer or kept.get("events") == _TWO_BOUNDS else 1
    line: dict[str, Json] = {"doc_key": document.id}
    line |= without(kept, _KEYS | kinds.keys())
    line["sentences"] = [[*tokens] for tokens in sentences_of(layout)]
    line |= {"ner": [[] for _ in layout.firsts], "relations": [[] for _ in layout.firsts]}
    for key, kind in kinds.items():
        groups = _in_tokens(fields[key], layout, left_out)
        line[key] = _field_of(groups, kind, n_bounds, layout)
    line["events"] = _field_of([_entries_of(one) for one in said], _EVENTS, n_bounds, layout)
    return line | _own_keys(said, layout, rest)


def _kept_groups(value: Json, kind: _Kind, text: str, left_out: Counter[str]) -> list[list[_Kept]]:
    """Read kept entries back; what somebody changed so that it no longer fits is counted."""
    groups = []
    for item in kept_items(value, left_out):
        group = item if kind.is_grouped and isinstance(item, list) else [item]
        entries = [_kept_entry(entry, kind.n_spans, text) for entry in group]
        sound = [entry for entry in entries if entry is not None]
        count(left_out, "metadata", len(entries) - len(sound))
        is_whole = len(sound) == len(entries) and (sound or not kind.is_by_sentence)
        groups += [sound] if is_whole else []
    return groups


def _kept_entry(entry: Json, n_spans: int, text: str) -> _Kept | None:
    if not isinstance(entry, list) or len(entry) < 2 * n_spans:
        return None
    spans = [span_in_text(entry[2 * n], entry[2 * n + 1], text) for n in range(n_spans)]
    sound = [span for span in spans if span is not None]
    return _Kept(sound, entry[2 * n_spans :]) if len(sound) == n_spans else None


_Entry = tuple[Sequence[Span], Sequence[Json]]


def _in_tokens(groups: Iterable[Sequence[_Kept]], layout: Layout, left_out: Counter[str]) -> list[list[_Entry]]:
    moved: list[list[_Entry]] = []
    for group in groups:
        spans = [[token_span_of(span, layout) for span in entry.spans] for entry in group]
        entries = [
            ([span for span in of_entry if span is not None], entry.rest)
            for of_entry, entry in zip(spans, group, strict=True)
            if None not in of_entry
        ]
        count(left_out, "metadata", len(group) - len(entries))
        moved += [[*entries]] if len(entries) == len(group) else []
    return moved


def _entries_of(said: SaidEvent) -> list[_Entry]:
    return [
        ([said.trigger], [said.event.event_type]),
        *(([span], [argument.role]) for argument, span in said.arguments),
    ]


def _field_of(groups: Iterable[Sequence[_Entry]], kind: _Kind, n_bounds: int, layout: Layout) -> list[Json]:
    """Write a field, each trigger with its first token alone (1 bound) or with its last token (2)."""
    by_sentence: list[list[Json]] = [[] for _ in layout.firsts]
    field: list[Json] = []
    for group in groups:
        entries = [[*(bound for span in spans for bound in (span.start, span.end - 1)), *rest] for spans, rest in group]
        if kind is _EVENTS:
            entries[0] = [*entries[0][:n_bounds], *entries[0][2:]]
        item: Json = [*entries] if kind.is_grouped else entries[0]
        target = by_sentence[sentence_of(group[0][0][0].start, layout)] if kind.is_by_sentence else field
        target.append(item)
    return [*by_sentence] if kind.is_by_sentence else field


def _own_keys(said: Sequence[SaidEvent], layout: Layout, rest: dict[str, Json]) -> dict[str, Json]:
    own: dict[str, Json] = {"_sentence_start": [*layout.firsts]}
    if not is_evenly_spaced(layout):
        own["_text"] = [*texts_of(layout)]
    ids: list[list[Json]] = [[] for _ in layout.firsts]
    for one in said:
        ids[sentence_of(one.trigger.start, layout)].append(one.event.id)
    if [id_ for of_sentence in ids for id_ in of_sentence] != default_ids(len(said)):
        own["_event_ids"] = [*ids]
    if rest:
        own["_meta"] = [rest, *([None] * (len(layout.firsts) - 1))]
    return own
