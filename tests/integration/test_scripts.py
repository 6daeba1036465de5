"""The scripts as a user runs them: train, evaluate, predict, and what they write where."""

import importlib
import itertools
import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from tests.integration.conftest import NEWSWIRE, REPOSITORY, SEED_DATA, Command, Script

from eventroles.assembly import Run
from eventroles.checkpoint import load_checkpoint
from eventroles.config import load_config
from eventroles.documents import Coverage, Document, Event, all_spans
from eventroles.engine import EventRoleTagger
from eventroles.formats.native import document_from_record, read_documents, write_documents
from eventroles.mapping import load_type_map
from eventroles.metrics import Metric, score_documents
from eventroles.ontology import EventType, Ontology, load_ontology
from eventroles.spans import Span

RECIPE = "configs/seed.yaml"
TRAIN_FILE = SEED_DATA / "train.jsonl"
TEST_FILE = SEED_DATA / "test.jsonl"
BY_HEART = {
    "data.train": "[tests/data/passages/train.jsonl, tests/data/passages/test.jsonl]",
    "data.dev": "tests/data/passages/test.jsonl",
    "data.test": "tests/data/passages/test.jsonl",
    "training.num_train_epochs": "40",
}
ATTACK = "Conflict.Attack"
REPORT_FILES = {"report.txt", "report.json", "comparison.txt", "predictions.jsonl"}


def settings_of(values: Mapping[str, str], output: Path) -> list[str]:
    return [part for place, value in values.items() for part in ("--set", f"{place}={value}")] + [
        "--set",
        f"run.output_dir={output}",
    ]


@pytest.fixture(scope="module")
def script_run(
    script: Script, seed_settings: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A run made by `train.py` that knows the test file by heart, with what it printed."""
    folder = tmp_path_factory.mktemp("script") / "run"
    outcome = script(sys.executable, "train.py", RECIPE, *settings_of({**seed_settings, **BY_HEART}, folder))
    assert outcome.code == 0, outcome.stderr
    return folder, outcome.stdout.decode()


def some_predictions(stdout: bytes) -> list[Document]:
    """Read predictions back, of which there must be some for the test to mean anything."""
    found = predictions(stdout)
    assert any(event.arguments for document in found for event in document.events)
    return found


def predictions(stdout: bytes) -> list[Document]:
    """Read predictions back; every line must be JSON, and every span's text is checked in reading."""
    return [document_from_record(json.loads(line)) for line in stdout.splitlines()]


def score_record(gold: list[Document], predicted: list[Document]) -> dict[str, dict[str, Any]]:
    return {
        metric.value: {
            "precision": counts.precision,
            "recall": counts.recall,
            "f1": counts.f1,
            "n_gold": counts.n_gold,
            "n_predicted": counts.n_predicted,
            "n_correct": counts.n_correct,
        }
        for metric, counts in score_documents(gold, predicted).items()
    }


# As processes of their own.


@pytest.mark.slow
def test_train_writes_a_run_and_prints_its_report(
    script_run: tuple[Path, str], seed_settings: Mapping[str, str]
) -> None:
    folder, stdout = script_run
    assert {path.name for path in folder.iterdir()} - {"trainer"} == {"model", "recipe.yaml", *REPORT_FILES}
    assert (folder / "report.txt").read_text(encoding="utf-8") in stdout
    for name in ("model", "recipe.yaml", *REPORT_FILES):
        assert str(folder / name) in stdout
    assert stdout.startswith("Report on tests/data/passages/test.jsonl: 3 document(s), 14 events, ")
    settings = {**seed_settings, **BY_HEART, "run.output_dir": str(folder)}
    expected = load_config(REPOSITORY / RECIPE, [f"{place}={value}" for place, value in settings.items()])
    assert load_config(folder / "recipe.yaml") == expected


@pytest.mark.slow
def test_evaluate_scores_exactly_what_predict_writes(
    script: Script, script_run: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = script_run
    evaluated = script(sys.executable, "evaluate.py", folder, TEST_FILE, "--output", tmp_path / "report")
    predicted = script(sys.executable, "predict.py", folder, TEST_FILE)
    assert (evaluated.code, predicted.code) == (0, 0), evaluated.stderr + predicted.stderr
    assert predicted.stderr == ""
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    gold = list(read_documents(TEST_FILE))
    assert report["end_to_end"]["scores"] == score_record(gold, some_predictions(predicted.stdout))
    assert (tmp_path / "report" / "predictions.jsonl").read_bytes() == predicted.stdout
    assert {path.name for path in (tmp_path / "report").iterdir()} == REPORT_FILES
    assert evaluated.stdout.decode().startswith((tmp_path / "report" / "report.txt").read_text(encoding="utf-8"))
    # The report that training closed with is the same one.
    trained = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert {**report, "split": None} == {**trained, "split": None}


@pytest.mark.slow
def test_without_assertions_python_predicts_the_same(script: Script, script_run: tuple[Path, str]) -> None:
    folder, _ = script_run
    outcome = script(sys.executable, "-O", "predict.py", folder, TEST_FILE)
    assert outcome.code == 0, outcome.stderr
    assert outcome.stdout == (folder / "predictions.jsonl").read_bytes()


@pytest.mark.slow
def test_the_console_script_reads_a_pipe(script: Script, script_run: tuple[Path, str]) -> None:
    folder, _ = script_run
    console_script = Path(sys.executable).with_name("eventroles")
    gold = next(read_documents(TEST_FILE))
    text = f"date 2020-01-02\r\nGömä 🙂.\r\n\r\n{gold.text}"
    outcome = script(console_script, "predict", folder, "-", stdin=text.encode())
    assert outcome.code == 0, outcome.stderr
    [document] = predictions(outcome.stdout)
    assert document.id == "stdin"
    assert document.text == text
    assert document.meta == {"date": "2020-01-02"}


@pytest.mark.slow
def test_a_reader_that_goes_away_ends_predict_without_a_traceback(
    script: Script, script_run: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = script_run
    path = tmp_path / "many.jsonl"
    lines = (json.dumps({"id": str(number), "text": f"Rebels struck Goma. {'x ' * 300}"}) for number in range(300))
    path.write_text("\n".join(lines), encoding="utf-8")
    outcome = script("sh", "-c", '"$0" predict.py "$1" "$2" | head -n 1', sys.executable, folder, path)
    assert outcome.stderr == ""
    assert len(outcome.stdout.splitlines()) == 1


@pytest.mark.slow
def test_the_benchmark_of_conditioning_counts_what_its_formula_says(
    script: Script, backbone_folder: Path, seed_run: Run, tmp_path: Path
) -> None:
    """The encoder is a BERT of two layers and width 32, and the run conditions one of them."""
    sizes = ("--window-pieces", "96", "--rounds", "1", "--documents", "2")
    data = (TEST_FILE, "--format", "native", "--ontology", NEWSWIRE, "--backbone", backbone_folder)
    outcome = script(
        sys.executable, "benchmarks/conditioning.py", "--data", *data, *sizes,
        "--runs", seed_run.paths["checkpoint"], "--out", tmp_path / "new" / "page.md",
    )  # fmt: skip
    assert outcome.code == 0, outcome.stderr
    page = outcome.stdout.decode()
    assert page == (tmp_path / "new" / "page.md").read_text(encoding="utf-8")
    told = re.search(r"a batch of (\d+) windows of (\d+) pieces, .* with\s+(\d+) triggers", page)
    assert told is not None
    n_windows, n_pieces, n_triggers = map(int, told.groups())
    layer = (2 * n_pieces * (4 * 32 * 32 + 2 * 32 * 64) + 4 * n_pieces**2 * 32) / 1e6
    pooler = n_windows * 2 * 32 * 32 / 1e6
    rows = [[cell.strip().replace(",", "") for cell in line.split("|")[1:-1]] for line in page.splitlines()[-3:]]
    assert [row[0] for row in rows] == ["0", "1", "2"]
    for k, row in enumerate(rows):
        by_formula, counted, with_head = map(float, row[4:7])
        assert by_formula == pytest.approx((2 * n_windows + k * n_triggers) * layer, abs=1e-3)
        assert counted == pytest.approx(by_formula + pooler, abs=2e-3)
        assert with_head > counted
        assert float(row[1]) > 0
    gold = [document for document in read_documents(TEST_FILE) if document.events][:2]
    arg_c = score_documents(gold, seed_run.tagger.fill_roles(gold))[Metric.ARG_C].f1
    assert [row[7] for row in rows] == ["", f"{100 * arg_c:.1f}", ""]


@pytest.fixture(scope="module")
def few_shot_runs(
    script: Script, seed_settings: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[list[str]]]:
    """Attacks held out and learnt again from 2 and from all events: the folder, and the cells of the table.

    Called twice, lest anything be made twice.
    """
    folder = tmp_path_factory.mktemp("few_shot")
    settings = settings_of({**seed_settings, **BY_HEART}, folder / "not_used")
    sizes = ("--shots", "0", "2", "20", "--seeds", "1", "2", "--replay", "2", "--epochs", "20")
    call: tuple[str | Path, ...] = (
        "benchmarks/few_shot.py",
        RECIPE,
        ATTACK,
        *settings,
        *sizes,
        "--folder",
        folder / "runs",
    )
    first = script(sys.executable, *call, "--out", folder / "new" / "page.md")
    assert first.code == 0, first.stderr
    assert first.stdout == (folder / "new" / "page.md").read_bytes()
    weights = {path: path.stat().st_mtime_ns for path in folder.rglob("model.safetensors")}
    assert len(weights) == 6
    again = script(sys.executable, *call, "--full", folder / "runs" / "shots-20" / "seed-1")
    assert again.code == 0, again.stderr
    assert weights == {path: path.stat().st_mtime_ns for path in folder.rglob("model.safetensors")}
    tables = ([line for line in run.stdout.decode().splitlines() if line.startswith("|")] for run in (first, again))
    once, twice = ([[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]] for lines in tables)
    assert twice[:-1] == once
    return folder / "runs", twice


@pytest.mark.slow
def test_the_few_shot_benchmark_trains_its_base_without_a_trace_of_the_type(
    few_shot_runs: tuple[Path, list[list[str]]], newswire: Ontology
) -> None:
    folder, _ = few_shot_runs
    for name, paths in {"train": (TRAIN_FILE, TEST_FILE), "dev": (TEST_FILE,)}.items():
        gold = [document for path in paths for document in read_documents(path)]
        assert any(event.event_type == ATTACK for document in gold for event in document.events)
        assert list(read_documents(folder / "data" / f"{name}.jsonl")) == [
            replace(document, events=tuple(e for e in document.events if e.event_type != ATTACK)) for document in gold
        ]
    known = load_checkpoint(folder / "base").ontology
    assert known == load_ontology(folder / "data" / "ontology.yaml")
    assert known.event_types == {name: kind for name, kind in newswire.event_types.items() if name != ATTACK}
    assert load_checkpoint(folder / "extended").ontology == newswire


@pytest.mark.slow
def test_the_few_shot_benchmark_learns_from_so_many_events(few_shot_runs: tuple[Path, list[list[str]]]) -> None:
    """Of the 11 training documents, 8 hold the 14 attacks: 1, 1, 2, 2, 1, 2, 1 and 4."""
    folder, rows = few_shot_runs
    gold = {document.id: document for path in (TRAIN_FILE, TEST_FILE) for document in read_documents(path)}
    learnt = {}
    for n_shots, seed in itertools.product((2, 20), (1, 2)):
        documents = list(read_documents(folder / f"shots-{n_shots}" / f"seed-{seed}" / "train.jsonl"))
        assert documents == [gold[document.id] for document in documents]
        counts = [sum(event.event_type == ATTACK for event in document.events) for document in documents]
        assert (sum(counts), counts.count(0)) == (min(n_shots, 14), 2)
        learnt[n_shots, seed] = [document.id for document in documents]
    assert sorted(learnt[2, 1]) != sorted(learnt[2, 2])
    assert [row[:2] for row in rows] == [["0", "0"], ["2", "2"], ["20", "14"], ["all", "14"]]


@pytest.mark.slow
def test_the_few_shot_benchmark_scores_the_type_and_the_others_apart(
    few_shot_runs: tuple[Path, list[list[str]]],
) -> None:
    folder, rows = few_shot_runs
    first, second = (scores_apart(folder / "shots-20" / f"seed-{seed}") for seed in (1, 2))
    assert all(first)
    assert rows[0][2:] == [f"{score:.1f}" for score in scores_apart(folder / "extended")]
    assert rows[2][2:] == [  # of two values, the deviation is their distance over the root of two
        f"{(a + b) / 2:.1f} ± {abs(a - b) / 2**0.5:.1f}" for a, b in zip(first, second, strict=True)
    ]
    assert rows[3][2:] == [f"{score:.1f}" for score in first]


def scores_apart(run: Path) -> list[float]:
    """Tri-C, Arg-C and Arg-C with gold triggers of attacks, then Tri-C and Arg-C with gold triggers of the others."""
    tagger, gold = EventRoleTagger.from_pretrained(run, "cpu"), list(read_documents(TEST_FILE))
    found, filled = list(tagger.tag(gold)), list(tagger.fill_roles(gold))

    def score(predicted: list[Document], metric: Metric, *, of_attacks: bool) -> float:
        sides = (
            [replace(d, events=tuple(e for e in d.events if (e.event_type == ATTACK) == of_attacks)) for d in documents]
            for documents in (gold, predicted)
        )
        return 100 * score_documents(*sides)[metric].f1

    of_attacks = [(found, Metric.TRI_C), (found, Metric.ARG_C), (filled, Metric.ARG_C)]
    of_others = [(found, Metric.TRI_C), (filled, Metric.ARG_C)]
    return [score(*each, of_attacks=True) for each in of_attacks] + [
        score(*each, of_attacks=False) for each in of_others
    ]


@pytest.fixture
def one_type(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of the benchmarks, which is in no package."""
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    return importlib.import_module("one_type")


def with_events(id: str, *event_types: str, known: frozenset[str] | None = None) -> Document:
    """A document with an event on each letter of its text."""
    events = (Event(id=f"E{n}", event_type=name, trigger=Span(n, n + 1)) for n, name in enumerate(event_types))
    return Document(id=id, text="x" * len(event_types), events=tuple(events), coverage=Coverage(event_types=known))


@pytest.mark.parametrize(
    ("n_events_of_each", "n_events", "picked"),
    [
        ((2, 2, 1, 3), 1, "c"),
        ((2, 2, 1, 3), 3, "ac"),
        ((2, 2, 1, 3), 4, "ab"),
        ((2, 2, 1, 3), 6, "acd"),
        ((0, 2, 1), 3, "bc"),
        ((3, 6), 4, "b"),
        ((3, 6), 7, "ab"),
        ((2, 2, 1, 3), 9, "abcd"),
    ],
)
def test_shots_are_the_first_documents_that_hold_exactly_so_many_events_or_as_few_more_as_can_be(
    one_type: Any, n_events_of_each: Sequence[int], n_events: int, picked: str
) -> None:
    documents = [with_events(id, "B", *["A"] * n) for id, n in zip("abcd", n_events_of_each, strict=False)]
    assert "".join(document.id for document in one_type.holding(n_events, "A", documents)) == picked


def test_a_document_without_a_type_was_not_annotated_for_it_either(one_type: Any) -> None:
    partly = one_type.document_without("A", with_events("a", "A", "B", known=frozenset({"A", "B"})))
    assert ([event.id for event in partly.events], partly.coverage) == (["E1"], Coverage(event_types=frozenset({"B"})))
    assert one_type.document_without("A", with_events("a", "A")) == replace(with_events("a", "A"), events=())


def test_of_types_apart_only_what_was_annotated_is_scored(one_type: Any) -> None:
    found = [with_events("a", "A", "B"), with_events("b", "B")]
    gold = [replace(found[0], events=found[0].events[:1], coverage=Coverage(event_types=frozenset({"A"}))), found[1]]
    ontology = Ontology(name="two", event_types={"A": EventType(), "B": EventType()})
    tagger = SimpleNamespace(ontology=ontology, tag=lambda _: iter(found), fill_roles=lambda _: iter(found))
    scores = one_type.f1_of(tagger, "A", gold)
    assert (scores["Tri-C"], scores["others: Tri-C"]) == (1.0, 1.0)


@pytest.mark.parametrize("program", ["train.py", "evaluate.py", "predict.py"])
def test_the_scripts_only_run_as_programs(program: str) -> None:
    """A top-level `evaluate.py` stands in the way of the package of that name; importing it must do nothing."""
    source = (REPOSITORY / program).read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": program.removesuffix(".py")}
    exec(compile(source, program, "exec"), names)  # noqa: S102 - the repository's own script
    assert callable(names["run_app"])


# Inside this process.


def test_the_console_script_has_the_verbs_of_the_scripts(command: Command) -> None:
    outcome = command("--help")
    assert outcome.code == 0
    for verb in ("train", "evaluate", "predict"):
        assert verb in outcome.stdout.decode()
        assert command(verb, "--help").code == 0


def test_print_config_shows_the_whole_recipe_and_trains_nothing(command: Command, tmp_path: Path) -> None:
    output = tmp_path / "run"
    outcome = command("train", RECIPE, "--print-config", "--set", "run.seed=7", "--set", f"run.output_dir={output}")
    assert outcome.code == 0
    shown = yaml.safe_load(outcome.stdout)
    assert shown["run"] == {"output_dir": str(output), "seed": 7}
    assert shown["inference"] == {"batch_pieces": 8192, "precision": "float32"}
    (tmp_path / "shown.yaml").write_bytes(outcome.stdout)
    given = [f"run.output_dir={output}", "run.seed=7"]
    assert load_config(tmp_path / "shown.yaml") == load_config(REPOSITORY / RECIPE, given)
    assert not output.exists()


def test_predict_keeps_the_order_of_mixed_inputs(command: Command, seed_run: Run, tmp_path: Path) -> None:
    texts = {"zebra": "Rebels struck Goma.", "apple": "", "mango": "  \r\n\t"}
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_bytes(text.encode())
    run = seed_run.paths["checkpoint"].parent
    outcome = command(
        "predict", run, tmp_path / "zebra.txt", TEST_FILE, "-", tmp_path / "apple.txt", tmp_path / "mango.txt",
        stdin="Ça va ?\r\n".encode(),
    )  # fmt: skip
    assert outcome.code == 0
    found = some_predictions(outcome.stdout)
    gold = list(read_documents(TEST_FILE))
    assert [document.id for document in found] == ["zebra", *(d.id for d in gold), "stdin", "apple", "mango"]
    assert [document.text for document in found] == [
        texts["zebra"], *(d.text for d in gold), "Ça va ?\r\n", texts["apple"], texts["mango"],
    ]  # fmt: skip
    assert [document.meta for document in found[1:4]] == [document.meta for document in gold]
    assert all(document.receipt is not None for document in found)


def test_predict_gives_each_text_the_same_events_whatever_stands_beside_it(command: Command, seed_run: Run) -> None:
    run = seed_run.paths["checkpoint"].parent
    paths = (TEST_FILE, SEED_DATA / "dev.jsonl")
    together = some_predictions(command("predict", run, *paths).stdout)
    apart = [document for path in paths for document in predictions(command("predict", run, path).stdout)]
    assert [list(all_spans(document)) for document in together] == [list(all_spans(document)) for document in apart]


def test_files_of_one_name_are_told_apart(command: Command, seed_run: Run, tmp_path: Path) -> None:
    paths = [tmp_path / folder / "article.txt" for folder in ("one", "two")]
    for path in paths:
        path.parent.mkdir()
        path.write_text(path.parent.name, encoding="utf-8")
    found = predictions(command("predict", seed_run.paths["checkpoint"], *paths).stdout)
    assert [(document.id, document.text) for document in found] == [(str(paths[0]), "one"), (str(paths[1]), "two")]


def test_a_text_named_jsonl_and_lines_on_standard_input(command: Command, seed_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text("no JSON", encoding="utf-8")
    as_text = command("predict", seed_run.paths["checkpoint"], path, "--from", "text")
    assert [(document.id, document.text) for document in predictions(as_text.stdout)] == [("notes", "no JSON")]
    as_lines = command("predict", seed_run.paths["checkpoint"], "-", "--from", "jsonl", stdin=TEST_FILE.read_bytes())
    assert [d.id for d in predictions(as_lines.stdout)] == [d.id for d in read_documents(TEST_FILE)]


def test_a_lone_surrogate_comes_back_as_it_was(command: Command, seed_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text('{"id": "d1", "text": "Rebels \\ud83d struck Goma."}\n', encoding="utf-8")
    [document] = predictions(command("predict", seed_run.paths["checkpoint"], path).stdout)
    assert document.text == "Rebels \ud83d struck Goma."
    assert command("predict", seed_run.paths["checkpoint"], path, "--format", "table").code == 0


def test_a_table_shows_every_event_for_people(command: Command, seed_run: Run) -> None:
    outcome = command("predict", seed_run.paths["checkpoint"], TEST_FILE, "--format", "table")
    assert outcome.code == 0
    shown = outcome.stdout.decode()
    found = some_predictions(command("predict", seed_run.paths["checkpoint"], TEST_FILE).stdout)
    for document in found:
        assert document.id in shown
        for event in document.events:
            assert event.event_type in shown
    assert not shown.lstrip().startswith("{")
    assert "\x1b" not in shown


def test_evaluate_takes_several_files_and_a_checkpoint_folder(command: Command, seed_run: Run, tmp_path: Path) -> None:
    arguments = (seed_run.paths["checkpoint"], TEST_FILE, SEED_DATA / "dev.jsonl", "--output", tmp_path)
    outcome = command("evaluate", *arguments)
    assert outcome.code == 0
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["n_documents"] == 6
    assert report["n_events"] == 14 + 9
    assert report["split"] == f"{TEST_FILE}, {SEED_DATA / 'dev.jsonl'}"


def test_evaluate_reads_the_types_of_another_corpus(command: Command, seed_run: Run, tmp_path: Path) -> None:
    """Gold in the types of M2E2: what is found is said in them too, and what they have no word for is counted."""
    type_map = load_type_map(REPOSITORY / "configs" / "mappings" / "m2e2.yaml", seed_run.tagger.ontology)
    gold = [type_map.to_theirs(document, Counter()) for document in read_documents(TRAIN_FILE)]
    with (tmp_path / "gold.jsonl").open("wb") as file:
        write_documents(gold, file)
    model = seed_run.paths["checkpoint"]
    arguments = ("--map", REPOSITORY / "configs" / "mappings" / "m2e2.yaml", "--output", tmp_path, "--compare")
    outcome = command("evaluate", model, tmp_path / "gold.jsonl", *arguments)
    assert outcome.code == 0, outcome.stderr
    left_out: Counter[str] = Counter()
    ours = some_predictions(command("predict", model, tmp_path / "gold.jsonl").stdout)
    theirs = [type_map.to_theirs(document, left_out) for document in ours]
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["end_to_end"]["scores"] == score_record(gold, theirs)
    assert report["end_to_end"]["scores"][Metric.TRI_C]["n_correct"] > 0
    assert report["left_out"] == left_out
    assert left_out["Contact.Statement"] > 0
    stdout = outcome.stdout.decode()
    assert f"{left_out['Contact.Statement']}  Contact.Statement" in stdout
    assert stdout.startswith((tmp_path / "comparison.txt").read_text(encoding="utf-8"))


def test_the_report_says_what_the_scorer_says(command: Command, seed_run: Run, tmp_path: Path) -> None:
    command("evaluate", seed_run.paths["checkpoint"], TEST_FILE, "--output", tmp_path)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    gold = list(read_documents(TEST_FILE))
    found = some_predictions(command("predict", seed_run.paths["checkpoint"], TEST_FILE).stdout)
    assert report["end_to_end"]["scores"] == score_record(gold, found)
    assert report["end_to_end"]["scores"][Metric.TRI_C]["n_gold"] == 14
    assert Metric.TRI_C not in report["gold_triggers"]["scores"]


def test_a_copied_checkpoint_predicts_the_same(command: Command, seed_run: Run, tmp_path: Path) -> None:
    copied = shutil.copytree(seed_run.paths["checkpoint"], tmp_path / "elsewhere")
    original = command("predict", seed_run.paths["checkpoint"], TEST_FILE)
    assert some_predictions(original.stdout)
    assert command("predict", copied, TEST_FILE).stdout == original.stdout
