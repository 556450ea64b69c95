"""The remediator's own telemetry: the newest ticks of each partition, and some ticks of the last minutes.

Rules: a tick is decoded only when a sample from it is needed. A sample that is missing or too old is unknown. The usual
value is unknown if an element has too few samples. Samples from the time of an incident do not count as usual for the
elements of the incident, unless there are no other samples.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Protocol

from services.remediator.core.troubles import Concern, Troubles
from shared.domain.catalogue import METRICS, Role, metric_in_role, metrics_of
from shared.domain.elements import kind_of
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import Tick, partition_of
from shared.domain.topology import Topology, partitions_for

KEEP_TICKS = 12
KEEP_RECENT, RECENT_EVERY = 10, 2.0
"""Ticks of the last seconds, which show a trend."""
KEEP_SNAPSHOTS, SNAPSHOT_EVERY = 16, 20.0
"""Ticks of the last minutes, which show what is usual."""
ENOUGH_SNAPSHOTS = 5
"""With fewer ticks of the last minutes, the usual value also uses ticks of the last seconds."""
LEAST_SAMPLES = 3
"""How many samples a usual value needs. Fewer suffice if all other samples are from the time of an incident."""
FRESH_WITHIN = 2.0
"""Seconds of wall time after which a sample is too old to show the present."""
FRESH_INTERVALS = 3.0
MOST_REMEMBERED = 2_000
MOST_SEEN = 500
"""Concerns (see `troubles`) whose ticks from before their last trouble are kept; the oldest are dropped first."""

ALONE = frozenset(spec.name for spec in METRICS.values() if spec.role in (Role.WORK, Role.MEMORY))
ANSWERS = metric_in_role(ElementKind.NODE, Role.STATE)
TRAFFIC = "traffic"
"""The group of all other metrics, which are out of line together."""

Metric = str


class Readable(Protocol):
    def read(self) -> Tick | None:
        """None if the tick cannot be decoded."""


@dataclass(frozen=True)
class Sample:
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
    """`speed`: seconds of network time in a second of wall time."""

    def __init__(self, topology: Topology) -> None:
        self.speed = 1.0
        self._topology = topology
        self._partitions = [_Partition() for _ in range(partitions_for(topology))]
        self._troubles = Troubles()
        self._seen: dict[Concern, tuple[Readable, ...]] = {}

    def take(self, partition: int, tick: Readable, now: float) -> None:
        if not 0 <= partition < len(self._partitions):
            return
        kept = self._partitions[partition]
        kept.ticks.append(tick)
        if _is_due(kept.recent_at, now, RECENT_EVERY):
            kept.recent_at = now
            kept.recent.append(tick)
        if _is_due(kept.snapshot_at, now, SNAPSHOT_EVERY):
            kept.snapshot_at = now
            kept.snapshots.append(tick)
            kept.usual.clear()

    def remember(self, partition: int, ticks: Iterable[Readable]) -> None:
        if 0 <= partition < len(self._partitions):
            kept = self._partitions[partition]
            newer = list(kept.snapshots)
            kept.snapshots.clear()
            kept.snapshots.extend([*ticks, *newer])
            kept.usual.clear()

    def begin_trouble(self, incident_id: str, rows: Iterable[tuple[str, str]], since: float) -> None:
        """Count no samples of the incident's metrics as usual from `since` on. `rows`: pairs of an element and a
        metric.

        A metric of traffic is excluded at the adjacent links and nodes too.
        """
        concerns = dict.fromkeys(concern for element, metric in rows for concern in self._concerns(element, metric))
        for concern in self._troubles.begin(incident_id, concerns, since):
            kept = self._kept_of(concern[0])
            if kept is not None:
                calm = self._calm_ticks((*self._seen.pop(concern, ()), *kept.snapshots), concern)
                few = len(calm) < ENOUGH_SNAPSHOTS
                self._seen[concern] = self._calm_ticks((*calm, *kept.recent), concern) if few else calm
                kept.usual.clear()
        while len(self._seen) > MOST_SEEN:
            del self._seen[next(iter(self._seen))]

    def end_trouble(self, incident_id: str, until: float) -> None:
        for concern in self._troubles.end(incident_id, until):
            if (kept := self._kept_of(concern[0])) is not None:
                kept.usual.clear()

    def newest(self, element: str) -> float | None:
        kept = self._kept_of(element)
        tick = kept.ticks[-1].read() if kept is not None and kept.ticks else None
        return None if tick is None else tick.instant

    def newest_of(self, element: str, now: float) -> float | None:
        kind = kind_of(self._topology, element)
        state = next((spec.name for spec in metrics_of(kind, lambda spec: spec.role is Role.STATE)), None)
        if state is None:
            return self.newest(element)
        sample = self.sample(element, state, now)
        return None if sample is None else sample.at

    def sample(self, element: str, metric: Metric, now: float) -> Sample | None:
        kept = self._kept_of(element)
        found = None if kept is None else next(self._samples(reversed(kept.ticks), element, metric), None)
        return found if kept is not None and found is not None and self._is_fresh(found, kept, now) else None

    def recent(self, element: str, metric: Metric, now: float) -> list[Sample]:
        """The newest first; none if the newest sample is too old."""
        kept = self._kept_of(element)
        if kept is None:
            return []
        found = list(self._samples(reversed(kept.ticks), element, metric))
        return found if found and self._is_fresh(found[0], kept, now) else []

    def off(self, kind: ElementKind, metric: Metric, now: float) -> list[str]:
        """Return the elements whose newest sample of a state is fresh and 0."""
        found: list[str] = []
        for kept in self._partitions:
            newest = (tick for readable in reversed(kept.ticks) if (tick := readable.read()) is not None)
            tick = next((tick for tick in newest if metric in tick.of(kind).metrics), None)
            if tick is not None and abs(now - tick.instant) <= self._fresh_for(kept):
                columns = tick.of(kind)
                values = zip(columns.ids, columns.column(metric), strict=True)
                found += [element for element, value in values if value is not None and value <= 0]
        return found

    def before(self, element: str, metric: Metric) -> list[Sample]:
        kept = self._kept_of(element)
        if kept is None:
            return []
        samples = {sample.at: sample for sample in self._samples((*kept.snapshots, *kept.recent), element, metric)}
        return [samples[at] for at in sorted(samples, reverse=True)]

    def usual(self, element: str, metric: Metric) -> float | None:
        """Return the usual value of a metric: the median of the last minutes; None if there are too few samples."""
        kept = self._kept_of(element)
        if kept is None:
            return None
        key = (element, str(metric))
        if key not in kept.usual:
            samples = self._in_calm(kept.snapshots, element, metric)
            if len(samples) < ENOUGH_SNAPSHOTS:
                seen = self._seen.get((element, _group(metric)), ())
                calm = self._in_calm((*seen, *kept.snapshots, *kept.recent), element, metric)
                return _middle(calm) if len(calm) >= LEAST_SAMPLES else self._usual_of_few(calm, element, metric)
            if len(kept.usual) >= MOST_REMEMBERED:
                kept.usual.clear()
            kept.usual[key] = _middle(samples)
        return kept.usual[key]

    def spread(self, element: str, metric: Metric) -> float | None:
        """Return the median deviation from the usual value in the last minutes; None if the usual value is unknown."""
        usual, kept = self.usual(element, metric), self._kept_of(element)
        if usual is None or kept is None:
            return None
        seen = self._seen.get((element, _group(metric)), ())
        calm = self._in_calm((*seen, *kept.snapshots, *kept.recent), element, metric)
        return median(abs(sample.value - usual) for sample in calm) if calm else None

    def _usual_of_few(self, calm: Sequence[Sample], element: str, metric: Metric) -> float | None:
        seen = self.before(element, metric)
        return median(sample.value for sample in calm) if 0 < len(calm) < len(seen) else _middle(seen)

    def _in_calm(self, ticks: Iterable[Readable], element: str, metric: Metric) -> list[Sample]:
        """Each sample is returned once. Ticks may be repeated, because a young stream answers every request for an
        earlier time with its first tick.
        """
        samples = {sample.at: sample for sample in self._samples(ticks, element, metric)}
        concern = (element, _group(metric))
        return [sample for at, sample in samples.items() if not self._troubles.covers(concern, at)]

    def _calm_ticks(self, ticks: Iterable[Readable], concern: Concern) -> tuple[Readable, ...]:
        at = {tick.instant: readable for readable in ticks if (tick := readable.read()) is not None}
        calm = [at[instant] for instant in sorted(at) if not self._troubles.covers(concern, instant)]
        return tuple(calm[-KEEP_SNAPSHOTS:])

    def _concerns(self, element: str, metric: str) -> Iterator[Concern]:
        """A symptom of traffic at a node also concerns the links of the node. At a link, it also concerns the ends of
        the link.
        """
        if element not in self._topology:
            return
        group = _group(metric)
        for near in self._topology.touching(element) if group == TRAFFIC else (element,):
            yield near, group

    def _kept_of(self, element: str) -> _Partition | None:
        if element not in self._topology:
            return None
        return self._partitions[partition_of(min(self._topology.ends(element)), len(self._partitions))]

    def _samples(self, ticks: Iterable[Readable], element: str, metric: Metric) -> Iterator[Sample]:
        kind = kind_of(self._topology, element)
        for readable in ticks:
            if (tick := readable.read()) is not None and (value := _value(tick, kind, element, metric)) is not None:
                yield Sample(tick.instant, value)

    def _is_fresh(self, sample: Sample, kept: _Partition, now: float) -> bool:
        return abs(now - sample.at) <= self._fresh_for(kept)

    def _fresh_for(self, kept: _Partition) -> float:
        times = [tick.instant for readable in list(kept.ticks)[-2:] if (tick := readable.read()) is not None]
        interval = times[-1] - times[0] if len(times) > 1 else 0.0
        return max(FRESH_WITHIN * max(1.0, self.speed), FRESH_INTERVALS * interval)


def _group(metric: str) -> str:
    return metric if metric in ALONE else TRAFFIC


def _is_due(last: float | None, now: float, period: float) -> bool:
    return last is None or not 0 <= now - last < period


def _middle(samples: Sequence[Sample]) -> float | None:
    return median(sample.value for sample in samples) if len(samples) >= LEAST_SAMPLES else None


def _value(tick: Tick, kind: ElementKind, element: str, metric: Metric) -> float | None:
    columns = tick.of(kind)
    try:
        return columns.column(metric)[columns.ids.index(element)]
    except ValueError:  # the tick does not contain the element, because the network has changed
        return None
