"""The splits of a recipe: annotated documents, read, checked and hashed."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eventroles.backbone import sha256_of
from eventroles.config import DataConfig, Unsound
from eventroles.documents import Document
from eventroles.errors import DataError
from eventroles.formats.table import FORMATS, DataFormat
from eventroles.ontology import Ontology

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One split of the data.

    Attributes:
        documents: Its documents.
        sha256: Hash of its files' hashes, in order.
    """

    documents: Sequence[Document]
    sha256: str


def read_splits(data: DataConfig, ontology: Ontology) -> dict[str, Split]:
    """Read the splits of a recipe, of the training documents the shares that it asks for.

    Args:
        data: The recipe's section.
        ontology: Every event must be legal in it.

    Returns:
        The splits `train`, `dev` and `test`; what is not given is empty.
    """
    train = read_split(data.train, ontology, data.format, data.unsound)
    dev, test = (read_split(files, ontology, data.format) for files in (data.dev, data.test))
    kept = share_of(train, data.train_share, data.train_empty_share)
    if len(kept.documents) < len(train.documents):
        _logger.warning(
            "train: %d of %d documents, by data.train_share and data.train_empty_share",
            len(kept.documents),
            len(train.documents),
        )
    return {"train": kept, "dev": dev, "test": test}


def read_split(
    files: Iterable[Path],
    ontology: Ontology | None,
    data_format: DataFormat = DataFormat.NATIVE,
    unsound: Unsound = Unsound.REFUSE,
) -> Split:
    """Read and hash the files of a split.

    Args:
        files: The files.
        ontology: Every event must be legal in it, where given.
        data_format: How they are written.
        unsound: What happens where a document is unsound.

    Returns:
        The split.

    Raises:
        DataError: A document is unsound and they are refused, or an id stands in two files.
    """
    read = FORMATS[data_format].read
    documents: dict[str, Document] = {}
    digest = hashlib.sha256()
    for path in files:
        for document in _sound(read(path, ontology), unsound):
            if document.id in documents:
                raise DataError(f"{path}: id '{document.id}' must be unique, but another file has it too. Rename one.")
            documents[document.id] = document
        digest.update(bytes.fromhex(sha256_of(path)))
    return Split(documents=tuple(documents.values()), sha256=digest.hexdigest())


def share_of(split: Split, share: float, empty_share: float = 1.0) -> Split:
    """Keep a share of a split's documents, at least one, in their order; a smaller share is a part of a larger one.

    Args:
        split: The split.
        share: The share of all documents, above 0 and at most 1.
        empty_share: The share, from 0 to 1, of those that are then without an event.

    Returns:
        The split with the documents kept.
    """
    n_kept = max(1, round(share * len(split.documents)))
    by_chance = sorted(split.documents, key=lambda document: hashlib.sha256(document.id.encode()).digest())[:n_kept]
    empty = [document.id for document in by_chance if not document.events]
    left_out = set(empty[max(round(empty_share * len(empty)), len(empty) == n_kept) :])
    kept = {document.id for document in by_chance} - left_out
    return replace(split, documents=tuple(document for document in split.documents if document.id in kept))


def _sound(documents: Iterator[Document], unsound: Unsound) -> Iterator[Document]:
    """Pass documents on; where the unsound may be left out, log what was wrong with them."""
    try:
        yield from documents
    except DataError as error:
        if unsound is Unsound.REFUSE:
            raise
        _logger.warning("left out, by data.unsound:\n%s", error)
