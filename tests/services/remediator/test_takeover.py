"""What a process does with a ledger that another one left: in the middle of a write, or with a claim that is lost."""

from __future__ import annotations

from services.remediator.core import RepairRecord
from services.remediator.core.action_index import ActionIndex
from services.remediator.core.knowledge import LISTEN_AFTER_TAKEOVER
from shared.domain.events import (
    Action,
    Event,
    IncidentEvent,
    RemediationBlocked,
    RemediationEscalated,
    RemediationEvent,
    RemediationFailed,
)
from shared.domain.kinds import ActionKind, ActionState, FaultKind
from tests.services.remediator.build import T0, Bench, Trouble, cause, shorts

ELSEWHERE = "elsewhere.a1"


def begun() -> tuple[Bench, Trouble, IncidentEvent]:
    """An incident whose first action was commanded."""
    bench, trouble = Bench(), Trouble(("server-1", "cpu_usage"))
    opened = trouble.opened()
    bench.receive(opened, trouble.diagnosis(T0, cause("server-1", FaultKind.HIGH_CPU, trouble.ids)))
    bench.until(T0 + 0.5)
    assert bench.steps[-1] == "a1 execute"
    return bench, trouble, opened


def taken_over(records: list[RepairRecord], actions: list[Action], now: float, *heard: Event) -> Bench:
    """A process among others that goes on from a ledger."""
    bench = Bench(now=now)
    core = bench.core
    core.known.shared = True
    core.own(lambda incident_id: False)
    bench.receive(*heard)
    core.restore([RepairRecord.model_validate_json(record.model_dump_json()) for record in records], now, actions)
    core.own(lambda incident_id: True)
    return bench


def steps(events: list[Event]) -> list[RemediationEvent]:
    return [event for event in events if isinstance(event, RemediationEvent)]


def as_heard(events: list[RemediationEvent]) -> Action:
    """Return what another process knows of the one action after it heard these."""
    index = ActionIndex()
    for event in events:
        index.receive(event.action)
    (action,) = index.actions()
    return action


def test_a_start_that_others_were_told_of_and_is_put_off_is_blocked_for_them_too() -> None:
    before, _trouble, opened = begun()
    bench = taken_over(before.core.snapshot(), before.core.actions(), before.now, opened)
    bench.holders["server-1"] = ELSEWHERE
    said = bench.until(bench.now)
    assert shorts(said) == ["a1 blocked"]
    assert isinstance(said[0], RemediationBlocked)
    assert said[0].rule == "never_against_running"
    (stored,) = bench.core.drain().actions
    assert (stored.state, stored.started, stored.put_off) == (ActionState.BLOCKED, None, 1)
    told = [*steps(before.said), *steps(said)]
    assert as_heard(told).state is ActionState.BLOCKED, "it was approved and started before"
    assert as_heard(told[::-1]).state is ActionState.BLOCKED, "in whatever order it is heard"
    bench.holders.clear()
    again = bench.until(bench.now + 1)
    assert shorts(again) == ["a1 approved", "a1 started", "a1 execute"]
    ids = [event.id for event in steps([*before.said, *said, *again])]
    assert len(set(ids)) == len(ids), "a stream that knows an id for two minutes drops none of them"
    assert as_heard([*told, *steps(again)]).state is ActionState.STARTED


def test_an_action_that_the_network_answered_for_goes_on_whoever_holds_its_target() -> None:
    before, trouble, opened = begun()
    bench = taken_over(before.core.snapshot(), before.core.actions(), before.now, opened)
    bench.holders["server-1"] = ELSEWHERE
    assert shorts(bench.ran(f"{trouble.id}.a1")) == ["a1 applied"]
    assert shorts(bench.receive(trouble.clear(bench.now + 0.1))) == ["a1 verified"]


def test_a_start_that_nobody_was_told_of_is_put_off_without_a_trace_of_it() -> None:
    bench, trouble = Bench(), Trouble(("server-1", "cpu_usage"))
    bench.core.known.shared = True
    bench.holders["server-1"] = ELSEWHERE
    bench.receive(trouble.opened(), trouble.diagnosis(T0, cause("server-1", FaultKind.HIGH_CPU, trouble.ids)))
    bench.until(T0 + 5)
    assert bench.steps == ["a1 proposed", "a1 blocked"]
    (action,) = bench.core.actions()
    assert (action.state, action.put_off, action.started) == (ActionState.BLOCKED, 0, None)
    (record,) = bench.core.snapshot()
    assert (record.current, record.actions) == (action.id, ())


def test_what_waits_for_a_claim_keeps_another_from_the_same_place() -> None:
    bench = Bench()
    bench.core.known.shared = True
    one, two = Trouble(("server-1", "cpu_usage"), id="one"), Trouble(("server-1", "memory_usage"), id="two")
    for trouble, kind in ((one, FaultKind.HIGH_CPU), (two, FaultKind.HIGH_MEMORY)):
        bench.core.absorb(trouble.opened(), bench.now)
        bench.core.absorb(trouble.diagnosis(T0, cause("server-1", kind, trouble.ids)), bench.now)
    bench.now += 0.5
    bench.look()
    said = bench.core.advance(bench.now)
    assert [action.incident_id for action in bench.core.claims()] == ["one"]
    assert shorts(said) == ["a1 proposed", "a1 proposed", "a1 blocked"]
    assert shorts(bench.claim()) == ["a1 approved", "a1 started", "a1 execute"]


def test_an_end_that_the_record_does_not_know_of_is_published_by_the_next_process() -> None:
    """The ledger is written action by action: a process may be killed between an action and its record."""
    before, trouble, opened = begun()
    before.ran(before.commands[0].action_id)
    (record,) = before.core.snapshot()
    before.receive(trouble.clear(before.now + 0.1))
    (action,) = before.core.actions()
    assert (record.current, action.state) == (action.id, ActionState.VERIFIED)
    bench = taken_over([record], [action], before.now + 1, opened)
    said = bench.until(bench.now)
    assert shorts(said)[0] == "a1 verified"
    assert said[0].id == before.said[-1].id, "if it was published, it is the same event"
    (after,) = bench.core.snapshot()
    assert (after.current, after.last_finished, after.fruitless) == (None, action.finished, 0)


def test_an_action_of_which_only_the_end_is_known_is_not_tried_again() -> None:
    before, _trouble, opened = begun()
    before.ran(before.commands[0].action_id)
    (record,) = before.core.snapshot()
    before.until(before.now + 4)
    failed = next(action for action in before.core.actions() if action.id == record.current)
    assert failed.state is ActionState.FAILED
    bench = taken_over([record], [failed], before.now + 1, opened)
    said = bench.until(bench.now)
    assert isinstance(said[0], RemediationFailed)
    bench.until(bench.now + LISTEN_AFTER_TAKEOVER + 1)
    assert bench.commands[0].kind is ActionKind.REBOOT_NODE


def test_an_action_that_the_ledger_lost_calls_a_person_and_nothing_is_begun_upon_it() -> None:
    before, trouble, opened = begun()
    bench = taken_over(before.core.snapshot(), [], before.now + 100, opened)
    said = bench.until(bench.now + 100)
    assert shorts(said) == ["escalated"]
    assert isinstance(said[0], RemediationEscalated)
    assert f"the ledger does not hold action {trouble.id}.a1" in said[0].reason


def test_a_record_of_an_older_release_names_its_action_whole() -> None:
    before, trouble, opened = begun()
    (record,), (action,) = before.core.snapshot(), before.core.actions()
    old = {**record.model_dump(mode="json"), "current": action.model_dump(mode="json")}
    read = RepairRecord.model_validate(old)
    assert read == record
    bench = taken_over([read], [action], before.now, opened)
    assert shorts(bench.until(bench.now)) == ["a1 started", "a1 execute"]
    assert bench.commands[0].action_id == f"{trouble.id}.a1"
