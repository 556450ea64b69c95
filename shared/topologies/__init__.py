"""Generates topologies of usual shapes, and reads topologies from files of several formats."""

from shared.topologies.generate import fat_tree, leaf_spine
from shared.topologies.read import UnreadableTopology, read_map, read_topology
from shared.topologies.reading import Reading

__all__ = ["Reading", "UnreadableTopology", "fat_tree", "leaf_spine", "read_map", "read_topology"]
