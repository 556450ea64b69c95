"""Calibrates confidence: learns from the outcomes of actions how often a cause with a given fit was right.

Rules

1. Only the rca process imports this module, in a worker thread when it first calibrates: scikit-learn takes 2 s and
   85 MB.
2. The prior, the calibration before any outcome is known, counts like a few outcomes at every fit. So a fit without
   outcomes keeps its prior confidence, and a series of equal outcomes does not give certainty.
"""

from __future__ import annotations

from collections.abc import Iterable

from sklearn.isotonic import IsotonicRegression

from services.rca.core import PRIOR, Calibration

GRID = tuple(step / 20 for step in range(21))
PRIOR_WEIGHT = 0.5
"""The weight of the prior at each point of the grid, as a number of outcomes."""


def learn(pairs: Iterable[tuple[float, bool]]) -> Calibration:
    """`pairs`: fit of a cause, and whether the action was verified."""
    seen = list(pairs)
    fits = [*GRID, *(fit for fit, _ in seen)]
    right = [*(PRIOR.confidence(fit) for fit in GRID), *(float(verified) for _, verified in seen)]
    weights = [PRIOR_WEIGHT] * len(GRID) + [1.0] * len(seen)
    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(fits, right, sample_weight=weights)
    learnt = model.predict(list(GRID))
    return Calibration(GRID, tuple(float(share) for share in learnt), pairs=len(seen))
