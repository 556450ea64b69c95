"""Receives syslog and traps from the devices of the inventory, and follows the kernel of each over SSH.

Rule: a datagram is taken in only from an address that the inventory states; others are counted.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from network.devices.console import NoAnswer
from network.devices.events.ber import NotBer
from network.devices.events.classify import hint_of_kernel, hint_of_syslog
from network.devices.events.event import EventSource, Hint, Sink, event_of
from network.devices.events.storm import StormGate
from network.devices.events.syslog import syslog_message
from network.devices.events.traps import UnsupportedTrap, hint_of_trap, trap_message
from network.devices.inventory.device import Device, DeviceInventory
from network.devices.ssh.console import SshConsole
from network.devices.ssh.pacing import BackOff
from shared.domain.errors import SettingError

RECEIVE_BUFFER = 1024 * 1024
MAX_STRANGERS = 1000
"""Addresses whose datagrams are counted one by one; those of all others are counted together."""
ELSEWHERE = "elsewhere"
MONITOR = ("ip", "-o", "monitor", "label", "link", "route", "neigh", "address")
LASTED = 60.0
"""Seconds after which a monitor that ends is not taken for one that cannot run."""
InterfaceNames = Callable[[str, int], str]
"""Return the name of an interface of a device by its ifIndex, or an empty text."""


def no_names(device: str, index: int) -> str:
    return ""


@dataclass
class EventReceiver:
    """`sink`: gets the events. `interface_names`: for traps, which have numbers.

    `strangers`: datagrams from unknown addresses, by address. `faulty`: datagrams that cannot be parsed, by device.
    """

    inventory: DeviceInventory
    sink: Sink
    interface_names: InterfaceNames = no_names
    clock: Callable[[], float] = time.time
    strangers: Counter[str] = field(default_factory=Counter)
    faulty: Counter[str] = field(default_factory=Counter)
    unsupported: Counter[str] = field(default_factory=Counter)
    gate: StormGate = field(default_factory=StormGate)
    _transports: list[asyncio.DatagramTransport] = field(default_factory=list)

    async def start(self) -> None:
        """Listen where the inventory says. Raises SettingError."""
        collector = self.inventory.collector
        if collector is None:
            return
        for port, take in ((collector.syslog_port, self.take_syslog), (collector.trap_port, self.take_trap)):
            if port is not None:
                self._transports.append(await _listening(collector.bind, port, self._from_device(take)))

    def close(self) -> None:
        for transport in self._transports:
            transport.close()
        self._transports.clear()

    def take_syslog(self, device: Device, data: bytes) -> None:
        message = syslog_message(data)
        found = hint_of_syslog(message, (device.ssh.user,) if device.ssh else ())
        self._offer(device.name, EventSource.SYSLOG, found, f"{message.program}: {message.text}")

    def take_trap(self, device: Device, data: bytes) -> None:
        try:
            trap = trap_message(data)
        except NotBer:
            self.faulty[device.name] += 1
            return
        except UnsupportedTrap:
            self.unsupported[device.name] += 1
            return
        found = hint_of_trap(trap, lambda index: self.interface_names(device.name, index))
        self._offer(device.name, EventSource.TRAP, found, trap.text)

    def take_kernel(self, device: str, line: str) -> None:
        now = self.clock()
        if self.gate.may_parse(device, now):
            self._offer(device, EventSource.KERNEL, hint_of_kernel(line), line)
        else:
            self._count_storm(device, now, EventSource.KERNEL)

    def _from_device(self, take: Callable[[Device, bytes], None]) -> Callable[[bytes, str], None]:
        by_source: Mapping[str, Device] = self.inventory.by_source
        source = EventSource.SYSLOG if take == self.take_syslog else EventSource.TRAP

        def received(data: bytes, address: str) -> None:
            device = by_source.get(_plain(address))
            if device is None:
                known = address in self.strangers or len(self.strangers) < MAX_STRANGERS
                self.strangers[address if known else ELSEWHERE] += 1
            elif self.gate.may_parse(device.name, now := self.clock()):
                take(device, data)
            else:
                self._count_storm(device.name, now, source)

        return received

    def _offer(self, device: str, source: EventSource, found: Hint | None, text: str) -> None:
        if found is None:
            return
        event = event_of(device, self.clock(), source, found, text)
        if self.gate.is_repeated(event):
            return
        if self.gate.passes(event):
            self.sink(event)
        else:
            self._count_storm(device, event.at, source)

    def _count_storm(self, device: str, now: float, source: EventSource) -> None:
        if event := self.gate.storm(device, now, source):
            self.sink(event)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes, str], None]) -> None:
        self.received = received

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self.received(data, str(addr[0]))


async def _listening(bind: str, port: int, received: Callable[[bytes, str], None]) -> asyncio.DatagramTransport:
    """Raises SettingError."""
    opened = socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        opened.bind((bind, port))
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(received), sock=opened)
    except OSError as error:
        opened.close()
        why = f"cannot listen on {bind} port {port} (UDP): {error.strerror}"
        raise SettingError(f"{why}; correct 'collector' of the inventory, or free the port") from None
    return transport


def _plain(address: str) -> str:
    """Return an address without the form and the zone that a socket of IPv6 adds."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


@dataclass
class KernelMonitor:
    """Follows `ip monitor` on a device, and begins again with growing pauses when it ended.

    `trouble`: why nothing is followed now; None while it is.
    """

    console: SshConsole
    receiver: EventReceiver
    trouble: NoAnswer | None = None
    _back_off: BackOff = field(default_factory=BackOff)

    async def run(self) -> None:
        """Run until it is cancelled."""
        while True:
            stream = await self.console.stream(MONITOR)
            if isinstance(stream, NoAnswer):
                self.trouble = stream
            else:
                self.trouble, began = None, time.monotonic()
                with closing(stream):
                    async for line in stream.lines():
                        self.receiver.take_kernel(self.console.device, line)
                self.trouble = stream.ended
                if time.monotonic() - began > LASTED:
                    self._back_off.succeeded()
            self._back_off.failed(time.monotonic(), 0.0)
            await asyncio.sleep(self._back_off.remaining(time.monotonic()))
