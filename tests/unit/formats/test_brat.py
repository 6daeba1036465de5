"""brat's standoff comes back as it was, events survive any text, and what is wrong has a file and a line."""

import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventroles.documents import Argument, Coverage, Document, Event, Json, ReadReceipt
from eventroles.errors import DataError, InputError
from eventroles.formats.brat import read_brat, write_brat
from eventroles.formats.brat_config import ontology_of_annotation_conf
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

# The emoji is one character, CR LF two: Ann 2-5, hit 6-9, Bob 10-13, in 15-17, Rome 18-22.
TEXT = "\U0001f600 Ann hit Bob\r\nin Rome."
LINES = [
    "T1\tPerson 2 5\tAnn",
    "T2\tAttack 6 9\thit",
    "T3\tPerson 10 13\tBob",
    "T4\tCity 18 22\tRome",
    "E1\tAttack:T2 Attacker:T1 Target:T3 Place:T4",
    "T5\tReport 15 17;22 23\tin .",
    "E2\tReport:T5 Theme:E1 Theme3:T1 Theme2:T1",
    "E3\tAttack:T2",
    "R1\tKnows Arg1:T1 Arg2:T3\t",
    "*\tEquiv T1 T3",
    "*\tEquiv T2 T4",
    "A1\tNegation E1",
    "A2\tConfidence R1 Very low",
    "M1\tSpeculation E2",
    "N1\tReference T4 Wikipedia:25458\tRome",
    "T6\tNull 3 3\t",
    "#1\tAnnotatorNotes E1\tsure?\tyes",
]
OTHERS = [line for line in LINES if not line.startswith("E")]
EVENTS = (
    Event(
        id="E1",
        event_type="Attack",
        trigger=Span(6, 9),
        arguments=(
            Argument(role="Attacker", char_span=Span(2, 5)),
            Argument(role="Target", char_span=Span(10, 13)),
            Argument(role="Place", char_span=Span(18, 22)),
        ),
    ),
    Event(
        id="E2",
        event_type="Report",
        trigger=Span(15, 23),
        arguments=(
            Argument(role="Theme", char_span=Span(6, 9)),
            Argument(role="Theme", char_span=Span(2, 5)),
            Argument(role="Theme", char_span=Span(2, 5)),
        ),
    ),
    Event(id="E3", event_type="Attack", trigger=Span(6, 9)),
)
ONTOLOGY = Ontology(name="tiny", event_types={"Attack": EventType(roles={"Attacker": Role(), "Arg2": Role()})})


def store(folder: Path, lines: Iterable[str], text: str = TEXT, name: str = "d") -> Path:
    """Write a document, its annotations a line each."""
    file = folder / f"{name}.ann"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.with_name(f"{file.stem}.txt").write_bytes(text.encode())
    file.write_bytes("".join(f"{line}\n" for line in lines).encode())
    return file


def read(path: Path, ontology: Ontology | None = None) -> tuple[list[Document], list[str]]:
    """Read all of a path: the documents that came out, and the lines of the error at the end."""
    documents: list[Document] = []
    try:
        for document in read_brat(path, ontology):
            documents.append(document)
    except DataError as error:
        return documents, str(error).split("\n")
    return documents, []


def written(folder: Path, *documents: Document, left_out: dict[str, int] | None = None) -> list[str]:
    """Write documents; the lines of the first."""
    counts: Counter[str] = Counter()
    assert write_brat(documents, folder, counts) == len(documents)
    assert counts == (left_out or {})
    return (folder / f"{documents[0].id}.ann").read_bytes().decode().split("\n")[:-1]


def event(id: str, trigger: Span | None, *arguments: Argument, event_type: str = "Attack") -> Event:
    return Event(id=id, event_type=event_type, trigger=trigger, arguments=arguments)


def test_events_are_read_and_all_else_is_kept(tmp_path: Path) -> None:
    [document] = read_brat(store(tmp_path, LINES).parent)
    assert document == Document(id="d", text=TEXT, events=EVENTS, meta={"brat": [*LINES]})


def test_one_file_is_named_by_its_stem(tmp_path: Path) -> None:
    [document] = read_brat(store(tmp_path, LINES, name="sub/a.b"))
    assert document.id == "a.b"


def test_a_folder_is_searched_in_order(tmp_path: Path) -> None:
    for name in ("b", "a/c", "a/b.x", "B"):
        store(tmp_path, [], name=name)
    (tmp_path / "README.txt").write_text("no document", encoding="utf-8")
    assert [document.id for document in read_brat(tmp_path)] == ["B", "a/b.x", "a/c", "b"]


@pytest.mark.parametrize("text", ["", TEXT, "\ufeff a\u0301 \u05e9\u05dc\u05d5\u05dd\x00\u2028\n\n"])
def test_a_text_without_annotations_comes_back(tmp_path: Path, text: str) -> None:
    [document] = read_brat(store(tmp_path / "in", [], text).parent)
    assert document == Document(id="d", text=text)
    assert written(tmp_path / "out", document) == []
    assert [*read_brat(tmp_path / "out")] == [document]


def test_what_was_read_is_written_byte_by_byte(tmp_path: Path) -> None:
    source = store(tmp_path / "in", LINES)
    [document] = read_brat(source)
    written(tmp_path / "out", document)
    for name in ("d.txt", "d.ann"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "in" / name).read_bytes()
    assert [*read_brat(tmp_path / "out")] == [document]


def test_byte_order_marks_and_line_ends_of_annotations_are_not_counted(tmp_path: Path) -> None:
    file = store(tmp_path, [])
    file.write_bytes("\ufeffT1\tAttack 6 9\thit\r\n\r\nE1\tAttack:T1\r\n".encode())
    [document] = read_brat(file)
    assert document == Document(id="d", text=TEXT, events=(event("E1", Span(6, 9)),))


def test_a_byte_order_mark_of_the_text_is_a_character(tmp_path: Path) -> None:
    file = store(tmp_path, ["T1\tAttack 1 4\thit", "E1\tAttack:T1"], text="\ufeffhit")
    [document] = read_brat(file)
    assert (document.text, document.events) == ("\ufeffhit", (event("E1", Span(1, 4)),))


@pytest.mark.parametrize(
    "line",
    [
        "T1\tAttack 10 13;15 17\tBobin",
        "T1\tAttack 10 13;15 17\tBob in\tcomment",
        "T1\tAttack 10 17\tBob  in",
        "T1\tAttack 10 15\tBob",
        "T1\tAttack 10 13\tBob ",
    ],
)
def test_other_ways_to_write_a_text_are_understood(tmp_path: Path, line: str) -> None:
    [document] = read_brat(store(tmp_path, [line, "E1\tAttack:T1"]))
    assert document.events[0].trigger is not None
    assert document.events[0].trigger.start == 10


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["T1 Attack 6 9 hit"], "d.ann:1: must be like T1<TAB>Type 0 4<TAB>text, with tabs and single spaces, but is"),
        (["", "X1\tAttack 6 9\thit"], "d.ann:2: must be like T1<TAB>"),
        (["T1\tAttack 6 9\thot"], 'd.ann:1: its text must be that of [(6, 9)], which is "hit", but is "hot"'),
        (["T1\tAttack 6 9\thi"], 'which is "hit", but is "hi"'),
        (["T1\tAttack 6 9\thit Bob"], 'which is "hit", but is "hit Bob"'),
        (["T1\tAttack 6 9"], 'which is "hit", but is ""'),
        (["T1\tAttack 20 99\tme."], "d.ann:1: must have start <= end <= 23 (the text's length), but is at [(20, 99)]"),
        (["T1\tAttack 9 6\thit"], "but is at [(9, 6)]"),
        (["T1\tAttack 6 9\thit", "T1\tAttack 6 9\thit"], "d.ann:2: id 'T1' must be unique"),
        (["E1\tAttack:T1"], "d.ann:1: 'T1' must be the id of a text-bound annotation or event, but is not"),
        (["T1\tAttack 6 6\t", "E1\tAttack:T1"], "d.ann:2: 'T1' must be the id of a text-bound annotation or event"),
        (["T1\tAttack 6 9\thit", "E1\tAttack:T1 Theme:E9"], "d.ann:2: 'E9' must be the id of a text-bound annotation"),
        (
            ["T1\tAttack 6 9\thit", "E1\tAttack:T1 Theme:A1", "A1\tNegation E1"],
            "d.ann:2: 'A1' must be the id of a text",
        ),
        (["R1\tKnows Arg1:T1 Arg2:T1"], "d.ann:1: 'T1' must be the id of a line, but is not"),
        (["*\tEquiv T1 T2"], "d.ann:1: 'T1' must be the id of a line"),
        (["#1\tAnnotatorNotes E1\tsure"], "d.ann:1: 'E1' must be the id of a line"),
        (
            ["T1\tAttack 6 9\thit", "E1\tAttack:T1", "E2\tAttack:T1", '#1\tEventRolesEvent E2\t"E1"'],
            "d.ann:3: event id 'E1'",
        ),
        (
            ["T1\tAttack 6 9\thit", "E1\tAttack:T1 Theme:T1"],
            "d.ann:2: role 'Theme' is not allowed for event type 'Attack'",
        ),
        (["T1\tAtack 6 9\thit", "E1\tAtack:T1"], "d.ann:2: event type 'Atack' must be one of ontology 'tiny'"),
    ],
)
def test_what_is_wrong_has_a_file_and_a_line(tmp_path: Path, lines: list[str], found: str) -> None:
    store(tmp_path, [], name="a")
    store(tmp_path, lines)
    documents, complaints = read(tmp_path, ONTOLOGY)
    assert [document.id for document in documents] == ["a"]
    assert found in complaints[0]
    assert complaints[0].startswith(str(tmp_path))


def test_all_problems_are_reported_at_the_end(tmp_path: Path) -> None:
    store(tmp_path, ["T1\tA 0 1\tx", "E1"], name="a")
    store(tmp_path, LINES, name="b")
    (tmp_path / "c.ann").write_bytes(b"")
    store(tmp_path, [], name="d").write_bytes(b"T1\tA 0 1\t\xff")
    documents, complaints = read(tmp_path)
    assert [document.id for document in documents] == ["b"]
    where = [complaint.removeprefix(f"{tmp_path}/").partition(": ")[0] for complaint in complaints]
    assert where == ["a.ann:1", "a.ann:2", "c.txt", "d.ann"]
    assert "c.txt: must be a file, but there is none" in complaints[2]
    assert "d.ann: must be a readable file in UTF-8, but: 'utf-8' codec can't decode byte 0xff" in complaints[3]


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.ann: must be a file, but there is none"):
        [*read_brat(tmp_path / "none.ann")]


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.ann")
    (tmp_path / "a.txt").write_bytes(b"")
    assert "a.ann: must be a file" in read(tmp_path)[1][0]


def test_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    store(outside, LINES)
    store(inside, LINES, name="sub/real")
    (inside / "folder").symlink_to(outside)
    (inside / "up.ann").symlink_to("../out/d.ann")
    store(inside, LINES, name="text").with_name("text.txt").unlink()
    (inside / "text.txt").symlink_to(outside / "d.txt")
    for suffix in ("ann", "txt"):
        (inside / f"link.{suffix}").symlink_to(inside / "sub" / f"real.{suffix}")
    documents, complaints = read(inside)
    assert [document.id for document in documents] == ["link", "sub/real"]
    assert [complaint.split(": must not lead out of ")[0] for complaint in complaints] == [
        str(inside / name) for name in ("folder", "text.txt", "up.ann")
    ]


def test_a_circle_of_links_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.ann").symlink_to(tmp_path / "a.ann")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert "a.txt: must be a file" in read(tmp_path)[1][0]


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(tmp_path, LINES)
    store(tmp_path, LINES, name="sub/d")
    scan = os.scandir

    def refuse(path: str) -> object:
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    documents, complaints = read(tmp_path)
    assert [document.id for document in documents] == ["d"]
    assert complaints == [f"{tmp_path / 'sub'}: must be a readable folder, but: Permission denied. Check it."]


def test_an_ontology_tells_a_numbered_role_from_a_second_one(tmp_path: Path) -> None:
    lines = ["T1\tAttack 6 9\thit", "T2\tPerson 2 5\tAnn", "E1\tAttack:T1 Arg2:T2 Attacker2:T2"]
    path = store(tmp_path / "in", lines)
    [document] = read_brat(path, ONTOLOGY)
    assert [argument.role for argument in document.events[0].arguments] == ["Arg2", "Attacker"]
    assert written(tmp_path / "out", document) == lines
    [document] = read_brat(path)
    assert [argument.role for argument in document.events[0].arguments] == ["Arg", "Attacker"]


def test_an_event_of_a_document_level_type_is_refused(tmp_path: Path) -> None:
    ontology = Ontology(name="o", event_types={"Attack": EventType(document_level=True)})
    path = store(tmp_path, ["T1\tAttack 0 1\ta", "E1\tAttack:T1"], text="a b")
    _, errors = read(path, ontology)
    assert len(errors) == 1
    assert "an event of document-level type 'Attack' must have no trigger, but this one has" in errors[0]


def test_events_alone_are_written_and_leave_no_metadata(tmp_path: Path) -> None:
    ann, rome = Span(2, 5), Span(18, 22)
    arguments = [Argument(role=role, char_span=span) for role, span in [("Place", ann), ("Place", rome), ("Arg1", ann)]]
    document = Document(id="d", text=TEXT, events=(event("E2", Span(6, 9), *arguments), event("E1", Span(6, 9))))
    assert written(tmp_path, document) == [
        "T1\tArgument 2 5\tAnn",
        "T2\tArgument 18 22\tRome",
        "T3\tAttack 6 9\thit",
        "E2\tAttack:T3 Place:T1 Place2:T2 Arg_x0031_:T1",
        "E1\tAttack:T3",
    ]
    assert [*read_brat(tmp_path)] == [document]


def test_a_span_over_line_breaks_is_written_line_by_line(tmp_path: Path) -> None:
    spans = [Span(10, 22), Span(13, 17), Span(13, 15)]
    arguments = [Argument(role="A", char_span=span) for span in spans]
    document = Document(id="d", text=TEXT, events=(event("E1", Span(6, 9), *arguments),))
    assert written(tmp_path, document)[:3] == [
        "T1\tArgument 10 13;15 22\tBob in Rome",
        "T2\tArgument 13 13;15 17\t in",
        "T3\tArgument 13 13;15 15\t ",
    ]
    assert [*read_brat(tmp_path)] == [document]


def test_ids_that_brat_cannot_have_are_kept_in_notes(tmp_path: Path) -> None:
    events = (
        event("[0]", Span(6, 9)),
        event("E1", Span(10, 13)),
        event("E2 x", Span(6, 9)),
        event("E\ud800", Span(6, 9)),
    )
    document = Document(id="d", text=TEXT, events=events)
    lines = written(tmp_path / "one", document)
    assert lines[:3] == [
        '#1\tEventRolesEvent E2\t"[0]"',
        '#2\tEventRolesEvent E3\t"E2 x"',
        '#3\tEventRolesEvent E4\t"E\\ud800"',
    ]
    [back] = read_brat(tmp_path / "one")
    assert back == document
    (tmp_path / "one" / "d.ann").write_text(
        "".join(f"{line}\n" for line in [*lines, "A1\tNegation E3"]), encoding="utf-8"
    )
    [noted] = read_brat(tmp_path / "one")
    assert written(tmp_path / "two", replace(noted, events=noted.events[1:]))[-3:] == [
        *("E3\tAttack:T1", "E4\tAttack:T1", "A1\tNegation E3")
    ]


def test_scores_belong_to_the_words_of_a_line(tmp_path: Path) -> None:
    arguments = [
        Argument(role="A", char_span=Span(2, 5), score=0.1),
        Argument(role="A", char_span=Span(10, 13), score=1),
    ]
    hit = replace(event("E1", Span(6, 9), *arguments, Argument(role="B", char_span=Span(2, 5))), score=1 / 3)
    document = Document(id="d", text=TEXT, events=(hit, event("E2", Span(6, 9))))
    lines = written(tmp_path, document)
    assert lines[-1] == '#1\tEventRolesScores E1\t[{"Attack:T3": 0.3333333333333333}, {"A:T1": 0.1, "A2:T2": 1}]'
    assert [*read_brat(tmp_path)] == [document]
    changed = [line.replace("A:T1 A2:T2 B:T1", "A:T2 A2:T2 B:T1") for line in lines]
    [back] = read_brat(store(tmp_path, changed))
    assert [argument.score for argument in back.events[0].arguments] == [None, 1.0, None]
    assert back.events[0].score == 1 / 3


@pytest.mark.parametrize(
    "held", ["", "{", "1", "[{}]", "[{}, []]", '[{"Attack:T1": 2}, {}]', '[{"Attack:T1": NaN}, {}]', "[" * 10**5]
)
def test_a_note_that_holds_something_else_is_a_note_like_any_other(tmp_path: Path, held: str) -> None:
    lines = ["T1\tAttack 6 9\thit", "E1\tAttack:T1", f"#1\tEventRolesScores E1\t{held}", "#2\tEventRolesEvent E1\t[1]"]
    [document] = read_brat(store(tmp_path, lines))
    assert document == Document(id="d", text=TEXT, events=(event("E1", Span(6, 9)),), meta={"brat": [*lines]})


def test_repeated_words_are_told_apart_where_they_have_scores(tmp_path: Path) -> None:
    lines = ["T1\tAttack 6 9\thit", "E1\tAttack:T1 A:T1 A:T1"]
    [document] = read_brat(store(tmp_path / "in", lines))
    assert written(tmp_path / "same", document) == lines
    [hit] = document.events
    scored = [replace(argument, score=score) for argument, score in zip(hit.arguments, (0.0, 1.0), strict=True)]
    document = replace(document, events=(replace(hit, arguments=tuple(scored)),))
    assert "E1\tAttack:T1 A:T1 A2:T1" in written(tmp_path / "out", document)
    assert [each.events for each in read_brat(tmp_path / "out")] == [document.events]


def edited(change: Callable[[tuple[Event, ...]], tuple[Event, ...]], tmp_path: Path, **left_out: int) -> list[str]:
    """Change the events of the example; the lines that differ, but for those that are gone."""
    [document] = read_brat(store(tmp_path / "in", LINES))
    document = replace(document, events=change(document.events))
    lines = written(tmp_path / "out", document, left_out=left_out)
    [back] = read_brat(tmp_path / "out")
    assert back.events == document.events
    assert [line for line in lines if line in OTHERS] == [line for line in OTHERS if line in lines]
    return [line for line in lines if line not in LINES] + [f"- {line}" for line in LINES if line not in lines]


def test_an_event_that_is_removed_takes_along_what_refers_to_it(tmp_path: Path) -> None:
    assert edited(lambda events: events[:1], tmp_path, metadata=1) == [
        *("- T5\tReport 15 17;22 23\tin .", "- E2\tReport:T5 Theme:E1 Theme3:T1 Theme2:T1", "- E3\tAttack:T2"),
        "- M1\tSpeculation E2",
    ]


def test_an_event_that_is_changed_keeps_what_it_refers_to(tmp_path: Path) -> None:
    def without_an_argument(events: tuple[Event, ...]) -> tuple[Event, ...]:
        return (events[0], replace(events[1], arguments=events[1].arguments[:2]), events[2])

    assert edited(without_an_argument, tmp_path) == [
        *("E2\tReport:T5 Theme:E1 Theme2:T1", "- E2\tReport:T5 Theme:E1 Theme3:T1 Theme2:T1")
    ]


def test_an_event_that_is_moved_moves_as_an_argument_no_more(tmp_path: Path) -> None:
    def moved(events: tuple[Event, ...]) -> tuple[Event, ...]:
        return (replace(events[0], trigger=Span(18, 22)), *events[1:])

    assert edited(moved, tmp_path) == [
        "E1\tAttack:T7 Attacker:T1 Target:T3 Place:T4",
        "E2\tReport:T5 Theme:T8 Theme2:T1 Theme3:T1",
        *("T7\tAttack 18 22\tRome", "T8\tArgument 6 9\thit"),
        *(f"- {LINES[4]}", f"- {LINES[6]}"),
    ]


def test_an_event_that_is_new_stands_at_the_end(tmp_path: Path) -> None:
    def with_another(events: tuple[Event, ...]) -> tuple[Event, ...]:
        arguments = (Argument(role="Place", char_span=Span(18, 22)), Argument(role="Time", char_span=Span(22, 23)))
        return (*events, event("E9", Span(6, 9), *arguments))

    assert edited(with_another, tmp_path) == ["T7\tArgument 22 23\t.", "E9\tAttack:T2 Place:T4 Time:T7"]


def test_the_order_of_events_is_kept(tmp_path: Path) -> None:
    assert edited(lambda events: (events[2], events[0], events[1]), tmp_path) == []


@pytest.mark.parametrize(
    "kept",
    [
        "T1",
        [1],
        {"a": 1},
        ["nonsense"],
        ["T1\tPerson 2 5\tBob"],
        ["T1\tPerson 2 5\tAnn\nT2\tPerson 2 5\tAnn"],
        ["#1\tAnnotatorNotes T1\tx", "#2\tAnnotatorNotes #1\tx"],
        ["T1\tPerson 2 5\tAnn", "#1\tAnnotatorNotes T1\t\ud800"],
        ["T1\tPerson 2 5\tAnn", "T1\tPerson 2 5\tAnn"],
        ["A1\tNegation E1", "T1\tPerson 2 5\tAnn"],
    ],
)
def test_metadata_that_do_not_fit_are_counted(tmp_path: Path, kept: Json) -> None:
    document = Document(id="d", text=TEXT, meta={"brat": kept})
    written(tmp_path, document, left_out={"metadata": 1})
    assert [each.text for each in read_brat(tmp_path)] == [TEXT]


def test_what_has_no_place_is_counted(tmp_path: Path) -> None:
    receipt = ReadReceipt(n_chars=23, n_words=6, n_windows=1, n_words_cut=0)
    document = Document(
        id="d",
        text=TEXT,
        events=(event("E1", None), event("E2", Span(6, 9)), event("E3", None)),
        meta={"date": "2019-12-31"},
        coverage=Coverage(event_types=frozenset({"Attack"})),
        receipt=receipt,
    )
    counts = {"event without a trigger": 2, "metadata": 1, "annotated part": 1, "read-receipt": 1}
    assert written(tmp_path, document, left_out=counts) == ["T1\tAttack 6 9\thit", "E2\tAttack:T1"]
    left_out: Counter[str] = Counter()
    assert write_brat([Document(id="s", text="\ud800")], tmp_path, left_out) == 0
    assert left_out == {"document whose text holds a lone surrogate": 1}
    assert not (tmp_path / "s.txt").exists()


def test_ids_that_cannot_name_a_file_come_back(tmp_path: Path) -> None:
    ids = [
        "a",
        "A",
        "sub/a",
        "../a",
        "/a",
        "",
        "a\0b",
        "sub/../../a",
        "document-2",
        "x" * 300,
        "\ud800",
        "..",
        "a.ann/b",
    ]
    documents = [Document(id=id, text=id.replace("\ud800", "?"), events=()) for id in ids]
    folder = tmp_path / "deep" / "er"
    assert write_brat(iter(documents), folder, Counter()) == len(ids)
    assert {path.name for path in tmp_path.rglob("*") if not path.is_relative_to(folder)} == {"deep"}
    assert sorted(read_brat(folder), key=lambda document: ids.index(document.id)) == documents
    assert (folder / "sub" / "a.txt").read_bytes() == b"sub/a"


def test_two_documents_of_one_id_are_named(tmp_path: Path) -> None:
    write_brat([Document(id="a", text="1"), Document(id="a", text="2")], tmp_path, Counter())
    documents, complaints = read(tmp_path)
    assert [document.text for document in documents] == ["1"]
    assert "document-2.ann: id 'a' must be unique" in complaints[0]


def test_a_note_of_an_id_stands_on_an_annotation(tmp_path: Path) -> None:
    document = Document(id="..", text=TEXT, events=(event("E1", Span(6, 9)),))
    write_brat([document, Document(id=".", text="")], tmp_path, Counter())
    assert (tmp_path / "document-1.ann").read_bytes().endswith(b'E1\tAttack:T1\n#1\tEventRolesDocument T1\t".."\n')
    assert (tmp_path / "document-2.ann").read_bytes() == b'#1\tEventRolesDocument T0\t"."\n'
    assert {each.id for each in read_brat(tmp_path)} == {"..", "."}


def test_links_in_the_folder_are_not_followed_out_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "out").mkdir()
    (folder / "sub").symlink_to(tmp_path / "out")
    with pytest.raises(InputError, match=r"sub/deep/a\.txt: must lie in .*in, but a link leads out of it"):
        write_brat([Document(id="sub/deep/a", text="")], folder, Counter())
    assert not [*(tmp_path / "out").iterdir()]


def test_the_types_are_declared_unless_they_are_already(tmp_path: Path) -> None:
    arguments = [Argument(role=role, char_span=Span(2, 5)) for role in ("Attacker", "Arg1")]
    first = Document(id="a", text=TEXT, events=(event("E1", Span(6, 9), *arguments, event_type="Conflict.Attack"),))
    second = Document(
        id="b", text=TEXT, events=(event("E1", Span(6, 9), *arguments[1:], event_type="Conflict.Attack"),)
    )
    write_brat([second, first], tmp_path, Counter())
    ontology = ontology_of_annotation_conf(tmp_path / "annotation.conf", "tiny")
    assert {name: [*kind.roles] for name, kind in ontology.event_types.items()} == {
        "Conflict.Attack": ["Arg1", "Attacker"]
    }
    assert [*read_brat(tmp_path, ontology)] == [first, second]
    (tmp_path / "annotation.conf").write_text("mine", encoding="utf-8")
    write_brat([], tmp_path, Counter())
    assert (tmp_path / "annotation.conf").read_text(encoding="utf-8") == "mine"


ODD = st.text(st.sampled_from("aB1_x.:|- \t\n\r\x0b\x85\u2028\x00\ufeff\u0301\u05e9\U0001f600"), max_size=20)
NAMES = st.text(st.sampled_from("Ax0_.: -\u00e912\ud800"), max_size=6)
SCORES = st.none() | st.floats(0, 1)


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    drawn = []
    for id in draw(st.lists(ODD, unique=True, max_size=3)):
        text = draw(ODD)
        bounds = st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True)
        spans = bounds.map(lambda pair: Span(min(pair), max(pair)))
        arguments = st.builds(Argument, role=NAMES, char_span=spans, score=SCORES)
        ids = draw(st.lists(NAMES | st.sampled_from(["E1", "E2", "E12"]), unique=True, max_size=3)) if text else []
        events = [
            Event(
                id=id_of_event,
                event_type=draw(NAMES),
                trigger=draw(spans),
                arguments=tuple(draw(st.lists(arguments, max_size=4))),
                score=draw(SCORES),
            )
            for id_of_event in ids
        ]
        drawn.append(Document(id=id, text=text, events=tuple(events)))
    return drawn


@given(documents())
def test_any_events_of_any_text_come_back(drawn: list[Document]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        left_out: Counter[str] = Counter()
        assert write_brat(drawn, Path(folder), left_out) == len(drawn)
        assert not left_out
        ids = [document.id for document in drawn]
        assert sorted(read_brat(Path(folder)), key=lambda document: ids.index(document.id)) == drawn


LINE = st.sampled_from(LINES)
MANGLED = st.tuples(LINE, st.integers(0, 40), st.text("\t :;*#0129TEé\ud7ff\x00", max_size=3)).map(
    lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + 1 :]
)


@given(st.lists(LINE | MANGLED, max_size=12))
def test_whatever_is_read_comes_back_and_the_rest_is_reported(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found, complaints = read(store(Path(folder, "in"), lines))
        assert bool(found) != bool(complaints)
        assert all(re.match(r".*d\.ann:\d+: ", complaint) for complaint in complaints)
        if found:
            written(Path(folder, "out"), *found)
            assert [*read_brat(Path(folder, "out"))] == found
