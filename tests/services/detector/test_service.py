"""The shell on a real broker: ticks in, anomalies out, also when one replica stops and another takes over."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from msgspec.structs import replace

from services.detector.service import DetectorService
from shared.domain.events import AnomalyRaised
from shared.domain.kinds import ServiceName
from shared.domain.subjects import Bucket, Stream, kv_key
from shared.platform.bus import Bus
from shared.testing import TestBroker, anomaly, bus_for, incident, running_broker
from tests.services.detector.synthetic import START, Synthetic

WARM = 200
FASTEST = 1_000.0
OVER_AN_HOUR = 4.0
"""Seconds of wall time; more than an hour of network time at that speed."""
WITHIN = 10.0
HARM = 55.0
"""% of CPU on top of a quiet node: more than two thirds of its spare room."""

LONG_WARM, BUSY = 600, 38.0
"""Ticks after which four nodes have a narrow limit, and % of CPU that does no harm, but is beyond that limit."""


class Stage:
    def __init__(self, broker: TestBroker, network: Bus, stack: AsyncExitStack) -> None:
        self.broker, self.network, self.source = broker, network, Synthetic(effect=self._effect)
        self.hot: frozenset[str] = frozenset()
        self.busy: frozenset[str] = frozenset()
        self.speed = 1.0
        self._stack = stack

    def _effect(self, _tick: int, element: str, metric: str, value: float) -> float | None:
        if metric != "cpu_usage":
            return value
        return value + HARM * (element in self.hot) + BUSY * (element in self.busy)

    async def publish(self, ticks: int) -> None:
        for tick in self.source.ticks(ticks):
            await self.network.publish_tick(replace(tick, speed=self.speed))
        await asyncio.sleep(0.05)

    async def detector(self, replica: str) -> tuple[DetectorService, Bus]:
        bus = await self._stack.enter_async_context(bus_for(self.broker, ServiceName.DETECTOR, replica))
        service = DetectorService()
        await service.start(bus)
        self._stack.push_async_callback(service.stop)
        return service, bus

    async def published(self, count: int) -> list[str]:
        """Wait for so many anomaly events in the stream; return the ids of all a moment later."""
        async with asyncio.timeout(WITHIN):
            while len(await self._ids()) < count:
                await self.publish(1)
        await self.publish(4)
        await asyncio.sleep(0.3)
        return await self._ids()

    async def _ids(self) -> list[str]:
        stored = await self.broker.stored(Stream.ANOMALY)
        return [(message.headers or {})["ce-id"] for message in stored]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(running_broker())
        network = await stack.enter_async_context(bus_for(broker, ServiceName.NETWORK))
        yield Stage(broker, network, stack)


async def test_an_anomaly_is_published_once_and_cleared_once(stage: Stage) -> None:
    await stage.detector("one")
    await stage.publish(WARM)
    stage.hot = frozenset({"node-2"})
    await stage.publish(6)
    raised = await stage.published(1)
    stage.hot = frozenset()
    assert await stage.published(2) == [*raised, f"{raised[0]}.cleared"]
    assert raised == [f"node-2.cpu_usage.{WARM}"]


async def test_a_successor_repeats_no_event_and_misses_none(stage: Stage) -> None:
    first, _ = await stage.detector("one")
    await stage.publish(WARM)
    stage.hot = frozenset({"node-1", "node-2"})
    before = await stage.published(2)
    await first.stop()
    stage.hot = frozenset({"node-2", "node-3"})
    await stage.publish(10)
    await stage.detector("two")
    after = await stage.published(4)
    new = Counter(identity.rpartition(".")[2] if identity.endswith("cleared") else "raised" for identity in after[2:])
    assert len(before) == 2
    assert Counter(after).most_common(1)[0][1] == 1
    assert new == Counter({"raised": 1, "cleared": 1})
    assert any(identity.startswith("node-3.cpu_usage.") for identity in after[2:])
    assert any(identity.startswith("node-1.cpu_usage.") and identity.endswith(".cleared") for identity in after[2:])


async def test_an_observation_is_published_once_when_it_begins_and_once_when_it_ends_whoever_detects(
    stage: Stage,
) -> None:
    first, _ = await stage.detector("one")
    await stage.publish(LONG_WARM)
    stage.busy = frozenset({"node-1", "node-2"})
    before = await stage.published(2)
    assert sorted(before) == [f"node-1.cpu_usage.{LONG_WARM}.observed", f"node-2.cpu_usage.{LONG_WARM}.observed"]
    await first.stop()
    stage.busy = frozenset({"node-2"})
    await stage.publish(10)
    await stage.detector("two")
    assert await stage.published(3) == [*before, f"node-1.cpu_usage.{LONG_WARM}.observed.passed"]
    stage.busy = frozenset()
    after = await stage.published(4)
    assert after[-1] == f"node-2.cpu_usage.{LONG_WARM}.observed.passed" and len(after) == 4


async def test_new_plain_thresholds_are_in_force_at_once(stage: Stage) -> None:
    from shared.domain.config import CONFIG_KEY, Desired, Thresholds
    from shared.domain.subjects import Bucket

    await stage.detector("one")
    await stage.publish(40)
    gateway_broker = stage.broker
    async with bus_for(gateway_broker, ServiceName.GATEWAY) as gateway:
        wanted = Desired(thresholds=Thresholds(memory_usage=30))
        await gateway.bucket(Bucket.CONFIG).put(CONFIG_KEY, wanted.model_dump_json().encode())
        raised = await stage.published(len(stage.source.nodes))
    assert all(".memory_usage." in identity for identity in raised)
    assert len(raised) == len(stage.source.nodes)


async def test_an_event_has_the_time_of_publishing_and_its_sample_times(stage: Stage) -> None:
    _, bus = await stage.detector("one")
    received: list[tuple[AnomalyRaised, float]] = []

    async def receive(event: AnomalyRaised, time: float) -> None:
        received.append((event, time))

    await bus.follow(["anomaly.*"], receive, since="all")
    await stage.publish(WARM)
    stage.hot = frozenset({"node-2"})
    await stage.published(1)
    (event, time), *_ = received
    assert event.anomaly.since < event.anomaly.at <= time + 0.001


async def test_an_open_anomaly_is_cleared_after_the_detector_was_stopped_for_over_an_hour(stage: Stage) -> None:
    stage.speed = FASTEST
    old = anomaly("node-2", "cpu_usage", START - 7_200)
    await stage.publish(1)
    async with bus_for(stage.broker, ServiceName.DETECTOR, "before") as before:
        await before.publish(AnomalyRaised(anomaly=old))
    await asyncio.sleep(OVER_AN_HOUR)
    starting = asyncio.create_task(stage.detector("one"))
    while not starting.done():  # the replica learns the speed from the ticks
        await stage.publish(1)
    assert await stage.published(2) == [old.id, f"{old.id}.cleared"]


async def test_an_open_member_of_an_incident_is_cleared_although_the_stream_has_lost_its_raising(stage: Stage) -> None:
    old = anomaly("node-2", "cpu_usage", START - 7_200)
    async with bus_for(stage.broker, ServiceName.CORRELATOR) as correlator:
        records = correlator.bucket(Bucket.INCIDENTS)
        await records.put(kv_key(old.id), incident([old]).model_dump_json().encode())
        await records.put("broken", b"{}")
    await stage.detector("one")
    assert await stage.published(1) == [f"{old.id}.cleared"]
