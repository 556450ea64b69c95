"""Formats numbers for a person. `dashboard/core/format.js` has the same rules; `tests/units.json` tests both.

Rules
1. A number has a fixed number of decimals. If rounding would change it by more than 5 %, as 0.04 to 0.0, it has three
   significant digits instead. So only zero is written as zero.
2. A rate or a size has three significant digits and a suitable SI prefix: 64 kbit/s, 1.5 Mbit/s, 1 Tbit/s.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

SIGNIFICANT = 3
WRONG_AT_MOST = Decimal("0.05")
EXACT = Context(prec=400)
"""A decimal context with more digits than any float has, so that computations are exact."""
PREFIXES = ("", "k", "M", "G", "T", "P")
MEGA = 1e6


def figure(value: float, digits: int = 1) -> str:
    if not math.isfinite(value):
        return "-"
    exact = Decimal(value or 0.0)
    fixed = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, EXACT)
    if abs(fixed - exact) > WRONG_AT_MOST * abs(exact):
        return _plain(_significant(exact))
    return f"{fixed:f}"


def rate(mbits: float) -> str:
    return _prefixed(mbits * MEGA, "bit/s")


def size(count: float) -> str:
    return _prefixed(count, "B")


def rounded(value: float, digits: int) -> float:
    """Round a number to `digits` decimals, or to three significant digits if that is more precise."""
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
    if exact == 0:
        return exact
    return exact.quantize(Decimal(1).scaleb(exact.adjusted() - SIGNIFICANT + 1), ROUND_HALF_UP, EXACT)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
