"""The drivers by name: the only list of them."""

from __future__ import annotations

from network.port import Driver
from network.settings import NetworkSettings
from network.simulator import Simulator
from shared.domain.topology import Topology


async def open_driver(settings: NetworkSettings, topology: Topology, now: float) -> Driver:
    """Return the driver that the settings choose."""
    return Simulator(topology, settings.seed, now, settings.speed, load=settings.traffic)
