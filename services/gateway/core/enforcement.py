"""What injector and remediator say that they enforce, by process, and how old that word is.

Rules: of several processes of one service the one that may do most counts. A word that is too old counts no more: its
process may be gone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.gateway.core.bodies import EnforcedBody, EnforcedMode, EnforcedRunning
from shared.domain.config import MODE, RUNNING, Desired
from shared.domain.kinds import Mode, ServiceName

COUNTS_FOR = 15.0
"""Seconds: three rounds of asking who is there."""
MAX_PROCESSES = 100
BY_REACH = tuple(Mode)
FACT_OF: Mapping[str, str] = {ServiceName.INJECTOR: RUNNING, ServiceName.REMEDIATOR: MODE}


@dataclass(frozen=True)
class Word:
    """What one process said, and when."""

    value: str
    noted_at: float


class Enforcement:
    """The newest word of each process; all times are seconds since the gateway started."""

    def __init__(self) -> None:
        self._words: dict[tuple[str, str], Word] = {}

    def note(self, service: str, replica: str, facts: Mapping[str, str], noted_at: float) -> None:
        """Take in what a process said of itself."""
        value = facts.get(FACT_OF.get(service, ""))
        if value is None:
            return
        key = (service, replica)
        known = self._words.get(key)
        if known is None or known.noted_at < noted_at:
            self._words.pop(key, None)
            self._words[key] = Word(value, noted_at)
        while len(self._words) > MAX_PROCESSES:
            del self._words[next(iter(self._words))]

    def keep(self, answered: Collection[tuple[str, str]]) -> None:
        """Forget who did not answer a whole round, while another of its service did: it was replaced."""
        served = {service for service, _ in answered}
        self._words = {key: word for key, word in self._words.items() if key in answered or key[0] not in served}

    def body(self, now: float) -> EnforcedBody:
        """Return what is enforced, and since when nobody has said so again; None where nobody says anything."""
        running = self._of(ServiceName.INJECTOR, now)
        mode = [word for word in self._of(ServiceName.REMEDIATOR, now) if word.value in BY_REACH]
        return EnforcedBody(injector=_running(running, now), remediator=_mode(mode, now))

    def follows(self, desired: Desired, now: float) -> bool:
        """Say whether all who speak do as is wanted."""
        body = self.body(now)
        return (body.injector is None or body.injector.running == desired.running) and (
            body.remediator is None or body.remediator.mode == desired.mode
        )

    def _of(self, service: ServiceName, now: float) -> list[Word]:
        return [word for key, word in self._words.items() if key[0] == service and now - word.noted_at <= COUNTS_FOR]


def _running(words: list[Word], now: float) -> EnforcedRunning | None:
    if not words:
        return None
    return EnforcedRunning(running=any(word.value == "true" for word in words), age=_age(words, now))


def _mode(words: list[Word], now: float) -> EnforcedMode | None:
    if not words:
        return None
    return EnforcedMode(mode=max((Mode(word.value) for word in words), key=BY_REACH.index), age=_age(words, now))


def _age(words: list[Word], now: float) -> float:
    """Return the age of the oldest of these words."""
    return round(max(0.0, now - min(word.noted_at for word in words)), 1)
