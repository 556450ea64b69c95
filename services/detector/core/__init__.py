"""Decides what is out of line in the ticks of one partition. Pure: no bus, clock, random source or log.

Modules: `rules` has the numbers, `layout` the order of the vectors, `gauges` the judgement of gauges, `growth` that of
slow growth, `state_checks` that of states. `detector` puts them together. `takeover` reconciles a successor with what
was published.
"""

from services.detector.core.common import Common
from services.detector.core.detector import AnomalyEvent, Detector
from services.detector.core.takeover import Published, reconcile

__all__ = ["AnomalyEvent", "Common", "Detector", "Published", "reconcile"]
