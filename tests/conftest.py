"""What all tests share: the folders of systems stay once a test has failed; a machine may stand still for a moment."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from benchmarks.running import Running

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """Keep what was imported out of later collections, which would make a process of many tests stand still."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Keep what a test ran on that failed: the fixture that holds the system does not see the failure."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    Running.keep = Running.keep or report.failed
    return report  # type: ignore[return-value]
