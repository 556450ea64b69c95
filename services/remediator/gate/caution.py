"""The rules that ask whether acting is right at all: proven harm, causes that come back, actions that do not help.

A person's approval lets an action pass where the loop alone may not go on (`Recurrence`, `Breaker`); it is no proof of
harm, and takes no second element of a redundancy group down.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from services.remediator.gate.world import ALLOWED, Calls, GateLimits, GateView, Proof, Verdict
from shared.domain.catalogue import ACTIONS, FAULTS, TakesDown, actions_that
from shared.domain.events import BY_THE_LOOP, Action, Cause
from shared.domain.kinds import ActionState, ElementKind, NodeStatus, NodeType
from shared.domain.topology import Topology

TAKES_DOWN = actions_that(lambda action: action.takes_down > TakesDown.NOTHING)
"""Actions that take their target, or its ports, out of service while they run."""
TIER = {NodeType.SERVER: 0, NodeType.SWITCH: 1, NodeType.ROUTER: 2}
OSCILLATIONS = 2
"""Verdicts of the stabilizer that a cause oscillates: each says that it was repaired at least three times before."""
LOOK_AGAIN = 5.0
"""Seconds after which it is looked whether an action helped meanwhile, so that others may begin again."""
LOOK_AGAIN_AT_LOAD = 1.0


class Scope(StrEnum):
    """What actions have in common that are counted together."""

    CAUSE = "cause"
    TARGET = "target"
    ALL = "all"


class ProvenHarm:
    """Nothing is done before the remediator itself has seen in the telemetry that somebody is harmed."""

    name = "proven_harm"

    def judge(self, action: Action, world: GateView, limits: GateLimits) -> Verdict:
        """Say no where no harm was seen; load that harms nobody is an observation, and calls nobody."""
        finding = world.finding
        if finding.proved:
            return ALLOWED
        harmless = finding.proof is Proof.HARMLESS
        lifts = "it runs when loss, added latency or an outage shows" if harmless else "it runs when telemetry shows it"
        return Verdict(
            allowed=False,
            rule=self.name,
            figures=finding.figures,
            reason=f"{finding.reason}; {lifts}",
            again=world.now + LOOK_AGAIN_AT_LOAD if harmless else None,
            calls=Calls.NEVER if harmless else Calls.LATER,
        )


class Recurrence:
    """A cause that comes back after so many repairs is a person's business, whatever incident it comes in."""

    name = "recurrence"

    def judge(self, action: Action, world: GateView, limits: GateLimits) -> Verdict:
        """Say no where the cause was repaired too often of late, or the stabilizer calls it oscillating."""
        if action.cause is None or action.by != BY_THE_LOOP:
            return ALLOWED
        cause, since = action.cause, world.now - limits.repairs_within
        repaired = sorted(
            other.finished
            for other in world.history
            if other.state is ActionState.VERIFIED
            and other.cause is not None
            and other.cause.key == cause.key
            and other.finished is not None
            and other.finished > since
        )
        oscillated = sorted(at for at in world.oscillations if at > since)
        what = f"{cause.kind} on {cause.element}"
        figures = {"repairs": len(repaired), "limit": limits.repairs, "seconds": limits.repairs_within}
        if len(repaired) >= limits.repairs:
            again = repaired[-limits.repairs] + limits.repairs_within
            reason = f"{what} was repaired {len(repaired)} times within {limits.repairs_within:g} s and came back"
        elif len(oscillated) >= OSCILLATIONS:
            again = oscillated[-OSCILLATIONS] + limits.repairs_within
            figures |= {"oscillations": len(oscillated)}
            reason = f"the stabilizer said {len(oscillated)} times of late that {what} oscillates, and it came back"
        else:
            return ALLOWED
        return Verdict(
            allowed=False,
            rule=self.name,
            figures=figures | {"again_in": round(again - world.now, 1)},
            reason=f"{reason}; a person has to find what breaks it",
            again=again,
            calls=Calls.INSTEAD,
        )


class Breaker:
    """After so many actions in a row that did not help, none begins for that cause, on that target, or at all."""

    name = "breaker"

    def judge(self, action: Action, world: GateView, limits: GateLimits) -> Verdict:
        """Say no in each scope whose last actions were all unproven."""
        if action.by != BY_THE_LOOP:
            return ALLOWED
        ended = sorted((other for other in world.history if _counts(other)), key=lambda other: other.finished or 0.0)
        for scope in Scope:
            unproven = _last_unproven(_in_scope(action, scope, ended))
            if len(unproven) < limits.unproven:
                continue
            again = (unproven[0].finished or 0.0) + limits.unproven_rest
            if again <= world.now:
                if tried := _in_scope(action, scope, world.running):
                    return self._wait_for(tried[0])
                continue
            minutes = f"{limits.unproven_rest / 60:g} min"
            return Verdict(
                allowed=False,
                rule=self.name,
                figures={
                    "unproven": len(unproven),
                    "limit": limits.unproven,
                    "again_in": round(again - world.now, 1),
                },
                reason=f"the last {len(unproven)} actions {_words(scope, action)} did not help; none begins until one "
                f"helps that a person approved (mode approve), or {minutes} passed since the last",
                again=min(again, world.now + LOOK_AGAIN),
                calls=Calls.NOW,
            )
        return ALLOWED

    def _wait_for(self, trial: Action) -> Verdict:
        """After the rest one action is tried; the others wait until it shows whether acting helps again."""
        return Verdict(
            allowed=False,
            rule=self.name,
            figures={"running": 1, "limit": 0},
            reason=f"{trial.kind} on {trial.target} ({trial.id}) is the first after actions that did not help; "
            "the next begins when it is over",
            calls=Calls.NEVER,
        )


class Redundancy:
    """Of elements that back each other up one at a time is taken down, and a node only when the last has settled."""

    name = "redundancy"

    def judge(self, action: Action, world: GateView, limits: GateLimits) -> Verdict:
        """Say no while another of the group is taken down or dead, or was rebooted a moment ago."""
        if action.kind not in TAKES_DOWN:
            return ALLOWED
        if down := self._down(action, world):
            reason = f"{down} is down, which backs {action.target} up; {action.target} has to stay up until it is back"
            return Verdict(allowed=False, rule=self.name, figures={"down": 1, "limit": 0}, reason=reason)
        group = [other for other in world.running if _in_group(action, other, world.topology)]
        if group:
            return self._no(group[0], "is running", {"running": len(group), "limit": 0})
        settling = [
            other
            for other in world.history
            if action.kind == other.kind
            and ACTIONS[other.kind].takes_down is TakesDown.NODE
            and other.started is not None
            and other.finished is not None
            and world.now - other.finished < limits.settle
            and _in_group(action, other, world.topology)
        ]
        if settling:
            last = max(settling, key=lambda other: other.finished or 0.0)
            ago = world.now - (last.finished or 0.0)
            figures = {"seconds_ago": round(ago, 3), "limit": limits.settle}
            return self._no(last, f"finished {ago:.1f} s ago", figures, again=(last.finished or 0.0) + limits.settle)
        return ALLOWED

    @staticmethod
    def _down(action: Action, world: GateView) -> str | None:
        """Return a node that is down, where the action would take down one that is up and backs it up."""
        cause = action.cause
        seen_dead = cause is not None and _is_death(cause) and world.finding.proved
        dead_already = seen_dead or world.statuses.get(action.target) is NodeStatus.DOWN
        if ACTIONS[action.kind].takes_down is not TakesDown.NODE or dead_already:
            return None
        down = (node for node, status in world.statuses.items() if status is NodeStatus.DOWN)
        return next((node for node in down if back_each_other_up(action.target, node, world.topology)), None)

    def _no(self, other: Action, how: str, figures: dict[str, float], again: float | None = None) -> Verdict:
        return Verdict(
            allowed=False,
            rule=self.name,
            figures=figures,
            reason=f"{other.kind} on {other.target} {how} ({other.id}), which backs this one up; one at a time",
            again=again,
        )


def back_each_other_up(one: str, other: str, topology: Topology) -> bool:
    """Say whether two elements are ways around each other.

    Two nodes of one type are, where a node of their own tier or below is a neighbour of both: it may go through either.
    Two links are, where they share an end and what they lead to from there backs each other up. A node stands for all
    of its links.
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


def _is_death(cause: Cause) -> bool:
    spec = FAULTS[cause.kind]
    return spec.cuts and ElementKind.NODE in spec.strikes


def _in_group(action: Action, other: Action, topology: Topology) -> bool:
    return other.kind in TAKES_DOWN and back_each_other_up(action.target, other.target, topology)


def _counts(action: Action) -> bool:
    """Say whether an action was begun and has come to an end."""
    over = action.state in (ActionState.VERIFIED, ActionState.FAILED, ActionState.REVERTED)
    return over and action.started is not None and action.finished is not None


def _in_scope(action: Action, scope: Scope, others: Iterable[Action]) -> list[Action]:
    """Return those that were for the same cause, on the same target, or all."""
    if scope is Scope.ALL:
        return list(others)
    if scope is Scope.TARGET:
        return [other for other in others if other.target == action.target]
    key = action.cause.key if action.cause else None
    return [other for other in others if key is not None and other.cause is not None and other.cause.key == key]


def _words(scope: Scope, action: Action) -> str:
    if scope is Scope.CAUSE and action.cause is not None:
        return f"against {action.cause.kind} on {action.cause.element}"
    return f"on {action.target}" if scope is Scope.TARGET else "in the whole network"


def _last_unproven(ended: Iterable[Action]) -> list[Action]:
    """Return the actions since the last one that helped, newest first."""
    unproven: list[Action] = []
    for action in reversed(list(ended)):
        if action.state is ActionState.VERIFIED:
            break
        unproven.append(action)
    return unproven
