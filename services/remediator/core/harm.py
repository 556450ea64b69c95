"""Finds in the remediator's own telemetry whether the harm that a diagnosis claims is real.

Harm is loss, added latency, an element that is down or does not answer, memory that will soon reach its limit, a
crossed plain threshold, or load that leaves an element little of its usual headroom. Other load alone is no harm. Harm
counts as proved only if telemetry shows it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.remediator.core.case import LOADS
from services.remediator.core.evidence import Evidence, Metric, Sample
from services.remediator.gate import Finding, Proof
from shared.domain.catalogue import (
    FAULTS,
    METRICS,
    Harm,
    MetricSpec,
    Role,
    StateJudging,
    metric_in_role,
    metrics_of,
)
from shared.domain.config import Thresholds
from shared.domain.elements import kind_of, suffering
from shared.domain.events import Action, Cause
from shared.domain.kinds import ElementKind
from shared.domain.topology import Topology

LOSS_LEAST = 0.5
"""Points of loss above the usual that are harm."""
LOSS_UNKNOWN = 1.0
"""Points of loss that are harm if the usual loss is unknown."""
LATENCY_LEAST, LATENCY_SHARE = 3.0, 0.3
"""Added latency that is harm: at least so many ms, and at least this share of the usual."""
HEADROOM_TAKEN = 0.6
"""A share of an element's usual headroom: load that takes so much of the headroom is harm."""
BUSIER = 5.0
BUSY = 50.0
"""Load in % from which an element is busy, whatever is usual."""
MEMORY_LEAST = 3.0
MEMORY_GAIN = 2.0
SPREADS = 6.0
"""Growth that is harm is at least so many times the usual deviation of the metric."""
NEAR = 0.75
"""Share of the plain threshold: if the usual memory usage is above it, a cache that fills can cross the threshold."""
STEADY = 0.35
"""Share of its gain that steady growth has in the first half of its time: a spike has less."""
AVERAGED = 3.0
"""Seconds whose mean is the present memory usage."""
MEMORY_WITHIN = 900.0
"""Growing memory is harm if it reaches its limit within so many seconds."""
VERY_RARE, RARE = 8.0, 5.5
"""Scores. From the first on, harm need not last. Below the second, a healthy element has such symptoms now and then."""
LASTS, LASTS_IF_COMMON, LASTS_SAMPLES = 10.0, 30.0, 3
"""For how many seconds harm has to last if it is not very rare at a healthy element, and if it is not even rare; and
how many samples have to show it.
"""
RECENTLY, A_MOMENT_AGO = 8.0, 10.0
STILL_GROWS, STILL_GROWS_AFTER = 0.5, 0.75
"""The share of its earlier rate that growth has to keep: in the first seconds, and later."""
FULL = 95.0
"""Load in % that is harm if it lasts, however much it usually varies."""
HOT = 85.0
"""Utilisation in % from which advice to move traffic away from a link is followed."""


@dataclass(frozen=True)
class Look:
    """Samples up to the time `since` are ignored, because they are out of date.

    `score`: how rare the symptoms of the cause are at a healthy element (-log10 of the probability). Unless they are
    very rare, harm has to last for a while, because noise alone may have reached this value before.
    """

    evidence: Evidence
    topology: Topology
    thresholds: Thresholds
    now: float
    since: float = -math.inf
    score: float = math.inf

    @property
    def lasting(self) -> bool:
        return self.score < VERY_RARE

    def at(self, action: Action) -> Finding:
        return self._hot(action.target) if action.cause is None else self.of(action.cause)

    def of(self, cause: Cause) -> Finding:
        newest = self.evidence.newest(cause.element)
        if newest is not None and newest <= self.since:
            return Finding(Proof.UNKNOWN, f"there is no newer sample of {cause.element}")
        finding = _LOOKS[FAULTS[cause.kind].harm](self, cause.element, self._metric(cause))
        if cause.kind in LOADS and finding.proof is Proof.NOT_SEEN:
            return Finding(Proof.HARMLESS, finding.reason, finding.figures)
        return finding

    def _sample(self, element: str, metric: Metric) -> Sample | None:
        sample = self.evidence.sample(element, metric, self.now)
        return sample if sample is not None and sample.at > self.since else None

    def _recent(self, element: str, metric: Metric) -> list[Sample]:
        return [sample for sample in self.evidence.recent(element, metric, self.now) if sample.at > self.since]

    def _newest(self, element: str, metric: Metric) -> list[Sample]:
        """Return the samples of the last `AVERAGED` seconds, the newest first, and not fewer than two if there are."""
        samples = self._recent(element, metric)
        lasts = [sample for sample in samples if self.now - sample.at <= AVERAGED]
        return lasts if len(lasts) > 1 else samples[:2]

    def _metric(self, cause: Cause) -> str:
        kind = kind_of(self.topology, cause.element)
        signatures = FAULTS[cause.kind].signatures
        return next((s for s in signatures if s.element is kind), signatures[0]).required.metric

    # --- states --------------------------------------------------------------------------------------------------

    def off(self, element: str, metric: Metric) -> Finding:
        sample, state = self._sample(element, metric), self._spec(element, metric).state or StateJudging()
        if sample is None:
            return _unknown(element, metric)
        proof, text = (Proof.PROVED, state.says_off) if sample.value <= 0 else (Proof.NOT_SEEN, state.says_on)
        return Finding(proof, f"{element} {text}", {metric: sample.value})

    def evident(self, element: str, metric: Metric) -> Finding:
        """A difference from the approved state is harm while something that it can explain is out of service."""
        found = self.off(element, metric)
        if not found.proved:
            return found
        off = suffering(self.topology, element, metric, lambda kind, state: self.evidence.off(kind, state, self.now))
        for other, spec in off:
            says = (spec.state or StateJudging()).says_off
            return Finding(Proof.PROVED, f"{found.reason}; {other} {says}", found.figures)
        return Finding(Proof.NOT_SEEN, f"{found.reason}, and nothing that it explains suffers", found.figures)

    def flaps(self, element: str, metric: Metric) -> Finding:
        samples = self._recent(element, metric)
        if not samples:
            return _unknown(element, metric)
        changes = _metric_with(kind_of(self.topology, element), Role.CHANGES)
        changed = {s.at for s in self._recent(element, changes) if s.value > 1} if changes else set()
        down = sum(sample.value <= 0 or sample.at in changed for sample in samples)
        figures = {"down": float(down), "samples": float(len(samples))}
        if down:
            return Finding(Proof.PROVED, f"{element} was down in {down} of the last {len(samples)} samples", figures)
        return Finding(Proof.NOT_SEEN, f"{element} was up in all of the last {len(samples)} samples", figures)

    def raised(self, element: str, metric: Metric) -> Finding:
        """A value is harm if it reaches the operator's threshold, or exceeds the usual value by the smallest relevant
        effect.
        """
        sample, usual = self._sample(element, metric), self.evidence.usual(element, metric)
        spec = self._spec(element, metric)
        if sample is None:
            return _unknown(element, metric)
        plain = self._plain(element, metric)
        judging = spec.judging
        far = math.inf if usual is None or judging is None else usual + max(judging.least, judging.share * usual)
        if math.isinf(min(plain, far)):
            return Finding(Proof.UNKNOWN, f"too few samples of {metric} of {element} to know what is usual")
        return self._compared(element, metric, sample.value, usual, min(plain, far), spec.unit)

    def _spec(self, element: str, metric: Metric) -> MetricSpec:
        return METRICS[kind_of(self.topology, element), metric]

    # --- what traffic suffers ------------------------------------------------------------------------------------

    def late(self, element: str, metric: Metric) -> Finding:
        """Latency is harm if it is far above the usual value, or if it reaches the plain threshold and is well above
        the usual value.
        """
        return self._of_ports(element, metric, self._late)

    def lost(self, element: str, metric: Metric) -> Finding:
        return self._of_ports(element, metric, self._lost)

    def _of_ports(self, element: str, of_link: Metric, look: Callable[[str, Metric], Finding]) -> Finding:
        if self.topology.is_link(element):
            return look(element, of_link)
        found = [look(link, of_link) for link in self.topology.links_of.get(element, ())]
        proved = [finding for finding in found if finding.proved]
        if proved and 2 * len(proved) >= len(found):
            return proved[0]
        role = METRICS[ElementKind.LINK, of_link].role
        return look(element, metric_in_role(ElementKind.NODE, role)) if role else _unknown(element, of_link)

    def _late(self, element: str, metric: Metric) -> Finding:
        sample, usual = self._sample(element, metric), self.evidence.usual(element, metric)
        plain = self._plain(element, metric)
        if sample is None:
            return _unknown(element, metric)
        if usual is None and (not self.topology.is_link(element) or sample.value < plain):
            return Finding(Proof.UNKNOWN, f"too few samples of the latency of {element} to know what is usual")
        limit = plain
        if usual is not None:
            far = usual + max(LATENCY_LEAST, LATENCY_SHARE * usual)
            limit = min(far, max(plain, usual + LATENCY_LEAST))
        return self._compared(element, metric, sample.value, usual, limit, "ms")

    def _lost(self, element: str, metric: Metric) -> Finding:
        sample, usual = self._sample(element, metric), self.evidence.usual(element, metric)
        if sample is None:
            return _unknown(element, metric)
        limit = LOSS_UNKNOWN if usual is None else usual + LOSS_LEAST
        return self._compared(element, metric, sample.value, usual, limit, "%")

    # --- load ----------------------------------------------------------------------------------------------------

    def loaded(self, node: str, metric: Metric) -> Finding:
        """CPU load is harm if it reaches the plain threshold, if it leaves little headroom, or if traffic at the busy
        node suffers.
        """
        sample = self._sample(node, metric)
        if sample is None:
            return _unknown(node, metric)
        usual, plain = self.evidence.usual(node, metric), self._plain(node, metric)
        limit = plain if usual is None else min(plain, usual + HEADROOM_TAKEN * max(0.0, 100.0 - usual))
        if self.score < RARE and usual is not None:
            limit = self._cramped(node, metric, usual)
        finding = self._compared(node, metric, sample.value, usual, limit, "%")
        if finding.proved or sample.value < _busy_from(usual):
            return finding
        return self._suffers(node, finding)

    def _suffers(self, element: str, busy: Finding) -> Finding:
        of = ElementKind.LINK if self.topology.is_link(element) else ElementKind.NODE
        late = self._late(element, metric_in_role(of, Role.DELAY))
        for harm in (late, self._lost(element, metric_in_role(of, Role.LOSS))):
            if harm.proved:
                return harm
        return Finding(Proof.HARMLESS, f"{busy.reason}: busy, and no traffic is late or lost there", busy.figures)

    def crowded(self, link: str, metric: Metric) -> Finding:
        sample = self._sample(link, metric)
        if sample is None:
            return _unknown(link, metric)
        usual = self.evidence.usual(link, metric)
        busy = self._compared(link, metric, sample.value, usual, _busy_from(usual), "%")
        return self._suffers(link, busy) if busy.proved else busy

    def fills(self, node: str, metric: Metric) -> Finding:
        """Memory usage is harm if it reaches the plain threshold, or if it grows and will soon reach the threshold.

        What is usually above the threshold is no harm, and neither is what has no past yet.
        """
        samples = self._newest(node, metric)
        if not samples:
            return _unknown(node, metric)
        value = sum(sample.value for sample in samples) / len(samples)
        usual, plain = self.evidence.usual(node, metric), self._plain(node, metric)
        reaches = value >= plain or samples[0].value >= plain
        if usual is None:
            if reaches or self.score < RARE:
                return Finding(Proof.UNKNOWN, f"too few samples of {metric} of {node} to know what is usual")
            return self._compared(node, metric, value, usual, plain, "%")
        if self.score < RARE:
            finding = self._compared(node, metric, value, usual, self._cramped(node, metric, usual), "%")
            if finding.proved and usual > NEAR * plain:
                return Finding(
                    Proof.UNKNOWN, f"{finding.reason}; it is usually that close to its limit", finding.figures
                )
            return finding
        if reaches:
            limit = plain if usual < plain else FULL
            return self._compared(node, metric, max(value, samples[0].value), usual, limit, "%")
        least = max(MEMORY_LEAST, SPREADS * (self.evidence.spread(node, metric) or 0.0))
        if value < usual + least:
            return self._compared(node, metric, value, usual, usual + least, "%")
        if self.lasting and not self._lasts(node, metric, usual + least):
            return self._compared(node, metric, value, usual, usual + least, "%")
        return self._on_its_way(node, metric, value, usual, plain)

    def _cramped(self, node: str, metric: Metric, usual: float) -> float:
        """Return the usage that is harm although a healthy element crosses the plain threshold now and then."""
        noise = SPREADS * (self.evidence.spread(node, metric) or 0.0)
        return max(self._plain(node, metric), min(FULL, usual + max(HEADROOM_TAKEN * (100.0 - usual), noise)))

    def _on_its_way(self, node: str, metric: Metric, value: float, usual: float, limit: float) -> Finding:
        before = [(self.now - s.at, s.value) for s in self.evidence.before(node, metric)]
        low = next((old for old in before if old[0] >= A_MOMENT_AGO and value - old[1] >= MEMORY_GAIN), None)
        figures = {"value": round(value, 3), "usual": round(usual, 3), "limit": limit, "within": MEMORY_WITHIN}
        left: float | None = None
        if low is not None:
            since, share = _lately(before, low[0])
            if not since:
                return Finding(Proof.UNKNOWN, f"too few samples of the memory of {node} to know whether it still grows")
            rate = (value - low[1]) / low[0]
            ago, then = (sum(column) / len(since) for column in zip(*since, strict=True))
            steady = value - then >= share * rate * ago and _half_way(before, low) - low[1] >= STEADY * (value - low[1])
            left = (limit - value) / rate if steady else None
        if left is None or left > MEMORY_WITHIN:
            reason = f"memory of {node} is {value:.1f} %, usually {usual:.1f} %, and not on its way to {limit:g} %"
            return Finding(Proof.HARMLESS, reason, figures)
        reason = f"memory of {node} is {value:.1f} % and reaches {limit:g} % within {left:.0f} s"
        return Finding(Proof.PROVED, reason, figures | {"seconds_left": round(left, 1)})

    def _compared(
        self, element: str, metric: Metric, value: float, usual: float | None, limit: float, unit: str
    ) -> Finding:
        figures = {"value": round(value, 3), "limit": round(limit, 3)}
        beside = ""
        if usual is not None:
            figures["usual"] = round(usual, 3)
            beside = f", usually {usual:.1f}"
        reason = f"{metric} of {element} is {value:.1f} {unit}{beside}; harm begins at {limit:.1f}"
        if value < limit:
            return Finding(Proof.NOT_SEEN, reason, figures)
        if self.lasting and not self._lasts(element, metric, limit):
            return Finding(Proof.NOT_SEEN, f"{reason}, and has to last for a while", figures)
        return Finding(Proof.PROVED, reason, figures)

    def _lasts(self, element: str, metric: Metric, limit: float) -> bool:
        """Return whether all samples of the last seconds, and at least `LASTS_SAMPLES`, reach the limit."""
        seconds = LASTS if self.score >= RARE else LASTS_IF_COMMON
        seen = [self._sample(element, metric), *self.evidence.before(element, metric)]
        newest_first = [sample for sample in seen if sample is not None and sample.at > self.since]
        old = [number for number, sample in enumerate(newest_first, 1) if self.now - sample.at >= seconds]
        enough = max(LASTS_SAMPLES, old[0]) if old else len(newest_first) + 1
        return len(newest_first) >= enough and all(sample.value >= limit for sample in newest_first[:enough])

    def _plain(self, element: str, metric: Metric) -> float:
        return self.thresholds.limit_of(self._spec(element, metric))

    def _hot(self, link: str) -> Finding:
        load = metric_in_role(ElementKind.LINK, Role.LOAD)
        sample = self._sample(link, load)
        return _unknown(link, load) if sample is None else self._compared(link, load, sample.value, None, HOT, "%")


_LOOKS: Mapping[Harm, Callable[[Look, str, Metric], Finding]] = {
    Harm.OFF: Look.off,
    Harm.FLAPS: Look.flaps,
    Harm.LATE: Look.late,
    Harm.LOST: Look.lost,
    Harm.LOADED: Look.loaded,
    Harm.FILLS: Look.fills,
    Harm.CROWDED: Look.crowded,
    Harm.EVIDENT: Look.evident,
    Harm.RAISED: Look.raised,
}


def _lately(before: list[tuple[float, float]], grew_for: float) -> tuple[list[tuple[float, float]], float]:
    """Return the samples that show whether growth continues, and the share of its rate that it must keep. A sample:
    age, value.
    """
    if grew_for <= RECENTLY:
        return [old for old in before if A_MOMENT_AGO <= old[0] <= grew_for][:1], STILL_GROWS
    return [old for old in before if RECENTLY <= old[0] <= min(grew_for, 2.5 * RECENTLY)], STILL_GROWS_AFTER


def _metric_with(kind: ElementKind, role: Role) -> Metric | None:
    return next((spec.name for spec in metrics_of(kind, lambda spec: spec.role is role)), None)


def _half_way(before: list[tuple[float, float]], low: tuple[float, float]) -> float:
    """Return the value in the middle of the time since `low`. A sample: age, value."""
    return min(before, key=lambda old: abs(old[0] - low[0] / 2))[1]


def _busy_from(usual: float | None) -> float:
    return BUSY if usual is None else min(BUSY, usual + BUSIER)


def _unknown(element: str, metric: Metric) -> Finding:
    return Finding(Proof.UNKNOWN, f"no fresh sample of {metric} of {element}")
