"""What a file says of its spans reaches the offset doctor, from every format that says it; odd files do no harm."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from eventroles.errors import DataError
from eventroles.formats.claims import claims_of, has_claims
from eventroles.formats.table import FORMATS, DataFormat
from eventroles.offsets import diagnose

TEXT = "\U0001f600 Rebels\r\nshelled Goma"
WORDS = {"Rebels": 2, "shelled": 10, "Goma": 18}
"""Where the words of the text begin, in code points."""
ASKED = (DataFormat.LABELSTUDIO, DataFormat.PRODIGY, DataFormat.BRAT, DataFormat.MUC)
Spans = list[tuple[int, int, str]]


def labelstudio(spans: Spans) -> Any:
    regions = [
        {"id": words, "type": "labels", "value": {"start": start, "end": end, "text": words, "labels": ["Attack"]}}
        for start, end, words in spans
    ]
    return {"id": 1, "data": {"text": TEXT}, "annotations": [{"result": regions}]}


def prodigy(spans: Spans) -> Any:
    found = [{"start": start, "end": end, "text": words, "label": "Attack"} for start, end, words in spans]
    return {"text": TEXT, "tokens": found[:1], "spans": found[1:]}


def muc(spans: Spans) -> Any:
    roles = {"Target": [[[words, start], "Goma"] for start, _, words in spans]}
    return {"docid": "a", "doctext": TEXT, "templates": [{"incident_type": "attack", **roles}]}


def written(folder: Path, data_format: DataFormat, spans: Spans) -> Path:
    if data_format is DataFormat.BRAT:
        lines = [f"T{number}\tAttack {start} {end}\t{words}\n" for number, (start, end, words) in enumerate(spans, 1)]
        (folder / "a.txt").write_text(TEXT, encoding="utf-8", newline="")
        (folder / "a.ann").write_text("".join(lines), encoding="utf-8")
        return folder
    values = {DataFormat.LABELSTUDIO: labelstudio, DataFormat.PRODIGY: prodigy, DataFormat.MUC: muc}
    path = folder / "a.json"
    path.write_text(json.dumps(values[data_format](spans)), encoding="utf-8")
    return path


def shifted(shift: int) -> Spans:
    return [(start + shift, start + len(words) + shift, words) for words, start in WORDS.items()]


@pytest.mark.parametrize("data_format", ASKED)
def test_what_a_file_says_of_its_spans_is_diagnosed(tmp_path: Path, data_format: DataFormat) -> None:
    path = written(tmp_path, data_format, shifted(-2))
    with pytest.raises(DataError, match=r"a\.(?:json|ann):1"):
        list(FORMATS[data_format].read(path, None))
    diagnosis = diagnose(claims_of(path, data_format))
    assert (diagnosis.n_documents, diagnosis.n_spans, diagnosis.n_fitting) == (1, 3, 0)
    assert diagnosis.cause is not None
    assert diagnosis.cause.name == "all offsets off by -2"


@pytest.mark.parametrize("data_format", ASKED)
def test_a_file_that_its_reader_finds_sound_is_sound_for_the_doctor_too(
    tmp_path: Path, data_format: DataFormat
) -> None:
    spans = shifted(0)
    if data_format in {DataFormat.LABELSTUDIO, DataFormat.BRAT}:
        spans.append((2, 17, "Rebels  shelled"))  # tools write spaces for the end of a line
    path = written(tmp_path, data_format, spans)
    [document] = FORMATS[data_format].read(path, None)
    assert document.text == TEXT
    diagnosis = diagnose(claims_of(path, data_format))
    assert (diagnosis.is_sound, diagnosis.n_spans) == (True, len(spans))


@pytest.mark.parametrize("data_format", [*ASKED, DataFormat.NATIVE])
@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        [],
        {},
        {"text": 1},
        {"text": "a", "tokens": 3, "spans": [None, {"start": 0}, {"start": "0", "end": 1, "text": "a"}]},
        {"doctext": "a", "templates": [3, {"T": [[["a"]]]}], "extracts": {"T": [["a", ["a", None]], 7]}},
        {"data": {"text": "a"}, "annotations": [3, {"result": [4, {"value": 5}]}], "predictions": {}},
    ],
)
def test_what_is_malformed_is_passed_over(tmp_path: Path, data_format: DataFormat, value: object) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    assert diagnose(claims_of(path, data_format)).n_spans == 0


def test_a_folder_of_brat_gives_what_can_be_read_and_follows_no_link(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "in"
    outside.mkdir()
    folder.mkdir()
    written(outside, DataFormat.BRAT, shifted(-2))
    (folder / "b.ann").write_text("T1\tAttack 0 2;3 4\tab c\nT2\tAttack 1 2\tb\nE1\tAttack:T2\nnothing\n")
    (folder / "b.txt").write_text("abcd")
    (folder / "c.ann").write_bytes(b"\xff")
    (folder / "d.ann").mkdir()
    (folder / "e.ann").symlink_to(outside / "a.ann")
    (folder / "b-2.ann").write_text("T1\tAttack 0 1\ta\n")
    (folder / "b-2.txt").symlink_to(outside / "a.txt")
    claims = {Path(place.where).name: record for place, record in claims_of(folder, DataFormat.BRAT)}
    assert claims == {
        "b-2.ann": {"text": "", "events": [{"trigger": {"start": 0, "end": 1, "text": "a"}}]},
        "b.ann": {"text": "abcd", "events": [{"trigger": {"start": 1, "end": 2, "text": "b"}}]},
        "c.ann": {"text": "", "events": []},
    }


def test_few_words_for_long_parts_of_a_text_take_little_time(tmp_path: Path) -> None:
    text = "a " * 500_000
    regions = [{"value": {"start": number, "end": len(text), "text": "a"}} for number in range(5_000)]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"data": {"text": text}, "annotations": [{"result": regions}]}), encoding="utf-8")
    begin = time.process_time()
    [(_, record)] = claims_of(path, DataFormat.LABELSTUDIO)
    assert len(record["events"]) == 5_000
    assert time.process_time() - begin < 5  # each compared in full, it would take a minute


def test_formats_without_words_or_characters_have_no_claims() -> None:
    assert {data_format for data_format in DataFormat if has_claims(data_format)} == {*ASKED, DataFormat.NATIVE}
