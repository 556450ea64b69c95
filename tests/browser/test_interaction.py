"""Selections of the user survive updates, and failures are shown."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from shared.domain.kinds import ServiceName
from tests.browser.conftest import Opener
from tests.browser.fake_gateway import FakeGateway, dumped
from tests.browser.layout import assert_in_place
from tests.browser.test_extremes import small

NOT_READY = 1013
WATCHED = 4_000
LOOKS = 80
PAGE = 50
DASH = "\N{EN DASH}"


def fake(incidents: int = 6) -> FakeGateway:
    return FakeGateway(small(), incidents=incidents, lines=20)


def changed(gateway: FakeGateway, number: int) -> str:
    brief = gateway.brief(number).model_copy(update={"revision": 99})
    data = {"recent_incidents": [dumped(brief)], "stats": dumped(gateway.stats()), "next_cursor": None, "removed": []}
    return gateway.frame("incidents_update", data)


def test_the_skip_link_keeps_the_view(open_page: Opener) -> None:
    page, _ = open_page("#/table?q=server")
    page.keyboard.press("Tab")
    expect(page.locator(".skip:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#main:focus")).to_have_count(1)
    assert page.url.endswith("#/table?q=server")


def test_the_chosen_other_incident_survives_updates(open_page: Opener) -> None:
    gateway = fake()
    page, _ = open_page(f"#/incident/{gateway.incident_id(5)}", before=gateway.on)
    page.locator("details.members summary").click()
    other = page.locator("#other")
    other.select_option(gateway.incident_id(4))
    gateway.sockets[-1].send(changed(gateway, 3))
    gateway.sockets[-1].send(changed(gateway, 4))
    gateway.send_metrics()
    page.wait_for_timeout(500)
    expect(other).to_have_value(gateway.incident_id(4))
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("dialog")).to_contain_text("High latency on")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()


def test_the_list_of_incidents_does_not_grow_while_it_is_open(open_page: Opener) -> None:
    gateway = fake(incidents=100)
    page, _ = open_page("#/incidents", before=gateway.on)
    rows = page.locator("#page tbody tr")
    expect(rows).to_have_count(PAGE)
    for _ in range(30):
        gateway.incidents += 1
        gateway.sockets[-1].send(changed(gateway, gateway.incidents - 1))
    expect(rows.first).to_contain_text(gateway.brief(129).node_id)
    expect(rows).to_have_count(PAGE)
    page.get_by_role("button", name="Older incidents").click()
    expect(rows).to_have_count(2 * PAGE)


def test_a_gateway_that_is_not_ready_is_shown_as_lost(open_page: Opener) -> None:
    gateway = fake()
    count = itertools.count()

    def answer(route: WebSocketRoute) -> None:
        if next(count) == 0:
            gateway.sockets.append(route)
            route.send(gateway.snapshot())
        else:
            route.close(code=NOT_READY)

    def before(page: Page) -> None:
        gateway.on(page)
        page.route_web_socket("**/ws*", answer)

    page, _ = open_page(before=before)
    gateway.sockets[-1].close(code=NOT_READY)
    page.wait_for_selector("body[data-link=lost]")
    seen = []
    for _ in range(LOOKS):
        seen.append((page.locator("body").get_attribute("data-link"), page.locator("#banner").inner_text()))
        page.wait_for_timeout(WATCHED / LOOKS)
    assert {link for link, _ in seen} == {"lost"}
    ages = [float(text.partition("as they were ")[2].partition(" s ago")[0].removeprefix("<")) for _, text in seen]
    assert ages == sorted(ages)
    assert next(count) > 2, "the page did not try again"


@pytest.mark.parametrize(
    ("address", "module"), [("table", "table"), ("control", "control"), ("node/server-1", "element")]
)
def test_a_part_that_could_not_be_loaded_is_reported_and_can_be_loaded_later(
    open_page: Opener, address: str, module: str
) -> None:
    pattern = f"**/assets/panels/{module}.js"
    page, _ = open_page(before=lambda page: page.route(pattern, lambda route: route.abort()), forgiven=("ERR_FAILED",))
    page.evaluate(f"location.hash = '#/{address}'")
    failed = page.get_by_role("alert").filter(has_text="could not be loaded")
    expect(failed).to_be_visible()
    page.unroute(pattern)
    failed.get_by_role("button", name="Try again").click()
    expect(failed).to_have_count(0)
    expect(page.locator("#page table, #page form, #side .charts").first).to_be_visible()


def test_the_overall_status_is_announced_to_screen_readers(open_page: Opener) -> None:
    gateway = fake(incidents=0)
    page, _ = open_page(before=gateway.on)
    expect(page.locator("#news")).to_have_text("All well: all 3 nodes healthy")
    page.wait_for_timeout(3_100)
    gateway.degraded = True
    gateway.send_metrics()
    expect(page.locator("#news")).to_have_text("3 degraded of 3 nodes")


def test_an_affected_node_is_shown_as_affected_everywhere(open_page: Opener) -> None:
    gateway = fake(incidents=0)
    gateway.affected = {"server-1", "edge-1"}
    page, _ = open_page(before=gateway.on)
    expect(page.locator("#verdict")).to_have_text("2 affected")
    expect(page.locator(".verdict span")).to_have_text("of 3 nodes")
    expect(page.locator("#topology-head .badge.affected")).to_have_text("2 affected")
    expect(page.locator(".legend .icon.affected")).to_have_count(1)
    page.evaluate("location.hash = '#/table?q=status:affected'")
    expect(page.locator("tbody tr.affected .badge.affected")).to_have_text(["affected", "affected"])
    expect(page.locator("tbody tr")).to_have_count(2)


def test_a_service_that_does_not_answer_is_marked(open_page: Opener) -> None:
    gateway = fake()
    gateway.silent = {ServiceName.REMEDIATOR, ServiceName.INJECTOR}
    page, _ = open_page(before=gateway.on)
    expect(page.locator("#repair")).to_have_text("Approve (no answer)")
    expect(page.locator("#running")).to_have_text("Running (no answer)")
    for width in (1440, 1000, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert_in_place(page, f"without an answer at {width} px")
    gateway.silent = {ServiceName.DETECTOR}
    gateway.sockets[-1].send(gateway.snapshot())
    expect(page.locator("#repair")).to_have_text("Approve")
    expect(page.locator("#running")).to_have_text("Running")


def test_an_incident_is_listed_at_a_node_that_is_only_a_member(open_page: Opener) -> None:
    gateway = fake(incidents=1)
    page, _ = open_page("#/node/edge-1", before=gateway.on)
    listed = page.locator("#side ul.rows").last.locator("a[href^='#/incident/']")
    expect(page.locator("#side")).to_contain_text("None among the recent ones.")
    gateway.members = ("edge-1--server-1",)
    gateway.sockets[-1].send(gateway.snapshot())
    expect(listed).to_have_text(["High latency"])
    page.evaluate("location.hash = '#/node/server-1'")
    expect(page.locator("#side-title")).to_have_text("server-1")
    expect(listed).to_have_text(["High latency"])


def test_a_node_that_is_down_shows_no_old_figure(open_page: Opener) -> None:
    gateway = fake(incidents=0)
    gateway.down = {"server-1"}
    page, _ = open_page("#/table", before=gateway.on)
    expect(page.locator("tr.down td.n").first).to_have_text(DASH)
    page.evaluate("location.hash = '#/node/server-1'")
    expect(page.locator("#side figcaption strong").first).to_have_text(DASH)


def test_the_focus_survives_a_lost_connection(open_page: Opener) -> None:
    gateway, shut = fake(), []

    def answer(route: WebSocketRoute) -> None:
        route.close(code=NOT_READY) if shut else gateway._socket(route)

    def before(page: Page) -> None:
        gateway.on(page)
        page.route_web_socket("**/ws*", answer)

    page, _ = open_page(before=before)
    page.locator("#stop").focus()
    shut.append(True)
    gateway.sockets[-1].close(code=NOT_READY)
    expect(page.locator("#stop")).to_be_disabled()
    expect(page.locator("#stop:focus")).to_have_count(0)
    shut.clear()
    page.wait_for_selector("body[data-link=live]")
    expect(page.locator("#stop:focus")).to_have_count(1)


def test_an_update_does_not_restore_a_focus_that_a_click_removed(open_page: Opener) -> None:
    gateway = fake()
    page, _ = open_page(before=gateway.on)
    page.locator("#stop").focus()
    page.locator(".verdict").click()
    expect(page.locator("body:focus-within :focus")).to_have_count(0)
    gateway.send_metrics()
    page.wait_for_timeout(500)
    expect(page.locator("#stop:focus")).to_have_count(0)
