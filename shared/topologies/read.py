"""Reads a network from a file; the extension of its name selects the format.

If the file has no valid network, UnreadableTopology is raised. Its message names the file, the line if it is known, the
error and the remedy.
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
"""The largest topology in bytes. A process reads it as one message, and the broker refuses a larger message."""


class UnreadableTopology(TopologyError, SettingError):
    """Raised for a file or shape without a valid network: an error of the topology and of the setting with its name."""


def read_topology(path: Path) -> Topology:
    """Read without the warnings of `read_map`. Raises UnreadableTopology."""
    return read_map(path).topology


def read_map(path: Path) -> Reading:
    """Read a file or build a shape. The extension .yaml, .yml, .graphml or .gml selects the format; else it is JSON.

    Shapes are such as `leaf-spine:2x4x8` and `fat-tree:4`. Raises UnreadableTopology, also for extensions in `FOREIGN`.
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
    except ValueError as error:  # raised for a name that no file can have
        raise TopologyError(f"{error}; name a readable file") from None
    if len(data) > MAX_FILE_BYTES:
        raise TopologyError(f"more than {MAX_FILE_BYTES // MIB} MiB; leave out what is neither node nor link")
    return data


def _check_fits(topology: Topology) -> None:
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
"""Extensions of other programs' network formats that are neither supported nor JSON."""
