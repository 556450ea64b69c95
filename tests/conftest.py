"""What all tests share: the folders of systems stay once a test has failed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.running import Running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Keep what a test ran on that failed: the fixture that holds the system does not see the failure."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    Running.keep = Running.keep or report.failed
    return report  # type: ignore[return-value]
