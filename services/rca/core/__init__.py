"""The core of rca: it ranks the causes of an incident, and uses no bus, clock, random source or log.

`diagnose` is the interface; `PRIOR` is the calibration before any outcome is known.
"""

from services.rca.core.confidence import Calibration
from services.rca.core.learnt import PRIOR
from services.rca.core.ranking import diagnose

__all__ = ["PRIOR", "Calibration", "diagnose"]
