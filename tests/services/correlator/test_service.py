"""The correlator on a real broker: it records, then publishes, then acknowledges; another replica takes over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from services.correlator.core import Correlator
from services.correlator.service import CorrelatorService
from shared.domain.errors import UnknownTarget
from shared.domain.events import (
    AnomalyRaised,
    Incident,
    IncidentEvent,
    IncidentResolved,
    RemediationEscalated,
    RemediationVerified,
)
from shared.domain.instant import iso
from shared.domain.kinds import IncidentState, Resolution, ServiceName
from shared.domain.requests import Acknowledge
from shared.domain.subjects import Bucket, kv_key
from shared.domain.telemetry import encode_tick
from shared.testing import TestBroker, action, bus_for, cleared, incident, member, raised, tick

SECONDS = 15.0


class IncidentWatcher:
    def __init__(self) -> None:
        self.events: list[IncidentEvent] = []

    async def receive(self, event: IncidentEvent, _time: float) -> None:
        self.events.append(event)

    async def until(self, true: Callable[[IncidentEvent], bool]) -> IncidentEvent:
        async with asyncio.timeout(SECONDS):
            while not (found := [event for event in self.events if true(event)]):
                await asyncio.sleep(0.02)
        return found[0]


@asynccontextmanager
async def correlator(broker: TestBroker, replica: str) -> AsyncIterator[CorrelatorService]:
    async with bus_for(broker, ServiceName.CORRELATOR, replica) as bus:
        service = CorrelatorService()
        await service.start(bus)
        try:
            yield service
        finally:
            await service.stop()


@asynccontextmanager
async def watcher(broker: TestBroker) -> AsyncIterator[IncidentWatcher]:
    async with bus_for(broker, ServiceName.GATEWAY) as bus:
        watch = IncidentWatcher()
        following = await bus.follow(["incident.*"], watch.receive, since="all")
        await following.caught_up.wait()
        yield watch


async def publish_time(broker: TestBroker, at: float, number: int) -> None:
    """Publish the network time in two ticks: the clocks ignore a single tick that is far ahead."""
    client = await broker.client()
    base = tick(number)
    for _ in range(2):
        await client.publish("metrics.0", encode_tick(base).replace(base.at.encode(), iso(at).encode()))
    await client.drain()


async def record(broker: TestBroker, incident_id: str) -> Incident | None:
    async with bus_for(broker, ServiceName.CORRELATOR, "reader") as bus:
        entry = await bus.bucket(Bucket.INCIDENTS).get(kv_key(incident_id))
        return Incident.model_validate_json(entry.value) if entry else None


async def test_an_anomaly_becomes_an_incident_that_is_recorded_and_ends(broker: TestBroker) -> None:
    symptom = raised("server-1", "cpu_usage")
    await publish_time(broker, symptom.anomaly.at, 0)
    async with (
        correlator(broker, "a"),
        watcher(broker) as watch,
        bus_for(broker, ServiceName.DETECTOR) as detector,
        bus_for(broker, ServiceName.REMEDIATOR) as remediator,
    ):
        await publish_time(broker, symptom.anomaly.at, 1)
        await detector.publish(symptom)
        opened = await watch.until(lambda e: e.subject == "incident.opened")
        name = opened.incident.id
        assert (await record(broker, name)) == opened.incident
        done = action(name, applied=symptom.anomaly.at + 1)
        await remediator.publish(RemediationVerified(action=done, at=symptom.anomaly.at + 2))
        await detector.publish(cleared(symptom.anomaly, symptom.anomaly.at + 1.5))
        over = await watch.until(lambda e: e.subject == "incident.resolved")
        assert over.incident.resolution is Resolution.AUTO_RESOLVED
        assert over.incident.resolved is not None
        assert over.incident.resolved - (symptom.anomaly.at + 1.5) >= 1.99
        assert (await record(broker, name)) == over.incident


async def test_a_second_replica_stands_by_and_takes_over(broker: TestBroker) -> None:
    symptom, more = raised("server-1", "cpu_usage"), raised("server-1", "memory_usage")
    async with watcher(broker) as watch, bus_for(broker, ServiceName.DETECTOR) as detector:
        async with correlator(broker, "a"), correlator(broker, "b") as second:
            await detector.publish(symptom)
            await watch.until(lambda e: e.subject == "incident.opened")
            assert second._core is None
        async with correlator(broker, "c"):
            await detector.publish(more, cleared(symptom.anomaly), cleared(more.anomaly))
            over = await watch.until(lambda e: e.subject == "incident.resolved")
    assert {m.anomaly.id for m in over.incident.members} == {symptom.anomaly.id, more.anomaly.id}
    revisions = [event.incident.revision for event in watch.events]
    assert revisions == sorted(set(revisions)), "each revision is published once"


async def test_the_next_leader_publishes_an_event_that_was_only_recorded(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.CORRELATOR, "killed") as bus:
        (opened,) = Correlator(bus.topology).absorb(raised("server-3", "cpu_usage"), bus.clock.now())
        body = opened.incident.model_dump_json().encode()
        await bus.bucket(Bucket.INCIDENTS).put(kv_key(opened.incident.id), body)
    async with watcher(broker) as watch, correlator(broker, "a"):
        published = await watch.until(lambda e: e.incident.id == opened.incident.id)
    assert published.model_dump_json() == opened.model_dump_json()


def resolved(element: str, ago: float) -> Incident:
    symptom = raised(element, "cpu_usage", time.time() - ago - 10).anomaly
    ended = {"state": IncidentState.RESOLVED, "resolution": Resolution.SELF_CLEARED, "resolved": time.time() - ago}
    return incident([member(symptom, symptom.since + 5)], revision=3, updated=time.time() - ago, **ended)


async def test_a_resolution_that_was_only_recorded_is_published_after_any_time_without_a_leader(
    broker: TestBroker,
) -> None:
    old, recent, last = resolved("server-1", 8_000), resolved("server-2", 7_210), resolved("server-3", 7_200)
    async with bus_for(broker, ServiceName.CORRELATOR, "killed") as bus:
        for one in (old, recent, last):
            await bus.bucket(Bucket.INCIDENTS).put(kv_key(one.id), one.model_dump_json().encode())
    async with watcher(broker) as watch, correlator(broker, "a"):
        published = await watch.until(lambda e: e.incident.id == last.id)
    assert isinstance(published, IncidentResolved)
    assert published.incident.model_dump_json() == last.model_dump_json()
    assert old.id not in {event.incident.id for event in watch.events}, "only recent ones are repeated"


async def test_only_the_leader_answers(broker: TestBroker) -> None:
    symptom = raised("server-1", "cpu_usage")
    async with (
        watcher(broker) as watch,
        bus_for(broker, ServiceName.DETECTOR) as detector,
        correlator(broker, "a"),
        correlator(broker, "b"),
        bus_for(broker, ServiceName.GATEWAY, "asks") as gateway,
    ):
        await detector.publish(symptom)
        opened = await watch.until(lambda e: e.subject == "incident.opened")
        await gateway.request(ServiceName.CORRELATOR, Acknowledge(incident_id=opened.incident.id, by="ada"))
        seen = await watch.until(lambda e: e.incident.revision == 2)
        assert seen.incident.acknowledged_by == "ada"
        with pytest.raises(UnknownTarget, match="unknown incident"):
            await gateway.request(ServiceName.CORRELATOR, Acknowledge(incident_id="nothing", by="ada"))


async def test_an_anomaly_of_an_unknown_element_becomes_a_dead_letter(broker: TestBroker) -> None:
    good = raised("server-1", "cpu_usage")
    bad = AnomalyRaised(anomaly=good.anomaly.model_copy(update={"id": "x.cpu_usage.1", "element": "x"}))
    async with watcher(broker) as watch, bus_for(broker, ServiceName.DETECTOR) as detector, correlator(broker, "a"):
        await detector.publish(bad, good)
        await watch.until(lambda e: e.incident.id == good.anomaly.id)
    (letter,) = await broker.stored("DEADLETTER")
    assert b"unknown target 'x'" in letter.data


async def test_an_escalated_incident_waits_for_a_person(broker: TestBroker) -> None:
    symptom = raised("server-1", "cpu_usage")
    async with (
        watcher(broker) as watch,
        bus_for(broker, ServiceName.DETECTOR) as detector,
        bus_for(broker, ServiceName.REMEDIATOR) as remediator,
        correlator(broker, "a"),
    ):
        await detector.publish(symptom)
        await watch.until(lambda e: e.subject == "incident.opened")
        await remediator.publish(
            RemediationEscalated(incident_id=symptom.anomaly.id, at=symptom.anomaly.at, reason="done")
        )
        escalated = await watch.until(lambda e: e.subject == "incident.escalated")
    assert escalated.incident.state is IncidentState.ESCALATED


async def test_an_escalation_that_was_only_recorded_is_published_and_logged_by_the_next_leader(
    broker: TestBroker,
) -> None:
    """The next leader publishes it at once, and logs it when the message is delivered again."""
    async with bus_for(broker, ServiceName.CORRELATOR, "killed") as bus:
        core, symptom = Correlator(bus.topology), raised("server-3", "cpu_usage")
        escalation = RemediationEscalated(incident_id=symptom.anomaly.id, at=symptom.anomaly.at, reason="done")
        core.absorb(symptom, bus.clock.now())
        (unpublished,) = core.absorb(escalation, bus.clock.now())
        body = unpublished.incident.model_dump_json().encode()
        await bus.bucket(Bucket.INCIDENTS).put(kv_key(unpublished.incident.id), body)
    async with (
        watcher(broker) as watch,
        correlator(broker, "a"),
        bus_for(broker, ServiceName.REMEDIATOR) as remediator,
    ):
        published = await watch.until(lambda e: e.incident.id == unpublished.incident.id)
        assert (published.subject, published.id) == ("incident.escalated", unpublished.id)
        await remediator.publish(escalation)
        async with asyncio.timeout(SECONDS):
            while not any(b"needs a person" in line.data for line in await broker.stored("LOG")):
                await asyncio.sleep(0.05)


async def test_no_event_is_lost_or_doubled_when_the_broker_is_killed(broker: TestBroker) -> None:
    symptoms = [raised(f"server-{i}", "memory_usage") for i in range(1, 9)]
    async with watcher(broker) as watch, bus_for(broker, ServiceName.DETECTOR) as detector, correlator(broker, "a"):
        await detector.publish(*symptoms[:4])
        broker.restart()
        await detector.publish(*symptoms[4:])
        for symptom in symptoms:
            await watch.until(lambda e, name=symptom.anomaly.id: e.incident.id == name)  # type: ignore[misc]
    assert sorted(e.incident.id for e in watch.events) == sorted(symptom.anomaly.id for symptom in symptoms)


async def test_a_leader_whose_record_was_changed_goes_on_without_a_further_message(broker: TestBroker) -> None:
    symptom = raised("server-1", "cpu_usage")
    async with (
        watcher(broker) as watch,
        bus_for(broker, ServiceName.DETECTOR) as detector,
        bus_for(broker, ServiceName.CORRELATOR, "other") as other,
        correlator(broker, "a"),
    ):
        await detector.publish(symptom, cleared(symptom.anomaly))
        await watch.until(lambda e: e.incident.open_members == ())
        records = other.bucket(Bucket.INCIDENTS)
        entry = await records.get(kv_key(symptom.anomaly.id))
        assert entry is not None
        await records.put(kv_key(symptom.anomaly.id), entry.value)
        await watch.until(lambda e: e.subject == "incident.resolved")
