"""The detector on synthetic telemetry: which anomalies, when, and how often."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from services.detector.core import AnomalyEvent, Common, Detector
from shared.domain.config import Thresholds
from shared.domain.errors import MessageError
from shared.domain.events import Anomaly, AnomalyCleared, AnomalyRaised
from shared.domain.kinds import ElementKind, NodeType, Severity, Shape
from shared.domain.telemetry import TICK_SECONDS, Tick
from shared.domain.topology import Link, Node, Topology
from tests.services.detector.synthetic import START, Effect, Synthetic, late, late_link, observed, quiet

SETTLED = 300
"""In ticks: when the baseline is warm, and how long a leak lasts."""
NODE, OTHER, LINK = "node-1", "node-2", "node-1--node-2"


def between(first: int, last: int, element: str, metric: str, change: Effect) -> Effect:
    """Change one metric of one element from tick `first` until before tick `last`."""

    def effect(tick: int, name: str, what: str, value: float) -> float | None:
        here = name == element and what == metric and first <= tick < last
        return change(tick, name, what, value) if here else value

    return effect


def plus(points: float) -> Effect:
    return lambda _tick, _name, _what, value: value + points


def off(_tick: int, _name: str, _what: str, _value: float) -> float:
    return 0.0


def topology_of(network: Synthetic) -> Topology:
    ends = [link.split("--") for link in network.links]
    nodes = dict.fromkeys([*network.nodes, *(end for pair in ends for end in pair)])
    return Topology(
        nodes=tuple(Node(id=name, type=NodeType.SWITCH) for name in nodes),
        links=tuple(Link(source=a, target=b, capacity=1000) for a, b in ends),
    )


def watch(effect: Effect = quiet, ticks: int = 600, *, missing: float = 0.0, seed: int = 1) -> list[AnomalyEvent]:
    network = Synthetic(effect=effect, missing=missing, seed=seed)
    return observed(Detector(Thresholds(), Common(topology_of(network))), network.ticks(ticks))


def raised(events: list[AnomalyEvent]) -> list[Anomaly]:
    return [event.anomaly for event in events if isinstance(event, AnomalyRaised)]


def cleared(events: list[AnomalyEvent]) -> list[AnomalyCleared]:
    return [event for event in events if isinstance(event, AnomalyCleared)]


def tick_of(at: float) -> int:
    return round((at - START) / TICK_SECONDS)


@pytest.mark.parametrize(
    ("element", "metric", "points"),
    [
        (NODE, "cpu_usage", 48),
        (NODE, "cpu_usage", 60),
        (NODE, "memory_usage", 25),
        (NODE, "latency", 10),
        (NODE, "packet_loss", 3),
        (LINK, "latency", 20),
        (LINK, "packet_loss", 3),
    ],
)
def test_a_gauge_out_of_line_is_raised_once_within_three_ticks_and_cleared_once(
    element: str, metric: str, points: float
) -> None:
    events = watch(between(SETTLED, SETTLED + 100, element, metric, plus(points)))
    (anomaly,), (clearing,) = raised(events), cleared(events)
    assert (anomaly.element, anomaly.metric, anomaly.shape) == (element, metric, Shape.STEP)
    assert anomaly.id == f"{element}.{metric}.{SETTLED}"
    assert tick_of(anomaly.since) == SETTLED
    assert 1 <= tick_of(anomaly.at) - SETTLED <= 2
    assert anomaly.expected < anomaly.threshold < anomaly.value
    assert clearing.anomaly_id == anomaly.id
    assert tick_of(clearing.back) == SETTLED + 100
    assert 1 <= tick_of(clearing.at) - tick_of(clearing.back) <= 2


def together(*effects: Effect) -> Effect:

    def effect(tick: int, name: str, what: str, value: float) -> float | None:
        for change in effects:
            changed = change(tick, name, what, value)
            if changed is None:
                return None
            value = changed
        return value

    return effect


def everywhere(metric: str, change: Effect) -> Effect:
    return lambda tick, name, what, value: (
        change(tick, name, what, value) if what == metric and tick >= SETTLED else value
    )


@pytest.mark.parametrize("change", [{"cpu_usage": 30}, {"utilization": 50}])
def test_high_load_without_harm_is_no_anomaly(change: dict[str, float]) -> None:
    element = LINK if "utilization" in change else NODE
    effects = [between(SETTLED, SETTLED + 200, element, metric, plus(points)) for metric, points in change.items()]
    assert watch(together(*effects)) == []


def test_a_full_link_is_raised_together_with_its_latency() -> None:
    crowded = together(*(between(SETTLED, SETTLED + 100, LINK, m, plus(60)) for m in ("utilization", "latency")))
    events = watch(crowded)
    assert [anomaly.metric for anomaly in raised(events)] == ["utilization", "latency"]
    assert {tick_of(anomaly.since) for anomaly in raised(events)} == {SETTLED}
    assert len(cleared(events)) == 2


@pytest.mark.parametrize(
    ("metric", "points"), [("cpu_usage", 55), ("memory_usage", 20), ("latency", 15), ("packet_loss", 3)]
)
def test_a_rise_on_all_elements_at_once_raises_nothing(metric: str, points: float) -> None:
    assert watch(everywhere(metric, plus(points)), ticks=SETTLED + 640) == []


@pytest.mark.parametrize("metric", ["latency", "packet_loss"])
def test_a_rise_at_the_links_of_one_node_is_no_common_rise(metric: str) -> None:
    links = ["node-1--node-2", "node-2--node-3"]
    faulty = together(*(between(SETTLED, 10_000, link, metric, plus(20)) for link in links))
    assert {anomaly.element for anomaly in raised(watch(faulty, ticks=SETTLED + 60))} == set(links)


def test_an_element_that_rises_beyond_a_common_rise_is_raised() -> None:
    both = together(everywhere("utilization", lambda _t, _n, _m, value: 2 * value), everywhere("latency", plus(15)))
    more = between(SETTLED + 4, 10_000, LINK, "packet_loss", plus(8))
    assert {(a.element, a.metric) for a in raised(watch(together(both, more), ticks=SETTLED + 100))} == {
        (LINK, "packet_loss"),
    }
    more = between(SETTLED + 4, 10_000, NODE, "cpu_usage", plus(55))
    assert {(a.element, a.metric) for a in raised(watch(together(both, more), ticks=SETTLED + 100))} == {
        (NODE, "cpu_usage"),
    }


def test_a_short_spike_is_no_anomaly() -> None:
    assert watch(between(SETTLED, SETTLED + 1, NODE, "packet_loss", plus(90))) == []


def test_a_value_that_oscillates_about_the_threshold_is_raised_once() -> None:
    def oscillating(tick: int, _name: str, _what: str, _value: float) -> float:
        return 83.0 if tick % 8 < 4 else 79.0

    events = watch(between(SETTLED, SETTLED + 200, NODE, "cpu_usage", oscillating))
    assert (len(raised(events)), len(cleared(events))) == (1, 1)


def test_quiet_telemetry_with_missing_samples_raises_nothing() -> None:
    assert watch(ticks=3_000, missing=0.02) == []


def test_missing_samples_neither_raise_nor_clear_an_anomaly() -> None:
    def incomplete(tick: int, _name: str, _what: str, value: float) -> float | None:
        return None if tick % 2 else value + 22

    events = watch(between(SETTLED, SETTLED + 40, NODE, "memory_usage", incomplete))
    assert len(raised(events)) == len(cleared(events)) == 1
    assert tick_of(raised(events)[0].at) == SETTLED + 2


def test_a_low_value_is_no_anomaly() -> None:
    assert watch(between(SETTLED, SETTLED + 100, NODE, "cpu_usage", plus(-30))) == []


def test_a_fall_for_a_minute_does_not_make_the_return_an_anomaly() -> None:
    assert watch(between(SETTLED, SETTLED + 240, NODE, "cpu_usage", plus(-30)), ticks=900) == []


def test_severity_depends_on_the_value() -> None:
    moderate = watch(between(SETTLED, SETTLED + 9, NODE, "cpu_usage", plus(50)))
    extreme = watch(between(SETTLED, SETTLED + 9, NODE, "cpu_usage", plus(64)))
    assert [raised(events)[0].severity for events in (moderate, extreme)] == [Severity.WARNING, Severity.CRITICAL]


def test_only_the_plain_thresholds_count_until_the_baseline_is_warm() -> None:
    high = watch(between(2, 12, NODE, "cpu_usage", plus(55)), ticks=60)
    assert [anomaly.id for anomaly in raised(high)] == [f"{NODE}.cpu_usage.2"]
    assert watch(between(2, 12, NODE, "cpu_usage", plus(30)), ticks=60) == []


def test_a_gauge_that_stays_out_of_line_becomes_normal_after_some_minutes() -> None:
    events = watch(between(SETTLED, 10_000, NODE, "memory_usage", plus(25)), ticks=4_000)
    (clearing,) = cleared(events)
    assert len(raised(events)) == 1
    assert 8 * 60 < clearing.at - clearing.since < 15 * 60


def test_a_gauge_beyond_its_plain_threshold_never_becomes_normal() -> None:
    events = watch(between(SETTLED, 10_000, NODE, "cpu_usage", plus(55)), ticks=4_000)
    assert (len(raised(events)), len(cleared(events))) == (1, 0)


# --- thresholds, names, time


def test_thresholds_can_be_set_while_it_runs() -> None:
    detector, network = Detector(Thresholds(cpu_usage=99)), Synthetic()
    events = observed(detector, network.ticks(SETTLED))
    detector.thresholds = Thresholds(cpu_usage=25)
    lowered = observed(detector, network.ticks(20))
    detector.thresholds = Thresholds(cpu_usage=99)
    restored = observed(detector, network.ticks(20))
    assert events == []
    assert {anomaly.element for anomaly in raised(lowered)} == set(network.nodes)
    assert {clearing.element for clearing in cleared(restored)} == set(network.nodes)


def test_an_element_keeps_its_state_when_other_elements_change() -> None:
    effect = between(SETTLED, SETTLED + 400, OTHER, "cpu_usage", plus(50))
    detector, network = Detector(Thresholds()), Synthetic(effect=effect)
    events = observed(detector, network.ticks(SETTLED + 50))
    network.nodes = ["new-1", OTHER, "node-3", "node-4"]
    events += observed(detector, network.ticks(400))
    assert [event.about for event in events] == [OTHER, OTHER]


def test_the_anomaly_of_an_element_that_is_gone_is_cleared() -> None:
    effect = between(SETTLED, 10_000, OTHER, "cpu_usage", plus(50))
    detector, network = Detector(Thresholds()), Synthetic(effect=effect)
    events = observed(detector, network.ticks(SETTLED + 50))
    network.nodes = ["node-1", "new-2", "node-3", "node-4"]
    events += observed(detector, network.ticks(50))
    assert len(raised(events)) == len(cleared(events)) == 1
    assert detector.open() == []


def test_a_repeated_tick_counts_once() -> None:
    detector, network = Detector(Thresholds()), Synthetic(effect=between(SETTLED, 400, NODE, "cpu_usage", plus(50)))
    for tick in network.ticks(SETTLED):
        detector.observe(tick)
    first = network.next()
    assert [detector.observe(first) for _ in range(5)] == [[]] * 5


def test_when_all_ticks_stop_and_come_back_nothing_is_raised() -> None:
    detector, network = Detector(Thresholds()), Synthetic()
    events = observed(detector, network.ticks(SETTLED))
    network.tick += 1_000
    events += observed(detector, network.ticks(SETTLED))
    assert events == []


def test_a_single_forged_tick_is_ignored() -> None:
    detector, network = Detector(Thresholds()), Synthetic(effect=between(SETTLED, 10_000, NODE, "cpu_usage", plus(50)))
    events = observed(detector, network.ticks(SETTLED + 50))
    for forged in (
        replace(network.next(), at="2999-01-01T00:00:00Z"),
        replace(network.next(), at="2999-01-01T00:00:00Z", tick=10**12),
        renamed(network.next(), ["a", "b", "c", "d"]),
    ):
        events += detector.observe(forged)
        events += detector.observe(network.next())
    assert len(events) == 1
    network.effect = quiet
    assert len(cleared(observed(detector, network.ticks(10)))) == 1


def renamed(tick: Tick, nodes: list[str]) -> Tick:
    columns = replace(tick.of(ElementKind.NODE), ids=nodes)
    return replace(tick, elements={**tick.elements, ElementKind.NODE: columns})


@pytest.mark.parametrize(
    "tick",
    [
        replace(Synthetic().next(), at="noon"),
        renamed(Synthetic().next(), ["a", "a", "b", "c"]),
        renamed(Synthetic().next(), ["a" * 999, "b", "c", "d"]),
    ],
    ids=["time", "twice", "long"],
)
def test_an_invalid_tick_is_refused(tick: Tick) -> None:
    with pytest.raises(MessageError):
        Detector(Thresholds()).observe(tick)


def test_extreme_numbers_affect_no_other_gauge() -> None:
    def extreme(tick: int, _name: str, _what: str, value: float) -> float | None:
        return (1e308, -1e308, None, value)[tick % 4]

    events = watch(between(SETTLED, SETTLED + 40, NODE, "latency", extreme))
    assert all(anomaly.element == NODE and anomaly.metric == "latency" for anomaly in raised(events))


# --- slow growth


@pytest.mark.parametrize("a_second", [0.3, 0.7, 1.0, 1.3])
def test_a_leak_is_raised_as_a_ramp_before_it_reaches_the_threshold(a_second: float) -> None:
    def leak(tick: int, _name: str, _what: str, value: float) -> float:
        return min(value + (tick - SETTLED) * TICK_SECONDS * a_second, 99)

    ends = SETTLED + round(20 / a_second / TICK_SECONDS)
    events = watch(between(SETTLED, ends, NODE, "memory_usage", leak), ticks=ends + 60, missing=0.01)
    (anomaly,), (clearing,) = raised(events), cleared(events)
    assert (anomaly.element, anomaly.metric, anomaly.shape) == (NODE, "memory_usage", Shape.RAMP)
    assert anomaly.value < 70
    assert anomaly.expected == pytest.approx(50, abs=4)
    assert tick_of(anomaly.since) >= SETTLED
    assert tick_of(clearing.back) == ends
    assert tick_of(clearing.at) <= ends + 2 + 1  # one of the three may be missing


# --- states


def unreachable(first: int, last: int) -> Effect:
    def effect(tick: int, name: str, what: str, value: float) -> float | None:
        if name == NODE and first <= tick < last:
            return 0.0 if what == "reachable" else None
        return value

    return effect


def test_an_unreachable_node_is_raised_after_two_ticks() -> None:
    events = watch(unreachable(SETTLED, SETTLED + 30), missing=0.0)
    (anomaly,), (clearing,) = raised(events), cleared(events)
    assert (anomaly.id, anomaly.severity) == (f"{NODE}.reachable.{SETTLED}", Severity.CRITICAL)
    assert (anomaly.value, anomaly.expected) == (0, 1)
    assert tick_of(anomaly.at) == SETTLED + 1
    assert (tick_of(clearing.back), tick_of(clearing.at)) == (SETTLED + 30, SETTLED + 31)


def test_an_open_anomaly_of_a_node_stays_open_while_it_is_unreachable() -> None:
    high, gone = between(SETTLED, 10_000, NODE, "cpu_usage", plus(50)), unreachable(SETTLED + 20, SETTLED + 60)

    def both(tick: int, name: str, what: str, value: float) -> float | None:
        first = high(tick, name, what, value)
        return None if first is None else gone(tick, name, what, first)

    events = watch(both)
    assert [anomaly.metric for anomaly in raised(events)] == ["cpu_usage", "reachable"]
    assert [clearing.metric for clearing in cleared(events)] == ["reachable"]


def test_missing_samples_do_not_make_a_node_unreachable() -> None:
    def missing(tick: int, name: str, _what: str, value: float) -> float | None:
        return None if name == NODE and SETTLED <= tick < SETTLED + 40 else value

    assert watch(missing) == []


def test_a_link_that_is_down_is_raised_after_three_ticks() -> None:
    events = watch(between(SETTLED, SETTLED + 40, LINK, "up", off))
    (anomaly,), (clearing,) = raised(events), cleared(events)
    assert (anomaly.id, anomaly.shape, tick_of(anomaly.at)) == (f"{LINK}.up.{SETTLED}", Shape.STEP, SETTLED + 2)
    assert (tick_of(clearing.back), tick_of(clearing.at)) == (SETTLED + 40, SETTLED + 42)


def test_a_link_that_is_down_for_two_ticks_once_is_no_anomaly() -> None:
    assert watch(between(SETTLED, SETTLED + 2, LINK, "up", off)) == []


def flapping(tick: int, _name: str, _what: str, _value: float) -> float:
    return float((tick - SETTLED) % 4 >= 2)


def test_a_flap_is_raised_at_the_second_fall_and_cleared_once_when_it_ends() -> None:
    events = watch(between(SETTLED, SETTLED + 80, LINK, "up", flapping))
    (anomaly,), (clearing,) = raised(events), cleared(events)
    assert (anomaly.id, anomaly.shape) == (f"{LINK}.up.{SETTLED}", Shape.FLAP)
    assert (tick_of(anomaly.since), tick_of(anomaly.at)) == (SETTLED, SETTLED + 4)
    assert tick_of(clearing.at) == SETTLED + 80


def test_a_link_that_was_raised_as_down_is_raised_as_a_flap_at_its_second_fall() -> None:
    def late(tick: int, name: str, what: str, value: float) -> float:
        return 0.0 if tick < SETTLED + 2 else flapping(tick - 2, name, what, value)

    events = watch(between(SETTLED, SETTLED + 80, LINK, "up", late))
    down, flap = raised(events)
    assert [down.shape, flap.shape] == [Shape.STEP, Shape.FLAP]
    over, end = cleared(events)
    assert (over.anomaly_id, end.anomaly_id) == (down.id, flap.id)
    assert tick_of(over.at) == tick_of(flap.since) - 1, "the link was up between the two"
    assert (tick_of(flap.at), tick_of(end.at)) == (SETTLED + 6, SETTLED + 82)


@pytest.mark.parametrize("gone", range(SETTLED - 1, SETTLED + 12))
def test_a_missing_sample_does_not_hide_a_flap(gone: int) -> None:
    def incomplete(tick: int, name: str, what: str, value: float) -> float | None:
        return None if tick == gone else flapping(tick, name, what, value)

    (anomaly,) = raised(watch(between(SETTLED, SETTLED + 80, LINK, "up", incomplete)))
    assert anomaly.shape is Shape.FLAP
    assert tick_of(anomaly.at) <= SETTLED + 5


def test_a_late_sample_counts_at_its_own_tick() -> None:
    """Both samples of the first fall come late; the next fall is still the second one."""

    def lost(tick: int, name: str, what: str, value: float) -> float | None:
        return None if tick in (SETTLED, SETTLED + 1) else flapping(tick, name, what, value)

    detector, network = Detector(Thresholds()), Synthetic(effect=between(SETTLED, SETTLED + 80, LINK, "up", lost))
    events: list[AnomalyEvent] = []
    for tick in network.ticks(SETTLED + 40):
        if tick.tick in (SETTLED + 2, SETTLED + 3):
            tick.late.append(late_link(tick.tick - 2, LINK, 0.0))
        events += detector.observe(tick)
    (anomaly,) = raised(events)
    assert (anomaly.id, anomaly.shape, tick_of(anomaly.at)) == (f"{LINK}.up.{SETTLED}", Shape.FLAP, SETTLED + 4)
    assert detector.late_rows == 2


def test_late_rows_of_unknown_elements_are_ignored() -> None:
    detector, network = Detector(Thresholds()), Synthetic()
    tick = network.next()
    tick.late.append(late(tick.tick - 1, "nobody", reachable=0.0))
    assert detector.observe(tick) == []


def test_an_anomaly_is_open_until_it_is_cleared() -> None:
    detector, network = Detector(Thresholds()), Synthetic(effect=between(SETTLED, 400, NODE, "cpu_usage", plus(50)))
    events = observed(detector, network.ticks(SETTLED + 20))
    assert detector.open() == raised(events) != []
    for tick in network.ticks(200):
        detector.observe(tick)
    assert detector.open() == []


def test_a_partition_without_elements_raises_nothing() -> None:
    for tick in Synthetic(nodes=0, links=0).ticks(50):
        assert not Detector(Thresholds()).observe(tick)
    detector, network = Detector(Thresholds()), Synthetic(nodes=0, links=0)
    assert not observed(detector, network.ticks(50))


def far(plus_later: float) -> Effect:
    """Add the latency of long paths to one node: it is beyond the plain limit from the first sample."""
    return lambda tick, name, what, value: (
        value + 60 + (plus_later if tick >= SETTLED else 0) if (name, what) == (NODE, "latency") else value
    )


def test_a_normal_latency_beyond_the_plain_limit_is_judged_by_the_learnt_limit() -> None:
    assert not watch(far(0))
    (anomaly,) = raised(watch(far(50)))
    assert (anomaly.element, anomaly.metric) == (NODE, "latency")
    assert 60 < anomaly.expected < 70 < anomaly.threshold < anomaly.value


def test_the_plain_limit_of_latency_counts_where_the_normal_value_is_below_it() -> None:
    (anomaly,) = raised(watch(between(SETTLED, 400, NODE, "latency", plus(48))))
    assert anomaly.threshold <= Thresholds().latency
    # The latency of a link is its own: its plain limit counts from the first sample on.
    (anomaly,) = raised(watch(between(0, 10_000, LINK, "latency", plus(60))))
    assert anomaly.threshold == Thresholds().latency


# --- what a driver tells beside a state


def with_beside(
    ticks: int, up: Callable[[int], float], enabled: float | None, transitions: Callable[[int], float]
) -> list[AnomalyEvent]:
    detector, events = Detector(Thresholds()), []
    for tick in Synthetic().ticks(ticks):
        links = tick.of(ElementKind.LINK)
        number = links.ids.index(LINK)
        links.metrics["up"][number] = up(tick.tick)
        for metric, value in (("admin_up", enabled), ("transitions", transitions(tick.tick))):
            if value is not None:
                links.metrics[metric] = [1.0 if metric == "admin_up" else 0.0] * len(links.ids)
                links.metrics[metric][number] = value
        events += detector.observe(tick)
    return events


def test_a_link_that_flaps_between_the_samples_is_found_by_its_transitions() -> None:
    events = with_beside(80, lambda _: 1.0, 1.0, lambda tick: 4.0 if 40 <= tick < 60 else 0.0)
    (anomaly,), (clearing,) = raised(events), cleared(events)
    assert (anomaly.element, anomaly.metric, anomaly.shape, anomaly.enabled) == (LINK, "up", Shape.FLAP, True)
    assert (tick_of(anomaly.at), tick_of(clearing.back)) == (40, 60)


def test_a_link_that_is_down_for_seconds_again_and_again_flaps() -> None:
    events = with_beside(120, lambda tick: float(tick < 40 or (tick - 40) % 20 >= 10), 1.0, lambda _: 0.0)
    assert [anomaly.shape for anomaly in raised(events)[:2]] == [Shape.STEP, Shape.FLAP]


@pytest.mark.parametrize("enabled", [0.0, None])
def test_a_disabled_link_does_not_flap_and_a_driver_may_not_know(enabled: float | None) -> None:
    events = with_beside(120, lambda tick: float(tick < 40 or (tick - 40) % 20 >= 10), enabled, lambda _: 0.0)
    shapes = {anomaly.shape for anomaly in raised(events)}
    assert shapes == ({Shape.STEP} if enabled is not None else {Shape.STEP, Shape.FLAP})
    assert {anomaly.enabled for anomaly in raised(events)} == {False if enabled is not None else None}
