"""Published events arrive once and in order, even if the broker fails."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from shared.domain.config import OFF, REVISION_KEY, Desired, stored_desired
from shared.domain.errors import MessageError, Refused, UnknownTarget
from shared.domain.events import AnomalyRaised, Event, LogLine
from shared.domain.kinds import FaultKind, Level, Mode, ServiceName
from shared.domain.requests import InjectFault, Reply
from shared.domain.subjects import CORRELATOR_ANOMALIES, NETWORK_COMMANDS, Bucket
from shared.domain.telemetry import Tick
from shared.platform.access import SETUP
from shared.platform.bus import Bus
from shared.platform.bus.answers import TRY_AGAIN
from shared.platform.bus.desired import NO_ANSWER
from shared.platform.bus.follow import OrderedReader
from shared.testing import NOON, TestBroker, bus_for, cleared, diagnosis, incident, raised, tick
from tests.shared.helpers import until

DETECTOR, CORRELATOR, GATEWAY = ServiceName.DETECTOR, ServiceName.CORRELATOR, ServiceName.GATEWAY
NETWORK, INJECTOR, STABILIZER = ServiceName.NETWORK, ServiceName.INJECTOR, ServiceName.STABILIZER


def numbered(count: int, start: int = 0) -> list[AnomalyRaised]:
    return [raised(since=NOON + n) for n in range(start, start + count)]


async def test_events_are_consumed_in_order_with_cloudevents_attributes(broker: TestBroker) -> None:
    got: list[Event] = []

    async def handle(event: Event) -> None:
        got.append(event)

    sent = numbered(50)
    async with bus_for(broker, DETECTOR) as detector, bus_for(broker, CORRELATOR) as correlator:
        await detector.publish(*sent)
        await correlator.consume(CORRELATOR_ANOMALIES, handle)
        await until(lambda: len(got) == 50)
    assert got == sent
    headers = (await broker.stored("ANOMALY"))[0].headers
    assert headers is not None
    assert headers["ce-id"] == headers["Nats-Msg-Id"] == sent[0].id
    assert headers["ce-type"] == "nms.anomaly.raised.v1"
    assert headers["ce-subject"] == "server-1"
    assert headers["traceparent"] == sent[0].traceparent


async def test_a_repeated_event_is_stored_once(broker: TestBroker) -> None:
    async with bus_for(broker, DETECTOR) as one, bus_for(broker, DETECTOR) as other:
        await one.publish(*numbered(3))
        await other.publish(*numbered(5))
    assert len(await broker.stored("ANOMALY")) == 5


async def test_replicas_take_turns_and_each_message_is_handled_once(broker: TestBroker) -> None:
    got: list[str] = []

    async def handle(event: Event) -> None:
        await asyncio.sleep(0.002)
        got.append(event.id)

    async with (
        bus_for(broker, DETECTOR) as detector,
        bus_for(broker, CORRELATOR) as one,
        bus_for(broker, CORRELATOR) as other,
    ):
        for bus in (one, other):
            await bus.consume(CORRELATOR_ANOMALIES, handle)
        await detector.publish(*numbered(60))
        await until(lambda: len(got) >= 60)
        await asyncio.sleep(0.1)
    assert sorted(got) == sorted(event.id for event in numbered(60))


async def test_history_of_several_streams_is_merged_by_time_and_followed_by_live_events(broker: TestBroker) -> None:
    first, second = raised(), raised("server-2")
    story = [first, incident([first.anomaly]), diagnosis(incident([first.anomaly])), second]
    got: list[Event] = []

    async def handle(event: Event, _time: float) -> None:
        got.append(event)

    async with (
        bus_for(broker, DETECTOR) as detector,
        bus_for(broker, ServiceName.RCA) as rca,
        bus_for(broker, GATEWAY) as gateway,
    ):
        await detector.publish(first)
        await rca.publish(story[2])  # type: ignore[arg-type]
        await detector.publish(second)
        following = await gateway.follow(["diagnosis.made", "anomaly.*"], handle, since="all")
        await asyncio.wait_for(following.caught_up.wait(), 5)
        assert got == [first, story[2], second]
        await detector.publish(cleared(first.anomaly))
        await until(lambda: len(got) == 4)
        silent = await gateway.follow(["anomaly.*"], handle, since=None)
        await asyncio.wait_for(silent.caught_up.wait(), 5)
        assert len(got) == 4


async def test_history_reaches_back_as_far_as_requested(broker: TestBroker) -> None:
    got: list[str] = []

    async def handle(event: Event, _time: float) -> None:
        got.append(event.id)

    async with bus_for(broker, DETECTOR) as detector:
        await detector.publish(raised("server-1"))
        await asyncio.sleep(2.5)
        await detector.publish(raised("server-2"))
        following = await detector.follow(["anomaly.*"], handle, since=1.25)
        await asyncio.wait_for(following.caught_up.wait(), 5)
    assert got == ["server-2.cpu_usage.0"]


async def test_history_that_expires_before_delivery_does_not_block_the_reader(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = OrderedReader.make

    async def make_and_expire(reader: OrderedReader) -> str:
        name = await make(reader)
        if reader.stream == "ANOMALY":
            setup = await broker.client("setup")
            await setup.jetstream().purge_stream("ANOMALY")
            await setup.close()
        return name

    async def ignore(_event: Event, _time: float) -> None:
        return

    monkeypatch.setattr(OrderedReader, "make", make_and_expire)
    async with bus_for(broker, DETECTOR) as detector:
        await detector.publish(*numbered(3))
        following = await detector.follow(["anomaly.*"], ignore, since="all")
        await asyncio.wait_for(following.caught_up.wait(), 5)


async def test_a_new_bus_waits_for_the_first_tick_to_know_the_speed(broker: TestBroker) -> None:
    async def ticks(network: Bus) -> None:
        for number in range(100):
            await network.publish_tick(tick(number, speed=50.0))
            await asyncio.sleep(0.1)

    got: list[str] = []

    async def handle(event: Event, _time: float) -> None:
        got.append(event.id)

    async with bus_for(broker, DETECTOR) as detector, bus_for(broker, NETWORK) as network:
        await detector.publish(raised("server-1"))
        await asyncio.sleep(1.2)
        ticking = asyncio.create_task(ticks(network))
        async with bus_for(broker, DETECTOR) as young:
            following = await young.follow(["anomaly.*"], handle, since=10.0)  # 0.2 s of ours
            await asyncio.wait_for(following.caught_up.wait(), 5)
            assert young.clock.speed == 50.0
        ticking.cancel()
    assert got == []


async def test_killing_the_broker_under_load_loses_nothing(broker: TestBroker) -> None:
    worked: list[str] = []
    followed: list[str] = []
    received: list[tuple[float, str]] = []

    async def work(event: Event) -> None:
        worked.append(event.id)

    async def follow(event: Event, _time: float) -> None:
        followed.append(event.id)
        received.append((time.monotonic(), event.id))

    events = numbered(400)
    async with bus_for(broker, DETECTOR) as detector, bus_for(broker, CORRELATOR) as correlator:
        await correlator.consume(CORRELATOR_ANOMALIES, work)
        await detector.follow(["anomaly.*"], follow, since="all")

        async def publish() -> None:
            for event in events:
                await detector.publish(event)
                await asyncio.sleep(0.005)

        publishing = asyncio.create_task(publish())
        await asyncio.sleep(0.7)
        broker.kill()
        await asyncio.sleep(0.5)
        broker.start()
        back = time.monotonic()
        await publishing
        await until(lambda: len(set(worked)) == 400 and len(followed) == 400)
    assert followed == [event.id for event in events]
    assert len(await broker.stored("ANOMALY")) == 400
    first_after = next(at for at, _ in received if at > back)
    assert first_after - back < 3


async def test_a_message_whose_handler_fails_is_delivered_again(broker: TestBroker) -> None:
    tries: list[str] = []

    async def handle(event: Event) -> None:
        tries.append(event.id)
        if len(tries) < 3:
            raise RuntimeError("not yet")

    async with bus_for(broker, DETECTOR) as detector, bus_for(broker, CORRELATOR) as correlator:
        await correlator.consume(CORRELATOR_ANOMALIES, handle)
        await detector.publish(raised())
        await until(lambda: len(tries) == 3)
        await asyncio.sleep(0.5)
    assert len(tries) == 3
    assert await broker.stored("DEADLETTER") == []


async def test_unfinished_work_of_a_killed_process_goes_to_another(broker: TestBroker) -> None:
    got: list[str] = []
    stuck = asyncio.Event()

    async def hang(_event: Event) -> None:
        stuck.set()
        await asyncio.sleep(60)

    async def handle(event: Event) -> None:
        got.append(event.id)

    async with bus_for(broker, DETECTOR) as detector, bus_for(broker, CORRELATOR) as second:
        first = await Bus.open(CORRELATOR, broker.settings(CORRELATOR))
        await first.consume(CORRELATOR_ANOMALIES, hang)
        await detector.publish(*numbered(3))
        await stuck.wait()
        await asyncio.sleep(4)  # longer than the broker waits: a worker that lives keeps its message
        await second.consume(CORRELATOR_ANOMALIES, handle)
        await asyncio.sleep(0.5)
        assert got == []
        await first.connection.close()  # as a crash would: nothing is given back
        await until(lambda: len(got) == 3, within=6)


async def test_ticks_reach_subscribers_and_stream_readers_in_order(broker: TestBroker) -> None:
    live: list[int] = []
    read: list[int] = []
    after: list[int] = []
    async with (
        bus_for(broker, NETWORK) as network,
        bus_for(broker, STABILIZER) as stabilizer,
        bus_for(broker, DETECTOR) as detector,
    ):
        await stabilizer.listen_ticks(lambda t: live.append(t.tick))
        for number in range(20):
            await network.publish_tick(tick(number, partition=2))
        await until(lambda: len(live) == 20)

        async def slowly(seen: Tick) -> None:
            read.append(seen.tick)

        following = await detector.follow_ticks(2, slowly, since=60)
        await asyncio.wait_for(following.caught_up.wait(), 5)
        assert read == list(range(20))
        await network.publish_tick(tick(20, partition=2))
        await network.publish_tick(tick(20, partition=1))
        await until(lambda: len(read) == 21)
        await detector.follow_ticks(1, lambda t: after.append(t.partition), since="all")
        await until(lambda: after == [1])


async def test_telemetry_of_an_outage_is_stored_when_the_broker_is_back(broker: TestBroker) -> None:
    async with bus_for(broker, NETWORK) as network:
        await network.publish_tick(tick(0))
        broker.kill()
        await until(lambda: not network.connection.connected)
        for number in range(1, 9):
            await network.publish_tick(tick(number))
        broker.start()
        await until(lambda: network.connection.connected)
        await network.publish_tick(tick(9))
        await asyncio.sleep(0.5)
    stored = [json.loads(msg.data)["tick"] for msg in await broker.stored("METRICS")]
    assert stored == list(range(10))


async def test_a_request_is_answered_refused_or_times_out_with_a_clear_error(broker: TestBroker) -> None:
    async def handle(request: InjectFault) -> Reply | None:
        if request.target == "nowhere":
            raise UnknownTarget("unknown target 'nowhere': there are server-1, ...")
        if request.target == "busy":
            raise Refused("a fault is live there: wait")
        if request.target == "broken":
            raise RuntimeError("bug")
        return Reply()

    def ask(target: str) -> InjectFault:
        return InjectFault(request_id="r1", kind=FaultKind.HIGH_CPU, target=target)

    async with bus_for(broker, INJECTOR) as injector, bus_for(broker, GATEWAY) as gateway:
        with pytest.raises(TimeoutError, match="no injector was there"):
            await gateway.request(INJECTOR, ask("server-1"), timeout=TRY_AGAIN)  # one try, which the broker answers
        answering = await injector.answer(handle)
        assert await gateway.request(INJECTOR, ask("server-1")) == Reply()
        with pytest.raises(UnknownTarget, match="nowhere"):
            await gateway.request(INJECTOR, ask("nowhere"))
        with pytest.raises(Refused, match="wait"):
            await gateway.request(INJECTOR, ask("busy"))
        with pytest.raises(Refused, match="failed at it"):
            await gateway.request(INJECTOR, ask("broken"))
        await answering.stop()
        with pytest.raises(TimeoutError):
            await gateway.request(INJECTOR, ask("server-1"), timeout=0.3)


async def test_one_of_two_replicas_answers_unless_a_request_is_for_all(broker: TestBroker) -> None:
    received: list[str] = []
    async with (
        bus_for(broker, INJECTOR) as one,
        bus_for(broker, INJECTOR) as other,
        bus_for(broker, GATEWAY) as gateway,
    ):

        async def owner(_request: InjectFault) -> Reply:
            received.append("owner")
            return Reply()

        async def not_mine(_request: InjectFault) -> None:
            received.append("other")

        await one.answer(owner, every_replica=True)
        await other.answer(not_mine, every_replica=True)
        for number in range(5):
            await gateway.request(INJECTOR, InjectFault(request_id=f"r{number}", kind="high_cpu", target="server-1"))  # type: ignore[arg-type]
        await until(lambda: len(received) == 10)
    assert received.count("owner") == 5


async def test_the_desired_state_is_known_and_followed(broker: TestBroker) -> None:
    seen: list[float] = []
    async with bus_for(broker, GATEWAY) as gateway, bus_for(broker, DETECTOR) as detector:
        assert detector.desired.interval == 3.0

        async def handle(desired: object) -> None:
            seen.append(desired.interval)  # type: ignore[attr-defined]

        following = await detector.follow_desired(handle)
        assert seen == [3.0]
        bucket = gateway.bucket(Bucket.CONFIG)
        await bucket.put("desired", gateway.desired.model_copy(update={"interval": 7.0}).model_dump_json().encode())
        await until(lambda: seen == [3.0, 7.0])
        await following.stop()
        await bucket.put("desired", Desired(interval=8.0).model_dump_json().encode())
        await until(lambda: detector.desired.interval == 8.0)
        assert seen == [3.0, 7.0]


GARBAGE = {
    "nonsense": b"{nonsense",
    "nothing": b"",
    "a field of a newer release": Desired().model_dump_json().encode()[:-1] + b',"newer":1}',
    "half of it": Desired().model_dump_json().encode()[:40],
    "no mode": b'{"running": true}',
    "no running": b'{"mode": "auto"}',
    "two modes": b'{"running": false, "mode": "off", "mode": "auto"}',
    "another mode": b'{"running": true, "mode": "AUTO"}',
    "too deep": b"[" * 100_000,
    "very long": b'{"running": true, "mode": "auto", "targets": ["' + b"x" * 4_000_000 + b'", 1]}',
    "not text": bytes(range(256)),
}


@pytest.mark.parametrize("value", GARBAGE.values(), ids=GARBAGE)
def test_an_invalid_record_of_the_desired_state_is_refused(value: bytes) -> None:
    with pytest.raises(MessageError):
        stored_desired(value)


async def test_the_desired_state_is_off_from_the_loss_of_its_record_until_the_next_write(broker: TestBroker) -> None:
    wanted = Desired(interval=7.0)
    hostile = await broker.client()
    setup = await broker.client(SETUP)
    async with bus_for(broker, GATEWAY) as gateway, bus_for(broker, ServiceName.REMEDIATOR) as remediator:
        bucket = gateway.bucket(Bucket.CONFIG)
        received: list[Mode] = []

        async def receive(desired: Desired) -> None:
            received.append(desired.mode)

        await remediator.follow_desired(receive)

        async def is_off(why: str) -> None:
            await until(lambda: remediator.desired == OFF and why in (remediator.desired_fault or ""), 15)
            async with bus_for(broker, ServiceName.INJECTOR) as injector:  # one that comes later says the same
                assert (injector.desired, why in (injector.desired_fault or "")) == (OFF, True)
            await bucket.put("desired", wanted.model_dump_json().encode())
            await until(lambda: remediator.desired == wanted and remediator.desired_fault is None)

        for value in (b"{nonsense", GARBAGE["a field of a newer release"]):
            await hostile.publish("$KV.config.desired", value)
            await is_off("")
        await hostile.publish("$KV.config.desired", b"", headers={"KV-Operation": "DEL"})
        await is_off("missing")
        await setup.jetstream().purge_stream("KV_config")
        await is_off("missing")
        revision = await bucket.put("desired", wanted.model_dump_json().encode())
        await gateway.bucket(Bucket.TOPOLOGY).put(REVISION_KEY, str(revision + 5).encode())
        await until(lambda: "an old one came back" in (remediator.desired_fault or ""))
        await gateway.bucket(Bucket.TOPOLOGY).put(REVISION_KEY, b"garbage")
        await until(lambda: "the note of its revision" in (remediator.desired_fault or ""))
        await gateway.bucket(Bucket.TOPOLOGY).put(REVISION_KEY, str(revision).encode())
        await until(lambda: remediator.desired == wanted)
        assert received[0] is Mode.AUTO and received.count(Mode.OFF) >= 4
    for client in (hostile, setup):
        await client.close()


async def test_without_its_bucket_the_desired_state_is_off_and_nothing_blocks(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.bus.desired.ANSWER_WITHIN", 0.5)
    setup = await broker.client(SETUP)
    async with bus_for(broker, ServiceName.REMEDIATOR) as remediator:
        await until(lambda: remediator.desired.mode is Mode.AUTO)
        await setup.jetstream().delete_stream("KV_config")
        await until(lambda: remediator.desired == OFF)
        async with bus_for(broker, ServiceName.INJECTOR) as injector:
            assert (injector.desired, injector.desired_fault) == (OFF, NO_ANSWER)
    await setup.close()


async def test_the_log_reaches_the_operator(broker: TestBroker) -> None:
    got: list[LogLine] = []

    async def handle(event: LogLine, _time: float) -> None:
        got.append(event)

    async with bus_for(broker, GATEWAY) as gateway, bus_for(broker, DETECTOR) as detector:
        await gateway.follow(["log.>"], handle, since="all")
        await detector.log(Level.SUCCESS, "repaired")
        await detector.log(Level.WARNING, "careful")
        await until(lambda: len(got) == 2)
    assert [(line.level, line.message, line.service) for line in got] == [
        (Level.SUCCESS, "repaired", "detector"),
        (Level.WARNING, "careful", "detector"),
    ]


async def test_every_process_answers_the_micro_protocol(broker: TestBroker) -> None:
    async with bus_for(broker, GATEWAY) as gateway, bus_for(broker, DETECTOR, replica="one"):
        found = await gateway.services(2.0)
    assert (found[0].service, found[0].replica) == ("detector", "detector-one")
    assert {info.service for info in found} == {"detector", "gateway"}
    assert all(info.pid > 0 and info.started > NOON for info in found)


async def test_commands_to_the_network_reach_only_the_network(broker: TestBroker) -> None:
    got: list[Event] = []

    async def handle(event: Event) -> None:
        got.append(event)

    async with bus_for(broker, NETWORK) as network, bus_for(broker, STABILIZER) as stabilizer:
        await network.consume(NETWORK_COMMANDS, handle)
        await stabilizer.consume(NETWORK_COMMANDS, handle)
        await until(lambda: len(stabilizer.connection.refusals) > 0)
        assert network.connection.refusals == set()


async def test_missing_messages_inside_a_history_are_counted(broker: TestBroker) -> None:
    got: list[Event] = []

    async def receive(event: Event, _time: float) -> None:
        got.append(event)

    setup = await broker.client(SETUP)
    async with bus_for(broker, DETECTOR) as detector, bus_for(broker, GATEWAY) as gateway:
        await detector.publish(*numbered(9))
        for sequence in (1, 4, 5):
            await setup.jetstream().delete_msg("ANOMALY", sequence)
        following = await gateway.follow(("anomaly.*",), receive, since="all")
        await following.caught_up.wait()
        await detector.publish(*numbered(1, start=9))
        await until(lambda: len(got) == 7)
        assert (following.missing, following.places) == ({"ANOMALY": 2}, {"ANOMALY": 10})
    await setup.close()
