"""Sound files of every format, which the cases spoil: three documents, written by the library itself."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.integration.malformed.cases import Files

from eventroles.documents import Argument, Document, Event
from eventroles.formats.cas import write_cas_json
from eventroles.formats.table import FORMATS, DataFormat
from eventroles.spans import Span

TEXT: Final = "Déjà vu 😀 : rebels shelled Goma."
WORDS: Final = {"rebels": Span(12, 18), "shelled": Span(19, 26), "Goma": Span(27, 31)}
ATTACK: Final = Event(
    id="E1",
    event_type="Attack",
    trigger=WORDS["shelled"],
    arguments=(
        Argument(role="Attacker", char_span=WORDS["rebels"]),
        Argument(role="Place", char_span=WORDS["Goma"]),
    ),
)
DOCUMENTS: Final = tuple(Document(id=id, text=TEXT, events=(ATTACK,)) for id in ("a", "b", "c"))

LINES: Final = tuple(
    DataFormat(name)
    for name in ("native", "doccano", "prodigy", "textee", "wikievents", "rams", "dygie", "muc")
)  # fmt: skip
ARRAYS: Final = (DataFormat.LABELSTUDIO, DataFormat.GLINER)
FILE_OF: Final[Mapping[DataFormat, str]] = {
    **dict.fromkeys(LINES, "data.jsonl"),
    **dict.fromkeys(ARRAYS, "data.json"),
    DataFormat.CONLL: "data.conll",
    DataFormat.INTERLINEAR: "article.txt",
}
"""The formats of which a file holds the documents, and how it is called here."""

ARTICLE: Final = (
    "# id: a\n[1] Déjà vu: rebels shelled Goma.\n  Attack: shelled | Attacker: rebels | Place: Goma\n[2] Many fled.\n"
)


@cache
def files_of(kind: DataFormat) -> Files:
    """Give a sound file or folder of a format, as the library writes it."""
    if kind is DataFormat.INTERLINEAR:
        return {FILE_OF[kind]: ARTICLE.encode()}
    write = FORMATS[kind].write
    assert write is not None
    return _written(lambda path: write(DOCUMENTS, path, Counter()), FILE_OF.get(kind, ""))


@cache
def cas_json() -> Mapping[str, Any]:
    """Give the object of a sound CAS JSON file."""
    [value] = (
        json.loads(raw) for raw in _written(lambda path: write_cas_json(DOCUMENTS[:1], path, Counter())).values()
    )
    return dict(value)


def lines_of(kind: DataFormat) -> list[bytes]:
    """Give the lines of the sound file of a format, with their ends."""
    return files_of(kind)[FILE_OF[kind]].splitlines(keepends=True)


def values_of(kind: DataFormat) -> list[Any]:
    """Give the JSON values of the sound file of a format, a document each."""
    raw = files_of(kind)[FILE_OF[kind]]
    return list(json.loads(raw)) if kind in ARRAYS else [json.loads(line) for line in raw.splitlines()]


def line_of_document(kind: DataFormat, number: int) -> int:
    """Say on which line a document stands, counted from 1: the library writes an array with its bracket before."""
    return number + (kind in ARRAYS)


def file_of_values(kind: DataFormat, values: Iterable[Any]) -> bytes:
    """Write JSON values as the library does."""
    lines = [json.dumps(value) for value in values]
    return ("[\n" + ",\n".join(lines) + "\n]\n" if kind in ARRAYS else "".join(f"{line}\n" for line in lines)).encode()


def changed(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """Put something else at a place inside a JSON value."""
    if not path:
        return new
    whole = deepcopy(value)
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return whole


def _written(write: Callable[[Path], int], name: str = "") -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "written") / name if name else Path(folder, "written")
        path.parent.mkdir(exist_ok=True)
        write(path)
        folder_written = path if path.is_dir() else path.parent
        return {file.name: file.read_bytes() for file in folder_written.iterdir()}
