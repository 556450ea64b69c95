"""What was learnt of faults in perturbed worlds: the weights of the terms, and the share of right causes by their fit.

Written by `python -m benchmarks.causes --learn`.
"""

from services.rca.core.confidence import Calibration
from services.rca.core.terms import TermWeights

WEIGHTS = TermWeights(carried=1.0, unexplained=0.6, missing=1.0)
PRIOR = Calibration(
    fits=(0.084, 0.2659, 0.2953, 0.9943, 0.9944, 1.0),
    confidences=(0.0, 0.0, 0.9821, 0.9821, 1.0, 1.0),
    pairs=713,
)
