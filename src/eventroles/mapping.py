"""Type maps: documents with our event types and roles turned into another corpus's, and back."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field

from eventroles.documents import Argument, Document, Event
from eventroles.errors import ConfigError, Problems
from eventroles.ontology import Name, Ontology
from eventroles.phrases import head_of
from eventroles.schema import Strict, read_yaml_mapping, validate
from eventroles.spans import Span


class SpanStyle(StrEnum):
    """How much of a participant a corpus marks."""

    PHRASES = "phrases"
    HEADS = "heads"


class MappedType(Strict):
    """What another corpus calls one of our event types.

    Attributes:
        becomes: Their event type.
        roles: Their role for each of ours that they have.
    """

    becomes: Name
    roles: dict[Name, Name] = Field(default_factory=dict)


class TypeMap(Strict):
    """How another corpus says what we say.

    Attributes:
        name: Names the other corpus in reports.
        argument_spans: What they mark of a participant; `heads` reduces our spans on the way there.
        event_types: Their counterparts, by our event type. Where several of ours are one of theirs, the first is what
            theirs becomes on the way back.
    """

    name: Name
    argument_spans: Annotated[SpanStyle, Field(strict=False)] = SpanStyle.PHRASES
    event_types: dict[Name, MappedType] = Field(min_length=1)

    def to_theirs(self, document: Document, left_out: Counter[str]) -> Document:
        """Say a document in their terms.

        Args:
            document: Gold or predicted, in our types.
            left_out: Counts the events and arguments that they have no word for, by type and role.

        Returns:
            The document; of arguments that become the same, the first.
        """
        events = (self._event_of_theirs(event, document.text, left_out) for event in document.events)
        return replace(document, events=tuple(event for event in events if event is not None))

    def to_ours(self, document: Document, left_out: Counter[str]) -> Document:
        """Say a document of theirs in our terms.

        Args:
            document: In their types.
            left_out: Counts the events and arguments that we have no word for, by type and role.

        Returns:
            The document, its spans as they are.
        """
        back = self._back
        events = (_renamed(event, back.get(event.event_type), left_out) for event in document.events)
        return replace(document, events=tuple(event for event in events if event is not None))

    @cached_property
    def _back(self) -> Mapping[str, MappedType]:
        back: dict[str, MappedType] = {}
        for ours, mapped in self.event_types.items():
            roles = {theirs: role for role, theirs in reversed(mapped.roles.items())}
            back.setdefault(mapped.becomes, MappedType(becomes=ours, roles=roles))
        return back

    def _event_of_theirs(self, event: Event, text: str, left_out: Counter[str]) -> Event | None:
        renamed = _renamed(event, self.event_types.get(event.event_type), left_out)
        if renamed is None:
            return None
        arguments: dict[tuple[str, Span], Argument] = {}
        for argument in renamed.arguments:
            whole = argument.char_span
            span = head_of(text, whole) if self.argument_spans is SpanStyle.HEADS else whole
            arguments.setdefault((argument.role, span), replace(argument, char_span=span))
        return replace(renamed, arguments=tuple(arguments.values()))


def load_type_map(path: Path, ontology: Ontology) -> TypeMap:
    """Read a type map from its YAML file.

    Raises ConfigError: the file breaks the form, or names a type or role that the ontology lacks.

    Args:
        path: The file; `configs/mappings/m2e2.yaml` shows the form.
        ontology: Ours: every type and role on the left must be its own.

    Returns:
        The map.
    """
    type_map = validate(TypeMap, read_yaml_mapping(path, ConfigError), str(path), ConfigError)
    problems = Problems()
    for event_type, mapped in type_map.event_types.items():
        for problem in ontology.problems_with_event(event_type, mapped.roles, has_trigger=False):
            problems.add(f"{path}: event_types.{event_type}", problem)
    problems.raise_if_any(ConfigError)
    return type_map


def _renamed(event: Event, mapped: MappedType | None, left_out: Counter[str]) -> Event | None:
    if mapped is None:
        left_out[event.event_type] += 1
        return None
    known = [argument for argument in event.arguments if argument.role in mapped.roles]
    left_out.update(f"{event.event_type} {a.role}" for a in event.arguments if a.role not in mapped.roles)
    arguments = (replace(argument, role=mapped.roles[argument.role]) for argument in known)
    return replace(event, event_type=mapped.becomes, arguments=tuple(arguments))
