"""An observation is shown calmly: at its element and in a quiet line; it changes no status, headline or count."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from services.gateway.core.observation_bodies import OpenObservationsBody
from tests.browser.conftest import Opener
from tests.browser.fake_gateway import FakeGateway, dumped
from tests.browser.test_extremes import small

NODE, LINK = "server-1", "edge-1--server-1"


def send(gateway: FakeGateway, left_out: int = 0) -> None:
    body = OpenObservationsBody(observations=tuple(gateway.observations), left_out=left_out)
    gateway.sockets[-1].send(gateway.frame("observations_update", dumped(body)))


def headline(page: Page) -> list[str]:
    places = ("#verdict", ".facts", "#rail", "#side-title + *", "#topology-head")
    return [page.locator(place).first.inner_text() for place in places]


def test_the_overview_has_a_quiet_line_and_nothing_else_changes(open_page: Opener) -> None:
    gateway = FakeGateway(small(), incidents=2)
    page, _ = open_page("#/", before=gateway.on)
    expect(page.locator("#observed")).to_have_count(0)
    before = headline(page)
    gateway.observe(NODE, "cpu_usage", 61.3, 45.1)
    send(gateway)
    expect(page.locator("#observed")).to_have_text("1 observation (busy, nobody harmed): server-1")
    gateway.observe(LINK, "utilization", 71, 32)
    send(gateway, left_out=4)
    expect(page.locator("#observed")).to_have_text(
        "6 observations (busy, nobody harmed): edge-1--server-1, server-1 and 4 more"
    )
    assert headline(page) == before
    page.locator("#observed a", has_text=NODE).last.click()
    expect(page.locator("#side .observed")).to_be_visible()


def test_the_panel_of_an_element_says_what_is_unusual_and_since_when(open_page: Opener) -> None:
    gateway = FakeGateway(small())
    gateway.observe(NODE, "cpu_usage", 61.3, 45.1)
    page, _ = open_page(f"#/node/{NODE}", before=gateway.on)
    line = page.locator("#side .observed")
    expect(line).to_have_text("Busy, nobody harmed: CPU 61.3 % where 45.1 % is expected, since 11:59:46Z")
    expect(line.locator("svg")).to_have_count(1)
    colours = {line.evaluate(f"(e) => getComputedStyle(e).{name}") for name in ("color", "borderTopColor")}
    alarming = page.evaluate(
        """() => ["--warn", "--bad", "--affected"].map((name) => {
            const probe = document.body.appendChild(document.createElement("i"));
            probe.style.color = `var(${name})`;
            const colour = getComputedStyle(probe).color;
            probe.remove();
            return colour;
        })"""
    )
    assert not colours & set(alarming)
    expect(page.locator("#side .badge").first).to_have_text("healthy")
    gateway.observations.clear()
    send(gateway)
    expect(line).to_have_count(0)


def test_a_link_shows_its_own_observation_and_its_nodes_do_not(open_page: Opener) -> None:
    gateway = FakeGateway(small())
    gateway.observe(LINK, "utilization", 71, 32)
    page, _ = open_page(f"#/link/{LINK}", before=gateway.on)
    expect(page.locator("#side .observed")).to_contain_text("Utilisation 71.0 % where 32.0 % is expected")
    page.goto(page.url.replace(f"#/link/{LINK}", f"#/node/{NODE}"))
    expect(page.locator("#side-title")).to_have_text(NODE)
    expect(page.locator("#side .observed")).to_have_count(0)
