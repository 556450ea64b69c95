"""Prints the scorecard of each map in tests/shared/topologies/zoo, below that of the default network.

Rules: the same seed and number of single faults of all kinds for each, by the loop in one process; `--processes` runs
some of the maps through the real processes, too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.rows import Row, exit_code, store
from benchmarks.scorecard import SPEED, campaign, percent
from nms.simulate import simulate
from services.gateway.scoring.scorecard import ScorecardReport
from shared.domain.topology import Topology, default_topology
from shared.topologies import read_topology

ZOO = Path(__file__).parents[1] / "tests" / "shared" / "topologies" / "zoo"
FAULTS = 80
DEFAULT = "the default network"
WIDTH = 22
COUNTS = ("detected", "right_node", "right_kind", "repaired", "needless_actions", "missed_actions", "false_anomalies")
HEADS = ("nodes", "links", "faults", "detected", "node", "kind", "repaired", "needless", "missed", "false", "p95 s")
LEAST_REPAIRED, LEAST_OF_EACH, MOST_NEEDLESS = 99.0, 95.0, 1.0
"""In percent of the faults: of all maps together, of each map, and of all together."""


def maps() -> list[Path]:
    return sorted(ZOO.iterdir())


def line(name: str, topology: Topology, report: ScorecardReport) -> str:
    """Return a map's figures as a line of the table; seconds are from the fault to its verified repair."""
    counts = (len(topology.nodes), len(topology.links), report.faults, *(getattr(report, count) for count in COUNTS))
    slow = report.seconds.repair.p95
    return f"{name:<{WIDTH}}" + "".join(f"{figure:>9}" for figure in (*counts, "-" if slow is None else f"{slow:.2f}"))


def rows(reports: Sequence[tuple[str, ScorecardReport]]) -> list[Row]:
    faults = sum(report.faults for _, report in reports)
    repaired = percent(sum(report.repaired for _, report in reports), faults)
    needless = percent(sum(report.needless_actions for _, report in reports), faults)
    return [
        Row("all maps: repaired", repaired, LEAST_REPAIRED, False, "%"),
        Row("all maps: needless actions", needless, MOST_NEEDLESS, True, "%"),
        *(
            Row(f"{name}: repaired", percent(report.repaired, report.faults), LEAST_OF_EACH, False, "%")
            for name, report in reports
        ),
    ]


def measure(faults: int, seed: int, processes: Sequence[str]) -> list[Row]:
    print(f"{'':<{WIDTH}}" + "".join(f"{head:>9}" for head in HEADS))
    default = default_topology()
    print(line(DEFAULT, default, simulate(faults, seed=seed)), flush=True)
    reports = []
    for file in maps():
        topology = read_topology(file)
        reports.append((file.stem, simulate(faults, seed=seed, topology=topology)))
        print(line(file.stem, topology, reports[-1][1]), flush=True)
        if file.stem in processes:
            real, _ = campaign(seed, SPEED, faults, "--topology", str(file))
            reports.append((f"{file.stem}, processes", real))
            print(line("  by the processes", topology, real), flush=True)
    return rows(reports)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=FAULTS, help="for each map")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", nargs="*", default=[], help="names of maps to run as a whole system, too")
    parser.add_argument("--store", default="zoo", help="name of the file in benchmarks/results")
    given = parser.parse_args()
    measured = measure(given.faults, given.seed, given.processes)
    for row in measured:
        if not row.holds:
            print(row)
    store(given.store, measured)
    return exit_code(measured)


if __name__ == "__main__":
    sys.exit(main())
