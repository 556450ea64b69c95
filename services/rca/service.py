"""The analyst's shell: replicas take turns at one durable consumer; confidence is calibrated on the outcomes so far."""

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
"""Outcomes without which the prior stands."""
LEARN_EVERY = 60.0
"""Seconds of wall time between two lessons."""


class RcaService:
    """Says what caused each incident, again at every revision."""

    name = ServiceName.RCA

    def __init__(self) -> None:
        self.calibration: Calibration = PRIOR
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=KEEP_OUTCOMES)
        self._news = asyncio.Event()
        self._following: Following | None = None
        self._work: Subscription | None = None
        self._lessons: asyncio.Task[None] | None = None

    async def start(self, bus: Bus) -> None:
        """Take turns at the incidents; read the outcomes from the first."""
        self._bus = bus
        self._following = await bus.follow(OUTCOMES, self._came_out, since="all")
        self._lessons = bus.connection.spawn(self._learn(self._following.caught_up))
        self._work = await bus.consume(RCA_INCIDENTS, self._changed)

    async def stop(self) -> None:
        """Finish the diagnosis at hand."""
        async with at_most(FINISH_WITHIN, "what rca hears"):
            for subscription in (self._work, self._following):
                if subscription is not None:
                    await subscription.stop()
        if self._lessons is not None:
            self._lessons.cancel()
            await asyncio.gather(self._lessons, return_exceptions=True)

    async def _changed(self, event: Event) -> None:
        if not isinstance(event, IncidentEvent) or not event.incident.is_open:
            return
        made = diagnose(event.incident, self._bus.topology, self._bus.clock.now(), self.calibration)
        await self._bus.publish(made)

    async def _came_out(self, event: Event, _time: float) -> None:
        """Note whether the cause that an action was meant for was right; one that never ran says nothing."""
        if not isinstance(event, RemediationVerified | RemediationFailed):
            return
        cause = event.action.cause
        if cause is None or event.action.applied is None:
            return
        self._outcomes.append((cause.fit, isinstance(event, RemediationVerified)))
        self._news.set()

    async def _learn(self, caught_up: asyncio.Event) -> None:
        # What is learnt stands for LEARN_EVERY, so the first lesson is on all that came before and not on a part.
        await caught_up.wait()
        while True:
            await self._news.wait()
            self._news.clear()
            if len(self._outcomes) < LEARN_FROM:
                continue
            began = time.monotonic()
            try:
                self.calibration = await asyncio.to_thread(_learn, list(self._outcomes))
            except Exception as error:
                # A lesson that fails must not end the analyst: the calibration that it has stands.
                await self._bus.log(Level.ERROR, f"Confidence could not be calibrated: {error!r}")
            await asyncio.sleep(max(0.0, LEARN_EVERY - (time.monotonic() - began)))


def _learn(pairs: list[tuple[float, bool]]) -> Calibration:
    # scikit-learn costs 2 s at import: here, in a worker thread, and only once there is something to learn.
    from services.rca.calibration import learn

    return learn(pairs)
