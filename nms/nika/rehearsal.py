"""What a rehearsal shows of each case: whether it can be run, and how long its parts take. Pure.

A rehearsal builds, proves the baseline, injects, proves the fault and its effect, undoes, and compares. Nothing detects
or repairs. Its files are in `FOLDER/rehearsal/`, and are no results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nms.nika.course import CoursePhase, PhaseEnd
from nms.nika.summary import DASH, table

REHEARSAL = "rehearsal"
HEAD = ("case", "scenario", "fault", "built s", "baseline s", "landed s", "symptom s", "cleared s", "void or remark")
P = CoursePhase
SHOWN = ((P.BUILD,), (P.BASELINE,), (P.INJECT, P.LAND), (P.SYMPTOM,), (P.UNDO, P.LEFT_OVER))
"""The phases of each column: their seconds are added."""


def rehearsal_table(notes: Sequence[Mapping[str, Any]]) -> str:
    """`notes`: of each case, with the additional field `void`. A cell has the seconds of a phase, or how it ended."""
    return table(HEAD, [_row(each) for each in notes]) + "\n"


def _row(notes: Mapping[str, Any]) -> tuple[str, ...]:
    phases = {each["phase"]: each for each in notes["phases"]}
    cells = [_cell_of([phases[phase] for phase in column if phase in phases]) for column in SHOWN]
    why = notes["void"] or "; ".join((*notes["remarks"], *notes["left_over"][:1]))
    return (notes["id"], notes["file"], notes["problem"], *cells, why)


def _cell_of(phases: Sequence[Mapping[str, Any]]) -> str:
    if not phases:
        return DASH
    last = phases[-1]
    return f"{sum(each['seconds'] for each in phases):.1f}" if last["end"] == PhaseEnd.PASSED else str(last["end"])
