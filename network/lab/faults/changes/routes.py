"""Changes of one destination in the routing table of a node's kernel, behind the back of its routing daemons."""

from __future__ import annotations

from network.lab.faults.access import LabAccess
from network.lab.faults.change import FaultChange
from network.lab.faults.changes.kernel import cleaned_route, errors_of, printed_routes
from network.lab.faults.proof import Landed, NotLanded

DEFAULT = "default"


def routes_by_hand(lab: LabAccess, node: str, destination: str) -> tuple[str, ...]:
    """Return the routes of a destination that were made by hand, as words with the interface."""
    return tuple(" ".join(each.words) for each in printed_routes(lab, node, "exact", destination) if each.by_hand)


class RouteChange(FaultChange, frozen=True):
    """`new`: the words of the route that takes the place of those before, such as `blackhole 10.0.0.0/24`.

    `before`: the routes of the destination that were made by hand. What FRR has there stays.
    """

    node: str
    destination: str
    new: tuple[str, ...]
    before: tuple[str, ...]

    @property
    def touches(self) -> frozenset[str]:
        return frozenset({f"node/{self.node}/route/{self.destination.replace('/', '_')}"})

    def apply(self, lab: LabAccess) -> str:
        return errors_of(lab, self.node, [("ip", "route", "replace", *self.new)])

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        wanted = set(self.new) - {"onlink", "dev"}
        for route in routes_by_hand(lab, self.node, self.destination):
            if wanted <= {*route.split(), self.destination}:
                return Landed(f"{self.node} has the route `{' '.join(self.new)}`")
        return NotLanded(f"{self.node} has no route `{' '.join(self.new)}`")

    def undo(self, lab: LabAccess) -> str:
        before = {tuple(cleaned_route(each)) for each in self.before}
        present = {tuple(cleaned_route(each)) for each in routes_by_hand(lab, self.node, self.destination)}
        commands = [("ip", "route", "del", *words) for words in sorted(present - before)]
        commands += [("ip", "route", "add", *words) for words in sorted(before - present)]
        return errors_of(lab, self.node, commands)
