"""Helpers of the tests of the bus."""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from nats.aio.client import Client

CHUNK = 65536


async def settled(client: Client) -> None:
    """Wait until the broker has received all messages. A client's first ping overtakes unwritten ones: ping twice."""
    await client.flush()
    await client.flush()


async def until(true: Callable[[], bool], within: float = 10.0) -> float:
    """Wait until something is true; return the seconds that it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within, "it did not happen in time"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


class Proxy:
    """A proxy to the broker that can delay the data from the broker."""

    def __init__(self, port: int) -> None:
        self.url = ""
        self.open = asyncio.Event()
        self.open.set()
        self._to = port
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_broker, to_broker = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers += [writer, to_broker]
        always = asyncio.Event()
        always.set()
        for source, sink, gate in ((reader, to_broker, always), (from_broker, writer, self.open)):
            self._tasks.add(asyncio.create_task(self._pass_on(source, sink, gate)))

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, gate: asyncio.Event) -> None:
        while data := await source.read(CHUNK):
            await gate.wait()
            sink.write(data)
            await sink.drain()
        sink.close()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)


@asynccontextmanager
async def proxy_to(port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(port)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.url = f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()


def kept_bytes(work: Callable[[], object]) -> int:
    """Return how many bytes are still in use after `work` that were not before."""
    tracemalloc.start()
    try:
        work()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
