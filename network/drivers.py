"""Opens a driver by its name. No other module of the network process creates drivers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from network.choice import DEVICES, REPLAY, SIMULATOR, DriverChoice, parse_choice
from network.port import Driver
from network.replay import open_recording
from network.settings import NetworkSettings
from network.simulator import Simulator
from network.simulator.world_file import read_world
from shared.domain.errors import SettingError
from shared.domain.topology import Topology


async def open_driver(settings: NetworkSettings, topology: Topology) -> Driver:
    """Raises SettingError if the driver is unknown or cannot be opened, or if its topology is not `topology`."""
    choice = parse_choice(settings.network)
    driver = await OPENERS[choice.name](choice, settings, topology)
    if await driver.inventory.topology() != topology:
        recorded = choice.path if choice.name == REPLAY else None
        topology_setting = f", and NMS_TOPOLOGY={recorded / 'topology.json'}" if recorded else ""
        raise SettingError(
            f"NMS_NETWORK={choice}: the system was started with another network; "
            f"start again with --fresh or an empty store{topology_setting}"
        )
    return driver


async def _simulator(_choice: DriverChoice, settings: NetworkSettings, topology: Topology) -> Driver:
    world = read_world(settings.world)
    return Simulator(topology, settings.seed, time.time(), settings.speed, load=settings.traffic, world=world)


async def _replay(choice: DriverChoice, settings: NetworkSettings, _topology: Topology) -> Driver:
    if choice.path is None:
        raise SettingError(f"NMS_NETWORK={choice}: the folder is missing")
    if settings.world is not None:
        raise SettingError(f"NMS_WORLD={settings.world}: a recording has its own world; leave the variable out")
    return await asyncio.to_thread(open_recording, choice.path, settings.speed)


async def _devices(choice: DriverChoice, settings: NetworkSettings, _topology: Topology) -> Driver:
    from network.devices.driver import DevicesDriver  # its libraries take long to import
    from network.devices.inventory.reading import read_device_inventory

    if choice.path is None:
        raise SettingError(f"NMS_NETWORK={choice}: the inventory is missing")
    if settings.world is not None or settings.speed != 1:
        raise SettingError("NMS_WORLD and NMS_SPEED are for the simulator: leave them out for real devices")
    return DevicesDriver(await asyncio.to_thread(read_device_inventory, choice.path))


OPENERS: Mapping[str, Callable[[DriverChoice, NetworkSettings, Topology], Awaitable[Driver]]] = {
    SIMULATOR: _simulator,
    REPLAY: _replay,
    DEVICES: _devices,
}
