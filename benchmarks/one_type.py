"""One event type apart from the others: data without it, documents with a few events of it, scores of it alone."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from eventroles.documents import Document
from eventroles.engine import EventRoleTagger
from eventroles.metrics import Metric, score_documents
from eventroles.ontology import Ontology

SCORES: Final = ("Tri-C", "Arg-C", "Arg-C, gold triggers", "others: Tri-C", "others: Arg-C, gold triggers")
"""What `f1_of` gives, of the type and then of all others; end to end but where gold triggers are named."""


def n_events_of(event_type: str, documents: Iterable[Document]) -> int:
    """Count the events of a type."""
    return sum(event.event_type == event_type for document in documents for event in document.events)


def ontology_without(event_type: str, ontology: Ontology) -> Ontology:
    """Take a type out of an ontology, and with it the roles that no other has."""
    return Ontology(
        name=f"{ontology.name} without {event_type}",
        version=ontology.version,
        event_types={name: kind for name, kind in ontology.event_types.items() if name != event_type},
        mention_types=ontology.mention_types,
    )


def document_without(event_type: str, document: Document) -> Document:
    """Take the events of a type out of a document, as annotators leave it who do not know the type."""
    known = document.coverage.event_types
    return replace(
        document,
        events=tuple(event for event in document.events if event.event_type != event_type),
        coverage=replace(document.coverage, event_types=None if known is None else known - {event_type}),
    )


def in_order_of(seed: int, documents: Iterable[Document]) -> Sequence[Document]:
    """Put documents into an order by chance, always the same of one seed."""
    return sorted(documents, key=lambda document: hashlib.sha256(f"{seed} {document.id}".encode()).digest())


def holding(n_events: int, event_type: str, documents: Iterable[Document]) -> Sequence[Document]:
    """Pick documents, the first ones that will do, that hold exactly so many events of a type.

    Where no choice comes to that number, they hold as few more as can be; where there are too few, all that there are.
    """
    picked: dict[int, tuple[Document, ...]] = {0: ()}
    for document in documents:
        n_own = n_events_of(event_type, [document])
        picked = {n + n_own: (*before, document) for n, before in picked.items()} | picked
        if n_events in picked:
            break
    return picked[min(picked, key=lambda n: (n < n_events, abs(n - n_events)))]


def f1_of(tagger: EventRoleTagger, event_type: str, gold: Sequence[Document]) -> Mapping[str, float]:
    """Score a tagger on a type and on all others: F1 in [0, 1] by the names of `SCORES`."""
    found, filled = list(tagger.tag(gold)), list(tagger.fill_roles(gold))
    others = frozenset(tagger.ontology.type_names) - {event_type}
    of_type, of_others = ([_asked_for(types, each) for each in gold] for types in (frozenset({event_type}), others))
    end_to_end, given = score_documents(of_type, found), score_documents(of_type, filled)
    others_end_to_end, others_given = score_documents(of_others, found), score_documents(of_others, filled)
    counts = (
        end_to_end[Metric.TRI_C],
        end_to_end[Metric.ARG_C],
        given[Metric.ARG_C],
        others_end_to_end[Metric.TRI_C],
        others_given[Metric.ARG_C],
    )
    return {name: count.f1 for name, count in zip(SCORES, counts, strict=True)}


def _asked_for(event_types: frozenset[str], gold: Document) -> Document:
    """Narrow a document's coverage, so that of gold and found events only those of some types are compared."""
    known = gold.coverage.event_types
    asked = event_types if known is None else event_types & known
    return replace(gold, coverage=replace(gold.coverage, event_types=asked))
