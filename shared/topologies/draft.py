"""A map as it was drawn, and the network that is made of it.

1. Nodes are known by the file's own ids; names and types are given at the end, when all links are known.
2. Links between the same two nodes are one link with the sum of their capacities; each way counts for itself where
   the map is directed. A link from a node to itself carries nothing and is left out.
3. A node that the file gives no role gets one by its neighbours: none or one is a server; of the rest the best
   connected are routers, up to a fifth of all nodes, the others switches.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from shared.errors import TopologyError
from shared.kinds import NodeType
from shared.sizes import MAX_LINKS, MAX_NODES
from shared.topologies.capacity import capacity_of
from shared.topologies.names import Names
from shared.topology import Link, Node, Topology

MAX_SAID = 64
ROUTERS_ARE_ONE_IN = 5
ROLE_NAMES = ("role", "type")
WORDS = {
    NodeType.ROUTER: ("router", "core", "spine", "backbone", "border", "gateway", "firewall"),
    NodeType.SWITCH: ("switch", "leaf", "edge", "access", "aggregation", "distribution", "tor"),
    NodeType.SERVER: ("server", "host", "compute", "storage", "vm"),
}
ROLES = {word: kind for kind, words in WORDS.items() for word in words}
"""What a node may be called, in any case of letters."""


class Draft:
    """Takes nodes and links in the file's order, each with its attributes (names in lower case) and its line."""

    def __init__(self) -> None:
        self.directed = False
        self._nodes: dict[str, Mapping[str, str]] = {}
        self._links: list[tuple[str, str, float, int]] = []

    def add_node(self, node: str | None, said: Mapping[str, str], line: int) -> None:
        """Take a node. Raises TopologyError."""
        if node is None:
            raise TopologyError(f"line {line}: a node has no id; give it one")
        if node in self._nodes:
            raise TopologyError(f"line {line}: node {_shown(node)} is there twice; give each node an id of its own")
        if len(self._nodes) == MAX_NODES:
            raise TopologyError(f"line {line}: more than {MAX_NODES} nodes; leave some out")
        self._nodes[node] = said

    def add_link(self, source: str | None, target: str | None, said: Mapping[str, str], line: int) -> None:
        """Take a link; its nodes may come later. Raises TopologyError."""
        if source is None or target is None:
            raise TopologyError(f"line {line}: a link lacks an end; give it a source and a target")
        if len(self._links) == MAX_LINKS:
            raise TopologyError(f"line {line}: more than {MAX_LINKS} links; leave some out")
        self._links.append((source, target, capacity_of(said, line), line))

    def topology(self) -> Topology:
        """Return the network. Raises TopologyError."""
        if not self._nodes:
            raise TopologyError("there is no node in it; add one")
        capacity = self._capacities()
        names = Names()
        name_of = {node: names.give(said.get("label", ""), node) for node, said in self._nodes.items()}
        kinds = self._kinds(capacity)
        return Topology(
            nodes=tuple(Node(id=name, type=kinds[node]) for node, name in name_of.items()),
            links=tuple(Link(source=name_of[a], target=name_of[b], capacity=c) for (a, b), c in capacity.items()),
        )

    def _capacities(self) -> dict[tuple[str, str], float]:
        """Return each joined pair's capacity: the sum of its links, the greater of both ways where they differ."""
        ways: defaultdict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for source, target, capacity, line in self._links:
            for end in (source, target):
                if end not in self._nodes:
                    raise TopologyError(
                        f"line {line}: a link ends at {_shown(end)}, which is no node; add the node or drop the link"
                    )
            if source == target:
                continue
            back = (target, source) in ways
            pair = (target, source) if back else (source, target)
            ways[pair][1 if back and self.directed else 0] += capacity
        return {pair: max(both) for pair, both in ways.items()}

    def _kinds(self, joined: Mapping[tuple[str, str], float]) -> dict[str, NodeType]:
        degree = Counter(end for pair in joined for end in pair)
        inner = [node for node in self._nodes if degree[node] > 1]
        best = sorted(inner, key=lambda node: -degree[node])[: -(-len(self._nodes) // ROUTERS_ARE_ONE_IN)]
        by_degree = dict.fromkeys(self._nodes, NodeType.SERVER)
        by_degree |= dict.fromkeys(inner, NodeType.SWITCH)
        by_degree |= dict.fromkeys(best, NodeType.ROUTER)
        return {node: _role(said) or by_degree[node] for node, said in self._nodes.items()}


def _role(said: Mapping[str, str]) -> NodeType | None:
    roles = (ROLES.get(said.get(name, "").strip().lower()) for name in ROLE_NAMES)
    return next((role for role in roles if role), None)


def _shown(node: str) -> str:
    return repr(node[:MAX_SAID])
