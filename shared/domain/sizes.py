"""The limits of the size of a network and of the number of faults. It imports nothing, so that `--help` is fast."""

from __future__ import annotations

MIN_NODES = 3
"""The smallest number of nodes of a generated network. A network from a file can be smaller."""
MAX_NODES, MAX_LINKS = 10_000, 30_000
"""The largest numbers of nodes and links that were tested. With names of 90 bytes, the topology fits into one message,
and so does the status of all nodes. `shared.topologies` refuses a network that does not fit.
"""

MAX_LIVE = 50
"""The largest number of faults that are live at once, from the campaign and from persons together."""

MAX_PAYLOAD = 8 * 1024 * 1024
"""The largest size of a message in bytes. The topology, and each tick of a partition, has to fit into one message."""
