"""The network's process on a real broker: it lives, is struck, obeys the ledger, and survives being killed."""

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

ORDER = ApplyFault(fault_id="f-1", kind=FaultKind.LINK_DOWN, target="edge-switch-1--server-1", strength=1, duration=600)


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


class Witness:
    """Hears the truth and what became of commands, and writes the ledger as the remediator does."""

    def __init__(self, gateway: Bus, injector: Bus, remediator: Bus, keeper: Bus) -> None:
        self.gateway, self.injector, self.remediator, self.keeper = gateway, injector, remediator, keeper
        self.heard: list[FaultStarted | FaultEnded | Executed] = []

    async def hear(self, event: FaultStarted | FaultEnded | Executed, _time: float) -> None:
        self.heard.append(event)

    async def until(self, kind: type, seconds: float = 10.0) -> list:
        async with asyncio.timeout(seconds):
            while not (found := [event for event in self.heard if type(event) is kind]):
                await asyncio.sleep(0.02)
        return found

    async def order(self, written: Action, said: Execute | None = None) -> None:
        ledger = self.remediator.bucket(Bucket.ACTIONS)
        await ledger.put(ledger_key(written.id), written.model_dump_json().encode())
        await self.remediator.publish(said or command_of(written))

    async def faults(self) -> list[Fault]:
        entries = await self.keeper.bucket(Bucket.FAULTS).all()
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
async def witness(broker: TestBroker) -> AsyncIterator[Witness]:
    async with (
        bus_for(broker, ServiceName.GATEWAY) as gateway,
        bus_for(broker, ServiceName.INJECTOR) as injector,
        bus_for(broker, ServiceName.REMEDIATOR) as remediator,
        bus_for(broker, ServiceName.NETWORK, "keeper") as keeper,
    ):
        witness = Witness(gateway, injector, remediator, keeper)
        await gateway.follow(["fault.started", "fault.ended", "remediation.executed"], witness.hear, "all")
        yield witness


async def test_lives_is_struck_and_repaired(broker: TestBroker, witness: Witness) -> None:
    seen: list[tuple[int, int]] = []
    ups: list[float | None] = []

    def note(tick) -> None:
        seen.append((tick.tick, tick.partition))
        links = tick.of(ElementKind.LINK)
        if ORDER.target in links.ids:
            ups.append(links.column("up")[links.ids.index(ORDER.target)])

    async with hosted(broker):
        await witness.gateway.listen_ticks(note)
        reply = await witness.injector.request(ServiceName.NETWORK, ORDER)
        assert reply.fault is not None and await witness.faults() == [reply.fault]
        assert reply.fault.ends == pytest.approx(reply.fault.started + 600)
        (started,) = await witness.until(FaultStarted)
        assert started.fault == reply.fault
        await until(lambda: 0 in ups)
        assert ups[-1] in (0, None)
        await witness.order(repair(ORDER.target))
        (done,) = await witness.until(Executed)
        (over,) = await witness.until(FaultEnded)
        assert done.ran and (over.fault.ended_by, over.fault.ended) == (EndedBy.ACTION, done.took_effect)
        assert 0.2 <= done.took_effect - reply.fault.started < 60
        await until(lambda: [up for up in ups if up is not None][-1] == 1)
        assert await witness.faults() == [over.fault]
    ticks = sorted({number for number, _ in seen})
    assert ticks == list(range(ticks[0], ticks[-1] + 1))
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("request_", "error", "says"),
    [
        (ORDER.model_copy(update={"target": "nowhere"}), UnknownTarget, "server-1"),
        (ORDER.model_copy(update={"kind": FaultKind.HIGH_CPU}), UnknownTarget, "strikes a node"),
        (ClearFault(fault_id="f-9"), Refused, "not live"),
    ],
)
async def test_refuses_what_cannot_be(
    broker: TestBroker, witness: Witness, request_: ApplyFault | ClearFault, error: type[Exception], says: str
) -> None:
    async with hosted(broker):
        with pytest.raises(error, match=says):
            await witness.injector.request(ServiceName.NETWORK, request_)
        assert await witness.faults() == []


async def test_a_fault_can_be_called_back(broker: TestBroker, witness: Witness) -> None:
    async with hosted(broker):
        await witness.injector.request(ServiceName.NETWORK, ORDER)
        reply = await witness.injector.request(ServiceName.NETWORK, ClearFault(fault_id=ORDER.fault_id))
        assert reply.fault is not None and reply.fault.ended_by is EndedBy.CANCELLED
        assert [event.fault for event in await witness.until(FaultEnded)] == [reply.fault]


async def test_believes_no_command_that_the_ledger_does_not_hold(broker: TestBroker, witness: Witness) -> None:
    written = repair(ORDER.target)
    lies = [
        command_of(written).model_copy(update={"fence": 5}),
        command_of(written).model_copy(update={"target": "core-router-1--core-router-2", "fence": 4}),
        command_of(written).model_copy(update={"action_id": "made-up"}),
    ]
    async with hosted(broker):
        await witness.injector.request(ServiceName.NETWORK, ORDER)
        for lie in lies:
            await witness.order(written, lie)
        async with asyncio.timeout(10):
            while len(await broker.stored("DEADLETTER")) < len(lies):
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        assert len(await broker.stored("DEADLETTER")) == len(lies)
        assert not [event for event in witness.heard if not isinstance(event, FaultStarted)]
        await witness.order(written)
        await witness.until(FaultEnded)


async def test_a_command_of_an_older_fence_is_refused_counted_and_no_dead_letter(
    broker: TestBroker, witness: Witness
) -> None:
    written = repair(ORDER.target)
    before = counters.outdated._value.get()
    async with hosted(broker):
        await witness.injector.request(ServiceName.NETWORK, ORDER)
        await witness.order(written, command_of(written).model_copy(update={"fence": written.fence - 1}))
        async with asyncio.timeout(10):
            while counters.outdated._value.get() == before:
                await asyncio.sleep(0.05)
        await witness.order(written)
        await witness.until(FaultEnded)
        assert await broker.stored("DEADLETTER") == []


async def test_a_killed_network_goes_on_as_if_nothing_had_been(broker: TestBroker, witness: Witness) -> None:
    """Killed with a fault live and an action under way: both are there afterwards, and time has passed meanwhile."""
    states = broker.settings("network")
    assert states.login() is not None
    async with process(broker):
        await witness.injector.request(ServiceName.NETWORK, ORDER, timeout=20)
        await witness.until(FaultStarted)
        await asyncio.sleep(1.2)
    before, killed = witness.gateway.clock.now(), time.monotonic()
    await witness.order(repair(ORDER.target))
    async with process(broker):
        (done,) = await witness.until(Executed, 20)
        (over,) = await witness.until(FaultEnded)
        assert over.fault.ended_by is EndedBy.ACTION and done.ran
        away = (time.monotonic() - killed) * 4
        assert before - 6 <= done.took_effect <= before + away + 1
        assert len([event for event in witness.heard if isinstance(event, FaultStarted)]) == 1
        assert await witness.faults() == [over.fault]


async def test_a_second_network_says_so_and_ends(broker: TestBroker) -> None:
    async with hosted(broker):
        await asyncio.sleep(0.3)
        async with process(broker) as second:
            _, said = await asyncio.wait_for(second.communicate(), 20)
        assert second.returncode == 1
        assert b"hosted by network-" in said and b"stop that process first" in said
        assert b"Traceback" not in said


async def test_of_two_that_began_together_one_ends(broker: TestBroker) -> None:
    async with process(broker) as one, process(broker) as two:
        done, left = await asyncio.wait(
            [asyncio.create_task(each.wait()) for each in (one, two)], timeout=20, return_when="FIRST_COMPLETED"
        )
        assert len(done) == len(left) == 1 and done.pop().result() == 1
        await asyncio.sleep(2)
        survivor = one if one.returncode is None else two
        assert survivor.returncode is None
        survivor.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(survivor.wait(), 10) == 0
        for task in left:
            await task


async def test_keeps_its_state_when_it_is_stopped(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.NETWORK) as bus:
        async with hosted(broker) as service:
            await asyncio.sleep(0.4)
            last = service._network.tick
        entry = await bus.bucket(Bucket.NETWORK).get(STATE_KEY)
    assert entry is not None
    kept = decode_snapshot(entry.value)
    assert last <= kept.tick <= last + 2 and abs(kept.stored - time.time()) < 2
    assert kept.by.startswith("network-")


@pytest.mark.parametrize("state", [b"garbage", b"", b'{"stored": 1}', "a snapshot of garbage", None])
async def test_a_state_that_is_lost_is_said_and_the_network_begins_anew_with_its_faults(
    broker: TestBroker, witness: Witness, state: bytes | str | None
) -> None:
    async with bus_for(broker, ServiceName.NETWORK) as bus:
        states = bus.bucket(Bucket.NETWORK)
        async with hosted(broker):
            await witness.injector.request(ServiceName.NETWORK, ORDER)
            await witness.until(FaultStarted)
        if state is None:
            await states.delete(STATE_KEY)
        elif isinstance(state, bytes):
            await states.put(STATE_KEY, state)
        else:
            entry = await states.get(STATE_KEY)
            assert entry is not None
            kept = msgspec.structs.replace(decode_snapshot(entry.value), snapshot=state.encode(), stored=0.0, boot="")
            await states.put(STATE_KEY, encode_snapshot(kept))
        async with hosted(broker) as service:
            assert [fault.id for fault in service._network.faults() if fault.ended is None] == [ORDER.fault_id]
            await service._save()
            entry = await states.get(STATE_KEY)
            assert entry is not None and decode_snapshot(entry.value).by == service._bus.replica
    said = [LogLine.model_validate_json(msg.data).message for msg in await broker.stored("LOG")]
    assert any("state is lost" in line and "1 faults" in line for line in said) == (state is not None)


def test_fault_keys_are_those_that_others_read() -> None:
    assert kv_key("fault-3") == "fault-3"


async def test_a_state_that_cannot_be_kept_ends_the_process_and_holds_nobody_up(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_large(kept: object) -> None:
        raise MessageError("more than its stream takes")

    async with bus_for(broker, ServiceName.NETWORK) as bus:
        service = NetworkService(NetworkSettings.load(speed=4.0))
        await service.start(bus)
        monkeypatch.setattr(service, "_write_state", too_large)
        with pytest.raises(NmsError, match="more than its stream takes"):
            await asyncio.wait_for(service._save(), 3)
        with pytest.raises(NmsError, match="cannot be kept"):
            await asyncio.wait_for(bus.connection.broken, 1)
        began = time.monotonic()
        await service.stop()
        assert time.monotonic() - began < 3


async def test_says_what_it_offers(broker: TestBroker) -> None:
    await broker.offer(Capabilities(driver="before"))
    async with hosted(broker), bus_for(broker, ServiceName.REMEDIATOR) as bus:
        entry = await bus.bucket(Bucket.NETWORK).get(CAPABILITIES_KEY)
    assert entry is not None and decode_capabilities(entry.value) == offered()
