"""Which ports to listen on: the one asked for or none; the usual one or the next that is free."""

from __future__ import annotations

import socket

from shared.errors import PortBusy

LOOPBACK = "127.0.0.1"
GATEWAY_PORT = 5000
NATS_PORT = 4222
TRIES = 20


def is_free(port: int) -> bool:
    """Say whether somebody could listen on a port of the loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def any_free() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def choose(usual: int, asked: int | None, option: str = "--port") -> int:
    """Return the port asked for (0: any), else the usual one or the next free. Raises PortBusy."""
    if asked == 0:
        return any_free()
    if asked is not None:
        if is_free(asked):
            return asked
        raise PortBusy(f"port {asked} is taken: stop what listens there, or choose another by {option}")
    return next((port for port in range(usual, usual + TRIES) if is_free(port)), None) or any_free()
