"""With a sample every five seconds the page is live between two samples, and its charts have no gaps."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.running import Running
from shared.domain.config import Desired
from shared.domain.instant import instant
from shared.recordings.choices import Family
from tests.browser.conftest import Opener
from tests.nms.recording.build import simulated

INTERVAL = 5.0
SECONDS = 300.0
WATCHED = 13.0
QUIET = Desired(running=False)


@pytest.fixture
def seldom(tmp_path: Path) -> Path:
    return simulated(tmp_path / "r", SECONDS, desired=QUIET, families=(Family.TELEMETRY,), interval=INTERVAL)


def test_the_page_is_live_between_two_samples(seldom: Path, open_page: Opener) -> None:
    with Running("--network", f"replay:{seldom}", desired=QUIET) as system:
        page, _ = open_page("#/node/server-1", url=system.url)
        fresh, until = set(), time.monotonic() + WATCHED
        while time.monotonic() < until:
            fresh.add(page.evaluate("document.body.dataset.link"))
            page.wait_for_timeout(100)
        assert fresh == {"live"}
        page.wait_for_selector("figure .plot")
        system.wait("three samples", lambda: system.get("/api/status")["network_state"] == "stable", 2 * INTERVAL)
        history = system.get("/api/metrics/history?node=server-1&metric=cpu_usage")
        times = [instant(point["at"]) for point in history["points"]]  # type: ignore[attr-defined]
        assert len(times) >= 2
        assert all((later - earlier) % INTERVAL == 0 for earlier, later in pairwise(times))
        page.goto("about:blank")
