"""An article is its file to the last character; what cannot be read is named."""

import io
import re
from pathlib import Path

import pytest

from eventroles.documents import Document
from eventroles.errors import InputError
from eventroles.formats.plain import article_of, read_articles, read_stream


@pytest.mark.parametrize("text", ["", " \r\n\r\n", "\ufeffa\tb\r\n", "caf\u00e9 \U0001f600\n\n", "\x00\u2028"])
def test_the_text_is_kept_to_the_last_character(text: str) -> None:
    assert article_of(text.encode(), "id", "file") == Document(id="id", text=text)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("date 2019-12-31\nU.S. forces struck.", "2019-12-31"),
        ("\ufeffdate 2019-12-31 U.S.", "2019-12-31"),
        ("\n  date 2019-12-31\r\n", "2019-12-31"),
        ("date 2019-12-31", None),
        ("date 2019-12-311 x", None),
        ("update 2019-12-31 x", None),
        ("date  2019-12-31 x", None),
        ("x\ndate 2019-12-31 x", None),
        ("Date 2019-12-31 x", None),
    ],
)
def test_a_dateline_gives_the_date_and_stays_in_the_text(text: str, date: str | None) -> None:
    document = article_of(text.encode(), "id", "file")
    assert document.text == text
    assert document.meta == ({} if date is None else {"date": date})


def test_bytes_that_are_no_utf_8_are_refused_at_their_place() -> None:
    with pytest.raises(InputError, match=re.escape("a.txt: must be UTF-8, but byte 3 is 0xe9. Convert it")):
        article_of("caf\u00e9".encode("latin-1"), "a", "a.txt")


def test_surrogates_are_no_utf_8() -> None:
    with pytest.raises(InputError, match=r"a\.txt: must be UTF-8, but byte 0 is 0xed"):
        article_of(b"\xed\xa0\x80", "a", "a.txt")


def test_files_are_named_by_their_stems_in_the_order_given(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt"):
        (tmp_path / name).write_text(name)
    documents = list(read_articles([tmp_path / "b.txt", tmp_path / "a.txt"]))
    assert [(document.id, document.text) for document in documents] == [("b", "b.txt"), ("a", "a.txt")]


def test_files_that_share_a_stem_are_named_by_their_paths(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    files = [tmp_path / "a.txt", tmp_path / "x" / "a.txt", tmp_path / "b.txt"]
    for path in files:
        path.write_text("t")
    assert [document.id for document in read_articles(files)] == [str(files[0]), str(files[1]), "b"]


def test_missing_files_and_folders_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"{tmp_path}/none\.txt: must be a readable file, but: No such file"):
        list(read_articles([tmp_path / "none.txt"]))
    with pytest.raises(InputError, match=rf"{tmp_path}: must be a readable file, but: Is a directory"):
        list(read_articles([tmp_path]))


def test_sound_files_come_out_before_an_unsound_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    articles = read_articles([tmp_path / "a.txt", tmp_path / "none.txt"])
    assert next(articles).text == "a"
    with pytest.raises(InputError, match=r"none\.txt"):
        next(articles)


def test_a_stream_is_one_article() -> None:
    assert read_stream(io.BytesIO(b"date 2020-01-02\nx"), "stdin") == Document(
        id="stdin", text="date 2020-01-02\nx", meta={"date": "2020-01-02"}
    )
    with pytest.raises(InputError, match=r"stdin: must be UTF-8, but byte 0 is 0xff"):
        read_stream(io.BytesIO(b"\xff"), "stdin")
