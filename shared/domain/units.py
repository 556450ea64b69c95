"""How figures are written for a person.

`dashboard/core/format.js` has the same rules; `tests/units.json` holds for both.

Rules
1. A figure has fixed digits. Where these would make it wrong by more than a twentieth (0.04 as 0.0) it has three
   significant ones. So nothing but zero is written as zero.
2. A rate or a size has three significant digits and the SI prefix that fits: 64 kbit/s, 1.5 Mbit/s, 1 Tbit/s.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

SIGNIFICANT = 3
WRONG_AT_MOST = Decimal("0.05")
EXACT = Context(prec=400)
"""As many digits as the largest float has, and more."""
PREFIXES = ("", "k", "M", "G", "T", "P")
MEGA = 1e6


def figure(value: float, digits: int = 1) -> str:
    """Return a figure with fixed digits, or with three significant ones where these would hide it."""
    if not math.isfinite(value):
        return "-"
    exact = Decimal(value or 0.0)
    fixed = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, EXACT)
    if abs(fixed - exact) > WRONG_AT_MOST * abs(exact):
        return _plain(_significant(exact))
    return f"{fixed:f}"


def rate(mbits: float) -> str:
    """Return a rate that is given in Mbit/s: "64 kbit/s", "1.5 Mbit/s", "1 Tbit/s"."""
    return _prefixed(mbits * MEGA, "bit/s")


def size(count: float) -> str:
    """Return a size that is given in bytes: "512 B", "1.5 MB"."""
    return _prefixed(count, "B")


def rounded(value: float, digits: int) -> float:
    """Return a value with so many decimals, or with three significant digits where that is more."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, max(digits, SIGNIFICANT - 1 - math.floor(math.log10(abs(value)))))


def _prefixed(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return "-"
    short = _significant(Decimal(value))
    power = 0 if short == 0 else min(max((short.adjusted()) // 3, 0), len(PREFIXES) - 1)
    return f"{_plain(short.scaleb(-3 * power))} {PREFIXES[power]}{unit}"


def _significant(exact: Decimal) -> Decimal:
    """Return a number with three significant digits."""
    if exact == 0:
        return exact
    return exact.quantize(Decimal(1).scaleb(exact.adjusted() - SIGNIFICANT + 1), ROUND_HALF_UP, EXACT)


def _plain(number: Decimal) -> str:
    """Return a number without exponent and without zeros at its end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
