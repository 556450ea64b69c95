"""The correlator's decisions. Pure: no bus, clock, random source or log. `Correlator` is the interface."""

from services.correlator.core.correlator import Correlator

__all__ = ["Correlator"]
