"""What goes out comes back: tags, words, documents; and no input gives anything but a result or our own error."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventroles.config import Config, config_from_record, load_config, record_of_config
from eventroles.documents import Argument, Coverage, Document, Event
from eventroles.errors import ConfigError, DataError
from eventroles.formats.native import line_of_document, parse_lines
from eventroles.spans import Span
from eventroles.tags import BEGIN, INSIDE, N_TAGS, OUTSIDE, lay_out, read_off
from eventroles.words import break_strengths, char_span_of, split_words, word_span_of

SCRAPS = [
    "struck", "U.S.", "don't", "a", "B", "3.5", "_", " ", "  ", "\t", "\n", "\r\n", "\n\n", "\r", "\u00a0",
    "\u2028", "\x85", "\x1c",
    ".", "!", "?", "\u3002", "\u2026", "\u2019", "\"", ")", "-",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd", "\U0001f1e9\U0001f1ea",
    "\u2764\ufe0f", "1\ufe0f\u20e3",
    "\u0301", "e\u0301", "\u0308", "\u20dd", "\u200d", "\u200c", "\u200b", "\ufeff", "\u00ad",
    "\u05e9\u05dc\u05d5\u05dd", "\u05b8", "\u0645\u0631\u062d\u0628\u0627", "\u202e", "\u2066", "\u0600",
    "\u06dd", "\u0661",
    "\u5317\u4eac", "\u30ab\u3099", "\u30fc", "\uff9e", "\uac00", "\u1100\u1161", "\u0e01\u0e34\u0e19",
    "\u0eb5", "\u1780\u17d2", "\u1019\u103c",
    "\u0915\u094d\u0937", "\U0001d400", "\U000110bd", "\x00", "\x7f", "\uffff", "\ue000", "\ud800", "[SEP]", "<s>",
]  # fmt: skip
rich_texts = st.lists(st.sampled_from(SCRAPS) | st.characters(exclude_categories=[]), max_size=20).map("".join)


def holds_surrogate_pair(text: str) -> bool:
    """Tell whether two surrogates stand together as JSON writes one character of another plane."""
    return any("\ud800" <= left <= "\udbff" and "\udc00" <= right <= "\udfff" for left, right in pairwise(text))


json_texts = rich_texts.filter(lambda text: not holds_surrogate_pair(text))
word_spans = st.builds(lambda start, length: Span(start, start + length), st.integers(0, 12), st.integers(1, 5))
tag_tracks = st.lists(st.integers(0, N_TAGS - 1), max_size=15)


# Tags.


@given(tag_tracks)
def test_spans_to_tags_to_spans(tags: list[int]) -> None:
    spans = read_off(tags)
    laid_out, left_over = lay_out(reversed(spans), len(tags))
    assert left_over == []
    assert read_off(laid_out) == spans


@given(tag_tracks)
def test_legal_tags_to_spans_to_tags(tags: list[int]) -> None:
    legal = list(tags)
    for place, tag in enumerate(legal):
        if tag == INSIDE and (place == 0 or legal[place - 1] == OUTSIDE):
            legal[place] = OUTSIDE
    assert lay_out(read_off(legal), len(legal)) == (legal, [])


@given(st.lists(word_spans, max_size=8), st.integers(0, 14))
def test_every_span_stands_on_the_track_or_is_handed_back(spans: list[Span], n_words: int) -> None:
    tags, left_over = lay_out(spans, n_words)
    standing = read_off(tags)
    assert len(tags) == n_words
    assert sorted(standing + left_over) == sorted(set(spans))
    assert tags.count(BEGIN) == len(standing)
    for span in left_over:
        blockers = [other for other in standing if other.overlaps(span) and other.start <= span.start]
        assert span.end > n_words or blockers


@given(st.lists(word_spans, max_size=8), st.randoms(use_true_random=False))
def test_the_layout_does_not_depend_on_the_order_of_the_spans(spans: list[Span], random: Random) -> None:
    shuffled = list(spans)
    random.shuffle(shuffled)
    assert lay_out(shuffled, 14) == lay_out(spans, 14)


# Words.


@given(rich_texts)
def test_words_do_not_overlap_and_only_white_space_lies_outside(text: str) -> None:
    outside_from = 0
    for word in split_words(text):
        assert outside_from <= word.start
        assert not text[outside_from : word.start].strip()
        outside_from = word.end
    assert not text[outside_from:].strip()


@given(rich_texts)
@example("\u0600 a")
def test_words_neither_begin_nor_end_with_white_space(text: str) -> None:
    for word in split_words(text):
        assert word.of(text).strip(" \t\r\n\u00a0\u2028\x85") == word.of(text)


@given(rich_texts)
def test_char_span_to_word_span_and_back(text: str) -> None:
    words = split_words(text)
    for first in range(len(words)):
        for last in range(first, len(words)):
            char_span = Span(words[first].start, words[last].end)
            word_span = word_span_of(char_span, words)
            assert word_span == Span(first, last + 1)
            assert char_span_of(word_span, words) == char_span


@given(rich_texts)
def test_char_spans_off_the_word_boundaries_have_no_word_span(text: str) -> None:
    words = split_words(text)
    starts, ends = {word.start for word in words}, {word.end for word in words}
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            is_on_boundaries = start in starts and end in ends
            assert (word_span_of(Span(start, end), words) is not None) is is_on_boundaries


@given(rich_texts)
def test_every_word_has_a_break_strength(text: str) -> None:
    words = split_words(text)
    strengths = break_strengths(text, words)
    assert len(strengths) == len(words)
    assert set(strengths) <= {0, 1, 2}


@given(rich_texts, rich_texts)
def test_a_line_break_keeps_the_words_before_it_as_they_were(before: str, after: str) -> None:
    assert split_words(f"{before}\n{after}")[: len(split_words(before))] == split_words(before)


# Documents.

scores = st.none() | st.floats(0, 1).map(lambda score: round(score, 6))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | json_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(json_texts, inner, max_size=3),
    max_leaves=5,
)


def spans_in(text: str) -> st.SearchStrategy[Span]:
    return (
        st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
        .filter(lambda ends: ends[0] != ends[1])
        .map(lambda ends: Span(min(ends), max(ends)))
    )


@st.composite
def documents(draw: st.DrawFn, id: str = "d") -> Document:
    text = draw(json_texts)
    maybe_spans = spans_in(text) if text else st.nothing()
    n_most = 4 if text else 0
    argument_lists = st.lists(
        st.builds(Argument, role=json_texts, char_span=maybe_spans, score=scores), max_size=n_most
    )
    n_events = draw(st.integers(0, 3))
    events = tuple(
        Event(
            id=f"E{number}",
            event_type=draw(json_texts),
            trigger=draw(st.none() | maybe_spans),
            arguments=tuple(draw(argument_lists)),
            score=draw(scores),
        )
        for number in range(n_events)
    )
    coverage = Coverage(
        event_types=draw(st.none() | st.frozensets(json_texts, max_size=3)),
        char_spans=draw(st.none() | st.lists(maybe_spans, max_size=n_most).map(tuple)),
    )
    meta = draw(st.dictionaries(json_texts, json_values, max_size=3))
    covered = tuple(event for event in events if coverage.has_event(event))
    return Document(id=id, text=text, events=covered, meta=meta, coverage=coverage)


@given(documents())
@example(Document(id="", text=""))
@example(Document(id="\ud800", text="\ud800", events=(Event(id="\x00", event_type="\n", trigger=Span(0, 1)),)))
def test_document_to_line_to_document(document: Document) -> None:
    line = line_of_document(document)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert list(parse_lines([line], "f")) == [document]


@settings(max_examples=30)
@given(st.integers(0, 4).flatmap(lambda n_documents: st.tuples(*(documents(id=str(i)) for i in range(n_documents)))))
def test_documents_to_stream_to_documents(many: tuple[Document, ...]) -> None:
    stream = b"".join(map(line_of_document, many))
    assert tuple(parse_lines(stream.splitlines(keepends=True), "f")) == many


def gives_documents_or_data_error(line: bytes) -> None:
    try:
        found = list(parse_lines([line], "file.jsonl"))
    except DataError as error:
        assert str(error).startswith("file.jsonl:1: ")  # noqa: PT017
    else:
        assert all(isinstance(document, Document) for document in found)


odd_values = (
    json_values
    | st.floats()
    | st.just(10**400)
    | st.sampled_from([[0, 1], [[0, 1]], {}, {"start": 0, "end": 1, "text": "a"}])
)
odd_spans = st.fixed_dictionaries(
    {}, optional={"start": st.integers(-1, 3), "end": odd_values | st.just(1), "text": json_texts | st.just("a")}
)
odd_events = st.fixed_dictionaries(
    {},
    optional={
        "id": json_texts,
        "type": odd_values,
        "trigger": odd_spans | odd_values,
        "arguments": st.lists(odd_spans.flatmap(lambda span: st.just({**span, "role": "R"})), max_size=2) | odd_values,
        "score": odd_values,
    },
)
odd_records = st.fixed_dictionaries(
    {"id": st.just("d") | odd_values, "text": st.just("abc") | odd_values},
    optional={
        "events": st.lists(odd_events | odd_values, max_size=3) | odd_values,
        "meta": odd_values,
        "annotated": st.fixed_dictionaries({}, optional={"event_types": odd_values, "char_spans": odd_values})
        | odd_values,
        "receipt": odd_values,
        "txt": odd_values,
    },
)


@given(
    st.binary(max_size=60)
    | st.lists(st.sampled_from(b'{}[]":,0-eE.\\u\xef\xbb\xbf \ndt').map(lambda b: bytes([b]))).map(b"".join)
)
@example(b"\xef\xbb\xbf")
@example(b'{"id": ' + b"9" * 5000 + b"}")
@example(b"[" * 100_000)
@example(b"NaN")
@example(b'{"id": "d", "text": "", "meta": {"x": Infinity}}')
def test_any_bytes_give_documents_or_a_data_error(line: bytes) -> None:
    gives_documents_or_data_error(line)


@given(odd_records)
@example({"id": "d", "text": "a", "events": [{"type": "T", "score": 10**400}]})
@example({"id": "d", "text": "a", "events": [{"type": "T", "trigger": {"start": 0, "end": 10**400, "text": "a"}}]})
def test_any_record_gives_documents_or_a_data_error(record: dict[str, Any]) -> None:
    gives_documents_or_data_error(json.dumps(record).encode())


# Recipes.

SECTIONS = {
    "run": ["output_dir", "seed"],
    "data": ["train", "dev", "ontology", "format"],
    "model": ["backbone", "dropout", "window_pieces", "allow_download"],
    "training": ["num_train_epochs", "learning_rate", "precision", "early_stopping_patience", "anything"],
    "inference": ["batch_pieces", "precision"],
}
yaml_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | rich_texts
    | st.dates()
    | st.binary(max_size=4)
    | st.just("1e-5"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(rich_texts | st.integers() | st.none(), inner, max_size=3)
    ),
    max_leaves=4,
)


def section(keys: list[str]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, yaml_values)) | yaml_values


recipes = st.fixed_dictionaries(
    {}, optional={name: section(keys) for name, keys in SECTIONS.items()}
) | st.dictionaries(st.sampled_from([*SECTIONS, "modle"]) | rich_texts | st.integers(), yaml_values, max_size=4)
YAML_SCRAPS = [
    "run", "data", "model", "training", "output_dir", "train", "ontology", "seed", ": ", ":", "\n", "\n  ",
    "- ", ", ", "{", "}", "[", "]",
    "&a ", "*a", "<<: ", "? ", "| ", "> ", "'", '"', "#", "---", "...", "%", "!!int ", "!!float ", "!!bool ",
    "!!timestamp ", "!!binary ",
    "!!set ", "!!omap ", "!!pairs ", "!!python/none ", "1e-5", ".nan", "0x", "1:00", "1:00.5", "2001-99-99",
    "_", "~", "=", "\t", "\x00", "\x85",
]  # fmt: skip
yaml_texts = st.lists(st.sampled_from(YAML_SCRAPS) | st.sampled_from(SCRAPS), max_size=25).map("".join)


@pytest.fixture(scope="module")
def write_recipe(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], Path]:
    path = tmp_path_factory.mktemp("recipes") / "recipe.yaml"

    def write(content: bytes) -> Path:
        path.write_bytes(content)
        return path

    return write


def gives_config_or_config_error(load: Callable[[], Config], where: str) -> None:
    try:
        config = load()
    except ConfigError as error:
        assert where in str(error)  # noqa: PT017
    else:
        assert isinstance(config, Config)


@given(text=yaml_texts)
@example(text="")
@example(text="run: !!bool x")
@example(text="run: !!timestamp x")
@example(text="run: !!int ''")
@example(text="run: 1" + ":00" * 200 + ".5")
@example(text="run: 0x" + "f" * 5000)
@example(text="run: &a {x: *a}")
@example(text="{" * 1500)
def test_any_yaml_gives_a_config_or_a_config_error(write_recipe: Callable[[bytes], Path], text: str) -> None:
    path = write_recipe(text.encode("utf-8", "surrogatepass"))
    gives_config_or_config_error(lambda: load_config(path), str(path))


@given(content=st.binary(max_size=60))
def test_any_bytes_give_a_config_or_a_config_error(write_recipe: Callable[[bytes], Path], content: bytes) -> None:
    path = write_recipe(content)
    gives_config_or_config_error(lambda: load_config(path), str(path))


@given(values=recipes)
def test_any_mapping_gives_a_config_or_a_config_error(
    write_recipe: Callable[[bytes], Path], values: dict[Any, Any]
) -> None:
    gives_config_or_config_error(lambda: config_from_record(values, "record"), "record")
    path = write_recipe(yaml.safe_dump(values, allow_unicode=False).encode("utf-8", "surrogatepass"))
    gives_config_or_config_error(lambda: load_config(path), str(path))


@given(
    key=st.sampled_from(["run.seed", "run", "model.dropout", "training.x.y", "data.train", "", "."]), value=yaml_texts
)
def test_any_override_gives_a_config_or_a_config_error(
    write_recipe: Callable[[bytes], Path], key: str, value: str
) -> None:
    path = write_recipe(b"run: {output_dir: o}\ndata: {train: a, ontology: b}\n")
    gives_config_or_config_error(lambda: load_config(path, [f"{key}={value}"]), "")


plain_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
sound_recipes = st.fixed_dictionaries(
    {
        "run": st.fixed_dictionaries({"output_dir": plain_texts}, optional={"seed": st.integers(0, 2**32 - 1)}),
        "data": st.fixed_dictionaries(
            {"train": plain_texts | st.lists(plain_texts, min_size=1, max_size=3), "ontology": plain_texts},
            optional={"dev": plain_texts, "test": st.lists(plain_texts, max_size=2)},
        ),
    },
    optional={
        "model": st.fixed_dictionaries(
            {},
            optional={
                "backbone": plain_texts,
                "dropout": st.floats(0, 1, exclude_max=True),
                "allow_download": st.booleans(),
            },
        ),
        "training": st.fixed_dictionaries(
            {},
            optional={
                "learning_rate": st.floats(0, 1, exclude_min=True, exclude_max=True),
                "early_stopping_patience": st.none() | st.integers(1, 9),
                "precision": st.sampled_from(["auto", "float32", "bfloat16"]),
                "gradient_accumulation_steps": st.integers(),
            },
        ),
    },
)


@given(values=sound_recipes)
def test_recipe_to_yaml_to_recipe_to_record_to_recipe(
    write_recipe: Callable[[bytes], Path], values: dict[str, Any]
) -> None:
    config = load_config(write_recipe(yaml.safe_dump(values).encode()))
    assert config == config_from_record(values, "record")
    assert config_from_record(json.loads(json.dumps(record_of_config(config))), "record") == config
