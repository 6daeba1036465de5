"""brat's standoff: a folder of texts, `<id>.txt`, and beside each its annotations, `<id>.ann`, one a line.

`T1<TAB>Attack 4 10<TAB>struck` is a stretch of text, with `4 7;12 15` one of several fragments, and
`E1<TAB>Attack:T1 Target:T2 Target2:E3` an event; relations (R), equivalences (*), attributes (A, M), normalizations (N)
and notes (#) are the other lines. Offsets count the code points of the text as it stands in the file, as brat does,
which opens it in binary mode: CR LF is two characters, and a byte-order mark at the beginning is one, and stays. That
of an `.ann`, in which nothing is counted, is passed over.

Ours: a span reaches from its first to its last fragment; an event as an argument stands for its trigger. All lines are
kept in `meta["brat"]` and written again as far as they fit the events; where they are only what we would write of the
events alone, nothing is kept. A span over line breaks is written as a fragment a line, as brat does it, with an empty
fragment where a line break begins or ends it. Our notes hold, as JSON, what brat has no place for: `EventRolesDocument`
an id that cannot name a file, `EventRolesEvent` an id that brat's events cannot have, `EventRolesScores` scores, by the
words of the event's line that they belong to: a word that an annotator changes has none. A note of these types that
holds something else is one like any other. `brat_config` says how names are escaped.
"""

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Final

from eventroles.documents import Argument, Document, Event, Json
from eventroles.errors import DataError, InputError, Place, Problems
from eventroles.formats import brat_config as brat
from eventroles.formats.brat_config import Annotation, Note
from eventroles.formats.left_out import unsaid_of
from eventroles.formats.records import show
from eventroles.formats.relations import ARGUMENT_LABEL
from eventroles.formats.sinks import replaced
from eventroles.formats.sources import is_folder, sound_documents
from eventroles.ontology import Ontology
from eventroles.spans import Span

_KEPT: Final = "brat"
_CONF: Final = "annotation.conf"
_EVENT_ID: Final = re.compile(r"E[A-Za-z]*[0-9][^\s:]*")
_SPACE_FOR_BREAK: Final = str.maketrans(dict.fromkeys("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_UNWRITABLE: Final = re.compile(r"[\n\ud800-\udfff]")
_MAX_STRIPPED: Final = 1000

_Head = tuple[str, str, Sequence[tuple[str, str]]]
"""What the line of an event says: its type, its trigger, and the roles and ids of its arguments."""


def read_brat(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a folder of brat documents, or one.

    Raises DataError: after the last document, with the problems of all files.

    Args:
        path: A folder, which is searched through in sorted order, or an `.ann` file; the text of each is beside it.
            Links must not lead out of the folder. A text without an `.ann` is no document.
        ontology: Every event must be legal in it, where given; it also tells a role `Arg2` from a second `Arg`.

    Yields:
        The documents that are sound, named by their paths in the folder.
    """
    problems = Problems()
    files = _files_in(path, problems) if is_folder(path) else [(path, path.name.removesuffix(".ann"))]
    places = ((file, id, problems.at(str(file))) for file, id in files)
    yield from sound_documents((place, _document(file, id, ontology, place)) for file, id, place in places)
    problems.raise_if_any(DataError)


def write_brat(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write a folder of brat documents, with an `annotation.conf` of their types where it has none.

    Args:
        documents: The documents.
        path: The folder. An id with `/` leads to a folder in it; one that cannot name a file, or that another has
            taken, also where upper and lower case are one, gets a new name, and a note.
        left_out: Counts what has no place in the format.

    Returns:
        How many documents were written.
    """
    file_names, n_written = brat.FileNames(), 0
    roles_of: dict[str, dict[str, None]] = {}
    for document in documents:
        if _SURROGATE.search(document.text):
            left_out["document whose text holds a lone surrogate"] += 1
            continue
        name = file_names.name_of(document.id)
        draft = _draft_of(document, left_out)
        lines = [*draft.lines, *draft.lines_of_scores(), *draft.lines_of_id(name, document.id)]
        _write(path, f"{name}.txt", document.text)
        _write(path, f"{name}.ann", "".join(f"{line}\n" for line in lines))
        n_written += 1
        for event in draft.events.values():
            roles_of.setdefault(event.event_type, {}).update(dict.fromkeys(each.role for each in event.arguments))
    if not (path / _CONF).exists():
        _write(path, _CONF, brat.conf_of_roles(roles_of))
    return n_written


def _files_in(folder: Path, problems: Problems) -> list[tuple[Path, str]]:
    """List the `.ann` files of a folder, and the ids that they give; what leads out of it is reported."""
    found: list[Path] = []
    outside: set[Path] = set()
    unreadable: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=unreadable.append):
        found += [Path(parent, name) for name in files if name.endswith(".ann")]
        outside |= {path for name in (*folders, *files) if _leads_out(path := Path(parent, name), folder)}
    for error in unreadable:
        problems.add(str(error.filename), f"must be a readable folder, but: {error.strerror}. Check it.")
    for link in sorted(outside):
        problems.add(str(link), f"must not lead out of {folder}, but does. Put what it leads to in its place.")
    sound = (file for file in sorted(found) if not outside & {file, _text_file_of(file)})
    return [(file, file.relative_to(folder).as_posix().removesuffix(".ann")) for file in sound]


def _leads_out(path: Path, folder: Path) -> bool:
    return path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _text_file_of(file: Path) -> Path:
    return file.with_name(f"{file.name.removesuffix('.ann')}.txt")


def _document(file: Path, id: str, ontology: Ontology | None, place: Place) -> Document | None:
    n_before = place.problems.n_found
    text, source = _text_of(_text_file_of(file), place.problems), _text_of(file, place.problems)
    if text is None or source is None:
        return None
    annotations = _annotations(source.removeprefix("\ufeff").split("\n"), text, place)
    events = _events(annotations, ontology, place)
    if place.problems.n_found > n_before:
        return None
    id = next((each.held for each in annotations if each.is_note(Note.DOCUMENT)), id)
    document = Document(id=id, text=text, events=tuple(events))
    kept = [each.line for each in annotations if not each.is_note(Note.DOCUMENT, Note.SCORES)]
    labels = {brat.plain_name(label) for label in {each.label for each in annotations if each.id[0] != "#"}}
    may_be_ours = labels <= {ARGUMENT_LABEL, *(event.event_type for event in events)}
    is_ours = may_be_ours and kept == _Draft(document, []).lines
    return document if is_ours else replace(document, meta={_KEPT: [*kept]})


def _text_of(file: Path, problems: Problems) -> str | None:
    try:
        if file.is_file():  # else it is not even opened: a pipe might never end
            return file.read_bytes().decode()
        problems.add(str(file), "must be a file, but there is none. Each .ann must have its .txt beside it.")
    except (OSError, UnicodeDecodeError) as error:
        problems.add(str(file), f"must be a readable file in UTF-8, but: {error}. Mend it.")
    return None


def _annotations(lines: Iterable[str], text: str, place: Place) -> list[Annotation]:
    """Read the lines of a document; those that are unsound are reported and left out."""
    annotations: dict[str, Annotation] = {}
    for number, line in enumerate(lines, start=1):
        found = brat.annotation_of_line(number, line.removesuffix("\r")) if line.strip() else ""
        if not isinstance(found, str) and found.fragments:
            found = _complaint_about_text(found, text) or found
        if not isinstance(found, str):
            id = found.id if found.id != "*" else f"*{number}"
            is_new = annotations.setdefault(id, found) is found
            found = "" if is_new else f"id '{id}' must be unique, but stands there twice. Rename one."
        if found:
            place.problems.add(f"{place.where}:{number}", found)
    return [*annotations.values()]


def _complaint_about_text(annotation: Annotation, text: str) -> str:
    """Compare the text of the fragments with what the line says it is."""
    fragments, found = annotation.fragments, annotation.tail
    if not all(start <= end <= len(text) for start, end in fragments):
        return (
            f"must have start <= end <= {len(text)} (the text's length), but is at {[*fragments[:9]]}. "
            "Correct the offsets; they are half-open and count Unicode code points."
        )
    is_long = sum([end - start for start, end in fragments]) > len(found) + _MAX_STRIPPED  # to compare it takes hours
    pieces = [text[start:end] for start, end in (fragments[:9] if is_long else fragments)]
    if found == " ".join(pieces) and not is_long:
        return ""
    # Before version 1.3, brat joined fragments without a space; other tools write a space for a line break; a comment
    # may follow after a tab; and editors strip lines of their last spaces.
    shown = found.translate(_SPACE_FOR_BREAK)
    for joined in () if is_long else (" ".join(pieces), "".join(pieces)):
        wanted = joined.translate(_SPACE_FOR_BREAK)
        if shown.rstrip() == wanted.rstrip() or shown.startswith(f"{wanted}\t"):
            return ""
    return (
        f"its text must be that of {[*fragments[:9]]}, which is {show(' '.join(pieces))}, but is {show(found)}. "
        "Correct it or the offsets; they are half-open and count Unicode code points, CR LF as two."
    )


def _char_spans(annotations: Iterable[Annotation]) -> dict[str, Span]:
    """Find the characters that text-bound annotations reach over; an empty one has no span."""
    spans: dict[str, Span] = {}
    for each in annotations:
        if each.fragments:
            start, end = min(each.fragments)[0], max([end for _, end in each.fragments])
            if start < end:
                spans[each.id] = Span(start, end)
    return spans


def _events(annotations: Sequence[Annotation], ontology: Ontology | None, place: Place) -> list[Event]:
    """Read the events, and check that whatever an annotation refers to is there."""
    spans, ids = _char_spans(annotations), {each.id for each in annotations}
    others = [each for each in annotations if not each.fragments]
    spans |= {each.id: spans[each.trigger] for each in others if each.trigger in spans}
    id_of = {each.arguments[0][1]: each.held for each in others if each.is_note(Note.EVENT)}
    scores_of = {each.arguments[0][1]: each.held for each in others if each.is_note(Note.SCORES)}
    events: dict[str, Event] = {}
    for each in others:
        known, kind = (spans, "a text-bound annotation or event") if each.trigger else (ids, "a line")
        complaints = [
            f"'{id}' must be the id of {kind}, but is not. Mend or remove what refers to it."
            for id in each.references()
            if id not in known and not each.is_note(Note.DOCUMENT)
        ]
        if each.trigger and not complaints:
            named = each._replace(id=id_of.get(each.id, each.id))
            event = _event(named, spans, ontology, scores_of.get(each.id, [{}, {}]))
            if events.setdefault(event.id, event) is not event:
                complaints.append(f"event id '{event.id}' must be unique, but stands there twice. Rename one.")
            if ontology is not None:
                roles = (argument.role for argument in event.arguments)
                complaints += ontology.problems_with_event(event.event_type, roles, has_trigger=True)
        for complaint in complaints:
            place.problems.add(f"{place.where}:{each.number}", complaint)
    return [*events.values()]


def _event(
    annotation: Annotation, spans: Mapping[str, Span], ontology: Ontology | None, scores: Sequence[Mapping[str, float]]
) -> Event:
    of_event, of_arguments = scores
    event_type = brat.plain_name(annotation.label)
    numbered = ontology.legal_roles(event_type) if ontology and event_type in ontology.event_types else ()
    arguments = [
        Argument(
            role=whole if (whole := brat.plain_name(key)) in numbered else brat.plain_role(key),
            char_span=spans[id],
            score=of_arguments.get(f"{key}:{id}"),
        )
        for key, id in annotation.arguments
    ]
    return Event(
        id=annotation.id,
        event_type=event_type,
        trigger=spans[annotation.trigger],
        arguments=tuple(arguments),
        score=of_event.get(f"{annotation.label}:{annotation.trigger}"),
    )


def _draft_of(document: Document, left_out: Counter[str]) -> "_Draft":
    """Draft the lines of a document, and count what has no place among them."""
    lines = document.meta.get(_KEPT, [])
    listed = lines if isinstance(lines, list) else []
    usable = [line for line in listed if isinstance(line, str) and not _UNWRITABLE.search(line)]
    kept = _annotations(usable, document.text, Problems().at(""))
    draft = _Draft(document, kept)
    is_kept = [each.line for each in kept] == lines and not draft.n_lost and document.meta.keys() <= {_KEPT}
    left_out.update(["metadata"] * (not is_kept))
    left_out.update(unsaid_of(document))
    left_out.update("event without a trigger" for event in document.events if event.trigger is None)
    return draft


class _Draft:
    """The events of a document by their ids in brat, and its lines: the kept ones that still hold, and new ones."""

    def __init__(self, document: Document, kept: Sequence[Annotation]) -> None:
        self._text, self._kept = document.text, kept
        self._taken = {each.id for each in kept} | {event.id for event in document.events}
        self._numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))
        self._new_lines: list[str] = []
        self._spans = _char_spans(kept)
        triggers = {each.trigger for each in kept}
        self._text_bounds: dict[tuple[str, Span], str] = {
            (each.label if each.id in triggers else "", self._spans[each.id]): each.id
            for each in reversed(kept)
            if each.id in self._spans
        }
        self.events = self._named(event for event in document.events if event.trigger is not None)
        self._spans |= {id: event.trigger for id, event in self.events.items() if event.trigger is not None}
        old = {each.id: each for each in kept}
        self._heads = {id: self._head(event, self._spans[id], old.get(id)) for id, event in self.events.items()}
        rest, self.n_lost = self._rest()
        of_events = (self._event_line(id) for id in self.events)
        kept_lines = [next(of_events, "") if each.trigger else each.line for each in rest]
        self.lines = [*filter(None, kept_lines), *self._new_lines, *of_events]

    def lines_of_scores(self) -> Iterator[str]:
        """Write a note for each event that has scores, or whose arguments have."""
        for id, event in self.events.items():
            label, trigger, arguments = self._heads[id]
            pairs = zip(arguments, event.arguments, strict=True)
            of_arguments: dict[str, Json] = {
                f"{key}:{id}": each.score for (key, id), each in pairs if each.score is not None
            }
            of_event: dict[str, Json] = {} if event.score is None else {f"{label}:{trigger}": event.score}
            if of_event or of_arguments:
                yield self._note(Note.SCORES, id, [of_event, of_arguments])

    def lines_of_id(self, name: str, id: str) -> list[str]:
        """Write a note where a name is not the id: on the first annotation, since a document itself can have none."""
        ids = (line.partition("\t")[0] for line in self.lines)
        return [] if name == id else [self._note(Note.DOCUMENT, next((each for each in ids if each != "*"), "T0"), id)]

    def _named(self, events: Iterable[Event]) -> dict[str, Event]:
        """Give events ids that brat can have: those of the kept notes where their own will not do."""
        noted: dict[str, str] = {each.held: each.arguments[0][1] for each in self._kept if each.is_note(Note.EVENT)}
        named: dict[str, Event] = {}
        for event in events:
            id = event.id if _EVENT_ID.fullmatch(event.id) and event.id.isprintable() else noted.get(event.id, "")
            if id in named or not _EVENT_ID.fullmatch(id):
                id = self._new_id("E")
            named[id] = event
            if id not in {event.id, noted.get(event.id)}:
                self._new_lines.append(self._note(Note.EVENT, id, event.id))
        return named

    def _head(self, event: Event, trigger: Span, old: Annotation | None) -> _Head:
        """Decide what the line of an event says: what its old line does, where that still fits."""
        if old is not None and self._fits(old, event):
            return old.label, old.trigger, old.arguments
        # What an old line refers to may be an event, which no span could tell.
        ids = {self._spans[id]: id for _, id in old.arguments if id in self._spans} if old is not None else {}
        n_of: defaultdict[str, int] = defaultdict(int)
        arguments: list[tuple[str, str]] = []
        for argument in event.arguments:
            role = brat.brat_role(argument.role)
            n_of[role] += 1
            key = f"{role}{n_of[role]}" if n_of[role] > 1 else role
            arguments.append((key, ids.get(argument.char_span) or self._text_bound("", argument.char_span)))
        label = brat.brat_name(event.event_type)
        return label, self._text_bound(label, trigger), arguments

    def _fits(self, old: Annotation, event: Event) -> bool:
        if brat.plain_name(old.label) != event.event_type or self._spans.get(old.trigger) != event.trigger:
            return False
        # Scores could not tell two arguments apart that the line repeats word by word.
        is_repeating = len({*old.arguments}) < len(old.arguments)
        if len(old.arguments) != len(event.arguments) or (
            is_repeating and any(each.score is not None for each in event.arguments)
        ):
            return False
        return all(
            self._spans.get(id) == each.char_span and each.role in {brat.plain_role(key), brat.plain_name(key)}
            for (key, id), each in zip(old.arguments, event.arguments, strict=True)
        )

    def _text_bound(self, label: str, char_span: Span) -> str:
        """Find the text-bound annotation of a span, for arguments without a label; make it where there is none."""
        id = self._text_bounds.get((label, char_span))
        if id is None:
            id = self._text_bounds[label, char_span] = self._new_id("T")
            fragments = brat.fragments_of(self._text, char_span)
            offsets = ";".join([f"{start} {end}" for start, end in fragments])
            found = " ".join([self._text[start:end] for start, end in fragments])
            self._new_lines.append(f"{id}\t{label or ARGUMENT_LABEL} {offsets}\t{found}")
        return id

    def _rest(self) -> tuple[list[Annotation], int]:
        """Take the kept lines that still hold, and those of events as places for new ones; count the lost ones."""
        used = {id for _, trigger, arguments in self._heads.values() for id in (trigger, *(id for _, id in arguments))}
        used |= {id for each in self._kept if not each.trigger for id in each.references()}
        unused = {each.trigger for each in self._kept} - used
        rest = [each for each in self._kept if each.id not in unused and not self._is_outdated(each)]
        n_current, n_before = len(rest), -1
        while len(rest) != n_before:
            n_before = len(rest)
            ids = {each.id for each in rest if not each.trigger} | self.events.keys()
            rest = [each for each in rest if each.trigger or ids.issuperset(each.references())]
        return rest, n_current - len(rest)

    def _is_outdated(self, kept: Annotation) -> bool:
        event = self.events.get(kept.arguments[0][1]) if kept.is_note(Note.EVENT) else None
        return kept.is_note(Note.EVENT) and (event is None or event.id != kept.held)

    def _event_line(self, id: str) -> str:
        label, trigger, arguments = self._heads[id]
        return " ".join([f"{id}\t{label}:{trigger}", *(f"{key}:{id}" for key, id in arguments)])

    def _note(self, note: Note, id: str, held: Json) -> str:
        return f"{self._new_id('#')}\t{note} {id}\t{json.dumps(held)}"

    def _new_id(self, kind: str) -> str:
        return next(id for number in self._numbers[kind] if (id := f"{kind}{number}") not in self._taken)


def _write(folder: Path, name: str, text: str) -> None:
    file = folder / name
    if not Path(os.path.realpath(file.parent)).is_relative_to(os.path.realpath(folder)):
        raise InputError(f"{file}: must lie in {folder}, but a link leads out of it. Remove the link.")
    with replaced(file) as out:
        out.write(text.encode())
