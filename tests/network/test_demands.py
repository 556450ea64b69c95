"""Traffic demands: nearly every link of any network has traffic, and none is overloaded."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from network.simulator.demands import PLANNED_USE, UNEVENNESS, plan_demands
from network.simulator.numbered import NumberedTopology
from shared.domain.kinds import NodeType
from shared.domain.topology import Link, Node, Topology, default_topology, partitions_for, sized_topology
from shared.topologies import fat_tree, leaf_spine, read_topology

MAPS = Path(__file__).parents[1] / "shared" / "topologies" / "zoo"
IDLE = 0.001
MOST_IDLE = 0.1
"""Share of a map's links that may stay idle: demands across a full link add little load to the next one."""


def use(topology: Topology) -> np.ndarray:
    """Return the planned utilisation of each link, as a share of its capacity."""
    numbered = NumberedTopology(topology, 1, partitions_for(topology))
    demands = plan_demands(numbered)
    load = np.zeros(len(numbered.links))
    of_hop, hop = np.nonzero(demands.routes.links >= 0)
    np.add.at(load, demands.routes.links[of_hop, hop], demands.rate[of_hop])
    return np.asarray(load / numbered.capacity)


def chain(*kinds: NodeType) -> Topology:
    nodes = tuple(Node(id=f"n{i}", type=kind) for i, kind in enumerate(kinds))
    links = (Link(source=a.id, target=b.id, capacity=1000) for a, b in pairwise(nodes))
    return Topology(nodes=nodes, links=tuple(links))


@pytest.mark.parametrize(
    "topology",
    [
        default_topology(), sized_topology(100), leaf_spine(2, 4, 8), leaf_spine(2, 4, 0), leaf_spine(1, 1, 1),
        fat_tree(4), chain(NodeType.ROUTER, NodeType.SWITCH, NodeType.SERVER), chain(*[NodeType.SERVER] * 5),
        chain(*[NodeType.SWITCH] * 40),
    ],
    ids=lambda topology: f"{len(topology.nodes)} nodes",
)  # fmt: skip
def test_no_link_of_a_regular_network_is_idle(topology: Topology) -> None:
    loads = use(topology)
    assert loads.min() > IDLE
    assert loads.max() <= PLANNED_USE * (1 + UNEVENNESS)


@pytest.mark.parametrize("file", sorted(MAPS.iterdir()), ids=lambda file: file.stem)
def test_few_links_of_a_map_are_idle(file: Path) -> None:
    loads = use(read_topology(file))
    assert (loads <= IDLE).mean() <= MOST_IDLE
    assert loads.max() <= PLANNED_USE * (1 + UNEVENNESS)
