"""YAML is read or refused with the file's name; pydantic's findings become sentences with dotted places."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import Field, field_validator

from eventroles.errors import ConfigError, OntologyError
from eventroles.schema import Strict, dotted, read_yaml_mapping, validate


class Wheel(Strict):
    width: float = 1.0
    n_spokes: int = Field(default=32, ge=3)

    @field_validator("width")
    @classmethod
    def _is_not_unlucky(cls, width: float) -> float:
        if width == 13.0:
            raise ValueError("must not be 13, but is 13.0. Choose another.")
        return width


class Vehicle(Strict):
    name: str
    front: Wheel = Wheel()
    others: dict[str, Wheel] = Field(default_factory=dict)
    tags: tuple[str, ...] = Field(default=(), strict=False, min_length=0)


def write(folder: Path, content: bytes) -> Path:
    path = folder / "vehicle.yaml"
    path.write_bytes(content)
    return path


def complaint(values: dict[str, Any]) -> str:
    with pytest.raises(ConfigError, match=r"^vehicle\.yaml: ") as caught:
        validate(Vehicle, values, "vehicle.yaml", ConfigError)
    return str(caught.value)


def test_a_mapping_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "name: 自転車\nfront: {width: 2.5}\n".encode())
    assert read_yaml_mapping(path, ConfigError) == {"name": "自転車", "front": {"width": 2.5}}


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert read_yaml_mapping(write(tmp_path, b"\xef\xbb\xbfname: x"), ConfigError) == {"name": "x"}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "must hold a mapping, but holds None"),
        (b"- a\n- b", "must hold a mapping, but holds ['a', 'b'] (list)"),
        (b"7", "must hold a mapping, but holds 7 (int)"),
        (b"x" * 200, "must hold a mapping, but holds '" + "x" * 79 + "… (str)"),
        (b"a: b: c", "must be YAML in UTF-8, but: mapping values are not allowed here"),
        (b"a: \xff", "must be YAML in UTF-8, but: 'utf-8' codec can't decode byte 0xff"),
        (b"a: \x00", "must be YAML in UTF-8, but: unacceptable character #x0000"),
        (b"[" * 1500, "must be YAML in UTF-8, but: maximum recursion depth"),
        (b"a: 2001-99-99", "must be YAML in UTF-8, but: month must be in 1..12"),
        (b"a: !!python/object:os.system x", "must be YAML in UTF-8, but: could not determine a constructor"),
    ],
)
def test_a_file_without_a_mapping_is_refused_by_name(tmp_path: Path, content: bytes, found: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(OntologyError, match=re.escape(f"{path}: {found}")) as caught:
        read_yaml_mapping(path, OntologyError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("a: !!bool foo", id="bool"),
        pytest.param("a: !!timestamp foo", id="timestamp"),
        pytest.param("a: !!int ''", id="int"),
        pytest.param("a: !!float ''", id="float"),
        pytest.param("a: 1" + ":00" * 200 + ".5", id="sexagesimal"),
    ],
)
def test_yaml_values_that_break_the_parser_are_refused_by_name(tmp_path: Path, content: str) -> None:
    path = write(tmp_path, content.encode())
    with pytest.raises(ConfigError, match=re.escape(f"{path}: must be YAML")):
        read_yaml_mapping(path, ConfigError)


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    for path, found in ((tmp_path / "none.yaml", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(ConfigError, match=re.escape(f"{path}: must be a readable file, but: {found}.")):
            read_yaml_mapping(path, ConfigError)


def test_sound_values_become_the_model() -> None:
    built = validate(Vehicle, {"name": "bike", "others": {"rear": {"n_spokes": 3}}}, "vehicle.yaml", ConfigError)
    assert built == Vehicle(name="bike", others={"rear": Wheel(n_spokes=3)})


def test_every_problem_is_reported_with_its_place() -> None:
    text = complaint({"front": {"n_spokes": 2, "width": "wide"}, "others": {"rear": {"widht": 1.0}}, "tags": [7]})
    assert text.split("\n") == [
        "vehicle.yaml: name: must be given, but is missing. Add it.",
        "vehicle.yaml: front.width: must be a valid number, but is 'wide' (str). Change it.",
        "vehicle.yaml: front.n_spokes: must be greater than or equal to 3, but is 2 (int). Change it.",
        "vehicle.yaml: others.rear.widht: must be a known key, but 'widht' is not. Did you mean 'width'?",
        "vehicle.yaml: tags.0: must be a valid string, but is 7 (int). Change it.",
    ]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"nmae": 1}, "vehicle.yaml: nmae: must be a known key, but 'nmae' is not. Did you mean 'name'?"),
        (
            {"front": {"zzz": 1}},
            "vehicle.yaml: front.zzz: must be a known key, but 'zzz' is not. Known: n_spokes, width.",
        ),
    ],
)
def test_an_unknown_key_is_told_its_neighbours(values: dict[str, Any], sentence: str) -> None:
    assert sentence in complaint({"name": "bike", **values}).split("\n")


def test_a_checkers_own_sentence_is_kept_whole() -> None:
    text = complaint({"name": "bike", "front": {"width": 13.0}})
    assert text == "vehicle.yaml: front.width: must not be 13, but is 13.0. Choose another."


@pytest.mark.parametrize("value", [True, "3", 3.0])
def test_values_are_not_quietly_converted(value: object) -> None:
    assert "front.n_spokes: must be a valid integer, but is " in complaint({"name": "x", "front": {"n_spokes": value}})


def test_a_number_too_long_to_print_is_still_a_complaint() -> None:
    assert "front.n_spokes: must be " in complaint({"name": "x", "front": {"n_spokes": -(16**5000)}})


def test_long_values_are_cut() -> None:
    text = complaint({"name": ["y" * 500]})
    assert "name: must be a valid string, but is ['yyy" in text
    assert "… (list)" in text
    assert len(text) < 200


@pytest.mark.parametrize("found", ["1e-5", "125e-7", "1.25e-5", "1.5e5", "0.5", "1e3"])
def test_the_number_that_is_advised_is_the_one_that_was_meant(found: str) -> None:
    text = complaint({"name": "x", "front": {"width": found}})
    advised = re.search(r"rite (?:it without quotes: )?(\d\S*?)\.?(?: \(|$)", text)
    assert advised is not None
    number = yaml.safe_load(advised.group(1))
    assert isinstance(number, float)
    assert number == float(found)


def test_the_whole_number_that_is_advised_for_a_count_is_a_whole_number() -> None:
    text = complaint({"name": "x", "front": {"n_spokes": "36"}})
    assert re.search(r"front\.n_spokes: .* '36' \(str\)\. .*\b36\.?$", text)


def test_text_where_a_number_belongs_gets_no_number_advice() -> None:
    assert complaint({"name": "x", "front": {"width": "broad"}}).endswith("but is 'broad' (str). Change it.")


def test_locations_are_written_with_dots() -> None:
    assert dotted(("data", "train", 0)) == "data.train.0"
    assert dotted(()) == "(top)"
