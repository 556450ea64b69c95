"""The topology as a graph of nodes and links, with their neighbours and distances. Pure; it uses networkx.

A link is written `a--b`, with the names sorted; parallel links are written with their interfaces, `a:eth0--b:eth1`.
Interfaces, sessions, services and paths are elements of the network if their names contain known nodes alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Self

import networkx as nx
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from shared.domain.element_names import nodes_in, port_name
from shared.domain.errors import TopologyError, UnknownTarget
from shared.domain.kinds import NodeType
from shared.domain.names import LINK_SEPARATOR as LINK_SEPARATOR
from shared.domain.names import MAX_NAME as MAX_NAME
from shared.domain.names import flaw, shown
from shared.domain.near import near
from shared.domain.sizes import MAX_LINKS, MAX_NODES, MIN_NODES

NAMES_IN_A_MESSAGE = 12
MAX_SHOWN = 300
OTHERS_KEPT = 100_000
"""The largest number of interfaces, sessions, services and paths whose nodes are cached."""
HOPS_KEPT = 1_000_000
"""The largest number of cached distances; they need some 20 MB. All distances of 10,000 nodes would need 2 GB."""


def link_id(one: str, other: str) -> str:
    return LINK_SEPARATOR.join(sorted((one, other)))


class Node(BaseModel):
    """A device: a router, a switch or a server."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1, max_length=MAX_NAME)
    type: NodeType


class Link(BaseModel):
    """The connection of two nodes; `capacity` in Mbit/s for each direction.

    `source_port`, `target_port`: the names of the interfaces; empty: not known. `parallel`: another link joins the same
    nodes, so the interfaces are part of the id.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    target: str
    capacity: float = Field(gt=0, allow_inf_nan=False)
    source_port: str = Field(default="", max_length=MAX_NAME)
    target_port: str = Field(default="", max_length=MAX_NAME)
    parallel: bool = False

    @property
    def id(self) -> str:
        return link_id(*self.ports) if self.parallel else link_id(self.source, self.target)

    @property
    def ports(self) -> tuple[str, str]:
        """Its two interfaces, written `node:ifname`."""
        return port_name(self.source, self.source_port), port_name(self.target, self.target_port)

    @property
    def has_ports(self) -> bool:
        return bool(self.source_port and self.target_port)

    @model_serializer(mode="wrap")
    def _without_unknown_ports(self, serialize: SerializerFunctionWrapHandler) -> dict[str, object]:
        """A network without interfaces is stored as releases before interfaces stored it."""
        fields: dict[str, object] = serialize(self)
        return {name: value for name, value in fields.items() if value or name in _ALWAYS}


_ALWAYS = frozenset({"source", "target", "capacity"})


class NotANetwork(TopologyError):
    """`place`: the list and the position of the invalid entry, such as ("links", 3)."""

    def __init__(self, reason: str, place: tuple[str, int]) -> None:
        super().__init__(reason)
        self.place = place


def _check_link(link: Link, known: Collection[str], joined: Collection[str], place: tuple[str, int]) -> None:
    for end in (link.source, link.target):
        if end not in known:
            raise NotANetwork(f"link {link.id} ends at {end}, which is no node: add the node or drop the link", place)
    if link.source == link.target:
        raise NotANetwork(f"link {link.id} joins a node to itself: drop it", place)
    if link.parallel and not link.has_ports:
        raise NotANetwork(f"link {link.id} is parallel to another: name the interfaces of both", place)
    if link.id in joined:
        raise NotANetwork(
            f"link {link.id}: two links join the same two nodes; give one link the sum of their capacities", place
        )


class Topology(BaseModel):
    """Nodes and the links between them. Raises TopologyError if they are no valid network."""

    model_config = ConfigDict(frozen=True, ignored_types=(cached_property,))

    nodes: tuple[Node, ...] = Field(min_length=1, max_length=MAX_NODES)
    links: tuple[Link, ...] = Field(default=(), max_length=MAX_LINKS)

    @model_validator(mode="after")
    def _is_a_network(self) -> Self:
        known = self._check_nodes()
        joined: set[str] = set()
        for number, link in enumerate(self.links):
            _check_link(link, known, joined, ("links", number))
            joined.add(link.id)
        return self

    def _check_nodes(self) -> set[str]:
        known: set[str] = set()
        for number, node in enumerate(self.nodes):
            if node.id in known:
                raise NotANetwork(f"node {node.id} is there twice: give each node a name of its own", ("nodes", number))
            if why := flaw(node.id):
                raise NotANetwork(f"node {shown(node.id)}: {why}", ("nodes", number))
            known.add(node.id)
        return known

    @cached_property
    def graph(self) -> nx.Graph:
        """Its nodes are node ids; its edges have a `capacity` in Mbit/s."""
        graph = nx.Graph()
        graph.add_nodes_from(node.id for node in self.nodes)
        graph.add_edges_from((link.source, link.target, {"capacity": link.capacity}) for link in self.links)
        return graph

    @cached_property
    def node_by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def link_by_id(self) -> dict[str, Link]:
        return {link.id: link for link in self.links}

    @cached_property
    def links_of(self) -> dict[str, tuple[str, ...]]:
        """The link ids of each node, sorted."""
        found: dict[str, list[str]] = {node.id: [] for node in self.nodes}
        for link in self.links:
            found[link.source].append(link.id)
            found[link.target].append(link.id)
        return {node: tuple(sorted(links)) for node, links in found.items()}

    def is_link(self, element: str) -> bool:
        return element in self.link_by_id

    def __contains__(self, element: object) -> bool:
        """Return whether this is a node or a link, or an interface, session, service or path of known nodes."""
        if element in self.node_by_id or element in self.link_by_id:
            return True
        return isinstance(element, str) and bool(self._nodes_of_other(element))

    def _nodes_of_other(self, element: str) -> frozenset[str]:
        """Return the nodes of an interface, session, service or path; none if the name is no such element."""
        if element not in self._others:
            if len(self._others) >= OTHERS_KEPT:
                self._others.clear()
            known = nodes_in(element, self.node_by_id)
            one, separator, other = element.partition(LINK_SEPARATOR)
            written_as_link = separator and {one, other} <= self.node_by_id.keys()
            self._others[element] = frozenset() if written_as_link else known
        return self._others[element]

    @cached_property
    def _others(self) -> dict[str, frozenset[str]]:
        return {}

    def spelled(self, element: str) -> str:
        """Return the id of an element that a person entered. For a link, `b--a` gives `a--b`; other texts stay."""
        one, separator, other = element.partition(LINK_SEPARATOR)
        link = link_id(one, other)
        return link if separator and link in self.link_by_id else element

    def require(self, element: str) -> str:
        """Raises UnknownTarget with similar names and some existing names."""
        if element in self:
            return element
        names: Iterable[str] = self.link_by_id if LINK_SEPARATOR in element else self.node_by_id
        shown = sorted(names)[:NAMES_IN_A_MESSAGE]
        more = ", ..." if len(list(names)) > len(shown) else ""
        one, both, other = element.partition(LINK_SEPARATOR)
        meant = near(link_id(one, other) if both else element, names)
        close = f"close to it are {', '.join(meant)}; " if meant else ""
        raise UnknownTarget(f"unknown target {element[:MAX_SHOWN]!r}: {close}there are {', '.join(shown)}{more}")

    def ends(self, element: str) -> frozenset[str]:
        if link := self.link_by_id.get(element):
            return frozenset((link.source, link.target))
        if element in self.node_by_id:
            return frozenset((element,))
        return self._nodes_of_other(element) or frozenset((element,))

    def between(self, one: str, other: str) -> tuple[str, ...]:
        """Return the ids of the links between two nodes, sorted: several if they are parallel."""
        return tuple(link for link in self.links_of.get(one, ()) if other in self.ends(link))

    def touching(self, element: str) -> frozenset[str]:
        """Return an element, its ends, and the links of a node: a change of the element disturbs all of these."""
        return frozenset((element, *self.ends(element), *self.links_of.get(element, ())))

    def distance(self, one: str, other: str) -> int:
        """Return the number of hops between the nearest ends of two elements; without a path, the number of nodes."""
        far = self.ends(other)
        hops = (self._hops_from(end).get(goal, len(self.nodes)) for end in self.ends(one) for goal in far)
        return min(hops, default=0)

    def neighbours(self, node: str) -> tuple[str, ...]:
        """Sorted."""
        return tuple(sorted(self.graph.neighbors(node)))

    def cut_off_by(self, element: str) -> frozenset[str]:
        """Return the nodes that are not in the largest connected part of the network if `element` is removed.

        A removed node itself is not among them.
        """
        graph = self.graph.copy()
        if self.is_link(element):
            if len(self.between(*self.ends(element))) == 1:
                graph.remove_edge(*self.ends(element))
        else:
            graph.remove_node(element)
        parts = sorted(nx.connected_components(graph), key=lambda part: (len(part), sorted(part)))
        return frozenset().union(*parts[:-1]) if parts else frozenset()

    def is_leaf(self, element: str) -> bool:
        """Return whether no detour can use an element: a node with at most one link, or an element of such a node."""
        return any(len(self.links_of.get(end, ())) <= 1 for end in self.ends(element))

    def same_place(self, one: str, other: str) -> bool:
        """Whether two elements count as one place: they are equal, or a node and the only link of that node."""
        if one == other:
            return True
        node, link = (other, one) if self.is_link(one) else (one, other)
        return self.links_of.get(node) == (link,)

    @cached_property
    def _hops(self) -> dict[str, dict[str, int]]:
        return {}

    def _hops_from(self, node: str) -> dict[str, int]:
        if node not in self._hops:
            while len(self._hops) >= max(1, HOPS_KEPT // len(self.nodes)):
                del self._hops[next(iter(self._hops))]
            self._hops[node] = dict(nx.single_source_shortest_path_length(self.graph, node))
        return self._hops[node]


def stored_topology(data: bytes) -> Topology:
    """Raises TopologyError if it is invalid; an older release may have accepted it."""
    try:
        return Topology.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise TopologyError(f"the stored topology: {place}: {first['msg']}; start again with --fresh") from None


CORE_CAPACITY = 10_000.0
UPLINK_CAPACITY = 4_000.0
ACCESS_CAPACITY = 1_000.0


def default_topology() -> Topology:
    return tiered_topology(cores=3, edges=5, servers=8)


def tiered_topology(cores: int, edges: int, servers: int) -> Topology:
    """Up to eight routers form a full mesh; more routers form a ring with chords."""
    core = [f"core-router-{i}" for i in range(1, cores + 1)]
    edge = [f"edge-switch-{i}" for i in range(1, edges + 1)]
    server = [f"server-{i}" for i in range(1, servers + 1)]
    links = [Link(source=a, target=b, capacity=CORE_CAPACITY) for a, b in _mesh(core)]
    for i, switch in enumerate(edge):
        uplinks = {core[i % cores], core[(i + 1) % cores]}
        links += [Link(source=c, target=switch, capacity=UPLINK_CAPACITY) for c in sorted(uplinks)]
    links += [Link(source=edge[i % edges], target=s, capacity=ACCESS_CAPACITY) for i, s in enumerate(server)]
    kinds = ((core, NodeType.ROUTER), (edge, NodeType.SWITCH), (server, NodeType.SERVER))
    return Topology(
        nodes=tuple(Node(id=name, type=kind) for names, kind in kinds for name in names),
        links=tuple(links),
    )


FULL_MESH_UP_TO = 8
MAX_CORES = 32


def _mesh(core: list[str]) -> list[tuple[str, str]]:
    n = len(core)
    steps = range(1, n) if n <= FULL_MESH_UP_TO else (1, 2, n // 4, n // 2)
    pairs = {(min(i, j), max(i, j)) for i in range(n) for step in steps if (j := (i + step) % n) != i}
    return [(core[i], core[j]) for i, j in sorted(pairs)]


def sized_topology(nodes: int) -> Topology:
    """Return a network of core routers, edge switches and servers with exactly `nodes` nodes.

    The proportions are about those of the default network, but there are at most `MAX_CORES` core routers. Raises
    TopologyError for fewer than `MIN_NODES` nodes.
    """
    if nodes == len(default_topology().nodes):
        return default_topology()
    if nodes < MIN_NODES:
        raise TopologyError(f"a network of {nodes} nodes is too small: ask for {MIN_NODES} or more")
    cores = max(1, min(MAX_CORES, round(nodes * 3 / 16)))
    edges = max(1, min(nodes - cores - 1, round(nodes * 5 / 16)))
    return tiered_topology(cores, edges, nodes - cores - edges)


DEFAULT_NODES_A_PARTITION = 250
MIN_PARTITIONS = 4


def partitions_for(topology: Topology) -> int:
    """Return one for every 250 nodes, but at least four, so that several detectors can share the work."""
    return max(MIN_PARTITIONS, -(-len(topology.nodes) // DEFAULT_NODES_A_PARTITION))
