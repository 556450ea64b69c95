"""What injector and remediator say that they enforce, by process, and how old that word is.

Rules: of several processes of one service the one that may do most counts. A word that is too old counts no more: its
process may be gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.gateway.core.bodies import EnforcedBody, EnforcedMode, EnforcedRunning
from shared.config import MODE, RUNNING, Desired
from shared.kinds import Mode, ServiceName

COUNTS_FOR = 15.0
"""Seconds: three rounds of asking who is there."""
MAX_PROCESSES = 100
BY_REACH = tuple(Mode)
FACT_OF = {ServiceName.INJECTOR: RUNNING, ServiceName.REMEDIATOR: MODE}


@dataclass(frozen=True)
class Word:
    """What one process said, and when."""

    value: str
    heard: float


class Enforcement:
    """The newest word of each process; all times are seconds since the gateway started."""

    def __init__(self) -> None:
        self._words: dict[tuple[ServiceName, str], Word] = {}

    def hear(self, service: str, replica: str, facts: Mapping[str, str], heard: float) -> None:
        """Take in what a process said of itself."""
        fact = FACT_OF.get(ServiceName(service)) if service in tuple(ServiceName) else None
        value = facts.get(fact) if fact else None
        if value is None:
            return
        key = (ServiceName(service), replica)
        known = self._words.get(key)
        if known is None or known.heard < heard:
            self._words.pop(key, None)
            self._words[key] = Word(value, heard)
        while len(self._words) > MAX_PROCESSES:
            del self._words[next(iter(self._words))]

    def body(self, now: float) -> EnforcedBody:
        """Return what is enforced, and since when nobody has said so again; None where nobody says anything."""
        running, mode = self._of(ServiceName.INJECTOR, now), self._of(ServiceName.REMEDIATOR, now)
        modes = [Mode(word.value) for word in mode if word.value in BY_REACH]
        return EnforcedBody(
            injector=EnforcedRunning(running=any(word.value == "true" for word in running), age=_age(running, now))
            if running
            else None,
            remediator=EnforcedMode(mode=max(modes, key=BY_REACH.index), age=_age(mode, now)) if modes else None,
        )

    def follows(self, desired: Desired, now: float) -> bool:
        """Say whether all who speak do as is wanted."""
        body = self.body(now)
        return (body.injector is None or body.injector.running == desired.running) and (
            body.remediator is None or body.remediator.mode == desired.mode
        )

    def _of(self, service: ServiceName, now: float) -> list[Word]:
        return [word for key, word in self._words.items() if key[0] is service and now - word.heard <= COUNTS_FOR]


def _age(words: list[Word], now: float) -> float:
    """Return the age of the oldest of these words."""
    return round(max(0.0, now - min(word.heard for word in words)), 1)
