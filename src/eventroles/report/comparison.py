"""What was found beside the gold, sentence by sentence, for reading errors."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from eventroles.documents import Argument, Document, Event
from eventroles.metrics import Pair, paired
from eventroles.report.events import printable, sentences_of
from eventroles.spans import Span

BOTH: Final = "="
MISSED: Final = "-"
EXTRA: Final = "+"

_COLUMN: Final = 44

_Key = tuple[Span | None, str]
_Arguments = set[tuple[Span, str]]


def text_of_comparison(gold: Sequence[Document], predicted: Sequence[Document]) -> str:
    """Write gold and prediction side by side.

    Args:
        gold: Annotated documents.
        predicted: The same documents predicted.

    Returns:
        Each sentence with events, and below it each trigger and each of its arguments: `=` in both, `-` only in the
        gold, `+` only found. Documents without any are left out.
    """
    return "\n".join(line for pair in paired(gold, predicted) for line in _lines(pair))


def _lines(pair: Pair) -> Iterator[str]:
    gold, found = _by_trigger(pair.gold), _by_trigger(pair.predicted)
    left = sorted(gold.keys() | found.keys(), key=_order)
    if left:
        yield f"\n{printable(pair.document.id)}"
    for sentence in (*sentences_of(pair.document.text), None):
        here = [key for key in left if sentence is None or (key[0] is not None and key[0].start < sentence.end)]
        left = [key for key in left if key not in here]
        if here:
            yield "" if sentence is None else f"\n  {printable(sentence.of(pair.document.text))}"
        for key in here:
            yield _line(key, gold.get(key), found.get(key), pair.document.text)


def _by_trigger(events: Iterable[Event]) -> Mapping[_Key, _Arguments]:
    arguments: dict[_Key, _Arguments] = defaultdict(set)
    for event in events:
        arguments[event.trigger, event.event_type] |= {_key(argument) for argument in event.arguments}
    return arguments


def _key(argument: Argument) -> tuple[Span, str]:
    return argument.char_span, argument.role


def _order(key: _Key) -> tuple[bool, Span, str]:
    return key[0] is None, key[0] or Span(0, 1), key[1]


def _line(key: _Key, gold: _Arguments | None, found: _Arguments | None, text: str) -> str:
    trigger, event_type = key
    word = "" if trigger is None else printable(trigger.of(text))
    known, shown = gold or set(), found or set()
    arguments = [
        f"{role} {_mark(in_gold=(span, role) in known, in_found=(span, role) in shown)} {printable(span.of(text))}"
        for span, role in sorted(known | shown)
    ]
    mark = _mark(in_gold=gold is not None, in_found=found is not None)
    return f"    {mark} {event_type} {word}".ljust(_COLUMN) + " | ".join(arguments)


def _mark(*, in_gold: bool, in_found: bool) -> str:
    return BOTH if in_gold and in_found else MISSED if in_gold else EXTRA
