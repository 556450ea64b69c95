"""A reply subject can be any, and the broker asks nobody's rights there: what it is led to say is believed by no one.

Each test plays a detector that was taken over. It may write its own lease record and read it again, and it may follow
the anomalies that it publishes; so it can have the broker say what it likes on a subject that is refused to it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.bus import Bus
from shared.config import Desired
from shared.events import Action, Event, Execute
from shared.kinds import ActionKind, ActionState, FaultKind, Mode, ServiceName
from shared.kv import Entry
from shared.requests import Reply, Strike
from shared.subjects import NETWORK_COMMANDS, Bucket
from shared.telemetry import encode_tick
from shared.testing import NOON, TestBroker, bus_for, tick
from tests.shared.helpers import settled, until

RECORD = "$KV.leases.member.detector.taken"
READ_BACK = f"$JS.API.DIRECT.GET.KV_leases.{RECORD}"
WAYS = ("read", "pull", "push")
STRIKE = Strike(fault_id="forged", kind=FaultKind.NODE_DOWN, target="core-router-1", strength=1, duration=60)
ACTION = Action(
    id="forged.a1",
    incident_id="forged",
    attempt=1,
    kind=ActionKind.REBOOT_NODE,
    target="core-router-1",
    state=ActionState.STARTED,
    fence=1,
    proposed=NOON,
)
FORGED = "$KV.actions.action.forged=2Ea1"
EXECUTE = Execute(
    incident_id="forged", action_id=ACTION.id, fence=1, kind=ActionKind.REBOOT_NODE, target="core-router-1"
)


class Traitor:
    """A detector's own rights, used to have the broker say something elsewhere."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._made = 0

    async def lead(self, body: bytes, subject: str, way: str = "read") -> None:
        """Have the broker say `body` on a subject: read out of a bucket, or given out by a consumer."""
        if way == "read":
            await self._client.request(RECORD, body)
            await self._client.publish(READ_BACK, b"", reply=subject)
        else:
            await self._client.request("anomaly.raised", body)
            await self._consume(subject, push=way == "push")
        await settled(self._client)

    async def _consume(self, subject: str, *, push: bool) -> None:
        self._made += 1
        name = f"taken{self._made}"
        config = {"name": name, "ack_policy": "none", "deliver_policy": "last"}
        if push:
            config |= {"deliver_subject": subject}
        if push and subject.startswith("control."):
            config |= {"deliver_group": subject.partition(".")[2]}  # the replicas of a service take turns
        body = json.dumps({"stream_name": "ANOMALY", "config": config}).encode()
        made = json.loads((await self._client.request(f"$JS.API.CONSUMER.CREATE.ANOMALY.{name}", body)).data)
        assert "error" not in made, made
        if not push:
            wish = b'{"batch": 1, "no_wait": true}'
            await self._client.publish(f"$JS.API.CONSUMER.MSG.NEXT.ANOMALY.{name}", wish, reply=subject)


@pytest.fixture
async def traitor(broker: TestBroker) -> AsyncIterator[Traitor]:
    """Connect as the detector."""
    client = await broker.client("detector")
    yield Traitor(client)
    await client.close()


@pytest.fixture
async def network(broker: TestBroker) -> AsyncIterator[Bus]:
    """Open the network's bus."""
    async with bus_for(broker, ServiceName.NETWORK) as bus:
        yield bus


@pytest.mark.parametrize("way", WAYS)
async def test_the_way_is_open(broker: TestBroker, traitor: Traitor, way: str) -> None:
    """Were the broker to close it, the other tests here would hold nothing."""
    heard: list[Msg] = []

    async def hear(msg: Msg) -> None:
        heard.append(msg)

    witness = await broker.client()
    await witness.subscribe("control.network", queue="network", cb=hear)
    await settled(witness)
    await traitor.lead(b"anything", "control.network", way)
    await until(lambda: len(heard) == 1)
    assert heard[0].data == b"anything"
    await witness.close()


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_strikes(broker: TestBroker, traitor: Traitor, network: Bus, way: str) -> None:
    struck: list[object] = []

    async def strike(request: object) -> Reply:
        struck.append(request)
        return Reply()

    await network.answer(strike)
    await traitor.lead(STRIKE.model_dump_json().encode(), "control.network", way)
    async with bus_for(broker, ServiceName.INJECTOR) as injector:
        own = STRIKE.model_copy(update={"fault_id": "own"})
        await injector.request(ServiceName.NETWORK, own)
    assert struck == [own]
    (reason,) = await _set_aside(broker)
    assert "led" in reason


async def _set_aside(broker: TestBroker) -> list[str]:
    """Wait until something was set aside; return why."""
    async with asyncio.timeout(10):
        while not (letters := await broker.stored("DEADLETTER")):
            await asyncio.sleep(0.05)
    return [json.loads(msg.data)["reason"] for msg in letters]


async def test_no_command_is_carried_out(broker: TestBroker, traitor: Traitor, network: Bus) -> None:
    done: list[Event] = []

    async def obey(event: Event) -> None:
        done.append(event)

    await network.consume(NETWORK_COMMANDS, obey)
    for way in WAYS:
        await traitor.lead(EXECUTE.model_dump_json().encode(), "remediation.execute", way)
    async with bus_for(broker, ServiceName.REMEDIATOR) as remediator:
        own = EXECUTE.model_copy(update={"action_id": "own.a1"})
        await remediator.publish(own)
        await until(lambda: own in done)
    await asyncio.sleep(0.3)
    assert done == [own]


async def test_the_ledger_holds_what_the_remediator_wrote(broker: TestBroker, traitor: Traitor, network: Bus) -> None:
    for way in WAYS:
        await traitor.lead(ACTION.model_dump_json().encode(), FORGED, way)
    async with bus_for(broker, ServiceName.REMEDIATOR) as remediator:
        ledger = remediator.bucket(Bucket.ACTIONS)
        await ledger.put("action.own", b"1")
        assert set(await ledger.all()) == {"action.own"}
        assert set(await ledger.last("action.*")) == {"action.own"}
        assert await ledger.get("action.forged=2Ea1") is None
        assert await network.bucket(Bucket.ACTIONS).get("action.forged=2Ea1") is None
        found = await network.bucket(Bucket.ACTIONS).get("action.own")
        assert isinstance(found, Entry)
        assert found.value == b"1"
    assert FORGED in await _keys(broker), "the broker was not led to put it there"


async def _keys(broker: TestBroker) -> list[str]:
    """Return the keys under which the bucket of the ledger holds anything, believed or not."""
    client = await broker.client()
    try:
        info = await client.jetstream().stream_info("KV_actions", subjects_filter="$KV.actions.>")
        return list(info.state.subjects or ())
    finally:
        await client.close()


async def test_what_is_wanted_stays_what_a_person_wanted(broker: TestBroker, traitor: Traitor, network: Bus) -> None:
    seen: list[Desired] = []

    async def note(desired: Desired) -> None:
        seen.append(desired)

    await network.follow_desired(note)
    await traitor.lead(Desired(mode=Mode.OFF).model_dump_json().encode(), "$KV.config.desired")
    async with bus_for(broker, ServiceName.GATEWAY) as gateway:
        await gateway.bucket(Bucket.CONFIG).put("desired", Desired(interval=9).model_dump_json().encode())
    await until(lambda: seen[-1].interval == 9)
    assert [desired.mode for desired in seen] == [Mode.AUTO, Mode.AUTO]


@pytest.mark.parametrize("way", WAYS)
async def test_no_clock_is_turned_and_no_telemetry_made_up(
    broker: TestBroker, traitor: Traitor, network: Bus, way: str
) -> None:
    heard: list[int] = []
    async with bus_for(broker, ServiceName.STABILIZER) as stabilizer:
        await stabilizer.listen_ticks(lambda one: heard.append(one.tick))
        await traitor.lead(encode_tick(tick(40_000_000)), "metrics.0", way)
        await network.publish_tick(tick(7))
        await until(lambda: 7 in heard)
        assert heard == [7]
        assert stabilizer.clock.now() == pytest.approx(NOON + 7 * 0.25, abs=30)
