"""What a terminal shows of events: all of them, in order, and nothing that the terminal would obey."""

import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from eventroles.documents import Argument, Document, Event
from eventroles.report.events import print_events
from eventroles.spans import Span

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def shown(*documents: Document, colours: bool = False, width: int = 100) -> str:
    """Print as to a file in UTF-8, which takes no lone surrogate."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="utf-8")
    system = "truecolor" if colours else None
    console = Console(file=file, width=width, force_terminal=colours, color_system=system)  # type: ignore[arg-type]
    print_events(documents, console)
    file.flush()
    return raw.getvalue().decode()


def document(text: str, *events: Event, id: str = "d") -> Document:
    return Document(id=id, text=text, events=events)


def event(
    text: str,
    trigger: str | None,
    *arguments: tuple[str, str],
    event_type: str = "Attack",
    score: float | None = None,
) -> Event:
    def find(part: str) -> Span:
        return Span(text.index(part), text.index(part) + len(part))

    return Event(
        id="E",
        event_type=event_type,
        trigger=None if trigger is None else find(trigger),
        arguments=tuple(Argument(role=role, char_span=find(part), score=score) for role, part in arguments),
        score=score,
    )


TEXT = "U.S. forces struck Goma. Nobody died."


def test_an_event_is_shown_with_its_type_trigger_roles_and_scores() -> None:
    output = shown(document(TEXT, event(TEXT, "struck", ("Attacker", "U.S. forces"), ("Place", "Goma"), score=0.25)))
    for part in ("Attack", "struck", "Attacker", "U.S. forces", "Place", "Goma", "0.25", "U.S. forces struck Goma."):
        assert part in output
    assert "Nobody" not in output


def test_a_document_without_events_says_so() -> None:
    for text in ("", TEXT):
        assert "no events found" in shown(document(text))


def test_nothing_is_printed_for_no_documents() -> None:
    assert shown() == ""


def test_every_document_has_a_panel_with_its_id() -> None:
    output = shown(document("", id="first"), document("", id="second"))
    assert output.index("first") < output.index("second")
    assert output.count("no events found") == 2


def test_events_without_trigger_are_shown() -> None:
    output = shown(document(TEXT, event(TEXT, None, ("Place", "Goma"))))
    assert "Attack" in output
    assert "Goma" in output


@pytest.mark.parametrize("name", ["[red]x[/red]", "[/x]", "[", ":smile:", "a\\[b]", "[link=file:///etc]x[/link]"])
def test_names_that_look_like_markup_are_shown_as_they_are(name: str) -> None:
    text = f"{name} struck"
    one = event(text, "struck", (name, name), event_type=name)
    plain = shown(document(text, one, id=name))
    assert plain.count(name) >= 4  # id, type, role, argument, and the sentence


UNSAFE = "\x1b]0;title\x07\x1b[31m\x9b2J\x08\r\x7f\u2028\u202e\u2066"


@pytest.mark.parametrize("place", ["id", "text", "type", "role"])
def test_control_characters_never_reach_the_terminal(place: str) -> None:
    text = f"He struck {UNSAFE if place == 'text' else 'it'}x"
    name = f"n{UNSAFE}n"
    one = event(
        text,
        "struck",
        (name if place == "role" else "R", text[10:]),
        event_type=name if place == "type" else "T",
    )
    output = shown(document(text, one, id=name if place == "id" else "d"))
    controls = {character for character in UNSAFE if not character.isascii() or not character.isprintable()}
    assert controls.isdisjoint(output)


@pytest.mark.parametrize("place", ["id", "text", "type", "role"])
def test_lone_surrogates_can_be_printed(place: str) -> None:
    text = "He struck \ud800x" if place == "text" else "He struck itx"
    name = "n\udfffn"
    one = event(
        text,
        "struck",
        (name if place == "role" else "R", text[10:]),
        event_type=name if place == "type" else "T",
    )
    assert "struck" in shown(document(text, one, id=name if place == "id" else "d"))


def test_colours_cover_the_spans_exactly() -> None:
    text = "\x1bHe struck Goma"
    output = shown(document(text, event(text, "struck", ("Place", "Goma"))), colours=True)
    styled = re.findall(r"\x1b\[([0-9;]+)m([^\x1b]*)\x1b\[0m", output)
    assert ("1;7", "struck") in styled
    assert ("36", "Goma") in styled


def test_one_role_has_one_colour_in_a_document() -> None:
    text = "He struck Goma. She struck Bukavu."
    first, second = event(text, "struck", ("A", "He"), ("Place", "Goma")), event(text, "She", ("Place", "Bukavu"))
    output = shown(document(text, first, second), colours=True)
    styled = re.findall(r"\x1b\[([0-9;]+)m([^\x1b]*)\x1b\[0m", output)
    assert {style for style, part in styled if part in {"Goma", "Bukavu"}} == {"32"}


def test_nested_spans_and_arguments_on_the_trigger_are_shown() -> None:
    text = "the mayor of Goma struck"
    output = shown(
        document(text, event(text, "struck", ("A", "the mayor of Goma"), ("B", "Goma"), ("C", "struck"))), colours=True
    )
    assert text in ESCAPE.sub("", output)
    assert ESCAPE.sub("", output).count("Goma") == 3


@pytest.mark.parametrize("text", ["He struck it. " * 3000, "struck" + " x" * 30_000, "struck" + "x" * 30_000])
def test_a_long_text_is_shown_around_its_events_only(text: str) -> None:
    one = Event(id="E", event_type="T", trigger=Span(0, 6))
    output = shown(document(text, one))
    assert "struck" in output
    assert len(output) < 40_000 if "xxx" in text else len(output) < 10_000


def test_an_argument_in_another_sentence_is_shown() -> None:
    output = shown(document(TEXT, event(TEXT, "struck", ("Victim", "Nobody"))))
    assert "Nobody" in output


@pytest.mark.parametrize("trigger", [Span(4, 5), Span(0, 11), Span(4, 9), Span(2, 7)])
def test_a_trigger_off_the_words_is_shown_too(trigger: Span) -> None:
    text = "one\n \n two."  # character 4 is white space between two sentences
    assert "Attack" in shown(document(text, Event(id="E", event_type="Attack", trigger=trigger)))


@given(st.text(st.characters(exclude_categories=[]), min_size=1, max_size=30), st.data())
def test_any_text_is_printed_without_controls(text: str, data: st.DataObject) -> None:
    bounds = st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True).map(sorted)
    start, end = data.draw(bounds)
    first, last = data.draw(bounds)
    arguments = (Argument(role="R", char_span=Span(first, last)),)
    one = Event(id="E", event_type="Attack", trigger=Span(start, end), arguments=arguments)
    output = shown(document(text, one))
    assert {unicodedata.category(character) for character in output if character != "\n"}.isdisjoint({"Cc", "Zl", "Zp"})
