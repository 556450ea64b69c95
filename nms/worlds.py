"""Measures the loop in a world: first a number of faults, then hours without faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from network.simulator import World
from nms.simulate import DRAIN, WARM_UP, Loop
from services.gateway.scoring.scorecard import ScorecardReport
from shared.domain.catalogue import ACTIONS, TakesDown
from shared.domain.config import Desired
from shared.domain.events import AnomalyRaised, Event, FaultEnded, RemediationApplied
from shared.domain.kinds import EndedBy, FaultKind
from shared.domain.topology import Topology, default_topology

HOUR = 3600.0
WARM_UP_SAMPLES, DRAIN_SAMPLES, SAMPLES_A_FAULT = 160, 20, 40
SECONDS_A_FAULT = 120.0
"""A run ends after so many seconds and samples for each fault, even if fewer faults could be injected."""
OF_QUIET = ("false_per_hour", "actions_per_hour", "reboots")
"""The counts of the hours without faults."""


class WorldReport(BaseModel):
    """Counts of the run with faults; those in `OF_QUIET` are 0 if there were no hours without faults."""

    model_config = ConfigDict(frozen=True)

    faults: int = Field(description="faults that were injected")
    right_node: int = Field(description="faults whose place was right in the diagnosis acted on")
    right_kind: int = Field(description="faults whose kind was right in the diagnosis acted on")
    repaired: int = Field(description="faults that an action ended, and whose anomalies all cleared in time")
    ended: int = Field(description="faults that an action ended")
    needless: int = Field(description="actions where nothing was broken")
    wrong_actions: int = Field(description="wrong actions at the right place")
    false_per_hour: float = Field(description="anomalies in an hour without faults")
    actions_per_hour: float = Field(description="actions in an hour without faults")
    reboots: int = Field(description="actions that took a node down, in the hours without faults")


@dataclass
class QuietHours:
    """What the loop does while nothing is broken. `since`: the end of the warm-up."""

    since: float
    anomalies: set[str] = field(default_factory=set)
    actions: dict[str, bool] = field(default_factory=dict)
    """Id of an action -> whether it takes a node down."""

    def take(self, event: Event, time: float) -> None:
        if time < self.since:
            return
        if isinstance(event, AnomalyRaised):
            self.anomalies.add(event.anomaly.id)
        elif isinstance(event, RemediationApplied):
            self.actions[event.action.id] = ACTIONS[event.action.kind].takes_down is TakesDown.NODE


def measure(
    world: World,
    faults: int,
    seed: int,
    quiet_hours: float,
    topology: Topology | None = None,
    seen: Callable[[Event, float], None] = lambda event, time: None,
) -> WorldReport:
    network = topology or default_topology()
    score, ended = _with_faults(world, faults, seed, network, seen)
    quiet = _without_faults(world, seed, quiet_hours, network)
    return WorldReport(
        faults=score.faults,
        right_node=score.right_node,
        right_kind=score.right_kind,
        repaired=score.repaired,
        ended=ended,
        needless=score.needless_actions,
        wrong_actions=score.missed_actions,
        false_per_hour=round(len(quiet.anomalies) / quiet_hours, 3) if quiet_hours else 0.0,
        actions_per_hour=round(len(quiet.actions) / quiet_hours, 3) if quiet_hours else 0.0,
        reboots=sum(quiet.actions.values()),
    )


def _with_faults(
    world: World, faults: int, seed: int, topology: Topology, seen: Callable[[Event, float], None]
) -> tuple[ScorecardReport, int]:
    ended: set[str] = set()

    def take(event: Event, time: float) -> None:
        if isinstance(event, FaultEnded) and event.fault.ended_by is EndedBy.ACTION:
            ended.add(event.fault.id)
        seen(event, time)

    desired = desired_in(world, faults)
    loop = Loop(topology, seed, desired, world=world, seen=take)
    run_campaign(loop, faults)
    return loop.scorecard.report(), len(ended)


def run_campaign(loop: Loop, faults: int) -> None:
    """Warm up, inject so many faults, and wait until the last one is over."""
    interval, ttl = loop.world.sampling.interval, loop.desired.ttl
    loop.run(warm_up(loop.world))
    until = loop.now + faults * (SECONDS_A_FAULT + ttl + SAMPLES_A_FAULT * interval)
    while loop.injected < faults and loop.now < until:
        loop.step(campaign=True)
    loop.run(ttl + max(DRAIN, DRAIN_SAMPLES * interval))


def _without_faults(world: World, seed: int, hours: float, topology: Topology) -> QuietHours:
    loop = Loop(topology, seed, Desired(), world=world)
    quiet = QuietHours(loop.now + warm_up(world))
    loop.seen = quiet.take
    if hours:
        loop.run(warm_up(world) + hours * HOUR)
    return quiet


def desired_in(world: World, faults: int) -> Desired:
    """Return the desired state of a campaign with one fault after another, or with the faults that are together."""
    kinds = world.faults.kinds or tuple(FaultKind)
    ttl = Desired().ttl if world.faults.duration is None else world.faults.duration
    return Desired(interval=3.0, chance=1.0, kinds=kinds, at_once=1, max_faults=faults, ttl=ttl)


def warm_up(world: World) -> float:
    """Return for how many seconds the loop learns before the first fault."""
    return max(WARM_UP, WARM_UP_SAMPLES * world.sampling.interval)
