"""The check of data: what is sound, what is not and why, and nothing read again without need."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eventroles.errors import Place
from eventroles.formats.claims import claims_of
from eventroles.formats.table import DataFormat
from eventroles.ontology import EventType, Ontology
from eventroles.report.check import Source, check, text_of_check

TEXT = "\U0001f600 Rebels hit Goma"


def line(id_: str, start: int = 9, event_type: str = "Attack") -> str:
    trigger = {"start": start, "end": start + 3, "text": "hit"}
    return json.dumps({"id": id_, "text": TEXT, "events": [{"type": event_type, "trigger": trigger}]})


def source(path: Path, *lines: str, name: str | None = None) -> Source:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
    return Source(name=name or str(path), files=[(path, DataFormat.NATIVE)])


def test_only_files_with_problems_are_diagnosed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diagnosed: list[Path] = []

    def noting(path: Path, data_format: DataFormat) -> Iterator[tuple[Place, Any]]:
        diagnosed.append(path)
        return claims_of(path, data_format)

    monkeypatch.setattr("eventroles.report.check.claims_of", noting)
    sources = [source(tmp_path / "a.jsonl", line("a")), source(tmp_path / "b.jsonl", line("b", 10), line("c"))]
    found = check(sources)
    assert diagnosed == [tmp_path / "b.jsonl"]
    assert list(found.diagnoses) == [str(tmp_path / "b.jsonl")]
    assert found.problems.count("\n") == 0
    assert f"{tmp_path / 'b.jsonl'}:1: events[0].trigger: its text must equal document text[10:13]" in found.problems
    assert {name: [document.id for document in of] for name, of in found.documents.items()} == {
        "a.jsonl": ["a"],
        "b.jsonl": ["c"],
    }


def test_a_file_whose_spans_fit_has_no_diagnosis_whatever_else_is_wrong_with_it(tmp_path: Path) -> None:
    ontology = Ontology(name="tiny", event_types={"Attack": EventType()})
    found = check([source(tmp_path / "a.jsonl", line("a", event_type="Die"))], ontology)
    assert "event type 'Die'" in found.problems
    assert found.diagnoses == {}
    assert "--repair" not in text_of_check(found)


def test_the_text_names_the_cause_and_the_way_to_repair_it(tmp_path: Path) -> None:
    text = text_of_check(check([source(tmp_path / "a.jsonl", line("a", 10), line("b", 10))]))
    assert text.startswith("0 sound document(s) in a.jsonl\n\nProblems, for which documents cannot be used:\n")
    assert "All spans are explained by: 'UTF-16 code units', 'byte-order mark" in text
    assert "A native file is repaired by: eventroles check FILE --repair OUT" in text


def test_a_file_that_no_one_cause_explains_is_not_said_to_be_mendable(tmp_path: Path) -> None:
    text = text_of_check(check([source(tmp_path / "a.jsonl", line("a", 10), line("b", 7))]))
    assert "No one cause explains all spans" in text
    assert "--repair" not in text


def test_sources_are_named_without_the_folders_that_all_share(tmp_path: Path) -> None:
    sources = [
        source(tmp_path / "x" / "train.jsonl", line("a"), line("b")),
        source(tmp_path / "y" / "train.jsonl", line("c")),
    ]
    assert text_of_check(check(sources)).startswith("3 sound document(s) in x/train.jsonl, y/train.jsonl: 2, 1\n")
    assert list(check(sources[:1]).documents) == ["train.jsonl"]
    splits = [source(tmp_path / f"{name}.jsonl", name=name) for name in ("train", "dev")]
    assert list(check(splits).documents) == ["train", "dev"]


def test_a_file_that_is_given_twice_is_counted_twice_and_its_problems_are_told_once(tmp_path: Path) -> None:
    twice = [source(tmp_path / "a.jsonl", line("a"), line("b", 10))] * 2
    found = check(twice)
    assert [document.id for document in found.documents["a.jsonl"]] == ["a", "a"]
    assert found.problems.count("its text must equal") == 1
    assert [leak.document for leak in found.leaks] == ["a"]


def test_a_file_of_another_format_is_diagnosed_where_it_gives_words(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Rebels\r\nhit Goma", encoding="utf-8", newline="")
    (tmp_path / "a.ann").write_text("T1\tAttack 7 10\thit\nT2\tPlace 11 15\tGoma\n", encoding="utf-8")
    found = check([Source(name="brat", files=[(tmp_path, DataFormat.BRAT)])])
    assert list(found.diagnoses) == [str(tmp_path)]
    assert "'CRLF counted as one character'" in text_of_check(found)


@pytest.mark.parametrize("data_format", [DataFormat.NATIVE, DataFormat.LABELSTUDIO, DataFormat.BRAT])
def test_a_file_that_is_not_there_is_a_problem_like_others(tmp_path: Path, data_format: DataFormat) -> None:
    path = tmp_path / "gone.ann"
    found = check([Source(name=str(path), files=[(path, data_format)]), source(tmp_path / "a.jsonl", line("a"))])
    assert f"{path}: must be a" in found.problems
    assert (found.diagnoses, len(found.documents["a.jsonl"])) == ({}, 1)


def test_a_file_of_a_format_without_words_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "hit", "label": [[0, 4, "Attack"]]}), encoding="utf-8")
    found = check([Source(name="doccano", files=[(path, DataFormat.DOCCANO)])])
    assert "must have 0 <= start < end <= 3" in found.problems
    assert found.diagnoses == {}
