"""Turn annotated documents from one format to another, and say what could not be turned."""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from eventroles.documents import Document
from eventroles.errors import DataError, InputError
from eventroles.formats.table import FORMATS, DataFormat
from eventroles.mapping import TypeMap
from eventroles.ontology import Ontology


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What a conversion did.

    Attributes:
        n_written: Documents written.
        problems: What was wrong with the source, one problem a line; empty where nothing was. The documents concerned
            were not written.
        left_out: What the format written has no place for, with how often it was left out.
        not_mapped: Events and arguments for which the type map has no name, by type and role.
    """

    n_written: int
    problems: str
    left_out: Mapping[str, int]
    not_mapped: Mapping[str, int]


def convert(
    source: tuple[Path, DataFormat],
    sink: tuple[Path, DataFormat],
    *,
    ontology: Ontology | None = None,
    type_map: TypeMap | None = None,
    is_strict: bool = False,
) -> Conversion:
    """Read documents in one format and write them in another, one at a time.

    Args:
        source: File or folder to read, and its format.
        sink: File or folder to write, which must not be there yet, and its format.
        ontology: Every event must be legal in it, where given.
        type_map: Gives the documents our names for their types and roles, where given.
        is_strict: Write nothing where a document is unsound; otherwise the sound ones are written.

    Returns:
        What was done.

    Raises:
        InputError: The sink is there already, or its format is for people to write.
    """
    write = FORMATS[sink[1]].write
    if write is None:
        raise InputError(f"--to {sink[1]}: must be a format that programs write, but people write it. Choose another.")
    if sink[0].exists():
        raise InputError(f"{sink[0]}: must not be there yet, but is. Choose another place or remove it.")
    left_out, not_mapped = Counter[str](), Counter[str]()
    problems: list[str] = []
    documents: Iterable[Document] = FORMATS[source[1]].read(source[0], ontology if type_map is None else None)
    if not is_strict:
        documents = _sound(documents, problems)
    if type_map is not None:
        documents = (type_map.to_ours(document, not_mapped) for document in documents)
    partial = sink[0].with_name(f".{sink[0].name}.partial")
    try:
        sink[0].parent.mkdir(parents=True, exist_ok=True)
        n_written = write(documents, partial, left_out)
        partial.replace(sink[0])
    except OSError as error:
        raise InputError(f"{sink[0]}: must be a place to write to, but: {error.strerror}. Choose another.") from error
    finally:
        _remove(partial)
    return Conversion(n_written=n_written, problems="\n".join(problems), left_out=left_out, not_mapped=not_mapped)


def text_of_conversion(done: Conversion) -> str:
    """Write what a conversion did for people."""
    lines = [f"{done.n_written} document(s) written"]
    sections = {"Left out, for the format has no place for it:": done.left_out, "Not in the type map:": done.not_mapped}
    for title, counts in sections.items():
        if counts:
            lines += [title, *(f"{count:>7}  {name}" for name, count in sorted(counts.items()))]
    if done.problems:
        lines += ["Not written, for these problems:", done.problems]
    return "\n".join(lines)


def _sound(documents: Iterable[Document], problems: list[str]) -> Iterator[Document]:
    """Pass on the sound documents, and note what was wrong with the others."""
    try:
        yield from documents
    except DataError as error:
        problems.append(str(error))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        with suppress(OSError):
            path.unlink()
