"""The formats that annotated documents are read from, by name."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from eventroles.documents import Document
from eventroles.formats.interlinear import read_interlinear
from eventroles.formats.native import read_documents
from eventroles.formats.textee import read_textee
from eventroles.ontology import Ontology


class DataFormat(StrEnum):
    """A format, by the name that recipes and the command line use."""

    NATIVE = "native"
    INTERLINEAR = "interlinear"
    TEXTEE = "textee"


def reader_of(data_format: DataFormat) -> Callable[[Path, Ontology | None], Iterator[Document]]:
    """Pick the function that reads a file of this format, checking every event against an ontology where given."""
    match data_format:
        case DataFormat.NATIVE:
            return read_documents
        case DataFormat.INTERLINEAR:
            return lambda path, ontology: read_interlinear([path], ontology)
        case DataFormat.TEXTEE:
            return read_textee
        case never:
            assert_never(never)
