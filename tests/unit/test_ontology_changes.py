"""Ontologies inferred, joined, compared and written."""

from pathlib import Path

import pytest

from eventroles.documents import Argument, Coverage, Document, Event
from eventroles.errors import OntologyError
from eventroles.ontology import EventType, MentionType, Ontology, Role, load_ontology
from eventroles.ontology_changes import (
    difference,
    inferred_ontology,
    merged_ontology,
    text_of_difference,
    yaml_of_ontology,
)
from eventroles.spans import Span

DOCUMENT = Document(
    id="a",
    text="Rebels shelled Goma.",
    events=(
        Event(
            id="E1",
            event_type="Attack",
            trigger=Span(7, 14),
            arguments=(Argument(role="Place", char_span=Span(15, 19)), Argument(role="Attacker", char_span=Span(0, 6))),
        ),
    ),
    coverage=Coverage(event_types=frozenset({"Attack", "Die"})),
)
SHELLED = EventType(
    description="Force is used.",
    example="Rebels shelled Goma.",
    trigger="shelled",
    roles={"Attacker": Role(description="Who attacks.", example="Rebels")},
)


def of(name: str = "n", **types: EventType) -> Ontology:
    return Ontology(name=name, event_types=types)


def test_types_and_roles_are_gathered_and_types_that_were_looked_for_in_vain() -> None:
    inferred = inferred_ontology([DOCUMENT], "mine")
    assert inferred == of("mine", Attack=EventType(roles={"Attacker": Role(), "Place": Role()}), Die=EventType())
    assert list(inferred.event_types) == ["Attack", "Die"]
    assert list(inferred.event_types["Attack"].roles) == ["Attacker", "Place"]


def test_documents_without_events_give_no_ontology() -> None:
    with pytest.raises(OntologyError, match="must hold at least one event, but hold none"):
        inferred_ontology([Document(id="a", text="x")], "mine")


def test_what_both_have_is_joined_and_texts_are_taken_from_the_one_that_has_them() -> None:
    bare = of(Attack=EventType(roles={"Place": Role(), "Attacker": Role()}), Die=EventType())
    merged = merged_ontology(bare, of(Attack=SHELLED))
    attack = merged.event_types["Attack"]
    assert (attack.description, attack.example, attack.trigger) == ("Force is used.", "Rebels shelled Goma.", "shelled")
    assert list(attack.roles) == ["Place", "Attacker"]
    assert attack.roles["Attacker"] == Role(description="Who attacks.", example="Rebels")
    assert list(merged.event_types) == ["Attack", "Die"]
    assert merged.version == 2
    assert merged_ontology(of(Attack=SHELLED), bare).event_types["Attack"].roles["Attacker"].example == "Rebels"


def test_an_example_of_a_role_that_is_no_piece_of_the_kept_sentence_is_left_out() -> None:
    other = EventType(example="Planes hit Bukavu.", roles={"Place": Role(example="Bukavu")})
    merged = merged_ontology(of(Attack=SHELLED), of(Attack=other)).event_types["Attack"]
    assert merged.example == "Rebels shelled Goma."
    assert merged.roles["Place"] == Role()


def test_two_descriptions_of_one_type_or_role_are_refused_together() -> None:
    other = EventType(description="War.", roles={"Attacker": Role(description="A fighter.")})
    with pytest.raises(OntologyError, match=r"'Force is used\.' and 'War\.'") as raised:
        merged_ontology(of(Attack=SHELLED), of(Attack=other))
    assert "Attack Attacker: description: must be the same in both" in str(raised.value)


def test_a_difference_names_types_roles_and_texts() -> None:
    older = of(Attack=SHELLED, Die=EventType())
    newer = of(Attack=EventType(description="War.", roles={"Place": Role(), "Target": Role()}), Meet=EventType())
    found = difference(older, newer)
    assert text_of_difference(found).split("\n") == [
        "+ Meet",
        "- Die",
        "+ Attack Place",
        "+ Attack Target",
        "- Attack Attacker",
        "~ Attack (description or example)",
    ]
    assert not found.is_empty


def test_a_reworded_role_is_named_and_equal_ontologies_have_no_difference() -> None:
    reworded = SHELLED.model_copy(update={"roles": {"Attacker": Role(description="Whoever.", example="Rebels")}})
    found = difference(of(Attack=SHELLED), of(Attack=reworded))
    assert text_of_difference(found) == "~ Attack Attacker (description or example)"
    assert difference(of(Attack=SHELLED), of("other", Attack=SHELLED)).is_empty


def test_yaml_reads_back_the_same(tmp_path: Path) -> None:
    ontology = of(
        "Ünï: #1",
        **{"B-X": SHELLED, "1": EventType(roles={"yes": Role(), "a: b": Role(description="#")}), "D": EventType()},
    )
    path = tmp_path / "o.yaml"
    path.write_text(yaml_of_ontology(ontology), encoding="utf-8")
    assert load_ontology(path) == ontology
    assert list(load_ontology(path).event_types) == ["B-X", "1", "D"]


def test_a_type_whose_events_have_no_trigger_is_document_level() -> None:
    def event(event_type: str, trigger: Span | None) -> Event:
        return Event(id=f"{event_type}{trigger}", event_type=event_type, trigger=trigger)

    events = (event("Whole", None), event("Both", None), event("Both", Span(0, 1)), event("Own", Span(0, 1)))
    documents = [Document(id="d", text="a", events=events, coverage=Coverage(event_types=frozenset({"Unused"})))]
    assert inferred_ontology(documents, "o").document_types == {"Whole"}


def test_becoming_document_level_is_a_change_of_its_own() -> None:
    old = Ontology(name="o", event_types={"A": EventType()})
    new = Ontology(name="o", event_types={"A": EventType(document_level=True)})
    assert difference(old, new).kinds_changed == ["A"]
    assert not difference(old, new).is_empty
    assert text_of_difference(difference(old, new)) == "~ A (document-level in one alone)"
    with pytest.raises(OntologyError, match="A: document_level: must be the same in both, but is not"):
        merged_ontology(old, new)
    assert merged_ontology(new, new).document_types == {"A"}
    shown = Ontology(name="o", event_types={"A": EventType(example="He fell", trigger="fell")})
    with pytest.raises(OntologyError, match="A: document_level: must be the same in both, but is not"):
        merged_ontology(new, shown)


def test_kinds_of_mentions_are_compared_and_joined() -> None:
    types = {"A": EventType()}
    old = Ontology(name="o", event_types=types, mention_types={"PER": MentionType(), "LOC": MentionType()})
    told = MentionType(description="Someone.")
    new = Ontology(name="o", event_types=types, mention_types={"PER": told, "LOC": MentionType(), "ORG": told})
    found = difference(old, new)
    assert found.mentions_changed == ["ORG", "PER"]
    assert text_of_difference(found) == "~ mentions of ORG\n~ mentions of PER"
    assert not found.is_empty
    assert merged_ontology(old, new).mention_types == {"PER": told, "LOC": MentionType(), "ORG": told}
    other = Ontology(name="o", event_types=types, mention_types={"PER": MentionType(description="Anyone.")})
    with pytest.raises(OntologyError, match=r"mention_types\.PER: description: must be the same in both"):
        merged_ontology(new, other)
