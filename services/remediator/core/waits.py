"""How long a repair waits: in seconds, and at least for the samples that it waits for.

Rule: waits do not count ticks. In a network with a long interval they grow with it.
"""

from __future__ import annotations

from dataclasses import dataclass

STAND_SAMPLES = 2
"""Samples for which a cause has to be ranked first, so that the symptoms of one fault are there together."""
AT_LATEST = 1.0
STAND_IF_UNSURE = 3.0
AT_LATEST_IF_UNSURE = 6.0
AFTER_VERIFIED = 4.0
VERIFY_WITHIN = 4.0
CLEAR_SAMPLES = 4
"""Samples that the detector may need to see that something is over, and one more."""
RELIEVED_SAMPLES = 2


@dataclass(frozen=True)
class Waits:
    """The waits in a network that is sampled every `interval` seconds."""

    interval: float

    @property
    def stand(self) -> float:
        """Seconds for which a cause has to be ranked first."""
        return STAND_SAMPLES * self.interval

    @property
    def at_latest(self) -> float:
        """Seconds after the first diagnosis at which a first cause is acted on, however new it is."""
        return max(AT_LATEST, 2 * self.stand)

    @property
    def stand_if_unsure(self) -> float:
        return max(STAND_IF_UNSURE, self.stand)

    @property
    def at_latest_if_unsure(self) -> float:
        return max(AT_LATEST_IF_UNSURE, 2 * self.stand_if_unsure)

    @property
    def after_verified(self) -> float:
        """Seconds for which symptoms of a cause that was just repaired may still be clearing."""
        return max(AFTER_VERIFIED, CLEAR_SAMPLES * self.interval)

    @property
    def verify_within(self) -> float:
        """Seconds after its effect within which an action has to show that it helped."""
        return max(VERIFY_WITHIN, CLEAR_SAMPLES * self.interval)

    @property
    def relieved_for(self) -> float:
        """Seconds without harm after an effect, from which on harm counts as new: three samples, as in the detector."""
        return RELIEVED_SAMPLES * self.interval

    @property
    def looks_apart(self) -> float:
        """Maximum seconds between the samples of two looks: one sample may be missing."""
        return 2 * self.interval
