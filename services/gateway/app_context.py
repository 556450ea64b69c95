"""The shared context of REST calls and WebSocket: view, scorecard, and the controls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

from services.gateway.core import Feed, View
from services.gateway.scoring.scorecard import Scorecard
from shared.domain.config import Desired
from shared.domain.kinds import ServiceName
from shared.domain.requests import Reply, Request

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
"""Starts a background task; if it fails, the process ends."""


class Controls(Protocol):
    """The changes that the gateway can make: requests to services, and the desired state.

    All methods raise TimeoutError if the bus does not answer.
    """

    async def ask(self, service: ServiceName, request: Request) -> Reply:
        """Send a request to a service. Raises Refused, UnknownTarget, OutcomeUnknown."""

    async def change(self, revise: Callable[[Desired], Desired]) -> tuple[Desired, Desired]:
        """Change the desired state; return (before, after). Raises OutcomeUnknown."""

    async def say(self, message: str) -> None: ...


@dataclass
class AppContext:
    """`ready` is true once the history has been read; `progress` returns the share of it that was read, 0 to 1."""

    view: View
    scorecard: Scorecard
    feed: Feed
    controls: Controls
    hosts: frozenset[str]
    get_control: bool = True
    ready: bool = False
    progress: Callable[[], float] = lambda: 0.0
    started: float = field(default_factory=time.monotonic)

    @property
    def uptime(self) -> float:
        """Seconds since the gateway started."""
        return time.monotonic() - self.started
