"""Prints what is said on NATS, as the broker's read-only user `tap`: the one that a client without credentials is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import nats
from nats.aio.msg import Msg

from nms.store import read_runtime
from shared.errors import BrokerError, MessageError, SettingError
from shared.settings import DEFAULT_NATS_URL, state_home
from shared.subjects import METRICS
from shared.telemetry import decode_tick

CONNECT_TIMEOUT = 5
REFUSED_WITHIN = 1.0
Show = Callable[[str], None]


def find_nats(url: str | None) -> str:
    """Return the broker asked for, else the one that runs on this machine, else the usual place."""
    if url:
        return url
    runtime = read_runtime(state_home())
    return runtime.nats_url if runtime else DEFAULT_NATS_URL


async def tap(url: str, subject: str, show: Show, node: str | None = None, count: int | None = None) -> None:
    """Print messages on a subject, until `count` were printed or for ever. Raises BrokerError, SettingError."""
    if not subject or any(character.isspace() for character in subject):
        raise SettingError(f"{subject!r} is no subject: write one as in nms tap 'anomaly.*'")
    left, done, refused = count, asyncio.Event(), asyncio.Event()

    async def on_error(error: Exception) -> None:
        if "permission" in str(error).lower():
            refused.set()

    async def on_message(message: Msg) -> None:
        nonlocal left
        if done.is_set() or not concerns(message, node):
            return
        show(line(message, node))
        if left is not None:
            left -= 1
            if left <= 0:
                done.set()

    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            client = await nats.connect(url, error_cb=on_error, max_reconnect_attempts=-1)
    except (OSError, nats.errors.Error, TimeoutError):
        raise BrokerError(f"no NATS answers at {url}: start it with `nms up`, or name another by --nats-url") from None
    try:
        await client.subscribe(subject, cb=on_message)
        ends = [asyncio.ensure_future(event.wait()) for event in (done, refused)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        if refused.is_set():
            raise BrokerError(f"the broker does not let this user read {subject!r}: try anomaly.*, incident.* or >")
    finally:
        await client.close()


def concerns(message: Msg, node: str | None) -> bool:
    """Say whether a message is about a node: names it, or a link of it."""
    return node is None or f'"{node}"' in message.data.decode(errors="replace") or _in_a_link(message, node)


def _in_a_link(message: Msg, node: str) -> bool:
    text = message.data.decode(errors="replace")
    return f'"{node}--' in text or f'--{node}"' in text


def line(message: Msg, node: str | None) -> str:
    """Return one message as a line: its subject, its time, its body; of telemetry only the node's own samples."""
    at = (message.headers or {}).get("ce-time", "")
    body = message.data.decode(errors="replace")
    if node is not None and message.subject.startswith(f"{METRICS}."):
        return f"{message.subject}  {_samples(message.data, node)}"
    return "  ".join(part for part in (message.subject, at, body) if part)


def _samples(data: bytes, node: str) -> str:
    try:
        tick = decode_tick(data)
    except MessageError as error:
        return str(error)
    if node not in tick.nodes:
        return json.dumps({"at": tick.at, "node": node})
    row = tick.nodes.index(node)
    columns = ("cpu_usage", "memory_usage", "latency", "packet_loss", "throughput", "reachable")
    return json.dumps({"at": tick.at, "node": node} | {name: getattr(tick, name)[row] for name in columns})
