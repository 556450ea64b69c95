"""Watches one device through its console: takes quick looks at once after an event and on a beat, and keeps the last.

Rules: a device that does not answer is looked at again, less often the longer it is silent; an old answer is not
repeated as if it were new. One look at a time; a look has a bound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from network.devices.console import Answer, Console, NoAnswer
from network.devices.pulse.addresses import ADDRESSES, read_addresses
from network.devices.pulse.reading import ROUTING, SHELL, DevicePulse, read_pulse

LOOK_WITHIN = 3.0
"""Seconds for one look."""
SETTLE = 0.03
"""Seconds after an event: several events of one change come together."""
ADDRESSES_EVERY = 60.0
SLOWEST = 15.0
"""Seconds between two looks at a device that is silent."""


@dataclass
class DeviceWatch:
    """`every`: seconds between two looks without an event. `now`: network time. `routing`: whether to ask `vtysh`."""

    console: Console
    every: float
    now: Callable[[], float]
    routing: bool = True
    pulse: DevicePulse | None = None
    at: float = 0.0
    """When the last look that was answered ended."""
    trouble: NoAnswer | None = None
    """Why the last look was not answered."""
    addresses: tuple[str, ...] = ()
    looks: int = 0
    _addresses_at: float | None = None
    _event: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def device(self) -> str:
        return self.console.device

    def nudge(self) -> None:
        """Look at once, since something happened."""
        self._event.set()

    async def run(self) -> None:
        silent = 0
        while True:
            answered = await self.look()
            silent = 0 if answered else silent + 1
            await self._wait(min(max(SLOWEST, self.every), self.every * 2 ** min(silent, 10)))

    async def look(self) -> bool:
        """Return whether the shell answered. The looks at shell and routing run at the same time."""
        self.looks += 1
        shell, routing = await asyncio.gather(
            self.console.script(SHELL, within=LOOK_WITHIN),
            self.console.routing(ROUTING, within=LOOK_WITHIN) if self.routing else _nothing(),
        )
        if isinstance(shell, NoAnswer):
            self.trouble = shell
            return False
        output = routing.output if isinstance(routing, Answer) else None
        self.pulse, self.at, self.trouble = read_pulse(shell.output, output), self.now(), None
        await self._read_addresses()
        return True

    async def _read_addresses(self) -> None:
        if self._addresses_at is not None and self.now() - self._addresses_at < ADDRESSES_EVERY:
            return
        answer = await self.console.script(ADDRESSES, within=LOOK_WITHIN)
        if isinstance(answer, Answer) and (found := read_addresses(answer.output)) is not None:
            self.addresses, self._addresses_at = found, self.now()

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
            await asyncio.sleep(SETTLE)
        except TimeoutError:
            pass
        self._event.clear()


async def _nothing() -> None:
    return None
