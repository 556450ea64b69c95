"""A system that was run for a test or a benchmark leaves its folder only where something failed."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from benchmarks.running import Running

STANDS_IN = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit({code}))
print("up", flush=True)
signal.pause()
"""


class Quick(Running):
    """A process that only waits to be stopped, and ends with a code."""

    def __init__(self, code: int = 0) -> None:
        super().__init__()
        self._command = [sys.executable, "-c", STANDS_IN.format(code=code)]

    def _ready(self) -> bool:
        return "up" in self.log.read_text()


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Forget what failed before in this session; what is left on purpose is left where pytest removes it."""
    monkeypatch.setattr(Running, "keep", False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_clean_end_leaves_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with Quick() as system:
        assert system.folder.exists()
    assert not system.folder.exists()
    assert capfd.readouterr().err == ""


def test_a_failure_leaves_the_folder_and_says_where(capfd: pytest.CaptureFixture[str]) -> None:
    system = Quick()
    with pytest.raises(ZeroDivisionError), system:
        raise ZeroDivisionError
    assert system.log.read_text() == "up\n"
    assert str(system.folder) in capfd.readouterr().err


def test_a_system_that_ends_badly_leaves_its_folder(capfd: pytest.CaptureFixture[str]) -> None:
    with Quick(code=1) as system:
        pass
    assert system.folder.exists()
    assert str(system.folder) in capfd.readouterr().err


def test_a_failed_test_of_the_same_session_leaves_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    with Quick() as system:
        monkeypatch.setattr(Running, "keep", True)
    assert system.folder.exists()
