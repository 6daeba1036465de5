"""The command line: `eventroles`, its commands about models, and what `train.py` and its kin call."""

import io
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.logging import RichHandler

from eventroles.cli_data import check_command, convert_command, diff_command, ontology_app
from eventroles.config import load_config, show_config
from eventroles.documents import Document
from eventroles.errors import EventRolesError, InputError
from eventroles.formats.native import line_of_document, parse_lines, read_documents
from eventroles.formats.plain import read_articles, read_stream
from eventroles.formats.table import DataFormat
from eventroles.ontology import load_ontology
from eventroles.report.console import error_console
from eventroles.report.events import print_events
from eventroles.report.reading import with_progress

EXIT_BAD_INPUT = 2
_STDIN = Path("-")


class OutputFormat(StrEnum):
    """How predictions are written."""

    JSONL = "jsonl"
    TABLE = "table"


class InputFormat(StrEnum):
    """What predictions are made of."""

    AUTO = "auto"
    TEXT = "text"
    JSONL = "jsonl"


class Find(StrEnum):
    """What predictions hold."""

    EVENTS = "events"
    TRIGGERS = "triggers"
    ROLES = "roles"


DeviceOption = Annotated[str, typer.Option("--device", help="A torch device such as cpu or cuda:0; auto picks one.")]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder or a checkpoint folder.")]


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="The recipe, a YAML file.")],
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Override a value; repeatable.")
    ] = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print the recipe with all defaults, and stop.")
    ] = False,
    show: Annotated[
        list[Path] | None, typer.Option("--show", metavar="TEXT", help="Print what the model finds here; repeatable.")
    ] = None,
    device: DeviceOption = "auto",
) -> None:
    """Fine-tune a model by a recipe, and report on its test split."""
    recipe = load_config(config, overrides or ())
    if print_config:
        if recipe.training.passed_on:
            from eventroles.training import check_passed_on

            check_passed_on(recipe.training)
        typer.echo(show_config(recipe), nl=False)
        return
    _refuse_missing(show or ())
    from eventroles import assembly
    from eventroles.report.evaluation import text_of_evaluation

    _quieten_libraries()
    run = assembly.train(recipe, device)
    if show:
        print_events(run.tagger.tag(read_articles(show)), _console(sys.stdout))
    if run.evaluation is not None:
        typer.echo(text_of_evaluation(run.evaluation))
    _echo_paths(run.paths)


def evaluate(
    run: RunArgument,
    data: Annotated[list[Path], typer.Argument(metavar="DATA...", help="Annotated documents.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="Folder for report.txt, report.json and predictions.jsonl.")
    ] = None,
    data_format: Annotated[DataFormat, typer.Option("--format", help="How they are written.")] = DataFormat.NATIVE,
    type_map: Annotated[
        Path | None, typer.Option("--map", help="How their types and roles are called in the model's ontology, YAML.")
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Print what was found beside the gold.")] = False,
    device: DeviceOption = "auto",
) -> None:
    """Score a model on annotated documents, end to end and with gold triggers."""
    from eventroles import assembly
    from eventroles.report.evaluation import text_of_evaluation

    _quieten_libraries()
    if output is not None:
        assembly.make_folder(output, "--output")
    evaluation, predictions = assembly.evaluate_file(
        run, data, device=device, data_format=data_format, type_map=type_map
    )
    if compare:
        typer.echo(evaluation.comparison)
    typer.echo(text_of_evaluation(evaluation))
    if output is not None:
        _echo_paths(assembly.write_report(output, evaluation, predictions))


def predict(
    run: RunArgument,
    inputs: Annotated[
        list[Path], typer.Argument(metavar="INPUT...", help="Text files, native .jsonl files, or - for standard input.")
    ],
    output_format: Annotated[OutputFormat, typer.Option("--format", help="How to write.")] = OutputFormat.JSONL,
    input_format: Annotated[
        InputFormat, typer.Option("--from", help="What the inputs are; auto goes by the name, and takes - for text.")
    ] = InputFormat.AUTO,
    find: Annotated[
        Find,
        typer.Option(
            "--find", help="Events; triggers alone, which is faster; or the roles of triggers that are given."
        ),
    ] = Find.EVENTS,
    event_types: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Find only this event type; repeatable.")
    ] = None,
    device: DeviceOption = "auto",
) -> None:
    """Find the events in texts; writes to standard output, in the order of the inputs."""
    _refuse_missing(inputs)
    if find is Find.ROLES and event_types:
        raise InputError("--type: must not come with --find roles, whose triggers are given with types. Leave one out.")
    from eventroles.engine import EventRoleTagger

    _quieten_libraries()
    tagger = EventRoleTagger.from_pretrained(run, device)
    documents = with_progress(_read_inputs(inputs, input_format))
    if find is Find.ROLES:
        tagged = tagger.fill_roles(documents)
    elif find is Find.TRIGGERS:
        tagged = tagger.find_triggers(documents, event_types)
    else:
        tagged = tagger.tag(documents, event_types)
    if output_format is OutputFormat.TABLE:
        print_events(tagged, _console(sys.stdout))
        return
    for document in tagged:
        sys.stdout.buffer.write(line_of_document(document))
    sys.stdout.buffer.flush()


def benchmark(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="The recipe, a YAML file with a test split.")],
    n_seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many seeds, from the recipe's own upwards.")] = 3,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Override a value; repeatable.")
    ] = None,
    device: DeviceOption = "auto",
) -> None:
    """Train and test a recipe with several seeds; seeds that are done already are not trained again."""
    recipe = load_config(config, overrides or ())
    from eventroles.benchmark import benchmark as run_seeds
    from eventroles.benchmark import text_of_benchmark

    _quieten_libraries()
    results = []
    for result in run_seeds(recipe, range(recipe.run.seed, recipe.run.seed + n_seeds), device):
        results.append(result)
        typer.echo(f"seed {result.seed}: done, {len(results)} of {n_seeds}", err=True)
    typer.echo(text_of_benchmark(results))


def extend(
    run: RunArgument,
    ontology: Annotated[
        Path, typer.Argument(metavar="ONTOLOGY", help="YAML file with all that the model tags, and more.")
    ],
    output: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the new checkpoint.")],
) -> None:
    """Let a model tag more event types and roles, by their descriptions; train on with model.start_from."""
    larger = load_ontology(ontology)
    from eventroles.checkpoint import load_checkpoint, save_checkpoint
    from eventroles.extension import extended

    _quieten_libraries()
    save_checkpoint(extended(load_checkpoint(run), larger), output)
    _echo_paths({"checkpoint": output})


def app_of(*commands: Callable[..., None]) -> typer.Typer:
    """Build a command-line program of one command or several."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
    for command in commands:
        app.command()(command)
    return app


def run_app(app: typer.Typer) -> None:
    """Run a program on this process's arguments; an error of the user's ends it with code 2 and one message."""
    _prepare_process()
    try:
        app()
    except EventRolesError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(EXIT_BAD_INPUT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def main() -> None:
    """Run `eventroles`."""
    app = app_of(train, evaluate, predict, benchmark, extend)
    app.command("convert")(convert_command)
    app.command("check")(check_command)
    app.command("diff")(diff_command)
    app.add_typer(ontology_app, name="ontology")
    run_app(app)


def _read_inputs(inputs: list[Path], kind: InputFormat) -> Iterator[Document]:
    texts = [path for path in inputs if path != _STDIN and not _is_jsonl(path, kind)]
    articles = read_articles(texts)
    for path in inputs:
        if path == _STDIN:
            yield from _read_stdin(kind)
        elif _is_jsonl(path, kind):
            yield from read_documents(path)
        else:
            yield next(articles)


def _read_stdin(kind: InputFormat) -> Iterable[Document]:
    if kind is InputFormat.JSONL:
        return parse_lines(sys.stdin.buffer, "standard input")
    return [read_stream(sys.stdin.buffer, "stdin")]


def _is_jsonl(path: Path, kind: InputFormat) -> bool:
    return kind is InputFormat.JSONL or (kind is InputFormat.AUTO and path.suffix == ".jsonl")


def _refuse_missing(inputs: Iterable[Path]) -> None:
    for path in inputs:
        if path != _STDIN and (path.is_dir() or not path.exists()):
            found = "is a folder" if path.is_dir() else "there is none"
            raise InputError(f"{path}: must be a file, but {found}. Check the path.")


def _console(stream: Any) -> Console:
    return Console(file=stream, width=None if stream.isatty() else 120)


def _prepare_process() -> None:
    """Log our own lines and of the libraries only their warnings; print any text; let waiting threads sleep.

    OpenMP threads that spin while they wait make every step several times slower as soon as another process wants the
    same cores; the variable is read when torch is first imported.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if isinstance(sys.stdout, io.TextIOWrapper):  # what a report quotes from a file may be no sound Unicode
        sys.stdout.reconfigure(errors="backslashreplace")
    on_terminal = RichHandler(console=error_console(), show_path=False, show_time=False, show_level=False)
    handler = on_terminal if sys.stderr.isatty() else logging.StreamHandler()
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[handler])
    logging.getLogger("eventroles").setLevel(logging.INFO)


def _quieten_libraries() -> None:
    """Turn the libraries' own progress bars off; called once they are needed anyway."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def _echo_paths(paths: Mapping[str, Path]) -> None:
    for name, path in paths.items():
        typer.echo(f"{name + ':':<22}{path}")
