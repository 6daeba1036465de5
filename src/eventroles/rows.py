"""Gold windows as rows of plain values, fit for a `datasets` table, and rows as training batches."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from eventroles.batches import GoldTags, TrainingBatch, collate_triggers, collate_windows, taggable_words
from eventroles.documents import Document
from eventroles.gold import GoldWindow, Loss, gold_windows, legal_types
from eventroles.mentions import has_mentions, mentions_of
from eventroles.ontology import Ontology
from eventroles.spans import Span
from eventroles.tags import lay_out
from eventroles.windows import ReadDocument, Reader, Window
from eventroles.words import word_span_of


def training_rows(
    documents: Iterable[Document], reader: Reader, ontology: Ontology
) -> tuple[list[dict[str, Any]], Counter[Loss]]:
    """Turn annotated documents into rows, one a window.

    Args:
        documents: The documents.
        reader: Cuts them into windows.
        ontology: Gives types and roles their indices.

    Returns:
        The rows, and what could not be represented in them, by cause.
    """
    losses: Counter[Loss] = Counter()
    rows: list[dict[str, Any]] = []
    for document in documents:
        read = reader.read(document)
        types = legal_types(read, ontology)
        mentions = sorted(_mentions(read, ontology, losses))
        if has_mentions(document, ontology):
            types += range(len(ontology.type_names), len(ontology.type_names) + len(ontology.mention_tracks))
        for window in gold_windows(read, ontology, losses):
            row = _row(window, types, ontology)
            row["trigger_spans"] += _mentions_on(window.window, mentions, losses)
            rows.append(row)
    return rows, losses


class Collator:
    """Makes training batches of rows.

    Args:
        ontology: Gives the number of types, of tracks of mentions, and of roles a type.
        pad_id: Piece that fills short windows.
    """

    def __init__(self, ontology: Ontology, pad_id: int) -> None:
        self._n_types = len(ontology.type_names) + len(ontology.mention_tracks)
        is_of_document = [name in ontology.document_types for name in ontology.type_names]
        self._of_document = torch.tensor(is_of_document + [False] * len(ontology.mention_tracks))
        self._n_roles = max(len(kind.roles) for kind in ontology.event_types.values())
        self._pad_id = pad_id

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, TrainingBatch]:
        """Pad rows into a batch.

        Args:
            rows: Rows of the table.

        Returns:
            The batch under the name `batch`, as a Trainer passes it on.
        """
        windows = collate_windows(
            [np.asarray(row["piece_ids"]) for row in rows],
            [np.asarray(row["word_pieces"]) for row in rows],
            self._pad_id,
        )
        n_words = windows.word_mask.shape[1]
        trigger_words = taggable_words(windows.word_mask, self._of_document)
        triggers = [(number, trigger) for number, row in enumerate(rows) for trigger in row["triggers"]]
        batch = TrainingBatch(
            windows=windows,
            triggers=collate_triggers(
                (number, Span(trigger["start"], trigger["end"]), trigger["type"]) for number, trigger in triggers
            ),
            gold=GoldTags(
                trigger_tags=self._trigger_tags(rows, n_words),
                trigger_words=trigger_words,
                trigger_mask=self._trigger_mask(rows, trigger_words),
                role_tags=self._role_tags([trigger for _, trigger in triggers], n_words),
            ),
        )
        return {"batch": batch}

    def _trigger_tags(self, rows: Sequence[Mapping[str, Any]], n_words: int) -> Tensor:
        """Lay out the triggers, `(B, E, W)` int64."""
        tags = torch.zeros(len(rows), self._n_types, n_words, dtype=torch.int64)
        for number, row in enumerate(rows):
            for event_type, spans in _grouped(row["trigger_spans"], "type").items():
                tags[number, event_type] = _track(spans, n_words)
        return tags

    def _trigger_mask(self, rows: Sequence[Mapping[str, Any]], taggable: Tensor) -> Tensor:
        """Mark annotated words and types, `(B, E, W)` bool; of a document-level type the first word stands for all.

        In a window without an annotated word, only that it does tell of an event is known.
        """
        mask = torch.zeros_like(taggable)
        for number, row in enumerate(rows):
            types, words = (torch.tensor(row[name], dtype=torch.int64) for name in ("known_types", "known_words"))
            mask[number, types[:, None], words] = True
            told = {span["type"] for span in row["trigger_spans"]}
            known = [kind for kind in row["known_types"] if kind in told or row["known_words"]]
            mask[number, known, 0] |= self._of_document[known]
        return mask & taggable

    def _role_tags(self, triggers: Sequence[Mapping[str, Any]], n_words: int) -> Tensor:
        """Lay out the arguments, `(T, R, W)` int64."""
        tags = torch.zeros(len(triggers), self._n_roles, n_words, dtype=torch.int64)
        for number, trigger in enumerate(triggers):
            for role, spans in _grouped(trigger["arguments"], "role").items():
                tags[number, role] = _track(spans, n_words)
        return tags


def _row(gold: GoldWindow, types: Sequence[int], ontology: Ontology) -> dict[str, Any]:
    return {
        "piece_ids": gold.window.piece_ids,
        "word_pieces": gold.window.word_pieces,
        "length": len(gold.window.piece_ids),
        "trigger_spans": [
            {"type": ontology.type_names.index(event_type), "start": span.start, "end": span.end}
            for event_type, span in gold.trigger_spans
        ],
        "known_words": list(gold.known_words),
        "known_types": list(types),
        "triggers": [
            {
                "type": ontology.type_names.index(trigger.event_type),
                "start": trigger.word_span.start,
                "end": trigger.word_span.end,
                "arguments": [
                    {
                        "role": list(ontology.legal_roles(trigger.event_type)).index(role),
                        "start": span.start,
                        "end": span.end,
                    }
                    for role, span in trigger.arguments
                ],
            }
            for trigger in gold.triggers
        ],
    }


def _mentions(read: ReadDocument, ontology: Ontology, losses: Counter[Loss]) -> Iterator[tuple[int, Span]]:
    """Place the document's mentions on words, each on the outermost track of its kind that has room for it."""
    tracks = {track: len(ontology.type_names) + index for index, track in enumerate(ontology.mention_tracks)}
    placed: dict[str, set[Span]] = {}
    for name, char_span in mentions_of(read.document, ontology):
        word_span = None if char_span is None else word_span_of(char_span, read.words)
        if word_span is None:
            losses[Loss.MENTION] += 1
        else:
            placed.setdefault(name, set()).add(word_span)
    for name, spans in placed.items():
        free_from = [0] * ontology.mention_types[name].levels
        for span in sorted(spans, key=lambda span: (span.start, -span.end)):
            level = next((level for level, free in enumerate(free_from) if span.start >= free), None)
            if level is None:
                losses[Loss.MENTION] += 1
                continue
            free_from[level] = span.end
            yield tracks[name, level], span


def _mentions_on(
    window: Window, mentions: Iterable[tuple[int, Span]], losses: Counter[Loss]
) -> Iterator[dict[str, int]]:
    """List the mentions that a window holds whole; lost is one that begins in its core and does not end in it."""
    for track, span in mentions:
        if window.words.contains(span):
            moved = span.shifted(-window.words.start)
            yield {"type": track, "start": moved.start, "end": moved.end}
        elif window.core.start <= span.start < window.core.end:
            losses[Loss.MENTION] += 1


def _grouped(rows: Sequence[Mapping[str, Any]], key: str) -> dict[int, list[Span]]:
    groups: dict[int, list[Span]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(Span(row["start"], row["end"]))
    return groups


def _track(spans: Sequence[Span], n_words: int) -> Tensor:
    tags, _ = lay_out(spans, n_words)
    return torch.tensor(tags, dtype=torch.int64)
