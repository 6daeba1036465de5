"""A training run that was killed and started again comes to what it would have come to."""

import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
import yaml
from tests.integration.conftest import ConfigOf
from torch import Tensor

from eventroles.assembly import train
from eventroles.config import Config, config_from_record, record_of_config
from eventroles.documents import Document
from eventroles.folders import replaced_folder
from eventroles.metrics import Counts, Metric
from eventroles.ontology import Ontology
from eventroles.training import RoleTrainer

N_EPOCHS = 5
SECTIONS: Mapping[str, Mapping[str, Any]] = {
    "model": {"dropout": 0.1},
    "training": {"num_train_epochs": N_EPOCHS, "average_decay": 0.9},
}


class KilledError(Exception):
    """What ends a run in these tests, as nothing catches it."""


class Steps:
    """Counts the steps of training, and ends it at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.n_done = 0
        self.last: float = float("inf")
        compute_loss = RoleTrainer.compute_loss

        def counted(trainer: RoleTrainer, *args: Any, **kwargs: Any) -> Any:
            if self.n_done >= self.last:
                raise KilledError
            self.n_done += 1
            return compute_loss(trainer, *args, **kwargs)

        monkeypatch.setattr(RoleTrainer, "compute_loss", counted)

    def kill_at(self, config: Config, n_steps: int) -> None:
        """Train for so many steps, and no more."""
        self.n_done, self.last = 0, n_steps
        with pytest.raises(KilledError):
            train(config, "cpu")
        self.n_done, self.last = 0, float("inf")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    return Steps(monkeypatch)


@pytest.fixture
def config(config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology) -> Config:
    return config_of(
        seed_documents["train"],
        newswire,
        dev=seed_documents["dev"],
        test=seed_documents["test"],
        sections=SECTIONS,
    )


def changed(config: Config, section: str, **values: Any) -> Config:
    record = record_of_config(config)
    return config_from_record({**record, section: {**record[section], **values}}, "recipe")


def writing_to(config: Config, folder: Path) -> Config:
    return changed(config, "run", output_dir=str(folder))


def weights_in(folder: Path) -> dict[str, Tensor]:
    return safetensors.torch.load_file(folder / "model" / "model.safetensors")


def last_of(config: Config) -> Path:
    (folder,) = config.run.output_dir.glob("trainer/last-*")
    return folder


def check_same(left: Path, right: Path) -> None:
    ours, theirs = weights_in(left), weights_in(right)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert (left / "predictions.jsonl").read_bytes() == (right / "predictions.jsonl").read_bytes()
    assert (left / "report.json").read_bytes() == (right / "report.json").read_bytes()


@pytest.mark.parametrize(
    ("section", "values"),
    [
        pytest.param("training", {}, id="as it is"),
        pytest.param("training", {"average_decay": None}, id="no average"),
        pytest.param("training", {"gradient_accumulation_steps": 2, "optim": "adamw_torch"}, id="accumulation"),
        pytest.param("data", {"dev": []}, id="no dev"),
    ],
)
def test_a_killed_run_comes_to_the_same_weights(
    config: Config,
    steps: Steps,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    section: str,
    values: Mapping[str, Any],
) -> None:
    config = changed(config, section, **values)
    whole = writing_to(config, tmp_path / "whole")
    train(whole, "cpu")
    n_steps = steps.n_done
    per_epoch = n_steps // N_EPOCHS
    steps.kill_at(config, 3 * per_epoch + 1)
    caplog.clear()
    train(config, "cpu")
    assert steps.n_done == n_steps - 3 * per_epoch
    assert "going on after 3 of 5 epochs of the same run" in caplog.text
    check_same(config.run.output_dir, whole.run.output_dir)
    assert not (config.run.output_dir / "trainer").exists()


def test_a_run_that_is_killed_again_and_again_gets_there(config: Config, steps: Steps, tmp_path: Path) -> None:
    whole = writing_to(config, tmp_path / "whole")
    train(whole, "cpu")
    per_epoch = steps.n_done // N_EPOCHS
    for _ in range(N_EPOCHS - 1):
        steps.kill_at(config, per_epoch + 1)
    train(config, "cpu")
    assert steps.n_done == per_epoch
    check_same(config.run.output_dir, whole.run.output_dir)


def test_the_best_epoch_is_kept_though_it_was_before_the_kill_and_the_folder_has_moved(
    config: Config, steps: Steps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = changed(config, "training", early_stopping_patience=3)
    monkeypatch.setattr("eventroles.training.score_documents", falling_scores())
    whole = writing_to(config, tmp_path / "whole")
    train(whole, "cpu")
    per_epoch = steps.n_done // 4  # patience ends it after three epochs that are no better than the first
    monkeypatch.setattr("eventroles.training.score_documents", falling_scores())
    steps.kill_at(config, 2 * per_epoch + 1)
    moved = config.run.output_dir.rename(tmp_path / "moved")
    train(writing_to(config, moved), "cpu")
    assert steps.n_done == 2 * per_epoch
    check_same(moved, whole.run.output_dir)


def falling_scores() -> Any:
    """Score the first dev pass high, later ones low."""
    n_right = chain([9], repeat(1))
    return lambda *_: dict.fromkeys(Metric, Counts(n_gold=10, n_predicted=10, n_correct=next(n_right)))


def test_a_kill_while_the_state_is_written_loses_an_epoch_and_no_more(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = writing_to(config, tmp_path / "whole")
    train(whole, "cpu")
    write, written = safetensors.torch.save_file, list[Path]()

    def fail(tensors: Any, path: Path, **kwargs: Any) -> None:
        written.append(path)
        if sum(each.name == "training.safetensors" for each in written) == 3:
            path.write_bytes(b"half")
            raise KilledError
        write(tensors, path, **kwargs)

    monkeypatch.setattr(safetensors.torch, "save_file", fail)
    with pytest.raises(KilledError):
        train(config, "cpu")
    monkeypatch.setattr(safetensors.torch, "save_file", write)
    train(config, "cpu")
    assert "going on after 2 of 5 epochs" in caplog.text
    check_same(config.run.output_dir, whole.run.output_dir)
    assert not (config.run.output_dir / "trainer").exists()


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [("training", "learning_rate", 1e-3), ("run", "seed", 99), ("data", "train_share", 0.5)],
)
def test_another_recipe_starts_over(
    config: Config, steps: Steps, caplog: pytest.LogCaptureFixture, section: str, key: str, value: float
) -> None:
    steps.kill_at(config, 7)
    other = changed(config, section, **{key: value})
    train(other, "cpu")
    assert steps.n_done == N_EPOCHS * (1 if key == "train_share" else 2)  # of half of the documents, one step an epoch
    assert "the unfinished run there is of another recipe" in caplog.text


@pytest.mark.parametrize(
    "damage", ["training.json", "training.safetensors", "model.safetensors", "trainer_state.json", "best epoch"]
)
def test_a_state_that_cannot_be_used_starts_over(
    config: Config, steps: Steps, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    steps.kill_at(config, 7)
    trainer = config.run.output_dir / "trainer"
    if damage == "best epoch":
        for folder in trainer.glob("checkpoint-*"):
            folder.rename(folder.with_name(f"lost-{folder.name}"))
    else:
        (last_of(config) / damage).write_bytes(b'{"items": [[')
    train(config, "cpu")
    assert "starting over" in caplog.text
    assert (config.run.output_dir / "report.txt").exists()


def test_other_weights_in_the_backbone_start_over(
    config: Config, steps: Steps, backbone_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backbone = Path(shutil.copytree(backbone_folder, tmp_path / "backbone"))
    config = changed(config, "model", backbone=str(backbone))
    steps.kill_at(config, 7)
    weights = safetensors.torch.load_file(backbone / "model.safetensors")
    safetensors.torch.save_file({name: 2 * each for name, each in weights.items()}, backbone / "model.safetensors")
    train(config, "cpu")
    assert "of another recipe, data, backbone" in caplog.text


def test_files_that_have_moved_and_another_test_split_do_not_matter(
    config: Config, steps: Steps, caplog: pytest.LogCaptureFixture
) -> None:
    steps.kill_at(config, 7)
    moved = config.data.train[0].rename(config.data.train[0].with_name("moved.jsonl"))
    train(changed(config, "data", train=[str(moved)], test=[]), "cpu")
    assert "going on after 3 of 5 epochs" in caplog.text


def test_training_goes_on_where_its_state_cannot_be_written(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = writing_to(config, tmp_path / "whole")
    train(whole, "cpu")
    write = safetensors.torch.save_file

    def fail(tensors: Any, path: Path, **kwargs: Any) -> None:
        if path.name == "training.safetensors":
            raise OSError(28, "No space left on device")
        write(tensors, path, **kwargs)

    monkeypatch.setattr(safetensors.torch, "save_file", fail)
    train(config, "cpu")
    assert "No space left on device" in caplog.text
    check_same(config.run.output_dir, whole.run.output_dir)


@pytest.mark.parametrize("when", ["before the first", "before the second"])
def test_a_kill_while_a_folder_is_replaced_leaves_it_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    folder, rename = tmp_path / "model", Path.rename
    with replaced_folder(folder) as partial:
        (partial / "file").write_text("old", encoding="utf-8")
    n_left = {"before the first": 0, "before the second": 1}[when]
    done: list[Path] = []

    def killed(path: Path, target: Path) -> Path:
        if len(done) == n_left:
            done.append(path)
            raise KeyboardInterrupt
        done.append(path)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", killed)
    with pytest.raises(KeyboardInterrupt), replaced_folder(folder) as partial:
        (partial / "file").write_text("new", encoding="utf-8")
    assert (folder / "file").read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def kill_when_first_epoch_is_over(command: Sequence[str], folder: Path) -> None:
    """Start a program, and kill it and all that it started as soon as there is something to resume from."""
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 120
        while not any(folder.glob("trainer/last-*")) and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        assert process.poll() is None, process.communicate()[1].decode()[-2000:]
        subprocess.run(["pkill", "-KILL", "-f", f"{folder}.yaml"], check=True)
        process.communicate()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pkill") is None, reason="kills the processes of a launcher, which no other way finds")
def test_two_processes_that_were_killed_are_gone_on_from(config: Config, tmp_path: Path) -> None:
    config = changed(config, "training", num_train_epochs=12)
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    folders = [tmp_path / "whole", config.run.output_dir]
    for folder in folders:
        recipe = folder.with_suffix(".yaml")
        recipe.write_text(yaml.safe_dump(record_of_config(writing_to(config, folder))), encoding="utf-8")
        program = ["-m", "eventroles", "train", str(recipe), "--device", "cpu"]
        command = [sys.executable, *launcher, *program]
        if folder is folders[1]:
            kill_when_first_epoch_is_over(command, folder)
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
    assert "of 12 epochs of the same run" in done.stderr
    check_same(folders[1], folders[0])
