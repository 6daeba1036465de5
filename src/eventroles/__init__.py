"""Find events in text and tag who plays which role in them, as exact character spans.

>>> from eventroles import EventRoleTagger  # doctest: +SKIP
>>> tagger = EventRoleTagger.from_pretrained("runs/seed")  # doctest: +SKIP
>>> [document] = tagger(["Rebels shelled the airport."])  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

from eventroles.documents import Argument, Document, Event
from eventroles.spans import Span

if TYPE_CHECKING:
    from eventroles.engine import EventRoleTagger

__all__ = ["Argument", "Document", "Event", "EventRoleTagger", "Span"]


def __getattr__(name: str) -> Any:
    """Import the tagger, and with it torch, only when it is asked for."""
    if name == "EventRoleTagger":
        from eventroles.engine import EventRoleTagger

        return EventRoleTagger
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
