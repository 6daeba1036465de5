"""The package as it is imported: its public names, and where it comes from."""

import os
from pathlib import Path

import pytest

import eventroles
from eventroles.engine import EventRoleTagger


def test_the_package_under_test_is_the_one_that_is_meant() -> None:
    """`make wheel` runs these tests against the built wheel, and names its folder."""
    expected = os.environ.get("EVENTROLES_EXPECTED_IN", "src")
    assert Path(eventroles.__file__).resolve().parent.parent == Path(expected).resolve()


def test_public_names_are_there() -> None:
    assert eventroles.EventRoleTagger is EventRoleTagger
    assert all(getattr(eventroles, name) for name in eventroles.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'eventroles' has no attribute 'Taggr'"):
        _ = eventroles.Taggr


def test_type_information_is_shipped() -> None:
    assert (Path(eventroles.__file__).parent / "py.typed").is_file()
