"""The native format: every span is checked, every problem has a line, and what is written reads back."""

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from eventroles.documents import Argument, Coverage, Document, Event, ReadReceipt
from eventroles.errors import DataError
from eventroles.formats.native import (
    document_from_record,
    line_of_document,
    parse_lines,
    read_documents,
    write_documents,
)
from eventroles.formats.records import record_of
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

TEXT = "U.S. forces struck Goma."
RECORD: dict[str, Any] = {
    "id": "d1",
    "text": TEXT,
    "meta": {"date": "2019-12-31"},
    "events": [
        {
            "id": "E1",
            "type": "Attack",
            "trigger": {"start": 12, "end": 18, "text": "struck"},
            "arguments": [
                {"role": "Attacker", "start": 0, "end": 11, "text": "U.S. forces"},
                {"role": "Place", "start": 19, "end": 23, "text": "Goma", "score": 0.5},
            ],
            "score": 0.25,
        }
    ],
}
DOCUMENT = Document(
    id="d1",
    text=TEXT,
    meta={"date": "2019-12-31"},
    events=(
        Event(
            id="E1",
            event_type="Attack",
            trigger=Span(12, 18),
            arguments=(
                Argument(role="Attacker", char_span=Span(0, 11)),
                Argument(role="Place", char_span=Span(19, 23), score=0.5),
            ),
            score=0.25,
        ),
    ),
)
ONTOLOGY = Ontology(
    name="tiny", event_types={"Attack": EventType(roles={"Attacker": Role(), "Place": Role()}), "Bare": EventType()}
)


def lines_of(*records: object) -> list[bytes]:
    return [json.dumps(record).encode() + b"\n" for record in records]


def parsed(lines: list[bytes], ontology: Ontology | None = None) -> tuple[list[Document], list[str]]:
    """Read all lines; the documents that came out, and the lines of the error at the end."""
    documents: list[Document] = []
    try:
        for document in parse_lines(lines, "f.jsonl", ontology):
            documents.append(document)
    except DataError as error:
        return documents, str(error).split("\n")
    return documents, []


def complaints(record: object) -> list[str]:
    documents, problems = parsed(lines_of(record))
    assert documents == []
    return problems


def with_event(**values: object) -> dict[str, Any]:
    return {"id": "d", "text": "abc def", "events": [{"type": "Attack", **values}]}


def with_trigger(text: str, start: object, end: object, found: object) -> dict[str, Any]:
    trigger = {"start": start, "end": end, "text": found}
    return {"id": "d", "text": text, "events": [{"type": "Attack", "trigger": trigger}]}


def test_a_record_becomes_the_document_and_the_document_the_record() -> None:
    assert document_from_record(RECORD) == DOCUMENT
    assert record_of(DOCUMENT) == RECORD


def test_only_id_and_text_must_be_given() -> None:
    assert document_from_record({"id": "d", "text": ""}) == Document(id="d", text="")


def test_null_stands_for_no_trigger_and_no_score() -> None:
    (event,) = document_from_record(with_event(trigger=None, score=None)).events
    assert event == Event(id=event.id, event_type="Attack", trigger=None, arguments=(), score=None)


def test_events_without_id_get_different_ones() -> None:
    document = document_from_record({"id": "d", "text": "", "events": [{"type": "T"}, {"type": "T"}]})
    first, second = document.events
    assert first.id != second.id


def test_one_span_may_play_two_roles_and_overlap_others() -> None:
    spans = [("A", 0, 3), ("B", 0, 3), ("A", 1, 7), ("A", 0, 3)]
    arguments = [{"role": role, "start": start, "end": end, "text": "abc def"[start:end]} for role, start, end in spans]
    (event,) = document_from_record(with_event(arguments=arguments)).events
    assert [(a.role, a.char_span) for a in event.arguments] == [(role, Span(start, end)) for role, start, end in spans]


def test_partial_annotation_is_read() -> None:
    record = {"id": "d", "text": "abcdef", "annotated": {"event_types": ["A", "B"], "char_spans": [[0, 2], [4, 6]]}}
    expected = Coverage(event_types=frozenset({"A", "B"}), char_spans=(Span(0, 2), Span(4, 6)))
    assert document_from_record(record).coverage == expected
    assert record_of(document_from_record(record))["annotated"] == record["annotated"]


@pytest.mark.parametrize("annotated", [{"event_types": []}, {"char_spans": []}, {"event_types": ["B", "A"]}])
def test_half_given_and_empty_coverage_survive(annotated: dict[str, Any]) -> None:
    document = document_from_record({"id": "d", "text": "x", "annotated": annotated})
    assert document.coverage != Coverage()
    assert document_from_record(record_of(document)) == document


def test_the_span_of_a_whole_text_is_in_bounds() -> None:
    (event,) = document_from_record(with_trigger("struck", 0, 6, "struck")).events
    assert event.trigger == Span(0, 6)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"\xff{}", "must be UTF-8, but byte 0 is 0xff. Convert the file."),
        (b'{"id": "\xe9"}', "must be UTF-8, but byte 8 is 0xe9. Convert the file."),
        (b'{"id": "d"', "must be one whole JSON object, but: Expecting ',' delimiter"),
        (b'{"id": "d"} x', "must be one whole JSON object, but: Extra data"),
        (b"[1, 2]", "must be a JSON object, but is [1, 2]. Correct it."),
        (b'"text"', 'must be a JSON object, but is "text".'),
        (b"[" + b"1," * 100 + b"1]", "must be a JSON object, but is [1, 1, 1,"),
        (b"[" * 100_000, "must be one whole JSON object, but: maximum recursion depth"),
    ],
)
def test_a_line_that_is_no_json_object_is_refused(line: bytes, found: str) -> None:
    documents, (problem,) = parsed([line])
    assert documents == []
    assert problem.startswith(f"f.jsonl:1: {found}")
    assert len(problem) < 200


def test_a_number_with_too_many_digits_is_refused_at_its_line() -> None:
    assert parsed([b'{"id": "d", "text": "", "meta": {"n": ' + b"1" * 5000 + b"}}"])[1][0].startswith(
        "f.jsonl:1: must be "
    )


def test_nesting_up_to_the_recursion_limit_is_refused_at_its_line() -> None:
    for depth in range(sys.getrecursionlimit() - 300, sys.getrecursionlimit()):
        nested = b"[" * depth + b"]" * depth
        for line in (nested, b'{"text": "", "id": ' + nested + b"}"):
            documents, problems = parsed([line])
            assert documents == []
            assert problems[0].startswith("f.jsonl:1: ")


def test_blank_lines_are_passed_over_but_counted() -> None:
    documents, problems = parsed([b"\n", b" \t\r\n", *lines_of({"id": "d", "text": ""}, 7)])
    assert [document.id for document in documents] == ["d"]
    assert problems == ["f.jsonl:4: must be a JSON object, but is 7. Correct it."]


def test_a_byte_order_mark_is_passed_over_in_the_first_line_only() -> None:
    first, second = lines_of({"id": "a", "text": ""}, {"id": "b", "text": ""})
    documents, (problem,) = parsed([b"\xef\xbb\xbf" + first, b"\xef\xbb\xbf" + second])
    assert [document.id for document in documents] == ["a"]
    assert problem.startswith("f.jsonl:2: must be one whole JSON object, but: Unexpected UTF-8 BOM")


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({"text": ""}, "id: must be given, but is missing. Add it."),
        ({"id": "d"}, "text: must be given, but is missing. Add it."),
        ({"id": 7, "text": ""}, "id: must be text, but is 7. Correct it."),
        ({"id": "d", "text": None}, "text: must be text, but is null. Correct it."),
        ({"id": "d", "text": "", "events": {}}, "events: must be a list, but is {}. Correct it."),
        ({"id": "d", "text": "", "events": None}, "events: must be a list, but is null. Correct it."),
        ({"id": "d", "text": "", "meta": []}, "meta: must be a mapping, but is []. Correct it."),
        ({"id": "d", "text": "", "annotated": []}, "annotated: must be a JSON object, but is []. Correct it."),
        ({"id": "d", "text": "", "events": [7]}, "events[0]: must be a JSON object, but is 7. Correct it."),
        (with_event(trigger=7), "events[0].trigger: must be a JSON object, but is 7. Correct it."),
        (with_event(arguments={}), "events[0].arguments: must be a list, but is {}. Correct it."),
        (with_event(arguments=[7]), "events[0].arguments[0]: must be a JSON object, but is 7. Correct it."),
        (with_event(id=7), "events[0].id: must be text, but is 7. Correct it."),
        (with_event(type=7), "events[0].type: must be text, but is 7. Correct it."),
        (with_event(score="high"), 'events[0].score: must be a number, but is "high". Correct it.'),
        (with_event(score=True), "events[0].score: must be a number, but is true. Correct it."),
        (
            with_event(arguments=[{"start": 0, "end": 3, "text": "abc"}]),
            "events[0].arguments[0].role: must be given, but is missing. Add it.",
        ),
        (
            with_event(arguments=[{"role": 5, "start": 0, "end": 3, "text": "abc"}]),
            "events[0].arguments[0].role: must be text, but is 5. Correct it.",
        ),
        (with_trigger("abc", None, 3, "abc"), "events[0].trigger.start: must be a whole number, but is null."),
        (with_trigger("abc", 0.0, 3, "abc"), "events[0].trigger.start: must be a whole number, but is 0.0."),
        (with_trigger("abc", False, 3, "abc"), "events[0].trigger.start: must be a whole number, but is false."),
        (with_trigger("abc", 0, "3", "abc"), 'events[0].trigger.end: must be a whole number, but is "3".'),
        (with_trigger("abc", 0, 3, 7), "events[0].trigger.text: must be text, but is 7. Correct it."),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_at_its_place(record: dict[str, Any], sentence: str) -> None:
    (problem,) = complaints(record)
    assert problem.startswith("f.jsonl:1: ")
    assert sentence in problem


@pytest.mark.parametrize(
    ("record", "place", "hint"),
    [
        ({"id": "d", "text": "", "evnts": []}, "evnts", "Did you mean 'events'?"),
        (with_event(anchor={}), "events[0].anchor", "Known: arguments, id, score, trigger, type."),
        (
            with_event(trigger={"start": 0, "end": 3, "text": "abc", "txt": "abc"}),
            "events[0].trigger.txt",
            "Did you mean 'text'?",
        ),
        (
            with_event(arguments=[{"role": "A", "start": 0, "end": 3, "text": "abc", "rol": "B"}]),
            "events[0].arguments[0].rol",
            "Did you mean 'role'?",
        ),
        ({"id": "d", "text": "", "annotated": {"types": []}}, "annotated.types", "Did you mean 'event_types'?"),
    ],
)
def test_an_unknown_key_is_refused_with_a_suggestion(record: dict[str, Any], place: str, hint: str) -> None:
    (problem,) = [problem for problem in complaints(record) if place in problem]
    assert re.search(rf"[ ]{re.escape(place)}: must be a key of .*, but is not\. {re.escape(hint)}$", problem)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 2), (0, 8), (7, 8)])
def test_a_span_outside_the_text_is_refused(start: int, end: int) -> None:
    (problem,) = complaints(with_trigger("abc def", start, end, "abc"))
    assert f"events[0].trigger: must have 0 <= start < end <= 7 (the text's length), but is [{start}, {end})" in problem


@pytest.mark.parametrize(
    ("text", "bounds", "found", "cause"),
    [
        ("He struck it", (3, 8), "struck", "'end' seems inclusive: add 1."),
        ("\U0001f600 He struck it now", (6, 12), "struck", "seem to count UTF-16 units"),
        ("Caf\u00e9s struck it", (7, 13), "struck", "seem to count UTF-8 bytes"),
        ("a\r\nb\r\nHe struck it", (7, 13), "struck", "seem to count CRLF as one character"),
        ("He struck it", (4, 10), "struck", "seem to be off by +1"),
        ("He struck it", (2, 8), "struck", "seem to be off by -1"),
        ("He struck it", (5, 11), "struck", "seem to be off by +2"),
        ("He struck it", (1, 7), "struck", "seem to be off by -2"),
        ("He struck it", (3, 9), "killed", "Correct the offsets or the text."),
    ],
)
def test_a_text_that_differs_is_explained(text: str, bounds: tuple[int, int], found: str, cause: str) -> None:
    start, end = bounds
    (problem,) = complaints(with_trigger(text, start, end, found))
    there = repr(text[start:end])
    assert (
        f"events[0].trigger: its text must equal document text[{start}:{end}], which is {there}, but is {found!r}."
        in problem
    )
    assert cause in problem


def test_an_arguments_text_is_checked_too() -> None:
    (problem,) = complaints(with_event(arguments=[{"role": "A", "start": 0, "end": 3, "text": "xyz"}]))
    assert "events[0].arguments[0]: its text must equal document text[0:3], which is 'abc', but is 'xyz'." in problem


@pytest.mark.parametrize("pair", [[0], [0, 1, 2], "01", [0.0, 1], [0, True], [-1, 2], [2, 2], [0, 4], None])
def test_an_annotated_region_outside_the_text_is_refused(pair: object) -> None:
    (problem,) = complaints({"id": "d", "text": "abc", "annotated": {"char_spans": [[0, 3], pair]}})
    assert problem.startswith(
        "f.jsonl:1: annotated.char_spans: must be pairs [start, end] inside the text's 3 characters"
    )
    assert f"but one is {json.dumps(pair)}." in problem


@pytest.mark.parametrize(
    ("annotated", "sentence"),
    [
        ({"event_types": "A"}, 'annotated.event_types: must be a list, but is "A". Correct it.'),
        ({"char_spans": 3}, "annotated.char_spans: must be a list, but is 3. Correct it."),
    ],
)
def test_unsound_coverage_is_refused(annotated: dict[str, Any], sentence: str) -> None:
    (problem,) = complaints({"id": "d", "text": "abc", "annotated": annotated})
    assert sentence in problem


@pytest.mark.parametrize("event_type", [3, None, {}])
def test_annotated_types_are_not_quietly_converted_to_text(event_type: object) -> None:
    problems = complaints({"id": "d", "text": "abc", "annotated": {"event_types": [event_type]}})
    assert re.search(r"^f\.jsonl:1: annotated\.event_types\S*: .*must be .*but ", problems[0])


@pytest.mark.parametrize("score", [1.5, -0.1, float("nan"), float("inf")])
def test_a_score_that_is_no_probability_is_refused(score: float) -> None:
    assert complaints(with_event(score=score))[0].startswith("f.jsonl:1: ")


@pytest.mark.parametrize("score", [0, 1, 0.0, 1.0])
def test_certain_scores_are_probabilities(score: float) -> None:
    (event,) = document_from_record(with_event(score=score)).events
    assert event.score == score


def test_event_ids_must_differ_inside_a_document() -> None:
    events = [{"id": "E1", "type": "A"}, {"id": "E2", "type": "A"}, {"id": "E1", "type": "A"}]
    (problem,) = complaints({"id": "d", "text": "", "events": events})
    assert "events: id 'E1' must be unique, but stands there twice. Rename one." in problem


def test_document_ids_must_differ_inside_a_file() -> None:
    documents, problems = parsed(lines_of({"id": "a", "text": "1"}, {"id": "b", "text": "2"}, {"id": "a", "text": "3"}))
    assert [document.text for document in documents] == ["1", "2"]
    assert problems == ["f.jsonl:3: id 'a' must be unique, but stands in line 1 too. Rename one."]


def test_illegal_events_are_refused_where_an_ontology_is_given() -> None:
    illegal = {"id": "E7", "type": "Bare", "arguments": [{"role": "Agent", "start": 0, "end": 1, "text": "x"}]}
    records = [
        RECORD,
        {"id": "d2", "text": "x", "events": [illegal]},
        {"id": "d3", "text": "", "events": [{"type": "Atack"}]},
    ]
    documents, problems = parsed(lines_of(*records), ONTOLOGY)
    assert documents == [DOCUMENT]
    assert problems[0].startswith(
        "f.jsonl:2: events[0]: role 'Agent' is not allowed for event type 'Bare'; allowed: none."
    )
    assert problems[0].endswith("(event 'E7')")
    assert (
        "events[0]: event type 'Atack' must be one of ontology 'tiny', but is not. Did you mean 'Attack'?"
        in problems[1]
    )
    assert len(problems) == 2
    assert [document.id for document in parsed(lines_of(*records))[0]] == ["d1", "d2", "d3"]


def test_a_trigger_of_a_document_level_event_is_refused() -> None:
    ontology = Ontology(name="o", event_types={"Report": EventType(document_level=True)})
    trigger = {"start": 0, "end": 1, "text": "x"}
    events = [{"id": "a", "type": "Report"}, {"id": "b", "type": "Report", "trigger": trigger}]
    _, problems = parsed(lines_of({"id": "d", "text": "x", "events": events}), ontology)
    assert len(problems) == 1
    assert problems[0].startswith("f.jsonl:1: events[1]: an event of document-level type 'Report' must have no trigger")


def test_annotated_types_must_be_in_the_ontology() -> None:
    record = {"id": "d", "text": "", "annotated": {"event_types": ["Bare", "Atack"]}}
    assert parsed(lines_of(record), ONTOLOGY)[1] == [
        "f.jsonl:1: annotated.event_types: 'Atack' must be an event type of ontology 'tiny', but is not. "
        "Did you mean 'Attack'?"
    ]
    assert parsed(lines_of(record))[1] == []


@pytest.mark.parametrize("annotated", [{"event_types": ["Meet"]}, {"char_spans": [[0, 12], [13, 24]]}])
def test_an_event_outside_what_was_annotated_is_refused(annotated: dict[str, Any]) -> None:
    (problem,) = complaints({**RECORD, "annotated": annotated})
    assert problem.startswith("f.jsonl:1: events")
    assert "event 'E1' (Attack) must lie in what 'annotated' covers, but does not." in problem


def test_arguments_may_lie_outside_what_was_annotated() -> None:
    assert parsed(lines_of({**RECORD, "annotated": {"char_spans": [[12, 13]]}}))[1] == []


def test_sound_documents_come_out_before_all_problems_are_raised() -> None:
    records = [7, {"id": "a", "text": ""}, {"id": "b"}, {"id": "c", "text": ""}]
    documents, problems = parsed(lines_of(*records))
    assert [document.id for document in documents] == ["a", "c"]
    assert [problem.partition(" ")[0] for problem in problems] == ["f.jsonl:1:", "f.jsonl:3:"]


def test_every_unsound_event_of_a_document_is_reported() -> None:
    problems = complaints({"id": "d", "text": "", "events": [{"type": 1}, {"type": "A"}, {"type": 2}]})
    assert [re.findall(r"events\[\d\]\.type: must be text, but is \d", problem) for problem in problems] == [
        ["events[0].type: must be text, but is 1"],
        ["events[2].type: must be text, but is 2"],
    ]


def test_a_misspelt_required_key_is_named_beside_the_missing_one() -> None:
    text = "\n".join(complaints({"id": "d", "txt": "abc"}))
    assert "txt: must be a key of a document, but is not. Did you mean 'text'?" in text
    assert "text: must be given, but is missing." in text


def test_a_missing_id_is_reported_beside_the_other_problems() -> None:
    text = "\n".join(complaints({"text": "", "events": [7]}))
    assert "id: must be given, but is missing." in text
    assert "events[0]: must be a JSON object, but is 7." in text


def test_all_problems_of_one_long_line_are_counted() -> None:
    problems = complaints({"id": "d", "text": "", "events": [7] * 25})
    assert len(problems) == 21
    assert problems[-1] == "… and 5 more"


def test_problems_of_many_lines_are_counted() -> None:
    problems = parsed(lines_of(*range(25)))[1]
    assert len(problems) == 21
    assert problems[-1] == "… and 5 more"


def test_a_file_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + lines_of(RECORD)[0].rstrip() + b"\r\n\r\n" + lines_of({"id": "e", "text": ""})[0].rstrip()
    )
    assert list(read_documents(path)) == [DOCUMENT, Document(id="e", text="")]


def test_the_problems_of_a_file_name_it_and_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(b"".join(lines_of(RECORD, {"id": "e", "text": "", "events": [{"type": "Meet"}]})))
    with pytest.raises(
        DataError, match=re.escape(f"{path}:2: events[0]: event type 'Meet' must be one of ontology 'tiny'")
    ):
        list(read_documents(path, ONTOLOGY))


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    for path, found in ((tmp_path / "none.jsonl", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(
            DataError, match=re.escape(f"{path}: must be a readable file, but: {found}. Check the path.")
        ):
            list(read_documents(path))


def test_documents_are_written_one_a_line_in_utf_8() -> None:
    file = io.BytesIO()
    documents = [Document(id="a", text="x\u2028y\nz\x85"), Document(id="b", text="北京 \U0001f600")]
    assert write_documents(iter(documents), file) == 2
    assert file.getvalue().count(b"\n") == 2
    assert "北京 \U0001f600".encode() in file.getvalue()
    file.seek(0)
    assert list(parse_lines(file, "f.jsonl")) == documents


def test_nothing_is_written_for_no_documents() -> None:
    file = io.BytesIO()
    assert write_documents([], file) == 0
    assert file.getvalue() == b""


def test_a_lone_surrogate_is_written_in_ascii_escapes() -> None:
    document = Document(id="a", text="\u5317\ud800x")
    line = line_of_document(document)
    assert b"\\u5317\\ud800x" in line
    assert line.endswith(b"}\n")
    assert list(parse_lines([line], "f.jsonl")) == [document]


def test_two_halves_of_a_character_are_refused_since_json_would_join_them() -> None:
    with pytest.raises(DataError, match=r"document 'a': a text must hold each character whole, but .* two halves"):
        line_of_document(Document(id="a", text="x\ud83d\ude00"))


def test_what_is_not_known_is_not_written() -> None:
    document = Document(id="a", text="x", events=(Event(id="E1", event_type="T", trigger=None),))
    assert record_of(document) == {
        "id": "a",
        "text": "x",
        "events": [{"id": "E1", "type": "T", "trigger": None, "arguments": []}],
    }


def test_scores_are_written_to_six_decimals() -> None:
    argument = Argument(role="R", char_span=Span(0, 1), score=0.98765432)
    document = Document(
        id="a",
        text="x",
        events=(Event(id="E1", event_type="T", trigger=None, arguments=(argument,), score=0.12345678),),
    )
    line = line_of_document(document)
    assert b'"score": 0.123457' in line
    assert b'"score": 0.987654' in line


def test_a_read_receipt_is_written_and_read_back() -> None:
    document = Document(id="a", text="x", receipt=ReadReceipt(n_chars=1, n_words=2, n_windows=3, n_words_cut=4))
    record = record_of(document)
    assert record["receipt"] == {"n_chars": 1, "n_words": 2, "n_windows": 3, "n_words_cut": 4}
    assert document_from_record(record) == document


@pytest.mark.parametrize("receipt", [3, {"n_chars": "x"}, {"n_charz": 3}])
def test_an_unsound_read_receipt_is_refused(receipt: object) -> None:
    assert complaints({"id": "d", "text": "", "receipt": receipt})[0].startswith("f.jsonl:1: receipt")
