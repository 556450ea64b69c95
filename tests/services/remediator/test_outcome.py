"""Whether an action helped: proved by its members, disproved by telemetry, and awaited if neither is known."""

from __future__ import annotations

import pytest

from services.remediator.core.outcome import Relief, Seen, partly_proved, proved, unproved
from services.remediator.core.waits import Waits
from services.remediator.gate import Finding, Proof
from shared.domain.events import Action
from shared.domain.kinds import ActionKind, ActionState
from shared.domain.telemetry import TICK_SECONDS

APPLIED = 100.0
ACTION = Action(
    id="i.a1", incident_id="i", attempt=1, kind=ActionKind.RESTART_PROCESS, target="server-1",
    state=ActionState.APPLIED, proposed=99.0, started=99.5, applied=APPLIED,
)  # fmt: skip
OPEN = {"a": 101.0, "b": None}
LATE, LIMIT = APPLIED + 5.0, APPLIED + 34.0


@pytest.mark.parametrize(
    ("cleared", "helped"),
    [({"a": 101.0, "b": 102.0}, True), ({"a": 90.0, "b": 102.0}, True), (OPEN, False), ({"a": 90.0}, False)],
)  # fmt: skip
def test_all_members_clear_and_one_of_them_after_the_effect_is_a_proof(
    cleared: dict[str, float | None], helped: bool
) -> None:
    outcome = proved(ACTION, cleared, LATE)
    assert (outcome is not None and outcome.state is ActionState.VERIFIED) is helped


def test_proven_harm_after_the_wait_is_a_failure() -> None:
    outcome = unproved(ACTION, OPEN, LATE, Seen(Finding(Proof.PROVED, "cpu is 97 %")), LIMIT)
    assert outcome is not None
    assert (outcome.state, outcome.reported) == (ActionState.FAILED, "did not help")
    assert "1 of 2 members still open 5.0 s after it: b" in outcome.reason


@pytest.mark.parametrize("proof", [Proof.UNKNOWN, Proof.NOT_SEEN, Proof.HARMLESS])
def test_an_unseen_outcome_is_awaited_up_to_the_limit(proof: Proof) -> None:
    seen = Seen(Finding(proof, "no fresh sample came"))
    assert unproved(ACTION, OPEN, LATE, seen, LIMIT) is None
    outcome = unproved(ACTION, OPEN, LIMIT, seen, LIMIT)
    assert outcome is not None
    assert outcome.state is ActionState.FAILED
    assert "was not seen" in outcome.reason
    assert "no fresh sample came" in outcome.reason


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (Seen(Finding(Proof.PROVED, "cpu is 97 %"), relieved=True), "went away after it and came back"),
        (Seen(Finding(Proof.UNKNOWN, "no sample"), off=Finding(Proof.PROVED, "server-1 does not answer")),
         "cannot be seen, since server-1 does not answer"),
    ],
)  # fmt: skip
def test_an_action_that_another_fault_may_have_hidden_may_be_tried_again(seen: Seen, why: str) -> None:
    outcome = unproved(ACTION, OPEN, LATE, seen, LIMIT)
    assert outcome is not None
    assert (outcome.state, outcome.excusable) == (ActionState.FAILED, True)
    assert why in outcome.reason


def lasting(findings: list[Finding], times: list[float], interval: float = TICK_SECONDS) -> list[bool]:
    relief, answers, waits = Relief(), [], Waits(interval)
    for finding, at in zip(findings, times, strict=True):
        relief = relief.after(finding, at, waits)
        answers.append(relief.lasts(waits))
    return answers


@pytest.mark.parametrize("interval", [0.25, 1.0, 5.0, 30.0])
def test_relief_lasts_after_three_looks_in_a_row_without_harm(interval: float) -> None:
    calm = Finding(Proof.NOT_SEEN, "")
    seen = [calm, calm, Finding(Proof.UNKNOWN, ""), calm, calm, Finding(Proof.PROVED, ""), calm, calm, calm]
    assert lasting(seen, [APPLIED + interval * look for look in range(9)], interval) == [False] * 8 + [True]


def test_one_sample_that_stays_the_newest_and_samples_far_apart_are_no_relief() -> None:
    calm = [Finding(Proof.NOT_SEEN, "")] * 20
    assert not any(lasting(calm, [APPLIED] * 20))
    assert not any(lasting(calm, [APPLIED + 2 * look for look in range(20)]))


def test_members_that_cleared_before_the_effect_are_no_proof() -> None:
    outcome = unproved(ACTION, {"a": 90.0}, LATE, Seen(Finding(Proof.UNKNOWN, "")), LIMIT)
    assert outcome is not None
    assert outcome.reported == "took effect after its members had cleared"


def test_a_repair_is_proved_in_part_if_the_rest_has_another_cause() -> None:
    outcome = partly_proved(ACTION, OPEN, "packet_loss on a--b", LATE)
    assert outcome is not None
    assert (outcome.state, outcome.reason) == (
        ActionState.VERIFIED,
        "1 members cleared after it; 1 have another cause: packet_loss on a--b",
    )
    assert partly_proved(ACTION, {"a": 90.0, "b": None}, "packet_loss on a--b", LATE) is None, "cleared before it"
