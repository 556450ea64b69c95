"""The tests that every driver has to pass.

Use: inherit from `DriverContract`; return the driver from `opened`, and make a node fail in `node_that_fails`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from network.host.managed import ManagedNetwork
from network.port import Driver, DriverReading, OtherNetwork, Plan
from shared.domain.capabilities import Capabilities
from shared.domain.catalogue import ACTIONS, Role, metric_in_role
from shared.domain.elements import kind_of
from shared.domain.errors import MessageError, Refused
from shared.domain.events import Execute, Executed, Fault, FaultStarted
from shared.domain.kinds import ActionKind, ElementKind, FaultKind
from shared.domain.targets import fitting
from shared.domain.telemetry import MAX_LATE_TICKS, Rows
from shared.domain.topology import Topology

READINGS = 12
FAILURE_WITHIN = 120
"""The number of readings within which a failed node has to be reported."""


def command(kind: ActionKind, target: str, revert: bool = False) -> Execute:
    name = f"contract.{kind}.{target}"
    return Execute(action_id=name, incident_id="contract", kind=kind, target=target, fence=1, revert=revert)


def an_element(kind: ElementKind, topology: Topology) -> str:
    return topology.nodes[0].id if kind is ElementKind.NODE else topology.links[0].id


def answers(reading: DriverReading, node: str) -> bool | None:
    if any(one.element == node for one in reading.unreachable):
        return False
    state = metric_in_role(ElementKind.NODE, Role.STATE)
    for batch in reading.batches:
        nodes = batch.of(ElementKind.NODE)
        if node not in nodes.ids:
            continue
        place = nodes.ids.index(node)
        rest = [column[place] for metric, column in nodes.metrics.items() if metric != state]
        level = nodes.column(state)[place]
        if level == 0:
            assert set(rest) == {None}, "an element that does not answer has no other sample"
        return None if level is None else level > 0
    return None


class DriverContract:
    """The tests of a driver. Each call of `opened` has to return a new driver of the same network at the same time."""

    async def opened(self) -> Driver:
        raise NotImplementedError

    async def node_that_fails(self, network: ManagedNetwork) -> str:
        """Make a node fail, so that one of the next `FAILURE_WITHIN` readings shows it; return the node's id."""
        raise NotImplementedError

    async def managed(self) -> ManagedNetwork:
        driver = await self.opened()
        return ManagedNetwork(driver, await driver.inventory.topology())

    async def readings(self, driver: Driver, number: int = READINGS) -> Sequence[DriverReading]:
        return [await driver.telemetry.read() for _ in range(number)]

    async def test_keeps_the_interval_that_it_declares(self) -> None:
        driver = await self.opened()
        assert driver.capabilities().interval == driver.telemetry.interval > 0
        began, tick = driver.telemetry.now, driver.telemetry.tick
        for number, reading in enumerate(await self.readings(driver), start=1):
            assert reading.tick == tick + number
            assert reading.at == pytest.approx(began + number * driver.telemetry.interval, abs=1e-6)
            for batch in reading.batches:
                assert (batch.tick, batch.interval) == (reading.tick, driver.telemetry.interval)
                assert batch.instant == pytest.approx(reading.at, abs=1e-3)
                assert all(0 < batch.tick - late.tick <= MAX_LATE_TICKS for late in batch.late)
        assert (driver.telemetry.now, driver.telemetry.tick) == (reading.at, reading.tick)

    async def test_skipped_intervals_advance_network_time(self) -> None:
        driver = await self.opened()
        began, tick = driver.telemetry.now, driver.telemetry.tick
        skipped = await driver.telemetry.skip(READINGS)
        assert skipped.batches == [] or not skipped.batches
        assert skipped.tick == driver.telemetry.tick == tick + READINGS
        assert driver.telemetry.now == pytest.approx(began + READINGS * driver.telemetry.interval, abs=1e-6)

    async def test_each_element_keeps_its_id_and_its_partition(self) -> None:
        driver = await self.opened()
        topology = await driver.inventory.topology()
        home: dict[str, int] = {}
        for reading in await self.readings(driver):
            partitions = [batch.partition for batch in reading.batches]
            assert len(set(partitions)) == len(partitions)
            for batch in reading.batches:
                for kind, columns in batch.elements.items():
                    for element in columns.ids:
                        assert kind_of(topology, element) is kind
                        assert home.setdefault(element, batch.partition) == batch.partition
        assert set(home) == {*topology.node_by_id, *topology.link_by_id}
        assert await driver.inventory.topology() == topology

    async def test_samples_exactly_the_metrics_of_its_capabilities(self) -> None:
        driver = await self.opened()
        offered, seen = driver.capabilities(), dict[ElementKind, set[str]]()
        for reading in await self.readings(driver):
            for rows in (rows for batch in reading.batches for rows in (batch, *batch.late)):
                _note(rows, seen)
        assert seen == {kind: set(metrics) for kind, metrics in offered.metrics.items()}

    async def test_a_node_that_does_not_answer_is_reported_as_a_value(self) -> None:
        network = await self.managed()
        node = await self.node_that_fails(network)
        for _ in range(FAILURE_WITHIN):
            if answers(await network.driver.telemetry.read(), node) is False:
                return
        pytest.fail(f"{node} failed, and {FAILURE_WITHIN} readings do not show it")

    async def test_injects_the_faults_of_its_capabilities_and_a_repeated_fault_once(self) -> None:
        offered = (await self.managed()).offered
        for kind in FaultKind:
            for element in offered.faults.get(kind, ()):
                network = await self.managed()
                target = _target_for(network.topology, kind, element)
                wanted = _fault(network, kind, target)
                injected = await network.inject(wanted)
                assert await network.inject(wanted) == injected
                started = [event for event in (await network.sample()).events if isinstance(event, FaultStarted)]
                assert [event.fault for event in started] == [injected]
                assert (await network.cancel(injected.id)).ended is not None
                assert len(network.faults()) == 1

    async def test_a_fault_that_it_does_not_offer_is_refused(self) -> None:
        network = await self.managed()
        assert (network.driver.injector is None) == (not network.offered.faults)
        refused = 0
        for kind in FaultKind:
            for element in ElementKind:
                targets = [t for t in fitting(network.topology, kind) if kind_of(network.topology, t) is element]
                if targets and element not in network.offered.faults.get(kind, ()):
                    with pytest.raises(Refused, match=network.offered.driver):
                        await network.inject(_fault(network, kind, targets[0]))
                    refused += 1
        assert network.faults() == []
        assert refused or network.offered.faults

    async def test_plans_its_actions_and_can_revert_those_that_the_catalogue_names(self) -> None:
        driver = await self.opened()
        topology, actuator = await driver.inventory.topology(), driver.actuator
        assert (actuator is None) == (not driver.capabilities().actions)
        for kind, elements in driver.capabilities().actions.items():
            for element in elements:
                assert actuator is not None and element in ACTIONS[kind].targets
                plan = await actuator.plan(command(kind, an_element(element, topology)))
                assert isinstance(plan, Plan) and plan.commands
                assert bool(plan.undo) == ACTIONS[kind].undoable

    async def test_an_action_that_it_does_not_offer_is_refused_as_a_value(self) -> None:
        network = await self.managed()
        for kind, spec in ACTIONS.items():
            for element in spec.targets:
                if element in network.offered.actions.get(kind, ()):
                    continue
                await network.execute(command(kind, an_element(element, network.topology)))
                (answer,) = (await network.sample()).events
                assert isinstance(answer, Executed) and not answer.ran
                assert answer.reason == f"{kind} is not offered by this network ({network.driver.name})"

    async def test_the_revert_of_an_action_without_undo_is_refused_as_a_value(self) -> None:
        network = await self.managed()
        for kind, spec in ACTIONS.items():
            if not spec.undoable:
                target = an_element(next(iter(spec.targets)), network.topology)
                await network.execute(command(kind, target, revert=True))
                (answer,) = (await network.sample()).events
                assert isinstance(answer, Executed) and not answer.ran and answer.reason

    async def test_continues_from_a_snapshot_without_a_gap(self) -> None:
        for skipped in (0, 5):
            first, whole = await self.managed(), await self.managed()
            await self.readings(first.driver)
            expected = (await self.readings(whole.driver, 2 * READINGS + skipped))[READINGS + skipped :]
            again = await self.managed()
            await again.restore(first.snapshot(), first.faults(), skipped)
            found = await self.readings(again.driver)
            assert [(reading.tick, reading.at, reading.batches) for reading in found] == [
                (reading.tick, reading.at, reading.batches) for reading in expected
            ]

    async def test_an_invalid_state_is_refused_and_changes_nothing(self) -> None:
        network, fresh = await self.managed(), await self.managed()
        with pytest.raises(MessageError, match="--fresh"):
            await network.restore(b"{}", [], 0)
        foreign = fresh.snapshot().replace(f'"{fresh.driver.name}"'.encode(), b'"another"')
        if foreign != fresh.snapshot():
            with pytest.raises(OtherNetwork, match="one of another, not of"):
                await network.restore(foreign, [], 0)
        assert await self.readings(network.driver) == await self.readings(fresh.driver)

    async def test_its_capabilities_can_be_encoded_and_decoded(self) -> None:
        offered = (await self.opened()).capabilities()
        assert offered.known and offered.driver == (await self.opened()).name
        assert Capabilities.model_validate_json(offered.model_dump_json()) == offered


def _note(rows: Rows, seen: dict[ElementKind, set[str]]) -> None:
    for kind, columns in rows.elements.items():
        found = {metric for metric, column in columns.metrics.items() if any(level is not None for level in column)}
        seen.setdefault(kind, set()).update(found)


def _fault(network: ManagedNetwork, kind: FaultKind, target: str) -> Fault:
    return Fault(id=f"{kind}", kind=kind, target=target, strength=1, started=network.now, ends=network.now + 600)


def _target_for(topology: Topology, kind: FaultKind, element: ElementKind) -> str:
    return next(target for target in fitting(topology, kind) if kind_of(topology, target) is element)
