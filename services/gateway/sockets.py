"""One WebSocket connection, with limits on the cost of a client that never reads, or never stops sending.

Rules: beyond a bound nothing is written to a client that does not read. A client that does not answer pings is
disconnected at once, and its queue is dropped. A client that sends more than `FRAMES_A_SECOND` frames a second, more
than the dashboard ever would, is read at that rate. A violation of the protocol is answered with its code; further
input is discarded for a moment, so that the answer arrives.
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
"""Kernel buffer of one connection, each way; the kernel doubles the value for its own overhead."""
WRITE_BYTES = 64 * 1024
"""Bytes that may wait for the kernel before the next frame has to wait; a single frame may exceed this limit."""
FRAMES_A_SECOND = 500
FRAMES_AT_ONCE = 250
LONGEST_NAP = 10.0
LINGER_SECONDS = 2.0
AT_ONCE = struct.pack("ii", 1, 0)
FAMILY = "websocket"
"""The label under which invalid frames are counted."""


class BoundedSocket(WebSocketsSansIOProtocol):
    _owed = 0.0
    _owed_at = 0.0
    _napping = False
    _failed = False

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=WRITE_BYTES)
        opened = transport.get_extra_info("socket")
        for side in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            opened.setsockopt(socket.SOL_SOCKET, side, KERNEL_BYTES)

    def data_received(self, data: bytes) -> None:
        """Handle input; a client over its rate is read again when its average is within the limit."""
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

    async def receive(self) -> Any:  # uvicorn has no public name for the type
        message = await super().receive()
        if self._napping:
            self.transport.pause_reading()
        return message

    def handle_text(self, event: Frame) -> None:
        self._owed += 1
        super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        self._owed += 1
        super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        self._owed += 1
        super().handle_cont(event)

    def handle_pong(self, event: Frame) -> None:
        self._owed += 1
        super().handle_pong(event)

    def handle_ping(self) -> None:
        """Answer a ping, unless the client does not read its output."""
        self._owed += 1
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def send_receive_event_to_app(self) -> None:
        """Pass a message to the app; text that is not UTF-8 closes the connection."""
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            self.frames = []
            self.conn.fail(CloseCode.INVALID_DATA, "not UTF-8")
            self.handle_parser_exception()
        elif not self._failed:
            super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Send the close code, and discard further input for a moment: a TCP reset would overtake the answer."""
        if self._failed:
            return
        self._failed = self.close_sent = True
        counters.malformed.labels(FAMILY).inc()
        close = self.conn.close_sent
        code, reason = (close.code, close.reason) if close else (CloseCode.ABNORMAL_CLOSURE, "")
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.stop_keepalive()
        self.transport.resume_reading()
        self.close_timer = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """Disconnect without a close handshake, which would wait for a client that does not read."""
        super().keepalive_timeout()
        opened = self.transport.get_extra_info("socket")
        # A linger time of 0 drops unsent data; otherwise the kernel keeps sending it to a client that does not read.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.transport.abort()


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
