"""Metrics and kinds of fault that are unknown to the page's code come with the catalogue, and are shown."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from benchmarks.running import Running
from services.gateway.core.bodies import ElementBody
from services.gateway.core.catalogue_bodies import CatalogueBody, FaultEntry, MetricEntry, catalogue_body
from shared.domain.config import Desired
from shared.domain.kinds import ElementKind, NodeType
from tests.browser.conftest import Opener
from tests.browser.fake_gateway import FakeGateway, dumped, topology_of
from tests.shared.test_catalogue_file import DISK

LEARNING = 5_000
"""Milliseconds, 40 network seconds, in which the detector learns its baselines."""
OWN = catalogue_body()
HEAT, ERRORS = (
    OWN.metrics[0].model_copy(
        update={
            "name": name,
            "element": kind,
            "label": label,
            "unit": unit,
            "digits": 2,
            "role": None,
            "threshold": None,
            "limit": None,
        }
    )
    for name, kind, label, unit in (
        ("inlet_heat", ElementKind.NODE, "Inlet heat", "°C"),
        ("crc_errors", ElementKind.INTERFACE, "CRC errors", "/s"),
    )
)
FAN = OWN.faults[0].model_copy(update={"kind": "fan_stuck", "targets": (ElementKind.NODE,)})
PORT = OWN.faults[0].model_copy(update={"kind": "port_noise", "targets": (ElementKind.INTERFACE,)})
ETH = "alone:eth0"


def wider(metrics: tuple[MetricEntry, ...], faults: tuple[FaultEntry, ...]) -> CatalogueBody:
    return OWN.model_copy(update={"metrics": (*OWN.metrics, *metrics), "faults": (*OWN.faults, *faults)})


def fake() -> FakeGateway:
    gateway = FakeGateway(topology_of({"alone": NodeType.SERVER, "other": NodeType.ROUTER}, [("alone", "other")]))
    gateway.catalogue = wider((HEAT, ERRORS), (FAN, PORT))
    gateway.further = {HEAT.name: 41.26}
    eth = ElementBody(id=ETH, kind=ElementKind.INTERFACE, metrics={ERRORS.name: 7.04})
    gateway.elements = [dumped(eth)]
    return gateway


def plot(page: Page, metric: MetricEntry) -> Locator:
    return page.locator(f".plot[data-metric={metric.name}]")


def test_a_metric_of_a_node_has_its_chart_with_label_and_unit(open_page: Opener) -> None:
    gateway = fake()
    page, _ = open_page("#/node/alone", before=gateway.on)
    figure = page.locator("figure", has=plot(page, HEAT))
    expect(figure).to_contain_text("Inlet heat")
    expect(figure.locator("strong")).to_have_text("41.3 °C")
    expect(plot(page, HEAT)).to_have_attribute("aria-label", re.compile("^Inlet heat of alone over time: .* °C"))
    own = [row for row in OWN.metrics if row.element == ElementKind.NODE and row.role != "state"]
    assert page.locator(".plot[data-metric]").count() == len(own) + 1


def test_a_metric_is_a_column_and_a_key_of_the_filter(open_page: Opener) -> None:
    gateway = fake()
    page, _ = open_page("#/table", before=gateway.on)
    expect(page.get_by_role("columnheader", name="Inlet heat, °C")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("alone"))).to_contain_text("41.3")
    page.locator("#filter").fill("inlet>50")
    expect(page.get_by_text("Nothing fits the filter")).to_be_visible()
    page.locator("#filter").fill("inlet>40")
    expect(page.get_by_role("row", name=re.compile("alone"))).to_be_visible()


def test_an_element_that_is_no_node_has_a_table_and_charts_of_its_own(open_page: Opener) -> None:
    gateway = fake()
    page, _ = open_page("#/table", before=gateway.on)
    page.get_by_role("button", name="Interfaces").click()
    expect(page.get_by_role("columnheader", name="CRC errors, /s")).to_be_visible()
    page.get_by_role("link", name=ETH).click()
    expect(page.locator("figure", has=plot(page, ERRORS)).locator("strong")).to_have_text("7.0 /s")
    expect(page.locator(".plot[data-metric]")).to_have_count(1)


def test_a_kind_of_fault_is_offered_with_its_targets(open_page: Opener) -> None:
    gateway = fake()
    page, _ = open_page("#/control", before=gateway.on)
    kind = page.locator("form.inject select[name=kind]")
    assert kind.locator("option").all_text_contents()[-2:] == ["Fan stuck", "Port noise"]
    kind.select_option(FAN.kind)
    expect(page.locator("form.inject")).to_contain_text("Target: node")
    kind.select_option(PORT.kind)
    expect(page.locator("form.inject")).to_contain_text("Target: interface")
    expect(page.locator("#targets option")).to_have_count(1)
    expect(page.locator("#targets option")).to_have_attribute("value", ETH)


def test_a_gateway_with_another_catalogue_changes_what_is_shown(open_page: Opener) -> None:
    gateway = fake()
    page, _ = open_page("#/node/alone", before=gateway.on)
    expect(plot(page, HEAT)).to_be_visible()
    gateway.catalogue, gateway.further = OWN, {}
    gateway.sockets[-1].send(gateway.snapshot())
    expect(plot(page, HEAT)).to_have_count(0)
    expect(page.locator(".plot[data-metric] canvas").first).to_be_visible()


def test_rows_of_a_file_go_through_the_loop_and_are_shown(open_page: Opener, tmp_path: Path) -> None:
    path = tmp_path / "disk.yaml"
    path.write_text(DISK)
    with Running("--fresh", "--catalogue", str(path), speed=8.0, desired=Desired(running=False)) as system:
        page, _ = open_page("#/control", url=system.url)
        page.wait_for_timeout(LEARNING)
        form = page.locator("form.inject")
        form.locator("select[name=kind]").select_option("disk_full")
        form.locator("input[name=target]").fill("server-3")
        form.get_by_role("button", name="Inject").click()
        page.get_by_role("dialog").get_by_role("button", name="Inject").click()
        expect(page.get_by_text("repaired after").first).to_be_visible()
        page.evaluate("location.hash = '#/'")
        incident = page.locator("a.incident", has_text="Disk full").first
        expect(incident).to_contain_text("server-3")
        expect(incident).to_contain_text("auto resolved")
        incident.click()
        expect(page.locator("#side")).to_contain_text("purge logs")
        page.evaluate("location.hash = '#/node/server-3'")
        expect(page.locator(".plot[data-metric=disk_usage] canvas").first).to_be_visible()
        page.goto("about:blank")
