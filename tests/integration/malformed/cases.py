"""What a malformed file is here: how it is made, and what its refusal must say."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from eventroles.formats.table import DataFormat

Files = Mapping[str, bytes]
"""Contents by name, in one folder."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A malformed file or folder.

    Attributes:
        kind: The format that it is read as.
        what: What is wrong with it.
        make: Makes it in an empty folder, and returns what is to be read.
        at: The place that the refusal must name, in that folder: a file, and its line where it has lines.
        says: What the refusal must say of that place, a regular expression.
    """

    kind: DataFormat
    what: str
    make: Callable[[Path], Path]
    at: str
    says: str

    @property
    def name(self) -> str:
        """Name the case in reports."""
        return f"{self.kind}-{self.what}"


def maker(files: Callable[[], Files], read: str = "") -> Callable[[Path], Path]:
    """Make files in a folder, and read one of them, or the folder.

    Args:
        files: Gives the contents; called only when the files are made.
        read: The file to read; empty for the folder.

    Returns:
        What a case needs.
    """

    def make(folder: Path) -> Path:
        for name, content in files().items():
            (folder / name).write_bytes(content)
        return folder / read

    return make


def n_bytes_of(path: Path) -> int:
    """Count the bytes of a file, or of all files in a folder; none where they cannot be counted."""
    with suppress(OSError):
        return path.stat().st_size if path.is_file() else _n_bytes_in(path)
    return 0


def _n_bytes_in(folder: Path) -> int:
    return sum(n_bytes_of(Path(parent, name)) for parent, _, names in os.walk(folder) for name in names)
