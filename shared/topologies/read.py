"""Reads a network from a file; the ending of its name says how it is written.

Whatever is in the file, the answer is a Topology or an UnreadableTopology: its message names the file, the line where
there is one, what is wrong and what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from shared.domain.errors import SettingError, TopologyError
from shared.domain.events import StabilityStatus
from shared.domain.events.base import MAX_EVENT_BYTES
from shared.domain.instant import LATEST
from shared.domain.kinds import NetworkState, NodeStatus
from shared.domain.sizes import MAX_PAYLOAD
from shared.domain.topology import Topology
from shared.topologies.generate import shaped
from shared.topologies.gml import read_gml
from shared.topologies.graphml import read_graphml
from shared.topologies.inventory import read_inventory
from shared.topologies.plain_json import read_json
from shared.topologies.reading import Reading

MIB = 1024 * 1024
MAX_FILE_BYTES = 16 * MIB
ROOM_FOR_HEADERS = 64 * 1024
MAX_TOPOLOGY_BYTES = MAX_PAYLOAD - ROOM_FOR_HEADERS
"""Every process is given the network as one message: the broker would refuse a larger one."""


class UnreadableTopology(TopologyError, SettingError):
    """Raised when a file holds no network: the topology is broken, and so is the setting that names the file."""


def read_topology(path: Path) -> Topology:
    """Return the network in a file or of a shape, as `read_map` does. Raises UnreadableTopology."""
    return read_map(path).topology


def read_map(path: Path) -> Reading:
    """Return the network in a file and what is to be said of it: .yaml, .yml, .graphml, .gml, or JSON by other names.

    Or that of a shape, `leaf-spine:2x4x8` or `fat-tree:4`. Raises UnreadableTopology.
    """
    try:
        made = shaped(str(path))
        reading = Reading(made) if made else _reader(path.suffix.lower())(_content(path))
        _check_fits(reading.topology)
    except TopologyError as error:
        raise UnreadableTopology(f"{path}: {error}") from None
    return reading


def _reader(ending: str) -> Callable[[bytes], Reading]:
    if ending in FOREIGN:
        raise TopologyError(f"{ending} is {FOREIGN[ending]}, which is not read; export it as GraphML or GML")
    return READERS.get(ending, read_json)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise TopologyError(f"{error.strerror}; name a readable file") from None
    except ValueError as error:  # a name that no file can have
        raise TopologyError(f"{error}; name a readable file") from None
    if len(data) > MAX_FILE_BYTES:
        raise TopologyError(f"more than {MAX_FILE_BYTES // MIB} MiB; leave out what is neither node nor link")
    return data


def _check_fits(topology: Topology) -> None:
    """Raise TopologyError where what is said of all of a network at once does not fit into a message each."""
    whole = len(topology.model_dump_json().encode())
    if whole > MAX_TOPOLOGY_BYTES:
        raise TopologyError(
            f"the network makes a message of {whole} bytes, more than {MAX_TOPOLOGY_BYTES}; leave out nodes or links"
        )
    status = len(_longest_status(topology).model_dump_json().encode())
    if status > MAX_EVENT_BYTES:
        raise TopologyError(
            f"the status of all nodes makes a message of {status} bytes, more than {MAX_EVENT_BYTES}; "
            "give them shorter names or leave some out"
        )


def _longest_status(topology: Topology) -> StabilityStatus:
    """Return the longest that the stabilizer may have to say of a network; without it no node has a status."""
    count = len(topology.nodes)
    return StabilityStatus(
        at=LATEST,
        number=2**63 - 1,
        state=NetworkState.RECOVERING,
        nodes={node.id: NodeStatus.DEGRADED for node in topology.nodes},
        healthy=count,
        affected=count,
        degraded=count,
        down=count,
        health_percentage=99.99,
    )


READERS: dict[str, Callable[[bytes], Reading]] = {
    ".graphml": lambda data: read_graphml(data).reading(),
    ".gml": lambda data: read_gml(data).reading(),
    ".yaml": lambda data: read_inventory(data).reading(),
    ".yml": lambda data: read_inventory(data).reading(),
}
FOREIGN = {
    ".gexf": "Gephi's own format",
    ".net": "Pajek's format",
    ".dot": "Graphviz's format",
    ".gv": "Graphviz's format",
    ".drawio": "draw.io's format",
    ".vsdx": "Visio's format",
    ".cyjs": "Cytoscape's format",
    ".sif": "Cytoscape's format",
    ".csv": "a table",
    ".xlsx": "a table",
    ".xml": "XML of some kind (GraphML has the ending .graphml)",
}
"""Endings under which other programs keep networks, and which JSON does not have."""
