"""The native format: JSON lines, one document a line, offsets in Unicode code points, half-open.

`text` inside a span is a checksum: it must equal the document's text between `start` and `end`. Documents annotated
only in part say so in `annotated`: `{"event_types": [...], "char_spans": [[start, end], ...]}`, either of the two.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from eventroles.documents import Document
from eventroles.errors import DataError, Place, Problems, suggest
from eventroles.formats.records import document_of, record_of
from eventroles.ontology import Ontology

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def read_documents(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a file of documents, one at a time.

    Raises DataError: after the last line, with the problems of the whole file; or at once where there is no such file.

    Args:
        path: The JSONL file, UTF-8, with or without a byte-order mark. Blank lines are passed over.
        ontology: Every event must be legal in it, where given.

    Yields:
        The documents that are sound.
    """
    with open_data(path) as file:
        yield from parse_lines(file, str(path), ontology)


def open_data(path: Path) -> BinaryIO:
    """Open a file of documents.

    Args:
        path: The file.

    Returns:
        The open file.

    Raises:
        DataError: There is none, or it cannot be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise DataError(f"{path}: must be a readable file, but: {error.strerror}. Check the path.") from error


def parse_lines(
    lines: Iterable[bytes],
    where: str,
    ontology: Ontology | None = None,
    to_native: Callable[[Any, Place], Any] | None = None,
) -> Iterator[Document]:
    """Read documents from raw lines; `read_documents` for a stream that is already open.

    Args:
        lines: The lines.
        where: Names the stream in errors.
        ontology: Every event must be legal in it, where given.
        to_native: Turns the value of a line in another format into a native record; None after it reported a problem.

    Yields:
        The documents that are sound; all problems are raised as one DataError after the last line.
    """
    problems = Problems()
    line_of_id: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        place = problems.at(f"{where}:{number}")
        raw = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
        value = _value_of_line(raw, place) if raw.strip() else None
        record = value if to_native is None or value is None else to_native(value, place)
        document = None if record is None else document_of(record, place)
        if document is None:
            continue
        first = line_of_id.setdefault(document.id, number)
        if first != number:
            place.report(f"id '{document.id}' must be unique, but stands in line {first} too. Rename one.")
        elif _is_legal(document, ontology, place):
            yield document
    problems.raise_if_any(DataError)


def document_from_record(record: Mapping[str, Any]) -> Document:
    """Build a document from its JSON object.

    Args:
        record: The parsed object.

    Returns:
        The document.

    Raises:
        DataError: With one problem a line.
    """
    problems = Problems()
    document = document_of(record, problems.at(""))
    problems.raise_if_any(DataError)
    if document is None:
        raise DataError("must be a document, but is not. Check it.")
    return document


def line_of_document(document: Document) -> bytes:
    """Write a document as one line.

    Args:
        document: The document.

    Returns:
        UTF-8; where its text holds a lone surrogate, which UTF-8 cannot say, ASCII with escapes.

    Raises:
        DataError: The text holds both halves of a surrogate pair as two characters; JSON would join them, and all later
            offsets would be wrong.
    """
    record = record_of(document)
    try:
        return json.dumps(record, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError as error:
        line = json.dumps(record)
        if json.loads(line)["text"] != document.text:
            raise DataError(
                f"document '{document.id}': its text must hold each character whole, but holds one at {error.start} as "
                "two halves of a surrogate pair. Join them: text.encode('utf-16', 'surrogatepass').decode('utf-16')."
            ) from error
        return line.encode() + b"\n"


def write_documents(documents: Iterable[Document], file: BinaryIO) -> int:
    """Write documents to an open binary file and return how many there were."""
    n_written = 0
    for document in documents:
        file.write(line_of_document(document))
        n_written += 1
    return n_written


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


def _is_legal(document: Document, ontology: Ontology | None, place: Place) -> bool:
    if ontology is None:
        return True
    n_before = place.problems.n_found
    for number, event in enumerate(document.events):
        roles = (argument.role for argument in event.arguments)
        for problem in ontology.problems_with_event(event.event_type, roles):
            place.key("events").item(number).report(f"{problem} (event '{event.id}')")
    for event_type in sorted((document.coverage.event_types or frozenset()) - ontology.event_types.keys()):
        place.key("annotated").key("event_types").report(
            f"'{event_type}' must be an event type of ontology '{ontology.name}', but is not. "
            f"{suggest(event_type, ontology.type_names)}"
        )
    return place.problems.n_found == n_before
