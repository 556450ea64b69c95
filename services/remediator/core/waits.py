"""How long a repair waits: some seconds, but at least for as long as the samples that it needs take to arrive.

Rule: a wait is a time, not a number of ticks. In a network with a long interval between samples, the waits are longer.
"""

from __future__ import annotations

from dataclasses import dataclass

STAND_SAMPLES = 2
"""Samples for which a cause has to be ranked first, so that all symptoms of one fault can arrive."""
AT_LATEST = 1.0
STAND_IF_UNSURE = 3.0
AT_LATEST_IF_UNSURE = 6.0
AFTER_VERIFIED = 4.0
VERIFY_WITHIN = 4.0
CLEAR_SAMPLES = 4
"""Samples that the detector may need to clear an anomaly, and one more."""
RELIEVED_SAMPLES = 2


@dataclass(frozen=True)
class Waits:
    """How long a repair waits in a network that is sampled every `interval` seconds."""

    interval: float

    @property
    def stand(self) -> float:
        """Seconds for which a confident cause must be ranked first before an action. `at_latest` limits the wait."""
        return STAND_SAMPLES * self.interval

    @property
    def at_latest(self) -> float:
        """Seconds after the first diagnosis at which an action starts against the first cause, even if that cause is
        new.
        """
        return max(AT_LATEST, 2 * self.stand)

    @property
    def stand_if_unsure(self) -> float:
        return max(STAND_IF_UNSURE, self.stand)

    @property
    def at_latest_if_unsure(self) -> float:
        return max(AT_LATEST_IF_UNSURE, 2 * self.stand_if_unsure)

    @property
    def after_verified(self) -> float:
        """Seconds after a verified repair in which symptoms of the repaired cause may still be clearing."""
        return max(AFTER_VERIFIED, CLEAR_SAMPLES * self.interval)

    @property
    def verify_within(self) -> float:
        return max(VERIFY_WITHIN, CLEAR_SAMPLES * self.interval)

    @property
    def relieved_for(self) -> float:
        """Seconds without harm after which harm that returns counts as new harm: three samples, as in the detector."""
        return RELIEVED_SAMPLES * self.interval

    @property
    def looks_apart(self) -> float:
        """Two samples count as successive if at most so many seconds lie between them. One sample may be missing."""
        return 2 * self.interval
