"""Files that look malformed and are not: what is read of them, and why that is right."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.integration.malformed.cases import Files, maker
from tests.integration.malformed.specimens import (
    ARRAYS,
    FILE_OF,
    LINES,
    cas_json,
    changed,
    file_of_values,
    files_of,
    values_of,
)

from eventroles.formats.table import DataFormat

MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """A file that is read though it looks odd.

    Attributes:
        kind: The format that it is read as.
        what: What is odd.
        why: Why that is no fault.
        make: Makes it in an empty folder, and returns what is to be read.
        ids: The documents that are read.
    """

    kind: DataFormat
    what: str
    why: str
    make: Callable[[Path], Path]
    ids: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name it in reports."""
        return f"{self.kind}-{self.what}"


def allowed_files() -> Iterator[Allowed]:
    """List the files."""
    for kind in (*LINES, *ARRAYS, DataFormat.CONLL):
        for what, (why, change, ids) in OF_ALL.items():
            yield _file(kind, what, why, change, ids)
    for kind in (*LINES[1:], *ARRAYS):
        why = "Lines of documents and one array of them are told apart, in all formats but the native."
        yield _file(kind, "empty-array", why, lambda _: b"[]", ())
        yield _file(kind, "spread-array", why, _spread(kind), ("a", "b", "c"))
    for kind in ARRAYS:
        why = "A carriage return is white space between the items of an array."
        yield _file(kind, "ends-of-cr", why, lambda raw: raw.replace(b"\n", b"\r"), ("a", "b", "c"))
    for (kind, what), (why, path, value) in VALUES.items():
        change = _with_value(kind, path, value)
        yield _file(kind, what, why, change, ("a", "b", "c"))
    for (kind, what), (why, files, ids) in FOLDERS.items():
        read = "article.txt" if kind is DataFormat.INTERLINEAR else ""
        yield Allowed(kind=kind, what=what, why=why, make=maker(files, read), ids=ids)


def _spread(kind: DataFormat) -> Callable[[bytes], bytes]:
    return lambda _: json.dumps(values_of(kind), indent=2).encode()


OF_ALL: Final[Mapping[str, tuple[str, Callable[[bytes], bytes], tuple[str, ...]]]] = {
    "empty": ("No lines are no documents.", lambda _: b"", ()),
    "only-a-mark": ("A byte-order mark is no line.", lambda _: MARK, ()),
    "only-blank-lines": ("Blank lines are passed over.", lambda _: b"\n \n\n", ()),
    "mark-before": ("Some editors write a byte-order mark.", lambda raw: MARK + raw, ("a", "b", "c")),
    "ends-of-cr-lf": ("Some systems end lines so.", lambda raw: raw.replace(b"\n", b"\r\n"), ("a", "b", "c")),
    "without-the-last-end": ("The last line needs no end.", lambda raw: raw.rstrip(b"\n"), ("a", "b", "c")),
}
"""Changes of the sound file of any format in one file, and what is read of it."""

_NULS: Final = "NUL, written as an escape, is a character like any other."
_HALF: Final = "Half a character, written as an escape, is read by Python's json, and written again as an escape."
VALUES: Final[Mapping[tuple[DataFormat, str], tuple[str, tuple[str | int, ...], Any]]] = {
    (DataFormat.NATIVE, "nul-in-a-text"): (_NULS, ("text",), "Déjà vu\0😀 : rebels shelled Goma."),
    (DataFormat.NATIVE, "cr-in-a-text"): ("So is CR.", ("text",), "Déjà vu\r😀 : rebels shelled Goma."),
    (DataFormat.NATIVE, "half-a-character"): (_HALF, ("text",), "Déjà vu \ud800 : rebels shelled Goma."),
    (DataFormat.NATIVE, "half-a-character-as-a-type"): (_HALF, ("events", 0, "type"), "\ud800"),
    (DataFormat.NATIVE, "without-a-trigger"): ("An event may have none.", ("events", 0, "trigger"), None),
    (DataFormat.NATIVE, "deep-metadata"): (
        "Metadata may hold anything that Python's json can read.",
        ("meta",),
        {"deep": json.loads("[" * 500 + "]" * 500)},
    ),
    (DataFormat.MUC, "without-an-offset"): (
        "The authors' are those of the first match.",
        ("templates", 0, "Place", 0, 0, 1),
        None,
    ),
    (DataFormat.RAMS, "key-unknown"): ("Other keys are kept in the metadata.", ("typo",), 1),
    (DataFormat.DOCCANO, "key-unknown"): ("Other keys are columns of metadata.", ("typo",), 1),
    (DataFormat.PRODIGY, "token-numbers-wrong"): ("Its offsets decide.", ("spans", 0, "token_start"), -7),
    (DataFormat.LABELSTUDIO, "relations-in-a-circle"): (
        "Two events may be arguments of each other.",
        ("annotations", 0, "result", 4),
        {"type": "relation", "from_id": "A2", "to_id": "E1", "direction": "right", "labels": ["Cause"]},
    ),
    (DataFormat.GLINER, "text-that-does-not-fit"): ("The tokens decide, and it is kept.", ("text",), "Goma."),
}
"""Values that a place of the second document may hold."""


def _with_value(kind: DataFormat, path: tuple[str | int, ...], value: Any) -> Callable[[bytes], bytes]:
    def change(_: bytes) -> bytes:
        values = values_of(kind)
        values[1] = changed(values[1], path, value)
        return file_of_values(kind, values)

    return change


def _brat(change: Callable[[Files], Files]) -> Callable[[], Files]:
    return lambda: change({name: raw for name, raw in files_of(DataFormat.BRAT).items() if name.startswith("b.")})


def _xmi_in_utf_16() -> Files:
    sound = files_of(DataFormat.CAS)
    text = sound["b.xmi"].decode().replace("UTF-8", "UTF-16")
    return {"b.xmi": text.encode("utf-16"), "TypeSystem.xml": sound["TypeSystem.xml"]}


def _cas_json(path: tuple[str | int, ...], value: Any) -> Callable[[], Files]:
    return lambda: {"b.json": json.dumps(changed(cas_json(), path, value)).encode()}


FOLDERS: Final[Mapping[tuple[DataFormat, str], tuple[str, Callable[[], Files], tuple[str, ...]]]] = {
    (DataFormat.BRAT, "empty"): ("A folder without annotations holds no documents.", dict, ()),
    (DataFormat.BRAT, "text-alone"): (
        "A text without annotations is no document yet.",
        _brat(lambda files: {"b.txt": files["b.txt"]}),
        (),
    ),
    (DataFormat.BRAT, "no-annotations"): (
        "Nothing was found in it.",
        _brat(lambda files: {**files, "b.ann": b""}),
        ("b",),
    ),
    (DataFormat.BRAT, "mark-before"): (
        "Nothing is counted in annotations.",
        _brat(lambda files: {**files, "b.ann": MARK + files["b.ann"]}),
        ("b",),
    ),
    (DataFormat.BRAT, "ends-of-cr-lf"): (
        "Some systems end lines so.",
        _brat(lambda files: {**files, "b.ann": files["b.ann"].replace(b"\n", b"\r\n")}),
        ("b",),
    ),
    (DataFormat.BRAT, "text-ends-of-cr"): (
        "Any character of a text counts as one.",
        _brat(lambda files: {**files, "b.txt": files["b.txt"].replace(b" vu ", b"\rvu\r")}),
        ("b",),
    ),
    (DataFormat.BRAT, "events-in-a-circle"): (
        "An event that is an argument stands for its trigger.",
        _brat(lambda files: {**files, "b.ann": files["b.ann"] + b"E2\tAttack:T3 Cause:E3\nE3\tAttack:T3 Cause:E2\n"}),
        ("b",),
    ),
    (DataFormat.BRAT, "notes-in-a-circle"): (
        "A note may be on a note.",
        _brat(lambda files: {**files, "b.ann": files["b.ann"] + b"#1\tNote #2\tx\n#2\tNote #1\tx\n"}),
        ("b",),
    ),
    (DataFormat.CAS, "utf-16"): ("XML says in which encoding it is.", _xmi_in_utf_16, ("b",)),
    (DataFormat.CAS, "mark-before"): (
        "Some editors write a byte-order mark.",
        lambda: {"b.json": MARK + json.dumps(cas_json()).encode()},
        ("a",),
    ),
    (DataFormat.CAS, "structures-in-a-circle"): (
        "Structures may refer to each other.",
        _cas_json(("%FEATURE_STRUCTURES", 3, "@next"), 3),
        ("a",),
    ),
    (DataFormat.CAS, "types-in-a-circle"): (
        "No structure is of them.",
        _cas_json(("%TYPES", "x.A"), {"%NAME": "x.A", "%SUPER_TYPE": "x.A"}),
        ("a",),
    ),
    (DataFormat.INTERLINEAR, "mark-and-cr-lf"): (
        "Some systems write them.",
        lambda: {"article.txt": MARK + files_of(DataFormat.INTERLINEAR)["article.txt"].replace(b"\n", b"\r\n")},
        ("a",),
    ),
    (DataFormat.INTERLINEAR, "nul-in-a-sentence"): (
        "It is a character like any other.",
        lambda: {"article.txt": files_of(DataFormat.INTERLINEAR)["article.txt"].replace(b"Many", b"Ma\0ny")},
        ("a",),
    ),
}
"""Folders, and articles, and what is read of them."""


def _file(
    kind: DataFormat, what: str, why: str, change: Callable[[bytes], bytes], ids: tuple[str, ...]
) -> Allowed:  # fmt: skip
    name = FILE_OF[kind]
    make = maker(lambda: {name: change(files_of(kind)[name])}, name)
    return Allowed(kind=kind, what=what, why=why, make=make, ids=ids)
