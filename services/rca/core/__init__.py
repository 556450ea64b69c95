"""The analyst's decisions, pure: `diagnose` is the face; `PRIOR` is the confidence before anything was learnt."""

from services.rca.core.confidence import PRIOR, Calibration
from services.rca.core.ranking import diagnose

__all__ = ["PRIOR", "Calibration", "diagnose"]
