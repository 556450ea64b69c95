"""The shell of the detector. The replicas share the partitions; a replica has one core for each partition it owns."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from services.detector.core import (
    AnomalyEvent,
    Common,
    Detector,
    ObservationEvent,
    Published,
    reconcile,
    reconcile_observations,
)
from shared.domain.config import Desired, Thresholds
from shared.domain.events import AnomalyRaised
from shared.domain.kinds import Level, ServiceName
from shared.domain.telemetry import Tick
from shared.domain.topology import partitions_for
from shared.domain.units import figure
from shared.platform.bus import Bus, Following
from shared.platform.incident_records import read_incidents
from shared.platform.leases import Lease
from shared.platform.waiting import FINISH_WITHIN, LET_GO_WITHIN, at_most

REPLAY_SECONDS = 90.0
ANOMALIES = ("anomaly.*",)
"""These events are read from the beginning of the stream, since an anomaly stays open until it is cleared."""
MAX_REPLAYED = 1_000
MAX_LINES = 5
"""The most anomalies of one tick and partition that are logged. Of further anomalies, only the number is logged."""


class Watch:
    """Reads the ticks of one partition, and publishes each anomaly once when it is raised and once when it is cleared.
    An observation is published once when it begins and once when it has passed.

    Nothing is published while past ticks are replayed, or while this replica does not own the partition.
    """

    def __init__(
        self,
        bus: Bus,
        partition: int,
        detector: Detector,
        published: Published,
        owns: Callable[[int], bool],
        common: Common,
    ) -> None:
        self.detector = detector
        self._common = common
        self._bus, self._partition, self._published, self._owns = bus, partition, published, owns
        self._replayed: deque[AnomalyEvent] = deque(maxlen=MAX_REPLAYED)
        self._following: Following | None = None
        self._publishes = False

    async def start(self) -> None:
        self._following = await self._bus.follow_ticks(self._partition, self._observe, since=REPLAY_SECONDS)

    async def stop(self) -> None:
        if self._following is not None:
            await self._following.stop()

    def _observe(self, tick: Tick) -> Awaitable[None] | None:
        events, observed = self.detector.observe(tick), self.detector.observed
        caught_up = self._following is not None and self._following.caught_up.is_set()
        published_before, self._publishes = self._publishes, caught_up and self._owns(self._partition)
        if not self._publishes:
            self._replayed.extend(events)
            return None
        if not published_before:
            # The detector is reconciled only now, since it learns the names of the elements from its first tick.
            events = reconcile(self.detector, [*self._replayed, *events], self._published)
            self._replayed.clear()
            observed = reconcile_observations(self.detector.observations, self._published)
        # Only the watch of partition 0 logs the rises of the whole network, so that each rise is logged once.
        rises = self._common.new_rises(self.detector.at, self.detector.shift) if self._partition == 0 else []
        return self._publish(events, observed, rises) if events or observed or rises else None

    async def _publish(self, events: list[AnomalyEvent], observed: list[ObservationEvent], rises: list[str]) -> None:
        for line in rises:
            await self._bus.log(Level.WARNING, line)
        await self._bus.publish(*events, *observed)
        raised = [event for event in events if isinstance(event, AnomalyRaised)]
        for event in raised[:MAX_LINES]:
            await self._bus.log(Level.WARNING, _log_line(event))
        if len(raised) > MAX_LINES:
            await self._bus.log(Level.WARNING, f"and {len(raised) - MAX_LINES} more anomalies at the same tick")


class DetectorService:
    name = ServiceName.DETECTOR

    def __init__(self) -> None:
        self._watches: dict[int, Watch] = {}
        self._detectors: dict[int, Detector] = {}
        self._published = Published()
        self._common = Common()
        self._thresholds = Thresholds()
        self._following: Following | None = None
        self._following_desired: Following | None = None
        self._lease: Lease | None = None
        self._changing = asyncio.Lock()

    async def start(self, bus: Bus) -> None:
        self._bus, self._common = bus, Common(bus.topology)
        self._following_desired = await bus.follow_desired(self._desired)
        await self._following_desired.caught_up.wait()
        await self._read_open_incidents()
        self._following = await bus.follow(ANOMALIES, self._note, since="all")
        await self._following.caught_up.wait()
        self._lease = await bus.lease(partitions_for(bus.topology), self._share)

    async def stop(self) -> None:
        async with at_most(FINISH_WITHIN, "the detector's publication"):
            await self._share(frozenset())
        async with at_most(LET_GO_WITHIN, "the detector's lease"):
            if self._lease is not None:
                await self._lease.stop()
            for following in (self._following, self._following_desired):
                if following is not None:
                    await following.stop()

    async def _desired(self, desired: Desired) -> None:
        self._thresholds = desired.thresholds
        for detector in self._detectors.values():
            detector.thresholds = desired.thresholds

    async def _note(self, event: AnomalyEvent | ObservationEvent, _time: float) -> None:
        self._published.note(event)

    async def _read_open_incidents(self) -> None:
        """The stream may no longer have the events of the open anomalies."""
        for incident in await read_incidents(self._bus):
            self._published.note_incident(incident)

    async def _share(self, owned: frozenset[int]) -> None:
        """If this replica loses a partition, its detector is kept, since the replica may get the partition again."""
        async with self._changing:
            for partition in self._watches.keys() - owned:
                await self._watches.pop(partition).stop()
                self._common.forget(partition)
            for partition in sorted(owned - self._watches.keys()):
                detector = self._detectors.setdefault(partition, Detector(self._thresholds, self._common))
                watch = self._watches[partition] = Watch(
                    self._bus, partition, detector, self._published, self._owns, self._common
                )
                await watch.start()

    def _owns(self, partition: int) -> bool:
        return self._lease is not None and partition in self._lease.owned


def _log_line(raised: AnomalyRaised) -> str:
    anomaly = raised.anomaly
    figures = f"{figure(anomaly.value)}, expected {figure(anomaly.expected)}"
    return f"{anomaly.element}: {anomaly.metric} {figures} ({anomaly.shape})"
