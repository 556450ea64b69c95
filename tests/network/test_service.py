"""The network process on a real broker: faults, repairs, checks of commands, and restarts."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from network.host.commands import ledger_key
from network.host.service import STATE_KEY, NetworkService
from network.host.snapshots import decode_snapshot, encode_snapshot
from network.settings import NetworkSettings
from network.simulator.offers import offered
from shared.domain.capabilities import CAPABILITIES_KEY, Capabilities, decode_capabilities
from shared.domain.errors import MessageError, NmsError, Refused, UnknownTarget
from shared.domain.events import Action, Execute, Executed, Fault, FaultEnded, FaultStarted, LogLine
from shared.domain.kinds import ActionKind, ActionState, ElementKind, EndedBy, FaultKind, ServiceName
from shared.domain.requests import ApplyFault, ClearFault
from shared.domain.subjects import Bucket, kv_key
from shared.platform import counters
from shared.platform.bus import Bus
from shared.testing import TestBroker, action, bus_for
from tests.shared.helpers import until

APPLY = ApplyFault(fault_id="f-1", kind=FaultKind.LINK_DOWN, target="edge-switch-1--server-1", strength=1, duration=600)


@asynccontextmanager
async def hosted(broker: TestBroker, speed: float = 4.0) -> AsyncIterator[NetworkService]:
    async with bus_for(broker, ServiceName.NETWORK) as bus:
        service = NetworkService(NetworkSettings.load(speed=speed))
        await service.start(bus)
        yield service
        await service.stop()


@asynccontextmanager
async def process(broker: TestBroker, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {**os.environ, **broker.environment("network"), "NMS_SPEED": "4", **more}
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "network", env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


class Observer:
    """Records faults and results of commands, and writes the ledger like the remediator."""

    def __init__(self, gateway: Bus, injector: Bus, remediator: Bus, reader: Bus) -> None:
        self.gateway, self.injector, self.remediator, self.reader = gateway, injector, remediator, reader
        self.received: list[FaultStarted | FaultEnded | Executed] = []

    async def receive(self, event: FaultStarted | FaultEnded | Executed, _time: float) -> None:
        self.received.append(event)

    async def until(self, kind: type, seconds: float = 10.0) -> list:
        async with asyncio.timeout(seconds):
            while not (found := [event for event in self.received if type(event) is kind]):
                await asyncio.sleep(0.02)
        return found

    async def command(self, written: Action, sent: Execute | None = None) -> None:
        ledger = self.remediator.bucket(Bucket.ACTIONS)
        await ledger.put(ledger_key(written.id), written.model_dump_json().encode())
        await self.remediator.publish(sent or command_of(written))

    async def faults(self) -> list[Fault]:
        entries = await self.reader.bucket(Bucket.FAULTS).all()
        return [Fault.model_validate_json(entry.value) for entry in entries.values()]


def command_of(written: Action) -> Execute:
    return Execute(
        action_id=written.id,
        incident_id=written.incident_id,
        kind=written.kind,
        target=written.target,
        fence=written.fence,
    )


def repair(target: str, fence: int = 3) -> Action:
    return action(kind=ActionKind.ENABLE_LINK, target=target, state=ActionState.STARTED, fence=fence)


@pytest.fixture
async def observer(broker: TestBroker) -> AsyncIterator[Observer]:
    async with (
        bus_for(broker, ServiceName.GATEWAY) as gateway,
        bus_for(broker, ServiceName.INJECTOR) as injector,
        bus_for(broker, ServiceName.REMEDIATOR) as remediator,
        bus_for(broker, ServiceName.NETWORK, "reader") as reader,
    ):
        observer = Observer(gateway, injector, remediator, reader)
        await gateway.follow(["fault.started", "fault.ended", "remediation.executed"], observer.receive, "all")
        yield observer


async def test_a_fault_is_injected_and_repaired(broker: TestBroker, observer: Observer) -> None:
    seen: list[tuple[int, int]] = []
    ups: list[float | None] = []

    def note(tick) -> None:
        seen.append((tick.tick, tick.partition))
        links = tick.of(ElementKind.LINK)
        if APPLY.target in links.ids:
            ups.append(links.column("up")[links.ids.index(APPLY.target)])

    async with hosted(broker):
        await observer.gateway.listen_ticks(note)
        reply = await observer.injector.request(ServiceName.NETWORK, APPLY)
        assert reply.fault is not None and await observer.faults() == [reply.fault]
        assert reply.fault.ends == pytest.approx(reply.fault.started + 600)
        (started,) = await observer.until(FaultStarted)
        assert started.fault == reply.fault
        await until(lambda: 0 in ups)
        assert ups[-1] in (0, None)
        await observer.command(repair(APPLY.target))
        (done,) = await observer.until(Executed)
        (over,) = await observer.until(FaultEnded)
        assert done.ran and (over.fault.ended_by, over.fault.ended) == (EndedBy.ACTION, done.took_effect)
        assert 0.2 <= done.took_effect - reply.fault.started < 60
        await until(lambda: [up for up in ups if up is not None][-1] == 1)
        assert await observer.faults() == [over.fault]
    ticks = sorted({number for number, _ in seen})
    assert ticks == list(range(ticks[0], ticks[-1] + 1))
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (APPLY.model_copy(update={"target": "nowhere"}), UnknownTarget, "server-1"),
        (APPLY.model_copy(update={"kind": FaultKind.HIGH_CPU}), UnknownTarget, "is a node, and"),
        (ClearFault(fault_id="f-9"), Refused, "not live"),
    ],
)
async def test_an_impossible_request_is_refused(
    broker: TestBroker, observer: Observer, request_: ApplyFault | ClearFault, error: type[Exception], message: str
) -> None:
    async with hosted(broker):
        with pytest.raises(error, match=message):
            await observer.injector.request(ServiceName.NETWORK, request_)
        assert await observer.faults() == []


async def test_a_fault_can_be_cleared(broker: TestBroker, observer: Observer) -> None:
    async with hosted(broker):
        await observer.injector.request(ServiceName.NETWORK, APPLY)
        reply = await observer.injector.request(ServiceName.NETWORK, ClearFault(fault_id=APPLY.fault_id))
        assert reply.fault is not None and reply.fault.ended_by is EndedBy.CANCELLED
        assert [event.fault for event in await observer.until(FaultEnded)] == [reply.fault]


async def test_a_command_that_differs_from_the_ledger_is_a_dead_letter(broker: TestBroker, observer: Observer) -> None:
    written = repair(APPLY.target)
    forged = [
        command_of(written).model_copy(update={"fence": 5}),
        command_of(written).model_copy(update={"target": "core-router-1--core-router-2", "fence": 4}),
        command_of(written).model_copy(update={"action_id": "made-up"}),
    ]
    async with hosted(broker):
        await observer.injector.request(ServiceName.NETWORK, APPLY)
        for one in forged:
            await observer.command(written, one)
        async with asyncio.timeout(10):
            while len(await broker.stored("DEADLETTER")) < len(forged):
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        assert len(await broker.stored("DEADLETTER")) == len(forged)
        assert not [event for event in observer.received if not isinstance(event, FaultStarted)]
        await observer.command(written)
        await observer.until(FaultEnded)


async def test_a_command_of_an_older_fence_is_counted_and_is_no_dead_letter(
    broker: TestBroker, observer: Observer
) -> None:
    written = repair(APPLY.target)
    before = counters.outdated._value.get()
    async with hosted(broker):
        await observer.injector.request(ServiceName.NETWORK, APPLY)
        await observer.command(written, command_of(written).model_copy(update={"fence": written.fence - 1}))
        async with asyncio.timeout(10):
            while counters.outdated._value.get() == before:
                await asyncio.sleep(0.05)
        await observer.command(written)
        await observer.until(FaultEnded)
        assert await broker.stored("DEADLETTER") == []


async def test_a_killed_network_continues_after_a_restart(broker: TestBroker, observer: Observer) -> None:
    """The process is killed with a live fault and a running action: both exist afterwards, and time has passed."""
    states = broker.settings("network")
    assert states.login() is not None
    async with process(broker):
        await observer.injector.request(ServiceName.NETWORK, APPLY, timeout=20)
        await observer.until(FaultStarted)
        await asyncio.sleep(1.2)
    before, killed = observer.gateway.clock.now(), time.monotonic()
    await observer.command(repair(APPLY.target))
    async with process(broker):
        (done,) = await observer.until(Executed, 20)
        (over,) = await observer.until(FaultEnded)
        assert over.fault.ended_by is EndedBy.ACTION and done.ran
        away = (time.monotonic() - killed) * 4
        assert before - 6 <= done.took_effect <= before + away + 1
        assert len([event for event in observer.received if isinstance(event, FaultStarted)]) == 1
        assert await observer.faults() == [over.fault]


async def test_a_second_network_process_exits_with_a_message(broker: TestBroker) -> None:
    async with hosted(broker):
        await asyncio.sleep(0.3)
        async with process(broker) as second:
            _, output = await asyncio.wait_for(second.communicate(), 20)
        assert second.returncode == 1
        assert b"hosted by network-" in output and b"stop that process first" in output
        assert b"Traceback" not in output


async def test_of_two_processes_started_together_one_exits(broker: TestBroker) -> None:
    async with process(broker) as one, process(broker) as two:
        done, left = await asyncio.wait(
            [asyncio.create_task(each.wait()) for each in (one, two)], timeout=20, return_when="FIRST_COMPLETED"
        )
        assert len(done) == len(left) == 1 and done.pop().result() == 1
        await asyncio.sleep(2)
        remaining = one if one.returncode is None else two
        assert remaining.returncode is None
        remaining.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(remaining.wait(), 10) == 0
        for task in left:
            await task


async def test_the_state_is_stored_when_the_process_stops(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.NETWORK) as bus:
        async with hosted(broker) as service:
            await asyncio.sleep(0.4)
            last = service._network.tick
        entry = await bus.bucket(Bucket.NETWORK).get(STATE_KEY)
    assert entry is not None
    snapshot = decode_snapshot(entry.value)
    assert last <= snapshot.tick <= last + 2 and abs(snapshot.stored - time.time()) < 2
    assert snapshot.by.startswith("network-")


@pytest.mark.parametrize("state", [b"garbage", b"", b'{"stored": 1}', "a snapshot of garbage", None])
async def test_a_lost_state_is_logged_and_the_network_restarts_with_its_faults(
    broker: TestBroker, observer: Observer, state: bytes | str | None
) -> None:
    async with bus_for(broker, ServiceName.NETWORK) as bus:
        states = bus.bucket(Bucket.NETWORK)
        async with hosted(broker):
            await observer.injector.request(ServiceName.NETWORK, APPLY)
            await observer.until(FaultStarted)
        if state is None:
            await states.delete(STATE_KEY)
        elif isinstance(state, bytes):
            await states.put(STATE_KEY, state)
        else:
            entry = await states.get(STATE_KEY)
            assert entry is not None
            snapshot = msgspec.structs.replace(
                decode_snapshot(entry.value), snapshot=state.encode(), stored=0.0, boot=""
            )
            await states.put(STATE_KEY, encode_snapshot(snapshot))
        async with hosted(broker) as service:
            assert [fault.id for fault in service._network.faults() if fault.ended is None] == [APPLY.fault_id]
            await service._save()
            entry = await states.get(STATE_KEY)
            assert entry is not None and decode_snapshot(entry.value).by == service._bus.replica
    lines = [LogLine.model_validate_json(msg.data).message for msg in await broker.stored("LOG")]
    assert any("state is lost" in line and "1 faults" in line for line in lines) == (state is not None)


def test_a_fault_id_is_its_own_key() -> None:
    assert kv_key("fault-3") == "fault-3"


async def test_a_state_that_cannot_be_stored_ends_the_process_without_a_wait(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_large(snapshot: object) -> None:
        raise MessageError("more than its stream takes")

    async with bus_for(broker, ServiceName.NETWORK) as bus:
        service = NetworkService(NetworkSettings.load(speed=4.0))
        await service.start(bus)
        monkeypatch.setattr(service, "_write_state", too_large)
        with pytest.raises(NmsError, match="more than its stream takes"):
            await asyncio.wait_for(service._save(), 3)
        with pytest.raises(NmsError, match="cannot be stored"):
            await asyncio.wait_for(bus.connection.broken, 1)
        began = time.monotonic()
        await service.stop()
        assert time.monotonic() - began < 3


async def test_publishes_its_capabilities(broker: TestBroker) -> None:
    await broker.offer(Capabilities(driver="before"))
    async with hosted(broker), bus_for(broker, ServiceName.REMEDIATOR) as bus:
        entry = await bus.bucket(Bucket.NETWORK).get(CAPABILITIES_KEY)
    assert entry is not None and decode_capabilities(entry.value) == offered()
