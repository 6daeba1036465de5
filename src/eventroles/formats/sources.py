"""Streams of JSON values, as lines or as one array, to documents; every problem of a file in one error."""

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, Final

from eventroles.documents import Document
from eventroles.errors import DataError, Place, Problems, suggest
from eventroles.formats.records import document_of
from eventroles.ontology import Ontology

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_CHUNK_BYTES: Final = 1 << 20
_BLANK: Final = re.compile(r"[ \t\r\n]*")
_SNIFFED_BYTES: Final = 4096
_PREFIX_BYTES: Final = 2
_DIGEST_BYTES: Final = 16
_NUMBER_BYTES: Final = 8
_MAX_DIGITS: Final = 18  # of a line, which must fit into the bytes of a number

NativeOf = Callable[[Any, Place], Any]
"""Turns the value of a document in another format into a native record; None after it reported a problem."""


@contextmanager
def open_data(path: Path) -> Iterator[BinaryIO]:
    """Open a file of documents.

    Args:
        path: The file.

    Yields:
        The open file.

    Raises:
        DataError: There is none, or it cannot be read to its end.
    """
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        found = error.strerror or error
        raise DataError(f"{path}: must be a readable file, but: {found}. Check the path.") from error


def is_folder(path: Path) -> bool:
    """Tell whether a path is a folder; where that cannot be looked up it is none, and opening it will say why."""
    try:
        return path.is_dir()
    except OSError:
        return False


def read_json(path: Path, ontology: Ontology | None, native_of: NativeOf) -> Iterator[Document]:
    """Read a file of JSON documents, one at a time, whether they stand on lines or in one array.

    Raises DataError: after the last document, with the problems of the whole file; or at once where there is no such
    file.

    Args:
        path: The file, UTF-8, with or without a byte-order mark.
        ontology: Every event must be legal in it, where given.
        native_of: Turns a value into a native record.

    Yields:
        The documents that are sound.
    """
    problems = Problems()
    with open_data(path) as file:
        yield from sound_documents(_native(json_values(file, str(path), problems), native_of), ontology)
    problems.raise_if_any(DataError)


def json_values(file: BinaryIO, where: str, problems: Problems) -> Iterator[tuple[Place, Any]]:
    """Read the JSON values of a seekable file: the items of an array where it begins with one, else its lines.

    Args:
        file: The file, at its beginning.
        where: Names it in errors.
        problems: Gets what is wrong with the file.

    Yields:
        Each value, with the line that it begins on.
    """
    head = file.read(_SNIFFED_BYTES)
    file.seek(0)
    is_array = head.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"[")
    yield from json_items(file, where, problems) if is_array else json_lines(file, where, problems)


def json_lines(lines: Iterable[bytes], where: str, problems: Problems) -> Iterator[tuple[Place, Any]]:
    """Read one JSON value a line; blank lines are passed over.

    Args:
        lines: The lines, UTF-8.
        where: Names them in errors.
        problems: Gets what is wrong with a line, which is then left out.

    Yields:
        Each value, with its line.
    """
    for number, line in enumerate(lines, start=1):
        raw = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
        if not raw.strip():
            continue
        place = problems.at(f"{where}:{number}")
        value = _value_of_line(raw, place)
        if value is not None:
            yield place, value


def json_items(file: BinaryIO, where: str, problems: Problems) -> Iterator[tuple[Place, Any]]:
    """Read the items of one JSON array without holding more of it than the longest item.

    Args:
        file: The file, UTF-8.
        where: Names it in errors.
        problems: Gets what is wrong with it; the items before are read all the same.

    Yields:
        Each item, with the line that it begins on.
    """
    buffer = _Buffer(file)
    try:
        buffer.skip_blank()
        buffer.expect("[")
        while not buffer.next_is("]"):
            number = buffer.line
            yield problems.at(f"{where}:{number}"), buffer.value()
            if not buffer.next_is("]"):
                buffer.expect(",")
        buffer.expect("]")
        buffer.expect("")
    except (ValueError, RecursionError) as error:
        must, line = f"must be one whole JSON array, but: {error}. Mend the file from there.", buffer.line
        if buffer.fault is not None:
            must, line = f"must be UTF-8, but: {buffer.fault.reason}. Convert the file.", buffer.last_line()
        problems.add(f"{where}:{line}", must)


def sound_documents(
    items: Iterable[tuple[Place, Document | None]], ontology: Ontology | None = None
) -> Iterator[Document]:
    """Keep the documents that are sound: ids unique, events legal; what is not is reported at its place.

    Args:
        items: Documents and where they stand; None for one that was reported already.
        ontology: Every event must be legal in it, where given.

    Yields:
        The sound documents.
    """
    places = _Places()
    for place, document in items:
        if document is None:
            continue
        elsewhere = places.add(document.id, place.where)
        if elsewhere is not None:
            place.report(f"id '{document.id}' must be unique, but stands in {elsewhere} too. Rename one.")
        elif _is_legal(document, ontology, place):
            yield document


class _Places:
    """Where each id stands first, in some 40 bytes an id, for a file may hold millions of them.

    Kept are a digest of 128 bits and the number of the line, one behind the other where digests begin alike. That one
    of a billion ids is taken for another has a probability below 1 in 10^20.
    """

    def __init__(self) -> None:
        self._entries = [b""] * (1 << 8 * _PREFIX_BYTES)
        self._files: list[str] = []

    def add(self, id: str, where: str) -> str | None:
        """Note where an id stands, and tell where it stood before; None where it is new."""
        digest = blake2b(id.encode(errors="surrogatepass"), digest_size=_DIGEST_BYTES).digest()
        prefix = int.from_bytes(digest[:_PREFIX_BYTES])
        entries = self._entries[prefix]
        start = entries.find(digest)
        if start < 0:
            self._entries[prefix] = entries + digest + self._number_of(where).to_bytes(_NUMBER_BYTES, signed=True)
            return None
        start += _DIGEST_BYTES
        number = int.from_bytes(entries[start : start + _NUMBER_BYTES], signed=True)
        return f"line {number}" if number >= 0 else self._files[-number - 1]

    def _number_of(self, where: str) -> int:
        """Give the line of a place in a file; whole files are numbered -1, -2 and so on."""
        line = where.rpartition(":")[2]
        if line.isdecimal() and len(line) <= _MAX_DIGITS:
            return int(line)
        self._files.append(where)
        return -len(self._files)


def _native(values: Iterable[tuple[Place, Any]], native_of: NativeOf) -> Iterator[tuple[Place, Document | None]]:
    for place, value in values:
        n_before = place.problems.n_found
        record = native_of(value, place)
        is_sound = record is not None and place.problems.n_found == n_before
        yield place, document_of(record, place) if is_sound else None


def _value_of_line(line: bytes, place: Place) -> Any:
    try:
        value = json.loads(line.decode())
    except UnicodeDecodeError as error:
        place.report(f"must be UTF-8, but byte {error.start} is {line[error.start]:#04x}. Convert the file.")
        return None
    except (ValueError, RecursionError) as error:
        place.report(f"must be one whole JSON object, but: {error}. Mend or remove the line.")
        return None
    if value is None:
        place.report("must be one JSON object, but is null. Mend or remove the line.")
    return value


class _Buffer:
    """The part of a file that is being parsed.

    Args:
        file: The file, UTF-8.

    Attributes:
        line: Line of the next character.
        fault: What is no UTF-8; the file ends before it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._parse = json.JSONDecoder().raw_decode
        self._text = ""
        self._start = 0
        self._is_whole = False
        self.line = 1
        self.fault: UnicodeDecodeError | None = None

    def last_line(self) -> int:
        """Give the line of the last character that was read."""
        return self.line + self._text.count("\n", self._start)

    def peek(self) -> str:
        """Give the next visible character; empty at the end of the file."""
        self.skip_blank()
        return self._text[self._start : self._start + 1]

    def next_is(self, character: str) -> bool:
        return self.peek() == character

    def expect(self, character: str) -> None:
        """Pass over the next visible character, which must be this; the empty string for the end of the file."""
        found = self.peek()
        if found != character or (character == "" and self.fault is not None):
            raise ValueError(f"{character or 'the end'} must follow, but {found or 'the end'} does")
        self._take(len(character))

    def skip_blank(self) -> None:
        while True:
            self._take(_BLANK.match(self._text, self._start).end() - self._start)  # type: ignore[union-attr]  # it may be empty
            if self._start < len(self._text) or not self._grow():
                return

    def value(self) -> Any:
        """Parse the value that begins here, reading on until all of it is there."""
        self.skip_blank()
        while True:
            try:
                value, end = self._parse(self._text, self._start)
            except ValueError:
                if not self._grow():
                    raise
                continue
            n_chars = end - self._start
            if end < len(self._text) or not self._grow():
                self._take(n_chars)
                return value

    def _take(self, n_chars: int) -> None:
        end = self._start + n_chars
        self.line += self._text.count("\n", self._start, end)
        self._start = end

    def _grow(self) -> bool:
        """Read as much as there is already, at least a chunk; tell whether there was more."""
        if self._is_whole:
            return False
        self._text = self._text[self._start :]
        self._start = 0
        raw = self._file.read(max(_CHUNK_BYTES, len(self._text)))
        self._is_whole = not raw
        try:
            self._text += self._decode(raw, self._is_whole)
        except UnicodeDecodeError as error:
            self._text += error.object[: error.start].decode()
            self._is_whole, self.fault = True, error
        return bool(raw)


def _is_legal(document: Document, ontology: Ontology | None, place: Place) -> bool:
    if ontology is None:
        return True
    n_before = place.problems.n_found
    for number, event in enumerate(document.events):
        roles = (argument.role for argument in event.arguments)
        for problem in ontology.problems_with_event(event.event_type, roles, has_trigger=event.trigger is not None):
            place.key("events").item(number).report(f"{problem} (event '{event.id}')")
    for event_type in sorted((document.coverage.event_types or frozenset()) - ontology.event_types.keys()):
        place.key("annotated").key("event_types").report(
            f"'{event_type}' must be an event type of ontology '{ontology.name}', but is not. "
            f"{suggest(event_type, ontology.type_names)}"
        )
    return place.problems.n_found == n_before
