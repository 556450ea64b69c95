"""What the injector remembers of faults."""

from __future__ import annotations

from services.injector.ledger import MAX_ENDED, OVERDUE, FaultLedger
from shared.domain.events import Fault
from shared.domain.kinds import EndedBy, FaultKind
from shared.domain.requests import ApplyFault

T0 = 1_000_000.0


def fault(number: int, cycle: bool = True, ended: float | None = None) -> Fault:
    return Fault(
        id=f"fault-{number}",
        kind=FaultKind.HIGH_CPU,
        target="server-1",
        strength=1,
        started=T0,
        ends=T0 + 60,
        ended=ended,
        ended_by=None if ended is None else EndedBy.TTL,
        cycle=number if cycle else None,
    )


def live(ledger: FaultLedger, now: float, *strikes: ApplyFault) -> list[str]:
    return [known.id for known in ledger.known(now, list(strikes)) if known.ended is None]


def strike(number: int) -> ApplyFault:
    return ApplyFault(
        fault_id=f"fault-{number}", kind=FaultKind.HIGH_CPU, target="server-1", strength=1, duration=60, cycle=number
    )


def test_a_strike_counts_as_live_until_it_is_seen_and_is_never_counted_twice() -> None:
    ledger = FaultLedger()
    assert live(ledger, T0, strike(1)) == ["fault-1"]
    assert ledger.struck([strike(1)]) == 1
    ledger.started(fault(1))
    ledger.started(fault(1))
    assert live(ledger, T0, strike(1)) == ["fault-1"]
    assert ledger.struck([strike(1)]) == 1
    ledger.ended(fault(1, ended=T0 + 5))
    ledger.started(fault(1))
    assert live(ledger, T0) == []
    assert ledger.struck([]) == 1


def test_faults_on_demand_do_not_count_for_the_campaign() -> None:
    ledger = FaultLedger()
    ledger.started(fault(1, cycle=False))
    assert live(ledger, T0) == ["fault-1"]
    assert ledger.struck([]) == 0


def test_an_end_that_nobody_told_does_not_hold_up_the_campaign_for_ever() -> None:
    ledger = FaultLedger()
    ledger.started(fault(1))
    assert live(ledger, T0 + 60 + OVERDUE - 1) == ["fault-1"]
    assert live(ledger, T0 + 60 + OVERDUE + 1) == []


def test_what_ended_is_remembered_within_a_bound() -> None:
    ledger = FaultLedger()
    for number in range(3 * MAX_ENDED):
        ledger.started(fault(number))
        ledger.ended(fault(number, ended=T0 + number))
    assert len(ledger.known(T0, [])) == MAX_ENDED
    assert ledger.struck([]) == 3 * MAX_ENDED
    assert ledger.get("fault-0") is None
    assert ledger.get(f"fault-{3 * MAX_ENDED - 1}") is not None
