"""A system of a test or a benchmark keeps its folder only after a failure."""

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
    """A process that waits until it is stopped, and ends with a given code."""

    def __init__(self, code: int = 0) -> None:
        super().__init__()
        self._command = [sys.executable, "-c", STANDS_IN.format(code=code)]

    def _ready(self) -> bool:
        return "up" in self.log.read_text()


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ignore earlier failures of this session; folders are kept where pytest removes them."""
    monkeypatch.setattr(Running, "keep", False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_clean_end_removes_the_folder(capfd: pytest.CaptureFixture[str]) -> None:
    with Quick() as system:
        assert system.folder.exists()
    assert not system.folder.exists()
    assert capfd.readouterr().err == ""


def test_a_failure_keeps_the_folder_and_prints_its_path(capfd: pytest.CaptureFixture[str]) -> None:
    system = Quick()
    with pytest.raises(ZeroDivisionError), system:
        raise ZeroDivisionError
    assert system.log.read_text() == "up\n"
    assert str(system.folder) in capfd.readouterr().err


def test_a_bad_exit_code_keeps_the_folder(capfd: pytest.CaptureFixture[str]) -> None:
    with Quick(code=1) as system:
        pass
    assert system.folder.exists()
    assert str(system.folder) in capfd.readouterr().err


def test_a_failed_test_of_the_same_session_keeps_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    with Quick() as system:
        monkeypatch.setattr(Running, "keep", True)
    assert system.folder.exists()
