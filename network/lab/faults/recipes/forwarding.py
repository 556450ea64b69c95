"""A silent fault of a device: it changes a bit of some TCP segments that it forwards, and reports nothing."""

from __future__ import annotations

from network.lab.faults.access import LabAccess
from network.lab.faults.change import FaultChange
from network.lab.faults.changes.kernel import errors_of, link_of
from network.lab.faults.observe import own_program
from network.lab.faults.proof import Landed, NotLanded
from network.lab.faults.recipe import FaultCase, Made, Recipe, integer, text
from shared.domain.kinds import ElementKind

QUEUE = "clsact"


class SegmentFilter(FaultChange, frozen=True):
    """A filter of the kernel where segments leave an interface. There was no queue `clsact` before."""

    node: str
    interface: str
    seed: int

    @property
    def touches(self) -> frozenset[str]:
        return frozenset({f"node/{self.node}/queue/{self.interface}"})

    def apply(self, lab: LabAccess) -> str:
        failed = errors_of(lab, self.node, [("tc", "qdisc", "add", "dev", self.interface, QUEUE)])
        if failed:
            return failed
        ran = lab.network(self.node, own_program("forward", self.interface, str(self.seed)))
        return "" if ran.done else f"{self.node}: {ran.errors.strip().rpartition(chr(10))[2]}"

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        if "bpf" not in lab.network(self.node, ["tc", "filter", "show", "dev", self.interface, "egress"]).output:
            return NotLanded(f"{self.node}:{self.interface} has no filter")
        return Landed(f"{self.node}:{self.interface} has a filter of the kernel where segments leave it")

    def undo(self, lab: LabAccess) -> str:
        if not has_queue(lab, self.node, self.interface):
            return ""
        return errors_of(lab, self.node, [("tc", "qdisc", "del", "dev", self.interface, QUEUE)])


def has_queue(lab: LabAccess, node: str, interface: str) -> bool:
    return QUEUE in lab.network(node, ["tc", "qdisc", "show", "dev", interface]).output


def segment_filter(case: FaultCase) -> Made:
    interface = case.target.port.interface if case.target.port else case.text("intf_name")
    if not interface or link_of(case.lab, case.node, interface) is None:
        return NotLanded(f"{case.node} has no interface {interface!r}: name one with --set intf_name=NAME")
    if has_queue(case.lab, case.node, interface):
        return NotLanded(f"{case.node}:{interface} has a queue {QUEUE} already: name another interface")
    return (SegmentFilter(case.node, interface, case.integer("seed")),)


RECIPES = (
    Recipe(
        "device_forwarding_packet_corruption",
        frozenset({ElementKind.NODE, ElementKind.INTERFACE}),
        segment_filter,
        (
            text("intf_name", "the interface that the segments leave"),
            integer("seed", 7, "chooses which flows are hit", 0, 2_000_000_000),
        ),
    ),
)
