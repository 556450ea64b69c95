"""What is out of line, decided for one partition's ticks. Pure: no bus, clock, random source or log.

Rooms: `rules` the figures, `layout` which number is whose, `gauges` what is too high, `growth` what grows slowly,
`state_checks` what is off, `detector` that puts them together, `takeover` how a successor goes on without a repetition.
"""

from services.detector.core.common import Common
from services.detector.core.detector import Detector, Happening
from services.detector.core.takeover import Published, reconcile

__all__ = ["Common", "Detector", "Happening", "Published", "reconcile"]
