"""Everything that can be said of annotated data, without a tokenizer, before a model learns from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eventroles.documents import Document
from eventroles.errors import DataError, Problems
from eventroles.formats.sources import json_values, open_data
from eventroles.formats.table import FORMATS, DataFormat
from eventroles.offsets import Diagnosis, diagnose, text_of_diagnosis
from eventroles.ontology import Ontology
from eventroles.report.findings import Findings, findings_of, text_of_findings
from eventroles.report.leakage import Leak, shared_documents, text_of_leaks


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Files that belong together.

    Attributes:
        name: Names them in the report: a split of a recipe, or the file.
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
        diagnoses: Why spans do not fit their text, by file, where they do not.
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
    problems: list[str] = []
    documents = {source.name: list(_sound(source, ontology, problems)) for source in sources}
    natives = [
        path for source in sources for path, name in source.files if name is DataFormat.NATIVE and path.is_file()
    ]
    diagnoses = {str(path): diagnosis_of(path) for path in natives} if problems else {}
    return Check(
        documents=documents,
        problems="\n".join(problems),
        diagnoses={name: found for name, found in diagnoses.items() if found.n_broken},
        findings=findings_of([document for of in documents.values() for document in of], ontology),
        leaks=shared_documents(documents),
    )


def diagnosis_of(path: Path) -> Diagnosis:
    """Ask why the spans of a native file do not fit their text."""
    with open_data(path) as file:
        return diagnose(json_values(file, str(path), Problems()))


def text_of_check(found: Check) -> str:
    """Write what was found for people, the worst first."""
    n_documents = sum(map(len, found.documents.values()))
    parts = [f"{n_documents} sound document(s) in {', '.join(found.documents)}"]
    parts += [f"Problems, for which documents cannot be used:\n{found.problems}"] if found.problems else []
    parts += [f"{name}\n{text_of_diagnosis(diagnosis)}" for name, diagnosis in found.diagnoses.items()]
    parts += [text_of_leaks(found.leaks)] if found.leaks else []
    parts += [text_of_findings(found.findings)]
    return "\n\n".join(parts)


def _sound(source: Source, ontology: Ontology | None, problems: list[str]) -> Iterator[Document]:
    for path, data_format in source.files:
        try:
            yield from FORMATS[data_format].read(path, ontology)
        except DataError as error:
            problems.append(str(error))
