"""Whether the injector runs and the mode of the remediator, as each of their processes reports them, with the time.

Rules

1. If the processes of a service report different values, the value that permits the most counts.
2. A report that is older than `COUNTS_FOR` is ignored, since its process may have ended.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.gateway.core.bodies import EnforcedBody, EnforcedMode, EnforcedRunning
from shared.domain.config import MODE, RUNNING, Desired
from shared.domain.kinds import Mode, ServiceName

COUNTS_FOR = 15.0
"""The age in seconds up to which a report counts. The gateway asks for reports every 5 s."""
MAX_PROCESSES = 100
BY_REACH = tuple(Mode)
FACT_OF: Mapping[str, str] = {ServiceName.INJECTOR: RUNNING, ServiceName.REMEDIATOR: MODE}


@dataclass(frozen=True)
class EnforcedFact:
    value: str
    noted_at: float


class Enforcement:
    """All times are seconds since the gateway started."""

    def __init__(self) -> None:
        self._facts: dict[tuple[str, str], EnforcedFact] = {}

    def note(self, service: str, replica: str, facts: Mapping[str, str], noted_at: float) -> None:
        value = facts.get(FACT_OF.get(service, ""))
        if value is None:
            return
        key = (service, replica)
        known = self._facts.get(key)
        if known is None or known.noted_at < noted_at:
            self._facts.pop(key, None)
            self._facts[key] = EnforcedFact(value, noted_at)
        while len(self._facts) > MAX_PROCESSES:
            del self._facts[next(iter(self._facts))]

    def keep(self, answered: Collection[tuple[str, str]]) -> None:
        """Delete the report of a process that did not answer, if another process of the same service did answer."""
        served = {service for service, _ in answered}
        self._facts = {key: fact for key, fact in self._facts.items() if key in answered or key[0] not in served}

    def body(self, now: float) -> EnforcedBody:
        """Return what injector and remediator enforce, each with the age of its oldest recent report.

        A service without a recent report is None.
        """
        running = self._of(ServiceName.INJECTOR, now)
        mode = [fact for fact in self._of(ServiceName.REMEDIATOR, now) if fact.value in BY_REACH]
        return EnforcedBody(injector=_running(running, now), remediator=_mode(mode, now))

    def follows(self, desired: Desired, now: float) -> bool:
        body = self.body(now)
        return (body.injector is None or body.injector.running == desired.running) and (
            body.remediator is None or body.remediator.mode == desired.mode
        )

    def _of(self, service: ServiceName, now: float) -> list[EnforcedFact]:
        return [fact for key, fact in self._facts.items() if key[0] == service and now - fact.noted_at <= COUNTS_FOR]


def _running(facts: list[EnforcedFact], now: float) -> EnforcedRunning | None:
    if not facts:
        return None
    return EnforcedRunning(running=any(fact.value == "true" for fact in facts), age=_age(facts, now))


def _mode(facts: list[EnforcedFact], now: float) -> EnforcedMode | None:
    if not facts:
        return None
    return EnforcedMode(mode=max((Mode(fact.value) for fact in facts), key=BY_REACH.index), age=_age(facts, now))


def _age(facts: list[EnforcedFact], now: float) -> float:
    return round(max(0.0, now - min(fact.noted_at for fact in facts)), 1)
