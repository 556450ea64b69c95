"""How large a network may be, and how much of it broken. Light: the command line says it before anything is begun."""

from __future__ import annotations

MIN_NODES = 3
"""Of a network that is made up; one that is read from a file may be smaller."""
MAX_NODES, MAX_LINKS = 10_000, 30_000
"""What was seen to be carried. With names of 90 bytes the network, and the status of all its nodes, still fit into a
message each; `shared.topologies` refuses longer ones where they do not."""

MAX_LIVE = 50
"""Faults live at once, however they were asked for."""

MAX_PAYLOAD = 8 * 1024 * 1024
"""Bytes of one message: the topology and the telemetry of a partition have to fit."""
