"""The gateway's shell: reads the stored messages, follows new messages, and serves the resulting state.

Rules: until the stored events have been read, `/readyz` and the REST calls answer 503. Open incidents and score totals
are restored from records, since their messages may have expired from the streams. The stored telemetry is read last,
since only charts need it.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import nats.errors

from services.gateway.api import Hub, create_app
from services.gateway.app_context import AppContext
from services.gateway.connections import connection_limit
from services.gateway.controls import BusControls
from services.gateway.core import Feed, View
from services.gateway.core.bodies import ReplicaBody
from services.gateway.core.telemetry import FINE_SECONDS
from services.gateway.scoring.scorecard import Scorecard
from services.gateway.scoring.totals_store import TotalsStore, settled
from services.gateway.scoring.windows import ScoreWindows
from services.gateway.settings import DEFAULT_PORT, GatewaySettings
from services.gateway.web import WebServer, listen
from shared.domain.capabilities import Capabilities
from shared.domain.config import Desired
from shared.domain.errors import SettingError
from shared.domain.events import Event, IncidentUpdated
from shared.domain.kinds import Level, ServiceName
from shared.domain.telemetry import Tick
from shared.domain.topology import partitions_for
from shared.platform.bus import Bus, Following, ServiceInfo, Subscription
from shared.platform.hosts import is_loopback
from shared.platform.incident_records import read_incidents
from shared.platform.offered import OfferedByNetwork
from shared.platform.waiting import happens

FAMILIES = ("fault.*", "anomaly.*", "incident.*", "diagnosis.*", "remediation.*", "stability.verdict")
SCORED = FAMILIES[:-1]
"""The families whose events the scorecard needs to judge a fault."""
MAY_EXPIRE_WITHIN = 60.0
"""The oldest messages of a stream may expire while the gateway reads them. Messages within so many network seconds of
the oldest are therefore treated as expired.
"""
PASSING = ("stability.status", "log.>")
"""The subjects of which only the last hour is read: most of the stored messages have these subjects, and the gateway
shows only the newest of these messages.
"""
PASSING_SECONDS = 3_600.0
BOOT_BYTES = 4
SERVICES_EVERY = 5.0
ASK_WHETHER_ENFORCED, ENFORCED_WITHIN = 10, 0.1
"""After a change of the desired state, the gateway asks the services at most so often, and each time waits so many
seconds for replies, before it answers the client.
"""
KEEP_EVERY = 30.0
"""Seconds between two attempts to store the score totals."""
TICKS_BETWEEN_YIELDS = 50


class GatewayService:
    name = ServiceName.GATEWAY

    def __init__(self, settings: GatewaySettings) -> None:
        settings.require_consent()
        self._settings = settings
        self._subscriptions: list[Subscription] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._ticks_read = 0
        self._read: tuple[Following, ...] = ()
        self._ask_services = asyncio.Event()
        self._answered: frozenset[tuple[str, str]] = frozenset()
        self._web: WebServer | None = None

    async def start(self, bus: Bus) -> None:
        opened = listen(self._settings.host, self._settings.port)
        address, self.port = opened.getsockname()[:2]
        try:
            self._settings.require_consent(address)
        except SettingError:
            opened.close()
            raise
        self._bus = bus
        self._view = View(bus.topology, _version(), bus.instance)
        self._view.unauthenticated = not is_loopback(address)
        self._adopt(bus.desired)
        self._scorecard = Scorecard(bus.topology)
        self._context = AppContext(
            view=self._view,
            scorecard=self._scorecard,
            feed=Feed(self._view, secrets.token_hex(BOOT_BYTES)),
            controls=BusControls(bus, self._written),
            hosts=self._settings.hosts,
            get_control=self._settings.may_get,
        )
        connections = connection_limit()
        self._hub = Hub(self._context, bus.connection.spawn, connections // 2)
        self._web = WebServer(create_app(self._context, self._hub), opened, connections)
        await self._web.start(bus.connection.spawn)
        self._totals_store = TotalsStore(bus)
        await self._follow(bus)
        self._context.ready = True
        work = (self._watch_services(), self._read_telemetry(), self._store_totals())
        self._tasks = [bus.connection.spawn(each) for each in work]
        await self._log_address(bus)

    async def stop(self) -> None:
        if self._web is None:
            return
        self._context.ready = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._web.stop()
        for subscription in reversed(self._subscriptions):
            await subscription.stop()

    async def _follow(self, bus: Bus) -> None:
        self._subscriptions.append(await bus.listen_ticks(self._observe))
        self._subscriptions.append(await bus.follow_desired(self._desired_changed))
        self._subscriptions.append(await OfferedByNetwork(bus, self._capabilities_changed).start())
        await self._begin(bus)
        passing = await bus.follow(PASSING, self._receive, since=PASSING_SECONDS)
        lasting = await bus.follow(FAMILIES, self._receive, since="all")
        self._subscriptions += (passing, lasting)
        self._read = (passing, lasting)
        self._context.progress = lambda: min(passing.progress, lasting.progress)
        await asyncio.gather(passing.caught_up.wait(), lasting.caught_up.wait())
        for stream, messages in lasting.missing.items():
            await bus.log(
                Level.ERROR,
                f"Stream {stream} lacks {messages} messages inside its history: they cannot be read, and are "
                "missing from lists and counts",
            )
        await self._adopt_incidents(bus)

    async def _begin(self, bus: Bus) -> None:
        oldest = await bus.kept_since(SCORED)
        begins = None if oldest is None else oldest + MAY_EXPIRE_WITHIN
        left = await self._totals_store.read()
        self._scorecard.begin(begins, (left.scored, left.until) if left else None)
        if left is not None:
            self._view.incidents.resume(left.incidents, left.until)
        if begins is not None:
            await self._adopt_incidents(bus, before=begins)

    async def _adopt_incidents(self, bus: Bus, before: float = math.inf) -> None:
        """The first call restores the incidents that are older than the streams, so that events in the streams find
        their incident. The second call restores all unresolved incidents: an event may have expired while it was to be
        read.
        """
        for incident in await read_incidents(bus):
            if incident.is_open and incident.opened < before:
                self._view.absorb(IncidentUpdated(incident=incident), incident.updated)

    async def _store_totals(self) -> None:
        while True:
            await asyncio.sleep(KEEP_EVERY)
            await self._totals_store.write(settled(self._scorecard, self._view.incidents))
            await self._totals_store.write_places({k: v for each in self._read for k, v in each.places.items()})

    async def _receive(self, event: Event, time: float) -> None:
        self._view.absorb(event, time)
        self._scorecard.absorb(event, time)

    async def _capabilities_changed(self, offered: Capabilities) -> None:
        self._view.offer(offered)

    async def _desired_changed(self, desired: Desired) -> None:
        self._adopt(desired)
        self._ask_services.set()

    def _adopt(self, desired: Desired) -> None:
        self._view.desired, self._view.config_fault = desired, self._bus.desired_fault

    async def _written(self) -> None:
        """Read the desired state after a change, and wait briefly until the services report that they enforce it."""
        self._adopt(await self._bus.look_at_desired())  # another gateway may have written the desired state since
        for _ in range(ASK_WHETHER_ENFORCED):
            self._note_enforced(await self._bus.services(timeout=ENFORCED_WITHIN))
            if self._view.enforcement.follows(self._view.desired, self._context.uptime):
                return

    def _note_enforced(self, answers: Iterable[ServiceInfo]) -> None:
        for each in answers:
            self._view.enforcement.note(
                each.service, each.replica, each.facts, each.answered_at - self._context.started
            )

    async def _watch_services(self) -> None:
        while True:
            # If the broker is unreachable or stops at this moment, the loop has to go on.
            with suppress(TimeoutError, OSError, nats.errors.Error):
                answers = await self._answering_services()
                self._note_enforced(answers)
                self._view.enforcement.keep({(each.service, each.replica) for each in answers})
                self._view.note_services(
                    (
                        each.service,
                        ReplicaBody(id=each.replica, version=each.version, pid=each.pid, started=each.started),
                    )
                    for each in answers
                )
            await happens(self._ask_services, SERVICES_EVERY)
            self._ask_services.clear()

    async def _answering_services(self) -> list[ServiceInfo]:
        """Sorted by service and replica. If a process that answered the last time does not answer, all processes are
        asked once more: the gateway may have paused, and then it reads every answer too late.
        """
        found = {(each.service, each.replica): each for each in await self._bus.services()}
        if self._answered - found.keys():
            found |= {(each.service, each.replica): each for each in await self._bus.services()}
        self._answered = frozenset(found)
        return [found[key] for key in sorted(found)]

    async def _read_telemetry(self) -> None:
        for partition in range(partitions_for(self._bus.topology)):
            following = await self._bus.follow_ticks(partition, self._observe_history, since=FINE_SECONDS)
            try:
                await following.caught_up.wait()
            finally:
                await following.stop()

    async def _observe_history(self, tick: Tick) -> None:
        self._observe(tick)
        self._ticks_read += 1
        if self._ticks_read % TICKS_BETWEEN_YIELDS == 0:
            await asyncio.sleep(0)

    def _observe(self, tick: Tick) -> None:
        if tick.interval != self._scorecard.windows.interval:
            self._scorecard.windows = ScoreWindows(tick.interval)
        self._view.observe(tick)

    async def _log_address(self, bus: Bus) -> None:
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        moved = self._settings.port is None and self.port != DEFAULT_PORT
        why = f", since port {DEFAULT_PORT} is taken" if moved else ""
        await bus.log(Level.INFO, f"The dashboard is at http://{host}:{self.port}{why}")
        if self._view.unauthenticated:
            await bus.log(
                Level.WARNING,
                f"Everybody who can reach http://{host}:{self.port} may change everything: there is no login "
                "(NMS_UNAUTHENTICATED=yes); put a proxy with a login in front",
            )


def _version() -> str:
    try:
        return version("nms")
    except PackageNotFoundError:
        return "0"
