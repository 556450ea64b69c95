"""The loops of the services: one that cannot go on ends its process, whatever ended it; and each stops in time."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from services.correlator.service import CorrelatorService
from services.injector.service import InjectorService
from services.remediator.service import RemediatorService
from services.stabilizer.service import StabilizerService
from shared.domain.kinds import ServiceName
from shared.platform.waiting import FINISH_WITHIN, LET_GO_WITHIN
from shared.testing import TestBroker, bus_for

LOOPS = [
    (ServiceName.INJECTOR, lambda: InjectorService(seed=1)),
    (ServiceName.CORRELATOR, CorrelatorService),
    (ServiceName.REMEDIATOR, RemediatorService),
    (ServiceName.STABILIZER, StabilizerService),
]
STOPS_WITHIN = 3.0


async def no(*_: object) -> None:
    raise ValueError("no")


@pytest.mark.parametrize(("name", "build"), LOOPS)
async def test_a_loop_that_cannot_go_on_ends_the_process(broker: TestBroker, name: ServiceName, build: Any) -> None:
    async with bus_for(broker, name) as bus:
        service = build()
        service._nap = no
        await service.start(bus)
        await asyncio.sleep(0.1)
        assert not bus.connection.broken.done(), "one failure is told and survived"
        bus.log = no  # type: ignore[method-assign]
        assert "no" in await asyncio.wait_for(bus.connection.broken, 5)
        await service.stop()


async def test_a_turn_that_does_not_end_holds_nobody_up(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.REMEDIATOR) as bus:
        service = RemediatorService()
        await service.start(bus)
        await service._turn.acquire()
        began = time.monotonic()
        await service.stop()
        assert FINISH_WITHIN + LET_GO_WITHIN < STOPS_WITHIN
        assert time.monotonic() - began < FINISH_WITHIN + LET_GO_WITHIN + 1.0
