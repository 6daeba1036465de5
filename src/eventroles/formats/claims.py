"""What files say of their spans: the offsets and the words that stand there, for the offset doctor.

It can ask only formats that give both, in characters. doccano and CAS give no words; the others count tokens. What is
malformed is passed over, as the readers report it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from eventroles.errors import DataError, Place, Problems
from eventroles.formats.brat_config import Annotation, annotation_of_line
from eventroles.formats.sources import json_values, open_data
from eventroles.formats.table import DataFormat

_Claims = Iterator[tuple[Place, Any]]
_MAX_CHARS_FOR_ONE: Final = 4
"""How many characters of white space may stand for one, at most, in what is still the same part of a text."""


class _Claim(NamedTuple):
    """A span, half-open, and the words that are said to stand there."""

    start: int
    end: int
    text: str


def has_claims(data_format: DataFormat) -> bool:
    """Tell whether files of a format give both the offsets and the words of spans."""
    return data_format in _CLAIMS_OF


def claims_of(path: Path, data_format: DataFormat) -> Iterator[tuple[Place, Any]]:
    """Read what a file says of its spans.

    Args:
        path: A file or folder.
        data_format: A format that has claims.

    Yields:
        A record for each document, of the native format or like it, and where it stands.
    """
    yield from _CLAIMS_OF[data_format](path)


def _values(path: Path) -> _Claims:
    if path.is_file():  # a pipe has been emptied by its reader
        with suppress(DataError), open_data(path) as file:
            yield from json_values(file, str(path), Problems())


def _json_claims(claims_in: Callable[[str, Any], Iterator[_Claim]], text_in: Callable[[Any], Any]) -> Any:
    def read(path: Path) -> _Claims:
        for place, value in _values(path):
            text = text_in(value)
            if isinstance(text, str):
                yield place, _record(text, claims_in(text, value))

    return read


def _record(text: str, claims: Iterator[_Claim]) -> Mapping[str, Any]:
    return {"text": text, "events": [{"trigger": claim._asdict()} for claim in claims]}


def _in_task(text: str, task: Mapping[str, Any]) -> Iterator[_Claim]:
    """List the regions of a Label Studio task."""
    answers = [answer for key in ("annotations", "predictions") for answer in _list(task.get(key))]
    for result in (result for answer in answers for result in _list(_mapping(answer).get("result"))):
        yield from (_as_there(claim, text) for claim in _spans([_mapping(result).get("value")]))


def _in_prodigy(_: str, task: Mapping[str, Any]) -> Iterator[_Claim]:
    yield from _spans([*_list(task.get("tokens")), *_list(task.get("spans"))])


def _in_muc(_: str, document: Mapping[str, Any]) -> Iterator[_Claim]:
    templates = [*_list(document.get("templates")), document.get("extracts")]
    entities = [entity for template in templates for role in _mapping(template).values() for entity in _list(role)]
    for mention in (mention for entity in entities for mention in _list(entity)):
        match mention:
            case [str(words), int(start)]:
                yield _Claim(start, start + len(words), words)


def _brat_claims(path: Path) -> _Claims:
    """Read the lines of brat that have one fragment: how the words of several were joined, tools do not agree on."""
    files = sorted(path.rglob("*.ann")) if path.is_dir() else [path]
    # A link may lead anywhere, and a pipe never end.
    for file in (file for file in files if file.is_file() and not file.is_symlink()):
        text, lines = _decoded(file.with_suffix(".txt")), _decoded(file).removeprefix("\ufeff").split("\n")
        yield Problems().at(str(file)), _record(text, _in_lines(lines, text))


def _in_lines(lines: Sequence[str], text: str) -> Iterator[_Claim]:
    for number, line in enumerate(lines, start=1):
        match annotation_of_line(number, line.removesuffix("\r")):
            case Annotation(fragments=((start, end),), tail=words):
                yield _as_there(_Claim(start, end, words), text)


def _decoded(file: Path) -> str:
    try:
        return "" if file.is_symlink() else file.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return ""


def _spans(items: Sequence[Any]) -> Iterator[_Claim]:
    for item in items:
        match item:
            case {"start": int(start), "end": int(end), "text": str(words)}:
                yield _Claim(start, end, words)


def _as_there(claim: _Claim, text: str) -> _Claim:
    """Give a claim the white space of the text: tools write a space, or a backslash and an n, for the end of a line."""
    # To compare long parts with few words, many times, would take quadratic time.
    if claim.end - claim.start > _MAX_CHARS_FOR_ONE * len(claim.text):
        return claim
    there = text[max(claim.start, 0) : max(claim.end, 0)]
    return claim._replace(text=there) if _bare(there) == _bare(claim.text) else claim


def _bare(text: str) -> str:
    return "".join(text.replace("\\n", " ").split())


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_CLAIMS_OF: Final[Mapping[DataFormat, Callable[[Path], _Claims]]] = MappingProxyType(
    {
        DataFormat.NATIVE: _values,
        DataFormat.BRAT: _brat_claims,
        DataFormat.LABELSTUDIO: _json_claims(_in_task, lambda task: _mapping(_mapping(task).get("data")).get("text")),
        DataFormat.PRODIGY: _json_claims(_in_prodigy, lambda task: _mapping(task).get("text")),
        DataFormat.MUC: _json_claims(_in_muc, lambda document: _mapping(document).get("doctext")),
    }
)
