"""The commands about data: `eventroles convert | check | diff | ontology`."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

import typer

from eventroles.config import Config, load_config
from eventroles.errors import ConfigError, InputError
from eventroles.formats.brat_config import annotation_conf_of, ontology_of_annotation_conf
from eventroles.formats.conversion import Conversion, convert, text_of_conversion
from eventroles.formats.labelstudio import labelling_config_of
from eventroles.formats.sinks import replaced
from eventroles.formats.table import FORMATS, DataFormat, sniffed_format
from eventroles.mapping import load_type_map
from eventroles.offsets import repair, text_of_diagnosis
from eventroles.ontology import Ontology, load_ontology
from eventroles.ontology_changes import (
    difference,
    inferred_ontology,
    merged_ontology,
    text_of_difference,
    yaml_of_ontology,
)
from eventroles.report.annotated import annotated_of, text_of_annotated
from eventroles.report.changes import changes_between, text_of_changes
from eventroles.report.check import Check, Source, check, text_of_check
from eventroles.report.page import page_of
from eventroles.report.reading import with_progress
from eventroles.uncertainty import Order, Selection

EXIT_FOUND_SOMETHING = 1


class ConfiguredTool(StrEnum):
    """An annotation tool that is told by a file which event types and roles there are."""

    BRAT = "brat"
    LABELSTUDIO = "labelstudio"


_CONFIG_OF: Final[Mapping[ConfiguredTool, Callable[[Ontology], str]]] = MappingProxyType(
    {ConfiguredTool.BRAT: annotation_conf_of, ConfiguredTool.LABELSTUDIO: labelling_config_of}
)

FormatOption = Annotated[
    DataFormat | None, typer.Option("--from", help="How it is written; told from the file where not given.")
]
OntologyOption = Annotated[Path | None, typer.Option("--ontology", help="YAML file; every event must be legal in it.")]
ontology_app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Make ontologies, compare them, and pass them to tools."
)


def convert_command(
    source: Annotated[Path, typer.Argument(metavar="IN", help="File or folder to read.")],
    sink: Annotated[Path, typer.Argument(metavar="OUT", help="File or folder to write; must not be there yet.")],
    source_format: FormatOption = None,
    sink_format: Annotated[DataFormat, typer.Option("--to", help="How to write.")] = DataFormat.NATIVE,
    ontology: OntologyOption = None,
    type_map: Annotated[
        Path | None,
        typer.Option("--map", help="How the types and roles of IN are called in the ontology, YAML; needs --ontology."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Write nothing where a document is unsound.")] = False,
    order: Annotated[
        Order,
        typer.Option(
            "--order",
            help="What comes first: by uncertainty, the documents in which the scores of a model let expect most "
            "corrections for their length. Holds all documents at once; folders have no order, so set --limit there.",
        ),
    ] = Order.GIVEN,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", min=1, help="Write the first N documents, and count the others."),
    ] = None,
    problems_to: Annotated[
        Path | None, typer.Option("--problems", metavar="FILE", help="Write every problem here, one a line.")
    ] = None,
) -> None:
    """Turn annotated documents from one format to another."""
    known = None if ontology is None else load_ontology(ontology)
    if type_map is not None and known is None:
        raise ConfigError("--map: must come with --ontology, whose names it maps to, but stands alone. Add it.")
    done: Conversion = convert(
        (source, source_format or sniffed_format(source)),
        (sink, sink_format),
        ontology=known,
        type_map=None if type_map is None or known is None else load_type_map(type_map, known),
        is_strict=strict,
        selection=Selection(order=order, limit=limit),
        watch=with_progress,
    )
    typer.echo(text_of_conversion(done), err=True)
    if problems_to is not None:
        with replaced(problems_to) as file:
            file.writelines(f"{problem}\n".encode(errors="backslashreplace") for problem in done.every_problem)
    if done.problems:
        raise typer.Exit(EXIT_FOUND_SOMETHING)


def check_command(
    data: Annotated[
        list[Path] | None, typer.Argument(metavar="DATA...", help="Annotated documents, a split a file.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="A recipe: its splits and ontology are checked, and the highest scores told."),
    ] = None,
    ontology: OntologyOption = None,
    data_format: FormatOption = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write all of it as one page, with plots.")] = None,
    repair_to: Annotated[
        Path | None, typer.Option("--repair", metavar="OUT", help="Write DATA, one native file, with offsets repaired.")
    ] = None,
) -> None:
    """Say what is wrong with annotated data, and what they can score at best."""
    recipe = None if config is None else load_config(config)
    if repair_to is not None:
        typer.echo(text_of_diagnosis(repair(_only(data or []), repair_to)))
        return
    sources = _sources(data or [], data_format, recipe)
    path = ontology or (recipe.data.ontology if recipe is not None else None)
    found = check(sources, None if path is None else load_ontology(path))
    typer.echo("\n\n".join(filter(None, (text_of_check(found), _text_of_annotated(found)))))
    if recipe is not None:
        typer.echo(_text_of_ceilings(found, recipe))
    if html is not None:
        documents = [document for split in found.documents.values() for document in split]
        with replaced(html) as file:
            file.write(page_of(documents, found.findings, found.leaks, ", ".join(found.documents)).encode())
        typer.echo(f"page: {html}")
    if found.problems:
        raise typer.Exit(EXIT_FOUND_SOMETHING)


def diff_command(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Documents as they were.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The same documents as they are.")],
    old_format: Annotated[
        DataFormat | None, typer.Option("--old-format", help="How OLD is written; told from the file where not given.")
    ] = None,
    new_format: Annotated[
        DataFormat | None, typer.Option("--new-format", help="How NEW is written; told from the file where not given.")
    ] = None,
    ontology: OntologyOption = None,
) -> None:
    """Say what annotators changed: events and arguments that came, went, moved or were renamed."""
    known = None if ontology is None else load_ontology(ontology)
    versions = [
        FORMATS[name or sniffed_format(path)].read(path, known) for path, name in ((old, old_format), (new, new_format))
    ]
    changes = changes_between(*versions)
    typer.echo(text_of_changes(changes))
    if changes.counts:
        raise typer.Exit(EXIT_FOUND_SOMETHING)


@ontology_app.command("infer")
def infer_command(
    data: Annotated[list[Path], typer.Argument(metavar="DATA...", help="Annotated documents.")],
    data_format: FormatOption = None,
    name: Annotated[str, typer.Option("--name", help="Names the ontology.")] = "inferred",
) -> None:
    """Print the ontology of the event types and roles that documents use."""
    documents = (
        document for path in data for document in FORMATS[data_format or sniffed_format(path)].read(path, None)
    )
    typer.echo(yaml_of_ontology(inferred_ontology(documents, name)), nl=False)


@ontology_app.command("export")
def export_command(
    ontology: Annotated[Path, typer.Argument(metavar="ONTOLOGY", help="YAML file.")],
    tool: Annotated[ConfiguredTool, typer.Option("--to", help="Which tool is to be told.")],
) -> None:
    """Print the configuration with which an annotation tool offers the types and roles of an ontology."""
    known = load_ontology(ontology)
    typer.echo(_CONFIG_OF[tool](known), nl=False)
    for name in sorted(known.document_types):
        typer.echo(f"left out: {name} is document-level, and the tool marks events by their triggers", err=True)


@ontology_app.command("import")
def import_command(
    config: Annotated[Path, typer.Argument(metavar="CONF", help="The annotation.conf of a brat collection.")],
    name: Annotated[str, typer.Option("--name", help="Names the ontology.")] = "imported",
) -> None:
    """Print the ontology that a brat collection declares."""
    typer.echo(yaml_of_ontology(ontology_of_annotation_conf(config, name)), nl=False)


@ontology_app.command("merge")
def merge_command(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="YAML file; gives the name and the order.")],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="YAML file.")],
) -> None:
    """Print an ontology with all types and roles of two."""
    typer.echo(yaml_of_ontology(merged_ontology(load_ontology(first), load_ontology(second))), nl=False)


@ontology_app.command("diff")
def ontology_diff_command(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="YAML file.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="YAML file.")],
) -> None:
    """Say which types and roles were added, removed or reworded."""
    found = difference(load_ontology(old), load_ontology(new))
    typer.echo(text_of_difference(found) or "no difference")
    if not found.is_empty:
        raise typer.Exit(EXIT_FOUND_SOMETHING)


def _sources(data: list[Path], data_format: DataFormat | None, recipe: Config | None) -> list[Source]:
    if data:
        return [Source(name=str(path), files=[(path, data_format or sniffed_format(path))]) for path in data]
    if recipe is None:
        raise InputError("DATA: must be given, or a recipe with --config, but neither is. Name a file.")
    splits = {"train": recipe.data.train, "dev": recipe.data.dev, "test": recipe.data.test}
    return [
        Source(name=name, files=[(path, recipe.data.format) for path in files])
        for name, files in splits.items()
        if files
    ]


def _only(data: list[Path]) -> Path:
    if len(data) != 1:
        raise InputError(f"--repair: must come with one file of native documents, but {len(data)} are given. Name one.")
    return data[0]


def _text_of_annotated(found: Check) -> str:
    return text_of_annotated(annotated_of([document for of in found.documents.values() for document in of]))


def _text_of_ceilings(found: Check, recipe: Config) -> str:
    from eventroles.backbone import load_tokenizer
    from eventroles.ceiling import ceiling_of, text_of_ceiling
    from eventroles.checkpoint import build_reader

    ontology = load_ontology(recipe.data.ontology)
    tokenizer = load_tokenizer(recipe.model.backbone, allow_download=recipe.model.allow_download)
    ceilings = {
        name: ceiling_of(documents, build_reader(tokenizer, recipe.model), ontology)
        for name, documents in found.documents.items()
    }
    return "\n\n".join(f"{name}\n{text_of_ceiling(ceiling)}" for name, ceiling in ceilings.items())
