"""What all tests share: the folders of systems stay once a test has failed; a machine may stand still for a moment."""

from __future__ import annotations

# ruff: noqa: E402
from shared.platform.own_catalogue import add_from_environment

add_from_environment()

import gc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from benchmarks.running import Running

SHARE_A_SYSTEM = ("browser", "contract", "docs")
"""Folders whose tests share one running system: in several workers it would run several times at once."""
WITH_THE_BROWSER = ("tests/system/test_compose.py", "tests/contract/test_two_browsers.py")
"""Files that stay with the browser's worker: an engine of containers that starts or ends changes the interfaces of the
machine, upon which a browser breaks off every request that is under way (ERR_NETWORK_CHANGED)."""
LONGEST_FIRST = ("browser", "contract", "system", "docs")

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """Keep what was imported out of later collections, which would make a process of many tests stand still."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders that take longest; the order within a folder stays."""
    apart = [item for item in items if item.get_closest_marker("docker") or item.get_closest_marker("browser")]
    stray = sorted({item.nodeid.partition("::")[0] for item in apart if _group(item.nodeid) != "browser"})
    if stray:
        raise pytest.UsageError(f"containers or a browser beside other browsers: name in WITH_THE_BROWSER {stray}")
    items.sort(key=lambda item: _rank(_group(item.nodeid)))


class ByRunningSystem(LoadScopeScheduling):
    """Deals the tests out to workers: a folder that shares a running system stays with one, all else goes by file."""

    def _split_scope(self, nodeid: str) -> str:  # the method that this class is made to have overridden
        return _group(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByRunningSystem:
    return ByRunningSystem(config, log)


def _group(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    if file in WITH_THE_BROWSER:
        return "browser"
    folder = file.split("/")[1]
    return folder if folder in SHARE_A_SYSTEM else file


def _rank(group: str) -> int:
    folder = group.split("/")[1] if "/" in group else group
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Keep what a test ran on that failed: the fixture that holds the system does not see the failure."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    Running.keep = Running.keep or report.failed
    return report  # type: ignore[return-value]
