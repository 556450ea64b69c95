from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

from services.gateway.core import View
from services.gateway.core.logs import KEPT_LINES
from shared.domain.capabilities import Capabilities
from shared.domain.errors import UnknownTarget
from shared.domain.events import FaultEnded, FaultStarted
from shared.domain.kinds import ElementKind, Level, NodeStatus
from tests.services.gateway.story import T0, TOPOLOGY, fault, line, status, tick


@pytest.fixture
def view() -> View:
    return View(TOPOLOGY, "1.2.3")


def test_a_node_shows_its_newest_sample_and_its_neighbours(view: View) -> None:
    view.observe(tick(1, cpu=30.0))
    view.observe(tick(2, cpu=55.5))
    node = view.topology_body().nodes[-1]
    assert (node.cpu_usage, node.connections, node.type) == (55.5, ("edge-switch-3",), "server")
    assert view.topology_body().timestamp == T0 + 0.5


def test_a_node_that_was_never_sampled_shows_null_not_zero(view: View) -> None:
    assert view.nodes()[0].cpu_usage is None


def test_until_the_first_sample_the_offered_interval_says_when_telemetry_is_lost(view: View) -> None:
    assert view.status_body(0.0).stale_after == 3.0
    view.offer(Capabilities(interval=30.0))
    assert view.status_body(0.0).stale_after == 90.0
    view.observe(tick(1))
    view.offer(Capabilities(interval=30.0))
    assert view.status_body(0.0).stale_after == 3.0


def test_the_status_is_the_stabilizers_and_a_down_node_keeps_its_last_values(view: View) -> None:
    view.observe(tick(1, cpu=64.0))
    view.absorb(status(T0 + 1, server_1=NodeStatus.DOWN), T0 + 1)
    view.observe(tick(2, unreachable=["server-1"]))
    node = next(node for node in view.nodes() if node.id == "server-1")
    assert (node.status, node.cpu_usage) == (NodeStatus.DOWN, 64.0)
    figures = view.metrics_body().summary
    assert (figures.total_nodes, figures.healthy, figures.down, figures.avg_cpu) == (16, 15, 1, 30.0)


def test_an_older_status_does_not_replace_a_newer_one(view: View) -> None:
    view.absorb(status(T0 + 2, server_1=NodeStatus.DOWN), T0 + 2)
    view.absorb(status(T0 + 1), T0 + 1)
    assert view.status_of("server-1") is NodeStatus.DOWN


def test_a_missing_sample_keeps_the_last_value_and_leaves_a_gap_in_the_history(view: View) -> None:
    for number, cpu in enumerate([10.0, None, 30.0], start=1):
        view.observe(tick(number, cpu=cpu))
    assert [point.value for point in view.history_body("server-1", "cpu_usage").points] == [10.0, 30.0]
    view.observe(tick(4, cpu=None))
    assert view.nodes()[0].cpu_usage == 30.0


def test_averages_are_over_the_sampled_nodes_and_include_late_samples(view: View) -> None:
    one_hot = tick(1)
    nodes = one_hot.of(ElementKind.NODE)
    nodes.metrics["cpu_usage"][nodes.ids.index("server-1")] = 64.0
    view.observe(one_hot)
    view.observe(tick(2, cpu=20.0, unreachable=["server-1"]))
    view.observe(tick(3, cpu=None))
    before = view.averages_body().points
    assert [point.at - T0 for point in before] == [0.25, 0.5, 0.75]
    assert [point.avg_cpu for point in before] == [32.125, 20.0, None]
    assert [point.avg_memory for point in before] == [40.0] * 3
    view.observe(tick(4, cpu=30.0, late=[tick(3, cpu=46.0)]))
    assert [point.avg_cpu for point in view.averages_body(start=T0 + 0.75).points] == [46.0, 30.0]
    two_seconds = view.averages_body(start=T0, step=2.0).points
    assert [point.avg_cpu for point in two_seconds] == [pytest.approx((32.125 + 20 + 46 + 30) / 4, abs=0.001)]


def test_averages_without_samples_are_null_or_absent(view: View) -> None:
    assert view.averages_body().points == ()
    everyone = [node.id for node in TOPOLOGY.nodes]
    view.observe(tick(1, unreachable=everyone))
    assert view.averages_body().points == ()


def test_a_late_sample_fills_its_gap_but_is_not_the_newest(view: View) -> None:
    view.observe(tick(1, cpu=10.0))
    view.observe(tick(2, cpu=None))
    view.observe(tick(3, cpu=30.0, late=[tick(2, cpu=20.0)]))
    points = view.history_body("server-1", "cpu_usage").points
    assert [(point.at - T0, point.value) for point in points] == [(0.25, 10.0), (0.5, 20.0), (0.75, 30.0)]
    assert view.nodes()[0].cpu_usage == 30.0


def test_ten_minutes_are_kept_at_full_rate_and_an_hour_at_five_seconds() -> None:
    view = View(TOPOLOGY)
    ticks = 4 * 60 * 65
    for number in range(ticks):
        view.observe(tick(number, cpu=float(number // 20)))
    fine = view.history_body("server-1", "cpu_usage").points
    assert len(fine) == 2400
    late = view.history_body("server-1", "cpu_usage", start=view.now - 604, step=1.0)
    assert (late.step, len(late.points)) == (1.0, pytest.approx(600, abs=2))
    assert view.history_body("server-1", "cpu_usage", start=view.now - 606, step=1.0).step == 5.0
    hour = view.history_body("server-1", "cpu_usage", start=view.now - 3600).points
    assert len(hour) == pytest.approx(720, abs=2)
    assert hour[0].at <= view.now - 3590
    assert {b.at - a.at for a, b in pairwise(hour)} == {5.0}
    assert hour[10].value == (hour[10].at - T0) // 5


def test_history_can_be_averaged_and_includes_links(view: View) -> None:
    for number in range(1, 9):
        view.observe(tick(number, cpu=float(number)))
    body = view.history_body("server-1", "cpu_usage", start=T0 + 0.25, end=T0 + 2, step=1.0)
    assert [point.value for point in body.points] == [2.5, 6.5]
    link = TOPOLOGY.links[0].id
    assert view.history_body(link, "utilization").points[0].value == 20.0


def test_old_ticks_that_arrive_after_new_ones_are_in_the_hour(view: View) -> None:
    view.observe(tick(1005))
    for number in range(900, 1000):
        view.observe(tick(number, cpu=50.0))
    hour = view.history_body("server-1", "cpu_usage", start=view.now - 3000).points
    assert [point.value for point in hour] == [50.0] * 5


def test_a_network_whose_ticks_begin_again_is_followed(view: View) -> None:
    view.observe(tick(100_000, cpu=10.0))
    again = tick(1, cpu=77.0)
    view.observe(msgspec.structs.replace(again, at="2033-01-01T00:00:00Z"))
    assert view.nodes()[0].cpu_usage == 77.0


def test_an_unknown_name_is_refused_with_known_ones(view: View) -> None:
    with pytest.raises(UnknownTarget, match=r"router-9.*core-router-1"):
        view.metrics_body("router-9")
    with pytest.raises(UnknownTarget, match=r"no metric 'colour'.*cpu_usage"):
        view.history_body("server-1", "colour")


def test_the_log_keeps_a_thousand_lines_once_each_and_shows_the_last_hundred(view: View) -> None:
    for number in range(KEPT_LINES + 50):
        view.absorb(line(number), T0)
        view.absorb(line(number), T0)
    shown = view.logs_body().logs
    assert [shown[0].message, shown[-1].message, len(shown)] == ["line 950", "line 1049", 100]
    assert len(view.logs.lines(limit=5000)) == KEPT_LINES


def test_the_log_is_filtered(view: View) -> None:
    view.absorb(line(1, Level.ERROR), T0)
    view.absorb(line(2, service="rca"), T0)
    view.absorb(line(3), T0)
    assert [each.message for each in view.logs.lines(level=Level.ERROR)] == ["line 1"]
    assert [each.message for each in view.logs.lines(service="rca")] == ["line 2"]
    assert [each.message for each in view.logs.lines(since=T0 + 3)] == ["line 3"]


def test_a_fault_that_ended_stays_ended_and_a_hundred_of_those_are_kept(view: View) -> None:
    view.absorb(FaultEnded(fault=fault(ended=T0 + 2)), T0 + 2)
    view.absorb(FaultStarted(fault=fault()), T0)
    assert [each.ended for each in view.faults_body().faults] == [T0 + 2]
    for number in range(1, 150):
        view.absorb(FaultEnded(fault=fault(started=T0 + number, ended=T0 + number + 1)), T0)
    view.absorb(FaultStarted(fault=fault(started=T0 + 500)), T0)
    kept = view.faults_body().faults
    assert (len(kept), kept[0].started, kept[-1].ended) == (101, T0 + 50, None)
