"""Each process in turn is killed while faults are live that only an action ends: nothing is lost or stuck.

If the leader of a running campaign is killed, there is still one campaign.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest

from benchmarks.recorder import Recorder
from benchmarks.running import Running
from shared.domain.config import Desired
from shared.domain.events import FaultCycle

LONG_TTL = 3_600.0
PROCESSES = (
    "injector", "detector", "correlator", "rca", "remediator", "stabilizer", "gateway", "network", "nats-server",
)  # fmt: skip
SERVERS = tuple(f"server-{number}" for number in range(1, 9))
LINKS = tuple(f"core-router-{ends}" for ends in ("1--edge-switch-3", "2--edge-switch-1", "3--edge-switch-2"))
HEALED_WITHIN = 60.0
BACK_WITHIN = 30.0
LEARNING_SECONDS = 15.0
SHORT_TTL = 8.0
DIAGNOSED_WITHIN = 0.5

CAMPAIGN_SPEED = 4.0
INTERVAL = 3.0
RECORDED_SECONDS = 25.0
KILL_AFTER = (6.0, 8.0)
# A standby takes over after the lease has expired, and network time runs four times as fast.
# A standby that was suspended for a moment waits three more seconds.
USUAL_GAP, LONGEST_GAP = 20.0, 32.0


@pytest.fixture(scope="module")
def system() -> Iterator[Running]:
    """Start a system at speed 1, since the seconds of a restart do not shrink with the speed."""
    with Running(seed=9, speed=1, desired=Desired(running=False)) as running:
        time.sleep(LEARNING_SECONDS)
        yield running


def _live(system: Running) -> list[Any]:
    faults: Any = system.get("/api/faults")["faults"]
    return [fault for fault in faults if fault["ended"] is None]


def _faults(system: Running) -> dict[str, Any]:
    faults: Any = system.get("/api/faults")["faults"]
    return {fault["id"]: fault for fault in faults}


def _answers(system: Running) -> bool:
    try:
        return bool(system.get("/readyz"))
    except Exception:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("process", PROCESSES)
def test_a_killed_process_loses_no_fault(system: Running, process: str) -> None:
    number = PROCESSES.index(process)  # each has its own target: a repeated cause at one target is escalated
    injected = [
        system.post("/api/faults", {"kind": kind, "target": targets[number % len(targets)], "duration": LONG_TTL})
        for kind, targets in (("high_cpu", SERVERS), ("link_down", LINKS))
    ]
    time.sleep(0.7)
    os.kill(system.pid(process), signal.SIGKILL)
    system.wait(f"the gateway to answer after {process} was killed", lambda: _answers(system), BACK_WITHIN)
    system.wait("no fault to be live", lambda: not _live(system), HEALED_WITHIN)
    known = _faults(system)
    assert [known[str(f["id"])]["ended_by"] for f in injected] == ["action", "action"]
    system.wait("every incident to be over", lambda: not system.unresolved(), BACK_WITHIN)
    card: Any = system.get("/api/scorecard")
    assert card["needless_actions"] == 0


@pytest.mark.slow
def test_a_fault_that_ended_while_the_system_was_down_gets_no_action() -> None:
    with Running(seed=9, speed=1, desired=Desired(running=False)) as running:
        time.sleep(LEARNING_SECONDS)
        os.kill(running.pid("remediator"), signal.SIGSTOP)  # so that the incident is still open when the system stops
        running.post("/api/faults", {"kind": "high_cpu", "target": "server-2", "duration": SHORT_TTL})
        running.wait("an incident", lambda: bool(running.unresolved()), SHORT_TTL)
        time.sleep(DIAGNOSED_WITHIN)
        _kill_all(running)
        time.sleep(SHORT_TTL)
        running.start()
        running.wait("no incident to be open", lambda: not running.unresolved(), BACK_WITHIN)
        card: Any = running.get("/api/scorecard")
        assert (card["actions"], card["needless_actions"]) == (0, 0)


def _kill_all(system: Running) -> None:
    """Kill the supervisor first, so that it restarts nothing, and then its processes."""
    processes: Any = system.runtime["processes"]
    system.process.kill()
    for pid in processes.values():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    system.process.wait()


@pytest.mark.slow
def test_the_campaign_continues_whichever_injector_is_killed() -> None:
    desired = Desired(running=True, interval=INTERVAL, chance=0.3)
    with Running("--scale", "injector=2", seed=9, speed=CAMPAIGN_SPEED, desired=desired) as running:
        cycles = asyncio.run(_cycles_while_injectors_die(running))
    numbers = [cycle.number for cycle in cycles]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    gaps = [after.at - before.at for before, after in pairwise(cycles)]
    assert min(gaps) > 0
    assert max(gaps) <= LONGEST_GAP, gaps
    assert sum(gap > USUAL_GAP for gap in gaps) <= 1, gaps
    assert len(numbers) >= (RECORDED_SECONDS * CAMPAIGN_SPEED - USUAL_GAP - LONGEST_GAP) / INTERVAL


async def _cycles_while_injectors_die(running: Running) -> list[FaultCycle]:
    """Kill one injector and then the other, one of which is the leader; return the cycles in their order."""
    processes: Any = running.runtime["processes"]
    injectors = sorted(name for name in processes if name.startswith("injector"))
    assert len(injectors) == len(KILL_AFTER), processes
    async with Recorder(running.nats_url) as recorder:
        for injector, seconds in zip(injectors, KILL_AFTER, strict=True):
            await asyncio.sleep(seconds)
            os.kill(running.pid(injector), signal.SIGKILL)
        await asyncio.sleep(RECORDED_SECONDS - sum(KILL_AFTER))
        return [event for event, _ in recorder.events if isinstance(event, FaultCycle)]
