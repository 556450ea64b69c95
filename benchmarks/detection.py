"""The detection of what is new, on labelled recordings: scores, alarms, cost, ablations, and two peers in the same run.

python -m benchmarks.detection FOLDER --scorer SCORER [--python PYTHON] [--variants]

FOLDER has a folder for each corpus: `index.json` (for each recording its warm-up and its anomalous windows) and the
recordings as CSV. The originals are public: numenta/NAB v1.1 (`nab`), and the Application Server Dataset (`asd`) and
the Server Machine Dataset (`smd`) as published with zhhlee/InterFusion.

SCORER is a program that takes the folder of a corpus and one of scores, and prints a JSON object with a figure for each
measure; PYTHON runs it. With --variants, constants are changed one at a time. They are the ablation, and the grid of
the figures across halves: the variant that is best on one half of the recordings, over all corpora of its kind and all
measures, is scored on the other half, both ways.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from unittest import mock

import numpy as np

from benchmarks.detection_peers import PEERS, Table
from benchmarks.rows import Row, finish
from nms.backtest.detect import DetectRequest, FileScores, detect_files
from nms.backtest.files import opened
from services.detector.core.novelty import ElementNovelty, SeriesNovelty, alarms, joint, residual, shapes, single
from shared.domain.errors import SettingError

MEASURES = {"nab": ("standard", "own"), "asd": ("vus_pr", "pooled_f1"), "smd": ("vus_pr", "pooled_f1")}
GOALS = {"nab": (70.0, 60.0), "asd": (0.38, 0.45), "smd": (0.50, 0.60)}
MUSTS = {"nab": (62.0, 45.0), "asd": (0.32, 0.40), "smd": (0.42, 0.50)}
"""Of all recordings, and across halves."""
OF_ONE_METRIC = frozenset({"nab"})
OURS = "as it is"
OF_SERIES: Mapping[str, tuple[object, str, float]] = {
    OURS: (single, "LEVEL", single.LEVEL),
    "alarm at 1.4": (single, "LEVEL", 1.4),
    "alarm at 1.6": (single, "LEVEL", 1.6),
    "pause of 100 rows": (alarms, "REFRACTORY", 100.0),
    "pause of 200 rows": (alarms, "REFRACTORY", 200.0),
    "no pause": (alarms, "REFRACTORY", 0.0),
    "short shapes weigh 0.5": (shapes, "SHORT", 0.5),
    "without short shapes": (shapes, "SHORT", 0.0),
    "without long shapes": (shapes, "LONG", 0.0),
    "records weigh 1.5": (shapes, "RECORD", 1.5),
    "without records": (shapes, "RECORD", 0.0),
    "past of 500 shapes": (shapes, "PAST", 500),
}
OF_ELEMENTS: Mapping[str, tuple[object, str, float]] = {
    OURS: (joint, "LEVEL", joint.LEVEL),
    "ridge of 0.1": (residual, "RIDGE", 0.1),
    "ridge of 0.5": (residual, "RIDGE", 0.5),
    "least spread 0.01": (residual, "LEAST_SPREAD", 0.01),
    "near values up to 3": (residual, "NEAR", 3.0),
    "near values up to 12": (residual, "NEAR", 12.0),
    "newest row 0.3 of the mean": (joint, "SMOOTHING", 0.3),
    "no mean of rows": (joint, "SMOOTHING", 1.0),
    "deviant rows count in full": (joint, "DEVIANT", 1.0),
    "at most 5 units": (residual, "FARTHEST", 5.0),
}


@dataclass(frozen=True)
class Scorer:
    python: str
    program: Path

    def score(self, corpus: Path, scores: Path, names: Sequence[str] | None = None) -> tuple[float, ...]:
        """Return the two figures of a corpus, of all recordings or of those with the `names`."""
        with tempfile.TemporaryDirectory() as folder:
            part = self._part(corpus, Path(folder) / corpus.name, names) if names is not None else corpus
            command = [self.python, str(self.program), str(part), str(scores)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}: {done.stderr or done.stdout}")
        found = json.loads(done.stdout)
        return tuple(float(found[measure]) for measure in MEASURES[corpus.name])

    def _part(self, corpus: Path, part: Path, names: Sequence[str]) -> Path:
        index = json.loads((corpus / "index.json").read_text())
        for name in names:
            link = part / f"{name}.csv.gz"
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to((corpus / f"{name}.csv.gz").absolute())
        (part / "index.json").write_text(json.dumps({name: index[name] for name in names}))
        return part


def files(corpus: Path) -> list[Path]:
    return [corpus / f"{name}.csv.gz" for name in json.loads((corpus / "index.json").read_text())]


def ours(corpus: Path, out: Path) -> float:
    """Return the microseconds of CPU time that a row takes, its reading and writing included."""
    done: list[FileScores] = []

    def failed(error: SettingError) -> None:
        raise error

    began = time.process_time()
    detect_files(DetectRequest(files(corpus), out, corpus), done.append, failed)
    return round(1e6 * (time.process_time() - began) / sum(one.rows for one in done), 1)


def peer(judge: Callable[[Table], tuple[Table, Table]], corpus: Path, out: Path) -> None:
    for file in files(corpus):
        with opened(file) as recording:
            rows = list(recording.rows())
        scores, flags = judge(np.array([row.values for row in rows]))
        target = out / f"{file.relative_to(corpus).as_posix().removesuffix('.gz')}"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", newline="") as text:
            lines = csv.writer(text)
            lines.writerow(("timestamp", "score", "anomaly"))
            lines.writerows(zip([row.timestamp for row in rows], scores, flags.astype(int), strict=True))


Halves = Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]
"""Variant -> its figures on both halves of a corpus."""


def corpus_rows(corpus: Path, scorer: Scorer, folder: Path, variants: bool) -> tuple[list[Row], Halves]:
    name = corpus.name
    names = list(json.loads((corpus / "index.json").read_text()))
    rows: list[Row] = []
    for title, judge in PEERS.items():
        if name in OF_ONE_METRIC and title == "rolling PCA":
            continue
        peer(judge, corpus, folder / name / title)
        rows += figures(name, title, scorer.score(corpus, folder / name / title))
    tried = OF_SERIES if name in OF_ONE_METRIC else OF_ELEMENTS
    halves: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {}
    for title in tried if variants else (OURS,):
        out = folder / name / title
        with mock.patch.object(*tried[title]):
            spent = ours(corpus, out)
        if title == OURS:
            rows.append(Row(f"{name}: a row, read, judged and written", spent, unit="us"))
        rows += figures(name, title, scorer.score(corpus, out), GOALS[name] if title == OURS else ())
        if variants:
            halves[title] = scorer.score(corpus, out, names[0::2]), scorer.score(corpus, out, names[1::2])
    return rows, halves


def figures(name: str, title: str, found: Sequence[float], limits: Sequence[float] = ()) -> list[Row]:
    limited = zip_longest(MEASURES[name], found, limits)
    return [Row(f"{name}: {what}, {title}", value, limit, at_most=False) for what, value, limit in limited]


def across(corpora: Mapping[str, Halves]) -> list[Row]:
    """One variant is chosen for all `corpora`: that with the greatest mean share of the goals on a half."""

    def share(variant: str, half: int) -> float:
        shares = [np.divide(halves[variant][half], GOALS[name]).mean() for name, halves in corpora.items()]
        return float(np.mean(shares))

    variants = list(next(iter(corpora.values())))
    best = [max(variants, key=partial(share, half=half)) for half in (0, 1)]
    rows: list[Row] = []
    for name, halves in corpora.items():
        mean = np.mean([halves[best[0]][1], halves[best[1]][0]], 0).round(4).tolist()
        rows += figures(name, "across halves", mean, MUSTS[name])
    return rows


def cost() -> list[Row]:
    """Measure CPU time and memory on noise."""
    random = np.random.default_rng(1)
    rows = []
    for series in (1, 1_000):
        alone, values = SeriesNovelty(series), random.normal(size=(1_500, series))
        spent = seconds(alone.update, values) / series
        rows.append(Row(f"a sample of noise (the worst case), {series:,} series at once", spent, unit="us"))
    rows.append(Row("state of a series", alone.nbytes / series, single.BYTES, unit="bytes"))
    for elements, metrics, most in ((1, 38, 100.0), (1_000, 5, 10.0)):
        together, table = ElementNovelty(elements, metrics), random.normal(size=(1_000, elements, metrics))
        spent = seconds(together.update, table) / elements
        rows.append(Row(f"a row of {metrics} metrics, {elements:,} elements at once", spent, most, unit="us"))
        size = together.nbytes / elements / metrics
        rows.append(Row(f"state of one of {metrics} metrics of an element", size, joint.BYTES, unit="bytes"))
    return rows


def seconds(judge: Callable[[Table], object], rows: Table) -> float:
    """Return the microseconds of CPU time that a row takes, of the second half of the rows."""
    half = len(rows) // 2
    for row in rows[:half]:
        judge(row)
    began = time.process_time()
    for row in rows[half:]:
        judge(row)
    return round(1e6 * (time.process_time() - began) / (len(rows) - half), 1)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scorer", type=Path, required=True)
    parser.add_argument("--python", default=sys.executable, help="runs the scorer")
    parser.add_argument("--variants", action="store_true", help="ablations, and the figures across halves")
    given = parser.parse_args(arguments)
    scorer = Scorer(given.python, given.scorer)
    rows = cost()
    found: dict[str, Halves] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in filter(lambda name: (given.folder / name).is_dir(), MEASURES):
            more, found[name] = corpus_rows(given.folder / name, scorer, Path(folder), given.variants)
            rows += more
    for kind in (OF_ONE_METRIC, MEASURES.keys() - OF_ONE_METRIC):
        corpora = {name: halves for name, halves in found.items() if name in kind and halves}
        rows += across(corpora) if corpora else []
    return finish("Detection on recordings", "detection", rows)


if __name__ == "__main__":
    sys.exit(main())
