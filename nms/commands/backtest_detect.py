"""The command `nms backtest detect`: score recordings of metrics, and show where an alarm would have been raised."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nms.commands.shape import RUN, add
from nms.limits import ONE_THREAD
from nms.terminal import progress, remark, say
from shared.domain.errors import SettingError

if TYPE_CHECKING:
    from nms.backtest.detect import FileScores

EXAMPLES = (
    "nms backtest detect --out scores cpu.csv",
    "nms backtest detect --out scores --root recordings --plot recordings/*/*.csv.gz",
    "nms backtest detect --out scores --warmup 2016 --warmup web-1=8640 web-1.csv web-2.csv",
)


def detect(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="CSV, plain or .gz: timestamp, then a column for each metric."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where NAME.csv is written for each file.")],
    root: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="NAME is the path below this folder; else the file's name alone."),
    ] = None,
    warmup: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]ROWS", help="Rows at the start that are known to be normal, of all files or of one."
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
    plot: Annotated[bool, typer.Option("--plot", help="Also write NAME.svg: metrics, score and alarms.")] = False,
) -> None:
    """Score recordings of metrics, and mark where an alarm would have been raised.

    Writes a row for each row: timestamp, score (0 to 1; an alarm is raised at 0.5) and anomaly (1 at an alarm, else 0).
    A score depends on earlier rows of the same file alone. A file that cannot be read is reported; the others are
    scored, and the exit code is 2.
    """
    # The matrices are small: a second thread of the linear algebra would only wait. It reads this when it is imported.
    for variable, threads in ONE_THREAD.items():
        os.environ.setdefault(variable, threads)
    from nms.backtest.detect import DetectRequest, detect_files
    from nms.show.columns import columns

    default, by_name = _warmup(warmup or [])
    request = DetectRequest(files, out, root, by_name, default, plot)
    done: list[FileScores] = []
    failures: list[SettingError] = []
    with progress("Files", 0 if quiet else len(files)) as count_one:

        def each(result: FileScores) -> None:
            done.append(result)
            count_one()

        def failed(error: SettingError) -> None:
            failures.append(error)
            remark(str(error))

        detect_files(request, each, failed)
    if not quiet:
        rows = [(one.name, one.rows, one.alarms, round(one.seconds, 2)) for one in done]
        say(columns(("file", "rows", "alarms", "seconds"), rows, "no file was scored"))
    if failures:
        raise SettingError(
            f"{len(failures)} of {len(files)} files cannot be read, {len(done)} are scored: mend the others"
        )


def _warmup(given: list[str]) -> tuple[int, dict[str, int]]:
    """Return the rows of all files, and those of single files by name. Raises SettingError."""
    default, by_name = 0, dict[str, int]()
    for text in given:
        name, sign, rows = text.rpartition("=")
        if not rows.isdecimal():
            raise SettingError(f"--warmup {text}: write a number of rows, or NAME=ROWS")
        if sign:
            by_name[name] = int(rows)
        else:
            default = int(rows)
    return default, by_name


def register(group: typer.Typer) -> None:
    add(group, detect, RUN, EXAMPLES)
