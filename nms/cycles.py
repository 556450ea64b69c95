"""The gateway's frame `cycle_update`, which reports one cycle of the loop, and its text of six lines."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from shared.domain.printable import printable


class _CyclePart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Inject(_CyclePart):
    node_id: str
    failure_type: str


class Counted(_CyclePart):
    count: int = 0


class ShownStabilize(_CyclePart):
    healthy_nodes: int = 0
    total_nodes: int = 0
    health_percentage: float = 0.0


class ShownPhases(_CyclePart):
    inject: Inject | None = None
    injects: tuple[Inject, ...] = ()
    detect: Counted = Counted()
    correlate: Counted = Counted()
    analyze: Counted = Counted()
    remediate: Counted = Counted()
    stabilize: ShownStabilize | None = None


class CycleUpdate(_CyclePart):
    cycle: int
    phases: ShownPhases

    @property
    def faults(self) -> tuple[Inject, ...]:
        first = self.phases.inject
        return self.phases.injects or ((first,) if first else ())


def text(update: CycleUpdate) -> str:
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
