"""The commands about data, as a user calls them."""

import json
import sys
from pathlib import Path

import pytest
from tests.integration.conftest import Command, Script

from eventroles.formats.native import read_documents
from eventroles.ontology import load_ontology

TEXT = "😀 Rebels shelled Goma"


def record(shift: int = 0) -> dict[str, object]:
    spans = {"Rebels": 2 + shift, "shelled": 9 + shift, "Goma": 17 + shift}
    rebels, shelled, goma = ({"start": start, "end": start + len(word), "text": word} for word, start in spans.items())
    arguments = [{"role": "Attacker", **rebels}, {"role": "Place", **goma}]
    return {"id": "a", "text": TEXT, "events": [
        {"id": "E1", "type": "Conflict.Attack", "trigger": shelled, "arguments": arguments}
    ]}  # fmt: skip


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


def test_a_check_of_nothing_is_refused(command: Command) -> None:
    outcome = command("check")
    assert outcome.code == 2
    assert "DATA: must be given, or a recipe with --config" in outcome.stderr


def test_a_diff_tells_changes_and_ends_with_1(command: Command, tmp_path: Path) -> None:
    old = written(tmp_path / "old.jsonl", record())
    new = written(tmp_path / "new.jsonl", {**record(), "events": []})
    outcome = command("diff", old, new)
    assert outcome.code == 1
    assert outcome.stdout.decode() == "a\n  - Conflict.Attack shelled\n      1  event removed\n"


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
