"""Two hundred WebSocket clients on one gateway, twenty of which never read: the cost, and the effect on the others.

The same system is measured first with all clients reading, then with twenty that only open their socket. The age of
received telemetry is measured by the clock of a bare subscription at the same broker. The limit for memory is the sum
of the gateway's bounds on output queued for clients that do not read.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import nats
from nats.aio.msg import Msg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks.idle import cpu_seconds, pss_megabytes
from benchmarks.rows import Row, finish
from benchmarks.running import Running
from services.gateway.api.readers import MAX_READERS, PACE_SECONDS, QUEUED_BYTES, QUEUED_FRAMES
from services.gateway.sockets import PING_SECONDS, PONG_WITHIN, WRITE_BYTES
from shared.domain.config import Desired
from shared.domain.instant import instant
from shared.domain.subjects import metrics
from shared.domain.telemetry import decode_pulse
from shared.platform.clock import NetworkClock

CLIENTS = 200
SILENT = 20
SECONDS = 45.0
SETTLE = 5.0
LITTLE = 4_096
MIB = 1024 * 1024
CONNECTION_BYTES = 100 * 1024
"""A connection's own objects: the protocol, the tasks, the parser; about 55 kB were measured."""
TIMES_THE_OTHER = 3.0
FLOOR = 4 * PACE_SECONDS
"""Differences below this are noise on a shared machine, however fast the other run was."""
CEILING = 2.0
"""The largest gap or age in seconds for any client, whatever the other run was: half of the limit for a repair."""
CUT_WITHIN = PING_SECONDS + PONG_WITHIN
SPARE = 15.0
CLOSED_STATES = frozenset({7, 8})  # TCP_CLOSE, TCP_CLOSE_WAIT
SNAPSHOT = '{"event":"snapshot"'
METRICS = '{"event":"metrics_update"'
TIMESTAMP = '"timestamp":"'


@dataclass
class Received:
    """What the reading clients received: seconds between two frames, age of the telemetry, length of the frames."""

    clock: NetworkClock
    gaps: list[float] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    longest: int = 0
    snapshot: int = 0

    def begin(self) -> None:
        """Reset the durations; the longest frame is kept."""
        self.gaps.clear()
        self.ages.clear()

    def take(self, text: str) -> None:
        if text.startswith(SNAPSHOT):
            self.snapshot = max(self.snapshot, len(text))
            return
        self.longest = max(self.longest, len(text))
        if text.startswith(METRICS):
            self.ages.append((self.clock.now() - frame_time(text)) / self.clock.speed)


def frame_time(frame: str) -> float:
    """Return the last timestamp in a frame of changes, a network time, without parsing the frame."""
    begin = frame.rindex(TIMESTAMP) + len(TIMESTAMP)
    return instant(frame[begin : frame.index('"', begin)])


def p99(seconds: Sequence[float]) -> float | None:
    return sorted(seconds)[int(0.99 * (len(seconds) - 1))] if seconds else None


def slowest(of_the_other: float | None) -> float:
    return CEILING if of_the_other is None else min(CEILING, max(TIMES_THE_OTHER * of_the_other, FLOOR))


@dataclass(frozen=True)
class Found:
    """One run: memory before and at most, what the reading clients received, when the others were disconnected."""

    before: float
    most: float
    received: Received
    cpu: float
    cut: Sequence[float]


def connections(clients: int) -> float:
    """Return the MiB that connections may cost without queued output."""
    return clients * CONNECTION_BYTES / MIB


def waiting(silent: int, received: Received) -> float:
    """Return the MiB that may be queued for clients that do not read: a full queue and full buffers each.

    A queue is bounded in frames and in bytes; one snapshot may exceed its bound on the way to the kernel.
    """
    queue = min(QUEUED_BYTES, QUEUED_FRAMES * received.longest)
    return silent * (queue + received.snapshot + 2 * WRITE_BYTES) / MIB


@asynccontextmanager
async def network_clock(system: Running) -> AsyncIterator[NetworkClock]:
    """Yield network time measured from live telemetry, without the gateway and without a stream."""
    clock = NetworkClock()

    async def receive(msg: Msg) -> None:
        pulse = decode_pulse(msg.data)
        clock.pulse(instant(pulse.at), pulse.speed)

    tap = await nats.connect(system.nats_url)
    await tap.subscribe(metrics(0), cb=receive)
    try:
        yield clock
    finally:
        await tap.close()


async def run(system: Running, clients: int, silent: int, seconds: float) -> Found:
    async with network_clock(system) as clock:
        return await _run(system, Received(clock), clients, silent, seconds)


async def _run(system: Running, received: Received, clients: int, silent: int, seconds: float) -> Found:
    pid = system.pid("gateway")
    before = pss_megabytes(pid)
    mute = [_open_and_ignore(system.url) for _ in range(silent)]
    opened = time.monotonic()
    readers = [asyncio.create_task(_read(system.url, received)) for _ in range(clients - silent)]
    await asyncio.sleep(SETTLE)
    received.begin()
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
    return Found(before, most, received, 100 * spent / seconds, sorted(cut.values()))


async def _read(url: str, received: Received) -> None:
    async with connect(f"ws{url.removeprefix('http')}/ws", max_size=None, open_timeout=60) as page:
        last = None
        async for frame in page:
            now = time.monotonic()
            if last is not None and now - last > PACE_SECONDS / 4:  # frames of one flush arrive together
                received.gaps.append(now - last)
            last = now
            received.take(str(frame))


def _open_and_ignore(url: str) -> socket.socket:
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
    """Whether the server has closed the connection, without reading its output."""
    return opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in CLOSED_STATES


async def refusal(system: Running) -> tuple[int, str]:
    """Open the maximum number of clients, and return how the next one is refused."""
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
    with Running(seed=1, speed=1, desired=Desired(running=True)) as system:
        time.sleep(SETTLE)
        plain = asyncio.run(run(system, CLIENTS, 0, seconds))
        mixed = asyncio.run(run(system, CLIENTS, SILENT, seconds))
        code, reason = asyncio.run(refusal(system))
    return [*_all_read(plain), *_some_do_not(mixed, plain), Row(_refused(reason), float(code), 1013.0, False)]


def _all_read(plain: Found) -> list[Row]:
    who = f"{CLIENTS} read"
    return [
        Row(f"{who}: memory of the gateway grows by", plain.most - plain.before, connections(CLIENTS), True, "MB"),
        Row(f"{who}: gap between updates, p99", p99(plain.received.gaps), CEILING, True, "s"),
        Row(f"{who}: age of telemetry, p99", p99(plain.received.ages), CEILING, True, "s"),
        Row(f"{who}: CPU of the gateway", plain.cpu, unit="% core"),
    ]


def _some_do_not(mixed: Found, plain: Found) -> list[Row]:
    who = f"{SILENT} of them do not"
    gaps, ages = p99(plain.received.gaps), p99(plain.received.ages)
    return [
        Row(f"{who}: memory grows further by", mixed.most - plain.most, waiting(SILENT, mixed.received), True, "MB"),
        Row(f"{who}: gap of the others, p99", p99(mixed.received.gaps), slowest(gaps), True, "s"),
        Row(f"{who}: age of the others' telemetry, p99", p99(mixed.received.ages), slowest(ages), True, "s"),
        Row(f"{who}: cut off", float(len(mixed.cut)), float(SILENT), False),
        Row(f"{who}: the last is cut off after", max(mixed.cut, default=None), CUT_WITHIN + SPARE, True, "s"),
    ]


def _refused(reason: str) -> str:
    return f"one more than {MAX_READERS}: refused with ({reason})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    return finish("Many pages", "clients", measure(parser.parse_args().seconds))


if __name__ == "__main__":
    sys.exit(main())
