"""What is enforced, by the words of the processes that enforce it."""

from __future__ import annotations

from services.gateway.core.enforcement import COUNTS_FOR, Enforcement
from shared.domain.config import Desired
from shared.domain.kinds import Mode


def hear(enforcement: Enforcement, replica: str, mode: str, at: float) -> None:
    enforcement.hear("remediator", replica, {"mode": mode}, at)


def mode_at(enforcement: Enforcement, now: float) -> Mode | None:
    said = enforcement.body(now).remediator
    return said.mode if said else None


def test_of_several_processes_the_one_that_may_do_most_counts() -> None:
    known = Enforcement()
    hear(known, "one", "suggest", 10.0)
    hear(known, "two", "auto", 11.0)
    hear(known, "three", "nonsense", 11.0)
    known.hear("somebody", "else", {"mode": "auto"}, 11.0)
    body = known.body(12.0)
    assert body.remediator is not None
    assert (body.remediator.mode, body.remediator.age, body.injector) == (Mode.AUTO, 2.0, None)
    assert not known.follows(Desired(mode=Mode.OFF), 12.0)
    assert mode_at(known, 10.0 + COUNTS_FOR) is Mode.AUTO
    assert mode_at(known, 12.0 + COUNTS_FOR) is None


def test_a_process_that_was_replaced_counts_no_longer() -> None:
    known = Enforcement()
    hear(known, "old", "auto", 10.0)
    hear(known, "new", "off", 11.0)
    assert mode_at(known, 11.0) is Mode.AUTO
    known.keep({("remediator", "new"), ("detector", "x")})
    assert mode_at(known, 11.0) is Mode.OFF


def test_where_nobody_of_a_service_answers_its_last_word_counts_until_it_is_old() -> None:
    known = Enforcement()
    hear(known, "only", "auto", 10.0)
    known.keep({("detector", "x")})
    assert mode_at(known, 11.0) is Mode.AUTO
