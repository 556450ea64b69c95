"""A reply subject can be any, and the broker asks nobody's rights there: what it is led to say is believed by no one.

Two walls. What is stored lies in an account of its own: an answer that goes back to the services is led no further, so
that it is never an order to JetStream and never stored. And what can be heard, or was stored all the same on a broker
that knows no accounts, bears a mark by which our readers know it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.domain.config import OFF, Desired
from shared.domain.events import Action, Event, Execute
from shared.domain.kinds import ActionKind, ActionState, FaultKind, Mode, ServiceName
from shared.domain.requests import ApplyFault, Reply
from shared.domain.subjects import NETWORK_COMMANDS, Bucket
from shared.domain.telemetry import encode_tick
from shared.platform.access import API, API_FROM_LOOP, GET, SETUP, TAP, USERS, permissions
from shared.platform.bus import Bus
from shared.platform.kv import Entry
from shared.testing import NOON, TestBroker, bus_for, tick
from tests.shared.helpers import settled, until

WAYS = ("read", "pull")
WAYS_INSIDE = (*WAYS, "push")
SPY = {"name": "spy", "durable_name": "spy", "ack_policy": "none"}
SPYING = json.dumps({"stream_name": "FAULT", "config": SPY}).encode()
MAKE_SPY = f"{API}.CONSUMER.CREATE.FAULT.spy"
PURGE = f"{API}.STREAM.PURGE.DIAGNOSIS"
REMOVE = f"{API}.CONSUMER.DELETE.ANOMALY.correlator"
ORDERS = (
    *(MAKE_SPY, PURGE, f"{API}.STREAM.DELETE.DIAGNOSIS", REMOVE),
    *(subject.replace(API, API_FROM_LOOP) for subject in (MAKE_SPY, PURGE, REMOVE)),
    *("remediation.forged", "$KV.actions.forged"),
)
"""What no user of LOOP may say, as reply subjects: of the truth, of destruction, of what another alone may say."""
ORDER = ApplyFault(fault_id="forged", kind=FaultKind.NODE_DOWN, target="core-router-1", strength=1, duration=60)
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
    """A user's own rights, used to have the broker say something elsewhere."""

    def __init__(self, detector: Client, asks: Client, api: str, record: str) -> None:
        self._detector, self._asks, self._api, self._record = detector, asks, api, record
        self._made = 0

    async def lead(self, body: bytes, subject: str, way: str = "read") -> None:
        """Have the broker say `body` on a subject: read out of a bucket, or given out by a consumer."""
        if way == "read":
            await self._asks.request(self._record, body, timeout=10)
            bucket = self._record.split(".")[1]
            await self._asks.publish(f"{self._api}.DIRECT.GET.KV_{bucket}.{self._record}", b"", reply=subject)
        else:
            await self._detector.request("anomaly.raised", body, timeout=10)
            await self._consume(subject, push=way == "push")
        await settled(self._asks)

    async def _consume(self, subject: str, *, push: bool) -> None:
        self._made += 1
        name = f"detector-{self._made}"
        config = {"name": name, "ack_policy": "none", "deliver_policy": "last"}
        if push:
            config |= {"deliver_subject": subject}
        body = json.dumps({"stream_name": "ANOMALY", "config": config}).encode()
        create = f"{self._api}.CONSUMER.CREATE.ANOMALY.{name}"
        made = json.loads((await self._asks.request(create, body, timeout=10)).data)
        assert "error" not in made, made
        if not push:
            wish = b'{"batch": 1, "no_wait": true}'
            await self._asks.publish(f"{self._api}.CONSUMER.MSG.NEXT.ANOMALY.{name}", wish, reply=subject)


@pytest.fixture
async def traitor(broker: TestBroker) -> AsyncIterator[Traitor]:
    """Play a detector that was taken over; it reads its own lease record and the anomalies that it publishes."""
    client = await broker.client("detector")
    yield Traitor(client, client, API_FROM_LOOP, "$KV.leases-detector.member.detector.taken")
    await client.close()


@pytest.fixture
async def insider(broker: TestBroker) -> AsyncIterator[Traitor]:
    """Play it where everybody is in the account of the streams, as on a broker that knows no accounts."""
    detector, setup = await broker.client("detector"), await broker.client("setup")
    yield Traitor(detector, setup, API, "$KV.config.taken")
    await detector.close()
    await setup.close()


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
    await traitor.lead(ORDER.model_dump_json().encode(), "control.network", way)
    async with bus_for(broker, ServiceName.INJECTOR) as injector:
        own = ORDER.model_copy(update={"fault_id": "own"})
        await injector.request(ServiceName.NETWORK, own)
    assert struck == [own]
    (reason,) = await _set_aside(broker)
    assert reason.startswith("the broker's answer to a request") or "that arrived on control.network" in reason


async def _set_aside(broker: TestBroker) -> list[str]:
    """Wait until something was set aside; return why."""
    async with asyncio.timeout(10):
        while not (letters := await broker.stored("DEADLETTER")):
            await asyncio.sleep(0.05)
    return [json.loads(msg.data)["reason"] for msg in letters]


async def test_no_command_is_carried_out(broker: TestBroker, insider: Traitor, network: Bus) -> None:
    done: list[Event] = []

    async def obey(event: Event) -> None:
        done.append(event)

    await network.consume(NETWORK_COMMANDS, obey)
    for way in WAYS_INSIDE:
        await insider.lead(EXECUTE.model_dump_json().encode(), "remediation.execute", way)
    async with bus_for(broker, ServiceName.REMEDIATOR) as remediator:
        own = EXECUTE.model_copy(update={"action_id": "own.a1"})
        await remediator.publish(own)
        await until(lambda: own in done)
    await asyncio.sleep(0.3)
    assert done == [own]


async def test_the_ledger_holds_what_the_remediator_wrote(broker: TestBroker, insider: Traitor, network: Bus) -> None:
    for way in WAYS_INSIDE:
        await insider.lead(ACTION.model_dump_json().encode(), FORGED, way)
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
    client = await broker.client(SETUP)
    try:
        info = await client.jetstream().stream_info("KV_actions", subjects_filter="$KV.actions.>")
        return list(info.state.subjects or ())
    finally:
        await client.close()


async def test_what_is_wanted_stays_what_a_person_wanted(broker: TestBroker, insider: Traitor, network: Bus) -> None:
    seen: list[Desired] = []

    async def note(desired: Desired) -> None:
        seen.append(desired)

    await network.follow_desired(note)
    await insider.lead(Desired(mode=Mode.SUGGEST, interval=4).model_dump_json().encode(), "$KV.config.desired")
    async with bus_for(broker, ServiceName.GATEWAY) as gateway:
        await gateway.bucket(Bucket.CONFIG).put("desired", Desired(interval=9).model_dump_json().encode())
    await until(lambda: seen[-1].interval == 9)
    assert all(desired in (Desired(), OFF, Desired(interval=9)) for desired in seen), "what was led there was believed"


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


@pytest.mark.parametrize("user", [user for user in USERS if user not in (SETUP, TAP)])
async def test_no_answer_is_an_order(broker: TestBroker, user: str) -> None:
    """Say all that a user may, each time with an order as the reply subject: nothing is made, lost or forged."""
    async with bus_for(broker, ServiceName.RCA) as rca, bus_for(broker, ServiceName.NETWORK) as network:
        await rca.nc.request("diagnosis.made", b"{}", timeout=10)
        await network.bucket(Bucket.FAULTS).put("live", b"{}")
        client = await broker.client(user)
        for order in ORDERS:
            for subject, body in _all_that_may_be_said(user, order):
                await client.publish(subject, body, reply=order)
            await settled(client)
        await asyncio.sleep(0.3)
        await client.close()
    setup = await broker.client(SETUP)
    streams = setup.jetstream()
    assert [info.name for info in await streams.consumers_info("FAULT") if info.name == "spy"] == []
    assert (await streams.stream_info("DIAGNOSIS")).state.first_seq == 1
    assert (await streams.consumer_info("ANOMALY", "correlator")).name == "correlator"
    for stream, forged in (("REMEDIATION", "remediation.forged"), ("KV_actions", "$KV.actions.forged")):
        found = (await streams.stream_info(stream, subjects_filter=forged)).state.subjects
        assert not found, f"{stream}: {found}"
    await setup.close()


def _all_that_may_be_said(user: str, order: str) -> Iterator[tuple[str, bytes]]:
    """Each request that a user has a right to, in the order in which one makes the next one useful."""
    allowed = permissions(user)["publish"]["allow"]
    own = [_literal(subject) for subject in allowed if subject.startswith("$KV.")]
    yield from ((subject, SPYING) for subject in own)
    for subject in sorted(set(allowed) - set(own), key=lambda subject: (".CONSUMER.DELETE." in subject, subject)):
        said, stream = _literal(subject), subject.split(".")[-2]
        name, number = said.rpartition(".")[2], said.rpartition("-")[2]
        if name.startswith(f"{user}-") and int(number) >= len(WAYS):
            continue  # of the names that are its own two tell as much as all
        if ".CONSUMER.CREATE." in said:
            config = {"name": name, "ack_policy": "none", "deliver_policy": "all", "mem_storage": True}
            if number == "1":
                config |= {"deliver_subject": order, "idle_heartbeat": 100_000_000}
            yield said, json.dumps({"stream_name": stream, "config": config}).encode()
        elif ".CONSUMER.MSG.NEXT." in said:
            yield said, b'{"batch": 10, "no_wait": true}'
        elif ".DIRECT.GET." in said and ".KV_" not in said:
            yield said, b'{"seq": 1}'
        elif ".DIRECT.GET." in said:
            bucket = subject.removeprefix(f"{GET}.").split(".")[0].removeprefix("KV_")
            keys = [one for one in own if one.startswith(f"$KV.{bucket}.")]
            keys += [f"$KV.{bucket}.missing", "$KV.topology.topology"]
            for key in keys:
                yield f"{GET}.KV_{bucket}.{key}", b""
            yield f"{GET}.KV_{bucket}", json.dumps({"multi_last": [f"$KV.{bucket}.>"]}).encode()
        else:
            yield said, SPYING


def _literal(pattern: str) -> str:
    return pattern.replace("*", "x").replace(">", "x")


async def test_in_one_account_an_answer_would_be_an_order(broker: TestBroker, insider: Traitor) -> None:
    """Were the broker to close that, the test above would hold nothing."""
    async with bus_for(broker, ServiceName.RCA) as rca:
        await rca.nc.request("diagnosis.made", b"{}", timeout=10)
    await insider.lead(SPYING, MAKE_SPY)
    await insider.lead(b"", PURGE)
    await asyncio.sleep(0.2)
    setup = await broker.client(SETUP)
    streams = setup.jetstream()
    assert (await streams.consumer_info("FAULT", "spy")).name == "spy"
    assert (await streams.stream_info("DIAGNOSIS")).state.messages == 0
    await setup.close()
