"""What is wrong with a corpus is found, and what is right is not."""

from collections.abc import Mapping, Sequence

import pytest

from eventroles.documents import Argument, Coverage, Document, Event
from eventroles.ontology import EventType, Ontology, Role
from eventroles.report.findings import (
    MAX_CLASSES,
    MAX_EXAMPLES,
    MIN_USES,
    NEAR_WORDS,
    Kind,
    distances_of,
    findings_of,
    text_of_findings,
)
from eventroles.spans import Span
from eventroles.words import split_words

USUAL = {Kind.RARE_TYPE, Kind.RARE_ROLE}
"""What every corpus of a few documents has."""


def span(text: str, words: str) -> Span:
    return Span(text.index(words), text.index(words) + len(words))


def event(text: str, event_type: str, trigger: str | None, *arguments: tuple[str, str], id_: str = "E1") -> Event:
    filled = tuple(Argument(role=role, char_span=span(text, words)) for role, words in arguments)
    return Event(id=id_, event_type=event_type, trigger=span(text, trigger) if trigger else None, arguments=filled)


def hit(text: str, target: str) -> Document:
    return Document(id="d", text=text, events=(event(text, "Attack", "hit", ("Target", target)),))


def found(*documents: Document, ontology: Ontology | None = None) -> Mapping[Kind, Sequence[tuple[str, str]]]:
    kinds = findings_of(documents, ontology).kinds
    listed = {kind.kind: [(example.document, example.what) for example in kind.examples] for kind in kinds}
    return {kind: examples for kind, examples in listed.items() if examples and kind not in USUAL}


def test_a_sound_document_gives_no_finding() -> None:
    assert found(hit("A bomb hit Goma.", "Goma")) == {}


# Names.


def test_near_names_are_told_with_their_uses_and_the_first_document_of_the_rarer() -> None:
    text = "A bomb hit Goma."
    roles = ("Target", "Target", "target")
    documents = [
        Document(id=f"d{n}", text=text, events=(event(text, "Hit" if n else "hit", "hit", (role, "Goma")),))
        for n, role in enumerate(roles)
    ]
    assert found(*documents) == {
        Kind.SAME_TYPE: [("d0", "'hit' (1) and 'Hit' (2)")],
        Kind.SAME_ROLE: [("d2", "'target' (1) and 'Target' (2)")],
    }


def test_types_and_roles_with_few_examples_are_listed_from_the_rarest() -> None:
    text = "A bomb hit Goma."
    often = [Document(id=f"a{n}", text=text, events=(event(text, "Often", "hit"),)) for n in range(MIN_USES)]
    twice = [Document(id=f"t{n}", text=text, events=(event(text, "Twice", "hit"),)) for n in range(2)]
    once = Document(id="o", text=text, events=(event(text, "Once", "hit", ("Target", "Goma")),))
    listed = {finding.kind: finding for finding in findings_of([*often, *twice, once], None).kinds}
    types, roles = listed[Kind.RARE_TYPE], listed[Kind.RARE_ROLE]
    assert [(example.document, example.what) for example in types.examples] == [("o", "Once (1)"), ("t0", "Twice (2)")]
    assert [(example.document, example.what) for example in roles.examples] == [("o", "Once Target (1)")]


def test_types_and_roles_of_the_ontology_that_are_not_used_are_listed_each_once() -> None:
    types = {"Attack": EventType(roles={"Target": Role(), "Place": Role()}), "Die": EventType(roles={"Victim": Role()})}
    listed = found(hit("A bomb hit Goma.", "Goma"), ontology=Ontology(name="tiny", event_types=types))
    assert listed == {Kind.UNUSED_TYPE: [("", "Die")], Kind.UNUSED_ROLE: [("", "Attack Place")]}


def test_names_of_the_ontology_are_compared_too() -> None:
    types = {"Attack": EventType(roles={"Target": Role(), "targets": Role()})}
    listed = found(hit("A bomb hit Goma.", "Goma"), ontology=Ontology(name="tiny", event_types=types))
    assert listed[Kind.SAME_ROLE] == [("", "'targets' (0) and 'Target' (1)")]


def test_without_an_ontology_nothing_is_said_of_it() -> None:
    assert Kind.UNUSED_TYPE not in {finding.kind for finding in findings_of([], None).kinds}


# Events.


def test_an_event_that_stands_there_twice_is_found() -> None:
    text = "A bomb hit Goma."
    first = event(text, "Attack", "hit", ("Target", "Goma"), ("Means", "bomb"))
    again = event(text, "Attack", "hit", ("Means", "bomb"), ("Target", "Goma"), id_="E2")
    other = event(text, "Die", "hit", ("Target", "Goma"), ("Means", "bomb"), id_="E3")
    document = Document(id="d", text=text, events=(first, again, other))
    assert found(document) == {Kind.SAME_EVENT: [("d", "E2 Attack 'hit' repeats E1")]}


def test_two_events_of_a_type_on_one_trigger_are_found() -> None:
    text = "A bomb hit Goma."
    events = (event(text, "Attack", "hit"), event(text, "Attack", "hit", ("Target", "Goma"), id_="E2"))
    assert found(Document(id="d", text=text, events=events)) == {Kind.SAME_TRIGGER: [("d", "E2 Attack 'hit' and E1")]}


def test_an_argument_that_stands_there_three_times_is_found_twice() -> None:
    text = "A bomb hit Goma."
    target = ("Target", "Goma")
    events = (event(text, "Attack", "hit", target, target, target, ("Place", "Goma")),)
    what = ("d", "E1 Attack 'hit': Target 'Goma'")
    assert found(Document(id="d", text=text, events=events)) == {Kind.SAME_ARGUMENT: [what, what]}


def test_arguments_that_overlap_in_one_role_of_one_event_are_found() -> None:
    text = "It hit the old town hall."
    first = event(
        text, "Attack", "hit", ("Target", "the old town"), ("Target", "town hall"), ("Target", "the old town hall")
    )
    second = event(text, "Die", "hit", ("Target", "old"), ("Victim", "old town"), ("Place", "town hall"))
    assert found(Document(id="d", text=text, events=(first, second))) == {
        Kind.OVERLAPPING: [
            ("d", "E1 Attack 'hit': Target 'the old town'"),
            ("d", "E1 Attack 'hit': Target 'town hall'"),
        ]
    }


def test_arguments_side_by_side_do_not_overlap() -> None:
    text = "It hit the town hall."
    sound = event(text, "Attack", "hit", ("Target", "town "), ("Target", "hall"))
    assert Kind.OVERLAPPING not in found(Document(id="d", text=text, events=(sound,)))


def test_events_without_a_trigger_are_found_and_only_copies_among_them() -> None:
    text = "A bomb hit Goma."
    events = [event(text, "Attack", None, ("Target", words), id_=words) for words in ("Goma", "bomb")]
    listed = found(Document(id="d", text=text, events=tuple(events)))
    assert listed == {Kind.NO_TRIGGER: [("d", "Goma Attack"), ("d", "bomb Attack")]}


def test_document_level_events_need_no_trigger_but_are_one_a_type() -> None:
    text = "A bomb hit Goma."
    ontology = Ontology(name="o", event_types={"Attack": EventType(document_level=True)})
    events = [event(text, "Attack", None, ("Target", words), id_=words) for words in ("Goma", "bomb")]
    listed = found(Document(id="d", text=text, events=tuple(events)), ontology=ontology)
    assert Kind.NO_TRIGGER not in listed
    assert listed[Kind.SAME_TRIGGER] == [("d", "bomb Attack and Goma")]


# Distances.


def test_distances_are_counted_in_words_before_and_after_the_trigger() -> None:
    text = "Rebels, it is said, hit Goma."
    document = Document(id="d", text=text, events=(event(text, "A", "hit", ("By", "Rebels"), ("Target", "Goma")),))
    assert [distance for distance, _, _ in distances_of(document, split_words(text))] == [-6, 1]


@pytest.mark.parametrize(
    ("n_words", "kind"),
    [
        (50, None),
        (51, Kind.OVER_50),
        (100, Kind.OVER_50),
        (101, Kind.OVER_100),
        (200, Kind.OVER_100),
        (201, Kind.OVER_200),
    ],
)
def test_far_arguments_are_found_before_and_after_the_trigger(n_words: int, kind: Kind | None) -> None:
    between = "x " * (n_words - 1)
    expected = {} if kind is None else {kind: [("d", f"E1 Attack 'hit': Target 'Goma', {n_words} words")]}
    assert found(hit(f"Goma {between}hit", "Goma")) == expected
    assert found(hit(f"hit {between}Goma", "Goma")) == expected


@pytest.mark.parametrize(
    ("nearer", "is_found"), [("Goma", True), ("Gomat", False), ("aGoma", False), ("goma", False), ("(Goma)", True)]
)
def test_an_argument_whose_words_stand_nearer_to_the_trigger_is_found(nearer: str, is_found: bool) -> None:
    far = "x " * NEAR_WORDS
    for text in (f"Goma {far}{nearer} hit", f"Goma {far}hit {nearer}"):
        listed = found(hit(text, "Goma"))
        n_words = len(split_words(text[: text.index("hit")]))
        what = f"E1 Attack 'hit': Target 'Goma', {n_words} words"
        assert listed == ({Kind.NEARER: [("d", what)]} if is_found else {})


def test_the_nearer_words_must_be_nearer_and_no_argument_or_trigger_themselves() -> None:
    far = "x " * NEAR_WORDS
    assert found(hit(f"Goma {far}hit {far}x x Goma", "Goma")) == {}
    # A pronoun beside the trigger may stand for what was named before, and is named again in the next sentence.
    assert found(hit(f"Goma {far}hit it. Goma", "Goma")) == {}
    assert Kind.NEARER in found(hit(f"Goma {far}Goma. They hit it.", "Goma"))
    assert found(hit(f"Goma {'x ' * (NEAR_WORDS - 2)}Goma hit", "Goma")) == {}
    text = f"hit {far}Goma hit"
    again = Argument(role="Target", char_span=span(text, "hit"))
    at_end = Span(len(text) - 3, len(text))
    document = Document(id="d", text=text, events=(Event(id="E", event_type="A", trigger=at_end, arguments=(again,)),))
    assert found(document) == {}


# Spans.


@pytest.mark.parametrize(
    ("text", "target", "kind", "what"),
    [
        ("hit Goma.", "Gom", Kind.INSIDE_WORD, "hit [Gom]a."),
        ("hit Goma.", "oma", Kind.INSIDE_WORD, "hit G[oma]."),
        ("hit Goma.", " Goma", Kind.WHITE_SPACE, "hit[ Goma]."),
        ("hit Goma now", "Goma ", Kind.WHITE_SPACE, "hit [Goma ]now"),
        ("hit Goma. Then", "Goma.", Kind.PUNCTUATION, "hit [Goma.] Then"),
        ("hit (Goma)", "(Goma", Kind.PUNCTUATION, "hit [(Goma])"),
        ("hit (Goma)", "(Goma)", Kind.PUNCTUATION, "hit [(Goma)]"),
        ("hit “Goma” now", "Goma”", Kind.PUNCTUATION, "hit “[Goma”] now"),
        ("hit Goma, too", "Goma,", Kind.PUNCTUATION, "hit [Goma,] too"),
        ("hit the base –", "base –", Kind.PUNCTUATION, "hit the [base –]"),
    ],
)
def test_spans_with_odd_edges_are_found(text: str, target: str, kind: Kind, what: str) -> None:
    assert found(hit(text, target)) == {kind: [("d", what)]}


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("hit the U.S. on Friday", "U.S."),
        ("hit Apple Inc. on Friday", "Apple Inc."),
        ("hit John Smith Jr. Then", "John Smith Jr."),
        ("hit the Acme Gmbh. in May", "Acme Gmbh."),
        ("hit by 20 %. Then", "20 %"),
        ("hit for $5 million", "$5 million"),
        ("hit #MeToo", "#MeToo"),
        ("hit Goma (DRC).", "Goma (DRC)"),
        ("hit (old) Goma.", "(old) Goma"),
        ("hit the 'red' house", "'red' house"),
        ("hit in '99", "'99"),
        ("hit -5 degrees", "-5 degrees"),
        ("hit 😀", "😀"),
    ],
)
def test_spans_with_marks_that_belong_to_them_are_not(text: str, target: str) -> None:
    assert found(hit(text, target)) == {}


def test_a_span_that_many_events_share_is_found_once() -> None:
    text = "It hit and hurt Goma."
    events = [event(text, name, name, ("Target", "Gom"), id_=name) for name in ("hit", "hurt")]
    assert found(Document(id="d", text=text, events=tuple(events))) == {
        Kind.INSIDE_WORD: [("d", "It hit and hurt [Gom]a.")]
    }


# Documents.


def test_documents_without_text_or_event_are_found() -> None:
    documents = [Document(id="a", text=""), Document(id="b", text=" \r\n\u2028"), Document(id="c", text="Calm.")]
    assert found(*documents) == {
        Kind.NO_TEXT: [("a", "empty"), ("b", "only white space")],
        Kind.NO_EVENT: [("c", "Calm.")],
    }


@pytest.mark.parametrize("coverage", [Coverage(event_types=frozenset()), Coverage(char_spans=())])
def test_a_document_that_nobody_annotated_need_not_have_events(coverage: Coverage) -> None:
    assert found(Document(id="c", text="Calm.", coverage=coverage)) == {}


# All together.


def test_examples_are_few_and_the_rest_is_counted() -> None:
    documents = [Document(id=str(n), text="") for n in range(MAX_EXAMPLES + 2)]
    [finding] = [finding for finding in findings_of(documents, None).kinds if finding.count]
    assert (finding.kind, finding.count, len(finding.examples)) == (Kind.NO_TEXT, MAX_EXAMPLES + 2, MAX_EXAMPLES)


def test_examples_of_spans_have_different_words() -> None:
    dummies = [hit(f"[go] hit {n}", "[go]") for n in range(MAX_EXAMPLES)]
    documents = [*dummies, hit("a hit on (b)", "(b)"), hit("[go]\nhit c", "[go]")]
    [finding] = [finding for finding in findings_of(documents, None).kinds if finding.kind is Kind.PUNCTUATION]
    assert finding.count == MAX_EXAMPLES + 2
    assert [example.what for example in finding.examples] == ["[[go]] hit 0", "a hit on [(b)]"]


def test_every_kind_has_its_place_and_its_advice() -> None:
    ontology = Ontology(name="tiny", event_types={"Attack": EventType()})
    kinds = findings_of([], ontology).kinds
    assert [finding.kind for finding in kinds] == list(Kind)
    assert all(finding.advice.endswith(".") for finding in kinds)


def test_the_text_tells_findings_then_what_was_not_found_then_the_balance() -> None:
    text = "A bomb hit Goma\x1b."
    twice = event(text, "Attack", "hit", ("Target", "Goma\x1b"), ("Means", "bomb"), ("Target", "Goma\x1b"))
    die = event(text, "Die", "bomb", id_="E2")
    lines = text_of_findings(findings_of([Document(id="d", text=text, events=(twice, die))], None)).split("\n")
    assert lines[:4] == [
        "Arguments that repeat another of their event: 1",
        "  They are scored once. Remove the copies.",
        "    d: E1 Attack 'hit': Target 'Goma '",
        "",
    ]
    assert "events without a trigger; spans that begin" in next(line for line in lines if line.startswith("None of"))
    at = lines.index("Events by type: 2; the most frequent, Attack, has 50.0%")
    assert lines[at + 1 :] == [
        "         1   50.0%  Attack",
        "         1   50.0%  Die",
        "",
        "Arguments by type and role: 3; the most frequent, Attack Target, has 66.7%",
        "         2   66.7%  Attack Target",
        "         1   33.3%  Attack Means",
    ]


def test_the_text_lists_the_most_frequent_classes_and_counts_the_rest() -> None:
    names = [f"T{number}" for number in range(MAX_CLASSES + 3)]
    events = [event("x", name, "x", id_=f"{name} {n}") for name in names for n in range(2 if name == "T7" else 1)]
    lines = text_of_findings(findings_of([Document(id="d", text="x", events=tuple(events))], None)).split("\n")
    at = lines.index(f"Events by type: {MAX_CLASSES + 4}; the most frequent, T7, has 4.5%")
    assert lines[at + 1].split() == ["2", "4.5%", "T7"]
    assert lines[at + MAX_CLASSES + 1 : at + MAX_CLASSES + 3] == [
        "         3    6.8%  in 3 others; --html lists all",
        "",
    ]


def test_an_empty_corpus_has_a_text() -> None:
    assert text_of_findings(findings_of([], None)).endswith("Events by type: 0\n\nArguments by type and role: 0")
