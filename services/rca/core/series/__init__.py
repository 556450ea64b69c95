"""Ranks nodes as causes by the series measured around an outage and by who depends on whom.

`diagnose_series` is the interface, pure as the whole core: it knows no file, no clock and no name of a source.
"""

from services.rca.core.series.episode import Dependency, Episode, SeriesKey
from services.rca.core.series.suspects import SeriesDiagnosis, Suspect, diagnose_series

__all__ = ["Dependency", "Episode", "SeriesDiagnosis", "SeriesKey", "Suspect", "diagnose_series"]
