"""The command `nms bench nika`: run cases of the benchmark NIKA and score what the product answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nms.commands.shape import RUN, add
from nms.terminal import remark, say, write_text
from shared.domain.errors import SettingError
from shared.domain.printable import printable

if TYPE_CHECKING:
    from nms.nika.cases import NikaCase
    from nms.nika.runner import CaseRecord

EXAMPLES = (
    "nms bench nika dev.yaml --out nika",
    "nms bench nika dev.yaml --out nika-cold --cold --resume",
    "nms bench nika dev.yaml --out nika --rehearse --only dev-020 --only dev-024",
)


def nika(
    cases: Annotated[
        list[Path],
        typer.Argument(metavar="CASE.yaml...", help="Files with cases, as published, or with one case each."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where ID.json is written for each case.")],
    cold: Annotated[
        bool, typer.Option("--cold", help="Start NMS after the fault, so that it has not seen the healthy network.")
    ] = False,
    scenarios: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Files of the networks; else the folder scenarios beside the first case."),
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="ID", help="Run this case; give several.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Leave out cases that have a result in FOLDER.")] = False,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Only prove that each case can be run; NMS is not started.")
    ] = False,
    name: Annotated[str, typer.Option(help="Of the laboratory; what has this name is removed first.")] = "nika",
    subnet: Annotated[
        str | None, typer.Option(metavar="NETWORK", help="Management network of the laboratory; else 172.29.88.0/22.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Run cases of the benchmark NIKA on a laboratory of namespaces, and score what NMS answers.

    Each case builds its network, proves that it is healthy, injects one fault, proves it, and takes the final verdict
    and the repair of NMS. FOLDER/report/summary.md has the figures beside those of other agents. A case whose network
    or fault fails is void, with the reason, and counts nowhere. The laboratory needs root.
    """
    import asyncio

    from nms.nika.bench import BenchRequest, ended_by_sigterm, run_cases, write_rehearsal, write_summary
    from nms.nika.cases import read_cases
    from nms.nika.course import CourseKind
    from nms.nika.wiring import arena, choice_of

    if cold and rehearse:
        raise SettingError("--cold says when NMS starts, and --rehearse does not start it: give one of them")
    kind = CourseKind.REHEARSAL if rehearse else CourseKind.COLD if cold else CourseKind.WARM
    chosen = _chosen(read_cases(cases), only or [])
    folder = scenarios or cases[0].parent / "scenarios"
    request = BenchRequest(chosen, folder, out, kind, resume)

    def each(record: CaseRecord) -> None:
        if record.void:
            remark(f"{record.case.id}: void: {record.void}")
        elif not quiet:
            say(printable(f"{record.case.id}: done"))

    chosen_arena = arena(kind, choice_of(name, subnet))
    try:
        asyncio.run(ended_by_sigterm(run_cases(request, chosen_arena, each)))
    except asyncio.CancelledError:
        raise typer.Abort from None
    text = write_rehearsal(request) if rehearse else write_summary(out)
    if not quiet:
        write_text(text)


def _chosen(cases: tuple[NikaCase, ...], only: list[str]) -> tuple[NikaCase, ...]:
    from shared.domain.near import near

    ids = [case.id for case in cases]
    for one in only:
        if one not in ids:
            meant = "".join(f"; did you mean {close}?" for close in near(one, ids)[:1])
            raise SettingError(f"--only {one}: no case has this id{meant}")
    return tuple(case for case in cases if not only or case.id in only)


def register(group: typer.Typer) -> None:
    add(group, nika, RUN, EXAMPLES)
