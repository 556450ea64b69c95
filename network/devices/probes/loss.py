"""The sequential test for the loss of packets on a link or path. Pure.

A cumulative sum of the likelihood ratio of two rates of loss, the usual and the harmful one (CUSUM). The probes of both
ends count together, since each probe crosses the link in both directions.

Rules
1. Loss is reported once the data are a hundred thousand times as likely under the harmful rate as under the usual one.
2. The estimate is over the probes since the loss began, at most of the last `WINDOW` sums.
3. A reply that came after its second had been counted is a loss of -1: it takes the loss back.
4. Loss is over once the data since then are a thousand times as likely under the usual rate as under half of the
   estimate.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

USUAL_LOSS, HARMFUL_LOSS = 0.001, 0.02
FALSE_ALARM, FALSE_END = 1e-5, 1e-3
WINDOW = 60
"""Sums that are kept since the onset: half a minute of both ends."""
LOOK_CLOSER_FOR = 20.0
"""Seconds of faster probing after a lost probe."""
ALARM, END = math.log(1 / FALSE_ALARM), math.log(1 / FALSE_END)


@dataclass(frozen=True)
class LossEstimate:
    """`loss`: share from 0 to 1. `since`: when it began. `sent`, `lost`: probes that the estimate is over."""

    loss: float
    since: float
    sent: int
    lost: int


@dataclass
class LossTest:
    """`is_lossy`: loss is proved and not over. `last_loss`: when a probe was lost last."""

    is_lossy: bool = False
    last_loss: float = float("-inf")
    score: float = 0.0
    _since: float = 0.0
    _sums: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _ended: float = 0.0

    def observe(self, sent: int, received: int, at: float) -> LossEstimate | None:
        """Take in the sum of one end for one interval. Return the estimate; None while no loss is proved."""
        lost = sent - received
        if lost > 0:
            self.last_loss = at
        if self.is_lossy:
            self._sums.append((sent, lost))
            self._look_for_the_end(sent, lost)
        else:
            self._look_for_the_onset(sent, lost, at)
        return self.estimate()

    def estimate(self) -> LossEstimate | None:
        if not self.is_lossy:
            return None
        sent, lost = (sum(each[part] for each in self._sums) for part in (0, 1))
        return LossEstimate(min(1.0, max(0.0, lost / sent)) if sent else 1.0, self._since, sent, max(0, lost))

    def wants_more(self, at: float) -> bool:
        """Return whether faster probing would settle the question sooner."""
        return not self.is_lossy and at - self.last_loss < LOOK_CLOSER_FOR

    def _look_for_the_onset(self, sent: int, lost: int, at: float) -> None:
        if self.score <= 0:
            self._sums.clear()
            self._since = at
        self._sums.append((sent, lost))
        self.score = max(0.0, self.score + evidence(sent, lost, HARMFUL_LOSS))
        if self.score >= ALARM:
            self.is_lossy, self._ended = True, 0.0

    def _look_for_the_end(self, sent: int, lost: int) -> None:
        current = self.estimate()
        rate = max(HARMFUL_LOSS, current.loss / 2 if current else 0.0)
        self._ended = max(0.0, self._ended - evidence(sent, lost, rate))
        if self._ended >= END:
            self.is_lossy, self.score = False, 0.0
            self._sums.clear()


def evidence(sent: int, lost: int, rate: float) -> float:
    """Return the logarithm of how much likelier a sum is under a rate of loss than under the usual one."""
    return lost * math.log(rate / USUAL_LOSS) + (sent - lost) * math.log((1 - rate) / (1 - USUAL_LOSS))
