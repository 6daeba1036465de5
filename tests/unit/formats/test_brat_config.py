"""brat's `annotation.conf` becomes an ontology and back; names are escaped such that none is taken for another."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventroles.errors import OntologyError
from eventroles.formats.brat_config import (
    Annotation,
    FileNames,
    annotation_conf_of,
    annotation_of_line,
    brat_name,
    brat_role,
    fragments_of,
    ontology_of_annotation_conf,
    plain_name,
    plain_role,
)
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

CONF = """\ufeff# A project
[entities]
Protein
!Place
\tCity|GPE
\tCountry

[relations]
Part-of\tArg1:Protein, Arg2:City|Country
<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:contain
Equiv\tArg1:Protein, Arg2:Protein, <REL-TYPE>:symmetric-transitive

[events]
<ENTITY>=Protein|City
<SITE>=Where?:<ENTITY>
!Process Theme:<ENTITY>
\tBinding|GO:0005488\tTheme+:Protein, Partner{2-3}:Protein, <SITE>
\t\tDimerization <INHERIT>, Mode*:<ANY>
-----
Conflict_x002E_Attack    Attacker:<ENTITY>|<EVENT>, Time{2,3}:<ENTITY>, Arg1?:City, Arg2:City\r
Bare

[attributes]
Negation\tArg:<EVENT>
Confidence\tArg:<EVENT>, Value:Low|High, <DEFAULT>:Low
"""
NAMES = st.text(st.sampled_from("Ax_0041F.: é-\U0001f600\ud8009"), max_size=12)


def load(folder: Path, source: str) -> Ontology:
    path = folder / "annotation.conf"
    path.write_text(source, encoding="utf-8", newline="")
    return ontology_of_annotation_conf(path, "project")


def complaint(folder: Path, source: str) -> str:
    with pytest.raises(OntologyError, match=re.escape(str(folder / "annotation.conf"))) as raised:
        load(folder, source)
    return str(raised.value).replace(f"{folder / 'annotation.conf'}", "annotation.conf")


def test_event_types_and_roles_are_read_in_order(tmp_path: Path) -> None:
    ontology = load(tmp_path, CONF)
    assert ontology.name == "project"
    assert {name: [*kind.roles] for name, kind in ontology.event_types.items()} == {
        "Binding": ["Theme", "Partner", "Where"],
        "Dimerization": ["Theme", "Partner", "Where", "Mode"],
        "Conflict.Attack": ["Attacker", "Time", "Arg1", "Arg2"],
        "Bare": [],
    }
    assert ontology.type_names == ("Binding", "Dimerization", "Conflict.Attack", "Bare")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("[entities]\nProtein\n", "annotation.conf: must declare event types"),
        ("Attack\n[events]\nMeet\n", 'annotation.conf:1: must stand in a section, but "Attack" does not'),
        (
            "[event]\nAttack\n",
            "annotation.conf:1: section '[event]' must be one of brat's, but is not. Did you mean 'ev",
        ),
        ("[events]\n\tAttack\n", "annotation.conf:2: 'Attack' must be one deeper than the type"),
        ("[events]\nA\n\t\tB\n", "annotation.conf:3: 'B' must be one deeper"),
        ("[events]\nA\n[entities]\n\tB\n", "annotation.conf:4: 'B' must be one deeper"),
        ("[events]\nA\nB\nA\n", "annotation.conf:4: event type 'A' must be declared once"),
        ("[events]\nA Theme:X, Theme:Y\n", "annotation.conf:2: argument 'Theme' must be declared once"),
        (
            "[events]\nA.B\n",
            "annotation.conf:2: an event type must have only letters, digits, '_' and '-', but is \"A.B\"",
        ),
        (
            "[events]\nA Theme\n",
            "annotation.conf:2: an argument must be 'Role:Type' or 'Role:Type1|Type2', but is \"Th",
        ),
        ("[events]\nA Theme:X|\n", 'but is "Theme:X|"'),
        ("[events]\nA Theme:X; Place:Y\n", 'but is "Theme:X; Place:Y"'),
        ("[events]\nA Theme?*:X\n", 'but is "Theme?*:X"'),
        ("[events]\nA Theme{}:X\n", "a range must be '{2}' or '{2-3}', but is '{}' of 'Theme'"),
        ("[events]\nA Theme{0}:X\n", "but is '{0}' of 'Theme'"),
        ("[events]\nA Theme{3-2}:X\n", "but is '{3-2}' of 'Theme'"),
        ("[events]\nA Theme{99999999999999999999}:X\n", "but is '{99999999999999999999}' of 'Theme'"),
        ("[events]\nA Arg1*:X\n", "a role that ends in a digit must be played once, but 'Arg1*' may be more often"),
        ("[events]\nA Arg1{1-2}:X\n", "but 'Arg1{1-2}' may be more often"),
        ("[events]\nA Theme:<PROTEIN>\n", "macro '<PROTEIN>' must be defined above in its section, but is not"),
        ("[entities]\n<X>=B\n[events]\nA Theme:<X>\n", "annotation.conf:4: macro '<X>' must be defined"),
        ("[events]\n<A>=<B>\n<B>=<A>\nA Theme:<A>\n", "annotation.conf:4: must have at most 100,000 characters"),
        ("[events]\n_x0020_\n", "event_types._x0020_".replace("_x0020_", " ")),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, source: str, found: str) -> None:
    assert found in complaint(tmp_path, source)


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    text = complaint(tmp_path, "[events]\nA Theme\nB.\nC\n")
    assert [line.split(": ")[0] for line in text.split("\n")] == ["annotation.conf:2", "annotation.conf:3"]


def test_macros_cannot_grow_without_bound(tmp_path: Path) -> None:
    lines = [
        f"<M{letter}>={f'<M{following}>' * 10}" for letter, following in zip("abcdefghij", "bcdefghijk", strict=True)
    ]
    text = complaint(tmp_path, "\n".join(["[events]", *lines, "<Mk>=xxxxxxxxxx", "A Theme:<Ma>"]))
    assert "annotation.conf:13: must have at most 100,000 characters with its macros written out" in text


def test_a_macro_that_is_nothing_leaves_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "[events]\n<X>=\n<X>\nA\n").type_names == ("A",)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match=r"none\.conf: must be a readable file, but: No such file"):
        ontology_of_annotation_conf(tmp_path / "none.conf", "project")
    path = tmp_path / "latin.conf"
    path.write_bytes(b"[events]\n\xe9\n")
    with pytest.raises(OntologyError, match=r"latin\.conf: must be UTF-8, but: invalid continuation byte at 9"):
        ontology_of_annotation_conf(path, "project")


def test_an_ontology_is_written_for_brat() -> None:
    roles = {"Attacker": Role(), "Arg1": Role()}
    ontology = Ontology(name="tiny", event_types={"Conflict.Attack": EventType(roles=roles), "Bare": EventType()})
    assert annotation_conf_of(ontology) == (
        "[entities]\nArgument\n\n[relations]\n\n[events]\n"
        "Conflict_x002E_Attack\tAttacker*:<ANY>, Arg_x0031_*:<ANY>\nBare\n\n[attributes]\n"
    )


LABELS = NAMES.map(lambda name: f"a{name}z".replace("\ud800", ""))


@given(st.dictionaries(LABELS, st.lists(LABELS, unique=True, max_size=3), min_size=1, max_size=4))
def test_an_ontology_comes_back(tmp_path_factory: pytest.TempPathFactory, roles_of: dict[str, list[str]]) -> None:
    types = {name: EventType(roles={role: Role() for role in roles}) for name, roles in roles_of.items()}
    ontology = Ontology(name="project", event_types=types)
    assert load(tmp_path_factory.mktemp("conf"), annotation_conf_of(ontology)) == ontology


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("Gene_expression", "Gene_expression"),
        ("Two-component-system", "Two-component-system"),
        ("Conflict.Attack", "Conflict_x002E_Attack"),
        ("a b", "a_x0020_b"),
        ("\U0001f600", "_x1F600_"),
        ("", "_x_"),
        ("-", "_x002D_"),
        ("_x002E_", "_x005F_x002E_"),
        ("_x_", "_x005F_x_"),
        ("_xy", "_xy"),
        ("a_x.", "a_x005F_x_x002E_"),
    ],
)
def test_names_are_spelled_with_what_brat_allows(name: str, spelled: str) -> None:
    assert brat_name(name) == spelled
    assert plain_name(spelled) == name


@example("_x004", 11)
@example("_x0041", 2)
@example("12", 1)
@given(NAMES, st.integers(1, 30))
def test_every_name_comes_back(name: str, number: int) -> None:
    for spelled in (brat_name(name), brat_role(name)):
        assert re.fullmatch(r"[A-Za-z0-9_-]+", spelled)
        assert not re.fullmatch("-+", spelled)
    assert plain_name(brat_name(name)) == name
    assert plain_role(f"{brat_role(name)}{number if number > 1 else ''}") == name


def test_the_number_of_a_role_is_no_part_of_it() -> None:
    assert [plain_role(key) for key in ("Theme", "Theme2", "Theme10", "12", "_x110000_")] == [
        *("Theme", "Theme", "Theme", "1", "_x110000_")
    ]


@pytest.mark.parametrize(
    ("line", "fragments", "references"),
    [
        ("T1\tProtein 0 4\tp53.", ((0, 4),), []),
        ("T1-a\tProtein 0 4;10 12\tp53. to", ((0, 4), (10, 12)), []),
        ("T1\tGO:5 0 4", ((0, 4),), []),
        ("E1\tBind:T1", (), ["T1"]),
        ("E1\tBind:T1 Theme:T2 Theme2:E3", (), ["T1", "T2", "E3"]),
        ("R1\tPart-of Arg1:T1 Arg2:T2\t", (), ["T1", "T2"]),
        ("*\tEquiv T1 T2 T3", (), ["T1", "T2", "T3"]),
        ("A1\tNegation E1", (), ["E1"]),
        ("A1\tConfidence E1 Very low", (), ["E1"]),
        ("M1\tNegation E1", (), ["E1"]),
        ("N1\tReference T1 GO:0005488\tbinding", (), ["T1"]),
        ("N1\tReference Annotation:T1 Referent:GO:0005488", (), ["T1"]),
        ("#1\tAnnotatorNotes T1\tsure\tenough", (), ["T1"]),
    ],
)
def test_lines_are_read(line: str, fragments: tuple[tuple[int, int], ...], references: list[str]) -> None:
    found = annotation_of_line(7, line)
    assert isinstance(found, Annotation)
    assert (found.number, found.line, found.fragments, found.references()) == (7, line, fragments, references)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("\ufeffT1\tProtein 0 4\tp53.", "must be like T1<TAB>Type 0 4<TAB>text"),
        ("X1\tProtein 0 4\tp53.", "must be like T1<TAB>Type 0 4<TAB>text"),
        ("T\tProtein 0 4\tp53.", "must be like T1<TAB>"),
        ("T1 Protein 0 4 p53.", "must be like T1<TAB>"),
        ("T1\tProtein -1 4\tp53.", "must be like T1<TAB>"),
        ("T1\tProtein 0 4;\tp53.", "must be like T1<TAB>"),
        (f"T1\tProtein 0 {'9' * 5000}\tp53.", "must be like T1<TAB>"),
        ("T1\tProtein \u0660 4\tp53.", "must be like T1<TAB>"),
        ("E1\tBind", "must be like E1<TAB>Type:T1 Role:T2"),
        ("E1\tBind:E2", "must be like E1<TAB>"),
        ("E1\tBind:T1 Theme", "must be like E1<TAB>"),
        ("R1\tPart-of Arg1:T1", "must be like R1<TAB>Type Arg1:T1 Arg2:T2"),
        ("R1\tPart-of Arg1:T1 Arg2:T2 Arg3:T3", "must be like R1<TAB>"),
        ("*\tEquiv", "must be like *<TAB>Equiv T1 T2"),
        ("A1\tNegation", "must be like A1<TAB>Type T1 Value"),
        ("N1\tReference T1 GO", "must be like N1<TAB>Type T1 Base:Id<TAB>text"),
        ("#1\tAnnotatorNotes", "must be like #1<TAB>Type T1<TAB>text"),
        ("E1\t" + "\x00", "must be like E1<TAB>"),
        ("T" + "1" * 10**5, "must be like T1<TAB>"),
        ("E1\tBind:T1" + " A:T1" * 10**5 + " A", "must be like E1<TAB>"),
        ("*\tEquiv" + " T1" * 10**5 + "\x0b", "must be like *<TAB>"),
        ("", "must be like T1<TAB>"),
    ],
)
def test_a_line_of_no_form_is_told_its_form(line: str, found: str) -> None:
    complaint = annotation_of_line(1, line)
    assert isinstance(complaint, str)
    assert complaint.startswith(found)


def test_a_span_is_divided_at_line_breaks() -> None:
    text = " ab \r\n\tcd\u2028\n"
    assert fragments_of(text, Span(0, 4)) == ((0, 4),)
    assert fragments_of(text, Span(0, 9)) == ((0, 3), (7, 9))
    assert fragments_of(text, Span(4, 11)) == ((4, 4), (7, 9), (11, 11))
    assert fragments_of(text, Span(5, 6)) == ((5, 5), (6, 6))


@pytest.mark.parametrize(
    "id",
    [
        *(
            "",
            "/etc/passwd",
            "..",
            "../x",
            "a/../../x",
            "a//b",
            "a/",
            ".",
            ".hidden",
            "a/.b",
            "x\0y",
            "a\\b",
            "C:x",
            "a\n",
        ),
        *(
            "a ",
            "a.",
            " a",
            "CON",
            "a/nul.x",
            "a.txt/b",
            "a.ANN/b",
            "annotation.conf/b",
            "\ud800",
            "x" * 201,
            "é" * 101,
        ),
    ],
)
def test_an_id_that_cannot_name_a_file_gets_another_name(id: str) -> None:
    assert FileNames().name_of(id) == "document-1"


@pytest.mark.parametrize("id", ["a", "a.txt", "a b", "wiki/2010/é\U0001f600", "x" * 200, "a..b", "Conrad", "שלום"])
def test_an_id_that_can_name_a_file_does(id: str) -> None:
    assert FileNames().name_of(id) == id


def test_no_two_documents_share_a_file_where_case_and_accents_fall_together() -> None:
    names = FileNames()
    ids = ["A", "a", "document-3", "A/x", "a/y", "A/y", "é", unicodedata.normalize("NFD", "é"), "A"]
    assert [names.name_of(id) for id in ids] == [
        *("A", "document-2", "document-3", "A/x", "document-5", "A/y", "é", "document-8", "document-9")
    ]
