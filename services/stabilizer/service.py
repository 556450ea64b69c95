"""The stabilizer's shell: every replica reads the events, but only the leader reads telemetry and publishes."""

from __future__ import annotations

import asyncio
import time

from services.stabilizer.core import Stabilizer
from shared.domain.events import Event, StabilityStatus, StabilityVerdict
from shared.domain.kinds import Level, NetworkState, ServiceName
from shared.domain.telemetry import LOST_AFTER, Tick, lost_after
from shared.platform.bus import Bus, Following, Subscription
from shared.platform.incident_records import read_incidents
from shared.platform.leases import Lease
from shared.platform.waiting import FINISH_WITHIN, LET_GO_WITHIN, at_most, happens

REPLAY = 600.0
"""Network seconds of repairs and advice that are read at start."""
LONGEST_NAP = 1.0
SHORTEST_ROUND = 0.05
"""Minimum seconds between two rounds: at high speed one round covers many ticks."""
SINCE_EVER = ("anomaly.*", "diagnosis.*")
"""Families that are read from the first message: an anomaly is open until it is cleared, however long ago it was
raised, and the last diagnosis names the cause of an incident.
"""
OF_LATE = ("incident.*", "remediation.*", "stability.*")
"""Families of which the last minutes are read. Older open incidents are known from their records, read before."""


class StabilizerService:
    name = ServiceName.STABILIZER

    def __init__(self) -> None:
        self._wake = asyncio.Event()
        self._quiet = 0.0
        self._ticked = False
        self._lost_after = LOST_AFTER
        self._logged_state = NetworkState.BLIND
        self._following: list[Following] = []
        self._ticks: Subscription | None = None
        self._lease: Lease | None = None
        self._rounds: asyncio.Task[None] | None = None

    async def start(self, bus: Bus) -> None:
        self._bus = bus
        self._core = Stabilizer(bus.topology)
        self._core.restore(await read_incidents(bus))
        self._following = [
            await bus.follow(SINCE_EVER, self._receive, since="all"),
            await bus.follow(OF_LATE, self._receive, since=REPLAY),
        ]
        for following in self._following:
            await following.caught_up.wait()
        self._lease = await bus.lease(1, self._leads)
        self._rounds = bus.connection.spawn(self._run())

    async def stop(self) -> None:
        if self._rounds is not None:
            self._rounds.cancel()
            await asyncio.gather(self._rounds, return_exceptions=True)
        async with at_most(FINISH_WITHIN, "the stabilizer's subscriptions"):
            for subscription in (self._ticks, *self._following):
                if subscription is not None:
                    await subscription.stop()
        async with at_most(LET_GO_WITHIN, "the stabilizer's lease"):
            if self._lease is not None:
                await self._lease.stop()

    async def _leads(self, owned: frozenset[int]) -> None:
        """A standby has no subscription, so that it need not decode ticks."""
        if 0 in owned and self._ticks is None:
            self._quiet = 0.0
            self._ticks = await self._bus.listen_ticks(self._tick)
        elif 0 not in owned and self._ticks is not None:
            ticks, self._ticks = self._ticks, None
            await ticks.stop()
        self._wake.set()

    async def _receive(self, event: Event, time: float) -> None:
        self._core.absorb(event, time)
        # A status needs no new round: it is an output of this process or of another leader.
        if not isinstance(event, StabilityStatus):
            self._wake.set()

    def _tick(self, tick: Tick) -> None:
        self._ticked = True
        self._lost_after = lost_after(tick.interval, tick.speed)
        self._core.observe(tick)
        self._wake.set()

    async def _run(self) -> None:
        while True:
            try:
                await self._nap()
                await self._publish()
            except Exception as error:
                # An error in one round must not prevent later rounds.
                await self._bus.log(Level.ERROR, f"Cannot report the network's status: {error}")
            await asyncio.sleep(SHORTEST_ROUND)

    async def _nap(self) -> None:
        """Count how long no telemetry has arrived. One wait adds at most a second to the count: while this process is
        suspended, telemetry is not lost.
        """
        leads = self._lease is not None and self._lease.leads
        began = time.monotonic()
        await happens(self._wake, LONGEST_NAP if leads else None)
        waited = min(LONGEST_NAP, time.monotonic() - began)
        self._quiet = 0.0 if self._ticked else self._quiet + waited
        self._ticked = False
        self._wake.clear()

    async def _publish(self) -> None:
        clock = self._bus.clock
        if self._lease is None or not self._lease.leads or not clock.known:
            return
        lost = self._quiet >= self._lost_after
        events = self._core.silence(clock.now()) if lost else self._core.advance(clock.now())
        await self._bus.publish(*events)
        for event in events:
            await self._log_change(event)

    async def _log_change(self, event: Event) -> None:
        match event:
            case StabilityVerdict(verdict=verdict, reason=reason) if verdict != "stable":
                await self._bus.log(Level.WARNING, f"Repair {verdict}: {reason}")
            case StabilityStatus(state=state) if state not in (self._logged_state, NetworkState.RECOVERING):
                self._logged_state = state
                level = Level.WARNING if state is NetworkState.BLIND else Level.INFO
                await self._bus.log(level, _sentence(event))
            case _:
                pass


def _sentence(status: StabilityStatus) -> str:
    if status.state is NetworkState.BLIND:
        return "Telemetry lost: showing the last known state of the network"
    return f"Network {status.state}: {status.trouble}"
