"""What is new in a series, learnt from the past of that series alone: for recordings, not used by the live detector.

`SeriesNovelty` judges single metrics, `ElementNovelty` all metrics of an element together. Both take one row of samples
at a time, for many series or elements at once, and return a score from 0 to 1 and an alarm for each. A score depends on
earlier rows only, and on no unit, name or limit.

`shapes` and `residual` say how far a row is from what was expected, `tail` how rare that is, `alarms` when it is an
alarm; `single` and `joint` put them together.
"""

from services.detector.core.novelty.alarms import ALARM_SCORE, Novelty
from services.detector.core.novelty.joint import ElementNovelty
from services.detector.core.novelty.single import SeriesNovelty

__all__ = ["ALARM_SCORE", "ElementNovelty", "Novelty", "SeriesNovelty"]
