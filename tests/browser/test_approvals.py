"""Actions that wait for approval come with the feed: the page reads no incident to find them."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from services.gateway.core.bodies import ApprovalsBody
from tests.browser.conftest import Opener
from tests.browser.fake_gateway import FakeGateway, dumped
from tests.browser.test_extremes import small

SETTLED = 1_500
"""Milliseconds after which the page has sent its requests after a change of incidents."""


def test_waiting_actions_are_shown_without_reading_an_incident(open_page: Opener) -> None:
    gateway = FakeGateway(small(), incidents=8)
    page, _ = open_page("#/", before=gateway.on)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    expect(page.locator(".notice")).to_have_text("4 actions wait for your approval")
    expect(page.locator("a.incident em", has_text="approval")).to_have_count(4)
    approvals = gateway.approvals().approvals
    gateway.sockets[-1].send(gateway.frame("incidents_update", {**gateway.page(), "removed": []}))
    gateway.sockets[-1].send(
        gateway.frame("approvals_update", dumped(ApprovalsBody(approvals=approvals[:1], left_out=0)))
    )
    expect(page.locator(".notice")).to_have_text("1 action waits for your approval")
    expect(page.locator("a.incident em", has_text="approval")).to_have_count(1)
    page.wait_for_timeout(SETTLED)
    assert not [url for url in requested if re.search(r"/api/incidents/", url)]
    gateway.sockets[-1].send(gateway.frame("approvals_update", dumped(ApprovalsBody(approvals=(), left_out=0))))
    expect(page.locator(".notice")).to_have_count(0)


def test_an_approval_shows_what_the_action_takes_down_and_how_many_more_wait(open_page: Opener) -> None:
    gateway = FakeGateway(small(), incidents=8)
    page, _ = open_page("#/control", before=gateway.on)
    approvals = gateway.approvals().approvals
    assert approvals[0].takes_down
    card = page.locator("section.card", has=page.get_by_role("heading", name="Approvals"))
    expect(card.locator("ul.proposals > li")).to_have_count(4)
    expect(card.locator("ul.proposals > li").first).to_contain_text(f"takes down {approvals[0].takes_down[0]}")
    expect(card.locator("ul.proposals > li").first.get_by_role("button", name="Approve")).to_be_visible()
    gateway.sockets[-1].send(
        gateway.frame("approvals_update", dumped(ApprovalsBody(approvals=approvals[:1], left_out=7)))
    )
    expect(card.locator("ul.proposals > li")).to_have_count(1)
    expect(card.locator(".end-note")).to_contain_text("7 more actions wait")
