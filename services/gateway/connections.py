"""HTTP connections with two limits: the time in which a request has to arrive, and the number of connections.

Rules: a connection whose request is incomplete is *waiting*, and has a deadline. If there are too many connections, the
gateway closes a waiting connection: it takes the peer with the most waiting connections, and of these connections the
one that has waited longest. So a client that sends complete requests is served, even if many other clients never
finish theirs and all clients share the address of a proxy. A client that does not read its answer is disconnected.
"""

from __future__ import annotations

import asyncio
import resource
from collections import defaultdict
from collections.abc import Iterator
from enum import Enum, auto
from ipaddress import IPv4Address, IPv6Network, ip_address

import h11
import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from services.gateway.api.problems import MEDIA_TYPE, problem_of

HEAD_WITHIN = 10.0
"""Seconds within which the head of a request has to arrive, counted from the start of the connection and again from the
first byte of the head.
"""
BODY_WITHIN = 20.0
"""Seconds within which the body of a request has to arrive after its head, even if the answer was sent earlier."""
READ_WITHIN = 20.0
"""Seconds after which a client is disconnected if it has not read enough of the output for the gateway to go on."""
SWEEP_SECONDS = 1.0
MAX_CONNECTIONS = 1024
MAX_WAITING = 256
"""The largest number of waiting connections. Each may hold an incomplete body of 256 KiB, which makes 64 MiB in all."""
OWN_DESCRIPTORS = 64
"""File descriptors that are not available for clients: the connection to the broker and open files need them."""
ACCEPTED_AT_ONCE = 8
"""The largest number of connections that the event loop accepts in one turn."""
TURNS_TO_CLOSE = 6
"""Turns of the event loop, with a margin, until a connection that was closed for a new connection frees its descriptor.
"""
FEWEST_CONNECTIONS = 16
SAY_EVERY = 60.0
LATE = "the request did not arrive whole within {seconds:g} s: send it again"
CROWDED = "too many requests are on their way: send it again"
UNREADABLE = "this cannot be read as an HTTP/1.1 request: it breaks the protocol, or its head is too long"
log = structlog.get_logger("nms.gateway")


def connection_limit() -> int:
    """Return the limit of connections: as many as the process has file descriptors for, from 16 to 1024."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    left = (
        MAX_CONNECTIONS
        if limit == resource.RLIM_INFINITY
        else limit - OWN_DESCRIPTORS - ACCEPTED_AT_ONCE * TURNS_TO_CLOSE
    )
    return max(FEWEST_CONNECTIONS, min(MAX_CONNECTIONS, left))


def _peer(address: str) -> str:
    """Return the name under which the connections of a client are counted: its IPv4 address, or its IPv6 /64 network,
    since one customer usually has a whole /64 network.
    """
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or IPv6Network((known, 64), strict=False))


class Phase(Enum):
    IDLE = auto()  # no byte of a request has arrived
    HEAD = auto()
    BODY = auto()
    WHOLE = auto()  # the request is complete and is being answered


DEADLINES = {Phase.IDLE: HEAD_WITHIN, Phase.HEAD: HEAD_WITHIN, Phase.BODY: BODY_WITHIN}


class ConnectionTracker:
    """`size`: the limit of all connections, including WebSockets."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._open: set[BoundedHttp] = set()
        self._waiting: defaultdict[str, dict[BoundedHttp, None]] = defaultdict(dict)
        self._waiters = 0
        self._logged_at = -SAY_EVERY
        self._not_logged = 0

    def connection(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> BoundedHttp:
        return BoundedHttp(self, config, server_state, app_state, _loop)

    def add(self, connection: BoundedHttp) -> None:
        self._open.add(connection)
        self.wait(connection)
        # `connection.connections` is the set of the server, which includes the WebSockets.
        if len(connection.connections) > self._size or self._waiters > MAX_WAITING:
            self._make_room()

    def wait(self, connection: BoundedHttp) -> None:
        self.stop_waiting(connection)
        self._waiting[connection.peer][connection] = None
        self._waiters += 1

    def stop_waiting(self, connection: BoundedHttp) -> None:
        mine = self._waiting.get(connection.peer, {})
        if connection in mine:
            del mine[connection]
            self._waiters -= 1
            if not mine:
                del self._waiting[connection.peer]

    def remove(self, connection: BoundedHttp) -> None:
        self.stop_waiting(connection)
        self._open.discard(connection)

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = asyncio.get_running_loop().time()
            for connection in list(self._overdue(now)):
                connection.end_late()

    def _overdue(self, now: float) -> Iterator[BoundedHttp]:
        return (connection for connection in self._open if connection.is_late(now))

    def _make_room(self) -> None:
        crowd = max(self._waiting.values(), key=len)
        next(iter(crowd)).end_crowded()
        now = asyncio.get_running_loop().time()
        self._not_logged += 1
        if now - self._logged_at >= SAY_EVERY:
            log.warning(
                "too many connections: those that wait longest for a request are closed",
                closed=self._not_logged,
                open=len(self._open),
                most=self._size,
            )
            self._logged_at, self._not_logged = now, 0


class BoundedHttp(H11Protocol):
    peer = ""

    def __init__(
        self,
        tracker: ConnectionTracker,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        super().__init__(config, server_state, app_state, loop)
        self._tracker = tracker
        self._phase = Phase.IDLE
        self._since = self.loop.time()
        self._cycle_seen: object = None
        self._upgraded = False
        self._unsent_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.peer = _peer(self.client[0]) if self.client else ""
        self._tracker.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._tracker.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._update_phase()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._update_phase()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unsent_since = None

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """A WebSocket is limited by `BoundedSocket`."""
        self._upgraded = True
        self._tracker.remove(self)
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, UNREADABLE)

    def _update_phase(self) -> None:
        phase = self._current_phase()
        if self._upgraded or (phase is self._phase and self.cycle is self._cycle_seen):
            return
        self._phase, self._cycle_seen = phase, self.cycle
        self._since = self.loop.time()
        if phase is Phase.WHOLE:
            self._tracker.stop_waiting(self)
        else:
            self._tracker.wait(self)

    def _current_phase(self) -> Phase:
        if self.conn.their_state is h11.SEND_BODY:
            return Phase.BODY
        if self.conn.their_state is h11.IDLE and self.conn.our_state is h11.IDLE:
            return Phase.HEAD if self.conn.trailing_data[0] else Phase.IDLE
        return Phase.WHOLE

    def is_late(self, now: float) -> bool:
        if not self.transport.get_write_buffer_size():
            self._unsent_since = None
        elif self._unsent_since is None:
            self._unsent_since = now
        elif now - self._unsent_since > READ_WITHIN:
            return True
        return not self.transport.is_closing() and now - self._since > DEADLINES.get(self._phase, now)

    def end_late(self) -> None:
        self._end(408, LATE.format(seconds=DEADLINES.get(self._phase, READ_WITHIN)))

    def end_crowded(self) -> None:
        self._tracker.stop_waiting(self)
        self._end(503, CROWDED)

    def _end(self, status: int, detail: str) -> None:
        if self.transport.is_closing() or self.transport.get_write_buffer_size() or self._phase is Phase.IDLE:
            self.transport.abort()
        else:
            self._refuse(status, detail)

    def _refuse(self, status: int, detail: str) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = problem_of(status, detail).model_dump_json().encode()
            headers = [("content-type", MEDIA_TYPE), ("content-length", str(len(body))), ("connection", "close")]
            events = (h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage())
            self.transport.writelines([self.conn.send(event) or b"" for event in events])
        self.transport.close()
