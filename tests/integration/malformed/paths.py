"""Paths that are not what they should be: missing, folders for files, links that lead nowhere or out, pipes."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.integration.malformed.cases import Case, maker
from tests.integration.malformed.specimens import FILE_OF, files_of

from eventroles.formats.table import DataFormat

LONG_NAME: Final = "x" * 300
READABLE: Final = "must be a readable file, but: "

_Make = Callable[[Path], Path]


def path_cases() -> Iterator[Case]:
    """List the paths."""
    for kind, name in FILE_OF.items():
        for what, (put, says) in [*FILES.items(), *OF_LINUX.items()]:
            yield Case(kind=kind, what=f"path-{what}", make=_under(put, name), at=f"{name}: ", says=READABLE + says)
    for what, (make, at, says) in BRAT.items():
        yield Case(kind=DataFormat.BRAT, what=f"path-{what}", make=make, at=f"{at}: ", says=says)
    for what, (make, at, says) in CAS.items():
        yield Case(kind=DataFormat.CAS, what=f"path-{what}", make=make, at=at, says=says)


def _under(put: Callable[[Path], object], name: str) -> _Make:
    """Put something at a name."""

    def path_in(folder: Path) -> Path:
        put(folder / name)
        return folder / name

    return path_in


def _nothing(path: Path) -> None:
    del path


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def _link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("nothing"))


def _link_to_what_cannot_be_read(path: Path) -> None:
    """Link to a file that opens, and fails once it is read: this process's memory, from its unused first page."""
    path.symlink_to("/proc/self/mem")


FILES: Final[Mapping[str, tuple[Callable[[Path], None], str]]] = {
    "missing": (_nothing, "No such file or directory"),
    "folder": (Path.mkdir, "Is a directory"),
    "link-to-itself": (_link_to_itself, "Too many levels of symbolic links"),
    "link-to-nothing": (_link_to_nothing, "No such file or directory"),
}
"""What stands in place of a file, and what is said of it."""

OF_LINUX: Final[Mapping[str, tuple[Callable[[Path], None], str]]] = (
    {"failing": (_link_to_what_cannot_be_read, "Input/output error")} if sys.platform == "linux" else {}
)


def _brat(change: Callable[[Path], None]) -> _Make:
    """Make a sound folder, and spoil it."""

    def make(folder: Path) -> Path:
        inner = folder / "in"
        inner.mkdir()
        maker(lambda: files_of(DataFormat.BRAT))(inner)
        (folder / "out.txt").write_bytes(files_of(DataFormat.BRAT)["a.txt"])
        (folder / "out.ann").write_bytes(files_of(DataFormat.BRAT)["a.ann"])
        change(inner)
        return inner

    return make


def _instead(name: str, change: Callable[[Path], None]) -> _Make:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        change(folder / name)

    return _brat(spoil)


def _link_to(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


_NO_FILE: Final = "must be a file, but there is none"
_LEADS_OUT: Final = "must not lead out of .*/in, but does"
BRAT: Final[Mapping[str, tuple[_Make, str, str]]] = {
    "missing": (lambda folder: folder / "none.ann", "none.ann", _NO_FILE),
    "missing-folder": (lambda folder: folder / "none", "none", _NO_FILE),
    "name-too-long": (lambda folder: folder / f"{LONG_NAME}.ann", f"{LONG_NAME}.ann", "File name too long"),
    "text-for-annotations": (_under(lambda path: path.write_text("x"), "b.txt"), "b.txt.txt", _NO_FILE),
    "text-missing": (_instead("b.txt", _nothing), "in/b.txt", _NO_FILE),
    "text-folder": (_instead("b.txt", Path.mkdir), "in/b.txt", _NO_FILE),
    "text-pipe": (_instead("b.txt", os.mkfifo), "in/b.txt", _NO_FILE),
    "annotations-pipe": (_instead("b.ann", os.mkfifo), "in/b.ann", _NO_FILE),
    "annotations-link-to-itself": (_instead("b.ann", _link_to_itself), "in/b.ann", _NO_FILE),
    "annotations-link-to-nothing": (_instead("b.ann", _link_to_nothing), "in/b.ann", _NO_FILE),
    "annotations-link-out": (_instead("b.ann", _link_to("../out.ann")), "in/b.ann", _LEADS_OUT),
    "text-link-out": (_instead("b.txt", _link_to("../out.txt")), "in/b.txt", _LEADS_OUT),
    "text-link-out-by-its-whole-path": (_instead("b.txt", _link_to("/etc/hostname")), "in/b.txt", _LEADS_OUT),
    "folder-link-out": (_brat(lambda folder: (folder / "up").symlink_to("..")), "in/up", _LEADS_OUT),
    "folder-link-to-the-root": (_brat(lambda folder: (folder / "root").symlink_to("/")), "in/root", _LEADS_OUT),
}
"""Folders, the path that is refused, and what is said of it."""


_SOUND_FILE: Final = "must be a sound file, but: "
CAS: Final[Mapping[str, tuple[_Make, str, str]]] = {
    "missing": (lambda folder: folder / "none.xmi", "none.xmi: ", _SOUND_FILE + ".*No such file"),
    "missing-folder": (lambda folder: folder / "none", "none: ", "must be or hold .xmi, CAS .json or .zip files"),
    "empty-folder": (lambda folder: folder, ": ", "must be or hold .xmi, CAS .json or .zip files"),
    "of-another-name": (_under(Path.touch, "b.txt"), "b.txt: ", "must be or hold .xmi, CAS .json or .zip files"),
    "name-too-long": (
        lambda folder: folder / f"{LONG_NAME}.xmi",
        f"{LONG_NAME}.xmi: ",
        _SOUND_FILE + ".*File name too long",
    ),
    "link-to-itself": (_under(_link_to_itself, "b.xmi"), "b.xmi: ", _SOUND_FILE + ".*Too many levels"),
    "link-to-nothing": (_under(_link_to_nothing, "b.json"), "b.json: ", _SOUND_FILE + ".*No such file"),
    **{what: (_under(put, "b.json"), "b.json: ", f"{_SOUND_FILE}.*{says}") for what, (put, says) in OF_LINUX.items()},
}
"""Files and folders, the path that is refused, and what is said of it."""
