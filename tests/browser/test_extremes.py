"""Extreme inputs: long names, a long log, no node, one node, 300 incidents, a clock that is wrong by an hour."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from shared.domain.kinds import NodeType
from shared.domain.topology import Topology
from tests.browser.conftest import Opener
from tests.browser.fake_gateway import FakeGateway, topology_of
from tests.browser.layout import assert_in_place

SETTLE = 700
PLAIN = ("", "table", "incidents", "log", "score", "control")
LONG = "rack-17-row-c-data-hall-2-building-frankfurt-east-campus-customer-facing-edge-aggregation-switch-number-{}"
KEPT_LINES = 2000
SPARE_LINES = 200


def small() -> Topology:
    nodes = {"core-1": NodeType.ROUTER, "edge-1": NodeType.SWITCH, "server-1": NodeType.SERVER}
    return topology_of(nodes, [("core-1", "edge-1"), ("edge-1", "server-1")])


def long_names() -> Topology:
    kinds = [NodeType.ROUTER] * 2 + [NodeType.SWITCH] * 3 + [NodeType.SERVER] * 6
    names = [LONG.format(i)[:128] for i in range(len(kinds))]
    links = [(a, b) for a, b in itertools.product(names[:2], names[2:5])]
    links += [(names[2 + i % 3], name) for i, name in enumerate(names[5:])]
    return topology_of(dict(zip(names, kinds, strict=True)), links)


def no_nodes() -> Topology:
    """Return a topology that the product would refuse, but that the page has to show."""
    return Topology.model_construct(nodes=(), links=())


NETWORKS: dict[str, Callable[[], FakeGateway]] = {
    "long names": lambda: FakeGateway(long_names(), incidents=12, lines=50, line="x" * 400, degraded=True),
    "no node": lambda: FakeGateway(no_nodes()),
    "one node": lambda: FakeGateway(topology_of({"alone": NodeType.SERVER}, []), incidents=1, lines=1),
    "300 incidents": lambda: FakeGateway(small(), incidents=300, lines=50),
    "a long log": lambda: FakeGateway(small(), lines=3000, line="a line with a good many words in it " * 12),
}


def opened(open_page: Opener, gateway: FakeGateway, address: str, width: int, height: int = 900) -> Page:
    page, _ = open_page(f"#/{address}", width=width, height=height, before=gateway.on)
    page.wait_for_timeout(SETTLE)
    gateway.send_metrics()
    page.wait_for_timeout(SETTLE)
    return page


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", NETWORKS)
def test_each_view_has_a_correct_layout(open_page: Opener, name: str, width: int) -> None:
    gateway = NETWORKS[name]()
    first = gateway.topology.nodes[0].id if gateway.topology.nodes else ""
    addresses = [*PLAIN, *([f"node/{first}"] if first else [])]
    if gateway.topology.links:
        addresses.append(f"link/{gateway.topology.links[0].id}")
    if gateway.incidents:
        addresses.append(f"incident/{gateway.incident_id(gateway.incidents - 1)}")
    page = opened(open_page, gateway, "", width)
    for address in addresses:
        page.goto(page.url.split("#")[0] + f"#/{address}")
        page.wait_for_timeout(SETTLE)
        assert_in_place(page, f"{name}, #/{address} at {width} px")


def test_an_empty_network_is_shown_as_empty(open_page: Opener) -> None:
    page = opened(open_page, NETWORKS["no node"](), "", 1440)
    expect(page.locator("#verdict")).to_have_text("No nodes")
    expect(page.locator("#map-blank")).to_contain_text("The network has no nodes")
    expect(page.locator("#side")).to_contain_text("No incident yet")
    page.goto(page.url.split("#")[0] + "#/table")
    expect(page.locator("#page")).to_contain_text("There are no nodes")


def test_one_node_is_in_the_middle_and_is_named(open_page: Opener) -> None:
    page = opened(open_page, NETWORKS["one node"](), "", 1440)
    spot = page.evaluate("""async () => (await import("/assets/panels/topology.js")).theMap().where("alone")""")
    box = page.locator("#map").bounding_box()
    assert box is not None
    assert abs(spot["x"] - box["x"] - box["width"] / 2) < box["width"] / 4
    assert box["y"] < spot["y"] < box["y"] + box["height"]
    expect(page.locator("#map")).to_have_attribute(
        "aria-label", "Network map: 1 node, 0 down, 0 degraded, 0 affected, 1 open incident"
    )


def test_300_incidents_can_be_scrolled_and_filtered(open_page: Opener) -> None:
    page = opened(open_page, NETWORKS["300 incidents"](), "", 1440)
    expect(page.locator(".rail .dot")).to_have_text("150")
    cards = page.locator("a.incident")
    expect(cards).to_have_count(300)
    cards.last.scroll_into_view_if_needed()
    expect(cards.last).to_be_in_viewport()
    page.locator("#filter").fill("edge-1")
    expect(cards.first).to_contain_text("edge-1")
    assert all("edge-1" in text for text in cards.all_inner_texts())


def test_a_long_log_is_bounded_and_stays_current(open_page: Opener) -> None:
    gateway = NETWORKS["a long log"]()
    page = opened(open_page, gateway, "log", 1440)
    for _ in range(30):
        gateway.send_log(100)
    page.wait_for_timeout(SETTLE)
    expect(page.locator("tbody tr").first).to_contain_text(f"line {gateway.lines - 1}")
    kept = page.evaluate("""async () => (await import("/assets/board.js")).board.state.lines.length""")
    assert kept <= KEPT_LINES + SPARE_LINES
    assert page.locator("tbody tr").count() <= 400
    page.get_by_role("button", name="Pause").click()
    gateway.send_log(10)
    expect(page.locator("#page")).to_contain_text("paused, 10 new lines")
    expect(page.locator("tbody tr").first).to_contain_text(f"line {gateway.lines - 11}")


@pytest.mark.parametrize("wrong", [3_600_000, -3_600_000], ids=["ahead", "behind"])
def test_a_wrong_clock_of_the_machine_changes_no_age(open_page: Opener, wrong: int) -> None:
    """Ages are measured by network time and the page's monotonic clock, never by the clock of the machine."""
    gateway = FakeGateway(small(), incidents=2, lines=20, past_cpu=11.1)

    def before(page: Page) -> None:
        page.add_init_script(f"const right = Date.now; Date.now = () => right() + {wrong};")
        gateway.on(page)

    page, _ = open_page(before=before)
    gateway.send_metrics()
    expect(page.locator(".fresh")).to_contain_text("Live")
    expect(page.locator("a.incident.open time")).to_have_text("10 s ago")
    assert float(page.locator("#age").inner_text().removeprefix("<").removesuffix(" s")) < 60
    gateway.past_cpu = 99.99
    gateway.at += (1 if wrong > 0 else -1) * (
        gateway.at - gateway.at.replace(hour=11)
    )  # and now the network's clock jumps
    gateway.send_metrics()
    expect(page.locator(".fresh")).to_contain_text("Live")
    expect(page.locator("a.incident.open time")).to_have_text("60 min ago" if wrong > 0 else "now")
    page.wait_for_timeout(SETTLE)
    gateway.send_metrics()
    of_the_new_time = re.compile("now 100.0 %, between 100.0 % and 100.0 %")
    expect(page.locator(".averages .plot").first).to_have_attribute("aria-label", of_the_new_time)
    assert_in_place(page, "after a jump")
