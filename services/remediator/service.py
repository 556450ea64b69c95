"""The remediator's shell: receives all incidents, acts on the incidents of its lease, and writes the ledger.

Rules: one turn runs at a time. A turn writes the ledger, then publishes the events, then deletes the records of repairs
that are over. If a process is killed within a turn, the next process publishes the same events again.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from zlib import crc32

from services.remediator.core import GateLimits, Remediator
from services.remediator.ledger import ActionLedger, Contents, Handover, is_under_way
from shared.domain.capabilities import NOT_KNOWN, Capabilities
from shared.domain.catalogue import FINISHED
from shared.domain.config import MODE, Desired
from shared.domain.errors import NmsError, Refused
from shared.domain.events import (
    Event,
    IncidentUpdated,
    RemediationApplied,
    RemediationBlocked,
    RemediationEscalated,
    RemediationEvent,
    RemediationFailed,
    RemediationReverted,
    RemediationVerified,
    StabilityStatus,
)
from shared.domain.kinds import Level, ServiceName
from shared.domain.requests import Approve, Reject, Reply, Request
from shared.domain.subjects import Bucket
from shared.domain.telemetry import RawTick
from shared.domain.topology import partitions_for
from shared.platform.bus import Bus, Subscription
from shared.platform.bus.ticks import RawTickListener, past_tick
from shared.platform.incident_records import read_incidents
from shared.platform.leases import Lease
from shared.platform.offered import OfferedByNetwork
from shared.platform.waiting import FINISH_WITHIN, LET_GO_WITHIN, at_most, happens

PARTITIONS = 8
HISTORY = 900.0
FOLLOWED = ("incident.*", "diagnosis.made", "remediation.*", "stability.*")
LOOKS_BACK = (300.0, 240.0, 180.0, 120.0, 90.0, 60.0, 45.0, 35.0, 27.0, 20.0, 15.0, 10.0, 6.0)
"""Ages, in seconds of network time, of the ticks that are read at the start to learn the usual values. They are denser
towards the present: a young system has enough of them too, also from before a fault that has just begun.
"""
LOOKS_BACK_WITHIN = 5.0
MAX_CLAIM_ROUNDS = 8
"""Rounds of claims in one turn: an answer may lead to further claims. The remaining ones wait for the next turn."""
LONGEST_NAP = 1.0
SHORTEST_NAP = 0.005
AFTER_A_FAILURE = 0.5
REPUBLISH_FOR = 100.0
"""A takeover publishes events again that are younger than so many seconds: the streams know an id for two minutes."""


class _NotOurs(NmsError):
    pass


def partition_of(incident_id: str) -> int:
    return crc32(incident_id.encode()) % PARTITIONS


def incident_of(action_id: str) -> str:
    return action_id.rpartition(".a")[0] or action_id


class RemediatorService:
    name = ServiceName.REMEDIATOR

    def __init__(self, limits: GateLimits | None = None) -> None:
        self._limits = limits or GateLimits()
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()
        self._live = False
        self._acting: tuple[frozenset[int], int] | None = None  # None: read the ledger again
        self._subscriptions: list[Subscription] = []
        self._lease: Lease | None = None
        self._timer: asyncio.Task[None] | None = None

    async def start(self, bus: Bus) -> None:
        self._bus = bus
        self._core = Remediator(bus.topology, self._limits, bus.desired.mode)
        self._core.own(lambda incident_id: False)
        self._known = self._core.known
        self._known.shared = True
        self._known.listens_since = math.inf
        self._known.thresholds = bus.desired.thresholds
        self._ledger = ActionLedger(bus.bucket(Bucket.ACTIONS))
        self._subscriptions.append(await OfferedByNetwork(bus, self._receive_offered).start())
        self._subscriptions.append(await RawTickListener(bus.connection, self._receive_tick).start())
        await self._look_back()
        following = await bus.follow(FOLLOWED, self._receive, since=HISTORY)
        self._subscriptions += [following, await bus.follow_desired(self._receive_desired)]
        await following.caught_up.wait()
        self._live = True
        self._lease = await bus.lease(PARTITIONS, self._on_lease_change)
        self._subscriptions.append(await bus.answer(self._answer, every_replica=True))
        self._timer = bus.connection.spawn(self._run())

    async def stop(self) -> None:
        if self._timer is not None:
            async with at_most(FINISH_WITHIN, "a turn of the remediator"), self._turn:
                self._timer.cancel()
            self._timer.cancel()
            await asyncio.gather(self._timer, return_exceptions=True)
        async with at_most(LET_GO_WITHIN, "the remediator"):
            for subscription in reversed(self._subscriptions):
                await subscription.stop()
            if self._lease is not None:
                await self._lease.stop()

    async def _receive_offered(self, offered: Capabilities) -> None:
        self._known.offered = offered
        self._wake.set()
        if not offered.actions:
            why = f"driver {offered.driver}" if offered.known else NOT_KNOWN
            await self._bus.log(Level.WARNING, f"No action can be carried out: this network offers none ({why})")

    # --- inputs --------------------------------------------------------------------------------------------------

    def _receive_tick(self, partition: int, tick: RawTick) -> None:
        self._core.observe(partition, tick, self._bus.clock.now())

    async def _look_back(self) -> None:
        """Read some ticks of the last minutes, so that the usual values are known at once."""
        try:
            async with asyncio.timeout(LOOKS_BACK_WITHIN):
                speed = self._bus.clock.speed
                for partition in range(partitions_for(self._bus.topology)):
                    past = await asyncio.gather(
                        *(past_tick(self._bus.connection, partition, ago / speed) for ago in LOOKS_BACK)
                    )
                    self._known.evidence.remember(partition, [tick for tick in past if tick is not None])
        except TimeoutError:
            await self._bus.log(
                Level.WARNING, "Telemetry of the last minutes could not be read: the usual values are not known yet"
            )

    async def _receive(self, event: Event, time: float) -> None:
        if not self._live or isinstance(event, StabilityStatus):
            self._core.absorb(event, time)
            return
        if isinstance(event, RemediationEvent) and event.action.state in FINISHED:
            self._ledger.finished(event.action.id)
        await self._take_turn(lambda now: self._core.absorb(event, now))

    async def _receive_desired(self, desired: Desired) -> None:
        self._known.mode = desired.mode
        self._known.thresholds = desired.thresholds
        self._bus.report(MODE, desired.mode)
        self._wake.set()
        if fault := self._bus.desired_fault:
            await self._bus.log(
                Level.ERROR, f"The configuration cannot be read ({fault}): repair is off until a mode is set"
            )

    async def _on_lease_change(self, owned: frozenset[int]) -> None:
        await self._take_turn(self._core.advance)

    async def _answer(self, request: Request) -> Reply | None:
        if not isinstance(request, Approve | Reject):
            raise Refused(f"the remediator cannot {type(request).__name__}: send approve or reject")
        if self._lease is None or partition_of(incident_of(request.action_id)) not in self._lease.owned:
            return None  # another replica owns the incident, and answers the request
        try:
            await self._take_turn(lambda now: self._decide(request, now))
        except _NotOurs:
            return None
        return Reply()

    def _decide(self, request: Approve | Reject, now: float) -> list[Event]:
        if self._acting is None or partition_of(incident_of(request.action_id)) not in self._acting[0]:
            raise _NotOurs(f"another replica holds {request.action_id}")
        if isinstance(request, Approve):
            return self._core.approve(request.action_id, request.by, now)
        return self._core.reject(request.action_id, request.by, now, request.reason)

    async def _run(self) -> None:
        while True:
            try:
                await self._nap()
                await self._take_turn(self._core.advance)
            except Exception as error:  # an error in one turn must not prevent the next turns
                await self._bus.log(Level.ERROR, f"A turn of the remediator failed: {error}")
                await asyncio.sleep(AFTER_A_FAILURE)

    async def _nap(self) -> None:
        self._wake.clear()  # `next_due` is computed below and includes earlier events
        clock = self._bus.clock
        now = clock.now()
        reload = self._acting is None and self._lease is not None  # true after a turn that failed or lost an incident
        due = now if reload else self._core.next_due(now)
        nap = None if due is None else min(LONGEST_NAP, max(SHORTEST_NAP, (due - now) / clock.speed))
        await happens(self._wake, nap)

    # --- a turn --------------------------------------------------------------------------------------------------

    async def _take_turn(self, decide: Callable[[float], list[Event]]) -> None:
        async with self._turn:
            self._known.speed = self._bus.clock.speed
            await self._apply_lease()
            self._listen()
            events: list[Event] | None = None
            try:
                events = decide(self._bus.clock.now())
                events += await self._claim()
                await self._carry_out(events)
            except BaseException as error:
                # The decision may be in memory but not in the ledger. If the request was refused, there is no decision.
                if events is not None or not isinstance(error, NmsError):
                    self._acting = None
                raise
        self._wake.set()

    def _listen(self) -> None:
        """Set the time from which this process may act and receives events: the time of its first tick as an owner.

        The first event would be too late: if all services were killed at once, events arrive only after the takeover.
        """
        acts = self._acting is not None and bool(self._acting[0])
        if acts and self._known.listens_since == math.inf and self._bus.clock.known:
            self._known.listens_since = self._bus.clock.now()

    async def _apply_lease(self) -> None:
        if self._lease is None or self._acting == (held := (self._lease.owned, self._lease.fence)):
            return
        owned, fence = held
        if self._acting is not None and self._acting[0] and not owned:
            self._known.listens_since = math.inf  # the process was suspended, and received no events meanwhile
        self._core.own(lambda incident_id: False)
        self._core.drain()  # drops the changes of a failed turn: they were not written, and are decided again
        self._acting = None
        if owned:
            contents = await self._ledger.load()
            for key, reason in contents.broken.items():
                await self._bus.log(Level.ERROR, f"The ledger's {key} cannot be read and is not changed: {reason}")
            self._known.fence = fence
            await self._take_over(contents, owned)
        self._core.own(lambda incident_id: partition_of(incident_id) in owned)
        self._acting = held

    async def _take_over(self, contents: Contents, owned: frozenset[int]) -> None:
        ours = [left for left in contents.handovers if partition_of(left.record.incident_id) in owned]
        await self._read_old_incidents({left.record.incident_id for left in ours})
        self._core.restore([left.record for left in ours], self._bus.clock.now(), contents.actions)
        known = {action.id: action for action in contents.actions}
        for left in ours:
            current = known.get(left.record.current or "")
            if current is not None and is_under_way(current):
                self._ledger.adopt(current.target, current.id)
        # The previous process may have been killed before it published these events. Readers ignore a repeated event.
        now, speed = self._bus.clock.now(), self._bus.clock.speed
        recent = now - REPUBLISH_FOR * speed
        pending = [left for left in ours if left.may_be_unpublished(recent, known.get(left.record.current or ""))]
        await self._bus.publish(*(event for left in pending for event in left.events()))

    async def _read_old_incidents(self, repaired: set[str]) -> None:
        for incident in await read_incidents(self._bus):
            if incident.is_open or incident.id in repaired:
                self._core.absorb(IncidentUpdated(incident=incident), self._bus.clock.now())

    async def _carry_out(self, events: list[Event]) -> None:
        changes = self._core.drain()
        roots = {event.root for event in events}
        records = {record.incident_id: record for record in self._core.snapshot() if record.incident_id in roots}
        records |= {record.incident_id: record for record in changes.records}
        lost = await self._ledger.save(changes.actions, [Handover.of(record, events) for record in records.values()])
        for incident_id in lost:
            self._core.drop(incident_id)
            self._acting = None  # the next turn continues from the ledger
        events = [event for event in events if event.root not in lost]
        if events:
            await self._bus.publish(*events)
        for incident_id in changes.over:
            await self._ledger.close(incident_id)
        await self._ledger.release(self._core.holds)
        await self._ledger.trim(delete=self._acting is not None and 0 in self._acting[0])
        for event in events:
            await self._log_event(event)

    async def _claim(self) -> list[Event]:
        events: list[Event] = []
        for _ in range(MAX_CLAIM_ROUNDS):
            asked = self._core.claims()
            for action in asked:
                holder = await self._ledger.claim(action.target, action.id, self._core.holds)
                events += self._core.claimed(action, holder, self._bus.clock.now())
            if not asked:
                break
        return events

    async def _log_event(self, event: Event) -> None:
        match event:
            case RemediationApplied(action=action):
                await self._bus.log(Level.INFO, f"Applied {action.kind} to {action.target}")
            case RemediationVerified(action=action):
                await self._bus.log(Level.SUCCESS, f"{action.kind} on {action.target} helped: {event.reason}")
            case RemediationFailed(action=action) if action.started is not None:
                await self._bus.log(Level.WARNING, f"{action.kind} on {action.target} failed: {event.reason}")
            case RemediationReverted(action=action):
                await self._bus.log(Level.INFO, f"Reverted {action.kind} on {action.target}")
            case RemediationBlocked(action=action):
                await self._bus.log(Level.WARNING, f"{action.kind} on {action.target} is blocked: {event.reason}")
            case RemediationEscalated():
                await self._bus.log(Level.ERROR, f"A person is needed for {event.incident_id}: {event.reason}")
            case _:
                pass
