"""The stored result of a soak has the outcome of each test; failed and skipped tests are no success."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.soak import rows_of

TESTS = """
import pytest

def test_good():
    pass

def test_bad():
    assert False

@pytest.mark.skip
def test_left_out():
    pass

@pytest.fixture
def broken():
    raise OSError

def test_broken(broken):
    pass
"""


def test_each_test_has_an_outcome_and_its_seconds(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--junitxml=report.xml", "test_some.py"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    rows = rows_of(tmp_path / "report.xml")
    assert rows[0].value == 4
    assert {row.what: (row.value, row.holds) for row in rows if row.unit == "failed"} == {
        "test_some: test_good": (0.0, True),
        "test_some: test_bad": (1.0, False),
        "test_some: test_left_out": (None, False),
        "test_some: test_broken": (1.0, False),
    }
    assert len([row for row in rows if row.unit == "s" and row.value is not None]) == 4


def test_a_soak_without_tests_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text("<testsuites><testsuite/></testsuites>")
    assert [row.holds for row in rows_of(tmp_path / "report.xml")] == [False]
