"""What was learnt of faults in perturbed worlds: the weights of the terms, and the share of right causes by their fit.

Written by `python -m benchmarks.causes --learn`.
"""

from services.rca.core.confidence import Calibration
from services.rca.core.terms import TermWeights

WEIGHTS = TermWeights(carried=1.0, unexplained=0.6, missing=1.0)
PRIOR = Calibration(
    fits=(0.0252, 0.2421, 0.2953, 0.375, 0.3874, 0.8035, 0.8047, 0.9943, 0.9944, 0.9988, 0.9988, 1.0),
    confidences=(0.0, 0.0, 0.9567, 0.9567, 0.9701, 0.9701, 0.9723, 0.9723, 0.9888, 0.9888, 1.0, 1.0),
    pairs=764,
)
