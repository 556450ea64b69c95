"""The default driver: a simulated network. The same seed gives the same telemetry."""

from network.simulator.simulator import Simulator
from network.simulator.world import DEFAULT, World

__all__ = ["DEFAULT", "Simulator", "World"]
