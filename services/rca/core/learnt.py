"""What was learnt of faults in perturbed worlds: the weights of the terms, and the share of right causes by their fit.

Written by `python -m benchmarks.causes --learn`.
"""

from services.rca.core.confidence import Calibration
from services.rca.core.terms import Weights

WEIGHTS = Weights(carried=1.0, unexplained=0.6, missing=1.0)
PRIOR = Calibration(fits=(0.0, 0.2, 0.5, 0.7, 1.0), confidences=(0.02, 0.15, 0.6, 0.9, 0.98))
