"""The format of figures, rates and sizes; `tests/browser/test_core.py` tests the page with the same table."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.units import figure, rate, rounded, size

CASES: dict[str, list[list[Any]]] = json.loads((Path(__file__).parents[1] / "units.json").read_text())


@pytest.mark.parametrize(("mbits", "text"), CASES["rate"])
def test_a_rate_has_three_digits_and_a_suitable_prefix(mbits: float, text: str) -> None:
    assert rate(mbits) == text


@pytest.mark.parametrize(("value", "digits", "text"), CASES["figure"])
def test_a_figure_has_enough_digits(value: float, digits: int, text: str) -> None:
    assert figure(value, digits) == text


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 3))
def test_no_figure_is_wrong_by_more_than_a_twentieth(value: float, digits: int) -> None:
    for shown in (float(figure(value, digits)), rounded(value, digits)):
        assert math.isclose(shown, value, rel_tol=0.051, abs_tol=0)


def test_sizes_use_si_prefixes_and_no_number_is_a_dash() -> None:
    assert [size(count) for count in (0, 512, 1_536, 20_000_000)] == ["0 B", "512 B", "1.54 kB", "20 MB"]
    assert {figure(math.nan), rate(math.inf)} == {"-"}
