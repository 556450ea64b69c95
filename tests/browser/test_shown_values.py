"""For half a minute of the running loop, the page shows what was published on the bus.

Every figure, state, incident, cause and log line of four pages is read as text and looked up among the messages that a
second listener received. Nothing shown may be older than the time after which the page calls itself stale.
"""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from benchmarks.running import Running
from shared.domain.instant import instant
from shared.platform.access import FAMILIES
from tests.browser.bus import LINK_METRICS, NODE_METRICS, Published, Window
from tests.browser.conftest import Opener
from tests.browser.test_journey import wait_until_quiet
from tests.contract.listener import Listener, listener_on

WATCHED, WATCHED_MOST = 30.0, 120.0
EVERY = 0.5
FRESH = 3.0
"""Seconds without telemetry after which the page calls itself stale (`stale_after` of the status)."""
RECEIVED_LATE = 1.0
"""Seconds by which the second listener may receive a message after the page, on a busy machine."""
RECEIVED_LATE_MOST = 5.0
"""The same, if it has not yet received the telemetry that the page shows."""
OUT_OF_ORDER = 5.0
"""Seconds of network time by which a line may be older than an earlier one of another service."""
MOMENT = """async () => (await import("/assets/board.js")).board.state.now / 1000"""
NOTHING = "\N{EN DASH}"
SAMPLES_LEAST = 30
REPORTED_MOST = 40
OVERVIEW = """() => {
  const text = (place) => document.querySelector(place)?.innerText ?? "";
  const card = (one) => ({id: decodeURIComponent(one.hash.split("/")[2]), state: one.classList[1],
    severity: one.classList[2], kind: one.querySelector("strong").innerText,
    where: one.querySelector(".where").innerText, more: one.querySelector(".more").innerText});
  const facts = [...document.querySelectorAll(".facts dd")].map((one) => one.innerText.trim());
  return {link: document.body.dataset.link, verdict: text("#verdict"), healthy: text(".verdict span"),
    health: facts[0], network: facts[1], cycle: text("#cycle-count"), running: text("#running"),
    cards: [...document.querySelectorAll("a.incident")].map(card)};
}"""
ROWS = """() => ({link: document.body.dataset.link,
  rows: [...document.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) =>
    cell.querySelector("time")?.dateTime ?? cell.innerText.replace("over the limit", "").trim()))})"""


@pytest.fixture
def bus(system: Running) -> Iterator[Listener]:
    wait_until_quiet(system)
    before = system.get("/api/config")
    with listener_on(system.nats_url, FAMILIES) as listener:
        system.configure(chance=0.9, interval=4.0)
        yield listener
    system.configure(**before)
    wait_until_quiet(system)


Sample = tuple[Window, dict[str, Any]]


def test_the_page_shows_the_published_values(system: Running, open_page: Opener, bus: Listener) -> None:
    overview, nodes, links, log = (open_page(address)[0] for address in ("#/", "#/table", "#/table", "#/log"))
    links.get_by_role("button", name="Links").click()
    system.post("/api/start")
    samples = watch({"overview": overview, "nodes": nodes, "links": links, "log": log})
    system.post("/api/stop")
    overview.wait_for_timeout(1000 * RECEIVED_LATE_MOST)
    published = Published(bus.received)
    assert not few(samples), {name: len(live(taken)) for name, taken in samples.items()}
    proof = {name: until_received(published, live(taken)) for name, taken in samples.items()}
    wrong = [
        *(f for sample in proof["overview"] for f in overview_faults(published, *sample)),
        *(f for sample in proof["nodes"] for f in row_faults(published, NODE_METRICS, *sample)),
        *(f for sample in proof["links"] for f in row_faults(published, LINK_METRICS[:-1], *sample)),
        *(f for sample in proof["log"] for f in line_faults(published, *sample)),
    ]
    assert not wrong, f"{len(wrong)} shown values were not published:\n" + "\n".join(wrong[:REPORTED_MOST])
    assert len(published.incidents) >= 5, "too little happened for a proof"
    wait_until_quiet(system)
    bus.wait("stability.status", lambda status: status["state"] == "stable", since=bus.now)
    check_final_state(system, overview, bus)


def watch(pages: dict[str, Page]) -> dict[str, list[Sample]]:
    """Return samples of the pages, each with the window of its values.

    A slow machine gives fewer samples a second, so reading goes on until there are enough.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in pages}
    began = time.monotonic()
    while (watched := time.monotonic() - began) < WATCHED or (watched < WATCHED_MOST and few(samples)):
        due = time.monotonic() + EVERY
        for name, page in pages.items():
            samples[name].append(sample(page, OVERVIEW if name == "overview" else ROWS))
        page.wait_for_timeout(max(1.0, 1000 * (due - time.monotonic())))
    return samples


def few(samples: dict[str, list[Sample]]) -> bool:
    return any(len(live(taken)) < SAMPLES_LEAST for taken in samples.values())


def live(samples: list[Sample]) -> list[Sample]:
    return [one for one in samples if one[1]["link"] == "live"]


def sample(page: Page, script: str) -> Sample:
    """Read a page; return the window in which all shown values have to be valid, and the values."""
    began = time.monotonic()
    read = page.evaluate(script)
    read["moment"] = page.evaluate(MOMENT)
    return (began - FRESH, time.monotonic() + RECEIVED_LATE), read


def until_received(published: Published, samples: list[Sample]) -> list[Sample]:
    return [(published.until_received(window, read["moment"], RECEIVED_LATE_MOST), read) for window, read in samples]


def share(value: float) -> str:
    """A share as the scorecard shows it: above 90 % with one decimal, rounded down, so that rounding hides no miss."""
    return f"{math.floor(1000 * value) / 10:.1f} %" if 0.9 < value < 1 else f"{math.floor(100 * value + 0.5)} %"


def shows(text: str, value: float) -> bool:
    """Whether a figure on the page is a value rounded to its shown digits."""
    try:
        shown = float(text.replace(",", ""))
    except ValueError:
        return False
    digits = len(text.partition(".")[2])
    return abs(shown - value) <= 0.5001 * 10**-digits


def row_faults(published: Published, metrics: tuple[str, ...], window: Window, read: dict[str, Any]) -> Iterator[str]:
    for row in read["rows"]:
        name, status, *figures = (row[0], row[1], *row[3:])
        if "--" in name:
            ups = published.values[name, "up"].within(window)
            states = {"down" if up == 0 else "up" for up in ups}
        else:
            states = {status["nodes"][name] for status in published.stability.within(window)}
        if states and status not in states:
            yield f"{name} is shown {status}, published was {states}"
        for metric, text in zip(metrics, figures, strict=True):
            if status == "down" and "--" not in name:
                if text != NOTHING:
                    yield f"{name} is shown down and its {metric} {text}: an old value"
                continue
            values = published.values[name, metric].within(window)
            if not any(shows(text, value) for value in values):
                yield f"{name} {metric} is shown {text}, published was {values}"


def overview_faults(published: Published, window: Window, read: dict[str, Any]) -> Iterator[str]:
    statuses = published.stability.within(window)
    if statuses and not any(
        shows(read["health"].removesuffix(" %"), status["health_percentage"]) for status in statuses
    ):
        yield f"health is shown {read['health']}, published was {[status['health_percentage'] for status in statuses]}"
    if statuses and read["network"] not in {status["state"] for status in statuses}:
        yield f"the network is shown {read['network']}, published was {[status['state'] for status in statuses]}"
    cycles = published.cycle.within(window)
    if published.cycle.before(window[0]) and not cycles[0] <= int(read["cycle"].replace(",", "")) <= cycles[-1]:
        yield f"the cycle is shown {read['cycle']}, published was {cycles}"
    through, sometime = published.open_within(window)
    shown = {card["id"]: card for card in read["cards"]}
    if missing := through - set(shown):
        yield f"open, and not shown: {missing}"
    if len(shown) != len(read["cards"]):
        yield f"shown twice: {Counter(card['id'] for card in read['cards']).most_common(1)}"
    yield from verdict_faults(read["verdict"], len(through), len(sometime), statuses)
    for name, card in shown.items():
        if name in published.incidents:
            yield from card_faults(published, window, card)


def verdict_faults(verdict: str, least: int, most: int, statuses: list[dict[str, Any]]) -> Iterator[str]:
    downs, worse = {status["down"] for status in statuses}, {status["degraded"] for status in statuses}
    number = int(re.sub(r"\D", "", verdict) or 0)
    right = {
        "down": number in downs,
        "incident": least <= number <= most,
        "degraded": number in worse,
        "affected": number in {status["affected"] for status in statuses},
        "All well": least == 0 and 0 in downs and 0 in worse,
    }
    if statuses and not any(holds for text, holds in right.items() if text in verdict):
        yield f"the verdict is {verdict}: open {least} to {most}, down {downs}, degraded {worse}"


def card_faults(published: Published, window: Window, card: dict[str, Any]) -> Iterator[str]:
    name = card["id"]
    versions = published.incidents[name].within(window)
    if (card["state"], card["severity"]) not in {(version["state"], version["severity"]) for version in versions}:
        states = [version["state"] for version in versions]
        yield f"{name} is shown {card['state']}, {card['severity']}; published was {states}"
    counts = {len(version["members"]) + version["left_out"] for version in versions}
    if not any(re.search(rf"\b{count} anomal", card["more"]) for count in counts):
        yield f"{name} is shown as {card['more']}, published were {counts} members"
    causes = [cause for cause in published.causes[name].within(window) if cause] + published.cited[name]
    named = {(cause["kind"].replace("_", " "), cause["element"]) for cause in causes}
    if causes and (card["kind"].lower(), card["where"]) not in named:
        firsts = {version["members"][0]["anomaly"]["element"] for version in versions}
        if published.causes[name].before(window[0]) or card["where"] not in firsts:
            yield f"{name} is put down to {card['kind']} on {card['where']}, published was {named}"
    sure = re.search(r"([\d.]+) % sure", card["more"])
    if sure and not any(shows(sure[1], 100 * cause["confidence"]) for cause in causes):
        yield f"{name} is shown {sure[0]}, published was {[cause['confidence'] for cause in causes]}"


def line_faults(published: Published, window: Window, read: dict[str, Any]) -> Iterator[str]:
    received = Counter(line for at, line in published.lines if at <= window[1])
    begun = min((line[0] for _, line in published.lines), default="")
    shown = Counter(tuple(row) for row in read["rows"] if row[0] >= begun)
    for line, times in (shown - received).items():
        yield f"shown {times} times too often: {line}"
    # Each service has a stream of its own: its lines come in their order, those of two services in any.
    oldest: dict[str, str] = {}
    for at, _, service, *_ in read["rows"]:
        oldest[service] = min(at, oldest.get(service, at))
    settled = min(map(instant, oldest.values()), default=0.0) + OUT_OF_ORDER
    due = Counter(
        line
        for at, line in published.lines
        if at <= window[0] and (line[0] > oldest[line[2]] if line[2] in oldest else instant(line[0]) > settled)
    )
    for line, times in (due - shown).items():
        yield f"published {received[line]} times and shown {received[line] - times} times: {line}"


def check_final_state(system: Running, page: Page, bus: Listener) -> None:
    page.wait_for_timeout(1000 * FRESH)
    published = Published(bus.received)
    now = time.monotonic()
    assert list(overview_faults(published, (now, now), page.evaluate(OVERVIEW))) == []
    name = next(name for name, actions in reversed(published.actions.items()) if "verified" in actions.values())
    page.goto(f"{page.url.split('#')[0]}#/incident/{name}")
    page.wait_for_selector(".story .done")
    done = page.locator(".story .done").inner_text()
    assert [state in done for state in published.actions[name].values()] == [True] * len(published.actions[name])
    page.goto(f"{page.url.split('#')[0]}#/score")
    page.wait_for_timeout(6000)
    tiles = dict(zip(*[iter(page.locator(".tile :is(.name, strong)").all_inner_texts())] * 2, strict=True))
    report: dict[str, Any] = system.get("/api/scorecard")
    assert tiles["Repaired"] == share(report["repaired"] / report["faults"])
    assert tiles["Time to repair"] == f"{report['seconds']['repair']['p95']:.2f} s"
    assert int(tiles["Needless actions"]) == report["needless_actions"]
