"""The driver on a small real laboratory: it watches through SSH alone, and repairs what was broken from outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from network.devices.driver import DevicesDriver
from network.devices.inventory.reading import read_device_inventory
from network.host.managed import ManagedNetwork, NetworkEvent
from network.lab.building.handle import LabHandle
from shared.domain.events import Execute, Executed
from shared.domain.kinds import ActionKind, ElementKind
from tests.network.lab.small_lab import require_a_laboratory, small_lab

WITHIN = 60.0
"""Seconds: a shared machine can be slow."""
BLOCK = """
add table inet f
add chain inet f i { type filter hook input priority 0; }
add rule inet f i ip protocol ospf drop
"""
Values = dict[tuple[str, str], float | None]


class Watched:
    """A driver in its host, read on its interval; the newest value of each metric."""

    def __init__(self, lab: LabHandle) -> None:
        self.lab = lab
        self.driver = DevicesDriver(read_device_inventory(lab.place.inventory))
        self.network = ManagedNetwork(self.driver, self.driver.inventory_file.topology())
        self.values: Values = {}
        self.events: list[NetworkEvent] = []

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        for _ in range(round(WITHIN / self.driver.interval)):
            sample = await self.network.sample()
            self.events += sample.events
            for tick in sample.ticks:
                for columns in tick.elements.values():
                    for metric, column in columns.metrics.items():
                        self.values |= {
                            (name, metric): value
                            for name, value in zip(columns.ids, column, strict=True)
                            if value is not None
                        }
            if holds():
                return
            await asyncio.sleep(self.driver.interval)
        pytest.fail(f"not within {WITHIN:g} s: {what}; {self.driver.silent()}")

    async def execute(self, kind: str, target: str) -> Executed:
        command = Execute(
            action_id=f"{kind}-1", incident_id="i", kind=ActionKind(kind), target=target, fence=1, at=self.driver.now
        )
        await self.network.execute(command)
        await self.until(lambda: any(isinstance(event, Executed) for event in self.events), f"{kind} was executed")
        return next(event for event in self.events if isinstance(event, Executed))


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    require_a_laboratory()
    with small_lab("driver", tmp_path) as lab:
        network = Watched(lab)
        session = ("ospf/r1--r2", "established")
        await network.until(lambda: network.values.get(session) == 1.0, "OSPF is up")
        await network.until(
            lambda: all(state.approved is not None for state in network.driver.states.values()), "all states are read"
        )
        yield network
        await network.driver.close()


async def test_a_link_that_was_disabled_is_seen_and_enabled(watched: Watched) -> None:
    (link,) = watched.driver.inventory_file.topology().between("r1", "r2")
    port = watched.driver.inventory_file.topology().link_by_id[link].source_port
    node = watched.driver.inventory_file.topology().link_by_id[link].source
    watched.lab.run(node, ["ip", "link", "set", port, "down"])
    await watched.until(lambda: watched.values.get((link, "up")) == 0.0, "the link is down")
    assert watched.values[link, "admin_up"] == 0.0
    executed = await watched.execute("enable_link", link)
    assert executed.ran, executed.reason
    await watched.until(lambda: watched.values.get((link, "up")) == 1.0, "the link is up")
    await watched.until(lambda: watched.values.get(("ospf/r1--r2", "established")) == 1.0, "OSPF is back")


async def test_a_filter_is_drift_until_it_harms_and_is_removed_alone(watched: Watched) -> None:
    point = ("r2", "filter_ospf")
    assert ElementKind.SESSION in watched.driver.capabilities().metrics
    watched.lab.run("r2", ["nft", "add table inet kept; add chain inet kept c"])
    watched.lab.run("r2", ["nft", "-f", "-"], BLOCK.encode())
    watched.driver.states["r2"].nudge()
    await watched.until(lambda: point in watched.driver.drift, "the filter is drift")
    assert watched.values[point] == 1.0
    await watched.until(lambda: watched.values.get(point) == 0.0, "the filter harms")
    assert watched.values["ospf/r1--r2", "established"] == 0.0
    executed = await watched.execute("remove_filter", "r2")
    assert executed.ran, executed.reason
    await watched.until(lambda: watched.values.get(point) == 1.0, "the filter is gone")
    assert b"table inet f" not in watched.lab.run("r2", ["nft", "list", "tables"]).output
    await watched.until(lambda: watched.values.get(("ospf/r1--r2", "established")) == 1.0, "OSPF is back")
