"""The page of a corpus: well-formed, self-contained, and with the figures that were counted by hand."""

from collections.abc import Sequence
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventroles.documents import Argument, Document, Event
from eventroles.report.findings import findings_of
from eventroles.report.leakage import Leak, LeakKind
from eventroles.report.page import MAX_BARS, MAX_BINS, MAX_LEAKS, MAX_ROLES, page_of
from eventroles.spans import Span

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("x")</script>\'&amp;\x00\ud800\uffff]]>-->'
LEAK = Leak(kind=LeakKind.NEAR_TEXT, split="train", document="a", other_split="test", other_document="b", share=0.75)


def event(event_type: str, *arguments: tuple[str, int], id_: str = "E", at: int = 0) -> Event:
    spans = tuple(Argument(role=role, char_span=Span(start, start + 1)) for role, start in arguments)
    return Event(id=id_, event_type=event_type, trigger=Span(at, at + 1), arguments=spans)


def text_of(n_words: int) -> str:
    return " ".join("x" * n_words)


def page(*documents: Document, leaks: Sequence[Leak] = (), name: str = "tiny") -> ElementTree.Element:
    return ElementTree.fromstring(page_of(documents, findings_of(documents, None), leaks, name))  # noqa: S314


def figure(root: ElementTree.Element, title: str) -> ElementTree.Element:
    [found] = [figure for figure in root.iter("figure") if figure.findtext("h3") == title]
    return found


def told(root: ElementTree.Element, title: str, kind: str = "bar") -> list[str]:
    rects = [rect for rect in figure(root, title).iter(f"{SVG}rect") if rect.get("class") == kind]
    return [rect.findtext(f"{SVG}title") or "" for rect in rects]


def words_of(root: ElementTree.Element) -> str:
    return " ".join("".join(root.itertext()).split())


class Elements(HTMLParser):
    """The elements of a page as a browser finds them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def elements(page_text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(page_text)
    parser.close()
    assert parser.open == []
    return parser.found


def hostile_corpus() -> list[Document]:
    argument = Argument(role=HOSTILE, char_span=Span(0, 3))
    again = Event(id=HOSTILE, event_type=HOSTILE, trigger=Span(0, 3), arguments=(argument, argument))
    return [Document(id=HOSTILE, text=HOSTILE, events=(again,)), Document(id="e", text="")]


def test_names_and_texts_from_the_corpus_cannot_break_out() -> None:
    documents = hostile_corpus()
    leak = Leak(
        kind=LeakKind.SAME_ID, split=HOSTILE, document=HOSTILE, other_split="b", other_document=HOSTILE, share=0.0
    )
    text = page_of(documents, findings_of(documents, None), [leak], HOSTILE)
    found = elements(text)
    assert "script" not in {tag for tag, _ in found}
    assert not any(name.startswith("on") for _, attributes in found for name in attributes)
    title = ElementTree.fromstring(text).findtext("head/title")  # noqa: S314
    assert title == HOSTILE.replace("\x00", " ").replace("\ud800", " ").replace("\uffff", " ") + ": a corpus of events"
    text.encode()


def test_the_page_asks_nothing_of_the_network() -> None:
    documents = hostile_corpus()
    text = page_of(documents, findings_of(documents, None), [], "tiny")
    attributes = {name for _, attributes in elements(text) for name in attributes}
    assert attributes & {"src", "href", "srcset", "data", "action", "style"} == set()
    assert "url(" not in text
    assert "@import" not in text


def test_the_page_adapts_to_the_dark_and_to_small_screens() -> None:
    text = page_of([], findings_of([], None), [], "tiny")
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')


def test_each_plot_has_a_title_for_those_who_do_not_see_it() -> None:
    images = list(page(*hostile_corpus()).iter(f"{SVG}svg"))
    assert [image.findtext(f"{SVG}title") for image in images] == [
        "Length of documents",
        "Events a document",
        "Distance of arguments",
        "Events by type",
        "Roles of the same event",
    ]
    assert {image.get("role") for image in images} == {"img"}


def test_the_headline_counts_the_corpus() -> None:
    document = Document(id="d", text=text_of(4), events=(event("A", ("R", 2), ("S", 4)), event("B", ("R", 2), at=6)))
    root = page(document, leaks=[LEAK])
    figures = {item.findtext("dt"): item.findtext("dd") for item in root.iter("div") if item.find("dt") is not None}
    assert figures == {
        "documents": "1",
        "words": "4",
        "events": "2",
        "arguments": "3",
        "event types": "2",
        "roles": "2",
        "kinds of findings": "2",
        "documents in two splits": "1",
    }


def test_findings_stand_with_their_advice_and_examples_and_the_others_are_named() -> None:
    root = page(Document(id="d", text=" "))
    [section] = root.iter("section")
    assert words_of(section).startswith("Documents without text: 1Nothing can be learnt from them.")
    assert [cell.text for cell in section.iter("td")] == ["d", "only white space"]
    assert "None of these: event types with nearly the same name; roles" in words_of(root)


def test_leaks_stand_in_a_table_and_the_rest_is_counted() -> None:
    text = words_of(page(leaks=[LEAK] * (MAX_LEAKS + 3)))
    assert text.count("nearly the same texttrain: atest: b75%") == MAX_LEAKS
    assert "… and 3 more" in text
    assert "No two documents are the same" in words_of(page())


def test_lengths_and_events_are_counted_in_bins() -> None:
    documents = [Document(id=str(n), text=text_of(n), events=(event("A"),) if n == 3 else ()) for n in (3, 3, 5)]
    root = page(*documents)
    assert told(root, "Length of documents") == ["3 words: 2 documents", "4 words: 0 documents", "5 words: 1 documents"]
    assert told(root, "Events a document") == ["0 events: 1 documents", "1 events: 2 documents"]


def test_bins_are_wide_where_values_differ_much() -> None:
    # 1 to 60: 60 / 25 = 2.4 words a bin, rounded up to 5; the bins begin at multiples of that.
    bars = told(page(*(Document(id=str(n), text=text_of(n)) for n in range(1, 61))), "Length of documents")
    assert bars[:2] == ["0 to 4 words: 4 documents", "5 to 9 words: 5 documents"]
    assert bars[-1] == "60 to 64 words: 1 documents"
    assert len(bars) == 13 <= MAX_BINS


def test_distances_stand_on_both_sides_of_the_trigger() -> None:
    document = Document(id="d", text=text_of(4), events=(event("A", ("R", 0), ("R", 4), ("S", 4), at=2),))
    assert told(page(document), "Distance of arguments") == [
        "-1 words from trigger to argument: 1 arguments",
        "0 words from trigger to argument: 0 arguments",
        "1 words from trigger to argument: 2 arguments",
    ]


def test_the_outermost_bars_hold_what_is_beyond_and_say_so() -> None:
    far = [event("A", ("R", 2 * n), at=0, id_=str(n)) for n in (1, 30)]
    near = [event("A", ("R", 2 * n), at=2 * n - 2, id_=f"near{n}") for n in range(1, 29)]
    backward = [event("A", ("R", 0), at=50, id_="backward")]
    document = Document(id="d", text=text_of(32), events=(*far, *near, *backward))
    root = page(document)
    # 31 distances, of which one in twenty, rounded down, is beyond at either end: -25 and 30; all others are 1.
    assert told(root, "Distance of arguments") == [
        "0 or less words from trigger to argument: 1 arguments",
        "1 words from trigger to argument: 29 arguments",
        "2 or more words from trigger to argument: 1 arguments",
    ]
    note = "The outermost bars hold all that lies beyond the others."
    assert note in words_of(figure(root, "Distance of arguments"))
    assert note not in words_of(figure(root, "Length of documents"))


def test_types_are_bars_from_the_most_frequent_and_the_last_are_one() -> None:
    rare = [event(f"T{n:02}", id_=f"r{n}") for n in range(MAX_BARS + 1)]
    often = [event("Often", id_=f"o{n}") for n in range(59)]
    bars = told(page(Document(id="d", text="x", events=(*often, *rare))), "Events by type")
    assert bars[:2] == ["Often: 59 (59.0%)", "T00: 1 (1.0%)"]
    assert (len(bars), bars[-1]) == (MAX_BARS + 1, "… 2 other types: 2 (2.0%)")


def test_roles_of_the_same_event_are_counted_by_event() -> None:
    events = (event("A", ("R", 2), ("S", 4), ("S", 6)), event("A", ("S", 2), id_="F"))
    cells = told(page(Document(id="d", text=text_of(4), events=events)), "Roles of the same event", "cell")
    assert cells[:4] == [
        "S with another: 1 of 2 events",
        "S with R: 1 of 2 events",
        "R with S: 1 of 1 events",
        "R with another: 0 of 1 events",
    ]


def test_only_the_most_frequent_roles_are_drawn() -> None:
    events = (event("A", *((f"R{n:02}", 0) for n in range(MAX_ROLES + 5))),)
    cells = told(page(Document(id="d", text="x", events=events)), "Roles of the same event", "cell")
    assert len(cells) == MAX_ROLES**2 + 5


def test_long_names_are_cut_in_the_middle_and_whole_on_the_bar() -> None:
    name = "Transaction.TransferOwnership"
    root = page(Document(id="d", text="x", events=(event(name),)))
    assert "Transactio…rOwnership" in [text.text for text in figure(root, "Events by type").iter(f"{SVG}text")]
    assert told(root, "Events by type") == [f"{name}: 1 (100.0%)"]


def test_the_balance_names_the_most_frequent() -> None:
    document = Document(id="d", text=text_of(3), events=(event("A", ("R", 2)), event("B", ("R", 2), ("R", 4), at=4)))
    assert "The most frequent, B R, has 66.7% of 3." in words_of(page(document))
    assert "There are none." in words_of(page())


@pytest.mark.parametrize("axis", ["words", "documents", "events", "arguments"])
def test_axes_are_named(axis: str) -> None:
    assert axis in [text.text for text in page(Document(id="d", text="x")).iter(f"{SVG}text")]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1)), max_size=5), st.text())
def test_any_corpus_gives_a_well_formed_page(items: list[tuple[str, str, str]], name: str) -> None:
    documents = [
        Document(
            id=id_,
            text=text,
            events=(
                Event(
                    id="E", event_type=id_, trigger=Span(0, 1), arguments=(Argument(role=role, char_span=Span(0, 1)),)
                ),
            ),
        )
        for id_, role, text in items
    ]
    root = page(*documents, name=name)
    assert root.tag == "html"
