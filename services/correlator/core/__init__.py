"""The core of the correlator, `Correlator`: it groups anomalies into incidents, without bus, clock or log."""

from services.correlator.core.correlator import Correlator

__all__ = ["Correlator"]
