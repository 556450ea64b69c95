"""The stabilizer on a real broker, with telemetry of the real network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from statistics import median

import pytest

from network.host.service import NetworkService
from network.settings import NetworkSettings
from services.stabilizer.service import StabilizerService
from shared.domain.events import (
    Event,
    IncidentResolved,
    LogLine,
    Member,
    RemediationVerified,
    StabilityStatus,
    StabilityVerdict,
)
from shared.domain.kinds import IncidentState, NodeStatus, ServiceName
from shared.domain.subjects import Bucket
from shared.platform.bus import Bus
from shared.testing import TestBroker, bus_for
from tests.services.stabilizer.builders import LINK, action, anomaly, cleared, incident, raised

MILLISECOND = 0.001
"""The resolution of times."""


@asynccontextmanager
async def stabilizer(broker: TestBroker, replica: str = "a") -> AsyncIterator[StabilizerService]:
    service = StabilizerService()
    async with bus_for(broker, ServiceName.STABILIZER, replica) as bus:
        await service.start(bus)
        try:
            yield service
        finally:
            await service.stop()


@asynccontextmanager
async def gateway(broker: TestBroker) -> AsyncIterator[list[Event]]:
    received: list[Event] = []

    async def receive(event: Event, time: float) -> None:
        received.append(event)

    async with bus_for(broker, ServiceName.GATEWAY) as bus:
        await bus.follow(("stability.*", "log.>"), receive, since="all")
        yield received


async def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


def statuses(received: list[Event]) -> list[StabilityStatus]:
    return [event for event in received if isinstance(event, StabilityStatus)]


def verdicts(received: list[Event]) -> list[StabilityVerdict]:
    return [event for event in received if isinstance(event, StabilityVerdict)]


async def settled(bus: Bus) -> float:
    await until(lambda: bus.clock.known)
    return bus.clock.now()


async def test_the_status_is_published_at_once_and_follows_the_anomalies(
    broker: TestBroker, network: NetworkService
) -> None:
    async with gateway(broker) as received, stabilizer(broker), bus_for(broker, ServiceName.DETECTOR) as detector:
        await until(lambda: statuses(received))
        assert statuses(received)[-1].health_percentage == 100.0
        event = raised("server-3", since=await settled(detector))
        await detector.publish(event)
        await until(lambda: statuses(received)[-1].nodes["server-3"] is NodeStatus.DEGRADED, 2)
        assert (statuses(received)[-1].health_percentage, statuses(received)[-1].state) == (93.75, "unstable")
        await detector.publish(cleared(event, detector.clock.now()))
        await until(lambda: statuses(received)[-1].healthy == 16, 2)
        await until(lambda: statuses(received)[-1].state == "stable", 4)


async def test_the_status_of_a_quiet_network_is_published_every_few_seconds(
    broker: TestBroker, network: NetworkService
) -> None:
    async with gateway(broker) as received, stabilizer(broker):
        await until(lambda: statuses(received) and statuses(received)[-1].state == "stable")
        before = len(statuses(received))
        await until(lambda: len(statuses(received)) >= before + 4)
        gaps = [after.at - earlier.at for earlier, after in pairwise(statuses(received)[before - 1 :])]
        assert min(gaps) >= 5.0 - 2 * MILLISECOND
        assert median(gaps) < 7.0
        assert not [event for event in received if event.subject == "stability.advised"]


async def test_a_verdict_comes_ten_seconds_after_the_repair(broker: TestBroker, network: NetworkService) -> None:
    async with (
        gateway(broker) as received,
        stabilizer(broker),
        bus_for(broker, ServiceName.REMEDIATOR) as remediator,
        bus_for(broker, ServiceName.DETECTOR) as detector,
    ):
        now = await settled(remediator)
        held, failed = action(1, "server-1", now - 1, "i1"), action(1, "server-2", now - 1, "i2")
        await remediator.publish(*(RemediationVerified(action=done, at=now) for done in (held, failed)))
        await detector.publish(raised("server-2", since=now + 1, number=2))
        await until(lambda: len(verdicts(received)) == 2, 4)
        assert {verdict.action_id: verdict.verdict for verdict in verdicts(received)} == {
            "i1.a1": "stable",
            "i2.a1": "relapsed",
        }
        assert all(10 - MILLISECOND <= verdict.at - now < 20 for verdict in verdicts(received))
        await until(lambda: [event for event in received if isinstance(event, LogLine) and "relapsed" in event.message])


async def test_one_replica_publishes_and_the_other_continues_where_it_stopped(
    broker: TestBroker, network: NetworkService
) -> None:
    async with gateway(broker) as received, AsyncExitStack() as first, AsyncExitStack() as second:
        leader = await first.enter_async_context(stabilizer(broker, "a"))
        await until(lambda: leader._lease is not None and leader._lease.leads)
        await second.enter_async_context(stabilizer(broker, "b"))
        async with bus_for(broker, ServiceName.DETECTOR) as detector:
            await detector.publish(raised("server-3", since=await settled(detector)))
            await until(lambda: statuses(received) and statuses(received)[-1].degraded == 1)
        await first.aclose()
        before = len(statuses(received))
        await until(lambda: len(statuses(received)) > before + 2)
        assert [status.number for status in statuses(received)] == list(range(1, len(statuses(received)) + 1))
        assert statuses(received)[-1].degraded == 1


async def test_a_new_process_knows_open_anomalies(broker: TestBroker, network: NetworkService) -> None:
    async with gateway(broker) as received, bus_for(broker, ServiceName.DETECTOR) as detector:
        await detector.publish(raised("server-3", since=await settled(detector)))
        async with stabilizer(broker):
            await until(lambda: statuses(received))
            assert statuses(received)[0].degraded == 1


async def test_when_telemetry_stops_the_network_is_blind_and_no_node_is_down(broker: TestBroker) -> None:
    async with gateway(broker) as received, stabilizer(broker):
        service = NetworkService(NetworkSettings.load(speed=10.0))
        async with bus_for(broker, ServiceName.NETWORK) as bus:
            await service.start(bus)
            await until(lambda: statuses(received) and statuses(received)[-1].state == "stable")
            await service.stop()
        await until(lambda: statuses(received)[-1].state == "blind", 6)
        await asyncio.sleep(1.5)
        assert {status.down for status in statuses(received)} == {0}
        assert statuses(received)[-1].healthy == 16
        assert [event for event in received if isinstance(event, LogLine) and "Telemetry lost" in event.message]


async def test_an_anomaly_that_is_older_than_the_replay_is_still_open(
    broker: TestBroker, network: NetworkService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.stabilizer.service.REPLAY", 1.0)
    async with gateway(broker) as received, bus_for(broker, ServiceName.DETECTOR) as detector:
        await detector.publish(raised("server-3", since=await settled(detector)))
        await asyncio.sleep(0.5)  # five seconds of network time
        async with stabilizer(broker):
            await until(lambda: statuses(received))
            assert statuses(received)[0].degraded == 1


async def test_an_open_incident_that_is_older_than_the_replay_keeps_the_network_unstable(
    broker: TestBroker, network: NetworkService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.stabilizer.service.REPLAY", 1.0)
    link = Member(anomaly=anomaly(LINK, "latency"), why="first")
    waiting = incident(IncidentState.ESCALATED).model_copy(update={"members": (link,)})
    over = incident(IncidentState.RESOLVED, id="i2")
    async with gateway(broker) as received, bus_for(broker, ServiceName.CORRELATOR) as correlator:
        await settled(correlator)
        for each in (waiting, over):
            await correlator.bucket(Bucket.INCIDENTS).put(each.id, each.model_dump_json().encode())
        async with stabilizer(broker):
            await until(lambda: statuses(received) and statuses(received)[-1].state == "unstable")
            assert statuses(received)[-1].healthy == 16
            await asyncio.sleep(1.5)  # fifteen seconds of network time, in which it would have become stable
            assert statuses(received)[-1].state == "unstable"
            resolved = waiting.model_copy(update={"state": IncidentState.RESOLVED, "revision": 2})
            await correlator.publish(IncidentResolved(incident=resolved))
            await until(lambda: statuses(received)[-1].state == "stable")
