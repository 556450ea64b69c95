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
    """One replica of the injector, ended as a kill would not: politely."""
    service = InjectorService(seed=3)
    async with bus_for(broker, ServiceName.INJECTOR, replica) as bus:
        await service.start(bus)
        try:
            yield service
        finally:
            await service.stop()


@asynccontextmanager
async def gateway(broker: TestBroker, wanted: Desired) -> AsyncIterator[tuple[Bus, list[object]]]:
    """The gateway's bus, with all that is said of faults and in the log."""
    heard: list[object] = []

    async def hear(event: object, time: float) -> None:
        heard.append(event)

    async with bus_for(broker, ServiceName.GATEWAY) as bus:
        await want(bus, wanted)
        await bus.follow(("fault.*", "log.>"), hear, since="all")
        yield bus, heard


async def want(bus: Bus, desired: Desired) -> None:
    await bus.bucket(Bucket.CONFIG).put(CONFIG_KEY, desired.model_dump_json().encode())


async def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


def cycles(heard: list[object]) -> list[int]:
    return [event.number for event in heard if isinstance(event, FaultCycle)]


def landed(heard: list[object]) -> list[Fault]:
    return [event.fault for event in heard if isinstance(event, FaultStarted)]


def lines(heard: list[object], level: Level) -> list[str]:
    return [event.message for event in heard if isinstance(event, LogLine) and event.level is level]


def asked(id: str = "r1", target: str = "server-3", kind: FaultKind = FaultKind.HIGH_CPU) -> InjectFault:
    return InjectFault(request_id=id, kind=kind, target=target)


async def test_the_campaign_turns_cycles_strikes_and_says_what_landed(
    broker: TestBroker, network: NetworkService
) -> None:
    async with gateway(broker, QUICK) as (_, heard), injector(broker):
        await until(lambda: len(landed(heard)) >= 4 and len(lines(heard, Level.SUCCESS)) >= 4)
        assert cycles(heard) == list(range(1, len(cycles(heard)) + 1))
        times = [event.at for event in heard if isinstance(event, FaultCycle)]
        gaps = [after - before for before, after in pairwise(times)]
        assert sum(gaps) > 2.0 * (len(gaps) - 1), "a late turn is never made up for by a quick one"
        assert median(gaps) == pytest.approx(2.0, abs=1.0)
        for fault in landed(heard)[:4]:
            assert fault.id == f"fault-{fault.cycle}"
            assert f"Injected {fault.kind} on {fault.target}" in lines(heard, Level.SUCCESS)


async def test_stop_and_start_govern_the_cycles_and_the_count_goes_on(
    broker: TestBroker, network: NetworkService
) -> None:
    async with gateway(broker, STOPPED) as (bus, heard), injector(broker) as service:
        await asyncio.sleep(0.6)
        assert cycles(heard) == []
        await want(bus, QUICK)
        await until(lambda: len(cycles(heard)) >= 2)
        await want(bus, STOPPED)
        await until(lambda: service._campaign.due is None)
        await asyncio.sleep(0.3)
        stood = len(cycles(heard))
        await asyncio.sleep(0.6)
        assert len(cycles(heard)) == stood
        await want(bus, QUICK)
        await until(lambda: len(cycles(heard)) > stood)
        assert cycles(heard) == list(range(1, len(cycles(heard)) + 1))


async def test_two_replicas_run_one_campaign_and_the_second_goes_on_when_the_first_leaves(
    broker: TestBroker, network: NetworkService
) -> None:
    async with gateway(broker, QUICK) as (_, heard), AsyncExitStack() as first, AsyncExitStack() as second:
        leading = await first.enter_async_context(injector(broker, "a"))
        await until(lambda: leading._lease is not None and leading._lease.leads)
        await second.enter_async_context(injector(broker, "b"))
        await until(lambda: len(cycles(heard)) >= 4)
        await first.aclose()
        before = len(cycles(heard))
        await until(lambda: len(cycles(heard)) >= before + 3)
        assert cycles(heard) == list(range(1, len(cycles(heard)) + 1))
        assert len({fault.id for fault in landed(heard)}) == len(landed(heard))


async def test_a_new_process_goes_on_with_count_and_live_faults(broker: TestBroker, network: NetworkService) -> None:
    alone = QUICK.model_copy(update={"at_once": 1, "ttl": 600.0})
    async with gateway(broker, alone) as (_, heard):
        async with injector(broker):
            await until(lambda: landed(heard) and len(cycles(heard)) >= 3)
        before = len(cycles(heard))
        async with injector(broker, "b"):
            await until(lambda: len(cycles(heard)) >= before + 3)
        assert cycles(heard) == list(range(1, len(cycles(heard)) + 1))
        assert len(landed(heard)) == 1


async def test_faults_on_demand_work_while_stopped_and_asking_twice_strikes_once(
    broker: TestBroker, network: NetworkService
) -> None:
    async with gateway(broker, STOPPED) as (bus, heard), injector(broker, "a") as one, injector(broker, "b") as two:
        replies = await asyncio.gather(*(bus.request(ServiceName.INJECTOR, asked()) for _ in range(6)))
        faults = [reply.fault for reply in replies]
        assert {fault.id for fault in faults if fault} == {"asked-r1"}
        assert {(fault.kind, fault.target) for fault in faults if fault} == {(FaultKind.HIGH_CPU, "server-3")}
        await until(lambda: landed(heard))
        await asyncio.sleep(0.3)
        assert [fault.id for fault in landed(heard)] == ["asked-r1"]
        await until(lambda: one._ledger.get("asked-r1") and two._ledger.get("asked-r1"))
        with pytest.raises(Refused, match="give each its own id"):
            await bus.request(ServiceName.INJECTOR, asked(target="server-4"))


async def test_a_fault_can_be_ended_by_request(broker: TestBroker, network: NetworkService) -> None:
    async with gateway(broker, STOPPED) as (bus, heard), injector(broker):
        await bus.request(ServiceName.INJECTOR, asked())
        reply = await bus.request(ServiceName.INJECTOR, CancelFault(fault_id="asked-r1"))
        assert reply.fault is not None
        assert reply.fault.ended_by is EndedBy.CANCELLED
        await until(lambda: [event for event in heard if isinstance(event, FaultEnded)])
        with pytest.raises(UnknownTarget, match="unknown fault"):
            await bus.request(ServiceName.INJECTOR, CancelFault(fault_id="nothing"))


async def test_what_cannot_be_struck_is_refused_naming_what_can(broker: TestBroker, network: NetworkService) -> None:
    async with gateway(broker, STOPPED) as (bus, heard), injector(broker):
        with pytest.raises(UnknownTarget, match="server-1"):
            await bus.request(ServiceName.INJECTOR, asked(target="server-99"))
        with pytest.raises(UnknownTarget, match="strikes a node"):
            await bus.request(ServiceName.INJECTOR, asked(target="core-router-1--core-router-2"))
        await bus.request(ServiceName.INJECTOR, asked("one"))
        with pytest.raises(Refused, match=r"server-3"):
            await bus.request(ServiceName.INJECTOR, asked("two"))
        assert len(landed(heard)) <= 1


async def test_a_strike_that_does_not_land_is_tried_again_and_said(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "LANDS_WITHIN", 0.2)
    async with gateway(broker, STOPPED) as (bus, heard), injector(broker):
        with pytest.raises(Refused, match="was not struck: no network process is there"):
            await bus.request(ServiceName.INJECTOR, asked())
        await until(lambda: len(lines(heard, Level.WARNING)) == 2)
        assert lines(heard, Level.SUCCESS) == []


async def test_a_strike_that_may_land_later_is_not_called_a_miss_and_its_key_tells_what_came_of_it(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "LANDS_WITHIN", 0.5)
    environment = {**os.environ, **broker.environment("network")}
    network = await asyncio.create_subprocess_exec(sys.executable, "-m", "network", env=environment)
    try:
        async with gateway(broker, STOPPED) as (bus, heard), injector(broker):
            await until(lambda: any("The network is up" in line for line in lines(heard, Level.INFO)), 30)
            network.send_signal(signal.SIGSTOP)
            with pytest.raises(OutcomeUnknown, match="not known whether high_cpu on server-3 has landed"):
                await bus.request(ServiceName.INJECTOR, asked())
            with pytest.raises(OutcomeUnknown, match="not known whether fault asked-r1 was ended"):
                await bus.request(ServiceName.INJECTOR, CancelFault(fault_id="asked-r1"), timeout=10)
            assert landed(heard) == []
            network.send_signal(signal.SIGCONT)
            await until(lambda: landed(heard))
            reply = await bus.request(ServiceName.INJECTOR, asked())
            assert reply.fault is not None and reply.fault.id == "asked-r1"
            assert [fault.id for fault in landed(heard)] == ["asked-r1"]
    finally:
        network.kill()
        await network.wait()


async def test_targets_that_do_not_exist_are_said(broker: TestBroker, network: NetworkService) -> None:
    async with gateway(broker, QUICK) as (bus, heard), injector(broker):
        await until(lambda: cycles(heard))
        await want(bus, QUICK.model_copy(update={"targets": ("nowhere",)}))
        await until(lambda: any("nowhere" in line for line in lines(heard, Level.WARNING)))


async def test_a_killed_broker_costs_no_cycle_and_doubles_none(broker: TestBroker, network: NetworkService) -> None:
    async with gateway(broker, QUICK) as (_, heard), injector(broker, "a"), injector(broker, "b"):
        await until(lambda: len(cycles(heard)) >= 3)
        broker.restart()
        before = len(cycles(heard))
        await until(lambda: len(cycles(heard)) >= before + 4, 20)
        assert cycles(heard) == list(range(1, len(cycles(heard)) + 1))
        assert len({fault.id for fault in landed(heard)}) == len(landed(heard))


async def test_a_network_that_offers_no_faults_is_left_alone_and_that_is_said(broker: TestBroker) -> None:
    await broker.offer(Capabilities(driver="replay"))
    async with gateway(broker, QUICK) as (bus, heard), injector(broker):
        idle = "The fault campaign does not start: this network offers no faults (replay)"
        await until(lambda: idle in lines(heard, Level.WARNING))
        with pytest.raises(Refused, match=r"^this network offers no faults \(replay\)$"):
            await bus.request(ServiceName.INJECTOR, asked())
        await want(bus, QUICK.model_copy(update={"interval": 1.0}))
        await asyncio.sleep(0.5)
        assert lines(heard, Level.WARNING).count(idle) == 1
        assert (cycles(heard), landed(heard)) == ([], [])


@pytest.mark.parametrize("written", [None, b"nonsense"])
async def test_without_word_of_what_the_network_offers_nothing_is_struck(
    written: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offered, "GRACE", 1.0)
    async with running_broker(offered=None) as silent:
        if written is not None:
            async with bus_for(silent, ServiceName.NETWORK, "broken") as network:
                await network.bucket(Bucket.NETWORK).put(CAPABILITIES_KEY, written)
        async with gateway(silent, QUICK) as (bus, heard), injector(silent):
            idle = "The fault campaign does not start: no faults: it is not known what this network offers"
            await until(lambda: idle in lines(heard, Level.WARNING))
            assert bool(lines(heard, Level.ERROR)) == (written is not None)
            with pytest.raises(Refused, match="it is not known what this network offers"):
                await bus.request(ServiceName.INJECTOR, asked())
            assert (cycles(heard), landed(heard)) == ([], [])
