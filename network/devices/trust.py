"""The host keys that devices present, beside those that are recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import asyncssh

from network.devices.console import NoAnswer
from network.devices.inventory.device import Device, DeviceInventory
from network.devices.ssh.host_keys import KnownHosts, fingerprint, presented_key

AT_ONCE = 32


class KeyState(StrEnum):
    RECORDED = "recorded"
    NEW = "new"
    """No key of the device is recorded."""
    CHANGED = "changed"
    """Another key is recorded: the device was installed again, or another machine answers."""


@dataclass(frozen=True)
class PresentedKey:
    device: Device
    key: asyncssh.SSHKey
    state: KeyState
    recorded: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.key)


async def presented_keys(
    inventory: DeviceInventory, devices: Sequence[Device]
) -> list[tuple[Device, PresentedKey | NoAnswer]]:
    """Ask devices for their keys, without a login. Raises SettingError if the file of known hosts cannot be read."""
    known, places = KnownHosts(inventory.known_hosts), asyncio.Semaphore(AT_ONCE)

    async def one(device: Device) -> PresentedKey | NoAnswer:
        async with places:
            key = await presented_key(device)
        if isinstance(key, NoAnswer):
            return key
        recorded = known.keys(device)
        state = KeyState.RECORDED if key in recorded else KeyState.CHANGED if recorded else KeyState.NEW
        return PresentedKey(device, key, state, tuple(map(fingerprint, recorded)))

    found = await asyncio.gather(*map(one, devices))
    return list(zip(devices, found, strict=True))


def record_keys(inventory: DeviceInventory, keys: Sequence[PresentedKey]) -> None:
    """Raises SettingError."""
    known = KnownHosts(inventory.known_hosts)
    for each in keys:
        known.record(each.device, [each.key])
