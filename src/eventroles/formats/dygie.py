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
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, Field

from eventroles.documents import Document, Json
from eventroles.errors import Place
from eventroles.formats.layouts import (
    Layout,
    SaidEvent,
    Token,
    borders_of,
    checked,
    count,
    default_ids,
    is_evenly_spaced,
    kept_items,
    kept_meta,
    layout_of_document,
    layout_of_sentences,
    record_of_tokens,
    said_events,
    sentence_of,
    sentences_of,
    span_in_text,
    texts_of,
    token_span_of,
)
from eventroles.formats.records import show
from eventroles.formats.sinks import write_json_lines
from eventroles.formats.sources import read_json
from eventroles.ontology import Ontology
from eventroles.spans import Span

_KEYS: Final = frozenset(
    {"doc_key", "sentences", "events", "sentence_start"} | {"_sentence_start", "_text", "_event_ids", "_meta"}
)
_TWO_BOUNDS: Final = "[first, last, type]"
_N_ITEMS: Final = 3


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


class _Found(NamedTuple):
    """A group of entries in a file, of one where the field's kind has none.

    Attributes:
        place: Where it stands.
        sentence: The sentence in whose list it stands; None where there are no such lists.
        entries: The entries as they are, but that each trigger has a first and a last token.
    """

    place: Place
    sentence: int | None
    entries: Sequence[list[Any]]


class _Kept(NamedTuple):
    """An entry that the metadata kept: its spans in characters, and what follows them."""

    spans: Sequence[Span]
    rest: Sequence[Json]


class _Line(BaseModel):
    doc_key: str
    sentences: list[list[Token]]
    texts: list[str] = Field(default=[], alias="_text")
    event_ids: list[list[str]] | None = Field(default=None, alias="_event_ids")
    meta: list[dict[str, Any] | None] = Field(default=[], alias="_meta")


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
    kept = {key: _kept(key, other, layout, place.key(key)) for key, other in value.items() if key not in _KEYS}
    if place.problems.n_found > n_before:
        return None
    kept = {key: other for key, other in kept.items() if other or key not in {"ner", "relations"}}
    if any(_has_two_bounds(field) for key, field in value.items() if _kind_of(key) is _EVENTS):
        kept["events"] = _TWO_BOUNDS
    rest = next(iter(line.meta), None) or {}
    meta = {**rest, **borders_of(layout), **({"dygie": kept} if kept else {})}
    return {"id": line.doc_key, "text": layout.text, "meta": meta, "events": [*events]}


def _events(value: Any, ids: Sequence[Sequence[str]] | None, layout: Layout, place: Place) -> list[dict[str, Json]]:
    found = _found(value, _EVENTS, layout, place.key("events"))
    events = [_event(_in_characters(group, _EVENTS, layout), layout.text, group.place) for group in found]
    names = default_ids(len(events)) if ids is None else [id_ for of_sentence in ids for id_ in of_sentence]
    if len(names) != len(events):
        place.key("_event_ids").report(f"must name {len(events)} event(s), but names {len(names)}. Correct it.")
        return []
    return [{"id": id_, **event} for id_, event in zip(names, events, strict=True)]


def _event(entries: Sequence[Any], text: str, place: Place) -> dict[str, Json]:
    """Turn a trigger and its arguments into a native record; an empty list was reported already."""
    if any(len(entry) != _N_ITEMS or not isinstance(entry[-1], str) for entry in entries):
        place.report("must be [[token, type], [first, last, role], ...], but has a list of another form. Correct it.")
        return {}
    if not entries:
        return {}
    (trigger, event_type), *arguments = [
        ({"start": start, "end": end, "text": text[start:end]}, label) for start, end, label in entries
    ]
    return {"type": event_type, "trigger": trigger, "arguments": [{"role": role, **span} for span, role in arguments]}


def _kept(key: str, value: Any, layout: Layout, place: Place) -> Json:
    kind = _kind_of(key)
    if kind is None:
        return value  # type: ignore[no-any-return]  # it was JSON
    groups = [_in_characters(group, kind, layout) for group in _found(value, kind, layout, place)]
    return [*groups] if kind.is_grouped else [entry for group in groups for entry in group]


def _kind_of(key: str) -> _Kind | None:
    endings = [ending for ending in _KINDS if key.endswith(ending) and not key.startswith("_")]
    return _KINDS[endings[0]] if endings else None


def _found(value: Any, kind: _Kind, layout: Layout, place: Place) -> list[_Found]:
    """Take the groups of entries out of a field."""
    if not _is_nested(value, 1 + kind.is_by_sentence + kind.is_grouped):
        place.report(f"must be lists in lists as the format has them, but is {show(value)}. Correct it.")
        return []
    if not kind.is_by_sentence:
        return [_Found(place.item(number), None, group) for number, group in enumerate(value)]
    if len(value) not in {0, len(layout.firsts)}:
        place.report(
            f"must have a list for each of {len(layout.firsts)} sentence(s), but has {len(value)}. Correct it."
        )
        return []
    return [
        _Found(here, sentence, _with_two_bounds(item) if kind.is_grouped else [item])
        for sentence, items in enumerate(value)
        for here in ([place.item(sentence)] if items else [])
        for item in items
    ]


def _is_nested(value: Any, depth: int) -> bool:
    return isinstance(value, list) and (depth == 0 or all(_is_nested(item, depth - 1) for item in value))


def _with_two_bounds(event: list[Any]) -> list[Any]:
    match event:
        case [[token, str(label), *scores], *arguments]:
            return [[token, token, label, *scores], *arguments]
    return event


def _has_two_bounds(events: Any) -> bool:
    """Tell whether triggers are `[first, last, type]` in a field that was found to be of its kind."""
    return any(type(event[0][1]) is int for of_sentence in events for event in of_sentence)


def _in_characters(group: _Found, kind: _Kind, layout: Layout) -> list[Json]:
    """Give the entries with their spans in characters; none, after a report, where something is wrong with them."""
    n_before, n_bounds = group.place.problems.n_found, 2 * kind.n_spans
    moved: list[Json] = []
    for entry in group.entries:
        bounds = entry[:n_bounds]
        if len(bounds) < n_bounds or any(type(bound) is not int for bound in bounds):
            group.place.report(
                f"must begin with the tokens of {kind.n_spans} span(s), but is {show(entry)}. Correct it."
            )
            return []
        pairs = zip(bounds[::2], bounds[1::2], strict=True)
        spans = [record_of_tokens(first, last + 1, layout, group.place) for first, last in pairs]
        moved.append([*(span.get(end) for span in spans for end in ("start", "end")), *entry[n_bounds:]])
    first = group.entries[0][0] if moved else None
    if group.sentence is not None and (first is None or sentence_of(first, layout) != group.sentence):
        group.place.report(f"must begin in sentence {group.sentence}, but begins at token {first}. Move it.")
    return moved if group.place.problems.n_found == n_before else []


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
    line |= {key: value for key, value in kept.items() if key not in _KEYS | kinds.keys()}
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
