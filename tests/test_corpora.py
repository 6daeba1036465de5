"""Real corpora read without loss: counts as published, every span its text, the known errors of the sources named."""

from pathlib import Path

import pytest

from eventroles.documents import all_spans
from eventroles.errors import DataError
from eventroles.formats.table import DataFormat, sniffed_format
from eventroles.formats.textee import read_textee

CORPORA = Path(__file__).parents[2] / "shared" / "corpora"
SPLITS = ("train", "dev", "test")
COUNTS = {
    "m2e2": ((4211, 901, 901), (748, 183, 174), (1120, 280, 259)),
    "casie": ((1047, 218, 218), (5981, 1221, 1268), (15888, 3179, 3535)),
    "phee": ((2897, 965, 965), (3003, 1011, 1005), (15482, 5123, 5155)),
    "geneva": ((2578, 508, 593), (5212, 1004, 1176), (8497, 1622, 1973)),
    "muc4": ((1407, 489, 464), (1407, 489, 464), (2982, 919, 887)),
}
"""Windows, events and arguments of train, dev and test, as the corpora's page gives them."""
UNSOUND = {("casie", "train"): (2, 14, 29), ("geneva", "train"): (1, 1, 2)}
"""Windows, events and arguments that are left out, since the sources have a span of the window wrong."""
PROBLEMS = {
    ("casie", "train"): (
        ":104: event_mentions[0].arguments[2] (event '10102_Seg1_Evt3', role 'Price'): ",
        ":104: event_mentions[1].arguments[3] (event '10102_Seg1_Evt4', role 'Price'): ",
        ":104: event_mentions[1].arguments[5] (event '10102_Seg1_Evt4', role 'Price'): ",
        ":255: event_mentions[2].arguments[2] (event '10243_Seg0_Evt1', role 'Price'): ",
    ),
    ("geneva", "train"): (
        ":2011: event_mentions[0].trigger (event '195_23771_4106156_4738_3'): ",
        ":2011: event_mentions[0].arguments[0] (event '195_23771_4106156_4738_3', role 'Created_entity'): ",
        ":2011: event_mentions[0].arguments[1] (event '195_23771_4106156_4738_3', role 'Place'): ",
    ),
}
"""Where the spans stand that the sources have wrong."""


@pytest.mark.parametrize("corpus", COUNTS)
@pytest.mark.parametrize("split", SPLITS)
def test_a_corpus_reads_whole_and_its_known_errors_are_named(corpus: str, split: str) -> None:
    path = CORPORA / corpus / "split1" / f"{split}.json"
    if not path.is_file():
        pytest.skip(f"{path} is not there: real corpora are not read")
    assert sniffed_format(path) is DataFormat.TEXTEE
    documents, problems, source = [], list[str](), read_textee(path)
    try:
        for document in source:
            documents.append(document)
    except DataError as error:
        problems = str(error).split("\n")
    expected = PROBLEMS.get((corpus, split), ())
    assert len(problems) == len(expected)
    for problem, where in zip(problems, expected, strict=True):
        assert problem.startswith(f"{path}{where}its text must be that of tokens [")
    n_windows, n_events, n_arguments = UNSOUND.get((corpus, split), (0, 0, 0))
    events = [event for document in documents for event in document.events]
    assert all(span.end <= len(document.text) for document in documents for span in all_spans(document))
    found = (len(documents) + n_windows, len(events) + n_events, sum(len(e.arguments) for e in events) + n_arguments)
    assert found == tuple(column[SPLITS.index(split)] for column in COUNTS[corpus])
