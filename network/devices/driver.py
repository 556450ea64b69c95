"""The driver for real devices: puts together what its watches see, and answers the host.

Rules
1. Network time runs with the monotonic clock of this machine, from the wall time at the start: a clock that is set does
   not disturb it.
2. A reading waits for no device. It has what is known by then; what is not known is missing.
3. Nothing of a device ends the driver: its failures are values, and the log gets one line for each change.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from network.devices.acting import DevicesActuator, ManagedDevice, UnfinishedAction
from network.devices.actions.playbooks.table import PLAYBOOKS
from network.devices.actions.request import DeviceCare, ServiceCare
from network.devices.board import Board
from network.devices.console import NoAnswer
from network.devices.drift import publish_evidence
from network.devices.evidence.baseline import FOLDER, BaselineFolder
from network.devices.evidence.metrics import METRICS_OF
from network.devices.evidence.reader import service_files
from network.devices.inventory.device import BaselineTrust, Device, DeviceInventory, ManagementMode
from network.devices.parts import LINK_ACTIONS
from network.devices.pulse.reading import DevicePulse
from network.devices.pulse.sessions import Sessions, link_states, owners_of
from network.devices.ssh.console import SshConsole, console_of
from network.devices.state_watch import READ_EVERY, StateWatch
from network.devices.watch import DeviceWatch
from network.port import DriverReading, Unreachable
from shared.domain.capabilities import Capabilities
from shared.domain.catalogue import ACTIONS
from shared.domain.errors import MessageError
from shared.domain.events import Fault
from shared.domain.kinds import ActionKind, ElementKind, NodeType, in_order
from shared.domain.topology import Topology

LOOK_EVERY = 1.0
"""Seconds between two looks at a device without an event, at most; less if the interval is shorter."""
MEASURED = {
    ElementKind.NODE: ("reachable",),
    ElementKind.LINK: ("up", "admin_up"),
    ElementKind.SESSION: ("established",),
}


def offered_metrics() -> dict[ElementKind, tuple[str, ...]]:
    found = {kind: list(names) for kind, names in MEASURED.items()}
    for kind, metrics in METRICS_OF.items():
        found.setdefault(kind, []).extend(map(str, metrics))
    return {kind: tuple(names) for kind, names in found.items()}


def offered_actions() -> dict[ActionKind, tuple[ElementKind, ...]]:
    """Return the actions of the catalogue that have a playbook here."""
    of_links = {ActionKind(kind): (ElementKind.LINK,) for kind in sorted(LINK_ACTIONS)}
    of_others = {
        kind: in_order(ElementKind, spec.targets - {ElementKind.LINK})
        for kind, spec in ACTIONS.items()
        if kind in PLAYBOOKS and kind not in of_links
    }
    return of_links | of_others


class DevicesState(msgspec.Struct, frozen=True):
    """What a new process needs: which sessions should be established, and which actions are under way.

    `at`: network time; `tick`: its number.
    """

    tick: int
    at: float
    sessions: list[str]
    actions: list[UnfinishedAction] = []


@dataclass
class DevicesDriver:
    inventory_file: DeviceInventory
    watches: dict[str, DeviceWatch] = field(default_factory=dict)
    states: dict[str, StateWatch] = field(default_factory=dict)
    drift: list[tuple[str, str]] = field(default_factory=list)
    """The differences that harm nobody: pairs of an element and an evidence metric."""
    remarks: list[str] = field(default_factory=list)
    name: str = "devices"
    actuator: DevicesActuator | None = None
    injector: None = None

    def __post_init__(self) -> None:
        self._topology = self.inventory_file.topology()
        self.interval = self.inventory_file.interval
        self._wall, self._monotonic = time.time(), time.monotonic()
        self.tick, self._origin = 0, self._wall
        self._board = Board(self._topology, self.interval)
        self._sessions = Sessions(self._topology)
        self._tasks: list[asyncio.Task[None]] = []
        self._managed: dict[str, ManagedDevice] = {}
        self._resumed: list[UnfinishedAction] = []
        self._looked: dict[str, object] = {}
        self._consoles: list[SshConsole] = []
        for device in self.inventory_file.devices:
            self._watch(device)
        if self.inventory_file.mode is ManagementMode.MANAGE and self._managed:
            self.actuator = DevicesActuator(self._topology, self._managed)

    def _watch(self, device: Device) -> None:
        console = console_of(device, self.inventory_file)
        if isinstance(console, NoAnswer):
            self.remarks.append(console.reason)
            return
        self._consoles.append(console)
        routing = device.role is not NodeType.SERVER
        every = min(LOOK_EVERY, max(self.interval, LOOK_EVERY / 4))
        watch = DeviceWatch(console, every, self._network_time, routing)
        state = StateWatch(
            console,
            BaselineFolder(self.inventory_file.folder / FOLDER),
            self.inventory_file.baseline is BaselineTrust.TRUST_FIRST,
            self._network_time,
            service_files(device.services),
            routing,
        )
        self.watches[device.name], self.states[device.name] = watch, state
        self._managed[device.name] = ManagedDevice(console, care_of(device), routing, lambda: state.approved)

    # --- what the host asks ---------------------------------------------------------------------------------------

    @property
    def telemetry(self) -> DevicesDriver:
        return self

    @property
    def inventory(self) -> DevicesDriver:
        return self

    def capabilities(self) -> Capabilities:
        actions = offered_actions() if self.actuator is not None else {}
        return Capabilities(driver=self.name, interval=self.interval, metrics=offered_metrics(), actions=actions)

    async def topology(self) -> Topology:
        return self._topology

    @property
    def now(self) -> float:
        return self._origin + self.tick * self.interval

    async def read(self) -> DriverReading:
        self._start()
        await asyncio.sleep(0)
        self.tick += 1
        self._collect()
        receipts = () if self.actuator is None else self.actuator.take_receipts()
        return DriverReading(self.tick, self.now, self._board.ticks(self.tick, self.now), receipts=receipts)

    async def skip(self, intervals: int) -> DriverReading:
        self.tick += intervals
        return DriverReading(self.tick, self.now)

    def snapshot(self) -> bytes:
        actions = [] if self.actuator is None else self.actuator.unfinished()
        return msgspec.json.encode(DevicesState(self.tick, self.now, list(self._sessions.known), actions))

    def restore(self, snapshot: bytes, live: Sequence[Fault]) -> None:
        """Raises MessageError."""
        try:
            state = msgspec.json.decode(snapshot, type=DevicesState)
        except msgspec.MsgspecError as error:
            raise MessageError(f"not a state of the driver for devices: {error}; start with --fresh") from None
        self.tick, self._origin = state.tick, state.at - state.tick * self.interval
        self._resumed = state.actions
        self._sessions.known.update(dict.fromkeys(name for name in state.sessions if name in self._topology))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.actuator is not None:
            await self.actuator.close()
        await asyncio.gather(*(console.close() for console in self._consoles))

    # --- what the watches see -------------------------------------------------------------------------------------

    def _network_time(self) -> float:
        return self._wall + time.monotonic() - self._monotonic

    def _start(self) -> None:
        if not self._tasks:
            runs = [watch.run() for watch in self.watches.values()] + [state.run() for state in self.states.values()]
            self._tasks = [asyncio.create_task(run) for run in runs]
            if self.actuator is not None:
                self.actuator.resume(self._resumed)

    def _collect(self) -> None:
        pulses, moment = {}, self._network_time()
        addresses = [(name, address) for name, watch in self.watches.items() for address in watch.addresses]
        self._sessions.owners = owners_of(addresses)
        for name, watch in self.watches.items():
            if watch.pulse is None or watch.trouble is not None or moment - watch.at > 3 * watch.every + self.interval:
                continue
            pulses[name] = watch.pulse
            self._board.put(name, "reachable", 1.0, self.now, watch.every)
        for link, metric, value in link_states(self._topology, pulses):
            self._board.put(link, metric, value, self.now, self.interval)
        for session, established in self._sessions.states(pulses).items():
            self._board.put(session, "established", float(established), self.now, self.interval)
        self._read_states_that_may_differ(pulses)
        self.drift = []
        for state in self.states.values():
            read, differing = state.points()
            self.drift += publish_evidence(self._board, differing, read, self.now, READ_EVERY)

    def _read_states_that_may_differ(self, pulses: Mapping[str, DevicePulse]) -> None:
        """Read the state of a device at once if its quick look has changed."""
        for name, pulse in pulses.items():
            looks_as = (
                {interface: (one.enabled, one.up) for interface, one in pulse.interfaces.items()},
                sorted((one.protocol, one.interface, one.address, one.up) for one in pulse.neighbours),
                pulse.missing,
            )
            if self._looked.setdefault(name, looks_as) != looks_as:
                self._looked[name] = looks_as
                self.states[name].nudge()

    def silent(self) -> list[Unreachable]:
        """Return the devices that did not answer their last look, and why."""
        watches = self.watches.items()
        return [Unreachable(name, watch.trouble.reason) for name, watch in watches if watch.trouble is not None]


def care_of(device: Device) -> DeviceCare:
    return DeviceCare(
        management=device.address,
        services={one.name: ServiceCare(one.process, one.start) for one in device.services},
        restart_routing=device.restart_routing,
        reboot=device.reboot,
    )
