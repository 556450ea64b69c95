"""The web server. It runs in the event loop of the gateway, on a port that is bound before the gateway starts."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from services.gateway.app_context import Spawn
from services.gateway.connections import ACCEPTED_AT_ONCE, ConnectionTracker
from services.gateway.settings import DEFAULT_PORT
from services.gateway.sockets import PING_SECONDS, PONG_WITHIN, BoundedSocket
from shared.domain.errors import PortBusy, SettingError

PORTS_TRIED = 100
BACKLOG = 512
GRACE_SECONDS = 2
MAX_MESSAGE = 64 * 1024
STARTED_WITHIN = 10.0
POLL_SECONDS = 0.01
TAKEN = frozenset({errno.EADDRINUSE, errno.EACCES})


def listen(host: str, port: int | None) -> socket.socket:
    """If `port` is None, take the first free port from the default port on. Raises PortBusy if no port is free, and
    SettingError if the process cannot listen on the host.
    """
    candidates = [port] if port is not None else range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED)
    for candidate in candidates:
        try:
            return _bound(host, candidate)
        except OSError as error:
            if error.errno not in TAKEN:
                raise SettingError(f"NMS_HOST={host} cannot be listened on: {error.strerror or error}") from None
    if port is not None:
        raise PortBusy(f"port {port} on {host} is taken: stop what uses it, or set NMS_PORT to another")
    raise PortBusy(
        f"no port from {DEFAULT_PORT} to {DEFAULT_PORT + PORTS_TRIED - 1} is free: set NMS_PORT to one that is"
    )


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened


class _Quiet(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """`size`: how many connections there may be at once."""

    def __init__(self, app: ASGIApp, opened: socket.socket, size: int) -> None:
        self._tracker = ConnectionTracker(size)
        config = uvicorn.Config(
            app,
            http=cast(
                "type[asyncio.Protocol]", self._tracker.connection
            ),  # uvicorn calls it with the arguments of a protocol factory
            backlog=ACCEPTED_AT_ONCE,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            ws=BoundedSocket,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PONG_WITHIN,
            ws_max_size=MAX_MESSAGE,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = _Quiet(config)
        self._socket = opened
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, spawn: Spawn) -> None:
        serving = spawn(self._server.serve([self._socket]))
        self._tasks = [serving, spawn(self._tracker.watch())]
        async with asyncio.timeout(STARTED_WITHIN):
            while not self._server.started:
                if serving.done():
                    await serving
                await asyncio.sleep(POLL_SECONDS)
        self._socket.listen(BACKLOG)  # the event loop has set the backlog of the socket to ACCEPTED_AT_ONCE

    async def stop(self) -> None:
        """Requests in progress have two seconds to finish, idle connections are closed."""
        self._server.should_exit = True
        for serving in self._tasks[:1]:
            await serving
        for watching in self._tasks[1:]:
            watching.cancel()
        self._socket.close()
