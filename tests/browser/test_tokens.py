"""Text is readable on the lightest and the darkest background behind it; each state has an icon and a tone."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from shared.domain.kinds import ActionState, IncidentState, Level, NetworkState, NodeStatus, Severity
from tests.browser.conftest import DASHBOARD

Colour = tuple[float, float, float]
READABLE = 4.5
SEEN = 3.0
INKS = ("text", "dim", "accent", "good", "warn", "bad")
SHAPES = ("map-edge", "map-heat1", "map-heat2", "map-heat3", "line-1", "line-2", "line-3", "line-4", "line-5")
BEHIND = ("ground", "glow-1", "glow-2", "glow-3")
SHEETS = ("glass", "glass-strong", "glass-raised", "well")


def tokens(theme: str) -> dict[str, str]:
    sheet = (DASHBOARD / "style" / "tokens.css").read_text()
    dark, _, rest = sheet.partition("@media (prefers-color-scheme: light)")
    light = rest.partition("@media (prefers-reduced-transparency")[0]
    found = dict(re.findall(r"--([\w-]+):\s*([^;]+);", dark))
    return found | dict(re.findall(r"--([\w-]+):\s*([^;]+);", light)) if theme == "light" else found


def parsed(value: str) -> tuple[Colour, float]:
    if value.startswith("#"):
        return (int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)), 1.0
    found = re.fullmatch(r"rgb\((\d+) (\d+) (\d+) / ([\d.]+)\)", value)
    assert found, value
    red, green, blue, alpha = map(float, found.groups())
    return (red, green, blue), alpha


def over(sheet: str, ground: Colour) -> Colour:
    colour, alpha = parsed(sheet)
    red, green, blue = (alpha * top + (1 - alpha) * below for top, below in zip(colour, ground, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    parts = [part / 255 / 12.92 if part <= 10.31 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Colour, other: Colour) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_text_is_readable_on_every_surface(theme: str) -> None:
    values = tokens(theme)
    poor = {}
    for below in BEHIND:
        ground, _ = parsed(values[below])
        for sheet in SHEETS:
            surface = over(values[sheet], ground)
            for ink in INKS:
                ratio = contrast(parsed(values[ink])[0], surface)
                if ratio < READABLE:
                    poor[ink, sheet, below] = round(ratio, 2)
    assert poor == {}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_lines_are_visible_on_the_map_and_in_charts(theme: str) -> None:
    values = tokens(theme)
    ground = parsed(values["map-ground"])[0]
    ratios = {name: round(contrast(parsed(values[name])[0], ground), 2) for name in SHAPES}
    assert {name: ratio for name, ratio in ratios.items() if ratio < SEEN} == {}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_text_of_a_button_is_readable(theme: str) -> None:
    values = tokens(theme)
    assert contrast(parsed(values["accent-ink"])[0], parsed(values["accent"])[0]) >= READABLE
    assert contrast(parsed(values["map-mark"])[0], parsed(values["bad"])[0]) >= READABLE


def test_each_user_preference_has_a_rule() -> None:
    sheets = "".join(sheet.read_text() for sheet in (DASHBOARD / "style").glob("*.css"))
    for preference in (
        "prefers-color-scheme: light",
        "prefers-reduced-motion",
        "prefers-reduced-transparency",
        "prefers-contrast: more",
        "forced-colors: active",
    ):
        assert f"@media ({preference}" in sheets, preference


def test_only_the_header_has_a_blurred_background() -> None:
    panels = (DASHBOARD / "style" / "panels.css").read_text()
    base = (DASHBOARD / "style" / "base.css").read_text()
    assert "backdrop-filter" not in panels
    assert base.count("backdrop-filter") == 1


@pytest.mark.parametrize("states", [NodeStatus, NetworkState, IncidentState, Severity, Level, ActionState])
def test_each_state_has_an_icon_and_a_tone(states: type[StrEnum]) -> None:
    looks = (DASHBOARD / "ui.js").read_text().partition("const LOOKS = {")[2].partition("};")[0]
    shown = set(re.findall(r"^  (\w+): \[", looks, re.MULTILINE))
    assert {str(state) for state in states} <= shown
