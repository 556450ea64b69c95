"""The injector's shell: one replica leads the campaign; any replica answers requests.

Rules: asking twice strikes once. A strike counts only when `fault.started` was seen. A replica acts once it has read
the whole of `fault.*`.
"""

from __future__ import annotations

import asyncio

from services.injector.core import Campaign, fault_id_of, ordered
from services.injector.ledger import FaultLedger
from shared.domain.capabilities import Capabilities
from shared.domain.config import RUNNING, Desired
from shared.domain.errors import NmsError, NobodyThere, OutcomeUnknown, Refused, UnknownTarget
from shared.domain.events import Event, Fault, FaultCycle, FaultEnded, FaultStarted
from shared.domain.kinds import Level, ServiceName
from shared.domain.requests import ApplyFault, CancelFault, ClearFault, InjectFault, Reply, Request
from shared.platform.bus import Bus, Subscription
from shared.platform.leases import Lease
from shared.platform.offered import OfferedByNetwork
from shared.platform.waiting import FINISH_WITHIN, LET_GO_WITHIN, at_most, happens

LANDS_WITHIN = 3.0
"""Seconds within which a strike must be seen to land, else it is tried again."""
ANSWERS_WITHIN = 0.8
"""The share of it within which the network has to answer."""
STRIKES_AT_MOST = 2
LONGEST_NAP = 1.0
SHORTEST_NAP = 0.01
NAMES_SHOWN = 5


class InjectorService:
    """Turns the cycles while it leads, strikes, and proves that each fault landed."""

    name = ServiceName.INJECTOR

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._ledger = FaultLedger()
        self._wake = asyncio.Event()
        self._strikes: dict[str, ApplyFault] = {}
        self._landings: dict[str, asyncio.Task[Fault]] = {}
        self._seen: dict[str, asyncio.Event] = {}
        self._subscriptions: list[Subscription] = []
        self._lease: Lease | None = None
        self._idle = ""
        self._clockwork: asyncio.Task[None] | None = None

    async def start(self, bus: Bus) -> None:
        """Read the history of faults, stand for leader, answer requests."""
        self._bus = bus
        self._desired = bus.desired
        self._campaign = Campaign(bus.topology, self._seed)
        self._offered = await OfferedByNetwork(bus, self._offers).start()
        self._subscriptions.append(self._offered)
        following = await bus.follow(("fault.*",), self._heard, since="all")
        self._subscriptions += [following, await bus.follow_desired(self._wanted)]
        await following.caught_up.wait()
        self._lease = await bus.lease(1, self._leads)
        self._subscriptions.append(await bus.answer(self._answer))
        self._clockwork = bus.connection.spawn(self._run())

    async def stop(self) -> None:
        """Turn no more cycles, let strikes that are under way land, give the lease back."""
        if self._clockwork is not None:
            self._clockwork.cancel()
            await asyncio.gather(self._clockwork, return_exceptions=True)
        if self._landings:
            await asyncio.wait(self._landings.values(), timeout=FINISH_WITHIN)
        async with at_most(LET_GO_WITHIN, "the injector"):
            if self._lease is not None:
                await self._lease.stop()
            for subscription in reversed(self._subscriptions):
                await subscription.stop()

    # --- what comes in ------------------------------------------------------------------------------------------

    async def _heard(self, event: Event, time: float) -> None:
        match event:
            case FaultCycle():
                self._campaign.saw(event)
            case FaultStarted(fault=fault):
                self._ledger.started(fault)
                if landed := self._seen.get(fault.id):
                    landed.set()
            case FaultEnded(fault=fault):
                self._ledger.ended(fault)
            case _:
                pass

    async def _wanted(self, desired: Desired) -> None:
        self._desired = desired
        self._bus.report(RUNNING, "true" if desired.running else "false")
        self._wake.set()
        if fault := self._bus.desired_fault:
            await self._bus.log(
                Level.ERROR, f"The configuration cannot be read ({fault}): no faults are injected until one is set"
            )
        await self._say_if_idle()
        unknown = [target for target in desired.targets if target not in self._bus.topology]
        if unknown and self._lease is not None and self._lease.leads:
            names = ", ".join(unknown[:NAMES_SHOWN])
            await self._bus.log(Level.WARNING, f"The campaign's targets name what does not exist: {names}")

    async def _offers(self, offered: Capabilities) -> None:
        self._campaign.offered = offered
        self._wake.set()
        await self._say_if_idle(sure=True)

    async def _say_if_idle(self, sure: bool = False) -> None:
        """Say that the campaign is wanted and does not run, and why; once. `sure`: that nothing is known is known."""
        offered = self._campaign.offered
        idle = offered.no_faults if self._desired.running and not offered.faults else ""
        if idle and idle != self._idle and (sure or offered.known):
            await self._bus.log(Level.WARNING, f"The fault campaign does not start: {idle}")
        self._idle = idle if sure or offered.known else ""

    async def _leads(self, owned: frozenset[int]) -> None:
        self._wake.set()

    # --- the campaign -------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            try:
                await self._nap()
                await self._turn()
            except Exception as error:
                # The clock of the campaign must outlive whatever one turn of it meets.
                await self._bus.log(Level.ERROR, f"A cycle failed: {error}")
                await asyncio.sleep(LONGEST_NAP)

    async def _nap(self) -> None:
        """Wait until a cycle is due, or what is wanted or who leads has changed."""
        nap: float | None = LONGEST_NAP
        if self._lease is None or not self._lease.leads or not self._desired.running:
            # Waking at the change is enough; stopping must reach the core first, so that starting begins anew.
            nap = None
        elif (due := self._campaign.due) is not None:
            clock = self._bus.clock
            nap = min(LONGEST_NAP, max(SHORTEST_NAP, (due - clock.now()) / clock.speed))
        await happens(self._wake, nap)
        self._wake.clear()

    async def _turn(self) -> None:
        lease, clock = self._lease, self._bus.clock
        if lease is None or not lease.leads or not clock.known:
            return
        under_way = list(self._strikes.values())
        now = clock.now()
        said = self._campaign.advance(
            now, self._desired, self._ledger.known(now, under_way), self._ledger.struck(under_way)
        )
        for step in said:
            if isinstance(step, FaultCycle):
                await self._bus.publish(step)
            elif lease.leads:
                self._strike(step)

    # --- strikes ------------------------------------------------------------------------------------------------

    def _strike(self, strike: ApplyFault) -> asyncio.Task[Fault]:
        """Begin a strike, or join the one under way with the same id."""
        task = self._landings.get(strike.fault_id)
        if task is None:
            self._strikes[strike.fault_id] = strike
            self._seen[strike.fault_id] = asyncio.Event()
            task = self._landings[strike.fault_id] = asyncio.create_task(self._land(strike))
            task.add_done_callback(lambda done: self._done(strike.fault_id, done))
        return task

    def _done(self, fault_id: str, task: asyncio.Task[Fault]) -> None:
        for table in (self._strikes, self._seen, self._landings):
            table.pop(fault_id, None)
        if not task.cancelled():
            # Said in the log already; read here so that asyncio does not say it again.
            task.exception()

    async def _land(self, strike: ApplyFault) -> Fault:
        """Strike until the fault is seen.

        Raises Refused where the network refuses or nobody hosts one, and OutcomeUnknown where it may land yet.
        """
        what, heard = f"{strike.kind} on {strike.target}", False
        try:
            for _ in range(STRIKES_AT_MOST):
                try:
                    fault = await self._tried(strike)
                    heard = True
                except NobodyThere:
                    fault = None
                if fault is not None:
                    await self._bus.log(Level.SUCCESS, f"Injected {what}")
                    return fault
                await self._bus.log(Level.WARNING, f"{what} was not seen to land within {LANDS_WITHIN:.0f} s")
        except NmsError as error:
            await self._bus.log(Level.WARNING, f"{what} was refused: {error}")
            raise
        if not heard:
            raise Refused(f"{what} was not struck: no network process is there; start it, and ask again")
        raise OutcomeUnknown(
            f"it is not known whether {what} has landed, or will: the network process does not answer; "
            "ask again with the same id"
        )

    async def _tried(self, strike: ApplyFault) -> Fault | None:
        """Strike once; return the fault if it was seen to land. Raises NobodyThere."""
        until = asyncio.get_running_loop().time() + LANDS_WITHIN
        try:
            # A request keeps its own time: cut off from outside it could not say that nobody was there.
            await self._bus.request(ServiceName.NETWORK, strike, timeout=LANDS_WITHIN * ANSWERS_WITHIN)
            async with asyncio.timeout_at(until):
                if self._ledger.get(strike.fault_id) is None:
                    await self._seen[strike.fault_id].wait()
        except NobodyThere:
            raise
        except TimeoutError:
            # The answer may be lost and the fault have landed all the same: only what was seen counts.
            return self._ledger.get(strike.fault_id)
        return self._ledger.get(strike.fault_id)

    # --- requests -----------------------------------------------------------------------------------------------

    async def _answer(self, request: Request) -> Reply:
        match request:
            case InjectFault():
                return Reply(fault=await self._inject(request))
            case CancelFault():
                return Reply(fault=await self._cancel(request))
            case _:
                raise Refused(f"the injector cannot {type(request).__name__}: ask inject_fault or cancel_fault")

    async def _inject(self, asked: InjectFault) -> Fault:
        known = self._ledger.get(fault_id_of(asked))
        if known is not None:
            if (known.kind, known.target) != (asked.kind, asked.target):
                raise Refused(f"request {asked.request_id!r} was {known.kind} on {known.target}: give each its own id")
            return known
        now = self._bus.clock.now()
        live = [fault for fault in self._ledger.known(now, list(self._strikes.values())) if fault.ended is None]
        return await asyncio.shield(self._strike(ordered(asked, self._bus.topology, live, self._campaign.offered)))

    async def _cancel(self, asked: CancelFault) -> Fault | None:
        try:
            reply = await self._bus.request(ServiceName.NETWORK, ClearFault(fault_id=asked.fault_id))
        except Refused:
            if self._ledger.get(asked.fault_id) is None:
                raise UnknownTarget(f"unknown fault {asked.fault_id!r}: see the list of live faults") from None
            raise
        except NobodyThere:
            raise Refused("nothing was ended: no network process is there; start it, and ask again") from None
        except TimeoutError:
            raise OutcomeUnknown(
                f"it is not known whether fault {asked.fault_id} was ended, or will be: the network process does not "
                "answer; see the list of faults, and ask again"
            ) from None
        return reply.fault
