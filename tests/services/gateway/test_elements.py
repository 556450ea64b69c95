"""Metrics and elements that no code of the gateway names: they come with the catalogue and with telemetry."""

from __future__ import annotations

import json

import pytest

from services.gateway.core import Feed, View, elements
from services.gateway.core.catalogue_bodies import catalogue_body
from shared.domain.catalogue import ACTION_STATES, ACTIONS, FAULTS, METRICS, MetricSpec, metrics_of
from shared.domain.errors import UnknownTarget
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import Columns, Tick
from tests.services.gateway.story import T0, TOPOLOGY, tick

HEAT = MetricSpec("heat", ElementKind.NODE, "°C", "degrees Celsius", "Heat", 3)
LIGHT = MetricSpec("light", ElementKind.LINK, "dBm", "received light", "Light", 1)
ERRORS = MetricSpec("errors", ElementKind.INTERFACE, "/s", "errors a second", "Errors", 1)
WIDER = {**METRICS, **{(spec.element, spec.name): spec for spec in (HEAT, LIGHT, ERRORS)}}


def wider(number: int = 1, ports: tuple[str, ...] = ("server-1:eth0",), errors: float | None = 7.5) -> Tick:
    sampled = tick(number)
    nodes, links = sampled.of(ElementKind.NODE), sampled.of(ElementKind.LINK)
    nodes.metrics["heat"] = [41.2345] * len(nodes.ids)
    links.metrics["light"] = [-3.0] * len(links.ids)
    links.metrics["admin_up"], links.metrics["transitions"] = [1.0] * len(links.ids), [0.0] * len(links.ids)
    sampled.elements[ElementKind.INTERFACE] = Columns(list(ports), {"errors": [errors] * len(ports)})
    return sampled


@pytest.fixture
def view() -> View:
    return View(TOPOLOGY, metrics=WIDER)


def test_a_metric_without_a_field_of_its_own_is_sent_by_name(view: View) -> None:
    assert view.nodes()[0].metrics == {"heat": None}
    view.observe(wider())
    assert view.nodes()[0].metrics == {"heat": 41.234}
    assert view.links()[0].metrics == {"admin_up": 1.0, "transitions": 0.0, "light": -3.0}
    assert view.nodes()[0].cpu_usage == 30.0


def test_a_metric_outside_the_catalogue_is_not_sent() -> None:
    view = View(TOPOLOGY)
    view.observe(wider())
    of_catalogue = {"admin_up": 1.0, "transitions": 0.0}
    assert (view.nodes()[0].metrics, view.links()[0].metrics, view.elements()) == ({}, of_catalogue, ())


def test_every_metric_of_the_catalogue_has_a_history(view: View) -> None:
    for number in range(1, 4):
        view.observe(wider(number))
    for kind, element in (
        (ElementKind.NODE, "server-1"),
        (ElementKind.LINK, TOPOLOGY.links[0].id),
        (ElementKind.INTERFACE, "server-1:eth0"),
    ):
        for spec in (spec for spec in WIDER.values() if spec.element is kind):
            assert len(view.history_body(element, spec.name).points) == 3, spec.name


def test_an_element_of_another_kind_is_kept_once_telemetry_names_it(view: View) -> None:
    view.observe(wider())
    view.observe(wider(2, ("server-1:eth0", "server-2:eth0"), errors=None))
    view.observe(wider(3, ("server-2:eth0",), errors=1.0))
    sampled = [(one.id, one.kind, one.metrics) for one in view.metrics_body().elements]
    assert sampled == [
        ("server-1:eth0", ElementKind.INTERFACE, {"errors": 7.5}),
        ("server-2:eth0", ElementKind.INTERFACE, {"errors": 1.0}),
    ]
    one = view.metrics_body("server-2:eth0")
    assert ([each.id for each in one.elements], one.nodes) == (["server-2:eth0"], ())
    assert [point.at - T0 for point in view.history_body("server-2:eth0", "errors").points] == [0.75]
    with pytest.raises(UnknownTarget, match="server-9:eth0"):
        view.metrics_body("server-9:eth0")
    with pytest.raises(UnknownTarget, match="there are errors"):
        view.history_body("server-2:eth0", "heat")


def test_a_late_sample_of_another_element_fills_its_gap(view: View) -> None:
    view.observe(wider(1))
    view.observe(wider(2, errors=None))
    late = wider(3)
    late.late.append(wider(2, errors=9.0))
    view.observe(late)
    assert [point.value for point in view.history_body("server-1:eth0", "errors").points] == [7.5, 9.0, 7.5]


def test_the_number_of_other_elements_is_limited_and_the_body_reports_it(
    view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elements, "KEPT_ELEMENTS", 2)
    view.observe(wider(1, ("a:1",)))
    assert not view.metrics_body().elements_left_out
    view.observe(wider(2, ("a:1", "a:2", "a:3")))
    body = view.metrics_body()
    assert ([one.id for one in body.elements], body.elements_left_out) == (["a:1", "a:2"], True)


def test_the_feed_sends_the_changed_other_elements(view: View) -> None:
    feed = Feed(view, "abc")
    view.observe(wider(1))
    feed.flush(1.0)
    view.observe(wider(2))
    assert feed.flush(1.0) == []
    view.observe(wider(3, errors=8.0))
    (change,) = [json.loads(frame.text) for frame in feed.flush(1.0)]
    assert change["event"] == "metrics_update"
    assert change["data"]["elements"] == [{"id": "server-1:eth0", "kind": "interface", "metrics": {"errors": 8.0}}]
    snapshot = json.loads(feed.snapshot(1.0).text)["data"]
    assert snapshot["metrics"]["elements"] == change["data"]["elements"]
    assert [row["name"] for row in snapshot["catalogue"]["metrics"]] == [name for _, name in WIDER]


def test_the_catalogue_has_every_row_in_order() -> None:
    body = catalogue_body()
    assert [(row.element, row.name, row.label, row.unit) for row in body.metrics] == [
        (spec.element, spec.name, spec.label, spec.unit) for spec in METRICS.values()
    ]
    assert [(row.kind, set(row.targets), row.playbooks) for row in body.faults] == [
        (kind, spec.targets, spec.playbooks) for kind, spec in FAULTS.items()
    ]
    assert [(row.name, set(row.targets)) for row in body.actions] == [
        (kind, spec.targets) for kind, spec in ACTIONS.items()
    ]
    assert {row.state: set(row.after) for row in body.action_states} == {
        state: spec.after for state, spec in ACTION_STATES.items()
    }
    assert {row.name for row in body.metrics if not row.judged} == {
        spec.name
        for kind in ElementKind
        for spec in metrics_of(kind, lambda spec: spec.judging is None and spec.state is None)
    }
