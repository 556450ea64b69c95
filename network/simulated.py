"""The simulator together with the core of the host, without an event loop, for `nms simulate`, benchmarks and tests."""

from __future__ import annotations

from network.host.immediate import ImmediateNetwork
from network.host.managed import ManagedNetwork
from network.simulator import DEFAULT, Simulator, World
from shared.domain.topology import Topology


class SimulatedNetwork(ImmediateNetwork):
    def __init__(
        self,
        topology: Topology,
        seed: int = 1,
        origin: float = 0.0,
        speed: float = 1.0,
        load: float = 1.0,
        world: World = DEFAULT,
    ) -> None:
        self.simulator = Simulator(topology, seed, origin, speed, load=load, world=world)
        super().__init__(ManagedNetwork(self.simulator, topology))

    @property
    def interval(self) -> float:
        return self.simulator.interval

    @property
    def load(self) -> float:
        """The amount of traffic; 1 is a normal day. It can be changed at any time."""
        return self.simulator.load

    @load.setter
    def load(self, load: float) -> None:
        self.simulator.load = load
