"""Ontologies from data, joined, and compared."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import yaml

from eventroles.documents import Document
from eventroles.errors import OntologyError, Problems
from eventroles.ontology import EventType, MentionType, Ontology, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class OntologyDifference:
    """How one ontology differs from another.

    Attributes:
        types_added: Event types that only the newer has.
        types_removed: Event types that only the older has.
        roles_added: Roles that only the newer has, by event types that both have.
        roles_removed: Roles that only the older has, by event types that both have.
        kinds_changed: Types that are document-level in one of the two alone.
        mentions_changed: Kinds of mentions that one alone has, or describes otherwise.
        texts_changed: Types and roles whose description, example or trigger is another.
    """

    types_added: Sequence[str]
    types_removed: Sequence[str]
    roles_added: Mapping[str, Sequence[str]]
    roles_removed: Mapping[str, Sequence[str]]
    kinds_changed: Sequence[str]
    mentions_changed: Sequence[str]
    texts_changed: Sequence[str]

    @property
    def is_empty(self) -> bool:
        """Whether the two say the same."""
        types = (self.types_added, self.types_removed, self.kinds_changed, self.mentions_changed)
        return not any((*types, self.roles_added, self.roles_removed, self.texts_changed))


def inferred_ontology(documents: Iterable[Document], name: str) -> Ontology:
    """Gather the event types and roles that documents use.

    Args:
        documents: Annotated documents.
        name: Names the ontology.

    Returns:
        The ontology, types and roles in alphabetical order, without descriptions; a type is document-level where its
        events are and none has a trigger.

    Raises:
        OntologyError: The documents have no event.
    """
    roles: dict[str, set[str]] = defaultdict(set)
    with_trigger: dict[str, bool] = {}
    for document in documents:
        for event in document.events:
            roles[event.event_type].update(argument.role for argument in event.arguments)
            with_trigger[event.event_type] = with_trigger.get(event.event_type, False) or event.trigger is not None
        for event_type in document.coverage.event_types or ():
            roles.setdefault(event_type, set())
    if not roles:
        raise OntologyError("the documents must hold at least one event, but hold none. Annotate some first.")
    types = {
        kind: EventType(
            roles={role: Role() for role in sorted(roles[kind])}, document_level=not with_trigger.get(kind, True)
        )
        for kind in sorted(roles)
    }
    return Ontology(name=name, event_types=types)


def merged_ontology(first: Ontology, second: Ontology) -> Ontology:
    """Join two ontologies: all types of both, and of a type that both have, all roles of both.

    Raises OntologyError: they describe a type or role in two ways. A text that one of them lacks is the other's.

    Args:
        first: Gives the name, and the order of what both have.
        second: Gives what the first lacks, at the end.

    Returns:
        The joined ontology, its version one more than the higher.
    """
    problems = Problems()
    types = dict(first.event_types)
    for name, kind in second.event_types.items():
        types[name] = kind if name not in types else _merged_type(name, types[name], kind, problems)
    mentions = dict(first.mention_types)
    for name, mention in second.mention_types.items():
        ours = mentions.get(name, MentionType())
        text = _only(ours.description, mention.description, f"mention_types.{name}: description", problems)
        mentions[name] = MentionType(description=text, levels=max(ours.levels, mention.levels))
    problems.raise_if_any(OntologyError)
    version = max(first.version, second.version) + 1
    return Ontology(name=first.name, version=version, event_types=types, mention_types=mentions)


def difference(older: Ontology, newer: Ontology) -> OntologyDifference:
    """Compare two ontologies.

    Args:
        older: What there was.
        newer: What there is.

    Returns:
        What was added, removed and reworded; what was renamed shows as removed and added.
    """
    both = [name for name in newer.event_types if name in older.event_types]
    pairs = {name: (older.event_types[name], newer.event_types[name]) for name in both}
    return OntologyDifference(
        types_added=[name for name in newer.event_types if name not in older.event_types],
        types_removed=[name for name in older.event_types if name not in newer.event_types],
        roles_added=_missing({name: (old.roles, new.roles) for name, (old, new) in pairs.items()}),
        roles_removed=_missing({name: (new.roles, old.roles) for name, (old, new) in pairs.items()}),
        kinds_changed=[name for name, (old, new) in pairs.items() if old.document_level != new.document_level],
        mentions_changed=sorted(
            name
            for name in older.mention_types.keys() | newer.mention_types.keys()
            if older.mention_types.get(name) != newer.mention_types.get(name)
        ),
        texts_changed=[text for name, (old, new) in pairs.items() for text in _reworded(name, old, new)],
    )


def text_of_difference(found: OntologyDifference) -> str:
    """Write a difference for people, a line each; empty where there is none."""
    lines = [f"+ {name}" for name in found.types_added] + [f"- {name}" for name in found.types_removed]
    lines += [f"+ {name} {role}" for name, roles in found.roles_added.items() for role in roles]
    lines += [f"- {name} {role}" for name, roles in found.roles_removed.items() for role in roles]
    lines += [f"~ mentions of {name}" for name in found.mentions_changed]
    lines += [f"~ {name} (document-level in one alone)" for name in found.kinds_changed]
    return "\n".join([*lines, *(f"~ {name} (description or example)" for name in found.texts_changed)])


def yaml_of_ontology(ontology: Ontology) -> str:
    """Write an ontology as the YAML that `load_ontology` reads; texts that are not given are left out."""
    record = ontology.model_dump(exclude_defaults=True)
    return yaml.safe_dump(record, allow_unicode=True, sort_keys=False, width=120)


def _merged_type(name: str, first: EventType, second: EventType, problems: Problems) -> EventType:
    roles = dict(first.roles)
    for role, body in second.roles.items():
        ours = roles.get(role, Role())
        roles[role] = Role(
            description=_only(ours.description, body.description, f"{name} {role}: description", problems),
            example=ours.example if first.example else body.example,
        )
    if first.example and second.example and first.example != second.example:
        roles = {
            role: body if role in first.roles else body.model_copy(update={"example": ""})
            for role, body in roles.items()
        }
    shown = first if first.example else second
    if first.document_level != second.document_level:
        problems.add(f"{name}: document_level", "must be the same in both, but is not. Choose one.")
        return first
    return EventType(
        description=_only(first.description, second.description, f"{name}: description", problems),
        example=shown.example,
        trigger=shown.trigger,
        roles=roles,
        document_level=first.document_level,
    )


def _only(first: str, second: str, where: str, problems: Problems) -> str:
    if first and second and first != second:
        problems.add(where, f"must be the same in both, but is {first!r} and {second!r}. Choose one.")
    return first or second


def _missing(roles: Mapping[str, tuple[Mapping[str, Role], Mapping[str, Role]]]) -> dict[str, list[str]]:
    """List the roles that the second of two has and the first lacks, by type."""
    lacking = {name: [role for role in second if role not in first] for name, (first, second) in roles.items()}
    return {name: names for name, names in lacking.items() if names}


def _reworded(name: str, old: EventType, new: EventType) -> Iterable[str]:
    if (old.description, old.example, old.trigger) != (new.description, new.example, new.trigger):
        yield name
    for role, body in new.roles.items():
        if role in old.roles and old.roles[role] != body:
            yield f"{name} {role}"
