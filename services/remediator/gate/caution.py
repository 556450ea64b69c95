"""The cautious rules of the gate.

They block an action if harm is not proved, if its cause keeps coming back, if recent actions did not help, or if the
action would take down redundant elements together. A person's approval overrides `Recurrence` and `Breaker`, but
neither `ProvenHarm` nor `Redundancy`.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from services.remediator.gate.view import ALLOWED, Calls, GateLimits, GateView, Proof, Verdict
from shared.domain.catalogue import ACTIONS, FAULTS, Harm, TakesDown, actions_that
from shared.domain.events import BY_THE_LOOP, Action, Cause
from shared.domain.kinds import ActionState, ElementKind, NodeStatus, NodeType
from shared.domain.topology import Topology

TAKES_DOWN = actions_that(lambda action: action.takes_down > TakesDown.NOTHING)
"""Actions that take their target, or its ports, out of service while they run."""
TIER = {NodeType.SERVER: 0, NodeType.SWITCH: 1, NodeType.ROUTER: 2}
OSCILLATIONS = 2
"""Verdicts `oscillating` of the stabilizer: each means that the cause was repaired at least three times before."""
LOOK_AGAIN = 5.0
"""Seconds after which the rule checks whether an action has helped meanwhile, so that other actions may start again."""
LOOK_AGAIN_AT_LOAD = 1.0
LOAD_REST = 3600.0
"""Seconds for which an action against the load of a node is not repeated in another incident if it did not help."""


class Scope(StrEnum):
    CAUSE = "cause"
    TARGET = "target"
    ALL = "all"


class ProvenHarm:
    """No action starts unless the remediator's own telemetry shows harm. If it shows load without harm, no person is
    called.
    """

    name = "proven_harm"

    def judge(self, action: Action, view: GateView, limits: GateLimits) -> Verdict:
        finding = view.finding
        if finding.proved:
            return ALLOWED
        harmless = finding.proof is Proof.HARMLESS
        starts = "telemetry shows loss, added latency or an outage" if harmless else "telemetry shows harm"
        return Verdict(
            allowed=False,
            rule=self.name,
            figures=finding.figures,
            reason=f"{finding.reason}; it starts once {starts}",
            again=view.now + LOOK_AGAIN_AT_LOAD if harmless else None,
            calls=Calls.NEVER if harmless else Calls.LATER,
        )


class Recurrence:
    """A cause that came back after a number of repairs is left to a person, even if it is in a new incident."""

    name = "recurrence"

    def judge(self, action: Action, view: GateView, limits: GateLimits) -> Verdict:
        if action.cause is None or action.by != BY_THE_LOOP:
            return ALLOWED
        cause, since = action.cause, view.now - limits.repairs_within
        repaired = sorted(
            other.finished
            for other in view.history
            if other.state is ActionState.VERIFIED
            and other.cause is not None
            and other.cause.key == cause.key
            and other.finished is not None
            and other.finished > since
        )
        oscillated = sorted(at for at in view.oscillations if at > since)
        what = f"{cause.kind} on {cause.element}"
        figures = {"repairs": len(repaired), "limit": limits.repairs, "seconds": limits.repairs_within}
        if len(repaired) >= limits.repairs:
            again = repaired[-limits.repairs] + limits.repairs_within
            reason = f"{what} was repaired {len(repaired)} times within {limits.repairs_within:g} s and came back"
        elif len(oscillated) >= OSCILLATIONS:
            again = oscillated[-OSCILLATIONS] + limits.repairs_within
            figures |= {"oscillations": len(oscillated)}
            reason = f"the stabilizer reported {len(oscillated)} times that {what} oscillates, and it came back"
        else:
            return ALLOWED
        return Verdict(
            allowed=False,
            rule=self.name,
            figures=figures | {"again_in": round(again - view.now, 1)},
            reason=f"{reason}; a person has to find out why",
            again=again,
            calls=Calls.INSTEAD,
        )


class Breaker:
    """Stops actions for a while after a number of actions in a row did not help, unless a person approved the action.

    The actions in a row are counted against the same cause, on the same target, and in the whole network.
    """

    name = "breaker"

    def judge(self, action: Action, view: GateView, limits: GateLimits) -> Verdict:
        if action.by != BY_THE_LOOP:
            return ALLOWED
        ended = sorted((other for other in view.history if _counts(other)), key=lambda other: other.finished or 0.0)
        for scope in Scope:
            unproven = _last_unproven(_in_scope(action, scope, ended))
            limit, rest = limits.unproven, limits.unproven_rest
            if scope is Scope.CAUSE and _is_against_load(action) and _same_elsewhere(action, unproven):
                limit, rest = 1, LOAD_REST
            if len(unproven) < limit:
                continue
            again = (unproven[0].finished or 0.0) + rest
            if again <= view.now:
                if tried := _in_scope(action, scope, view.running):
                    return self._wait_for(tried[0])
                continue
            minutes, which = f"{rest / 60:g} min", _scope_text(scope, action)
            return Verdict(
                allowed=False,
                rule=self.name,
                figures={
                    "unproven": len(unproven),
                    "limit": limit,
                    "again_in": round(again - view.now, 1),
                },
                reason=f"the last {len(unproven)} actions {which} did not help; none starts until one that "
                f"a person approved (mode approve) helps, or {minutes} have passed since the last",
                again=min(again, view.now + LOOK_AGAIN),
                calls=Calls.NOW,
            )
        return ALLOWED

    def _wait_for(self, trial: Action) -> Verdict:
        """Block other actions while the first action after a pause runs: its outcome shows whether actions help."""
        return Verdict(
            allowed=False,
            rule=self.name,
            figures={"running": 1, "limit": 0},
            reason=f"{trial.kind} on {trial.target} ({trial.id}) is the first after actions that did not help; "
            "the next starts when it is over",
            calls=Calls.NEVER,
        )


class Redundancy:
    """Of elements that back each other up, one is taken down at a time. After a reboot, a node settles before its
    backup may be rebooted.
    """

    name = "redundancy"

    def judge(self, action: Action, view: GateView, limits: GateLimits) -> Verdict:
        if action.kind not in TAKES_DOWN:
            return ALLOWED
        if down := self._down(action, view):
            reason = f"{down} backs up {action.target} and is down; {action.target} has to stay up until {down} is back"
            return Verdict(allowed=False, rule=self.name, figures={"down": 1, "limit": 0}, reason=reason)
        group = [other for other in view.running if _in_group(action, other, view.topology)]
        if group:
            return self._blocked(group[0], "is running", {"running": len(group), "limit": 0})
        settling = [
            other
            for other in view.history
            if action.kind == other.kind
            and ACTIONS[other.kind].takes_down is TakesDown.NODE
            and other.started is not None
            and other.finished is not None
            and view.now - other.finished < limits.settle
            and _in_group(action, other, view.topology)
        ]
        if settling:
            last = max(settling, key=lambda other: other.finished or 0.0)
            ago = view.now - (last.finished or 0.0)
            figures = {"seconds_ago": round(ago, 3), "limit": limits.settle}
            return self._blocked(
                last, f"finished {ago:.1f} s ago", figures, again=(last.finished or 0.0) + limits.settle
            )
        return ALLOWED

    @staticmethod
    def _down(action: Action, view: GateView) -> str | None:
        cause = action.cause
        seen_dead = cause is not None and _is_outage(cause) and view.finding.proved
        dead_already = seen_dead or view.statuses.get(action.target) is NodeStatus.DOWN
        if ACTIONS[action.kind].takes_down is not TakesDown.NODE or dead_already:
            return None
        down = (node for node, status in view.statuses.items() if status is NodeStatus.DOWN)
        return next((node for node in down if back_each_other_up(action.target, node, view.topology)), None)

    def _blocked(self, other: Action, how: str, figures: dict[str, float], again: float | None = None) -> Verdict:
        return Verdict(
            allowed=False,
            rule=self.name,
            figures=figures,
            reason=f"{other.kind} on {other.target} {how} ({other.id}); the two back each other up: one at a time",
            again=again,
        )


def back_each_other_up(one: str, other: str, topology: Topology) -> bool:
    """Return whether each of two elements is a detour around the other element.

    Two nodes of one type back each other up if they share a neighbour of their own tier or a lower tier. Two links back
    each other up if they share one end, and the nodes at their other ends back each other up. A link and a node back
    each other up if the link and a link of the node do.
    """
    if one == other:
        return False
    if topology.is_link(one) and topology.is_link(other):
        shared = topology.ends(one) & topology.ends(other)
        if len(shared) != 1:
            return False
        (far,), (other_far,) = topology.ends(one) - shared, topology.ends(other) - shared
        return back_each_other_up(far, other_far, topology)
    if topology.is_link(one) != topology.is_link(other):
        link, node = (one, other) if topology.is_link(one) else (other, one)
        return any(back_each_other_up(link, its, topology) for its in topology.links_of.get(node, ()))
    nodes = topology.node_by_id
    if one not in nodes or other not in nodes or nodes[one].type is not nodes[other].type:
        return False
    between = set(topology.graph[one]) & set(topology.graph[other])
    return any(TIER[nodes[node].type] <= TIER[nodes[one].type] for node in between)


def _is_outage(cause: Cause) -> bool:
    spec = FAULTS[cause.kind]
    return spec.cuts and ElementKind.NODE in spec.targets


def _in_group(action: Action, other: Action, topology: Topology) -> bool:
    return other.kind in TAKES_DOWN and back_each_other_up(action.target, other.target, topology)


def _counts(action: Action) -> bool:
    over = action.state in (ActionState.VERIFIED, ActionState.FAILED, ActionState.REVERTED)
    return over and action.started is not None and action.finished is not None


def _is_against_load(action: Action) -> bool:
    return action.cause is not None and FAULTS[action.cause.kind].harm in (Harm.LOADED, Harm.FILLS)


def _same_elsewhere(action: Action, unproven: Iterable[Action]) -> bool:
    """Return whether the same action did not help in another incident."""
    return any(other.kind is action.kind and other.incident_id != action.incident_id for other in unproven)


def _in_scope(action: Action, scope: Scope, others: Iterable[Action]) -> list[Action]:
    if not _is_against_load(action):  # load that stays on a node does not show that other repairs fail
        others = [other for other in others if not _is_against_load(other)]
    if scope is Scope.ALL:
        return list(others)
    if scope is Scope.TARGET:
        return [other for other in others if other.target == action.target]
    key = action.cause.key if action.cause else None
    return [other for other in others if key is not None and other.cause is not None and other.cause.key == key]


def _scope_text(scope: Scope, action: Action) -> str:
    if scope is Scope.CAUSE and action.cause is not None:
        return f"against {action.cause.kind} on {action.cause.element}"
    return f"on {action.target}" if scope is Scope.TARGET else "in the whole network"


def _last_unproven(ended: Iterable[Action]) -> list[Action]:
    unproven: list[Action] = []
    for action in reversed(list(ended)):
        if action.state is ActionState.VERIFIED:
            break
        unproven.append(action)
    return unproven
