"""Problems are reported together, in order, and misspelt names get a suggestion."""

import re

import pytest

from eventroles.errors import (
    CheckpointError,
    ConfigError,
    DataError,
    EventRolesError,
    InputError,
    OntologyError,
    Problems,
    suggest,
)


def problems_of(n_problems: int) -> Problems:
    problems = Problems()
    for number in range(1, n_problems + 1):
        problems.add(f"file:{number}", f"must be even, but is {number}.")
    return problems


@pytest.mark.parametrize("kind", [ConfigError, DataError, OntologyError, CheckpointError, InputError])
def test_every_error_is_caught_as_the_common_one(kind: type[EventRolesError]) -> None:
    problems = problems_of(1)
    with pytest.raises(EventRolesError, match=r"^file:1: must be even, but is 1\.$") as caught:
        problems.raise_if_any(kind)
    assert type(caught.value) is kind


def test_no_problems_raise_nothing() -> None:
    problems = Problems()
    problems.raise_if_any(DataError)
    assert problems.n_found == 0


@pytest.mark.parametrize(("n_problems", "n_lines", "last"), [(20, 20, "file:20: "), (21, 21, "… and 1 more")])
def test_the_first_twenty_problems_are_shown_and_the_rest_counted(n_problems: int, n_lines: int, last: str) -> None:
    problems = problems_of(n_problems)
    with pytest.raises(DataError, match=r"^file:1: must be even, but is 1\.\nfile:2: ") as caught:
        problems.raise_if_any(DataError)
    lines = str(caught.value).split("\n")
    assert len(lines) == n_lines
    assert lines[-1].startswith(last)
    assert problems.n_found == n_problems


def test_a_place_reports_with_its_file_and_path() -> None:
    problems = Problems()
    problems.add("a.b", "must be 1, but is 2.")
    place = problems.at("f:1")
    place.report("must be 3, but is 4.")
    place.key("events").item(0).key("id").report("must be 5, but is 6.")
    with pytest.raises(ConfigError, match=r"a\.b: must be 1") as caught:
        problems.raise_if_any(ConfigError)
    assert str(caught.value) == (
        "a.b: must be 1, but is 2.\nf:1: must be 3, but is 4.\nf:1: events[0].id: must be 5, but is 6."
    )
    assert problems.n_found == 3


@pytest.mark.parametrize(
    ("name", "known", "sentence"),
    [
        ("Atacker", ["Target", "Attacker"], "Did you mean 'Attacker'?"),
        ("ATTACKER", ["Attacker", "Target"], "Did you mean 'Attacker'?"),
        ("attacker", ["ATTACKER"], "Did you mean 'ATTACKER'?"),
        ("xyz", ["Target", "Attacker"], "Known: Attacker, Target."),
        ("xyz", [], "None is known."),
    ],
)
def test_suggestions_name_the_nearest_or_what_is_known(name: str, known: list[str], sentence: str) -> None:
    assert suggest(name, known) == sentence


def test_suggestions_read_the_known_names_once() -> None:
    assert suggest("zzz", iter(["b", "a"])) == "Known: a, b."


@pytest.mark.parametrize(("n_known", "is_cut"), [(20, False), (21, True)])
def test_suggestions_list_no_more_than_twenty_names(n_known: int, is_cut: bool) -> None:
    sentence = suggest("?", [f"{number:02}" for number in range(n_known)])
    assert len(re.findall(r"\d\d", sentence)) == 20
    assert ("…" in sentence) is is_cut


@pytest.mark.parametrize(("n_problems", "last"), [(10_000, "file:10000: must be even"), (10_001, "… and 1 more")])
def test_an_error_keeps_every_problem_up_to_ten_thousand(n_problems: int, last: str) -> None:
    with pytest.raises(DataError, match=r"^file:1: must be even") as caught:
        problems_of(n_problems).raise_if_any(DataError)
    assert len(caught.value.problems) == n_problems
    assert caught.value.problems[20] == "file:21: must be even, but is 21."
    assert caught.value.problems[-1].startswith(last)


def test_control_characters_of_a_file_do_not_reach_the_terminal() -> None:
    problems = Problems()
    problems.add("f:1", "must be a role, but is 'a\x1b[2J\x00\u2028b'.\nCorrect\tit.")
    assert problems.text() == "f:1: must be a role, but is 'a\\x1b[2J\\x00\\u2028b'.\nCorrect\\tit."
