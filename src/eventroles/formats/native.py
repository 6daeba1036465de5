"""The native format: JSON lines, one document a line, offsets in Unicode code points, half-open.

`text` inside a span is a checksum: it must equal the document's text between `start` and `end`. Documents annotated
only in part say so in `annotated`: `{"event_types": [...], "char_spans": [[start, end], ...]}`, either of the two.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from eventroles.documents import Document
from eventroles.errors import DataError, Problems
from eventroles.formats.records import document_of, record_of
from eventroles.formats.sinks import bytes_of, write_json_lines
from eventroles.formats.sources import json_lines, open_data, sound_documents
from eventroles.ontology import Ontology


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


def parse_lines(lines: Iterable[bytes], where: str, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read documents from raw lines; `read_documents` for a stream that is already open.

    Args:
        lines: The lines.
        where: Names the stream in errors.
        ontology: Every event must be legal in it, where given.

    Yields:
        The documents that are sound; all problems are raised as one DataError after the last line.
    """
    problems = Problems()
    items = ((place, document_of(value, place)) for place, value in json_lines(lines, where, problems))
    yield from sound_documents(items, ontology)
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
    try:
        return bytes_of(record_of(document)) + b"\n"
    except DataError as error:
        raise DataError(f"document '{document.id}': {error}") from error


def write_native(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write a file of documents.

    Args:
        documents: The documents.
        path: The file.
        left_out: Counts what the format cannot say: nothing.

    Returns:
        How many there were.
    """
    del left_out
    return write_json_lines(documents, path, record_of)


def is_native(value: Any) -> bool:
    """Tell whether the first value of a file looks like a document of this format."""
    return isinstance(value, dict) and {"id", "text", "events"} <= value.keys()


def write_documents(documents: Iterable[Document], file: BinaryIO) -> int:
    """Write documents to an open binary file and return how many there were."""
    n_written = 0
    for document in documents:
        file.write(line_of_document(document))
        n_written += 1
    return n_written
