"""An ontology keeps its order, knows which roles are legal, and says what is wrong."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from eventroles.errors import OntologyError
from eventroles.ontology import EventType, Ontology, Role, load_ontology, role_text, type_text

SOURCE = """
name: tiny
version: 3
event_types:
  Life.Die:
    description: Somebody dies.
    example: Ann died in Rome.
    trigger: died
    roles:
      Victim: {description: Who dies., example: Ann}
      Place: {example: Rome}
  Contact.Meet:
    roles:
      Entity: {}
      Place: {}
  Bare: {}
"""


def load(folder: Path, source: str) -> Ontology:
    path = folder / "tiny.yaml"
    path.write_text(source, encoding="utf-8")
    return load_ontology(path)


def complaint(folder: Path, source: str) -> str:
    with pytest.raises(OntologyError, match=re.escape(str(folder / "tiny.yaml"))) as caught:
        load(folder, source)
    return str(caught.value).replace(str(folder / "tiny.yaml"), "tiny.yaml")


def test_types_and_roles_keep_the_order_of_the_file(tmp_path: Path) -> None:
    ontology = load(tmp_path, SOURCE)
    assert (ontology.name, ontology.version) == ("tiny", 3)
    assert ontology.type_names == ("Life.Die", "Contact.Meet", "Bare")
    assert ontology.role_names == ("Victim", "Place", "Entity")
    assert ontology.event_types["Life.Die"].trigger == "died"
    assert ontology.event_types["Life.Die"].roles["Victim"] == Role(description="Who dies.", example="Ann")


def test_legal_roles_are_those_of_the_type(tmp_path: Path) -> None:
    ontology = load(tmp_path, SOURCE)
    assert list(ontology.legal_roles("Contact.Meet")) == ["Entity", "Place"]
    assert not ontology.legal_roles("Bare")


def test_a_legal_event_has_no_problems(tmp_path: Path) -> None:
    ontology = load(tmp_path, SOURCE)
    assert ontology.problems_with_event("Life.Die", ["Victim", "Victim", "Place"], has_trigger=True) == []
    assert ontology.problems_with_event("Bare", [], has_trigger=False) == []


def test_an_unknown_type_is_one_problem_with_a_suggestion(tmp_path: Path) -> None:
    assert load(tmp_path, SOURCE).problems_with_event("Life.Dye", ["Any", "Other"], has_trigger=True) == [
        "event type 'Life.Dye' must be one of ontology 'tiny', but is not. Did you mean 'Life.Die'?"
    ]


def test_each_illegal_role_is_one_problem_that_lists_the_legal_ones(tmp_path: Path) -> None:
    ontology = load(tmp_path, SOURCE)
    assert ontology.problems_with_event("Life.Die", ["Agent", "Place", "Entity", "Agent"], has_trigger=True) == [
        "role 'Agent' is not allowed for event type 'Life.Die'; allowed: Victim, Place. "
        "Add it to the ontology or rename it.",
        "role 'Entity' is not allowed for event type 'Life.Die'; allowed: Victim, Place. "
        "Add it to the ontology or rename it.",
    ]
    assert "allowed: none." in ontology.problems_with_event("Bare", ["Agent"], has_trigger=True)[0]


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("name: x\nevent_types: {}", "tiny.yaml: event_types: must "),
        ("name: x", "tiny.yaml: event_types: must be given, but is missing."),
        ("event_types: {A: {}}", "tiny.yaml: name: must be given, but is missing."),
        ("name: ''\nevent_types: {A: {}}", "tiny.yaml: name: must "),
        ("name: ' x'\nevent_types: {A: {}}", "tiny.yaml: name: must "),
        ('name: "x\\ny"\nevent_types: {A: {}}', "tiny.yaml: name: must "),
        ('name: x\nevent_types: {"A ": {}}', "tiny.yaml: event_types.A "),
        ('name: x\nevent_types: {A: {roles: {"": {}}}}', "tiny.yaml: event_types.A.roles."),
        ("name: x\nversion: '2'\nevent_types: {A: {}}", "tiny.yaml: version: must be a valid integer, but is '2'"),
        ("name: x\nevent_types: {A: }", "tiny.yaml: event_types.A: must "),
        ("- x", "tiny.yaml: must hold a mapping, but holds ['x']"),
    ],
)
def test_an_unsound_file_is_refused_at_its_place(tmp_path: Path, source: str, where: str) -> None:
    assert complaint(tmp_path, source).startswith(where)


def test_a_misspelt_key_deep_inside_gets_a_suggestion(tmp_path: Path) -> None:
    source = "name: x\nevent_types: {A: {roles: {Agent: {exmaple: y}}, trigge: z}}"
    assert complaint(tmp_path, source).split("\n") == [
        "tiny.yaml: event_types.A.roles.Agent.exmaple: must be a known key, but 'exmaple' is not. "
        "Did you mean 'example'?",
        "tiny.yaml: event_types.A.trigge: must be a known key, but 'trigge' is not. Did you mean 'trigger'?",
    ]


def test_examples_must_be_pieces_of_the_types_example(tmp_path: Path) -> None:
    source = "name: x\nevent_types: {A: {example: Ann died., trigger: dies}, B: {example: a, roles: {R: {example: b}}}}"
    assert complaint(tmp_path, source).split("\n") == [
        "tiny.yaml: event_types.A: the example of 'trigger' must be a piece of 'Ann died.', but is 'dies'",
        "tiny.yaml: event_types.B: the example of 'R' must be a piece of 'a', but is 'b'",
    ]


def test_a_role_called_trigger_does_not_hide_the_trigger() -> None:
    with pytest.raises(ValidationError, match=r"must be a piece of 'Ann died\.', but is 'dies'"):
        EventType(example="Ann died.", trigger="dies", roles={"trigger": Role(example="Ann")})


def test_an_ontology_is_immutable(tmp_path: Path) -> None:
    ontology = load(tmp_path, SOURCE)
    with pytest.raises(ValidationError, match="version"):
        ontology.version = 4  # type: ignore[misc]


def test_names_may_be_odd_but_not_padded(tmp_path: Path) -> None:
    ontology = load(tmp_path, 'name: "a b"\nevent_types: {"\\u653b\\u51fb/\\u2694": {roles: {"O": {}, "I-B": {}}}}')
    assert ontology.type_names == ("\u653b\u51fb/\u2694",)
    assert ontology.role_names == ("O", "I-B")


def test_types_and_roles_are_written_as_text_to_read(tmp_path: Path) -> None:
    ontology = load(tmp_path, SOURCE)
    assert type_text(ontology, "Life.Die") == "life die. Somebody dies. Ann died in Rome."
    assert role_text(ontology, "Life.Die", "Victim") == "victim of life die. Who dies. Ann"
    assert role_text(ontology, "Life.Die", "Place") == "place of life die. Rome"
    assert type_text(ontology, "Bare") == "bare."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Conflict.Attack", "conflict attack."),
        ("Justice:Arrest-Jail", "justice arrest jail."),
        ("data_breach", "data breach."),
        ("ArrestJail/Fast", "arrest jail fast."),
        ("ATTACK", "attack."),
        ("\u653b\u51fb", "\u653b\u51fb."),
        ("._-", "._-."),
    ],
)
def test_names_are_split_into_words_for_reading(name: str, text: str) -> None:
    assert type_text(Ontology(name="tiny", event_types={name: EventType()}), name) == text


def test_an_event_of_a_document_level_type_has_no_trigger() -> None:
    ontology = Ontology(name="o", event_types={"Report": EventType(document_level=True), "Bare": EventType()})
    assert ontology.document_types == {"Report"}
    assert ontology.problems_with_event("Report", [], has_trigger=False) == []
    assert ontology.problems_with_event("Report", ["Place"], has_trigger=True) == [
        "an event of document-level type 'Report' must have no trigger, but this one has. "
        "Remove the trigger, or 'document_level' from the ontology.",
        "role 'Place' is not allowed for event type 'Report'; allowed: none. Add it to the ontology or rename it.",
    ]


def test_a_document_level_type_with_a_trigger_in_its_example_is_refused(tmp_path: Path) -> None:
    source = "name: x\nevent_types: {A: {document_level: true, example: He fell, trigger: fell}}"
    with pytest.raises(
        OntologyError, match=r"event_types\.A: a document-level event type must have no trigger, but has 'fell'"
    ):
        load(tmp_path, source)
