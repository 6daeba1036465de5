"""The offset doctor: one cause is named and undone exactly; anything else is refused."""

import json
import unicodedata
from collections.abc import Callable, Sequence
from copy import deepcopy
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from eventroles.counting import Cause
from eventroles.errors import DataError, Problems
from eventroles.formats.native import read_documents
from eventroles.offsets import Diagnosis, diagnose, repair, repaired, text_of_diagnosis

Record = dict[str, Any]
Move = Callable[[str, int, int], tuple[int, int]]


def counted(length: Callable[[str], int]) -> Move:
    """Count both ends by the length of what stands before them."""
    return lambda text, start, end: (length(text[:start]), length(text[:end]))


def off_by(shift: int) -> Move:
    return lambda _, start, end: (start + shift, end + shift)


def stripped(text: str, start: int, end: int) -> tuple[int, int]:
    n_left_out = len(text) - len(text.lstrip())
    return start - n_left_out, end - n_left_out


def without_mark(text: str, start: int, end: int) -> tuple[int, int]:
    return (start - 1, end - 1) if text.startswith("\ufeff") else (start, end)


WAYS: dict[str, Move] = {
    "UTF-16 code units": counted(lambda part: len(part.encode("utf-16-le", "surrogatepass")) // 2),
    "UTF-8 bytes": counted(lambda part: len(part.encode("utf-8", "surrogatepass"))),
    "CRLF counted as one character": counted(lambda part: len(part) - part.count("\r\n")),
    "LF counted as CRLF": counted(lambda part: len(part) + part.count("\n") - part.count("\r\n")),
    "byte-order mark not counted": without_mark,
    "inclusive end": lambda _, start, end: (start, end - 1),
    "counted from 1, inclusive end": lambda _, start, end: (start + 1, end),
    "graphemes": counted(lambda part: len(regex.findall(r"\X", part))),
    "white space at the edges not counted": stripped,
    "text counted in NFC": counted(lambda part: len(unicodedata.normalize("NFC", part))),
    "text counted in NFD": counted(lambda part: len(unicodedata.normalize("NFD", part))),
    "all offsets off by +1": off_by(1),
    "all offsets off by -3": off_by(-3),
    "all offsets off by +437": off_by(437),
}
each_way = pytest.mark.parametrize("name", WAYS)


def span(text: str, surface: str) -> Record:
    start = text.index(surface)
    return {"start": start, "end": start + len(surface), "text": surface}


def record(id_: str, text: str, trigger: str, *arguments: str) -> Record:
    """Make a record with one event; its regions are the whole text and the trigger."""
    found = [{"role": "Target", **span(text, surface), "score": 0.5} for surface in arguments]
    trigger_span = span(text, trigger)
    event = {"id": "E1", "type": "Attack", "trigger": trigger_span, "arguments": found}
    regions = [[trigger_span["start"], len(text.rstrip())], [trigger_span["start"], trigger_span["end"]]]
    return {"id": id_, "text": text, "meta": {"n": [1]}, "annotated": {"char_spans": regions}, "events": [event]}


def corpus() -> list[Record]:
    return [
        record("ascii", "Rebels attacked the old town.", "attacked", "Rebels", "the old town"),
        record(
            "emoji",
            "Boom \U0001f4a5\U0001f4a5! Rebels hit \U0001f468\u200d\U0001f469\u200d\U0001f467 Goma.",
            "hit",
            "Goma",
            "\U0001f4a5!",
        ),
        record("marks", "Cafe\u0301 Zu\u0308rich bombed, São Tomé too", "bombed", "Zu\u0308rich", "Tomé", "too"),
        record("lines", "One\r\n\r\ntwo\nraid on\r\nthree", "raid", "on\r\nthree", "three"),
        record("mark", "\ufeffTroops fired", "fired", "Troops"),
        record("edges", " \n\tShells fell on Aleppo \n", "fell", "Aleppo", "Shells"),
        {"id": "none", "text": "", "events": []},
        {"id": "document-level", "text": "Kyiv", "events": [{"type": "Attack", "trigger": None}]},
    ]


def moved(record_: Record, move: Move) -> Record:
    """Break a record."""
    broken = deepcopy(record_)
    for event in broken["events"]:
        for value in filter(None, [event["trigger"], *event.get("arguments", [])]):
            value["start"], value["end"] = move(broken["text"], value["start"], value["end"])
    regions = broken.get("annotated", {}).get("char_spans", [])
    regions[:] = [list(move(broken["text"], *region)) for region in regions]
    return broken


def write(path: Path, records: Sequence[object]) -> Path:
    path.write_text("".join(f"{json.dumps(value)}\n" for value in records), encoding="utf-8")
    return path


def read(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def diagnosis_of(records: Sequence[object]) -> Diagnosis:
    problems = Problems()
    return diagnose((problems.at(f"f.jsonl:{line}"), value) for line, value in enumerate(records, start=1))


def names(diagnosis: Diagnosis) -> list[str]:
    return [cause.name for cause in diagnosis.causes]


def explained(diagnosis: Diagnosis) -> dict[str, tuple[int, int]]:
    return {finding.cause.name: (finding.n_explained, finding.n_broken_explained) for finding in diagnosis.findings}


@each_way
def test_a_file_broken_in_one_way_is_named_and_repaired_to_the_original(tmp_path: Path, name: str) -> None:
    source = write(tmp_path / "broken.jsonl", [moved(value, WAYS[name]) for value in corpus()])
    diagnosis = repair(source, tmp_path / "whole.jsonl")
    assert names(diagnosis) == [name]
    assert (diagnosis.n_documents, diagnosis.n_spans, diagnosis.n_unreadable) == (8, 30, 0)
    assert read(tmp_path / "whole.jsonl") == corpus()
    assert len(list(read_documents(tmp_path / "whole.jsonl"))) == 8
    assert repair(tmp_path / "whole.jsonl", tmp_path / "again.jsonl").is_sound


def test_a_sound_file_has_nothing_to_repair(tmp_path: Path) -> None:
    diagnosis = repair(write(tmp_path / "a.jsonl", corpus()), tmp_path / "b.jsonl")
    assert (diagnosis.is_sound, diagnosis.causes, diagnosis.cause) == (True, (), None)
    assert text_of_diagnosis(diagnosis).splitlines() == [
        "Documents: 8. Spans: 30; 0 do not fit as they are.",
        "Nothing to repair.",
    ]
    assert not (tmp_path / "b.jsonl").exists()


def test_a_file_may_be_repaired_in_place_and_be_an_array_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([moved(value, off_by(2)) for value in corpus()]), encoding="utf-8-sig")
    repair(path, path)
    assert read(path) == corpus()


def test_a_counted_byte_order_mark_is_also_a_constant_and_both_agree(tmp_path: Path) -> None:
    texts = [value for value in corpus() if value["id"] != "mark"]
    diagnosis = repair(write(tmp_path / "a.jsonl", [moved(value, off_by(1)) for value in texts]), tmp_path / "b.jsonl")
    assert names(diagnosis) == ["byte-order mark counted that is not there", "all offsets off by +1"]
    assert not diagnosis.is_ambiguous
    assert read(tmp_path / "b.jsonl") == texts


def test_a_byte_order_mark_counted_twice_is_not_taken_for_one_counted(tmp_path: Path) -> None:
    def with_mark(text: str, start: int, end: int) -> tuple[int, int]:
        return (start, end) if text.startswith("\ufeff") else (start + 1, end + 1)

    diagnosis = repair(
        write(tmp_path / "a.jsonl", [moved(value, with_mark) for value in corpus()]), tmp_path / "b.jsonl"
    )
    assert names(diagnosis) == ["byte-order mark counted that is not there"]
    assert read(tmp_path / "b.jsonl") == corpus()


def test_causes_that_agree_are_all_named_and_undone(tmp_path: Path) -> None:
    # U+1F4A5 is two UTF-16 units; on this text NFC, NFD, graphemes and lines come to nothing.
    value = record("d", "\U0001f4a5 Rebels hit Goma\r\n", "hit", "Goma", "Rebels")
    diagnosis = repair(write(tmp_path / "a.jsonl", [moved(value, off_by(1))]), tmp_path / "b.jsonl")
    assert names(diagnosis) == [
        "UTF-16 code units",
        "byte-order mark counted that is not there",
        "all offsets off by +1",
    ]
    assert read(tmp_path / "b.jsonl") == [value]


def test_causes_that_disagree_are_ambiguous_and_refused(tmp_path: Path) -> None:
    # "ha" stands at 1, 3 and 5: [2, 4) may be off by 1, -1 or -3; UTF-16 and a byte-order mark also give 1.
    value = {"id": "d", "text": "\U0001f600hahaha", "events": [{"trigger": {"start": 2, "end": 4, "text": "ha"}}]}
    diagnosis = diagnosis_of([value])
    assert (diagnosis.is_ambiguous, diagnosis.cause) == (True, None)
    assert set(names(diagnosis)) == {
        "UTF-16 code units",
        "byte-order mark counted that is not there",
        "all offsets off by +1",
        "all offsets off by -1",
        "all offsets off by -3",
    }
    with pytest.raises(DataError, match=r"(?s)a\.jsonl: .*they give different offsets: 'UTF-16 code units', "):
        repair(write(tmp_path / "a.jsonl", [value]), tmp_path / "b.jsonl")
    assert not (tmp_path / "b.jsonl").exists()


@pytest.mark.parametrize(
    ("region", "is_ambiguous", "n_causes"),
    [
        ([3, 6], False, 3),  # both: [2, 5)
        ([3, 10], True, 3),  # UTF-16: [2, 8), as the second emoji is two units; off by one: [2, 9)
        ([3, 12], False, 1),  # UTF-16: [2, 10), to the end of the text; off by one: beyond it
    ],
)
def test_causes_that_differ_only_in_a_region_are_ambiguous(
    region: list[int], is_ambiguous: bool, n_causes: int
) -> None:
    event = {"trigger": {"start": 3, "end": 6, "text": "hit"}}
    value = {"text": "\U0001f600 hit \U0001f600 ab", "annotated": {"char_spans": [region]}, "events": [event]}
    diagnosis = diagnosis_of([value])
    assert (diagnosis.is_ambiguous, len(diagnosis.causes)) == (is_ambiguous, n_causes)
    assert names(diagnosis)[0] == "UTF-16 code units"


@pytest.mark.parametrize(("first", "second"), [*combinations(WAYS, 2)])
def test_documents_broken_in_two_ways_are_refused(tmp_path: Path, first: str, second: str) -> None:
    records = [moved(value, way) for value in corpus() for way in (WAYS[first], WAYS[second])]
    with pytest.raises(DataError, match=r"(?s)a\.jsonl: .*broken in two ways at once.*UTF-8 bytes +\d+ / 60"):
        repair(write(tmp_path / "a.jsonl", records), tmp_path / "b.jsonl")
    assert not (tmp_path / "b.jsonl").exists()


COUNTED_ON = ("all offsets off by +1", "all offsets off by -3", "inclusive end", "counted from 1, inclusive end")
"""Ways that can break offsets which are broken already."""
ONE_AND_THE_SAME = {
    ("byte-order mark not counted", "all offsets off by +1"): "byte-order mark counted that is not there",
    ("all offsets off by +1", "inclusive end"): "counted from 1, inclusive end",
    ("inclusive end", "all offsets off by +1"): "counted from 1, inclusive end",
    ("all offsets off by +1", "all offsets off by +1"): "all offsets off by +2",
    ("all offsets off by +1", "all offsets off by -3"): "all offsets off by -2",
    ("all offsets off by -3", "all offsets off by +1"): "all offsets off by -2",
    ("all offsets off by -3", "all offsets off by -3"): "all offsets off by -6",
    ("all offsets off by +437", "all offsets off by +1"): "all offsets off by +438",
    ("all offsets off by +437", "all offsets off by -3"): "all offsets off by +434",
}
"""Two ways that come to one, which is undone."""


def broken_twice(first: str, second: str) -> list[Record]:
    def both(text: str, start: int, end: int) -> tuple[int, int]:
        return WAYS[second](text, *WAYS[first](text, start, end))

    return [moved(value, both) for value in corpus()]


@pytest.mark.parametrize(
    ("first", "second"), [pair for pair in product(WAYS, COUNTED_ON) if pair not in ONE_AND_THE_SAME]
)
def test_a_text_broken_in_two_ways_is_refused(tmp_path: Path, first: str, second: str) -> None:
    with pytest.raises(DataError, match=r"(?s)a\.jsonl: .*broken in two ways at once"):
        repair(write(tmp_path / "a.jsonl", broken_twice(first, second)), tmp_path / "b.jsonl")
    assert not (tmp_path / "b.jsonl").exists()


@pytest.mark.parametrize(("first", "second"), ONE_AND_THE_SAME)
def test_two_ways_that_come_to_one_are_undone(tmp_path: Path, first: str, second: str) -> None:
    diagnosis = repair(write(tmp_path / "a.jsonl", broken_twice(first, second)), tmp_path / "b.jsonl")
    assert names(diagnosis) == [ONE_AND_THE_SAME[first, second]]
    assert read(tmp_path / "b.jsonl") == corpus()


KEEP_LENGTH = [name for name in WAYS if "inclusive" not in name]


def decoys(name: str) -> list[Record]:
    """Make records in which a span that is broken in one way does not fit, but every other way would make it fit."""
    found = []
    for start in ("\ufeff", " \n"):
        text = f"{start}\U0001f4a5 \u00e9 e\u0301\r\n\n{'a' * 1200}"
        at = len(text) - 600
        hole = WAYS[name](text, at, at + 1)[0]
        if hole != at:
            trigger = {"start": at, "end": at + 1, "text": "a"}
            text = f"{text[:hole]}-{text[hole + 1 :]}"
            found.append({"text": text, "events": [{"trigger": trigger}]})
    return found


@pytest.mark.parametrize("name", KEEP_LENGTH)
def test_a_cause_is_found_though_others_explain_some_spans_too(tmp_path: Path, name: str) -> None:
    one_start_only = {"byte-order mark not counted", "white space at the edges not counted"}
    originals = [*decoys(name), *corpus()]
    broken = [moved(value, WAYS[name]) for value in originals]
    alone = diagnosis_of(broken[: len(decoys(name))])
    assert alone.n_broken == (1 if name in one_start_only else 2)
    others = {way for way in KEEP_LENGTH if "all offsets" not in way} - (
        one_start_only if name in one_start_only else set()
    )
    assert {way for way, (_, n_explained) in explained(alone).items() if n_explained} >= others
    assert names(repair(write(tmp_path / "a.jsonl", broken), tmp_path / "b.jsonl")) == [name]
    assert read(tmp_path / "b.jsonl") == originals


@pytest.mark.parametrize(
    ("name", "text", "start", "others"),
    [
        # "aa" at 1 is [1, 2], which may be [0, 2) counted from 1.
        ("inclusive end", "aaaa", 1, {"counted from 1, inclusive end"}),
        ("counted from 1, inclusive end", "aaaa", 1, {"inclusive end"}),
        # One letter with a mark is one grapheme, and one character in NFC.
        ("inclusive end", "e\u0301 ", 0, {"graphemes", "text counted in NFC"}),
        ("inclusive end", "\r\n", 0, {"graphemes", "CRLF counted as one character"}),
    ],
)
def test_an_end_that_is_too_low_is_found_though_others_explain_some_spans_too(
    tmp_path: Path, name: str, text: str, start: int, others: set[str]
) -> None:
    trigger = {"start": start, "end": start + 2, "text": text[start : start + 2]}
    originals = [{"text": text, "events": [{"trigger": trigger}]}, *corpus()]
    broken = [moved(value, WAYS[name]) for value in originals]
    alone = diagnosis_of(broken[:1])
    assert alone.n_broken == 1
    assert {*names(alone)} == {name, *others}
    assert names(repair(write(tmp_path / "a.jsonl", broken), tmp_path / "b.jsonl")) == [name]
    assert read(tmp_path / "b.jsonl") == originals


def test_spans_are_counted_for_every_cause() -> None:
    text = "\U0001f600 Rebels hit"
    spans = [{"start": 0, "end": 1, "text": "\U0001f600"}, {"start": 3, "end": 9, "text": "Rebels"}]
    diagnosis = diagnosis_of([{"text": text, "events": [{"trigger": None, "arguments": spans}]}])
    assert (diagnosis.n_spans, diagnosis.n_fitting, diagnosis.n_broken) == (2, 1, 1)
    assert explained(diagnosis) == {
        "UTF-16 code units": (1, 1),  # where the emoji alone would be [0, 2)
        "UTF-8 bytes": (0, 0),  # "Rebels" would be [5, 11)
        "CRLF counted as one character": (1, 0),
        "LF counted as CRLF": (1, 0),
        "byte-order mark counted that is not there": (1, 1),
        "byte-order mark not counted": (1, 0),
        "inclusive end": (0, 0),
        "counted from 1, inclusive end": (0, 0),
        "graphemes": (1, 0),
        "white space at the edges not counted": (1, 0),
        "text counted in NFC": (1, 0),
        "text counted in NFD": (1, 0),
        "all offsets off by +1": (1, 1),
    }


def test_a_diagnosis_shows_spans_before_and_after() -> None:
    text = "Rebels hit Goma. Rebels left."
    words = [(1, 7, "Rebels"), (8, 11, "hit"), (12, 16, "Goma"), (18, 24, "Rebels"), (25, 29, "left"), (29, 30, ".")]
    arguments = [{"start": start, "end": end, "text": surface} for start, end, surface in words]
    lines = text_of_diagnosis(diagnosis_of([{"text": text, "events": [{"arguments": arguments}]}])).splitlines()
    assert (
        lines[1] == "All spans are explained by: 'byte-order mark counted that is not there', 'all offsets off by +1'."
    )
    assert lines[3].split() == ["cause", "explains", "of", "the", "broken"]
    assert lines[4].split()[-6:] == ["6", "/", "6", "6", "/", "6"]
    examples = lines[lines.index("Undoing 'byte-order mark counted that is not there':") + 1 :]
    assert len(examples) == 5
    assert examples[0] == "f.jsonl:1: events[0].arguments[0]: \"Rebels\": [1, 7) 'ebels ' -> [0, 6) 'Rebels'"


@pytest.mark.parametrize(
    ("text", "start", "end", "surface", "name", "after"),
    [
        ("Zu\u0308rich burns", 0, 6, "Z\u00fcrich", "text counted in NFC", (0, 7)),
        ("Z\u00fcrich burns", 0, 7, "Zu\u0308rich", "text counted in NFD", (0, 6)),
        ("\r\nold\r\ntown", 1, 9, "old\ntown", "CRLF counted as one character", (2, 11)),
        ("\nold\ntown", 2, 11, "old\r\ntown", "LF counted as CRLF", (1, 9)),
    ],
)
def test_a_text_cut_from_the_text_as_counted_is_replaced(
    text: str, start: int, end: int, surface: str, name: str, after: tuple[int, int]
) -> None:
    broken = {"text": text, "events": [{"trigger": {"start": start, "end": end, "text": surface}}]}
    diagnosis = diagnosis_of([broken])
    assert names(diagnosis) == [name]
    cut = text[after[0] : after[1]]
    [event] = repaired(broken, diagnosis.causes[0])["events"]
    assert event["trigger"] == {"start": after[0], "end": after[1], "text": cut}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([], r"record: must be a JSON object, but is \[\]"),
        ({"events": []}, "text: must be given, of type str, but is null"),
        ({"text": "a", "events": {}}, r"events: must be given, of type list, but is \{\}"),
        ({"text": "a", "events": ["x"]}, r'events\[0\]: must be a JSON object, but is "x"'),
        ({"text": "a", "events": [{"trigger": 7}]}, r"events\[0\]\.trigger: must be a JSON object, but is 7"),
        ({"text": "a", "events": [{"arguments": [{}]}]}, r"events\[0\]\.arguments\[0\]\.start: must be given"),
        (
            {"text": "a", "events": [{"trigger": {"start": 0, "end": True, "text": "a"}}]},
            r"trigger\.end: must be given, of type int, but is true",
        ),
        ({"text": "a", "events": [{"trigger": {"start": 0, "end": 1}}]}, r"trigger\.text: must be given"),
        ({"text": "a", "annotated": []}, r"annotated: must be a JSON object, but is \[\]"),
        ({"text": "a", "annotated": {"char_spans": [[0]]}}, r"annotated\.char_spans\[0\]: must be a pair"),
        ({"text": "a", "annotated": {"char_spans": [[0, 1.0]]}}, r"annotated\.char_spans\[0\]: must be a pair"),
    ],
)
def test_a_malformed_record_is_counted_and_refused(tmp_path: Path, value: object, found: str) -> None:
    records = [*(moved(value, off_by(1)) for value in corpus()), value, value]
    diagnosis = diagnosis_of(records)
    assert (diagnosis.n_documents, diagnosis.n_unreadable, diagnosis.cause) == (10, 2, None)
    assert diagnosis.first_unreadable.startswith("f.jsonl:9: ")
    assert diagnosis.first_unreadable in text_of_diagnosis(diagnosis)
    with pytest.raises(DataError, match=rf"^.*a\.jsonl:9: .*{found}"):
        repair(write(tmp_path / "a.jsonl", records), tmp_path / "b.jsonl")


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", corpus())
    path.write_bytes(path.read_bytes() + b'{"text": \n')
    with pytest.raises(DataError, match=r"a\.jsonl:9: must be one whole JSON object"):
        repair(path, tmp_path / "b.jsonl")
    with pytest.raises(DataError, match=r"none\.jsonl: must be a readable file"):
        repair(tmp_path / "none.jsonl", tmp_path / "b.jsonl")


@pytest.mark.parametrize(
    ("start", "end", "surface"),
    [
        (10**30, 10**30 + 1, "a"),
        (-(10**30), 1 - 10**30, "a"),
        (1, 0, "a"),
        (0, 0, ""),
        (0, 100, "a\ud800"),
        (5, 6, "q"),
    ],
)
def test_a_span_that_nothing_explains_is_refused(tmp_path: Path, start: int, end: int, surface: str) -> None:
    value = {"text": "a\ud800", "events": [{"trigger": {"start": start, "end": end, "text": surface}}]}
    with pytest.raises(DataError, match=r"(?s)a\.jsonl: .*No one cause explains all spans"):
        repair(write(tmp_path / "a.jsonl", [value]), tmp_path / "b.jsonl")


def test_a_lone_surrogate_survives(tmp_path: Path) -> None:
    value = record("d", "\ud800 Rebels hit Goma", "hit", "Goma", "\ud800 Rebels")
    repair(write(tmp_path / "a.jsonl", [moved(value, off_by(4))]), tmp_path / "b.jsonl")
    assert read(tmp_path / "b.jsonl") == [value]


def test_a_record_that_a_cause_does_not_explain_is_not_repaired() -> None:
    value = record("d", "Rebels hit Goma", "hit")
    before = deepcopy(value)
    with pytest.raises(
        DataError, match=r"events\[0\]\.trigger: must fit when 'inclusive end' is undone, but .*\"hit\""
    ):
        repaired(value, Cause(name="inclusive end", n_missing=1))
    assert value == before


def test_constants_beyond_the_limit_are_not_looked_for() -> None:
    value = record("d", f"Rebels hit Goma {'x' * 2000}", "hit", "Goma", "Rebels")
    assert names(diagnosis_of([moved(value, off_by(1000))])) == ["all offsets off by +1000"]
    assert names(diagnosis_of([moved(value, off_by(-1000))])) == ["all offsets off by -1000"]
    assert names(diagnosis_of([moved(value, off_by(1001))])) == []


def test_flags_are_counted_by_two_and_a_long_run_of_them_in_linear_time() -> None:
    text = "\u0600\U0001f1fa\U0001f1f8\u0301" + "\U0001f1fa" * 20_001 + " hit Goma"
    # One grapheme of four characters, 10 000 of two, a last flag and a space: "hit" at 10 003.
    event = {"trigger": {"start": 10_003, "end": 10_006, "text": "hit"}}
    value = {"text": text, "events": [event, {"trigger": {"start": 0, "end": 1, "text": text[:4]}}]}
    assert names(diagnosis_of([value])) == ["graphemes"]


ALPHABET = (
    "ab \n\u00e9\u0301\u1100\u1161\uac00\u11a8\u0628\u0600\U0001f600\U0001f468\u200d\ufe0f\U0001f1fa\u1f82\u0958\u0344"
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Make a record whose spans begin and end between graphemes of the text, inside its white space."""
    text = "".join(draw(st.lists(st.sampled_from([*ALPHABET, "\r\n", "\ufeff"]), max_size=20)))
    edges = [match.start() for match in regex.finditer(r"\X", text)] + [len(text)]
    inside = [edge for edge in edges if len(text) - len(text.lstrip("\ufeff")) <= edge]
    bounds = st.lists(st.sampled_from(inside or [0]), min_size=2, max_size=2, unique=True).map(sorted)
    pairs = draw(st.lists(bounds, max_size=6)) if len(inside) > 1 else []
    arguments = [{"role": "R", "start": start, "end": end, "text": text[start:end]} for start, end in pairs[1:]]
    event = {"id": "E", "type": "T", "trigger": None, "arguments": arguments}
    return {"id": "d", "text": text, "annotated": {"char_spans": pairs[:1]}, "events": [event]}


@each_way
@given(drawn=st.lists(records(), max_size=4))
def test_random_records_broken_in_one_way_come_back(name: str, drawn: list[Record]) -> None:
    """The hand-made corpus stands with them, so that there is only one cause."""
    originals = [*drawn, *corpus()]
    broken = [moved(value, WAYS[name]) for value in originals]
    diagnosis = diagnosis_of(broken)
    assert names(diagnosis) == [name]
    assert diagnosis.cause is not None
    assert [repaired(value, diagnosis.cause) for value in broken] == originals
