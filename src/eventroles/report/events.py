"""Show the events of documents on a terminal: the text, with the trigger and the roles coloured."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import regex
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from eventroles.documents import Argument, Document, Event
from eventroles.spans import Span

_TRIGGER_STYLE: Final = "bold reverse"
_ROLE_STYLES: Final = ("cyan", "green", "yellow", "magenta", "blue", "red", "bright_cyan", "bright_green")
_UNPRINTABLE: Final = regex.compile(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]")
_SENTENCE_START: Final = regex.compile(r"(?:^|(?<![\s.]\p{Lu})[.!?。！？][\"'”’)]*\s|\n)\s*")
_CONTEXT_CHARS: Final = 200


def print_events(documents: Iterable[Document], console: Console) -> None:
    """Print a panel a document.

    Args:
        documents: Documents with events.
        console: Where to; without a terminal behind it, colours are left out.
    """
    for document in documents:
        console.print(Panel(Group(*_parts(document)), title=_clean(document.id), title_align="left"))


def _parts(document: Document) -> Iterator[RenderableType]:
    if not document.events:
        yield Text("no events found", style="dim")
    for event in document.events:
        yield _heading(event)
        if event.trigger is not None:
            yield _excerpt(document.text, event, event.trigger)
        yield _roles(document.text, event)


def _heading(event: Event) -> Text:
    score = "" if event.score is None else f"  {event.score:.2f}"
    return Text.assemble((event.event_type, "bold"), (score, "dim"), ("" if event.trigger else "  (no trigger)", "dim"))


def _excerpt(text: str, event: Event, trigger: Span) -> Text:
    """Cut the sentence around the trigger and colour its spans."""
    sentence = _sentence(text, trigger)
    shown = Text(_clean(sentence.of(text)))
    styles = _styles(event.arguments)
    for argument in event.arguments:
        if sentence.contains(argument.char_span):
            span = argument.char_span.shifted(-sentence.start)
            shown.stylize(styles[argument.role], span.start, span.end)
    shown.stylize(_TRIGGER_STYLE, trigger.start - sentence.start, trigger.end - sentence.start)
    return shown


def _roles(text: str, event: Event) -> Table:
    table = Table.grid(padding=(0, 2))
    styles = _styles(event.arguments)
    if event.trigger is not None:
        table.add_row("  trigger", Text(_clean(event.trigger.of(text)), _TRIGGER_STYLE), "")
    for argument in event.arguments:
        score = "" if argument.score is None else f"{argument.score:.2f}"
        style = styles[argument.role]
        table.add_row(Text(f"  {argument.role}", style), Text(_clean(argument.char_span.of(text)), style), score)
    table.add_row("")
    return table


def _styles(arguments: Iterable[Argument]) -> Mapping[str, str]:
    roles = sorted({argument.role for argument in arguments})
    return {role: _ROLE_STYLES[number % len(_ROLE_STYLES)] for number, role in enumerate(roles)}


def _sentence(text: str, trigger: Span) -> Span:
    first = max(trigger.start - _CONTEXT_CHARS, 0)
    last = min(trigger.end + _CONTEXT_CHARS, len(text))
    starts = [match.end() for match in _SENTENCE_START.finditer(text, first, trigger.start)]
    ends = [match.start() + 1 for match in _SENTENCE_START.finditer(text, trigger.end, last)]
    return Span(min(starts[-1] if starts else first, trigger.start), max(ends[0] if ends else last, trigger.end))


def _clean(text: str) -> str:
    """Make text safe to print, keeping its length: a terminal would obey control characters."""
    return _UNPRINTABLE.sub(" ", text)
