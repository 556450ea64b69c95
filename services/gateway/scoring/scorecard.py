"""Scores the loop against the ground truth: detected, diagnosed and repaired faults, times, and unnecessary actions.

Rules: the events about a fault or action are stored until it has settled. Then it is judged once, and only its score is
stored. A fault or action that is older than the available events is not judged: its other events may have expired, so
it would wrongly count as missed. The diagnosis plane does not read the scorecard.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import Field

from services.gateway.scoring.fault_scores import (
    FaultScore,
    FirstCause,
    Story,
    false_anomaly,
    judge,
    live_lately,
    needless,
    right_place,
)
from services.gateway.scoring.totals import Counts, ScoreTotals
from services.gateway.scoring.windows import ScoreWindows
from shared.domain.events import (
    Action,
    Anomaly,
    AnomalyRaised,
    DiagnosisMade,
    Event,
    Fault,
    FaultEnded,
    FaultStarted,
    IncidentEvent,
    LogLine,
    RemediationApplied,
    RemediationVerified,
)
from shared.domain.kinds import EndedBy, FaultKind
from shared.domain.topology import Topology

SAME_MOMENT = 0.25
"""The largest difference in seconds between the end of a fault and the time of the action that ended the fault."""
KEEP_SCORES = 5_000
KEEP_STORIES = 2_000
KEEP_FACTS = 10_000
KEEP_JUDGED = 500


class ScorecardReport(Counts):
    """The scorecard. `seconds` leaves out leaks and flaps, which show slowly by their nature."""

    missed_actions: int = Field(default=0, description="wrong actions at the right place")
    needless_actions: int = Field(default=0, description="actions where nothing was broken")
    false_anomalies: int = Field(default=0, description="anomalies raised while nothing was broken")
    actions: int = Field(default=0, description="actions that were applied")
    by_kind: dict[FaultKind, Counts] = Field(default={}, description="the same counts for each kind of fault")


@dataclass
class Scorecard:
    """All times are network time. `windows` can be changed at any time: it follows the interval of the network."""

    topology: Topology
    windows: ScoreWindows = field(default_factory=ScoreWindows)
    _faults: dict[str, Fault] = field(default_factory=dict)
    _judged: dict[str, Fault] = field(default_factory=dict)
    _stories: dict[str, Story] = field(default_factory=dict)
    _raised_at: dict[str, float] = field(default_factory=dict)
    _uncounted: dict[str, Anomaly] = field(default_factory=dict)
    _actions: dict[str, Action] = field(default_factory=dict)
    _early_diagnoses: dict[str, list[FirstCause]] = field(default_factory=dict)
    _scores: deque[FaultScore] = field(default_factory=lambda: deque(maxlen=KEEP_SCORES))
    _settled: ScoreTotals = field(default_factory=ScoreTotals)
    _settled_until: float = -math.inf
    _resumed: float = -math.inf
    _begins: float = -math.inf
    _now: float = -math.inf

    def absorb(self, event: Event, time: float) -> None:
        """`time`: when the event was published."""
        if not isinstance(event, LogLine):  # its process may not know network time yet
            self._now = max(self._now, time)
        match event:
            case FaultStarted() | FaultEnded():
                self._fault(event.fault)
            case AnomalyRaised():
                self._anomaly(event.anomaly, time)
            case IncidentEvent():
                self._incident(event)
            case DiagnosisMade():
                self._diagnosis(event, time)
            case RemediationApplied():
                self._applied(event.action)
            case RemediationVerified():
                self._verified(event, time)
            case _:
                return
        if time > self._settled_until + 2 * self.windows.settled_after:
            self._settle(time - self.windows.settled_after)

    def begin(self, begins: float | None, settled: tuple[ScoreTotals, float] | None = None) -> None:
        """`begins`: the time since which all events are available; None: all events that ever were. `settled`: stored
        totals, and the time up to which they count.
        """
        self._begins = -math.inf if begins is None else begins
        if settled is not None:
            self._settled, self._resumed = settled
            self._settled_until = self._resumed

    def settled(self) -> tuple[ScoreTotals, float] | None:
        """Return the totals of all settled scores and the time up to which they count; None if nothing has settled."""
        return (self._settled, self._settled_until) if self._settled_until > -math.inf else None

    def report(self) -> ScorecardReport:
        """Faults, actions and anomalies that have not settled are judged by the events so far."""
        totals = self._settled.with_more(
            self._unsettled(), self._count(self._actions.values(), self._uncounted.values())
        )
        return ScorecardReport(
            **totals.counts().model_dump(),
            actions=totals.actions,
            missed_actions=totals.missed,
            needless_actions=totals.needless,
            false_anomalies=totals.false,
            by_kind=totals.by_kind(),
        )

    def scores(self) -> Sequence[FaultScore]:
        """Return the last scores that have settled, in the order of judgement, then the scores of all other faults."""
        return [*self._scores, *self._unsettled()]

    def _unsettled(self) -> list[FaultScore]:
        return [self._judge(fault) for fault in self._faults.values() if self._counts(fault)]

    def _counts(self, fault: Fault) -> bool:
        return fault.started >= self._begins and (fault.ended is None or fault.ended > self._resumed)

    def _new(self, at: float) -> bool:
        return at >= self._begins and at > self._resumed

    def _fault(self, fault: Fault) -> None:
        if fault.id in self._judged:
            return
        known = self._faults.get(fault.id)
        if known is None or known.ended is None:
            self._faults[fault.id] = fault
        while len(self._faults) > KEEP_STORIES:
            del self._faults[next(iter(self._faults))]

    def _anomaly(self, anomaly: Anomaly, time: float) -> None:
        if anomaly.id not in self._raised_at:
            self._raised_at[anomaly.id] = time
            if self._new(anomaly.at):
                self._uncounted[anomaly.id] = anomaly
        while len(self._raised_at) > KEEP_FACTS:
            del self._raised_at[next(iter(self._raised_at))]

    def _incident(self, event: IncidentEvent) -> None:
        incident = event.incident
        story = self._stories.get(incident.id)
        if story is None:
            story = self._stories[incident.id] = Story(incident, diagnoses=self._early_diagnoses.pop(incident.id, []))
        elif incident.revision > story.incident.revision:
            story.incident = incident
        while len(self._stories) > KEEP_STORIES:
            del self._stories[next(iter(self._stories))]

    def _diagnosis(self, event: DiagnosisMade, time: float) -> None:
        also = tuple(cause for cause in event.causes[1:] if cause.also)
        diagnosis = FirstCause(time, event.revision, event.causes[0] if event.causes else None, also)
        story = self._stories.get(event.incident_id)
        known = story.diagnoses if story else self._early_diagnoses.setdefault(event.incident_id, [])
        if all(diagnosis.revision != other.revision for other in known):
            known.append(diagnosis)
            known.sort(key=lambda s: s.revision)
        while len(self._early_diagnoses) > KEEP_FACTS:
            del self._early_diagnoses[next(iter(self._early_diagnoses))]

    def _applied(self, action: Action) -> None:
        if self._new(_when(action)):
            self._actions.setdefault(action.id, action)
        story = self._stories.get(action.incident_id)
        if story is not None and all(action.id != other.id for other in story.applied):
            story.applied.append(action)

    def _verified(self, event: RemediationVerified, time: float) -> None:
        if story := self._stories.get(event.action.incident_id):
            story.verified.append(time)

    def _judge(self, fault: Fault) -> FaultScore:
        stories = [story for story in self._stories.values() if story.incident.onset >= fault.started]
        return judge(self.topology, fault, stories, self._raised_at, self._now, self._beside(fault), self.windows)

    def _beside(self, fault: Fault) -> list[Fault]:
        return [
            other
            for other in self._live_since(fault.started)
            if other.id != fault.id and (fault.ended is None or other.started <= fault.ended)
        ]

    def _count(self, actions: Iterable[Action], anomalies: Iterable[Anomaly]) -> ScoreTotals:
        actions, anomalies = tuple(actions), tuple(anomalies)
        moments = [*(_when(action) for action in actions), *(anomaly.at for anomaly in anomalies)]
        totals, faults = ScoreTotals(), self._live_since(min(moments, default=math.inf))
        for action in actions:
            totals.actions += 1
            if needless(self.topology, action, faults, self.windows):
                totals.needless += 1
            elif self._missed(action, faults):
                totals.missed += 1
        totals.false = sum(false_anomaly(anomaly, faults, self.windows) for anomaly in anomalies)
        return totals

    def _live_since(self, moment: float) -> list[Fault]:
        known = (*self._judged.values(), *self._faults.values())
        return [fault for fault in known if fault.ended is None or fault.ended >= moment - self.windows.anomaly_after]

    def _missed(self, action: Action, faults: Sequence[Fault]) -> bool:
        at = action.applied if action.applied is not None else action.proposed
        live = (fault for fault in faults if live_lately(fault, at, self.windows.action_after))
        mine = [fault for fault in live if right_place(self.topology, action.target, fault)]
        return bool(mine) and not any(_ended_at(fault, at) for fault in mine)

    def _settle(self, until: float) -> None:
        """Events that no later judgement needs are dropped."""
        for fault in list(self._faults.values()):
            if fault.ended is not None and fault.ended <= until:
                self._score(fault)
                self._judged[fault.id] = self._faults.pop(fault.id)
        old_actions = {i: a for i, a in self._actions.items() if _when(a) <= until}
        old = {i: anomaly for i, anomaly in self._uncounted.items() if anomaly.at <= until}
        self._settled.take(self._count(old_actions.values(), old.values()))
        self._settled_until = until
        self._actions = {i: action for i, action in self._actions.items() if i not in old_actions}
        self._uncounted = {i: anomaly for i, anomaly in self._uncounted.items() if i not in old}
        self._forget(until)

    def _score(self, fault: Fault) -> None:
        if self._counts(fault):
            score = self._judge(fault)
            self._settled.add(score)
            self._scores.append(score)

    def _forget(self, until: float) -> None:
        while len(self._judged) > KEEP_JUDGED:
            del self._judged[next(iter(self._judged))]
        oldest = min((fault.started for fault in self._faults.values()), default=until)
        self._stories = {
            i: story
            for i, story in self._stories.items()
            if story.incident.is_open or story.incident.updated >= oldest - self.windows.settled_after
        }


def _when(action: Action) -> float:
    return action.proposed if action.applied is None else action.applied


def _ended_at(fault: Fault, at: float) -> bool:
    """`at`: when the action took effect."""
    return fault.ended_by is EndedBy.ACTION and fault.ended is not None and abs(fault.ended - at) <= SAME_MOMENT
