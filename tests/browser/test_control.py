"""A request from the page takes effect on the system, and the page shows it only once its event arrives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from benchmarks.running import Running
from tests.browser.conftest import Opener
from tests.browser.test_journey import REPAIRED_WITHIN, end_faults, inject, wait_until_quiet

MEMBERS_LEAST = 3


@pytest.fixture
def untouched(system: Running) -> Iterator[dict[str, Any]]:
    wait_until_quiet(system)
    before = system.get("/api/config")
    yield before
    end_faults(system)
    system.configure(**before)
    wait_until_quiet(system)


@pytest.fixture
def large_incident(system: Running, untouched: dict[str, Any]) -> str:
    system.configure(mode="off")
    inject(system, "high_latency", "edge-switch-2")

    def found() -> list[Any]:
        incidents: Any = system.get("/api/incidents?state=open")["recent_incidents"]
        return [one["id"] for one in incidents if one["member_count"] >= MEMBERS_LEAST]

    system.wait("an incident with members", lambda: bool(found()), 60)
    return str(found()[0])


def press_in_dialog(page: Page, name: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=name).click()


def test_pace_and_thresholds_are_set(system: Running, untouched: dict[str, Any], open_page: Opener) -> None:
    page, _ = open_page("#/control")
    page.get_by_label("Cycle interval").fill("7.5")
    page.locator("form", has=page.get_by_label("Cycle interval")).get_by_role("button", name="Apply").click()
    expect(page.locator("label", has_text="Cycle interval")).to_contain_text("now 7.50")
    limits = page.locator("section.card", has_text="Limits of the plain rules")
    limits.get_by_label("Latency").fill("66")
    limits.get_by_role("button", name="Apply").click()
    expect(limits.locator("label", has_text="Latency")).to_contain_text("now 66")
    config: Any = system.get("/api/config")
    assert (config["interval"], config["thresholds"]["latency"]) == (7.5, 66)


def test_an_invalid_value_is_not_sent(system: Running, untouched: dict[str, Any], page: Page) -> None:
    page.get_by_role("link", name="Control").click()
    page.get_by_label("Cycle interval").fill("0")
    page.locator("form", has=page.get_by_label("Cycle interval")).get_by_role("button", name="Apply").click()
    page.wait_for_timeout(500)
    assert system.get("/api/config") == untouched


def test_a_mode_is_set_only_after_confirmation(system: Running, untouched: dict[str, Any], page: Page) -> None:
    page.get_by_role("link", name="Control").click()
    suggest = page.get_by_role("button", name="Suggest")
    suggest.click()
    press_in_dialog(page, "Cancel")
    assert system.get("/api/config")["mode"] == untouched["mode"]
    suggest.click()
    press_in_dialog(page, "Set to suggest")
    expect(suggest).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".facts")).to_contain_text("Suggest")
    assert system.get("/api/config")["mode"] == "suggest"


def test_an_action_is_rejected_with_a_reason(system: Running, untouched: dict[str, Any], open_page: Opener) -> None:
    system.configure(mode="approve")
    page, _ = open_page()
    inject(system, "high_cpu", "server-3")
    page.locator("a.incident.open", has_text="server-3").first.click()
    page.get_by_role("button", name="Reject").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("not during the day")
    press_in_dialog(page, "Reject")
    expect(page.locator(".story .done")).to_contain_text("rejected", timeout=REPAIRED_WITHIN)
    page.get_by_text("All that happened").click()
    expect(page.locator("details.timeline")).to_contain_text("not during the day")


def test_members_are_split_off_and_merged_back(system: Running, large_incident: str, open_page: Opener) -> None:
    page, _ = open_page(f"#/incident/{large_incident}")
    page.locator("details.members summary").click()
    page.locator("details.members li", has_text="out of line").locator("input[type=checkbox]").last.check()
    page.get_by_role("button", name="Split off").click()
    press_in_dialog(page, "Split off")
    other = page.locator("#other option")
    expect(other.first).to_contain_text(" on ", timeout=REPAIRED_WITHIN)
    part = other.first.get_attribute("value")
    assert system.get(f"/api/incidents/{part}")["status"] == "open"
    page.goto(f"{page.url.split('#')[0]}#/incident/{part}")
    page.locator("details.members summary").click()
    page.locator("#other").select_option(large_incident)
    page.get_by_role("button", name="Merge").click()
    press_in_dialog(page, "Merge")
    expect(page).to_have_url(f"{page.url.split('#')[0]}#/incident/{large_incident}")
    system.wait("the merger", lambda: system.get(f"/api/incidents/{part}")["merged_into"] == large_incident, 30)


def test_members_are_moved_to_another_incident(system: Running, large_incident: str, open_page: Opener) -> None:
    inject(system, "high_cpu", "server-8")

    def into() -> list[Any]:
        incidents: Any = system.get("/api/incidents?state=open")["recent_incidents"]
        return [one["id"] for one in incidents if one["node_id"] == "server-8" and one["id"] != large_incident]

    system.wait("the other incident", lambda: bool(into()), 60)
    page, _ = open_page(f"#/incident/{large_incident}")
    page.locator("details.members summary").click()
    page.locator("details.members input[type=checkbox]").last.check()
    moved: Any = system.get(f"/api/incidents/{large_incident}")["members"]
    page.locator("#other").select_option(into()[0])
    page.get_by_role("button", name="Move").click()
    with page.expect_response(lambda answer: answer.url.endswith("/move")) as answered:
        press_in_dialog(page, "Move")
    assert answered.value.ok

    def members() -> set[str]:
        found: Any = system.get(f"/api/incidents/{into()[0]}")["members"]
        return {one["id"] for one in found}

    system.wait("the move", lambda: bool(members() & {one["id"] for one in moved}), 30)
