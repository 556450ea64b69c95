"""Rates from the counters of two readings. Pure.

Rules
1. A counter that wrapped is continued; a counter that began again gives no rate. It began again if the device or the
   interface says so, or if the rate would be more than the interface can carry.
2. A device may answer from a cache (net-snmp: some seconds). Two readings with the same counters of all interfaces are
   one reading; the next rate is over the time since the first of them.
3. An interface is compared with the interface of the same name, whatever its index is now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from network.devices.snmp.cgroup import CgroupFigures
from network.devices.snmp.objects import CPU_IDLE
from network.devices.snmp.reading import InterfaceReading, SnmpReading, TrafficCounter

SPEED_SLACK = 2.0
"""A rate above the speed of the interface by this factor is no rate. Clock and counters are not read at one moment."""
BITS_IN_OCTET = 8
BITS_IN_MEGABIT = 1e6
SMALLEST_PACKET = 64
UPTIME_WRAP = 2**32 / 100
"""Seconds after which sysUpTime begins again although the device did not: 497 days."""
UPTIME_SLACK = 30.0
LEAST_SECONDS = 0.05


@dataclass(frozen=True)
class InterfaceRates:
    """In counts a second; a counter without a rate is missing."""

    name: str
    rates: Mapping[TrafficCounter, float]

    def bits(self, counter: TrafficCounter) -> float | None:
        """`counter`: of octets. Return bit/s."""
        octets = self.rates.get(counter)
        return None if octets is None else octets * BITS_IN_OCTET


@dataclass(frozen=True)
class DeviceRates:
    """`seconds`: what the rates are over. `processor`: share from 0 to 1, of the control group if it has one.

    `throttled`: share of the time in which the limit of the control group made its programs wait. `restarted`: the
    device started again between the readings.
    """

    seconds: float
    interfaces: Mapping[str, InterfaceRates]
    processor: float | None
    throttled: float | None
    restarted: bool


@dataclass
class RateMeter:
    """Keeps the last reading that was not from the cache."""

    _last: SnmpReading | None = None

    def observe(self, reading: SnmpReading) -> DeviceRates | None:
        """Return None if there is nothing to compare the reading with."""
        before = self._last
        if before is None:
            self._last = reading
            return None
        if _same_counters(before, reading) and not has_restarted(before, reading):
            return None
        self._last = reading
        return rates_between(before, reading)


def rates_between(before: SnmpReading, after: SnmpReading) -> DeviceRates:
    seconds, restarted = after.at - before.at, has_restarted(before, after)
    usable = seconds >= LEAST_SECONDS and not restarted
    both = before.interfaces.keys() & after.interfaces.keys() if usable else ()
    return DeviceRates(
        seconds=seconds,
        interfaces={
            name: _interface(before.interfaces[name], after.interfaces[name], after, seconds) for name in sorted(both)
        },
        processor=_processor(before, after, seconds) if usable else None,
        throttled=_throttled(before.cgroup, after.cgroup, seconds) if usable else None,
        restarted=restarted,
    )


def has_restarted(before: SnmpReading, after: SnmpReading) -> bool:
    """Whether sysUpTime went back, except over its end after 497 days."""
    if before.uptime is None or after.uptime is None or after.uptime >= before.uptime:
        return False
    expected = before.uptime + (after.at - before.at) - UPTIME_WRAP
    return abs(after.uptime - expected) > UPTIME_SLACK


def increase(before: int, after: int, bits: int, most: float | None) -> int | None:
    """Return how much a counter grew; None if it began again. `most`: what it can grow at most, if that is known."""
    grown = after - before
    if grown < 0:
        grown += 1 << bits
        if grown >= 1 << (bits - 1):
            return None
    return None if most is not None and grown > most else grown


def _same_counters(before: SnmpReading, after: SnmpReading) -> bool:
    if not before.interfaces or before.interfaces.keys() != after.interfaces.keys():
        return False
    return all(before.interfaces[name].counters == each.counters for name, each in after.interfaces.items())


def _interface(
    before: InterfaceReading, after: InterfaceReading, reading: SnmpReading, seconds: float
) -> InterfaceRates:
    found: dict[TrafficCounter, float] = {}
    if before.discontinuity == after.discontinuity:
        for counter in before.counters.keys() & after.counters.keys():
            most = _most(counter, after.speed, seconds)
            grown = increase(before.counters[counter], after.counters[counter], reading.widths[counter], most)
            if grown is not None:
                found[counter] = grown / seconds
    return InterfaceRates(after.name, found)


def _most(counter: TrafficCounter, speed: float | None, seconds: float) -> float | None:
    """`speed`: in Mbit/s."""
    if speed is None:
        return None
    octets = speed * BITS_IN_MEGABIT / BITS_IN_OCTET * max(seconds, 1.0) * SPEED_SLACK
    return octets if counter in (TrafficCounter.IN_OCTETS, TrafficCounter.OUT_OCTETS) else octets / SMALLEST_PACKET


def _processor(before: SnmpReading, after: SnmpReading, seconds: float) -> float | None:
    one, other = before.cgroup, after.cgroup
    if one and other and one.cpu_seconds is not None and other.cpu_seconds is not None:
        used = (other.cpu_seconds - one.cpu_seconds) / seconds / (other.cpu_limit or 1.0)
        return min(1.0, used) if used >= 0 else None
    if after.ticks and before.ticks.keys() == after.ticks.keys():
        grown = {row: increase(before.ticks[row], ticks, 32, None) for row, ticks in after.ticks.items()}
        known = {row: count for row, count in grown.items() if count is not None}
        total = sum(known.values())
        return 1 - known[CPU_IDLE] / total if total and len(known) == len(grown) else None
    return after.processor


def _throttled(before: CgroupFigures | None, after: CgroupFigures | None, seconds: float) -> float | None:
    if not before or not after or before.throttled_seconds is None or after.throttled_seconds is None:
        return None
    waited = (after.throttled_seconds - before.throttled_seconds) / seconds
    return min(1.0, waited) if waited >= 0 else None
