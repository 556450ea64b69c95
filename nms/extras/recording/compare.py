"""Compares the results of a replay with the recorded results. Pure.

Rules

1. Two anomalies are equal if they have the same id and the same time of clearing. An id names element, metric, tick.
2. Two incidents are equal if they have the same id, members and resolution.
3. Two causes are equal if they have the same element and kind. The cause of an incident is the first cause of the
   diagnosis that led to the first action. If no action was proposed, it is the first cause of the last diagnosis.
4. Results from before the baselines are learnt are not compared. Nor are results at the very end, as their events may
   not be recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from nms.extras.recording.findings import Findings, Score, score_of
from shared.domain.events import Anomaly, AnomalyCleared, Fault, Incident
from shared.domain.instant import Instant
from shared.domain.kinds import ServiceName
from shared.platform.leases import OWN_FOR
from shared.recordings.manifest import WARM_UP, Span

END_SECONDS = 1.0
"""Seconds at the end that are not compared, since their results may not be published yet: wall time, and at least so
much network time.
"""
FIRST_TICK = 1


class Difference(BaseModel):
    """The number of equal results, and the ids of other results.

    `missing`: ids only in the recording. `new`: ids only in the replay. `differ`: ids in both, with unequal results.
    """

    model_config = ConfigDict(frozen=True)

    equal: int = 0
    missing: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        return not (self.missing or self.new or self.differ)


class Comparison(BaseModel):
    """The comparison of a replay with its recording.

    A difference is None if the recording is too short or lacks such events, or if the service that publishes them was
    not run again. `judged`: the span of network time that is compared; None if the recording is too short. `set_aside`:
    the number of recorded anomalies that are not compared, because an anomaly of the same element and metric was open
    before the recording began. `latest`: the longest delay, in
    wall seconds, with which a recorded anomaly was published.
    """

    model_config = ConfigDict(frozen=True)

    judged: Span | None
    anomalies: Difference | None = None
    incidents: Difference | None = None
    causes: Difference | None = None
    recorded: Score | None = None
    now: Score | None = None
    set_aside: int = 0
    latest: float = 0.0

    @property
    def detector_was_late(self) -> bool:
        """Whether a detector of the recorded system may have lost its lease, and so missed anomalies that the replay
        finds.
        """
        return self.latest > OWN_FOR

    @property
    def same(self) -> bool:
        compared = [
            difference for difference in (self.anomalies, self.incidents, self.causes) if difference is not None
        ]
        return self.judged is not None and bool(compared) and all(difference.same for difference in compared)


def compared_span(first: float, first_tick: int, last: float, speed: float) -> Span | None:
    """None if the recording is too short."""
    begin = first if first_tick <= FIRST_TICK else first + WARM_UP
    end = last - END_SECONDS * max(1.0, speed)
    return Span(begin=begin, end=end) if begin < end else None


class AlreadyOpen:
    """The anomalies that were open before the recording began.

    A replay has no baseline for the metrics of these anomalies until the metrics have been clear for `WARM_UP` seconds.
    """

    def __init__(self, cleared: Iterable[AnomalyCleared], raised: Collection[str]) -> None:
        self._until: dict[tuple[str, str], float] = {}
        for event in cleared:
            if event.anomaly_id not in raised:
                self._until[event.element, event.metric] = event.at + WARM_UP

    def excludes(self, anomaly: Anomaly) -> bool:
        return anomaly.at <= self._until.get((anomaly.element, anomaly.metric), float("-inf"))


def compare(
    recorded: Findings,
    now: Findings,
    faults: Mapping[str, Fault],
    already_open: AlreadyOpen,
    span: Span | None,
    stages: Collection[ServiceName],
    latest: float = 0.0,
) -> Comparison:
    """`stages`: the stages that were both run and recorded."""
    if span is None:
        return Comparison(judged=None)
    injected = [fault.id for fault in faults.values() if span.begin <= fault.started <= span.end]
    anomalies = _anomalies(recorded, span, already_open), _anomalies(now, span, already_open)
    incidents = _incidents(recorded, now, span, already_open)
    return Comparison(
        judged=span,
        anomalies=_difference(*anomalies) if ServiceName.DETECTOR in stages else None,
        incidents=_difference(*incidents) if ServiceName.CORRELATOR in stages else None,
        causes=_causes(recorded, now, incidents, span) if ServiceName.RCA in stages else None,
        recorded=score_of(recorded, injected) if faults else None,
        now=score_of(now, injected) if faults else None,
        latest=round(latest, 3),
        set_aside=sum(already_open.excludes(anomaly) for anomaly in recorded.anomalies.values()),
    )


def _anomalies(findings: Findings, span: Span, already_open: AlreadyOpen) -> dict[str, object]:
    compared = (
        a for a in findings.anomalies.values() if span.begin <= a.at <= span.end and not already_open.excludes(a)
    )
    return {anomaly.id: _within(findings.cleared.get(anomaly.id), span) for anomaly in compared}


def _within(moment: Instant | None, span: Span) -> float | None:
    return moment if moment is not None and moment <= span.end else None


Incidents = dict[str, object]


def _incidents(recorded: Findings, now: Findings, span: Span, already_open: AlreadyOpen) -> tuple[Incidents, Incidents]:
    """Return first the recorded incidents, then those of the replay.

    An incident that is excluded on one side is left out on both sides.
    """
    both = [*recorded.incidents.values(), *now.incidents.values()]
    left_out = {incident.id for incident in both if not _is_compared(incident, span, already_open)}
    then, found = (
        {i.id: _members_and_end(i, span) for i in findings.incidents.values() if i.id not in left_out}
        for findings in (recorded, now)
    )
    return then, found


def _is_compared(incident: Incident, span: Span, already_open: AlreadyOpen) -> bool:
    anomalies = [member.anomaly for member in incident.members]
    begins_inside = span.begin <= incident.onset and min(anomaly.at for anomaly in anomalies) <= span.end
    return begins_inside and not any(already_open.excludes(anomaly) for anomaly in anomalies)


def _members_and_end(incident: Incident, span: Span) -> object:
    members = frozenset(m.anomaly.id for m in incident.members if m.anomaly.at <= span.end)
    is_over = _within(incident.resolved, span) is not None
    return members, (incident.resolution, incident.merged_into) if is_over else None


def _causes(recorded: Findings, now: Findings, incidents: tuple[Incidents, Incidents], span: Span) -> Difference:
    then, found = (
        {name: cause for name in known if (cause := findings.cause_of(name, span.end)) is not None}
        for findings, known in zip((recorded, now), incidents, strict=True)
    )
    return _difference(then, found, lambda name: f"{name}: recorded {then[name]}, found {found[name]}")


def _difference(
    recorded: Mapping[str, object], now: Mapping[str, object], describe: Callable[[str], str] = str
) -> Difference:
    differ = sorted(name for name in recorded.keys() & now.keys() if recorded[name] != now[name])
    return Difference(
        equal=len(recorded.keys() & now.keys()) - len(differ),
        missing=tuple(sorted(recorded.keys() - now.keys())),
        new=tuple(sorted(now.keys() - recorded.keys())),
        differ=tuple(map(describe, differ)),
    )
