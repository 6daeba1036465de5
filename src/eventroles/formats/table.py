"""The formats of annotated documents by name: how each is read, written, and told from the others."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from eventroles.documents import Document
from eventroles.errors import DataError, Problems
from eventroles.formats.brat import read_brat, write_brat
from eventroles.formats.cas import read_cas, write_cas
from eventroles.formats.conll import is_conll, read_conll, write_conll
from eventroles.formats.doccano import is_doccano, read_doccano, write_doccano
from eventroles.formats.dygie import is_dygie, read_dygie, write_dygie
from eventroles.formats.gliner import is_gliner, read_gliner, write_gliner
from eventroles.formats.interlinear import is_interlinear, read_interlinear
from eventroles.formats.labelstudio import is_labelstudio, read_labelstudio, write_labelstudio
from eventroles.formats.muc import is_muc, read_muc, write_muc
from eventroles.formats.native import is_native, read_documents, write_native
from eventroles.formats.prodigy import is_prodigy, read_prodigy, write_prodigy
from eventroles.formats.rams import is_rams, read_rams, write_rams
from eventroles.formats.sources import is_folder, json_values, open_data
from eventroles.formats.textee import is_textee, read_textee
from eventroles.formats.textee_writing import write_textee
from eventroles.formats.wikievents import is_wikievents, read_wikievents, write_wikievents
from eventroles.ontology import Ontology

_SNIFFED_BYTES: Final = 1 << 16
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# A CAS is one object, on one line or many; what it has, it has under %TYPES, %FEATURE_STRUCTURES and %VIEWS.
_CAS_HEAD: Final = re.compile(rb'\{\s*"%[A-Z_]+"\s*:')


class DataFormat(StrEnum):
    """A format, by the name that recipes and the command line use."""

    NATIVE = "native"
    INTERLINEAR = "interlinear"
    BRAT = "brat"
    LABELSTUDIO = "labelstudio"
    DOCCANO = "doccano"
    PRODIGY = "prodigy"
    CAS = "cas"
    CONLL = "conll"
    TEXTEE = "textee"
    WIKIEVENTS = "wikievents"
    RAMS = "rams"
    DYGIE = "dygie"
    GLINER = "gliner"
    MUC = "muc"


Read = Callable[[Path, Ontology | None], Iterator[Document]]
Write = Callable[[Iterable[Document], Path, Counter[str]], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What can be done with a format.

    Attributes:
        read: Reads a file or folder; every event must be legal in the ontology, where given.
        write: Writes a file or folder, counts what the format cannot say, and returns the number of documents; None
            where it is for people to write.
        is_like: Tells by the first value of a JSON file whether it is in this format; None where it is no JSON.
        suffixes: How the names of its files end, where that tells.
    """

    read: Read
    write: Write | None = None
    is_like: Callable[[Any], bool] | None = None
    suffixes: tuple[str, ...] = ()


FORMATS: Final[Mapping[DataFormat, Format]] = MappingProxyType(
    {
        DataFormat.NATIVE: Format(read=read_documents, write=write_native, is_like=is_native),
        DataFormat.INTERLINEAR: Format(read=lambda path, ontology: read_interlinear([path], ontology)),
        DataFormat.BRAT: Format(read=read_brat, write=write_brat, suffixes=(".ann",)),
        DataFormat.LABELSTUDIO: Format(read=read_labelstudio, write=write_labelstudio, is_like=is_labelstudio),
        DataFormat.DOCCANO: Format(read=read_doccano, write=write_doccano, is_like=is_doccano),
        DataFormat.PRODIGY: Format(read=read_prodigy, write=write_prodigy, is_like=is_prodigy),
        DataFormat.CAS: Format(read=read_cas, write=write_cas, suffixes=(".xmi", ".zip")),
        DataFormat.CONLL: Format(read=read_conll, write=write_conll, suffixes=(".conll", ".conllu")),
        DataFormat.TEXTEE: Format(read=read_textee, write=write_textee, is_like=is_textee),
        DataFormat.WIKIEVENTS: Format(read=read_wikievents, write=write_wikievents, is_like=is_wikievents),
        DataFormat.RAMS: Format(read=read_rams, write=write_rams, is_like=is_rams),
        DataFormat.DYGIE: Format(read=read_dygie, write=write_dygie, is_like=is_dygie),
        DataFormat.GLINER: Format(read=read_gliner, write=write_gliner, is_like=is_gliner),
        DataFormat.MUC: Format(read=read_muc, write=write_muc, is_like=is_muc),
    }
)


def sniffed_format(path: Path) -> DataFormat:
    """Tell which format a file or folder is in.

    Args:
        path: The file or folder.

    Returns:
        The format.

    Raises:
        DataError: There is no such path, or it is in none of the formats, or could be in several.
    """
    names = _formats_of_folder(path) if is_folder(path) else _formats_of_file(path)
    if len(names) != 1:
        found = "could be " + " or ".join(names) if names else "looks like none of them"
        raise DataError(f"{path}: must be in a known format, but {found}. Name its format: {', '.join(DataFormat)}.")
    return names[0]


def _formats_of_folder(folder: Path) -> list[DataFormat]:
    suffixes = {path.suffix for path in folder.rglob("*")}
    names = [name for name, row in FORMATS.items() if suffixes.intersection(row.suffixes)]
    return names or ([DataFormat.CAS] if ".json" in suffixes else [])


def _formats_of_file(path: Path) -> list[DataFormat]:
    with open_data(path) as file:
        file.seek(0)  # what is read of a pipe would be lost to its reader: it is refused here
        head = file.read(_SNIFFED_BYTES)
        by_suffix = [name for name, row in FORMATS.items() if path.suffix in row.suffixes]
        if by_suffix:
            return by_suffix
        content = head.removeprefix(_BYTE_ORDER_MARK).lstrip()
        if _CAS_HEAD.match(content):
            return [DataFormat.CAS]
        if content[:1] not in {b"{", b"["} or is_interlinear(head):
            tests = {DataFormat.INTERLINEAR: is_interlinear, DataFormat.CONLL: is_conll}
            return [name for name, test in tests.items() if test(head)]
        file.seek(0)
        _, value = next(json_values(file, str(path), Problems()), (None, None))
    return [name for name, row in FORMATS.items() if row.is_like is not None and row.is_like(value)]
