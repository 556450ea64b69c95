"""`cycle_update` as the gateway sends it, and the six lines that tell a person what a cycle did."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from shared.domain.printable import printable


class _CyclePart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Inject(_CyclePart):
    """A fault of the cycle."""

    node_id: str
    failure_type: str


class Counted(_CyclePart):
    """A phase of which only the number is told."""

    count: int = 0


class ShownStabilize(_CyclePart):
    """How the network stood at the end."""

    healthy_nodes: int = 0
    total_nodes: int = 0
    health_percentage: float = 0.0


class ShownPhases(_CyclePart):
    """What happened in each phase."""

    inject: Inject | None = None
    injects: tuple[Inject, ...] = ()
    detect: Counted = Counted()
    correlate: Counted = Counted()
    analyze: Counted = Counted()
    remediate: Counted = Counted()
    stabilize: ShownStabilize | None = None


class CycleUpdate(_CyclePart):
    """One turn of the injector's clock, and what came of it."""

    cycle: int
    phases: ShownPhases

    @property
    def faults(self) -> tuple[Inject, ...]:
        """The faults of the cycle."""
        first = self.phases.inject
        return self.phases.injects or ((first,) if first else ())


def text(update: CycleUpdate) -> str:
    """Return a cycle as six lines."""
    phases = update.phases
    faults = ", ".join(f"{printable(fault.failure_type)} on {printable(fault.node_id)}" for fault in update.faults)
    health = f"{phases.stabilize.health_percentage:.2f}%" if phases.stabilize else "not known yet"
    return "\n".join(
        (
            f"Cycle {update.cycle}: {f'Injected {faults}' if faults else 'No fault injected'}",
            f"Detected {phases.detect.count} anomalies",
            f"Found {phases.correlate.count} correlated patterns",
            f"Identified {phases.analyze.count} root causes",
            f"Applied {phases.remediate.count} remediation actions",
            f"Network stability: {health}",
        )
    )
