"""A gateway that starts after the streams have dropped their oldest messages reports the same as the one before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from benchmarks.history import StoredEvent, minutes_of_a_loop, store
from shared.domain.events import Incident, IncidentEscalated
from shared.domain.instant import instant
from shared.domain.kinds import IncidentState, ServiceName
from shared.domain.requests import Acknowledge, Reply, Request
from shared.domain.subjects import Bucket, Stream, kv_key
from shared.platform.access import SETUP
from shared.testing.broker import TestBroker, bus_for, running_broker
from tests.services.gateway.story import anomaly, incident
from tests.services.gateway.test_service import gateway, publish, until

SECONDS = 300.0
FORGOTTEN = {Stream.INCIDENT: 0.5, Stream.DIAGNOSIS: 0.3}
"""The share of its messages that each stream has dropped."""

TOGETHER = 10
"""Messages that are stored at a time; fewer than usual, since messages stored together arrive in any order."""


@pytest.fixture(scope="module")
def history() -> list[StoredEvent]:
    return minutes_of_a_loop(SECONDS)


@pytest.fixture
async def broker(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TestBroker]:
    monkeypatch.setattr("services.gateway.service.KEEP_EVERY", 0.1)
    monkeypatch.setattr("benchmarks.history.AT_ONCE", TOGETHER)
    async with running_broker() as running:
        yield running


async def forget(broker: TestBroker) -> None:
    """Delete the oldest messages, as a full stream does."""
    client = await broker.client(SETUP)
    js = client.jetstream()
    for stream, share in FORGOTTEN.items():
        state = (await js.stream_info(stream)).state
        await js.purge_stream(stream, seq=int(state.first_seq + share * state.messages))
    await client.close()


async def campaign(broker: TestBroker, history: list[StoredEvent]) -> None:
    client, setup = await broker.client(), await broker.client(SETUP)
    await store(client, setup, history)
    await client.close()
    await setup.close()


async def figures(api: httpx.AsyncClient) -> tuple[Any, Any]:
    return (await api.get("/api/scorecard")).json(), (await api.get("/api/incidents")).json()["stats"]


async def kept(broker: TestBroker) -> bytes | None:
    async with bus_for(broker, ServiceName.GATEWAY, "reader") as bus:
        entry = await bus.bucket(Bucket.TALLY).get("settled")
        return entry.value if entry else None


async def test_scorecard_and_counts_continue_from_the_last_gateway(
    broker: TestBroker, history: list[StoredEvent]
) -> None:
    await campaign(broker, history)
    async with gateway(broker) as (_, api):
        before = await figures(api)
        await until(lambda: kept(broker), lambda value: value is not None)
    assert before[0]["faults"] > 40
    await forget(broker)
    async with gateway(broker, replica="g1") as (_, one), gateway(broker, replica="g2") as (_, two):
        assert await figures(one) == await figures(two) == before


async def test_without_stored_totals_a_fault_with_lost_events_is_not_scored_as_missed(
    broker: TestBroker, history: list[StoredEvent]
) -> None:
    await campaign(broker, history)
    await forget(broker)
    last = instant(history[-1].headers["ce-time"])
    async with gateway(broker) as (_, api):
        card, _ = await figures(api)
        faults = (await api.get("/api/faults")).json()["faults"]
    lately = [one for one in faults if instant(one["started"]) > last - (1 - FORGOTTEN[Stream.INCIDENT]) * SECONDS]
    assert 0 < card["faults"] <= len(lately)
    assert card["detected"] >= card["faults"] - card["pending"]


async def test_an_escalated_incident_is_known_however_old_it_is(broker: TestBroker, history: list[StoredEvent]) -> None:
    asked: list[Request] = []

    async def answer(request: Request) -> Reply:
        asked.append(request)
        return Reply()

    old = incident(anomaly(since=instant(history[0].headers["ce-time"]) + 1))
    waiting = old.model_copy(update={"revision": 3, "state": IncidentState.ESCALATED, "escalation": "no remedy"})
    await publish(broker, IncidentEscalated(incident=waiting))
    await campaign(broker, history)
    await forget(broker)
    async with bus_for(broker, ServiceName.CORRELATOR) as correlator:
        await correlator.answer(answer)
        bucket = correlator.bucket(Bucket.INCIDENTS)
        await bucket.put(kv_key(waiting.id), waiting.model_dump_json().encode())
        await bucket.put(kv_key("nonsense"), b"nonsense")
        async with gateway(broker) as (_, api):
            shown = (await api.get("/api/incidents?state=escalated")).json()["recent_incidents"]
            assert [one["id"] for one in shown] == [waiting.id]
            call = await api.post(f"/api/incidents/{waiting.id}/acknowledge", json={"by": "ada"})
            assert call.status_code == 202
    assert asked == [Acknowledge(incident_id=waiting.id, by="ada")]


async def test_if_no_message_is_lost_every_fault_is_scored(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.GATEWAY) as bus:
        assert await bus.kept_since(["incident.*", "fault.*"]) is None
    first = Incident.model_validate(incident())
    await publish(broker, IncidentEscalated(incident=first), IncidentEscalated(incident=incident(revision=2)))
    async with bus_for(broker, ServiceName.GATEWAY) as bus:
        assert await bus.kept_since(["incident.*", "fault.*"]) is None
        client = await broker.client(SETUP)
        await client.jetstream().purge_stream(Stream.INCIDENT, seq=2)
        await client.close()
        assert await bus.kept_since(["fault.*"]) is None
        assert await bus.kept_since(["incident.*", "fault.*"]) == pytest.approx(bus.clock.now(), abs=60)


async def test_an_invalid_record_is_replaced(broker: TestBroker, history: list[StoredEvent]) -> None:
    async with bus_for(broker, ServiceName.GATEWAY) as bus:
        await bus.bucket(Bucket.TALLY).put("settled", b"nonsense")
    await campaign(broker, history)
    async with gateway(broker) as (_, api):
        assert (await figures(api))[0]["faults"] > 40
        await until(lambda: kept(broker), lambda value: value not in (None, b"nonsense"))
