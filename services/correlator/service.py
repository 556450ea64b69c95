"""The shell of the correlator. One replica leads: it handles the events that change the incidents.

Rules

1. For each message, the leader stores the changed incidents, publishes their events, and acknowledges the message.
2. Records are written by compare-and-set, so that a former leader that was frozen cannot overwrite a newer record.
3. A new leader reads the records and publishes the recent events again. The events keep their ids, so that the stream
   stores no event twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.correlator.core import Correlator
from shared.domain.errors import MessageError, Refused, UnknownTarget
from shared.domain.events import (
    Event,
    Incident,
    IncidentEscalated,
    IncidentEvent,
    IncidentOpened,
    IncidentResolved,
)
from shared.domain.kinds import Level, Resolution, ServiceName
from shared.domain.requests import Reply, Request
from shared.domain.subjects import CORRELATOR_ANOMALIES, CORRELATOR_REPAIRS, Bucket, kv_key
from shared.platform.bus import Bus, Subscription
from shared.platform.incident_records import read_incident_records
from shared.platform.leases import Lease
from shared.platform.waiting import FINISH_WITHIN, LET_GO_WITHIN, at_most, happens

SHORTEST_NAP = 0.02
LONGEST_NAP = 0.25
"""The longest time between two checks while an incident waits to be resolved, in seconds of network time."""
CHECK_LEAD_EVERY = 0.25
"""Seconds until this replica checks again whether it leads, after another replica changed a record."""
REPEAT_SECONDS = 120.0
"""A new leader publishes again the incidents that were resolved in the last so many seconds of network time.

The former leader may have been killed after it stored an incident and before it published the event. The seconds count
back from the newest record, since there may have been no leader for a long time.
"""


class NotLeading(Refused):
    """Raised when this replica does not lead, or when another replica changed a record."""


class CorrelatorService:
    name = ServiceName.CORRELATOR

    def __init__(self) -> None:
        self._core: Correlator | None = None
        self._revisions: dict[str, int] = {}
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()
        self._work: list[Subscription] = []
        self._answers: Subscription | None = None
        self._lease: Lease | None = None
        self._timer: asyncio.Task[None] | None = None

    async def start(self, bus: Bus) -> None:
        """Work starts when this replica gets the lease."""
        self._bus, self._records = bus, bus.bucket(Bucket.INCIDENTS)
        self._answers = await bus.answer(self._answer, every_replica=True)
        self._timer = bus.connection.spawn(self._run())
        self._lease = await bus.lease(1, self._share)

    async def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.gather(self._timer, return_exceptions=True)
        async with at_most(FINISH_WITHIN, "the correlator's work in progress"):
            if self._answers is not None:
                await self._answers.stop()
            await self._stop_leading()
        async with at_most(LET_GO_WITHIN, "the correlator's lease"):
            if self._lease is not None:
                await self._lease.stop()

    # --- lease --------------------------------------------------------------------------------------------------

    async def _share(self, owned: frozenset[int]) -> None:
        if owned and not self._work:
            await self._take_over()
        elif not owned:
            await self._stop_leading()

    async def _take_over(self) -> None:
        async with self._turn:
            await self._restore()
        for durable in (CORRELATOR_ANOMALIES, CORRELATOR_REPAIRS):
            self._work.append(await self._bus.consume(durable, self._absorb))
        self._wake.set()

    async def _restore(self) -> Correlator:
        core = Correlator(self._bus.topology)
        stored = await read_incident_records(self._bus)
        records, self._revisions = stored.incidents, dict(stored.revisions)
        core.restore(records)
        recent = records[-1].updated - REPEAT_SECONDS if records else 0.0
        events = [case.repeat() for case in core.open_cases()]
        events += [IncidentResolved(incident=i) for i in core.incidents() if i.resolved and i.updated >= recent]
        await self._bus.publish(*events)
        self._core = core
        return core

    async def _stop_leading(self) -> None:
        work, self._work = self._work, []
        for subscription in work:
            await subscription.stop()
        async with self._turn:
            self._core = None

    # --- input --------------------------------------------------------------------------------------------------

    async def _absorb(self, event: Event) -> None:
        async with self._turn:
            core = await self._leading()
            try:
                events = core.absorb(event, self._bus.clock.now())
            except UnknownTarget as error:
                raise MessageError(str(error)) from None
            await self._publish(core, events)
        self._wake.set()

    async def _answer(self, request: Request) -> Reply | None:
        if self._lease is None or not self._lease.leads:
            return None
        async with self._turn:
            core = await self._leading()
            await self._publish(core, core.ask(request, self._bus.clock.now()))
        return Reply()

    async def _leading(self) -> Correlator:
        """If another replica has changed a record, read all records again first."""
        if self._lease is None or not self._lease.leads:
            raise NotLeading("this replica does not lead: the message goes to the one that does")
        return self._core or await self._restore()

    # --- output -------------------------------------------------------------------------------------------------

    async def _publish(self, core: Correlator, events: Sequence[IncidentEvent]) -> None:
        for event in events:
            await self._write(event.incident)
        await self._bus.publish(*events)
        for event in events:
            if (line := _log_line(event)) is not None:
                await self._bus.log(*line)
        if any(isinstance(event, IncidentResolved) for event in events):
            await self._forget(core)

    async def _write(self, incident: Incident) -> None:
        key, body = kv_key(incident.id), incident.model_dump_json().encode()
        revision = await self._records.update(key, body, self._revisions.get(key, 0))
        if revision is None and key not in self._revisions:  # a record with this key may have been removed before
            revision = await self._records.create(key, body)
        if revision is None:
            self._core = None
            self._wake.set()  # if this replica still leads, it reads the records at once
            raise NotLeading(f"record {key} was changed by another replica: this one no longer leads")
        self._revisions[key] = revision

    async def _forget(self, core: Correlator) -> None:
        kept = {kv_key(incident.id) for incident in core.incidents()}
        for key in self._revisions.keys() - kept:
            await self._records.delete(key)
            del self._revisions[key]

    # --- time ---------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            try:
                await self._nap()
                await self._advance()
            except NotLeading:
                continue
            except Exception as error:
                # If one check of open incidents fails, the next checks must still take place.
                await self._bus.log(Level.ERROR, f"The check of open incidents failed: {error!r}")
                await asyncio.sleep(1.0)

    async def _nap(self) -> None:
        self._wake.clear()
        if self._has_lost_a_write:
            await happens(self._wake, CHECK_LEAD_EVERY)
            return
        due = self._core.next_due() if self._core is not None else None
        clock = self._bus.clock
        nap = None
        if due is not None:
            nap = max(SHORTEST_NAP, min(LONGEST_NAP, due - clock.now()) / clock.speed)
        await happens(self._wake, nap)

    @property
    def _has_lost_a_write(self) -> bool:
        """Whether another replica has changed a record while this replica still consumes events as the leader."""
        return self._core is None and bool(self._work)

    async def _advance(self) -> None:
        if self._has_lost_a_write:
            async with self._turn:
                await self._leading()
        due = self._core.next_due() if self._core is not None else None
        if due is None or due > self._bus.clock.now():
            return
        async with self._turn:
            core = await self._leading()
            await self._publish(core, core.advance(self._bus.clock.now()))


def _log_line(event: IncidentEvent) -> tuple[Level, str] | None:
    """None for an update, since there are too many updates."""
    incident = event.incident
    if isinstance(event, IncidentOpened):
        return Level.WARNING, f"Incident {incident.id} opened: {incident.pattern}"
    if isinstance(event, IncidentEscalated):
        return Level.ERROR, f"Incident {incident.id} needs a person: {incident.escalation}"
    if isinstance(event, IncidentResolved):
        if incident.resolution is Resolution.MERGED:
            return Level.INFO, f"Incident {incident.id} is part of {incident.merged_into}"
        return Level.SUCCESS, f"Incident {incident.id} resolved: {incident.resolution}"
    return None
