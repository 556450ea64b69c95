"""A row of a benchmark: the figure, its limit, and whether it holds."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results"
NOT_STORED = (
    "not stored: a figure is stored with its commit, and this tree has uncommitted changes; commit and measure again"
)


@dataclass(frozen=True)
class Row:
    """One figure beside its limit. `at_most`: the limit is an upper one. `limit` None: for information only."""

    what: str
    value: float | None
    limit: float | None = None
    at_most: bool = True
    unit: str = ""
    below: bool = False
    """The limit itself counts as missed."""

    @property
    def holds(self) -> bool:
        """Whether the figure keeps its limit; a missing figure does not."""
        if self.limit is None:
            return True
        if self.value is None:
            return False
        if self.below:
            return self.value < self.limit if self.at_most else self.value > self.limit
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def __str__(self) -> str:
        value = "-" if self.value is None else f"{self.value:,.3f}".rstrip("0").rstrip(".")
        sign = ("<" if self.at_most else ">") + ("" if self.below else "=")
        limit = "" if self.limit is None else f"{sign} {self.limit:g}"
        verdict = "" if self.limit is None else ("ok" if self.holds else "MISSED")
        return f"{self.what:<62} {value:>12} {self.unit:<8} {limit:>10}  {verdict}"


def commit(folder: Path = HERE) -> str | None:
    """Return the id of the measured commit; None without one, or if the tree has uncommitted changes.

    Stored results do not count as changes: the first of several benchmarks would spoil the others.
    """
    try:
        if _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ":/", f":(exclude){RESULTS.name}"):
            return None
        return _git(folder, "rev-parse", "--short=12", "HEAD") or None
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(folder: Path, *command: str) -> str:
    done = subprocess.run(["git", *command], capture_output=True, text=True, check=True, cwd=folder)
    return done.stdout.strip()


def show(title: str, rows: Sequence[Row]) -> None:
    print(f"\n{title}")
    for row in rows:
        print(f"  {row}")
    sys.stdout.flush()


def store(name: str, rows: Sequence[Row], folder: Path = RESULTS) -> Path | None:
    """Write the rows with the commit's id and the machine, and print the path; skipped without a commit."""
    measured = commit(folder.parent)
    if measured is None:
        print(f"\n{NOT_STORED}")
        return None
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.json"
    body = {
        "commit": measured,
        "measured": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "machine": {"system": platform.platform(), "python": platform.python_version()},
        "rows": [asdict(row) | {"holds": row.holds} for row in rows],
    }
    path.write_text(json.dumps(body, indent=1) + "\n")
    print(f"\nstored in {path}")
    return path


def finish(title: str, name: str, rows: Sequence[Row]) -> int:
    show(title, rows)
    store(name, rows)
    return exit_code(rows)


def exit_code(rows: Sequence[Row]) -> int:
    """Return 0 if every row holds, else 1."""
    return 0 if all(row.holds for row in rows) else 1
