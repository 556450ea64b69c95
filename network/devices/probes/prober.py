"""Pings from one device to its neighbours, without an end: `fping` if the device has it, else `ping`.

Rules
1. One process of the device sends all probes, one more sends faster probes to one target for a limited time.
2. Without `fping`, each target gets five probes a second by `ping` of iputils; that costs a process for each target.
3. A process that ended is started again with growing pauses; meanwhile there are no sums, and `trouble` says why.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from network.devices.console import NoAnswer, Trouble
from network.devices.probes.loss import LOOK_CLOSER_FOR
from network.devices.probes.sums import FpingReader, PingReader, ProbeSum, fping_words, ping_lines
from network.devices.ssh.console import SshConsole
from network.devices.ssh.pacing import BackOff

PERIOD, FAST_PERIOD = 100, 20
"""Milliseconds between two probes to a target."""
MAX_TARGETS = 64
MAX_PINGS = 8
LASTED = 60.0
NO_RIGHT = ("Operation not permitted", "can't create", "must be root", "Permission denied")


@dataclass(frozen=True)
class ProbeResult:
    """`device`: where the probes were sent. `at`: when their sum was received."""

    device: str
    at: float
    sum: ProbeSum


ProbeSink = Callable[[ProbeResult], None]


@dataclass
class Prober:
    """`targets`: addresses. `remark`: how the probes are less than they should be; empty if they are not."""

    console: SshConsole
    targets: Sequence[str]
    tools: frozenset[str]
    sink: ProbeSink
    clock: Callable[[], float] = time.time
    trouble: NoAnswer | None = None
    remark: str = ""
    _as_root: bool = False
    _boosts: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _back_off: BackOff = field(default_factory=BackOff)

    async def run(self) -> None:
        """Run until it is cancelled."""
        try:
            while self.targets:
                began = time.monotonic()
                self.trouble = await self._once()
                if time.monotonic() - began > LASTED:
                    self._back_off.succeeded()
                self._back_off.failed(time.monotonic(), 0.0)
                await asyncio.sleep(self._back_off.remaining(time.monotonic()))
        finally:
            for boost in self._boosts.values():
                boost.cancel()

    def look_closer(self, target: str) -> None:
        """Send faster probes to a target for some seconds; at most to one target at a time."""
        if "fping" not in self.tools or any(not task.done() for task in self._boosts.values()):
            return
        self._boosts = {target: asyncio.create_task(self._boost(target))}

    async def _once(self) -> NoAnswer | None:
        device = self.console.device
        if "fping" in self.tools:
            some = self.targets[:MAX_TARGETS]
            self.remark = (
                f"{device} probes {len(some)} of {len(self.targets)} targets" if len(self.targets) > len(some) else ""
            )
            return await self._follow(fping_words(some, PERIOD))
        if "ping" in self.tools:
            some = self.targets[:MAX_PINGS]
            self.remark = f"{device} has no fping, so it probes {len(some)} targets by ping; install fping"
            return await self._follow(["sh", "-c", ping_lines(some)])
        self.remark = f"{device} has neither fping nor ping, so it probes nothing; install fping"
        return NoAnswer(Trouble.REFUSED, self.remark)

    async def _follow(self, words: Sequence[str]) -> NoAnswer | None:
        stream = await self.console.stream(words, root=self._as_root)
        if isinstance(stream, NoAnswer):
            return stream
        fping, ping = FpingReader(), PingReader()
        with closing(stream):
            async for line in stream.lines():
                now = self.clock()
                if found := fping.take(line) or ping.take(line, now):
                    self.trouble = None
                    self.sink(ProbeResult(self.console.device, now, found))
                elif any(words in line for words in NO_RIGHT):
                    self._as_root = True
        return stream.ended

    async def _boost(self, target: str) -> None:
        try:
            async with asyncio.timeout(LOOK_CLOSER_FOR):
                await self._follow(fping_words([target], FAST_PERIOD))
        except TimeoutError:
            return
