"""What the detector says about telemetry that a test lays out: what, when, and how often."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.detector.core import Common, Detector, Happening
from shared.domain.config import Thresholds
from shared.domain.errors import MessageError
from shared.domain.events import Anomaly, AnomalyCleared, AnomalyRaised
from shared.domain.kinds import ElementKind, NodeType, Severity, Shape
from shared.domain.telemetry import TICK_SECONDS, Tick
from shared.domain.topology import Link, Node, Topology
from tests.services.detector.synthetic import START, Effect, Synthetic, late, late_link, quiet

SETTLED, LEAK = 300, 160
"""Ticks after which the baseline is warm, and how long a leak lasts."""
NODE, OTHER, LINK = "node-1", "node-2", "node-1--node-2"


def between(first: int, last: int, element: str, metric: str, change: Effect) -> Effect:
    """Lay a change onto one metric of one element, from the first tick up to the last, that one not included."""

    def effect(tick: int, name: str, what: str, value: float) -> float | None:
        here = name == element and what == metric and first <= tick < last
        return change(tick, name, what, value) if here else value

    return effect


def plus(points: float) -> Effect:
    return lambda _tick, _name, _what, value: value + points


def off(_tick: int, _name: str, _what: str, _value: float) -> float:
    return 0.0


def drawn(network: Synthetic) -> Topology:
    """Return the topology that a network's links tell of."""
    ends = [link.split("--") for link in network.links]
    nodes = dict.fromkeys([*network.nodes, *(end for pair in ends for end in pair)])
    return Topology(
        nodes=tuple(Node(id=name, type=NodeType.SWITCH) for name in nodes),
        links=tuple(Link(source=a, target=b, capacity=1000) for a, b in ends),
    )


def watch(effect: Effect = quiet, ticks: int = 600, *, missing: float = 0.0, seed: int = 1) -> list[Happening]:
    network = Synthetic(effect=effect, missing=missing, seed=seed)
    detector = Detector(Thresholds(), Common(drawn(network)))
    return [happening for tick in network.ticks(ticks) for happening in detector.observe(tick)]


def raised(happenings: list[Happening]) -> list[Anomaly]:
    return [happening.anomaly for happening in happenings if isinstance(happening, AnomalyRaised)]


def cleared(happenings: list[Happening]) -> list[AnomalyCleared]:
    return [happening for happening in happenings if isinstance(happening, AnomalyCleared)]


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
    said = watch(between(SETTLED, SETTLED + 100, element, metric, plus(points)))
    (anomaly,), (clearing,) = raised(said), cleared(said)
    assert (anomaly.element, anomaly.metric, anomaly.shape) == (element, metric, Shape.STEP)
    assert anomaly.id == f"{element}.{metric}.{SETTLED}"
    assert tick_of(anomaly.since) == SETTLED
    assert 1 <= tick_of(anomaly.at) - SETTLED <= 2
    assert anomaly.expected < anomaly.threshold < anomaly.value
    assert clearing.anomaly_id == anomaly.id
    assert tick_of(clearing.back) == SETTLED + 100
    assert 1 <= tick_of(clearing.at) - tick_of(clearing.back) <= 2


def together(*effects: Effect) -> Effect:
    """Lay several changes onto the telemetry, one after another."""

    def effect(tick: int, name: str, what: str, value: float) -> float | None:
        for change in effects:
            changed = change(tick, name, what, value)
            if changed is None:
                return None
            value = changed
        return value

    return effect


def everywhere(metric: str, change: Effect) -> Effect:
    """Lay a change onto one metric of every element."""
    return lambda tick, name, what, value: (
        change(tick, name, what, value) if what == metric and tick >= SETTLED else value
    )


@pytest.mark.parametrize("change", [{"cpu_usage": 30}, {"utilization": 50}])
def test_what_is_busy_and_harms_nobody_is_no_anomaly(change: dict[str, float]) -> None:
    element = LINK if "utilization" in change else NODE
    effects = [between(SETTLED, SETTLED + 200, element, metric, plus(points)) for metric, points in change.items()]
    assert watch(together(*effects)) == []


def test_a_full_link_is_raised_with_the_harm_that_it_does_and_as_soon() -> None:
    crowded = together(*(between(SETTLED, SETTLED + 100, LINK, m, plus(60)) for m in ("utilization", "latency")))
    said = watch(crowded)
    assert [anomaly.metric for anomaly in raised(said)] == ["utilization", "latency"]
    assert {tick_of(anomaly.since) for anomaly in raised(said)} == {SETTLED}
    assert len(cleared(said)) == 2


@pytest.mark.parametrize(
    ("metric", "points"), [("cpu_usage", 55), ("memory_usage", 20), ("latency", 15), ("packet_loss", 3)]
)
def test_what_rises_everywhere_at_once_is_expected_of_each(metric: str, points: float) -> None:
    assert watch(everywhere(metric, plus(points)), ticks=SETTLED + 640) == []


@pytest.mark.parametrize("metric", ["latency", "packet_loss"])
def test_links_that_all_end_at_one_node_are_never_taken_for_the_whole(metric: str) -> None:
    ends = ["node-1--node-2", "node-2--node-3"]
    sick = together(*(between(SETTLED, 10_000, link, metric, plus(20)) for link in ends))
    assert {anomaly.element for anomaly in raised(watch(sick, ticks=SETTLED + 60))} == set(ends)


def test_one_that_rises_beyond_what_all_do_is_found() -> None:
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


def test_a_value_that_dances_about_the_threshold_is_raised_once() -> None:
    def dance(tick: int, _name: str, _what: str, _value: float) -> float:
        return 83.0 if tick % 8 < 4 else 79.0

    said = watch(between(SETTLED, SETTLED + 200, NODE, "cpu_usage", dance))
    assert (len(raised(said)), len(cleared(said))) == (1, 1)


def test_quiet_telemetry_with_missing_samples_raises_nothing() -> None:
    assert watch(ticks=3_000, missing=0.02) == []


def test_missing_samples_neither_confirm_nor_acquit() -> None:
    def riddled(tick: int, _name: str, _what: str, value: float) -> float | None:
        return None if tick % 2 else value + 22

    said = watch(between(SETTLED, SETTLED + 40, NODE, "memory_usage", riddled))
    assert len(raised(said)) == len(cleared(said)) == 1
    assert tick_of(raised(said)[0].at) == SETTLED + 4


def test_a_low_value_is_no_anomaly() -> None:
    assert watch(between(SETTLED, SETTLED + 100, NODE, "cpu_usage", plus(-30))) == []


def test_a_fall_for_a_minute_does_not_make_the_return_an_anomaly() -> None:
    assert watch(between(SETTLED, SETTLED + 240, NODE, "cpu_usage", plus(-30)), ticks=900) == []


def test_severity_tells_bad_from_worse() -> None:
    mild = watch(between(SETTLED, SETTLED + 9, NODE, "cpu_usage", plus(50)))
    grave = watch(between(SETTLED, SETTLED + 9, NODE, "cpu_usage", plus(64)))
    assert [raised(said)[0].severity for said in (mild, grave)] == [Severity.WARNING, Severity.CRITICAL]


def test_while_the_baseline_is_young_the_plain_thresholds_hold() -> None:
    high = watch(between(2, 12, NODE, "cpu_usage", plus(55)), ticks=60)
    assert [anomaly.id for anomaly in raised(high)] == [f"{NODE}.cpu_usage.2"]
    assert watch(between(2, 12, NODE, "cpu_usage", plus(30)), ticks=60) == []


def test_a_gauge_that_stays_is_learnt_in_the_end() -> None:
    said = watch(between(SETTLED, 10_000, NODE, "memory_usage", plus(25)), ticks=4_000)
    (clearing,) = cleared(said)
    assert len(raised(said)) == 1
    assert 8 * 60 < clearing.at - clearing.since < 15 * 60


def test_a_gauge_beyond_the_plain_threshold_is_never_learnt() -> None:
    said = watch(between(SETTLED, 10_000, NODE, "cpu_usage", plus(55)), ticks=4_000)
    assert (len(raised(said)), len(cleared(said))) == (1, 0)


# --- thresholds, names, time


def test_thresholds_can_be_set_while_it_runs() -> None:
    detector, network = Detector(Thresholds(cpu_usage=99)), Synthetic()
    said = [h for tick in network.ticks(SETTLED) for h in detector.observe(tick)]
    detector.thresholds = Thresholds(cpu_usage=25)
    lowered = [h for tick in network.ticks(20) for h in detector.observe(tick)]
    detector.thresholds = Thresholds(cpu_usage=99)
    lifted = [h for tick in network.ticks(20) for h in detector.observe(tick)]
    assert said == []
    assert {anomaly.element for anomaly in raised(lowered)} == set(network.nodes)
    assert {clearing.element for clearing in cleared(lifted)} == set(network.nodes)


def test_state_is_kept_by_name_when_names_change() -> None:
    effect = between(SETTLED, SETTLED + 400, OTHER, "cpu_usage", plus(50))
    detector, network = Detector(Thresholds()), Synthetic(effect=effect)
    said = [h for tick in network.ticks(SETTLED + 50) for h in detector.observe(tick)]
    network.nodes = ["new-1", OTHER, "node-3", "node-4"]
    said += [h for tick in network.ticks(400) for h in detector.observe(tick)]
    assert [happening.about for happening in said] == [OTHER, OTHER]


def test_the_anomaly_of_an_element_that_is_gone_is_cleared() -> None:
    effect = between(SETTLED, 10_000, OTHER, "cpu_usage", plus(50))
    detector, network = Detector(Thresholds()), Synthetic(effect=effect)
    said = [h for tick in network.ticks(SETTLED + 50) for h in detector.observe(tick)]
    network.nodes = ["node-1", "new-2", "node-3", "node-4"]
    said += [h for tick in network.ticks(50) for h in detector.observe(tick)]
    assert len(raised(said)) == len(cleared(said)) == 1
    assert detector.open() == []


def test_a_tick_that_comes_twice_counts_once() -> None:
    detector, network = Detector(Thresholds()), Synthetic(effect=between(SETTLED, 400, NODE, "cpu_usage", plus(50)))
    for tick in network.ticks(SETTLED):
        detector.observe(tick)
    first = network.next()
    assert [detector.observe(first) for _ in range(5)] == [[]] * 5


def test_when_all_ticks_stop_and_come_back_nothing_is_raised() -> None:
    detector, network = Detector(Thresholds()), Synthetic()
    said = [h for tick in network.ticks(SETTLED) for h in detector.observe(tick)]
    network.tick += 1_000
    said += [h for tick in network.ticks(SETTLED) for h in detector.observe(tick)]
    assert said == []


def test_a_forged_tick_neither_blinds_it_nor_makes_it_forget() -> None:
    detector, network = Detector(Thresholds()), Synthetic(effect=between(SETTLED, 10_000, NODE, "cpu_usage", plus(50)))
    said = [h for tick in network.ticks(SETTLED + 50) for h in detector.observe(tick)]
    for forged in (
        replace(network.next(), at="2999-01-01T00:00:00Z"),
        replace(network.next(), at="2999-01-01T00:00:00Z", tick=10**12),
        renamed(network.next(), ["a", "b", "c", "d"]),
    ):
        said += detector.observe(forged)
        said += detector.observe(network.next())
    assert len(said) == 1
    network.effect = quiet
    assert len(cleared([h for tick in network.ticks(10) for h in detector.observe(tick)])) == 1


def renamed(tick: Tick, nodes: list[str]) -> Tick:
    """Return the same tick of other nodes."""
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
def test_a_tick_that_makes_no_sense_is_refused(tick: Tick) -> None:
    with pytest.raises(MessageError):
        Detector(Thresholds()).observe(tick)


def test_hostile_numbers_do_no_harm() -> None:
    def hostile(tick: int, _name: str, _what: str, value: float) -> float | None:
        return (1e308, -1e308, None, value)[tick % 4]

    said = watch(between(SETTLED, SETTLED + 40, NODE, "latency", hostile))
    assert all(anomaly.element == NODE and anomaly.metric == "latency" for anomaly in raised(said))


# --- slow growth


@pytest.mark.parametrize("a_second", [0.4, 0.7, 1.0, 1.3])
def test_a_leak_is_found_before_the_threshold_and_known_as_one(a_second: float) -> None:
    def leak(tick: int, _name: str, _what: str, value: float) -> float:
        return min(value + (tick - SETTLED) * TICK_SECONDS * a_second, 99)

    said = watch(between(SETTLED, SETTLED + LEAK, NODE, "memory_usage", leak), missing=0.01)
    (anomaly,), (clearing,) = raised(said), cleared(said)
    assert (anomaly.element, anomaly.metric, anomaly.shape) == (NODE, "memory_usage", Shape.RAMP)
    assert anomaly.value < 70
    assert anomaly.expected == pytest.approx(50, abs=4)
    assert tick_of(anomaly.since) >= SETTLED
    assert tick_of(clearing.back) == SETTLED + LEAK
    assert tick_of(clearing.at) <= SETTLED + LEAK + 2 + 1  # one of the three may be missing


# --- states


def unreachable(first: int, last: int) -> Effect:
    def effect(tick: int, name: str, what: str, value: float) -> float | None:
        if name == NODE and first <= tick < last:
            return 0.0 if what == "reachable" else None
        return value

    return effect


def test_an_unreachable_node_is_raised_after_two_ticks() -> None:
    said = watch(unreachable(SETTLED, SETTLED + 30), missing=0.0)
    (anomaly,), (clearing,) = raised(said), cleared(said)
    assert (anomaly.id, anomaly.severity) == (f"{NODE}.reachable.{SETTLED}", Severity.CRITICAL)
    assert (anomaly.value, anomaly.expected) == (0, 1)
    assert tick_of(anomaly.at) == SETTLED + 1
    assert (tick_of(clearing.back), tick_of(clearing.at)) == (SETTLED + 30, SETTLED + 31)


def test_what_is_open_at_a_node_stays_so_while_it_is_unreachable() -> None:
    high, gone = between(SETTLED, 10_000, NODE, "cpu_usage", plus(50)), unreachable(SETTLED + 20, SETTLED + 60)

    def both(tick: int, name: str, what: str, value: float) -> float | None:
        first = high(tick, name, what, value)
        return None if first is None else gone(tick, name, what, first)

    said = watch(both)
    assert [anomaly.metric for anomaly in raised(said)] == ["cpu_usage", "reachable"]
    assert [clearing.metric for clearing in cleared(said)] == ["reachable"]


def test_a_missing_sample_is_no_unreachable_node() -> None:
    def missing(tick: int, name: str, _what: str, value: float) -> float | None:
        return None if name == NODE and SETTLED <= tick < SETTLED + 40 else value

    assert watch(missing) == []


def test_a_link_that_is_down_is_raised_after_three_ticks() -> None:
    said = watch(between(SETTLED, SETTLED + 40, LINK, "up", off))
    (anomaly,), (clearing,) = raised(said), cleared(said)
    assert (anomaly.id, anomaly.shape, tick_of(anomaly.at)) == (f"{LINK}.up.{SETTLED}", Shape.STEP, SETTLED + 2)
    assert (tick_of(clearing.back), tick_of(clearing.at)) == (SETTLED + 40, SETTLED + 42)


def test_a_link_that_is_down_for_two_ticks_once_is_no_anomaly() -> None:
    assert watch(between(SETTLED, SETTLED + 2, LINK, "up", off)) == []


def flapping(tick: int, _name: str, _what: str, _value: float) -> float:
    return float((tick - SETTLED) % 4 >= 2)


def test_a_flap_is_raised_at_the_second_fall_and_cleared_once_when_it_ends() -> None:
    said = watch(between(SETTLED, SETTLED + 80, LINK, "up", flapping))
    (anomaly,), (clearing,) = raised(said), cleared(said)
    assert (anomaly.id, anomaly.shape) == (f"{LINK}.up.{SETTLED}", Shape.FLAP)
    assert (tick_of(anomaly.since), tick_of(anomaly.at)) == (SETTLED, SETTLED + 4)
    assert tick_of(clearing.at) == SETTLED + 80


def test_a_flap_that_began_with_a_longer_fall_is_raised_as_one_in_place_of_the_link_that_is_down() -> None:
    def late(tick: int, name: str, what: str, value: float) -> float:
        return 0.0 if tick < SETTLED + 2 else flapping(tick - 2, name, what, value)

    said = watch(between(SETTLED, SETTLED + 80, LINK, "up", late))
    down, flap = raised(said)
    assert [down.shape, flap.shape] == [Shape.STEP, Shape.FLAP]
    over, end = cleared(said)
    assert (over.anomaly_id, end.anomaly_id) == (down.id, flap.id)
    assert tick_of(over.at) == tick_of(flap.since) - 1, "the link was up between the two"
    assert (tick_of(flap.at), tick_of(end.at)) == (SETTLED + 6, SETTLED + 82)


@pytest.mark.parametrize("gone", range(SETTLED - 1, SETTLED + 12))
def test_a_missing_sample_does_not_hide_a_flap(gone: int) -> None:
    def riddled(tick: int, name: str, what: str, value: float) -> float | None:
        return None if tick == gone else flapping(tick, name, what, value)

    (anomaly,) = raised(watch(between(SETTLED, SETTLED + 80, LINK, "up", riddled)))
    assert anomaly.shape is Shape.FLAP
    assert tick_of(anomaly.at) <= SETTLED + 5


def test_a_late_sample_is_put_where_it_belongs() -> None:
    """Both samples of the first cut come late: the second fall is still known as the second."""

    def lost(tick: int, name: str, what: str, value: float) -> float | None:
        return None if tick in (SETTLED, SETTLED + 1) else flapping(tick, name, what, value)

    detector, network = Detector(Thresholds()), Synthetic(effect=between(SETTLED, SETTLED + 80, LINK, "up", lost))
    said: list[Happening] = []
    for tick in network.ticks(SETTLED + 40):
        if tick.tick in (SETTLED + 2, SETTLED + 3):
            tick.late.append(late_link(tick.tick - 2, LINK, 0.0))
        said += detector.observe(tick)
    (anomaly,) = raised(said)
    assert (anomaly.id, anomaly.shape, tick_of(anomaly.at)) == (f"{LINK}.up.{SETTLED}", Shape.FLAP, SETTLED + 4)
    assert detector.late_rows == 2


def test_late_rows_of_unknown_elements_are_passed_over() -> None:
    detector, network = Detector(Thresholds()), Synthetic()
    tick = network.next()
    tick.late.append(late(tick.tick - 1, "nobody", reachable=0.0))
    assert detector.observe(tick) == []


def test_open_is_what_was_raised_and_not_cleared() -> None:
    detector, network = Detector(Thresholds()), Synthetic(effect=between(SETTLED, 400, NODE, "cpu_usage", plus(50)))
    said = [h for tick in network.ticks(SETTLED + 20) for h in detector.observe(tick)]
    assert detector.open() == raised(said) != []
    for tick in network.ticks(200):
        detector.observe(tick)
    assert detector.open() == []


def test_a_partition_without_elements_says_nothing() -> None:
    assert not [word for tick in Synthetic(nodes=0, links=0).ticks(50) for word in Detector(Thresholds()).observe(tick)]
    detector, network = Detector(Thresholds()), Synthetic(nodes=0, links=0)
    assert not [word for tick in network.ticks(50) for word in detector.observe(tick)]


def far(plus_later: float) -> Effect:
    """Lay traffic that goes far onto one node: its latency is beyond the plain limit from the first sample."""
    return lambda tick, name, what, value: (
        value + 60 + (plus_later if tick >= SETTLED else 0) if (name, what) == (NODE, "latency") else value
    )


def test_the_latency_of_traffic_that_goes_far_is_judged_by_what_is_normal_there() -> None:
    assert not watch(far(0))
    (anomaly,) = raised(watch(far(50)))
    assert (anomaly.element, anomaly.metric) == (NODE, "latency")
    assert 60 < anomaly.expected < 70 < anomaly.threshold < anomaly.value


def test_the_plain_limit_of_latency_holds_where_the_normal_is_clear_of_it() -> None:
    (anomaly,) = raised(watch(between(SETTLED, 400, NODE, "latency", plus(48))))
    assert anomaly.threshold <= Thresholds().latency
    # and at a link, whose latency is its own, at once and for ever
    (anomaly,) = raised(watch(between(0, 10_000, LINK, "latency", plus(60))))
    assert anomaly.threshold == Thresholds().latency
