"""The basic rules of the gate. Each rule is a small class with a name, and depends on no other rule.

The verdict of a rule contains the figures that the rule compared, so that a reader of `remediation.blocked` can check
the verdict.
"""

from __future__ import annotations

from services.remediator.gate.view import ALLOWED, MINUTE, GateLimits, GateView, Verdict
from shared.domain.catalogue import ACTIONS, TakesDown
from shared.domain.events import Action
from shared.domain.kinds import NodeStatus
from shared.domain.outage import taken_down
from shared.domain.topology import Topology


def takes_down(action: Action, topology: Topology, down: frozenset[str]) -> frozenset[str]:
    """The rebooted node and the nodes that are reachable only through it; none if the node is down already, or if the
    action reboots no node.
    """
    if (
        ACTIONS[action.kind].takes_down is not TakesDown.NODE
        or action.target not in topology.node_by_id
        or action.target in down
    ):
        return frozenset()
    return taken_down(action.kind, action.target, topology)


class NotOffered:
    """A network that has not reported its capabilities offers no action."""

    name = "not_offered"

    def judge(self, action: Action, view: GateView, limits: GateLimits) -> Verdict:
        reason = view.offered.action_refusal(action.kind, action.target, view.topology)
        if not reason:
            return ALLOWED
        remedy = "use a driver that offers it" if view.offered.known else "wait until the network process reports them"
        return Verdict(
            allowed=False,
            rule=self.name,
            figures={"actions_offered": len(view.offered.actions)},
            reason=f"{reason}; {remedy}",
        )


class NeverAgainstRunning:
    """Only one action at a time may run on a target. A node and its links count as one target, and a link and its ends
    do.
    """

    name = "never_against_running"

    def judge(self, action: Action, view: GateView, limits: GateLimits) -> Verdict:
        near = view.topology.touching(action.target)
        others = [other for other in view.running if other.target in near]
        if not others:
            return ALLOWED
        return Verdict(
            allowed=False,
            rule=self.name,
            figures={"running": len(others), "limit": 1},
            reason=f"{others[0].kind} is running on {others[0].target} ({others[0].id}); it has to finish first",
        )


class AtOnce:
    name = "at_once"

    def judge(self, action: Action, view: GateView, limits: GateLimits) -> Verdict:
        if (running := len(view.running)) < limits.at_once:
            return ALLOWED
        return Verdict(
            allowed=False,
            rule=self.name,
            figures={"running": running, "limit": limits.at_once},
            reason=f"{running} actions are running, and the limit is {limits.at_once}",
        )


class Rate:
    name = "rate"

    def judge(self, action: Action, view: GateView, limits: GateLimits) -> Verdict:
        begun = sorted(a.started for a in view.history if a.started is not None and a.started > view.now - MINUTE)
        if len(begun) < limits.rate:
            return ALLOWED
        return Verdict(
            allowed=False,
            rule=self.name,
            figures={"begun_in_a_minute": len(begun), "limit": limits.rate},
            reason=f"{len(begun)} actions started in the last minute, and the limit is {limits.rate}",
            again=begun[-limits.rate] + MINUTE,
        )


class Cooldown:
    name = "cooldown"

    def judge(self, action: Action, view: GateView, limits: GateLimits) -> Verdict:
        finished = [
            other.finished
            for other in view.history
            if other.started is not None
            and other.finished is not None
            and (other.kind, other.target) == (action.kind, action.target)
        ]
        if not finished or (ago := view.now - max(finished)) >= limits.cooldown:
            return ALLOWED
        return Verdict(
            allowed=False,
            rule=self.name,
            figures={"seconds_ago": round(ago, 3), "limit": limits.cooldown},
            reason=f"{action.kind} finished on {action.target} {ago:.1f} s ago; the cooldown is {limits.cooldown:g} s",
            again=max(finished) + limits.cooldown,
        )


class MinAvailable:
    """Nodes that the action would take down count as down."""

    name = "min_available"

    def judge(self, action: Action, view: GateView, limits: GateLimits) -> Verdict:
        nodes = view.topology.node_by_id
        down = frozenset(node for node in nodes if view.statuses.get(node) is NodeStatus.DOWN)
        for other in view.running:
            down |= takes_down(other, view.topology, down)
        taken = takes_down(action, view.topology, down)
        left = len(nodes) - len(down | taken)
        if left >= limits.min_available * len(nodes):
            return ALLOWED
        share = left / len(nodes)
        return Verdict(
            allowed=False,
            rule=self.name,
            figures={
                "nodes": len(nodes),
                "down": len(down),
                "taken_down": len(taken),
                "available": round(share, 4),
                "limit": limits.min_available,
            },
            reason=f"{left} of {len(nodes)} nodes would be in service, and {limits.min_available:.0%} must be",
        )
