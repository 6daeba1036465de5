"""Folders that are written whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """Make a folder beside `folder`, which it becomes when it is whole; what was there before goes only then.

    Args:
        folder: The folder; its parent is made.

    Yields:
        An empty folder to write to.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield partial
        partial.chmod(0o755)
        _replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def files_in(folder: Path) -> list[Path]:
    """List the files in a folder and in those below it."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _replace(partial: Path, folder: Path) -> None:
    """Put a whole folder in the place of another, which is put back should that fail."""
    _flush(partial)
    if not folder.exists():
        partial.rename(folder)
        return
    retired = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
    try:
        folder.rename(retired / folder.name)
        partial.rename(folder)
    except BaseException:
        if not folder.exists():
            (retired / folder.name).rename(folder)
        retired.rmdir()
        raise
    shutil.rmtree(retired, ignore_errors=True)


def _flush(folder: Path) -> None:
    """Make every file readable (safetensors writes for its owner alone) and bring what it holds to the disk."""
    for path in files_in(folder):
        path.chmod(0o644)
        with path.open("rb") as file:
            os.fsync(file.fileno())
