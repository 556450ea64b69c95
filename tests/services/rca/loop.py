"""Simulator, detectors, correlator and rca in one process, with the cause that a remediator would act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from network.simulated import SimulatedNetwork
from services.correlator.core import Correlator
from services.detector.core import Detector
from services.detector.core.common import Common
from services.rca.core import PRIOR, diagnose
from shared.domain.config import Thresholds
from shared.domain.events import Cause, Fault, Incident, IncidentOpened, IncidentUpdated
from shared.domain.kinds import FaultKind, Resolution
from shared.domain.telemetry import TICK_SECONDS
from shared.domain.topology import Topology, default_topology, partitions_for

ORIGIN = 1_767_225_600.0
STANDS = 0.5
PATIENCE = 1.0
UNSURE = 0.3
UNSURE_PATIENCE = 3.0


@dataclass
class Case:
    """One incident: its present first cause since when, and the cause that would have been acted on."""

    incident: Incident
    first_published: float
    cause: Cause | None = None
    since: float = 0.0
    acted: Cause | None = None
    acted_at: float | None = None
    causes: Sequence[Cause] = ()


@dataclass
class Loop:
    seed: int = 1
    load: float = 1.0
    topology: Topology = field(default_factory=default_topology)
    cases: dict[str, Case] = field(default_factory=dict)
    raised: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.network = SimulatedNetwork(self.topology, seed=self.seed, origin=ORIGIN, load=self.load)
        common = Common(self.topology)
        self.detectors = [Detector(Thresholds(), common) for _ in range(partitions_for(self.topology))]
        self.correlator = Correlator(self.topology)
        self.injected = 0

    def inject(self, kind: FaultKind, target: str, strength: float = 1.0, ttl: float = 60.0) -> Fault:
        """`ttl`: its duration in seconds."""
        self.injected += 1
        now = self.network.now
        name = f"fault-{self.injected}"
        return self.network.inject(
            Fault(id=name, kind=kind, target=target, strength=strength, started=now, ends=now + ttl)
        )

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_SECONDS)):
            self.step()

    def step(self) -> None:
        ticks, _ = self.network.sample()
        now = self.network.now
        published = []
        for tick in ticks:
            for event in self.detectors[tick.partition].observe(tick):
                self.raised.append(f"{now - ORIGIN:.2f} {event.id}")
                published += self.correlator.absorb(event, now)
        for event in (*published, *self.correlator.advance(now)):
            self._diagnose(event, now)
        for case in self.cases.values():
            self._perhaps_act(case, now)

    def _diagnose(self, event: object, now: float) -> None:
        incident = event.incident  # type: ignore[attr-defined]
        case = self.cases.setdefault(incident.id, Case(incident, now))
        case.incident = incident
        if isinstance(event, IncidentOpened | IncidentUpdated):
            case.causes = diagnose(incident, self.topology, now, PRIOR).causes
            first = case.causes[0] if case.causes else None
            if first is None or case.cause is None or first.key != case.cause.key:
                case.since = now
            case.cause = first

    def _perhaps_act(self, case: Case, now: float) -> None:
        if case.acted or case.cause is None or not case.incident.open_members or case.incident.resolved:
            return
        stood, waited = now - case.since, now - case.first_published
        sure = case.cause.confidence >= UNSURE
        if (sure and (stood >= STANDS or waited >= PATIENCE)) or waited >= UNSURE_PATIENCE:
            case.acted, case.acted_at = case.cause, now

    def incidents(self) -> list[Case]:
        return [case for case in self.cases.values() if case.incident.resolution is not Resolution.MERGED]
