"""UIMA CAS as INCEpTION and DKPro exchange it, a file a document: XMI with `TypeSystem.xml` beside it, or CAS JSON 0.4.

XMI needs dkpro-cassis, which turns it into CAS JSON. Offsets in files count UTF-16 units. `cas_types` says what is an
event, and what of a CAS is kept. Ids are `documentTitle`, else `documentId`, else the file's name. Of what INCEpTION
calls a project export, the curated version of a document is read, else its annotators'; several are an error.
Ours are the names of what we write: `custom.Event` with `eventType` and the links `arguments` to `custom.Argument`, and
`eventId` where an event is not named by its place (`e1`, `e2`, …). Refused are document type definitions, which can
hide bombs, and names of features that are no identifiers, which dkpro-cassis would put into code that it runs.
"""

import json
import re
import warnings
import zipfile
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, Final

from eventroles.documents import Document, Event
from eventroles.errors import DataError, EventRolesError, InputError, Place, Problems
from eventroles.formats import cas_types
from eventroles.formats.cas_types import Kept, KeptEvent, Layer, layer_of
from eventroles.formats.left_out import unsaid_of, unsaid_scores
from eventroles.formats.records import document_of, show
from eventroles.formats.sinks import replaced
from eventroles.formats.sources import is_folder, sound_documents
from eventroles.ontology import Ontology
from eventroles.spans import Span

MAX_ARCHIVE_BYTES: Final = 1 << 30
"""How much the members of an archive may hold together, unpacked."""

_TYPES_NAME: Final = "TypeSystem.xml"
_PROJECT_NAME: Final = "exportedproject.json"
_SUFFIXES: Final = (".xmi", ".json", ".zip")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSAFE: Final = re.compile(r"[^\w.-]|^\.")
_Files = Iterator[tuple[Place, bytes, bytes | None]]


def read_cas(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a document from each `.xmi` and CAS `.json` file of a folder or archive, or from one such file.

    Raises DataError: after the last file, with the problems of all. InputError: XMI is read without dkpro-cassis.

    Args:
        path: The file, the folder (with what is below it), or the `.zip` archive (with archives in it).
        ontology: Every event must be legal in it, where given.

    Yields:
        The documents that are sound, in the order of their files' names; `meta["cas"]` has what else a CAS says.
    """
    problems = Problems()
    yield from sound_documents(_documents(path, problems), ontology)
    problems.raise_if_any(DataError)


def write_cas(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write a folder with an `.xmi` file for each document, named by its id, and one `TypeSystem.xml` for all.

    Raises InputError: the folder is not empty or cannot be written, XML has no place for a character of a document, two
    documents define a type differently, or dkpro-cassis is not installed.

    Args:
        documents: The documents.
        path: The folder.
        left_out: Counts what a CAS cannot say.

    Returns:
        How many documents there were.
    """
    types, n_written = cas_types.OWN_TYPES, 0
    for value in _written(documents, path / "{}.xmi", _xmi_of, left_out):
        types = cas_types.merged_types(types, cas_types.checked_types(value["%TYPES"]))
        n_written += 1
    every = {"%TYPES": types, "%FEATURE_STRUCTURES": [], "%VIEWS": {}}
    with replaced(path / _TYPES_NAME) as sink:
        sink.write(_library_cas(every).typesystem.to_xml().encode())
    return n_written


def write_cas_json(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write a folder with a CAS `.json` file for each document, named by its id, its types inside.

    Raises InputError: the folder is not empty or cannot be written, or a document holds half a character.

    Args:
        documents: The documents.
        path: The folder.
        left_out: Counts what a CAS cannot say.

    Returns:
        How many documents there were.
    """
    return sum(1 for _ in _written(documents, path / "{}.json", _json_of, left_out))


def _xmi_of(value: dict[str, Any]) -> bytes:
    return bytes(_library_cas(value).to_xmi(pretty_print=False), "utf-8")


def _json_of(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def _library_cas(value: dict[str, Any]) -> Any:
    with warnings.catch_warnings(action="ignore"):  # that it renames a feature `type` in its objects
        return _library("cassis").load_cas_from_json(json.dumps(value))


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise InputError("XMI needs dkpro-cassis, but there is none. Run: pip install 'eventroles[cas]'") from error


def _documents(path: Path, problems: Problems) -> Iterator[tuple[Place, Document | None]]:
    systems: dict[bytes, Any] = {}
    n_files = 0
    for place, raw, types in _files(path, problems):
        n_files += 1
        record = None
        with _checking(place):
            if place.where.lower().endswith(".json"):
                value = json.loads(raw.decode("utf-8-sig"), parse_constant=int)  # which refuses NaN
            else:
                value = _value_of_xmi(raw, types, systems)
            record = cas_types.record_of_cas(cas_types.checked_cas(value), PurePosixPath(place.where).stem, place)
        yield place, None if record is None else document_of(record, place)
    if not (n_files or problems.n_found):
        problems.add(str(path), "must be or hold .xmi, CAS .json or .zip files, but has none. Check the path.")


def _files(path: Path, problems: Problems) -> _Files:
    if is_folder(path):
        folder, names = path, {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()}
    else:
        folder, names = path.parent, {path.name, *(file.name for file in path.parent.glob(_TYPES_NAME))}
    yield from _files_among(frozenset(names), lambda name: (folder / name).read_bytes(), problems.at(str(folder)))


def _files_among(names: frozenset[str], read: Callable[[str], bytes], place: Place, depth: int = 0) -> _Files:
    for name in _chosen(names):
        here = place.problems.at(f"{place.where}/{name}")
        parents = (str(parent / _TYPES_NAME) for parent in PurePosixPath(name).parents)
        types = next((parent for parent in parents if parent in names), None)
        try:
            raw, raw_types = read(name), read(types) if types else None
            inner = _archive(raw, depth) if name.lower().endswith(".zip") else None
        except Exception as error:  # noqa: BLE001  # those of archives have no common class
            here.report(f"must be a sound file, but: {error}. Check it, or make it anew.")
            continue
        if inner is None:
            yield here, raw, raw_types
        else:
            yield from _files_among(frozenset(inner.namelist()), inner.read, here, depth + 1)


def _chosen(names: frozenset[str]) -> list[str]:
    """Choose the documents; of a project export of INCEpTION, a curated one rather than its annotators'."""
    chosen = sorted(name for name in names if name.lower().endswith(_SUFFIXES) and name != _PROJECT_NAME)
    best = [name for name in chosen if name.startswith("curation/")]
    curated = {name.split("/")[1] for name in best}
    best += [name for name in chosen if name.startswith("annotation/") and name.split("/")[1] not in curated]
    return best if _PROJECT_NAME in names else chosen


def _archive(raw: bytes, depth: int) -> zipfile.ZipFile:
    """Open an archive, or raise a ValueError where it could hold a bomb, or files that belong elsewhere."""
    archive = zipfile.ZipFile(BytesIO(raw))
    n_bytes = sum(member.file_size for member in archive.infolist())
    if n_bytes > MAX_ARCHIVE_BYTES or depth > 1:
        raise ValueError(f"it unpacks to {n_bytes} bytes, of {MAX_ARCHIVE_BYTES} at most, in {depth} other archives")
    for name in archive.namelist():
        if name.startswith("/") or ":" in name or "\\" in name or ".." in name.split("/"):
            raise ValueError(f"its member {show(name)} lies outside of it")
    return archive


@contextmanager
def _checking(place: Place) -> Iterator[None]:
    """Report whatever is raised, and offsets that dkpro-cassis would pass over with a warning."""
    try:
        with warnings.catch_warnings(action="ignore"):
            warnings.filterwarnings("error", message="Not mapping external")
            yield
    except EventRolesError:
        raise
    except Exception as error:  # noqa: BLE001  # the errors of dkpro-cassis have no common class
        found = f"there is no {error} in it" if isinstance(error, KeyError) else error
        place.report(f"must be a sound CAS, but: {found}. Mend or export it anew.")


def _value_of_xmi(raw: bytes, types: bytes | None, systems: dict[bytes, Any]) -> Any:
    if types is None:
        raise ValueError(f"there is no {_TYPES_NAME} beside it")
    cassis = _library("cassis")
    if types not in systems:
        try:
            for element in _elements(types):
                name = element.findtext("{*}name", "").strip()
                checked = {"featureDescription": (name, []), "typeDescription": ("_", [name])}
                cas_types.check_names(*checked.get(element.tag.rpartition("}")[2], ("_", [])))
            system = cassis.load_typesystem(BytesIO(types))
        except Exception as error:
            raise ValueError(f"its {_TYPES_NAME} is not sound: {error}") from error
        systems[types] = (system, json.loads(cassis.Cas(typesystem=system).to_json())["%TYPES"])
    numbers = Counter(element.get("{http://www.omg.org/XMI}id", element) for element in _elements(raw))
    if max(numbers.values()) > 1:
        raise ValueError(f"xmi:id {numbers.most_common(1)[0][0]} is that of several structures")
    system, definitions = systems[types]
    cas = cassis.load_cas_from_xmi(BytesIO(raw), typesystem=system)
    without = _library("cassis.typesystem").TypeSystemMode.NONE
    return {**json.loads(cas.to_json(pretty_print=False, type_system_mode=without)), "%TYPES": definitions}


def _elements(raw: bytes) -> Iterator[Any]:
    """Read the elements of XML as they end, or raise a ValueError where it has a document type definition."""
    etree = _library("lxml.etree")
    for event, element in etree.iterparse(BytesIO(raw), events=("start", "end"), resolve_entities=False):
        if event == "end":
            yield element
        elif element.getparent() is None and element.getroottree().docinfo.internalDTD is not None:
            raise ValueError("it has a document type definition (DOCTYPE), which it must not")


def _written(
    documents: Iterable[Document], pattern: Path, bytes_of: Callable[[dict[str, Any]], bytes], left_out: Counter[str]
) -> Iterator[dict[str, Any]]:
    """Write each document to a file named by the pattern and its id, and give the object of CAS JSON that it is."""
    if pattern.parent.is_dir() and any(pattern.parent.iterdir()):
        raise InputError(f"{pattern.parent}: must be a new or empty folder, but has files. Choose another.")
    names: dict[str, int] = {}
    for document in documents:
        _check_characters(document, _NOT_XML if pattern.suffix == ".xmi" else cas_types.HALF)
        left_out.update(_left_out(document))
        try:
            kept = Kept.model_validate(document.meta.get("cas", {}))
            value = _Writing(document.text, kept).value_of(document, left_out)
            raw = bytes_of(value)
        except Exception as error:  # the errors of dkpro-cassis have no common class
            raise InputError(f"document '{document.id}': meta['cas'] must be sound, but: {error}. Drop it.") from error
        with replaced(pattern.with_name(pattern.name.format(_file_name(document.id, names)))) as sink:
            sink.write(raw)
        yield value


def _check_characters(document: Document, illegal: re.Pattern[str]) -> None:
    texts = [document.text, document.id, *(event.event_type for event in document.events)]
    texts += [argument.role for event in document.events for argument in event.arguments]
    if found := next((match for match in map(illegal.search, texts) if match), None):
        raise InputError(
            f"document {document.id!r}: must hold only characters of the format, but has {found[0]!r}. Remove it, or "
            "write CAS JSON, which has all but halves of pairs."
        )


def _left_out(document: Document) -> Counter[str]:
    triggered = [event for event in document.events if event.trigger is not None]
    counts = {
        "event without a trigger": len(document.events) - len(triggered),
        "metadata": int(not document.meta.keys() <= {"cas"}),
    }
    return +Counter(counts) + Counter(unsaid_of(document)) + Counter(unsaid_scores(triggered))


def _file_name(id_: str, names: dict[str, int]) -> str:
    """Make a safe file name out of an id, different from those before even where case is ignored."""
    name = _UNSAFE.sub("_", id_)[:60] or "_"
    while (key := name.casefold()) in names:
        names[key] += 1
        name = f"{name}-{names[key]}"
    names[key] = 1
    return name


class _Writing:
    """A CAS that grows: its structures are numbered in the order in which they are added, and read in it again."""

    def __init__(self, text: str, kept: Kept) -> None:
        self._kept = kept
        self._types = cas_types.merged_types(cas_types.OWN_TYPES, cas_types.checked_types(kept.types))
        self._spans = cas_types.descendants(self._types, cas_types.SPANS)
        self._anchored = cas_types.descendants(self._types, {*cas_types.SPANS, "uima.cas.AnnotationBase"})
        self._n_chars = len(text)
        self._pairs = [match.start() for match in cas_types.PAIRED.finditer(text)]
        self._structures: list[dict[str, Any]] = []
        self._members: list[int] = []
        self._numbers: dict[int | str, int] = {}
        self._add(cas_types.SOFA, {"sofaNum": 1, "sofaID": "_InitialView", "mimeType": "text", "sofaString": text})

    def value_of(self, document: Document, left_out: Counter[str]) -> dict[str, Any]:
        """Write a document, and give the object of CAS JSON."""
        for place, item in enumerate(self._kept.structures):
            self._numbers[place] = self._add_member(item["%TYPE"], item)
        named = (number for number in self._members if self._structures[number - 1]["%TYPE"] == cas_types.METADATA)
        naming = next(named, None) or self._add_member(cas_types.METADATA, {"begin": 0, "end": len(document.text)})
        item = self._structures[naming - 1]
        item |= {cas_types.TITLE: document.id, cas_types.DOCUMENT_ID: item.get(cas_types.DOCUMENT_ID, document.id)}
        triggered = [event for event in document.events if event.trigger is not None]
        events = [self._add_event(event, f"e{place}", left_out) for place, event in enumerate(triggered, start=1)]
        fillers: dict[Span, int] = {}
        for event, kept, layer in events:
            self._link(event, kept, layer, fillers)
        referring = [(self._numbers[event.id], kept.values) for event, kept, _ in events]
        referring += [(self._numbers[place], item) for place, item in enumerate(self._kept.structures)]
        n_lost = self._kept.n_left_out + sum(self._refer(number, values) for number, values in referring)
        left_out.update(+Counter({"annotation feature": n_lost}))
        return {
            "%TYPES": {
                name: {"%NAME": name, **cas_types.named(definition)} for name, definition in self._types.items()
            },
            "%FEATURE_STRUCTURES": self._structures,
            "%VIEWS": {"_InitialView": {"%SOFA": 1, "%MEMBERS": self._members}},
        }

    def _add(self, type_name: str, values: Mapping[str, Any]) -> int:
        self._structures.append({"%ID": len(self._structures) + 1, "%TYPE": type_name, **values})
        return len(self._structures)

    def _add_member(self, type_name: str, values: Mapping[str, Any]) -> int:
        """Add a structure to the index, offsets in UTF-16 units, without its references."""
        said = {name: value for name, value in values.items() if name[0] not in "%@"}
        if type_name in self._spans:
            if not 0 <= said["begin"] <= said["end"] <= self._n_chars:
                raise ValueError(f"a {type_name} lies outside of the text")
            said |= self._span(said["begin"], said["end"])
        self._members.append(self._add(type_name, {**said, **({"@sofa": 1} if type_name in self._anchored else {})}))
        return self._members[-1]

    def _add_event(self, event: Event, usual_id: str, left_out: Counter[str]) -> tuple[Event, KeptEvent, Layer]:
        kept = self._kept.events.get(event.id, KeptEvent())
        layer = layer_of(kept.type, self._types)
        if layer is None or not (layer.type_feature or event.event_type == kept.type.rpartition(".")[2]):
            left_out["annotation feature"] += 1 + len(kept.values)
            kept, layer = KeptEvent(), layer_of(cas_types.EVENT, self._types)
        if layer is None or event.trigger is None:
            raise ValueError(f"type {cas_types.EVENT} has no links")
        said: dict[str, Any] = {"begin": event.trigger.start, "end": event.trigger.end}
        if layer.type_feature:
            said[layer.type_feature] = event.event_type
        if event.id != usual_id and layer.has_id:
            said[cas_types.EVENT_ID] = event.id
        elif event.id != usual_id:
            left_out["event id"] += 1
        self._numbers[event.id] = self._add_member(kept.type, {**kept.values, **said})
        return event, kept, layer

    def _link(self, event: Event, kept: KeptEvent, layer: Layer, fillers: dict[Span, int]) -> None:
        """Add the links of an event, to what they led to before, or to spans that the document's events share."""
        n_links = len(event.arguments)
        names = kept.links if len(kept.links) == n_links else [next(iter(layer.links))] * n_links
        places = kept.targets if len(kept.targets) == n_links else [None] * n_links
        arrays: dict[str, list[int]] = {}
        for argument, name, place in zip(event.arguments, names, places, strict=True):
            span = argument.char_span
            target = self._numbers.get(place) if place is not None else None
            if target is None or not self._structures[target - 1].items() >= self._span(span.start, span.end).items():
                said = {"begin": span.start, "end": span.end}
                target = fillers[span] = fillers.get(span) or self._add_member(cas_types.ARGUMENT, said)
            link = self._add(layer.links[name], {"role": argument.role, "@target": target})
            arrays.setdefault(name, []).append(link)
        for name, links in arrays.items():
            array = self._add(f"{layer.links[name]}[]", {"%ELEMENTS": links})
            self._structures[self._numbers[event.id] - 1][f"@{name}"] = array

    def _span(self, start: int, end: int) -> dict[str, int]:
        begin, end = (position + bisect_left(self._pairs, position) for position in (start, end))
        return {"begin": begin, "end": end}

    def _refer(self, number: int, values: Mapping[str, Any]) -> int:
        """Add what a structure refers to; tell how much of it is not there any more."""
        item, n_lost = self._structures[number - 1], 0
        for name, said in values.items():
            if name.startswith("@") and isinstance(said, dict):
                found = said["%ELEMENTS"]
                if said["%TYPE"] == cas_types.ARRAY:
                    found = [self._numbers[place] for place in found if place in self._numbers]
                n_lost += len(said["%ELEMENTS"]) - len(found)
                item[name] = self._add(said["%TYPE"], {"%ELEMENTS": found})
            elif name.startswith("@") and said in self._numbers:
                item[name] = self._numbers[said]
            else:
                n_lost += name.startswith("@")
        return n_lost
