"""What the values that a device sent mean. Pure: no device is trusted to send a value of the right kind.

Rules
1. A value that is missing or of another kind is None; it is never 0.
2. An interface is known by its name. Where the name of a row is no longer the learned one, the rows were numbered
   again: the interface is left out, and the layout has to be learned again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from network.devices.snmp.cgroup import CgroupFigures, cgroup_figures
from network.devices.snmp.objects import (
    CGROUP_EXTEND,
    CPU_IDLE,
    CPU_PARTS,
    MEM_AVAILABLE,
    MEM_BUFFERS,
    MEM_CACHED,
    MEM_FREE,
    MEM_TOTAL,
    STORAGE_RAM,
    SYS_UPTIME,
    Mib,
    cell,
    extend_row,
)

SnmpValue: TypeAlias = str | int | float | bytes | bool | None
Table: TypeAlias = Mapping[str, SnmpValue]
"""A column: the value of each row."""
MAX_INTERFACES, MAX_NEIGHBOURS, MAX_PROCESSORS = 512, 512, 64
"""More rows than these are left out."""
UP = 1
CENTISECONDS = 100


class TrafficCounter(StrEnum):
    """The counters of an interface."""

    IN_OCTETS = "in_octets"
    OUT_OCTETS = "out_octets"
    IN_PACKETS = "in_packets"
    OUT_PACKETS = "out_packets"
    IN_ERRORS = "in_errors"
    OUT_ERRORS = "out_errors"
    IN_DISCARDS = "in_discards"
    OUT_DISCARDS = "out_discards"


NARROW: Mapping[TrafficCounter, Mib] = {
    TrafficCounter.IN_OCTETS: Mib.IN_OCTETS,
    TrafficCounter.OUT_OCTETS: Mib.OUT_OCTETS,
    TrafficCounter.IN_PACKETS: Mib.IN_PACKETS,
    TrafficCounter.OUT_PACKETS: Mib.OUT_PACKETS,
    TrafficCounter.IN_ERRORS: Mib.IN_ERRORS,
    TrafficCounter.OUT_ERRORS: Mib.OUT_ERRORS,
    TrafficCounter.IN_DISCARDS: Mib.IN_DISCARDS,
    TrafficCounter.OUT_DISCARDS: Mib.OUT_DISCARDS,
}
"""Counters of 32 bits."""
WIDE: Mapping[TrafficCounter, Mib] = {
    TrafficCounter.IN_OCTETS: Mib.HC_IN_OCTETS,
    TrafficCounter.OUT_OCTETS: Mib.HC_OUT_OCTETS,
    TrafficCounter.IN_PACKETS: Mib.HC_IN_PACKETS,
    TrafficCounter.OUT_PACKETS: Mib.HC_OUT_PACKETS,
}
"""Counters of 64 bits, which a device may lack."""


class NeighbourState(StrEnum):
    UP = "up"
    COMING = "coming"
    DOWN = "down"


OSPF_STATES = {8: NeighbourState.UP, 4: NeighbourState.UP, 1: NeighbourState.DOWN}
"""Full, and 2-Way, in which two routers stay that are not the designated ones of a segment."""
BGP_STATES = {6: NeighbourState.UP, 1: NeighbourState.DOWN}
ISIS_STATES = {3: NeighbourState.UP, 1: NeighbourState.DOWN}


@dataclass(frozen=True)
class SnmpLayout:
    """Which rows a device has. `interfaces`: name of each ifIndex. `speeds`: in Mbit/s.

    `ospf`, `bgp`, `isis`: rows of neighbours, with the id of the router or system.
    """

    interfaces: Mapping[int, str] = field(default_factory=dict)
    speeds: Mapping[int, float] = field(default_factory=dict)
    wide: bool = False
    ospf: Mapping[str, str] = field(default_factory=dict)
    bgp: Mapping[str, str] = field(default_factory=dict)
    isis: Mapping[str, str] = field(default_factory=dict)
    processors: tuple[str, ...] = ()
    cpu_parts: tuple[str, ...] = ()
    memory: tuple[str, ...] = ()
    ram: str = ""
    cgroup: bool = False

    def width(self, counter: TrafficCounter) -> int:
        """In bits."""
        return 64 if self.wide and counter in WIDE else 32

    def columns(self) -> Mapping[TrafficCounter, Mib]:
        return {**NARROW, **WIDE} if self.wide else NARROW

    def oids(self) -> tuple[str, ...]:
        """Return everything that is read in an interval."""
        found = [SYS_UPTIME]
        interface = (
            Mib.IF_NAME,
            Mib.IF_ADMIN,
            Mib.IF_OPER,
            Mib.IF_DISCONTINUITY,
            *self.columns().values(),
        )
        found += [cell(column, index) for index in self.interfaces for column in interface]
        found += [cell(Mib.OSPF_STATE, row) for row in self.ospf]
        found += [cell(column, row) for row in self.bgp for column in (Mib.BGP_STATE, Mib.BGP_SECONDS)]
        found += [cell(Mib.ISIS_STATE, row) for row in self.isis]
        if self.cgroup:
            found.append(cell(Mib.EXTEND_OUTPUT, extend_row(CGROUP_EXTEND)))
        found += [cell(Mib.CPU_TICKS, row) for row in self.cpu_parts]
        found += [] if self.cpu_parts else [cell(Mib.CPU_LOAD, row) for row in self.processors]
        found += [cell(Mib.MEMORY, row) for row in self.memory]
        if self.ram and not self.memory:
            found += [cell(column, self.ram) for column in (Mib.STORAGE_SIZE, Mib.STORAGE_USED)]
        return tuple(found)


@dataclass(frozen=True)
class InterfaceReading:
    """None: not known. `speed`: in Mbit/s. `discontinuity`: changes when the counters began again."""

    name: str
    index: int
    admin_up: bool | None
    oper_up: bool | None
    speed: float | None
    discontinuity: int | None
    counters: Mapping[TrafficCounter, int]


@dataclass(frozen=True)
class NeighbourReading:
    """`protocol`: ospf, bgp or isis. `peer`: its address, or the id of the system. `seconds`: since it is up."""

    protocol: str
    peer: str
    router: str
    state: NeighbourState
    seconds: int | None = None


@dataclass(frozen=True)
class SnmpReading:
    """The values of one interval at the time `at`. `uptime`: in seconds.

    `processor`: share from 0 to 1. `ticks`: of the processor, by row. `memory`: share in use from 0 to 1.
    `stale`: the layout has to be learned again.
    """

    at: float
    uptime: float | None
    interfaces: Mapping[str, InterfaceReading]
    neighbours: tuple[NeighbourReading, ...]
    processor: float | None
    ticks: Mapping[str, int]
    memory: float | None
    cgroup: CgroupFigures | None
    stale: bool
    widths: Mapping[TrafficCounter, int]


def learned(tables: Mapping[Mib, Table]) -> SnmpLayout:
    """`tables`: what the walks of `WALKED` returned; a table may be missing."""

    def rows(column: Mib) -> Table:
        return tables.get(column, {})

    names = {int(row): text for row, value in rows(Mib.IF_NAME).items() if row.isdigit() and (text := as_text(value))}
    kept = dict(sorted(names.items())[:MAX_INTERFACES])
    speeds = {int(row): number(value) or 0 for row, value in rows(Mib.IF_SPEED).items() if row.isdigit()}
    parts = tuple(row for row in CPU_PARTS if row in rows(Mib.CPU_TICKS))
    memory = tuple(
        row for row in (MEM_TOTAL, MEM_FREE, MEM_BUFFERS, MEM_CACHED, MEM_AVAILABLE) if row in rows(Mib.MEMORY)
    )
    return SnmpLayout(
        interfaces=kept,
        speeds={index: float(speed) for index, speed in speeds.items() if index in kept and speed},
        wide=bool(rows(Mib.HC_IN_OCTETS)),
        ospf=_first({row: as_text(value) for row, value in rows(Mib.OSPF_ROUTER).items()}),
        bgp=_first({row: row for row in rows(Mib.BGP_STATE)}),
        isis=_first({row: _system_id(value) for row, value in rows(Mib.ISIS_SYSTEM).items()}),
        processors=tuple(rows(Mib.CPU_LOAD))[:MAX_PROCESSORS],
        cpu_parts=parts if CPU_IDLE in parts else (),
        memory=memory if MEM_TOTAL in memory else (),
        ram=next((row for row, value in rows(Mib.STORAGE_TYPE).items() if value == STORAGE_RAM), ""),
        cgroup=extend_row(CGROUP_EXTEND) in rows(Mib.EXTEND_OUTPUT),
    )


def interpreted(layout: SnmpLayout, values: Mapping[str, SnmpValue], at: float) -> SnmpReading:
    """`values`: by object identifier; what the device did not send is missing."""
    uptime = number(values.get(SYS_UPTIME))
    interfaces = [_interface(layout, index, values) for index in layout.interfaces]
    ticks = {
        row: ticks for row in layout.cpu_parts if (ticks := number(values.get(cell(Mib.CPU_TICKS, row)))) is not None
    }
    output = values.get(cell(Mib.EXTEND_OUTPUT, extend_row(CGROUP_EXTEND))) if layout.cgroup else None
    return SnmpReading(
        at=at,
        uptime=None if uptime is None else uptime / CENTISECONDS,
        interfaces={each.name: each for each in interfaces if each is not None},
        neighbours=tuple(_neighbours(layout, values)),
        processor=_processor(layout, values),
        ticks=ticks,
        memory=_memory(layout, values),
        cgroup=cgroup_figures(output) if isinstance(output, bytes) else None,
        stale=any(each is None for each in interfaces),
        widths={counter: layout.width(counter) for counter in TrafficCounter},
    )


def _interface(layout: SnmpLayout, index: int, values: Mapping[str, SnmpValue]) -> InterfaceReading | None:
    """Return None if the row now belongs to another interface, or to none."""
    name = layout.interfaces[index]
    if as_text(values.get(cell(Mib.IF_NAME, index))) != name:
        return None
    found = {counter: number(values.get(cell(column, index))) for counter, column in layout.columns().items()}
    return InterfaceReading(
        name=name,
        index=index,
        admin_up=_is_up(values.get(cell(Mib.IF_ADMIN, index))),
        oper_up=_is_up(values.get(cell(Mib.IF_OPER, index))),
        speed=layout.speeds.get(index),
        discontinuity=number(values.get(cell(Mib.IF_DISCONTINUITY, index))),
        counters={counter: value for counter, value in found.items() if value is not None},
    )


def _neighbours(layout: SnmpLayout, values: Mapping[str, SnmpValue]) -> Sequence[NeighbourReading]:
    """A neighbour whose row is gone is down: the device no longer knows it."""
    found = []
    for row, router in layout.ospf.items():
        state = OSPF_STATES.get(_state(values, Mib.OSPF_STATE, row), NeighbourState.COMING)
        found.append(NeighbourReading("ospf", ".".join(row.split(".")[:4]), router, state))
    for row in layout.bgp:
        state = BGP_STATES.get(_state(values, Mib.BGP_STATE, row), NeighbourState.COMING)
        found.append(NeighbourReading("bgp", row, "", state, number(values.get(cell(Mib.BGP_SECONDS, row)))))
    for row, system in layout.isis.items():
        state = ISIS_STATES.get(_state(values, Mib.ISIS_STATE, row), NeighbourState.COMING)
        found.append(NeighbourReading("isis", system, system, state))
    return found


def _state(values: Mapping[str, SnmpValue], column: Mib, row: str) -> int:
    state = number(values.get(cell(column, row)))
    return 1 if state is None else state


def _processor(layout: SnmpLayout, values: Mapping[str, SnmpValue]) -> float | None:
    """Return the average load of the last minute, of a device that has no ticks."""
    loads = [load for row in layout.processors if (load := number(values.get(cell(Mib.CPU_LOAD, row)))) is not None]
    return min(1.0, sum(loads) / len(loads) / 100) if loads and not layout.cpu_parts else None


def _memory(layout: SnmpLayout, values: Mapping[str, SnmpValue]) -> float | None:
    if layout.memory:
        sizes = {row: number(values.get(cell(Mib.MEMORY, row))) or 0 for row in layout.memory}
        free = sizes.get(MEM_AVAILABLE) or sum(sizes.get(row, 0) for row in (MEM_FREE, MEM_BUFFERS, MEM_CACHED))
        return _share(sizes[MEM_TOTAL] - free, sizes[MEM_TOTAL])
    if layout.ram:
        size, used = (number(values.get(cell(each, layout.ram))) for each in (Mib.STORAGE_SIZE, Mib.STORAGE_USED))
        return None if size is None or used is None else _share(used, size)
    return None


def _share(part: float, whole: float) -> float | None:
    return min(1.0, max(0.0, part / whole)) if whole > 0 else None


def _first(rows: Mapping[str, str]) -> dict[str, str]:
    return dict(list(rows.items())[:MAX_NEIGHBOURS])


def _is_up(value: SnmpValue) -> bool | None:
    state = number(value)
    return None if state is None else state == UP


def _system_id(value: SnmpValue) -> str:
    digits = value.hex() if isinstance(value, bytes) else ""
    return ".".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def number(value: SnmpValue) -> int | None:
    """Return a count or state; None for everything that is no whole number from 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def as_text(value: SnmpValue) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, str) else ""
