"""Any invalid message on any subject is counted and dead-lettered with the reason, and the loop goes on."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

import httpx
import nats
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from benchmarks.running import Running
from shared.domain.config import Desired
from shared.domain.events import EVENTS, LogLine
from shared.domain.kinds import Mode, ServiceName
from shared.domain.subjects import CONTROL, DURABLES, METRICS, Stream, kept
from shared.platform.access import RIGHTS
from shared.platform.bus import Bus
from shared.platform.settings import ServiceSettings
from shared.testing import raised

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
OVERSIZED = b"z" * 1_500_000  # more than an event may have, less than the broker accepts
PUBLISHED = {event.subject for event in EVENTS if event is not LogLine}
LOGS = {"log.rca.info", "log.detector.warning"}
"""Of two services: all that is thrown at one subject fits into the stream of its log, which drops the oldest."""
SUBJECTS = tuple(sorted(PUBLISHED | LOGS | {"metrics.0", "metrics.99"}))
SERVICES = ("injector", "detector", "correlator", "rca", "remediator", "stabilizer", "gateway", "network")
ANSWERING = ("injector", "correlator", "remediator", "network")
PUBLISHED_TO = (*SUBJECTS, *(f"control.{service}" for service in SERVICES))
UNREAD = {f"control.{service}": "answers no requests" for service in SERVICES if service not in ANSWERING}
"""Subjects without a reader, with the reason: no dead letters. Every other subject must have some."""
READ = frozenset(PUBLISHED_TO) - UNREAD.keys()
LENGTHS = frozenset(map(len, (*GARBAGE, OVERSIZED)))
"""The lengths identify the published body of a dead letter: each is different."""
SETTLE = 5.0
DEAD_LETTERS_WITHIN = 60.0
KEPT_LETTERS = 5_000
CLAIMS = (
    *((f"core-router-{number}", "reachable", 0.0) for number in (1, 2, 3)),
    ("edge-switch-1", "reachable", 0.0),
    ("core-router-1--core-router-2", "up", 0.0),
    ("core-router-1", "cpu_usage", 99.0),
    ("server-1", "memory_usage", 97.0),
    ("edge-switch-2", "packet_loss", 30.0),
    ("core-router-2", "latency", 500.0),
)
LIES, SECONDS_A_LIE = 72, 0.25
TAKEN = "$KV.leases-detector.member.detector.taken"


@pytest.mark.slow
def test_garbage_on_every_subject() -> None:
    with Running(seed=6, speed=4, desired=Desired(running=False)) as system:
        time.sleep(5)
        before = {name: system.pid(name) for name in SERVICES}
        dead_letters = asyncio.run(_publish_garbage(system))
        time.sleep(SETTLE)
        assert {name: system.pid(name) for name in SERVICES} == before, system.tail()
        assert _lengths_by_subject(dead_letters) == dict.fromkeys(READ, LENGTHS)
        assert all(letter["reason"] for letter in dead_letters), dead_letters
        counted = {service: _counters(system, service) for service in SERVICES}
        for service in SERVICES:
            assert _total(counted[service], "nms_dead_letters_total") > 0, service
            for family in _families(service):
                malformed = _total(counted[service], f'nms_malformed_total{{family="{family}"}}')
                assert malformed >= len(LENGTHS), f"{service} swallows what it reads of {family}"
        assert sum(_total(text, "nms_handler_failures_total") for text in counted.values()) == 0
        injected = system.post("/api/faults", {"kind": "high_cpu", "target": "server-5", "duration": 600})
        system.wait("a fault to be healed", lambda: _ended(system, injected) == "action", 30)


async def _publish_garbage(system: Running) -> list[dict[str, Any]]:
    for user in (*SERVICES, "console"):
        nc = await _connect(system, user)
        for subject in PUBLISHED_TO:
            for body in GARBAGE:
                await nc.publish(subject, body, reply=nc.new_inbox() if subject.startswith("control.") else "")
        for subject in sorted(READ):
            await nc.publish(subject, OVERSIZED, reply=nc.new_inbox() if subject.startswith("control.") else "")
            await nc.flush()
        await nc.close()
    nc = await _connect(system, "setup")
    dead_letters: list[dict[str, Any]] = []
    until = time.monotonic() + DEAD_LETTERS_WITHIN
    while _lengths_by_subject(dead_letters) != dict.fromkeys(READ, LENGTHS) and time.monotonic() < until:
        await asyncio.sleep(1)
        dead_letters = await _letters(nc.jetstream())
    await asyncio.sleep(SETTLE)
    dead_letters = await _letters(nc.jetstream())
    await nc.close()
    return dead_letters


def _families(service: str) -> set[str]:
    """Return the families that a service reads; it counts and stores their dead letters."""
    follows = {stream.lower() for stream in RIGHTS[ServiceName(service)].follows}
    pulls = {durable.stream.lower() for durable in DURABLES if durable.name == service}
    return follows | pulls | {METRICS} | ({CONTROL} if service in ANSWERING else set())


def _lengths_by_subject(dead_letters: list[dict[str, Any]]) -> dict[str, set[int]]:
    lengths: dict[str, set[int]] = {}
    for letter in dead_letters:
        lengths.setdefault(letter["subject"], set()).add(letter["bytes"])
    return lengths


async def _connect(system: Running, user: str) -> Client:
    """Connect as a user of the system; permission errors of the broker are expected."""

    async def refused(error: Exception) -> None:
        assert "permissions violation" in str(error).lower(), error

    name, password = system.credentials(user)
    return await nats.connect(
        system.nats_url, user=name, password=password, inbox_prefix=f"_INBOX_{user}".encode(), error_cb=refused
    )


async def _letters(js: JetStreamContext) -> list[dict[str, Any]]:
    dead_letters = []
    for stream in kept(Stream.DEADLETTER):
        state = (await js.stream_info(stream.name)).state
        for number in range(state.first_seq, min(state.last_seq, state.first_seq + KEPT_LETTERS) + 1):
            dead_letters.append(json.loads((await js.get_msg(stream.name, number)).data or b"{}"))
    return dead_letters


def _counters(system: Running, service: str) -> str:
    """Return the metrics of a process; its log line `ready` names the port."""
    found = re.findall(rf"{service} +info +ready +probes=(\d+)", system.log.read_text())
    return httpx.get(f"http://127.0.0.1:{found[-1]}/metrics", timeout=10).raise_for_status().text


def _total(metrics: str, name: str) -> float:
    return sum(float(line.rpartition(" ")[2]) for line in metrics.splitlines() if line.startswith(name))


def _ended(system: Running, injected: dict[str, Any]) -> str | None:
    faults: Any = system.get("/api/faults")["faults"]
    return next((fault["ended_by"] for fault in faults if fault["id"] == injected["id"]), None)


@pytest.mark.slow
def test_forged_messages_of_a_service_cause_no_action() -> None:
    """A compromised detector makes the broker publish a fault, a ledger entry and its command in others' names.

    It also raises false anomalies for more than a minute of network time, first that all core routers are down.
    """
    with Running(seed=6, speed=4, desired=Desired(running=False)) as system:
        before = {name: system.pid(name) for name in SERVICES}
        asyncio.run(_send_forged_commands(system))
        time.sleep(SETTLE)
        assert {name: system.pid(name) for name in SERVICES} == before, system.tail()
        assert system.get("/api/faults")["faults"] == []
        nodes: Any = system.get("/api/topology")["nodes"]
        assert {node["status"] for node in nodes} == {"healthy"}
        assert system.get("/api/config")["mode"] == "auto"
        asyncio.run(_raise_false_anomalies(system))
        assert len(system.unresolved()) > 1, "the false anomalies opened no incident, so this proves nothing"
        time.sleep(SETTLE)
        assert "Applied" not in system.log.read_text()
        injected = system.post("/api/faults", {"kind": "high_cpu", "target": "server-5", "duration": 600})
        system.wait("a fault to be healed", lambda: _ended(system, injected) == "action", 60)


async def _raise_false_anomalies(system: Running) -> None:
    user, password = system.credentials("detector")
    settings = ServiceSettings.load(nats_url=system.nats_url, nats_user=user, nats_password=password, replica="liar")
    bus = await Bus.open(ServiceName.DETECTOR, settings)
    for number in range(LIES):
        element, metric, value = CLAIMS[number % len(CLAIMS)]
        now = bus.clock.now()
        await bus.publish(raised(element, metric, now - 1, id=f"{element}.{metric}.lie{number}", value=value, at=now))
        await asyncio.sleep(SECONDS_A_LIE)
    await bus.close()


async def _send_forged_commands(system: Running) -> None:
    nc = await _connect(system, "detector")
    action = {"id": "x.a1", "incident_id": "x", "attempt": 1, "kind": "reboot_node", "target": "core-router-1"}
    ledger = {**action, "state": "started", "fence": 1, "proposed": "2026-01-31T12:00:00Z"}
    execute = {"incident_id": "x", "action_id": "x.a1", "fence": 1, "kind": "reboot_node", "target": "core-router-1"}
    inject = {"fault_id": "x", "kind": "node_down", "target": "core-router-1", "strength": 1, "duration": 60}
    for subject, body in (
        ("control.network", {"do": "apply_fault", **inject}),
        ("$KV.actions.action.x=2Ea1", ledger),
        ("remediation.execute", execute),
        ("$KV.config.desired", Desired(running=True, mode=Mode.OFF).model_dump(mode="json")),
    ):
        await nc.request(TAKEN, json.dumps(body).encode())
        await nc.publish(f"$JS.store.API.DIRECT.GET.KV_leases-detector.{TAKEN}", b"", reply=subject)
        await nc.flush()
    await nc.close()
