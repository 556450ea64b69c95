"""Both drivers pass the contract of the driver port."""

from __future__ import annotations

from pathlib import Path

import pytest

from network.host.managed import ManagedNetwork
from network.port import Driver
from network.replay import open_recording
from network.simulator import Simulator
from nms.simulate import Loop
from shared.domain.config import Desired
from shared.domain.events import Fault
from shared.domain.kinds import FaultKind
from shared.domain.topology import default_topology
from shared.testing.drivers import DriverContract
from tests.network.helpers import NOON
from tests.nms.recording.build import simulated

FAILING_NODE = "server-3"


class TestSimulator(DriverContract):
    async def opened(self) -> Driver:
        return Simulator(default_topology(), seed=5, origin=NOON)

    async def node_that_fails(self, network: ManagedNetwork) -> str:
        begins = network.now
        fault = Fault(
            id="fails", kind=FaultKind.NODE_DOWN, target=FAILING_NODE, strength=1, started=begins, ends=begins + 60
        )
        return (await network.inject(fault)).target


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def kill(loop: Loop, since: float) -> None:
        if since >= 10 and not loop.injected:
            loop.inject(FaultKind.NODE_DOWN, FAILING_NODE)

    folder = tmp_path_factory.mktemp("drivers") / "recording"
    return simulated(folder, 30.0, desired=Desired(running=False), act=kill)


class TestReplay(DriverContract):
    @pytest.fixture(autouse=True)
    def opens(self, recorded: Path) -> None:
        self.folder = recorded

    async def opened(self) -> Driver:
        return open_recording(self.folder)

    async def node_that_fails(self, network: ManagedNetwork) -> str:
        return FAILING_NODE
