"""Show the events of documents on a terminal: each sentence that has any, its spans coloured, and a table of them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import regex
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from eventroles.documents import Document, Event
from eventroles.spans import Span
from eventroles.words import break_strengths, char_span_of, split_words

_TRIGGER_STYLE: Final = "bold reverse"
_ROLE_STYLES: Final = ("cyan", "green", "yellow", "magenta", "blue", "red", "bright_cyan", "bright_green")
_UNPRINTABLE: Final = regex.compile(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]")
_MAX_SENTENCE_CHARS: Final = 2000


def print_events(documents: Iterable[Document], console: Console) -> None:
    """Print a panel a document.

    Args:
        documents: Documents with events.
        console: Where to; without a terminal behind it, colours are left out.
    """
    for document in documents:
        title = Text(printable(document.id))
        console.print(Panel(Group(*_parts(document)), title=title, title_align="left", width=console.width))


def _parts(document: Document) -> Iterator[RenderableType]:
    if not document.events:
        yield Text("no events found", style="dim")
        return
    style_of = _styles(document.events)
    left = list(document.events)
    for sentence in sentences_of(document.text):
        events = [event for event in left if _begins_in(event, sentence)]
        if events:
            left = [event for event in left if event not in events]
            yield _coloured(document.text, sentence, events, style_of)
            yield Padding(_table(document.text, events, style_of), (0, 0, 1, 2))
    if left:
        yield Text("events of the document as a whole", style="dim")
        yield Padding(_table(document.text, left, style_of), (0, 0, 1, 2))


def sentences_of(text: str) -> list[Span]:
    """Divide a text into sentences, in characters; an endless one is divided anywhere."""
    words = split_words(text)
    sentences = []
    first = 0
    for last, strength in enumerate(break_strengths(text, words)):
        is_long = words[last].end - words[first].start > _MAX_SENTENCE_CHARS
        if strength or is_long or last == len(words) - 1:
            sentences.append(char_span_of(Span(first, last + 1), words))
            first = last + 1
    return sentences


def _begins_in(event: Event, sentence: Span) -> bool:
    return event.trigger is not None and sentence.start <= event.trigger.start < sentence.end


def _coloured(text: str, sentence: Span, events: Sequence[Event], style_of: "_Styles") -> Text:
    shown = Text(printable(sentence.of(text)))
    for event in events:
        for argument in event.arguments:
            if sentence.contains(argument.char_span):
                span = argument.char_span.shifted(-sentence.start)
                shown.stylize(style_of[argument.role], span.start, span.end)
    for event in events:
        if event.trigger is not None:
            shown.stylize(_TRIGGER_STYLE, event.trigger.start - sentence.start, event.trigger.end - sentence.start)
    return shown


def _table(text: str, events: Sequence[Event], style_of: "_Styles") -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for event in events:
        trigger = "" if event.trigger is None else printable(event.trigger.of(text))
        score = "" if event.score is None else f"{event.score:.2f}"
        table.add_row(
            Text(printable(event.event_type)), Text(trigger, "bold"), Text(score, "dim"), _roles(text, event, style_of)
        )
    return table


def _roles(text: str, event: Event, style_of: "_Styles") -> Text:
    roles = Text()
    for number, argument in enumerate(event.arguments):
        style = style_of[argument.role]
        score = "" if argument.score is None else f" {argument.score:.2f}"
        roles.append("  |  " if number else "", "dim")
        roles.append(f"{printable(argument.role)} ", f"bold {style}")
        roles.append(printable(argument.char_span.of(text)), style)
        roles.append(score, "dim")
    return roles


_Styles = dict[str, str]


def _styles(events: Iterable[Event]) -> _Styles:
    roles = sorted({argument.role for event in events for argument in event.arguments})
    return {role: _ROLE_STYLES[number % len(_ROLE_STYLES)] for number, role in enumerate(roles)}


def printable(text: str) -> str:
    """Make text safe to print, keeping its length: a terminal would obey control characters."""
    return _UNPRINTABLE.sub(" ", text)
