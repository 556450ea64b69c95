"""The command `nms backtest diagnose`: rank the causes of recorded outages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nms.commands.shape import RUN, add
from nms.terminal import remark, say
from shared.domain.errors import SettingError
from shared.domain.printable import printable

if TYPE_CHECKING:
    from nms.backtest.diagnose import CaseResult

EXAMPLES = ("nms backtest diagnose --out answers outages/monday", "nms backtest diagnose --out answers outages/*")


def diagnose(
    cases: Annotated[
        list[Path], typer.Argument(metavar="CASE...", help="Folders with case.json, topology.csv, metrics.csv.gz.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where CASE.json is written for each case.")],
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Rank the causes of recorded outages by their metrics and by who depends on whom.

    A case that cannot be read is reported; the others are diagnosed, and the exit code is 2.
    """
    from nms.backtest.diagnose import diagnose_cases

    failures: list[SettingError] = []

    def each(result: CaseResult) -> None:
        if not quiet:
            say(printable(result.sentence()))

    def failed(error: SettingError) -> None:
        failures.append(error)
        remark(str(error))

    diagnose_cases(cases, out, each, failed)
    if failures:
        done = len(cases) - len(failures)
        raise SettingError(
            f"{len(failures)} of {len(cases)} cases cannot be read, {done} are diagnosed: mend the others"
        )


def register(group: typer.Typer) -> None:
    add(group, diagnose, RUN, EXAMPLES)
