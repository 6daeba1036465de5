"""Phrases are reduced to the name or the head word that they end at."""

import pytest

from eventroles.phrases import head_of
from eventroles.spans import Span


@pytest.mark.parametrize(
    ("phrase", "head"),
    [
        ("officers", "officers"),
        ("two police officers", "officers"),
        ("25 of its fighters", "fighters"),
        ("several other U.S. and Iraqi service members", "members"),
        ("Tajik counterpart", "counterpart"),
        ("last week", "week"),
        ("Goma", "Goma"),
        ("U.S. forces", "forces"),
        ("Kataib Hezbollah", "Kataib Hezbollah"),
        ("Bank of England", "Bank of England"),
        ("Dir el Zour", "Dir el Zour"),
        ("Abu Omar al-Shishani", "Abu Omar al-Shishani"),
        ("President Ana Ruiz", "Ana Ruiz"),
        ("former Gen. Salim Idris", "Salim Idris"),
        ("Secretary of State Mike Pompeo", "Mike Pompeo"),
        ("deputy Prime Minister Ruiz", "Ruiz"),
        ("Foreign Minister", "Foreign Minister"),
        ("2019", "2019"),
        ("\u0130stanbul", "\u0130stanbul"),
    ],
)
def test_a_phrase_is_reduced_to_its_head(phrase: str, head: str) -> None:
    text = f"On Friday {phrase}, they said"
    span = Span(len("On Friday "), len("On Friday ") + len(phrase))
    assert head_of(text, span).of(text) == head
    assert span.contains(head_of(text, span))
    assert head_of(text, span).end == span.end
