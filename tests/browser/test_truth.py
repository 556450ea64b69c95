"""For half a minute of the running loop, what the page shows is what the bus said.

Every figure, state, incident, cause and line of four pages is read as text from the page and looked up among the
messages that a second listener heard. Nothing shown may be older than the page itself allows: then it says so.
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
from tests.browser.bus import LINK_METRICS, NODE_METRICS, Said, Window
from tests.browser.conftest import Opener
from tests.browser.test_journey import wait_until_quiet
from tests.contract.listener import Listener, listener_on

WATCHED, WATCHED_MOST = 30.0, 120.0
EVERY = 0.5
FRESH = 3.0
"""Seconds: after as many without telemetry the page calls itself stale (`stale_after` of the status)."""
HEARD_LATE = 1.0
"""Seconds: on a busy machine the second listener may hear a message after the page did."""
HEARD_LATE_MOST = 5.0
"""The same, where it has not yet heard the telemetry that the page shows."""
OUT_OF_ORDER = 5.0
"""Seconds of network time by which a line may be older than one of another service that came before it."""
MOMENT = """async () => (await import("/assets/board.js")).board.state.now / 1000"""
NOTHING = "\N{EN DASH}"
SAMPLES_LEAST = 30
TOLD_MOST = 40
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
    """A listener of its own, and the loop turning: a fault in nearly each cycle."""
    wait_until_quiet(system)
    before = system.get("/api/config")
    with listener_on(system.nats_url, FAMILIES) as listener:
        system.configure(chance=0.9, interval=4.0)
        yield listener
    system.configure(**before)
    wait_until_quiet(system)


Sample = tuple[Window, dict[str, Any]]


def test_half_a_minute_of_the_loop_is_shown_as_it_was_said(system: Running, open_page: Opener, bus: Listener) -> None:
    overview, nodes, links, log = (open_page(address)[0] for address in ("#/", "#/table", "#/table", "#/log"))
    links.get_by_role("button", name="Links").click()
    system.post("/api/start")
    samples = watch({"overview": overview, "nodes": nodes, "links": links, "log": log})
    system.post("/api/stop")
    overview.wait_for_timeout(1000 * HEARD_LATE_MOST)
    said = Said(bus.received)
    assert not few(samples), {name: len(live(taken)) for name, taken in samples.items()}
    proof = {name: heard(said, live(taken)) for name, taken in samples.items()}
    wrong = [
        *(f for sample in proof["overview"] for f in overview_faults(said, *sample)),
        *(f for sample in proof["nodes"] for f in row_faults(said, NODE_METRICS, *sample)),
        *(f for sample in proof["links"] for f in row_faults(said, LINK_METRICS[:-1], *sample)),
        *(f for sample in proof["log"] for f in line_faults(said, *sample)),
    ]
    assert not wrong, f"{len(wrong)} of what was shown was not what was said:\n" + "\n".join(wrong[:TOLD_MOST])
    assert len(said.incidents) >= 5, "too little happened for a proof"
    wait_until_quiet(system)
    bus.wait("stability.status", lambda said: said["state"] == "stable", since=bus.now)
    the_end_is_the_same(system, overview, bus)


def watch(pages: dict[str, Page]) -> dict[str, list[Sample]]:
    """Read the pages over and over; each sample with the window that its facts have to come from.

    A slow machine gives fewer samples a second, and is watched until there are enough.
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
    """Read a page, with the window in which all that it shows has to have been said."""
    asked = time.monotonic()
    read = page.evaluate(script)
    read["moment"] = page.evaluate(MOMENT)
    return (asked - FRESH, time.monotonic() + HEARD_LATE), read


def heard(said: Said, samples: list[Sample]) -> list[Sample]:
    """Return the samples with windows in which the second listener, too, has heard what the page had."""
    return [(said.until_heard(window, read["moment"], HEARD_LATE_MOST), read) for window, read in samples]


def share(value: float) -> str:
    """A share as the scorecard shows it: to a tenth, rounded down, where rounding would hide a miss."""
    return f"{math.floor(1000 * value) / 10:.1f} %" if 0.9 < value < 1 else f"{math.floor(100 * value + 0.5)} %"


def shows(text: str, value: float) -> bool:
    """Whether a figure on the page is a value, rounded to the digits that it shows."""
    try:
        shown = float(text.replace(",", ""))
    except ValueError:
        return False
    digits = len(text.partition(".")[2])
    return abs(shown - value) <= 0.5001 * 10**-digits


def row_faults(said: Said, metrics: tuple[str, ...], window: Window, read: dict[str, Any]) -> Iterator[str]:
    for row in read["rows"]:
        name, status, *figures = (row[0], row[1], *row[3:])
        if "--" in name:
            ups = said.values[name, "up"].within(window)
            states = {"down" if up == 0 else "up" for up in ups}
        else:
            states = {word["nodes"][name] for word in said.stability.within(window)}
        if states and status not in states:
            yield f"{name} is shown {status}, said was {states}"
        for metric, text in zip(metrics, figures, strict=True):
            if status == "down" and "--" not in name:
                if text != NOTHING:
                    yield f"{name} is shown down and its {metric} {text}: an old value"
                continue
            values = said.values[name, metric].within(window)
            if not any(shows(text, value) for value in values):
                yield f"{name} {metric} is shown {text}, said was {values}"


def overview_faults(said: Said, window: Window, read: dict[str, Any]) -> Iterator[str]:
    words = said.stability.within(window)
    if words and not any(shows(read["health"].removesuffix(" %"), word["health_percentage"]) for word in words):
        yield f"health is shown {read['health']}, said was {[word['health_percentage'] for word in words]}"
    if words and read["network"] not in {word["state"] for word in words}:
        yield f"the network is shown {read['network']}, said was {[word['state'] for word in words]}"
    cycles = said.cycle.within(window)
    if said.cycle.before(window[0]) and not cycles[0] <= int(read["cycle"].replace(",", "")) <= cycles[-1]:
        yield f"the cycle is shown {read['cycle']}, said was {cycles}"
    through, sometime = said.open_within(window)
    shown = {card["id"]: card for card in read["cards"]}
    if missing := through - set(shown):
        yield f"open, and not shown: {missing}"
    if len(shown) != len(read["cards"]):
        yield f"shown twice: {Counter(card['id'] for card in read['cards']).most_common(1)}"
    yield from verdict_faults(read["verdict"], len(through), len(sometime), words)
    for name, card in shown.items():
        if name in said.incidents:
            yield from card_faults(said, window, card)


def verdict_faults(verdict: str, least: int, most: int, words: list[dict[str, Any]]) -> Iterator[str]:
    downs, worse = {word["down"] for word in words}, {word["degraded"] for word in words}
    number = int(re.sub(r"\D", "", verdict) or 0)
    right = {
        "down": number in downs,
        "incident": least <= number <= most,
        "degraded": number in worse,
        "affected": number in {word["affected"] for word in words},
        "All well": least == 0 and 0 in downs and 0 in worse,
    }
    if words and not any(holds for word, holds in right.items() if word in verdict):
        yield f"the verdict is {verdict}: open {least} to {most}, down {downs}, degraded {worse}"


def card_faults(said: Said, window: Window, card: dict[str, Any]) -> Iterator[str]:
    name = card["id"]
    words = said.incidents[name].within(window)
    if (card["state"], card["severity"]) not in {(word["state"], word["severity"]) for word in words}:
        yield f"{name} is shown {card['state']}, {card['severity']}; said was {[word['state'] for word in words]}"
    counts = {len(word["members"]) + word["left_out"] for word in words}
    if not any(re.search(rf"\b{count} anomal", card["more"]) for count in counts):
        yield f"{name} is shown as {card['more']}, said were {counts} members"
    causes = [cause for cause in said.causes[name].within(window) if cause] + said.cited[name]
    named = {(cause["kind"].replace("_", " "), cause["element"]) for cause in causes}
    if causes and (card["kind"].lower(), card["where"]) not in named:
        firsts = {word["members"][0]["anomaly"]["element"] for word in words}
        if said.causes[name].before(window[0]) or card["where"] not in firsts:
            yield f"{name} is put down to {card['kind']} on {card['where']}, said was {named}"
    sure = re.search(r"([\d.]+) % sure", card["more"])
    if sure and not any(shows(sure[1], 100 * cause["confidence"]) for cause in causes):
        yield f"{name} is shown {sure[0]}, said was {[cause['confidence'] for cause in causes]}"


def line_faults(said: Said, window: Window, read: dict[str, Any]) -> Iterator[str]:
    heard = Counter(line for at, line in said.lines if at <= window[1])
    begun = min((line[0] for _, line in said.lines), default="")
    shown = Counter(tuple(row) for row in read["rows"] if row[0] >= begun)
    for line, times in (shown - heard).items():
        yield f"shown {times} times too often: {line}"
    # Each service has a stream of its own: its lines come in their order, those of two services in any.
    oldest: dict[str, str] = {}
    for at, _, service, *_ in read["rows"]:
        oldest[service] = min(at, oldest.get(service, at))
    settled = min(map(instant, oldest.values()), default=0.0) + OUT_OF_ORDER
    due = Counter(
        line
        for at, line in said.lines
        if at <= window[0] and (line[0] > oldest[line[2]] if line[2] in oldest else instant(line[0]) > settled)
    )
    for line, times in (due - shown).items():
        yield f"said {heard[line]} times and shown {heard[line] - times} times: {line}"


def the_end_is_the_same(system: Running, page: Page, bus: Listener) -> None:
    """When all is quiet, the last word on each incident and action is what is shown, and the scorecard is REST's."""
    page.wait_for_timeout(1000 * FRESH)
    said = Said(bus.received)
    now = time.monotonic()
    assert list(overview_faults(said, (now, now), page.evaluate(OVERVIEW))) == []
    name = next(name for name, actions in reversed(said.actions.items()) if "verified" in actions.values())
    page.goto(f"{page.url.split('#')[0]}#/incident/{name}")
    page.wait_for_selector(".story .done")
    told = page.locator(".story .done").inner_text()
    assert [word in told for word in said.actions[name].values()] == [True] * len(said.actions[name])
    page.goto(f"{page.url.split('#')[0]}#/score")
    page.wait_for_timeout(6000)
    tiles = dict(zip(*[iter(page.locator(".tile :is(.name, strong)").all_inner_texts())] * 2, strict=True))
    report: dict[str, Any] = system.get("/api/scorecard")
    assert tiles["Repaired"] == share(report["repaired"] / report["faults"])
    assert tiles["Time to repair"] == f"{report['seconds']['repair']['p95']:.2f} s"
    assert int(tiles["Needless actions"]) == report["needless_actions"]
