"""Two hundred pages on one gateway, twenty of which never read: what that costs, and whether the others notice.

The same system is measured with all reading first, then with twenty that only open their socket. The limit of the
memory is the sum of the bounds by which the gateway keeps what waits for them.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks.idle import cpu_seconds, pss_megabytes
from benchmarks.rows import Row, finish
from benchmarks.running import Running
from services.gateway.api.readers import MAX_READERS, PACE_SECONDS, QUEUED_BYTES
from services.gateway.sockets import PING_SECONDS, PONG_WITHIN, WRITE_BYTES
from shared.config import Desired

CLIENTS = 200
SILENT = 20
SECONDS = 45.0
SETTLE = 5.0
LITTLE = 4_096
MIB = 1024 * 1024
CONNECTION_BYTES = 150 * 1024
"""A connection's own objects: the protocol, the tasks, the parser; about 55 kB were measured."""
TIMES_THE_OTHER = 3.0
GAP_FLOOR = 2 * PACE_SECONDS
CUT_WITHIN = PING_SECONDS + PONG_WITHIN
SPARE = 15.0
CLOSED_STATES = frozenset({7, 8})  # TCP_CLOSE, TCP_CLOSE_WAIT


@dataclass
class Gaps:
    """Seconds between what reached each client."""

    seconds: list[float] = field(default_factory=list)

    def p99(self) -> float:
        """Return the 99th percentile."""
        return sorted(self.seconds)[int(0.99 * (len(self.seconds) - 1))]


@dataclass(frozen=True)
class Found:
    """One run: memory before and at most while they read, the gaps of those who read, who was cut off when."""

    before: float
    most: float
    gaps: Gaps
    cpu: float
    cut: Sequence[float]


def memory_limit(clients: int, silent: int) -> float:
    """Return the MB that clients may cost by the bounds: connections, and what waits for those who do not read."""
    waiting = silent * (QUEUED_BYTES + 2 * WRITE_BYTES)
    return (waiting + clients * CONNECTION_BYTES) / MIB


async def run(system: Running, clients: int, silent: int, seconds: float) -> Found:
    """Let clients read for some seconds, of which some never do."""
    pid = system.pid("gateway")
    before, gaps = pss_megabytes(pid), Gaps()
    mute = [_open_and_ignore(system.url) for _ in range(silent)]
    opened = time.monotonic()
    readers = [asyncio.create_task(_read(system.url, gaps)) for _ in range(clients - silent)]
    await asyncio.sleep(SETTLE)
    gaps.seconds.clear()
    spent, most, cut = cpu_seconds(pid), before, dict[int, float]()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        most = max(most, pss_megabytes(pid))
        for number, each in enumerate(mute):
            if number not in cut and _is_over(each):
                cut[number] = time.monotonic() - opened
        await asyncio.sleep(1.0)
    spent = cpu_seconds(pid) - spent
    for reader in readers:
        reader.cancel()
    for outcome in await asyncio.gather(*readers, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
    for each in mute:
        each.close()
    return Found(before, most, gaps, 100 * spent / seconds, sorted(cut.values()))


async def _read(url: str, gaps: Gaps) -> None:
    async with connect(f"ws{url.removeprefix('http')}/ws", max_size=None, open_timeout=60) as page:
        last = None
        async for _ in page:
            now = time.monotonic()
            if last is not None and now - last > PACE_SECONDS / 4:  # frames of one flush come together
                gaps.seconds.append(now - last)
            last = now


def _open_and_ignore(url: str) -> socket.socket:
    """Open a WebSocket by hand, with a receive buffer as small as it gets, and never read."""
    where = urlsplit(url)
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE)
    opened.connect((where.hostname, where.port))
    key = base64.b64encode(os.urandom(16)).decode()
    opened.sendall(
        f"GET /ws HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    opened.setblocking(False)
    return opened


def _is_over(opened: socket.socket) -> bool:
    """Say whether the other end has cut it off, without reading what it sent."""
    return opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in CLOSED_STATES


async def refusal(system: Running) -> tuple[int, str]:
    """Open as many pages as there may be, and return how the next one is refused."""
    url = f"ws{system.url.removeprefix('http')}/ws"
    pages = await asyncio.gather(*(connect(url, max_size=None, open_timeout=60) for _ in range(MAX_READERS)))
    try:
        async with connect(url, open_timeout=60) as late:
            await late.recv()
    except ConnectionClosed as closed:
        return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (0, "")
    finally:
        await asyncio.gather(*(page.close() for page in pages))
    return 0, "not refused"


def measure(seconds: float) -> list[Row]:
    """Run both and return the rows."""
    with Running(seed=1, speed=1, desired=Desired(running=True)) as system:
        time.sleep(SETTLE)
        plain = asyncio.run(run(system, CLIENTS, 0, seconds))
        mixed = asyncio.run(run(system, CLIENTS, SILENT, seconds))
        code, reason = asyncio.run(refusal(system))
    slowest = max(TIMES_THE_OTHER * plain.gaps.p99(), GAP_FLOOR)
    return [
        Row(
            f"{CLIENTS} read: memory of the gateway grows by",
            plain.most - plain.before,
            memory_limit(CLIENTS, 0),
            True,
            "MB",
        ),
        Row(f"{CLIENTS} read: gap between updates, p99", plain.gaps.p99(), unit="s"),
        Row(f"{CLIENTS} read: CPU of the gateway", plain.cpu, unit="% core"),
        Row(
            f"{SILENT} of them do not: memory grows by",
            mixed.most - plain.before,
            memory_limit(CLIENTS, SILENT),
            True,
            "MB",
        ),
        Row(f"{SILENT} of them do not: gap of the others, p99", mixed.gaps.p99(), slowest, True, "s"),
        Row(f"{SILENT} of them do not: cut off", float(len(mixed.cut)), float(SILENT), False),
        Row(
            f"{SILENT} of them do not: the last is cut off after",
            max(mixed.cut, default=None),
            CUT_WITHIN + SPARE,
            True,
            "s",
        ),
        Row(f"one more than {MAX_READERS}: refused with ({reason})", float(code), 1013.0, False),
    ]


def main() -> int:
    """Measure, print, store; exit with 1 where a row is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    return finish("Many pages", "clients", measure(parser.parse_args().seconds))


if __name__ == "__main__":
    sys.exit(main())
