"""The shell of rca. All replicas share one consumer of incidents. Each calibrates confidence by the outcomes so far."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from services.rca.core import PRIOR, Calibration, diagnose
from shared.domain.events import Event, IncidentEvent, RemediationFailed, RemediationVerified
from shared.domain.kinds import Level, ServiceName
from shared.domain.subjects import RCA_INCIDENTS
from shared.platform.bus import Bus, Following, Subscription
from shared.platform.waiting import FINISH_WITHIN, at_most

OUTCOMES = ("remediation.verified", "remediation.failed")
KEEP_OUTCOMES = 500
LEARN_FROM = 30
"""The least number of outcomes from which the calibration is learnt; with fewer outcomes, the prior is used."""
LEARN_EVERY = 60.0
"""The least seconds of wall time between two calibrations."""


class RcaService:
    name = ServiceName.RCA

    def __init__(self) -> None:
        self.calibration: Calibration = PRIOR
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=KEEP_OUTCOMES)
        self._new_outcomes = asyncio.Event()
        self._following: Following | None = None
        self._work: Subscription | None = None
        self._learning: asyncio.Task[None] | None = None

    async def start(self, bus: Bus) -> None:
        self._bus = bus
        self._following = await bus.follow(OUTCOMES, self._note_outcome, since="all")
        self._learning = bus.connection.spawn(self._learn(self._following.caught_up))
        self._work = await bus.consume(RCA_INCIDENTS, self._diagnose)

    async def stop(self) -> None:
        async with at_most(FINISH_WITHIN, "the diagnosis in progress"):
            for subscription in (self._work, self._following):
                if subscription is not None:
                    await subscription.stop()
        if self._learning is not None:
            self._learning.cancel()
            await asyncio.gather(self._learning, return_exceptions=True)

    async def _diagnose(self, event: Event) -> None:
        if not isinstance(event, IncidentEvent) or not event.incident.is_open:
            return
        made = diagnose(event.incident, self._bus.topology, self._bus.clock.now(), self.calibration)
        await self._bus.publish(made)

    async def _note_outcome(self, event: Event, _time: float) -> None:
        if not isinstance(event, RemediationVerified | RemediationFailed):
            return
        cause = event.action.cause
        if cause is None or event.action.applied is None:
            return
        self._outcomes.append((cause.fit, isinstance(event, RemediationVerified)))
        self._new_outcomes.set()

    async def _learn(self, caught_up: asyncio.Event) -> None:
        # A calibration is in force for at least LEARN_EVERY seconds, so the first one needs all stored outcomes.
        await caught_up.wait()
        while True:
            await self._new_outcomes.wait()
            self._new_outcomes.clear()
            if len(self._outcomes) < LEARN_FROM:
                continue
            began = time.monotonic()
            try:
                self.calibration = await asyncio.to_thread(_learn, list(self._outcomes))
            except Exception as error:
                # If a calibration fails, the service continues with the calibration that it has.
                await self._bus.log(Level.ERROR, f"Confidence could not be calibrated: {error!r}")
            await asyncio.sleep(max(0.0, LEARN_EVERY - (time.monotonic() - began)))


def _learn(pairs: list[tuple[float, bool]]) -> Calibration:
    # scikit-learn takes 2 s to import, so it is imported in a worker thread, and only if there are outcomes to learn.
    from services.rca.calibration import learn

    return learn(pairs)
