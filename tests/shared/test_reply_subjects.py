"""A user can make the broker publish on any subject, as the reply to a request: the broker checks no rights there.

Two defences. Stored data is in a separate account: a reply to the services is not forwarded, so it is never a command
to JetStream and never stored. And a reply that can be received, or was stored on a broker without accounts, has a
header by which our readers reject it.
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
FORBIDDEN = (
    *(MAKE_SPY, PURGE, f"{API}.STREAM.DELETE.DIAGNOSIS", REMOVE),
    *(subject.replace(API, API_FROM_LOOP) for subject in (MAKE_SPY, PURGE, REMOVE)),
    *("remediation.forged", "$KV.actions.forged"),
)
"""Reply subjects on which no user of LOOP may publish: to read the ground truth, to delete, to forge events."""
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


class Attacker:
    """Uses the rights of a user to make the broker publish on other subjects."""

    def __init__(self, detector: Client, asks: Client, api: str, record: str) -> None:
        self._detector, self._asks, self._api, self._record = detector, asks, api, record
        self._made = 0

    async def forge(self, body: bytes, subject: str, way: str = "read") -> None:
        """Make the broker publish `body` on a subject: as a value of a bucket, or as a message of a consumer."""
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
            query = b'{"batch": 1, "no_wait": true}'
            await self._asks.publish(f"{self._api}.CONSUMER.MSG.NEXT.ANOMALY.{name}", query, reply=subject)


@pytest.fixture
async def attacker(broker: TestBroker) -> AsyncIterator[Attacker]:
    """A compromised detector, which reads its own lease record and the anomalies that it publishes."""
    client = await broker.client("detector")
    yield Attacker(client, client, API_FROM_LOOP, "$KV.leases-detector.member.detector.taken")
    await client.close()


@pytest.fixture
async def insider(broker: TestBroker) -> AsyncIterator[Attacker]:
    """The same with all users in the account of the streams, as on a broker without accounts."""
    detector, setup = await broker.client("detector"), await broker.client("setup")
    yield Attacker(detector, setup, API, "$KV.config.taken")
    await detector.close()
    await setup.close()


@pytest.fixture
async def network(broker: TestBroker) -> AsyncIterator[Bus]:
    async with bus_for(broker, ServiceName.NETWORK) as bus:
        yield bus


@pytest.mark.parametrize("way", WAYS)
async def test_the_broker_lets_a_user_choose_any_reply_subject(
    broker: TestBroker, attacker: Attacker, way: str
) -> None:
    """If the broker prevented this, the other tests here would prove nothing."""
    received: list[Msg] = []

    async def receive(msg: Msg) -> None:
        received.append(msg)

    witness = await broker.client()
    await witness.subscribe("control.network", queue="network", cb=receive)
    await settled(witness)
    await attacker.forge(b"anything", "control.network", way)
    await until(lambda: len(received) == 1)
    assert received[0].data == b"anything"
    await witness.close()


@pytest.mark.parametrize("way", WAYS)
async def test_no_forged_request_injects_a_fault(
    broker: TestBroker, attacker: Attacker, network: Bus, way: str
) -> None:
    applied: list[object] = []

    async def apply(request: object) -> Reply:
        applied.append(request)
        return Reply()

    await network.answer(apply)
    await attacker.forge(ORDER.model_dump_json().encode(), "control.network", way)
    async with bus_for(broker, ServiceName.INJECTOR) as injector:
        own = ORDER.model_copy(update={"fault_id": "own"})
        await injector.request(ServiceName.NETWORK, own)
    assert applied == [own]
    (reason,) = await _dead_letter_reasons(broker)
    assert reason.startswith("the broker's answer to a request") or "that arrived on control.network" in reason


async def _dead_letter_reasons(broker: TestBroker) -> list[str]:
    async with asyncio.timeout(10):
        while not (dead_letters := await broker.stored("DEADLETTER")):
            await asyncio.sleep(0.05)
    return [json.loads(msg.data)["reason"] for msg in dead_letters]


async def test_no_forged_command_is_carried_out(broker: TestBroker, insider: Attacker, network: Bus) -> None:
    done: list[Event] = []

    async def note(event: Event) -> None:
        done.append(event)

    await network.consume(NETWORK_COMMANDS, note)
    for way in WAYS_INSIDE:
        await insider.forge(EXECUTE.model_dump_json().encode(), "remediation.execute", way)
    async with bus_for(broker, ServiceName.REMEDIATOR) as remediator:
        own = EXECUTE.model_copy(update={"action_id": "own.a1"})
        await remediator.publish(own)
        await until(lambda: own in done)
    await asyncio.sleep(0.3)
    assert done == [own]


async def test_the_ledger_contains_only_what_the_remediator_wrote(
    broker: TestBroker, insider: Attacker, network: Bus
) -> None:
    for way in WAYS_INSIDE:
        await insider.forge(ACTION.model_dump_json().encode(), FORGED, way)
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
    assert FORGED in await _keys(broker), "the broker did not store the forged record"


async def _keys(broker: TestBroker) -> list[str]:
    """Return the keys in the bucket of the ledger, including forged ones."""
    client = await broker.client(SETUP)
    try:
        info = await client.jetstream().stream_info("KV_actions", subjects_filter="$KV.actions.>")
        return list(info.state.subjects or ())
    finally:
        await client.close()


async def test_the_desired_state_cannot_be_forged(broker: TestBroker, insider: Attacker, network: Bus) -> None:
    seen: list[Desired] = []

    async def note(desired: Desired) -> None:
        seen.append(desired)

    await network.follow_desired(note)
    await insider.forge(Desired(mode=Mode.SUGGEST, interval=4).model_dump_json().encode(), "$KV.config.desired")
    async with bus_for(broker, ServiceName.GATEWAY) as gateway:
        await gateway.bucket(Bucket.CONFIG).put("desired", Desired(interval=9).model_dump_json().encode())
    await until(lambda: seen[-1].interval == 9)
    assert all(desired in (Desired(), OFF, Desired(interval=9)) for desired in seen), "a forged record was accepted"


@pytest.mark.parametrize("way", WAYS)
async def test_neither_clock_nor_telemetry_can_be_forged(
    broker: TestBroker, attacker: Attacker, network: Bus, way: str
) -> None:
    received: list[int] = []
    async with bus_for(broker, ServiceName.STABILIZER) as stabilizer:
        await stabilizer.listen_ticks(lambda one: received.append(one.tick))
        await attacker.forge(encode_tick(tick(40_000_000)), "metrics.0", way)
        await network.publish_tick(tick(7))
        await until(lambda: 7 in received)
        assert received == [7]
        assert stabilizer.clock.now() == pytest.approx(NOON + 7 * 0.25, abs=30)


@pytest.mark.parametrize("user", [user for user in USERS if user not in (SETUP, TAP)])
async def test_no_reply_becomes_a_command(broker: TestBroker, user: str) -> None:
    """Send all permitted requests of a user with each forbidden reply subject: nothing is created, lost or forged."""
    async with bus_for(broker, ServiceName.RCA) as rca, bus_for(broker, ServiceName.NETWORK) as network:
        await rca.nc.request("diagnosis.made", b"{}", timeout=10)
        await network.bucket(Bucket.FAULTS).put("live", b"{}")
        client = await broker.client(user)
        for forbidden in FORBIDDEN:
            for subject, body in _permitted_requests(user, forbidden):
                await client.publish(subject, body, reply=forbidden)
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


def _permitted_requests(user: str, forbidden: str) -> Iterator[tuple[str, bytes]]:
    """Yield all permitted requests of a user; earlier ones create what later ones use."""
    allowed = permissions(user)["publish"]["allow"]
    own = [_literal(subject) for subject in allowed if subject.startswith("$KV.")]
    yield from ((subject, SPYING) for subject in own)
    for subject in sorted(set(allowed) - set(own), key=lambda subject: (".CONSUMER.DELETE." in subject, subject)):
        published, stream = _literal(subject), subject.split(".")[-2]
        name, number = published.rpartition(".")[2], published.rpartition("-")[2]
        if name.startswith(f"{user}-") and int(number) >= len(WAYS):
            continue  # two of its own consumer names are enough
        if ".CONSUMER.CREATE." in published:
            config = {"name": name, "ack_policy": "none", "deliver_policy": "all", "mem_storage": True}
            if number == "1":
                config |= {"deliver_subject": forbidden, "idle_heartbeat": 100_000_000}
            yield published, json.dumps({"stream_name": stream, "config": config}).encode()
        elif ".CONSUMER.MSG.NEXT." in published:
            yield published, b'{"batch": 10, "no_wait": true}'
        elif ".DIRECT.GET." in published and ".KV_" not in published:
            yield published, b'{"seq": 1}'
        elif ".DIRECT.GET." in published:
            bucket = subject.removeprefix(f"{GET}.").split(".")[0].removeprefix("KV_")
            keys = [one for one in own if one.startswith(f"$KV.{bucket}.")]
            keys += [f"$KV.{bucket}.missing", "$KV.topology.topology"]
            for key in keys:
                yield f"{GET}.KV_{bucket}.{key}", b""
            yield f"{GET}.KV_{bucket}", json.dumps({"multi_last": [f"$KV.{bucket}.>"]}).encode()
        else:
            yield published, SPYING


def _literal(pattern: str) -> str:
    return pattern.replace("*", "x").replace(">", "x")


async def test_with_one_account_a_reply_becomes_a_command(broker: TestBroker, insider: Attacker) -> None:
    """If the broker prevented this, the test above would prove nothing."""
    async with bus_for(broker, ServiceName.RCA) as rca:
        await rca.nc.request("diagnosis.made", b"{}", timeout=10)
    await insider.forge(SPYING, MAKE_SPY)
    await insider.forge(b"", PURGE)
    await asyncio.sleep(0.2)
    setup = await broker.client(SETUP)
    streams = setup.jetstream()
    assert (await streams.consumer_info("FAULT", "spy")).name == "spy"
    assert (await streams.stream_info("DIAGNOSIS")).state.messages == 0
    await setup.close()
