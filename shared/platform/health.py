"""Serves `/healthz`, `/readyz` and `/metrics` over HTTP, for probes and Prometheus, without a web framework.

Rules: a request has to be read and answered within `READ_WITHIN` seconds. When too many connections are open, the
oldest connection is closed, so that probes are answered however many idle clients connect.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.domain.errors import PortBusy

READ_WITHIN = 5.0
MAX_LINE = 4096
MAX_LINES = 100
AT_ONCE = 32
PLAIN = "text/plain; charset=utf-8"
REASONS = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}

WhyNot = Callable[[], str | None]


class HealthServer:
    """Serves the probes. `why_not_ready` returns why the process is not ready; None if it is ready."""

    def __init__(self, host: str, port: int, why_not_ready: WhyNot) -> None:
        self._host, self._port, self._why_not_ready = host, port, why_not_ready
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.StreamWriter, None] = {}

    @property
    def port(self) -> int:
        port: int = self._server.sockets[0].getsockname()[1] if self._server else self._port
        return port

    async def start(self) -> HealthServer:
        """Raises PortBusy if the address cannot be used."""
        try:
            self._server = await asyncio.start_server(
                self._serve, self._host, self._port, limit=MAX_LINE, backlog=AT_ONCE
            )
        except OSError as error:
            raise PortBusy(
                f"NMS_HEALTH_PORT={self._port} on {self._host}: {error.strerror}; free it or choose another"
            ) from None
        return self

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= AT_ONCE:
            oldest = next(iter(self._open))
            del self._open[oldest]
            oldest.transport.abort()
        self._open[writer] = None
        try:
            with contextlib.suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
                async with asyncio.timeout(READ_WITHIN):
                    await self._exchange(reader, writer)
        finally:
            self._open.pop(writer, None)
            writer.transport.abort()  # all is sent, or the client does not read the rest

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readline()).decode("latin-1").split()
        for _ in range(MAX_LINES):
            if not (await reader.readline()).strip():
                break
        writer.write(self._answer(*(line[:2] if len(line) > 1 else ("", ""))))
        writer.write_eof()
        while await reader.read(MAX_LINE):  # unread body bytes would reset the connection before the answer arrives
            pass
        writer.close()
        await writer.wait_closed()

    def _answer(self, method: str, path: str) -> bytes:
        if method not in ("GET", "HEAD"):
            return _response(405, PLAIN, b"only GET\n")
        match path.partition("?")[0]:
            case "/healthz":
                return _response(200, PLAIN, b"alive\n")
            case "/readyz":
                why_not = self._why_not_ready()
                return _response(503, PLAIN, f"{why_not}\n".encode()) if why_not else _response(200, PLAIN, b"ready\n")
            case "/metrics":
                return _response(200, CONTENT_TYPE_LATEST, generate_latest())
        return _response(404, PLAIN, b"there are /healthz, /readyz and /metrics\n")


def _response(status: int, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body
