"""Networks of your own: made to a plan, or read from a file in the formats that maps of networks come in."""

from shared.topologies.generate import fat_tree, leaf_spine
from shared.topologies.read import UnreadableTopology, read_map, read_topology
from shared.topologies.reading import Reading

__all__ = ["Reading", "UnreadableTopology", "fat_tree", "leaf_spine", "read_map", "read_topology"]
