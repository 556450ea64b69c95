"""An invalid message on any subject is counted and becomes one dead letter; it causes no crash and no loop."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from nats.aio.msg import Msg

from shared.domain.dead_letters import HEAD_BYTES
from shared.domain.errors import MessageError
from shared.domain.events import EVENTS, Event
from shared.domain.kinds import FaultKind, ServiceName
from shared.domain.requests import ApplyFault, CancelFault, InjectFault, Reply
from shared.domain.subjects import CORRELATOR_ANOMALIES, Stream, family_pattern
from shared.platform.bus.codec import MAX_EVENT_BYTES, decode
from shared.testing import NOON, TestBroker, bus_for, raised, tick
from tests.shared.helpers import settled, until

DETECTOR, CORRELATOR, GATEWAY = ServiceName.DETECTOR, ServiceName.CORRELATOR, ServiceName.GATEWAY
LONG_HEARTBEAT = 12.0
"""Seconds after which a reader would notice by itself, so long that no busy machine takes them otherwise."""
POISON = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"\xff\xfe\x00",
    b'{"anomaly": {}}',
    b"[" * 50_000,
    b'{"a":1e400}',
    b"x" * 2_000_000,
]


def letter(msg: Msg) -> dict[str, str]:
    body: dict[str, str] = json.loads(msg.data)
    return body


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.subject)
@pytest.mark.parametrize("poison", POISON, ids=range(len(POISON)))
def test_an_invalid_message_is_refused_with_a_reason(kind: type[Event], poison: bytes) -> None:
    with pytest.raises(MessageError) as caught:
        decode(kind.subject, poison)
    assert 5 < len(str(caught.value)) < 700


def test_an_unknown_subject_and_too_many_bytes_are_refused() -> None:
    with pytest.raises(MessageError, match=r"no event is published on anomaly\.invented"):
        decode("anomaly.invented", b"{}")
    with pytest.raises(MessageError, match="bytes are more than"):
        decode("anomaly.raised", b" " * (MAX_EVENT_BYTES + 1))


async def test_invalid_messages_become_dead_letters_once_and_the_others_are_handled(broker: TestBroker) -> None:
    worked: list[Event] = []
    followed: list[Event] = []

    async def work(event: Event) -> None:
        worked.append(event)

    async def follow(event: Event, _time: float) -> None:
        followed.append(event)

    hostile = await broker.client()
    async with (
        bus_for(broker, DETECTOR) as detector,
        bus_for(broker, CORRELATOR) as correlator,
        bus_for(broker, GATEWAY) as gateway,
    ):
        await correlator.consume(CORRELATOR_ANOMALIES, work)
        await gateway.follow(["anomaly.*"], follow, since="all")
        for poison in POISON:
            await hostile.publish("anomaly.raised", poison)
        await hostile.publish("anomaly.invented", b"{}")
        await settled(hostile)
        await detector.publish(raised())
        # What follows an empty message may be lost on the way to the correlator: the broker delivers it again later.
        async with asyncio.timeout(20):
            while len(await broker.stored("DEADLETTER")) < 2 * len(POISON) + 1:
                await asyncio.sleep(0.2)
        await until(lambda: len(worked) == 1 and len(followed) == 1)
        await asyncio.sleep(4)  # nothing is delivered again
        await gateway.follow(["anomaly.*"], follow, since="all")
        await until(lambda: len(followed) == 2)
    await hostile.close()
    dead_letters = [letter(msg) for msg in await broker.stored("DEADLETTER")]
    # Each reader reports it once; the correlator's consumer does not take in a subject that it does not know.
    for service, reported in ((CORRELATOR, len(POISON)), (GATEWAY, len(POISON) + 1)):
        assert len([one for one in dead_letters if one["service"] == service]) == reported
    assert len(dead_letters) == 2 * len(POISON) + 1
    assert all(one["reason"] and one["subject"].startswith("anomaly.") for one in dead_letters)
    assert max(len(one["data"]) for one in dead_letters) <= HEAD_BYTES


async def test_a_message_that_always_fails_becomes_a_dead_letter_after_a_few_attempts(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.bus.worker.RETRY_AFTER", 0.01)
    tries: list[str] = []

    async def handle(event: Event) -> None:
        tries.append(event.id)
        raise RuntimeError("cannot do it")

    async with bus_for(broker, DETECTOR) as detector, bus_for(broker, CORRELATOR) as correlator:
        await correlator.consume(CORRELATOR_ANOMALIES, handle)
        await detector.publish(raised())
        await until(lambda: len(tries) == 8)
        await asyncio.sleep(0.5)
    assert len(tries) == 8
    (aside,) = [letter(msg) for msg in await broker.stored("DEADLETTER")]
    assert "cannot do it" in aside["reason"]
    assert json.loads(aside["data"])["anomaly"]["element"] == "server-1"


async def test_hostile_requests_are_answered_with_a_reason_or_silence(broker: TestBroker) -> None:
    asked: list[object] = []

    async def handle(request: InjectFault) -> Reply:
        asked.append(request)
        return Reply()

    hostile = await broker.client()
    stolen: list[Msg] = []

    async def steal(msg: Msg) -> None:
        stolen.append(msg)

    await hostile.subscribe("remediation.*", cb=steal)
    async with bus_for(broker, ServiceName.INJECTOR) as injector, bus_for(broker, GATEWAY) as gateway:
        await injector.answer(handle)
        for poison in POISON:
            answer = await hostile.request("control.injector", poison, timeout=5)
            assert Reply.model_validate_json(answer.data).refused
        other = ApplyFault(fault_id="f", kind=FaultKind.HIGH_CPU, target="server-1", strength=1, duration=60)
        answer = await hostile.request("control.injector", other.model_dump_json().encode(), timeout=5)
        assert "not for injector" in (Reply.model_validate_json(answer.data).refused or "")
        await hostile.publish("control.injector", b"{}", reply="remediation.execute")
        assert await gateway.request(ServiceName.INJECTOR, CancelFault(fault_id="f")) == Reply()
    await hostile.close()
    assert len(asked) == 1
    assert stolen == []
    assert len(await broker.stored("DEADLETTER")) == len(POISON) + 2


async def test_invalid_telemetry_stops_no_reader(broker: TestBroker) -> None:
    live: list[int] = []
    read: list[int] = []
    hostile = await broker.client()
    async with (
        bus_for(broker, ServiceName.NETWORK) as network,
        bus_for(broker, ServiceName.STABILIZER) as stabilizer,
        bus_for(broker, DETECTOR) as detector,
    ):
        await stabilizer.listen_ticks(lambda t: live.append(t.tick))
        await detector.follow_ticks(0, lambda t: read.append(t.tick), since="all")
        for poison in POISON:
            await hostile.publish("metrics.0", poison)
        await hostile.publish("metrics.nonsense", b"{}")
        await hostile.publish("metrics.0", b'{"at": "never", "tick": 1, "speed": -1}')
        await settled(hostile)
        published = time.monotonic()
        await network.publish_tick(tick(7))
        await until(lambda: live == [7] and read == [7])
        await until(lambda: detector.clock.known)
        assert 0 <= detector.clock.now() - (NOON + 7 * 0.25) <= time.monotonic() - published + 0.1
    await hostile.close()
    dead_letters = [letter(msg)["service"] for msg in await broker.stored("DEADLETTER")]
    assert {service: dead_letters.count(service) for service in dead_letters} == {
        "stabilizer": len(POISON) + 2,
        "detector": len(POISON) + 1,  # it reads only one partition
    }


async def test_an_empty_message_delays_no_reader(broker: TestBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends the reply to a reader's request, so the reader has to repeat the request at once."""
    monkeypatch.setattr("shared.platform.bus.pull.HEARTBEAT", LONG_HEARTBEAT)
    monkeypatch.setattr("shared.platform.bus.pull.MISSED", 2.5 * LONG_HEARTBEAT)
    read: list[int] = []
    hostile = await broker.client()
    async with bus_for(broker, ServiceName.NETWORK) as network, bus_for(broker, DETECTOR) as detector:
        await detector.follow_ticks(0, lambda t: read.append(t.tick), since="all")
        for number in range(5):
            await hostile.publish("metrics.0", b"")
            await settled(hostile)
            await network.publish_tick(tick(number))
        assert await until(lambda: read == [0, 1, 2, 3, 4]) < LONG_HEARTBEAT / 3
    await hostile.close()


async def test_a_flood_of_invalid_messages_in_any_family_is_survived(broker: TestBroker) -> None:
    hostile = await broker.client()
    seen: list[Event] = []

    async def follow(event: Event, _time: float) -> None:
        seen.append(event)

    families = [family_pattern(family) for family in Stream if family not in (Stream.METRICS, Stream.DEADLETTER)]
    garbage = [family.replace("*", "garbage").replace(">", "gateway.garbage") for family in families]
    async with bus_for(broker, GATEWAY) as gateway, bus_for(broker, DETECTOR) as detector:
        following = await gateway.follow(families, follow, since="all")
        await following.caught_up.wait()
        for subject in garbage:
            await hostile.publish(subject, b"\x00")
        await settled(hostile)
        await detector.publish(raised())
        await until(lambda: seen == [raised()])
        async with asyncio.timeout(10):
            while len(await broker.stored("DEADLETTER")) < len(garbage):
                await asyncio.sleep(0.05)
    await hostile.close()
    assert {letter(msg)["subject"] for msg in await broker.stored("DEADLETTER")} == {*garbage}
