"""Collects the nodes and links that a file lists, and makes a topology of them.

1. While a file is read, its own ids identify the nodes. Names and types are assigned when all links are known.
2. Links between the same two nodes become one link with the sum of their capacities. In a directed map each direction
   has its own sum, and the larger sum counts. A link from a node to itself is left out.
3. A node without a role in the file gets a type by its number of neighbours: below two it is a server. Of the other
   nodes those with most neighbours are routers, up to a fifth of all nodes; the rest are switches.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.errors import TopologyError
from shared.domain.kinds import NodeType
from shared.domain.names import shown
from shared.domain.sizes import MAX_LINKS, MAX_NODES
from shared.domain.topology import Link, Node, Topology
from shared.topologies.capacity import DRAWN_LABEL, capacity_of, unread_label
from shared.topologies.names import Written, is_label, named
from shared.topologies.reading import Reading, Warnings, about

ROUTERS_ARE_ONE_IN = 5
ROLE_NAMES = ("role", "type")
LABEL_NAMES = ("label", DRAWN_LABEL, "name", "shared name", "v_name")
"""The attributes for a node's name: of most programs, yEd, igraph and networkx, Cytoscape, igraph without its keys."""
WORDS = {
    NodeType.ROUTER: ("router", "core", "spine", "backbone", "border", "gateway", "firewall"),
    NodeType.SWITCH: ("switch", "leaf", "edge", "access", "aggregation", "distribution", "tor"),
    NodeType.SERVER: ("server", "host", "compute", "storage", "vm"),
}
ROLES = {word: kind for kind, words in WORDS.items() for word in words}
"""The type of node for each word that a file may use for it; upper and lower case are the same."""


@dataclass(frozen=True)
class _Node:
    attributes: Mapping[str, str]
    line: int
    exact: bool


@dataclass
class Draft:
    """Takes the nodes and links of a file, each with its line and its attributes, whose names are in lower case."""

    directed: bool = False
    warnings: Warnings = field(default_factory=Warnings)
    _nodes: dict[str, _Node] = field(default_factory=dict)
    _frames: dict[str, str] = field(default_factory=dict)
    _links: list[tuple[str, str, float, int]] = field(default_factory=list)

    def add_node(self, node: str | None, attributes: Mapping[str, str], line: int, exact: bool = False) -> None:
        """Add a node; `exact`: the node's id is its name. Raises TopologyError."""
        if node is None:
            raise TopologyError(f"line {line}: a node has no id; give it one")
        if node in self._nodes or node in self._frames:
            raise TopologyError(f"line {line}: node {_shown(node)} is there twice; give each node an id of its own")
        if len(self._nodes) == MAX_NODES:
            raise TopologyError(f"line {line}: more than {MAX_NODES} nodes; leave some out")
        self._nodes[node] = _Node(attributes, line, exact)

    def add_frame(self, node: str | None, attributes: Mapping[str, str], line: int) -> None:
        """Add a frame, which an editor draws around a group of nodes. A frame is no node, and no link may end at it."""
        if node is not None:
            self._frames[node] = name = _label(attributes) or node
            self.warnings.add(line, f"'{shown(name)}' is a group, a frame around nodes, and no node itself")

    def add_link(self, source: str | None, target: str | None, attributes: Mapping[str, str], line: int) -> None:
        """Add a link; its two nodes may be added later. Raises TopologyError."""
        if source is None or target is None:
            raise TopologyError(f"line {line}: a link lacks an end; give it a source and a target")
        if len(self._links) == MAX_LINKS:
            raise TopologyError(f"line {line}: more than {MAX_LINKS} links; leave some out")
        capacity = capacity_of(attributes, line)
        if label := unread_label(attributes):
            self.warnings.add(line, f"'{shown(label)}' beside a link is no capacity; it has {capacity:g} Mbit/s")
        self._links.append((source, target, capacity, line))

    def topology(self) -> Topology:
        return self.reading().topology

    def reading(self) -> Reading:
        """Raises TopologyError."""
        if not self._nodes:
            raise TopologyError("there is no node in it; add one")
        capacity = self._capacities()
        written = (Written(node, _label(each.attributes), each.line, each.exact) for node, each in self._nodes.items())
        name_of, changes = named(written)
        for change in changes:
            self.warnings.add(change.line, str(change))
        kinds = self._kinds(capacity)
        topology = Topology(
            nodes=tuple(Node(id=name, type=kinds[node]) for node, name in name_of.items()),
            links=tuple(Link(source=name_of[a], target=name_of[b], capacity=c) for (a, b), c in capacity.items()),
        )
        return Reading(topology, (*about(topology), *self.warnings.in_order()))

    def _capacities(self) -> dict[tuple[str, str], float]:
        """Return the capacity between each two linked nodes: the sum of their links.

        In a directed map it is the larger sum of the two directions. Raises TopologyError if a link ends at no node.
        """
        ways: defaultdict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for source, target, capacity, line in self._links:
            for end in (source, target):
                if end in self._frames:
                    raise TopologyError(
                        f"line {line}: a link ends at the group {_shown(self._frames[end])}; draw it to a node in it"
                    )
                if end not in self._nodes:
                    raise TopologyError(
                        f"line {line}: a link ends at {_shown(end)}, which is no node; add the node or drop the link"
                    )
            if source == target:
                self.warnings.add(line, f"a link from {_shown(source)} to itself carries nothing and is left out")
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
        roles = self._roles()
        return {node: roles.get(node) or by_degree[node] for node in self._nodes}

    def _roles(self) -> dict[str, NodeType]:
        found: dict[str, NodeType] = {}
        unknown: dict[str, list[int]] = {}
        for node, each in self._nodes.items():
            words = [word for name in ROLE_NAMES if (word := each.attributes.get(name, "").strip())]
            role = next((ROLES[word.lower()] for word in words if word.lower() in ROLES), None)
            if role is not None:
                found[node] = role
            elif words and is_label(words[0]):
                unknown.setdefault(words[0], []).append(each.line)
        for word, lines in unknown.items():
            nodes = "this node takes" if len(lines) == 1 else f"{len(lines)} nodes take"
            self.warnings.add(lines[0], f"'{shown(word)}' is no type: {nodes} one by the neighbours")
        return found


def _label(attributes: Mapping[str, str]) -> str:
    return next((attributes[name] for name in LABEL_NAMES if is_label(attributes.get(name, ""))), "")


def _shown(node: str) -> str:
    return f"'{shown(node)}'"
