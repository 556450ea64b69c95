"""One WebSocket connection with bounds: what a client that never reads, or never stops to write, may cost.

Rules: nothing is written to a client that has not taken what it was sent, past a bound; one that does not answer pings
is cut off at once, whatever still waits for it. Who sends more frames a second than a page ever would is read no faster
than that. What breaks the protocol is answered with its code, and what then still comes is thrown away for a moment,
so that the answer arrives.
"""

from __future__ import annotations

import socket
import struct
from asyncio import BaseTransport
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from shared.platform import counters

PING_SECONDS = 10.0
PONG_WITHIN = 20.0
KERNEL_BYTES = 64 * 1024
"""What the kernel keeps for one connection, each way; it takes it twice, to count what it needs itself."""
WRITE_BYTES = 64 * 1024
"""What waits to be handed to the kernel before the next frame has to wait; one frame may stand above it."""
FRAMES_A_SECOND = 500
FRAMES_AT_ONCE = 250
LONGEST_NAP = 10.0
LINGER_SECONDS = 2.0
AT_ONCE = struct.pack("ii", 1, 0)
FAMILY = "websocket"
"""Under which frames that make no sense are counted."""


class BoundedSocket(WebSocketsSansIOProtocol):
    """The protocol of one connection."""

    _owed = 0.0
    _owed_at = 0.0
    _napping = False
    _failed = False

    def connection_made(self, transport: BaseTransport) -> None:
        """Bound what is kept for the client."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=WRITE_BYTES)
        opened = transport.get_extra_info("socket")
        for side in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            opened.setsockopt(socket.SOL_SOCKET, side, KERNEL_BYTES)

    def data_received(self, data: bytes) -> None:
        """Take in what came; who sent too much is heard again when so many frames should have come."""
        if self._failed:
            return
        now = self.loop.time()
        self._owed = max(0.0, self._owed - (now - self._owed_at) * FRAMES_A_SECOND)
        self._owed_at = now
        super().data_received(data)
        if self._owed > FRAMES_AT_ONCE and not self.transport.is_closing():
            self._napping = True
            self.transport.pause_reading()
            self.loop.call_later(min(self._owed / FRAMES_A_SECOND, LONGEST_NAP), self._wake)

    def _wake(self) -> None:
        self._napping = False
        if not self.read_paused:
            self.transport.resume_reading()

    async def receive(self) -> Any:  # uvicorn has no public name for what it returns
        """Return the next thing that the client did."""
        message = await super().receive()
        if self._napping:
            self.transport.pause_reading()
        return message

    def handle_text(self, event: Frame) -> None:
        """Count it."""
        self._owed += 1
        super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        """Count it."""
        self._owed += 1
        super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        """Count it."""
        self._owed += 1
        super().handle_cont(event)

    def handle_pong(self, event: Frame) -> None:
        """Count it."""
        self._owed += 1
        super().handle_pong(event)

    def handle_ping(self) -> None:
        """Answer it, unless the client does not take in what it was sent."""
        self._owed += 1
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def send_receive_event_to_app(self) -> None:
        """Hand a message on; text that is none ends the connection."""
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            self.frames = []
            self.conn.fail(CloseCode.INVALID_DATA, "not UTF-8")
            self.handle_parser_exception()
        elif not self._failed:
            super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Say what the client broke, and let what it still sends run dry: a reset would overtake the answer."""
        if self._failed:
            return
        self._failed = self.close_sent = True
        counters.malformed.labels(FAMILY).inc()
        said = self.conn.close_sent
        code, reason = (said.code, said.reason) if said else (CloseCode.ABNORMAL_CLOSURE, "")
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.stop_keepalive()
        self.transport.resume_reading()
        self.close_timer = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """Cut the client off: a polite end would wait for it to read what it does not."""
        super().keepalive_timeout()
        opened = self.transport.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)  # or the kernel goes on trying to deliver
        self.transport.abort()


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
