"""What was recorded beside what is found now. Pure.

Rules: an anomaly is the same by its id, which names element, metric and tick of onset, and by when it was cleared; an
incident by its id, members and what became of it; a cause by element and kind, as it stood first when the incident's
first action was proposed, or at last. Nothing is judged before the baselines are warm, nor in the last moments, of
which the words may be missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from nms.extras.recording.findings import Findings, Score, score_of
from shared.domain.events import Anomaly, AnomalyCleared, Fault, Incident
from shared.domain.instant import Instant
from shared.domain.kinds import ServiceName
from shared.platform.leases import OWN_FOR
from shared.recordings.manifest import WARM_UP, Span

END_SECONDS = 1.0
"""Seconds of wall time at the end, and of network time at least, in which what was found may not have been said yet."""
FIRST_TICK = 1


class Difference(BaseModel):
    """How many are the same, which were recorded and are not found now, which are new, which are there but differ."""

    model_config = ConfigDict(frozen=True)

    equal: int = 0
    missing: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether there is no difference."""
        return not (self.missing or self.new or self.differ)


class Comparison(BaseModel):
    """None: that was not recorded, or its stage was not run. `set_aside`: anomalies that cannot be judged, since one at
    the same place was open before the recording began. `latest`: wall seconds by which a recorded one was late."""

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
    def starved(self) -> bool:
        """Whether the recorded detector may have lost its lease, and been silent, for which no replay can account."""
        return self.latest > OWN_FOR

    @property
    def same(self) -> bool:
        """Whether something was judged and nothing differs."""
        told = [difference for difference in (self.anomalies, self.incidents, self.causes) if difference is not None]
        return self.judged is not None and bool(told) and all(difference.same for difference in told)


def judged_span(first: float, first_tick: int, last: float, speed: float) -> Span | None:
    """Return the network time in which a replay is to say the same; None where the recording is too short for it."""
    begin = first if first_tick <= FIRST_TICK else first + WARM_UP
    end = last - END_SECONDS * max(1.0, speed)
    return Span(begin=begin, end=end) if begin < end else None


class Before:
    """Anomalies that were open before the recording began: their places have no baseline until they were long clear."""

    def __init__(self, cleared: Iterable[AnomalyCleared], raised: Collection[str]) -> None:
        self._until: dict[tuple[str, str], float] = {}
        for event in cleared:
            if event.anomaly_id not in raised:
                self._until[event.element, event.metric] = event.at + WARM_UP

    def spoils(self, anomaly: Anomaly) -> bool:
        """Say whether an anomaly cannot be judged."""
        return anomaly.at <= self._until.get((anomaly.element, anomaly.metric), float("-inf"))


def compare(
    recorded: Findings,
    now: Findings,
    faults: Mapping[str, Fault],
    before: Before,
    span: Span | None,
    stages: Collection[ServiceName],
    latest: float = 0.0,
) -> Comparison:
    """Return what differs within a span of network time, for the stages that were run and recorded."""
    if span is None:
        return Comparison(judged=None)
    struck = [fault.id for fault in faults.values() if span.begin <= fault.started <= span.end]
    ours, theirs = _anomalies(recorded, span, before), _anomalies(now, span, before)
    incidents = _incidents(recorded, now, span, before)
    return Comparison(
        judged=span,
        anomalies=_difference(ours, theirs) if ServiceName.DETECTOR in stages else None,
        incidents=_difference(*incidents) if ServiceName.CORRELATOR in stages else None,
        causes=_causes(recorded, now, incidents, span) if ServiceName.RCA in stages else None,
        recorded=score_of(recorded, struck) if faults else None,
        now=score_of(now, struck) if faults else None,
        latest=round(latest, 3),
        set_aside=sum(before.spoils(anomaly) for anomaly in recorded.anomalies.values()),
    )


def _anomalies(findings: Findings, span: Span, before: Before) -> dict[str, object]:
    """Return the anomalies that are judged, each with when it was cleared."""
    judged = (a for a in findings.anomalies.values() if span.begin <= a.at <= span.end and not before.spoils(a))
    return {anomaly.id: _within(findings.cleared.get(anomaly.id), span) for anomaly in judged}


def _within(moment: Instant | None, span: Span) -> float | None:
    return moment if moment is not None and moment <= span.end else None


Incidents = dict[str, object]


def _incidents(recorded: Findings, now: Findings, span: Span, before: Before) -> tuple[Incidents, Incidents]:
    """Return the incidents that are judged, in both; one that either saw begin too early is judged in neither."""
    both = [*recorded.incidents.values(), *now.incidents.values()]
    unjudged = {incident.id for incident in both if not _is_judged(incident, span, before)}
    ours, theirs = (
        {i.id: _fate(i, span) for i in findings.incidents.values() if i.id not in unjudged}
        for findings in (recorded, now)
    )
    return ours, theirs


def _is_judged(incident: Incident, span: Span, before: Before) -> bool:
    anomalies = [member.anomaly for member in incident.members]
    begins = span.begin <= incident.onset and min(anomaly.at for anomaly in anomalies) <= span.end
    return begins and not any(before.spoils(anomaly) for anomaly in anomalies)


def _fate(incident: Incident, span: Span) -> object:
    members = frozenset(m.anomaly.id for m in incident.members if m.anomaly.at <= span.end)
    over = _within(incident.resolved, span) is not None
    return members, (incident.resolution, incident.merged_into) if over else None


def _causes(recorded: Findings, now: Findings, incidents: tuple[Incidents, Incidents], span: Span) -> Difference:
    ours, theirs = (
        {name: cause for name in known if (cause := findings.cause_of(name, span.end)) is not None}
        for findings, known in zip((recorded, now), incidents, strict=True)
    )
    return _difference(ours, theirs, lambda name: f"{name}: {ours[name]} was recorded, {theirs[name]} is found")


def _difference(ours: Mapping[str, object], theirs: Mapping[str, object], tell: object = None) -> Difference:
    differ = sorted(name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name])
    return Difference(
        equal=len(ours.keys() & theirs.keys()) - len(differ),
        missing=tuple(sorted(ours.keys() - theirs.keys())),
        new=tuple(sorted(theirs.keys() - ours.keys())),
        differ=tuple(tell(name) if callable(tell) else name for name in differ),
    )
