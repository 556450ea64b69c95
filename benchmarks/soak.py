"""The tests that take long by nature: every test marked `soak`, one after the other, each with outcome and seconds.

python -m benchmarks.soak [-k EXPRESSION]

The result is stored with its commit in `results/soak.json`, unless only a part was run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.rows import Row, exit_code, show, store
from benchmarks.running import ROOT

TITLE = "Soak"
SELECTED = ("-m", "soak", "-p", "no:xdist")
NOT_RUN = frozenset({2, 3, 4, 5})
"""Exit codes of pytest without a result for the tests: interrupted, internal error, misused, none selected."""


def rows_of(report: Path) -> list[Row]:
    """For each test of a JUnit report: 1 if it failed, else 0, None if skipped; and its seconds, for information."""
    cases = list(ElementTree.parse(report).iter("testcase"))
    rows = [Row("tests", float(len(cases)), 1, at_most=False)]
    for case in cases:
        name = f"{case.get('classname', '').rpartition('.')[2]}: {case.get('name', '')}"
        failed = case.find("failure") is not None or case.find("error") is not None
        rows.append(Row(name, None if case.find("skipped") is not None else float(failed), 0, unit="failed"))
        rows.append(Row(name, round(float(case.get("time", "0")), 1), unit="s"))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.splitlines()[0])
    parser.add_argument("-k", metavar="EXPRESSION", help="run only the tests whose names match, and store nothing")
    only: str | None = parser.parse_args().k
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", *SELECTED, f"--junitxml={report}", *(("-k", only) if only else ())]
        ended = subprocess.run(command, cwd=ROOT, check=False)
        if ended.returncode in NOT_RUN:
            return ended.returncode
        rows = rows_of(report)
    show(TITLE, rows)
    if not only:
        store("soak", rows)
    return exit_code(rows)


if __name__ == "__main__":
    sys.exit(main())
