"""The inference core: documents in, documents with events out, in input order.

Evaluation, prediction and the Python API all run through here, so a score is a score of what users get. A document's
events do not depend on what else is in a batch.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from eventroles.batches import TriggerBatch, collate_triggers, collate_windows, taggable_words
from eventroles.checkpoint import Checkpoint, build_reader, load_checkpoint
from eventroles.config import InferenceConfig
from eventroles.decoder import TrackSpans, decode_tracks
from eventroles.documents import Document
from eventroles.encoder import EncodedWindows
from eventroles.errors import InputError, suggest
from eventroles.found import Found, FoundArgument, in_document, with_found_events, with_given_events
from eventroles.given import GivenTriggers
from eventroles.model import EventRoleModel
from eventroles.ontology import Ontology
from eventroles.reading_ahead import Place, batches_of, read_ahead
from eventroles.runtime import autocast, pick_device
from eventroles.spans import Span
from eventroles.windows import ReadDocument, Reader


class EventRoleTagger:
    """Finds events in texts and tags who plays which role in them.

    Attributes:
        ontology: The event types and roles that it knows.
        reader: Cuts documents into the windows that it reads.
    """

    def __init__(
        self, model: EventRoleModel, ontology: Ontology, reader: Reader, inference: InferenceConfig | None = None
    ) -> None:
        """Put a tagger together from its parts; `from_pretrained` does it from a checkpoint.

        Args:
            model: The network, on the device to compute on.
            ontology: What it tags.
            reader: Cuts documents into windows as in training.
            inference: How to batch and compute.
        """
        self.ontology = ontology
        self._model = model
        self.reader = reader
        self._inference = inference or InferenceConfig()
        self._document_types = [n for n, name in enumerate(ontology.type_names) if name in ontology.document_types]
        self._roles = [tuple(ontology.legal_roles(event_type)) for event_type in ontology.type_names]

    @classmethod
    def from_pretrained(cls, path: str | Path, device: str = "auto") -> "EventRoleTagger":
        """Load a tagger from a checkpoint or run folder.

        Args:
            path: The folder.
            device: A torch device; `auto` takes an accelerator where there is one.

        Returns:
            The tagger.
        """
        return cls.from_checkpoint(load_checkpoint(Path(path)), device)

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, device: str = "auto") -> "EventRoleTagger":
        """Make a tagger of a checkpoint that is already loaded."""
        reader = build_reader(checkpoint.tokenizer, checkpoint.config.model)
        return cls(
            checkpoint.model.to(pick_device(device)).eval(), checkpoint.ontology, reader, checkpoint.config.inference
        )

    def __call__(self, texts: Iterable[str | Document]) -> list[Document]:
        """Tag texts.

        Args:
            texts: Plain texts or documents; events that a document already has are replaced.

        Returns:
            A document for each text, in order, with events, scores and a read-receipt. Every span satisfies
            `document.text[start:end] == span`.

        Raises:
            TypeError: One text was given instead of a list.
        """
        if isinstance(texts, str):
            raise TypeError("texts must be a list of texts, but is one text. Write tagger([text]).")
        numbered = enumerate(texts)
        return list(self.tag(t if isinstance(t, Document) else Document(id=str(n), text=t) for n, t in numbered))

    def tag(self, documents: Iterable[Document], event_types: Iterable[str] | None = None) -> Iterator[Document]:
        """Find the events of documents; a stream in, a stream out, of any length.

        Args:
            documents: The documents; their events are ignored.
            event_types: Look for these alone; they are found as they would be among all, but the others cost nothing.

        Returns:
            The documents in order with the events found, as they come.
        """
        return self._run(documents, self._looking_for(event_types, self._arguments))

    def find_triggers(
        self, documents: Iterable[Document], event_types: Iterable[str] | None = None
    ) -> Iterator[Document]:
        """Find the triggers of events, without arguments; no layer runs a second time.

        Args:
            documents: The documents; their events are ignored.
            event_types: Look for these alone.

        Returns:
            The documents in order with events that have no arguments, as they come.
        """
        return self._run(documents, self._looking_for(event_types, _no_arguments))

    def fill_roles(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Find the arguments of triggers that are given.

        Args:
            documents: The documents; of their events the triggers are kept and the arguments replaced. An event whose
                trigger cannot be placed on words keeps its trigger and has no arguments.

        Returns:
            The documents in order, each event with the arguments found, as they come.
        """
        task = _Task(source_for=self._given_triggers, arguments_of=self._arguments, write=with_given_events)
        return self._run(documents, task)

    def _looking_for(self, event_types: Iterable[str] | None, arguments_of: "_ArgumentSource") -> "_Task":
        every = self.ontology.type_names if self.ontology.mention_types else None  # mentions are not looked for
        wanted = every if event_types is None else event_types
        device = self._model.marker.device
        rows = None if wanted is None else torch.tensor(_rows_of(wanted, self.ontology), device=device)
        return _Task(
            source_for=lambda _: partial(self._found_triggers, rows),
            arguments_of=arguments_of,
            write=partial(with_found_events, self.ontology.type_names),
        )

    def _run(self, documents: Iterable[Document], task: "_Task") -> Iterator[Document]:
        for chunk in read_ahead(documents, self.reader):
            places = [Place(document=n, window=window) for n, read in enumerate(chunk) for window in read.windows]
            found: list[list[Found]] = [[] for _ in chunk]
            triggers_of = task.source_for(chunk)
            for batch in batches_of(places, self._inference.batch_pieces):
                for event in self._tag_batch(batch, triggers_of, task.arguments_of):
                    found[event.document].append(event)
            yield from (task.write(read, events) for read, events in zip(chunk, found, strict=True))

    @torch.inference_mode()
    def _tag_batch(
        self, batch: Sequence[Place], triggers_of: "_TriggerSource", arguments_of: "_ArgumentSource"
    ) -> list[Found]:
        device = self._model.marker.device
        windows = collate_windows(
            [place.window.piece_ids for place in batch],
            [place.window.word_pieces for place in batch],
            self.reader.pad_id,
        ).to(device)
        with autocast(self._inference.precision, device):
            encoded = self._model.encode(windows)
            triggers, scores, given = triggers_of(batch, encoded)
            arguments = arguments_of(encoded, triggers)
        return [
            in_document(
                batch[window],
                None if event_type in self._document_types else Span(start, end),
                event_type=event_type,
                score=score,
                arguments=arguments[row],
                given=given[row],
            )
            for row, (window, start, end, event_type, score) in enumerate(_columns(triggers, scores))
        ]

    def _found_triggers(
        self, event_types: Tensor | None, batch: Sequence[Place], encoded: EncodedWindows
    ) -> "_Triggers":
        """Decode the triggers, of some event types or all, that begin in the core of their window.

        A document-level event is tagged at the first word of a window that tells of it; all the window is its trigger.
        """
        logits = self._model.trigger_logits(encoded, event_types)  # (B, E, W, 3)
        kinds = torch.arange(logits.shape[1], device=logits.device) if event_types is None else event_types  # (E,)
        of_document = torch.isin(kinds, torch.tensor(self._document_types, dtype=torch.int64, device=logits.device))
        transitions, _ = self._model.transitions()
        mask = taggable_words(encoded.windows.word_mask, of_document)  # (B, E, W)
        spans = decode_tracks(logits.flatten(0, 1), mask.flatten(0, 1), transitions)
        triggers, scores = _decided(spans, encoded.windows.word_mask.sum(1), _cores(batch), of_document)
        return replace(triggers, types=kinds[triggers.types]), scores, [None] * len(triggers)

    def _given_triggers(self, chunk: Sequence[ReadDocument]) -> "_TriggerSource":
        """Place the given triggers on words, to be picked by the windows that decide them."""
        given_in = [GivenTriggers(read, self.ontology) for read in chunk]

        def pick(batch: Sequence[Place], encoded: EncodedWindows) -> _Triggers:
            rows = [(n, *row) for n, place in enumerate(batch) for row in given_in[place.document].on(place.window)]
            triggers = collate_triggers((number, span, event_type) for number, span, event_type, _ in rows)
            return triggers.to(encoded.states.device), torch.ones(len(rows)), [index for *_, index in rows]

        return pick

    def _arguments(self, encoded: EncodedWindows, triggers: TriggerBatch) -> list[list[FoundArgument]]:
        """Decode the arguments of triggers, as many at once as the budget of pieces allows."""
        at_once = max(self._inference.batch_pieces // encoded.windows.piece_ids.shape[1], 1)
        found: list[list[FoundArgument]] = [[] for _ in range(len(triggers))]
        for first in range(0, len(triggers), at_once):
            part = triggers.part(slice(first, first + at_once))
            logits = self._model.role_logits(encoded, part)  # (T, R, W, 3)
            n_roles = logits.shape[1]
            words = encoded.windows.word_mask[part.windows]  # (T, W)
            mask = self._model.role_mask(part.types)[..., None] & words[:, None]  # (T, R, W)
            _, transitions = self._model.transitions()
            spans = decode_tracks(logits.flatten(0, 1), mask.flatten(0, 1), transitions)
            columns = (spans.tracks.tolist(), spans.starts.tolist(), spans.ends.tolist(), spans.scores.tolist())
            types = part.types.tolist()
            for track, start, end, score in zip(*columns, strict=True):
                role = self._roles[types[track // n_roles]][track % n_roles]
                found[first + track // n_roles].append((role, Span(start, end), score))
        return found


_Triggers = tuple[TriggerBatch, Tensor, list[int | None]]
"""Triggers on a batch, their scores, and for each the index of the given event that it is of, where it is given."""
_TriggerSource = Callable[[Sequence[Place], EncodedWindows], _Triggers]
_ArgumentSource = Callable[[EncodedWindows, TriggerBatch], Sequence[Sequence[FoundArgument]]]
_Writer = Callable[[ReadDocument, Sequence[Found]], Document]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What a run over documents looks for.

    Attributes:
        source_for: For the documents read at once, gives what finds the triggers in a batch of their windows.
        arguments_of: Finds the arguments of triggers.
        write: Puts what was found into a document.
    """

    source_for: Callable[[Sequence[ReadDocument]], _TriggerSource]
    arguments_of: _ArgumentSource
    write: _Writer


def _rows_of(event_types: Iterable[str], ontology: Ontology) -> list[int]:
    """Find the index of each event type, in the order of the ontology."""
    wanted, known = set(event_types), ontology.type_names
    if not wanted:
        raise InputError("event types: must be at least one, but none is given. Name one, or leave them out for all.")
    for name in sorted(wanted - set(known)):
        raise InputError(
            f"event type '{name}' must be one of the model's ontology '{ontology.name}', but is not. "
            f"{suggest(name, known)}"
        )
    return [row for row, name in enumerate(known) if name in wanted]


def _no_arguments(encoded: EncodedWindows, triggers: TriggerBatch) -> Sequence[Sequence[FoundArgument]]:
    del encoded
    return [()] * len(triggers)


def _decided(spans: TrackSpans, n_words: Tensor, cores: Tensor, of_document: Tensor) -> tuple[TriggerBatch, Tensor]:
    """Pick the triggers that their windows decide; their types are tracks, of which some are document-level."""
    n_tracks, cores = len(of_document), cores.to(spans.starts.device)
    windows, tracks = spans.tracks // n_tracks, spans.tracks % n_tracks
    is_whole, bounds = of_document[tracks], cores[windows]
    kept = is_whole | ((spans.starts >= bounds[:, 0]) & (spans.starts < bounds[:, 1]))
    triggers = TriggerBatch(
        windows=windows[kept],
        starts=spans.starts[kept],
        ends=torch.where(is_whole, n_words[windows], spans.ends)[kept],
        types=tracks[kept],
    )
    return triggers, spans.scores[kept]


def _cores(batch: Sequence[Place]) -> Tensor:
    """Give the core of each window in its own words, `(B, 2)` int64."""
    cores = (place.window.core.shifted(-place.window.words.start) for place in batch)
    return torch.tensor([(core.start, core.end) for core in cores])


def _columns(triggers: TriggerBatch, scores: Tensor) -> Iterator[tuple[int, int, int, int, float]]:
    """List window, first word, end, type and score of every trigger; the one copy back for them."""
    columns = (triggers.windows, triggers.starts, triggers.ends, triggers.types, scores)
    return zip(*(column.tolist() for column in columns), strict=True)
