"""Adds HEAD to every path that has GET, and OPTIONS to every path, and finds the methods for the header `Allow`.

Rule: HEAD changes nothing. So the paths where GET changes something, `/api/start` and `/api/stop`, have no HEAD.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import Response
from starlette.routing import Match, Mount
from starlette.types import Message, Receive, Scope, Send

CHANGING_PATHS = frozenset({"/api/start", "/api/stop"})
"""The paths where GET changes something; old clients use it."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ROUTED = ("DELETE", "GET", "PATCH", "POST", "PUT")
FILES = frozenset({"GET", "HEAD", "OPTIONS"})


class Methods:
    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        methods = allowed(self._app, scope)
        if scope["method"] in methods and scope["method"] == "OPTIONS":
            await Response(status_code=204, headers={"Allow": ", ".join(sorted(methods))})(scope, receive, send)
        elif scope["method"] in methods:
            await self._app({**scope, "method": "GET"}, receive, _without_body(send))
        else:
            await self._app(scope, receive, send)


def changes(method: str, path: str) -> bool:
    return method not in SAFE_METHODS or path in CHANGING_PATHS


def allowed(app: FastAPI, scope: Scope) -> frozenset[str]:
    found: set[str] = set()
    scope = {**scope, "root_path": scope.get("app_root_path", "")}  # a mount has extended `root_path`
    for route in app.router.routes:
        if isinstance(route, Mount):
            found |= FILES if route.matches(scope)[0] is Match.FULL else set()
            continue
        found |= {method for method in ROUTED if route.matches({**scope, "method": method})[0] is Match.FULL}
    if "GET" in found and scope["path"] not in CHANGING_PATHS:
        found.add("HEAD")
    return frozenset(found | {"OPTIONS"} if found else ())


def without_slash(app: FastAPI, scope: Scope) -> str | None:
    path = str(scope["path"])
    shorter = path.rstrip("/")
    known = shorter != path and shorter and allowed(app, {**scope, "path": shorter})
    return shorter if known else None


def _without_body(send: Send) -> Send:
    async def sending(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return sending
