"""Names that may be spellings of one are paired, and others are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventroles.report.near_names import RARE_FACTOR, near_names


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Attacker", "attacker"),
        ("Attacker", "Attackers"),
        ("Attacker", "ATTACKERS"),
        ("Time-Within", "time_within"),
        ("TimeWithin", "Time Within"),
        ("Conflict.Attack", "Conflict:Attack"),
        ("Party", "Parties"),
        ("Witness", "Witnesses"),
        ("Arg-1", "ARG1"),
        ("Version 1.1", "version-1-1"),
    ],
)
def test_names_that_differ_in_case_marks_or_number_are_paired(name: str, other: str) -> None:
    assert near_names({other: 1, name: 2}) == [(name, other)]


@pytest.mark.parametrize("slip", ["Atacker", "Attaccker", "Attakcer", "Attocker", "attakcers", "Attackerr"])
def test_rare_slips_are_paired(slip: str) -> None:
    assert near_names({"Attacker": RARE_FACTOR, slip: 1}) == [("Attacker", slip)]
    assert near_names({"Attacker": RARE_FACTOR - 1, slip: 1}) == []


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Buyer", "Seller"),
        ("Killer", "Injurer"),
        ("Accuser", "Accused"),
        ("Employer", "Employee"),
        ("Attack", "Attacker"),
        ("Accuse", "Accused"),
        ("Sender", "Lender"),
        ("Person1", "Person2"),
        ("Argument10x", "Argument20x"),
        ("Type 1.1", "Type 11"),
        ("Start", "Stage"),
        ("Org-In-Charge", "Org-On-Charge"),
        ("Place", "Time"),
        ("C", "C#"),
        ("--", "::"),
    ],
)
def test_other_names_are_not_however_rare(name: str, other: str) -> None:
    assert near_names({name: 1000, other: 1}) == []


def test_all_spellings_are_paired_with_the_most_used() -> None:
    assert near_names({"attacker": 3, "Attackers": 5, "Attacker": 4, "Target": 9}) == [
        ("Attackers", "Attacker"),
        ("Attackers", "attacker"),
    ]


@given(st.dictionaries(st.text(min_size=1, max_size=12), st.integers(0, 50), max_size=12))
def test_any_names_can_be_compared(uses: dict[str, int]) -> None:
    assert all(uses[name] >= uses[other] and name != other for name, other in near_names(uses))
