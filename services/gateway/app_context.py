"""The objects that the REST calls and the WebSocket share: the view, the scorecard, the feed and the controls."""

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
"""A function that starts a background task. If the task fails, the process ends."""


class Controls(Protocol):
    """`ask` and `change` raise TimeoutError if nothing was done because nobody answered."""

    async def ask(self, service: ServiceName, request: Request) -> Reply:
        """Raises Refused, UnknownTarget, OutcomeUnknown."""

    async def change(self, revise: Callable[[Desired], Desired]) -> tuple[Desired, Desired]:
        """Return the state before and after. Raises Refused if other writers change it all the time, and
        OutcomeUnknown.
        """

    async def say(self, message: str) -> None: ...


@dataclass
class AppContext:
    """`ready`: the stored events have been read. `progress`: returns the share of the stored events that was read, from
    0 to 1. `hosts`: the accepted host names. `get_control`: start and stop work by GET, too.
    """

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
        """Wall seconds since the gateway started."""
        return time.monotonic() - self.started
