"""Documents that stand twice are found, and others are not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventroles.documents import Document
from eventroles.report.leakage import MAX_EXAMPLES, Leak, LeakKind, shared_documents, text_of_leaks


def words(start: int, end: int) -> str:
    return " ".join(f"w{number}" for number in range(start, end))


def document(id_: str, text: str) -> Document:
    return Document(id=id_, text=text)


def kinds(first: str, second: str) -> list[tuple[LeakKind, float]]:
    splits = {"train": [document("a", first)], "test": [document("b", second)]}
    return [(leak.kind, leak.share) for leak in shared_documents(splits)]


def leak(kind: LeakKind, first: tuple[str, str], second: tuple[str, str], share: float = 1.0) -> Leak:
    return Leak(
        kind=kind, split=first[0], document=first[1], other_split=second[0], other_document=second[1], share=share
    )


def test_the_same_text_is_found_whatever_its_case_and_white_space() -> None:
    splits = {"train": [document("a", "The rebels hit Goma.")], "test": [document("b", " the REBELS\r\nhit  Goma.\n")]}
    assert shared_documents(splits) == [leak(LeakKind.SAME_TEXT, ("train", "a"), ("test", "b"))]


@pytest.mark.parametrize(
    ("text", "is_found"), [("", False), (" ", False), ("No comment yet.", False), ("There is no comment.", True)]
)
def test_short_texts_may_be_the_same_by_chance(text: str, is_found: bool) -> None:
    assert kinds(text, text) == ([(LeakKind.SAME_TEXT, 1.0)] if is_found else [])


@pytest.mark.parametrize("other", ["There is no comment yet", "There is a comment.", "There is no comment. None."])
def test_short_texts_must_be_the_same_to_the_letter(other: str) -> None:
    assert kinds("There is no comment.", other) == []


# 16 words have 9 runs of 8 words.
@pytest.mark.parametrize(
    ("first", "second", "share"),
    [
        (words(0, 16), words(4, 20), 5 / 9),
        (words(0, 16), words(5, 21), None),
        (words(0, 100), words(40, 56) + " " + words(200, 207), 9 / 16),
        (words(0, 100), words(40, 56) + " " + words(200, 212), None),
        (words(0, 8), words(0, 100), 1.0),
        (words(0, 7), words(0, 100), None),
        (words(0, 16), words(0, 16).upper().replace(" ", ", "), 1.0),
        (words(0, 16), words(0, 7) + " x " + words(8, 16), None),
    ],
)
def test_texts_are_nearly_the_same_from_half_of_the_runs_of_the_smaller(
    first: str, second: str, share: float | None
) -> None:
    expected = [] if share is None else [(LeakKind.NEAR_TEXT, share)]
    assert kinds(first, second) == expected
    assert kinds(second, first) == expected


def test_text_without_spaces_is_compared_by_characters() -> None:
    assert kinds("反政府勢力が空港を攻撃した", "反政府勢力が空港を爆撃した") == []
    assert kinds("反政府勢力が空港を攻撃した", "昨日反政府勢力が空港を攻撃した。") == [(LeakKind.NEAR_TEXT, 1.0)]


def test_the_same_id_is_found_with_the_share_that_the_texts_have() -> None:
    splits = {"train": [document("a", words(0, 16))], "test": [document("a", words(5, 21))]}
    assert shared_documents(splits) == [leak(LeakKind.SAME_ID, ("train", "a"), ("test", "a"), 4 / 9)]


def test_two_documents_are_told_once_by_the_worst_that_they_share() -> None:
    splits = {"train": [document("a", words(0, 16))], "test": [document("a", words(0, 16))]}
    assert shared_documents(splits) == [leak(LeakKind.SAME_TEXT, ("train", "a"), ("test", "a"))]


def test_each_document_is_told_with_the_most_alike_of_each_split_before_it() -> None:
    splits = {
        "train": [document("a", words(0, 20)), document("b", words(2, 22))],
        "dev": [document("c", words(100, 120))],
        "test": [document("d", words(3, 23)), document("e", words(100, 120))],
    }
    # 20 words have 13 runs; those of a and b share 11, of b and d 12.
    assert shared_documents(splits) == [
        leak(LeakKind.SAME_TEXT, ("dev", "c"), ("test", "e")),
        leak(LeakKind.NEAR_TEXT, ("train", "b"), ("test", "d"), 12 / 13),
        leak(LeakKind.NEAR_TEXT, ("train", "a"), ("train", "b"), 11 / 13),
    ]


def test_of_many_copies_each_is_told_once_a_split() -> None:
    copies = [document(str(number), words(0, 20)) for number in range(100)]
    leaks = shared_documents({"train": copies[:60], "test": copies[60:]})
    assert sum(leak.is_across for leak in leaks) == 40
    assert sum(not leak.is_across for leak in leaks) == 59 + 39


def test_a_small_copy_is_found_among_large_documents_that_share_more() -> None:
    large = [document(f"l{n}", f"{words(0, 20)} {words(1000 * n, 1000 * n + 400)}") for n in range(1, 9)]
    small = document("small", words(20, 30))
    leaks = shared_documents({"train": [*large, small], "test": [document("t", f"{words(0, 30)} {words(100, 500)}")]})
    assert leaks == [leak(LeakKind.NEAR_TEXT, ("train", "small"), ("test", "t"))]


def test_what_the_splits_do_not_share_gives_nothing() -> None:
    splits = {"train": [document("a", words(0, 300))], "dev": [], "test": [document("b", words(300, 600))]}
    assert shared_documents(splits) == []
    assert text_of_leaks([]) == "No two documents are the same or nearly the same."


def test_the_text_counts_each_kind_by_splits_and_shows_some() -> None:
    near = leak(LeakKind.NEAR_TEXT, ("train", "a\n"), ("test", "b"), 0.5)
    inside = leak(LeakKind.SAME_TEXT, ("train", "c"), ("train", "d"))
    text = text_of_leaks([near] * (MAX_EXAMPLES + 1) + [inside])
    assert text.split("\n") == [
        f"Documents that have nearly the same text as one before them in a different split: {MAX_EXAMPLES + 1}",
        f"  train and test: {MAX_EXAMPLES + 1}",
        *["    train a  and test b (50%)"] * MAX_EXAMPLES,
        "Documents that have the same text as one before them in their own split: 1",
        "  train: 1",
        "    train c and train d (100%)",
    ]


@given(st.lists(st.text(alphabet="ab \n\ud800é.", max_size=60), max_size=6))
def test_any_texts_can_be_compared(texts: list[str]) -> None:
    leaks = shared_documents({"train": [document(str(number), text) for number, text in enumerate(texts)]})
    assert all(int(leak.document) < int(leak.other_document) and 0.5 <= leak.share <= 1 for leak in leaks)


@pytest.mark.parametrize("n_different", [300, 20])
def test_time_grows_with_the_words_and_not_with_the_pairs(n_different: int) -> None:
    frame = words(0, 300 - n_different)
    texts = [f"{frame} {words(1000 * number, 1000 * number + n_different)}" for number in range(1, 1001)]
    begin = time.process_time()
    leaks = shared_documents({"train": [document(str(number), text) for number, text in enumerate(texts)]})
    assert time.process_time() - begin < 5
    assert len(leaks) == (0 if n_different == 300 else 999)
