"""The whole loop in one process, with the cores and the simulator of a real system. It is deterministic and fast.

Rules: there is no broker. The events of a core reach the other cores at once and in order, and timers are checked at
every tick. So durations contain only the network and the rules of the loop, without delays of processes and broker.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from network.simulated import SimulatedNetwork
from network.simulator import DEFAULT, World
from services.correlator.core import Correlator
from services.detector.core import Common, Detector
from services.gateway.scoring.scorecard import Scorecard, ScorecardReport
from services.gateway.scoring.windows import ScoreWindows
from services.injector.core import Campaign
from services.rca.core import PRIOR, diagnose
from services.remediator.core import GateLimits, Remediator
from services.stabilizer.core import Stabilizer
from shared.domain.catalogue import FAULTS, Harm
from shared.domain.config import Desired
from shared.domain.events import (
    AnomalyCleared,
    AnomalyRaised,
    DiagnosisMade,
    Event,
    Execute,
    Executed,
    Fault,
    IncidentEvent,
    IncidentOpened,
    IncidentUpdated,
    RemediationEscalated,
    RemediationEvent,
    StabilityAdvised,
    StabilityStatus,
    StabilityVerdict,
)
from shared.domain.kinds import FaultKind
from shared.domain.requests import ApplyFault
from shared.domain.targets import fitting
from shared.domain.telemetry import TICK_SECONDS, Tick
from shared.domain.topology import Topology, default_topology, partitions_for

ORIGIN = 1_767_225_600.0
"""Network time of the first tick, 2026-01-01T00:00:00Z. It is fixed, so a run gives the same result on every day."""
ALL_STRENGTHS = (0.0, 1.0)
WARM_UP = 40.0
DRAIN = 75.0
MAX_SECONDS_A_FAULT = 120.0


@dataclass
class Loop:
    """`seen` is called with each event and its network time, `sampled` with each message of telemetry before that."""

    topology: Topology = field(default_factory=default_topology)
    seed: int = 1
    desired: Desired = field(default_factory=Desired)
    load: float = 1.0
    world: World = DEFAULT
    origin: float = ORIGIN
    seen: Callable[[Event, float], None] = lambda event, time: None
    sampled: Callable[[Tick], None] = lambda tick: None
    queue: deque[Event] = field(default_factory=deque)
    injected: int = 0

    def __post_init__(self) -> None:
        self.network = SimulatedNetwork(
            self.topology, seed=self.seed, origin=self.origin, load=self.load, world=self.world
        )
        self.campaign = Campaign(self.topology, self.seed)
        self.campaign.offered = self.network.managed.offered
        if self.world.faults.strength is not None:
            self.campaign.strengths = ALL_STRENGTHS
        self.common = Common(self.topology)
        self.detectors = [Detector(self.desired.thresholds, self.common) for _ in range(partitions_for(self.topology))]
        self.correlator = Correlator(self.topology)
        self.remediator = Remediator(self.topology, GateLimits(), self.desired.mode)
        self.remediator.known.thresholds = self.desired.thresholds
        self.remediator.known.offered = self.network.managed.offered
        self.stabilizer = Stabilizer(self.topology)
        self.scorecard = Scorecard(self.topology, ScoreWindows(self.network.interval))

    @property
    def now(self) -> float:
        return self.network.now

    def run(self, seconds: float, campaign: bool = False) -> None:
        for _ in range(math.ceil(seconds / self.network.interval)):
            self.step(campaign)

    def step(self, campaign: bool = False) -> None:
        if campaign:
            self._campaign()
        ticks, happenings = self.network.sample()
        self.queue.extend(happenings)
        for tick in ticks:
            self.sampled(tick)
            detector = self.detectors[tick.partition]
            self.queue.extend([*detector.observe(tick), *detector.observed])
            self.stabilizer.observe(tick)
            self.remediator.observe(tick.partition, tick, self.now)
        self._drain()
        for core in (self.correlator, self.remediator, self.stabilizer):
            self.queue.extend(core.advance(self.now))
            self._drain()

    def inject(self, kind: FaultKind, target: str, strength: float = 1.0, ttl: float = 60.0) -> Fault:
        self.injected += 1
        return self._apply(
            ApplyFault(fault_id=f"asked-{self.injected}", kind=kind, target=target, strength=strength, duration=ttl)
        )

    def _campaign(self) -> None:
        for order in self.campaign.advance(self.now, self.desired, self.network.faults(), self.injected):
            if not isinstance(order, ApplyFault):
                self.queue.append(order)
                continue
            for one in (order, *self._beside(order)):
                self.injected += 1
                self._apply(one)

    def _beside(self, order: ApplyFault) -> list[ApplyFault]:
        """Return the further faults on the target of a fault, if the world has several together.

        A fault that takes its element down would hide the others, so it is left out.
        """
        wanted = self.world.faults.together - 1
        if not wanted or hides(order.kind):
            return []
        possible = [
            kind
            for kind in self.desired.kinds
            if kind is not order.kind and not hides(kind) and fitting(self.topology, kind, (order.target,))
        ]
        chosen = Random(f"{self.seed}/{order.cycle}/beside").sample(possible, min(wanted, len(possible)))
        return [order.model_copy(update={"fault_id": f"{order.fault_id}-{kind}", "kind": kind}) for kind in chosen]

    def _apply(self, order: ApplyFault) -> Fault:
        started = self._moment_of(order.fault_id)
        return self.network.inject(
            Fault(
                id=order.fault_id,
                kind=order.kind,
                target=order.target,
                strength=order.strength,
                started=started,
                ends=started + order.duration,
                cycle=order.cycle,
            )
        )

    def _moment_of(self, fault_id: str) -> float:
        """Return when a fault begins: at a random time before the next sample, so that it has any phase.

        The default network samples each step of the simulator, so that there is no time between.
        """
        interval = self.network.interval
        if interval <= TICK_SECONDS:
            return self.now
        return self.now + round(Random(f"{self.seed}/{fault_id}").uniform(0, interval - TICK_SECONDS), 3)

    def _drain(self) -> None:
        while self.queue:
            event = self.queue.popleft()
            self.seen(event, self.now)
            self.scorecard.absorb(event, self.now)
            self.queue.extend(self._reactions(event))

    def _reactions(self, event: Event) -> Iterable[Event]:
        reactions: list[Event] = []
        if isinstance(event, AnomalyRaised | AnomalyCleared | RemediationEvent | RemediationEscalated):
            reactions += self.correlator.absorb(event, self.now)
            reactions += self.stabilizer.absorb(event, self.now)
        if isinstance(event, IncidentEvent):
            reactions += self.stabilizer.absorb(event, self.now)
            reactions += self.remediator.absorb(event, self.now)
        if isinstance(event, IncidentOpened | IncidentUpdated):
            reactions.append(diagnose(event.incident, self.topology, self.now, PRIOR))
        if isinstance(event, DiagnosisMade | Executed | StabilityAdvised | StabilityStatus | StabilityVerdict):
            reactions += self.remediator.absorb(event, self.now)
        if isinstance(event, DiagnosisMade):
            reactions += self.stabilizer.absorb(event, self.now)
        if isinstance(event, Execute):
            self.network.execute(event)
        return reactions


def hides(kind: FaultKind) -> bool:
    return FAULTS[kind].harm in (Harm.OFF, Harm.FLAPS)


def simulate(
    faults: int = 80,
    kinds: Sequence[FaultKind] = tuple(FaultKind),
    seed: int = 1,
    topology: Topology | None = None,
    seen: Callable[[Event, float], None] = lambda event, time: None,
    at_once: int = 1,
) -> ScorecardReport:
    desired = single_faults(faults, tuple(kinds)).model_copy(update={"at_once": at_once})
    loop = Loop(topology or default_topology(), seed, desired, seen=seen)
    loop.run(WARM_UP)
    for _ in range(round(faults * MAX_SECONDS_A_FAULT / TICK_SECONDS)):
        if loop.injected >= faults:
            break
        loop.step(campaign=True)
    loop.run(DRAIN)
    return loop.scorecard.report()


def single_faults(faults: int, kinds: tuple[FaultKind, ...] = tuple(FaultKind)) -> Desired:
    return Desired(interval=3.0, chance=1.0, kinds=kinds, at_once=1, max_faults=faults)


def quiet(seconds: float = 3600.0, seed: int = 1, topology: Topology | None = None) -> ScorecardReport:
    """No faults are injected: all anomalies are false, and all actions unnecessary."""
    loop = Loop(topology or default_topology(), seed)
    loop.run(seconds)
    return loop.scorecard.report()
