"""Verdicts on repairs: each verified repair is judged once, ten seconds after its verification.

Rules: a repair is oscillating if its cause was repaired at least three times within two minutes. Otherwise the repair
relapsed if a metric of the cause was raised again at the same element after the repair took effect. Otherwise it is
stable. Only the times in the events count, so that a replay gives the same verdicts.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.domain.events import Action, Anomaly, StabilityVerdict

JUDGED_AFTER = 10.0
OSCILLATES_AT = 3
OSCILLATES_WITHIN = 120.0
MAX_WATCHED = 500
MAX_JUDGED = 2_000
MAX_CAUSES = 500
MAX_REPAIRS = 10


@dataclass
class _Watch:
    action: Action
    verified: float
    places: frozenset[tuple[str, str]]
    back: list[str] = field(default_factory=list)

    @property
    def due(self) -> float:
        return self.verified + JUDGED_AFTER

    def notice(self, anomaly: Anomaly) -> None:
        cause = self.action.cause
        here = (anomaly.element, anomaly.metric) in self.places
        if not self.places and cause is not None:
            here = anomaly.element == cause.element
        after = self.verified if self.action.applied is None else self.action.applied
        if here and anomaly.since > after and anomaly.at <= self.due and anomaly.id not in self.back:
            self.back.append(anomaly.id)


class Verdicts:
    def __init__(self) -> None:
        self._watched: OrderedDict[str, _Watch] = OrderedDict()
        self._judged: OrderedDict[str, None] = OrderedDict()
        self._repairs: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def verified(self, action: Action, at: float, open_anomalies: Iterable[Anomaly]) -> None:
        """An action from advice has no cause and gets no verdict."""
        if action.cause is None or action.id in self._watched or action.id in self._judged:
            return
        places = frozenset(_place(member) for member in action.cause.members)
        watch = self._watched[action.id] = _Watch(action, at, places)
        if len(self._watched) > MAX_WATCHED:
            self._watched.popitem(last=False)
        # Repairs and anomalies arrive on two streams, so a returned anomaly may arrive before the verification.
        for anomaly in open_anomalies:
            watch.notice(anomaly)
        self._count(action.cause.key, at)

    def raised(self, anomaly: Anomaly) -> None:
        for watch in self._watched.values():
            watch.notice(anomaly)

    def judged(self, action_id: str) -> None:
        self._watched.pop(action_id, None)
        self._judged[action_id] = None
        if len(self._judged) > MAX_JUDGED:
            self._judged.popitem(last=False)

    def due(self, now: float) -> list[StabilityVerdict]:
        verdicts = [self._verdict(watch, now) for watch in self._watched.values() if now >= watch.due]
        for verdict in verdicts:
            self.judged(verdict.action_id)
        return verdicts

    def _verdict(self, watch: _Watch, now: float) -> StabilityVerdict:
        verdict, reason = self._judge(watch)
        action = watch.action
        return StabilityVerdict(
            incident_id=action.incident_id, action_id=action.id, at=now, verdict=verdict, reason=reason
        )

    def _judge(self, watch: _Watch) -> tuple[str, str]:
        cause = watch.action.cause
        assert cause is not None, "only repairs of a cause are watched"
        what = f"{cause.kind} on {cause.element}"
        times = [at for at in self._repairs.get(cause.key, ()) if watch.due - OSCILLATES_WITHIN <= at <= watch.due]
        if len(times) >= OSCILLATES_AT:
            return "oscillating", f"{what} was repaired {len(times)} times within {OSCILLATES_WITHIN:.0f} s"
        if watch.back:
            return "relapsed", f"{what} came back within {JUDGED_AFTER:.0f} s: {', '.join(watch.back[:3])}"
        return "stable", f"nothing came back on {cause.element} within {JUDGED_AFTER:.0f} s"

    def _count(self, cause: tuple[str, str], at: float) -> None:
        self._repairs.setdefault(cause, deque(maxlen=MAX_REPAIRS)).append(at)
        self._repairs.move_to_end(cause)
        if len(self._repairs) > MAX_CAUSES:
            self._repairs.popitem(last=False)


def _place(anomaly_id: str) -> tuple[str, str]:
    """The id is `<element>.<metric>.<tick>`."""
    element, _, metric = anomaly_id.rpartition(".")[0].rpartition(".")
    return element, metric
