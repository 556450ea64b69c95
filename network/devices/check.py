"""Whether each device can be reached, by what, and with which rights. It changes nothing on a device."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from network.devices.console import Answer, NoAnswer
from network.devices.inventory.device import CommunityAccess, Device, DeviceInventory
from network.devices.probes.echo import answering
from network.devices.probes.tools import tools_of
from network.devices.sight import DeviceSignals, ManagerSight, sight_of
from network.devices.snmp.objects import Mib
from network.devices.snmp.session import SnmpClient
from network.devices.ssh.console import SshConsole, console_of
from shared.domain.kinds import NodeType

AT_ONCE = 32
WANTED = ("ip", "fping")
WANTED_OF_ROUTERS = ("vtysh",)
"""Programs whose absence is worth a remark."""


@dataclass(frozen=True)
class DeviceCheck:
    """`ssh`, `root`, `routing`: of the shell, of sudo and of vtysh; None: not asked for. `lacks`: missing programs.

    `snmp`: what answered, such as `SNMP v3, 5 interfaces`.
    """

    device: str
    address: str
    ping: bool | None = None
    ssh: str | NoAnswer | None = None
    root: bool | NoAnswer | None = None
    routing: bool | NoAnswer | None = None
    snmp: str | NoAnswer | None = None
    lacks: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        return not self.failures

    @property
    def failures(self) -> tuple[NoAnswer, ...]:
        return tuple(each for each in (self.ssh, self.root, self.routing, self.snmp) if isinstance(each, NoAnswer))

    @property
    def line(self) -> str:
        """Return what answers, then what does not, as one line."""
        good = []
        if isinstance(self.ssh, str):
            good.append(f"SSH as {self.ssh}")
        if self.root is True:
            good.append("root")
        if self.routing is True:
            good.append("vtysh")
        if isinstance(self.snmp, str):
            good.append(self.snmp)
        if not good and self.ping is not None:
            good.append("ping" if self.ping else "no ping")
        parts = [", ".join(good) or "nothing asked"]
        parts += dict.fromkeys(each.reason for each in self.failures)
        if self.lacks:
            parts.append(f"no {', '.join(self.lacks)} there")
        return f"{self.device} ({self.address}): {'; '.join(parts)}"


@dataclass(frozen=True)
class CheckReport:
    devices: tuple[DeviceCheck, ...]
    sight: ManagerSight


async def check_devices(inventory: DeviceInventory) -> CheckReport:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(device: Device) -> DeviceCheck:
        async with places:
            return await check_device(device, inventory)

    checks = await asyncio.gather(*map(one, inventory.devices))
    gateway = (await answering([inventory.gateway]))[inventory.gateway] if inventory.gateway else None
    signals = {each.device: DeviceSignals(_signal(each.snmp), _signal(each.ssh), each.ping) for each in checks}
    return CheckReport(tuple(checks), sight_of(signals, gateway))


async def check_device(device: Device, inventory: DeviceInventory) -> DeviceCheck:
    ping, snmp = await asyncio.gather(answering([device.address]), _snmp(device, inventory))
    found = DeviceCheck(device.name, device.address, ping[device.address], snmp=snmp)
    console = console_of(device, inventory) if device.ssh else None
    if not isinstance(console, SshConsole):
        return found
    try:
        return await _ssh(found, console, device)
    finally:
        await console.close()


async def _ssh(found: DeviceCheck, console: SshConsole, device: Device) -> DeviceCheck:
    user = await console.run(("id", "-un"))
    if isinstance(user, NoAnswer):
        return DeviceCheck(found.device, found.address, found.ping, ssh=user, snmp=found.snmp)
    root = await console.run(("id", "-u"), root=True)
    tools = await tools_of(console)
    router = device.role is NodeType.ROUTER
    wanted = (*WANTED, *(WANTED_OF_ROUTERS if router else ()))
    lacks = () if isinstance(tools, NoAnswer) else tuple(name for name in wanted if name not in tools)
    routing = await console.routing(("show version",)) if router and "vtysh" not in lacks else None
    return DeviceCheck(
        found.device,
        found.address,
        found.ping,
        ssh=user.text.strip(),
        root=True if isinstance(root, Answer) else root,
        routing=True if isinstance(routing, Answer) else routing,
        snmp=found.snmp,
        lacks=lacks,
    )


async def _snmp(device: Device, inventory: DeviceInventory) -> str | NoAnswer | None:
    if device.snmp is None:
        return None
    names = await SnmpClient(device, device.snmp, inventory.folder).walk(Mib.IF_NAME)
    if isinstance(names, NoAnswer):
        return names
    version = "v2c" if isinstance(device.snmp, CommunityAccess) else "v3"
    return f"SNMP {version} with {len(names)} interfaces"


def _signal(answer: str | NoAnswer | None) -> bool | NoAnswer | None:
    return True if isinstance(answer, str) else answer
