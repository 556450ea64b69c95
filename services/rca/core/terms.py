"""What speaks for a candidate and against it, in units of the weights of symptoms."""

from __future__ import annotations

import math
from dataclasses import dataclass

ENOUGH = 3.0
"""The weight of symptoms at which the fit reaches 63 % of its largest value."""


@dataclass(frozen=True)
class TermWeights:
    """What a unit of each term counts; a unit of explained symptoms counts 1. Each is at least 0."""

    carried: float
    unexplained: float
    missing: float


@dataclass(frozen=True)
class Terms:
    """`gain`: the local symptoms that are explained. `carried`: those that its traffic can have carried. `unexplained`:
    the local symptoms that are left. `missing`: the costs of symptoms that should be there and are not.
    """

    gain: float
    carried: float
    unexplained: float
    missing: float

    def score(self, weights: TermWeights) -> float:
        return self.gain + weights.carried * self.carried - self.lost(weights)

    def fit(self, weights: TermWeights) -> float:
        """Return from 0 to 1 how well the candidate explains the symptoms: the explained share of them, less if there
        are few.
        """
        if not self.gain:
            return 0.0
        amount = self.gain + weights.carried * self.carried
        return self.gain / (self.gain + self.lost(weights)) * (1 - math.exp(-amount / ENOUGH))

    def lost(self, weights: TermWeights) -> float:
        return weights.unexplained * self.unexplained + weights.missing * self.missing
