"""`python -m nms.nika.report FOLDER [PAGE]`: sums up a run, prints it, and puts it into a page, under Results.

Every case that is not fully right has to be explained in the section Misses of the page, in a line that begins with its
id; what is missing there is listed on stderr, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from nms.backtest.text_files import written
from nms.nika.bench import write_summary
from nms.nika.results import REPORT, read_json
from nms.terminal import complain, remark, write_text
from shared.domain.errors import NmsError, SettingError

RESULTS, MISSES = "## Results\n", "## Misses\n"
NEXT = re.compile(r"^## ", re.MULTILINE)


def with_results(page: str, results: str) -> str:
    """Return the page with these results in place of the old ones. Raises SettingError."""
    before, found, after = page.partition(RESULTS)
    if not found:
        raise SettingError(f"the page has no heading {RESULTS.strip()!r}: add it where the results belong")
    next_heading = NEXT.search(after)
    rest = after[next_heading.start() :] if next_heading else ""
    return f"{before}{RESULTS}\n{results.strip()}\n{rest and chr(10)}{rest}"


def unexplained(page: str, missed: Sequence[str]) -> list[str]:
    """Return the ids that no line of the section Misses begins with."""
    section = NEXT.split(page.partition(MISSES)[2])[0]
    return [one for one in missed if not re.search(rf"^[|\-* ]*`?{re.escape(one)}`?\b", section, re.MULTILINE)]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m nms.nika.report", description="Sums up a run and prints it.")
    parser.add_argument("folder", type=Path, help="the folder of --out")
    parser.add_argument("page", type=Path, nargs="?", help="a page with a section Results, which gets the figures")
    given = parser.parse_args(arguments)
    folder, pages = given.folder, [given.page] if given.page else []
    try:
        text = write_summary(folder)
        write_text(text)
        return _into(pages[0], text, folder) if pages else 0
    except NmsError as error:
        complain(str(error), "", error.exit_code, False)
        return error.exit_code


def _into(page: Path, results: str, folder: Path) -> int:
    try:
        old = page.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingError(f"{page}: cannot be read ({error.strerror}): name the page of the benchmark") from None
    with written(page) as output:
        output.write(with_results(old, results))
    missing = unexplained(old, read_json(folder / REPORT / "summary.json")["missed"])
    for one in missing:
        remark(f"{one} is not fully right: explain it in the section Misses of {page}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
