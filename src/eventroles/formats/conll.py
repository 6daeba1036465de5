r"""Columns as in CoNLL: a token a line, cells parted by tabs, a blank line after a sentence, comments `# key = value`.

The first cell is the token, the second has the IOB2 tags of triggers, and then follows a cell for each event of the
sentence, in order of the triggers, with the IOB2 tags of its roles, as in CoNLL-2005. A sentence with two cells a line,
or whose second cells are no tags (CoNLL-2003), is plain: its last cells tag regions, which are triggers where an
ontology is given that has their labels as event types, and are kept in `meta["regions"]` otherwise.

Ours are:
- A cell may hold several tags, as `B-Attack|B-Die`. The first tags of all cells are one sequence, the second ones
  another, and so on; a tag that is missing is `O`. Spans may thus overlap, nest and repeat.
- In labels, `\\`, `\p`, `\t`, `\n`, `\r` and `\e` stand for a backslash, `|`, a tab, line ends and an empty label.
- A sentence that we write ends only where no event goes on, so that all of an event is in its column.
- `# newdoc id`, `# newdoc meta` and `# newdoc text` begin a document, each JSON (the id only where it has to be). With
  `newdoc text`, the text is exactly that. Otherwise it is the tokens, spaced as in `# text` or by a last column of `_`
  and `SpaceAfter=No`, a sentence a line. `# event ids`, a JSON list, names the events of a sentence.
- Where no `# newdoc` or `-DOCSTART-` was seen yet, each sentence is a document.
- Other cells and comments are kept in `meta["conll"]`, by their characters.

Events are read in order of their triggers, and arguments in order of their starts. IOBES is read as well, and IOB1 in
plain sentences, where no tag before showed the file to be IOB2.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import regex

from eventroles.documents import Document, Json
from eventroles.errors import DataError, Place, Problems
from eventroles.formats.conll_tags import Column, Run
from eventroles.formats.conll_writing import default_id, encodable, lines_of
from eventroles.formats.records import document_of, show
from eventroles.formats.sinks import replaced
from eventroles.formats.sources import open_data, sound_documents
from eventroles.formats.tokens import laid_out
from eventroles.ontology import Ontology

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_BEGINNINGS: Final = frozenset({"newdoc", "newdoc id"})
_UNDERSTOOD: Final = _BEGINNINGS | {"newdoc text", "newdoc meta", "event ids", "text"}
_SPACE_AFTER: Final = {"_": " ", "SpaceAfter=No": ""}
_N_PLAIN: Final = 2
_TAGS: Final = re.compile(r"(?:O|[BIESLU]-[^|]+)(?:\|(?:O|[BIESLU]-[^|]+))*")
_COMMENT: Final = re.compile(r"# [^\t=]+=")
_ROW: Final = re.compile(r"\t| (?:O|[BIESLU]-\S+)$")
_FOREIGN: Final = re.compile("[\r\ud800-\udfff]")
_BLANK: Final = regex.compile(r"\s*")  # white space as in `split_words`, for it lies between those tokens

Value = TypeVar("Value")


class _Comment(NamedTuple):
    line: int
    key: str
    value: str


class _Sentence(NamedTuple):
    """A sentence as it stands: the line of its first row, the comments before it, and its rows."""

    line: int
    comments: list[_Comment]
    rows: list[str]


class _Table(NamedTuple):
    """A sentence in columns; one that is plain has no columns of roles, but may have others."""

    line: int
    tokens: Sequence[str] = ()
    tags: Sequence[str] = ()
    roles: Sequence[Sequence[str]] | None = None
    others: Sequence[Sequence[str]] = ()
    spaced: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A file that is being read, and the lines where plain tags were first seen that only IOB1 or only IOB2 has."""

    path: Path
    problems: Problems
    event_types: Collection[str]
    line_of_scheme: dict[str, int] = field(default_factory=dict)

    def at(self, line: int) -> Place:
        return self.problems.at(f"{self.path}:{line}")


def read_conll(path: Path, ontology: Ontology | None = None) -> Iterator[Document]:
    """Read a file of columns, one document at a time.

    Raises DataError: after the last document, with the problems of the whole file; or at once where there is no such
    file.

    Args:
        path: The file, UTF-8, with or without a byte-order mark.
        ontology: Every event must be legal in it, where given, and its types are the triggers among plain regions.

    Yields:
        The documents that are sound.
    """
    problems = Problems()
    types = () if ontology is None else ontology.event_types
    with open_data(path) as file:
        reading = _Reading(path=path, problems=problems, event_types=types)
        yield from sound_documents(_documents(file, reading), ontology)
    problems.raise_if_any(DataError)


def write_conll(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write a file of columns.

    Args:
        documents: The documents.
        path: The file.
        left_out: Counts what the format cannot say.

    Returns:
        How many there were.
    """
    n_written = 0
    with replaced(path) as file:
        for document in documents:
            # A lone surrogate in a label becomes an escape; tokens and JSON hold none.
            file.writelines(line.encode(errors="backslashreplace") for line in lines_of(document, left_out))
            n_written += 1
    return n_written


def is_conll(head: bytes) -> bool:
    """Tell whether a file that begins so looks like columns: by its first line, or by a tag at the end of each row."""
    lines = head.removeprefix(_BYTE_ORDER_MARK).decode(errors="replace").split("\n")
    whole = [line.rstrip("\r") for line in lines[: max(len(lines) - 1, 1)] if line.strip()]
    rows = [_cells_of_row(line) for line in whole if _comment(0, line) is None]
    is_marked = bool(whole) and whole[0].startswith(("# newdoc", "-DOCSTART-"))
    return is_marked or (bool(rows) and all(len(row) >= _N_PLAIN and _is_tagged(row) for row in rows))


def _documents(file: Iterable[bytes], reading: _Reading) -> Iterator[tuple[Place, Document | None]]:
    n_documents = 0
    for section in _sections(_sentences(file)):
        header = {comment.key: comment for sentence in section for comment in sentence.comments}
        if "newdoc id" not in header and not any(sentence.rows for sentence in section):
            continue
        n_documents += 1
        place = reading.at(section[0].comments[0].line if section[0].comments else section[0].line)
        n_before = reading.problems.n_found
        record = _record(section, header, reading)
        record["id"] = f"{reading.path.stem}-{n_documents}"
        if "newdoc id" in header:
            id_ = header["newdoc id"]
            record["id"] = _json_of(id_, str, reading) if id_.value.startswith('"') else id_.value
        yield place, document_of(record, place) if reading.problems.n_found == n_before else None


def _sentences(file: Iterable[bytes]) -> Iterator[_Sentence]:
    line, comments, rows = 1, list[_Comment](), list[str]()
    for number, raw in enumerate(chain(file, [b""]), start=1):
        whole = raw.removeprefix(_BYTE_ORDER_MARK) if number == 1 else raw
        # Bytes that are no UTF-8 become lone surrogates, which are reported with their document.
        text = whole.decode(errors="surrogateescape").rstrip("\r\n")
        comment = _comment(number, text) if text[:1] in {"#", "-"} and "\r" not in text else None
        if comment is None and text and not text.isspace():
            line = line if rows else number
            rows.append(text)
            continue
        if rows or (comments and (comment is None or (_begins([comment]) and _begins(comments)))):
            yield _Sentence(line if rows else comments[0].line, comments, rows)
            comments, rows = [], []
        if comment is not None:
            comments.append(comment)


def _comment(line: int, text: str) -> _Comment | None:
    if text.startswith("-DOCSTART-"):
        return _Comment(line, "newdoc", "")
    if not text.startswith("#") or (_ROW.search(text) and not _COMMENT.match(text)):
        return None
    key, _, value = text[1:].partition("=")
    return _Comment(line, key.strip(), value.strip())


def _sections(sentences: Iterable[_Sentence]) -> Iterator[list[_Sentence]]:
    """Gather the sentences of each document."""
    section: list[_Sentence] = []
    is_marked = False
    for sentence in sentences:
        begins = _begins(sentence.comments)
        if section and (begins or not is_marked):
            yield section
            section = []
        is_marked = is_marked or begins
        section.append(sentence)
    if section:
        yield section


def _begins(comments: Iterable[_Comment]) -> bool:
    """Tell whether a document begins with these comments."""
    return any(comment.key in _BEGINNINGS for comment in comments)


def _record(section: Sequence[_Sentence], header: Mapping[str, _Comment], reading: _Reading) -> dict[str, Json]:
    """Make a native record but for its id; what is wrong with it was reported."""
    n_before = reading.problems.n_found
    given = _json_of(header.get("newdoc text"), str, reading)
    meta: dict[str, Json] = _json_of(header.get("newdoc meta"), dict, reading) or {}
    tables = [_table(sentence, reading) for sentence in section]
    if reading.problems.n_found > n_before:
        return {}
    text, tokens = _spaced(tables) if given is None else (given, _placed(tables, given, reading))
    if reading.problems.n_found > n_before:
        return {}
    found = _Found(text=text, tokens=tokens)
    for sentence, table in zip(section, tables, strict=True):
        found.add_kept(sentence, table)
        found.add_events(sentence, table, reading)
    conll: dict[str, Json] = {key: part for key, part in (("comments", found.comments), ("cells", found.cells)) if part}
    kept = {key: part for key, part in (("regions", found.regions), ("conll", conll)) if part}
    return {"text": text, "meta": {**meta, **kept}, "events": found.events}


@dataclass(slots=True, kw_only=True)
class _Found:
    """What was found in the sentences of a document so far; `n_tokens` are behind."""

    text: str
    tokens: Sequence[tuple[int, int]]
    n_tokens: int = 0
    events: list[Json] = field(default_factory=list)
    regions: list[Json] = field(default_factory=list)
    comments: list[Json] = field(default_factory=list)
    cells: list[Json] = field(default_factory=list)

    def add_kept(self, sentence: _Sentence, table: _Table) -> None:
        """Keep the comments and cells that are not understood."""
        start = self.tokens[self.n_tokens][0] if self.n_tokens < len(self.tokens) else len(self.text)
        others = (comment for comment in sentence.comments if comment.key not in _UNDERSTOOD)
        self.comments += [[start, f"{key} = {value}" if value else key] for _, key, value in others]
        self.cells += [
            [*self.tokens[n], *cells] for n, cells in enumerate(zip(*table.others, strict=True), self.n_tokens)
        ]

    def add_events(self, sentence: _Sentence, table: _Table, reading: _Reading) -> None:
        """Add the events of the next sentence, or its regions where it is plain."""
        events: list[dict[str, Json]] = []
        for trigger, roles in _drawn(table, reading):
            if table.roles is None and trigger.label not in reading.event_types:
                region = {"id": f"R{len(self.regions) + 1}", "label": trigger.label}
                self.regions.append({**region, **self._bounds(trigger)})
                continue
            arguments: list[Json] = [{"role": role.label, **self._bounds(role)} for role in roles]
            events.append({"type": trigger.label, "trigger": self._bounds(trigger), "arguments": arguments})
        ids = _event_ids(sentence, range(len(self.events), len(self.events) + len(events)), reading)
        self.events += [{"id": id_, **event} for id_, event in zip(ids, events, strict=False)]
        self.n_tokens += len(table.tokens)

    def _bounds(self, run: Run) -> dict[str, Json]:
        start, end = self.tokens[self.n_tokens + run.start][0], self.tokens[self.n_tokens + run.end - 1][1]
        return {"start": start, "end": end, "text": self.text[start:end]}


def _json_of(comment: _Comment | None, kind: type[Value], reading: _Reading) -> Value | None:
    """Read the value of a comment; None where there is none, or it is of another kind, which is reported."""
    if comment is None:
        return None
    try:
        value = json.loads(comment.value)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, kind):
        return value
    reading.at(comment.line).report(
        f"'{comment.key}' must be a JSON {kind.__name__}, but is {show(comment.value)}. Correct it."
    )
    return None


def _event_ids(sentence: _Sentence, numbers: range, reading: _Reading) -> list[str]:
    """Name the events of a sentence, which are the document's of these numbers."""
    comment = next((comment for comment in sentence.comments if comment.key == "event ids"), None)
    if comment is None:
        return [default_id(number) for number in numbers]
    ids = _json_of(comment, list, reading) or []
    if len(ids) != len(numbers) or not all(isinstance(id_, str) for id_ in ids):
        reading.at(comment.line).report(
            f"'event ids' must be {len(numbers)} texts, one an event of the sentence, but is {show(ids)}. Correct it."
        )
    return ids


def _table(sentence: _Sentence, reading: _Reading) -> _Table:
    rows = [row.split("\t") if "\t" in row else _cells_of_row(row) for row in sentence.rows]
    if not _is_sound(sentence, rows, reading) or not rows:
        return _Table(sentence.line)
    tokens, *columns = zip(*rows, strict=True)
    spaced = next((comment.value for comment in sentence.comments if comment.key == "text"), "")
    if len(columns) >= _N_PLAIN and _SPACE_AFTER.keys() >= set(columns[-1]):
        gaps = map(_SPACE_AFTER.__getitem__, columns.pop())
        spaced = spaced or "".join(chain.from_iterable(zip(tokens, gaps, strict=True))).removesuffix(" ")
    if len(columns) >= _N_PLAIN and all(map(_TAGS.fullmatch, set(columns[0]))):
        return _Table(sentence.line, tokens, columns[0], columns[1:], spaced=spaced)
    return _Table(sentence.line, tokens, columns[-1], others=columns[:-1], spaced=spaced)


def _is_sound(sentence: _Sentence, rows: Sequence[Sequence[str]], reading: _Reading) -> bool:
    n_before = reading.problems.n_found
    n_columns = max(len(rows[0]), _N_PLAIN) if rows else 0
    lines = [(comment.line, comment.key + comment.value) for comment in sentence.comments]
    lines += enumerate(sentence.rows, start=sentence.line) if _FOREIGN.search("".join(sentence.rows)) else []
    for number, text in lines:
        if odd := _FOREIGN.search(text):
            reading.at(number).report(f"must be {'UTF-8' if odd[0] > ' ' else 'ended by LF'}, but is not. Convert it.")
    for number, row in enumerate(rows, start=sentence.line):
        if len(row) != n_columns or not row[0]:
            reading.at(number).report(
                f"must be a token and its tags in {n_columns} columns, as its sentence begins, but is {show(row)}. "
                "Correct the row, or put a blank line before it."
            )
    return reading.problems.n_found == n_before


def _cells_of_row(row: str) -> list[str]:
    return row.split("\t") if "\t" in row else [cell for cell in row.split(" ") if cell]


def _is_tagged(cells: Sequence[str]) -> bool:
    has_gap = len(cells) > _N_PLAIN and cells[-1] in _SPACE_AFTER
    return _TAGS.fullmatch(cells[-2] if has_gap else cells[-1]) is not None


def _spaced(tables: Iterable[_Table]) -> tuple[str, list[tuple[int, int]]]:
    """Make a text of sentences, one a line, and find their tokens in it."""
    lines: list[str] = []
    tokens: list[tuple[int, int]] = []
    start = 0
    for table in tables:
        if table.spaced:
            line, spans = laid_out(table.tokens, table.spaced)
            tokens += [(start + span.start, start + span.end) for span in spans]
        elif table.tokens:  # the same, five times as fast
            line = " ".join(table.tokens)
            ends = accumulate([len(token) + 1 for token in table.tokens], initial=start)
            tokens += [(begin, end - 1) for begin, end in pairwise(ends)]
        else:
            continue
        lines.append(line)
        start += len(line) + 1
    return "\n".join(lines), tokens


def _placed(tables: Iterable[_Table], text: str, reading: _Reading) -> list[tuple[int, int]]:
    """Find the tokens of sentences in their text, in which nothing but white space lies between them."""
    shown = encodable(text)
    tokens: list[tuple[int, int]] = []
    end = line = 0
    for table in tables:
        for line, token in enumerate(table.tokens, start=table.line):
            start = end + 1 if shown.startswith(" ", end) else end
            if token[0].isspace() or not shown.startswith(token, start):  # there is more space than one blank
                start = _BLANK.match(shown, end).end()  # type: ignore[union-attr]  # it matches anywhere
            if not shown.startswith(token, start):
                reading.at(line).report(
                    f"token {show(token)} must follow in 'newdoc text', but {show(text[start : start + 40])} does. "
                    "Correct either."
                )
                return tokens
            end = start + len(token)
            tokens.append((start, end))
        line = table.line
    rest = _BLANK.match(shown, end).end()  # type: ignore[union-attr]  # it matches anywhere
    if rest < len(text):
        reading.at(line).report(
            f"the tokens must go on to the end of 'newdoc text', but {show(text[rest : rest + 40])} is not among them. "
            "Restore the rows that are missing."
        )
    return tokens


def _drawn(table: _Table, reading: _Reading) -> list[tuple[Run, list[Run]]]:
    """Read the events of a sentence, each a trigger with its arguments, or the regions of a plain one."""
    schemes = reading.line_of_scheme if table.roles is None else None
    triggers = Column(table.line, reading.at, schemes).read(table.tags)
    if table.roles is None:
        return [(trigger, []) for trigger in triggers]
    if len(triggers) != len(table.roles):
        reading.at(table.line).report(
            f"the sentence must have a column for each of its {len(triggers)} trigger(s) after the first two, but has "
            f"{len(table.roles)}. Add or remove columns; a plain sentence has two, or no tags in its second."
        )
        return []
    roles = [Column(table.line, reading.at, schemes).read(cells) for cells in table.roles]
    return list(zip(triggers, roles, strict=True))
