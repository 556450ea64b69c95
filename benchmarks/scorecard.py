"""Measures every promised figure of the scorecard: 400 single faults through the real processes.

Rules: five seeds of 80 faults; the first at speed 1, for the times, the others faster, for the counts. The same faults
by `nms simulate`, and the plain rule on the same incidents, stand beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

from benchmarks.plain import plain_right_kind
from benchmarks.recorder import Recorder, ordered
from benchmarks.rows import Row, exit_code, show, store
from benchmarks.running import Running
from nms.simulate import quiet, simulate, single_faults
from services.gateway.scoring.scorecard import Scorecard, ScorecardReport
from shared.domain.config import Desired
from shared.domain.events import Event, FaultEnded
from shared.domain.topology import default_topology

SEEDS = (1, 2, 3, 4, 5)
FAULTS = 80
SPEED = 4.0
QUIET_SPEED = 12.0
QUIET_SECONDS = 3600.0
SECONDS_A_FAULT = 25.0
AFTER_THE_LAST = 20.0
WARM_UP = 40.0
RecordedEvents = list[tuple[Event, float]]


def campaign(seed: int, speed: float, faults: int, *options: str) -> tuple[ScorecardReport, RecordedEvents]:
    """Run one seed through the real processes; return the gateway's scorecard and the events recorded by the tap.

    `options` are further ones of `nms up`, as in `"--topology", "map.gml"`.
    """
    return asyncio.run(_campaign(seed, speed, faults, *options))


async def _campaign(seed: int, speed: float, faults: int, *options: str) -> tuple[ScorecardReport, RecordedEvents]:
    stopped = single_faults(faults).model_copy(update={"running": False})
    with Running(*options, seed=seed, speed=speed, desired=stopped) as system:
        await asyncio.sleep(WARM_UP / speed)
        async with Recorder(system.nats_url) as recorder:
            system.post("/api/start")
            until = time.monotonic() + faults * SECONDS_A_FAULT / speed
            while time.monotonic() < until and _ended(recorder.events) < faults:
                await asyncio.sleep(0.5)
            await asyncio.sleep(AFTER_THE_LAST / speed)
            report = ScorecardReport.model_validate(system.get("/api/scorecard"))
            return report, ordered(recorder.events)


def _ended(events: RecordedEvents) -> int:
    return sum(isinstance(event, FaultEnded) for event, _ in events)


def quiet_hour(speed: float = QUIET_SPEED, seconds: float = QUIET_SECONDS) -> ScorecardReport:
    with Running(seed=1, speed=speed, desired=Desired(running=False)) as system:
        time.sleep(seconds / speed)
        return ScorecardReport.model_validate(system.get("/api/scorecard"))


def percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


def count_rows(name: str, reports: Sequence[ScorecardReport]) -> list[Row]:
    faults = sum(r.faults for r in reports)

    def share(field: str) -> float | None:
        return percent(sum(int(getattr(r, field)) for r in reports), faults)

    limits = {"detected": 100.0, "right_node": 97.0, "right_kind": 95.0, "repaired": 99.0}
    rows = [Row(f"{name}: {field}", share(field), limit, False, "%") for field, limit in limits.items()]
    rows.append(Row(f"{name}: needless actions", share("needless_actions"), 1.0, True, "%"))
    for kind, what in (("high_memory", "leaks found before 80 %"), ("link_flap", "flaps named within 2 periods")):
        kinds = [c for r in reports for k, c in r.by_kind.items() if k == kind]
        rows.append(
            Row(
                f"{name}: {what}",
                percent(sum(c.early or 0 for c in kinds), sum(c.faults for c in kinds)),
                95.0,
                False,
                "%",
            )
        )
    return [Row(f"{name}: faults", faults), *rows]


def time_rows(report: ScorecardReport) -> list[Row]:
    seconds = report.seconds
    return [
        Row("fault -> anomaly raised, p95", seconds.detect.p95, 1.0, True, "s", below=True),
        Row("anomaly -> diagnosis, p95", seconds.diagnose.p95, 0.5, True, "s", below=True),
        Row("diagnosis -> action applied, p95", seconds.act.p95, 2.0, True, "s", below=True),
        Row("fault -> verified repair, p95", seconds.repair.p95, 4.0, True, "s", below=True),
        Row("fault -> verified repair, p50", seconds.repair.p50, None, True, "s"),
    ]


def agreement_rows(real: Sequence[ScorecardReport], simulated: Sequence[ScorecardReport]) -> list[Row]:
    rows = []
    for field in ("detected", "right_node", "right_kind", "repaired"):
        shares = [
            percent(sum(getattr(r, field) for r in runs), sum(r.faults for r in runs)) or 0.0
            for runs in (real, simulated)
        ]
        rows.append(Row(f"simulate against the processes: {field}", abs(shares[0] - shares[1]), 2.0, True, "points"))
    return rows


def recounted(events: RecordedEvents) -> ScorecardReport:
    card = Scorecard(default_topology())
    for event, at in events:
        card.absorb(event, at)
    return card.report()


def measure(seeds: Sequence[int], faults: int, speed: float, timed: bool, with_quiet: bool) -> list[Row]:
    real, plain, rows = [], [], []
    for i, seed in enumerate(seeds):
        real_speed = 1.0 if timed and i == 0 else speed
        report, events = campaign(seed, real_speed, faults)
        real.append(report)
        plain.append(plain_right_kind(events, default_topology()))
        show(f"seed {seed} at speed {real_speed:g}", count_rows(f"seed {seed}", [report]))
        if timed and i == 0:
            rows += time_rows(report)
    simulated = [simulate(faults, seed=seed) for seed in seeds]
    rows = count_rows("processes", real) + rows + count_rows("simulate", simulated) + agreement_rows(real, simulated)
    rows.append(
        Row("plain rule on the same incidents: right kind", sum(plain) / len(plain), 80.0, True, "%", below=True)
    )
    if with_quiet:
        for name, hour in (("processes", quiet_hour()), ("simulate", quiet())):
            rows.append(Row(f"{name}, an hour of quiet: needless actions", hour.actions, 0))
            rows.append(Row(f"{name}, an hour of quiet: false anomalies", hour.false_anomalies, 1))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--faults", type=int, default=FAULTS)
    parser.add_argument("--speed", type=float, default=SPEED, help="of the seeds that are only counted")
    parser.add_argument("--no-times", action="store_true", help="run the first seed fast, too")
    parser.add_argument("--no-quiet", action="store_true", help="leave the hour of quiet out")
    parser.add_argument("--store", default="scorecard", help="name of the file in benchmarks/results")
    given = parser.parse_args()
    rows = measure(given.seeds, given.faults, given.speed, not given.no_times, not given.no_quiet)
    show("Scorecard", rows)
    store(given.store, rows)
    return exit_code(rows)


if __name__ == "__main__":
    sys.exit(main())
