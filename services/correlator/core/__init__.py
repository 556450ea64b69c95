"""The correlator's decisions, pure: `Correlator` is the face."""

from services.correlator.core.correlator import Correlator

__all__ = ["Correlator"]
