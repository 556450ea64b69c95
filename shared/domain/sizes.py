"""Limits of the size of a network and of the number of faults. Imports nothing, so that `--help` is fast."""

from __future__ import annotations

MIN_NODES = 3
"""The smallest generated network; a network from a file may be smaller."""
MAX_NODES, MAX_LINKS = 10_000, 30_000
"""The largest sizes that were tested. With names of 90 bytes the topology fits into one message, and so does the status
of all nodes; `shared.topologies` refuses a network with longer names that does not fit.
"""

MAX_LIVE = 50
"""Faults that are live at once, from the campaign and from persons."""

MAX_PAYLOAD = 8 * 1024 * 1024
"""The largest message in bytes. The topology has to fit into it, and so does the telemetry of a partition."""
