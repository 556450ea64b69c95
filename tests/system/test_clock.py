"""The wall clock of every process jumps by an hour, forward and back, while it runs or at a restart, without effect.

The broker keeps the true time, so each jump also makes its clock differ from that of its clients by an hour. The clock
is moved inside each Python process before anything else is imported there, since libraries that move it for a whole
process make short sleeps fail.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from benchmarks.running import Running
from shared.domain.config import Desired
from shared.domain.instant import instant
from shared.domain.kinds import Level, ServiceName
from shared.testing.broker import bus_for, running_broker
from tests.contract.pages import Page

HOUR = 3_600
SHIFT_FILE = "SHIFTED_CLOCK"
SHIFTED = f"""
import os, time
true, where = time.time, os.environ["{SHIFT_FILE}"]

def shifted():
    with open(where) as file:
        return true() + float(file.read())

time.time = shifted
time.time_ns = lambda: int(shifted() * 1e9)
"""
HEALED_WITHIN = 60.0
BACK_WITHIN = 60.0
LEARNING_SECONDS = 15.0
QUIET_SECONDS = 3.0
# The network first, at once, so that its last stored snapshot is by the earlier clock.
KILLED = ("network", "detector", "correlator", "rca", "remediator", "stabilizer", "injector", "gateway")
CHILD = """
import asyncio, sys, time
from shared.platform.bus import Bus
from shared.domain.kinds import ServiceName
from shared.platform.settings import ServiceSettings

async def main():
    lines = []
    async def hear(event, at):
        lines.append(event.message)
    bus = await Bus.open(ServiceName.GATEWAY, ServiceSettings.load())
    following = await bus.follow(("log.>",), hear, since=600.0)
    await asyncio.wait_for(following.caught_up.wait(), 20)
    await bus.close()
    print(round(time.time()), *lines, sep="|")

asyncio.run(main())
"""


class WallClock:
    """The wall clock of processes started with `environment`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "shift"
        (folder / "sitecustomize.py").write_text(SHIFTED)
        self.set(0)

    def set(self, seconds: int) -> None:
        """Set its offset from the true clock, in seconds."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self._file)

    @property
    def environment(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(self._file.parent), SHIFT_FILE: str(self._file)}


class Seen:
    def __init__(self) -> None:
        self.snapshots = 0
        self.moments: list[float] = []
        self.cycles: list[int] = []

    async def watch(self, page: Page) -> None:
        while True:
            frame = await page.next()
            self.snapshots += frame["event"] == "snapshot"
            if frame["event"] == "metrics_update":
                self.moments.append(instant(frame["data"]["timestamp"]))
            elif frame["event"] == "cycle_update":
                self.cycles.append(frame["data"]["cycle"])


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> WallClock:
    return WallClock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def system(clock: WallClock) -> Iterator[Running]:
    with Running(seed=7, speed=1, desired=Desired(running=True, chance=0.0), env=clock.environment) as running:
        time.sleep(LEARNING_SECONDS)
        yield running


def _heal(system: Running, kind: str, target: str) -> None:
    injected = system.post("/api/faults", {"kind": kind, "target": target, "duration": 600})

    def ended_by() -> object:
        faults: Any = system.get("/api/faults")["faults"]
        return next(fault["ended_by"] for fault in faults if fault["id"] == injected["id"])

    system.wait(f"{kind} on {target} to end", lambda: ended_by() is not None, HEALED_WITHIN)
    assert ended_by() == "action", system.tail()
    system.wait("every incident to be over", lambda: not system.unresolved(), HEALED_WITHIN)


def _incidents(system: Running) -> list[Any]:
    found: Any = system.get("/api/incidents?limit=500")["recent_incidents"]
    return list(found)


def _check(system: Running, injected: int) -> None:
    card: Any = system.get("/api/scorecard")
    assert (card["faults"], card["detected"], card["repaired"]) == (injected, injected, injected), card
    assert (card["needless_actions"], card["false_anomalies"]) == (0, 0), system.tail(200)
    incidents = _incidents(system)
    assert all(one["resolution_time"] >= one["timestamp"] for one in incidents)
    assert [one["timestamp"] for one in incidents] == sorted(one["timestamp"] for one in incidents)


def _check_starts(system: Running, now: float) -> None:
    """Check that every killed process was started by the moved clock; otherwise the test proves nothing."""

    def starts() -> list[float]:
        services: Any = system.get("/api/services")["services"]
        return [instant(replica["started"]) for service in services for replica in service["replicas"]]

    def moved() -> bool:
        found = starts()
        return len(found) == len(KILLED) and all(abs(at - now) < HOUR / 2 for at in found)

    system.wait("every process to start by the moved clock", moved, 30)


def _lease_changes(system: Running) -> int:
    return system.log.read_text(errors="replace").count("the lease changed")


def _answers(system: Running) -> bool:
    try:
        return bool(system.get("/readyz"))
    except Exception:
        return False


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_clock_jumps_while_the_system_runs(system: Running, clock: WallClock) -> None:
    moved = 0
    seen = Seen()
    async with Page(system.url) as page:
        reading = asyncio.create_task(seen.watch(page))
        for number, shift in enumerate((0, HOUR, 0, -HOUR, 0)):
            before = _lease_changes(system)
            clock.set(shift)
            await asyncio.sleep(QUIET_SECONDS)
            moved += _lease_changes(system) > before
            await asyncio.to_thread(_heal, system, "high_cpu", f"server-{number + 1}")
            await asyncio.to_thread(_heal, system, "high_latency", f"edge-switch-{number + 1}")
        assert not reading.done(), "the page lost its connection"
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    assert seen.snapshots == 1
    assert all(0 <= after - before < HOUR / 2 for before, after in pairwise(seen.moments))
    turns = sorted(set(seen.cycles))
    assert turns == list(range(turns[0], turns[0] + len(turns))) and len(turns) > 5
    assert moved <= 1, "a busy machine may cost a lease once, a jump would each time"
    _check(system, 10)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_restarts_with_a_clock_an_hour_off(system: Running, clock: WallClock) -> None:
    before: Any = system.get("/api/scorecard")
    try:
        for number, shift in enumerate((HOUR, -HOUR)):
            clock.set(shift)
            for process in KILLED:
                os.kill(system.pid(process), signal.SIGKILL)
                time.sleep(QUIET_SECONDS)
            system.wait("the gateway to answer", lambda: _answers(system), BACK_WITHIN)
            _check_starts(system, time.time() + shift)
            newest: Any = system.get("/api/status")["timestamp"]
            assert abs(instant(newest) - time.time()) < HOUR / 2, "the network leapt with the clock"
            _heal(system, "high_cpu", f"server-{number + 6}")
            _heal(system, "link_down", f"core-router-{number + 1}--core-router-3")
            _check(system, before["faults"] + 2 * (number + 1))
    finally:
        clock.set(0)


async def test_a_client_an_hour_ahead_of_the_broker_reads_the_last_minutes(tmp_path: Path) -> None:
    clock = WallClock(tmp_path)
    clock.set(HOUR)
    async with running_broker() as broker, bus_for(broker, ServiceName.RCA) as bus:
        await bus.log(Level.INFO, "just logged")
        child = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", CHILD],
            env={**os.environ, **broker.environment("gateway"), **clock.environment},
            capture_output=True,
            text=True,
            check=True,
            timeout=100,
        )
    output = child.stdout.strip().splitlines()[-1].split("|")
    assert abs(int(output[0]) - time.time() - HOUR) < HOUR / 2, "the clock of the process was not moved"
    assert output[1:] == ["just logged"]
