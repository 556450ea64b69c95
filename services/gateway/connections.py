"""HTTP connections with limits: the time a request may take to arrive, and the number of connections.

Rules: a connection whose request is incomplete is *waiting*, and has a deadline. If there are too many connections, a
waiting connection is closed for the new one: of the peer with the most waiting connections, the one that has waited
longest. So clients that finish their requests are served, however many other clients do not, even if all clients share
one address, as behind a proxy. A client that does not read its answer is disconnected.
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
"""Seconds for a request's head, from the start of the connection or the head's first byte; also if nothing arrives."""
BODY_WITHIN = 20.0
"""Seconds for a request's body, from the end of its head; also if the request is answered before its body is read."""
READ_WITHIN = 20.0
"""Seconds within which a client has to read some of the pending output."""
SWEEP_SECONDS = 1.0
MAX_CONNECTIONS = 1024
MAX_WAITING = 256
"""Each waiting connection may hold an incomplete body: 64 MiB in all."""
OWN_DESCRIPTORS = 64
"""Descriptors for other uses: the broker, the probes, the dashboard's files."""
ACCEPTED_AT_ONCE = 8
"""Connections accepted in one turn of the event loop."""
TURNS_TO_CLOSE = 6
"""Turns from accepting a connection to closing the one that it replaces, with a margin."""
FEWEST_CONNECTIONS = 16
SAY_EVERY = 60.0
LATE = "the request did not arrive whole within {seconds:g} s: send it again"
CROWDED = "too many requests are on their way: send it again"
UNREADABLE = "this cannot be read as an HTTP/1.1 request: it breaks the protocol, or its head is too long"
log = structlog.get_logger("nms.gateway")


def connection_limit() -> int:
    """Return how many connections the process's descriptor limit allows."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    left = (
        MAX_CONNECTIONS
        if limit == resource.RLIM_INFINITY
        else limit - OWN_DESCRIPTORS - ACCEPTED_AT_ONCE * TURNS_TO_CLOSE
    )
    return max(FEWEST_CONNECTIONS, min(MAX_CONNECTIONS, left))


def _peer(address: str) -> str:
    """Return the peer of an address: for IPv6 its /64 network, which one customer usually has."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or IPv6Network((known, 64), strict=False))


class Phase(Enum):
    """How much of a connection's request has arrived."""

    IDLE = auto()  # nothing has arrived
    HEAD = auto()
    BODY = auto()
    WHOLE = auto()  # the request is being answered


DEADLINES = {Phase.IDLE: HEAD_WITHIN, Phase.HEAD: HEAD_WITHIN, Phase.BODY: BODY_WITHIN}


class ConnectionTracker:
    """Tracks the connections of one server; `size` is their limit, WebSockets included."""

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
        """Return the protocol for a new connection; called by the server."""
        return BoundedHttp(self, config, server_state, app_state, _loop)

    def add(self, connection: BoundedHttp) -> None:
        """Register a connection, and close another one if there are too many."""
        self._open.add(connection)
        self.wait(connection)
        # The server's own set includes the WebSockets.
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
        """Unregister a connection that is closed or became a WebSocket."""
        self.stop_waiting(connection)
        self._open.discard(connection)

    async def watch(self) -> None:
        """Close connections past their deadline, without end."""
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
        """Stop tracking the connection: a WebSocket has limits of its own."""
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
        """Close a connection whose request takes too long to arrive, or whose client reads the answer too slowly."""
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
        """Send an error and close; if an answer has started, only close."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = problem_of(status, detail).model_dump_json().encode()
            headers = [("content-type", MEDIA_TYPE), ("content-length", str(len(body))), ("connection", "close")]
            events = (h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage())
            self.transport.writelines([self.conn.send(event) or b"" for event in events])
        self.transport.close()
