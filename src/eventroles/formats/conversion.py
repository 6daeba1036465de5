"""Turn annotated documents from one format to another, and say what could not be turned."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from eventroles.documents import Document
from eventroles.errors import DataError, InputError
from eventroles.formats.table import FORMATS, DataFormat
from eventroles.mapping import TypeMap
from eventroles.ontology import Ontology
from eventroles.uncertainty import ALL_AS_GIVEN, Selection, selected

Watch = Callable[[Iterable[Document]], Iterable[Document]]
"""Passes documents on as they are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What a conversion did.

    Attributes:
        n_written: Documents written.
        problems: What was wrong with the source, of many problems the first; empty where nothing was. The documents
            concerned were not written.
        every_problem: Each problem by itself, as far as the reader kept them.
        left_out: What the format written has no place for, with how often it was left out.
        not_mapped: Events and arguments for which the type map has no name, by type and role.
        selection: What the selection did to documents, with how often.
    """

    n_written: int
    problems: str
    every_problem: Sequence[str]
    left_out: Mapping[str, int]
    not_mapped: Mapping[str, int]
    selection: Mapping[str, int]


def convert(
    source: tuple[Path, DataFormat],
    sink: tuple[Path, DataFormat],
    *,
    ontology: Ontology | None = None,
    type_map: TypeMap | None = None,
    is_strict: bool = False,
    selection: Selection = ALL_AS_GIVEN,
    watch: Watch = iter,
) -> Conversion:
    """Read documents in one format and write them in another, one at a time unless they are put in another order.

    Args:
        source: File or folder to read, and its format.
        sink: File or folder to write, which must not be there yet, and its format.
        ontology: Every event must be legal in it, where given.
        type_map: Gives the documents our names for their types and roles, where given.
        is_strict: Write nothing where a document is unsound; otherwise the sound ones are written.
        selection: Which documents to write, and in which order; by default all as they come.
        watch: Sees the documents as they are read.

    Returns:
        What was done.

    Raises:
        InputError: The sink is there already, or its format is for people to write.
    """
    write = FORMATS[sink[1]].write
    if write is None:
        raise InputError(f"--to {sink[1]}: must be a format that programs write, but people write it. Choose another.")
    if _is_there(sink[0]):
        raise InputError(f"{sink[0]}: must not be there yet, but is. Choose another place or remove it.")
    left_out, not_mapped, noted = Counter[str](), Counter[str](), Counter[str]()
    problems: list[DataError] = []
    documents = watch(FORMATS[source[1]].read(source[0], ontology if type_map is None else None))
    if not is_strict:
        documents = _sound(documents, problems)
    if type_map is not None:
        documents = (type_map.to_ours(document, not_mapped) for document in documents)
    partial = sink[0].with_name(f".{sink[0].name}.partial")
    try:
        sink[0].parent.mkdir(parents=True, exist_ok=True)
        partial.touch()  # where that fails, the error names OUT itself
        partial.unlink()
        n_written = write(selected(documents, selection, noted), partial, left_out)
        partial.replace(sink[0])
    except OSError as error:
        raise InputError(f"{sink[0]}: must be a place to write to, but: {error.strerror}. Choose another.") from error
    finally:
        _remove(partial)
    return Conversion(
        n_written=n_written,
        problems="\n".join(map(str, problems)),
        every_problem=[text for error in problems for text in error.problems or (str(error),)],
        left_out=left_out,
        not_mapped=not_mapped,
        selection=noted,
    )


def text_of_conversion(done: Conversion) -> str:
    """Write what a conversion did for people."""
    lines = [f"{done.n_written} document(s) written"]
    sections = {
        "Of all documents read:": done.selection,
        "Left out, for the format has no place for it:": done.left_out,
        "Not in the type map:": done.not_mapped,
    }
    for title, counts in sections.items():
        if counts:
            lines += [title, *(f"{count:>7}  {name}" for name, count in sorted(counts.items()))]
    if done.problems:
        lines += ["Not written, for these problems:", done.problems]
    return "\n".join(lines)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # writing there will say why
        return False


def _sound(documents: Iterable[Document], problems: list[DataError]) -> Iterator[Document]:
    """Pass on the sound documents, and note what was wrong with the others."""
    try:
        yield from documents
    except DataError as error:
        problems.append(error)


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
