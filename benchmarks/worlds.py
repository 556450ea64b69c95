"""Runs the loop in every world of a folder, one process for each, and prints one table.

python -m benchmarks.worlds [FOLDER] [--faults N] [--seed S] [--quiet-hours H]

The limits of a world are in the file of its name under `world_files/musts.yaml`; other worlds are shown without limits.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import yaml

from benchmarks.rows import Row, finish
from network.simulator.world_file import read_world
from nms.worlds import OF_QUIET, WorldReport, measure

HERE = Path(__file__).parent / "world_files"
MUSTS = HERE / "musts.yaml"
OF_FAULTS = ("right_node", "right_kind", "repaired", "ended")
PER_200 = ("needless", "wrong_actions")


def figures(report: WorldReport) -> Mapping[str, float]:
    """Return shares of the faults in %, unwanted actions for 200 faults, and the rates of the quiet hours."""
    faults = max(1, report.faults)
    body: Mapping[str, float] = report.model_dump()
    return {
        **{name: 100 * body[name] / faults for name in OF_FAULTS},
        **{name: 200 * body[name] / faults for name in PER_200},
        **{name: body[name] for name in OF_QUIET},
    }


def rows_of(world: str, report: WorldReport, musts: Mapping[str, float]) -> list[Row]:
    found = figures(report)
    unit = {**dict.fromkeys(OF_FAULTS, "%"), **dict.fromkeys(PER_200, "of 200"), **dict.fromkeys(OF_QUIET, "")}
    return [
        Row(f"{world}: {name}", round(value, 2), musts.get(name), at_most=name not in OF_FAULTS, unit=unit[name])
        for name, value in found.items()
    ]


def run(file: Path, faults: int, seed: int, quiet_hours: float) -> WorldReport:
    return measure(read_world(file), faults, seed, quiet_hours)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=HERE)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quiet-hours", type=float, default=2.0)
    given = parser.parse_args(arguments)
    files = sorted(file for file in given.folder.glob("*.yaml") if file != MUSTS)
    musts = yaml.safe_load(MUSTS.read_text())
    work = partial(run, faults=given.faults, seed=given.seed, quiet_hours=given.quiet_hours)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        reports = list(pool.map(work, files))
    rows = [
        row
        for file, report in zip(files, reports, strict=True)
        for row in rows_of(file.stem, report, musts.get(file.stem, {}))
    ]
    return finish("Worlds", "worlds", rows)


if __name__ == "__main__":
    sys.exit(main())
