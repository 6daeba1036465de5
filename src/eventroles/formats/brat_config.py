"""What brat allows: lines of an `.ann`, types that `annotation.conf` declares, and names of types, roles and files.

The sections of an `annotation.conf` are `[entities]`, `[relations]`, `[events]` and `[attributes]`. Each line is a
type, indented by one character more than the type that it is a kind of, and its arguments, as in
`Attack Attacker+:<ENTITY>, Place?:City|State`. `!` marks a type that nothing is annotated with, `|` leads to its other
names, `<NAME>=...` defines a macro for the lines below it in its section, `<INHERIT>` is the arguments of the parent.

A name has only ASCII letters, digits, `_` and `-`, and digits at the end of a role are its number (`Theme2` is the
second `Theme`). Ours: any other character, and the last digit of a role, is written as XML does in names, `_x002E_`,
with four to six hexadecimal digits of its code point; so is a `_` that would begin such an escape; `_x_` is the empty
name. The range `{2,3}` is read as brat's `{2-3}`. A macro may have a name that brat reserves.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from eventroles.documents import Json
from eventroles.errors import OntologyError, Place, Problems, suggest
from eventroles.formats.records import show
from eventroles.formats.relations import ARGUMENT_LABEL
from eventroles.ontology import Ontology
from eventroles.schema import validate
from eventroles.spans import Span

_ID: Final = r"[A-Za-z]*[0-9][^\s:]*"
_LABEL: Final = r"(?P<label>\S+)"
_ROLES: Final = r"(?: +[^\s:]+:[^\s:]+)"
_SPANS: Final = r"(?P<spans>[0-9]{1,15} [0-9]{1,15}(?:;[0-9]{1,15} [0-9]{1,15})*)"
_FORMS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    example[0]: (re.compile(rf"(?P<id>{id})\t{form}[ \r]*(?:\t(?P<tail>.*))?", re.DOTALL), example)
    for id, form, example in (
        (f"T{_ID}", rf"{_LABEL} {_SPANS}", "T1<TAB>Type 0 4<TAB>text"),
        (f"E{_ID}", rf"(?P<label>[^\s:]+):(?P<trigger>T[^\s:]+)(?P<roles>{_ROLES}*)", "E1<TAB>Type:T1 Role:T2"),
        (f"R{_ID}", rf"{_LABEL}(?P<roles>{_ROLES}{{2}})", "R1<TAB>Type Arg1:T1 Arg2:T2"),
        (r"\*", rf"{_LABEL}(?P<targets>(?: +\S+)+)", "*<TAB>Equiv T1 T2"),
        (f"A{_ID}", rf"{_LABEL} +(?P<targets>\S+)(?: +[^\t]+)?", "A1<TAB>Type T1 Value"),
        (f"M{_ID}", rf"{_LABEL} +(?P<targets>\S+)(?: +[^\t]+)?", "M1<TAB>Type T1"),
        (f"N{_ID}", rf"{_LABEL} +(?:Annotation:)?(?P<targets>[^\s:]+) +[^\s:]+:\S+", "N1<TAB>Type T1 Base:Id<TAB>text"),
        (f"#{_ID}", rf"{_LABEL} +(?P<targets>\S+)", "#1<TAB>Type T1<TAB>text"),
    )
}
_OFFSETS: Final = re.compile(r"([0-9]+) ([0-9]+)")
_ROLE: Final = re.compile(r"([^\s:]+):([^\s:]+)")

_EVENTS: Final = "events"
_SECTIONS: Final = ("entities", "relations", _EVENTS, "attributes")
_DIGITS: Final = "0123456789"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_ODD: Final = re.compile(r"[^A-Za-z0-9_-]|_(?=x[0-9A-F]*(?:[^A-Za-z0-9-]|\Z))|\A-(?=-*\Z)")
_ESCAPE: Final = re.compile(r"_x([0-9A-F]{4,6})?_")
_LAST_CODE_POINT: Final = 0x10FFFF

_RESERVED: Final = frozenset(
    {"<ANY>", "<ENTITY>", "<RELATION>", "<EVENT>", "<NONE>", "<EMPTY>", "<INHERIT>", "<DEFAULT>", "<NORM>"}
    | {"<REL-TYPE>", "<OVL-TYPE>", "<OVERLAP>", "<NESTING>", "<URL>", "<URLBASE>", "<GLYPH-POS>"}
)
_HEADER: Final = re.compile(r"\s*\[(.*)\]\s*")
_MACRO: Final = re.compile(r"(<[\w-]+>)=(.*)")
_REFERENCE: Final = re.compile(r"(<[\w-]+>)")
_SEPARATOR: Final = re.compile(r"-+")
_ARGUMENT: Final = re.compile(r"(?:\{[0-9, -]*\}|[^,])+")
_KEY: Final = re.compile(r"([^\s:{}?*+]+)([?*+]|\{.*\})?")
_RANGE: Final = re.compile(r"\{([0-9]{1,9})(?: *[-,] *([0-9]{1,9}))?\}")
_FILLER: Final = re.compile(r"[^\s|,]+")
_MAX_LINE_CHARS: Final = 100_000
_MAX_MACRO_ROUNDS: Final = 20

_FILE_NAME: Final = (
    r"(?![. ])(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:[./]|\Z))[^\x00-\x1f\x7f<>:\"|?*\\/\ud800-\udfff]+(?<![. ])"
)
_PATH: Final = re.compile(rf"(?:{_FILE_NAME}(?<!\.txt)(?<!\.ann)(?<!\.conf)/)*{_FILE_NAME}", re.IGNORECASE)
_MAX_PATH_BYTES: Final = 200

_BREAK: Final = re.compile("[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_SPACE: Final = re.compile(r"\s+")


class Note(StrEnum):
    """The types of our notes; `formats.brat` says what they hold."""

    DOCUMENT = "EventRolesDocument"
    EVENT = "EventRolesEvent"
    SCORES = "EventRolesScores"


class Annotation(NamedTuple):
    """A line of an `.ann` file, with its number there.

    Attributes:
        trigger: Of an event, the id of the text-bound annotation that evokes it; else empty.
        fragments: Half-open character offsets of a text-bound annotation.
        arguments: Roles, or nothing, and ids of what it refers to.
        tail: What follows after its second tab.
        held: What a note of ours holds; None where it is none.
    """

    number: int
    line: str
    id: str
    label: str
    trigger: str
    fragments: tuple[tuple[int, int], ...]
    arguments: tuple[tuple[str, str], ...]
    tail: str
    held: Any

    def is_note(self, *notes: Note) -> bool:
        """Tell whether this is one of these notes."""
        return self.held is not None and self.label in notes

    def references(self) -> list[str]:
        """List the ids of all that it refers to."""
        ids = [id for _, id in self.arguments]
        return [self.trigger, *ids] if self.trigger else ids


class FileNames:
    """Names for the files of documents, none of which leads out of a folder or falls together with another.

    Those that differ only in case, or in how accents are composed, would do so on some file systems.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._folders: dict[str, str] = {}

    def name_of(self, id: str) -> str:
        """Name the files of a document: by its id where that can be a name, with `/` between folders."""
        name, number = id, len(self._taken)
        while not self._is_free(name):
            number += 1
            name = f"document-{number}"
        self._taken.add(_folded(name))
        return name

    def _is_free(self, name: str) -> bool:
        if _folded(name) in self._taken or not _PATH.fullmatch(name) or len(name.encode()) > _MAX_PATH_BYTES:
            return False
        folders = [name[:end] for end, character in enumerate(name) if character == "/"]
        return all(self._folders.setdefault(_folded(folder), folder) == folder for folder in folders)


def annotation_of_line(number: int, line: str) -> Annotation | str:
    """Read a line of an `.ann` file, or say what is wrong with it.

    Args:
        number: Its number in the file.
        line: The line, without its end.

    Returns:
        The annotation, or a sentence.
    """
    pattern, example = _FORMS.get(line[:1], _FORMS["T"])
    form = pattern.fullmatch(line)
    if form is None:
        return f"must be like {example}, with tabs and single spaces, but is {show(line)}. Mend the line."
    parts = form.groupdict("")
    id, label, tail = parts["id"], parts["label"], parts["tail"]
    fragments = tuple((int(start), int(end)) for start, end in _OFFSETS.findall(parts.get("spans", "")))
    roles = _ROLE.findall(parts["roles"]) if "roles" in parts else []
    targets = [("", target) for target in parts["targets"].split()] if "targets" in parts else []
    held = _held(label, tail) if id[0] == "#" else None
    return Annotation(number, line, id, label, parts.get("trigger", ""), fragments, (*roles, *targets), tail, held)


def fragments_of(text: str, char_span: Span) -> tuple[tuple[int, int], ...]:
    """Divide a span as brat does it: a line of an `.ann` must not hold a line break of the text.

    Args:
        text: The document's text.
        char_span: The span.

    Returns:
        Offsets of its lines, without the white space around line breaks; empty ones where it begins or ends with one.
    """
    if not _BREAK.search(text, char_span.start, char_span.end):
        return ((char_span.start, char_span.end),)
    spaces = _SPACE.finditer(text, char_span.start, char_span.end)
    breaks = [space.span() for space in spaces if _BREAK.search(space[0])]
    bounds = [char_span.start, *(bound for each in breaks for bound in each), char_span.end]
    return tuple(zip(bounds[::2], bounds[1::2], strict=True))


def annotation_conf_of(ontology: Ontology) -> str:
    """Write an ontology as an `annotation.conf`, without descriptions, examples and document-level types."""
    return conf_of_roles({name: ontology.legal_roles(name) for name in ontology.triggered_types})


def conf_of_roles(roles_of: Mapping[str, Iterable[str]]) -> str:
    """Write an `annotation.conf` of event types and roles, which anything may play, any number of times."""
    events = (
        f"{brat_name(name)}\t{', '.join(f'{brat_role(role)}*:<ANY>' for role in roles)}".rstrip("\t")
        for name, roles in roles_of.items()
    )
    return "\n".join(["[entities]", ARGUMENT_LABEL, "", "[relations]", "", "[events]", *events, "", "[attributes]", ""])


def ontology_of_annotation_conf(path: Path, name: str) -> Ontology:
    """Read the event types and roles that a brat collection declares.

    Raises OntologyError: with all problems of the file.

    Args:
        path: The `annotation.conf`, UTF-8.
        name: Names the ontology.

    Returns:
        The ontology. Its types are those of `[events]` but those marked `!`, in the order of the file, without the
        fillers and cardinalities of their roles.
    """
    problems = Problems()
    types: dict[str, Json] = {}
    for term in _terms(_text_of(path), str(path), problems):
        if term.section != _EVENTS or term.is_abstract:
            continue
        if term.name in types:
            term.place.report(f"event type '{term.name}' must be declared once, but stands there twice. Remove one.")
        types[term.name] = {"roles": {role: {} for role in term.roles}}
    if not types:
        problems.add(str(path), "must declare event types in its section [events], but declares none. Add one.")
    problems.raise_if_any(OntologyError)
    return validate(Ontology, {"name": name, "event_types": types}, str(path), OntologyError)


def brat_name(name: str) -> str:
    """Spell a name with the characters that brat allows; `plain_name` turns it back."""
    return _ODD.sub(_escaped, name) or "_x_"


def plain_name(name: str) -> str:
    """Turn back what `brat_name` did; a name without escapes is left as it is."""
    return _ESCAPE.sub(_unescaped, name) if "_x" in name else name


def brat_role(role: str) -> str:
    """Spell the name of a role such that a number can follow; `plain_role` turns it back."""
    name = brat_name(role)
    return f"{name[:-1]}_x{ord(name[-1]):04X}_" if name[-1] in _DIGITS else name


def plain_role(key: str) -> str:
    """Give the role that an argument plays, without the number that tells apart those that share it."""
    return plain_name(key.rstrip(_DIGITS) or key[:1])


def _held(label: str, tail: str) -> Any:
    if label not in set(Note):
        return None
    try:
        held = json.loads(tail)
    except (ValueError, RecursionError):
        return None
    match Note(label), held:
        case Note.DOCUMENT | Note.EVENT, str():
            return held
        case Note.SCORES, [dict(of_event), dict(of_arguments)]:
            scores = [*of_event.values(), *of_arguments.values()]
            return held if all(type(score) in {int, float} and 0 <= score <= 1 for score in scores) else None
    return None


class _Term(NamedTuple):
    """A line of a section: a type."""

    section: str
    name: str
    is_abstract: bool
    roles: Sequence[str]
    place: Place


def _escaped(odd: re.Match[str]) -> str:
    return f"_x{ord(odd[0]):04X}_"


def _unescaped(escape: re.Match[str]) -> str:
    code_point = int(escape[1] or "0", 16)
    if code_point > _LAST_CODE_POINT:
        return escape[0]
    return chr(code_point) if escape[1] else ""


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name.casefold())


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise OntologyError(f"{path}: must be a readable file, but: {error.strerror}. Check the path.") from error
    except UnicodeDecodeError as error:
        raise OntologyError(f"{path}: must be UTF-8, but: {error.reason} at {error.start}. Convert it.") from error


def _terms(text: str, where: str, problems: Problems) -> Iterator[_Term]:
    section = ""
    macros: dict[str, str] = {}
    parents: list[Sequence[str]] = []
    for place, line in _lines(text, where, problems):
        visible = line.strip()
        if header := _HEADER.fullmatch(line):
            section, macros, parents = header[1], {}, []
            if section not in _SECTIONS:
                place.report(f"section '[{section}]' must be one of brat's, but is not. {suggest(section, _SECTIONS)}")
        elif not section:
            place.report(f"must stand in a section, but {show(visible)} does not. Put it below '[{_EVENTS}]'.")
        elif macro := _MACRO.fullmatch(visible):
            macros[macro[1]] = macro[2].strip()
        elif (expanded := _expanded(line, macros, place)) is not None:
            term = _term(expanded, section, parents, place) if expanded.strip() else None
            if term is not None:
                yield term


def _lines(text: str, where: str, problems: Problems) -> Iterator[tuple[Place, str]]:
    """Give the lines of a file but for those that are blank, comments, or only divide the rest on the screen."""
    for number, line in enumerate(text.split("\n"), start=1):
        visible = line.strip()
        if visible and not visible.startswith("#") and not _SEPARATOR.fullmatch(visible):
            yield problems.at(f"{where}:{number}"), line


def _expanded(line: str, macros: Mapping[str, str], place: Place) -> str | None:
    """Write out the macros of a line, also those that stand in other macros, up to a bound."""
    for _ in range(_MAX_MACRO_ROUNDS):
        parts = [macros.get(part, part) for part in _REFERENCE.split(line)]
        if sum(map(len, parts)) > _MAX_LINE_CHARS:
            break
        expanded = "".join(parts)
        if expanded == line:
            for unknown in sorted(set(_REFERENCE.findall(line)) - _RESERVED):
                known = suggest(unknown, {*macros, *_RESERVED})
                place.report(f"macro '{unknown}' must be defined above in its section, but is not. {known}")
            return line
        line = expanded
    place.report(
        f"must have at most {_MAX_LINE_CHARS:,} characters with its macros written out, but has more, "
        "or its macros lead in a circle. Shorten it."
    )
    return None


def _term(line: str, section: str, parents: list[Sequence[str]], place: Place) -> _Term | None:
    """Read a type; `parents` holds the arguments of the types that it may be a kind of, and gets its own."""
    visible = line.lstrip()
    depth = len(line) - len(visible)
    names, *rest = visible.split(maxsplit=1)
    if depth > len(parents):
        place.report(f"'{names}' must be one deeper than the type it is a kind of, but there is none. Mend the indent.")
        return None
    inherited = parents[depth - 1] if depth else ()
    del parents[depth:]
    listed = [argument.strip() for argument in _ARGUMENT.findall(rest[0])] if rest else []
    arguments = [argument for each in listed if each for argument in (inherited if each == "<INHERIT>" else (each,))]
    parents.append(arguments)
    roles = [role for argument in arguments if (role := _role(argument, place))]
    for role in (role for role, n_times in Counter(roles).items() if n_times > 1):
        place.report(f"argument '{role}' must be declared once, but stands there twice. Remove one.")
    name = names.split("|")[0].removeprefix("!")
    if section == _EVENTS and not _NAME.fullmatch(name):
        place.report(f"an event type must have only letters, digits, '_' and '-', but is {show(name)}. Rename it.")
    is_abstract = any(each.startswith("!") for each in names.split("|"))
    return _Term(section, plain_name(name), is_abstract, roles, place)


def _role(argument: str, place: Place) -> str | None:
    """Read `Role?:Type1|Type2`; None for what is no role, and for what is reported."""
    key, _, fillers = argument.partition(":")
    if key in _RESERVED:
        return None
    parts = _KEY.fullmatch(key)
    if parts is None or not all(_FILLER.fullmatch(filler) for filler in fillers.split("|")):
        place.report(f"an argument must be 'Role:Type' or 'Role:Type1|Type2', but is {show(argument)}. Correct it.")
        return None
    name, cardinality = parts[1], parts[2] or ""
    if (most := _most(cardinality)) is None:
        place.report(f"a range must be '{{2}}' or '{{2-3}}', but is '{cardinality}' of '{name}'. Correct it.")
        return None
    if most > 1 and name[-1] in _DIGITS:
        place.report(f"a role that ends in a digit must be played once, but '{key}' may be more often. Rename it.")
    return plain_name(name)


def _most(cardinality: str) -> int | None:
    """Say how often a role may be played, any number counted as 2; None where the range is none."""
    if not cardinality.startswith("{"):
        return 2 if cardinality in {"*", "+"} else 1
    bounds = _RANGE.fullmatch(cardinality)
    if bounds is None:
        return None
    least, most = int(bounds[1]), int(bounds[2] or bounds[1])
    return most if least <= most and most > 0 else None
