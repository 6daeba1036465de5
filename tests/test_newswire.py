"""The newswire corpus: built from its articles, sound, varied, dealt out fairly, and described as it is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from scripts.newswire import NEWSWIRE, ONTOLOGY, read_folder, read_splits

from eventroles.documents import Document, all_spans
from eventroles.errors import Problems
from eventroles.formats.interlinear import parse_interlinear
from eventroles.formats.native import read_documents
from eventroles.mapping import load_type_map
from eventroles.metrics import Metric
from eventroles.ontology import Ontology, load_ontology
from eventroles.report.agreement import agreement_of
from eventroles.report.corpus import corpus_of, shared_runs
from eventroles.report.suspects import suspects_of
from eventroles.words import split_words, word_span_of

REPOSITORY = Path(__file__).parents[1]
SPLITS = ("train", "dev", "test")


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return load_ontology(ONTOLOGY)


@pytest.fixture(scope="module")
def articles(ontology: Ontology) -> list[Document]:
    return read_folder(NEWSWIRE / "articles", ontology)


def script(*arguments: object) -> str:
    command = [sys.executable, "scripts/newswire.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=REPOSITORY, timeout=120).stdout


def test_the_built_files_are_those_of_the_articles(tmp_path: Path) -> None:
    script("build", "--output", tmp_path)
    for name in SPLITS:
        assert (tmp_path / f"{name}.jsonl").read_bytes() == (NEWSWIRE / f"{name}.jsonl").read_bytes(), name


def test_the_splits_hold_every_article_once_and_every_type(articles: list[Document], ontology: Ontology) -> None:
    built = {name: list(read_documents(NEWSWIRE / f"{name}.jsonl", ontology)) for name in SPLITS}
    assert sorted(document.id for split in built.values() for document in split) == [one.id for one in articles]
    for name in ("train", "test"):
        types = {event.event_type for document in built[name] for event in document.events}
        assert types == set(ontology.type_names), name
    assert read_splits(NEWSWIRE, articles) == built


def test_the_corpus_is_large_and_linked_enough(articles: list[Document]) -> None:
    corpus = corpus_of(articles)
    assert corpus.n_documents >= 80
    assert corpus.n_sentences >= 900
    assert corpus.n_events >= 1500
    assert corpus.n_arguments >= 3500
    assert corpus.n_empty >= 10
    assert corpus.n_across >= 0.08 * corpus.n_arguments
    assert corpus.n_shared_spans >= 0.05 * corpus.n_spans


def test_no_two_articles_are_cut_from_one_template(articles: list[Document]) -> None:
    assert list(shared_runs(articles)) == []


def test_spans_keep_to_the_rules(articles: list[Document], ontology: Ontology) -> None:
    odd = ("a pronoun", "begins in a determiner", "begins or ends in punctuation", "role never filled")
    assert [one for one in suspects_of(articles, ontology) if one.kind in odd] == []
    for document in articles:
        words = split_words(document.text)
        for span in all_spans(document):
            assert word_span_of(span, words) is not None, (document.id, span.of(document.text))


def test_no_argument_stands_twice_in_an_event(articles: list[Document]) -> None:
    for document in articles:
        for event in document.events:
            assert len(set(event.arguments)) == len(event.arguments), (document.id, event)


def test_two_annotations_agree(ontology: Ontology) -> None:
    first, second = (read_folder(NEWSWIRE / "agreement" / name, ontology) for name in ("first", "second"))
    agreement = agreement_of(first, second)
    assert len(first) >= 15
    assert agreement.scores[Metric.TRI_C].f1 >= 0.85
    assert agreement.scores[Metric.ARG_C_PLUS].f1 >= 0.75


def test_the_datasheet_says_what_the_corpus_holds() -> None:
    datasheet = (NEWSWIRE / "README.md").read_text(encoding="utf-8")
    for line in (*script("describe").splitlines(), *script("agreement").splitlines()):
        assert line in datasheet, line


def test_the_example_of_the_source_form_is_read(ontology: Ontology) -> None:
    rules = (REPOSITORY / "docs" / "annotation.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```\n(# id: .*?)```", rules, flags=re.DOTALL)
    problems = Problems()
    document = parse_interlinear(example.splitlines(), "annotation.md", ontology, problems)
    assert document is not None, problems.text()
    assert len(document.events) == 5


def test_the_map_of_m2e2_covers_its_types(ontology: Ontology) -> None:
    type_map = load_type_map(REPOSITORY / "configs" / "mappings" / "m2e2.yaml", ontology)
    assert {mapped.becomes for mapped in type_map.event_types.values()} == {
        "Conflict:Attack",
        "Conflict:Demonstrate",
        "Contact:Meet",
        "Contact:Phone-Write",
        "Justice:Arrest-Jail",
        "Life:Die",
        "Movement:Transport",
        "Transaction:Transfer-Money",
    }
