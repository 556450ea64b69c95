"""The default driver: a network as arithmetic, seeded, the same every time."""

from network.simulator.benign import Benign
from network.simulator.simulator import Simulator

__all__ = ["Benign", "Simulator"]
