"""What a run of a case needs from outside: a laboratory and the product, as small interfaces, and their answers.

Failures are values: a part answers with a `LabProof` that does not hold, or a text that is not empty. An exception of a
part ends its phase like such an answer, with the exception as the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from network.lab.plan import LabPlan
from nms.nika.cases import NikaCase
from nms.nika.mapping import LoopCause


@dataclass(frozen=True)
class LabProof:
    """`evidence`: one sentence, what was seen."""

    holds: bool
    evidence: str = ""


class CaseLaboratory(Protocol):
    """The laboratory of one case. Each method is called again where the runner has to wait for something.

    The runner limits the time of each call by cancelling it; `tear_down` has to work after any of these.
    """

    async def build(self) -> None: ...

    async def baseline(self) -> LabProof:
        """Whether all checks of the plan hold now."""

    async def remember(self) -> None:
        """Store the healthy state."""

    async def inject(self) -> None: ...

    async def landed(self) -> LabProof:
        """Whether the fault is there now, by its artefact."""

    async def symptom(self) -> LabProof:
        """Whether the fault has its effect now. A fault that harms nobody by itself counts as its own effect."""

    def not_repairable(self) -> str:
        """Why nothing that a product may reach removes this fault, in one sentence; empty if something does."""

    async def regressions(self) -> tuple[str, ...]:
        """What is worse now than when it was stored: pairs, adjacencies, sessions, lines of configuration."""

    async def undo(self) -> None: ...

    async def tear_down(self) -> None: ...


@dataclass(frozen=True)
class LoopVerdict:
    """What the product says now. `causes`: the first cause of each open incident.

    `settled`: it will do nothing more: all is resolved, or it waits for a person.
    """

    is_anomaly: bool = False
    causes: tuple[LoopCause, ...] = ()
    settled: bool = False


@dataclass(frozen=True)
class LoopAction:
    """`state`: the latest one of the action's life. `started`: it was really begun, not only proposed."""

    id: str
    kind: str
    target: str
    state: str
    started: bool


class CaseLoop(Protocol):
    """The product in one case."""

    async def start(self) -> None:
        """Return once it manages the laboratory. It may propose actions, and starts none."""

    async def permit(self) -> None:
        """Let it act from now on."""

    async def verdict(self) -> LoopVerdict: ...

    async def actions(self) -> tuple[LoopAction, ...]: ...

    async def stop(self) -> None: ...


@dataclass(frozen=True)
class Arena:
    """How the parts of a case are made. `loop`: None in a rehearsal."""

    plan: Callable[[NikaCase, Path], LabPlan]
    """Read the scenario file of a case. Raises NmsError."""
    laboratory: Callable[[NikaCase, LabPlan], CaseLaboratory]
    loop: Callable[[NikaCase, LabPlan], CaseLoop] | None = None
