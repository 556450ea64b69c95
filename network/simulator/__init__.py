"""The default driver: a simulated network. The same seed gives the same telemetry."""

from network.simulator.benign import Benign
from network.simulator.simulator import Simulator

__all__ = ["Benign", "Simulator"]
