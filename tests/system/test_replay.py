"""A gateway on full streams is ready with little more work than reading them takes, and reports its progress.

CPU seconds are compared, not wall time, which a busy machine stretches.
"""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path

import httpx
import pytest

from benchmarks.history import minutes_of_a_loop, repeated_for_days, store
from services.gateway.service import FAMILIES, GatewayService
from services.gateway.settings import GatewaySettings
from shared.domain.events import Event
from shared.domain.kinds import ServiceName
from shared.platform.bus import Bus
from shared.testing.broker import TestBroker, bus_for, running_broker

MIB = 1024 * 1024
LIMIT = 3 * MIB
"""An eighth of the limit of a stream: both figures grow with it alike."""
SECONDS_OF_A_LOOP = 120.0
TIMES_A_BARE_READ = 3.0


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_gateway_is_ready_soon_after_reading_the_streams(tmp_path: Path) -> None:
    history = repeated_for_days(minutes_of_a_loop(SECONDS_OF_A_LOOP), LIMIT)
    async with running_broker(folder=tmp_path) as broker:
        client, setup = await broker.client(), await broker.client("setup")
        held = await store(client, setup, history)
        await client.close()
        await setup.close()
        assert min(size for stream, size in held.items() if stream != "STABILITY") > 0.8 * LIMIT, held
        # Garbage collection must not examine the objects of earlier tests, which would count as CPU time here.
        gc.collect()
        gc.freeze()
        try:
            bare, read = await _bare(broker)
            cost, progress = await _gateway(broker)
        finally:
            gc.unfreeze()
    assert read > 10_000
    assert cost <= TIMES_A_BARE_READ * bare, f"{read} events: {bare:.1f} s of CPU to read, {cost:.1f} s to be ready"
    assert any("% is read" in text for text in progress), progress


async def _bare(broker: TestBroker) -> tuple[float, int]:
    """Return the CPU seconds of reading all events without using them, and their number."""
    read = 0

    async def count(event: Event, at: float) -> None:
        nonlocal read
        read += 1

    async with bus_for(broker, ServiceName.GATEWAY) as bus:
        began = time.process_time()
        following = await bus.follow(FAMILIES, count, since="all")
        await following.caught_up.wait()
        return time.process_time() - began, read


async def _gateway(broker: TestBroker) -> tuple[float, list[str]]:
    """Return the CPU seconds until a gateway is ready, and the answers of its probe meanwhile."""
    settings = GatewaySettings.load(nats_url=broker.url, credentials=broker.credentials["gateway"], port=0)
    bus, service, progress = await Bus.open(ServiceName.GATEWAY, settings), GatewayService(settings), []
    began = time.process_time()
    starting = asyncio.create_task(service.start(bus))
    async with httpx.AsyncClient(timeout=60) as api:
        while not starting.done():
            await asyncio.wait({starting}, timeout=0.5)
            if hasattr(service, "port") and not starting.done():
                progress.append((await api.get(f"http://127.0.0.1:{service.port}/readyz")).text)
    await starting
    cost = time.process_time() - began
    await service.stop()
    await bus.close()
    return cost, progress
