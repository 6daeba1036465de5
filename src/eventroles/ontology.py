"""Event types and their roles, with the descriptions that the model reads as their meaning."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

import regex
from pydantic import Field, model_validator

from eventroles.errors import OntologyError, suggest
from eventroles.schema import Strict, read_yaml_mapping, validate

Name = Annotated[str, Field(min_length=1, pattern=r"^\S(.*\S)?$")]


class Role(Strict):
    """A part that spans play in one event type.

    Attributes:
        description: What the role means, in one sentence.
        example: A piece of its event type's example that plays the role.
    """

    description: str = ""
    example: str = ""


class EventType(Strict):
    """A kind of event.

    Attributes:
        description: What the type means, in one sentence.
        example: A sentence with such an event.
        trigger: The piece of the example that evokes it.
        roles: Its roles by name; an event of this type may have no other.
        document_level: Whether events of this type belong to their document as a whole and have no trigger.
    """

    description: str = ""
    example: str = ""
    trigger: str = ""
    document_level: bool = False
    roles: dict[Name, Role] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _parts_fit_together(self) -> "EventType":
        if self.document_level and self.trigger:
            raise ValueError(f"a document-level event type must have no trigger, but has {self.trigger!r}")
        pieces = [("trigger", self.trigger), *((name, role.example) for name, role in self.roles.items())]
        for name, piece in pieces:
            if piece not in self.example:
                raise ValueError(f"the example of '{name}' must be a piece of {self.example!r}, but is {piece!r}")
        return self


class MentionType(Strict):
    """A kind of entity mention that a corpus marks beside its events.

    Attributes:
        description: What the kind means, in one sentence.
        levels: How deep such mentions stand inside one another: each level has a track of its own, the outermost first.
    """

    description: str = ""
    levels: int = Field(default=1, ge=1, le=9)


class Ontology(Strict):
    """The event types that a corpus is annotated with and a model predicts.

    Attributes:
        name: Names the ontology in reports.
        version: Grows with every change of meaning.
        event_types: Its types by name, in the order of every index that the model uses.
        mention_types: Kinds of entity mentions by name. A model learns them beside the events, where documents hold
            such mentions, and does not predict them.
    """

    name: Name
    version: int = 1
    event_types: dict[Name, EventType] = Field(min_length=1)
    mention_types: dict[Name, MentionType] = Field(default_factory=dict)

    @cached_property
    def type_names(self) -> tuple[str, ...]:
        """Names of the event types, in index order."""
        return tuple(self.event_types)

    @cached_property
    def role_names(self) -> tuple[str, ...]:
        """Names of all roles, each once, in index order; types share a role by sharing its name."""
        return tuple(dict.fromkeys(role for kind in self.event_types.values() for role in kind.roles))

    @cached_property
    def document_types(self) -> frozenset[str]:
        """Names of the document-level event types."""
        return frozenset(name for name, kind in self.event_types.items() if kind.document_level)

    @cached_property
    def triggered_types(self) -> tuple[str, ...]:
        """Names of the event types whose events have triggers, in order."""
        return tuple(name for name, kind in self.event_types.items() if not kind.document_level)

    @cached_property
    def mention_tracks(self) -> tuple[tuple[str, int], ...]:
        """Kind and level of each track of mentions, in index order; they follow those of the event types."""
        return tuple((name, level) for name, kind in self.mention_types.items() for level in range(kind.levels))

    def legal_roles(self, event_type: str) -> Mapping[str, Role]:
        """Roles that an event of this type may have, by name."""
        return self.event_types[event_type].roles

    def problems_with_event(self, event_type: str, roles: Iterable[str], *, has_trigger: bool) -> list[str]:
        """Say what the ontology has against an event.

        Args:
            event_type: The event's type.
            roles: The roles of its arguments.
            has_trigger: Whether it has a trigger.

        Returns:
            One sentence for the type, or one for the trigger and each illegal role; empty when the event is legal. An
            event without the trigger that its type asks for is legal: it is counted, since no model can find it.
        """
        if event_type not in self.event_types:
            return [
                f"event type '{event_type}' must be one of ontology '{self.name}', but is not. "
                f"{suggest(event_type, self.type_names)}"
            ]
        legal = self.legal_roles(event_type)
        misplaced = (
            f"an event of document-level type '{event_type}' must have no trigger, but this one has. "
            "Remove the trigger, or 'document_level' from the ontology."
        )
        return [misplaced] * (has_trigger and event_type in self.document_types) + [
            f"role '{role}' is not allowed for event type '{event_type}'; allowed: {', '.join(legal) or 'none'}. "
            "Add it to the ontology or rename it."
            for role in dict.fromkeys(roles)
            if role not in legal
        ]


def type_text(ontology: Ontology, event_type: str) -> str:
    """Write an event type as text for an encoder to read: its name, description and example."""
    kind = ontology.event_types[event_type]
    return _text(event_type, kind.description, kind.example)


def mention_text(ontology: Ontology, mention_type: str, level: int) -> str:
    """Write a kind of mention, at a level of nesting, as text for an encoder to read."""
    inside = f"Inside {level} larger." if level else ""
    return _text(mention_type, ontology.mention_types[mention_type].description, inside)


def role_text(ontology: Ontology, event_type: str, role: str) -> str:
    """Write a role of an event type as text for an encoder to read."""
    kind = ontology.event_types[event_type]
    return _text(f"{role} of {_readable(event_type)}", kind.roles[role].description, kind.roles[role].example)


def _text(name: str, description: str, example: str) -> str:
    return " ".join(part for part in (f"{_readable(name)}.", description, example) if part)


def _readable(name: str) -> str:
    """Split a name such as `Conflict.Attack` or `arrest_jail` into words."""
    words = regex.sub(r"(?<=\p{Ll})(?=\p{Lu})|[._:/\-]+", " ", name).split()
    return " ".join(words).lower() or name


def load_ontology(path: Path) -> Ontology:
    """Read an ontology from its YAML file.

    Args:
        path: The file; `configs/ontologies/newswire.yaml` shows the form.

    Returns:
        The ontology.
    """
    return validate(Ontology, read_yaml_mapping(path, OntologyError), str(path), OntologyError)
