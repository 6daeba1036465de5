"""Malformed files of the formats that are JSON: broken JSON, and sound JSON that says nothing sound."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from tests.integration.malformed.cases import Case, maker
from tests.integration.malformed.specimens import (
    ARRAYS,
    FILE_OF,
    LINES,
    changed,
    file_of_values,
    files_of,
    line_of_document,
    values_of,
)

from eventroles.formats.table import DataFormat

KINDS: Final = (*LINES, *ARRAYS)
SPOILT: Final = 2
"""The document of the three that is spoilt."""

_Path = tuple[str | int, ...]

OFFSETS: Final[Mapping[str, _Path]] = {
    "native": ("events", 0, "trigger", "start"),
    "doccano": ("entities", 0, "start_offset"),
    "prodigy": ("spans", 0, "start"),
    "textee": ("event_mentions", 0, "trigger", "start"),
    "wikievents": ("event_mentions", 0, "trigger", "start"),
    "rams": ("evt_triggers", 0, 0),
    "dygie": ("events", 0, 0, 0, 0),
    "muc": ("templates", 0, "Place", 0, 0, 1),
    "labelstudio": ("annotations", 0, "result", 0, "value", "start"),
    "gliner": ("ner", 0, 0),
}
"""Where the first offset of a document stands."""

BAD_OFFSETS: Final[Mapping[str, tuple[Any, str]]] = {
    "negative": (-1, "-1"),
    "past-the-end": (1000, "1000"),
    "huge": (10**30, "10{30}|out of range|integer"),
    "fraction": (1.5, r"1\.5"),
    "whole-fraction": (5.0, r"5\.0"),
    "truth-value": (True, "[Tt]rue"),
    "not-a-number": (float("nan"), "[Nn]a[Nn]"),
    "infinite": (float("inf"), "[Ii]nf"),
    "text": ("5", "['\"]5['\"]"),
    "list": ([5], r"\[5\]"),
}
"""What cannot be an offset, and how a refusal shows it."""

OTHER_KINDS: Final[Mapping[str, tuple[tuple[_Path, Any, str], ...]]] = {
    "native": (
        (("text",), 7, "text: must be text, but is 7"),
        (("id",), None, "id: must be text, but is null"),
        (("events",), {"a": 1}, 'events: must be a list, but is {"a": 1}'),
        (("events", 0), [], r"events\[0\]: must be a JSON object, but is \[\]"),
        (("meta",), [], r"meta: must be a mapping, but is \[\]"),
        (("typo",), 1, "typo: must be a key of a document, but is not"),
        (("events", 0, "score"), 2, r"score: must be in \[0, 1\], but is 2"),
        (("annotated",), {"char_spans": [[5, 1]]}, r"char_spans: must be pairs .* but one is \[5, 1\]"),
    ),
    "doccano": (
        (("text",), 7, "must be a JSON object with a 'text', but is"),
        (("id",), [1], r"id: must be a whole number or text, but is \[1\]"),
        (("entities",), {"a": 1}, 'entities: must be a list of entities, but is {"a": 1}'),
        (("relations",), "x", 'relations: must be a list of relations, but is "x"'),
        (("relations", 0, "to_id"), 99, "must join two entities, but there is none with id 99"),
        (("entities", 1, "id"), 1, "entity id 1 must be unique, but stands there 2 times"),
    ),
    "prodigy": (
        (("text",), 7, "text: must be .*str.*, but is 7"),
        (("spans",), "x", "spans: must be a valid list, but is 'x'"),
        (("tokens", 0), 1, r"tokens\.0: must .*, but is 1"),
        (("answer",), "maybe", "answer: must be 'accept', 'reject' or 'ignore', but is 'maybe'"),
        (("relations", 0, "head_span"), None, r"relations\.0\.head_span: must .*, but is None"),
        (("spans", 0, "text"), "Goma", r"spans\[0\]: must be text\[19:26\], which is 'shelled', but is 'Goma'"),
    ),
    "textee": (
        (("tokens",), "x", "tokens: must be a valid list, but is 'x'"),
        (("tokens", 0), "", "tokens.0: must have at least 1 character, but is ''"),
        (("wnd_id",), 7, "wnd_id: must be a valid string, but is 7"),
        (("event_mentions", 0, "arguments"), None, r"arguments: must be a valid list, but is None"),
        (("event_mentions", 0, "trigger", "text"), "Goma", "text must be that of tokens .*'shelled', but is 'Goma'"),
        (("tokens", 0), "\ud800", "tokens.0: must be a valid string"),
    ),
    "wikievents": (
        (("tokens",), [], "tokens: must be the tokens of 'sentences', but are others"),
        (("doc_id",), None, "doc_id: must be a valid string, but is None"),
        (("sentences", 0), ["x"], "sentences.0.1: must be given, but is missing"),
        (("event_mentions", 0, "arguments", 0, "entity_id"), "x", "must name an entity mention, but there is no 'x'"),
        (("entity_mentions", 1, "id"), "b-T1", "id 'b-T1' must be unique, but stands there twice"),
        (("event_mentions", 0, "trigger", "text"), "Goma", "text must be that of tokens .*'shelled', but is 'Goma'"),
    ),
    "rams": (
        (("sentences",), "x", "sentences: must be a valid list, but is 'x'"),
        (("doc_key",), 7, "doc_key: must be a valid string, but is 7"),
        (("evt_triggers", 0), [5], r"evt_triggers\.0\.1: must be given, but is missing"),
        (("evt_triggers", 0, 2), [], r"evt_triggers\.0\.2: must have at least 1 item"),
        (("gold_evt_links", 0, 0), [0, 0], r"must begin at one of 'evt_triggers', but begins at \[0, 0\]"),
        (("evt_triggers", 0, 2, 0, 1), 1.5, r"must be less than or equal to 1, but is 1\.5"),
    ),
    "dygie": (
        (("sentences",), 7, "sentences: must be a valid list, but is 7"),
        (("doc_key",), None, "doc_key: must be a valid string, but is None"),
        (("events",), "x", 'events: must be lists in lists as the format has them, but is "x"'),
        (("events",), [[], []], r"events: must have a list for each of 1 sentence\(s\), but has 2"),
        (("ner",), [[[0]]], r"ner\[0\]: must begin with the tokens of 1 span\(s\), but is \[0\]"),
        (("events", 0, 0, 1), [4, 4], r"events\[0\]: must be \[\[token, type\], .* has a list of another form"),
    ),
    "muc": (
        (("docid",), 7, "docid: must be text, but is 7"),
        (("doctext",), None, "doctext: must be text, but is null"),
        (("templates",), "x", "templates: must be a list of templates"),
        (("templates", 0), 1, r"templates\[0\]\.incident_type: must be text, but is null"),
        (("templates", 0, "Place"), "x", 'Place: must be a list, but is "x"'),
        (("templates", 0, "Place", 0), [], r"Place\[0\]: must have a mention, but has none"),
        (("templates", 0, "Place", 0, 0), ["Kivu"], 'must be in doctext, but "Kivu" is not'),
        (("templates", 0, "Place", 0, 0, 1), 26, r"must be doctext\[26:30\], which is ' Gom', but is 'Goma'"),
    ),
    "labelstudio": (
        (("data",), "x", "must be a task with 'data', but is"),
        (("data", "text"), 7, r"data: must have its text under 'text', but has only"),
        (("annotations",), "x", 'annotations: must be a list of JSON objects, but is "x"'),
        (("annotations", 0, "result"), {"a": 1}, 'result: must be a list, but is {"a": 1}'),
        (("annotations", 0, "result", 0, "value"), 7, r"result\[0\]: must have an 'id', a whole 'start'"),
        (("annotations", 0, "result", 3, "to_id"), "x", "must join two regions, but there is no 'x'"),
        (("annotations", 0, "result", 0, "value", "text"), "Goma", 'text must be .*"shelled", but is "Goma"'),
        (("annotations", 0, "result", 0, "type"), "rectanglelabels", "must mark plain text, but is of type"),
        (("completions",), [], "must have 'annotations', but has 'completions'"),
    ),
    "gliner": (
        (("tokenized_text",), "x", "tokenized_text: must be a valid list, but is 'x'"),
        (("tokenized_text", 0), "", r'tokenized_text\[0\]: must be a token of some length, but is ""'),
        (("ner",), "x", "ner: must be a valid list, but is 'x'"),
        (("ner", 0), [5], r"ner\[0\]: must be \[first token, last token, label\], but is \[5\]"),
        (("ner_ids",), ["E1"], "ner_ids: must be one for each item of 'ner', but are 1 for 3"),
        (("ner_ids", 1), "E1", "region id 'E1' must be unique, but stands there twice"),
        (("relations", 0, "tail", "position"), [0, 0], r"must join items of 'ner', but none is at \[0, 0\]"),
        (("relations", 0, "tail", "position"), [True, True], "must have 'head' and 'tail' with 'position'"),
        (("relations", 0), [0, True, "Place"], "must have 'head' and 'tail' with 'position'"),
        (("relations", 0, "head", "mention"), "Goma", "its mention must be .*'shelled', but is \"Goma\""),
    ),
}
"""What a place may not hold, with what a refusal says of it."""

NO_DOCUMENTS: Final = ("null", "true", "7", '"x"', "[[]]", "{}", "NaN")
"""JSON values that are no documents of any format."""

_TOKENS: Final = ["word"] * 40_000
_TEXT: Final = " ".join(_TOKENS)
_MANY: Final = range(2000)
_CHARACTERS: Final = {"start": 1, "end": len(_TEXT) - 1, "text": "x"}
_OF_TOKENS: Final = {"start": 1, "end": len(_TOKENS) - 1, "text": "x"}
_EVENTS: Final = [
    {"id": f"E{number}", "event_type": "A", "trigger": _OF_TOKENS, "arguments": []} for number in _MANY
]  # fmt: skip
_LABELS: Final = {"id": "A", "type": "labels", "value": {"start": 0, "end": 4, "labels": ["B"] * 100}}
_OFTEN: Final = {"type": "relation", "from_id": "A", "to_id": "A", "labels": ["C"] * 50_000}
MANY_SPANS: Final[Mapping[str, tuple[Any, str]]] = {
    "native": (
        {"id": "a", "text": _TEXT, "events": [{"type": "A", "trigger": _CHARACTERS} for _ in _MANY]},
        r"its text must equal document text\[1:199998\], which is 'ord word .*…, but is 'x'",
    ),
    "prodigy": (
        {"text": _TEXT, "spans": [{"label": "A", **_CHARACTERS} for _ in _MANY]},
        r"must be text\[1:199998\], which is 'ord word .*…, but is 'x'",
    ),
    "labelstudio": (
        {
            "data": {"text": _TEXT},
            "annotations": [
                {"result": [{"id": str(n), "type": "labels", "value": {**_CHARACTERS, "labels": ["A"]}} for n in _MANY]}
            ],
        },
        r"its text must be that of the task in \[1, 199998\), \"ord word .*…, but is \"x\"",
    ),
    "labelstudio-links": (
        {"data": {"text": _TEXT}, "annotations": [{"result": [_LABELS, _OFTEN]}]},
        "must be at most 100 links with all labels of 'A', but is more",
    ),
    "gliner": (
        {"tokenized_text": _TOKENS, "ner": [[1, len(_TOKENS) - 2, "A", "x"] for _ in _MANY]},
        r"its mention must be that of its tokens, 'word word .*…, but is \"x\"",
    ),
    "textee": (
        {"doc_id": "a", "wnd_id": "a", "tokens": _TOKENS, "event_mentions": _EVENTS},
        r"its text must be that of tokens \[1, 39999\), 'word word .*…, but is 'x'",
    ),
    "wikievents": (
        {
            "doc_id": "a",
            "tokens": _TOKENS,
            "text": "",
            "sentences": [[[[token, 0, 4] for token in _TOKENS], ""]],
            "event_mentions": _EVENTS,
        },
        r"its text must be that of tokens \[1, 39999\), 'word word .*…, but is 'x'",
    ),
}
"""Documents of many spans that are said to be `x`, and are nearly all of a long text; and a relation of many labels."""

_Change = Callable[[bytes], bytes]


def json_cases() -> Iterator[Case]:
    """List the malformed files."""
    for kind in KINDS:
        yield from _broken(kind)
        yield from _of_other_kinds(kind)
        yield from _huge(kind)
    for what, (value, says) in MANY_SPANS.items():
        kind = DataFormat(what.partition("-")[0])
        raw = file_of_values(kind, [value])
        yield _case(kind, f"many-{what}", partial(bytes, raw), line_of_document(kind, 1), says)


def _broken(kind: DataFormat) -> Iterator[Case]:
    """Spoil the bytes of the second document."""
    no_json, no_utf_8 = "must be one whole JSON (object|array), but: ", "must be UTF-8, but"
    changes: Mapping[str, tuple[_Change, str]] = {
        **{f"cut-at-{tenths}-tenths": (partial(_cut, tenths=tenths), no_json) for tenths in (1, 3, 5, 7, 9)},
        "nul-in-a-text": (lambda line: line.replace(b"rebels", b"re\0bels", 1), no_json),
        "nul-between-values": (lambda line: line.replace(b": ", b":\0", 1), no_json),
        "bad-byte": (lambda line: line.replace(b"rebels", b"re\xffbels", 1), no_utf_8),
        "half-a-character": (lambda line: line.replace("😀".encode(), "😀".encode()[:2], 1), no_utf_8),
        "encoded-surrogate": (lambda line: line.replace("😀".encode(), b"\xed\xa0\x80", 1), no_utf_8),
        "comma-too-many": (lambda line: line.replace(b"{", b"{,", 1), no_json),
        "quotes-of-another-kind": (lambda line: line.replace(b'"', b"'"), no_json),
        "number-of-5000-digits": (lambda _: b'{"id": ' + b"1" * 5000 + b"}", no_json + "Exceeds the limit"),
        "brackets": (lambda _: b"[" * 100_000, no_json + "maximum recursion depth exceeded"),
        "braces": (lambda _: b'{"a":' * 100_000, no_json + "maximum recursion depth exceeded"),
    }
    for what, (change, says) in changes.items():
        line = line_of_document(kind, SPOILT)
        yield _case(kind, what, partial(_with_second, kind, change), line, says)
    whole: Mapping[str, tuple[_Change, str]] = {
        "utf-16": (lambda raw: raw.decode().encode("utf-16"), no_utf_8),
        "utf-16-without-a-mark": (lambda raw: raw.decode().encode("utf-16-le"), f"{no_utf_8}|{no_json}"),
        "latin-1": (lambda raw: raw.decode().replace("😀", "").encode("latin-1"), no_utf_8),
        "binary-junk": (lambda _: b"\x89PNG\r\n" + bytes(range(256)) * 64, no_utf_8),
        "nul-bytes": (lambda _: bytes(1000), no_json),
        "plain-text": (lambda _: b"Rebels shelled Goma.", no_json),
    }
    for what, (change, says) in whole.items():
        line = line_of_document(kind, 1) if what in {"latin-1", "utf-16-without-a-mark"} else 1
        yield _case(kind, what, partial(_with_all, kind, change), line, says)


def _of_other_kinds(kind: DataFormat) -> Iterator[Case]:
    """Put values of another kind into the second document, or in its place."""
    line = line_of_document(kind, SPOILT)
    for what, (value, shown) in BAD_OFFSETS.items():
        says = "whole 'start' and 'end'|counts in markup|0 <= start" if kind == DataFormat.LABELSTUDIO else shown
        yield _case(kind, f"offset-{what}", partial(_with_value, kind, OFFSETS[kind], value), line, says)
    for number, (path, value, says) in enumerate(OTHER_KINDS[kind], start=1):
        what = f"{number}-{'-'.join(map(str, path))}-{json.dumps(value)[:9]}"
        yield _case(kind, what, partial(_with_value, kind, path, value), line, says)
    for value in NO_DOCUMENTS:
        yield _case(kind, f"document-{value}", partial(_with_value, kind, (), json.loads(value)), line, "must")
    yield _case(kind, "twice-the-same", partial(_with_second, kind, _first_of(kind)), line, "id 'a' must be unique")


def _huge(kind: DataFormat) -> Iterator[Case]:
    """Make files of some megabytes, of which the end would be needed to read the beginning."""
    wholes = {
        "long-line": b"x" * 2_000_000,
        "long-text": b'[{"text": "' + b"x" * 2_000_000,
        "long-blank": b"[" + b" " * 2_000_000,
        "long-brackets": b"[" * 2_000_000,
    }
    for what, raw in wholes.items():
        yield _case(kind, what, partial(_with_all, kind, partial(_replaced, raw=raw)), 1, "must be one whole JSON")


def _case(kind: DataFormat, what: str, raw: Callable[[], bytes], line: int, says: str) -> Case:
    name = FILE_OF[kind]
    return Case(kind=kind, what=what, make=maker(lambda: {name: raw()}, name), at=f"{name}:{line}: ", says=says)


def _with_second(kind: DataFormat, change: _Change) -> bytes:
    lines = files_of(kind)[FILE_OF[kind]].splitlines(keepends=True)
    at = line_of_document(kind, SPOILT) - 1
    lines[at] = change(lines[at].rstrip(b"\n")) + b"\n"
    return b"".join(lines)


def _with_all(kind: DataFormat, change: _Change) -> bytes:
    return change(files_of(kind)[FILE_OF[kind]])


def _with_value(kind: DataFormat, path: _Path, value: Any) -> bytes:
    values = values_of(kind)
    values[SPOILT - 1] = changed(values[SPOILT - 1], path, value)
    return file_of_values(kind, values)


def _cut(line: bytes, tenths: int) -> bytes:
    """Cut a line, but not inside a character, which would be no UTF-8 first."""
    return line[: len(line) * tenths // 10].decode(errors="ignore").encode()


def _replaced(_: bytes, raw: bytes) -> bytes:
    return raw


def _first_of(kind: DataFormat) -> _Change:
    return lambda _: files_of(kind)[FILE_OF[kind]].splitlines()[line_of_document(kind, 1) - 1]
