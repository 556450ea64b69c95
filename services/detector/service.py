"""The detector's shell: partitions are shared among the replicas, each owned one is watched by a core of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from services.detector.core import Common, Detector, Happening, Published, reconcile
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
"""Read from the first: an anomaly is open until it is said to be over, however long we were stopped meanwhile."""
MAX_REPLAYED = 1_000
MAX_LINES = 5
"""Log lines a tick and partition: a cascade is told by its first anomalies and their number."""


class Watch:
    """One partition: silent while it replays, or while its lease is in doubt; then it says what is new, once."""

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
        self._replayed: deque[Happening] = deque(maxlen=MAX_REPLAYED)
        self._following: Following | None = None
        self._speaks = False

    async def start(self) -> None:
        """Begin to read, the last minutes first."""
        self._following = await self._bus.follow_ticks(self._partition, self._hear, since=REPLAY_SECONDS)

    async def stop(self) -> None:
        """Read no more; what is being published is finished first."""
        if self._following is not None:
            await self._following.stop()

    def _hear(self, tick: Tick) -> Awaitable[None] | None:
        said = self.detector.observe(tick)
        caught_up = self._following is not None and self._following.caught_up.is_set()
        spoke, self._speaks = self._speaks, caught_up and self._owns(self._partition)
        if not self._speaks:
            self._replayed.extend(said)
            return None
        if not spoke:
            # Not before a tick: where nothing was kept to be replayed, it is the first to tell which elements are here.
            said = reconcile(self.detector, [*self._replayed, *said], self._published)
            self._replayed.clear()
        # One partition speaks for all, so that replicas do not say it one after another.
        news = self._common.news(self.detector.at, self.detector.shift) if self._partition == 0 else []
        return self._say(said, news) if said or news else None

    async def _say(self, said: list[Happening], news: list[str]) -> None:
        for sentence in news:
            await self._bus.log(Level.WARNING, sentence)
        await self._bus.publish(*said)
        raised = [happening for happening in said if isinstance(happening, AnomalyRaised)]
        for happening in raised[:MAX_LINES]:
            await self._bus.log(Level.WARNING, _sentence(happening))
        if len(raised) > MAX_LINES:
            await self._bus.log(Level.WARNING, f"and {len(raised) - MAX_LINES} more anomalies at the same tick")


class DetectorService:
    """Watches the partitions that are this replica's share."""

    name = ServiceName.DETECTOR

    def __init__(self) -> None:
        self._watches: dict[int, Watch] = {}
        self._detectors: dict[int, Detector] = {}
        self._published = Published()
        self._common = Common()
        self._thresholds = Thresholds()
        self._following: Following | None = None
        self._wanted: Following | None = None
        self._lease: Lease | None = None
        self._changing = asyncio.Lock()

    async def start(self, bus: Bus) -> None:
        """Read what is held open and what was published, then take a share of the partitions."""
        self._bus, self._common = bus, Common(bus.topology)
        self._wanted = await bus.follow_desired(self._desired)
        await self._wanted.caught_up.wait()
        await self._hear_of_old()
        self._following = await bus.follow(ANOMALIES, self._note, since="all")
        await self._following.caught_up.wait()
        self._lease = await bus.lease(partitions_for(bus.topology), self._share)

    async def stop(self) -> None:
        """Finish what is being said, give the share back."""
        async with at_most(FINISH_WITHIN, "what the detector says"):
            await self._share(frozenset())
        async with at_most(LET_GO_WITHIN, "the detector's lease"):
            if self._lease is not None:
                await self._lease.stop()
            for following in (self._following, self._wanted):
                if following is not None:
                    await following.stop()

    async def _desired(self, desired: Desired) -> None:
        self._thresholds = desired.thresholds
        for detector in self._detectors.values():
            detector.thresholds = desired.thresholds

    async def _note(self, happening: Happening, _time: float) -> None:
        self._published.note(happening)

    async def _hear_of_old(self) -> None:
        """Learn what open incidents hold open: its raising may be older than the stream goes back."""
        for incident in await read_incidents(self._bus):
            self._published.hold(incident)

    async def _share(self, owned: frozenset[int]) -> None:
        """Watch what is ours and nothing else; what was learnt of a partition is kept for when it comes back."""
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


def _sentence(raised: AnomalyRaised) -> str:
    anomaly = raised.anomaly
    figures = f"{figure(anomaly.value)}, expected {figure(anomaly.expected)}"
    return f"{anomaly.element}: {anomaly.metric} {figures} ({anomaly.shape})"
