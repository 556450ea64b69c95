"""The share of first causes that proved right, by their fit.

Written by `python -m benchmarks.diagnosis --calibrate`.
"""

from services.rca.core.confidence import Calibration

LEARNT = Calibration(
    fits=(0.0048, 0.0295, 0.0757, 0.1446, 0.2393, 0.3323, 0.4023, 0.8154),
    confidences=(0.0, 0.1111, 0.2593, 0.4194, 0.7273, 0.9394, 0.9474, 1.0),
    pairs=972,
)
