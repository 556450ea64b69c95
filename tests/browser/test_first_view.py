"""The requests and bytes of a first visit, the vendored files, and the rules for modules and styles."""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import DASHBOARD, Opener

MOST_REQUESTS = 40
MOST_BYTES = 400_000
VENDOR = DASHBOARD / "vendor"
PAGES = ("index", "docs")
ROW = re.compile(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", re.MULTILINE)
LONGEST_MODULE = 300


SELDOM = "const every = setInterval; window.setInterval = (act, ms) => every(act, ms < 1000 ? ms : 100 * ms);"
"""Slows polling down, so that it does not count as part of the first view on a slow machine."""


def test_the_first_view_is_within_its_budget(open_page: Opener) -> None:
    page, watch = open_page(before=lambda page: page.add_init_script(SELDOM))
    page.wait_for_selector(".averages canvas")
    page.wait_for_selector("#brief li")
    paths = [urlsplit(url).path for url in watch.requests]
    size = sum(len(gzip.compress(file.read_bytes())) for path in set(paths) if (file := _file(path)) is not None)
    assert len(watch.requests) + 1 <= MOST_REQUESTS, f"{len(watch.requests)} requests and the WebSocket: {paths}"
    assert size <= MOST_BYTES
    assert len(paths) == len(set(paths)), "something was requested twice"


def test_the_first_view_preloads_all_its_modules(open_page: Opener) -> None:
    named = set(re.findall(r'rel="modulepreload" href="([^"]+)"', (DASHBOARD / "index.html").read_text()))
    page, watch = open_page()
    page.wait_for_selector(".averages canvas")
    loaded = {urlsplit(url).path for url in watch.requests if url.endswith(".js")}
    assert loaded == named | {"/assets/app.js"}, "the list of modulepreload in index.html is not what is loaded"


def test_both_pages_have_the_same_inline_icon() -> None:
    icons = {re.search(r'rel="icon" href="data:[^"]+"', (DASHBOARD / f"{name}.html").read_text()) for name in PAGES}
    assert None not in icons
    assert len({icon[0] for icon in icons if icon}) == 1


def _file(path: str) -> Path | None:
    if path == "/":
        return DASHBOARD / "index.html"
    return DASHBOARD / path.removeprefix("/assets/") if path.startswith("/assets/") else None


def test_each_vendored_file_has_its_checksum() -> None:
    sums = dict(ROW.findall((VENDOR / "README.md").read_text()))
    files = {str(file.relative_to(VENDOR)): file for file in VENDOR.rglob("*") if file.is_file()}
    files.pop("README.md")
    assert sums == {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items()}


def test_each_library_has_its_licence_and_version() -> None:
    table = (VENDOR / "README.md").read_text()
    libraries = [folder for folder in VENDOR.iterdir() if folder.is_dir()]
    assert libraries
    for folder in libraries:
        assert (folder / "LICENSE").is_file()
        assert re.search(rf"\| \d+\.\d+\.\d+ \| [\w.-]+ \| `{folder.name}/`", table), f"{folder.name} has no row"


def test_modules_are_short_and_begin_with_a_description() -> None:
    ours = [file for file in sorted(DASHBOARD.rglob("*.js")) if VENDOR not in file.parents]
    lines = {str(file.relative_to(DASHBOARD)): file.read_text().splitlines() for file in ours}
    description = re.compile(r"// .*[.:]\s*")
    assert {name: len(text) for name, text in lines.items() if len(text) > LONGEST_MODULE} == {}
    assert lines
    assert [name for name, text in lines.items() if not any(map(description.fullmatch, text[:4]))] == []


def test_colours_are_defined_in_one_file_only() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![^\"'`]*(?:/|<))")
    for sheet in ("base.css", "panels.css", "docs.css"):
        assert colour.findall((DASHBOARD / "style" / sheet).read_text()) == [], f"{sheet} defines a colour"


def test_types_are_correct() -> None:
    checker = _type_checker()
    if checker is None:
        pytest.skip("TypeScript is not installed here: `npm install --global typescript` brings tsc, as .ci/run does")
    done = subprocess.run([*checker, "-p", DASHBOARD], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def _type_checker() -> list[str] | None:
    if found := shutil.which("tsc"):
        return [found]
    npx = shutil.which("npx")
    if npx is None:
        return None
    try:
        probe = subprocess.run([npx, "--no-install", "tsc", "--version"], capture_output=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return None
    return [npx, "--no-install", "tsc"] if probe.returncode == 0 and b"Version" in probe.stdout else None
