"""Measure how fast each format is read and written, and how much memory a long file takes.

    PYTHONPATH=src python benchmarks/formats.py
    PYTHONPATH=src python benchmarks/formats.py --memory 100 1000 --formats native labelstudio

No network. The documents are made up: news of some twenty sentences, half of them with an event, with names of many
languages. Speeds are megabytes of the files written to a second of CPU time, the best of three; of folders, all files
count. `--memory` streams files of so many megabytes, each in a process of its own.
"""

import argparse
import itertools
import multiprocessing
import resource
import shutil
import string
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from eventroles.documents import Argument, Document, Event
from eventroles.errors import Problems
from eventroles.formats.cas import read_cas, write_cas_json
from eventroles.formats.conll import read_conll
from eventroles.formats.native import write_native
from eventroles.formats.records import record_of
from eventroles.formats.sinks import write_json_lines
from eventroles.formats.sources import json_values, open_data
from eventroles.formats.table import FORMATS, Read, Write
from eventroles.offsets import diagnose
from eventroles.spans import Span
from eventroles.words import split_words
from page import machine

MEGABYTE: Final = 1_000_000
N_SENTENCES: Final = 20
N_DIFFERENT: Final = 500
"""Articles that are made; a longer corpus repeats them under other ids."""


class Pattern(NamedTuple):
    """A sentence with gaps for the trigger and the arguments of an event; without a type, it has none."""

    event_type: str
    text: str


PATTERNS: Final = (
    Pattern("Conflict.Attack", "{Attacker} {shelled} {Target} outside {Place} with {Instrument} {Time}."),
    Pattern("", "It was not clear what would happen next, and nobody at the scene wanted to be named."),
    Pattern("Life.Die", "At least {Victim} {died} in {Place} {Time}, hospital staff said."),
    Pattern("", "“We have seen this before — and we will see it again,” a resident said."),
    Pattern("Contact.Meet", "{Participant} and {Participant} {met} in {Place} {Time} to discuss the crisis."),
    Pattern("", "Prices rose by 4.2% last month, the statistics office said in its report on the third quarter."),
    Pattern("Movement.Transport", "{Transporter} {moved} {Artifact} from {Origin} to {Destination} {Time}."),
    Pattern("", "The ministry did not answer questions about the budget of €1.3 billion."),
    Pattern("Justice.Arrest", "Police {arrested} {Person} in {Place} {Time} after a search of several houses."),
    Pattern("", "Analysts had expected the talks to fail, as they did in the spring of last year."),
)
PEOPLE: Final = (
    "Ana Ruiz",
    "Jürgen Kœnig",
    "two farmers",
    "Łukasz Żak",
    "six students",
    "Олена Шевченко",
    "José Ñúñez",
)
GROUPS: Final = ("rebels", "the army", "the Red Cross 🚑", "gunmen", "the coast guard", "Médecins Sans Frontières")
PLACES: Final = ("Goma", "São Paulo", "Łódź", "the port of Odesa", "北京", "Besançon", "a village near Kyiv", "القاهرة")
TIMES: Final = ("on Friday", "on 12 March", "late on Monday night", "in the early hours", "yesterday", "at noon")
THINGS: Final = ("mortars", "food and blankets", "an airport", "a convoy of trucks", "medicine", "a power station")
FILLERS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("Victim", "Participant", "Person"), PEOPLE),
    **dict.fromkeys(("Attacker", "Transporter"), GROUPS),
    **dict.fromkeys(("Place", "Origin", "Destination"), PLACES),
    **dict.fromkeys(("Target", "Instrument", "Artifact"), THINGS),
    "Time": TIMES,
}


class Case(NamedTuple):
    """What is measured: documents are written to a path, and read from it."""

    read: Callable[[Path], object]
    write: Write


class Speed(NamedTuple):
    """What one case comes to."""

    n_bytes: int
    read_seconds: float
    write_seconds: float
    n_left_out: int


def main() -> None:
    """Measure what is asked for, and print it as a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=4, help="size of the corpus as a native file")
    parser.add_argument("--repeats", type=int, default=3, help="how often each is measured; the best counts")
    parser.add_argument("--formats", nargs="+", default=list(CASES), choices=list(CASES), metavar="FORMAT")
    parser.add_argument("--memory", type=int, nargs="+", metavar="MB", help="measure memory, for files of these sizes")
    args = parser.parse_args()
    print(f"{machine()}\n")
    with tempfile.TemporaryDirectory() as folder:
        if args.memory is None:
            print_speeds(args.formats, args.megabytes, args.repeats, Path(folder))
        else:
            print_peaks(args.formats, args.memory, Path(folder))


def print_speeds(names: Iterable[str], n_megabytes: int, n_repeats: int, folder: Path) -> None:
    """Write the corpus in each format, read it back, and print how fast that was."""
    documents = [*corpus_of(n_megabytes * MEGABYTE, CASES["native"], folder)]
    print(f"{len(documents)} documents, {sum(len(document.events) for document in documents)} events\n")
    print("| format | MB | read MB/s | documents/s | write MB/s | left out |\n|---|---:|---:|---:|---:|---:|")
    for name in names:
        speed = speed_of(CASES[name], documents, n_repeats, folder / "corpus")
        size = speed.n_bytes / MEGABYTE
        read = f"{size / speed.read_seconds:.1f} | {len(documents) / speed.read_seconds:,.0f}"
        print(f"| {name} | {size:.1f} | {read} | {size / speed.write_seconds:.1f} | {speed.n_left_out} |", flush=True)


def print_peaks(names: Iterable[str], sizes: Iterable[int], folder: Path) -> None:
    """Write a long file in each format and size, stream it, and print the most memory that this took."""
    print("| format | MB | documents | peak MB before | peak MB |\n|---|---:|---:|---:|---:|")
    for name, n_megabytes in itertools.product(names, sizes):
        path = folder / f"{name}-{n_megabytes}"
        n_documents = CASES[name].write(corpus_of(n_megabytes * MEGABYTE, CASES[name], folder), path, Counter())
        size = n_bytes_of(path) / MEGABYTE
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
            before, peak = process.submit(peaks_of, name, path).result()
        remove(path)
        print(f"| {name} | {size:.0f} | {n_documents} | {before:.0f} | {peak:.0f} |", flush=True)


def corpus_of(n_bytes: int, case: Case, folder: Path) -> Iterator[Document]:
    """Make as many articles as come to about this size when written."""
    different = [*itertools.islice(articles(), N_DIFFERENT)]
    sample = folder / "sample"
    case.write(different, sample, Counter())
    n_documents = round(n_bytes * N_DIFFERENT / n_bytes_of(sample))
    remove(sample)
    repeated = itertools.islice(itertools.cycle(different), n_documents)
    return (replace(document, id=f"news-{number:08}") for number, document in enumerate(repeated))


def articles() -> Iterator[Document]:
    """Make up articles without end, always the same ones."""
    fillers = {role: itertools.cycle(names) for role, names in FILLERS.items()}
    patterns = itertools.cycle(PATTERNS)
    while True:
        text, events = "", list[Event]()
        for number, pattern in enumerate(itertools.islice(patterns, N_SENTENCES), start=1):
            sentence, spans = sentence_of(pattern.text, fillers, len(text))
            text += sentence + ("\n\n" if number % 4 == 0 else " ")
            if pattern.event_type:
                events.append(event_of(f"E{len(events) + 1}", pattern.event_type, spans))
        next(patterns)  # the next article begins with another sentence
        yield Document(id="", text=text, events=tuple(events), meta={"date": "2026-11-22", "source": "made up"})


def sentence_of(pattern: str, fillers: Mapping[str, Iterator[str]], start: int) -> tuple[str, list[tuple[str, Span]]]:
    """Fill the gaps of a pattern; a gap that is no role is a trigger, and filled by its own name."""
    sentence, spans = "", list[tuple[str, Span]]()
    for words, gap, _, _ in string.Formatter().parse(pattern):
        sentence += words
        if gap is not None:
            filler = next(fillers[gap]) if gap in fillers else gap
            begin = start + len(sentence)
            spans.append((gap if gap in fillers else "", Span(begin, begin + len(filler))))
            sentence += filler
    return sentence, spans


def event_of(id: str, event_type: str, spans: Iterable[tuple[str, Span]]) -> Event:
    """Make an event of the filled gaps of a sentence."""
    arguments = [Argument(role=role, char_span=span) for role, span in spans if role]
    trigger = next(span for role, span in spans if not role)
    return Event(id=id, event_type=event_type, trigger=trigger, arguments=tuple(arguments))


def speed_of(case: Case, documents: list[Document], n_repeats: int, path: Path) -> Speed:
    """Write documents to a path and read them again, several times; the path is removed."""
    read_seconds, write_seconds = list[float](), list[float]()
    left_out, n_bytes = Counter[str](), 0
    for _ in range(n_repeats):
        left_out.clear()
        started = time.process_time()
        case.write(documents, path, left_out)
        write_seconds.append(time.process_time() - started)
        started = time.process_time()
        case.read(path)
        read_seconds.append(time.process_time() - started)
        n_bytes = n_bytes_of(path)
        remove(path)
    return Speed(n_bytes, min(read_seconds), min(write_seconds), left_out.total())


def peaks_of(name: str, path: Path) -> tuple[float, float]:
    """Stream a file; gives the most megabytes that this process has held before and after."""
    before = peak_of_process()
    CASES[name].read(path)
    return before, peak_of_process()


def peak_of_process() -> float:
    """Tell the most memory that this process has held, in megabytes; Linux counts it in kibibytes, macOS in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE


def n_bytes_of(path: Path) -> int:
    """Give the size of a file, or of all files of a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def case_of(read: Read, write: Write) -> Case:
    """Measure a format; every document is read, and let go."""
    return Case(lambda path: sum(1 for _ in read(path, None)), write)


def diagnosed(path: Path) -> None:
    """Let the offset doctor look at a native file."""
    with open_data(path) as file:
        diagnose(json_values(file, str(path), Problems()))


def write_broken(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write native records whose offsets count a line end of two characters as one."""
    del left_out
    return write_json_lines(
        documents, path, lambda document: record_of(document) | {"text": document.text.replace("\n", "\r\n")}
    )


def write_plain_columns(documents: Iterable[Document], path: Path, left_out: Counter[str]) -> int:
    """Write columns as in CoNLL-2003: a token, and the tag of the trigger that it is."""
    n_written = 0
    with path.open("w", encoding="utf-8") as file:
        for document in documents:
            file.write("-DOCSTART-\tO\n\n")
            types = {event.trigger: event.event_type for event in document.events}
            for word in split_words(document.text):
                tag = f"B-{types[word]}" if word in types else "O"
                shown = word.of(document.text)
                file.write(f"{shown}\t{tag}\n" + ("\n" if shown == "." else ""))
            left_out["argument"] += sum(len(event.arguments) for event in document.events)
            n_written += 1
    return n_written


def _cases() -> Iterator[tuple[str, Case]]:
    for name, row in FORMATS.items():
        if row.write is not None:
            yield name.value, case_of(row.read, row.write)
    yield "cas, as JSON", case_of(read_cas, write_cas_json)
    yield "conll, plain columns", case_of(read_conll, write_plain_columns)
    yield "offset doctor, sound file", Case(diagnosed, write_native)
    yield "offset doctor, broken file", Case(diagnosed, write_broken)


CASES: Final[Mapping[str, Case]] = dict(_cases())


if __name__ == "__main__":
    main()
