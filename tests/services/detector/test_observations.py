"""A load that is far beyond what its past explains and harms nobody is observed when it begins and when it ends."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.detector.core import (
    AnomalyEvent,
    Common,
    Detector,
    ObservationEvent,
    Published,
    observations,
    reconcile_observations,
)
from services.detector.core.observations import MINUTE, MOST_A_MINUTE, MOST_OPEN
from services.detector.core.takeover import reconcile
from shared.domain.config import Thresholds
from shared.domain.events import AnomalyObserved, AnomalyPassed, AnomalyRaised
from shared.domain.telemetry import TICK_SECONDS, Tick
from tests.services.detector.synthetic import START, Effect, Synthetic

SETTLED = 300
NODE, LINK = "node-1", "node-1--node-2"
REPLAY = round(90 / TICK_SECONDS)
LENGTH = 760


def judged(detector: Detector, ticks: list[Tick]) -> tuple[list[AnomalyEvent], list[ObservationEvent]]:
    anomalies: list[AnomalyEvent] = []
    observed: list[ObservationEvent] = []
    for tick in ticks:
        anomalies += detector.observe(tick)
        observed += detector.observed
    return anomalies, observed


def watch(effect: Effect, ticks: int = 700, nodes: int = 4) -> tuple[list[AnomalyEvent], list[ObservationEvent]]:
    return judged(Detector(Thresholds()), list(Synthetic(nodes=nodes, effect=effect).ticks(ticks)))


def busy(element: str, metric: str, points: float, first: int = SETTLED, last: int = SETTLED + 100) -> Effect:
    return lambda tick, name, what, value: (
        value + points if (name, what) == (element, metric) and first <= tick < last else value
    )


def ends(events: list[ObservationEvent]) -> list[AnomalyPassed]:
    return [event for event in events if isinstance(event, AnomalyPassed)]


def begins(events: list[ObservationEvent]) -> list[AnomalyObserved]:
    return [event for event in events if isinstance(event, AnomalyObserved)]


@pytest.mark.parametrize(("element", "metric", "points"), [(NODE, "cpu_usage", 30), (LINK, "utilization", 50)])
def test_a_busy_element_is_observed_once_and_passes_once(element: str, metric: str, points: float) -> None:
    anomalies, events = watch(busy(element, metric, points))
    assert anomalies == []
    (began,), (passed,) = begins(events), ends(events)
    observation = began.observation
    assert (observation.element, observation.metric) == (element, metric)
    assert observation.id == f"{element}.{metric}.{SETTLED}.observed"
    assert observation.since == START + SETTLED * TICK_SECONDS
    assert observation.at - observation.since == 2 * TICK_SECONDS, "after as many samples as an anomaly"
    assert observation.expected < observation.limit < observation.value
    assert observation.score > 5.6, "it is rarer than two in a million"
    assert (passed.observation_id, passed.became, passed.since) == (observation.id, None, observation.since)
    assert passed.at == START + (SETTLED + 100 + 2) * TICK_SECONDS


@pytest.mark.parametrize("metric", ["memory_usage", "throughput"])
def test_only_load_is_observed(metric: str) -> None:
    assert watch(busy(NODE, metric, 8 if metric == "memory_usage" else 400))[1] == []


def test_two_samples_are_no_observation() -> None:
    assert watch(busy(NODE, "cpu_usage", 30, SETTLED, SETTLED + 2))[1] == []


def test_a_quiet_network_has_no_observation() -> None:
    assert watch(lambda _tick, _name, _what, value: value, ticks=4_000)[1] == []


def test_a_busy_time_that_was_observed_does_not_hide_the_next_one() -> None:
    learnt, every, lasts, times = 1_400, 160, 60, 12

    def effect(tick: int, name: str, what: str, value: float) -> float:
        number, within = divmod(tick - learnt, every)
        here = number >= 0 and within < lasts and name == f"node-{number % 16 + 1}" and what == "cpu_usage"
        return value + 30 if here else value

    anomalies, events = watch(effect, learnt + every * times, nodes=16)
    assert anomalies == []
    assert [event.about for event in begins(events)] == [f"node-{number + 1}" for number in range(times)]
    assert len(ends(events)) == times


def test_an_observation_that_becomes_an_anomaly_ends_with_it() -> None:
    def effect(tick: int, name: str, what: str, value: float) -> float:
        here = (name, what) == (NODE, "cpu_usage") and tick >= SETTLED
        return value + (30 if tick < SETTLED + 40 else 60) if here else value

    anomalies, events = watch(effect, SETTLED + 100)
    (raised,) = (event for event in anomalies if isinstance(event, AnomalyRaised))
    (began,), (passed,) = begins(events), ends(events)
    assert passed.became == raised.anomaly.id
    assert began.observation.at < passed.at == raised.anomaly.at


def test_what_does_harm_at_once_is_no_observation() -> None:
    anomalies, events = watch(busy(NODE, "cpu_usage", 60), SETTLED + 50)
    assert len(anomalies) == 1 and events == []


def test_missing_samples_neither_begin_nor_end_an_observation() -> None:
    def effect(tick: int, name: str, what: str, value: float) -> float | None:
        if (name, what) == (NODE, "cpu_usage") and tick >= SETTLED:
            return None if tick % 2 else value + 30
        return value

    _, events = watch(effect, SETTLED + 60)
    assert [type(event) for event in events] == [AnomalyObserved]


def test_an_observation_of_an_element_that_is_gone_has_passed() -> None:
    detector = Detector(Thresholds())
    _, events = judged(detector, list(Synthetic(effect=busy(NODE, "cpu_usage", 30)).ticks(SETTLED + 20)))
    assert len(begins(events)) == 1
    smaller = Synthetic()
    smaller.nodes, smaller.tick = smaller.nodes[1:], SETTLED + 20
    _, later = judged(detector, list(smaller.ticks(4)))
    assert [event.id for event in later] == [f"{events[0].id}.passed"]
    assert detector.observations.opened() == []


@pytest.mark.parametrize(("most_open", "begun"), [(MOST_OPEN, MOST_A_MINUTE), (20, 20)])
def test_the_observations_of_a_partition_are_bounded(
    most_open: int, begun: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observations, "MOST_OPEN", most_open)
    chosen = {f"node-{number}" for number in range(1, 41)}  # fewer than a common rise needs

    def effect(tick: int, name: str, what: str, value: float) -> float:
        return value + 30 if name in chosen and what == "cpu_usage" and tick >= SETTLED else value

    anomalies, events = watch(effect, SETTLED + round(MINUTE / TICK_SECONDS) - 4, nodes=150)
    assert anomalies == []
    assert [type(event) for event in events] == [AnomalyObserved] * begun


def test_a_common_rise_begins_no_observation() -> None:
    def effect(tick: int, name: str, what: str, value: float) -> float:
        return value * 1.6 if what == "utilization" and tick >= SETTLED else value

    network = Synthetic(links=12, effect=effect)
    detector = Detector(Thresholds(), Common())
    _, events = judged(detector, list(network.ticks(SETTLED + 60)))
    assert detector.shift.load > 1.25
    assert events == []


# --- when another detector takes over


def eventful(tick: int, element: str, metric: str, value: float) -> float:
    if (element, metric) == (NODE, "cpu_usage") and 420 <= tick < 480:
        return value + 25
    if (element, metric) == (LINK, "utilization") and 500 <= tick < 640:
        return value + 40
    if (element, metric) == ("node-2", "cpu_usage") and 430 <= tick < 560:
        return value + (37 if tick < 460 else 60)
    return value


@cache
def telemetry() -> list[Tick]:
    return list(Synthetic(nodes=16, links=16, effect=eventful, missing=0.01).ticks(LENGTH))


def run_with_kill(last: int, gap: int) -> list[ObservationEvent]:
    """Return all published observations. The successor begins `gap` ticks after the last tick that was judged."""
    anomalies, stream = judged(Detector(Thresholds()), telemetry()[: last + 1])
    detector, published, begin = Detector(Thresholds()), Published(), last + 1 + gap
    for event in anomalies:
        published.note(event)
    for observation in stream:
        published.note(observation)
    replayed, _ = judged(detector, telemetry()[max(0, begin - REPLAY) : begin])
    reconcile(detector, replayed, published)
    stream += reconcile_observations(detector.observations, published)
    return stream + judged(detector, telemetry()[begin:])[1]


def test_the_run_without_a_kill_has_an_observation_of_each_sort() -> None:
    _, events = judged(Detector(Thresholds()), telemetry())
    assert Counter(event.about for event in begins(events)) == {NODE: 1, LINK: 1, "node-2": 1}
    assert [event.about for event in ends(events) if event.became] == ["node-2"]


@settings(max_examples=20, deadline=None)
@given(st.integers(410, 720), st.integers(1, 24))
def test_after_a_takeover_no_observation_is_published_twice_and_each_ends(last: int, gap: int) -> None:
    stream = run_with_kill(last, gap)
    assert set(Counter(event.id for event in stream).values()) <= {1}
    open_now: set[str] = set()
    for event in stream:
        if isinstance(event, AnomalyObserved):
            assert event.about not in open_now, "at most one is open"
            open_now.add(event.about)
        else:
            assert event.about in open_now
            open_now.remove(event.about)
    assert open_now == set()
    assert all(count == 1 for count in Counter(event.about for event in begins(stream)).values())


def test_a_repeated_event_does_not_change_which_observations_are_open() -> None:
    detector = Detector(Thresholds())
    _, events = judged(detector, telemetry()[:560])
    once, twice = Published(), Published()
    for event in events:
        once.note(event)
    for event in [*events, *events]:
        twice.note(event)
    assert once.observations.all() == twice.observations.all() == detector.observations.opened()
    assert len(once.observations.all()) == 1
