"""The injector's record of faults."""

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


def live(ledger: FaultLedger, now: float, *pending: ApplyFault) -> list[str]:
    return [known.id for known in ledger.known(now, list(pending)) if known.ended is None]


def injection(number: int) -> ApplyFault:
    return ApplyFault(
        fault_id=f"fault-{number}", kind=FaultKind.HIGH_CPU, target="server-1", strength=1, duration=60, cycle=number
    )


def test_a_pending_injection_counts_as_a_live_fault_and_is_counted_once() -> None:
    ledger = FaultLedger()
    assert live(ledger, T0, injection(1)) == ["fault-1"]
    assert ledger.injected([injection(1)]) == 1
    ledger.started(fault(1))
    ledger.started(fault(1))
    assert live(ledger, T0, injection(1)) == ["fault-1"]
    assert ledger.injected([injection(1)]) == 1
    ledger.ended(fault(1, ended=T0 + 5))
    ledger.started(fault(1))
    assert live(ledger, T0) == []
    assert ledger.injected([]) == 1


def test_faults_on_demand_do_not_count_for_the_campaign() -> None:
    ledger = FaultLedger()
    ledger.started(fault(1, cycle=False))
    assert live(ledger, T0) == ["fault-1"]
    assert ledger.injected([]) == 0


def test_a_fault_without_an_ended_event_does_not_stop_the_campaign_for_ever() -> None:
    ledger = FaultLedger()
    ledger.started(fault(1))
    assert live(ledger, T0 + 60 + OVERDUE - 1) == ["fault-1"]
    assert live(ledger, T0 + 60 + OVERDUE + 1) == []


def test_the_number_of_ended_faults_kept_is_limited() -> None:
    ledger = FaultLedger()
    for number in range(3 * MAX_ENDED):
        ledger.started(fault(number))
        ledger.ended(fault(number, ended=T0 + number))
    assert len(ledger.known(T0, [])) == MAX_ENDED
    assert ledger.injected([]) == 3 * MAX_ENDED
    assert ledger.get("fault-0") is None
    assert ledger.get(f"fault-{3 * MAX_ENDED - 1}") is not None
