"""What waits for a person comes with the feed: the page asks for no incident to find it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from services.gateway.core.bodies import ApprovalsBody
from tests.browser.conftest import Opener
from tests.browser.imagined import Imagined, dumped
from tests.browser.test_extremes import small

SETTLED = 1_500
"""Milliseconds after which the page has asked for what it asks for when incidents change."""


def test_what_waits_is_shown_from_the_feed_and_no_incident_is_asked_for(open_page: Opener) -> None:
    told = Imagined(small(), incidents=8)
    page, _ = open_page("#/", before=told.on)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    expect(page.locator(".notice")).to_have_text("4 actions wait for your approval")
    expect(page.locator("a.incident em", has_text="approval")).to_have_count(4)
    approvals = told.approvals().approvals
    told.sockets[-1].send(told.frame("incidents_update", {**told.page(), "removed": []}))
    told.sockets[-1].send(told.frame("approvals_update", dumped(ApprovalsBody(approvals=approvals[:1], left_out=0))))
    expect(page.locator(".notice")).to_have_text("1 action waits for your approval")
    expect(page.locator("a.incident em", has_text="approval")).to_have_count(1)
    page.wait_for_timeout(SETTLED)
    assert not [url for url in asked if re.search(r"/api/incidents/", url)]
    told.sockets[-1].send(told.frame("approvals_update", dumped(ApprovalsBody(approvals=(), left_out=0))))
    expect(page.locator(".notice")).to_have_count(0)


def test_a_person_is_told_what_an_action_would_take_down_and_how_many_more_wait(open_page: Opener) -> None:
    told = Imagined(small(), incidents=8)
    page, _ = open_page("#/control", before=told.on)
    approvals = told.approvals().approvals
    assert approvals[0].takes_down
    card = page.locator("section.card", has=page.get_by_role("heading", name="Approvals"))
    expect(card.locator("ul.proposals > li")).to_have_count(4)
    expect(card.locator("ul.proposals > li").first).to_contain_text(f"takes down {approvals[0].takes_down[0]}")
    expect(card.locator("ul.proposals > li").first.get_by_role("button", name="Approve")).to_be_visible()
    told.sockets[-1].send(told.frame("approvals_update", dumped(ApprovalsBody(approvals=approvals[:1], left_out=7))))
    expect(card.locator("ul.proposals > li")).to_have_count(1)
    expect(card.locator(".end-note")).to_contain_text("7 more actions wait")
