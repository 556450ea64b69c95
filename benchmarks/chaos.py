"""Measures whether the loop repairs every fault exactly once while its own processes are killed and suspended.

Rules: single and overlapping faults, none of which ends by itself. Every two seconds a random process of the loop is
killed or suspended for a while; the broker is killed once in each seed. Results are counted from the streams and
compared with the gateway's scorecard.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import httpx

from benchmarks.recorder import effects
from benchmarks.rows import Row, exit_code, show, store
from benchmarks.running import Running
from benchmarks.streams import Streams, read_streams
from nms.broker import NAME as BROKER
from services.gateway.scoring.scorecard import Scorecard, ScorecardReport
from shared.domain.catalogue import FINISHED
from shared.domain.config import Desired
from shared.domain.events import FaultEnded, FaultStarted, RemediationEvent, RemediationVerified
from shared.domain.kinds import EndedBy
from shared.domain.topology import default_topology

SEEDS = (1, 2, 3, 4)
FAULTS = 25
AT_ONCE = 3
LONGER_THAN_THE_RUN = 86_400.0
EVERY = 2.0
STOPPED = (0.5, 3.0)
"""Minimum and maximum seconds of a suspension: longer than a lease lives."""
SHARE_OF_KILLS = 0.5
BROKER_DIES_AFTER = (15.0, 40.0)
LEARNING_SECONDS = 15.0
SECONDS_A_FAULT = 16.0
SETTLE_WITHIN = 90.0
ACTIONS_OVER_WITHIN = 45.0
"""Seconds that verifying an action may take after its incident is closed, including a restart."""
POLL = 0.5
LONGEST_LINE = 300
COMPARED = ("faults", "detected", "right_node", "right_kind", "repaired", "actions", "needless_actions")


class Chaos:
    """`async with Chaos(system, seed)`: kills or suspends random processes until the end of the block."""

    def __init__(self, system: Running, seed: int) -> None:
        self.kills = self.stops = self.broker_deaths = 0
        self._system = system
        self._random = Random(f"chaos/{seed}")
        self._stopped: set[int] = set()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Chaos:
        self._tasks = [asyncio.create_task(self._disturb()), asyncio.create_task(self._kill_broker())]
        return self

    async def __aexit__(self, *_: object) -> None:
        failed = [task.exception() for task in self._tasks if task.done() and not task.cancelled()]
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pid in self._stopped:
            _signal(pid, signal.SIGCONT)
        for error in failed:
            if error is not None:
                raise error

    async def _disturb(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            living = [
                pid for name, pid in sorted(self._living().items()) if name != BROKER and pid not in self._stopped
            ]
            if not living:
                continue
            pid = self._random.choice(living)
            if self._random.random() < SHARE_OF_KILLS:
                self.kills += _signal(pid, signal.SIGKILL)
            else:
                self.stops += _signal(pid, signal.SIGSTOP)
                self._tasks.append(asyncio.create_task(self._go_on(pid, self._random.uniform(*STOPPED))))

    async def _go_on(self, pid: int, seconds: float) -> None:
        self._stopped.add(pid)
        await asyncio.sleep(seconds)
        _signal(pid, signal.SIGCONT)
        self._stopped.discard(pid)

    async def _kill_broker(self) -> None:
        await asyncio.sleep(self._random.uniform(*BROKER_DIES_AFTER))
        while (pid := self._living().get(BROKER)) is None or not _signal(pid, signal.SIGKILL):
            await asyncio.sleep(POLL)
        self.broker_deaths += 1

    def _living(self) -> dict[str, int]:
        """Return the supervisor's current child processes: runtime.json may be a moment old."""
        processes = self._system.runtime["processes"]
        assert isinstance(processes, dict)
        supervisor = self._system.process.pid
        return {str(name): int(pid) for name, pid in processes.items() if _parent(int(pid)) == supervisor}


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _signal(pid: int, number: signal.Signals) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False


@dataclass
class Outcome:
    """The result of one seed. `twice`: actions carried out more than once. `stuck`: what never ended."""

    started: int
    by_action: int
    twice: list[str]
    stuck: list[str]
    dead_letters: list[str]
    differences: list[str]
    kills: int
    stops: int
    broker_deaths: int
    not_ended: list[str]

    @property
    def misses(self) -> list[str]:
        live = [f"fault {id} was not ended by an action" for id in self.not_ended]
        again = [f"action {id} was carried out or verified twice" for id in self.twice]
        return [*live, *again, *self.stuck, *self.dead_letters, *self.differences]


async def run(seed: int, faults: int = FAULTS) -> Outcome:
    desired = Desired(running=False, chance=1.0, at_once=AT_ONCE, ttl=LONGER_THAN_THE_RUN, max_faults=faults)
    with Running(seed=seed, desired=desired) as system:
        await asyncio.sleep(LEARNING_SECONDS)
        system.post("/api/start")
        async with Chaos(system, seed) as chaos:
            await _until(lambda: _ended(system) >= faults, faults * SECONDS_A_FAULT)
        await _until(lambda: _ended(system) >= faults and _no_incident_left(system), SETTLE_WITHIN)
        streams = await read_streams(system)
        settled = time.monotonic() + ACTIONS_OVER_WITHIN  # an incident may be closed before its action is verified
        while _actions_left(streams) and time.monotonic() < settled:
            await asyncio.sleep(POLL)
            streams = await read_streams(system)
        outcome = _outcome(system, streams, chaos)
        system.failed = bool(outcome.misses)  # its log holds the reason
        return outcome


async def _until(holds: Any, seconds: float) -> None:
    """Wait until `holds` returns true or the time is over: failures are counted later, not raised."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(httpx.HTTPError, OSError, ValueError):
            if await asyncio.to_thread(holds):
                return
        await asyncio.sleep(POLL)


def _ended(system: Running) -> int:
    report = ScorecardReport.model_validate(system.get("/api/scorecard"))
    live: Any = system.get("/api/faults")["faults"]
    return report.faults - sum(fault["ended"] is None for fault in live)


def _no_incident_left(system: Running) -> bool:
    return not system.unresolved()


def _actions_left(streams: Streams) -> list[str]:
    states = {event.action.id: event.action.state for event, _ in streams.events if isinstance(event, RemediationEvent)}
    return [f"action {id}: {state}" for id, state in states.items() if state not in FINISHED]


def _outcome(system: Running, streams: Streams, chaos: Chaos) -> Outcome:
    events = [event for event, _ in streams.events]
    started = {event.fault.id for event in events if isinstance(event, FaultStarted)}
    ended = {event.fault.id: event.fault.ended_by for event in events if isinstance(event, FaultEnded)}
    ran = Counter(action for action, _ in effects(events))
    verified = Counter(event.action.id for event in events if isinstance(event, RemediationVerified))
    return Outcome(
        started=len(started),
        by_action=sum(by is EndedBy.ACTION for by in ended.values()),
        twice=sorted({id for counted in (ran, verified) for id, times in counted.items() if times > 1}),
        stuck=[*(_waits(incident) for incident in system.unresolved()), *_actions_left(streams)],
        dead_letters=streams.dead_letters,
        differences=_differences(system, streams),
        kills=chaos.kills,
        stops=chaos.stops,
        broker_deaths=chaos.broker_deaths,
        not_ended=sorted(id for id in started if ended.get(id) is not EndedBy.ACTION),
    )


def _waits(incident: Mapping[str, Any]) -> str:
    return f"incident {incident['id']}: {incident['status']} {incident['escalation'] or ''}".rstrip()


def _differences(system: Running, streams: Streams) -> list[str]:
    card = Scorecard(default_topology())
    for event, at in streams.events:
        card.absorb(event, at)
    ours, theirs = card.report(), ScorecardReport.model_validate(system.get("/api/scorecard"))
    pairs = {name: (getattr(ours, name), getattr(theirs, name)) for name in COMPARED}
    return [f"{name}: {a} by the streams, {b} by the scorecard" for name, (a, b) in pairs.items() if a != b]


def rows(outcomes: Sequence[Outcome], faults: int) -> list[Row]:
    wanted = faults * len(outcomes)
    return [
        Row("processes killed", sum(o.kills for o in outcomes)),
        Row("processes stopped for a while", sum(o.stops for o in outcomes)),
        Row("brokers killed", sum(o.broker_deaths for o in outcomes), len(outcomes), at_most=False),
        Row("faults injected", sum(o.started for o in outcomes), wanted, at_most=False),
        Row("faults ended by an action", sum(o.by_action for o in outcomes), wanted, at_most=False),
        Row("actions carried out or verified twice", sum(len(o.twice) for o in outcomes), 0),
        Row("incidents and actions that never ended", sum(len(o.stuck) for o in outcomes), 0),
        Row("dead letters", sum(len(o.dead_letters) for o in outcomes), 0),
        Row("counts in which scorecard and streams differ", sum(len(o.differences) for o in outcomes), 0),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--faults", type=int, default=FAULTS, help="of each seed")
    given = parser.parse_args()
    outcomes = []
    for seed in given.seeds:
        outcomes.append(outcome := asyncio.run(run(seed, given.faults)))
        show(f"Chaos, seed {seed}", rows([outcome], given.faults))
        for miss in outcome.misses:
            print(f"    {miss[:LONGEST_LINE]}")
    total = rows(outcomes, given.faults)
    show("Chaos", total)
    store("chaos", total)
    return exit_code(total)


if __name__ == "__main__":
    sys.exit(main())
