"""Malformed files of the formats that people and tools write line by line: columns, articles and brat."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from tests.integration.malformed.cases import Case, Files, maker
from tests.integration.malformed.specimens import ARTICLE, FILE_OF, files_of

from eventroles.formats.table import DataFormat

JUNK: Final = b"\x89PNG\r\n" + bytes(range(256)) * 64
LONG: Final = 2_000_000
MANY: Final = 400_000
"""Bytes of a file with many problems, which take longer than one."""

_Change = Callable[[bytes], bytes]


def line_cases() -> Iterator[Case]:
    """List the malformed files."""
    for what, (change, line, says) in CONLL.items():
        yield _case(DataFormat.CONLL, what, change, f":{line}: ", says)
    for what, (change, line, says) in INTERLINEAR.items():
        yield _case(DataFormat.INTERLINEAR, what, change, f":{line}: " if line else ": ", says)
    for what, (change, line, says) in BRAT.items():
        yield _brat(f"ann-{what}", "b.ann", change, f"b.ann:{line}: " if line else "b.ann: ", says)
    for what, raw in MANY_FRAGMENTS.items():
        files = {"b.txt": b"word " * 40_000, "b.ann": raw}
        make, says = maker(partial(dict, files)), r"its text must be that of \[\(1, 199999\).* but is \"x\""
        yield Case(kind=DataFormat.BRAT, what=f"many-long-{what}", make=make, at="b.ann:1: ", says=says)
    for what, (change, at, says) in BRAT_TEXTS.items():
        yield _brat(f"txt-{what}", "b.txt", change, at, says)


def _replacing(old: bytes, new: bytes) -> _Change:
    def change(raw: bytes) -> bytes:
        assert old in raw
        return raw.replace(old, new, 1)

    return change


def _giving(raw: bytes) -> _Change:
    return lambda _: raw


def _ending(end: bytes) -> _Change:
    return lambda raw: raw.replace(b"\n", end)


def _coded(encoding: str) -> _Change:
    return lambda raw: raw.decode().replace("😀", "").encode(encoding)


_COLUMNS = "must be a token and its tags in 3 columns, as its sentence begins, but is"
CONLL: Final[Mapping[str, tuple[_Change, int, str]]] = {
    "row-cut": (lambda raw: raw[: raw.index(b"Goma\tO") + 2], 9, _COLUMNS + r' \["Go"\]'),
    "rows-missing": (
        lambda raw: raw[: raw.index(b"shelled\t")],
        3,
        "must go on to the end of 'newdoc text', but \"shelled Goma",
    ),
    "text-cut": (lambda raw: raw[: raw.index(b"rebels")], 2, "'newdoc text' must be a JSON str, but is"),
    "text-of-another-kind": (
        _replacing(b'text = "', b'text = 7 "'),
        2,
        "'newdoc text' must be a JSON str, but is \"7 ",
    ),
    "text-of-100000-brackets": (
        _replacing(b"# newdoc text = ", b"# newdoc text = " + b"[" * 100_000),
        2,
        "'newdoc text' must be a JSON str",
    ),
    "meta-that-is-no-object": (_replacing(b"# newdoc text", b"# newdoc meta = []\n# newdoc text"), 2, "JSON dict"),
    "ids-too-many": (
        _replacing(b"# newdoc text", b'# event ids = ["E1", "E2"]\n# newdoc text'),
        2,
        "'event ids' must be 1 texts, one an event of the sentence, but is",
    ),
    "token-that-is-another": (
        _replacing(b"rebels\t", b"rebel\t"),
        8,
        'token "shelled" must follow in .* but "s shelled',
    ),
    "token-with-nul": (_replacing(b"rebels\t", b"re\0bels\t"), 7, 'token "re\\\\u0000bels" must follow'),
    "token-empty": (_replacing(b"rebels\t", b"\t"), 7, _COLUMNS + r' \["", "O"'),
    "cell-too-many": (_replacing(b"rebels\tO", b"rebels\tO\tO"), 7, _COLUMNS + r' \["rebels", "O", "O"'),
    "column-missing": (
        lambda raw: raw.replace(b"\tB-Place", b"").replace(b"\tB-Attacker", b"").replace(b"\tO\n", b"\n"),
        7,
        "must be a token and its tags in 2 columns",
    ),
    "tag-unknown": (_replacing(b"B-Place", b"X-Place"), 9, 'tag "X-Place" must be O, or B- or I- and a label'),
    "tag-without-label": (_replacing(b"B-Place", b"B-"), 9, 'tag "B-" must be O, or B- or I- and a label'),
    "trigger-without-column": (
        _replacing(b"Goma\tO", b"Goma\tB-Attack"),
        3,
        r"must have a column for each of its 2 trigger\(s\) after the first two, but has 1",
    ),
    "id-twice": (_replacing(b"# newdoc id = b", b"# newdoc id = a"), 12, "id 'a' must be unique, but stands in line 1"),
    "bad-byte-in-a-row": (_replacing(b"rebels\t", b"re\xffbels\t"), 7, "must be UTF-8, but is not"),
    "bad-byte-in-a-comment": (_replacing(b"# newdoc id = a", b"# newdoc id = \xe9"), 1, "must be UTF-8, but is not"),
    "encoded-surrogate": (_replacing("😀".encode(), b"\xed\xa0\x80"), 2, "must be UTF-8, but is not"),
    "latin-1": (_coded("latin-1"), 2, "must be UTF-8, but is not"),
    "utf-16": (_coded("utf-16"), 1, "must be UTF-8, but is not"),
    "ends-of-cr": (_ending(b"\r"), 1, "must be ended by LF, but is not"),
    "row-of-cr": (_replacing(b"O\nvu", b"O\rvu"), 3, "must be ended by LF, but is not|3 columns"),
    "junk": (_giving(JUNK), 1, "must be UTF-8, but is not|columns"),
    "nul-bytes": (_giving(bytes(1000)), 1, r"must be a token and its tags in 2 columns, .* but is \[\"\\u0000"),
    "plain-text": (_giving(b"Rebels.\n"), 1, r'must be a token and its tags in 2 columns, .* but is \["Rebels\."\]'),
    "brackets": (_giving(b"[" * 100_000), 1, "must be a token and its tags in 2 columns"),
    "long-row": (_giving(b"x" * LONG), 1, "must be a token and its tags in 2 columns"),
    "long-row-of-cells": (_giving(b"x\t" * (MANY // 2)), 1, 'tag "" must be O'),
    "many-bad-rows": (_giving(b"aaaa\tB-\n" * (MANY // 8)), 1, 'tag "B-" must be O'),
}
"""Changes of the sound file, the line that is refused, and what is said of it."""

_LINE = "must be '# key: value' before the first sentence, .* but is "
INTERLINEAR: Final[Mapping[str, tuple[_Change, int, str]]] = {
    "empty": (_giving(b""), 0, "must begin with '# id: …' and hold a sentence"),
    "only-a-mark": (_giving(b"\xef\xbb\xbf"), 0, "must begin with '# id: …' and hold a sentence"),
    "without-sentences": (_giving(b"# id: a\n"), 0, "must begin with '# id: …' and hold a sentence"),
    "without-an-id": (_replacing(b"# id: a\n", b""), 0, "must begin with '# id: …' and hold a sentence"),
    "line-cut": (_giving(ARTICLE.encode()[:-12]), 4, _LINE + r"'\[2\]'"),
    "event-cut": (
        _giving(ARTICLE.encode()[: ARTICLE.encode().index(b": rebels |")]),
        3,
        "must be 'Type: trigger . Role: argument",
    ),
    "key-twice": (_replacing(b"# id: a\n", b"# id: a\n# id: b\n"), 2, _LINE + "'# id: b'"),
    "key-late": (_replacing(b"[2]", b"# date: x\n[2]"), 4, _LINE + "'# date: x'"),
    "number-out-of-order": (_replacing(b"[2]", b"[3]"), 4, r"so \[2\] here, but is \[3\]"),
    "number-huge": (_replacing(b"[2]", b"[" + b"9" * 5000 + b"]"), 4, _LINE),
    "number-negative": (_replacing(b"[2]", b"[-2]"), 4, _LINE + r"'\[-2\] Many fled\.'"),
    "mention-of-nothing": (_replacing(b"Place: Goma", b"Place: Kivu"), 3, "'Kivu' must stand between word borders"),
    "mention-in-a-word": (_replacing(b"Place: Goma", b"Place: Gom"), 3, "'Gom' must stand between word borders"),
    "mention-past-the-last": (_replacing(b"Place: Goma", b"Place: Goma #2"), 3, "'Goma #2' must stand between"),
    "sentence-that-is-none": (_replacing(b"Place: Goma", b"Place: Goma @9"), 3, "'Goma @9' must name another sentence"),
    "sentence-0": (_replacing(b"Place: Goma", b"Place: Goma @0"), 3, "'Goma @0' must name another sentence"),
    "event-twice": (
        _replacing(b"[2]", b"  Attack: shelled | Attacker: rebels | Place: Goma\n[2]"),
        4,
        "each event once",
    ),
    "argument-twice": (_replacing(b"Place: Goma", b"Place: Goma | Place: Goma"), 3, "each argument of an event once"),
    "bad-byte": (
        _replacing(b"rebels shelled", b"re\xffbels shelled"),
        0,
        r"must be UTF-8, but byte \d+ is not \(line 2\)",
    ),
    "latin-1": (_coded("latin-1"), 0, r"must be UTF-8, but byte \d+ is not \(line 2\)"),
    "utf-16": (_coded("utf-16"), 0, r"must be UTF-8, but byte 0 is not \(line 1\)"),
    "ends-of-cr": (_ending(b"\r"), 0, "must begin with '# id: …' and hold a sentence"),
    "nul": (_replacing(b"# id", b"\0# id"), 1, _LINE + r"'\\x00# id: a'"),
    "junk": (_giving(JUNK), 0, "must be UTF-8, but byte 0 is not"),
    "brackets": (_giving(b"[" * 100_000), 1, _LINE),
    "long-line": (_replacing(b"[2] Many fled.", b"x" * LONG), 4, _LINE + "'xxxx"),
    "long-event": (_replacing(b"Attack: shelled", b"x" * LONG), 3, "must be 'Type: trigger . Role: argument"),
    "many-bad-lines": (_giving(b"# id: a\n[1] A.\n" + b"xxxxxxx\n" * (MANY // 8)), 3, _LINE + "'xxxxxxx'"),
    "many-bad-events": (
        _giving(b"# id: a\n" + b"".join(b"[%d] A b.\n" % n for n in range(1, 2001)) + b"  X: zz\n" * 20_000),
        2002,
        "'zz' must stand between word borders",
    ),
    "many-events": (
        _giving(b"# id: a\n[1] A b.\n" + b"".join(b"  X%d: A\n" % n for n in range(8000)) + b"  X: c\n"),
        8003,
        "'c' must stand between word borders",
    ),
    "many-mentions-unclear": (
        _giving(b"# id: a\n[1] " + b"b " * 50_000 + b"c\n" + b"  X: b\n" * 2000),
        3,
        "'b' must say which of its 50000 places",
    ),
}
"""Changes of the sound article, the line that is refused, none where it is all of it, and what is said of it."""

_ANN = "must be like {}.*, with tabs and single spaces, but is "
BRAT: Final[Mapping[str, tuple[_Change, int, str]]] = {
    "line-cut": (lambda raw: raw[: raw.index(b" Attacker:T1") + 8], 4, _ANN.format("E1<TAB>")),
    "text-cut": (lambda raw: raw[: raw.index(b"shelled") + 3], 3, 'text must be .* "shelled", but is "she"'),
    "offset-negative": (_replacing(b"12 18", b"-12 18"), 1, _ANN.format("T1<TAB>")),
    "offset-past-the-end": (_replacing(b"12 18", b"12 99"), 1, r"must have start <= end <= 32 .* is at \[\(12, 99\)\]"),
    "offset-huge": (_replacing(b"12 18", b"12 " + b"9" * 15), 1, "must have start <= end <= 32"),
    "offset-of-5000-digits": (_replacing(b"12 18", b"12 " + b"9" * 5000), 1, _ANN.format("T1<TAB>")),
    "offset-fraction": (_replacing(b"12 18", b"12.0 18.0"), 1, _ANN.format("T1<TAB>")),
    "offset-not-a-number": (_replacing(b"12 18", b"nan inf"), 1, _ANN.format("T1<TAB>")),
    "offsets-crossed": (_replacing(b"12 18", b"18 12"), 1, r"must have start <= end .* is at \[\(18, 12\)\]"),
    "offsets-off-by-one": (_replacing(b"12 18", b"13 19"), 1, 'which is "ebels ", but is "rebels"'),
    "text-of-another": (_replacing(b"\trebels", b"\tGoma"), 1, 'which is "rebels", but is "Goma"'),
    "spaces-for-tabs": (_replacing(b"T1\t", b"T1  "), 1, _ANN.format("T1<TAB>")),
    "trigger-of-nothing": (_replacing(b"Attack:T3", b"Attack:T9"), 4, "'T9' must be the id of a text-bound annotation"),
    "trigger-that-is-an-event": (_replacing(b"Attack:T3", b"Attack:E1"), 4, _ANN.format("E1<TAB>")),
    "trigger-that-is-empty": (
        _replacing(b"T3\tAttack 19 26\tshelled", b"T3\tAttack 19 19\t"),
        4,
        "'T3' must be the id of a text-bound annotation or event, but is not",
    ),
    "argument-of-nothing": (_replacing(b"Place:T2", b"Place:T9"), 4, "'T9' must be the id of a text-bound annotation"),
    "relation-of-nothing": (_replacing(b"E1\t", b"R1\tOn Arg1:T1 Arg2:T9\nE1\t"), 4, "'T9' must be the id of a line"),
    "note-on-nothing": (_replacing(b"E1\t", b"#1\tNote T9\tx\nE1\t"), 4, "'T9' must be the id of a line"),
    "notes-in-a-circle-to-nothing": (
        _replacing(b"E1\t", b"#1\tNote #2\tx\n#2\tNote #3\tx\nE1\t"),
        5,
        "'#3' must be the id of a line, but is not",
    ),
    "id-twice": (_replacing(b"T2\t", b"T1\t"), 2, "id 'T1' must be unique, but stands there twice"),
    "id-of-no-kind": (_replacing(b"T2\t", b"Q2\t"), 2, _ANN.format("T1<TAB>")),
    "id-without-number": (_replacing(b"T2\t", b"T\t"), 2, _ANN.format("T1<TAB>")),
    "event-renamed-to-another": (
        _replacing(b"E1\t", b'E2\tAttack:T3\n#1\tEventRolesEvent E2\t"E1"\nE1\t'),
        6,
        "event id 'E1' must be unique",
    ),
    "nul": (_replacing(b"\trebels", b"\tre\0bels"), 1, 'which is "rebels", but is "re\\\\u0000bels"'),
    "nul-bytes": (_giving(bytes(1000)), 1, _ANN.format("T1<TAB>")),
    "ends-of-cr": (_ending(b"\r"), 1, "text must be that of|must be like T1"),
    "bad-byte": (_replacing(b"\trebels", b"\tre\xffbels"), 0, "must be a readable file in UTF-8, but: .* position 20"),
    "utf-16": (_coded("utf-16"), 0, "must be a readable file in UTF-8, but: .* position 0"),
    "utf-16-without-a-mark": (_coded("utf-16-le"), 1, _ANN.format("T1<TAB>")),
    "junk": (_giving(JUNK), 0, "must be a readable file in UTF-8"),
    "json": (_giving(b'{"id": "a"}\n'), 1, _ANN.format("T1<TAB>") + r'"\{'),
    "brackets": (_giving(b"[" * 100_000), 1, _ANN.format("T1<TAB>")),
    "note-of-100000-brackets": (
        lambda raw: raw + b"#1\tEventRolesScores E9\t" + b"[" * 100_000 + b"\n",
        5,
        "'E9' must be the id of a line, but is not",
    ),
    "long-line": (_giving(b"x" * LONG), 1, _ANN.format("T1<TAB>")),
    "long-fragments": (_giving(b"T1\tA " + b"1 2;" * (LONG // 4)), 1, _ANN.format("T1<TAB>")),
    "many-bad-lines": (_giving(b"xxxxxxxxx\n" * (MANY // 10)), 1, _ANN.format("T1<TAB>")),
    "many-fragments": (
        _giving(b"T1\tA " + b";".join([b"0 31"] * 100_000) + b"\tx\n"),
        1,
        r"its text must be that of \[\(0, 31\), .* but is \"x\"",
    ),
}
"""Changes of the sound annotations, the line that is refused, none where it is the file, and what is said of it."""

MANY_FRAGMENTS: Final[Mapping[str, bytes]] = {
    "lines": b"".join(b"T%d\tA 1 199999\tx\n" % number for number in range(4000)),
    "fragments": b"T1\tA " + b";".join([b"1 199999"] * 4000) + b"\tx\n",
}
"""Annotations that say little of a long text, of which they name nearly all again and again."""

BRAT_TEXTS: Final[Mapping[str, tuple[_Change, str, str]]] = {
    "empty": (_giving(b""), "b.ann:1: ", r"must have start <= end <= 0"),
    "cut": (lambda raw: raw[: raw.index(b"Goma")], "b.ann:2: ", "must have start <= end <= 27"),
    "mark-before": (lambda raw: b"\xef\xbb\xbf" + raw, "b.ann:1: ", 'which is " rebel", but is "rebels"'),
    "latin-1": (_coded("latin-1"), "b.txt: ", "must be a readable file in UTF-8, but: .* position 1"),
    "utf-16": (_coded("utf-16"), "b.txt: ", "must be a readable file in UTF-8, but: .* position 0"),
    "another": (_giving(b"x" * LONG), "b.ann:1: ", 'which is "xxxxxx", but is "rebels"'),
}
"""Changes of the sound text, the place that is refused, and what is said of it."""


def _case(kind: DataFormat, what: str, change: _Change, line: str, says: str) -> Case:
    name = FILE_OF[kind]
    make = maker(lambda: {name: change(files_of(kind)[name])}, name)
    return Case(kind=kind, what=what, make=make, at=f"{name}{line}", says=says)


def _brat(what: str, name: str, change: _Change, at: str, says: str) -> Case:
    def files() -> Files:
        sound = files_of(DataFormat.BRAT)
        return {**sound, name: change(sound[name])}

    return Case(kind=DataFormat.BRAT, what=what, make=maker(files), at=at, says=says)


def folder_of_brat(folder: Path) -> Path:
    """Make a sound folder."""
    return maker(lambda: files_of(DataFormat.BRAT))(folder)
