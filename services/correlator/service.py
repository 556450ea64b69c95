"""The correlator's shell: one replica leads; what it decides is recorded, then said, then its cause is acknowledged.

Rules: records are written by compare-and-set, so that a leader that was frozen and came back writes nothing. Who takes
the lead reads the records, says again what was said lately (the same ids, so nothing is said twice), and goes on.
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
"""Seconds of network time between looks at what may be due."""
LOOK_AGAIN = 0.25
"""Seconds between looks whether we lead, while another replica's record stands where ours was to be."""
SAY_AGAIN_FOR = 120.0
"""Seconds of network time of which a new leader repeats what was said: a kill may have cut between record and word.

They end at the record that was written last, not at the takeover: what was cut off may be older than any such time.
"""


class NotLeading(Refused):
    """Raised when a record was written by somebody else: this replica leads no more."""


class CorrelatorService:
    """Keeps the incidents while it leads."""

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
        """Stand for leader."""
        self._bus, self._records = bus, bus.bucket(Bucket.INCIDENTS)
        self._answers = await bus.answer(self._answer, every_replica=True)
        self._timer = bus.connection.spawn(self._run())
        self._lease = await bus.lease(1, self._share)

    async def stop(self) -> None:
        """Finish what is under way and give the lead back."""
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.gather(self._timer, return_exceptions=True)
        async with at_most(FINISH_WITHIN, "what the correlator hears"):
            if self._answers is not None:
                await self._answers.stop()
            await self._let_go()
        async with at_most(LET_GO_WITHIN, "the correlator's lease"):
            if self._lease is not None:
                await self._lease.stop()

    # --- the lead -----------------------------------------------------------------------------------------------

    async def _share(self, owned: frozenset[int]) -> None:
        if owned and not self._work:
            await self._take_over()
        elif not owned:
            await self._let_go()

    async def _take_over(self) -> None:
        async with self._turn:
            await self._restore()
        for durable in (CORRELATOR_ANOMALIES, CORRELATOR_REPAIRS):
            self._work.append(await self._bus.consume(durable, self._heard))
        self._wake.set()

    async def _restore(self) -> Correlator:
        core = Correlator(self._bus.topology)
        stored = await read_incident_records(self._bus)
        records, self._revisions = stored.incidents, dict(stored.revisions)
        core.restore(records)
        recent = records[-1].updated - SAY_AGAIN_FOR if records else 0.0
        said = [case.say_again() for case in core.open_cases()]
        said += [IncidentResolved(incident=i) for i in core.incidents() if i.resolved and i.updated >= recent]
        await self._bus.publish(*said)
        self._core = core
        return core

    async def _let_go(self) -> None:
        work, self._work = self._work, []
        for subscription in work:
            await subscription.stop()
        async with self._turn:
            self._core = None

    # --- what comes in ------------------------------------------------------------------------------------------

    async def _heard(self, event: Event) -> None:
        async with self._turn:
            core = await self._leading()
            try:
                said = core.absorb(event, self._bus.clock.now())
            except UnknownTarget as error:
                raise MessageError(str(error)) from None
            await self._say(core, said)
        self._wake.set()

    async def _answer(self, request: Request) -> Reply | None:
        """Answer while leading; the others stay silent."""
        if self._lease is None or not self._lease.leads:
            return None
        async with self._turn:
            core = await self._leading()
            await self._say(core, core.ask(request, self._bus.clock.now()))
        return Reply()

    async def _leading(self) -> Correlator:
        """Return the core, read anew where another replica had a turn in between. Raises NotLeading."""
        if self._lease is None or not self._lease.leads:
            raise NotLeading("this replica does not lead: the message goes to the one that does")
        return self._core or await self._restore()

    # --- what goes out ------------------------------------------------------------------------------------------

    async def _say(self, core: Correlator, said: Sequence[IncidentEvent]) -> None:
        for event in said:
            await self._write(event.incident)
        await self._bus.publish(*said)
        for event in said:
            if (line := _line(event)) is not None:
                await self._bus.log(*line)
        if any(isinstance(event, IncidentResolved) for event in said):
            await self._forget(core)

    async def _write(self, incident: Incident) -> None:
        key, body = kv_key(incident.id), incident.model_dump_json().encode()
        revision = await self._records.update(key, body, self._revisions.get(key, 0))
        if revision is None and key not in self._revisions:  # the trace of a removed record
            revision = await self._records.create(key, body)
        if revision is None:
            self._core = None
            self._wake.set()  # if we lead all the same, the records are to be read now, not at the next message
            raise NotLeading(f"record {key} was changed by another replica: this one leads no more")
        self._revisions[key] = revision

    async def _forget(self, core: Correlator) -> None:
        """Remove the records of incidents that are kept no longer."""
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
                # Whatever one look at the clock meets, the next one must come.
                await self._bus.log(Level.ERROR, f"Looking after open incidents failed: {error!r}")
                await asyncio.sleep(1.0)

    async def _nap(self) -> None:
        """Wait until an incident may be over; without one, until something happens."""
        self._wake.clear()
        if self._astray:
            await happens(self._wake, LOOK_AGAIN)
            return
        due = self._core.next_due() if self._core is not None else None
        clock = self._bus.clock
        nap = None
        if due is not None:
            nap = max(SHORTEST_NAP, min(LONGEST_NAP, due - clock.now()) / clock.speed)
        await happens(self._wake, nap)

    @property
    def _astray(self) -> bool:
        """Whether another's record stood where we wanted to write, and the lead was not taken from us since."""
        return self._core is None and bool(self._work)

    async def _advance(self) -> None:
        if self._astray:
            async with self._turn:
                await self._leading()
        due = self._core.next_due() if self._core is not None else None
        if due is None or due > self._bus.clock.now():
            return
        async with self._turn:
            core = await self._leading()
            await self._say(core, core.advance(self._bus.clock.now()))


def _line(event: IncidentEvent) -> tuple[Level, str] | None:
    """Return the line for the operator's log; revisions are too many to be told."""
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
