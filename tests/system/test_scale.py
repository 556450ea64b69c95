"""With two replicas of every service the loop repairs as before, each action runs once, and there is one campaign."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from benchmarks.recorder import Recorder, effects
from benchmarks.running import Running
from shared.domain.config import Desired
from shared.domain.events import FaultCycle

SERVICES = ("injector", "detector", "correlator", "rca", "remediator", "stabilizer", "gateway")
SPEED = 4.0
LEARNING_SECONDS = 6.0
FAULTS = 3
SECONDS_A_FAULT = 15.0


@pytest.mark.slow
async def test_two_replicas_of_every_service() -> None:
    desired = Desired(
        running=False, chance=1, at_once=1, max_faults=FAULTS, kinds=("high_cpu", "link_down", "node_down")
    )
    twice = [option for service in SERVICES for option in ("--scale", f"{service}=2")]
    with Running(*twice, seed=4, speed=SPEED, desired=desired) as system:
        await asyncio.sleep(LEARNING_SECONDS)
        async with Recorder(system.nats_url) as recorder:
            system.post("/api/start")
            for _ in range(round(FAULTS * SECONDS_A_FAULT)):
                await asyncio.sleep(1)
                # The scorecard may know of an action before this listener has received it.
                ran = effects(event for event, _ in recorder.events)
                if _healed(system) and len(ran) >= FAULTS:
                    break
            turns = {(e.number, e.at): e.number for e, _ in recorder.events if isinstance(e, FaultCycle)}
        assert _healed(system), system.get("/api/scorecard")
        cycles = list(turns.values())
        assert cycles == list(range(cycles[0], cycles[0] + len(cycles)))
        assert len(ran) >= FAULTS and set(Counter(action for action, _ in ran).values()) == {1}, ran


def _healed(system: Running) -> bool:
    card: Any = system.get("/api/scorecard")
    return bool(card["faults"] == card["repaired"] == FAULTS)
