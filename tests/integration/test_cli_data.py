"""The commands about data, as a user calls them."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.integration.conftest import Command, Script

from eventroles.formats.native import read_documents
from eventroles.ontology import load_ontology

TEXT = "😀 Rebels shelled Goma"


def record(shift: int = 0) -> dict[str, Any]:
    spans = {"Rebels": 2 + shift, "shelled": 9 + shift, "Goma": 17 + shift}
    rebels, shelled, goma = ({"start": start, "end": start + len(word), "text": word} for word, start in spans.items())
    arguments = [{"role": "Attacker", **rebels}, {"role": "Place", **goma}]
    return {"id": "a", "text": TEXT, "events": [
        {"id": "E1", "type": "Conflict.Attack", "trigger": shelled, "arguments": arguments}
    ]}  # fmt: skip


def predicted(id: str, score: float) -> dict[str, Any]:
    """A document as a model writes it, everything with the same score."""
    [event] = record()["events"]
    arguments = [{**argument, "score": score} for argument in event["arguments"]]
    return {**record(), "id": id, "events": [{**event, "arguments": arguments, "score": score}]}


def written(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(value) + "\n" for value in records), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["brat", "labelstudio", "doccano", "prodigy", "conll", "wikievents", "dygie"])
def test_documents_go_to_a_tool_and_come_back_unchanged(command: Command, tmp_path: Path, name: str) -> None:
    start, there, back = written(tmp_path / "in.jsonl", record()), tmp_path / "there.conll", tmp_path / "back.jsonl"
    assert command("convert", start, there, "--to", name).code == 0
    assert command("convert", there, back, "--from", name).code == 0
    outcome = command("diff", start, back)
    assert (outcome.code, outcome.stdout) == (0, b"no change\n")


def test_a_conversion_says_what_it_did_and_fails_where_documents_were_unsound(command: Command, tmp_path: Path) -> None:
    start = written(tmp_path / "in.jsonl", record(), {"id": "b"})
    outcome = command("convert", start, tmp_path / "out", "--to", "brat")
    assert outcome.code == 1
    assert "1 document(s) written" in outcome.stderr
    assert "in.jsonl:2: text: must be given, but is missing" in outcome.stderr
    assert (tmp_path / "out" / "a.ann").is_file()


def test_predictions_go_to_annotators_with_the_most_uncertain_first(command: Command, tmp_path: Path) -> None:
    scores = {"sure": 0.99, "unsure": 0.3, "middling": 0.6}
    start = written(tmp_path / "in.jsonl", *(predicted(*pair) for pair in scores.items()), {**record(), "id": "gold"})
    tasks = tmp_path / "tasks.json"
    options = ("--to", "labelstudio", "--order", "uncertainty", "--limit", "2")
    outcome = command("convert", start, tasks, *options)
    assert outcome.code == 0
    assert outcome.stderr == (
        "2 document(s) written\n"
        "Of all documents read:\n"
        "      2  document beyond the limit, not written\n"
        "      1  document without scores, put last\n"
    )
    found = json.loads(tasks.read_text(encoding="utf-8"))
    assert [task["data"]["document_id"] for task in found] == ["unsure", "middling"]


def test_every_problem_is_written_to_a_file_where_one_is_named(command: Command, tmp_path: Path) -> None:
    broken = [{**record(), "id": f"broken {number}", "text": 3} for number in range(1000)]
    start = written(tmp_path / "in.jsonl", record(), *broken)
    outcome = command("convert", start, tmp_path / "out.jsonl", "--problems", tmp_path / "problems.txt")
    assert outcome.code == 1
    assert outcome.stderr.splitlines()[-1] == "… and 980 more"
    lines = (tmp_path / "problems.txt").read_text(encoding="utf-8").splitlines()
    assert lines == [f"{start}:{number}: text: must be text, but is 3. Correct it." for number in range(2, 1002)]


def test_a_limit_of_no_documents_is_refused(command: Command, tmp_path: Path) -> None:
    outcome = command("convert", written(tmp_path / "in.jsonl", record()), tmp_path / "out", "--limit", "0")
    assert outcome.code == 2
    assert "--limit" in outcome.stderr
    assert not (tmp_path / "out").exists()


def edit_labelstudio(path: Path) -> None:
    [task] = json.loads(path.read_text(encoding="utf-8"))
    [prediction] = task.pop("predictions")
    kept = [item for item in prediction["result"] if item.get("labels") != ["Attacker"]]
    for item in kept:
        if item.get("labels") == ["Place"]:
            item["labels"] = ["Target"]
    path.write_text(json.dumps([{**task, "annotations": [{"id": 1, "result": kept}]}]), encoding="utf-8")


def edit_brat(folder: Path) -> None:
    notes = folder / "a.ann"
    text = re.sub(r" Attacker:T\d+ Place:", " Target:", notes.read_text(encoding="utf-8"))
    notes.write_text(text, encoding="utf-8")


def edit_relations(key: str) -> Callable[[Path], None]:
    """Edit a line of doccano or Prodigy; the key is what a relation calls its label."""

    def edit(path: Path) -> None:
        line = json.loads(path.read_text(encoding="utf-8"))
        line["relations"] = [
            {**relation, key: "Target"} for relation in line["relations"] if relation[key] != "Attacker"
        ]
        path.write_text(json.dumps(line) + "\n", encoding="utf-8")

    return edit


def edit_cas(folder: Path) -> None:
    path = folder / "a.xmi"
    xmi = path.read_text(encoding="utf-8").replace('role="Place"', 'role="Target"')
    [attacker] = re.findall(r'<[^<>]*xmi:id="(\d+)"[^<>]*role="Attacker"[^<>]*/>', xmi)
    xmi, n_links = re.subn(rf'arguments="{attacker} (\d+)"', r'arguments="\1"', xmi)
    assert n_links == 1
    path.write_text(xmi, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("labelstudio", edit_labelstudio),
        ("brat", edit_brat),
        ("doccano", edit_relations("type")),
        ("prodigy", edit_relations("label")),
        ("cas", edit_cas),
    ],
)
def test_predictions_go_to_a_tool_and_a_diff_tells_what_the_annotator_changed(
    command: Command, tmp_path: Path, name: str, edit: Callable[[Path], None]
) -> None:
    """The annotator takes the attacker away and calls the place a target."""
    sent, tool = written(tmp_path / "in.jsonl", predicted("a", 0.5)), tmp_path / "tool"
    assert command("convert", sent, tool, "--to", name).code == 0
    assert command("diff", sent, tool, "--new-format", name).stdout == b"no change\n"
    edit(tool)
    outcome = command("diff", sent, tool)
    assert outcome.code == 1
    assert outcome.stdout.decode().split("\n") == [
        "a",
        "  - Conflict.Attack shelled [9:16]: Attacker Rebels [2:8]",
        "  ~ Conflict.Attack shelled [9:16]: Place Goma [17:21] now Target",
        "      1  argument removed",
        "      1  role changed",
        "",
    ]
    back = tmp_path / "back.jsonl"
    assert command("convert", tool, back).code == 0
    assert command("diff", tool, back, "--old-format", name, "--new-format", "native").stdout == b"no change\n"


def read_terminal(terminal: int) -> Iterator[bytes]:
    """Read what was written to a terminal, whose other side is closed."""
    with suppress(OSError):
        while True:
            yield os.read(terminal, 1 << 12)


def test_documents_are_counted_on_a_terminal(tmp_path: Path) -> None:
    start = written(tmp_path / "in.jsonl", record())
    terminal, side = pty.openpty()
    call = [sys.executable, "-m", "eventroles", "convert", str(start), str(tmp_path / "out.jsonl")]
    subprocess.run(call, stderr=side, check=True, timeout=60, env={**os.environ, "TERM": "xterm"})
    os.close(side)
    shown = b"".join(read_terminal(terminal)).decode()
    os.close(terminal)
    assert "1 document(s) read" in shown
    assert shown.rstrip().endswith("1 document(s) written")


def test_a_map_without_an_ontology_is_refused(command: Command, tmp_path: Path) -> None:
    start = written(tmp_path / "in.jsonl", record())
    outcome = command("convert", start, tmp_path / "out", "--map", "configs/mappings/m2e2.yaml")
    assert outcome.code == 2
    assert "--map: must come with --ontology" in outcome.stderr


def test_a_check_names_problems_their_cause_and_repairs_them(command: Command, tmp_path: Path) -> None:
    broken, mended = written(tmp_path / "broken.jsonl", record(shift=1)), tmp_path / "mended.jsonl"
    outcome = command("check", broken)
    assert outcome.code == 1
    assert "must equal document text[10:17]" in outcome.stdout.decode()
    assert "UTF-16" in outcome.stdout.decode()
    assert command("check", broken, "--repair", mended).code == 0
    [document] = read_documents(mended)
    assert [event.trigger and event.trigger.of(document.text) for event in document.events] == ["shelled"]


def test_a_check_of_a_recipe_tells_the_ceiling_and_writes_a_page(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    outcome = command("check", "--config", "configs/newswire.yaml", "--html", page)
    assert outcome.code == 0
    shown = outcome.stdout.decode()
    assert "137 sound document(s) in train, dev, test" in shown
    assert "119  argument outside its trigger's window" in shown
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_check_tells_how_much_was_annotated(command: Command, tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.jsonl", record())
    assert "Annotated in part" not in command("check", whole).stdout.decode()
    partial = {"id": "b", "text": TEXT, "events": [], "annotated": {"char_spans": [[2, 8]]}}
    shown = command("check", whole, written(tmp_path / "partial.jsonl", partial)).stdout.decode()
    assert shown.endswith(
        "\n\nAnnotated in part: 1 of 2 document(s). What was not is neither learnt from nor scored.\n"
        "  5 of 8 words were annotated\n"
    )


def test_a_check_of_nothing_is_refused(command: Command) -> None:
    outcome = command("check")
    assert outcome.code == 2
    assert "DATA: must be given, or a recipe with --config" in outcome.stderr


def test_a_diff_tells_changes_and_ends_with_1(command: Command, tmp_path: Path) -> None:
    old = written(tmp_path / "old.jsonl", record())
    new = written(tmp_path / "new.jsonl", {**record(), "events": []})
    outcome = command("diff", old, new)
    assert outcome.code == 1
    assert outcome.stdout.decode().split("\n") == [
        "a",
        "  - Conflict.Attack shelled [9:16]",
        "  - Conflict.Attack shelled [9:16]: Attacker Rebels [2:8]",
        "  - Conflict.Attack shelled [9:16]: Place Goma [17:21]",
        "      2  argument removed",
        "      1  event removed",
        "",
    ]


def test_an_ontology_is_inferred_compared_and_merged(command: Command, tmp_path: Path) -> None:
    inferred = tmp_path / "inferred.yaml"
    inferred.write_bytes(command("ontology", "infer", written(tmp_path / "in.jsonl", record())).stdout)
    ontology = load_ontology(inferred)
    assert {name: list(kind.roles) for name, kind in ontology.event_types.items()} == {
        "Conflict.Attack": ["Attacker", "Place"]
    }
    newswire = "configs/ontologies/newswire.yaml"
    outcome = command("ontology", "diff", inferred, newswire)
    assert outcome.code == 1
    assert "+ Life.Die\n" in outcome.stdout.decode()
    merged = tmp_path / "merged.yaml"
    merged.write_bytes(command("ontology", "merge", newswire, inferred).stdout)
    assert load_ontology(merged).event_types == load_ontology(Path(newswire)).event_types
    assert command("ontology", "diff", newswire, merged).stdout == b"no difference\n"


def test_an_ontology_goes_to_brat_and_comes_back_without_its_descriptions(command: Command, tmp_path: Path) -> None:
    newswire = Path("configs/ontologies/newswire.yaml")
    conf, back = tmp_path / "annotation.conf", tmp_path / "back.yaml"
    conf.write_bytes(command("ontology", "export", newswire, "--to", "brat").stdout)
    back.write_bytes(command("ontology", "import", conf, "--name", "newswire").stdout)
    ours, theirs = load_ontology(newswire), load_ontology(back)
    assert theirs.name == "newswire"
    assert {name: [*kind.roles] for name, kind in theirs.event_types.items()} == {
        name: [*kind.roles] for name, kind in ours.event_types.items()
    }
    assert {kind.description for kind in theirs.event_types.values()} == {""}


@pytest.mark.parametrize("tool", ["brat", "labelstudio"])
def test_types_that_a_tool_cannot_mark_are_left_out_and_named(command: Command, tmp_path: Path, tool: str) -> None:
    ontology = tmp_path / "o.yaml"
    ontology.write_text("name: o\nevent_types: {Report: {document_level: true}, Attack: {}}", encoding="utf-8")
    outcome = command("ontology", "export", ontology, "--to", tool)
    assert b"Attack" in outcome.stdout
    assert b"Report" not in outcome.stdout
    assert outcome.stderr == "left out: Report is document-level, and the tool marks events by their triggers\n"


def test_an_ontology_becomes_a_labelling_interface(command: Command) -> None:
    outcome = command("ontology", "export", "configs/ontologies/newswire.yaml", "--to", "labelstudio")
    assert outcome.code == 0
    labels = {label.get("value") for label in ElementTree.fromstring(outcome.stdout).iter("Label")}  # noqa: S314 - our own
    assert {"Conflict.Attack", "Argument"} <= labels


def test_a_configuration_that_declares_no_event_is_refused(command: Command, tmp_path: Path) -> None:
    conf = tmp_path / "annotation.conf"
    conf.write_text("[events]\n", encoding="utf-8")
    outcome = command("ontology", "import", conf)
    assert outcome.code == 2
    assert "annotation.conf: must declare event types in its section [events]" in outcome.stderr


def test_the_package_runs_as_a_module_and_a_conversion_needs_no_torch(script: Script, tmp_path: Path) -> None:
    start = written(tmp_path / "in.jsonl", record())
    code = (
        "import sys; sys.argv = ['eventroles', 'convert', sys.argv[1], sys.argv[2]]\n"
        "from eventroles.cli import main\n"
        "try:\n    main()\nfinally:\n    print(sorted({'torch', 'transformers'} & sys.modules.keys()))"
    )
    outcome = script(sys.executable, "-c", code, start, tmp_path / "out.jsonl")
    assert outcome.stdout == b"[]\n", outcome.stderr
    assert b"convert" in script(sys.executable, "-m", "eventroles", "--help").stdout


def test_check_prints_lone_surrogates(script: Script, tmp_path: Path) -> None:
    odd = {**record(), "id": "odd \ud800"}
    outcome = script(sys.executable, "-m", "eventroles", "check", written(tmp_path / "in.jsonl", odd, odd))
    assert outcome.code == 1
    assert rb"id 'odd \ud800' must be unique" in outcome.stdout
    assert "Traceback" not in outcome.stderr


def test_a_place_that_cannot_be_written_is_named_as_the_user_named_it(command: Command, tmp_path: Path) -> None:
    start = written(tmp_path / "in.jsonl", record())
    out = tmp_path / ("long" * 70)
    outcome = command("convert", start, out)
    assert outcome.code == 2
    assert f"{out}: must be a place to write to, but: " in outcome.stderr
    assert ".partial" not in outcome.stderr
