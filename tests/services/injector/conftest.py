"""A real broker, and the real network on it, at speed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from network.host.service import NetworkService
from network.settings import NetworkSettings
from shared.domain.kinds import ServiceName
from shared.testing import TestBroker, bus_for
from shared.testing.fixtures import broker

__all__ = ["broker", "network"]

SPEED = 10.0


@pytest_asyncio.fixture
async def network(broker: TestBroker) -> AsyncIterator[NetworkService]:
    service = NetworkService(NetworkSettings.load(speed=SPEED))
    async with bus_for(broker, ServiceName.NETWORK) as bus:
        await service.start(bus)
        yield service
        await service.stop()
