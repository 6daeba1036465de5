"""The shipped data: the article byte for byte, its annotation, the splits, the ontology and the recipes."""

import hashlib
import json
from pathlib import Path

import pytest

from eventroles.config import load_config
from eventroles.documents import Document, all_spans
from eventroles.formats.native import read_documents
from eventroles.ontology import Ontology, load_ontology
from eventroles.words import split_words, word_span_of

REPOSITORY = Path(__file__).parents[1]
SEED_DATA = REPOSITORY / "data" / "seed"
ARTICLE = REPOSITORY / "seeds" / "000_255ab22f73de1668.txt"
ARTICLE_SHA256 = "f69fededb2e7f9fef904e5a0130a4032b7bf8f05841f201849e26898753f4681"
SPLITS = ("train", "dev", "test")
RECIPES = sorted([*(REPOSITORY / "configs").glob("*.yaml"), *(REPOSITORY / "configs" / "corpora").glob("*.yaml")])
ONTOLOGIES = sorted((REPOSITORY / "configs" / "ontologies").glob("*.yaml"))
DETERMINERS = frozenset(
    "the a an this that these those its their his her".split()  # noqa: SIM905 - the rule, as it is written
)

by_name = pytest.mark.parametrize("name", ["article", *SPLITS])


def read(name: str) -> list[Document]:
    return list(read_documents(SEED_DATA / f"{name}.jsonl"))


def newswire() -> Ontology:
    return load_ontology(REPOSITORY / "configs" / "ontologies" / "newswire.yaml")


def article() -> Document:
    [document] = read("article")
    return document


def test_the_article_is_as_it_was_given() -> None:
    assert hashlib.sha256(ARTICLE.read_bytes()).hexdigest() == ARTICLE_SHA256


def test_the_annotated_text_is_the_article_to_the_last_byte() -> None:
    assert article().text.encode() == ARTICLE.read_bytes()
    assert article().id == ARTICLE.stem
    assert article().meta == {"source": ARTICLE.name, "date": "2019-12-31"}


def test_every_split_is_the_whole_article_annotated_in_part() -> None:
    for split in SPLITS:
        [document] = read(split)
        assert (document.id, document.text, document.meta) == (article().id, article().text, article().meta)
        assert document.coverage.event_types is None
        assert all(document.coverage.has_event(event) for event in document.events)


def test_the_splits_divide_the_paragraphs_of_the_article() -> None:
    spans = [span for split in SPLITS for span in read(split)[0].coverage.char_spans or ()]
    end = 0
    for span in sorted(spans):
        assert span.start >= end
        assert not article().text[end : span.start].strip()
        assert "\n" not in span.of(article().text)
        end = span.end
    assert end == len(article().text)


def test_every_event_of_the_article_is_in_exactly_one_split() -> None:
    found = [event for split in SPLITS for event in read(split)[0].events]
    assert sorted(found, key=lambda event: int(event.id[1:])) == list(article().events)


@by_name
def test_every_event_is_legal(name: str) -> None:
    documents = list(read_documents(SEED_DATA / f"{name}.jsonl", newswire()))
    assert sum(len(document.events) for document in documents) > 0


@by_name
def test_spans_are_whole_words_without_determiner_or_white_space(name: str) -> None:
    for document in read(name):
        words = split_words(document.text)
        for span in all_spans(document):
            mention = span.of(document.text)
            assert mention == mention.strip(), (document.id, span)
            assert mention.split()[0].lower() not in DETERMINERS, (document.id, mention)
            assert word_span_of(span, words) is not None, (document.id, mention)


@by_name
def test_events_have_triggers_and_no_argument_twice(name: str) -> None:
    for event in (event for document in read(name) for event in document.events):
        assert event.trigger is not None
        assert event.score is None
        assert len(set(event.arguments)) == len(event.arguments), event
    assert all(document.receipt is None for document in read(name))


@by_name
def test_lines_are_plain_json_ending_in_a_line_feed(name: str) -> None:
    raw = (SEED_DATA / f"{name}.jsonl").read_bytes()
    assert raw.endswith(b"\n")
    assert b"\r" not in raw
    for line in raw.splitlines():
        assert json.dumps(json.loads(line), ensure_ascii=False).encode() == line


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_every_recipe_loads_and_its_files_are_there(path: Path) -> None:
    config = load_config(path)
    for name in (*config.data.train, *config.data.dev, *config.data.test, config.data.ontology):
        assert not name.is_absolute()
        is_shipped = name.parts[:2] != ("data", "corpora")
        assert (REPOSITORY / name).is_file() or not is_shipped, name
    assert not config.run.output_dir.is_absolute()
    assert config.run.output_dir.parts[0] == "runs"


def test_recipes_write_to_folders_of_their_own() -> None:
    folders = [load_config(path).run.output_dir for path in RECIPES]
    assert len(set(folders)) == len(folders) > 0


@pytest.mark.parametrize("path", ONTOLOGIES, ids=lambda path: path.name)
def test_every_label_is_described_and_shown_in_its_example(path: Path) -> None:
    ontology = load_ontology(path)
    for name, kind in ontology.event_types.items():
        assert kind.description.endswith("."), name
        assert kind.trigger, name
        assert kind.example.count(kind.trigger) == 1, name
        for role, meaning in kind.roles.items():
            assert meaning.description.endswith("."), (name, role)
            assert meaning.example, (name, role)
            assert kind.example.count(meaning.example) == 1, (name, role)
