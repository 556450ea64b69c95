"""A table of packet filters in a node that was not there before."""

from __future__ import annotations

from network.lab.faults.access import LabAccess
from network.lab.faults.change import FaultChange
from network.lab.faults.changes.kernel import errors_of
from network.lab.faults.proof import Landed, NotLanded


class FilterTable(FaultChange, frozen=True):
    """`family`: such as `inet`. `rules`: by the name of a chain, which has the hook of the same name.

    `flush`: forget all neighbours afterwards. `neighbours`: the permanent ones, with interface and hardware address.
    """

    node: str
    family: str
    name: str
    rules: tuple[tuple[str, tuple[str, ...]], ...]
    flush: bool = False
    neighbours: tuple[tuple[str, str, str], ...] = ()

    @property
    def touches(self) -> frozenset[str]:
        return frozenset({f"node/{self.node}/filter/{self.family}/{self.name}"})

    @property
    def text(self) -> str:
        chains = "".join(
            f"  chain {hook} {{\n    type filter hook {hook} priority 0; policy accept;\n"
            + "".join(f"    {rule}\n" for rule in rules)
            + "  }\n"
            for hook, rules in self.rules
        )
        return f"table {self.family} {self.name} {{\n{chains}}}\n"

    def apply(self, lab: LabAccess) -> str:
        ran = lab.network(self.node, ["nft", "-f", "-"], given=self.text)
        if not ran.done:
            return f"{self.node}: nft: {ran.errors.strip()}"
        return errors_of(lab, self.node, [("ip", "neigh", "flush", "all", "nud", "all")]) if self.flush else ""

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        ran = lab.network(self.node, ["nft", "-s", "list", "table", self.family, self.name])
        present = [" ".join(line.split()) for line in ran.output.splitlines()]
        drops = sum(line.endswith("drop") for line in present)
        wanted = sum(len(rules) for _, rules in self.rules)
        if not ran.done or drops < wanted:
            return NotLanded(f"{self.node} does not have the {wanted} rules of the table {self.family} {self.name}")
        return Landed(f"{self.node} has {wanted} rules that drop, in the table {self.family} {self.name}")

    def undo(self, lab: LabAccess) -> str:
        failed = ""
        if lab.network(self.node, ["nft", "list", "table", self.family, self.name]).done:
            failed = errors_of(lab, self.node, [("nft", "delete", "table", self.family, self.name)])
        for interface, address, hardware in self.neighbours:
            lab.network(
                self.node,
                ["ip", "neigh", "replace", address, "lladdr", hardware, "nud", "permanent", "dev", interface],
            )
        return failed


def has_table(lab: LabAccess, node: str, family: str, name: str) -> bool:
    return lab.network(node, ["nft", "list", "table", family, name]).done
