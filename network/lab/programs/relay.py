"""`relay.py DELAY JITTER CORRUPTED MARK PORT ...`: carries the frames that leave each port, late or with a wrong bit.

`DELAY`, `JITTER`: milliseconds. `CORRUPTED`: percent of the frames. It makes an interface `tPORT` for each port; a rule
of nftables forwards to it what would leave the port, except what has the mark `MARK`. The program reads the frames
there and sends them out of the port with the mark. Frames keep their order, as on a longer cable.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

TUNSETIFF, TAP, NO_HEADER = 0x400454CA, 0x0002, 0x1000
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFTXQLEN, UP = 0x8913, 0x8914, 0x8943, 0x1
SO_MARK = 36
QUEUE = 4_000
"""Frames that wait until the program reads them."""
HELD = 50_000
"""Frames that the program holds at most for each port; a frame beyond it is lost, as in a full buffer."""
LONGEST_FRAME = 65_536
AT_ONCE = 64
"""Frames that are read before those that are due are sent."""
IDLE = 1.0
PR_SET_NAME = 15


class CablePort:
    """One end: what is read from its own interface is sent out of the port."""

    def __init__(self, port: str, mark: int) -> None:
        self.tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        name = f"t{port}"
        fcntl.ioctl(self.tap, TUNSETIFF, struct.pack("16sH", name.encode(), TAP | NO_HEADER))
        with contextlib.suppress(FileNotFoundError):  # without IPv6 there is nothing to turn off
            Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
        self.out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.out.setsockopt(socket.SOL_SOCKET, SO_MARK, mark)
        self.out.bind((port, 0))
        fcntl.ioctl(self.out, SIOCSIFTXQLEN, struct.pack("16si12x", name.encode(), QUEUE))
        flags = struct.unpack("16sH14x", fcntl.ioctl(self.out, SIOCGIFFLAGS, struct.pack("16sH14x", name.encode(), 0)))
        fcntl.ioctl(self.out, SIOCSIFFLAGS, struct.pack("16sH14x", name.encode(), flags[1] | UP))
        self.waiting: list[tuple[float, int, bytes]] = []
        self.count = 0
        self.last = 0.0

    def read(self, late: Callable[[], float], changed: Callable[[bytes], bytes]) -> None:
        for _ in range(AT_ONCE):
            try:
                frame = os.read(self.tap, LONGEST_FRAME)
            except BlockingIOError:
                return
            if len(self.waiting) >= HELD:
                continue
            self.last = max(self.last, time.monotonic() + late())
            self.count += 1
            heapq.heappush(self.waiting, (self.last, self.count, changed(frame)))

    def send(self, now: float) -> None:
        while self.waiting and self.waiting[0][0] <= now:
            with contextlib.suppress(OSError):  # the port is down, or its queue is full: the frame is lost
                self.out.send(heapq.heappop(self.waiting)[2])


def with_wrong_bit(frame: bytes) -> bytes:
    """Change one bit, anywhere in the frame. Checksums stay."""
    bit = random.randrange(len(frame) * 8)
    changed = bytearray(frame)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def main(arguments: Sequence[str]) -> None:
    delay, jitter, corrupted = (float(each) for each in arguments[:3])
    ctypes.CDLL(None).prctl(PR_SET_NAME, b"relay", 0, 0, 0)
    ports = [CablePort(name, int(arguments[3])) for name in arguments[4:]]

    def late() -> float:
        return max(0.0, delay + (random.uniform(-jitter, jitter) if jitter else 0.0)) / 1000

    def changed(frame: bytes) -> bytes:
        return with_wrong_bit(frame) if random.random() * 100 < corrupted else frame

    poll = select.epoll()
    by_number = {port.tap: port for port in ports}
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    while True:
        now = time.monotonic()
        for port in ports:
            port.send(now)
        due = min((port.waiting[0][0] for port in ports if port.waiting), default=now + IDLE)
        for number, _ in poll.poll(max(0.0, due - time.monotonic())):
            by_number[number].read(late, changed)


if __name__ == "__main__":
    main(sys.argv[1:])
