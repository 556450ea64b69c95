"""Reads a case: a folder with an outage's metrics, its dependencies and its abnormal window.

Rules

1. Only `case.json`, `topology.csv` and `metrics.csv.gz` (or `metrics.csv`) are opened. What else is in the folder, such
   as the answer, is not.
2. An error names the file, the line if there is one, and what to do.
"""

from __future__ import annotations

import csv
import json
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from nms.backtest.text_files import bounded_lines, open_text
from services.rca.core.series import Dependency, Episode, SeriesKey
from shared.domain.errors import SettingError

CASE, TOPOLOGY, METRICS = "case.json", "topology.csv", ("metrics.csv.gz", "metrics.csv")
SAMPLE_COLUMNS = ["timestamp", "node", "metric", "value"]
EDGE_COLUMNS = ["source", "target"]
LAST = 1e12
"""Epoch seconds, in the year 33658; milliseconds of our time are above."""
MAX_SAMPLES = 20_000_000
MAX_CELLS = 40_000_000
"""Series times rows: 320 MB."""


def read_case(folder: Path) -> Episode:
    """Raises SettingError."""
    if not folder.is_dir():
        raise SettingError(f"{folder} is no folder: name a folder with {CASE}, {TOPOLOGY} and {METRICS[0]}")
    begin, end, symptom = _window(folder / CASE)
    dependencies = tuple(_dependencies(folder / TOPOLOGY))
    keys, times, values = _measured(_metrics_file(folder))
    try:
        return Episode(times, keys, values, begin, end, dependencies, symptom)
    except SettingError as error:
        raise SettingError(f"{folder}: {error}") from None


def _window(path: Path) -> tuple[float, float, SeriesKey | None]:
    with _opened(path) as file:
        try:
            body = json.load(file)
        except ValueError as error:
            raise SettingError(f"{path}: no JSON ({error}); write {_EXAMPLE}") from None
    if not isinstance(body, dict):
        raise SettingError(f"{path}: no JSON object; write {_EXAMPLE}")
    begin, end = (_seconds(path, body, name) for name in ("from", "to"))
    if begin > end:
        raise SettingError(f"{path}: from {begin:g} is after to {end:g}; exchange them")
    return begin, end, _symptom(path, body.get("symptom"))


_EXAMPLE = '{"from": SECONDS, "to": SECONDS, "symptom": {"node": ..., "metric": ...} or null}'


def _seconds(path: Path, body: dict[str, Any], name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LAST <= value <= LAST:
        raise SettingError(f"{path}: {name} is {json.dumps(value)}; write the epoch seconds of the abnormal window")
    return float(value)


def _symptom(path: Path, value: object) -> SeriesKey | None:
    if value is None:
        return None
    if isinstance(value, dict) and all(isinstance(value.get(name), str) for name in ("node", "metric")):
        return SeriesKey(value["node"], value["metric"])
    raise SettingError(f"{path}: symptom is {json.dumps(value)}; write a node and a metric, or null")


def _dependencies(path: Path) -> Iterator[Dependency]:
    with _opened(path) as file:
        for line, (node, needs) in _rows(path, file, EDGE_COLUMNS):
            if not node or not needs:
                raise SettingError(f"{path}, line {line}: a name is empty; give both nodes of the dependency")
            yield Dependency(node, needs)


def _metrics_file(folder: Path) -> Path:
    found = [folder / name for name in METRICS if (folder / name).is_file()]
    if not found:
        raise SettingError(
            f"{folder}: no {' or '.join(METRICS)}; write one with the columns {','.join(SAMPLE_COLUMNS)}"
        )
    return found[0]


def _measured(path: Path) -> tuple[tuple[SeriesKey, ...], Any, Any]:
    """Return the series in order, times (n,) and values (series, n). Of two samples at one time, the last counts."""
    places: dict[tuple[str, str], int] = {}
    which: list[int] = []
    when: list[float] = []
    what: list[float] = []
    with _opened(path) as file:
        for line, (time, node, metric, value) in _rows(path, file, SAMPLE_COLUMNS):
            try:
                when.append(float(time))
                what.append(float(value) if value else math.nan)
            except ValueError:
                raise SettingError(f"{path}, line {line}: {time!r} or {value!r} is no number; a gap is empty") from None
            which.append(places.setdefault((node, metric), len(places)))
            if len(which) > MAX_SAMPLES:
                raise SettingError(
                    f"{path}: more than {MAX_SAMPLES:,} samples; keep fewer metrics or a coarser interval"
                )
    times, rows = np.unique(np.array(when, dtype=np.float64), return_inverse=True)
    samples = np.array(what, dtype=np.float64)
    if not len(times) or not np.isfinite(times).all() or np.isinf(samples).any():
        raise SettingError(f"{path}: no samples, or an endless number among them; leave those out")
    if len(times) * len(places) > MAX_CELLS:
        raise SettingError(
            f"{path}: {len(places):,} series at {len(times):,} different times are too many; round the timestamps to "
            "the sampling interval"
        )
    values = np.full((len(places), len(times)), np.nan)
    values[which, rows] = samples
    order = sorted(range(len(places)), key=list(places).__getitem__)
    keys = list(places)
    return tuple(SeriesKey(*keys[place]) for place in order), times, values[order]


def _rows(path: Path, file: IO[str], columns: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield each line's number and its fields."""
    reader = csv.reader(bounded_lines(file))
    try:
        head = next(reader, [])
        if head != columns:
            raise SettingError(f"{path}: the first line is {','.join(head)!r}; it has to be {','.join(columns)}")
        for row in reader:
            if len(row) != len(columns):
                if not row:
                    continue
                raise SettingError(
                    f"{path}, line {reader.line_num}: {len(row)} fields; there are {len(columns)} columns"
                )
            yield reader.line_num, row
    except csv.Error as error:
        raise SettingError(f"{path}, line {reader.line_num}: {error}; write it as CSV") from None


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    try:
        with open_text(path) as file:
            yield file
    except FileNotFoundError:
        raise SettingError(f"{path} is missing: docs/how-to/backtest-diagnosis.md shows what a case holds") from None
    except UnicodeDecodeError as error:
        raise SettingError(f"{path}: {error}; write it in UTF-8") from None
    except (OSError, EOFError, zlib.error) as error:
        raise SettingError(f"{path} cannot be read ({error}); check that it is whole and may be read") from None
