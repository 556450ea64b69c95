"""How far confidences can be believed: the calibration error, and the reliability diagram as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.rca.core.confidence import Calibration

BINS = 10
SIDE, MARGIN = 320, 48
"""Pixels of the diagram."""


@dataclass(frozen=True)
class Claim:
    """A confidence, whether it came true, and what it counts."""

    confidence: float
    right: bool
    share: float = 1.0


@dataclass(frozen=True)
class Bin:
    """The claims of a tenth: the mean confidence, the share that came true, and what they count together."""

    confidence: float
    right: float
    count: float


def bins(claims: Sequence[Claim]) -> list[Bin]:
    sorted_: list[list[Claim]] = [[] for _ in range(BINS)]
    for claim in claims:
        sorted_[min(int(claim.confidence * BINS), BINS - 1)].append(claim)
    return [_bin(group) for group in sorted_ if group]


def _bin(group: Sequence[Claim]) -> Bin:
    count = sum(claim.share for claim in group)
    confidence = sum(claim.confidence * claim.share for claim in group) / count
    return Bin(confidence, sum(claim.share for claim in group if claim.right) / count, count)


def expected_error(claims: Sequence[Claim]) -> float:
    """Return the expected calibration error (Naeini et al., 2015): the mean gap between confidence and truth."""
    found = bins(claims)
    return sum(each.count * abs(each.confidence - each.right) for each in found) / sum(each.count for each in found)


def as_source(calibration: Calibration) -> str:
    """Return the expression that makes a calibration, for a module that is written."""
    fields = (f"    {name}={getattr(calibration, name)},\n" for name in ("fits", "confidences", "pairs"))
    return f"Calibration(\n{''.join(fields)})\n"


def diagram(claims: Sequence[Claim], title: str) -> str:
    found = bins(claims)
    whole = sum(each.count for each in found)

    def x(share: float) -> float:
        return round(MARGIN + share * SIDE, 1)

    def y(share: float) -> float:
        return round(MARGIN + (1 - share) * SIDE, 1)

    marks = [
        f'<circle cx="{x(each.confidence)}" cy="{y(each.right)}" r="{round(4 + 14 * (each.count / whole) ** 0.5, 1)}" '
        f'fill="#2f81f7" fill-opacity="0.7"><title>{each.count:.0f} incidents: confidence {each.confidence:.2f}, '
        f"right {each.right:.2f}</title></circle>"
        for each in found
    ]
    ticks = [
        f'<text x="{x(tick / 5)}" y="{y(0) + 18}" text-anchor="middle">{tick / 5:.1f}</text>'
        f'<text x="{x(0) - 8}" y="{y(tick / 5) + 4}" text-anchor="end">{tick / 5:.1f}</text>'
        for tick in range(6)
    ]
    wide, high = SIDE + 2 * MARGIN, SIDE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="12">',
        f'<rect width="{wide}" height="{high}" fill="#ffffff"/>',
        f'<text x="{wide / 2}" y="22" text-anchor="middle" font-size="13">{title}</text>',
        f'<path d="M{x(0)} {y(1)}V{y(0)}H{x(1)}" fill="none" stroke="#57606a"/>',
        f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="#8c959f" stroke-dasharray="4 4"/>',
        *ticks,
        *marks,
        f'<text x="{wide / 2}" y="{high - 8}" text-anchor="middle">confidence</text>',
        f'<text x="14" y="{high / 2}" text-anchor="middle" transform="rotate(-90 14 {high / 2})">share right</text>',
        "</svg>\n",
    ]
    return "\n".join(parts)
