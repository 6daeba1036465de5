"""Everything that can be said of annotated data, without a tokenizer, before a model learns from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path, PurePath

from eventroles.documents import Document
from eventroles.errors import DataError
from eventroles.formats.claims import claims_of, has_claims
from eventroles.formats.table import FORMATS, DataFormat
from eventroles.offsets import Diagnosis, diagnose, text_of_diagnosis
from eventroles.ontology import Ontology
from eventroles.report.findings import Findings, findings_of, text_of_findings
from eventroles.report.leakage import Leak, shared_documents, text_of_leaks


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Files that belong together.

    Attributes:
        name: A split of a recipe, or the path of the file; the report leaves out the folders that all share.
        files: Each file or folder, with its format.
    """

    name: str
    files: Sequence[tuple[Path, DataFormat]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was found.

    Attributes:
        documents: The sound documents, by source.
        problems: What is wrong with the files, one problem a line; empty where nothing is.
        diagnoses: Why spans do not fit their text, by file, where they do not and the format gives their words.
        findings: What else to put right or to know.
        leaks: Documents that stand in two sources, or twice in one.
    """

    documents: Mapping[str, Sequence[Document]]
    problems: str
    diagnoses: Mapping[str, Diagnosis]
    findings: Findings
    leaks: Sequence[Leak]


def check(sources: Sequence[Source], ontology: Ontology | None = None) -> Check:
    """Look for whatever would spoil a training run.

    Args:
        sources: What to check.
        ontology: Every event must be legal in it, where given.

    Returns:
        All that was found.
    """
    documents: dict[str, list[Document]] = {}
    problems: dict[tuple[Path, DataFormat], str] = {}
    for name, source in zip(_short([source.name for source in sources]), sources, strict=True):
        documents.setdefault(name, []).extend(_sound(source, ontology, problems))
    diagnoses = {str(path): diagnose(claims_of(path, name)) for path, name in problems if has_claims(name)}
    return Check(
        documents=documents,
        problems="\n".join(problems.values()),
        diagnoses={path: found for path, found in diagnoses.items() if found.n_broken},
        findings=findings_of([document for of in documents.values() for document in of], ontology),
        leaks=shared_documents(documents),
    )


def text_of_check(found: Check) -> str:
    """Write what was found for people, the worst first."""
    counts = [len(of) for of in found.documents.values()]
    split = f": {', '.join(map(str, counts))}" if len(counts) > 1 else ""
    parts = [f"{sum(counts)} sound document(s) in {', '.join(found.documents)}{split}"]
    parts += [f"Problems, for which documents cannot be used:\n{found.problems}"] if found.problems else []
    parts += [f"{name}\n{text_of_diagnosis(diagnosis)}" for name, diagnosis in found.diagnoses.items()]
    is_mendable = any(diagnosis.cause is not None for diagnosis in found.diagnoses.values())
    parts += ["A native file is repaired by: eventroles check FILE --repair OUT"] if is_mendable else []
    parts += [text_of_leaks(found.leaks)] if found.leaks else []
    parts += [text_of_findings(found.findings)]
    return "\n\n".join(parts)


def _short(names: Sequence[str]) -> list[str]:
    """Leave out of paths the folders that all share."""
    paths = [PurePath(name).parts for name in names]
    folders = zip(*(parts[:-1] for parts in paths), strict=False)
    n_shared = sum(1 for _ in takewhile(lambda parts: len(set(parts)) == 1, folders))
    return [str(PurePath(*parts[n_shared:])) for parts in paths]


def _sound(
    source: Source, ontology: Ontology | None, problems: dict[tuple[Path, DataFormat], str]
) -> Iterator[Document]:
    for path, data_format in source.files:
        try:
            yield from FORMATS[data_format].read(path, ontology)
        except DataError as error:
            problems[path, data_format] = str(error)
