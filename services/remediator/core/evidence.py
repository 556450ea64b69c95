"""What the remediator saw of the network itself: the newest ticks of each partition, and some of the minutes before.

Rules: a tick is decoded only when somebody asks for an element of its partition. A sample that is missing, or older
than telemetry may be, is not known; neither is what is usual of an element that was seen too seldom. What was seen
while an incident concerned an element is not usual there, however long it lasts, if anything else was seen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Protocol

from services.remediator.core.troubles import Concern, Troubles
from shared.domain.catalogue import METRICS, Role, metric_in_role
from shared.domain.elements import kind_of
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import Tick, partition_of
from shared.domain.topology import Topology, partitions_for

KEEP_TICKS = 12
KEEP_RECENT, RECENT_EVERY = 10, 2.0
"""Ticks of the last seconds that show which way a value goes."""
KEEP_SNAPSHOTS, SNAPSHOT_EVERY = 16, 20.0
"""Ticks of the last minutes that show what is usual."""
ENOUGH_SNAPSHOTS = 5
"""With fewer of them, the ticks of the last seconds help to say what is usual."""
LEAST_SAMPLES = 3
"""Samples that it takes to say what is usual; fewer are believed only where all else was seen in a trouble."""
FRESH_WITHIN = 2.0
"""Seconds of wall time: telemetry that is older says nothing of the present."""
FRESH_INTERVALS = 3.0
MOST_REMEMBERED = 2_000
MOST_SEEN = 500
"""Elements of which the ticks of before their last trouble are kept: of others the usual gets unknown."""

ALONE = frozenset(spec.name for spec in METRICS.values() if spec.role in (Role.WORK, Role.MEMORY))
ANSWERS = metric_in_role(ElementKind.NODE, Role.STATE)
"""The state that says whether a node answers."""
TRAFFIC = "traffic"
"""All other metrics: they are out of line together."""

Metric = str


class Readable(Protocol):
    """A tick that can be decoded."""

    def read(self) -> Tick | None:
        """Return the tick; None where it cannot be decoded."""


@dataclass(frozen=True)
class Sample:
    """A value and the network time at which it was taken."""

    at: float
    value: float


@dataclass
class _Partition:
    ticks: deque[Readable] = field(default_factory=lambda: deque(maxlen=KEEP_TICKS))
    recent: deque[Readable] = field(default_factory=lambda: deque(maxlen=KEEP_RECENT))
    snapshots: deque[Readable] = field(default_factory=lambda: deque(maxlen=KEEP_SNAPSHOTS))
    recent_at: float | None = None
    snapshot_at: float | None = None
    usual: dict[tuple[str, str], float | None] = field(default_factory=dict)


class Evidence:
    """The latest samples of every element, and what is usual there. `speed`: network seconds a second."""

    def __init__(self, topology: Topology) -> None:
        self.speed = 1.0
        self._topology = topology
        self._partitions = [_Partition() for _ in range(partitions_for(topology))]
        self._troubles = Troubles()
        self._seen: dict[Concern, tuple[Readable, ...]] = {}

    def take(self, partition: int, tick: Readable, now: float) -> None:
        """Keep a tick that was just heard."""
        if not 0 <= partition < len(self._partitions):
            return
        room = self._partitions[partition]
        room.ticks.append(tick)
        if _is_due(room.recent_at, now, RECENT_EVERY):
            room.recent_at = now
            room.recent.append(tick)
        if _is_due(room.snapshot_at, now, SNAPSHOT_EVERY):
            room.snapshot_at = now
            room.snapshots.append(tick)
            room.usual.clear()

    def remember(self, partition: int, ticks: Iterable[Readable]) -> None:
        """Take in ticks of before this process listened, oldest first."""
        if 0 <= partition < len(self._partitions):
            room = self._partitions[partition]
            heard = list(room.snapshots)
            room.snapshots.clear()
            room.snapshots.extend([*ticks, *heard])
            room.usual.clear()

    def begin_trouble(self, incident_id: str, rows: Iterable[tuple[str, str]], since: float) -> None:
        """Count nothing as usual, from then on, of these elements' metrics, and of their links and ends."""
        concerns = dict.fromkeys(concern for element, metric in rows for concern in self._concerns(element, metric))
        for concern in self._troubles.begin(incident_id, concerns, since):
            room = self._room_of(concern[0])
            if room is not None:
                calm = self._calm_ticks((*self._seen.pop(concern, ()), *room.snapshots), concern)
                few = len(calm) < ENOUGH_SNAPSHOTS
                self._seen[concern] = self._calm_ticks((*calm, *room.recent), concern) if few else calm
                room.usual.clear()
        while len(self._seen) > MOST_SEEN:
            del self._seen[next(iter(self._seen))]

    def end_trouble(self, incident_id: str, until: float) -> None:
        """Count what is seen of the elements of an incident again, from then on."""
        for concern in self._troubles.end(incident_id, until):
            if (room := self._room_of(concern[0])) is not None:
                room.usual.clear()

    def newest(self, element: str) -> float | None:
        """Return when the newest tick of an element's partition was taken."""
        room = self._room_of(element)
        tick = room.ticks[-1].read() if room is not None and room.ticks else None
        return None if tick is None else tick.instant

    def newest_of(self, element: str, now: float) -> float | None:
        """Return when the newest sample was taken that tells of the element itself, if it is fresh."""
        sample = self.sample(element, metric_in_role(kind_of(self._topology, element), Role.STATE), now)
        return None if sample is None else sample.at

    def sample(self, element: str, metric: Metric, now: float) -> Sample | None:
        """Return the newest known sample, if it is fresh."""
        room = self._room_of(element)
        found = None if room is None else next(self._samples(reversed(room.ticks), element, metric), None)
        return found if room is not None and found is not None and self._is_fresh(found, room, now) else None

    def recent(self, element: str, metric: Metric, now: float) -> list[Sample]:
        """Return the known samples of the last few ticks, newest first, if the newest of them is fresh."""
        room = self._room_of(element)
        if room is None:
            return []
        found = list(self._samples(reversed(room.ticks), element, metric))
        return found if found and self._is_fresh(found[0], room, now) else []

    def before(self, element: str, metric: Metric) -> list[Sample]:
        """Return some samples of the last seconds and minutes, newest first."""
        room = self._room_of(element)
        if room is None:
            return []
        samples = {sample.at: sample for sample in self._samples((*room.snapshots, *room.recent), element, metric)}
        return [samples[at] for at in sorted(samples, reverse=True)]

    def usual(self, element: str, metric: Metric) -> float | None:
        """Return the middle of what was seen in the last minutes; None where too little was."""
        room = self._room_of(element)
        if room is None:
            return None
        key = (element, str(metric))
        if key not in room.usual:
            samples = self._in_calm(room.snapshots, element, metric)
            if len(samples) < ENOUGH_SNAPSHOTS:
                seen = self._seen.get((element, _group(metric)), ())
                calm = self._in_calm((*seen, *room.snapshots, *room.recent), element, metric)
                return _middle(calm) if len(calm) >= LEAST_SAMPLES else self._usual_of_few(calm, element, metric)
            if len(room.usual) >= MOST_REMEMBERED:
                room.usual.clear()
            room.usual[key] = _middle(samples)
        return room.usual[key]

    def _usual_of_few(self, calm: Sequence[Sample], element: str, metric: Metric) -> float | None:
        """Return what few samples of before a trouble say; without any, what was seen in it: better than nothing."""
        seen = self.before(element, metric)
        return median(sample.value for sample in calm) if 0 < len(calm) < len(seen) else _middle(seen)

    def _in_calm(self, ticks: Iterable[Readable], element: str, metric: Metric) -> list[Sample]:
        """Return the samples of times at which an element was in no trouble, each once.

        A young stream answers with its first tick whatever time is asked for.
        """
        samples = {sample.at: sample for sample in self._samples(ticks, element, metric)}
        concern = (element, _group(metric))
        return [sample for at, sample in samples.items() if not self._troubles.covers(concern, at)]

    def _calm_ticks(self, ticks: Iterable[Readable], concern: Concern) -> tuple[Readable, ...]:
        at = {tick.instant: readable for readable in ticks if (tick := readable.read()) is not None}
        calm = [at[instant] for instant in sorted(at) if not self._troubles.covers(concern, instant)]
        return tuple(calm[-KEEP_SNAPSHOTS:])

    def _concerns(self, element: str, metric: str) -> Iterator[Concern]:
        """What traffic suffers at a node is seen at its links, and at a link at its ends; load is a node's own."""
        if element not in self._topology:
            return
        group = _group(metric)
        for near in self._topology.touching(element) if group == TRAFFIC else (element,):
            yield near, group

    def _room_of(self, element: str) -> _Partition | None:
        if element not in self._topology:
            return None
        return self._partitions[partition_of(min(self._topology.ends(element)), len(self._partitions))]

    def _samples(self, ticks: Iterable[Readable], element: str, metric: Metric) -> Iterator[Sample]:
        kind = kind_of(self._topology, element)
        for readable in ticks:
            if (tick := readable.read()) is not None and (value := _value(tick, kind, element, metric)) is not None:
                yield Sample(tick.instant, value)

    def _is_fresh(self, sample: Sample, room: _Partition, now: float) -> bool:
        return abs(now - sample.at) <= self._fresh_for(room)

    def _fresh_for(self, room: _Partition) -> float:
        times = [tick.instant for readable in list(room.ticks)[-2:] if (tick := readable.read()) is not None]
        interval = times[-1] - times[0] if len(times) > 1 else 0.0
        return max(FRESH_WITHIN * max(1.0, self.speed), FRESH_INTERVALS * interval)


def _group(metric: str) -> str:
    return metric if metric in ALONE else TRAFFIC


def _is_due(last: float | None, now: float, period: float) -> bool:
    """Say whether a period passed; time that was set back begins anew."""
    return last is None or not 0 <= now - last < period


def _middle(samples: Sequence[Sample]) -> float | None:
    return median(sample.value for sample in samples) if len(samples) >= LEAST_SAMPLES else None


def _value(tick: Tick, kind: ElementKind, element: str, metric: Metric) -> float | None:
    columns = tick.of(kind)
    try:
        return columns.column(metric)[columns.ids.index(element)]
    except ValueError:  # a network that changed: this partition does not tell of the element
        return None
