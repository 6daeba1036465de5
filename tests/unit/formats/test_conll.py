"""Columns: tags tell runs, any overlap can be said, and texts, ids and metadata come back as they were."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventroles.documents import Argument, Coverage, Document, Event, Json, ReadReceipt
from eventroles.errors import DataError
from eventroles.formats.conll import is_conll, read_conll, write_conll
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

TEXT = "Troops struck Goma. \U0001f525 They\r\n\r\nleft.\n"
#       0      7      14  18 20         22      30   34
EVENTS = (
    Event(
        id="E1",
        event_type="Attack",
        trigger=Span(7, 13),
        arguments=(
            Argument(role="Attacker", char_span=Span(0, 6)),
            Argument(role="Extent", char_span=Span(0, 18)),
            Argument(role="Place", char_span=Span(14, 18)),
            Argument(role="Target", char_span=Span(14, 18)),
        ),
    ),
    Event(id="E2", event_type="Die", trigger=Span(7, 13)),
    Event(id="E3", event_type="Go", trigger=Span(30, 34), arguments=(Argument(role="Mover", char_span=Span(22, 26)),)),
)
DOCUMENT = Document(id="d1", text=TEXT, events=EVENTS)
WRITTEN = (
    "# newdoc id = d1\n"
    '# newdoc text = "Troops struck Goma. \U0001f525 They\\r\\n\\r\\nleft.\\n"\n'
    "Troops\tO\tB-Attacker|B-Extent\tO\n"
    "struck\tB-Attack|B-Die\tO|I-Extent\tO\n"
    "Goma\tO\tB-Place|I-Extent|B-Target\tO\n"
    ".\tO\tO\tO\n"
    "\n"
    "\U0001f525\tO\tO\n"
    "They\tO\tB-Mover\n"
    "left\tB-Go\tO\n"
    ".\tO\tO\n"
    "\n"
)
ONTOLOGY = Ontology(name="tiny", event_types={"PER": EventType(), "Attack": EventType(roles={"Place": Role()})})
VISIBLE = 'aZ9é-.|#\\"_O\U0001f525\u05d0\u0645\u4e2d\u0301\u200d\x00\ud800'
HIDDEN = " \t\r\n\u00a0\u2028\x85\x1c"


def put(folder: Path, content: str | bytes) -> Path:
    path = folder / "file.conll"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, content: str | bytes, ontology: Ontology | None = None) -> list[Document]:
    return list(read_conll(put(folder, content), ontology))


def again(folder: Path, documents: Sequence[Document]) -> tuple[list[Document], Counter[str]]:
    left_out = Counter[str]()
    assert write_conll(iter(documents), folder / "again.conll", left_out) == len(documents)
    return list(read_conll(folder / "again.conll")), left_out


def told(document: Document) -> list[tuple[str, str, list[tuple[str, str]]]]:
    return [
        (
            event.event_type,
            "" if event.trigger is None else event.trigger.of(document.text),
            [(argument.role, argument.char_span.of(document.text)) for argument in event.arguments],
        )
        for event in document.events
    ]


def regions(*records: tuple[str, int, int, str]) -> list[Json]:
    return [
        {"id": f"R{number}", "label": label, "start": start, "end": end, "text": text}
        for number, (label, start, end, text) in enumerate(records, start=1)
    ]


def test_a_document_is_written_in_columns(tmp_path: Path) -> None:
    left_out = Counter[str]()
    assert write_conll([DOCUMENT], tmp_path / "a.conll", left_out) == 1
    assert (tmp_path / "a.conll").read_bytes().decode() == WRITTEN
    assert not left_out


@pytest.mark.parametrize("change", [lambda text: text, lambda text: "\ufeff" + text.replace("\n", "\r\n")])
def test_columns_are_read(tmp_path: Path, change: Any) -> None:
    assert read(tmp_path, change(WRITTEN)) == [DOCUMENT]


@pytest.mark.parametrize(
    "document",
    [
        DOCUMENT,
        Document(id="d", text=""),
        Document(id="d", text=" \r\n\t"),
        Document(id="d", text='\ufeff# newdoc id = x\n# O\n-DOCSTART- -X- O O\n\n"a\\'),
        Document(id=' odd\n"id\ud800 ', text="a", meta={"date": "2024-05-06", "nested": {"\n": [1, None, "\ud800"]}}),
        Document(id='"quoted"', text="a"),
        replace(DOCUMENT, events=tuple(replace(event, id=f"event {event.id}\t") for event in EVENTS)),
        Document(id="d", text="a b", events=(Event(id="E1", event_type="a|O\\p \t\r\n\ud800é", trigger=Span(0, 3)),)),
        Document(id="d", text="a b", events=(Event(id="E1", event_type="", trigger=Span(0, 1)),)),
        Document(id="d", text="\u05d0\u05d1 \u05d2", events=(Event(id="E1", event_type="X", trigger=Span(1, 4)),)),
        Document(id="d", text="e\u0301e\u0301", events=(Event(id="E1", event_type="X", trigger=Span(1, 3)),)),
        Document(id="d", text="a b", meta={"regions": regions(("PER", 0, 1, "a"), ("LOC", 0, 3, "a b"))}),
        Document(id="d", text="a b", meta={"regions": regions(("PER", 0, 2, "a "))}),
        Document(id="d", text="a b", meta={"regions": regions(("LOC", 2, 3, "b"), ("PER", 0, 1, "a"))}),
        Document(id="d", text="a b", meta={"regions": [*regions(("LOC", 2, 3, "b")), "spoiled"]}),
        replace(DOCUMENT, meta={"regions": regions(("LOC", 14, 18, "Goma")), "conll": {"comments": []}}),
    ],
)
def test_what_is_written_is_read_again(tmp_path: Path, document: Document) -> None:
    other = Document(id="other", text="a")
    assert again(tmp_path, [other, document]) == ([other, document], Counter())


def test_a_document_of_regions_alone_is_written_as_plain_columns(tmp_path: Path) -> None:
    records = regions(("PER", 0, 1, "a"), ("LOC", 0, 3, "a b"))
    again(tmp_path, [Document(id="d", text="a b.", meta={"regions": records})])
    written = (tmp_path / "again.conll").read_text()
    assert written == '# newdoc id = d\n# newdoc text = "a b."\na\tB-PER|B-LOC\nb\tO|I-LOC\n.\tO\n\n'


def test_two_columns_are_regions_or_triggers_of_the_ontology(tmp_path: Path) -> None:
    plain = "Ann\tB-PER\nLee\tI-PER\nleft\tO\nRio\tB-LOC\n\nBob\tB-PER\n"
    first, second = read(tmp_path, plain)
    assert (first.id, first.text, first.events) == ("file-1", "Ann Lee left Rio", ())
    assert first.meta == {"regions": regions(("PER", 0, 7, "Ann Lee"), ("LOC", 13, 16, "Rio"))}
    assert (second.id, second.text) == ("file-2", "Bob")
    first, second = read(tmp_path, plain, ONTOLOGY)
    assert told(first) == [("PER", "Ann Lee", [])]
    assert first.meta == {"regions": regions(("LOC", 13, 16, "Rio"))}
    assert told(second) == [("PER", "Bob", [])]


def test_conll_2003_is_read_with_its_documents_and_other_cells(tmp_path: Path) -> None:
    content = (
        "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nbans VBZ B-VP O\n\n# NN B-NP O\n\n"
        "-DOCSTART- -X- -X- O\n\nRio NNP B-NP B-LOC\n"
    )
    first, second = read(tmp_path, content)
    assert (first.id, first.text, second.id, second.text) == ("file-1", "EU bans\n#", "file-2", "Rio")
    assert first.meta == {
        "regions": regions(("ORG", 0, 2, "EU")),
        "conll": {"cells": [[0, 2, "NNP", "B-NP"], [3, 7, "VBZ", "B-VP"], [8, 9, "NN", "B-NP"]]},
    }
    assert again(tmp_path, [first, second]) == ([first, second], Counter())


def test_comments_that_mean_nothing_to_us_are_kept(tmp_path: Path) -> None:
    content = "# newdoc id = n 1\n# sent_id = 1\nHe\tO\n\n# a note\n# sent_id = 2\nleft\tB-Go\tO\n"
    [document] = read(tmp_path, content)
    assert (document.id, document.text, told(document)) == ("n 1", "He\nleft", [("Go", "left", [])])
    assert document.meta == {"conll": {"comments": [[0, "sent_id = 1"], [3, "a note"], [3, "sent_id = 2"]]}}
    assert again(tmp_path, [document]) == ([document], Counter())


def test_text_is_spaced_as_a_comment_or_a_column_says(tmp_path: Path) -> None:
    content = (
        "# newdoc id = d\n"
        "# text = Don't  go!\nDo\tO\nn't\tO\ngo\tB-Go\tO\n!\tO\n\n"
        "# newdoc id = e\n"
        "# text = Don't  go!\nDo\tO\nn't\tO\ngo\tO\n!\tO\n\n"
        "Do\tO\tSpaceAfter=No\nn't\tO\t_\ngo\tB-X\t_\n\n"
        "Do\tB-Go\tO\tSpaceAfter=No\nn't\tO\tB-Not\t_\n"
    )
    with pytest.raises(DataError, match=r"file\.conll:5: .*in 2 columns, .* but is \[\"go\", \"B-Go\", \"O\"\]"):
        read(tmp_path, content)
    [document] = read(tmp_path, content[content.index("# newdoc id = e") :])
    assert document.text == "Don't  go!\nDon't go\nDon't"
    assert told(document) == [("Go", "Do", [("Not", "n't")])]
    assert document.meta == {"regions": regions(("X", 17, 19, "go"))}


def test_iobes_and_bilou_are_read(tmp_path: Path) -> None:
    content = (
        "a\tB-X\tO\tO\tO\nb\tI-X\tO\tO\tO\nc\tE-X\tS-R\tO\tO\nd\tS-X\tB-R\tO\tO\ne\tU-X\tL-R\tO\tU-R\nf\tO\tO\tO\tO\n"
    )
    [document] = read(tmp_path, content)
    assert told(document) == [
        ("X", "a b c", [("R", "c"), ("R", "d e")]),
        ("X", "d", []),
        ("X", "e", [("R", "e")]),
    ]


def test_iob1_is_read_in_plain_sentences(tmp_path: Path) -> None:
    [first, second] = read(tmp_path, "a I-X\nb I-X\nc B-X\nd I-Y\n\ne I-Y\n")
    assert first.meta == {"regions": regions(("X", 0, 3, "a b"), ("X", 4, 5, "c"), ("Y", 6, 7, "d"))}
    assert second.meta == {"regions": regions(("Y", 0, 1, "e"))}


def test_a_damaged_file_of_two_schemes_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"file\.conll:4: tag \"I-X\" must follow a tag of its label, for line 1 is IOB2"
    ):
        read(tmp_path, "a B-X\nb O\n\nc I-X\n")
    with pytest.raises(DataError, match=r"file\.conll:3: tag \"B-X\" must begin with I, for line 1 is IOB1"):
        read(tmp_path, "a I-X\nb O\nc B-X\n")


HEAD = '# newdoc id = d\n# newdoc text = "a b"\n'


@pytest.mark.parametrize(
    ("content", "line", "found"),
    [
        (
            "a\tB-X\tO\nb\tO\n",
            2,
            'must be a token and its tags in 3 columns, as its sentence begins, but is ["b", "O"]',
        ),
        ("a\n", 1, 'in 2 columns, as its sentence begins, but is ["a"]'),
        ("\tO\n", 1, 'but is ["", "O"]'),
        ("a\tB-X\tO\tO\n", 1, "a column for each of its 1 trigger(s) after the first two, but has 2"),
        ("a\tO\tB-R\n", 1, "a column for each of its 0 trigger(s) after the first two, but has 1"),
        ("a\tI-X\tO\n", 1, 'tag "I-X" must follow a tag of its label, but does not'),
        ("a\tB-X\tO\nb\tO\tI-R\n", 2, 'tag "I-R" must follow a tag of its label, but does not'),
        ("a\tB-X\tB-R\nb\tI-Y\tI-R\n", 2, 'tag "I-Y" must follow'),
        ("a\tB-X\tO|B-R\nb\tO\tI-R\n", 2, 'tag "I-R" must follow'),
        ("a\tB-X\tE-R\n", 1, 'tag "E-R" must follow'),
        ("a\tB-X\tS-R\nb\tO\tI-R\n", 2, 'tag "I-R" must follow'),
        ("a\tE-X\n", 1, 'tag "E-X" must follow'),
        ("a\tO\nb\tNN\n", 2, 'tag "NN" must be O, or B- or I- and a label, but is not'),
        ("a\tO\nb\tB-\n", 2, 'tag "B-" must be O, or'),
        ("a\tO\nb\tB-X|\n", 2, 'tag "" must be O, or'),
        (b"a\tO\n\xff\tO\n", 2, "must be UTF-8, but is not"),
        (b"# newdoc id = \xff\na\tO\n", 1, "must be UTF-8, but is not"),
        (HEAD + "a\tO\n\nc\tO\n", 5, 'token "c" must follow in \'newdoc text\', but "b" does'),
        (
            '# newdoc id = d\n# newdoc text = "\u3000a"\n\u3000a\tO\n',
            3,
            r"""token "\u3000a" must follow in 'newdoc text', but "a" does""",
        ),
        ("# newdoc id = d\n# newdoc text = 'a'\n", 2, "'newdoc text' must be a JSON str"),
        (
            '# newdoc id = d\n# newdoc text = "a"\n',
            1,
            "the tokens must go on to the end of 'newdoc text', but \"a\" is",
        ),
        (HEAD + "a\tO\n", 3, "the tokens must go on to the end of 'newdoc text', but \"b\" is not among them"),
        ('# newdoc text = "a\n# newdoc id = d\na\tO\n', 1, '\'newdoc text\' must be a JSON str, but is "\\"a"'),
        ("# newdoc id = d\n# newdoc text = 1\na\tO\n", 2, "'newdoc text' must be a JSON str"),
        ("# newdoc id = d\n# newdoc meta = []\na\tO\n", 2, "'newdoc meta' must be a JSON dict, but is"),
        (f"# newdoc id = d\n# newdoc meta = {'[' * 100_000}\na\tO\n", 2, "'newdoc meta' must be a JSON dict"),
        (f"# newdoc id = d\n# newdoc meta = {'1' * 5000}\na\tO\n", 2, "'newdoc meta' must be a JSON dict"),
        (
            '# newdoc id = d\n# event ids = ["a"]\na\tO\n',
            2,
            "'event ids' must be 0 texts, one an event of the sentence",
        ),
        ("# newdoc id = d\n# event ids = [1]\na\tB-X\tO\n", 2, "'event ids' must be 1 texts"),
        ("# newdoc id = d\n# event ids = x\na\tB-X\tO\n", 2, "'event ids' must be a JSON list"),
        ('# newdoc id = d\n# event ids = ["a", "a"]\na\tB-X|B-X\tO\tO\n', 1, "id 'a' must be unique"),
    ],
)
def test_what_is_wrong_is_named_and_the_others_are_read(
    tmp_path: Path, content: str | bytes, line: int, found: str
) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    n_before = 3
    documents = read_conll(put(tmp_path, b"# newdoc id = first\na\tO\n\n" + raw + b"\n# newdoc id = last\nb\tO\n"))
    if not raw.startswith(b"#"):
        documents = read_conll(put(tmp_path, raw + b"\n# newdoc id = last\nb\tO\n"))
        n_before = 0
    else:
        assert next(documents).id == "first"
    assert next(documents).id == "last"
    with pytest.raises(DataError, match=rf"file\.conll:{n_before + line}: ") as raised:
        next(documents)
    assert found in str(raised.value)


@pytest.mark.parametrize("gap", ["", " ", "  ", "\u3000", " \u3000", "\u00a0 ", "\n", " \r\n\t"])
def test_any_white_space_may_lie_between_tokens(tmp_path: Path, gap: str) -> None:
    text = json.dumps(f"{gap}a{gap}b{gap}")
    [document] = read(tmp_path, f"# newdoc id = d\n# newdoc text = {text}\na\tO\tO\nb\tB-X\tO\n")
    [event] = document.events
    assert event.trigger == Span(2 * len(gap) + 1, 2 * len(gap) + 2)


def test_ids_must_be_unique(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"file\.conll:4: id 'd' must be unique, but stands in line 1 too"):
        read(tmp_path, "# newdoc id = d\na\tO\n\n# newdoc id = d\nb\tO\n")


def test_events_are_held_to_an_ontology(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"file\.conll:1: .*role 'Agent' is not allowed for event type 'Attack'"):
        read(tmp_path, "a\tB-Attack\tB-Agent\n", ONTOLOGY)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.conll: must be a readable file"):
        list(read_conll(tmp_path / "none.conll"))


def test_a_comment_and_a_token_are_told_apart(tmp_path: Path) -> None:
    content = "# newdoc id = d\n# a = b\tO\n#\tO\n#tag\tB-X\n#x=1\tO\n\n# B-X\n# is no row\n# O = O\nb O\n"
    [document] = read(tmp_path, content)
    assert document.text == "# #tag #x=1\n#\nb"
    kept = [[0, "a = b\tO"], [14, "is no row"], [14, "O = O"]]
    assert document.meta["conll"] == {"comments": kept}


def test_what_the_format_cannot_say_is_counted(tmp_path: Path) -> None:
    arguments = (
        Argument(role="Place", char_span=Span(14, 18), score=0.5),
        Argument(role="Place", char_span=Span(13, 18), score=0.5),
    )
    events = (
        Event(id="E1", event_type="Attack", trigger=Span(7, 13), arguments=arguments, score=0.5),
        Event(id="E2", event_type="Attack", trigger=None, arguments=arguments),
        Event(id="E3", event_type="Attack", trigger=Span(6, 13), arguments=arguments),
    )
    receipt = ReadReceipt(n_chars=1, n_words=1, n_windows=1, n_words_cut=0)
    coverage = Coverage(char_spans=(Span(0, 20),))
    [document], left_out = again(tmp_path, [replace(DOCUMENT, events=events, coverage=coverage, receipt=receipt)])
    assert told(document) == [("Attack", "struck", [("Place", "Goma")])]
    assert left_out == {
        "event without a trigger": 1,
        "event whose trigger begins or ends in white space": 1,
        "argument that begins or ends in white space": 1,
        "score": 2,
        "annotated part": 1,
        "read-receipt": 1,
    }


def test_halves_of_a_character_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a text must hold each character whole"):
        write_conll([Document(id="d", text="\ud83d\udd25")], tmp_path / "a.conll", Counter())


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (WRITTEN.encode(), True),
        (b"\xef\xbb\xbf# newdoc id = d\n# newdoc te", True),
        (b"-DOCSTART- -X- -X- O\n", True),
        (b"EU NNP B-NP B-ORG\nbans VBZ B-VP O\n\nEU NN", True),
        (b"# sent_id = 1\r\na\tB-X\tO\t_\r\nb\tO\tO\tSpaceAfter=No\r\n", True),
        (b"a\tO", True),
        (b"", False),
        (b"# sent_id = 1\n", False),
        (b"# id: nw-001\nHe left .\n", False),
        (b"T1\tAttack 0 5\tfired\n", False),
        (b'{"id": "a", "text": "O", "events": []}\n', False),
        (b"He said O\nand left.\n\n", False),
        (b"a\n", False),
        (b"\xff\xfe\x00", False),
    ],
)
def test_the_format_is_told_by_its_head(head: bytes, expected: bool) -> None:
    assert is_conll(head) is expected


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw a document whose events stand in order of their triggers, and their arguments in order of their starts."""
    text = draw(st.text(alphabet=VISIBLE + HIDDEN, max_size=14))
    visible = [number for number, character in enumerate(text) if character not in " \t\r\n\u00a0\u2028\x85"]
    if not visible:
        return Document(id="d", text=text)
    ends = st.tuples(st.sampled_from(visible), st.sampled_from(visible))
    spans = ends.map(lambda pair: Span(min(pair), max(pair) + 1))
    labels = st.sampled_from(["X", "Y-Z", "a|b\\", "c d"])
    arguments = st.lists(st.builds(Argument, role=labels, char_span=spans), max_size=4)
    events = draw(st.lists(st.tuples(labels, spans, arguments), max_size=3))
    return Document(
        id="d",
        text=text,
        events=tuple(
            Event(
                id=f"e{number}",
                event_type=event_type,
                trigger=trigger,
                arguments=tuple(sorted(others, key=lambda argument: argument.char_span.start)),
            )
            for number, (event_type, trigger, others) in enumerate(sorted(events, key=lambda event: event[1].start))
        ),
    )


@given(document=documents())
def test_any_document_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, document: Document) -> None:
    assert again(tmp_path_factory.mktemp("columns"), [document]) == ([document], Counter())


@given(
    raw=st.lists(st.sampled_from(["a", "#", "\t", " ", "\n", "\n\n", "B-X", "I-X", "O", "|", "# newdoc id = d", '"']))
)
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, raw: list[str]) -> None:
    left_out = Counter[str]()
    path = put(tmp_path_factory.mktemp("columns"), "".join(raw))
    try:
        write_conll(read_conll(path), path.with_name("again.conll"), left_out)
    except DataError:
        return
    assert list(read_conll(path.with_name("again.conll"))) == list(read_conll(path))
    assert not left_out
