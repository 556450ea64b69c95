"""Each process is suspended for some seconds while a fault is live, as on a busy host: an action still ends the fault,
each action is done once, and none is unnecessary.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.recorder import Recorder, effects
from benchmarks.running import Running
from shared.domain.config import Desired

PROCESSES = ("network", "detector", "correlator", "rca", "remediator", "stabilizer", "gateway", "injector")
INJECTING = ("network", "injector", "gateway")
"""An injection needs these, so they are frozen right after it; the others right before, or it would be over."""
NEEDED = ("detector", "correlator", "rca", "remediator")
"""Nothing is repaired while one of these is frozen."""
FROZEN_SECONDS = 4.0
LONG_TTL = 3_600.0
LEARNING_SECONDS = 15.0
HEALED_WITHIN = 40.0
CLOSED_WITHIN = 30.0
TARGETS = ("server-1", "server-2", "server-3", "server-4")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def system() -> Iterator[Running]:
    """Start a system at speed 1, since a freeze does not shrink with the speed."""
    with Running(seed=11, speed=1, desired=Desired(running=False)) as running:
        time.sleep(LEARNING_SECONDS)
        yield running


def inject(system: Running, target: str) -> Any:
    return system.post("/api/faults", {"kind": "high_cpu", "target": target, "duration": LONG_TTL})


def fault(system: Running, wanted: object) -> Any:
    found: Any = system.get("/api/faults")["faults"]
    return next(one for one in found if one["id"] == wanted)


def quiet(system: Running) -> bool:
    return not system.unresolved()


@pytest.mark.parametrize("process", PROCESSES)
async def test_a_frozen_process_continues(system: Running, process: str) -> None:
    target = TARGETS[PROCESSES.index(process) % len(TARGETS)]
    async with Recorder(system.nats_url) as recorder:
        pid = system.pid(process)
        if process not in INJECTING:
            os.kill(pid, signal.SIGSTOP)
        try:
            injected = await asyncio.to_thread(inject, system, target)
            os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(FROZEN_SECONDS)
            if process in NEEDED:
                assert not fault(system, injected["id"])["ended"], "the freeze touched nothing"
        finally:
            os.kill(pid, signal.SIGCONT)
        await asyncio.to_thread(
            system.wait, "the fault to end", lambda: fault(system, injected["id"])["ended"], HEALED_WITHIN
        )
        await asyncio.to_thread(system.wait, "no incident to be open", lambda: quiet(system), CLOSED_WITHIN)
        ran = effects(event for event, _ in recorder.events)
    assert fault(system, injected["id"])["ended_by"] == "action"
    card: Any = system.get("/api/scorecard")
    assert card["needless_actions"] == 0
    times = Counter(action for action, _ in ran)
    assert times
    assert set(times.values()) == {1}, times
