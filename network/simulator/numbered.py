"""The nodes and links of a simulated network as arrays, in the order in which telemetry lists them."""

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
    """A topology as arrays. Nodes and links are sorted by partition, so that each partition is a slice."""

    topology: Topology
    seed: int
    partitions: int

    @cached_property
    def by_partition(self) -> Mapping[int, tuple[list[str], list[str]]]:
        return split(self.topology, self.partitions)

    @cached_property
    def nodes(self) -> list[str]:
        """Node ids; the index of a node is its number."""
        return [node for p in range(self.partitions) for node in self.by_partition[p][0]]

    @cached_property
    def links(self) -> list[str]:
        return [link for p in range(self.partitions) for link in self.by_partition[p][1]]

    @cached_property
    def node_number(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.nodes)}

    @cached_property
    def link_number(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.links)}

    @cached_property
    def ends(self) -> Ints:
        by_id = self.topology.link_by_id
        pairs = [(self.node_number[by_id[x].source], self.node_number[by_id[x].target]) for x in self.links]
        return np.array(pairs, dtype=np.int64).reshape(-1, 2)

    @cached_property
    def capacity(self) -> Floats:
        """The capacity of each link in Mbit/s, in each direction."""
        return np.array([self.topology.link_by_id[x].capacity for x in self.links], dtype=np.float64)

    @cached_property
    def types(self) -> list[NodeType]:
        return [self.topology.node_by_id[x].type for x in self.nodes]

    @cached_property
    def node_keys(self) -> Keys:
        return keys(self.seed, self.nodes)

    @cached_property
    def link_keys(self) -> Keys:
        return keys(self.seed, self.links)

    def ports(self, element: str) -> list[int]:
        if element in self.link_number:
            return [self.link_number[element]]
        return [self.link_number[link] for link in self.topology.links_of[element]]
