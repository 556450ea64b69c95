"""The drivers by name: the only place that makes one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from network.choice import REPLAY, SIMULATOR, DriverChoice, parse_choice
from network.port import Driver
from network.replay import open_recording
from network.settings import NetworkSettings
from network.simulator import Simulator
from shared.domain.errors import SettingError
from shared.domain.topology import Topology


async def open_driver(settings: NetworkSettings, topology: Topology) -> Driver:
    """Return the driver that the settings choose, of the network that the system was begun with.

    Raises SettingError where there is no such driver, it cannot be opened, or it is of another network.
    """
    choice = parse_choice(settings.network)
    driver = await OPENERS[choice.name](choice, settings, topology)
    if await driver.inventory.topology() != topology:
        its = f", and NMS_TOPOLOGY={choice.folder / 'topology.json'}" if choice.folder else ""
        raise SettingError(
            f"NMS_NETWORK={choice}: the system was begun with another network; "
            f"begin anew, with --fresh or an empty store{its}"
        )
    return driver


async def _simulator(_choice: DriverChoice, settings: NetworkSettings, topology: Topology) -> Driver:
    return Simulator(topology, settings.seed, time.time(), settings.speed, load=settings.traffic)


async def _replay(choice: DriverChoice, settings: NetworkSettings, _topology: Topology) -> Driver:
    if choice.folder is None:
        raise SettingError(f"NMS_NETWORK={choice}: no folder is named")
    return await asyncio.to_thread(open_recording, choice.folder, settings.speed)


OPENERS: Mapping[str, Callable[[DriverChoice, NetworkSettings, Topology], Awaitable[Driver]]] = {
    SIMULATOR: _simulator,
    REPLAY: _replay,
}
