"""Malformed CAS: XMI with its type system, CAS JSON, and archives of them; bombs and traps among them."""

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import BytesIO
from typing import Any, Final

from tests.integration.malformed.cases import Case, Files, maker
from tests.integration.malformed.specimens import cas_json, changed, files_of

from eventroles.formats.table import DataFormat

SECRET: Final = "what no file may quote"  # noqa: S105  # nobody's
JUNK: Final = b"\x89PNG\r\n" + bytes(range(256)) * 64
LONG: Final = 2_000_000
TYPES_NAME: Final = "TypeSystem.xml"
_SOUND: Final = "must be a sound CAS, but: "
_NO_DTD: Final = (
    _SOUND + r"(its TypeSystem\.xml is not sound: )?it has a document type definition \(DOCTYPE\), which it must not"
)

_Change = Callable[[bytes], bytes]


def cas_cases() -> Iterator[Case]:
    """List the malformed files."""
    for what, (change, says) in XMI.items():
        yield _of_folder(f"xmi-{what}", "b.xmi", change, says)
    for what, (change, says) in TYPES.items():
        yield _of_folder(f"types-{what}", TYPES_NAME, change, says)
    for what, (raw, says) in JSON.items():
        yield _case(f"json-{what}", partial(_only, "b.json", raw), "b.json", says)
    for what, (path, value, says) in VALUES.items():
        raw = partial(_json_with, path, value)
        yield _case(f"json-{what}", partial(_only, "b.json", raw), "b.json", says)
    for what, (raw, at, says) in ARCHIVES.items():
        yield _case(f"zip-{what}", partial(_only, "b.zip", raw), f"b.zip{at}", says)
    yield _case(
        "without-types", lambda: {"b.xmi": files_of(DataFormat.CAS)["b.xmi"]}, "b.xmi", "there is no TypeSystem"
    )
    yield _case("twice-the-same", _twice, "b.xmi", "id 'a' must be unique, but stands in .*a.xmi too")


def _replacing(old: bytes, new: bytes) -> _Change:
    def change(raw: bytes) -> bytes:
        assert old in raw
        return raw.replace(old, new, 1)

    return change


def _cutting(tenths: int) -> _Change:
    return lambda raw: raw[: len(raw) * tenths // 10].decode(errors="ignore").encode()


def _giving(raw: bytes) -> _Change:
    return lambda _: raw


def _with_doctype(doctype: bytes, text: bytes = b"rebels") -> _Change:
    """Put a document type definition before the root, and an entity of it into the text."""

    def change(raw: bytes) -> bytes:
        head, _, root = raw.partition(b"?>")
        return head + b"?>" + doctype + root.replace(b"rebels", text, 1)

    return change


def _laughs(mark: bytes) -> bytes:
    """Define an entity of 3 times 10 to the power of 12 characters."""
    is_parameter = mark == b"%"
    kind, reference = (b"% ", b"&#37;") if is_parameter else (b"", b"&")
    first = b"<!ENTITY " + kind + b'l0 "' + (b"<!ENTITY a 'lol'>" if is_parameter else b"lol") + b'">'
    others = [
        b"<!ENTITY " + kind + b"l%d " % number + b'"' + (reference + b"l%d;" % (number - 1)) * 10 + b'">'
        for number in range(1, 13)
    ]
    return b"<!DOCTYPE r [" + first + b"".join(others) + (b"%l12;" if is_parameter else b"") + b"]>"


XMI: Final[Mapping[str, tuple[_Change, str]]] = {
    **{f"cut-at-{tenths}-tenths": (_cutting(tenths), _SOUND + ".*line 2") for tenths in (2, 4, 6, 8)},
    "empty": (_giving(b""), _SOUND),
    "only-a-mark": (_giving(b"\xef\xbb\xbf"), _SOUND),
    "bad-byte": (_replacing(b"rebels", b"re\xffbels"), _SOUND + ".*line 2"),
    "latin-1": (lambda raw: raw.decode().replace("😀", "").encode("latin-1"), _SOUND + ".*line 2"),
    "nul": (_replacing(b"rebels", b"re\0bels"), _SOUND),
    "nul-escaped": (_replacing(b"rebels", b"re&#0;bels"), _SOUND + ".*line 2"),
    "half-a-character-escaped": (_replacing(b"rebels", b"re&#xD83D;bels"), _SOUND + ".*line 2"),
    "junk": (_giving(JUNK), _SOUND + ".*line 1"),
    "json": (_giving(b'{"a": 1}'), _SOUND + ".*line 1"),
    "html": (_giving(b"<!DOCTYPE html><html></html>"), _NO_DTD),
    "another-root": (_giving(b"<a><b/></a>"), _SOUND),
    "laughs": (_with_doctype(_laughs(b"&"), b"&l12;"), _NO_DTD),
    "laughs-of-parameters": (_with_doctype(_laughs(b"%")), _SOUND + ".*amplification"),
    "entity-of-a-file": (
        _with_doctype(b'<!DOCTYPE r [<!ENTITY e SYSTEM "secret.txt">]>', b"&e;"),
        _NO_DTD,
    ),
    "entity-of-a-device": (
        _with_doctype(b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///dev/zero">]>', b"&e;"),
        _NO_DTD,
    ),
    "definitions-in-a-device": (_with_doctype(b'<!DOCTYPE r SYSTEM "file:///dev/zero">'), _NO_DTD),
    "definitions-in-the-net": (_with_doctype(b'<!DOCTYPE r SYSTEM "http://localhost:9/r.dtd">'), _NO_DTD),
    "parameter-of-a-device": (
        _with_doctype(b'<!DOCTYPE r [<!ENTITY % e SYSTEM "file:///dev/zero"> %e;]>'),
        _NO_DTD,
    ),
    "entity-undefined": (_with_doctype(b"", b"&e;"), _SOUND),
    "elements-in-100000-elements": (_replacing(b"</xmi:XMI>", b"<a>" * 100_000 + b"</xmi:XMI>"), _SOUND + ".*[Dd]epth"),
    "long-name": (_replacing(b"</xmi:XMI>", b"<" + b"a" * LONG), _SOUND + ".*line 2"),
    "long-comment": (_replacing(b"</xmi:XMI>", b"<!--" + b"-x" * (LONG // 2)), _SOUND + ".*line 2"),
    "end-negative": (_replacing(b'begin="20"', b'begin="-1"'), _SOUND + r"Not mapping external offset \[-1\]"),
    "end-past-the-text": (_replacing(b'end="27"', b'end="999"'), _SOUND + r"Not mapping external offset \[999\]"),
    "end-huge": (
        _replacing(b'end="27"', b'end="' + b"9" * 30 + b'"'),
        _SOUND + r"Not mapping external offset \[9{30}\]",
    ),
    "end-of-5000-digits": (_replacing(b'end="27"', b'end="' + b"9" * 5000 + b'"'), _SOUND + "Exceeds the limit"),
    "end-fraction": (_replacing(b'end="27"', b'end="27.0"'), _SOUND + r".*27\.0"),
    "end-not-a-number": (_replacing(b'end="27"', b'end="NaN"'), _SOUND + ".*NaN"),
    "bounds-crossed": (
        _replacing(b'begin="20" end="27"', b'begin="27" end="20"'),
        r"annotation 3 .* is at \[27, 20\), in UTF-16 units",
    ),
    "begin-inside-a-character": (
        _replacing(b'begin="20"', b'begin="9"'),
        _SOUND + r"Not mapping external offset \[9\]",
    ),
    "target-of-nothing": (_replacing(b'target="4"', b'target="99"'), _SOUND + "there is no 99 in it"),
    "argument-of-nothing": (_replacing(b'arguments="5 7"', b'arguments="5 99"'), _SOUND + "there is no 99 in it"),
    "member-of-nothing": (_replacing(b'members="2 3', b'members="99 3'), _SOUND + "there is no 99 in it"),
    "id-twice": (_replacing(b'xmi:id="4"', b'xmi:id="3"'), "xmi:id 3 is that of several structures"),
    "type-unknown": (_replacing(b"<custom:Event ", b"<custom:Evnt "), _SOUND + ".*custom.Evnt"),
    "feature-unknown": (_replacing(b"eventType=", b"eventTyp="), _SOUND + ".*eventTyp"),
    "without-a-text": (_replacing(b"sofaString=", b"mimeTyp="), _SOUND),
}
"""Changes of a sound file, and what is said of it."""

_TYPES: Final = _SOUND + r"its TypeSystem\.xml is not sound: "
TYPES: Final[Mapping[str, tuple[_Change, str]]] = {
    "empty": (_giving(b""), _TYPES + "no element found"),
    "cut": (_cutting(5), _TYPES + ".*line 2"),
    "junk": (_giving(JUNK), _TYPES + ".*line 1"),
    "laughs": (_with_doctype(_laughs(b"&")), _NO_DTD),
    "feature-that-is-code": (_replacing(b"<name>eventType<", b"<name>x=print()<"), "must be named by letters"),
    "type-that-is-code": (_replacing(b"<name>custom.Event<", b"<name>custom.Event(x)<"), "must be named by words"),
}
"""Changes of the type system beside it, and what is said of the file that needs it."""


def _json_text(change: _Change) -> Callable[[], bytes]:
    return lambda: change(json.dumps(cas_json(), ensure_ascii=False).encode())


JSON: Final[Mapping[str, tuple[Callable[[], bytes], str]]] = {
    **{f"cut-at-{tenths}-tenths": (_json_text(_cutting(tenths)), _SOUND + ".*line 1") for tenths in (2, 5, 8)},
    "empty": (_json_text(_giving(b"")), _SOUND + ".*line 1"),
    "only-a-mark": (_json_text(_giving(b"\xef\xbb\xbf")), _SOUND + ".*line 1"),
    "null": (_json_text(_giving(b"null")), _SOUND),
    "array": (_json_text(_giving(b"[]")), _SOUND),
    "utf-16": (_json_text(lambda raw: raw.decode().encode("utf-16")), _SOUND + ".*utf-8"),
    "latin-1": (_json_text(lambda raw: raw.decode().replace("😀", "").encode("latin-1")), _SOUND + ".*utf-8"),
    "bad-byte": (_json_text(_replacing(b"rebels", b"re\xffbels")), _SOUND + ".*utf-8"),
    "nul": (_json_text(_replacing(b"rebels", b"re\0bels")), _SOUND + ".*line 1"),
    "junk": (_json_text(_giving(JUNK)), _SOUND + ".*utf-8"),
    "brackets": (_json_text(_giving(b"[" * 100_000)), _SOUND + "maximum recursion depth exceeded"),
    "brackets-inside": (
        _json_text(_giving(b'{"%FEATURE_STRUCTURES": ' + b"[" * 100_000)),
        _SOUND + "maximum recursion depth exceeded",
    ),
    "long-line": (_json_text(_giving(b'{"a": "' + b"x" * LONG)), _SOUND + ".*line 1"),
}
"""Files that are not even sound JSON, and what is said of them."""

_EVENT: Final = ("%FEATURE_STRUCTURES", 2)
_ITEMS: Final = "%FEATURE_STRUCTURES"
VALUES: Final[Mapping[str, tuple[tuple[str | int, ...], Any, str]]] = {
    "begin-negative": ((*_EVENT, "begin"), -1, r"annotation 3 .* is at \[-1, 27\), in UTF-16 units"),
    "begin-past-the-end": ((*_EVENT, "begin"), 999, r"annotation 3 .* is at \[999, 27\)"),
    "begin-huge": ((*_EVENT, "begin"), 10**30, r"annotation 3 .* is at \[10{30}, 27\)"),
    "begin-fraction": ((*_EVENT, "begin"), 20.0, r"annotation 3 .* is at \[20\.0, 27\)"),
    "begin-truth-value": ((*_EVENT, "begin"), True, r"annotation 3 .* is at \[true, 27\)"),
    "begin-not-a-number": ((*_EVENT, "begin"), float("nan"), _SOUND + ".*NaN"),
    "begin-text": ((*_EVENT, "begin"), "20", r'annotation 3 .* is at \["20", 27\)'),
    "begin-missing": ((*_EVENT, "begin"), None, r"annotation 3 .* is at \[null, 27\)"),
    "begin-inside-a-character": ((*_EVENT, "begin"), 9, r"annotation 3 .* is at \[9, 27\)"),
    "id-text": ((*_EVENT, "%ID"), "3", "each %ID must be a number"),
    "id-list": ((*_EVENT, "%ID"), [3], _SOUND),
    "id-twice": ((*_EVENT, "%ID"), 4, "each %ID must be a number that no other structure has"),
    "type-missing": ((*_EVENT, "%TYPE"), None, _SOUND),
    "target-of-nothing": ((_ITEMS, 4, "@target"), 99, r"structure 5 .* refers to what is not there"),
    "target-text": ((_ITEMS, 4, "@target"), "4", r"structure 5 .* refers to what is not there"),
    "target-that-is-the-text": ((_ITEMS, 4, "@target"), 1, "annotation 3 .* must have links to annotations"),
    "arguments-of-themselves": ((_ITEMS, 7, "%ELEMENTS"), [8, 8], "annotation 3 .* must have links to annotations"),
    "elements-of-nothing": ((_ITEMS, 7, "%ELEMENTS"), [5, 99], r"structure 3 .* refers to what is not there"),
    "members-of-nothing": (("%VIEWS", "_InitialView", "%MEMBERS"), [2, 3, 4, 99], "each of %MEMBERS must be the %ID"),
    "members-twice": (("%VIEWS", "_InitialView", "%MEMBERS"), [2, 3, 3], "each of %MEMBERS must be .* there once"),
    "views-missing": (("%VIEWS",), None, _SOUND),
    "structures-missing": ((_ITEMS,), None, _SOUND),
    "types-list": (("%TYPES",), [], _SOUND),
    "type-that-is-code": (("%TYPES", "custom.Event", "x=print()"), {"%RANGE": "uima.cas.String"}, "a feature must be"),
    "text-of-another-kind": ((_ITEMS, 0, "sofaString"), 7, r"must hold one text, of whole characters, but holds \[7\]"),
    "text-with-half-a-character": ((_ITEMS, 0, "sofaString"), "\ud800", "must hold one text, of whole characters"),
    "text-missing": ((_ITEMS, 0, "sofaString"), None, r"must hold one text, of whole characters, but holds \[\]"),
    "event-type-of-another-kind": ((*_EVENT, "eventType"), 7, r"events\[0\]\.type: must be text, but is 7"),
    "event-id-of-another-kind": ((*_EVENT, "eventId"), [], _SOUND + "structure 3 .* has a list or an object"),
    "title-of-another-kind": ((_ITEMS, 1, "documentTitle"), 7, "id: must be text, but is 7"),
}
"""Values that a place of a sound file may not hold, and what is said of it."""


def _archive(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def _archive_of_sound(method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sound = files_of(DataFormat.CAS)
    return _archive({name: sound[name] for name in ("b.xmi", TYPES_NAME)}, method)


def _flipped(method: int) -> Callable[[], bytes]:
    """Turn bits over in the first member of an archive."""

    def make() -> bytes:
        raw = bytearray(_archive_of_sound(method))
        for at in range(80, 90):
            raw[at] ^= 0xFF
        return bytes(raw)

    return make


def _encrypted() -> bytes:
    """Mark the members as encrypted, in their own heads and in the list of members."""
    raw = bytearray(_archive_of_sound())
    for head, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = raw.find(head)
        while start >= 0:
            raw[start + at] |= 1
            start = raw.find(head, start + 1)
    return bytes(raw)


def _claiming_4_gigabytes() -> bytes:
    """Say in the list of members that the first one unpacks to four gigabytes."""
    raw = bytearray(_archive_of_sound())
    start = raw.find(b"PK\x01\x02")
    raw[start + 24 : start + 28] = b"\xfe\xff\xff\xff"
    return bytes(raw)


def _nested(depth: int) -> bytes:
    raw = _archive_of_sound()
    for _ in range(depth):
        raw = _archive({"inner.zip": raw})
    return raw


_FILE: Final = "must be a sound file, but: "
ARCHIVES: Final[Mapping[str, tuple[Callable[[], bytes], str, str]]] = {
    "empty": (lambda: b"", "", _FILE + "File is not a zip file"),
    "junk": (lambda: JUNK, "", _FILE + "File is not a zip file"),
    "cut": (lambda: _archive_of_sound()[:-30], "", _FILE + "File is not a zip file"),
    "stored-flipped": (_flipped(zipfile.ZIP_STORED), "/b.xmi", _FILE + "Bad CRC-32"),
    "deflated-flipped": (_flipped(zipfile.ZIP_DEFLATED), "/b.xmi", _FILE),
    "bzip2-flipped": (_flipped(zipfile.ZIP_BZIP2), "/b.xmi", _FILE),
    "lzma-flipped": (_flipped(zipfile.ZIP_LZMA), "/b.xmi", _FILE + "Corrupt input data"),
    "encrypted": (_encrypted, "/b.xmi", _FILE + ".*password"),
    "claiming-4-gigabytes": (_claiming_4_gigabytes, "", _FILE + "it unpacks to 42949"),
    "in-three-archives": (lambda: _nested(3), "/inner.zip/inner.zip", _FILE + "it unpacks to .* in 2 other archives"),
    "member-above": (lambda: _archive({"../x.json": b"{}"}), "", _FILE + r'its member "\.\./x\.json" lies outside'),
    "member-absolute": (lambda: _archive({"/x.json": b"{}"}), "", _FILE + 'its member "/x.json" lies outside'),
    "member-of-a-drive": (lambda: _archive({"C:\\x.json": b"{}"}), "", _FILE + "its member .* lies outside"),
    "bomb": (lambda: _archive({"b.json": b" " * 50_000_000}), "/b.json", _SOUND),
}
"""Archives, the place in them that is refused, and what is said of it."""


def _of_folder(what: str, name: str, change: _Change, says: str) -> Case:
    def files() -> Files:
        sound = {name: files_of(DataFormat.CAS)[name] for name in ("b.xmi", TYPES_NAME)}
        return {**sound, name: change(sound[name]), "secret.txt": SECRET.encode()}

    return _case(what, files, "b.xmi", says)


def _only(name: str, raw: Callable[[], bytes]) -> Files:
    return {name: raw()}


def _json_with(path: tuple[str | int, ...], value: Any) -> bytes:
    return json.dumps(changed(cas_json(), path, value)).encode()


def _twice() -> Files:
    sound = files_of(DataFormat.CAS)
    return {"a.xmi": sound["a.xmi"], "b.xmi": sound["a.xmi"], TYPES_NAME: sound[TYPES_NAME]}


def _case(what: str, files: Callable[[], Files], at: str, says: str) -> Case:
    return Case(kind=DataFormat.CAS, what=what, make=maker(files), at=f"{at}: ", says=says)
