"""Malformed files of every format are refused in a sentence that names file and line, at once, and by nothing else."""

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.integration.conftest import Command, Script
from tests.integration.malformed.allowed import Allowed, allowed_files
from tests.integration.malformed.cas_files import SECRET, cas_cases
from tests.integration.malformed.cases import Case, n_bytes_of
from tests.integration.malformed.json_files import json_cases
from tests.integration.malformed.line_files import line_cases
from tests.integration.malformed.paths import LONG_NAME, path_cases
from tests.integration.malformed.specimens import DOCUMENTS, FILE_OF, files_of

from eventroles.errors import DataError, InputError
from eventroles.formats.table import FORMATS, DataFormat, sniffed_format

CASES = [*json_cases(), *line_cases(), *cas_cases(), *path_cases()]
ALLOWED = [*allowed_files()]
MAX_SECONDS = 0.5
MAX_SECONDS_PER_BYTE = 1e-6
SLOWDOWN_UNDER_COVERAGE = 4
MAX_MESSAGE_CHARS = 10_000
NOBODY = 65534
IN_A_PROCESS = {
    "native-braces",
    "labelstudio-bad-byte",
    "conll-ends-of-cr",
    "brat-path-annotations-pipe",
    "cas-xmi-laughs",
    "gliner-path-link-to-itself",
}

each_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def refused_place(case: Case, folder: Path) -> str:
    """Name the place that a refusal must begin with; the folder itself where the case names no file."""
    return f"{folder}{case.at}" if case.at.startswith(":") else f"{folder}/{case.at}"


def made(case: Case | Allowed, folder: Path) -> tuple[Path, Path]:
    """Make a case in a folder of its own; return that folder, and what is to be read."""
    given = folder / "given"
    given.mkdir()
    return given, case.make(given)


def seconds_to_refuse(case: Case, path: Path) -> float:
    """Measure how long this process works until it refuses."""
    started = time.process_time()
    with suppress(DataError, InputError):
        list(FORMATS[case.kind].read(path, None))
    return time.process_time() - started


@contextmanager
def without_privileges() -> Iterator[None]:
    """Act as nobody in particular where this process is root, who may read anything."""
    user = os.geteuid()
    if user != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def test_there_are_hundreds_of_cases_over_all_formats_and_all_differ() -> None:
    assert len(CASES) >= 700
    assert len({case.name for case in CASES}) == len(CASES)
    n_cases = Counter(case.kind for case in CASES)
    assert set(n_cases) == set(DataFormat)
    assert min(n_cases.values()) >= 30


@pytest.mark.parametrize("kind", DataFormat)
def test_what_the_cases_spoil_is_sound(kind: DataFormat, tmp_path: Path) -> None:
    for name, content in files_of(kind).items():
        (tmp_path / name).write_bytes(content)
    documents = list(FORMATS[kind].read(tmp_path / FILE_OF.get(kind, ""), None))
    assert [document.id for document in documents] == ["a", "b", "c"][: 1 if kind is DataFormat.INTERLINEAR else 3]


@each_case
def test_the_library_refuses_it_at_once_with_file_line_and_fault(case: Case, tmp_path: Path) -> None:
    """At once: in less than a second a megabyte and half a second; on a busy machine, in one of three times.

    Most of the large files would make a reader that is quadratic work for minutes.
    """
    given, path = made(case, tmp_path)
    slowdown = 1 if sys.gettrace() is None else SLOWDOWN_UNDER_COVERAGE
    most = slowdown * (MAX_SECONDS + MAX_SECONDS_PER_BYTE * n_bytes_of(path))
    started = time.process_time()
    refusal = rf"{re.escape(refused_place(case, given))}.*(?:{case.says})"
    with pytest.raises((DataError, InputError), match=refusal) as raised:
        list(FORMATS[case.kind].read(path, None))
    assert time.process_time() - started < most or any(seconds_to_refuse(case, path) < most for _ in range(2))
    assert len(str(raised.value)) < MAX_MESSAGE_CHARS
    assert SECRET not in str(raised.value)


@each_case
def test_the_command_line_refuses_it_with_file_and_line(case: Case, tmp_path: Path, command: Command) -> None:
    given, path = made(case, tmp_path)
    outcome = command("convert", path, tmp_path / "out", "--from", case.kind)
    assert outcome.code in {1, 2}
    assert refused_place(case, given) in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("name", sorted(IN_A_PROCESS))
def test_a_process_ends_with_a_code_and_no_traceback(name: str, tmp_path: Path, script: Script) -> None:
    [case] = [case for case in CASES if case.name == name]
    given, path = made(case, tmp_path)
    outcome = script(sys.executable, "-m", "eventroles", "convert", path, tmp_path / "out", "--from", case.kind)
    assert outcome.code in {1, 2}
    assert refused_place(case, given) in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("allowed", ALLOWED, ids=[allowed.name for allowed in ALLOWED])
def test_what_only_looks_malformed_is_read(allowed: Allowed, tmp_path: Path, command: Command) -> None:
    _, path = made(allowed, tmp_path)
    documents = list(FORMATS[allowed.kind].read(path, None))
    assert tuple(document.id for document in documents) == allowed.ids, allowed.why
    outcome = command("convert", path, tmp_path / "out", "--from", allowed.kind)
    assert (outcome.code, outcome.stderr) == (0, f"{len(allowed.ids)} document(s) written\n")
    assert list(FORMATS[DataFormat.NATIVE].read(tmp_path / "out", None)) == documents


@pytest.mark.parametrize("kind", [kind for kind in FILE_OF if kind is not DataFormat.INTERLINEAR])
def test_the_documents_beside_a_malformed_one_are_read(kind: DataFormat, tmp_path: Path) -> None:
    """An array is read up to what is no UTF-8; lines and columns, after it too."""
    path = tmp_path / FILE_OF[kind]
    raw = files_of(kind)[path.name]
    middle = len(raw) // 3 + raw[len(raw) // 3 :].index(b"rebels")
    path.write_bytes(raw[:middle] + b"\xff" + raw[middle:])
    found: list[str] = []
    with pytest.raises(DataError, match=rf"{re.escape(str(path))}:\d+: must be UTF-8, but"):
        found.extend(document.id for document in FORMATS[kind].read(path, None))
    assert found == (["a"] if path.suffix == ".json" else ["a", "c"])


# Paths.


def test_a_name_that_is_too_long_is_refused(tmp_path: Path, command: Command) -> None:
    path = tmp_path / LONG_NAME
    sound = tmp_path / "data.jsonl"
    sound.write_bytes(files_of(DataFormat.NATIVE)["data.jsonl"])
    for arguments in ([path, tmp_path / "out"], [sound, path], [sound, tmp_path / LONG_NAME[:250]]):
        outcome = command("convert", *arguments)
        assert outcome.code == 2
        assert re.search(r"error: .*/\.?xxx[x.partial]*: must be .*, but: File name too long", outcome.stderr)


@pytest.mark.parametrize("kind", DataFormat)
def test_what_may_not_be_read_is_refused(kind: DataFormat) -> None:
    """A file without permission, and one in a folder without permission, outside of the tests' own private folders."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        inner = folder / "in"
        inner.mkdir()
        for file_name, content in files_of(kind).items():
            (inner / file_name).write_bytes(content)
        last = inner / FILE_OF.get(kind, "b.ann" if kind is DataFormat.BRAT else "b.xmi")
        last.chmod(0)
        with (
            without_privileges(),
            pytest.raises(DataError, match=rf"{re.escape(str(last))}: .*Permission denied"),
        ):
            list(FORMATS[kind].read(last, None))
        last.chmod(0o644)
        inner.chmod(0)
        with without_privileges():
            with pytest.raises(DataError, match=rf"{re.escape(str(last))}: .*Permission denied"):
                list(FORMATS[kind].read(last, None))
            with pytest.raises(DataError, match=rf"{re.escape(str(last))}: .*Permission denied"):
                sniffed_format(last)
        inner.chmod(0o755)


def test_a_pipe_is_refused_before_any_of_it_is_lost(tmp_path: Path, script: Script) -> None:
    raw = files_of(DataFormat.NATIVE)["data.jsonl"]
    outcome = script(sys.executable, "-m", "eventroles", "convert", "/dev/stdin", tmp_path / "out", stdin=raw)
    assert outcome.code == 2
    assert "error: /dev/stdin: must be a readable file, but: " in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize(
    "id",
    [
        *("../x", "../../x", "/x", "a/../../x", "a/..", "..", ".", "", "/", "a//b", "a/", ".x", "x.", "~", "con"),
        *("x.ann", "a\nb", "a\rb", "a\0b", "a\tb", "a:b", "a\\..\\b", "C:\\x", "x\u202ey", "\ud800", "ä/ö"),
        *("x" * 300, "\u0131"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [DataFormat.BRAT, DataFormat.CAS])
def test_an_id_that_is_a_trap_as_a_file_name_is_written_inside_the_folder(
    kind: DataFormat, id: str, tmp_path: Path
) -> None:
    write = FORMATS[kind].write
    assert write is not None
    target = tmp_path / "deep" / "target"
    documents = [replace(DOCUMENTS[0], id=id), DOCUMENTS[1]]
    if kind is DataFormat.CAS and re.search("[\0\ud800]", id):
        with pytest.raises(InputError, match="must hold only characters of the format, but has"):
            write(documents, target, Counter())
        return
    assert write(documents, target, Counter()) == 2
    assert [path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "deep")] == []
    assert [path for path in (tmp_path / "deep").iterdir() if path != target] == []
    assert {document.id for document in FORMATS[kind].read(target, None)} == {id, "b"}
