"""The injector's shell: one replica leads the campaign, and any replica answers requests.

Rules

1. A request that is repeated injects one fault only.
2. An injection has succeeded only when its `fault.started` has been received.
3. A replica acts only after it has read all stored events of `fault.*`.
"""

from __future__ import annotations

import asyncio

from services.injector.core import Campaign, fault_id_of, requested
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

STARTS_WITHIN = 3.0
"""Seconds within which `fault.started` has to be received; otherwise the injection is repeated."""
ANSWER_SHARE = 0.8
"""The share of `STARTS_WITHIN` within which the network has to answer."""
ATTEMPTS = 2
LONGEST_NAP = 1.0
SHORTEST_NAP = 0.01
NAMES_SHOWN = 5


class InjectorService:
    name = ServiceName.INJECTOR

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._ledger = FaultLedger()
        self._wake = asyncio.Event()
        self._pending: dict[str, ApplyFault] = {}
        self._tasks: dict[str, asyncio.Task[Fault]] = {}
        self._started: dict[str, asyncio.Event] = {}
        self._subscriptions: list[Subscription] = []
        self._lease: Lease | None = None
        self._idle = ""
        self._running: asyncio.Task[None] | None = None

    async def start(self, bus: Bus) -> None:
        self._bus = bus
        self._desired = bus.desired
        self._campaign = Campaign(bus.topology, self._seed)
        self._offered = await OfferedByNetwork(bus, self._capabilities_changed).start()
        self._subscriptions.append(self._offered)
        following = await bus.follow(("fault.*",), self._receive, since="all")
        self._subscriptions += [following, await bus.follow_desired(self._desired_changed)]
        await following.caught_up.wait()
        self._lease = await bus.lease(1, self._lease_changed)
        self._subscriptions.append(await bus.answer(self._answer))
        self._running = bus.connection.spawn(self._run())

    async def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=FINISH_WITHIN)
        async with at_most(LET_GO_WITHIN, "the injector"):
            if self._lease is not None:
                await self._lease.stop()
            for subscription in reversed(self._subscriptions):
                await subscription.stop()

    # --- incoming messages --------------------------------------------------------------------------------------

    async def _receive(self, event: Event, time: float) -> None:
        match event:
            case FaultCycle():
                self._campaign.observe(event)
            case FaultStarted(fault=fault):
                self._ledger.started(fault)
                if started := self._started.get(fault.id):
                    started.set()
            case FaultEnded(fault=fault):
                self._ledger.ended(fault)
            case _:
                pass

    async def _desired_changed(self, desired: Desired) -> None:
        self._desired = desired
        self._bus.report(RUNNING, "true" if desired.running else "false")
        self._wake.set()
        if fault := self._bus.desired_fault:
            await self._bus.log(
                Level.ERROR, f"The configuration cannot be read ({fault}): no faults are injected until one is set"
            )
        await self._log_if_idle()
        unknown = [target for target in desired.targets if target not in self._bus.topology]
        if unknown and self._lease is not None and self._lease.leads:
            names = ", ".join(unknown[:NAMES_SHOWN])
            await self._bus.log(Level.WARNING, f"The campaign has unknown targets: {names}")

    async def _capabilities_changed(self, offered: Capabilities) -> None:
        self._campaign.offered = offered
        self._wake.set()
        await self._log_if_idle(final=True)

    async def _log_if_idle(self, final: bool = False) -> None:
        """Log once why the campaign cannot run although it should.

        `final`: the capabilities of the network have been read, even if the network reported none.
        """
        offered = self._campaign.offered
        idle = offered.no_faults if self._desired.running and not offered.faults else ""
        if idle and idle != self._idle and (final or offered.known):
            await self._bus.log(Level.WARNING, f"The fault campaign does not start: {idle}")
        self._idle = idle if final or offered.known else ""

    async def _lease_changed(self, owned: frozenset[int]) -> None:
        self._wake.set()

    # --- the campaign -------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            try:
                await self._nap()
                await self._advance()
            except Exception as error:
                # An error in one cycle must not end the campaign.
                await self._bus.log(Level.ERROR, f"A cycle failed: {error}")
                await asyncio.sleep(LONGEST_NAP)

    async def _nap(self) -> None:
        nap: float | None = LONGEST_NAP
        if self._lease is None or not self._lease.leads or not self._desired.running:
            # A change of the desired state ends the wait: the core must see that the campaign was stopped, so that it
            # begins with a full interval when it is started again.
            nap = None
        elif (due := self._campaign.due) is not None:
            clock = self._bus.clock
            nap = min(LONGEST_NAP, max(SHORTEST_NAP, (due - clock.now()) / clock.speed))
        await happens(self._wake, nap)
        self._wake.clear()

    async def _advance(self) -> None:
        lease, clock = self._lease, self._bus.clock
        if lease is None or not lease.leads or not clock.known:
            return
        pending = list(self._pending.values())
        now = clock.now()
        steps = self._campaign.advance(
            now, self._desired, self._ledger.known(now, pending), self._ledger.injected(pending)
        )
        for step in steps:
            if isinstance(step, FaultCycle):
                await self._bus.publish(step)
            elif lease.leads:
                self._inject(step)

    # --- injections ---------------------------------------------------------------------------------------------

    def _inject(self, injection: ApplyFault) -> asyncio.Task[Fault]:
        task = self._tasks.get(injection.fault_id)
        if task is None:
            self._pending[injection.fault_id] = injection
            self._started[injection.fault_id] = asyncio.Event()
            task = self._tasks[injection.fault_id] = asyncio.create_task(self._until_started(injection))
            task.add_done_callback(lambda done: self._done(injection.fault_id, done))
        return task

    def _done(self, fault_id: str, task: asyncio.Task[Fault]) -> None:
        for table in (self._pending, self._started, self._tasks):
            table.pop(fault_id, None)
        if not task.cancelled():
            # The exception is logged already. If nobody read it from the task, asyncio would report it again.
            task.exception()

    async def _until_started(self, injection: ApplyFault) -> Fault:
        """Request the fault until it has started, at most `ATTEMPTS` times, and return the fault.

        Raises Refused if the network refuses the fault or no network process is running; OutcomeUnknown if the fault
        may still start.
        """
        what, delivered = f"{injection.kind} on {injection.target}", False
        try:
            for _ in range(ATTEMPTS):
                try:
                    fault = await self._attempt(injection)
                    delivered = True
                except NobodyThere:
                    fault = None
                if fault is not None:
                    await self._bus.log(Level.SUCCESS, f"Injected {what}")
                    return fault
                await self._bus.log(Level.WARNING, f"{what} was not reported as started within {STARTS_WITHIN:.0f} s")
        except NmsError as error:
            await self._bus.log(Level.WARNING, f"{what} was refused: {error}")
            raise
        if not delivered:
            raise Refused(f"{what} was not injected: no network process is running; start it, and try again")
        raise OutcomeUnknown(
            f"it is not known whether {what} has started, or will: the network process does not answer; "
            "repeat the request with the same id"
        )

    async def _attempt(self, injection: ApplyFault) -> Fault | None:
        until = asyncio.get_running_loop().time() + STARTS_WITHIN
        try:
            # The request gets a timeout of its own: a request that is cancelled from outside cannot raise NobodyThere.
            await self._bus.request(ServiceName.NETWORK, injection, timeout=STARTS_WITHIN * ANSWER_SHARE)
            async with asyncio.timeout_at(until):
                if self._ledger.get(injection.fault_id) is None:
                    await self._started[injection.fault_id].wait()
        except NobodyThere:
            raise
        except TimeoutError:
            # The fault may have started although the answer was lost: only `fault.started` counts.
            return self._ledger.get(injection.fault_id)
        return self._ledger.get(injection.fault_id)

    # --- requests -----------------------------------------------------------------------------------------------

    async def _answer(self, request: Request) -> Reply:
        match request:
            case InjectFault():
                return Reply(fault=await self._inject_requested(request))
            case CancelFault():
                return Reply(fault=await self._cancel(request))
            case _:
                raise Refused(f"the injector cannot {type(request).__name__}: send inject_fault or cancel_fault")

    async def _inject_requested(self, request: InjectFault) -> Fault:
        known = self._ledger.get(fault_id_of(request))
        if known is not None:
            if (known.kind, known.target) != (request.kind, request.target):
                raise Refused(
                    f"request {request.request_id!r} was {known.kind} on {known.target}: give each its own id"
                )
            return known
        now = self._bus.clock.now()
        live = [fault for fault in self._ledger.known(now, list(self._pending.values())) if fault.ended is None]
        injection = requested(request, self._bus.topology, live, self._campaign.offered)
        return await asyncio.shield(self._inject(injection))

    async def _cancel(self, request: CancelFault) -> Fault | None:
        try:
            reply = await self._bus.request(ServiceName.NETWORK, ClearFault(fault_id=request.fault_id))
        except Refused:
            if self._ledger.get(request.fault_id) is None:
                raise UnknownTarget(f"unknown fault {request.fault_id!r}: see the list of live faults") from None
            raise
        except NobodyThere:
            raise Refused("no fault was cleared: no network process is running; start it, and try again") from None
        except TimeoutError:
            raise OutcomeUnknown(
                f"it is not known whether fault {request.fault_id} was cleared, or will be: the network process does "
                "not answer; see the list of faults, and repeat the request"
            ) from None
        return reply.fault
