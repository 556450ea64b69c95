"""Asks a service from the manager itself, where no device does: http, dns and tcp. Results are values."""

from __future__ import annotations

import asyncio
import secrets
import time
from urllib.parse import urlsplit

from network.devices.console import NoAnswer, Trouble
from network.devices.inventory.device import DeviceService, ServiceKind
from network.devices.probes.dns import AAAA, A, DnsAnswer, dns_answer, dns_query
from network.devices.probes.service import (
    WITHIN,
    ServiceAnswer,
    ServiceOutcome,
    answer_of,
    dns_outcome,
    status_outcome,
    url_of,
)

MANAGER = "manager"
MAX_STATUS_LINE = 512
PORTS = {"http": 80, "https": 443}


async def ask_directly(device: str, service: DeviceService) -> ServiceAnswer | NoAnswer:
    if service.kind is ServiceKind.DHCP:
        why = f"{service.name} of {device} is asked only by devices; name clients in the inventory"
        return NoAnswer(Trouble.NOT_ASKED, why)
    asking = {ServiceKind.HTTP: _http, ServiceKind.DNS: _dns, ServiceKind.TCP: _tcp}[service.kind]
    try:
        async with asyncio.timeout(WITHIN):
            found = await asking(service)
    except TimeoutError:
        found = ServiceOutcome(False, False, None, "no answer in time")
    except (OSError, ValueError) as error:
        found = ServiceOutcome(False, False, None, str(error))
    return answer_of(device, service, MANAGER, found)


async def _http(service: DeviceService) -> ServiceOutcome:
    url = urlsplit(url_of(service))
    if url.scheme not in PORTS or not url.hostname:
        return ServiceOutcome(False, False, None, "no URL that begins with http:// or https://")
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    began = time.monotonic()
    reader, writer = await asyncio.open_connection(
        url.hostname, url.port or PORTS[url.scheme], ssl=url.scheme == "https", limit=MAX_STATUS_LINE
    )
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {url.hostname}\r\nUser-Agent: nms\r\n\r\n".encode())
        line = await reader.readuntil(b"\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return ServiceOutcome(False, False, None, "the answer is no HTTP")
    finally:
        writer.close()
    words = line.split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return ServiceOutcome(False, False, None, "the answer is no HTTP")
    return status_outcome(service, int(words[1]), (time.monotonic() - began) * 1000)


class _OneAnswer(asyncio.DatagramProtocol):
    def __init__(self, number: int) -> None:
        self.number = number
        self.found: asyncio.Future[DnsAnswer] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = dns_answer(data, self.number)
        if answer is not None and not self.found.done():
            self.found.set_result(answer)

    def error_received(self, exc: Exception) -> None:
        if not self.found.done():
            self.found.set_exception(exc)


async def _dns(service: DeviceService) -> ServiceOutcome:
    number = secrets.randbits(16)
    query = dns_query(service.probe, number, AAAA if ":" in service.expected else A)
    loop, began = asyncio.get_running_loop(), time.monotonic()
    transport, protocol = await loop.create_datagram_endpoint(
        lambda: _OneAnswer(number), remote_addr=(service.address, service.port)
    )
    try:
        transport.sendto(query)
        answer = await protocol.found
    finally:
        transport.close()
    return dns_outcome(service, answer.status, list(answer.addresses), (time.monotonic() - began) * 1000)


async def _tcp(service: DeviceService) -> ServiceOutcome:
    began = time.monotonic()
    _, writer = await asyncio.open_connection(service.address, service.port)
    took = (time.monotonic() - began) * 1000
    writer.close()
    return ServiceOutcome(True, True, took, "connected")
