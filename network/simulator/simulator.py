"""The simulated network: a clock of ticks, and what happens between two of them.

1. Telemetry is a function of (seed, load, tick) and of what was struck and done when; nothing is drawn in sequence.
2. What is due by a tick happens in the order of its time before the tick is sampled.
3. The answer to a command says that it ran, never whether a fault ended.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from network.port import Happening
from network.simulator.benign import NOTHING, Benign
from network.simulator.conditions import LASTS, Conditions, Trace, conditions
from network.simulator.faultbook import FaultBook
from network.simulator.poller import Poller
from network.simulator.repairs import ends, seconds, unfit
from network.simulator.state import Done, Running, State, decode_state, encode_state, refused
from network.simulator.traces import Traces
from network.simulator.traffic import Traffic
from network.simulator.world import NumberedTopology
from shared.domain.catalogue import ACTIONS
from shared.domain.errors import Refused
from shared.domain.events import Execute, Fault, FaultEnded, FaultStarted
from shared.domain.kinds import EndedBy
from shared.domain.telemetry import TICK_SECONDS, Tick
from shared.domain.topology import Topology, partitions_for

DONE_KEPT = 200
REPLAYED = 3  # ticks that are gone through in full after a leap: late samples and routing look back two
JUST_BEFORE = 0.001  # of the next tick: the latest moment at which something between two ticks can happen


class Simulator:
    """A network as arithmetic; implements `network.port.ManagedNetwork`."""

    def __init__(
        self,
        topology: Topology,
        seed: int = 1,
        origin: float = 0.0,
        speed: float = 1.0,
        partitions: int | None = None,
        load: float = 1.0,
        benign: Benign = NOTHING,
    ) -> None:
        self.speed = speed
        self._seed, self._tick = seed, 0
        self._origin = round(origin / TICK_SECONDS) * TICK_SECONDS
        self._world = NumberedTopology(topology, seed, partitions or partitions_for(topology))
        self._traffic = Traffic(self._world, load, benign)
        self._poller, self._book = Poller(self._world), FaultBook(topology)
        self._running: list[Running] = []
        self._traces = Traces()
        self._done: deque[Done] = deque(maxlen=DONE_KEPT)
        self._owed: list[Done] = []
        self._told: set[str] = set()
        self._closed: set[str] = set()
        self._news: list[Happening] = []

    @property
    def topology(self) -> Topology:
        """The nodes and links."""
        return self._world.topology

    @property
    def tick(self) -> int:
        """The number of the last tick; 0 before the first."""
        return self._tick

    @property
    def now(self) -> float:
        """Network time of the last tick."""
        return self._origin + self._tick * TICK_SECONDS

    @property
    def load(self) -> float:
        """How much traffic there is, 1 on a normal day; may be set while it runs."""
        return self._traffic.load

    @load.setter
    def load(self, load: float) -> None:
        self._traffic.load = load

    def sample(self) -> tuple[Sequence[Tick], Sequence[Happening]]:
        """Let one tick pass; return its telemetry, one message a partition, and what happened in it."""
        self._tick += 1
        self._settle(self.now)
        here = self._conditions()
        sample = self._traffic.measure(self._tick, self.now, here)
        self._traffic.converge(here.cost)
        ticks = self._poller.poll(sample, self._tick, self.now, self.speed)
        return ticks, self._take_news()

    def _conditions(self) -> Conditions:
        traces = [*self._traces.until(self.now), *(running.trace for running in self._running)]
        return conditions(self._world, self._traffic.memory_base, self._book.live, traces, self.now, self._origin)

    def _take_news(self) -> list[Happening]:
        news: list[Happening] = [*self._news, *(done.executed(done.fence) for done in self._owed)]
        if news:
            self._told = {fault.id for fault in self._book.live}
            self._closed = {fault.id for fault in self._book.ended}
        self._news, self._owed = [], []
        return news

    # --- faults ---------------------------------------------------------------------------------------------------

    def strike(self, fault: Fault) -> Fault:
        """Break something; return the fault as it landed. Raises Refused or UnknownTarget."""
        if known := self._book.find(fault.id):
            return known
        started = self._between_ticks(fault.started)
        lasts = max(0.0, fault.ends - fault.started)
        landed = fault.model_copy(
            update={"started": started, "ends": round(started + lasts, 3), "ended": None, "ended_by": None}
        )
        self._book.land(landed)
        self._news.append(FaultStarted(fault=landed))
        return landed

    def cancel(self, fault_id: str) -> Fault:
        """End a fault; return it. Raises Refused where it is not live."""
        fault = self._book.find(fault_id)
        if fault is None or fault.ended is not None:
            raise Refused(f"fault {fault_id} is not live: nothing is left to end")
        return self._end(fault, EndedBy.CANCELLED, self.now)

    def faults(self) -> Sequence[Fault]:
        """Return the live faults and the last 100 that ended, oldest first."""
        return self._book.all

    def _end(self, fault: Fault, by: EndedBy, at: float) -> Fault:
        over = self._book.end(fault, by, at)
        self._news.append(FaultEnded(fault=over))
        return over

    def _between_ticks(self, moment: float) -> float:
        return round(min(max(moment, self.now), self.now + TICK_SECONDS - JUST_BEFORE), 3)

    # --- actions --------------------------------------------------------------------------------------------------

    def execute(self, command: Execute, at: float | None = None) -> None:
        """Begin an action, or its undoing; its `Executed` comes with a later `sample`. The same id twice runs once."""
        wanted = (command.action_id, command.revert)
        if any(running.key == wanted for running in self._running):
            return
        if known := next((done for done in self._done if done.key == wanted), None):
            self._news.append(known.executed(command.fence))
            return
        if reason := self._objection(command):
            self._finish(refused(command, reason))
            return
        begins = self._between_ticks(self.now if at is None else at)
        takes = seconds(self._seed, command.kind, command.action_id, command.revert)
        self._running.append(
            Running(
                action_id=command.action_id,
                incident_id=command.incident_id,
                kind=command.kind,
                target=command.target,
                fence=command.fence,
                revert=command.revert,
                begins=begins,
                ends=round(begins + takes, 3),
            )
        )

    def _objection(self, command: Execute) -> str:
        if command.revert and not ACTIONS[command.kind].undoable:
            return f"{command.kind} leaves nothing that could be undone"
        return unfit(command.kind, command.target, self.topology)

    def _finish(self, done: Done) -> None:
        self._done.append(done)
        self._owed.append(done)

    def _settle(self, now: float) -> None:
        """Let everything happen that is due by `now`, in the order of its time."""
        while True:
            action = min((r for r in self._running if r.ends <= now), key=lambda r: (r.ends, r.action_id), default=None)
            fault = self._book.due(now)
            if action and (fault is None or action.ends <= fault.ends):
                self._complete(action)
            elif fault:
                self._end(fault, EndedBy.TTL, fault.ends)
            else:
                return

    def _complete(self, action: Running) -> None:
        self._running.remove(action)
        if action.revert:
            self._traces.undo(action.action_id)
        else:
            for fault in self._book.ended_by(lambda f: ends(action.kind, action.target, f, self.topology)):
                self._end(fault, EndedBy.ACTION, action.ends)
            if lasts := LASTS.get(action.kind):
                until = action.ends + lasts
                self._traces.leave(Trace(action.action_id, action.kind, action.target, action.ends, until, False))
        self._finish(Done(action.action_id, action.incident_id, action.fence, action.revert, True, action.ends, ""))

    # --- memory ---------------------------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """Return everything that must outlive the process, apart from the faults."""
        cost = self._traffic.cost
        return encode_state(
            State(
                origin=self._origin,
                tick=self._tick,
                cost={self._world.links[i]: int(cost[i]) for i in np.flatnonzero(cost != 1)},
                running=self._running,
                traces=self._traces.all,
                done=list(self._done),
                owed=self._owed,
                told=sorted(self._told),
                closed=sorted(self._closed),
                waiting=self._poller.waiting,
            )
        )

    def restore(self, snapshot: bytes, faults: Sequence[Fault], skip_ticks: int) -> None:
        """Go on from a snapshot, `skip_ticks` later: the network lived on while nobody looked."""
        state = decode_state(snapshot)
        self._origin, self._tick = state.origin, state.tick
        cost = np.ones(len(self._world.links), dtype=np.int64)
        for link, price in state.cost.items():
            if link in self._world.link_number:
                cost[self._world.link_number[link]] = price
        self._traffic.converge(cost)
        self._running = [r for r in state.running if r.target in self.topology]
        self._traces = Traces(t for t in state.traces if t.target in self.topology)
        self._done, self._owed = deque(state.done, maxlen=DONE_KEPT), list(state.owed)
        self._poller.waiting = [row for row in state.waiting if row.name in self.topology]
        self._news = []
        self._told, self._closed = set(state.told), set(state.closed)
        self._book.restore(faults)
        self._report_again()
        self._leap(skip_ticks)

    def _report_again(self) -> None:
        """Report what was written down, and may not have been reported before the process ended."""
        for fault in self._book.all:
            if fault.id not in self._told | self._closed:
                self._news.append(FaultStarted(fault=fault.model_copy(update={"ended": None, "ended_by": None})))
            if fault.ended is not None and fault.id not in self._closed:
                self._news.append(FaultEnded(fault=fault))

    def _leap(self, ticks: int) -> None:
        unseen = max(0, ticks - REPLAYED)
        if unseen:
            self._tick += unseen
            self._settle(self.now)
        happened: list[Happening] = []
        for _ in range(max(0, ticks) - unseen):
            happened += self.sample()[1]
        self._news = [*happened, *self._news]
