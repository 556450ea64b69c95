"""Decides which samples of one partition are out of line. Pure: no bus, clock, random source or log.

Modules: `rules` has the numbers, `layout` the order of the vectors. `gauges` judges gauges, `growth` judges slow
growth, `state_checks` judges states, and `common` finds rises of the whole network. `detector` puts them together.
`takeover` brings a new detector in line with the events that its predecessor published.
"""

from services.detector.core.common import Common
from services.detector.core.detector import AnomalyEvent, Detector
from services.detector.core.takeover import Published, reconcile

__all__ = ["AnomalyEvent", "Common", "Detector", "Published", "reconcile"]
