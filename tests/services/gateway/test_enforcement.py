"""What the processes report that they enforce."""

from __future__ import annotations

from services.gateway.core.enforcement import COUNTS_FOR, Enforcement
from shared.domain.config import Desired
from shared.domain.kinds import Mode


def note(enforcement: Enforcement, replica: str, mode: str, at: float) -> None:
    enforcement.note("remediator", replica, {"mode": mode}, at)


def mode_at(enforcement: Enforcement, now: float) -> Mode | None:
    body = enforcement.body(now).remediator
    return body.mode if body else None


def test_of_several_processes_the_one_that_may_do_most_counts() -> None:
    known = Enforcement()
    note(known, "one", "suggest", 10.0)
    note(known, "two", "auto", 11.0)
    note(known, "three", "nonsense", 11.0)
    known.note("somebody", "else", {"mode": "auto"}, 11.0)
    body = known.body(12.0)
    assert body.remediator is not None
    assert (body.remediator.mode, body.remediator.age, body.injector) == (Mode.AUTO, 2.0, None)
    assert not known.follows(Desired(mode=Mode.OFF), 12.0)
    assert mode_at(known, 10.0 + COUNTS_FOR) is Mode.AUTO
    assert mode_at(known, 12.0 + COUNTS_FOR) is None


def test_a_replaced_process_no_longer_counts() -> None:
    known = Enforcement()
    note(known, "old", "auto", 10.0)
    note(known, "new", "off", 11.0)
    assert mode_at(known, 11.0) is Mode.AUTO
    known.keep({("remediator", "new"), ("detector", "x")})
    assert mode_at(known, 11.0) is Mode.OFF


def test_if_no_process_of_a_service_answers_its_last_report_counts_until_it_is_old() -> None:
    known = Enforcement()
    note(known, "only", "auto", 10.0)
    known.keep({("detector", "x")})
    assert mode_at(known, 11.0) is Mode.AUTO
