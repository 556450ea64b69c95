"""Properties for any order of messages: one action at a time on a target, the life cycle of each action is kept, and a
kill changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from services.remediator.core import Remediator, RepairRecord
from services.remediator.core.decision import Moment
from services.remediator.core.repair import next_step
from services.remediator.core.steps import owes_undo
from shared.domain.catalogue import FINISHED, may_become
from shared.domain.events import Action, DiagnosisMade, Event, Execute, Executed, IncidentEvent, RemediationEvent
from shared.domain.kinds import ActionKind, ActionState, FaultKind, Mode
from shared.testing import EVERYTHING
from tests.services.remediator.build import NETWORK, T0, Bench, Trouble, cause

PLACES = (
    ("server-1", FaultKind.HIGH_CPU, "cpu_usage"),
    ("server-1", FaultKind.HIGH_MEMORY, "memory_usage"),
    ("edge-switch-1--server-1", FaultKind.CONGESTION, "utilization"),
    ("edge-switch-1", FaultKind.NODE_DOWN, "reachable"),
    ("core-router-1--core-router-2", FaultKind.LINK_DOWN, "up"),
)


@dataclass(frozen=True)
class Happening:
    what: str
    incident: int
    cause: int
    pause: float
    kill: bool


HAPPENINGS = ("open", "diagnose", "ran", "not ran", "reverted", "clear", "resolve", "wait", "wait long")
OF_OTHERS = ("hold", "free")
"""Another process claims a target, or releases all of them."""


def stories(what: Sequence[str]) -> st.SearchStrategy[list[Happening]]:
    return st.lists(
        st.builds(
            Happening,
            what=st.sampled_from(what),
            incident=st.integers(0, 2),
            cause=st.integers(0, len(PLACES) - 1),
            pause=st.sampled_from([0.05, 0.5, 0.6, 1.1, 4.0]),
            kill=st.sampled_from([False, False, True]),
        ),
        min_size=12,
        max_size=40,
    )


happenings = stories(HAPPENINGS)


class Driver:
    def __init__(self) -> None:
        self.bench = Bench()
        self.bench.core.known.shared = True
        self.troubles = [Trouble((PLACES[i][0], PLACES[i][2]), id=f"i{i}") for i in range(3)]
        self.received: list[tuple[Event, float]] = []
        self.state: dict[str, Action] = {}
        self.seen = 0

    def report_three(self, causes: Sequence[int]) -> None:
        """Report three incidents that need repair at the same time, most of them at touching elements."""
        for i, chosen in enumerate(causes):
            self.happen(Happening("trouble", i, chosen, 0.0, kill=False))

    def deliver(self, event: Event) -> None:
        self.received.append((event, self.bench.now))
        self.bench.receive(event)
        self.check()

    def happen(self, it: Happening) -> None:
        self.bench.until(self.bench.now + it.pause)
        self.check()
        trouble = self.troubles[it.incident]
        self._happen(it, trouble)
        self.check_steps_are_pure()
        if it.kill:
            self.kill()

    def _happen(self, it: Happening, trouble: Trouble) -> None:
        now = self.bench.now
        commands = [command for command in self.bench.commands if command.incident_id == trouble.id]
        if it.what == "open" or (it.what == "trouble" and not trouble.revision):
            self.deliver(trouble.opened())
        if it.what in ("trouble", "diagnose"):
            trouble.revision += 1
            chosen = [PLACES[it.cause], PLACES[(it.cause + 1) % len(PLACES)]]
            self.deliver(trouble.diagnosis(now, *(cause(e, kind, trouble.ids, 0.9) for e, kind, _ in chosen)))
        elif it.what in ("ran", "not ran", "reverted") and commands:
            self.answer(commands[-1], ran=it.what != "not ran", revert=it.what == "reverted")
        elif it.what == "clear":
            self.deliver(trouble.clear(now))
        elif it.what == "resolve":
            self.deliver(trouble.resolve(now))
            place, next_id = PLACES[it.cause], f"{trouble.id[:2]}.{len(self.received)}"
            self.troubles[it.incident] = Trouble((place[0], place[2]), id=next_id)
        elif it.what == "hold":
            self.bench.holders[PLACES[it.cause][0]] = "elsewhere.a1"
        elif it.what == "free":
            self.bench.holders.clear()
        elif it.what == "wait long":
            self.bench.until(now + 30)
            self.check()

    def answer(self, command: Execute, *, ran: bool = True, revert: bool = False) -> None:
        self.received.append((self.executed(command, ran, revert), self.bench.now))
        self.bench.receive(self.received[-1][0])
        self.check()

    def executed(self, command: Execute, ran: bool, revert: bool) -> Event:
        return Executed(
            action_id=command.action_id,
            incident_id=command.incident_id,
            fence=command.fence,
            ran=ran,
            revert=revert,
            took_effect=self.bench.now if ran else None,
        )

    def kill(self) -> None:
        """Replace the process: the new one reads the history and takes over the ledger, as the shell does."""
        old = self.bench.core
        ledger = [record.model_dump_json() for record in old.snapshot() if record.diagnosis]
        actions = [action.model_dump_json() for action in old.actions()]
        core = Remediator(NETWORK, old.known.limits, Mode.AUTO)
        core.known.offered = EVERYTHING
        core.known.fence = old.known.fence + 1
        core.known.shared = True
        core.own(lambda incident_id: False)
        for event, at in self.received:
            assert core.absorb(event, at) == []
        now = self.bench.now
        core.restore(
            [RepairRecord.model_validate_json(text) for text in ledger],
            now,
            [Action.model_validate_json(text) for text in actions],
        )
        core.own(lambda incident_id: True)
        self.bench.core = core
        self.bench.until(now)
        self.check()

    def check(self) -> None:
        new, self.seen = self.bench.published[self.seen :], len(self.bench.published)
        for event in new:
            if isinstance(event, RemediationEvent):
                known = self.state.get(event.action.id)
                if known is not None:
                    assert may_become(known.state, event.action.state), (known.state, event)
                    assert event.action.progress >= known.progress, "a reader takes this for the newer state"
                self.state[event.action.id] = event.action
        busy = [
            action
            for action in self.state.values()
            if action.state in (ActionState.STARTED, ActionState.APPLIED)
            or (owes_undo(action) and not self.undone(action))
        ]
        for i, one in enumerate(busy):
            for other in busy[:i]:
                assert other.target not in NETWORK.touching(one.target), (one.id, other.id)
                assert one.incident_id != other.incident_id, "one action at a time for an incident"

    def check_steps_are_pure(self) -> None:
        """A step is a function of what is known: asked again it answers the same, and asking changes nothing."""
        core = self.bench.core
        for incident_id, state in core._repairs.items():
            at = Moment(self.bench.now, core.known.cases[incident_id], core.known)
            assert next_step(state, at) == next_step(state, at)

    def undone(self, action: Action) -> bool:
        """Whether its revert is over: done, or given up, which the record shows."""
        return all(r.current != action.id for r in self.bench.core.snapshot())

    def end(self) -> None:
        """Resolve all incidents and answer no command: all started actions come to an end."""
        self.bench.holders.clear()
        for trouble in self.troubles:
            if trouble.revision:
                self.deliver(trouble.resolve(self.bench.now))
        self.bench.until(self.bench.now + 100)
        self.check()
        assert self.bench.core.next_due(self.bench.now) is None
        assert self.bench.core.snapshot() == [] or all(r.current is None for r in self.bench.core.snapshot())
        for action in self.bench.core.actions():
            assert action.state in FINISHED, action


@settings(max_examples=250, deadline=None)
@given(st.tuples(*[st.integers(0, len(PLACES) - 1)] * 3), happenings)
def test_invariants_hold_in_any_order_of_messages(first: Sequence[int], story: Sequence[Happening]) -> None:
    driver = Driver()
    driver.report_three(first)
    for it in story:
        driver.happen(it)
    driver.end()


@settings(max_examples=50, deadline=None)
@given(st.tuples(*[st.integers(0, len(PLACES) - 1)] * 3), stories((*HAPPENINGS, *OF_OTHERS)))
def test_invariants_hold_while_other_processes_hold_targets(first: Sequence[int], story: Sequence[Happening]) -> None:
    driver = Driver()
    driver.report_three(first)
    for it in story:
        driver.happen(it)
    driver.end()


@settings(max_examples=100, deadline=None)
@given(happenings)
def test_a_repeated_message_changes_nothing(story: Sequence[Happening]) -> None:
    driver = Driver()
    for it in story:
        driver.happen(Happening(it.what, it.incident, it.cause, it.pause, kill=False))
        before = len(driver.bench.published)
        for event, _ in driver.received:
            driver.bench.receive(event)
        assert len(driver.bench.published) == before


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(6)))
def test_messages_of_one_moment_may_arrive_in_any_order(order: Sequence[int]) -> None:
    """Incident, diagnosis and the network's answer come from different streams, which have no common order."""
    bench, trouble = Bench(), Trouble(("server-1", "cpu_usage"))
    first = trouble.opened()
    early = trouble.diagnosis(T0, cause("server-1", FaultKind.NODE_DOWN, trouble.ids))
    second = trouble.join("server-1", "latency", T0)
    late = trouble.diagnosis(T0, cause("server-1", FaultKind.HIGH_CPU, trouble.ids))
    events: list[IncidentEvent | DiagnosisMade] = [first, early, second, late, first, late]
    bench.receive(*(events[i] for i in order))
    bench.until(T0 + 1)
    assert [command.kind for command in bench.commands] == [ActionKind.RESTART_PROCESS]


def test_a_kill_at_any_step_gives_one_command_and_the_same_end() -> None:
    steps = [
        Happening("open", 0, 0, 0.0, False),
        Happening("diagnose", 0, 0, 0.0, False),
        Happening("wait", 0, 0, 0.5, False),
        Happening("ran", 0, 0, 0.5, False),
        Happening("wait", 0, 0, 1.1, False),
        Happening("clear", 0, 0, 0.5, False),
        Happening("resolve", 0, 0, 1.1, False),
    ]
    for killed in range(len(steps)):
        driver = Driver()
        for i, it in enumerate(steps):
            driver.happen(Happening(it.what, it.incident, it.cause, it.pause, kill=i == killed))
        driver.end()
        assert {command.action_id for command in driver.bench.commands} == {"i0.a1"}, killed
        assert [action.state for action in driver.bench.core.actions()] == [ActionState.VERIFIED], killed
        applied = next(event for event in driver.bench.published if event.id == "i0.a1.applied")
        assert applied.action.diagnosed == T0, killed  # type: ignore[attr-defined]


def test_an_incident_taken_over_by_another_process_is_left_alone() -> None:
    driver = Driver()
    for it in (Happening("open", 0, 0, 0.0, False), Happening("diagnose", 0, 0, 0.0, False)):
        driver.happen(it)
    driver.bench.core.own(lambda incident_id: False)
    assert driver.bench.until(T0 + 50) == []
    assert driver.bench.core.snapshot() == []
