"""A recipe is read with defaults and overrides, or refused with every problem at its dotted place."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from eventroles.config import (
    PACKAGED_BACKBONE,
    Config,
    Precision,
    config_from_record,
    load_config,
    record_of_config,
    show_config,
)
from eventroles.errors import ConfigError
from eventroles.formats.table import DataFormat

MINIMAL: dict[str, Any] = {
    "run": {"output_dir": "runs/x"},
    "data": {"train": "train.jsonl", "ontology": "tiny.yaml"},
}


def load(folder: Path, values: object, *overrides: str) -> Config:
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return load_config(path, overrides)


def minimal_with(section: str, **values: object) -> dict[str, Any]:
    return {**MINIMAL, section: {**MINIMAL.get(section, {}), **values}}


def complaint(section: str, **values: object) -> str:
    with pytest.raises(ConfigError, match=rf"^recipe: {section}\.") as caught:
        config_from_record(minimal_with(section, **values), "recipe")
    return str(caught.value)


def test_a_minimal_recipe_is_filled_with_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, MINIMAL)
    assert config.run.output_dir == Path("runs/x")
    assert config.data.train == (Path("train.jsonl"),)
    assert config.data.dev == config.data.test == ()
    assert config.data.ontology == Path("tiny.yaml")
    assert config.data.format is DataFormat.NATIVE
    assert config.model.backbone == PACKAGED_BACKBONE
    assert not config.model.allow_download
    assert config.training.precision is Precision.AUTO
    assert config.training.early_stopping_patience is None
    assert config.training.passed_on == {}
    assert config.inference.precision is Precision.FLOAT32


def test_every_given_value_wins_over_its_default(tmp_path: Path) -> None:
    values: dict[str, Any] = {
        "run": {"output_dir": "o", "seed": 0},
        "data": {
            "train": ["a", "b"],
            "train_share": 0.5,
            "train_empty_share": 0.25,
            "unsound": "leave_out",
            "dev": "c",
            "test": ["d"],
            "ontology": "e",
            "format": "native",
        },
        "model": {
            "backbone": "bert",
            "start_from": "runs/x",
            "transfer_from": None,
            "allow_download": True,
            "conditioned_layers": 0,
            "head_width": 8,
            "dropout": 0.0,
            "attention_dropout": 0.25,
            "window_pieces": 128,
            "context_pieces": 32,
        },
        "training": {
            "num_train_epochs": 1,
            "per_device_train_batch_size": 1,
            "learning_rate": 0.5,
            "head_learning_rate": 0.25,
            "weight_decay": 0.0,
            "warmup_steps": 0.5,
            "trigger_miss_cost": 2.0,
            "role_miss_cost": 3.0,
            "mention_weight": 0.5,
            "average_decay": 0.5,
            "freeze_word_embeddings": True,
            "early_stopping_patience": 1,
            "precision": "bfloat16",
        },
        "inference": {"batch_pieces": 16, "precision": "auto"},
    }
    listed = {**values, "data": {**values["data"], "dev": ["c"]}}
    assert record_of_config(load(tmp_path, values)) == listed


@pytest.mark.parametrize(
    ("section", "key", "lowest", "below"),
    [
        ("run", "seed", 0, -1),
        ("model", "conditioned_layers", 0, -1),
        ("model", "head_width", 8, 7),
        ("model", "dropout", 0.0, -0.1),
        ("model", "attention_dropout", 0.0, -0.1),
        ("model", "window_pieces", 16, 15),
        ("model", "context_pieces", 0, -1),
        ("training", "num_train_epochs", 1, 0),
        ("training", "per_device_train_batch_size", 1, 0),
        ("training", "weight_decay", 0.0, -0.1),
        ("training", "warmup_steps", 0.0, -0.1),
        ("training", "early_stopping_patience", 1, 0),
        ("training", "learning_rate", 1e-9, 0.0),
        ("training", "head_learning_rate", 1e-9, 0.0),
        ("training", "trigger_miss_cost", 1e-9, 0.0),
        ("training", "role_miss_cost", 1e-9, 0.0),
        ("training", "mention_weight", 0.0, -0.1),
        ("inference", "batch_pieces", 16, 15),
    ],
)
def test_numbers_below_their_bound_are_refused(section: str, key: str, lowest: float, below: float) -> None:
    values = {key: lowest} | ({"context_pieces": 0} if key == "window_pieces" else {})
    config = config_from_record(minimal_with(section, **values), "recipe")
    assert record_of_config(config)[section][key] == lowest
    assert re.search(rf"^recipe: {section}\.{key}: must be .*, but is {below} ", complaint(section, **{key: below}))


@pytest.mark.parametrize(
    ("section", "key", "highest", "above"),
    [
        ("run", "seed", 2**32 - 1, 2**32),
        ("model", "dropout", 0.999, 1.0),
        ("model", "attention_dropout", 0.999, 1.0),
        ("training", "learning_rate", 0.999, 1.0),
        ("training", "head_learning_rate", 0.999, 1.0),
    ],
)
def test_numbers_above_their_bound_are_refused(section: str, key: str, highest: float, above: float) -> None:
    config = config_from_record(minimal_with(section, **{key: highest}), "recipe")
    assert record_of_config(config)[section][key] == highest
    assert re.search(rf"^recipe: {section}\.{key}: must be .*, but is {above} ", complaint(section, **{key: above}))


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("run", "seed", True),
        ("run", "seed", 1.0),
        ("run", "output_dir", 3),
        ("data", "train", 3),
        ("data", "train", {"a": "b"}),
        ("data", "train", []),
        ("data", "ontology", ["a"]),
        ("data", "format", "csv"),
        ("model", "backbone", None),
        ("model", "allow_download", "yes"),
        ("training", "precision", "float16"),
        ("inference", "precision", "bf16"),
    ],
)
def test_values_of_another_kind_are_refused_in_our_grammar(section: str, key: str, value: object) -> None:
    text = complaint(section, **{key: value})
    assert text.startswith(f"recipe: {section}.{key}: must ")
    assert ", but is " in text
    assert "should" not in text


@pytest.mark.parametrize("key", [1, None, 2.5])
def test_keys_that_are_no_text_are_refused_in_our_grammar(key: object) -> None:
    with pytest.raises(ConfigError, match=rf"^recipe: model\.{key}: must ") as caught:
        config_from_record({**MINIMAL, "model": {key: 2}}, "recipe")
    assert "should" not in str(caught.value)


def test_an_entry_of_a_file_list_is_named_by_its_number() -> None:
    assert "recipe: data.train.1: must be " in complaint("data", train=["a", 3])


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    values = {"run": {"sed": 7}, "modle": {}, "training": {"num_train_epochs": 0}}
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path / 'recipe.yaml'}: run.output_dir: ")) as caught:
        load(tmp_path, values)
    places = [line.removeprefix(f"{tmp_path / 'recipe.yaml'}: ") for line in str(caught.value).split("\n")]
    assert places == [
        "run.output_dir: must be given, but is missing. Add it.",
        "run.sed: must be a known key, but 'sed' is not. Did you mean 'seed'?",
        "data: must be given, but is missing. Add it.",
        "training.num_train_epochs: must be greater than or equal to 1, but is 0 (int). Change it.",
        "modle: must be a known key, but 'modle' is not. Did you mean 'model'?",
    ]


def test_a_rate_that_yaml_reads_as_text_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(MINIMAL) + "training: {learning_rate: 1e-5}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"training\.learning_rate: .*'1e-5' \(str\)\. YAML takes 1e-5 for text"):
        load_config(path)


def test_training_passes_unknown_fields_on(tmp_path: Path) -> None:
    config = load(tmp_path, minimal_with("training", gradient_accumulation_steps=4))
    assert config.training.passed_on == {"gradient_accumulation_steps": 4}
    assert record_of_config(config)["training"]["gradient_accumulation_steps"] == 4


def test_overrides_win_over_the_file_and_the_last_one_wins(tmp_path: Path) -> None:
    values = minimal_with("run", seed=1)
    config = load(
        tmp_path, values, "run.seed=2", "run.seed=3", "data.train=[a, b]", "model.dropout=0.25", "run.output_dir=a=b"
    )
    assert config.run.seed == 3
    assert config.run.output_dir == Path("a=b")
    assert config.data.train == (Path("a"), Path("b"))
    assert config.data.ontology == Path("tiny.yaml")
    assert config.model.dropout == 0.25


def test_an_override_may_name_a_whole_section(tmp_path: Path) -> None:
    assert load(tmp_path, MINIMAL, "run={output_dir: y}").run.output_dir == Path("y")


def test_an_override_is_checked_like_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"run\.sed: must be a known key, but 'sed' is not\. Did you mean 'seed'\?"):
        load(tmp_path, MINIMAL, "run.sed=3")


@pytest.mark.parametrize("override", ["seed", "run.seed", "=3", ".seed=3", "run.=3", "run..seed=3"])
def test_an_override_without_a_dotted_key_is_refused(tmp_path: Path, override: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"--set {override}: must be section.key=value, but is not.")):
        load(tmp_path, MINIMAL, override)


@pytest.mark.parametrize("value", ["{", "2001-99-99", "!!binary x", "a: b: c"])
def test_an_override_whose_value_is_no_yaml_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"--set run.seed={value}: its value must be YAML, but is not.")):
        load(tmp_path, MINIMAL, f"run.seed={value}")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("!!bool foo", id="bool"),
        pytest.param("!!timestamp foo", id="timestamp"),
        pytest.param("!!int ''", id="int"),
        pytest.param("1" + ":00" * 200 + ".5", id="sexagesimal"),
        pytest.param("[" * 1500, id="nested"),
    ],
)
def test_an_override_that_breaks_the_yaml_parser_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match=re.escape("--set run.seed=" + value[:10])):
        load(tmp_path, MINIMAL, f"run.seed={value}")


def test_an_override_inside_a_plain_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"--set data\.train\.x=1: 'train' must be a section, but holds 'train\.jsonl'"
    ):
        load(tmp_path, MINIMAL, "data.train.x=1")


def test_overrides_leave_the_given_values_as_they_were(tmp_path: Path) -> None:
    assert load(tmp_path, MINIMAL, "run.seed=99").run.seed == 99
    assert load(tmp_path, MINIMAL).run.seed != 99


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    with pytest.raises(ConfigError, match=re.escape(f"{path}: must be a readable file")):
        load_config(path)


def test_a_number_too_long_to_print_is_a_config_error(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(MINIMAL) + "inference: {batch_pieces: -0x" + "f" * 5000 + "}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"inference\.batch_pieces: must be "):
        load_config(path)


def test_a_recipe_survives_its_record_and_its_yaml(tmp_path: Path) -> None:
    config = load(tmp_path, minimal_with("training", learning_rate=1e-5, precision="bfloat16", seed_more=[1, 2]))
    assert config_from_record(record_of_config(config), "record") == config
    assert config_from_record(yaml.safe_load(show_config(config)), "shown") == config


def test_a_shown_recipe_keeps_the_order_of_its_sections_and_its_letters() -> None:
    shown = show_config(config_from_record(minimal_with("run", output_dir="läufe/北京"), "recipe"))
    assert re.findall(r"^\w+", shown, flags=re.MULTILINE) == ["run", "data", "model", "training", "inference"]
    assert "output_dir: läufe/北京\n" in shown


def test_a_recipe_is_immutable() -> None:
    config = config_from_record(MINIMAL, "recipe")
    with pytest.raises(ValidationError, match="seed"):
        config.run.seed = 5  # type: ignore[misc]
    with pytest.raises(ValidationError, match="num_train_epochs"):
        config.training.num_train_epochs = 5  # type: ignore[misc]
