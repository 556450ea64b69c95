"""The shell on a real broker, with the real users and rights: a started repair is finished, whichever process is
killed.
"""

from __future__ import annotations

import asyncio
import math
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from itertools import count

import pytest
from msgspec.structs import replace

from network.host.commands import CommandValidity, check_command, ledger_key
from services.remediator.core import GateLimits, RepairRecord
from services.remediator.core.action_index import ActionIndex
from services.remediator.core.choosing import HELD_FOR
from services.remediator.core.records import Standing
from services.remediator.ledger import CLAIM_SETTLES, INCIDENT, TARGET, ActionLedger, Claim, Handover
from services.remediator.service import FOLLOWED, RemediatorService, incident_of, partition_of
from shared.domain.errors import Refused, UnknownTarget
from shared.domain.events import (
    EVENTS,
    Action,
    Event,
    Execute,
    Executed,
    RemediationApproved,
    RemediationEvent,
    RemediationFailed,
    RemediationStarted,
)
from shared.domain.kinds import ActionKind, ActionState, FaultKind, ServiceName
from shared.domain.requests import Approve, Reject
from shared.domain.subjects import NETWORK_COMMANDS, Bucket, kv_key
from shared.domain.telemetry import TICK_SECONDS
from shared.platform.access import RIGHTS
from shared.platform.bus import Bus
from shared.testing import TestBroker, bus_for, running_broker
from tests.services.remediator.build import BROKEN, NETWORK, QUIET, Trouble, cause, telemetry

WITHIN = 10.0
LONGER = 5.0
"""Seconds after a takeover without an action: enough for messages to arrive on a busy machine."""
NODES = tuple(NETWORK.node_by_id)


class Stage:
    """A broker; correlator, rca and network as far as a remediator needs them; and all events that it published."""

    def __init__(self, broker: TestBroker, stack: AsyncExitStack) -> None:
        self.broker, self._stack = broker, stack
        self.published: list[tuple[Event, float]] = []
        self.carried_out: Counter[str] = Counter()
        self.refused: list[str] = []
        self.answers = True
        self.speed = 1.0
        self.shows = BROKEN

    async def start(self) -> None:
        self.correlator = await self.bus(ServiceName.CORRELATOR)
        self.rca = await self.bus(ServiceName.RCA)
        self.network = await self.bus(ServiceName.NETWORK)
        self.gateway = await self.bus(ServiceName.GATEWAY)
        self.ledger = self.network.bucket(Bucket.ACTIONS)
        await self.network.consume(NETWORK_COMMANDS, self._execute)
        await self.gateway.follow(["remediation.*"], self._record, since="all")
        pulse = asyncio.create_task(self._pulse())
        self._stack.callback(pulse.cancel)

    async def _pulse(self) -> None:
        for number in count():
            for tick in telemetry(time.time(), self.shows):
                await self.network.publish_tick(replace(tick, tick=number, speed=self.speed))
            await asyncio.sleep(TICK_SECONDS)

    async def bus(self, name: ServiceName, replica: str | None = None) -> Bus:
        return await self._stack.enter_async_context(bus_for(self.broker, name, replica))

    async def remediator(self, replica: str, limits: GateLimits | None = None) -> RemediatorService:
        bus = await self.bus(ServiceName.REMEDIATOR, replica)
        service = RemediatorService(limits)
        await service.start(bus)
        self._stack.push_async_callback(service.stop)
        return service

    async def process(self, replica: str, limits: GateLimits | None = None) -> asyncio.subprocess.Process:
        limits = limits or GateLimits()
        gate = {"NMS_GATE_AT_ONCE": str(limits.at_once), "NMS_GATE_RATE": str(limits.rate)}
        environment = {**os.environ, **self.broker.environment("remediator"), "NMS_REPLICA": replica, **gate}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.remediator", env=environment, stderr=asyncio.subprocess.DEVNULL
        )
        self._stack.push_async_callback(_end, process)
        return process

    async def trouble(self, element: str, kind: FaultKind, metric: str, id: str = "") -> Trouble:
        now = time.time()
        trouble = Trouble((element, metric), since=now - 0.5, id=id)
        await self.correlator.publish(trouble.opened())
        await self.rca.publish(trouble.diagnosis(now, cause(element, kind, trouble.ids)))
        return trouble

    async def clear(self, trouble: Trouble) -> None:
        await self.correlator.publish(trouble.clear(time.time() + 0.01))

    async def until(self, condition: Callable[[list[str]], bool], within: float = WITHIN) -> list[str]:
        try:
            async with asyncio.timeout(within):
                while not condition(self.ids):
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"only these were published: {self.ids}") from None
        return self.ids

    async def has(self, *ids: str, within: float = WITHIN) -> list[str]:
        return await self.until(lambda published: set(ids) <= set(published), within)

    @property
    def ids(self) -> list[str]:
        return [event.id for event, _ in self.published]

    async def action(self, action_id: str) -> Action:
        entry = await self.ledger.get(ledger_key(action_id))
        assert entry is not None
        return Action.model_validate_json(entry.value)

    async def _execute(self, command: Execute) -> None:
        entry = await self.ledger.get(ledger_key(command.action_id))
        validity, why = check_command(command, entry.value if entry else None)
        if validity is not CommandValidity.VALID:
            self.refused.append(why)
        elif self.answers:
            self.carried_out[command.action_id] += 1
            await self.network.publish(done(command))

    async def _record(self, event: Event, at: float) -> None:
        self.published.append((event, time.time()))


def done(command: Execute, at: float | None = None) -> Executed:
    return Executed(
        action_id=command.action_id,
        incident_id=command.incident_id,
        fence=command.fence,
        revert=command.revert,
        ran=True,
        took_effect=time.time() if at is None else at,
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(running_broker())
        stage = Stage(broker, stack)
        await stage.start()
        yield stage


async def test_an_incident_is_repaired_and_the_ledger_follows(stage: Stage) -> None:
    service = await stage.remediator("one")
    async with asyncio.timeout(WITHIN):
        while service._core.known.listens_since == math.inf:
            await asyncio.sleep(0.02)
    trouble = await stage.trouble("server-1", FaultKind.HIGH_CPU, "cpu_usage")
    action_id = f"{trouble.id}.a1"
    await stage.has(f"{action_id}.applied")
    assert (await stage.action(action_id)).state is ActionState.APPLIED
    held = await stage.ledger.get(TARGET + kv_key("server-1"))
    assert held is not None
    assert Claim.model_validate_json(held.value).action == action_id
    await stage.clear(trouble)
    ids = await stage.has(f"{action_id}.verified")
    steps = [id_.removeprefix(f"{action_id}.") for id_ in ids if "execute" not in id_]
    assert steps == ["proposed", "approved", "started", "applied", "verified"]
    await stage.correlator.publish(trouble.resolve(time.time()))
    await _until_gone(stage, INCIDENT + kv_key(trouble.id))
    assert await stage.ledger.get(TARGET + kv_key("server-1")) is None
    assert (await stage.action(action_id)).state is ActionState.VERIFIED
    assert stage.refused == []


async def test_a_repair_takes_less_than_a_second(stage: Stage) -> None:
    service = await stage.remediator("one")
    async with asyncio.timeout(WITHIN):
        while service._core.known.listens_since == math.inf:
            await asyncio.sleep(0.02)
    took = []
    for node in NODES[-3:]:
        reported = time.time()
        trouble = await stage.trouble(node, FaultKind.HIGH_CPU, "cpu_usage")
        await stage.has(f"{trouble.id}.a1.applied")
        took.append(time.time() - reported)
        await stage.clear(trouble)
        await stage.has(f"{trouble.id}.a1.verified")
    assert min(took) < 1.0, "half a second is the wait of a first cause"


async def _until_gone(stage: Stage, key: str) -> None:
    async with asyncio.timeout(WITHIN):
        while await stage.ledger.get(key) is not None:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("step", ["proposed", "started", "applied"])
async def test_after_a_kill_at_any_step_the_next_process_continues(stage: Stage, step: str) -> None:
    stage.answers = step == "applied"
    first = await stage.process("one")
    trouble = await stage.trouble("server-1", FaultKind.HIGH_CPU, "cpu_usage")
    action_id = f"{trouble.id}.a1"
    await stage.has(f"{action_id}.{step}")
    first.send_signal(signal.SIGKILL)
    await first.wait()
    stage.answers = True
    await stage.process("two")
    await stage.has(f"{action_id}.applied", within=30)
    await stage.clear(trouble)
    await stage.has(f"{action_id}.verified")
    actions = {event.action_id for event, _ in stage.published if isinstance(event, Execute)}
    assert actions == {action_id}, "one action, whichever process sent the command"
    assert stage.ids.count(f"{action_id}.verified") == 1


async def test_a_stored_event_that_was_not_published_is_published_by_the_next_process(stage: Stage) -> None:
    trouble = Trouble(("server-1", "cpu_usage"), since=time.time() - 20)
    diagnosis = trouble.diagnosis(time.time() - 15, cause("server-1", FaultKind.HIGH_CPU, trouble.ids))
    incident_id, now = trouble.id, time.time()
    failed = Action(
        id=f"{incident_id}.a1",
        incident_id=incident_id,
        attempt=1,
        kind=ActionKind.RESTART_PROCESS,
        target="server-1",
        state=ActionState.FAILED,
        proposed=now - 10,
        started=now - 9,
        finished=now - 1,
    )
    event = RemediationFailed(action=failed, at=now, reason="it did not help")
    record = RepairRecord(incident_id=incident_id, diagnosis=diagnosis, attempts=1, last_finished=now - 1)
    own = await stage.bus(ServiceName.REMEDIATOR, "dead")
    await ActionLedger(own.bucket(Bucket.ACTIONS)).save([failed], [Handover.of(record, [event])])
    await stage.remediator("one")
    await stage.has(f"{incident_id}.a1.failed")


async def test_two_replicas_share_the_incidents_and_the_survivor_takes_all(stage: Stage) -> None:
    limits = GateLimits(at_once=50, rate=500)
    one = await stage.remediator("one", limits)
    other = await stage.process("two", limits)
    assert one._lease is not None
    async with asyncio.timeout(30):
        while len({member for member, _ in one._lease._owners.shares.values()}) < 2:
            await asyncio.sleep(0.02)
    await asyncio.sleep(1.0)
    targets = NODES[:12]
    kinds = [
        await stage.trouble(node, FaultKind.HIGH_CPU, "cpu_usage", id=f"i{i}") for i, node in enumerate(targets[:6])
    ]
    await stage.has(*(f"{trouble.id}.a1.applied" for trouble in kinds))
    for trouble in kinds:
        await stage.clear(trouble)
    await stage.has(*(f"{trouble.id}.a1.verified" for trouble in kinds))
    assert set(stage.carried_out.values()) == {1}
    assert len({partition_of(trouble.id) for trouble in kinds}) > 2
    more = [
        await stage.trouble(node, FaultKind.HIGH_CPU, "cpu_usage", id=f"i{i}") for i, node in enumerate(targets[6:], 6)
    ]
    other.send_signal(signal.SIGKILL)
    killed, judges_from = time.time(), one._lease._judge_from
    await stage.has(*(f"{trouble.id}.a1.applied" for trouble in more), within=30)
    paused = one._lease._judge_from != judges_from  # by the machine: then no member is judged for a while
    assert paused or time.time() - killed < 6.0
    for trouble in more:
        await stage.clear(trouble)
    await stage.has(*(f"{trouble.id}.a1.verified" for trouble in more))
    assert set(stage.carried_out) == {f"{trouble.id}.a1" for trouble in (*kinds, *more)}


async def test_an_action_waits_for_a_target_that_another_process_holds(stage: Stage) -> None:
    own = await stage.bus(ServiceName.REMEDIATOR, "other")
    bucket = own.bucket(Bucket.ACTIONS)
    other = ActionLedger(bucket)
    assert await other.claim("server-1", "elsewhere.a1") is None
    await stage.remediator("one")
    trouble = await stage.trouble("server-1", FaultKind.HIGH_CPU, "cpu_usage")
    await stage.has(f"{trouble.id}.a1.blocked.never_against_running")
    await asyncio.sleep(0.5)
    assert not stage.carried_out
    await other.release(lambda action_id: False)
    await stage.has(f"{trouble.id}.a1.applied")
    assert stage.carried_out == {f"{trouble.id}.a1": 1}


async def test_a_second_attempt_is_not_blocked_by_the_claim_of_the_first(stage: Stage) -> None:
    await stage.remediator("one")
    trouble = await stage.trouble("server-1", FaultKind.HIGH_MEMORY, "memory_usage")
    ids = await stage.has(f"{trouble.id}.a2.applied", within=30)
    # What is usual is not known at first, so that for a moment harm is not proved.
    assert not [id_ for id_ in ids if ".blocked." in id_ and not id_.endswith(".proven_harm")]
    assert ids.index(f"{trouble.id}.a1.failed") < ids.index(f"{trouble.id}.a2.started")
    held = await stage.ledger.get(TARGET + kv_key("server-1"))
    assert held is not None
    assert Claim.model_validate_json(held.value).action == f"{trouble.id}.a2"


async def test_a_person_approves_one_action_and_rejects_another(stage: Stage) -> None:
    desired = '{"mode": "approve", "running": false}'
    await stage.gateway.bucket(Bucket.CONFIG).put("desired", desired.encode())
    await asyncio.sleep(0.3)
    await stage.remediator("one")
    await stage.remediator("two")
    await asyncio.sleep(2.0)
    one = await stage.trouble("server-1", FaultKind.HIGH_CPU, "cpu_usage", id="i1")
    two = await stage.trouble("server-2", FaultKind.HIGH_CPU, "cpu_usage", id="i2")
    await stage.has("i1.a1.proposed", "i2.a1.proposed")
    await asyncio.sleep(0.3)
    assert not stage.carried_out
    await stage.gateway.request(ServiceName.REMEDIATOR, Approve(action_id="i1.a1", by="kim"))
    await stage.gateway.request(ServiceName.REMEDIATOR, Reject(action_id="i2.a1", by="kim", reason="not now"))
    await stage.has(f"{one.id}.a1.applied", f"{two.id}.a1.failed", f"{two.id}.a2.proposed")
    with pytest.raises(Refused, match="not waiting"):
        await stage.gateway.request(ServiceName.REMEDIATOR, Approve(action_id="i1.a1"))
    with pytest.raises(UnknownTarget, match=r"nothing\.a1"):
        await stage.gateway.request(ServiceName.REMEDIATOR, Approve(action_id="nothing.a1"))


async def test_a_repair_survives_a_kill_of_the_broker(stage: Stage) -> None:
    await stage.remediator("one")
    stage.answers = False
    trouble = await stage.trouble("server-1", FaultKind.HIGH_CPU, "cpu_usage")
    await stage.until(lambda ids: any(id_.startswith(f"{trouble.id}.a1.execute.") for id_ in ids))
    stage.broker.kill()
    await asyncio.sleep(1.0)
    stage.broker.start()
    command = next(event for event, _ in stage.published if isinstance(event, Execute))
    await stage.network.publish(done(command))
    await stage.has(f"{trouble.id}.a1.applied", within=15)
    await stage.clear(trouble)
    await stage.has(f"{trouble.id}.a1.verified", within=15)


async def test_the_ledger_keeps_the_newest_actions_and_refuses_the_second_writer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.remediator.ledger.KEEP_ACTIONS", 3)
    own = await stage.bus(ServiceName.REMEDIATOR, "one")
    ledger, zombie = ActionLedger(own.bucket(Bucket.ACTIONS)), ActionLedger(own.bucket(Bucket.ACTIONS))
    actions = [
        Action(
            id=f"i{i}.a1",
            incident_id=f"i{i}",
            attempt=1,
            kind=ActionKind.REBOOT_NODE,
            target="server-1",
            state=ActionState.VERIFIED,
            proposed=1_000.0 + i,
            finished=1_001.0 + i,
        )
        for i in range(5)
    ]
    assert await ledger.save(actions, []) == set()
    await ledger.trim(delete=True)
    assert [action.id for action in (await ledger.load()).actions] == ["i2.a1", "i3.a1", "i4.a1"]
    await zombie.load()
    assert await ledger.save([actions[4]], []) == set()
    assert await zombie.save([actions[4]], []) == {"i4"}


async def test_a_leftover_claim_is_taken_over(stage: Stage) -> None:
    own = await stage.bus(ServiceName.REMEDIATOR, "one")
    own_clock, hour_ahead = [1_000.0], time.time() + 3_600
    dead, alive = (ActionLedger(own.bucket(Bucket.ACTIONS), lambda: hour_ahead, lambda: own_clock[0]) for _ in range(2))
    assert await dead.claim("server 1/ü", "gone.a1") is None
    assert await alive.claim("server 1/ü", "i.a1") == "gone.a1", "its action may be about to be written"
    own_clock[0] += 6
    assert await alive.claim("server 1/ü", "i.a1") is None, "its own time does not count"
    assert await dead.claim("server 1/ü", "gone.a1") == "i.a1"


async def test_an_own_claim_is_taken_over_only_after_its_action_is_over(stage: Stage) -> None:
    own = await stage.bus(ServiceName.REMEDIATOR, "one")
    mine, other = (ActionLedger(own.bucket(Bucket.ACTIONS)) for _ in range(2))
    assert await mine.claim("server-1", "i.a1") is None
    assert await mine.claim("server-1", "i.a2", lambda action: True) == "i.a1", "it is under way"
    assert await other.claim("server-1", "j.a1", lambda action: False) == "i.a1", "only its owner may end it"
    assert await mine.claim("server-1", "i.a2", lambda action: action == "i.a2") is None
    await mine.release(lambda action: action == "i.a2")
    assert await other.claim("server-1", "j.a1") == "i.a2", (
        "the release of a finished action keeps the claim of the next"
    )


def test_an_action_names_its_incident() -> None:
    trouble = Trouble(("server-1.a", "cpu_usage"))
    assert incident_of(f"{trouble.id}.a12") == trouble.id


async def test_a_replica_that_deletes_nothing_forgets_old_actions_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.remediator.ledger.KEEP_ACTIONS", 3)
    own = await stage.bus(ServiceName.REMEDIATOR, "one")
    ledger = ActionLedger(own.bucket(Bucket.ACTIONS))
    actions = [_over(f"i{i}", 1_000.0 + i) for i in range(5)]
    assert await ledger.save(actions, []) == set()
    await ledger.trim(delete=False)
    assert len(ledger._finished) == len(ledger._revisions) == 3
    assert len((await ActionLedger(own.bucket(Bucket.ACTIONS)).load()).actions) == 5


def _over(incident_id: str, proposed: float) -> Action:
    return Action(
        id=f"{incident_id}.a1",
        incident_id=incident_id,
        attempt=1,
        kind=ActionKind.REBOOT_NODE,
        target="server-1",
        state=ActionState.FAILED,
        proposed=proposed,
        finished=proposed + 1,
    )


def test_old_events_are_published_again_only_for_an_action_under_way() -> None:
    action = _over("i", 1_000.0)
    event = RemediationFailed(action=action, at=1_001.0, reason="it did not help")
    handover = Handover.of(RepairRecord(incident_id="i"), [event])
    assert handover.may_be_unpublished(1_001.0)
    assert not handover.may_be_unpublished(1_001.5)
    going_on = action.model_copy(update={"state": ActionState.APPLIED, "finished": None})
    assert handover.may_be_unpublished(1_001.5, going_on)


@pytest.mark.parametrize("broken", ["claim", "save"])
async def test_a_turn_that_fails_loses_no_step(stage: Stage, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = await stage.remediator("one")
    real, failures = getattr(service._ledger, broken), []

    async def once(*args: object) -> object:
        if not failures and (broken == "claim" or args[0]):
            failures.append(args)
            raise OSError("not now")
        return await real(*args)

    monkeypatch.setattr(service._ledger, broken, once)
    trouble = await stage.trouble("server-1", FaultKind.HIGH_CPU, "cpu_usage")
    action_id = f"{trouble.id}.a1"
    await stage.has(*(f"{action_id}.{step}" for step in ("proposed", "approved", "started", "applied")))
    assert failures
    assert (await stage.action(action_id)).state is ActionState.APPLIED
    assert stage.refused == []


async def left_open(stage: Stage) -> Trouble:
    """Return an incident of over an hour ago, known only from its records, whose cause was never acted on."""
    trouble = Trouble(("server-1", "cpu_usage"), since=time.time() - 5_000)
    diagnosis = trouble.diagnosis(time.time() - 4_900, cause("server-1", FaultKind.HIGH_CPU, trouble.ids))
    incident = trouble.opened().incident.model_dump_json().encode()
    await stage.correlator.bucket(Bucket.INCIDENTS).put(kv_key(trouble.id), incident)
    own = await stage.bus(ServiceName.REMEDIATOR, "dead")
    first = Standing(element="server-1", kind=FaultKind.HIGH_CPU, since=diagnosis.at)
    record = RepairRecord(incident_id=trouble.id, diagnosis=diagnosis, diagnosed=diagnosis.at, first=first)
    await ActionLedger(own.bucket(Bucket.ACTIONS)).save([], [Handover.of(record, [])])
    return trouble


async def test_an_incident_older_than_the_history_is_known_after_a_restart(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.remediator.service.HISTORY", 0.5)
    trouble = await left_open(stage)
    await stage.remediator("one")
    await stage.has(f"{trouble.id}.a1.applied")


async def test_after_a_restart_no_action_starts_for_an_incident_that_is_over(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.remediator.core.knowledge.LISTEN_AFTER_TAKEOVER", LONGER)
    trouble = await left_open(stage)
    await stage.remediator("one")
    await asyncio.sleep(1.0)  # a detector that starts at the same time needs a moment to see that it is over
    await stage.clear(trouble)
    await stage.correlator.publish(trouble.resolve(time.time()))
    fresh = await stage.trouble("server-2", FaultKind.HIGH_CPU, "cpu_usage")
    await stage.has(f"{fresh.id}.a1.applied")
    await asyncio.sleep(LONGER)
    assert f"{fresh.id}.a1" in stage.carried_out
    assert not [action for action in stage.carried_out if action.startswith(f"{trouble.id}.")]


async def test_the_core_knows_the_speed_of_the_network(stage: Stage) -> None:
    stage.speed = 8.0
    service = await stage.remediator("one")
    await stage.trouble("server-1", FaultKind.HIGH_CPU, "cpu_usage")
    await stage.until(lambda ids: bool(ids))
    assert service._core.known.speed == stage.speed


async def test_a_request_about_an_incident_that_was_lost_meanwhile_gets_no_answer(stage: Stage) -> None:
    service = await stage.remediator("one")
    await asyncio.sleep(0.5)
    async with service._turn:
        answer = asyncio.create_task(service._answer(Approve(action_id="nothing.a1")))
        await asyncio.sleep(0.05)
        assert service._lease is not None
        service._lease._withheld = frozenset(range(8))
    assert await answer is None


async def test_false_claims_on_a_healthy_network_start_nothing(stage: Stage) -> None:
    """Any process with the rights of correlator and rca can report incidents; the telemetry decides."""
    stage.shows = QUIET
    await stage.remediator("one")
    claims = [(core, FaultKind.NODE_DOWN, "reachable") for core in NODES[:3]]
    claims += [(link, FaultKind.LINK_DOWN, "up") for link in list(NETWORK.link_by_id)[:3]]
    claims += [("server-1", FaultKind.HIGH_CPU, "cpu_usage"), ("server-2", FaultKind.PACKET_LOSS, "packet_loss")]
    reported = [await stage.trouble(*claim) for claim in claims]
    await stage.has(*(f"{trouble.id}.a1.blocked.proven_harm" for trouble in reported))
    assert not [event for event, _ in stage.published if isinstance(event, Execute)]
    stage.shows = BROKEN
    await stage.until(lambda ids: any(id_.endswith(".applied") for id_ in ids))


async def test_an_action_is_blocked_by_a_leftover_claim_and_then_takes_it_over(stage: Stage) -> None:
    own = await stage.bus(ServiceName.REMEDIATOR, "other")
    assert await ActionLedger(own.bucket(Bucket.ACTIONS)).claim("server-1", "elsewhere.a1") is None
    await stage.remediator("one", GateLimits(blocked_for=2.0))
    trouble = await stage.trouble("server-1", FaultKind.HIGH_CPU, "cpu_usage")
    ids = await stage.has(f"{trouble.id}.a1.started", within=30)
    assert [id_.removeprefix(f"{trouble.id}.") for id_ in ids][:4] == [
        "a1.proposed",
        "a1.blocked.never_against_running",
        "a1.approved",
        "a1.started",
    ], "it is blocked once, and published as approved only when it starts"
    assert HELD_FOR >= 2 * CLAIM_SETTLES, "a leftover claim calls no person"


async def test_a_published_start_that_is_put_off_is_blocked_in_the_ledger_and_for_readers(
    stage: Stage,
) -> None:
    """A process was killed after it had published a start; before the next one came, another process claimed the
    target.
    """
    trouble = Trouble(("server-1", "cpu_usage"), since=time.time() - 20)
    why = cause("server-1", FaultKind.HIGH_CPU, trouble.ids)
    now, action_id = time.time(), f"{trouble.id}.a1"
    await stage.correlator.publish(trouble.opened())
    diagnosis = trouble.diagnosis(now - 15, why)
    started = Action(
        id=action_id,
        incident_id=trouble.id,
        attempt=1,
        kind=ActionKind.RESTART_PROCESS,
        target="server-1",
        cause=why,
        state=ActionState.STARTED,
        fence=1,
        proposed=now - 5,
        started=now - 4,
    )
    own = await stage.bus(ServiceName.REMEDIATOR, "dead")
    ledger = ActionLedger(own.bucket(Bucket.ACTIONS))
    record = RepairRecord(
        incident_id=trouble.id,
        diagnosis=diagnosis,
        diagnosed=diagnosis.at,
        first=Standing(element="server-1", kind=FaultKind.HIGH_CPU, since=diagnosis.at),
        attempts=1,
        current=action_id,
        actions=(action_id,),
    )
    approved = started.model_copy(update={"state": ActionState.APPROVED, "started": None})
    reported = [RemediationApproved(action=approved, at=now - 4), RemediationStarted(action=started, at=now - 4)]
    await ledger.save([started], [Handover.of(record, reported)])
    await own.publish(*reported)
    assert await ActionLedger(own.bucket(Bucket.ACTIONS)).claim("server-1", "elsewhere.a1") is None
    await stage.remediator("one")
    await stage.has(f"{action_id}.blocked.never_against_running.1")
    stored = await stage.action(action_id)
    assert (stored.state, stored.put_off, stored.started) == (ActionState.BLOCKED, 1, None)
    known = ActionIndex()
    for event, _ in stage.published:
        if isinstance(event, RemediationEvent):
            known.receive(event.action)
    assert [action.state for action in known.actions()] == [ActionState.BLOCKED]
    assert not stage.carried_out
    await stage.has(f"{action_id}.approved.1", f"{action_id}.started.1", within=30)
    await stage.until(lambda ids: any(".applied" in id_ for id_ in ids))
    assert stage.carried_out == {action_id: 1}


async def test_usual_values_are_known_from_the_stream_after_a_restart(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.shows = QUIET
    await asyncio.sleep(2.0)
    monkeypatch.setattr("services.remediator.service.LOOKS_BACK", (1.5, 1.25, 1.0, 0.75, 0.5))
    service = await stage.remediator("one")
    stage.shows = BROKEN
    assert service._core.known.evidence.usual("server-1", "cpu_usage") == QUIET["cpu_usage"]


def test_the_remediator_follows_every_subject_that_it_may_read() -> None:
    """The reference names a service as a reader of all that its rights permit; so the remediator has to follow all of
    that.
    """
    rights = RIGHTS[ServiceName.REMEDIATOR]
    assert {subject.partition(".")[0] for subject in FOLLOWED} == {stream.lower() for stream in rights.follows}
    for event in EVENTS:
        family = event.subject.partition(".")[0]
        if family in {stream.lower() for stream in rights.follows}:
            assert f"{family}.*" in FOLLOWED or event.subject in FOLLOWED
