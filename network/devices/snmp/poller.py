"""Reads a device through SNMP once in an interval; learns its rows at the start, and when they may have changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from network.devices.console import NoAnswer
from network.devices.snmp.objects import WALKED, Mib
from network.devices.snmp.rates import DeviceRates, RateMeter
from network.devices.snmp.reading import SnmpLayout, SnmpReading, Table, interpreted, learned
from network.devices.snmp.session import SnmpClient

LEARN_EVERY = 60.0
"""Seconds after which the rows are learned again without a reason: new neighbours and interfaces show up by then."""
LEARN_AT_MOST = 5.0
"""Seconds between two times that they are learned with a reason."""


@dataclass(frozen=True)
class SnmpSample:
    """`rates`: None if there is no earlier reading, or the device answered from its cache."""

    reading: SnmpReading
    rates: DeviceRates | None


@dataclass
class SnmpPoller:
    client: SnmpClient
    clock: Callable[[], float] = time.monotonic
    layout: SnmpLayout | None = None
    _meter: RateMeter = field(default_factory=RateMeter)
    _learned_at: float = float("-inf")
    _wanted: bool = True

    def look_again(self) -> None:
        """Learn the rows again before the next reading: something happened on the device."""
        self._wanted = True

    async def read(self) -> SnmpSample | NoAnswer:
        layout = await self._current_layout()
        if isinstance(layout, NoAnswer):
            return layout
        values = await self.client.get(layout.oids())
        if isinstance(values, NoAnswer):
            self._wanted = True
            return values
        reading = interpreted(layout, values, self.clock())
        rates = self._meter.observe(reading)
        self._wanted = self._wanted or reading.stale or (rates is not None and rates.restarted)
        return SnmpSample(reading, rates)

    async def _current_layout(self) -> SnmpLayout | NoAnswer:
        age = self.clock() - self._learned_at
        if self.layout is not None and not (age > LEARN_EVERY or (self._wanted and age > LEARN_AT_MOST)):
            return self.layout
        tables: dict[Mib, Table] = {}
        for column in WALKED:
            found = await self.client.walk(column)
            if isinstance(found, NoAnswer):
                return found
            tables[column] = found
        self.layout, self._learned_at, self._wanted = learned(tables), self.clock(), False
        return self.layout
