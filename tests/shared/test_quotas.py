"""A user that uses all of its rights, or tries more, affects no other user."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.domain.config import Desired
from shared.domain.events import Event, Execute, LogLine
from shared.domain.events.faults import FaultCycle
from shared.domain.kinds import ActionKind, Level, ServiceName
from shared.domain.subjects import OF_TWO_SERVICES, Bucket, Stream, kept
from shared.domain.topology import default_topology
from shared.platform.access import CREATE, FAMILIES, READERS, RECORD, SETUP, TAP, USERS, permissions, reader_names
from shared.platform.accounts import GUESTS, LIMITS, RECORDS
from shared.platform.bootstrap import MIB, STREAMS, bootstrap, bucket_config, stream_config
from shared.platform.bus.connection import BrokerConnection
from shared.platform.bus.follow import Follow, OrderedReader
from shared.platform.bus.pull import Stored
from shared.platform.leases import STILL_FOR, Lease
from shared.testing import NOON, TestBroker, bus_for, tick
from tests.shared.helpers import settled, until

SUBSCRIPTIONS = 20_000
CONNECTIONS = 2 * LIMITS[GUESTS].connections
CONSUMERS = 3_000
LOOKS = 3
EXECUTE = Execute(incident_id="i", action_id="i.a1", fence=1, kind=ActionKind.REBOOT_NODE, target="core-router-1")
VICTIM = "remediation.execute"
HEADERS: tuple[dict[str, str], ...] = (
    {"Nats-Rollup": "all"},
    {"Nats-Rollup": "sub"},
    {"KV-Operation": "PURGE", "Nats-Rollup": "sub"},
    {"KV-Operation": "DEL"},
    {"Nats-TTL": "1s"},
    {"Nats-Msg-Id": "witness"},
    {"Nats-Expected-Stream": "KV_leases-injector"},
    {"Nats-Expected-Last-Sequence": "0"},
    {"Nats-Expected-Last-Subject-Sequence": "0", "Nats-Expected-Last-Subject-Sequence-Subject": VICTIM},
    {"Nats-Expected-Last-Msg-Id": "witness"},
    {"Nats-Incr": "+1"},
    {"Nats-Schedule": "@every 1s", "Nats-Schedule-Target": VICTIM, "Nats-Schedule-TTL": "1s"},
    {"Nats-Schedule": "@every 1s", "Nats-Schedule-Target": VICTIM, "Nats-Schedule-Rollup": "all"},
    {"Nats-Batch-Id": "b", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": "1", "Nats-Rollup": "all"},
    {"Nats-Trace-Dest": VICTIM, "Nats-Trace-Only": "true"},
    {"Nats-Marker-Reason": "Purge"},
    {"Nats-Stream-Source": "KV_actions 1 > >"},
    {"Nats-Stream": "REMEDIATION", "Nats-Sequence": "1", "Nats-Subject": VICTIM},
)


# --- subscriptions and connections ----------------------------------------------------------------------------------


async def _reply(broker: TestBroker, login: dict[str, object], lines: str) -> tuple[asyncio.StreamWriter, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
    writer.write(f"CONNECT {json.dumps(login)}\r\nPING\r\n{lines}PING\r\n".encode())
    output = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(5):
            while b"-ERR" not in output and output.count(b"PONG") < 2 and (more := await reader.read(65536)):
                output += more
    return writer, output.lower()


async def _greedy_guest(broker: TestBroker, each: int) -> tuple[asyncio.StreamWriter, bytes]:
    return await _reply(broker, {"verbose": False}, "".join(f"SUB metrics.* {number}\r\n" for number in range(each)))


@asynccontextmanager
async def _telemetry(broker: TestBroker) -> AsyncIterator[None]:
    """Publish all four partitions four times a second, in messages as large as those of 250 nodes."""
    async with bus_for(broker, ServiceName.NETWORK) as network:

        async def publish_all() -> None:
            number = 0
            while True:
                number += 1
                await network.publish_tick(tick(number))
                for partition in range(1, 4):
                    await network.nc.publish(f"metrics.{partition}", bytes(20_000))
                await asyncio.sleep(0.25)

        publishing = asyncio.create_task(publish_all())
        try:
            yield
        finally:
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)


async def _is_held(lease: Lease) -> bool:
    until_then = time.monotonic() + 2 * STILL_FOR
    while time.monotonic() < until_then:
        if not lease.leads:
            return False
        await asyncio.sleep(0.05)
    return True


async def test_thousands_of_subscriptions_of_a_guest_cost_no_lease(broker: TestBroker) -> None:
    async def ignore(_owned: frozenset[int]) -> None:
        return

    async with _telemetry(broker), bus_for(broker, ServiceName.STABILIZER) as stabilizer:
        lease = await stabilizer.lease(1, ignore)
        await until(lambda: lease.leads)
        guests = [await _greedy_guest(broker, SUBSCRIPTIONS)]
        guests += await asyncio.gather(
            *(_greedy_guest(broker, LIMITS[GUESTS].subscriptions) for _ in range(CONNECTIONS)),
        )
        # A busy machine may cost a lease, too: one success is enough; with the subscriptions there would be none.
        looks = 0
        while not await _is_held(lease):
            looks += 1
            assert looks < LOOKS, "the lease is lost repeatedly"
            await until(lambda: lease.leads)
        async with bus_for(broker, ServiceName.DETECTOR):
            pass  # a service can still connect
        assert b"maximum subscriptions exceeded" in guests[0][1]
        for writer, _ in guests:
            writer.close()


async def test_the_number_of_guests_is_limited(broker: TestBroker) -> None:
    """They connect one after another: of many at the same instant the broker may accept more (limits.md)."""
    guests = [await _greedy_guest(broker, 0) for _ in range(LIMITS[GUESTS].connections + 1)]
    refused = [b"maximum account active connections exceeded" in output for _, output in guests]
    assert refused == [*[False] * LIMITS[GUESTS].connections, True]
    for writer, _ in guests:
        writer.close()


async def test_the_message_size_is_limited_for_each_account(broker: TestBroker) -> None:
    for user, account in ((TAP, GUESTS), (RECORD, RECORDS)):
        login: dict[str, object] = {"verbose": False, "user": user, "pass": broker.passwords[user]}
        size = LIMITS[account].payload + 1
        writer, output = await _reply(broker, login, f"PUB x {size}\r\n{'x' * size}\r\n")
        assert b"maximum payload violation" in output, user
        writer.close()


# --- consumers ------------------------------------------------------------------------------------------------------


def _durable(stream: str, name: str) -> bytes:
    config = {"name": name, "durable_name": name, "ack_policy": "explicit", "max_waiting": 512}
    return json.dumps({"stream_name": stream, "config": config}).encode()


@pytest.mark.parametrize("user", [RECORD, ServiceName.GATEWAY])
async def test_consumers_are_limited_in_number_and_in_time(broker: TestBroker, user: str) -> None:
    greedy = await broker.client(user)
    names = [*reader_names(user, "FAULT"), *(f"greedy{number}" for number in range(CONSUMERS)), "remediator-0"]
    for name in names:
        await greedy.publish(f"{CREATE}.FAULT.{name}", _durable("FAULT", name), reply=f"_INBOX_{user}.x")
    await settled(greedy)
    await greedy.close()
    setup = await broker.client(SETUP)
    async with asyncio.timeout(10):
        while (await setup.jetstream().stream_info("FAULT")).state.consumer_count != READERS:
            await asyncio.sleep(0.05)
    async with bus_for(broker, ServiceName.INJECTOR) as injector:
        await _reads(injector.connection)
    broker.restart()
    await until(lambda: setup.is_connected)
    await bootstrap(broker.settings(SETUP), default_topology(), Desired())
    assert (await setup.jetstream().stream_info("FAULT")).state.consumer_count == 0
    await setup.close()
    link = BrokerConnection("again")
    await link.open(broker.settings(user))
    await _reads(link)
    await link.close()


async def _reads(link: BrokerConnection) -> None:
    async def ignore(_message: Stored, *_: object) -> None:
        return

    reader = OrderedReader(link, "FAULT", ["fault.*"], "all", link.name)
    follow = await Follow(link, [reader], ignore, ignore).start()
    await asyncio.wait_for(follow.caught_up.wait(), 10)
    await follow.stop()


async def test_a_reader_releases_its_consumer_name(broker: TestBroker) -> None:
    setup = await broker.client(SETUP)
    async with bus_for(broker, ServiceName.INJECTOR) as injector:
        for _ in range(READERS + 1):
            await _reads(injector.connection)
    assert (await setup.jetstream().stream_info("FAULT")).state.consumer_count == 0
    await setup.close()


async def test_a_reader_without_free_consumer_names_is_refused_with_a_reason(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.INJECTOR) as injector:
        for name in reader_names("injector", "FAULT"):
            await injector.nc.request(f"{CREATE}.FAULT.{name}", _durable("FAULT", name), timeout=10)
        with pytest.raises(Exception, match=f"all {READERS} consumers that injector may have on FAULT are in use: end"):
            await OrderedReader(injector.connection, "FAULT", ["fault.*"], "all", "x").make()


# --- headers and ids ------------------------------------------------------------------------------------------------


def _may_be_stored(user: str, word: str = "x") -> Iterator[str]:
    for subject in permissions(user)["publish"].get("allow", ()):
        if not subject.startswith(("$JS.", "$SRV.", "control.")):
            yield subject.replace("*", word).replace(">", word)


async def _last_of_each(setup: Client, streams: list[str]) -> dict[tuple[str, str], set[int]]:
    """Return the numbers of the stored messages, by stream and subject."""
    found: dict[tuple[str, str], set[int]] = {}
    for stream in streams:
        info = await setup.jetstream().stream_info(stream)
        for number in range(info.state.first_seq, info.state.last_seq + 1):
            query = json.dumps({"seq": number}).encode()
            answer = json.loads((await setup.request(f"$JS.API.STREAM.MSG.GET.{stream}", query, timeout=10)).data)
            if "message" in answer:
                found.setdefault((stream, answer["message"]["subject"]), set()).add(number)
    return found


async def test_no_header_changes_messages_of_others(broker: TestBroker) -> None:
    """Each user sends each header to each subject that it may publish on; messages of other users stay."""
    setup = await broker.client(SETUP)
    streams = [str(info.config.name) for info in await setup.jetstream().streams_info()]
    users = [user for user in USERS if user not in (SETUP, TAP)]
    clients = {user: await broker.client(user) for user in users}
    for user, client in clients.items():
        for subject in _may_be_stored(user, "witness"):
            await client.publish(subject, b"witness")
        await settled(client)
    before = await _last_of_each(setup, streams)
    assert {subject for user in users for subject in _may_be_stored(user, "witness")} <= {
        subject for _, subject in before
    }
    attacked = {subject for user in users for subject in _may_be_stored(user)}
    for user, client in clients.items():
        for subject in _may_be_stored(user):
            for headers in HEADERS:
                await client.publish(subject, b"attack", headers=headers)
        await settled(client)
    await asyncio.sleep(1.2)  # longer than the TTL
    after = await _last_of_each(setup, streams)
    for (stream, subject), numbers in before.items():
        if not (stream.startswith("KV_") and subject in attacked):  # its only writer may change a key
            assert numbers <= after.get((stream, subject), set()), f"{stream} {subject}"
    for client in (*clients.values(), setup):
        await client.close()


def test_no_stream_accepts_a_message_that_removes_others() -> None:
    configs = [stream_config(one) for one in STREAMS] + [bucket_config(bucket, bucket) for bucket in Bucket]
    for config in configs:
        assert config["allow_rollup_hdrs"] is False
        assert not {"allow_msg_schedules", "allow_msg_counter", "allow_atomic"} & config.keys()


async def test_a_user_cannot_use_up_the_id_of_anothers_message(broker: TestBroker) -> None:
    line = LogLine(service="gateway", replica="gateway-1", number=1, at=NOON, level=Level.INFO, message="here I am")
    cycle = FaultCycle(number=3, at=NOON, interval=12)
    events: list[tuple[ServiceName, Event]] = [
        (ServiceName.REMEDIATOR, EXECUTE),
        (ServiceName.INJECTOR, cycle),
        (ServiceName.GATEWAY, line),
    ]
    for attacker in (name for name in USERS if name not in (SETUP, TAP)):
        client = await broker.client(attacker)
        for whose, event in events:
            for subject in _may_be_stored(attacker):
                if whose != attacker:
                    await client.publish(subject, b"{}", headers={"Nats-Msg-Id": event.id})
        letter = {"Nats-Msg-Id": "ANOMALY.1"}
        for subject in _may_be_stored(attacker):
            if attacker != ServiceName.CORRELATOR:
                await client.publish(subject, b"{}", headers=letter)
        await settled(client)
        await client.close()
    for whose, event in events:
        async with bus_for(broker, whose) as bus:
            await bus.publish(event)
            await bus.publish(event)
    async with bus_for(broker, ServiceName.CORRELATOR) as correlator:
        await correlator.dead_letter("anomaly.raised", b"?", "no reason", "ANOMALY.1")
    for stream, body in (("REMEDIATION", EXECUTE), ("FAULT", cycle), ("LOG", line)):
        found = [msg for msg in await broker.stored(stream) if msg.data == body.model_dump_json().encode()]
        assert len(found) in (1, 2), f"{stream}: stored, and not more often than it was published"
    dead_letters = [msg for msg in await broker.stored("DEADLETTER") if msg.subject == "deadletter.correlator"]
    assert [json.loads(msg.data)["reason"] for msg in dead_letters if b"no reason" in msg.data] == ["no reason"]


def test_the_streams_with_two_writers_are_known() -> None:
    writers = {
        one.name: {user for user in USERS if any(_within(one.subject, subject) for subject in _may_be_stored(user))}
        for one in STREAMS
    }
    shared = {name for name, users in writers.items() if len(users) > 1}
    assert shared == {one.name for family in OF_TWO_SERVICES for one in kept(family)}
    buckets = {
        user: {subject.split(".")[1] for subject in _may_be_stored(user) if subject.startswith("$KV.")}
        for user in USERS
    }
    for name in {name for names in buckets.values() for name in names} - {Bucket.CONFIG, Bucket.TOPOLOGY}:
        assert len([user for user, names in buckets.items() if name in names]) == 1, name


def _within(pattern: str, subject: str) -> bool:
    wanted, given = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        return given[: len(wanted) - 1] == wanted[:-1]
    return len(wanted) == len(given) and all(a in ("*", b) for a, b in zip(wanted, given, strict=True))


# --- room and origin ------------------------------------------------------------------------------------------------


async def test_a_user_that_fills_its_log_or_leases_affects_no_other(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.GATEWAY) as gateway:
        await gateway.log(Level.INFO, "of before the flood")
        await gateway.dead_letter("x", b"y", "of before the flood", "id")
    flooding = await broker.client("detector")
    for _ in range(32):
        for subject in ("log.detector.info", "deadletter.detector"):
            await flooding.request(subject, bytes(MIB), timeout=10)
    for number in range(40):
        await flooding.request(f"$KV.leases-detector.member.detector.{number}", bytes(MIB // 8), timeout=10)
    await flooding.close()
    for family in ("LOG", "DEADLETTER"):
        assert any(b"of before the flood" in msg.data for msg in await broker.stored(family)), family

    async def ignore(_owned: frozenset[int]) -> None:
        return

    async with bus_for(broker, ServiceName.STABILIZER) as stabilizer:
        lease = await stabilizer.lease(1, ignore)
        await until(lambda: lease.leads)


async def test_a_log_line_in_anothers_name_becomes_a_dead_letter(broker: TestBroker) -> None:
    received: list[str] = []

    async def receive(line: LogLine, _time: float) -> None:
        received.append(f"{line.service}: {line.message}")

    forged = LogLine(service="network", replica="network-1", number=1, at=NOON, level=Level.INFO, message="all is well")
    louder = forged.model_copy(update={"service": "rca", "level": Level.ERROR})
    liar = await broker.client("rca")
    for line in (forged, louder):
        await liar.request("log.rca.info", line.model_dump_json().encode(), timeout=10)
    await liar.close()
    async with bus_for(broker, ServiceName.GATEWAY) as gateway, bus_for(broker, ServiceName.RCA) as rca:
        await rca.log(Level.WARNING, "own")
        following = await gateway.follow(["log.>"], receive, since="all")
        await asyncio.wait_for(following.caught_up.wait(), 10)
        await until(lambda: received == ["rca: own"])
        await until(lambda: gateway.connection.connected)
    reasons = [json.loads(msg.data)["reason"] for msg in await broker.stored("DEADLETTER")]
    assert any("a line of network, level info, that was published on log.rca.info" in reason for reason in reasons)
    assert len(reasons) == 2


async def test_an_older_store_is_migrated(broker: TestBroker) -> None:
    """In an older store all services share one stream of logs and one of dead letters, and buckets accept rollups."""
    setup = await broker.client(SETUP)
    js = setup.jetstream()
    for family in (Stream.LOG, Stream.DEADLETTER):
        for one in kept(family):
            await js.delete_stream(one.name)
        await js.add_stream(name=family.value, subjects=[f"{family.lower()}.*"], max_bytes=MIB)
    await js.add_stream(name="KV_leases", subjects=["$KV.leases.>"], max_bytes=MIB, deny_delete=True)
    for name in ("KV_actions", "ANOMALY"):
        old = (await js.stream_info(name)).config
        await js.update_stream(old.evolve(allow_rollup_hdrs=True))
        assert (await js.stream_info(name)).config.allow_rollup_hdrs
    await bootstrap(broker.settings(SETUP), default_topology(), Desired())
    names = {info.config.name for info in await js.streams_info()}
    assert not {"LOG", "DEADLETTER", "KV_leases"} & names
    assert {one.name for one in STREAMS} <= names
    for name in ("KV_actions", "ANOMALY"):
        assert not (await js.stream_info(name)).config.allow_rollup_hdrs
    await setup.close()


async def test_a_guest_receives_every_family(broker: TestBroker) -> None:
    received: list[Msg] = []

    async def receive(msg: Msg) -> None:
        received.append(msg)

    guest, hostile = await broker.client(TAP), await broker.client()
    for family in FAMILIES:
        await guest.subscribe(family, cb=receive)
    await settled(guest)
    names = [family.replace("*", "x").replace(">", "x.y") for family in FAMILIES]
    for subject in names:
        await hostile.publish(subject, b"1")
    await settled(hostile)
    await until(lambda: {msg.subject for msg in received} >= set(names))
    await guest.close()
    await hostile.close()
