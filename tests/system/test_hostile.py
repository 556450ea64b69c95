"""Whatever is said on any subject: it is counted and set aside with the reason, and the loop goes on."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
import nats
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from benchmarks.running import Running
from shared.config import Desired
from shared.events import EVENTS

GARBAGE = (
    b"",
    b"\x00\xff" * 100,
    b"{",
    b"null",
    b"[]",
    b'{"anomaly": {"id": "x"}}',
    b'{"at": "yesterday", "tick": -1, "speed": 1e400}',
    json.dumps({"a": [[[[]]]] * 100}).encode(),
    b"x" * 65_536,
    b"y" * 400_000,
)
OVERSIZED = b"z" * 1_500_000  # more than an event may have, less than the broker takes
SUBJECTS = tuple(sorted({event.subject for event in EVENTS} | {"metrics.0", "metrics.99", "log.warning"}))
SERVICES = ("injector", "detector", "correlator", "rca", "remediator", "stabilizer", "gateway", "network")
CONSUMED = frozenset(
    {
        "anomaly.raised", "anomaly.cleared", "incident.opened", "incident.updated", "diagnosis.made",
        "remediation.execute", "remediation.applied", "remediation.verified", "metrics.0",
    }
)  # fmt: skip
SETTLE = 5.0
KEPT_LETTERS = 5_000


@pytest.mark.slow
def test_garbage_on_every_subject() -> None:
    with Running(seed=6, speed=4, desired=Desired(running=False)) as system:
        time.sleep(5)
        before = {name: system.pid(name) for name in SERVICES}
        letters = asyncio.run(_throw(system))
        time.sleep(SETTLE)
        assert {name: system.pid(name) for name in SERVICES} == before, system.tail()
        assert {letter["subject"] for letter in letters} >= CONSUMED
        assert all(letter["reason"] for letter in letters), letters
        assert any(letter["bytes"] == len(OVERSIZED) for letter in letters), "what is too large was not set aside"
        counted = httpx.get(system.url + "/metrics", timeout=10).raise_for_status().text
        assert _total(counted, "nms_malformed_total") > 0
        assert _total(counted, "nms_dead_letters_total") > 0
        struck = system.post("/api/faults", {"kind": "high_cpu", "target": "server-5"})
        system.wait("a fault to be healed", lambda: _ended(system, struck) == "action", 30)


async def _throw(system: Running) -> list[dict[str, Any]]:
    """Let each user publish garbage everywhere, the broker refusing what is not his; return what was set aside."""
    for user in (*SERVICES, "console"):
        nc = await _connect(system, user)
        for subject in (*SUBJECTS, *(f"control.{service}" for service in SERVICES)):
            for body in GARBAGE:
                await nc.publish(subject, body, reply=nc.new_inbox() if subject.startswith("control.") else "")
        for subject in sorted(CONSUMED):
            await nc.publish(subject, OVERSIZED)
            await nc.flush()
        await nc.close()
    await asyncio.sleep(SETTLE)
    nc = await _connect(system, "setup")
    letters = await _letters(nc.jetstream())
    await nc.close()
    return letters


async def _connect(system: Running, user: str) -> Client:
    """Connect as a user of the system; what the broker refuses is not this test's business."""

    async def refused(error: Exception) -> None:
        assert "permissions violation" in str(error).lower(), error

    name, password = system.credentials(user)
    return await nats.connect(
        system.nats_url, user=name, password=password, inbox_prefix=f"_INBOX_{user}".encode(), error_cb=refused
    )


async def _letters(js: JetStreamContext) -> list[dict[str, Any]]:
    info = await js.stream_info("DEADLETTER")
    first = info.state.first_seq
    return [
        json.loads((await js.get_msg("DEADLETTER", number)).data or b"{}")
        for number in range(first, min(info.state.last_seq, first + KEPT_LETTERS) + 1)
    ]


def _total(metrics: str, name: str) -> float:
    """Return the sum of one counter over its labels."""
    return sum(float(line.rpartition(" ")[2]) for line in metrics.splitlines() if line.startswith(name))


def _ended(system: Running, struck: dict[str, Any]) -> str | None:
    faults: Any = system.get("/api/faults")["faults"]
    return next((fault["ended_by"] for fault in faults if fault["id"] == struck["id"]), None)
