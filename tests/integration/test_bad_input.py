"""Bad input ends every command with code 2 and one message that names file and value, without a traceback."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.integration.conftest import NEWSWIRE, SEED_DATA, Command, Outcome, Script

from eventroles.assembly import Run

TEXT = "Rebels struck Goma."
STRUCK = {"start": 7, "end": 13, "text": "struck"}
TEST_FILE = SEED_DATA / "test.jsonl"

Recipe = Callable[..., Path]


@pytest.fixture
def recipe(tmp_path: Path, seed_settings: Mapping[str, str]) -> Recipe:
    """Writes the seed recipe with a tiny backbone and other values, which are named by their dotted places."""

    def write(**changes: Any) -> Path:
        values: dict[str, Any] = {
            "run": {"output_dir": str(tmp_path / "run")},
            "data": {"train": str(SEED_DATA / "train.jsonl"), "ontology": str(NEWSWIRE)},
            "model": {},
            "training": {},
        }
        for place, value in {**seed_settings, **changes}.items():
            section, name = place.split(".")
            values[section][name] = yaml.safe_load(value) if place in seed_settings and place not in changes else value
        path = tmp_path / "recipe.yaml"
        path.write_text(yaml.safe_dump(values), encoding="utf-8")
        return path

    return write


@pytest.fixture
def run_folder(seed_run: Run, tmp_path: Path) -> Path:
    """A copy of a trained run, free to be damaged."""
    return Path(shutil.copytree(seed_run.paths["checkpoint"].parent, tmp_path / "trained"))


def refusal(outcome: Outcome) -> str:
    """Check that a command was refused as it must be, and return the message."""
    assert outcome.code == 2, outcome.stderr
    assert outcome.stdout == b""
    assert "Traceback" not in outcome.stderr
    assert len(re.findall(r"^error: ", outcome.stderr, flags=re.MULTILINE)) == 1, outcome.stderr
    return outcome.stderr[outcome.stderr.index("error: ") :].removeprefix("error: ")


def write_document(folder: Path, **changes: object) -> Path:
    """Write a file whose second line is a document with something wrong."""
    sound = {"id": "d1", "text": TEXT, "events": [{"type": "Conflict.Attack", "trigger": STRUCK}]}
    path = folder / "annotated.jsonl"
    path.write_text(json.dumps(sound) + "\n" + json.dumps({**sound, "id": "d2", **changes}) + "\n", encoding="utf-8")
    return path


def flip(path: Path) -> None:
    """Change one byte and keep the size."""
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


# Recipes.


def test_a_missing_recipe(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    assert refusal(command("train", path)).startswith(f"{path}: must be a readable file, but: No such file")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("- run\n- data\n", "must hold a mapping, but holds ['run', 'data']"),
        ("", "must hold a mapping, but holds None"),
        ("run: [", "must be YAML"),
    ],
)
def test_a_recipe_that_is_no_mapping(command: Command, tmp_path: Path, content: str, found: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(content, encoding="utf-8")
    assert refusal(command("train", path)).startswith(f"{path}: {found}")


@pytest.mark.parametrize(
    ("place", "suggestion"),
    [
        ("run.sed", "Did you mean 'seed'?"),
        ("data.trian", "Did you mean 'train'?"),
        ("model.colour", "Known: allow_download, attention_dropout, backbone"),
    ],
)
def test_an_unknown_key_of_a_recipe(command: Command, recipe: Recipe, place: str, suggestion: str) -> None:
    path = recipe(**{place: "x"})
    message = refusal(command("train", path))
    assert message.startswith(f"{path}: {place}: must be a known key, but '{place.partition('.')[2]}' is not.")
    assert suggestion in message


def test_an_unknown_section_of_a_recipe(command: Command, recipe: Recipe) -> None:
    path = recipe()
    message = refusal(command("train", path, "--set", "trainig.seed=3"))
    assert message.startswith(
        f"{path} --set trainig.seed=3: trainig: must be a known key, but 'trainig' is not. Did you mean 'training'?"
    )


def test_a_learning_rate_that_yaml_reads_as_text(command: Command, recipe: Recipe) -> None:
    path = recipe()
    message = refusal(command("train", path, "--set", "training.learning_rate=1e-5"))
    assert message.startswith(f"{path} --set training.learning_rate=1e-5: training.learning_rate: must be ")
    assert "'1e-5' (str). YAML takes 1e-5 for text: write 1.0e-5." in message


def test_a_misspelt_field_of_training_arguments(command: Command, recipe: Recipe) -> None:
    message = refusal(command("train", recipe(**{"training.gradient_acumulation_steps": 2})))
    assert message.startswith("training.gradient_acumulation_steps: must be a key of the recipe or a field of ")
    assert "Did you mean 'gradient_accumulation_steps'?" in message


def test_a_value_that_training_arguments_refuse(command: Command, recipe: Recipe) -> None:
    message = refusal(command("train", recipe(**{"training.lr_scheduler_type": "zigzag"})))
    assert message.startswith("training: must be arguments that transformers takes, but: ")
    assert "zigzag" in message


@pytest.mark.parametrize("override", ["run.seed", "seed=3", "run.seed.x=3"])
def test_an_override_that_fits_nowhere(command: Command, recipe: Recipe, override: str) -> None:
    message = refusal(command("train", recipe(**{"run.seed": 1}), "--set", override))
    assert override.partition("=")[0].removeprefix("run.") in message


def test_an_override_without_an_equals_sign(command: Command, recipe: Recipe) -> None:
    message = refusal(command("train", recipe(), "--set", "run.seed"))
    assert message.startswith("--set run.seed: must be section.key=value, but is not.")


# Data.


def test_a_missing_data_file(command: Command, recipe: Recipe, tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    message = refusal(command("train", recipe(**{"data.train": str(path)})))
    assert message.startswith(f"{path}: must be a readable file, but: No such file")


def test_a_missing_ontology(command: Command, recipe: Recipe, tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    message = refusal(command("train", recipe(**{"data.ontology": str(path)})))
    assert message.startswith(f"{path}: must be a readable file, but: No such file")


def test_a_role_that_the_ontology_forbids(command: Command, recipe: Recipe, tmp_path: Path) -> None:
    argument = {"role": "Agent", "start": 0, "end": 6, "text": "Rebels"}
    event = {"id": "E7", "type": "Conflict.Attack", "trigger": STRUCK, "arguments": [argument]}
    path = write_document(tmp_path, events=[event])
    message = refusal(command("train", recipe(**{"data.train": str(path)})))
    assert message.startswith(f"{path}:2: ")
    assert "role 'Agent' is not allowed for event type 'Conflict.Attack'; allowed: Attacker, " in message
    assert "E7" in message


def test_an_event_type_that_the_ontology_lacks(command: Command, recipe: Recipe, tmp_path: Path) -> None:
    path = write_document(tmp_path, events=[{"type": "Conflict.Atack", "trigger": STRUCK}])
    message = refusal(command("train", recipe(**{"data.train": str(path)})))
    assert message.startswith(f"{path}:2: ")
    assert "'Conflict.Atack'" in message
    assert "Did you mean 'Conflict.Attack'?" in message


@pytest.mark.parametrize(
    ("trigger", "found"),
    [
        ({"start": 7, "end": 13, "text": "strike"}, "which is 'struck', but is 'strike'"),
        ({"start": 7, "end": 12, "text": "struck"}, "'end' seems inclusive"),
        ({"start": 13, "end": 7, "text": "struck"}, "but is [13, 7)"),
        ({"start": 7, "end": 99, "text": "struck"}, "but is [7, 99)"),
    ],
)
def test_a_span_that_is_not_in_the_text(
    command: Command, recipe: Recipe, tmp_path: Path, *, trigger: dict[str, object], found: str
) -> None:
    path = write_document(tmp_path, events=[{"type": "Conflict.Attack", "trigger": trigger}])
    message = refusal(command("train", recipe(**{"data.train": str(path)})))
    assert message.startswith(f"{path}:2: events[0].trigger: ")
    assert found in message


def test_a_truncated_line(command: Command, recipe: Recipe, tmp_path: Path) -> None:
    path = write_document(tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    message = refusal(command("train", recipe(**{"data.train": str(path)})))
    assert message.startswith(f"{path}:2: must be one whole JSON object, but: ")


def test_a_truncated_line_in_what_a_model_is_scored_on(command: Command, run_folder: Path, tmp_path: Path) -> None:
    path = write_document(tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    message = refusal(command("evaluate", run_folder, path))
    assert message.startswith(f"{path}:2: must be one whole JSON object, but: ")


def test_documents_beside_a_truncated_line_are_still_tagged(command: Command, run_folder: Path, tmp_path: Path) -> None:
    path = write_document(tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    outcome = command("predict", run_folder, path)
    assert [json.loads(line)["id"] for line in outcome.stdout.splitlines()] == ["d1"]
    message = refusal(replace(outcome, stdout=b""))
    assert message.startswith(f"{path}:2: must be one whole JSON object, but: ")


def test_files_that_no_manifest_lists(command: Command, run_folder: Path) -> None:
    path = run_folder / "model" / "encoder" / "modeling_surprise.py"
    path.write_text("raise SystemExit(3)\n", encoding="utf-8")
    message = refusal(command("predict", run_folder, TEST_FILE))
    assert message.startswith(f"{path}: must be in the list of manifest.json, but is not.")


@pytest.mark.parametrize("content", [b"", b"\n\n", b'{"id": "d1", "text": ""}\n{"id": "d2", "text": " \\n\\t"}\n'])
def test_an_empty_training_set(command: Command, recipe: Recipe, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_bytes(content)
    message = refusal(command("train", recipe(**{"data.train": str(path)})))
    n_documents = content.count(b'"id"')
    assert message.startswith(f"data.train: {path} must hold at least one annotated word, but holds {n_documents} ")


def test_documents_of_which_nothing_was_annotated(command: Command, recipe: Recipe, tmp_path: Path) -> None:
    path = tmp_path / "blank.jsonl"
    path.write_text(json.dumps({"id": "d1", "text": TEXT, "annotated": {"char_spans": []}}), encoding="utf-8")
    message = refusal(command("train", recipe(**{"data.train": str(path)})))
    assert message.startswith(f"data.train: {path} must hold at least one annotated word, but holds 1 ")


def test_evaluating_on_nothing(command: Command, run_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.touch()
    assert refusal(command("evaluate", run_folder, path)).startswith(f"{path}: must hold at least one document")


def test_evaluating_on_a_role_that_the_ontology_forbids(command: Command, run_folder: Path, tmp_path: Path) -> None:
    path = write_document(tmp_path, events=[{"type": "Life.Born", "trigger": STRUCK}])
    message = refusal(command("evaluate", run_folder, path))
    assert message.startswith(f"{path}:2: ")
    assert "'Life.Born'" in message


def test_one_id_in_two_files(command: Command, run_folder: Path, tmp_path: Path) -> None:
    first = Path(shutil.copy(TEST_FILE, tmp_path / "one.jsonl"))
    second = Path(shutil.copy(TEST_FILE, tmp_path / "two.jsonl"))
    message = refusal(command("evaluate", run_folder, first, second))
    assert message.startswith(f"{second}: id '000_255ab22f73de1668-p08' must be unique")


# The model.


def test_a_backbone_that_is_not_there(command: Command, recipe: Recipe, tmp_path: Path) -> None:
    name = str(tmp_path / "no-backbone")
    message = refusal(command("train", recipe(**{"model.backbone": name})))
    assert message.startswith(f"model.backbone: '{name}' must be a folder with a transformers encoder")


def test_a_backbone_of_the_hub_without_a_network(command: Command, recipe: Recipe) -> None:
    message = refusal(command("train", recipe(**{"model.backbone": "nobody/no-such-encoder"})))
    assert message.startswith("model.backbone: 'nobody/no-such-encoder' must be a folder with a transformers encoder")


def test_an_empty_backbone_folder(command: Command, recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "hollow").mkdir()
    message = refusal(command("train", recipe(**{"model.backbone": str(tmp_path / "hollow")})))
    assert message.startswith(f"model.backbone: '{tmp_path / 'hollow'}' must be a folder with a transformers encoder")


def test_windows_longer_than_the_backbone_has_positions(command: Command, recipe: Recipe) -> None:
    message = refusal(command("train", recipe(**{"model.window_pieces": 129})))
    assert message.startswith("model.window_pieces: must be at most 128, the positions of this backbone, but is 129.")


def test_more_conditioned_layers_than_the_backbone_has(command: Command, recipe: Recipe) -> None:
    message = refusal(command("train", recipe(**{"model.conditioned_layers": 3})))
    assert message.startswith(
        "model.conditioned_layers: must be between 0 and 2, the layers of this backbone, but is 3."
    )


@pytest.mark.parametrize("context", [33, 64, 65])
def test_no_room_in_a_window_beside_its_context(command: Command, recipe: Recipe, context: int) -> None:
    message = refusal(command("train", recipe(**{"model.window_pieces": 64, "model.context_pieces": context})))
    assert f"model: context_pieces must be at most half of window_pieces (64), but is {context}." in message


# Devices and folders.


@pytest.mark.parametrize("device", ["nosuch", "cuda:7", "", "cpu:x"])
def test_a_device_that_does_not_exist_in_training(command: Command, recipe: Recipe, device: str) -> None:
    message = refusal(command("train", recipe(), "--device", device))
    assert "device" in message
    assert f"'{device}'" in message


@pytest.mark.parametrize("verb", ["evaluate", "predict"])
@pytest.mark.parametrize("device", ["nosuch", "cuda:7"])
def test_a_device_that_does_not_exist_for_a_model(command: Command, run_folder: Path, verb: str, device: str) -> None:
    message = refusal(command(verb, run_folder, TEST_FILE, "--device", device))
    assert "device" in message
    assert f"'{device}'" in message


def test_an_output_folder_that_is_a_file(command: Command, recipe: Recipe, tmp_path: Path) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_text("mine", encoding="utf-8")
    message = refusal(command("train", recipe(**{"run.output_dir": str(occupied)})))
    assert str(occupied) in message
    assert occupied.read_text(encoding="utf-8") == "mine"


def test_a_report_folder_that_is_a_file(command: Command, run_folder: Path, tmp_path: Path) -> None:
    occupied = tmp_path / "occupied"
    occupied.write_text("mine", encoding="utf-8")
    outcome = command("evaluate", run_folder, TEST_FILE, "--output", occupied)
    assert outcome.code == 2
    assert re.search(rf"^error: .*{re.escape(str(occupied))}", outcome.stderr, flags=re.MULTILINE)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_folder_that_may_not_be_written(command: Command, recipe: Recipe, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    message = refusal(command("train", recipe(**{"run.output_dir": str(locked / "run")})))
    assert str(locked) in message


# Checkpoints.


@pytest.mark.parametrize("verb", ["evaluate", "predict"])
def test_a_run_folder_that_is_missing(command: Command, tmp_path: Path, verb: str) -> None:
    path = tmp_path / "none"
    message = refusal(command(verb, path, TEST_FILE))
    assert message.startswith(f"{path}: must be a checkpoint or run folder with a manifest.json, but there is no such")


def test_a_folder_that_is_no_run(command: Command, tmp_path: Path) -> None:
    message = refusal(command("predict", tmp_path, TEST_FILE))
    assert message.startswith(
        f"{tmp_path}: must be a checkpoint or run folder with a manifest.json, but neither it nor"
    )


@pytest.mark.parametrize(
    "name",
    ["model.safetensors", "recipe.json", "ontology.json", "provenance.json", "encoder/config.json",
     "encoder/tokenizer.json", "encoder/tokenizer_config.json"],
)  # fmt: skip
def test_a_file_of_a_checkpoint_that_is_missing_truncated_or_changed(
    command: Command, run_folder: Path, name: str
) -> None:
    path = run_folder / "model" / name
    whole = path.read_bytes()
    flip(path)
    assert refusal(command("predict", run_folder, TEST_FILE)).startswith(f"{path}: must have sha256 ")
    path.write_bytes(whole[:-1])
    message = refusal(command("predict", run_folder, TEST_FILE))
    assert message.startswith(f"{path}: must have {len(whole)} bytes, but has {len(whole) - 1}.")
    path.unlink()
    message = refusal(command("predict", run_folder, TEST_FILE))
    assert message.startswith(f"{path}: must be there, as manifest.json lists it, but is missing.")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"version": 1}, "has version 1."),
        ({"version": "2"}, "has version '2'."),
        ({"files": []}, "files: must be a valid dictionary"),
        ({"files": {}}, "files: must have at least 1 item"),
        ({"files": {"model.safetensors": 7}}, "files.model.safetensors: must "),
        ({"files": {"model.safetensors": {}}}, "files.model.safetensors.bytes: must be given"),
    ],
)
def test_a_manifest_of_another_make(command: Command, run_folder: Path, change: dict[str, Any], found: str) -> None:
    path = run_folder / "model" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    message = refusal(command("predict", run_folder, TEST_FILE))
    assert message.startswith(f"{path}: ")
    assert found in message


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe"])
def test_a_manifest_that_cannot_be_read(command: Command, run_folder: Path, content: bytes) -> None:
    path = run_folder / "model" / "manifest.json"
    path.write_bytes(content)
    message = refusal(command("predict", run_folder, TEST_FILE))
    assert message.startswith(f"{path}: must ")


def test_a_checkpoint_whose_files_do_not_belong_together(command: Command, run_folder: Path) -> None:
    """Hashes are right, but the recipe asks for other heads than the weights are of."""
    from eventroles.backbone import sha256_of

    recipe, manifest = (run_folder / "model" / name for name in ("recipe.json", "manifest.json"))
    recipe.write_text(recipe.read_text(encoding="utf-8").replace('"head_width": 32', '"head_width": 64'), "utf-8")
    listed = json.loads(manifest.read_text(encoding="utf-8"))
    listed["files"]["recipe.json"] = {"bytes": recipe.stat().st_size, "sha256": sha256_of(recipe)}
    manifest.write_text(json.dumps(listed), encoding="utf-8")
    message = refusal(command("predict", run_folder, TEST_FILE))
    assert message.startswith(f"{run_folder / 'model'}: must be a checkpoint that this version of eventroles reads")


# Texts.


def test_an_input_that_is_missing_is_refused_before_anything_is_read(
    command: Command, run_folder: Path, tmp_path: Path
) -> None:
    sound, missing = tmp_path / "sound.txt", tmp_path / "missing.txt"
    sound.write_text(TEXT, encoding="utf-8")
    message = refusal(command("predict", run_folder, sound, missing))
    assert message.startswith(f"{missing}: must be a file, but there is none.")


def test_a_folder_as_input(command: Command, run_folder: Path, tmp_path: Path) -> None:
    assert refusal(command("predict", run_folder, tmp_path)).startswith(f"{tmp_path}: must be a file")


def test_an_input_that_is_not_utf_8(command: Command, run_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes("déjà".encode("latin-1"))
    assert refusal(command("predict", run_folder, path)).startswith(f"{path}: must be UTF-8, but byte 1 is 0xe9.")


def test_standard_input_that_is_not_utf_8(command: Command, run_folder: Path) -> None:
    message = refusal(command("predict", run_folder, "-", stdin=b"a\xff"))
    assert message.startswith("stdin: must be UTF-8, but byte 1 is 0xff.")


def test_lines_on_standard_input_that_are_no_documents(command: Command, run_folder: Path) -> None:
    message = refusal(command("predict", run_folder, "-", "--from", "jsonl", stdin=b'{"id": "d1"}\n'))
    assert message.startswith("standard input:1: text: must be given, but is missing.")


def test_a_choice_that_does_not_exist(command: Command, run_folder: Path) -> None:
    outcome = command("predict", run_folder, TEST_FILE, "--format", "xml")
    assert outcome.code == 2
    assert "xml" in outcome.stderr
    assert "Traceback" not in outcome.stderr


# As processes of their own.


@pytest.mark.slow
def test_the_scripts_refuse_with_code_and_message(script: Script, tmp_path: Path) -> None:
    missing = tmp_path / "none"
    cases: list[tuple[str | Path, ...]] = [
        ("train.py", missing),
        ("predict.py", missing, TEST_FILE),
    ]
    for arguments in cases:
        assert str(missing) in refusal(script(sys.executable, *arguments))
