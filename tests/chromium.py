"""The browser of the tests: the Chromium that the machine has, kept from asking anybody else for anything.

Without a screen of its own where that is installed: it takes a third less of the processor for the same pages.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium(browsers: int = 1) -> Iterator[list[Browser]]:
    """Run some browsers, each a process of its own; while they live, no other test of this process can run a loop."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        running = [playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET)) for _ in range(browsers)]
        yield running
        for browser in running:
            with suppress(Error):  # it is gone already
                browser.close()
