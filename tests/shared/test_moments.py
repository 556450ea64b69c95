"""Times: a displayed time is parsed to the same second, and an invalid one is refused with examples."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.moments import EARLIEST, LATEST, SHORT, clock, instant, iso, moment, span

NOW = instant("2026-11-29T00:00:30Z")


@given(st.floats(EARLIEST, LATEST))
def test_a_displayed_time_can_be_entered_again(at: float) -> None:
    assert 0 <= at - moment(clock(at), NOW) <= 1.0
    assert moment(iso(at // 1), NOW) == at // 1
    assert clock(iso(at // 1)) == clock(at)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2026-11-28T14:03:07Z", "2026-11-28T14:03:07Z"),
        ("2026-11-28t14:03:07z", "2026-11-28T14:03:07Z"),
        ("2026-11-28T14:03:07.250Z", "2026-11-28T14:03:07.250Z"),
        ("2026-11-28 14:03", "2026-11-28T14:03:00Z"),
        ("2026-11-28T14:03:07+01:30", "2026-11-28T12:33:07Z"),
        ("20261128T140307Z", "2026-11-28T14:03:07Z"),
        ("2026-11-28", "2026-11-28T00:00:00Z"),
        ("23:59:59Z", "2026-11-28T23:59:59Z"),
        ("00:01Z", "2026-11-29T00:01:00Z"),
        ("00:02", "2026-11-28T00:02:00Z"),
        ("01:00+01:00", "2026-11-29T00:00:00Z"),
        ("10m", "2026-11-28T23:50:30Z"),
        ("1.5h", "2026-11-28T22:30:30Z"),
        ("500ms", "2026-11-29T00:00:29.500Z"),
        ("999999999d", "0001-01-01T00:00:00Z"),
    ],
)
def test_a_time_from_a_person_is_parsed(text: str, means: str) -> None:
    assert moment(text, NOW) == instant(means)


@pytest.mark.parametrize(
    "text",
    ["", "noon", "now", "14", "60", "-5m", "٣m", "25:00", "2026-13-01", "2026-1-1", "0001-01-01T00:00+01:00",
     "2026-11-29T14:03:07 01:00", "2026-11-29T14:03:07Z\n", "\x1b[2J"],
)  # fmt: skip
def test_an_invalid_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"2026-01-31T12:00:00Z.* 10m for ten minutes ago; without a zone it is UTC"):
        moment(text, NOW)


@given(st.from_regex(SHORT, fullmatch=True))
@example("23:59:59,250Z")
@example("01:00+0130")
@example("12:00:00.5-23")
@example("1.5h")
def test_a_time_that_fits_the_published_pattern_is_accepted(text: str) -> None:
    assert re.search(SHORT, text)
    assert EARLIEST <= moment(text, NOW) <= LATEST


@given(st.from_regex(r"[0-9]{1,2}(:[0-9]{2}){1,2}([.,][0-9]{1,3})?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?", fullmatch=True))
def test_each_accepted_time_of_day_fits_the_published_pattern(text: str) -> None:
    with contextlib.suppress(ValueError):
        moment(text, NOW)
        assert re.search(SHORT, text) or text.startswith("24:00")


@given(st.text())
def test_any_text_is_a_time_or_is_refused(text: str) -> None:
    clock(text)
    try:
        assert EARLIEST <= moment(text, NOW) <= LATEST
    except ValueError as error:
        assert "is no time" in str(error)


def test_a_duration_is_in_seconds_or_has_a_unit() -> None:
    assert [span(text) for text in ("90", "0.5", "90s", "10m", "2h", "1d", "500ms")] == [
        90,
        0.5,
        90,
        600,
        7200,
        86400,
        0.5,
    ]
    for wrong in ("", "soon", "-1", "1e3", "inf", "10 m"):
        with pytest.raises(ValueError, match="as in 90s, 10m"):
            span(wrong)
