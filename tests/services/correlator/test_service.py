"""The correlator on a real broker: recorded, then said, then acknowledged; and another replica goes on."""

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


class Watcher:
    """Hears all that is said of incidents."""

    def __init__(self) -> None:
        self.said: list[IncidentEvent] = []

    async def hear(self, event: IncidentEvent, _time: float) -> None:
        self.said.append(event)

    async def until(self, true: Callable[[IncidentEvent], bool]) -> IncidentEvent:
        async with asyncio.timeout(SECONDS):
            while not (found := [event for event in self.said if true(event)]):
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
async def watcher(broker: TestBroker) -> AsyncIterator[Watcher]:
    async with bus_for(broker, ServiceName.GATEWAY) as bus:
        watch = Watcher()
        following = await bus.follow(["incident.*"], watch.hear, since="all")
        await following.caught_up.wait()
        yield watch


async def pulse(broker: TestBroker, at: float, number: int) -> None:
    """Tell everybody what time it is in the network, twice, since one tick alone is not believed when it leaps."""
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
    sign = raised("server-1", "cpu_usage")
    await pulse(broker, sign.anomaly.at, 0)
    async with (
        correlator(broker, "a"),
        watcher(broker) as watch,
        bus_for(broker, ServiceName.DETECTOR) as detector,
        bus_for(broker, ServiceName.REMEDIATOR) as remediator,
    ):
        await pulse(broker, sign.anomaly.at, 1)
        await detector.publish(sign)
        opened = await watch.until(lambda e: e.subject == "incident.opened")
        name = opened.incident.id
        assert (await record(broker, name)) == opened.incident
        done = action(name, applied=sign.anomaly.at + 1)
        await remediator.publish(RemediationVerified(action=done, at=sign.anomaly.at + 2))
        await detector.publish(cleared(sign.anomaly, sign.anomaly.at + 1.5))
        over = await watch.until(lambda e: e.subject == "incident.resolved")
        assert over.incident.resolution is Resolution.AUTO_RESOLVED
        assert over.incident.resolved is not None
        assert over.incident.resolved - (sign.anomaly.at + 1.5) >= 1.99
        assert (await record(broker, name)) == over.incident


async def test_a_second_replica_stands_by_and_goes_on(broker: TestBroker) -> None:
    sign, more = raised("server-1", "cpu_usage"), raised("server-1", "memory_usage")
    async with watcher(broker) as watch, bus_for(broker, ServiceName.DETECTOR) as detector:
        async with correlator(broker, "a"), correlator(broker, "b") as second:
            await detector.publish(sign)
            await watch.until(lambda e: e.subject == "incident.opened")
            assert second._core is None
        async with correlator(broker, "c"):
            await detector.publish(more, cleared(sign.anomaly), cleared(more.anomaly))
            over = await watch.until(lambda e: e.subject == "incident.resolved")
    assert {m.anomaly.id for m in over.incident.members} == {sign.anomaly.id, more.anomaly.id}
    revisions = [event.incident.revision for event in watch.said]
    assert revisions == sorted(set(revisions)), "each revision is said once"


async def test_what_was_recorded_and_never_said_is_said_by_the_next_leader(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.CORRELATOR, "dying") as bus:
        (opened,) = Correlator(bus.topology).absorb(raised("server-3", "cpu_usage"), bus.clock.now())
        body = opened.incident.model_dump_json().encode()
        await bus.bucket(Bucket.INCIDENTS).put(kv_key(opened.incident.id), body)
    async with watcher(broker) as watch, correlator(broker, "a"):
        said = await watch.until(lambda e: e.incident.id == opened.incident.id)
    assert said.model_dump_json() == opened.model_dump_json()


def over(element: str, ago: float) -> Incident:
    """An incident that was resolved so many seconds ago."""
    sign = raised(element, "cpu_usage", time.time() - ago - 10).anomaly
    ended = {"state": IncidentState.RESOLVED, "resolution": Resolution.SELF_CLEARED, "resolved": time.time() - ago}
    return incident([member(sign, sign.since + 5)], revision=3, updated=time.time() - ago, **ended)


async def test_an_end_that_was_recorded_and_never_said_is_said_however_long_nobody_led(broker: TestBroker) -> None:
    said_long_before, said, cut_off = over("server-1", 8_000), over("server-2", 7_210), over("server-3", 7_200)
    async with bus_for(broker, ServiceName.CORRELATOR, "dying") as bus:
        for one in (said_long_before, said, cut_off):
            await bus.bucket(Bucket.INCIDENTS).put(kv_key(one.id), one.model_dump_json().encode())
    async with watcher(broker) as watch, correlator(broker, "a"):
        heard = await watch.until(lambda e: e.incident.id == cut_off.id)
    assert isinstance(heard, IncidentResolved)
    assert heard.incident.model_dump_json() == cut_off.model_dump_json()
    assert said_long_before.id not in {event.incident.id for event in watch.said}, "repeated without bound"


async def test_only_the_leader_answers(broker: TestBroker) -> None:
    sign = raised("server-1", "cpu_usage")
    async with (
        watcher(broker) as watch,
        bus_for(broker, ServiceName.DETECTOR) as detector,
        correlator(broker, "a"),
        correlator(broker, "b"),
        bus_for(broker, ServiceName.GATEWAY, "asks") as gateway,
    ):
        await detector.publish(sign)
        opened = await watch.until(lambda e: e.subject == "incident.opened")
        await gateway.request(ServiceName.CORRELATOR, Acknowledge(incident_id=opened.incident.id, by="ada"))
        seen = await watch.until(lambda e: e.incident.revision == 2)
        assert seen.incident.acknowledged_by == "ada"
        with pytest.raises(UnknownTarget, match="unknown incident"):
            await gateway.request(ServiceName.CORRELATOR, Acknowledge(incident_id="nothing", by="ada"))


async def test_an_anomaly_of_nowhere_is_set_aside_with_the_reason(broker: TestBroker) -> None:
    good = raised("server-1", "cpu_usage")
    bad = AnomalyRaised(anomaly=good.anomaly.model_copy(update={"id": "x.cpu_usage.1", "element": "x"}))
    async with watcher(broker) as watch, bus_for(broker, ServiceName.DETECTOR) as detector, correlator(broker, "a"):
        await detector.publish(bad, good)
        await watch.until(lambda e: e.incident.id == good.anomaly.id)
    (letter,) = await broker.stored("DEADLETTER")
    assert b"unknown target 'x'" in letter.data


async def test_an_escalated_incident_waits_for_a_person(broker: TestBroker) -> None:
    sign = raised("server-1", "cpu_usage")
    async with (
        watcher(broker) as watch,
        bus_for(broker, ServiceName.DETECTOR) as detector,
        bus_for(broker, ServiceName.REMEDIATOR) as remediator,
        correlator(broker, "a"),
    ):
        await detector.publish(sign)
        await watch.until(lambda e: e.subject == "incident.opened")
        await remediator.publish(RemediationEscalated(incident_id=sign.anomaly.id, at=sign.anomaly.at, reason="done"))
        given_up = await watch.until(lambda e: e.subject == "incident.escalated")
    assert given_up.incident.state is IncidentState.ESCALATED


async def test_an_escalation_cut_off_between_record_and_word_calls_a_person(broker: TestBroker) -> None:
    """Killed after the record: the next leader says it, and tells the operator once the message comes again."""
    async with bus_for(broker, ServiceName.CORRELATOR, "dying") as bus:
        core, sign = Correlator(bus.topology), raised("server-3", "cpu_usage")
        given_up = RemediationEscalated(incident_id=sign.anomaly.id, at=sign.anomaly.at, reason="done")
        core.absorb(sign, bus.clock.now())
        (unsaid,) = core.absorb(given_up, bus.clock.now())
        body = unsaid.incident.model_dump_json().encode()
        await bus.bucket(Bucket.INCIDENTS).put(kv_key(unsaid.incident.id), body)
    async with (
        watcher(broker) as watch,
        correlator(broker, "a"),
        bus_for(broker, ServiceName.REMEDIATOR) as remediator,
    ):
        said = await watch.until(lambda e: e.incident.id == unsaid.incident.id)
        assert (said.subject, said.id) == ("incident.escalated", unsaid.id)
        await remediator.publish(given_up)
        async with asyncio.timeout(SECONDS):
            while not any(b"needs a person" in line.data for line in await broker.stored("LOG")):
                await asyncio.sleep(0.05)


async def test_nothing_is_lost_or_doubled_when_the_broker_is_killed(broker: TestBroker) -> None:
    signs = [raised(f"server-{i}", "memory_usage") for i in range(1, 9)]
    async with watcher(broker) as watch, bus_for(broker, ServiceName.DETECTOR) as detector, correlator(broker, "a"):
        await detector.publish(*signs[:4])
        broker.restart()
        await detector.publish(*signs[4:])
        for sign in signs:
            await watch.until(lambda e, name=sign.anomaly.id: e.incident.id == name)  # type: ignore[misc]
    assert sorted(e.incident.id for e in watch.said) == sorted(sign.anomaly.id for sign in signs)


async def test_a_leader_that_lost_a_write_and_leads_all_the_same_goes_on_without_a_message(broker: TestBroker) -> None:
    sign = raised("server-1", "cpu_usage")
    async with (
        watcher(broker) as watch,
        bus_for(broker, ServiceName.DETECTOR) as detector,
        bus_for(broker, ServiceName.CORRELATOR, "other") as other,
        correlator(broker, "a"),
    ):
        await detector.publish(sign, cleared(sign.anomaly))
        await watch.until(lambda e: e.incident.open_members == ())
        records = other.bucket(Bucket.INCIDENTS)
        entry = await records.get(kv_key(sign.anomaly.id))
        assert entry is not None
        await records.put(kv_key(sign.anomaly.id), entry.value)
        await watch.until(lambda e: e.subject == "incident.resolved")
