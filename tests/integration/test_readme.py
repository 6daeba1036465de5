"""The README: its Python runs, its JSON is the native format, and its recipes and commands exist."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from eventroles.assembly import Run
from eventroles.cli import app_of, evaluate, predict, train
from eventroles.formats.native import document_from_record

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def fenced(language: str) -> str:
    [block] = re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)
    return str(block)


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command line that calls one of our scripts, as verb and words."""
    for verb, rest in re.findall(r"python (train|evaluate|predict)\.py ([^\n`|]*)", README):
        yield verb, rest.split(">")[0].split()


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
