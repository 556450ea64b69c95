"""Scores one fault by its incidents. Pure; docs/reference/scorecard.md defines the terms.

Rules: an incident belongs to a fault if its onset lies between the start of the fault and a short time after its end,
and a member is at the target, next to it, or cut off by it. If several incidents belong to a fault, incidents about
another live fault are left out. Of the rest, an incident with a primary symptom of the fault is judged; else an
incident with a member at the target; else the incident in which an action was applied first. Element and kind are
judged by the cause of the first applied action; without an action, by the last diagnosis. If several faults were live,
actions against another of them are left out: two faults at one element are one incident, and are repaired in turn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from services.gateway.scoring.primary_symptoms import of_another, shows
from services.gateway.scoring.windows import ScoreWindows
from shared.domain.catalogue import FAULTS
from shared.domain.events import Action, Anomaly, Cause, Fault, Incident
from shared.domain.kinds import EndedBy, FaultKind, Resolution
from shared.domain.topology import Topology

DEFAULT = ScoreWindows()


@dataclass(frozen=True)
class FirstCause:
    """The first cause of one diagnosis. `time`: the network time at which the diagnosis was published. `also`: the
    further causes that it names, which are no alternatives.
    """

    time: float
    revision: int
    cause: Cause | None
    also: tuple[Cause, ...] = ()


@dataclass
class Story:
    incident: Incident
    diagnoses: list[FirstCause] = field(default_factory=list)
    applied: list[Action] = field(default_factory=list)
    verified: list[float] = field(default_factory=list)


class FaultScore(BaseModel):
    """The score of one fault.

    `detect` and `repair`: seconds from the start of the fault. `diagnose`: seconds from the detection. `act`: seconds
    from the diagnosis. Each is None if that step was not reached.
    """

    model_config = ConfigDict(frozen=True)

    fault_id: str
    kind: FaultKind
    pending: bool = False
    """The fault is live or has just ended, so results that are missing may still arrive."""
    detected: bool = False
    right_node: bool = False
    right_kind: bool = False
    repaired: bool = False
    detect: float | None = None
    diagnose: float | None = None
    act: float | None = None
    repair: float | None = None
    early: bool | None = None
    """Whether a leak was detected before it crossed its threshold, or a flap was diagnosed in time.

    None for other kinds of fault.
    """


def live_lately(fault: Fault, at: float, lately: float) -> bool:
    return fault.started <= at and (fault.ended is None or fault.ended >= at - lately)


def surroundings(topology: Topology, target: str) -> frozenset[str]:
    """Return the elements where the effects of a fault can show: its target, the ends of that target and their links,
    the neighbours of a node, and the nodes that the target cuts off.
    """
    if target not in topology:
        return frozenset((target,))
    ends = topology.ends(target)
    around = {target, *ends, *topology.cut_off_by(target)}
    around.update(*(topology.links_of[end] for end in ends))
    if not topology.is_link(target):
        around.update(topology.neighbours(target))
    return frozenset(around)


def belongs(
    topology: Topology,
    incident: Incident,
    fault: Fault,
    around: frozenset[str] | None = None,
    windows: ScoreWindows = DEFAULT,
) -> bool:
    """`around`: the surroundings of the fault's target, if already computed."""
    until = float("inf") if fault.ended is None else fault.ended + windows.belongs_after
    if not fault.started <= incident.onset <= until:
        return False
    if around is None:
        around = surroundings(topology, fault.target)
    return any(member.anomaly.element in around for member in incident.members)


def right_place(topology: Topology, element: str, fault: Fault) -> bool:
    """For a fault of a port, a node and its only link count as equal."""
    if element == fault.target:
        return True
    return FAULTS[fault.kind].of_ports and topology.same_place(element, fault.target)


def is_cause(topology: Topology, element: str, kind: FaultKind, fault: Fault) -> bool:
    """Return whether a diagnosis of `kind` at `element` is right about a fault."""
    return kind is fault.kind and right_place(topology, element, fault)


def needless(topology: Topology, action: Action, faults: Iterable[Fault], windows: ScoreWindows = DEFAULT) -> bool:
    """Whether an applied action was unnecessary: at that time and just before, no fault was live at its target, or at
    the links or ends of that target.
    """
    at = action.applied if action.applied is not None else action.proposed
    live = (fault for fault in faults if live_lately(fault, at, windows.action_after))
    return not any(fault.target in topology.touching(action.target) for fault in live)


def false_anomaly(anomaly: Anomaly, faults: Iterable[Fault], windows: ScoreWindows = DEFAULT) -> bool:
    return not any(live_lately(fault, anomaly.at, windows.anomaly_after) for fault in faults)


def judge(
    topology: Topology,
    fault: Fault,
    stories: Sequence[Story],
    raised_at: Mapping[str, float],
    now: float = math.inf,
    others: Sequence[Fault] = (),
    windows: ScoreWindows = DEFAULT,
) -> FaultScore:
    """`stories`: the incidents that may belong to the fault. `raised_at`: when each anomaly was published, by its id.
    `others`: the other faults that were live at that time.
    """
    mine = _of_fault(topology, fault, stories, others, windows)
    if not mine:
        return FaultScore(
            fault_id=fault.id, kind=fault.kind, pending=_pending(fault, now, windows), early=_early(fault, (), windows)
        )
    story = min(mine, key=lambda s: _nearest_first(topology, s, fault))
    applied = _against(topology, story, others)
    causes = _causes(story, applied, several=bool(others))
    members = (member.anomaly.id for s in mine for member in s.incident.members)
    raised = min((raised_at[i] for i in members if i in raised_at), default=None)
    stood = _stood_since(story, applied)
    action = applied[0] if applied else None
    verified = [time for s in mine for time in s.verified]
    return FaultScore(
        fault_id=fault.id,
        kind=fault.kind,
        pending=_pending(fault, now, windows),
        detected=True,
        right_node=any(right_place(topology, cause.element, fault) for cause in causes),
        right_kind=any(cause.kind is fault.kind for cause in causes),
        repaired=_repaired(topology, fault, mine, others, windows),
        detect=_between(fault.started, raised),
        diagnose=_between(raised, stood),
        act=_between(stood, action.applied if action else None),
        repair=_between(fault.started, min(verified, default=None)),
        early=_early(fault, mine, windows),
    )


def _of_fault(
    topology: Topology, fault: Fault, stories: Sequence[Story], others: Sequence[Fault], windows: ScoreWindows
) -> list[Story]:
    """Incidents about another fault are left out, unless all of them are about another fault."""
    unmerged = [s for s in stories if s.incident.resolution is not Resolution.MERGED]
    mine = [s for s in unmerged if belongs(topology, s.incident, fault, windows=windows)]
    return [s for s in mine if not of_another(topology, s.incident, fault, others)] or mine


def _nearest_first(topology: Topology, story: Story, fault: Fault) -> tuple[bool, bool, float, float]:
    """Return a sort key of an incident of a fault: incidents with a primary symptom come first, then incidents with a
    member at the target or its links, then incidents in the order of their first applied action.
    """
    here = {fault.target, *topology.links_of.get(fault.target, ())}
    elsewhere = not any(member.anomaly.element in here for member in story.incident.members)
    acted = min((a.applied for a in story.applied if a.applied is not None), default=float("inf"))
    return not shows(topology, story.incident, fault), elsewhere, acted, story.incident.onset


def _against(topology: Topology, story: Story, others: Sequence[Fault]) -> list[Action]:
    """Return the applied actions that are not against another live fault; all of them if none are left."""
    own = [action for action in story.applied if not _is_of_any(topology, action.cause, others)]
    return own or story.applied


def _is_of_any(topology: Topology, cause: Cause | None, faults: Iterable[Fault]) -> bool:
    return cause is not None and any(is_cause(topology, cause.element, cause.kind, fault) for fault in faults)


def _causes(story: Story, applied: Sequence[Action], *, several: bool) -> list[Cause]:
    """Return the cause that was acted on, and if several faults are live, the further causes of that diagnosis."""
    if not applied:
        acted = story.diagnoses[-1].cause if story.diagnoses else None
        upto = story.diagnoses[-1].revision if story.diagnoses else None
    else:
        acted, upto = applied[0].cause, applied[0].diagnosis_revision
    also = [cause for one in story.diagnoses if one.revision == upto for cause in one.also] if several else []
    return [cause for cause in (acted, *also) if cause is not None]


def _stood_since(story: Story, applied: Sequence[Action]) -> float | None:
    """Return since when the cause of the first applied action was the first cause of every diagnosis, up to the one
    that this action cites; None if there is no such time.
    """
    if not applied or applied[0].cause is None:
        return None
    key, upto = applied[0].cause.key, applied[0].diagnosis_revision
    since = None
    for diagnosis in story.diagnoses:
        if upto is not None and diagnosis.revision > upto:
            break
        if diagnosis.cause is None or diagnosis.cause.key != key:
            since = None
        elif since is None:
            since = diagnosis.time
    return since


def _pending(fault: Fault, now: float, windows: ScoreWindows) -> bool:
    return fault.ended is None or now < fault.ended + windows.cleared_within


def _repaired(
    topology: Topology, fault: Fault, mine: Sequence[Story], others: Sequence[Fault], windows: ScoreWindows
) -> bool:
    """Another fault at the same element may keep the anomalies open until it ends too."""
    if fault.ended is None or fault.ended_by is not EndedBy.ACTION:
        return False
    beside = [other.ended for other in others if other.ended and right_place(topology, other.target, fault)]
    latest = max([fault.ended, *beside]) + windows.cleared_within
    members = [member for story in mine for member in story.incident.members if member.anomaly.since <= fault.ended]
    return all(member.cleared is not None and member.cleared <= latest for member in members)


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else max(0.0, end - start)


def _early(fault: Fault, mine: Sequence[Story], windows: ScoreWindows) -> bool | None:
    spec = FAULTS[fault.kind]
    if spec.slow:
        leaks = [m.anomaly for s in mine for m in s.incident.members if m.anomaly.metric in spec.primary]
        return any(a.element == fault.target and a.value < a.threshold for a in leaks)
    if spec.flaps:
        named = [s for story in mine for s in story.diagnoses if s.cause is not None and s.cause.kind is fault.kind]
        return any(s.time <= fault.started + windows.flap_named_within for s in named)
    return None
