"""Draws a recording as an SVG picture: its metrics, its score and its alarms. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from services.detector.core.novelty import ALARM_SCORE
from shared.domain.printable import printable

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

WIDTH, HEIGHT, MARGIN = 1200, 120, 24
"""Of one panel, and of the space around it, in pixels."""
MOST_METRICS = 12
"""That are drawn; the first ones."""
COLUMNS = 1_200
"""Of a curve: where more rows fall into one column, its least and its greatest value are drawn."""
STYLE = (
    "text{font:12px sans-serif;fill:#333}.frame{fill:none;stroke:#ccc}.metric{fill:none;stroke:#1f5fa8}"
    ".score{fill:none;stroke:#b05a00}.level{stroke:#999;stroke-dasharray:4}.alarm{stroke:#c00020}"
)


def picture(
    name: str, times: Sequence[str], metrics: Sequence[str], values: Numbers, scores: Numbers, alarms: Flags
) -> str:
    """`values`: (rows, metrics), NaN where a sample is missing; each metric fills its panel. `scores`: 0 to 1."""
    shown = metrics[:MOST_METRICS]
    panels = [_panel(place, title, values[:, place], "metric", alarms) for place, title in enumerate(shown)]
    scale = np.concatenate(([0.0, 1.0], scores))
    panels.append(_panel(len(shown), "score", scores, "score", alarms, scale))
    height = len(panels) * (HEIGHT + MARGIN) + 2 * MARGIN
    left_out = f", {len(shown)} of {len(metrics)} metrics shown" if len(shown) < len(metrics) else ""
    span = f", {times[0]} to {times[-1]}" if times else ""
    title = f"{name}{span}: {len(times)} rows, {int(alarms.sum())} alarms{left_out}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 2 * MARGIN}" height="{height}">'
        f'<style>{STYLE}</style><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="{MARGIN}" y="{MARGIN - 6}">{_text(title)}</text>{"".join(panels)}</svg>\n'
    )


def _panel(place: int, title: str, values: Numbers, kind: str, alarms: Flags, scale: Numbers | None = None) -> str:
    top = MARGIN + place * (HEIGHT + MARGIN) + 16
    known = values if scale is None else scale
    known = known[~np.isnan(known)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    marks = "".join(
        f'<line class="alarm" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{HEIGHT}"/>'
        for x in _across(np.flatnonzero(alarms), len(alarms))
    )
    at = f"{HEIGHT * (1 - ALARM_SCORE):g}"
    level = f'<line class="level" x1="0" x2="{WIDTH}" y1="{at}" y2="{at}"/>'
    curves = "".join(f'<polyline class="{kind}" points="{points}"/>' for points in _curves(values, low, high))
    return (
        f'<g transform="translate({MARGIN},{top})"><rect class="frame" width="{WIDTH}" height="{HEIGHT}"/>'
        f"{marks}{level if kind == 'score' else ''}{curves}"
        f'<text x="4" y="-4">{_text(title)}: {low:g} to {high:g}</text></g>'
    )


def _curves(values: Numbers, low: float, high: float) -> list[str]:
    """Return the points of each part of a curve that has no gap."""
    rows = _outline(values)
    known = rows[~np.isnan(values[rows])]
    if not known.size:
        return []
    step = max(1, len(values) // COLUMNS) * 2
    parts = np.split(known, np.flatnonzero(np.diff(known) > step) + 1)
    height = (values - low) / (high - low) if high > low else np.full(len(values), 0.5)
    return [
        " ".join(
            f"{x:.1f},{HEIGHT * (1 - y):.1f}" for x, y in zip(_across(part, len(values)), height[part], strict=True)
        )
        for part in parts
    ]


def _outline(values: Numbers) -> NDArray[np.int64]:
    """Return the rows that are drawn: the least and the greatest of each column."""
    if len(values) <= 2 * COLUMNS:
        return np.arange(len(values))
    chosen: list[int] = []
    for rows in np.array_split(np.arange(len(values)), COLUMNS):
        known = rows[~np.isnan(values[rows])]
        if known.size:
            chosen += sorted({int(known[values[known].argmin()]), int(known[values[known].argmax()])})
    return np.array(chosen, np.int64)


def _across(rows: NDArray[np.int64], count: int) -> Numbers:
    return rows.astype(np.float64) * (WIDTH / max(count - 1, 1))


def _text(text: str) -> str:
    return escape(printable(text))
