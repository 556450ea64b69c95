"""Two hundred pages, twenty of which never read: memory of the gateway is bounded, and the others are on time."""

from __future__ import annotations

import pytest

from benchmarks.clients import measure
from benchmarks.rows import show

SECONDS = 42.0


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_two_hundred_pages_twenty_of_which_never_read() -> None:
    rows = measure(SECONDS)
    show("Many pages", rows)
    assert [str(row) for row in rows if not row.holds] == []
