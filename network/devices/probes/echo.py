"""Pings addresses from the manager, to tell a device that is silent from one that only lacks a service.

It uses the kernel's datagram socket for ICMP, which needs no rights (net.ipv4.ping_group_range), else a raw socket.
Without either, nothing is known.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Iterable

ECHO = {socket.AF_INET: 8, socket.AF_INET6: 128}
REPLY = {socket.AF_INET: 0, socket.AF_INET6: 129}
HEADER_BYTES = 8
PROTOCOL = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}
TRIES = 2
CHUNK = 2048


async def answering(addresses: Iterable[str], within: float = 1.0) -> dict[str, bool | None]:
    """Return for each address whether it answered one of two pings; None if no ping could be sent."""
    wanted = list(dict.fromkeys(addresses))
    found = await asyncio.gather(*(_answers(address, within) for address in wanted))
    return dict(zip(wanted, found, strict=True))


async def _answers(address: str, within: float) -> bool | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = _opened(family)
    if opened is None:
        return None
    loop = asyncio.get_running_loop()
    mark = os.urandom(16)
    try:
        opened.connect((address, 0))
        for number in range(1, TRIES + 1):
            await loop.sock_sendall(opened, echo_request(family, number, mark))
            try:
                async with asyncio.timeout(within / TRIES):
                    while not is_reply(family, await loop.sock_recv(opened, CHUNK), mark):
                        continue
                return True
            except TimeoutError:
                continue
        return False
    except OSError:
        return False
    finally:
        opened.close()


def echo_request(family: socket.AddressFamily, number: int, mark: bytes) -> bytes:
    """`mark`: comes back in the reply. For IPv6 the kernel fills in the sum."""
    kind = ECHO[family]
    whole = struct.pack("!BBHHH", kind, 0, 0, 0, number) + mark
    total = sum(struct.unpack(f"!{len(whole) // 2}H", whole))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!BBHHH", kind, 0, ~total & 0xFFFF, 0, number) + mark


def is_reply(family: socket.AddressFamily, data: bytes, mark: bytes) -> bool:
    """A raw socket of IPv4 gives the header of the packet, too, and shows the request itself at a local address."""
    at = data.find(mark) - HEADER_BYTES
    return at >= 0 and data[at] == REPLY[family]


def _opened(family: socket.AddressFamily) -> socket.socket | None:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            opened = socket.socket(family, kind, PROTOCOL[family])
        except OSError:
            continue
        opened.setblocking(False)
        return opened
    return None
