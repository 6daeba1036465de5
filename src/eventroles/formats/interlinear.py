"""The interlinear format: an article as numbered sentences, each followed by its events. Made for people to write.

`docs/annotation.md` describes it. A file holds one article; whatever could be read in two ways is refused.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple

from eventroles.documents import Argument, Document, Event, Json
from eventroles.errors import MAX_SHOWN, DataError, Place, Problems
from eventroles.formats.records import quoted
from eventroles.ontology import Ontology
from eventroles.spans import Span

_HEADER: Final = re.compile(r"# (?P<key>[a-z_]+): (?P<value>\S.*)")
_SENTENCE: Final = re.compile(r"\[(?P<number>[0-9]{1,9})\] (?P<text>\S|\S.*\S)")
_FIELD: Final = re.compile(r"(?P<name>[\w.]+): (?P<mention>\S.*)")
_MENTION: Final = re.compile(r"(?P<snippet>.+?)(?: #(?P<nth>[0-9]{1,9}))?(?: @(?P<sentence>[0-9]{1,9}))?")
_SENTENCE_STARTS: Final = "sentence_starts"
_FIELD_BREAK: Final = "|"
_SENTENCE_BREAK: Final = " "
_PARAGRAPH_BREAK: Final = "\n\n"


class _EventLine(NamedTuple):
    """An event as written, the sentence it stands under, and where to report what is wrong with it."""

    place: Place
    sentence: int
    text: str


@dataclass(slots=True)
class _Article:
    """An article while its lines are read.

    Attributes:
        meta: The header lines.
        text: The sentences so far, joined.
        sentences: Where each of them stands in `text`.
        in_paragraph: Whether the next sentence joins the one before.
        event_lines: The events as written.
        found: Where snippets stand in sentences, for they are often looked up again.
    """

    meta: dict[str, Json] = field(default_factory=dict)
    text: str = ""
    sentences: list[Span] = field(default_factory=list)
    in_paragraph: bool = False
    event_lines: list[_EventLine] = field(default_factory=list)
    found: dict[tuple[str, int], list[Span]] = field(default_factory=dict)

    def lacks(self, key: str) -> bool:
        return key not in self.meta and key != _SENTENCE_STARTS

    def add_sentence(self, sentence: str) -> None:
        if self.sentences:
            self.text += _SENTENCE_BREAK if self.in_paragraph else _PARAGRAPH_BREAK
        self.sentences.append(Span(len(self.text), len(self.text) + len(sentence)))
        self.text += sentence
        self.in_paragraph = True

    def occurrences(self, snippet: str, number: int) -> list[Span]:
        if (snippet, number) not in self.found:
            sentence = self.sentences[number - 1].of(self.text)
            self.found[snippet, number] = _occurrences(snippet, sentence)
        return self.found[snippet, number]


def read_interlinear(paths: Iterable[Path], ontology: Ontology | None) -> Iterator[Document]:
    """Read articles in the interlinear format.

    Raises DataError: after the last file, with the problems of all.

    Args:
        paths: Files, UTF-8, one article each.
        ontology: Every event must be legal in it, where given.

    Yields:
        The documents of the files that are sound.
    """
    problems = Problems()
    file_of_id: dict[str, Path] = {}
    for path in paths:
        document = _read_file(path, ontology, problems)
        if document is None:
            continue
        first = file_of_id.setdefault(document.id, path)
        if first is path:
            yield document
        else:
            problems.add(str(path), f"id '{document.id}' must be unique, but stands in {first} too. Rename one.")
    problems.raise_if_any(DataError)


def is_interlinear(head: bytes) -> bool:
    """Tell by its first bytes whether a file looks like an article in this format."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"# id:")


def parse_interlinear(
    lines: Iterable[str], where: str, ontology: Ontology | None, problems: Problems
) -> Document | None:
    """Read one article.

    Args:
        lines: Its lines, without their ends.
        where: Names the file in errors.
        ontology: Every event must be legal in it, where given.
        problems: Gets every problem.

    Returns:
        The document, or None where there was a problem. Its `meta` holds the header lines, and in `sentence_starts`
        where each sentence begins.
    """
    n_before = problems.n_found
    article = _Article()
    for number, line in enumerate(lines, start=1):
        _take_line(line, article, problems.at(f"{where}:{number}"))
    id_ = article.meta.pop("id", None)
    if not isinstance(id_, str) or not article.sentences:
        problems.add(where, "must begin with '# id: …' and hold a sentence '[1] …', but does not. Add what is missing.")
        return None
    events: dict[Event, None] = {}
    for written in article.event_lines:
        event = _event(written, article, ontology)
        if event in events:
            written.place.report("must tell each event once, but this one stands above already. Remove one.")
        elif event is not None:
            events[event] = None
    if problems.n_found > n_before:
        return None
    article.meta[_SENTENCE_STARTS] = [sentence.start for sentence in article.sentences]
    named = (replace(event, id=f"E{number}") for number, event in enumerate(events, start=1))
    return Document(id=id_, text=article.text, events=tuple(named), meta=article.meta)


def _read_file(path: Path, ontology: Ontology | None, problems: Problems) -> Document | None:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        problems.add(str(path), f"must be a readable file, but: {error.strerror}. Check the path.")
        return None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problems.add(str(path), f"must be UTF-8, but byte {error.start} is not (line {line}). Convert the file.")
        return None
    return parse_interlinear(text.replace("\r\n", "\n").split("\n"), str(path), ontology, problems)


def _take_line(line: str, article: _Article, place: Place) -> None:
    if not line.strip():
        article.in_paragraph = False
    elif line[0].isspace() and article.sentences:
        article.event_lines.append(_EventLine(place, len(article.sentences), line.strip()))
    elif sentence := _SENTENCE.fullmatch(line):
        due = len(article.sentences) + 1
        if int(sentence["number"]) != due:
            place.report(
                f"sentences must be numbered in order, so [{due}] here, but is [{sentence['number']}]. Renumber."
            )
        article.add_sentence(sentence["text"])
    elif (header := _HEADER.fullmatch(line)) and not article.sentences and article.lacks(header["key"]):
        article.meta[header["key"]] = header["value"]
    else:
        place.report(
            "must be '# key: value' before the first sentence, each key once, or '[n] sentence' without spaces at its "
            f"end, or an indented event after a sentence, but is {quoted(line)}. Mend it."
        )


def _event(line: _EventLine, article: _Article, ontology: Ontology | None) -> Event | None:
    fields = [_FIELD.fullmatch(part.strip()) for part in line.text.split(_FIELD_BREAK)]
    found = [(field["name"], field["mention"]) for field in fields if field]
    if len(found) < len(fields):
        line.place.report(f"must be 'Type: trigger | Role: argument | …', but is {quoted(line.text)}. Mend it.")
        return None
    (event_type, trigger), *roles = found
    names = (role for role, _ in roles)
    for problem in ontology.problems_with_event(event_type, names, has_trigger=True) if ontology else ():
        line.place.report(problem)
    spans = [_span(mention, line, article) for _, mention in found]
    sentence = article.sentences[line.sentence - 1]
    if spans[0] and not sentence.contains(spans[0]):
        line.place.report(f"a trigger must stand in the sentence above it, but '{trigger}' does not. Move the event.")
    arguments = [Argument(role=role, char_span=span) for (role, _), span in zip(roles, spans[1:], strict=True) if span]
    if len(set(arguments)) < len(arguments):
        line.place.report(f"must tell each argument of an event once, but is {quoted(line.text)}. Remove the second.")
    return Event(id="", event_type=event_type, trigger=spans[0], arguments=tuple(arguments))


def _span(mention: str, line: _EventLine, article: _Article) -> Span | None:
    parts = _MENTION.fullmatch(mention)
    number = int(parts["sentence"] or line.sentence) if parts else 0
    if not parts or not 0 < number <= len(article.sentences) or parts["sentence"] == str(line.sentence):
        line.place.report(
            f"{quoted(mention)} must name another sentence of the article after '@', but does not. Correct it."
        )
        return None
    sentence = article.sentences[number - 1]
    places = article.occurrences(parts["snippet"], number)
    nth = int(parts["nth"] or 1)
    if len(places) > 1 and not parts["nth"]:
        line.place.report(
            f"{quoted(parts['snippet'])} must say which of its {len(places)} places in sentence [{number}] is meant. "
            f"Write #1 … #{len(places)} after it."
        )
    elif not 0 < nth <= len(places):
        # To look everywhere takes time: it is done only for problems that are shown.
        is_shown = line.place.problems.n_found < MAX_SHOWN
        numbers = range(1, len(article.sentences) + 1) if is_shown else ()
        elsewhere = [n for n in numbers if article.occurrences(parts["snippet"], n)][:MAX_SHOWN]
        hint = f"It stands in {elsewhere}: write @n." if elsewhere else "Copy it letter by letter."
        line.place.report(
            f"{quoted(mention)} must stand between word borders in sentence [{number}], but does not. {hint}"
        )
    elif len(places) == 1 and parts["nth"]:
        line.place.report(f"{quoted(parts['snippet'])} stands only once in sentence [{number}]. Leave #{nth} out.")
    else:
        return places[nth - 1].shifted(sentence.start)
    return None


def _occurrences(snippet: str, sentence: str) -> list[Span]:
    pattern = rf"(?<!\w){re.escape(snippet)}(?!\w)"
    return [Span(*found.span()) for found in re.finditer(pattern, sentence)]
