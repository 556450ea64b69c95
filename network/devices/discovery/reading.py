"""Asks devices for their neighbours: over SSH, or by SNMP where the inventory states no SSH. It changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from network.devices.console import Answer, Console, NoAnswer, Trouble
from network.devices.discovery.findings import (
    LEARNED,
    LLDP,
    SNMP_TABLES,
    DeviceFindings,
    findings_of_snmp,
    learned_addresses,
    lldp_sightings,
)
from network.devices.inventory.addresses import IP_ADDRESSES, device_addresses
from network.devices.inventory.device import Device, DeviceInventory
from network.devices.probes.tools import tools_of
from network.devices.pulse.reading import ROUTING, read_pulse
from network.devices.snmp.objects import Mib
from network.devices.snmp.reading import Table
from network.devices.snmp.session import SnmpClient
from network.devices.ssh.console import console_of
from network.devices.ssh.failures import quote
from shared.domain.kinds import NodeType

AT_ONCE = 32


async def read_findings(inventory: DeviceInventory) -> dict[str, DeviceFindings | NoAnswer]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(device: Device) -> DeviceFindings | NoAnswer:
        async with places:
            return await findings_of(device, inventory)

    found = await asyncio.gather(*map(one, inventory.devices))
    return {device.name: each for device, each in zip(inventory.devices, found, strict=True)}


async def findings_of(device: Device, inventory: DeviceInventory) -> DeviceFindings | NoAnswer:
    console = console_of(device, inventory)
    if not isinstance(console, NoAnswer):
        try:
            return await _by_ssh(console, device.role is not NodeType.SERVER)
        finally:
            await console.close()
    return await _by_snmp(SnmpClient(device, device.snmp, inventory.folder)) if device.snmp else console


async def _by_ssh(console: Console, routes: bool) -> DeviceFindings | NoAnswer:
    answer = await console.run(IP_ADDRESSES)
    tools = await tools_of(console)
    if isinstance(answer, NoAnswer):
        return answer
    if isinstance(tools, NoAnswer):
        return tools
    lacks: list[str] = []
    addresses = device_addresses(answer.text)
    if addresses is None:
        why = f"{console.device}: `ip -j addr` answers {quote(answer.output)}; install iproute2 there"
        return NoAnswer(Trouble.GARBAGE, why)
    routing = await console.routing(ROUTING) if routes and "vtysh" in tools else None
    if isinstance(routing, NoAnswer):
        lacks.append(routing.reason)
    lldp = await _lldp(console) if "lldpctl" in tools else b""
    learned = await console.run(LEARNED) if "bridge" in tools else None
    return DeviceFindings(
        addresses,
        read_pulse(None, routing.output if isinstance(routing, Answer) else None).neighbours,
        lldp_sightings(lldp),
        learned_addresses(learned.output) if isinstance(learned, Answer) else {},
        tuple(lacks),
    )


async def _lldp(console: Console) -> bytes:
    """The socket of lldpd is for root alone on most devices."""
    for root in (False, True):
        answer = await console.run(LLDP, root=root)
        if isinstance(answer, Answer) and answer.status == 0:
            return answer.output
    return b""


async def _by_snmp(client: SnmpClient) -> DeviceFindings | NoAnswer:
    tables: dict[Mib, Table] = {}
    for column in SNMP_TABLES:
        found = await client.walk(column)
        if isinstance(found, NoAnswer):
            return found
        tables[column] = found
    return findings_of_snmp(tables)


def readable(findings: Mapping[str, DeviceFindings | NoAnswer]) -> dict[str, DeviceFindings]:
    return {name: each for name, each in findings.items() if isinstance(each, DeviceFindings)}
