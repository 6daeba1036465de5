"""Several seeds of one recipe: a folder each, nothing trained twice, one table."""

from collections.abc import Mapping, Sequence

import pytest
from tests.integration.conftest import Command, ConfigOf

from eventroles.benchmark import SeedResult, benchmark, folder_of, text_of_benchmark
from eventroles.config import Config, show_config
from eventroles.documents import Document
from eventroles.errors import ConfigError
from eventroles.ontology import Ontology


@pytest.fixture
def recipe(config_of: ConfigOf, seed_documents: Mapping[str, Sequence[Document]], newswire: Ontology) -> Config:
    documents = seed_documents["train"][:4]
    return config_of(documents, newswire, test=documents[:2], sections={"training": {"num_train_epochs": 1}})


def result(seed: int, share: float) -> SeedResult:
    end_to_end = dict.fromkeys(("Tri-I", "Tri-C", "Arg-I", "Arg-C", "Arg-C+"), share)
    gold_triggers = dict.fromkeys(("Arg-I", "Arg-C", "Arg-C+"), share + 0.1)
    f1 = {"end to end": end_to_end, "gold triggers": gold_triggers}
    return SeedResult(seed=seed, recipe="", data={}, f1=f1, minutes=1.5, peak_gigabytes=0.5)


def test_the_table_has_mean_and_deviation_of_the_seeds() -> None:
    lines = text_of_benchmark([result(7, 0.5), result(8, 0.6), result(9, 0.4)]).splitlines()
    assert lines[-2].split() == ["mean", *["50.0"] * 5, *["60.0"] * 3]
    assert lines[-1].split() == ["deviation", *["10.0"] * 8]
    assert lines[2].split() == ["7", *["50.0"] * 5, *["60.0"] * 3, "1.5", "0.5"]


def test_one_seed_has_no_deviation() -> None:
    assert "deviation" not in text_of_benchmark([result(7, 0.5)])


def test_each_seed_is_trained_once_and_kept(recipe: Config) -> None:
    first = list(benchmark(recipe, [1, 2], "cpu"))
    assert [found.seed for found in first] == [1, 2]
    changed = {seed: (folder_of(recipe, seed) / "model" / "model.safetensors").stat().st_mtime_ns for seed in (1, 2)}
    again = list(benchmark(recipe, [1, 2], "cpu"))
    assert again == first
    assert changed == {
        seed: (folder_of(recipe, seed) / "model" / "model.safetensors").stat().st_mtime_ns for seed in (1, 2)
    }


def test_a_seed_is_trained_again_when_recipe_or_data_change(recipe: Config) -> None:
    (first,) = benchmark(recipe, [1], "cpu")
    other = recipe.model_copy(update={"training": recipe.training.model_copy(update={"learning_rate": 0.004})})
    (second,) = benchmark(other, [1], "cpu")
    assert second.recipe != first.recipe
    recipe.data.train[0].write_bytes(recipe.data.train[0].read_bytes() + b"\n")
    (third,) = benchmark(other, [1], "cpu")
    assert third.data != second.data


def test_a_broken_result_is_trained_again(recipe: Config) -> None:
    (first,) = benchmark(recipe, [1], "cpu")
    (folder_of(recipe, 1) / "result.json").write_text('{"seed": 1')
    (second,) = benchmark(recipe, [1], "cpu")
    assert second.f1 == first.f1


def test_without_a_test_split_there_is_no_benchmark(recipe: Config) -> None:
    without = recipe.model_copy(update={"data": recipe.data.model_copy(update={"test": ()})})
    with pytest.raises(ConfigError, match=r"data\.test: must be given"):
        list(benchmark(without, [1], "cpu"))


def test_a_missing_file_is_named(recipe: Config) -> None:
    recipe.data.train[0].unlink()
    with pytest.raises(ConfigError, match=r"data: .*train.*must be readable"):
        list(benchmark(recipe, [1], "cpu"))


def test_the_command_prints_the_table(recipe: Config, command: Command) -> None:
    path = recipe.run.output_dir.parent / "recipe.yaml"
    path.write_text(show_config(recipe), encoding="utf-8")
    outcome = command("benchmark", path, "--seeds", "2", "--device", "cpu")
    assert outcome.code == 0, outcome.stderr
    lines = outcome.stdout.decode().splitlines()
    assert [line.split()[0] for line in lines[-4:]] == ["13", "14", "mean", "deviation"]
    assert "seed 14: done, 2 of 2" in outcome.stderr
