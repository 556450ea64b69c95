"""What never changes while a network runs: its elements as arrays, in the order in which telemetry names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from network.simulator.arrays import Floats, Ints, Keys
from network.simulator.noise import keys
from shared.domain.kinds import NodeType
from shared.domain.telemetry import split
from shared.domain.topology import Topology


@dataclass(frozen=True)
class NumberedTopology:
    """A topology as arrays. Nodes and links are sorted by partition, so that a partition is a slice of each."""

    topology: Topology
    seed: int
    partitions: int

    @cached_property
    def rooms(self) -> Mapping[int, tuple[list[str], list[str]]]:
        """For each partition its nodes and links."""
        return split(self.topology, self.partitions)

    @cached_property
    def nodes(self) -> list[str]:
        """Node ids; a node's place here is its number everywhere else."""
        return [node for p in range(self.partitions) for node in self.rooms[p][0]]

    @cached_property
    def links(self) -> list[str]:
        """Link ids; a link's place here is its number everywhere else."""
        return [link for p in range(self.partitions) for link in self.rooms[p][1]]

    @cached_property
    def node_number(self) -> dict[str, int]:
        """The number of a node."""
        return {name: i for i, name in enumerate(self.nodes)}

    @cached_property
    def link_number(self) -> dict[str, int]:
        """The number of a link."""
        return {name: i for i, name in enumerate(self.links)}

    @cached_property
    def ends(self) -> Ints:
        """The two node numbers of each link."""
        by_id = self.topology.link_by_id
        pairs = [(self.node_number[by_id[x].source], self.node_number[by_id[x].target]) for x in self.links]
        return np.array(pairs, dtype=np.int64).reshape(-1, 2)

    @cached_property
    def capacity(self) -> Floats:
        """Mbit/s of each link, each way."""
        return np.array([self.topology.link_by_id[x].capacity for x in self.links], dtype=np.float64)

    @cached_property
    def types(self) -> list[NodeType]:
        """What each node is for."""
        return [self.topology.node_by_id[x].type for x in self.nodes]

    @cached_property
    def node_keys(self) -> Keys:
        """A key for each node, from its name and the seed."""
        return keys(self.seed, self.nodes)

    @cached_property
    def link_keys(self) -> Keys:
        """A key for each link, from its name and the seed."""
        return keys(self.seed, self.links)

    def ports(self, element: str) -> list[int]:
        """Return the link numbers of an element: a link's own, or all ports of a node."""
        if element in self.link_number:
            return [self.link_number[element]]
        return [self.link_number[link] for link in self.topology.links_of[element]]

    def touches(self, element: str) -> list[int]:
        """Return the node numbers of an element: a node's own, or both ends of a link."""
        return [self.node_number[node] for node in self.topology.ends(element)]
