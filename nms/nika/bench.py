"""Runs cases one after another and writes a result of each. One laboratory exists at a time.

A case that cannot be begun is void, and the others go on: a published file has cases of networks that this laboratory
cannot build.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from network.lab.plan import LabPlan
from nms.backtest.text_files import written
from nms.nika.cases import NikaCase, find_scenario, scenario_files
from nms.nika.course import Course, CourseKind
from nms.nika.limits import CaseLimits
from nms.nika.mapping import Translation, pairs_of
from nms.nika.parts import Arena
from nms.nika.rehearsal import REHEARSAL, rehearsal_table
from nms.nika.resources import refusal_of, resources_of
from nms.nika.results import (
    REPORT,
    answer_of,
    notes_body,
    read_json,
    read_results,
    result_body,
    write_json,
    write_result,
)
from nms.nika.runner import CaseRecord, CaseRun
from nms.nika.summary import markdown_of, summary_of
from shared.domain.errors import NmsError, SettingError


@dataclass(frozen=True)
class BenchRequest:
    """`scenarios`: the folder of scenario files. `resume`: leave out cases that have a result."""

    cases: Sequence[NikaCase]
    scenarios: Path
    out: Path
    kind: CourseKind
    resume: bool = False
    limits: CaseLimits | None = None

    def file_of(self, case: NikaCase) -> Path:
        """The file that exists only if the case is done."""
        folder = self.out / REHEARSAL if self.kind is CourseKind.REHEARSAL else self.out
        return folder / f"{case.id}.json"


async def run_cases(request: BenchRequest, arena: Arena, each: Callable[[CaseRecord], None]) -> None:
    """Run the cases and write their results. Raises SettingError before anything is built, or DiskFull."""
    if not any(find_scenario(case, request.scenarios) for case in request.cases):
        wanted = scenario_files(request.cases[0])
        raise SettingError(
            f"--scenarios {request.scenarios}: it has no scenario of these cases, such as {' or '.join(wanted)}: "
            "name the folder that has them"
        )
    for case in request.cases:
        if request.resume and request.file_of(case).is_file():
            continue
        record, plan = await _run(case, request, arena)
        _write(request, record, plan)
        each(record)


async def ended_by_sigterm(work: Coroutine[None, None, None]) -> None:
    """Do the work; SIGTERM cancels it as Ctrl-C does, so that no laboratory is left. Raises CancelledError then."""
    task = asyncio.ensure_future(work)
    with suppress(NotImplementedError):  # an event loop without signals
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await task


async def _run(case: NikaCase, request: BenchRequest, arena: Arena) -> tuple[CaseRecord, LabPlan | None]:
    course = Course(request.kind, case.healthy)
    file = find_scenario(case, request.scenarios)
    if file is None:
        names = " or ".join(scenario_files(case))
        return CaseRecord(
            case, course, not_begun=f"no scenario file {names}: this laboratory has no such network"
        ), None
    try:
        plan = arena.plan(case, file)
        if refusal := refusal_of(case.truth, resources_of(plan)):
            return CaseRecord(case, course, not_begun=f"the case does not fit its scenario: {refusal}"), plan
        loop = arena.loop(case, plan) if arena.loop else None
        laboratory = arena.laboratory(case, plan)
    except NmsError as error:
        return CaseRecord(case, course, not_begun=str(error)), None
    return await CaseRun(case, course, laboratory, loop, request.limits).run(), plan


def _write(request: BenchRequest, record: CaseRecord, plan: LabPlan | None) -> None:
    translation, refusal = Translation(()), ""
    if plan is not None:
        translation = pairs_of(plan, record.watched.verdict.causes)
        refusal = refusal_of(translation.pairs, resources_of(plan))
    answer = answer_of(record, translation, refusal)
    file = find_scenario(record.case, request.scenarios)
    notes = notes_body(record, file.name if file else "", answer, translation, refusal)
    if request.kind is CourseKind.REHEARSAL:
        write_json(request.file_of(record.case), {**notes, "void": record.void or None})
    else:
        write_result(request.out, result_body(record, answer), notes)


def write_rehearsal(request: BenchRequest) -> str:
    """Sum up the rehearsals of the requested cases; return the Markdown. Raises SettingError or DiskFull."""
    text = rehearsal_table([read_json(request.file_of(case)) for case in request.cases])
    with written(request.out / f"{REHEARSAL}.md") as output:
        output.write(text)
    return text


def write_summary(out: Path) -> str:
    """Sum up all results of a folder; return the Markdown. Raises SettingError or DiskFull."""
    files = read_results(out)
    text = markdown_of(files)
    write_json(out / REPORT / "summary.json", summary_of(files))
    with written(out / REPORT / "summary.md") as output:
        output.write(text)
    return text
