"""The core of the detector: it decides which samples are out of line, and uses no bus, clock, random source or log.

Modules: `rules` has the constants, `layout` the order of the elements and metrics in arrays. `gauges` judges gauges,
`growth` judges slow growth, `state_checks` judges states, `observations` finds load that is unusual but harmless, and
`common` finds rises of the whole network. `detector` puts these modules together. `takeover` makes a new detector agree
with the events that its predecessor published.
`novelty` judges what is new in a series by its own past.
"""

from services.detector.core.common import Common
from services.detector.core.detector import AnomalyEvent, Detector
from services.detector.core.observations import ObservationEvent
from services.detector.core.takeover import Published, reconcile, reconcile_observations

__all__ = [
    "AnomalyEvent",
    "Common",
    "Detector",
    "ObservationEvent",
    "Published",
    "reconcile",
    "reconcile_observations",
]
