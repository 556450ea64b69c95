"""A WebSocket connection with limits, so that a client that never reads or sends without end costs little.

Rules: if too many bytes wait for a client that does not read, no further frame is written to it. A client that does not
answer pings is disconnected at once, and its unsent data is dropped. The gateway reads at most `FRAMES_A_SECOND` frames
a second from a client; the dashboard sends far fewer. A violation of the protocol is answered with its close code.
Further input is then discarded for `LINGER_SECONDS`, so that the client receives the code.
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
"""The size of the kernel's send buffer and of its receive buffer for one connection. The kernel doubles this value for
its own overhead.
"""
WRITE_BYTES = 64 * 1024
"""While more bytes than this wait for the kernel, the next frame is not written. One frame can be larger than this."""
FRAMES_A_SECOND = 500
FRAMES_AT_ONCE = 250
LONGEST_NAP = 10.0
LINGER_SECONDS = 2.0
AT_ONCE = struct.pack("ii", 1, 0)
FAMILY = "websocket"
"""The label of the counter of invalid frames."""


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
        """If the client sends too fast, stop reading until its average rate is permitted, or for 10 s."""
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

    async def receive(self) -> Any:  # uvicorn has no public name for the type of a message
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
        self._owed += 1
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            self.frames = []
            self.conn.fail(CloseCode.INVALID_DATA, "not UTF-8")
            self.handle_parser_exception()
        elif not self._failed:
            super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Send the close code, then discard input for two seconds.

        To close the connection at once would cause a TCP reset, which could arrive before the close code.
        """
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
        """Disconnect a client that did not answer a ping, without a close handshake, which it might not answer."""
        super().keepalive_timeout()
        opened = self.transport.get_extra_info("socket")
        # With a linger time of 0 the kernel drops unsent data. Otherwise it would go on sending the data to the client.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.transport.abort()


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
