"""UIMA CAS: INCEpTION's layers become events, offsets are converted, all else comes back, and traps are refused."""

import json
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventroles.documents import Argument, Coverage, Document, Event, ReadReceipt
from eventroles.errors import DataError, InputError
from eventroles.formats import cas
from eventroles.formats.cas import read_cas, write_cas, write_cas_json
from eventroles.ontology import EventType, Ontology
from eventroles.spans import Span

Writer = Callable[[Iterable[Document], Path, Counter[str]], int]

needs_cassis = pytest.mark.skipif(find_spec("cassis") is None, reason="needs dkpro-cassis")
each_writer = pytest.mark.parametrize("write", [pytest.param(write_cas, marks=needs_cassis), write_cas_json])

TEXT = "\ufeff😀 Rebels\r\nattacked 👩‍💻 Goma\u0301 \u05e9\u05dc\u05d5\u05dd."
"""Its first emoji is character 1 and units 1 and 2; "Rebels" is at 3, "attacked" at 11, "Goma" with its mark at 24."""

SPAN = "uima.tcas.Annotation"
STRING = {"%RANGE": "uima.cas.String"}
METADATA = "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData"
TYPES: dict[str, Any] = {
    "webanno.custom.Act": {
        "%SUPER_TYPE": SPAN,
        "%DESCRIPTION": "what happens",
        "kind": STRING,
        "value": STRING,
        "agents": {"%RANGE": "webanno.custom.ActLink[]"},
        "others": {"%RANGE": "uima.cas.FSArray", "%ELEMENT_TYPE": "webanno.custom.ActLink"},
    },
    "webanno.custom.ActLink": {"%SUPER_TYPE": "uima.cas.TOP", "role": STRING, "target": {"%RANGE": SPAN}},
    "custom.Argument": {"%SUPER_TYPE": SPAN},
    "custom.Name": {
        "%SUPER_TYPE": SPAN,
        "value": STRING,
        "count": {"%RANGE": "uima.cas.Integer"},
        "weight": {"%RANGE": "uima.cas.Double"},
        "is_known": {"%RANGE": "uima.cas.Boolean"},
        "aliases": {"%RANGE": "uima.cas.StringArray", "%MULTIPLE_REFERENCES_ALLOWED": False},
    },
    "custom.Relation": {
        "%SUPER_TYPE": SPAN,
        "type": STRING,
        "head": {"%RANGE": SPAN},
        "parts": {"%RANGE": "custom.Name[]"},
        "about": {"%RANGE": "webanno.custom.Act"},
    },
    "custom.Unused": {"%SUPER_TYPE": "custom.Name"},
    METADATA: {"%SUPER_TYPE": "uima.tcas.DocumentAnnotation", "documentTitle": STRING, "documentId": STRING},
}
RICH: list[dict[str, Any]] = [
    {"%ID": 1, "%TYPE": METADATA, "begin": 0, "end": 38, "documentTitle": "t.txt", "documentId": "ann"},
    {"%ID": 2, "%TYPE": "custom.Name", "begin": 4, "end": 10, "value": "P", "count": 2, "weight": 0.5, "is_known": True,
     "@aliases": 20},
    {"%ID": 3, "%TYPE": "custom.Name", "begin": 4, "end": 10, "value": "Q"},
    {"%ID": 4, "%TYPE": "custom.Argument", "begin": 27, "end": 32},
    {"%ID": 5, "%TYPE": "webanno.custom.Act", "begin": 12, "end": 20, "value": "Attack", "kind": "new", "@agents": 21,
     "@others": 22},
    {"%ID": 6, "%TYPE": "webanno.custom.Act", "begin": 21, "end": 26, "@agents": 23},
    {"%ID": 7, "%TYPE": "custom.Relation", "begin": 12, "end": 12, "type": "of", "@head": 3, "@parts": 24, "@about": 5},
    {"%ID": 11, "%TYPE": "webanno.custom.ActLink", "role": "Attacker", "@target": 3},
    {"%ID": 12, "%TYPE": "webanno.custom.ActLink", "role": "Place", "@target": 4},
    {"%ID": 13, "%TYPE": "webanno.custom.ActLink", "@target": 4},
    {"%ID": 14, "%TYPE": "webanno.custom.ActLink", "role": "Cause", "@target": 5},
    {"%ID": 20, "%TYPE": "uima.cas.String[]", "%ELEMENTS": ["a b", "c"]},
    {"%ID": 21, "%TYPE": "webanno.custom.ActLink[]", "%ELEMENTS": [11, 12]},
    {"%ID": 22, "%TYPE": "uima.cas.FSArray", "%ELEMENTS": [13]},
    {"%ID": 23, "%TYPE": "webanno.custom.ActLink[]", "%ELEMENTS": [14]},
    {"%ID": 24, "%TYPE": "custom.Name[]", "%ELEMENTS": [3, 2]},
]  # fmt: skip


def value_of(*structures: dict[str, Any], text: Any = TEXT, types: Any = TYPES) -> dict[str, Any]:
    sofa = {"%ID": 99, "%TYPE": "uima.cas.Sofa", "sofaNum": 1, "sofaID": "_InitialView", "sofaString": text}
    items = [{**item, "@sofa": 99} if "begin" in item else item for item in structures]
    members = [item["%ID"] for item in items if "begin" in item]
    views = {"_InitialView": {"%SOFA": 99, "%MEMBERS": members}}
    return {"%TYPES": types, "%FEATURE_STRUCTURES": [sofa, *items], "%VIEWS": views}


def put(path: Path, value: object, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding=encoding)
    return path


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return buffer.getvalue()


def event(start: int = 11, end: int = 19, **changes: Any) -> Event:
    return replace(Event(id="e1", event_type="Attack", trigger=Span(start, end)), **changes)


def argument(role: str, start: int, end: int) -> Argument:
    return Argument(role=role, char_span=Span(start, end))


def written(write: Writer, folder: Path, *documents: Document) -> tuple[list[Document], Counter[str]]:
    left_out: Counter[str] = Counter()
    assert write(documents, folder, left_out) == len(documents)
    return sorted(read_cas(folder), key=lambda document: document.id), left_out


XMI = """<?xml version="1.0" encoding="UTF-8"?>
<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore" xmlns:custom="http:///custom.ecore"
    xmlns:type="http:///de/tudarmstadt/ukp/dkpro/core/api/metadata/type.ecore" xmi:version="2.0">
  <cas:NULL xmi:id="0"/>
  <type:DocumentMetaData xmi:id="4" sofa="3" begin="0" end="18" documentTitle="one.txt" documentId="admin"/>
  <custom:Event xmi:id="6" sofa="3" begin="9" end="14" eventType="Attack" arguments="8 9"/>
  <custom:Argument xmi:id="7" sofa="3" begin="3" end="8"/>
  <custom:EventArgumentsLink xmi:id="8" role="Attacker" target="7"/>
  <custom:EventArgumentsLink xmi:id="9" role="Target" target="10"/>
  <custom:Argument xmi:id="10" sofa="3" begin="15" end="18"/>
  <cas:Sofa xmi:id="3" sofaNum="1" sofaID="_InitialView" mimeType="text"
      sofaString="&#128512; Peter&#10;cries&#10;&#128550;!"/>
  <cas:View sofa="3" members="4 6 7 10"/>
</xmi:XMI>"""
"""Units: the first emoji 0 and 1, "Peter" 3 to 8, "cries" 9 to 14, the second emoji 15 and 16."""


def type_description(name: str, supertype: str, *features: tuple[str, ...]) -> str:
    described = "".join(
        f"<featureDescription><name>{feature}</name><rangeTypeName>{range_}</rangeTypeName>"
        f"{''.join(f'<elementType>{element}</elementType>' for element in elements)}</featureDescription>"
        for feature, range_, *elements in features
    )
    return (
        f"<typeDescription><name>{name}</name><supertypeName>{supertype}</supertypeName>"
        f"<features>{described}</features></typeDescription>"
    )


def type_system(*more: str) -> str:
    text = "uima.cas.String"
    types = [
        type_description("custom.Argument", SPAN),
        type_description("custom.EventArgumentsLink", "uima.cas.TOP", ("role", text), ("target", "custom.Argument")),
        type_description(
            "custom.Event",
            SPAN,
            ("eventType", text),
            ("arguments", "uima.cas.FSArray", "custom.EventArgumentsLink"),
        ),
        type_description(METADATA, "uima.tcas.DocumentAnnotation", ("documentTitle", text), ("documentId", text)),
        *more,
    ]
    namespace = "http://uima.apache.org/resourceSpecifier"
    return f'<typeSystemDescription xmlns="{namespace}"><types>{"".join(types)}</types></typeSystemDescription>'


def xmi_folder(folder: Path, xmi: str = XMI, types: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "TypeSystem.xml").write_text(type_system() if types is None else types, encoding="utf-8")
    (folder / "admin.xmi").write_text(xmi, encoding="utf-8")
    return folder


SMALL_TEXT = "😀 Peter\ncries\n😦!"
SMALL_EVENT = event(8, 13, arguments=(argument("Attacker", 2, 7), argument("Target", 14, 16)))


@needs_cassis
@pytest.mark.parametrize("where", ["", "admin.xmi"])
def test_xmi_of_inception_is_read_with_offsets_in_characters(tmp_path: Path, where: str) -> None:
    [document] = read_cas(xmi_folder(tmp_path / "export") / where)
    assert (document.id, document.text, document.events) == ("one.txt", SMALL_TEXT, (SMALL_EVENT,))
    assert document.meta == {"cas": {"structures": [{"%TYPE": METADATA, "begin": 0, "end": 16, "documentId": "admin"}]}}


def test_everything_in_a_cas_is_an_event_or_kept(tmp_path: Path) -> None:
    [document] = read_cas(put(tmp_path / "a.json", value_of(*RICH), "utf-8-sig"))
    attack = event(arguments=(argument("Attacker", 3, 9), argument("Place", 24, 29), argument("others", 24, 29)))
    act = event(20, 23, id="e2", event_type="Act", arguments=(argument("Cause", 11, 19),))
    assert (document.id, document.text, document.events) == ("t.txt", TEXT, (attack, act))
    kept: Any = document.meta["cas"]
    assert sorted(kept) == ["events", "structures", "types"]
    aliases = {"%TYPE": "uima.cas.StringArray", "%ELEMENTS": ["a b", "c"]}
    parts = {"%TYPE": "uima.cas.FSArray", "%ELEMENTS": [2, 1]}
    name = {"value": "P", "count": 2, "weight": 0.5, "is_known": True, "@aliases": aliases}
    relation = {"begin": 11, "end": 11, "type": "of", "@head": 2, "@parts": parts, "@about": "e1"}
    assert kept["structures"] == [
        {"%TYPE": METADATA, "begin": 0, "end": 35, "documentId": "ann"},
        {"%TYPE": "custom.Name", "begin": 3, "end": 9, **name},
        {"%TYPE": "custom.Name", "begin": 3, "end": 9, "value": "Q"},
        {"%TYPE": "custom.Relation", **relation},
    ]
    layer = {"type": "webanno.custom.Act"}
    assert kept["events"] == {
        "e1": layer | {"values": {"kind": "new"}, "links": ["agents", "agents", "others"], "targets": [2, None, None]},
        "e2": layer | {"targets": ["e1"]},
    }
    assert sorted(kept["types"]) == ["custom.Name", "custom.Relation", "webanno.custom.Act", "webanno.custom.ActLink"]


@each_writer
def test_what_was_read_is_the_same_after_writing_and_reading_it_again(tmp_path: Path, write: Writer) -> None:
    [document] = read_cas(put(tmp_path / "a.json", value_of(*RICH)))
    assert written(write, tmp_path / "again", document) == ([document], Counter())


@needs_cassis
def test_xmi_is_the_same_after_writing_and_reading_it_again(tmp_path: Path) -> None:
    documents = list(read_cas(xmi_folder(tmp_path / "export")))
    assert written(write_cas, tmp_path / "again", *documents) == (documents, Counter())


@each_writer
def test_odd_documents_come_back_whole(tmp_path: Path, write: Writer) -> None:
    nested = (argument("A", 3, 19), argument("A", 11, 19), argument("B", 11, 19), argument("A", 3, 9))
    events = (event(id="x", arguments=nested), event(), event(3, 19, id="e3", event_type=""), event(0, 35, id="e1 "))
    documents = [
        Document(id=" a/\u0301😀", text=TEXT, events=events),
        Document(id="b", text=""),
        Document(id="c", text=TEXT),
    ]
    assert written(write, tmp_path / "new", *documents) == (documents, Counter())


ALPHABET = "aB .\n\r\t\u0301\u200d\u05d0\ufeff\u2028\x85\xa0<&\"'é中😀👩🏽"
NAMES = st.text("aB:.-_ é😀", min_size=1, max_size=4)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(ALPHABET, max_size=12))
    spans: st.SearchStrategy[Span] = st.nothing()
    if text:
        starts = st.integers(0, len(text) - 1)
        spans = starts.flatmap(lambda start: st.integers(start + 1, len(text)).map(lambda end: Span(start, end)))
    arguments = st.lists(st.builds(Argument, role=NAMES, char_span=spans), max_size=4).map(tuple)
    ids = st.one_of(st.sampled_from(["e1", "e2", "e3"]), NAMES)
    events = st.builds(Event, id=ids, event_type=NAMES, trigger=spans, arguments=arguments)
    found = draw(st.lists(events, max_size=3 if text else 0, unique_by=lambda one: one.id))
    return Document(id=draw(st.text(ALPHABET + "/\\:", max_size=5)), text=text, events=tuple(found))


@each_writer
@settings(max_examples=60, deadline=None)
@given(given_documents=st.lists(documents(), max_size=3, unique_by=lambda document: document.id))
def test_any_document_comes_back(write: Writer, given_documents: list[Document]) -> None:
    first = Document(id="first", text="")
    given_documents = [first, *(document for document in given_documents if document.id != "first")]
    with TemporaryDirectory() as folder:
        read, left_out = written(write, Path(folder) / "new", *given_documents)
    assert read == sorted(given_documents, key=lambda document: document.id)
    assert left_out == Counter()


@each_writer
def test_what_a_cas_cannot_say_is_counted(tmp_path: Path, write: Writer) -> None:
    scored = event(score=0.5, arguments=(Argument(role="A", char_span=Span(3, 9), score=0.25),))
    document = Document(
        id="a",
        text=TEXT,
        events=(scored, event(id="whole", trigger=None, score=0.5)),
        meta={"date": "2020-01-01"},
        coverage=Coverage(event_types=frozenset({"Attack"})),
        receipt=ReadReceipt(n_chars=35, n_words=6, n_windows=1, n_words_cut=0),
    )
    [read], left_out = written(write, tmp_path / "new", document)
    assert read == Document(id="a", text=TEXT, events=(event(arguments=(argument("A", 3, 9),)),))
    lost = {"score": 2, "event without a trigger": 1, "metadata": 1, "annotated part": 1, "read-receipt": 1}
    assert left_out == Counter(lost)


def test_references_that_cannot_be_kept_are_counted(tmp_path: Path) -> None:
    types = TYPES | {"custom.List": {"%SUPER_TYPE": SPAN, "items": {"%RANGE": "uima.cas.FSList"}}}
    types["webanno.custom.ActLink"] = TYPES["webanno.custom.ActLink"] | {"sure": STRING}
    structures = [
        {"%ID": 1, "%TYPE": "custom.List", "begin": 0, "end": 1, "@items": 2},
        {"%ID": 2, "%TYPE": "uima.cas.EmptyFSList"},
        {"%ID": 3, "%TYPE": "webanno.custom.Act", "begin": 12, "end": 20, "@agents": 4},
        {"%ID": 4, "%TYPE": "uima.cas.FSArray", "%ELEMENTS": [5]},
        {"%ID": 5, "%TYPE": "webanno.custom.ActLink", "role": "A", "@target": 1, "sure": "yes"},
        {"%ID": 6, "%TYPE": "custom.Relation", "begin": 0, "end": 1, "@head": 5},
    ]
    [document] = read_cas(put(tmp_path / "a.json", value_of(*structures, types=types)))
    kept: Any = document.meta["cas"]
    assert kept["n_left_out"] == 3
    left_out: Counter[str] = Counter()
    write_cas_json([document], tmp_path / "new", left_out)
    assert left_out == Counter({"annotation feature": 3})


@each_writer
def test_events_that_were_changed_are_written_as_far_as_they_fit(tmp_path: Path, write: Writer) -> None:
    [document] = read_cas(put(tmp_path / "a.json", value_of(*RICH)))
    changed = event(event_type="Die", arguments=(argument("Victim", 3, 9), argument("Place", 30, 34)))
    new = Document(
        id="t.txt", text=TEXT, events=(changed, event(20, 23, id="e3", event_type="Meet")), meta=document.meta
    )
    [read], left_out = written(write, tmp_path / "new", new)
    assert read.events == (changed, event(20, 23, id="e3", event_type="Meet"))
    assert left_out == Counter()


@each_writer
def test_a_layer_that_cannot_say_an_event_any_more_gives_way(tmp_path: Path, write: Writer) -> None:
    types = TYPES | {"webanno.custom.Act": {key: TYPES["webanno.custom.Act"][key] for key in ("%SUPER_TYPE", "agents")}}
    structures = [
        {"%ID": 1, "%TYPE": "webanno.custom.Act", "begin": 4, "end": 10},
        {"%ID": 2, "%TYPE": "webanno.custom.Act", "begin": 12, "end": 20},
    ]
    [document] = read_cas(put(tmp_path / "a.json", value_of(*structures, types=types)))
    assert [one.event_type for one in document.events] == ["Act", "Act"]
    events = (event(id="e2", event_type="Act"), event(3, 9, event_type="Meet"))
    changed = Document(id="a", text=TEXT, events=events, meta=document.meta)
    [read], left_out = written(write, tmp_path / "new", changed)
    assert read.events == (event(id="e1-3", event_type="Act"), event(3, 9, event_type="Meet"))
    assert left_out == Counter({"annotation feature": 1, "event id": 1})


@each_writer
def test_files_are_named_by_ids_but_safely(tmp_path: Path, write: Writer) -> None:
    ids = ["../../etc/passwd", ".hidden", "A", "a", "", "x" * 500, "C:\\é"]
    read, _ = written(write, tmp_path / "new", *(Document(id=id_, text="") for id_ in ids))
    assert [document.id for document in read] == sorted(ids)
    names = {path.stem for path in (tmp_path / "new").iterdir()} - {"TypeSystem"}
    assert names == {".._.._etc_passwd".replace("..", "_.", 1), "_hidden", "A", "a-2", "_", "x" * 60, "C__é"}


@each_writer
def test_a_folder_with_files_is_not_written_into(tmp_path: Path, write: Writer) -> None:
    put(tmp_path / "old.json", {})
    with pytest.raises(InputError, match=rf"{tmp_path.name}: must be a new or empty folder, but has files"):
        write([Document(id="a", text="")], tmp_path, Counter())


@each_writer
def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path, write: Writer) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/a\.(xmi|json): must be a place to write to"):
        write([Document(id="a", text="")], tmp_path / "file", Counter())


@needs_cassis
@pytest.mark.parametrize("character", ["\x00", "\x0c", "\ufffe", "\ud800"])
@pytest.mark.parametrize("part", ["text", "id", "type", "role"])
def test_characters_that_xml_has_not_are_refused_by_name(tmp_path: Path, character: str, part: str) -> None:
    parts = {"text": "a", "id": "a", "type": "a", "role": "a"}
    parts[part] += character
    attack = event(0, 1, event_type=parts["type"], arguments=(argument(parts["role"], 0, 1),))
    document = Document(id=parts["id"], text=parts["text"], events=(attack,))
    with pytest.raises(InputError) as raised:
        write_cas([document], tmp_path / "new", Counter())
    assert str(raised.value).startswith(f"document {parts['id']!r}: must hold only characters of the format, but has")
    assert repr(character) in str(raised.value)


def test_json_has_all_characters_but_halves(tmp_path: Path) -> None:
    document = Document(id="a\x00", text="\x00a\x0c\ufffe😀", events=(event(1, 5),))
    assert written(write_cas_json, tmp_path / "new", document) == ([document], Counter())
    with pytest.raises(InputError, match=r"document 'b': must hold only characters of the format, but has '\\ud83d'"):
        write_cas_json([Document(id="b", text="\ud83d")], tmp_path / "half", Counter())


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"types": 1}, "types"),
        ({"structures": [{}]}, "%TYPE"),
        ({"structures": [{"%TYPE": SPAN, "begin": 0, "end": 99}]}, "lies outside of the text"),
        ({"types": {"a.B": {"%SUPER_TYPE": SPAN, "x=print()": STRING}}}, r"not 'x=print\(\)'"),
        ({"events": {"e1": {"type": 3}}}, "events.e1.type"),
        ({"types": {"custom.Event": {"%SUPER_TYPE": SPAN, "arguments": STRING}}}, r"type custom\.Event has no links"),
        ({"more": 1}, "more"),
    ],
)
def test_kept_parts_that_somebody_broke_are_refused_by_name(tmp_path: Path, changes: Any, found: str) -> None:
    document = Document(id="a", text=TEXT, events=(event(),), meta={"cas": changes})
    with pytest.raises(InputError, match=rf"document 'a': meta\['cas'\] must be sound, but: [\s\S]*{found}"):
        write_cas_json([document], tmp_path / "new", Counter())


@needs_cassis
def test_kept_structures_of_unknown_types_are_refused_by_name(tmp_path: Path) -> None:
    document = Document(id="a", text=TEXT, meta={"cas": {"structures": [{"%TYPE": "a.B"}]}})
    with pytest.raises(InputError, match=r"document 'a': meta\['cas'\] must be sound, but: .*a\.B"):
        write_cas([document], tmp_path / "new", Counter())


@needs_cassis
def test_types_that_two_documents_define_differently_are_refused(tmp_path: Path) -> None:
    kept: list[Any] = [
        {"types": {"a.B": {"%SUPER_TYPE": SPAN, "x": {"%RANGE": f"uima.cas.{range_}"}}}}
        for range_ in ("String", "Long")
    ]
    two = [Document(id=str(number), text="", meta={"cas": one}) for number, one in enumerate(kept)]
    with pytest.raises(InputError, match=r"type 'a\.B' must be defined alike in all documents of a folder"):
        write_cas(two, tmp_path / "new", Counter())


@needs_cassis
def test_layers_of_a_file_and_ours_stand_in_one_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    types = type_system().replace("<rangeTypeName>custom.Argument<", f"<rangeTypeName>{SPAN}<")
    [document] = read_cas(xmi_folder(tmp_path / "in", types=types))
    kept: Any = document.meta["cas"]
    assert list(kept["types"]) == ["custom.EventArgumentsLink"]
    ours = Document(id="z", text=SMALL_TEXT, events=(event(8, 13, id="own", arguments=(argument("A", 0, 1),)),))
    again, read = written(write_cas, tmp_path / "new", ours, document)[0]
    assert (again, read.id, read.events) == (document, "z", ours.events)


def test_events_are_held_to_an_ontology(tmp_path: Path) -> None:
    ontology = Ontology(name="tiny", event_types={"Attack": EventType()})
    with pytest.raises(
        DataError, match=r"a\.json: events\[0\]: role 'Attacker' is not allowed for event type 'Attack'"
    ):
        list(read_cas(put(tmp_path / "a.json", value_of(*RICH)), ontology))


def test_documents_of_one_name_are_reported(tmp_path: Path) -> None:
    for name in ("a.json", "b/c.json"):
        put(tmp_path / name, value_of(*RICH))
    with pytest.raises(DataError, match=r"b/c\.json: id 't\.txt' must be unique, but stands in .*a\.json too"):
        list(read_cas(tmp_path))


def test_without_metadata_a_document_is_named_by_its_file(tmp_path: Path) -> None:
    [document] = read_cas(put(tmp_path / "one.json", value_of(text="")))
    assert (document.id, document.text, document.meta) == ("one", "", {})


def changed(place: str, key: str, said: Any) -> dict[str, Any]:
    """Give a small CAS with one value changed in one structure, type or view."""
    structures = [
        {"%ID": 1, "%TYPE": "webanno.custom.Act", "begin": 12, "end": 20, "value": "Attack", "@agents": 3},
        {"%ID": 2, "%TYPE": "webanno.custom.ActLink", "role": "A", "@target": 1},
        {"%ID": 3, "%TYPE": "uima.cas.FSArray", "%ELEMENTS": [2]},
    ]
    value: dict[str, Any] = json.loads(json.dumps(value_of(*structures)))
    places = {
        "sofa": value["%FEATURE_STRUCTURES"][0],
        "event": value["%FEATURE_STRUCTURES"][1],
        "link": value["%FEATURE_STRUCTURES"][2],
        "array": value["%FEATURE_STRUCTURES"][3],
        "type": value["%TYPES"]["webanno.custom.Act"],
        "types": value["%TYPES"],
        "view": value["%VIEWS"]["_InitialView"],
        "cas": value,
    }
    places[place][key] = said
    return value


@pytest.mark.parametrize(
    ("place", "key", "said", "found"),
    [
        ("event", "begin", 2, r"annotation 1 .* must lie at whole characters of the text, but is at \[2, 20\)"),
        ("event", "end", 39, r"but is at \[12, 39\)"),
        ("event", "begin", 21, r"but is at \[21, 20\)"),
        ("event", "begin", -1, r"but is at \[-1, 20\)"),
        ("event", "begin", "12", r'but is at \["12", 20\)'),
        ("event", "begin", True, r"but is at \[true, 20\)"),
        ("event", "begin", None, r"but is at \[null, 20\)"),
        ("event", "begin", 20, "must have 0 <= start < end"),
        ("event", "end", 10**30, r"but is at \[12, 10{30}\)"),
        ("event", "value", 5, "type: must be text, but is 5"),
        ("event", "value", [], "structure 1 .* has a list or an object as a value"),
        ("event", "eventId", 5, "annotation 1 .* must have links .* and text as eventId"),
        ("event", "%ID", 2, "each %ID must be a number that no other structure has"),
        ("event", "%ID", "x", "each %ID must be a number"),
        ("event", "%TYPE", None, "there is no '%TYPE' in it"),
        ("event", "@agents", 77, "structure 1 .* refers to what is not there"),
        ("link", "@target", 77, "structure 2 .* refers to what is not there"),
        ("link", "@target", [1], "unhashable"),
        ("link", "@target", None, "annotation 1 .* must have links to annotations in the index"),
        ("link", "@target", 2, "annotation 1 .* must have links to annotations in the index"),
        ("link", "role", 7, "role: must be text, but is 7"),
        ("array", "%ELEMENTS", [2, None], "structure 1 .* refers to what is not there"),
        ("array", "%ELEMENTS", 3, "not iterable"),
        ("sofa", "sofaString", None, r"must hold one text, of whole characters, but holds \[\]"),
        ("sofa", "sofaString", 3, r"but holds \[3\]"),
        ("sofa", "sofaString", "a\ud800", r'but holds \["a\\ud800"\]'),
        ("link", "sofaString", "b", "must hold one text"),
        ("type", "x y", {"%RANGE": "uima.cas.String"}, "a feature must be named by .* not 'x y'"),
        ("type", "class", {"%RANGE": "uima.cas.String"}, "not 'class'"),
        ("type", "__init__", {"%RANGE": "uima.cas.String"}, "not '__init__'"),
        ("type", "x", {}, "there is no '%RANGE' in it"),
        ("type", "x", 1, "not subscriptable"),
        ("types", "a-b", {"%SUPER_TYPE": SPAN}, "a type must be named by words"),
        ("view", "%MEMBERS", [1, 1], "each of %MEMBERS must be"),
        ("view", "%MEMBERS", [77], "each of %MEMBERS must be"),
        ("view", "%MEMBERS", [1, [2]], "unhashable"),
        ("cas", "%VIEWS", None, "no attribute 'values'"),
        ("cas", "%FEATURE_STRUCTURES", [3], "not subscriptable"),
        ("cas", "%FEATURE_STRUCTURES", [], "each of %MEMBERS must be"),
    ],
)
def test_malformed_json_is_named(tmp_path: Path, place: str, key: str, said: Any, found: str) -> None:
    put(tmp_path / "a.json", changed(place, key, said))
    put(tmp_path / "b.json", value_of())
    read = read_cas(tmp_path)
    assert next(read).id == "b"
    with pytest.raises(DataError, match=rf"a\.json: .*{found}"):
        next(read)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"", "Expecting value"),
        (b'{"%TYPES": ', "Expecting value"),
        (b"[]", "must be a sound CAS"),
        (b"{}", "there is no '%FEATURE_STRUCTURES' in it"),
        (b"\xff", "codec can't decode"),
        (b'{"x": NaN}', "NaN"),
        (b"[" * 200_000, "recursion"),
        (b'{"%FEATURE_STRUCTURES": [{"%ID": ' + b"9" * 5000 + b"}]}", "digits"),
    ],
)
def test_what_is_no_cas_json_is_named(tmp_path: Path, raw: bytes, found: str) -> None:
    (tmp_path / "a.json").write_bytes(raw)
    with pytest.raises(DataError, match=rf"a\.json: must be a sound CAS, but: .*{found}|a\.json: {found}"):
        list(read_cas(tmp_path))


def test_types_that_descend_from_themselves_are_no_trap(tmp_path: Path) -> None:
    loop = {"a.A": {"%SUPER_TYPE": "a.B"}, "a.B": {"%SUPER_TYPE": "a.A"}}
    structures = [{"%ID": 1, "%TYPE": "a.A", "begin": 0, "end": 1}]
    [document] = read_cas(put(tmp_path / "a.json", value_of(*structures, types=loop)))
    kept: Any = document.meta["cas"]
    assert kept["structures"] == [{"%TYPE": "a.A", "begin": 0, "end": 1}]


@needs_cassis
@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('begin="15"', 'begin="16"', r"Not mapping external offset \[16\]"),
        ('end="14"', 'end="99"', r"Not mapping external offset \[99\]"),
        ('begin="9"', 'begin="x"', "invalid literal"),
        ("custom:Event ", "custom:Unknown ", "custom.Unknown"),
        (' target="7"', ' target="77"', "there is no 77 in it"),
        (' target="7"', "", "must have links to annotations in the index"),
        (' target="7"', ' target="7" nonsense="1"', "nonsense"),
        ('members="4 6 7 10"', 'members="4 6 10"', "must have links to annotations in the index"),
        ('members="4 6 7 10"', 'members="4 6 7 10 10"', "each of %MEMBERS|Not mapping external"),
        ('xmi:id="10"', 'xmi:id="7"', "xmi:id 7 is that of several structures"),
        ("&#128512;", "&#12;", "xmlParseCharRef"),
        ("</xmi:XMI>", "", "Premature end of data|EndTag"),
        (XMI, "", "."),
    ],
)
def test_malformed_xmi_is_named(tmp_path: Path, old: str, new: str, found: str) -> None:
    assert old in XMI
    with pytest.raises(DataError, match=rf"admin\.xmi: .*({found})"):
        list(read_cas(xmi_folder(tmp_path / "export", XMI.replace(old, new))))


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@needs_cassis
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_type_definitions_are_refused(tmp_path: Path, encoding: str) -> None:
    body = XMI.partition("?>")[2]
    folder = xmi_folder(tmp_path / "export")
    (folder / "admin.xmi").write_bytes((BOMB + body).encode(encoding))
    with pytest.raises(DataError, match=r"admin\.xmi: .*document type definition \(DOCTYPE\)"):
        list(read_cas(folder))
    xmi_folder(folder, types=BOMB + type_system())
    with pytest.raises(DataError, match=r"admin\.xmi: .*document type definition \(DOCTYPE\)"):
        list(read_cas(folder))


@needs_cassis
@pytest.mark.parametrize("namespace", [' xmlns="http://uima.apache.org/resourceSpecifier"', ""])
def test_names_that_could_run_as_code_are_refused(tmp_path: Path, namespace: str) -> None:
    trap = type_description("custom.Trap", SPAN, ("x=0): pass&#10;print(", "uima.cas.String"))
    types = type_system(trap).replace(' xmlns="http://uima.apache.org/resourceSpecifier"', namespace)
    with pytest.raises(DataError, match=r"admin\.xmi: .*a feature must be named by letters"):
        list(read_cas(xmi_folder(tmp_path / "export", types=types)))


@needs_cassis
def test_a_feature_called_type_is_read_and_written(tmp_path: Path) -> None:
    types = type_system().replace("<name>eventType<", "<name>type<")
    documents = list(read_cas(xmi_folder(tmp_path / "in", XMI.replace("eventType=", "type="), types)))
    assert [document.events for document in documents] == [(SMALL_EVENT,)]
    assert written(write_cas, tmp_path / "new", *documents)[0][0].events == (SMALL_EVENT,)


@needs_cassis
def test_xmi_without_a_type_system_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.xmi").write_text(XMI, encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.xmi: .*there is no TypeSystem\.xml beside it"):
        list(read_cas(tmp_path))


def test_without_the_library_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cassis", None)
    with pytest.raises(InputError, match=r"dkpro-cassis, but there is none\. Run: pip install 'eventroles\[cas\]'"):
        list(read_cas(xmi_folder(tmp_path / "export")))
    with pytest.raises(InputError, match=r"pip install 'eventroles\[cas\]'"):
        write_cas([], tmp_path / "new", Counter())
    assert written(write_cas_json, tmp_path / "json", Document(id="a", text="b"))[0] == [Document(id="a", text="b")]


def export(user: str, title: str) -> bytes:
    xmi = XMI.replace("one.txt", title).replace("admin", user)
    return zipped({f"{user}.xmi": xmi.encode(), "TypeSystem.xml": type_system().encode()})


@needs_cassis
def test_an_archive_is_read(tmp_path: Path) -> None:
    (tmp_path / "one.zip").write_bytes(export("admin", "one.txt"))
    [document] = read_cas(tmp_path / "one.zip")
    assert (document.id, document.events) == ("one.txt", (SMALL_EVENT,))


@needs_cassis
def test_of_a_project_the_curated_documents_are_read_or_else_the_annotated_ones(tmp_path: Path) -> None:
    members = {
        "exportedproject.json": b"{}",
        "source/one.xmi": b"not annotated",
        "annotation/one.txt/admin.zip": export("admin", "one.txt"),
        "annotation/one.txt/bob.zip": b"not read",
        "annotation/two.txt/admin.zip": export("admin", "two.txt"),
        "curation/one.txt/CURATION_USER.zip": export("CURATION_USER", "one.txt"),
    }
    (tmp_path / "project.zip").write_bytes(zipped(members))
    curated, annotated = read_cas(tmp_path / "project.zip")
    assert [curated.id, annotated.id] == ["one.txt", "two.txt"]
    kept: Any = curated.meta["cas"]
    assert kept["structures"][0]["documentId"] == "CURATION_USER"


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({"../a.json": b"{}"}, r'its member "\.\./a\.json" lies outside of it'),
        ({"/a.json": b"{}"}, r'its member "/a\.json" lies outside'),
        ({"C:/a.json": b"{}"}, "lies outside"),
        ({"a.json": b" " * 2000}, "it unpacks to 2000 bytes, of 1000 at most"),
    ],
)
def test_archives_that_are_traps_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: dict[str, bytes], found: str
) -> None:
    monkeypatch.setattr(cas, "MAX_ARCHIVE_BYTES", 1000)
    (tmp_path / "trap.zip").write_bytes(zipped(members))
    with pytest.raises(DataError, match=rf"trap\.zip: must be a sound file, but: .*{found}"):
        list(read_cas(tmp_path))


def test_broken_archives_are_named(tmp_path: Path) -> None:
    sound = zipped({"a.json": json.dumps(value_of()).encode()})
    deep = zipped({"b.zip": zipped({"c.zip": sound})})
    damaged = sound.replace(sound[40:60], b"x" * 20)
    for name, raw in {"deep.zip": deep, "no.zip": b"PK", "damaged.zip": damaged}.items():
        (tmp_path / name).write_bytes(raw)
    with pytest.raises(DataError) as raised:
        list(read_cas(tmp_path))
    lines = str(raised.value).split("\n")
    assert [line.partition(": ")[0].removeprefix(f"{tmp_path}/") for line in lines] == [
        "damaged.zip/a.json", "deep.zip/b.zip/c.zip", "no.zip"
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "found"), [("none.xmi", "must be a sound file"), ("", "must be or hold .xmi")])
def test_nothing_to_read_is_named(tmp_path: Path, name: str, found: str) -> None:
    with pytest.raises(DataError, match=found):
        list(read_cas(tmp_path / name))
