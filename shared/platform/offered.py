"""Reads the capabilities of the managed network. Until the network process has stored them, nothing is offered.

The capabilities are read repeatedly, since the network process may start after its readers and the driver may change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from shared.domain.capabilities import CAPABILITIES_KEY, UNKNOWN, Capabilities, decode_capabilities
from shared.domain.errors import MessageError
from shared.domain.kinds import Level
from shared.domain.subjects import Bucket
from shared.platform.bus import Bus

LOOK_FIRST, LOOK_EVERY = 0.25, 2.0
"""Seconds between two reads: first before the capabilities are known, second after."""
GRACE = 10.0
"""Seconds within which a network that has published nothing may still be starting."""

OfferedHandler = Callable[[Capabilities], Awaitable[None]]


class OfferedByNetwork:
    """Follows the capabilities of the network; `current` has the last ones that were read.

    The handler is called at each change, and once if nothing is known after `GRACE`.
    """

    def __init__(self, bus: Bus, on_change: OfferedHandler) -> None:
        self.current: Capabilities = UNKNOWN
        self._bus, self._on_change = bus, on_change
        self._bucket = bus.bucket(Bucket.NETWORK)
        self._fault = ""
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> OfferedByNetwork:
        await self._look()
        self._task = self._bus.connection.spawn(self._run())
        return self

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        silent_for, is_logged = 0.0, False
        while True:
            pause = LOOK_EVERY if self.current.known else LOOK_FIRST
            await asyncio.sleep(pause)
            await self._look()
            silent_for = 0.0 if self.current.known else silent_for + pause
            if silent_for >= GRACE and not is_logged:
                is_logged = True
                await self._on_change(self.current)

    async def _look(self) -> None:
        entry, fault = await self._bucket.get(CAPABILITIES_KEY), ""
        try:
            found = UNKNOWN if entry is None else decode_capabilities(entry.value)
        except MessageError as error:
            found, fault = UNKNOWN, str(error)
        if fault and fault != self._fault:
            await self._bus.log(Level.ERROR, f"What the network offers cannot be read, so nothing is offered: {fault}")
        self._fault = fault
        if found != self.current:
            self.current = found
            await self._on_change(found)
