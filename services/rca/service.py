"""The shell of rca: the replicas share one durable consumer; confidence is calibrated on the outcomes so far."""

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
"""The number of outcomes from which on the calibration is learnt; with fewer outcomes the prior is used."""
LEARN_EVERY = 60.0
"""Seconds of wall time between two calibrations."""


class RcaService:
    """Publishes a diagnosis of each incident at each of its revisions."""

    name = ServiceName.RCA

    def __init__(self) -> None:
        self.calibration: Calibration = PRIOR
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=KEEP_OUTCOMES)
        self._new_outcomes = asyncio.Event()
        self._following: Following | None = None
        self._work: Subscription | None = None
        self._learning: asyncio.Task[None] | None = None

    async def start(self, bus: Bus) -> None:
        """Read all outcomes, and consume the incidents."""
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
        """Note whether the cause of an action was right: whether the action was verified, if it was applied at all."""
        if not isinstance(event, RemediationVerified | RemediationFailed):
            return
        cause = event.action.cause
        if cause is None or event.action.applied is None:
            return
        self._outcomes.append((cause.fit, isinstance(event, RemediationVerified)))
        self._new_outcomes.set()

    async def _learn(self, caught_up: asyncio.Event) -> None:
        # A calibration counts for LEARN_EVERY, so the first one has to include all former outcomes.
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
                # A failure must not end the service: the service keeps its calibration.
                await self._bus.log(Level.ERROR, f"Confidence could not be calibrated: {error!r}")
            await asyncio.sleep(max(0.0, LEARN_EVERY - (time.monotonic() - began)))


def _learn(pairs: list[tuple[float, bool]]) -> Calibration:
    # The import of scikit-learn takes 2 s: it is done in a worker thread, and only when there is something to learn.
    from services.rca.calibration import learn

    return learn(pairs)
