"""Changes of what a node may use, and of whether it runs at all."""

from __future__ import annotations

from network.lab.faults.access import LabAccess
from network.lab.faults.change import FaultChange
from network.lab.faults.proof import Landed, NotLanded

CLOSE = 0.001
"""Two limits are the same if they differ by less than this many cores."""


class CoreLimit(FaultChange, frozen=True):
    """`before`, `after`: cores."""

    node: str
    before: float
    after: float

    @property
    def touches(self) -> frozenset[str]:
        return frozenset({f"node/{self.node}/cores"})

    def apply(self, lab: LabAccess) -> str:
        lab.limit_cores(self.node, self.after)
        return ""

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        now = lab.cores(self.node)
        if now is None or abs(now - self.after) > CLOSE:
            return NotLanded(f"{self.node} may use {now or 'all'} cores, not {self.after:g}")
        return Landed(f"{self.node} may use {self.after:g} cores instead of {self.before:g}")

    def undo(self, lab: LabAccess) -> str:
        lab.limit_cores(self.node, self.before)
        return ""


class NodeFrozen(FaultChange, frozen=True):
    """No process of the node runs, and it is off the management network."""

    node: str

    @property
    def touches(self) -> frozenset[str]:
        return frozenset({f"node/{self.node}"})

    def apply(self, lab: LabAccess) -> str:
        lab.freeze(self.node)
        return lab.set_management(self.node, False)

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        if not lab.frozen(self.node):
            return NotLanded(f"{self.node} runs")
        return Landed(f"no process of {self.node} runs")

    def undo(self, lab: LabAccess) -> str:
        failed = lab.set_management(self.node, True)
        lab.thaw(self.node)
        return failed
