"""A process that takes over a ledger which is incomplete, or in which another process holds a claim."""

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
    bench, trouble = Bench(), Trouble(("server-1", "cpu_usage"))
    opened = trouble.opened()
    bench.receive(opened, trouble.diagnosis(T0, cause("server-1", FaultKind.HIGH_CPU, trouble.ids)))
    bench.until(T0 + 0.5)
    assert bench.steps[-1] == "a1 execute"
    return bench, trouble, opened


def taken_over(records: list[RepairRecord], actions: list[Action], now: float, *messages: Event) -> Bench:
    bench = Bench(now=now)
    core = bench.core
    core.known.shared = True
    core.own(lambda incident_id: False)
    bench.receive(*messages)
    core.restore([RepairRecord.model_validate_json(record.model_dump_json()) for record in records], now, actions)
    core.own(lambda incident_id: True)
    return bench


def steps(events: list[Event]) -> list[RemediationEvent]:
    return [event for event in events if isinstance(event, RemediationEvent)]


def as_received(events: list[RemediationEvent]) -> Action:
    index = ActionIndex()
    for event in events:
        index.receive(event.action)
    (action,) = index.actions()
    return action


def test_a_published_start_that_is_put_off_is_published_as_blocked() -> None:
    before, _trouble, opened = begun()
    bench = taken_over(before.core.snapshot(), before.core.actions(), before.now, opened)
    bench.holders["server-1"] = ELSEWHERE
    events = bench.until(bench.now)
    assert shorts(events) == ["a1 blocked"]
    assert isinstance(events[0], RemediationBlocked)
    assert events[0].rule == "never_against_running"
    (stored,) = bench.core.drain().actions
    assert (stored.state, stored.started, stored.put_off) == (ActionState.BLOCKED, None, 1)
    published = [*steps(before.published), *steps(events)]
    assert as_received(published).state is ActionState.BLOCKED, "it was approved and started before"
    assert as_received(published[::-1]).state is ActionState.BLOCKED, "in any order of arrival"
    bench.holders.clear()
    again = bench.until(bench.now + 1)
    assert shorts(again) == ["a1 approved", "a1 started", "a1 execute"]
    ids = [event.id for event in steps([*before.published, *events, *again])]
    assert len(set(ids)) == len(ids), "no two have one id, so that a stream drops none of them"
    assert as_received([*published, *steps(again)]).state is ActionState.STARTED


def test_an_action_that_the_network_answered_continues_if_another_holds_its_target() -> None:
    before, trouble, opened = begun()
    bench = taken_over(before.core.snapshot(), before.core.actions(), before.now, opened)
    bench.holders["server-1"] = ELSEWHERE
    assert shorts(bench.ran(f"{trouble.id}.a1")) == ["a1 applied"]
    assert shorts(bench.receive(trouble.clear(bench.now + 0.1))) == ["a1 verified"]


def test_an_unpublished_start_that_is_put_off_leaves_no_trace() -> None:
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


def test_an_action_that_waits_for_its_claim_blocks_the_same_place() -> None:
    bench = Bench()
    bench.core.known.shared = True
    one, two = Trouble(("server-1", "cpu_usage"), id="one"), Trouble(("server-1", "memory_usage"), id="two")
    for trouble, kind in ((one, FaultKind.HIGH_CPU), (two, FaultKind.HIGH_MEMORY)):
        bench.core.absorb(trouble.opened(), bench.now)
        bench.core.absorb(trouble.diagnosis(T0, cause("server-1", kind, trouble.ids)), bench.now)
    bench.now += 0.5
    bench.look()
    events = bench.core.advance(bench.now)
    assert [action.incident_id for action in bench.core.claims()] == ["one"]
    assert shorts(events) == ["a1 proposed", "a1 proposed", "a1 blocked"]
    assert shorts(bench.claim()) == ["a1 approved", "a1 started", "a1 execute"]


def test_an_end_that_the_record_lacks_is_published_by_the_next_process() -> None:
    """The ledger is written action by action: a process may be killed between an action and its record."""
    before, trouble, opened = begun()
    before.ran(before.commands[0].action_id)
    (record,) = before.core.snapshot()
    before.receive(trouble.clear(before.now + 0.1))
    (action,) = before.core.actions()
    assert (record.current, action.state) == (action.id, ActionState.VERIFIED)
    bench = taken_over([record], [action], before.now + 1, opened)
    events = bench.until(bench.now)
    assert shorts(events)[0] == "a1 verified"
    assert events[0].id == before.published[-1].id, "if it was published, it is the same event"
    (after,) = bench.core.snapshot()
    assert (after.current, after.last_finished, after.fruitless) == (None, action.finished, 0)


def test_a_failed_action_whose_record_lacks_the_end_is_not_tried_again() -> None:
    before, _trouble, opened = begun()
    before.ran(before.commands[0].action_id)
    (record,) = before.core.snapshot()
    before.until(before.now + 4)
    failed = next(action for action in before.core.actions() if action.id == record.current)
    assert failed.state is ActionState.FAILED
    bench = taken_over([record], [failed], before.now + 1, opened)
    events = bench.until(bench.now)
    assert isinstance(events[0], RemediationFailed)
    bench.until(bench.now + LISTEN_AFTER_TAKEOVER + 1)
    assert bench.commands[0].kind is ActionKind.REBOOT_NODE


def test_an_action_that_the_ledger_lost_calls_a_person_and_no_other_starts() -> None:
    before, trouble, opened = begun()
    bench = taken_over(before.core.snapshot(), [], before.now + 100, opened)
    events = bench.until(bench.now + 100)
    assert shorts(events) == ["escalated"]
    assert isinstance(events[0], RemediationEscalated)
    assert f"the ledger does not hold action {trouble.id}.a1" in events[0].reason


def test_a_record_of_an_older_release_contains_its_whole_action() -> None:
    before, trouble, opened = begun()
    (record,), (action,) = before.core.snapshot(), before.core.actions()
    old = {**record.model_dump(mode="json"), "current": action.model_dump(mode="json")}
    read = RepairRecord.model_validate(old)
    assert read == record
    bench = taken_over([read], [action], before.now, opened)
    assert shorts(bench.until(bench.now)) == ["a1 started", "a1 execute"]
    assert bench.commands[0].action_id == f"{trouble.id}.a1"
