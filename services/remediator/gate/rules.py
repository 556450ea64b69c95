"""The first rules of the gate, each a small class with a name; a rule knows nothing of the others.

A rule judges one action in one world by one limit. It answers with the figures it compared, so that whoever reads
`remediation.blocked` can check the sum.
"""

from __future__ import annotations

from services.remediator.gate.world import ALLOWED, MINUTE, GateLimits, GateView, Verdict
from shared.domain.catalogue import ACTIONS, TakesDown
from shared.domain.events import Action
from shared.domain.kinds import NodeStatus
from shared.domain.outage import taken_down
from shared.domain.topology import Topology


def takes_down(action: Action, topology: Topology, down: frozenset[str]) -> frozenset[str]:
    """Return the nodes that the action puts out of service: a reboot's node, and who is reached through it alone.

    A node that is down already takes nothing more with it.
    """
    if (
        ACTIONS[action.kind].takes_down is not TakesDown.NODE
        or action.target not in topology.node_by_id
        or action.target in down
    ):
        return frozenset()
    return taken_down(action.kind, action.target, topology)


class NotOffered:
    """The network must offer the action, on this kind of element; one that has said nothing offers none."""

    name = "not_offered"

    def judge(self, action: Action, world: GateView, limits: GateLimits) -> Verdict:
        """Say no where the network cannot do it."""
        reason = world.offered.action_refusal(action.kind, action.target, world.topology)
        if not reason:
            return ALLOWED
        lifted = "a driver that offers it" if world.offered.known else "the network process, once it says so"
        return Verdict(
            allowed=False,
            rule=self.name,
            figures={"actions_offered": len(world.offered.actions)},
            reason=f"{reason}; {lifted} would lift this",
        )


class NeverAgainstRunning:
    """One action at a time on a target; a link of a busy node is busy too."""

    name = "never_against_running"

    def judge(self, action: Action, world: GateView, limits: GateLimits) -> Verdict:
        """Say no while another action runs on the same place."""
        near = world.topology.touching(action.target)
        others = [other for other in world.running if other.target in near]
        if not others:
            return ALLOWED
        return Verdict(
            allowed=False,
            rule=self.name,
            figures={"running": len(others), "limit": 1},
            reason=f"{others[0].kind} is running on {others[0].target} ({others[0].id}); it has to finish first",
        )


class AtOnce:
    """At most so many actions run at one time."""

    name = "at_once"

    def judge(self, action: Action, world: GateView, limits: GateLimits) -> Verdict:
        """Say no while as many run as may."""
        if (running := len(world.running)) < limits.at_once:
            return ALLOWED
        return Verdict(
            allowed=False,
            rule=self.name,
            figures={"running": running, "limit": limits.at_once},
            reason=f"{running} actions are running and {limits.at_once} may",
        )


class Rate:
    """At most so many actions begin in any minute."""

    name = "rate"

    def judge(self, action: Action, world: GateView, limits: GateLimits) -> Verdict:
        """Say no while a minute's allowance is used up."""
        begun = sorted(a.started for a in world.history if a.started is not None and a.started > world.now - MINUTE)
        if len(begun) < limits.rate:
            return ALLOWED
        return Verdict(
            allowed=False,
            rule=self.name,
            figures={"begun_in_a_minute": len(begun), "limit": limits.rate},
            reason=f"{len(begun)} actions began in the last minute and {limits.rate} may",
            again=begun[-limits.rate] + MINUTE,
        )


class Cooldown:
    """The same action is not done to the same target again too soon after it finished."""

    name = "cooldown"

    def judge(self, action: Action, world: GateView, limits: GateLimits) -> Verdict:
        """Say no for a while after the same kind of action finished on this target."""
        finished = [
            other.finished
            for other in world.history
            if other.started is not None
            and other.finished is not None
            and (other.kind, other.target) == (action.kind, action.target)
        ]
        if not finished or (ago := world.now - max(finished)) >= limits.cooldown:
            return ALLOWED
        return Verdict(
            allowed=False,
            rule=self.name,
            figures={"seconds_ago": round(ago, 3), "limit": limits.cooldown},
            reason=f"{action.kind} finished on {action.target} {ago:.1f} s ago; it rests for {limits.cooldown:g} s",
            again=max(finished) + limits.cooldown,
        )


class MinAvailable:
    """So many nodes must stay in service, what the action itself takes down included."""

    name = "min_available"

    def judge(self, action: Action, world: GateView, limits: GateLimits) -> Verdict:
        """Say no where too few nodes would be left."""
        nodes = world.topology.node_by_id
        down = frozenset(node for node in nodes if world.statuses.get(node) is NodeStatus.DOWN)
        for other in world.running:
            down |= takes_down(other, world.topology, down)
        taken = takes_down(action, world.topology, down)
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
