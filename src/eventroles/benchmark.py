"""One recipe with several seeds: train each, keep what is done, and put the scores in one table."""

import resource
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from eventroles.assembly import train
from eventroles.backbone import sha256_of
from eventroles.config import Config, show_config
from eventroles.errors import ConfigError
from eventroles.formats.sinks import replaced
from eventroles.metrics import Metric
from eventroles.report.evaluation import Evaluation
from eventroles.schema import Strict

_RESULT: Final = "result.json"
_COLUMNS: Final = {
    "end to end": (Metric.TRI_I, Metric.TRI_C, Metric.ARG_I, Metric.ARG_C, Metric.ARG_C_PLUS),
    "gold triggers": (Metric.ARG_I, Metric.ARG_C, Metric.ARG_C_PLUS),
}
_BYTES_OF_MAXRSS: Final = 1 if sys.platform == "darwin" else 1024


class SeedResult(Strict):
    """What one seed came to.

    Attributes:
        seed: The seed.
        recipe: The recipe with all defaults and the seed, as YAML.
        data: Hash of each file that it read.
        f1: F1 on the test split, in [0, 1], by mode and metric.
        minutes: Time from reading the data to the report.
        peak_gigabytes: Most memory that the process had held when it was done; for a second seed of one process it can
            be that of the first.
    """

    seed: int
    recipe: str
    data: dict[str, str]
    f1: dict[str, dict[str, float]]
    minutes: float
    peak_gigabytes: float


def benchmark(config: Config, seeds: Sequence[int], device: str = "auto") -> Iterator[SeedResult]:
    """Train and test a recipe once for each seed.

    A seed that was done before, with the same recipe and the same data, is not trained again.

    Args:
        config: The recipe, with a test split; each seed's run is in a folder of its own in `run.output_dir`.
        seeds: The seeds.
        device: A torch device; `auto` takes an accelerator where there is one.

    Yields:
        What each seed came to.

    Raises:
        ConfigError: The recipe has no test split.
    """
    if not config.data.test:
        raise ConfigError("data.test: must be given for a benchmark, but is not. Name the files to report on.")
    data = _hashes(config)
    for seed in seeds:
        own = config.model_copy(
            update={
                "run": config.run.model_copy(update={"output_dir": folder_of(config, seed), "seed": seed}),
            }
        )
        done = _read_result(own.run.output_dir / _RESULT)
        is_same = done is not None and (done.recipe, done.data) == (show_config(own), data)
        yield done if done is not None and is_same else _run(own, data, device)


def folder_of(config: Config, seed: int) -> Path:
    """Name the folder of one seed's run."""
    return config.run.output_dir / f"seed-{seed}"


def text_of_benchmark(results: Sequence[SeedResult]) -> str:
    """Write the table for people: a line for each seed, then mean and standard deviation."""
    columns = [(mode, metric) for mode, metrics in _COLUMNS.items() for metric in metrics]
    widths = [max(len(metric) + 2, 8) for _, metric in columns]
    spans = {mode: sum(width for (m, _), width in zip(columns, widths, strict=True) if m == mode) for mode in _COLUMNS}
    head = " " * 12 + "".join(f"{mode:>{span}}" for mode, span in spans.items())
    names = "".join(f"{metric:>{width}}" for (_, metric), width in zip(columns, widths, strict=True))
    lines = [head, f"{'seed':<12}{names}{'minutes':>9}{'GB':>6}"]
    for result in results:
        cells = [100 * result.f1[mode][metric] for mode, metric in columns]
        lines.append(f"{result.seed:<12}{_cells(cells, widths)}{result.minutes:>9.1f}{result.peak_gigabytes:>6.1f}")
    values = [[100 * result.f1[mode][metric] for result in results] for mode, metric in columns]
    lines.append(f"{'mean':<12}{_cells([statistics.fmean(column) for column in values], widths)}")
    if len(results) > 1:
        lines.append(f"{'deviation':<12}{_cells([statistics.stdev(column) for column in values], widths)}")
    return "\n".join(lines)


def _cells(values: Sequence[float], widths: Sequence[int]) -> str:
    return "".join(f"{value:>{width}.1f}" for value, width in zip(values, widths, strict=True))


def _run(config: Config, data: dict[str, str], device: str) -> SeedResult:
    started = time.perf_counter()
    run = train(config, device)
    if run.evaluation is None:
        raise ConfigError("data.test: must hold documents for a benchmark, but holds none. Check the files.")
    result = SeedResult(
        seed=config.run.seed,
        recipe=show_config(config),
        data=data,
        f1=_f1_of(run.evaluation),
        minutes=(time.perf_counter() - started) / 60,
        peak_gigabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_OF_MAXRSS / 1e9,
    )
    with replaced(config.run.output_dir / _RESULT) as file:
        file.write(result.model_dump_json(indent=2).encode() + b"\n")
    return result


def _f1_of(evaluation: Evaluation) -> dict[str, dict[str, float]]:
    modes = {"end to end": evaluation.end_to_end, "gold triggers": evaluation.gold_triggers}
    return {
        name: {metric.value: modes[name].scores[metric].f1 for metric in metrics} for name, metrics in _COLUMNS.items()
    }


def _hashes(config: Config) -> dict[str, str]:
    """Hash every file that a run reads."""
    data = config.data
    try:
        return {str(path): sha256_of(path) for path in (*data.train, *data.dev, *data.test, data.ontology)}
    except OSError as error:
        raise ConfigError(f"data: {error.filename} must be readable, but: {error.strerror}. Check the path.") from error


def _read_result(path: Path) -> SeedResult | None:
    """Read what an earlier run came to; None where there was none, or an older version wrote it."""
    try:
        return SeedResult.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None
