"""JSON objects of the native format to documents, every span and value checked, and back."""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from eventroles.documents import Argument, Coverage, Document, Event, Json, ReadReceipt
from eventroles.errors import MAX_SHOWN, Place, suggest
from eventroles.spans import Span

_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "a document": frozenset({"id", "text", "events", "meta", "annotated", "receipt"}),
    "an event": frozenset({"id", "type", "trigger", "arguments", "score"}),
    "a span": frozenset({"start", "end", "text"}),
    "an argument": frozenset({"role", "start", "end", "text", "score"}),
    "an annotation": frozenset({"event_types", "char_spans"}),
    "a receipt": frozenset({"n_chars", "n_words", "n_windows", "n_words_cut"}),
}
_KINDS: Final = {str: "text", int: "a whole number", float: "a number", list: "a list", dict: "a mapping"}

_CORRECT: Final = "Correct the offsets or the text."
_SHOWN_CHARS: Final = 80
_PAIR: Final = 2

Value = TypeVar("Value")


def document_of(record: Any, place: Place) -> Document | None:
    """Build a document from its JSON object.

    Args:
        record: The parsed value.
        place: Gets every problem.

    Returns:
        The document, or None where there was a problem.
    """
    n_before = place.problems.n_found
    if not _is_object(record, "a document", place):
        return None
    id_, text = _take(record, "id", str, place), _take(record, "text", str, place)
    meta = _take(record, "meta", dict, place, default={})
    if text is None:
        return None
    events = _events(record, text, place)
    coverage = _coverage(record.get("annotated"), text, place.key("annotated"))
    receipt = _receipt(record.get("receipt"), place.key("receipt"))
    for event in events:
        if not coverage.has_event(event):
            place.key("events").report(
                f"event '{event.id}' ({event.event_type}) must lie in what 'annotated' covers, but does not. "
                "Correct 'annotated', or remove the event."
            )
    if id_ is None or meta is None or place.problems.n_found > n_before:
        return None
    return Document(id=id_, text=text, events=events, meta=meta, coverage=coverage, receipt=receipt)


def record_of(document: Document) -> dict[str, Json]:
    """Turn a document into its JSON object; the opposite of `document_of`, but that scores have six decimals."""
    record: dict[str, Json] = {"id": document.id, "text": document.text}
    if document.meta:
        record["meta"] = dict(document.meta)
    if document.coverage != Coverage():
        record["annotated"] = record_of_coverage(document.coverage)
    record["events"] = [_record_of_event(event, document.text) for event in document.events]
    if document.receipt is not None:
        record["receipt"] = {name: getattr(document.receipt, name) for name in sorted(_KEYS["a receipt"])}
    return record


def checked_span(bounds: tuple[int, int], words: object, text: str, place: Place) -> Span | None:
    """Make a span of offsets, or report what is wrong with them, and why, as far as that can be told.

    Args:
        bounds: Where it begins and ends, in characters.
        words: What is said to stand there; None where nothing is said.
        text: The text of the document.
        place: Gets the problem.

    Returns:
        The span, or None where there was a problem.
    """
    start, end = bounds
    if not 0 <= start < end <= len(text):
        place.report(
            f"must have 0 <= start < end <= {len(text)} (the text's length), but is [{show(start)}, {show(end)}). "
            "Offsets are half-open and count Unicode code points."
        )
        return None
    if words is not None and text[start:end] != words:
        # To try the causes takes time for all of the text: it is done only for problems that are shown.
        is_shown = place.problems.n_found < MAX_SHOWN
        advice = _likely_cause(text, start, end, words) if is_shown else _CORRECT
        there = quoted(text[start:end])
        place.report(
            f"its text must equal document text[{start}:{end}], which is {there}, but is {quoted(words)}. {advice}"
        )
        return None
    return Span(start, end)


def show(value: object) -> str:
    """Show a value in an error message, shortened."""
    try:
        shown = json.dumps(value[: _SHOWN_CHARS + 1] if isinstance(value, str) else value, default=repr)
    except (ValueError, RecursionError):
        return "too long or too deep to show"
    return shown if len(shown) <= _SHOWN_CHARS else f"{shown[:_SHOWN_CHARS]}…"


def quoted(words: object) -> str:
    """Quote what a text must be, or is, in an error message, shortened."""
    shown = repr(words[: _SHOWN_CHARS + 1] if isinstance(words, str) else words)
    return shown if len(shown) <= _SHOWN_CHARS else f"{shown[:_SHOWN_CHARS]}…"


def _events(record: Mapping[str, Any], text: str, place: Place) -> tuple[Event, ...]:
    values = _take(record, "events", list, place, default=[]) or []
    at = place.key("events")
    events = [_event(value, f"[{n}]", text, at.item(n)) for n, value in enumerate(values)]
    sound = [event for event in events if event is not None]
    seen: set[str] = set()
    for event in sound:
        if event.id in seen:
            place.key("events").report(f"id '{event.id}' must be unique, but stands there twice. Rename one.")
        seen.add(event.id)
    return tuple(sound)


def _event(value: Any, default_id: str, text: str, place: Place) -> Event | None:
    if not _is_object(value, "an event", place):
        return None
    id_, event_type = _take(value, "id", str, place, default=default_id), _take(value, "type", str, place)
    at = place.key("arguments")
    arguments = [
        _argument(argument, text, at.item(number))
        for number, argument in enumerate(_take(value, "arguments", list, place, default=[]) or [])
    ]
    trigger = value.get("trigger")
    char_span = None if trigger is None else _span(trigger, "a span", text, place.key("trigger"))
    if id_ is None or event_type is None:
        return None
    return Event(
        id=id_,
        event_type=event_type,
        trigger=char_span,
        arguments=tuple(argument for argument in arguments if argument is not None),
        score=_score(value, place),
    )


def _argument(value: Any, text: str, place: Place) -> Argument | None:
    char_span = _span(value, "an argument", text, place)
    role = _take(value, "role", str, place) if isinstance(value, dict) else None
    if char_span is None or role is None:
        return None
    return Argument(role=role, char_span=char_span, score=_score(value, place))


def _span(value: Any, kind: str, text: str, place: Place) -> Span | None:
    if not _is_object(value, kind, place):
        return None
    start, end = _take(value, "start", int, place), _take(value, "end", int, place)
    found = _take(value, "text", str, place)
    if start is None or end is None or found is None:
        return None
    return checked_span((start, end), found, text, place)


def _likely_cause(text: str, start: int, end: int, words: object) -> str:
    """Name the commonest cause that would explain why other words stand there, by trying each."""
    utf16, utf8 = (text.encode(encoding, "surrogatepass") for encoding in ("utf-16-le", "utf-8"))
    causes = {
        "'end' seems inclusive: add 1.": text[start : end + 1],
        "The offsets seem to count from 1, 'end' inclusive: subtract 1 from 'start'.": text[max(start - 1, 0) : end],
        "The offsets seem to count UTF-16 units: convert them.": utf16[2 * start : 2 * end].decode(
            "utf-16-le", "replace"
        ),
        "The offsets seem to count UTF-8 bytes: convert them.": utf8[start:end].decode("utf-8", "replace"),
        "The offsets seem to count CRLF as one character: convert them.": text.replace("\r\n", "\n")[start:end],
    }
    causes |= {
        f"The offsets seem to be off by {shift:+d}: subtract it.": text[max(start - shift, 0) : max(end - shift, 0)]
        for shift in (1, -1, 2, -2)
    }
    return next((cause for cause, cut in causes.items() if cut == words), _CORRECT)


def _coverage(value: Any, text: str, place: Place) -> Coverage:
    if value is None or not _is_object(value, "an annotation", place):
        return Coverage()
    types = _take(value, "event_types", list, place, default=None)
    pairs = _take(value, "char_spans", list, place, default=None)
    for event_type in types or []:
        if not isinstance(event_type, str):
            place.key("event_types").report(f"must be names, but one is {show(event_type)}. Correct it.")
            types = []
    for pair in pairs or []:
        is_pair = isinstance(pair, list) and len(pair) == _PAIR and all(type(bound) is int for bound in pair)
        if not (is_pair and 0 <= pair[0] < pair[1] <= len(text)):
            place.key("char_spans").report(
                f"must be pairs [start, end] inside the text's {len(text)} characters, but one is {show(pair)}. "
                "Correct it."
            )
            pairs = []
    return Coverage(
        event_types=None if types is None else frozenset(types),
        char_spans=None if pairs is None else tuple(Span(*pair) for pair in pairs),
    )


def _receipt(value: Any, place: Place) -> ReadReceipt | None:
    if value is None or not _is_object(value, "a receipt", place):
        return None
    counts = {name: _take(value, name, int, place) for name in sorted(_KEYS["a receipt"])}
    return ReadReceipt(**{name: count or 0 for name, count in counts.items()})


def _score(record: Mapping[str, Any], place: Place) -> float | None:
    score = _take(record, "score", float, place, default=None)
    if score is not None and not 0 <= score <= 1:
        place.key("score").report(f"must be in [0, 1], but is {show(score)}. Correct it.")
    return score


_MISSING: Final[Any] = object()


def _take(
    record: Mapping[str, Any], key: str, kind: type[Value], place: Place, *, default: Any = _MISSING
) -> Value | None:
    """Take a value of a kind; None, after a report, where it is missing or of another kind."""
    value = record.get(key, default)
    if type(value) is kind:  # nearly always
        return value
    if value is default and value is not _MISSING:
        return value  # type: ignore[no-any-return]  # the caller's own default
    if value is _MISSING:
        place.key(key).report("must be given, but is missing. Add it.")
        return None
    kinds: tuple[type, ...] = (int, float) if kind is float else (kind,)
    if isinstance(value, kinds) and not isinstance(value, bool):
        return value  # type: ignore[return-value]  # checked in the line above
    place.key(key).report(f"must be {_KINDS[kind]}, but is {show(value)}. Correct it.")
    return None


def _is_object(value: Any, kind: str, place: Place) -> bool:
    """Check that a value is a JSON object without unknown keys; report what is wrong with it."""
    if not isinstance(value, dict):
        place.report(f"must be a JSON object, but is {show(value)}. Correct it.")
        return False
    for key in () if value.keys() <= _KEYS[kind] else sorted(value.keys() - _KEYS[kind]):
        place.key(key).report(f"must be a key of {kind}, but is not. {suggest(key, _KEYS[kind])}")
    return True


def _record_of_event(event: Event, text: str) -> dict[str, Json]:
    record: dict[str, Json] = {"id": event.id, "type": event.event_type}
    record["trigger"] = None if event.trigger is None else _record_of_span(event.trigger, text)
    record["arguments"] = [
        {"role": argument.role, **_record_of_span(argument.char_span, text), **_record_of_score(argument.score)}
        for argument in event.arguments
    ]
    return record | _record_of_score(event.score)


def _record_of_span(span: Span, text: str) -> dict[str, Json]:
    return {"start": span.start, "end": span.end, "text": span.of(text)}


def _record_of_score(score: float | None) -> dict[str, Json]:
    return {} if score is None else {"score": round(score, 6)}


def record_of_coverage(coverage: Coverage) -> dict[str, Json]:
    """Turn what was annotated of a document into its JSON object; an empty one where all was."""
    record: dict[str, Json] = {}
    if coverage.event_types is not None:
        record["event_types"] = list[Json](sorted(coverage.event_types))
    if coverage.char_spans is not None:
        record["char_spans"] = [[span.start, span.end] for span in coverage.char_spans]
    return record
