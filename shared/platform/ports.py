"""Finds a free port on the loopback interface that the system will not use for an outgoing connection."""

from __future__ import annotations

import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
TRIES = 20
FREE_FROM = 10_000
OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
USUAL_OUTGOING = 32_768


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Return a free port, if possible below the system's range for outgoing connections."""
    chance = random.SystemRandom()
    tried = (chance.randrange(FREE_FROM, _outgoing_from()) for _ in range(TRIES))
    if found := next(filter(is_free, tried), None):
        return found
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _outgoing_from() -> int:
    try:
        return max(FREE_FROM + 1, int(OUTGOING.read_text().split()[0]))
    except (OSError, ValueError, IndexError):
        return USUAL_OUTGOING
