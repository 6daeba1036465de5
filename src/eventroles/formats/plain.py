"""Plain text articles: one file, one document."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from eventroles.documents import Document, Json
from eventroles.errors import InputError

_DATELINE: Final = re.compile(r"\ufeff?\s*date (\d{4}-\d{2}-\d{2})\s")


def read_articles(files: Sequence[Path]) -> Iterator[Document]:
    """Read text files.

    Args:
        files: The files, UTF-8. A file is named by its stem, or by its whole path where two share a stem.

    Yields:
        A document a file. Its text is the file's, to the last character.

    Raises:
        InputError: A file cannot be read.
    """
    n_of_stem = Counter(path.stem for path in files)
    for path in files:
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: must be a readable file, but: {error.strerror}. Check the path.") from error
        yield article_of(raw, path.stem if n_of_stem[path.stem] == 1 else str(path), str(path))


def read_stream(stream: BinaryIO, name: str) -> Document:
    """Read a whole stream as one article."""
    return article_of(stream.read(), name, name)


def article_of(raw: bytes, id: str, where: str) -> Document:
    """Make a document of an article's bytes.

    Args:
        raw: UTF-8 text. A leading `date YYYY-MM-DD` is taken as the date of publication, and stays in the text.
        id: Names the document.
        where: Names the file, for errors.

    Returns:
        The document, without events.

    Raises:
        InputError: The bytes are not UTF-8.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InputError(
            f"{where}: must be UTF-8, but byte {error.start} is {raw[error.start]:#04x}. Convert it, e.g. with iconv."
        ) from error
    dateline = _DATELINE.match(text)
    meta: dict[str, Json] = {"date": dateline[1]} if dateline else {}
    return Document(id=id, text=text, meta=meta)
