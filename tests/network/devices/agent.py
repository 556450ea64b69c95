"""An SNMP agent that answers wrongly on purpose, and the bytes of traps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from network.devices.events.ber import BerItem, inside, items

Answering = Callable[[list[BerItem]], tuple[int, bytes]]
"""From the variables that were asked for to the error status and the variables of the answer."""


def item(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    out = bytearray()
    for part in (first * 40 + second, *rest):
        group = [part & 0x7F]
        while part := part >> 7:
            group.append(part & 0x7F | 0x80)
        out += bytes(reversed(group))
    return item(0x06, bytes(out))


def answered(variables: list[BerItem], value: bytes = b"\x02\x01\x05") -> bytes:
    return b"".join(item(0x30, item(6, inside(each)[0].content) + value) for each in variables)


class _Agent(asyncio.DatagramProtocol):
    def __init__(self, answering: Answering) -> None:
        self.answering, self.sizes = answering, list[int]()
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        top = inside(next(items(data)))
        asked = list(items(top[2].content))
        variables = inside(asked[3])
        self.sizes.append(len(variables))
        error, answer = self.answering(variables)
        index = bytes([1 if error else 0])
        body = item(2, asked[0].content) + item(2, bytes([max(error, 0)])) + item(2, index) + item(0x30, answer)
        whole = item(0x30, item(2, b"\x01") + item(4, top[1].content) + item(0xA2, body))
        self.transport.sendto(b"\x30\x82garbage" if error < 0 else whole, sender)


@asynccontextmanager
async def agent(answering: Answering) -> AsyncIterator[tuple[int, list[int]]]:
    """Yield the port of an agent, and the list of the sizes of the requests so far."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(lambda: _Agent(answering), local_addr=("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1], protocol.sizes
    finally:
        transport.close()
