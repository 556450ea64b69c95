"""The OpenAPI document, as the gateway serves it at `/openapi.json`."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from services.gateway.api import routed
from services.gateway.app_context import AppContext
from services.gateway.core import Feed, View
from services.gateway.scoring.scorecard import Scorecard
from shared.domain.config import Desired
from shared.domain.kinds import ServiceName
from shared.domain.requests import Reply, Request
from shared.domain.topology import default_topology

Part = dict[str, Any]


class _Nobody:
    """Takes the place of the bus while the document is built. None of its methods is called."""

    async def ask(self, service: ServiceName, request: Request) -> Reply:
        raise TimeoutError

    async def change(self, revise: Callable[[Desired], Desired]) -> tuple[Desired, Desired]:
        raise TimeoutError

    async def say(self, message: str) -> None:
        raise TimeoutError


@cache
def document() -> Part:
    view = View(default_topology())
    context = AppContext(view, Scorecard(view.topology), Feed(view, "0"), _Nobody(), frozenset())
    return routed(context).openapi()


def text() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
