"""Generates the two usual topologies of a data centre: leaf-spine and fat tree.

The size is computed and checked before the network is built, so that a request for a million nodes costs nothing.
"""

from __future__ import annotations

import re

from shared.domain.errors import TopologyError
from shared.domain.kinds import NodeType
from shared.domain.sizes import MAX_LINKS, MAX_NODES
from shared.domain.topology import ACCESS_CAPACITY, CORE_CAPACITY, Link, Node, Topology

SMALLEST_FAT_TREE = 2
LEAF_SPINE, FAT_TREE = "leaf-spine", "fat-tree"
SHAPE = re.compile(rf"(?P<name>{LEAF_SPINE}|{FAT_TREE}):(?P<sizes>.*)", re.DOTALL)
SIZES = re.compile(r"[0-9]{1,9}(x[0-9]{1,9}){0,2}")
NUMBERS = {LEAF_SPINE: 3, FAT_TREE: 1}


def shaped(shape: str) -> Topology | None:
    """Return the network for `leaf-spine:2x4x8` or `fat-tree:4`; None for any other text. Raises TopologyError."""
    found = SHAPE.fullmatch(shape)
    if found is None:
        return None
    sizes = [int(size) for size in found["sizes"].split("x")] if SIZES.fullmatch(found["sizes"]) else []
    if len(sizes) != NUMBERS[found["name"]]:
        raise TopologyError("write fat-tree:PORTS or leaf-spine:SPINESxLEAVESxSERVERS, as in leaf-spine:2x4x8")
    return leaf_spine(*sizes) if found["name"] == LEAF_SPINE else fat_tree(*sizes)


def leaf_spine(spines: int, leaves: int, servers_per_leaf: int) -> Topology:
    """Raises TopologyError."""
    if spines < 1 or leaves < 1 or servers_per_leaf < 0:
        raise TopologyError(
            f"leaf-spine {spines} {leaves} {servers_per_leaf}: ask for a spine, a leaf and no fewer than 0 servers"
        )
    servers = leaves * servers_per_leaf
    _check_size(
        f"leaf-spine {spines} {leaves} {servers_per_leaf}", spines + leaves + servers, spines * leaves + servers
    )
    nodes = [_node(f"spine-{i}", NodeType.ROUTER) for i in range(1, spines + 1)]
    links: list[Link] = []
    for i in range(1, leaves + 1):
        leaf = f"leaf-{i}"
        nodes.append(_node(leaf, NodeType.SWITCH))
        links += [Link(source=f"spine-{s}", target=leaf, capacity=CORE_CAPACITY) for s in range(1, spines + 1)]
        _add_servers(nodes, links, leaf, f"server-{i}", servers_per_leaf)
    return Topology(nodes=tuple(nodes), links=tuple(links))


def fat_tree(k: int) -> Topology:
    """Return the fat tree of devices with `k` ports: k pods, k³/4 servers, links of equal capacity.

    Raises TopologyError if `k` is odd, too small or too large.
    """
    if k < SMALLEST_FAT_TREE or k % 2:
        raise TopologyError(f"fat-tree {k}: a switch has an even number of ports; ask for 2, 4, 6, ...")
    half = k // 2
    servers = k * half * half
    _check_size(f"fat-tree {k}", half * half + k * k + servers, 3 * servers)
    nodes = [_node(f"core-{c}", NodeType.ROUTER) for c in range(1, half * half + 1)]
    links: list[Link] = []
    for pod in range(1, k + 1):
        _add_pod(nodes, links, pod, half)
    return Topology(nodes=tuple(nodes), links=tuple(links))


def _add_pod(nodes: list[Node], links: list[Link], pod: int, half: int) -> None:
    upper = [f"aggregation-{pod}-{i}" for i in range(1, half + 1)]
    nodes += [_node(name, NodeType.SWITCH) for name in upper]
    for i, name in enumerate(upper):
        cores = range(i * half + 1, (i + 1) * half + 1)
        links += [Link(source=f"core-{c}", target=name, capacity=ACCESS_CAPACITY) for c in cores]
    for i in range(1, half + 1):
        edge = f"edge-{pod}-{i}"
        nodes.append(_node(edge, NodeType.SWITCH))
        links += [Link(source=name, target=edge, capacity=ACCESS_CAPACITY) for name in upper]
        _add_servers(nodes, links, edge, f"server-{pod}-{i}", half)


def _add_servers(nodes: list[Node], links: list[Link], switch: str, prefix: str, count: int) -> None:
    names = [f"{prefix}-{i}" for i in range(1, count + 1)]
    nodes += [_node(name, NodeType.SERVER) for name in names]
    links += [Link(source=switch, target=name, capacity=ACCESS_CAPACITY) for name in names]


def _node(name: str, kind: NodeType) -> Node:
    return Node(id=name, type=kind)


def _check_size(shape: str, nodes: int, links: int) -> None:
    if nodes > MAX_NODES or links > MAX_LINKS:
        raise TopologyError(
            f"{shape} has {nodes} nodes and {links} links: ask for up to {MAX_NODES} nodes and {MAX_LINKS} links"
        )
