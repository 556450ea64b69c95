"""The default driver: a simulated network, deterministic for a seed."""

from network.simulator.benign import Benign
from network.simulator.simulator import Simulator

__all__ = ["Benign", "Simulator"]
