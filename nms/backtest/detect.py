"""Scores recordings of metrics as they would have been scored live: a row at a time, by the rows before it alone.

A file with one metric is judged as a single series, any other as an element with all its metrics together.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nms.backtest.files import TIMESTAMP, MetricFile, names_of, opened
from nms.backtest.plot import picture
from nms.backtest.text_files import written
from services.detector.core.novelty import ElementNovelty, Novelty, SeriesNovelty
from shared.domain.errors import SettingError

HEAD = (TIMESTAMP, "score", "anomaly")


@dataclass(frozen=True)
class DetectRequest:
    """`warmup`: rows at the start of each file that are known to be normal, by name; `default_warmup` of the others."""

    files: Sequence[Path]
    out: Path
    root: Path | None = None
    warmup: Mapping[str, int] = field(default_factory=dict)
    default_warmup: int = 0
    plot: bool = False


@dataclass(frozen=True)
class FileScores:
    """What was found in one file; `seconds` of wall time, reading and writing included."""

    name: str
    rows: int
    alarms: int
    seconds: float


@dataclass(frozen=True)
class ScoredRow:
    """`score`: 0 to 1; 0.5 is the level of an alarm."""

    timestamp: str
    values: list[float]
    score: float
    alarm: bool


def detect_files(
    request: DetectRequest, each: Callable[[FileScores], None], failed: Callable[[SettingError], None]
) -> None:
    """Write the scores of each file, and call `each`; or `failed` for a file that cannot be read, of which nothing is
    written. Raises SettingError if the request contradicts itself, DiskFull if a result cannot be written.
    """
    named = names_of(request.files, request.root)
    if unknown := sorted(request.warmup.keys() - named.keys()):
        raise SettingError(f"--warmup {unknown[0]}: no file has this name; there are {', '.join(named)}")
    for name, file in named.items():
        try:
            each(_detect(name, file, request))
        except SettingError as error:
            failed(error)


def _detect(name: str, file: Path, request: DetectRequest) -> FileScores:
    began, rows, alarms = time.perf_counter(), 0, 0
    target, drawn = request.out / f"{name}.csv", list[ScoredRow]()
    if target.resolve() == file.resolve():
        raise SettingError(f"{file}: --out {request.out} would replace it; give another folder")
    with opened(file) as recording, written(target) as output:
        lines = csv.writer(output, lineterminator="\n")
        lines.writerow(HEAD)
        for row in scored(recording, request.warmup.get(name, request.default_warmup)):
            lines.writerow((row.timestamp, f"{row.score:.9f}", int(row.alarm)))
            rows, alarms = rows + 1, alarms + row.alarm
            if request.plot:
                drawn.append(row)
        metrics = recording.metrics
    if request.plot:
        with written(request.out / f"{name}.svg") as output:
            values = np.array([row.values for row in drawn]).reshape(len(drawn), len(metrics))
            scores, raised = np.array([row.score for row in drawn]), np.array([row.alarm for row in drawn], bool)
            output.write(picture(name, [row.timestamp for row in drawn], metrics, values, scores, raised))
    return FileScores(name, rows, alarms, time.perf_counter() - began)


def scored(recording: MetricFile, warmup: int) -> Iterator[ScoredRow]:
    """Yield the rows with their scores; those of the warm-up score 0. Raises SettingError."""
    update = _judge(len(recording.metrics))
    for number, row in enumerate(recording.rows()):
        novelty = update(row.values)
        known = number < warmup
        score, alarm = float(novelty.score[0]), bool(novelty.alarm[0])
        yield ScoredRow(row.timestamp, row.values, 0.0 if known else score, alarm and not known)


def _judge(metrics: int) -> Callable[[list[float]], Novelty]:
    if metrics == 1:
        single = SeriesNovelty(1)
        return lambda values: single.update(np.array(values))
    joint = ElementNovelty(1, metrics)
    return lambda values: joint.update(np.array([values]))
