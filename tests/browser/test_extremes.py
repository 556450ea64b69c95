"""Extremes: long names, a long log, no node, one node, 300 incidents, a clock wrong by an hour. All of it fits."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from shared.domain.kinds import NodeType
from shared.domain.topology import Topology
from tests.browser.conftest import Opener
from tests.browser.imagined import Imagined, topology_of
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


def nobody() -> Topology:
    """No network that the product would accept; a page has to live with it all the same."""
    return Topology.model_construct(nodes=(), links=())


WORLDS: dict[str, Callable[[], Imagined]] = {
    "long names": lambda: Imagined(long_names(), incidents=12, lines=50, line="x" * 400, degraded=True),
    "no node": lambda: Imagined(nobody()),
    "one node": lambda: Imagined(topology_of({"alone": NodeType.SERVER}, []), incidents=1, lines=1),
    "300 incidents": lambda: Imagined(small(), incidents=300, lines=50),
    "a long log": lambda: Imagined(small(), lines=3000, line="a line with a good many words in it " * 12),
}


def opened(open_page: Opener, world: Imagined, address: str, width: int, height: int = 900) -> Page:
    page, _ = open_page(f"#/{address}", width=width, height=height, before=world.on)
    page.wait_for_timeout(SETTLE)
    world.news()
    page.wait_for_timeout(SETTLE)
    return page


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", WORLDS)
def test_each_view_lies_as_it_should(open_page: Opener, name: str, width: int) -> None:
    world = WORLDS[name]()
    first = world.topology.nodes[0].id if world.topology.nodes else ""
    addresses = [*PLAIN, *([f"node/{first}"] if first else [])]
    if world.topology.links:
        addresses.append(f"link/{world.topology.links[0].id}")
    if world.incidents:
        addresses.append(f"incident/{world.incident_id(world.incidents - 1)}")
    page = opened(open_page, world, "", width)
    for address in addresses:
        page.goto(page.url.split("#")[0] + f"#/{address}")
        page.wait_for_timeout(SETTLE)
        assert_in_place(page, f"{name}, #/{address} at {width} px")


def test_an_empty_network_says_that_it_is_empty(open_page: Opener) -> None:
    page = opened(open_page, WORLDS["no node"](), "", 1440)
    expect(page.locator("#verdict")).to_have_text("No nodes")
    expect(page.locator("#map-blank")).to_contain_text("The network has no nodes")
    expect(page.locator("#side")).to_contain_text("No incident yet")
    page.goto(page.url.split("#")[0] + "#/table")
    expect(page.locator("#page")).to_contain_text("There are no nodes")


def test_one_node_stands_in_the_middle_and_is_named(open_page: Opener) -> None:
    page = opened(open_page, WORLDS["one node"](), "", 1440)
    spot = page.evaluate("""async () => (await import("/assets/panels/topology.js")).theMap().where("alone")""")
    box = page.locator("#map").bounding_box()
    assert box is not None
    assert abs(spot["x"] - box["x"] - box["width"] / 2) < box["width"] / 4
    assert box["y"] < spot["y"] < box["y"] + box["height"]
    expect(page.locator("#map")).to_have_attribute(
        "aria-label", "Network map: 1 node, 0 down, 0 degraded, 0 affected, 1 open incident"
    )


def test_300_incidents_can_be_read_to_the_last(open_page: Opener) -> None:
    page = opened(open_page, WORLDS["300 incidents"](), "", 1440)
    expect(page.locator(".rail .dot")).to_have_text("150")
    cards = page.locator("a.incident")
    expect(cards).to_have_count(300)
    cards.last.scroll_into_view_if_needed()
    expect(cards.last).to_be_in_viewport()
    page.locator("#filter").fill("edge-1")
    expect(cards.first).to_contain_text("edge-1")
    assert all("edge-1" in text for text in cards.all_inner_texts())


def test_a_long_log_is_bounded_and_goes_on(open_page: Opener) -> None:
    world = WORLDS["a long log"]()
    page = opened(open_page, world, "log", 1440)
    for _ in range(30):
        world.say(100)
    page.wait_for_timeout(SETTLE)
    expect(page.locator("tbody tr").first).to_contain_text(f"line {world.lines - 1}")
    held = page.evaluate("""async () => (await import("/assets/board.js")).board.state.lines.length""")
    assert held <= KEPT_LINES + SPARE_LINES
    assert page.locator("tbody tr").count() <= 400
    page.get_by_role("button", name="Pause").click()
    world.say(10)
    expect(page.locator("#page")).to_contain_text("paused, 10 new lines")
    expect(page.locator("tbody tr").first).to_contain_text(f"line {world.lines - 11}")


@pytest.mark.parametrize("wrong", [3_600_000, -3_600_000], ids=["ahead", "behind"])
def test_a_clock_that_is_wrong_by_an_hour_changes_no_age(open_page: Opener, wrong: int) -> None:
    """Ages are told by the network's clock and the page's own running time, never by the clock of the machine."""
    world = Imagined(small(), incidents=2, lines=20, past_cpu=11.1)

    def before(page: Page) -> None:
        page.add_init_script(f"const right = Date.now; Date.now = () => right() + {wrong};")
        world.on(page)

    page, _ = open_page(before=before)
    world.news()
    expect(page.locator(".fresh")).to_contain_text("Live")
    expect(page.locator("a.incident.open time")).to_have_text("10 s ago")
    assert float(page.locator("#age").inner_text().removeprefix("<").removesuffix(" s")) < 60
    world.past_cpu = 99.99
    world.at += (1 if wrong > 0 else -1) * (world.at - world.at.replace(hour=11))  # and now the network's clock jumps
    world.news()
    expect(page.locator(".fresh")).to_contain_text("Live")
    expect(page.locator("a.incident.open time")).to_have_text("60 min ago" if wrong > 0 else "now")
    page.wait_for_timeout(SETTLE)
    world.news()
    of_the_new_time = re.compile("now 100.0 %, between 100.0 % and 100.0 %")
    expect(page.locator(".averages .plot").first).to_have_attribute("aria-label", of_the_new_time)
    assert_in_place(page, "after a jump")
