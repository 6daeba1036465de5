"""The README: its Python runs, its JSON is the native format, and its recipes and commands exist.

The lines that begin with `eventroles` are run, here and in `docs/formats.md`.
"""

import json
import re
import shlex
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tests.integration.conftest import Command
from typer.main import get_command

from eventroles.assembly import Run
from eventroles.cli import app_of, evaluate, predict, train
from eventroles.cli_data import ontology_app
from eventroles.formats.conversion import convert
from eventroles.formats.native import document_from_record
from eventroles.formats.table import DataFormat

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def fenced(language: str) -> str:
    [block] = re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)
    return str(block)


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command line that calls one of our scripts, as verb and words."""
    for verb, rest in re.findall(r"python (train|evaluate|predict)\.py ([^\n`|]*)", README):
        yield verb, rest.split(">")[0].split()


def lines_of(page: str) -> list[str]:
    """Every line of a page that calls `eventroles` alone."""
    return re.findall(r"^    eventroles (.*)$", (REPOSITORY / page).read_text(encoding="utf-8"), flags=re.MULTILINE)


def in_utf16(part: dict[str, Any]) -> dict[str, Any]:
    """Put an emoji before the text, and count it as two characters."""
    moved = {key: value + 3 if key in {"start", "end"} else value for key, value in part.items()}
    return {**moved, "text": f"😀 {part['text']}"} if "events" in part else moved


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder with what the commands of the pages name: the shipped files, few documents of each, and a user's own."""
    (tmp_path / "configs").symlink_to(REPOSITORY / "configs")
    for name in ("data/newswire/train", "data/newswire/dev", "data/newswire/test", "data/seed/article"):
        few = tmp_path / f"{name}.jsonl"
        few.parent.mkdir(parents=True, exist_ok=True)
        with (REPOSITORY / f"{name}.jsonl").open("rb") as file:
            few.write_bytes(b"".join(islice(file, 2)))
    document = json.loads(fenced("json"))
    predicted = {**document, "events": [{**event, "score": 0.5} for event in document["events"]]}
    broken = json.loads(fenced("json"), object_hook=in_utf16)
    for name, record in {"predicted": predicted, "emptied": {**document, "events": []}, "broken": broken}.items():
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    for source, sink, data_format in (
        ("predicted", "annotations", DataFormat.BRAT),
        ("predicted", "old.export", DataFormat.DOCCANO),
        ("emptied", "new.export", DataFormat.PRODIGY),
        ("emptied", "returned.json", DataFormat.LABELSTUDIO),
    ):
        convert((tmp_path / f"{source}.jsonl", DataFormat.NATIVE), (tmp_path / sink, data_format))
    return tmp_path


@pytest.mark.parametrize("page", ["README.md", "docs/formats.md"])
def test_every_eventroles_command_runs(
    page: str, command: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of the page, so that one may read what another wrote; a comparison finds a difference."""
    monkeypatch.chdir(workplace)
    lines = lines_of(page)
    assert len(lines) >= 5
    for line in lines:
        before, _, after = line.partition(">")
        found = [(word, sorted(map(str, Path().glob(word)))) for word in shlex.split(before, comments=True)]
        outcome = command(*(path for word, paths in found for path in (paths if "*" in word else [word])))
        assert outcome.code == (1 if "diff" in line.split() else 0), (line, outcome)
        assert outcome.stdout or outcome.stderr, line
        if after:
            Path(after.strip()).write_bytes(outcome.stdout)
    assert {word for line in lines for word in line.split()} >= {"convert", "check", "diff", "ontology"}


def test_every_command_about_ontologies_is_shown() -> None:
    shown = {line.split()[1] for line in lines_of("docs/formats.md") if line.startswith("ontology ")}
    assert shown == get_command(ontology_app).commands.keys()  # type: ignore[attr-defined]


def test_the_python_example_runs(seed_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    code = fenced("python").replace("runs/newswire", str(seed_run.paths["checkpoint"]))
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - the README's own example
    assert "Traceback" not in capsys.readouterr().err


def test_the_json_example_is_a_document() -> None:
    document = document_from_record(json.loads(fenced("json")))
    assert [event.trigger.of(document.text) for event in document.events if event.trigger] == ["shelled"]


def test_the_example_of_a_prediction_is_a_document() -> None:
    [wrapped] = re.findall(r"predict\.py runs/newswire -\n((?:    .*\n)+)\nFrom Python", README)
    record = json.loads(" ".join(line.strip() for line in wrapped.splitlines()))
    assert document_from_record(record).events


def test_every_command_names_options_and_files_that_exist() -> None:
    found = list(commands())
    assert {verb for verb, _ in found} == {"train", "evaluate", "predict"}
    program = get_command(app_of(train, evaluate, predict))
    options = {
        verb: {name for parameter in program.commands[verb].params for name in parameter.opts}  # type: ignore[attr-defined]
        for verb in ("train", "evaluate", "predict")
    }
    for verb, words in found:
        assert {word for word in words if word.startswith("--")} <= options[verb], (verb, words)
        for word in words:
            if re.match(r"(configs|data|seeds)/", word):
                assert list(REPOSITORY.glob(word)), word


def test_make_targets_named_in_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = set(re.findall(r"\bmake (train|test|quick|setup)\b", README))
    assert {"train", "test"} <= named <= targets
