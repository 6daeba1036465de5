"""Entity mentions that documents hold beside their events, under `meta`: learnt from alongside, never predicted."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from eventroles.documents import Document, Json
from eventroles.formats.layouts import span_in_text
from eventroles.ontology import Ontology
from eventroles.spans import Span

KEY: Final = "entity_mentions"
"""Where they stand in `meta`, and in TextEE's format: a list of mappings. In `meta` each has `start` and `end` in
characters, `text` and `entity_type`."""


def has_mentions(document: Document, ontology: Ontology) -> bool:
    """Tell whether mentions were marked: some of a kind that the ontology names, or none of any, by an empty list."""
    return document.meta.get(KEY) == [] or any(True for _ in mentions_of(document, ontology))


def mentions_of(document: Document, ontology: Ontology) -> Iterator[tuple[str, Span | None]]:
    """List the mentions of the types that the ontology names.

    Args:
        document: The document.
        ontology: Its `mention_types` are looked for.

    Yields:
        Type and character span; no span where the mention is not at the place in the text that it tells.
    """
    found: Any = document.meta.get(KEY)
    for mention in found if isinstance(found, list) else ():
        if isinstance(mention, Mapping) and mention.get("entity_type") in tuple(ontology.mention_types):
            yield str(mention["entity_type"]), mention_span(mention, document.text)


def mention_span(mention: Mapping[str, Json], text: str) -> Span | None:
    """Read where a mention stands; None where the text there is not what the mention says."""
    span = span_in_text(mention.get("start"), mention.get("end"), text)
    return span if span is not None and mention.get("text", span.of(text)) == span.of(text) else None
