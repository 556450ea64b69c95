"""Lists the running processes with the facts that they report in answer to `$SRV.PING`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

import nats.errors
import structlog
from nats.aio.msg import Msg

from shared.domain.instant import instant
from shared.platform.bus.connection import BrokerConnection

log = structlog.get_logger("nms.bus")


@dataclass(frozen=True)
class ServiceInfo:
    service: str
    replica: str
    version: str
    pid: int
    started: float
    facts: Mapping[str, str]
    """The metadata of the process; includes the facts set by `Bus.report`."""
    answered_at: float
    """When the process answered, by the monotonic clock."""


async def who_is_there(connection: BrokerConnection, timeout: float) -> list[ServiceInfo]:
    """Return the processes that answer `$SRV.PING` within `timeout` seconds, sorted by service and replica."""
    found: list[ServiceInfo] = []

    def receive(msg: Msg) -> None:
        if (info := _service_info(msg.data)) is not None:
            found.append(info)

    token, reply = connection.reply_to(receive)
    try:
        await connection.send("$SRV.PING", b"", reply)
        await asyncio.sleep(timeout)
    except (nats.errors.Error, TimeoutError, OSError):
        log.debug("could not list the running processes")
    finally:
        connection.forget(token)
    return sorted(found, key=lambda info: (info.service, info.replica))


def _service_info(data: bytes) -> ServiceInfo | None:
    try:
        body = json.loads(data)
        about = {str(key): str(value) for key, value in body["metadata"].items()}
        name, started = str(body["name"]).removeprefix("nms-"), instant(about["started"])
        return ServiceInfo(name, about["replica"], body["version"], int(about["pid"]), started, about, time.monotonic())
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
