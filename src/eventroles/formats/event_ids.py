"""Ids of events in formats whose files need not give them."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventroles.documents import Json
from eventroles.errors import Place
from eventroles.formats.records import show


def default_ids(n_events: int) -> list[str]:
    """Name the events of a document whose file does not: E1, E2 and so on."""
    return [f"E{number}" for number in range(1, n_events + 1)]


def named_events(events: Sequence[Mapping[str, Json]], ids: Any, place: Place) -> list[dict[str, Json]]:
    """Give native records of events their ids.

    Args:
        events: The records.
        ids: What the file says they are; None where it says nothing.
        place: Where it says so; gets the problem where that is not one text an event.

    Returns:
        The records with their ids; none where there was a problem.
    """
    names = default_ids(len(events)) if ids is None else ids
    if isinstance(names, list) and len(names) == len(events) and all(isinstance(name, str) for name in names):
        return [{"id": name, **event} for name, event in zip(names, events, strict=True)]
    place.report(f"must be {len(events)} text(s), one an event, but is {show(ids)}. Correct it.")
    return []
