"""Chooses ports.

A requested port is taken or refused. Without a request, it is the default port or the next free port.
"""

from __future__ import annotations

from shared.domain.errors import PortBusy
from shared.platform.ports import free_port, is_free

GATEWAY_PORT = 5000
NATS_PORT = 4222
STEPS = 20


def choose(usual: int, asked: int | None, option: str = "--port") -> int:
    """`asked` is 0 for any free port. Raises PortBusy if another program has the requested port."""
    if asked == 0:
        return free_port()
    if asked is not None:
        if is_free(asked):
            return asked
        raise PortBusy(f"port {asked} is taken: stop what listens there, or choose another by {option}")
    return next((port for port in range(usual, usual + STEPS) if is_free(port)), None) or free_port()
