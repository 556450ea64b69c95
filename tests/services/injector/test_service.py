"""The injector on a real broker, against the real network."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from statistics import median

import pytest

from network.host.service import NetworkService
from services.injector import service as shell
from services.injector.service import InjectorService
from shared.domain.capabilities import CAPABILITIES_KEY, Capabilities
from shared.domain.config import CONFIG_KEY, Desired
from shared.domain.errors import OutcomeUnknown, Refused, UnknownTarget
from shared.domain.events import Fault, FaultCycle, FaultEnded, FaultStarted, LogLine
from shared.domain.kinds import EndedBy, FaultKind, Level, ServiceName
from shared.domain.requests import CancelFault, InjectFault
from shared.domain.subjects import Bucket
from shared.platform import offered
from shared.platform.bus import Bus
from shared.testing import TestBroker, bus_for, running_broker

QUICK = Desired(interval=2.0, chance=1.0, at_once=8, ttl=20.0)
STOPPED = Desired(running=False)


@asynccontextmanager
async def injector(broker: TestBroker, replica: str = "a") -> AsyncIterator[InjectorService]:
    service = InjectorService(seed=3)
    async with bus_for(broker, ServiceName.INJECTOR, replica) as bus:
        await service.start(bus)
        try:
            yield service
        finally:
            await service.stop()


@asynccontextmanager
async def gateway(broker: TestBroker, desired: Desired) -> AsyncIterator[tuple[Bus, list[object]]]:
    received: list[object] = []

    async def receive(event: object, time: float) -> None:
        received.append(event)

    async with bus_for(broker, ServiceName.GATEWAY) as bus:
        await configure(bus, desired)
        await bus.follow(("fault.*", "log.>"), receive, since="all")
        yield bus, received


async def configure(bus: Bus, desired: Desired) -> None:
    await bus.bucket(Bucket.CONFIG).put(CONFIG_KEY, desired.model_dump_json().encode())


async def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


def cycles(received: list[object]) -> list[int]:
    return [event.number for event in received if isinstance(event, FaultCycle)]


def started(received: list[object]) -> list[Fault]:
    return [event.fault for event in received if isinstance(event, FaultStarted)]


def lines(received: list[object], level: Level) -> list[str]:
    return [event.message for event in received if isinstance(event, LogLine) and event.level is level]


def request(id: str = "r1", target: str = "server-3", kind: FaultKind = FaultKind.HIGH_CPU) -> InjectFault:
    return InjectFault(request_id=id, kind=kind, target=target)


async def test_the_campaign_publishes_cycles_injects_faults_and_logs_each(
    broker: TestBroker, network: NetworkService
) -> None:
    async with gateway(broker, QUICK) as (_, received), injector(broker):
        await until(lambda: len(started(received)) >= 4 and len(lines(received, Level.SUCCESS)) >= 4)
        assert cycles(received) == list(range(1, len(cycles(received)) + 1))
        times = [event.at for event in received if isinstance(event, FaultCycle)]
        gaps = [after - before for before, after in pairwise(times)]
        assert sum(gaps) > 2.0 * (len(gaps) - 1), "a late cycle is never made up for by an early one"
        assert median(gaps) == pytest.approx(2.0, abs=1.0)
        for fault in started(received)[:4]:
            assert fault.id == f"fault-{fault.cycle}"
            assert f"Injected {fault.kind} on {fault.target}" in lines(received, Level.SUCCESS)


async def test_a_stop_ends_the_cycles_and_a_start_continues_the_count(
    broker: TestBroker, network: NetworkService
) -> None:
    async with gateway(broker, STOPPED) as (bus, received), injector(broker) as service:
        await asyncio.sleep(0.6)
        assert cycles(received) == []
        await configure(bus, QUICK)
        await until(lambda: len(cycles(received)) >= 2)
        await configure(bus, STOPPED)
        await until(lambda: service._campaign.due is None)
        await asyncio.sleep(0.3)
        before = len(cycles(received))
        await asyncio.sleep(0.6)
        assert len(cycles(received)) == before
        await configure(bus, QUICK)
        await until(lambda: len(cycles(received)) > before)
        assert cycles(received) == list(range(1, len(cycles(received)) + 1))


async def test_two_replicas_run_one_campaign_and_the_second_continues_when_the_first_leaves(
    broker: TestBroker, network: NetworkService
) -> None:
    async with gateway(broker, QUICK) as (_, received), AsyncExitStack() as first, AsyncExitStack() as second:
        leading = await first.enter_async_context(injector(broker, "a"))
        await until(lambda: leading._lease is not None and leading._lease.leads)
        await second.enter_async_context(injector(broker, "b"))
        await until(lambda: len(cycles(received)) >= 4)
        await first.aclose()
        before = len(cycles(received))
        await until(lambda: len(cycles(received)) >= before + 3)
        assert cycles(received) == list(range(1, len(cycles(received)) + 1))
        assert len({fault.id for fault in started(received)}) == len(started(received))


async def test_a_new_process_continues_with_the_count_and_the_live_faults(
    broker: TestBroker, network: NetworkService
) -> None:
    alone = QUICK.model_copy(update={"at_once": 1, "ttl": 600.0})
    async with gateway(broker, alone) as (_, received):
        async with injector(broker):
            await until(lambda: started(received) and len(cycles(received)) >= 3)
        before = len(cycles(received))
        async with injector(broker, "b"):
            await until(lambda: len(cycles(received)) >= before + 3)
        assert cycles(received) == list(range(1, len(cycles(received)) + 1))
        assert len(started(received)) == 1


async def test_requested_faults_work_while_stopped_and_a_repeated_request_injects_one(
    broker: TestBroker, network: NetworkService
) -> None:
    async with gateway(broker, STOPPED) as (bus, received), injector(broker, "a") as one, injector(broker, "b") as two:
        replies = await asyncio.gather(*(bus.request(ServiceName.INJECTOR, request()) for _ in range(6)))
        faults = [reply.fault for reply in replies]
        assert {fault.id for fault in faults if fault} == {"asked-r1"}
        assert {(fault.kind, fault.target) for fault in faults if fault} == {(FaultKind.HIGH_CPU, "server-3")}
        await until(lambda: started(received))
        await asyncio.sleep(0.3)
        assert [fault.id for fault in started(received)] == ["asked-r1"]
        await until(lambda: one._ledger.get("asked-r1") and two._ledger.get("asked-r1"))
        with pytest.raises(Refused, match="give each its own id"):
            await bus.request(ServiceName.INJECTOR, request(target="server-4"))


async def test_a_fault_can_be_cleared_by_request(broker: TestBroker, network: NetworkService) -> None:
    async with gateway(broker, STOPPED) as (bus, received), injector(broker):
        await bus.request(ServiceName.INJECTOR, request())
        reply = await bus.request(ServiceName.INJECTOR, CancelFault(fault_id="asked-r1"))
        assert reply.fault is not None
        assert reply.fault.ended_by is EndedBy.CANCELLED
        await until(lambda: [event for event in received if isinstance(event, FaultEnded)])
        with pytest.raises(UnknownTarget, match="unknown fault"):
            await bus.request(ServiceName.INJECTOR, CancelFault(fault_id="nothing"))


async def test_an_unsuitable_target_is_refused_with_some_that_are_suitable(
    broker: TestBroker, network: NetworkService
) -> None:
    async with gateway(broker, STOPPED) as (bus, received), injector(broker):
        with pytest.raises(UnknownTarget, match="server-1"):
            await bus.request(ServiceName.INJECTOR, request(target="server-99"))
        with pytest.raises(UnknownTarget, match="is a node, and"):
            await bus.request(ServiceName.INJECTOR, request(target="core-router-1--core-router-2"))
        await bus.request(ServiceName.INJECTOR, request("one"))
        with pytest.raises(Refused, match=r"server-3"):
            await bus.request(ServiceName.INJECTOR, request("two"))
        assert len(started(received)) <= 1


async def test_an_injection_without_a_started_event_is_repeated_and_logged(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "STARTS_WITHIN", 0.2)
    async with gateway(broker, STOPPED) as (bus, received), injector(broker):
        with pytest.raises(Refused, match="was not injected: no network process is running"):
            await bus.request(ServiceName.INJECTOR, request())
        await until(lambda: len(lines(received, Level.WARNING)) == 2)
        assert lines(received, Level.SUCCESS) == []


async def test_an_injection_that_may_start_later_has_an_unknown_outcome_that_a_repeated_request_resolves(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "STARTS_WITHIN", 0.5)
    environment = {**os.environ, **broker.environment("network")}
    network = await asyncio.create_subprocess_exec(sys.executable, "-m", "network", env=environment)
    try:
        async with gateway(broker, STOPPED) as (bus, received), injector(broker):
            await until(lambda: any("The network is up" in line for line in lines(received, Level.INFO)), 30)
            network.send_signal(signal.SIGSTOP)
            with pytest.raises(OutcomeUnknown, match="not known whether high_cpu on server-3 has started"):
                await bus.request(ServiceName.INJECTOR, request())
            with pytest.raises(OutcomeUnknown, match="not known whether fault asked-r1 was cleared"):
                await bus.request(ServiceName.INJECTOR, CancelFault(fault_id="asked-r1"), timeout=10)
            assert started(received) == []
            network.send_signal(signal.SIGCONT)
            await until(lambda: started(received))
            reply = await bus.request(ServiceName.INJECTOR, request())
            assert reply.fault is not None and reply.fault.id == "asked-r1"
            assert [fault.id for fault in started(received)] == ["asked-r1"]
    finally:
        network.kill()
        await network.wait()


async def test_targets_that_do_not_exist_are_logged(broker: TestBroker, network: NetworkService) -> None:
    async with gateway(broker, QUICK) as (bus, received), injector(broker):
        await until(lambda: cycles(received))
        await configure(bus, QUICK.model_copy(update={"targets": ("nowhere",)}))
        await until(lambda: any("nowhere" in line for line in lines(received, Level.WARNING)))


async def test_a_restart_of_the_broker_loses_and_repeats_no_cycle(broker: TestBroker, network: NetworkService) -> None:
    async with gateway(broker, QUICK) as (_, received), injector(broker, "a"), injector(broker, "b"):
        await until(lambda: len(cycles(received)) >= 3)
        broker.restart()
        before = len(cycles(received))
        await until(lambda: len(cycles(received)) >= before + 4, 20)
        assert cycles(received) == list(range(1, len(cycles(received)) + 1))
        assert len({fault.id for fault in started(received)}) == len(started(received))


async def test_a_network_without_faults_gets_none_and_this_is_logged_once(broker: TestBroker) -> None:
    await broker.offer(Capabilities(driver="replay"))
    async with gateway(broker, QUICK) as (bus, received), injector(broker):
        idle = "The fault campaign does not start: this network offers no faults (replay)"
        await until(lambda: idle in lines(received, Level.WARNING))
        with pytest.raises(Refused, match=r"^this network offers no faults \(replay\)$"):
            await bus.request(ServiceName.INJECTOR, request())
        await configure(bus, QUICK.model_copy(update={"interval": 1.0}))
        await asyncio.sleep(0.5)
        assert lines(received, Level.WARNING).count(idle) == 1
        assert (cycles(received), started(received)) == ([], [])


@pytest.mark.parametrize("written", [None, b"nonsense"])
async def test_no_fault_is_injected_while_the_capabilities_are_unknown(
    written: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offered, "GRACE", 1.0)
    async with running_broker(offered=None) as unknown:
        if written is not None:
            async with bus_for(unknown, ServiceName.NETWORK, "broken") as network:
                await network.bucket(Bucket.NETWORK).put(CAPABILITIES_KEY, written)
        async with gateway(unknown, QUICK) as (bus, received), injector(unknown):
            idle = "The fault campaign does not start: no faults: it is not known what this network offers"
            await until(lambda: idle in lines(received, Level.WARNING))
            assert bool(lines(received, Level.ERROR)) == (written is not None)
            with pytest.raises(Refused, match="it is not known what this network offers"):
                await bus.request(ServiceName.INJECTOR, request())
            assert (cycles(received), started(received)) == ([], [])
