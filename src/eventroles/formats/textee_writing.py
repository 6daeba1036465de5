"""Documents to the processed format of TextEE, which `textee` reads: JSON lines, a window a line, offsets in tokens.

Arguments name their entities (`entity_id`), as OneIE needs them. The entity mentions are those that the metadata keep
under `entity_mentions`, each with `start` and `end` in characters of the document and its `text`: offsets in tokens
would be wrong, since the tokens written are not those that were read. Where the metadata keep none, each different
argument span is written as an entity mention of the type `Entity`.

Ours are: words are tokens, divided where a span begins or ends inside one; `lang` is that of the metadata, or `und`,
the code for a language that is not known; metadata that TextEE has no place for stand under `meta`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from eventroles.documents import Document, Json
from eventroles.formats.layouts import Layout, SaidEvent, said_events, token_span_of
from eventroles.formats.left_out import count
from eventroles.formats.sinks import write_json_lines
from eventroles.formats.spelled import spelled_record
from eventroles.formats.tokens import tokens_of
from eventroles.mentions import KEY, mention_span
from eventroles.spans import Span

_ENTITY_TYPE: Final = "Entity"
_UNKNOWN_LANGUAGE: Final = "und"

_Entity = tuple[Span, Mapping[str, Json]]


def write_textee(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write a file of windows, one a document, named by its id.

    Args:
        documents: The documents.
        path: The file.
        left_out: Counts what the format cannot say.

    Returns:
        How many there were.
    """
    return write_json_lines(documents, path, lambda document: _window_of(document, left_out))


def _window_of(document: Document, left_out: Counter[str]) -> Json:
    kept = document.meta.get(KEY)
    placed = _placed(kept, document.text)
    tokens = tokens_of(document, (span for span, _ in placed))
    layout = Layout(document.text, [token.start for token in tokens], [token.end for token in tokens], [0])
    said = said_events(document, layout, left_out)
    count(left_out, "score", sum(one.event.score is not None for one in said))
    entities = _in_tokens(placed, layout)
    if isinstance(kept, list):
        count(left_out, "entity mention that does not fit the text", len(kept) - len(entities))
    else:
        entities = _invented(said, document.id)
    ids = _entity_ids(entities, said, document.id)
    meta = {key: value for key, value in document.meta.items() if key != KEY or not isinstance(value, list)}
    record: dict[str, Json] = {
        "doc_id": _taken(meta, "doc_id", document.id),
        "wnd_id": document.id,
        "text": document.text,
        "tokens": [token.of(document.text) for token in tokens],
        KEY: [{**entity, **spelled_record(span, layout)} for span, entity in entities],
        "event_mentions": [_event_record(one, layout, ids) for one in said],
        "lang": _taken(meta, "lang", _UNKNOWN_LANGUAGE),
    }
    return record | ({"meta": meta} if meta else {})


def _placed(records: Json, text: str) -> list[_Entity]:
    """Pick the entity mentions that stand in the text where they say, in characters."""
    placed: list[_Entity] = []
    for record in records if isinstance(records, list) else []:
        if isinstance(record, Mapping):
            span = mention_span(record, text)
            placed += [] if span is None else [(span, record)]
    return placed


def _in_tokens(placed: Iterable[_Entity], layout: Layout) -> list[_Entity]:
    found = ((token_span_of(span, layout), record) for span, record in placed)
    return [(span, record) for span, record in found if span is not None]


def _invented(said: Iterable[SaidEvent], document_id: str) -> list[_Entity]:
    """Make an entity mention of each different argument span."""
    spans = dict.fromkeys(span for one in said for _, span in one.arguments)
    return [
        (span, {"id": f"{document_id}-Ent{number}", "entity_type": _ENTITY_TYPE}) for number, span in enumerate(spans)
    ]


def _entity_ids(entities: Sequence[_Entity], said: Iterable[SaidEvent], document_id: str) -> dict[Span, Json]:
    """Name the first entity of each span; ids that no entity has are made up for arguments whose span is none."""
    ids = {span: record.get("id") for span, record in reversed(entities)}
    for one in said:
        for _, span in one.arguments:
            ids.setdefault(span, f"{document_id}-Arg{len(ids)}")
    return ids


def _taken(meta: dict[str, Json], key: str, default: str) -> str:
    """Take a text out of the metadata; the default where there is none."""
    return str(meta.pop(key)) if isinstance(meta.get(key), str) else default


def _event_record(said: SaidEvent, layout: Layout, ids: Mapping[Span, Json]) -> dict[str, Json]:
    arguments: list[Json] = [
        {"entity_id": ids[span], "role": argument.role, **spelled_record(span, layout)}
        for argument, span in said.arguments
    ]
    record: dict[str, Json] = {"id": said.event.id, "event_type": said.event.event_type}
    return record | {"trigger": spelled_record(said.trigger, layout), "arguments": arguments}
