"""Ids are unique whatever they are, and to see to it takes little memory."""

import tracemalloc
from collections.abc import Iterable

import pytest

from eventroles.documents import Document
from eventroles.errors import Problems
from eventroles.formats.sources import sound_documents


def complaints(*where_and_ids: tuple[str, str]) -> list[str]:
    """Hand in documents of these places and ids; what is reported of them."""
    problems = Problems()
    items = ((problems.at(where), Document(id=id, text="")) for where, id in where_and_ids)
    assert len([*sound_documents(items)]) == len({id for _, id in where_and_ids})
    return problems.text().splitlines()


def test_an_id_that_stands_twice_is_reported_with_the_line_where_it_stood_first() -> None:
    assert complaints(("f:1", "a"), ("f:20", "b"), ("f:300", "b"), ("f:301", "a"), ("f:302", "b")) == [
        "f:300: id 'b' must be unique, but stands in line 20 too. Rename one.",
        "f:301: id 'a' must be unique, but stands in line 1 too. Rename one.",
        "f:302: id 'b' must be unique, but stands in line 20 too. Rename one.",
    ]


def test_an_id_that_stands_in_two_files_is_reported_with_the_first() -> None:
    assert complaints(("a.ann", "x"), ("b.ann", "y"), ("c.ann", "y"), ("d.ann", "x")) == [
        "c.ann: id 'y' must be unique, but stands in b.ann too. Rename one.",
        "d.ann: id 'x' must be unique, but stands in a.ann too. Rename one.",
    ]


@pytest.mark.parametrize("file", ["f:9223372036854775808", "f:-1", "f:", "", "f:\u00b2", "f:" + 5000 * "9"])
def test_a_file_may_be_named_as_if_a_line_followed(file: str) -> None:
    assert complaints((file, "x"), ("g", "x")) == [f"g: id 'x' must be unique, but stands in {file} too. Rename one."]


@pytest.mark.parametrize(
    "ids", [("", " "), ("a", "A"), ("e\u0301", "\u00e9"), ("\ud83d", "\ude00"), ("\x00", "\x00\x00")]
)
def test_ids_differ_where_a_character_does(ids: tuple[str, str]) -> None:
    assert complaints(*zip(("f:1", "f:2"), ids, strict=True)) == []


def test_to_keep_ids_apart_takes_fewer_bytes_than_the_ids_themselves() -> None:
    n_documents = 20_000
    problems = Problems()
    items = ((problems.at(f"f:{number}"), Document(id=f"{number:0100}", text="")) for number in range(n_documents))
    tracemalloc.start()
    try:
        n_read = count(sound_documents(items))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert n_read == n_documents
    assert peak < 100 * n_documents  # an id alone has 100 characters, and its object 49 bytes more


def count(documents: Iterable[Document]) -> int:
    return sum(1 for _ in documents)
