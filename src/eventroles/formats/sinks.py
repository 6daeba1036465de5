"""Documents to JSON files, written whole or not at all."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from eventroles.documents import Document, Json
from eventroles.errors import DataError, InputError


def write_json_lines(documents: Iterable[Document], path: Path, record_of: Callable[[Document], Json]) -> int:
    """Write a JSON value a line.

    Args:
        documents: The documents.
        path: The file.
        record_of: Turns a document into its value.

    Returns:
        How many there were.
    """
    n_written = 0
    with replaced(path) as file:
        for document in documents:
            file.write(bytes_of(record_of(document)) + b"\n")
            n_written += 1
    return n_written


def write_json_array(documents: Iterable[Document], path: Path, record_of: Callable[[Document], Json]) -> int:
    """Write one JSON array, an item a line.

    Args:
        documents: The documents.
        path: The file.
        record_of: Turns a document into its item.

    Returns:
        How many there were.
    """
    n_written = 0
    with replaced(path) as file:
        for document in documents:
            file.write((b",\n" if n_written else b"[\n") + bytes_of(record_of(document)))
            n_written += 1
        file.write(b"\n]\n" if n_written else b"[]\n")
    return n_written


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be written beside `path`, which it becomes when it is whole.

    Args:
        path: The file.

    Yields:
        The open file.

    Raises:
        InputError: It cannot be written there.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{path}: must be a place to write to, but: {error.strerror}. Choose another.") from error
    finally:
        with suppress(OSError):
            partial.unlink()


def bytes_of(value: Json) -> bytes:
    """Encode a value as one line of JSON.

    Args:
        value: The value.

    Returns:
        UTF-8; where a text in it holds a lone surrogate, which UTF-8 cannot say, ASCII with escapes.

    Raises:
        DataError: A text holds both halves of a surrogate pair as two characters; JSON would join them, and all later
            offsets would be wrong.
    """
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        line = json.dumps(value)
        if json.loads(line) != value:
            raise DataError(
                f"a text must hold each character whole, but {error.object[error.start - 40 : error.start]!r} is "
                "followed by two halves of a surrogate pair. "
                "Join them: text.encode('utf-16', 'surrogatepass').decode('utf-16')."
            ) from error
        return line.encode()
