"""The repair of one incident as a state machine. Each step is a pure function of the repair and the knowledge.

Rule: a step returns a decision, or the time at which the step is due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from services.remediator.core.case import RepairCase
from services.remediator.core.choosing import choose, permit
from services.remediator.core.commands import run, undo
from services.remediator.core.decision import Decision, Due, Moment
from services.remediator.core.recovery import conclude, report_lost
from services.remediator.core.steps import RepairState, Step
from services.remediator.core.verification import verify

STEPS: Mapping[Step, Callable[[RepairState, Moment], Decision | Due]] = MappingProxyType(
    {
        Step.CHOOSE: choose,
        Step.PERMIT: permit,
        Step.RUN: run,
        Step.VERIFY: verify,
        Step.UNDO: undo,
        Step.CONCLUDE: conclude,
        Step.REPORT_LOST: report_lost,
    }
)


def next_step(state: RepairState, at: Moment) -> Decision | Due:
    state = remember(state, at.case)
    return STEPS[state.step](state, at)


def remember(state: RepairState, case: RepairCase) -> RepairState:
    record = state.record
    if case.diagnosis is record.diagnosis and case.first == record.first and case.advice is record.advice:
        return state
    news = {"diagnosis": case.diagnosis, "first": case.first, "diagnosed": case.diagnosed, "advice": case.advice}
    return replace(state, record=record.model_copy(update=news))
