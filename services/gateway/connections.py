"""HTTP connections with bounds: how long a request may take to arrive, and how many connections there may be.

Rules: a connection whose request has not arrived whole is *waiting*, and waiting has a deadline. Where there are too
many connections, one that waits makes room for the new one: the longest waiting of the peer that has most of them. So
clients that finish their requests are served however many do not, even where all share one address, as behind a proxy.
A client that does not take its answer is cut off.
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
"""Seconds for a request's head, from the connection's begin or from its first byte; one that is idle has as long."""
BODY_WITHIN = 20.0
"""Seconds for a request's body, from the end of its head; also where it was answered before it was read."""
TAKEN_WITHIN = 20.0
"""Seconds within which a client has to take some of what waits for it."""
SWEEP_SECONDS = 1.0
MAX_CONNECTIONS = 1024
MAX_WAITING = 256
"""Each may hold a body that is not whole: 64 MiB in all."""
OWN_DESCRIPTORS = 64
"""What the process needs besides its connections: the broker, the probes, the files of the page."""
ACCEPTED_AT_ONCE = 8
"""Connections that one turn of the event loop takes in."""
TURNS_TO_CLOSE = 6
"""Turns from taking a connection in to closing the one that makes room for it, and some more."""
FEWEST_CONNECTIONS = 16
SAY_EVERY = 60.0
LATE = "the request did not arrive whole within {seconds:g} s: send it again"
CROWDED = "too many requests are on their way: send it again"
UNREADABLE = "this cannot be read as an HTTP/1.1 request: it breaks the protocol, or its head is too long"
log = structlog.get_logger("nms.gateway")


def room() -> int:
    """Return how many connections the process's limit of descriptors has room for."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    left = (
        MAX_CONNECTIONS
        if limit == resource.RLIM_INFINITY
        else limit - OWN_DESCRIPTORS - ACCEPTED_AT_ONCE * TURNS_TO_CLOSE
    )
    return max(FEWEST_CONNECTIONS, min(MAX_CONNECTIONS, left))


def _peer(address: str) -> str:
    """Return whom an address stands for: with IPv6 one customer has a whole network of 64 bits."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or IPv6Network((known, 64), strict=False))


class Phase(Enum):
    """How far the request on a connection is."""

    IDLE = auto()  # nothing of it has come
    HEAD = auto()
    BODY = auto()
    WHOLE = auto()  # it is being answered


DEADLINES = {Phase.IDLE: HEAD_WITHIN, Phase.HEAD: HEAD_WITHIN, Phase.BODY: BODY_WITHIN}


class Door:
    """Knows every connection of one server; `size` is how many there may be, pages with a WebSocket included."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._open: set[BoundedHttp] = set()
        self._waiting: defaultdict[str, dict[BoundedHttp, None]] = defaultdict(dict)
        self._waiters = 0
        self._said = -SAY_EVERY
        self._unsaid = 0

    def connection(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> BoundedHttp:
        """Return the protocol of a new connection, as the server asks for it."""
        return BoundedHttp(self, config, server_state, app_state, _loop)

    def enter(self, connection: BoundedHttp) -> None:
        """Take note of a connection, and close another where there are too many."""
        self._open.add(connection)
        self.wait(connection)
        # The server's own set has the WebSockets as well.
        if len(connection.connections) > self._size or self._waiters > MAX_WAITING:
            self._make_room()

    def wait(self, connection: BoundedHttp) -> None:
        """Take note that a connection waits for a request, or for the rest of one, from now on."""
        self.wait_no_more(connection)
        self._waiting[connection.peer][connection] = None
        self._waiters += 1

    def wait_no_more(self, connection: BoundedHttp) -> None:
        """Take note that a request has arrived whole."""
        mine = self._waiting.get(connection.peer, {})
        if connection in mine:
            del mine[connection]
            self._waiters -= 1
            if not mine:
                del self._waiting[connection.peer]

    def leave(self, connection: BoundedHttp) -> None:
        """Forget a connection that is over, or a WebSocket from now on."""
        self.wait_no_more(connection)
        self._open.discard(connection)

    async def watch(self) -> None:
        """Close what is past its deadline, for ever."""
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
        self._unsaid += 1
        if now - self._said >= SAY_EVERY:
            log.warning(
                "too many connections: those that wait longest for a request are closed",
                closed=self._unsaid,
                open=len(self._open),
                most=self._size,
            )
            self._said, self._unsaid = now, 0


class BoundedHttp(H11Protocol):
    """The protocol of one connection."""

    peer = ""

    def __init__(
        self,
        door: Door,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        super().__init__(config, server_state, app_state, loop)
        self._door = door
        self._phase = Phase.IDLE
        self._since = self.loop.time()
        self._cycle_seen: object = None
        self._upgraded = False
        self._unsent_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Find a place for it."""
        super().connection_made(transport)
        self.peer = _peer(self.client[0]) if self.client else ""
        self._door.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._door.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in a piece of a request."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._look()

    def resume_writing(self) -> None:
        """Take note that the client has taken something."""
        super().resume_writing()
        self._unsent_since = None

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over: a WebSocket has bounds of its own."""
        self._upgraded = True
        self._door.leave(self)
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read, if it was not answered before."""
        self._refuse(400, UNREADABLE)

    def _look(self) -> None:
        """See how far the request is now, and from when on its deadline counts."""
        phase = self._now_in()
        if self._upgraded or (phase is self._phase and self.cycle is self._cycle_seen):
            return
        self._phase, self._cycle_seen = phase, self.cycle
        self._since = self.loop.time()
        if phase is Phase.WHOLE:
            self._door.wait_no_more(self)
        else:
            self._door.wait(self)

    def _now_in(self) -> Phase:
        if self.conn.their_state is h11.SEND_BODY:
            return Phase.BODY
        if self.conn.their_state is h11.IDLE and self.conn.our_state is h11.IDLE:
            return Phase.HEAD if self.conn.trailing_data[0] else Phase.IDLE
        return Phase.WHOLE

    def is_late(self, now: float) -> bool:
        """Say whether its deadline is over."""
        if not self.transport.get_write_buffer_size():
            self._unsent_since = None
        elif self._unsent_since is None:
            self._unsent_since = now
        elif now - self._unsent_since > TAKEN_WITHIN:
            return True
        return not self.transport.is_closing() and now - self._since > DEADLINES.get(self._phase, now)

    def end_late(self) -> None:
        """Close it: its request, or the client that is to take the answer, takes too long."""
        self._end(408, LATE.format(seconds=DEADLINES.get(self._phase, TAKEN_WITHIN)))

    def end_crowded(self) -> None:
        """Close it: others need the room."""
        self._door.wait_no_more(self)
        self._end(503, CROWDED)

    def _end(self, status: int, detail: str) -> None:
        if self.transport.is_closing() or self.transport.get_write_buffer_size() or self._phase is Phase.IDLE:
            self.transport.abort()
        else:
            self._refuse(status, detail)

    def _refuse(self, status: int, detail: str) -> None:
        """Say no and close; where an answer was begun, only close."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = problem_of(status, detail).model_dump_json().encode()
            headers = [("content-type", MEDIA_TYPE), ("content-length", str(len(body))), ("connection", "close")]
            events = (h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage())
            self.transport.writelines([self.conn.send(event) or b"" for event in events])
        self.transport.close()
