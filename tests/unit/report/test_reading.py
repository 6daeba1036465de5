"""Documents are counted on a terminal, and pass unchanged."""

import sys

import pytest

from eventroles.documents import Document
from eventroles.report.reading import with_progress

DOCUMENTS = [Document(id=str(number), text="") for number in range(3)]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_documents_pass_unchanged_and_one_at_a_time(is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    stream = iter(DOCUMENTS)
    passed = with_progress(stream)
    assert next(iter(passed)) is DOCUMENTS[0]
    assert next(stream) is DOCUMENTS[1]
    assert list(passed) == DOCUMENTS[2:]
