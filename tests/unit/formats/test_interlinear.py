"""The interlinear format: what is written is found again, and whatever could be read in two ways is refused."""

from pathlib import Path

import pytest

from eventroles.documents import Argument, Document
from eventroles.errors import DataError, Problems
from eventroles.formats.interlinear import parse_interlinear, read_interlinear
from eventroles.ontology import EventType, Ontology, Role
from eventroles.spans import Span

ROLES = {"Attacker": Role(), "Target": Role(), "Place": Role()}
ONTOLOGY = Ontology(name="tiny", event_types={"Attack": EventType(roles=ROLES), "Conflict.War": EventType()})

ARTICLE = """\
# id: a1
# date: 2019-12-31

[1] Rebels from Goma shelled Goma.
  Attack: shelled | Attacker: Rebels | Place: Goma #2
[2] They struck "U.S." bases: attack after attack.
  Attack: struck | Attacker: Rebels @1 | Target: "U.S." bases | Place: Goma #1 @1
  Attack: attack #2

[3] Later (in the war)
  Conflict.War: war
"""


def parse(text: str, ontology: Ontology | None = ONTOLOGY) -> tuple[Document | None, str]:
    problems = Problems()
    document = parse_interlinear(text.split("\n"), "f", ontology, problems)
    assert (document is None) == bool(problems.n_found)
    return document, problems.text()


def article() -> Document:
    document, _ = parse(ARTICLE)
    assert document is not None
    return document


def of(argument: Argument) -> tuple[str, str, int]:
    return argument.role, argument.char_span.of(article().text), argument.char_span.start


def test_sentences_are_joined_in_paragraphs() -> None:
    first, second = "Rebels from Goma shelled Goma.", 'They struck "U.S." bases: attack after attack.'
    assert article().id == "a1"
    assert article().text == f"{first} {second}\n\nLater (in the war)"
    starts = [0, len(first) + 1, len(first) + len(second) + 3]
    assert article().meta == {"date": "2019-12-31", "sentence_starts": starts}
    assert [article().text[start] for start in starts] == ["R", "T", "L"]


def test_events_and_their_arguments_are_found() -> None:
    text = article().text
    found = [(event.id, event.event_type, event.trigger and event.trigger.of(text)) for event in article().events]
    assert found == [
        ("E1", "Attack", "shelled"),
        ("E2", "Attack", "struck"),
        ("E3", "Attack", "attack"),
        ("E4", "Conflict.War", "war"),
    ]
    assert article().events[2].trigger == Span(text.rindex("attack"), text.rindex("attack") + 6)
    assert [of(argument) for argument in article().events[0].arguments] == [
        ("Attacker", "Rebels", 0),
        ("Place", "Goma", 25),
    ]
    assert [of(argument) for argument in article().events[1].arguments] == [
        ("Attacker", "Rebels", 0),
        ("Target", '"U.S." bases', text.index('"U.S."')),
        ("Place", "Goma", 12),
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("  Attack: shelled | Place: Goma", "4: 'Goma' must say which of its 2 places in sentence [1] is meant"),
        ("  Attack: shelled | Place: Goma #3", "4: 'Goma #3' must stand between word borders in sentence [1]"),
        ("  Attack: shelled | Place: Goma #0", "4: 'Goma #0' must stand between word borders in sentence [1]"),
        ("  Attack: shelled #1", "4: 'shelled' stands only once in sentence [1]. Leave #1 out"),
        ("  Attack: shell", "4: 'shell' must stand between word borders in sentence [1], but does not. Copy it letter"),
        ("  Attack: shelled | Target: bases", "It stands in [2]: write @n."),
        ("  Attack: shelled | Target: bases @9", "4: 'bases @9' must name another sentence of the article"),
        ("  Attack: shelled | Attacker: Rebels @1", "4: 'Rebels @1' must name another sentence of the article"),
        ("  Attack: bases @2", "4: a trigger must stand in the sentence above it, but 'bases @2' does not"),
        (
            "  Atack: shelled",
            "4: event type 'Atack' must be one of ontology 'tiny', but is not. Did you mean 'Attack'?",
        ),
        ("  Attack: shelled | Agent: Rebels", "4: role 'Agent' is not allowed for event type 'Attack'"),
        ("  Attack: shelled | Rebels", "4: must be 'Type: trigger | Role: argument | …', but is 'Attack: shelled"),
        ("  Attack: shelled |", "4: must be 'Type: trigger | Role: argument | …'"),
        ("  Attack: shelled\n  Attack: shelled", "5: must tell each event once, but this one stands above already"),
        ("  Attack: shelled | Place: Goma #1 | Place: Goma #1", "4: must tell each argument of an event once"),
        ("Attack: shelled", "4: must be '# key: value' before the first sentence"),
        ("[3] A sentence.", "4: sentences must be numbered in order, so [2] here, but is [3]"),
        ("[2] A sentence. ", "4: must be '# key: value' before the first sentence"),
        ("# sentence_starts: 1", "4: must be '# key: value' before the first sentence"),
        ("# date: 2019-12-31", "4: must be '# key: value' before the first sentence"),
    ],
)
def test_a_wrong_line_is_named_with_what_is_wrong(line: str, found: str) -> None:
    document, text = parse(f"# id: a1\n\n[1] Rebels from Goma shelled Goma.\n{line}\n[2] They struck bases.\n")
    assert document is None
    assert found in text
    assert text.startswith("f:")


def test_an_event_of_a_document_level_type_is_refused() -> None:
    ontology = Ontology(name="o", event_types={"Attack": EventType(document_level=True)})
    _, errors = parse("# id: a\n\n[1] Rebels struck.\n    Attack: struck\n", ontology)
    assert "an event of document-level type 'Attack' must have no trigger, but this one has" in errors


def test_every_problem_of_an_article_is_reported() -> None:
    _, text = parse("# id: a1\n# id: a2\n[1] Rebels fled.\n  War: fled | X: y\n[1] They died.\n")
    assert [line.split(" ")[0] for line in text.split("\n")] == ["f:2:", "f:5:", "f:4:", "f:4:"]


def test_a_header_cannot_take_the_place_of_the_sentence_starts() -> None:
    document, text = parse("# id: a\n# sentence_starts: 1\n[1] Rebels fled.\n")
    assert document is None
    assert text.startswith("f:2: must be '# key: value'")


@pytest.mark.parametrize("text", ["", "[1] A sentence.\n", "# id: a1\n"])
def test_an_article_has_a_name_and_a_sentence(text: str) -> None:
    assert "f: must begin with '# id: …' and hold a sentence" in parse(text)[1]


def test_without_an_ontology_any_type_is_taken() -> None:
    document, _ = parse("# id: a1\n[1] Rebels fled.\n  Flight: fled | Who: Rebels\n", ontology=None)
    assert document is not None
    assert document.events[0].arguments[0].role == "Who"


def test_files_are_read_in_order_and_their_problems_reported_together(tmp_path: Path) -> None:
    for name, text in {"a": "# id: a\n[1] A.\n", "b": "# id: b\n[2] B.\n", "c": "# id: a\n[1] C.\n"}.items():
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (tmp_path / "d").write_bytes(b"# id: \xe9\n")
    paths = [tmp_path / name for name in "abcde"]
    read = read_interlinear(paths, ONTOLOGY)
    assert next(read).text == "A."
    with pytest.raises(DataError) as raised:
        list(read)
    lines = str(raised.value).split("\n")
    assert len(lines) == 4
    assert lines[0].startswith(f"{paths[1]}:2: sentences must be numbered in order")
    assert lines[1].startswith(f"{paths[2]}: id 'a' must be unique, but stands in {paths[0]} too")
    assert lines[2].startswith(f"{paths[3]}: must be UTF-8, but byte 6 is not")
    assert lines[3].startswith(f"{paths[4]}: must be a readable file")
