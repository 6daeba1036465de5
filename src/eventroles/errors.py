"""Say what is wrong with an input: where, what must hold, what was found, what to do."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MAX_SHOWN = 20
"""How many problems of one file an error's text lists before it only counts the rest."""
MAX_KEPT = 10_000
"""How many of them an error keeps beside its text."""


_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class EventRolesError(Exception):
    """Anything that the user of eventroles can put right. Its text is for people.

    Args:
        text: What must hold, what was found, what to do; of many problems the first, and how many more there are.
        problems: Each problem by itself, where there can be many.
    """

    def __init__(self, text: str = "", problems: Iterable[str] = ()) -> None:
        super().__init__(text)
        self.problems = tuple(problems)


class ConfigError(EventRolesError):
    """A recipe, an override or a command-line choice does not hold together."""


class DataError(EventRolesError):
    """An annotated document breaks the data format or its ontology."""


class OntologyError(EventRolesError):
    """An ontology file breaks its format, or two ontologies disagree."""


class CheckpointError(EventRolesError):
    """A checkpoint or backbone is missing, damaged, or not what it says it is."""


class InputError(EventRolesError):
    """A text or file given to a finished model cannot be read."""


class Problems:
    """The problems of one file, collected so that all are reported at once."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self.n_found = 0

    def add(self, where: str, what: str) -> None:
        """Note one problem.

        Args:
            where: File and line, or dotted path, that the problem is at; may be empty.
            what: What must hold, what was found, and what to do.
        """
        self.n_found += 1
        if len(self._kept) < MAX_KEPT:
            self._kept.append(_printable(f"{where}: {what}" if where else what))

    def at(self, where: str) -> "Place":
        """Name a place that problems may be found at."""
        return Place(problems=self, where=where)

    def raise_if_any(self, kind: type[EventRolesError]) -> None:
        """Raise all noted problems as one error of the given kind, if there are any."""
        if self.n_found:
            raise kind(self.text(), (*self._kept, *_more(self.n_found - len(self._kept))))

    def text(self) -> str:
        """Write the noted problems, one a line, the first of them shown and the rest counted."""
        shown = self._kept[:MAX_SHOWN]
        return "\n".join([*shown, *_more(self.n_found - len(shown))])


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a file, to which checks report what they find.

    Attributes:
        problems: Where reports are collected.
        where: File and line.
        path: Place inside a nested value, such as `events[0].trigger`.
    """

    problems: Problems
    where: str
    path: str = ""

    def report(self, what: str) -> None:
        """Note a problem at this place."""
        self.problems.add(": ".join(part for part in (self.where, self.path) if part), what)

    def key(self, name: str) -> "Place":
        """Go to a key of the mapping here."""
        return Place(problems=self.problems, where=self.where, path=f"{self.path}.{name}" if self.path else name)

    def item(self, number: int) -> "Place":
        """Go to an item of the list here."""
        return Place(problems=self.problems, where=self.where, path=f"{self.path}[{number}]")


def suggest(name: str, known: Iterable[str]) -> str:
    """Name what a misspelt `name` may have meant, as the end of an error sentence.

    Args:
        name: What was found.
        known: What would have been right.

    Returns:
        "Did you mean 'x'?" when something is near, else the list of what is known.
    """
    names = sorted(known)
    folded = {candidate.casefold(): candidate for candidate in names}
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    if near:
        return f"Did you mean '{folded[near[0]]}'?"
    listed = ", ".join(names[:MAX_SHOWN]) + (" …" if len(names) > MAX_SHOWN else "")
    return f"Known: {listed}." if names else "None is known."


def _printable(text: str) -> str:
    """Escape what could clear a terminal, make up lines, or not be printed at all, if a file has it in its names."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def _more(n_problems: int) -> list[str]:
    return [f"… and {n_problems} more"] if n_problems else []
