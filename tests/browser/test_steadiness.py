"""What an operator has chosen stays chosen while news comes, and what cannot be had is said."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from shared.domain.kinds import ServiceName
from tests.browser.conftest import Opener
from tests.browser.imagined import Imagined, dumped
from tests.browser.layout import assert_in_place
from tests.browser.test_extremes import small

NOT_READY = 1013
WATCHED = 4_000
LOOKS = 80
PAGE = 50
DASH = "\N{EN DASH}"


def world(incidents: int = 6) -> Imagined:
    return Imagined(small(), incidents=incidents, lines=20)


def changed(told: Imagined, number: int) -> str:
    """A frame that says that one incident is known better by now."""
    brief = told.brief(number).model_copy(update={"revision": 99})
    data = {"recent_incidents": [dumped(brief)], "stats": dumped(told.stats()), "next_cursor": None, "removed": []}
    return told.frame("incidents_update", data)


def test_the_way_past_the_rail_leads_nowhere_else(open_page: Opener) -> None:
    page, _ = open_page("#/table?q=server")
    page.keyboard.press("Tab")
    expect(page.locator(".skip:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#main:focus")).to_have_count(1)
    assert page.url.endswith("#/table?q=server")


def test_the_other_incident_stays_the_one_that_was_chosen(open_page: Opener) -> None:
    told = world()
    page, _ = open_page(f"#/incident/{told.incident_id(5)}", before=told.on)
    page.locator("details.members summary").click()
    other = page.locator("#other")
    other.select_option(told.incident_id(4))
    told.sockets[-1].send(changed(told, 3))
    told.sockets[-1].send(changed(told, 4))
    told.news()
    page.wait_for_timeout(500)
    expect(other).to_have_value(told.incident_id(4))
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("dialog")).to_contain_text("High latency on")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()


def test_the_list_of_incidents_does_not_grow_while_it_is_open(open_page: Opener) -> None:
    told = world(incidents=100)
    page, _ = open_page("#/incidents", before=told.on)
    rows = page.locator("#page tbody tr")
    expect(rows).to_have_count(PAGE)
    for _ in range(30):
        told.incidents += 1
        told.sockets[-1].send(changed(told, told.incidents - 1))
    expect(rows.first).to_contain_text(told.brief(129).node_id)
    expect(rows).to_have_count(PAGE)
    page.get_by_role("button", name="Older incidents").click()
    expect(rows).to_have_count(2 * PAGE)


def test_a_gateway_that_is_not_ready_is_no_connection(open_page: Opener) -> None:
    told = world()
    count = itertools.count()

    def answer(route: WebSocketRoute) -> None:
        if next(count) == 0:
            told.sockets.append(route)
            route.send(told.snapshot())
        else:
            route.close(code=NOT_READY)

    def before(page: Page) -> None:
        told.on(page)
        page.route_web_socket("**/ws*", answer)

    page, _ = open_page(before=before)
    told.sockets[-1].close(code=NOT_READY)
    page.wait_for_selector("body[data-link=lost]")
    seen = []
    for _ in range(LOOKS):
        seen.append((page.locator("body").get_attribute("data-link"), page.locator("#banner").inner_text()))
        page.wait_for_timeout(WATCHED / LOOKS)
    assert {link for link, _ in seen} == {"lost"}
    ages = [float(text.partition("as they were ")[2].partition(" s ago")[0].removeprefix("<")) for _, text in seen]
    assert ages == sorted(ages)
    assert next(count) > 2, "it tried again"


@pytest.mark.parametrize(
    ("address", "module"), [("table", "table"), ("control", "control"), ("node/server-1", "element")]
)
def test_a_part_that_cannot_be_loaded_is_said_and_can_be_had_later(
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


def test_how_the_whole_is_is_said_to_who_does_not_see_it(open_page: Opener) -> None:
    told = world(incidents=0)
    page, _ = open_page(before=told.on)
    expect(page.locator("#news")).to_have_text("All well: all 3 nodes healthy")
    page.wait_for_timeout(3_100)
    told.degraded = True
    told.news()
    expect(page.locator("#news")).to_have_text("3 degraded of 3 nodes")


def test_who_only_suffers_is_affected_everywhere(open_page: Opener) -> None:
    told = world(incidents=0)
    told.affected = {"server-1", "edge-1"}
    page, _ = open_page(before=told.on)
    expect(page.locator("#verdict")).to_have_text("2 affected")
    expect(page.locator(".verdict span")).to_have_text("of 3 nodes")
    expect(page.locator("#topology-head .badge.affected")).to_have_text("2 affected")
    expect(page.locator(".legend .icon.affected")).to_have_count(1)
    page.evaluate("location.hash = '#/table?q=status:affected'")
    expect(page.locator("tbody tr.affected .badge.affected")).to_have_text(["affected", "affected"])
    expect(page.locator("tbody tr")).to_have_count(2)


def test_who_does_not_answer_enforces_nothing(open_page: Opener) -> None:
    told = world()
    told.silent = {ServiceName.REMEDIATOR, ServiceName.INJECTOR}
    page, _ = open_page(before=told.on)
    expect(page.locator("#repair")).to_have_text("Approve (no answer)")
    expect(page.locator("#running")).to_have_text("Running (no answer)")
    for width in (1440, 1000, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert_in_place(page, f"without an answer at {width} px")
    told.silent = {ServiceName.DETECTOR}
    told.sockets[-1].send(told.snapshot())
    expect(page.locator("#repair")).to_have_text("Approve")
    expect(page.locator("#running")).to_have_text("Running")


def test_an_incident_is_told_at_a_node_that_is_only_a_member(open_page: Opener) -> None:
    told = world(incidents=1)
    page, _ = open_page("#/node/edge-1", before=told.on)
    listed = page.locator("#side ul.rows").last.locator("a[href^='#/incident/']")
    expect(page.locator("#side")).to_contain_text("None among the recent ones.")
    told.members = ("edge-1--server-1",)
    told.sockets[-1].send(told.snapshot())
    expect(listed).to_have_text(["High latency"])
    page.evaluate("location.hash = '#/node/server-1'")
    expect(page.locator("#side-title")).to_have_text("server-1")
    expect(listed).to_have_text(["High latency"])


def test_a_node_that_is_down_shows_no_old_figure(open_page: Opener) -> None:
    told = world(incidents=0)
    told.down = {"server-1"}
    page, _ = open_page("#/table", before=told.on)
    expect(page.locator("tr.down td.n").first).to_have_text(DASH)
    page.evaluate("location.hash = '#/node/server-1'")
    expect(page.locator("#side figcaption strong").first).to_have_text(DASH)


def test_a_lost_connection_takes_the_focus_from_nobody(open_page: Opener) -> None:
    told, shut = world(), []

    def answer(route: WebSocketRoute) -> None:
        route.close(code=NOT_READY) if shut else told._socket(route)

    def before(page: Page) -> None:
        told.on(page)
        page.route_web_socket("**/ws*", answer)

    page, _ = open_page(before=before)
    page.locator("#stop").focus()
    shut.append(True)
    told.sockets[-1].close(code=NOT_READY)
    expect(page.locator("#stop")).to_be_disabled()
    expect(page.locator("#stop:focus")).to_have_count(0)
    shut.clear()
    page.wait_for_selector("body[data-link=live]")
    expect(page.locator("#stop:focus")).to_have_count(1)


def test_who_clicks_beside_everything_is_left_alone(open_page: Opener) -> None:
    told = world()
    page, _ = open_page(before=told.on)
    page.locator("#stop").focus()
    page.locator(".verdict").click()
    expect(page.locator("body:focus-within :focus")).to_have_count(0)
    told.news()
    page.wait_for_timeout(500)
    expect(page.locator("#stop:focus")).to_have_count(0)
