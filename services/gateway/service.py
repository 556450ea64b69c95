"""The gateway's shell: reads the history, follows the live events, and serves the state that follows from both.

Rules: only the probes answer until the history has been read. The open incidents and the totals are restored from
records, since the streams may have dropped their messages. The recent telemetry is read last: only charts need it.
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
"""Families that must be complete for a fault to be judged."""
MAY_EXPIRE_WITHIN = 60.0
"""Network seconds of the oldest messages that may expire while they are being read."""
PASSING = ("stability.status", "log.>")
"""Only the newest of these messages are shown, so only the last hour is read: they are most of the stored messages."""
PASSING_SECONDS = 3_600.0
BOOT_BYTES = 4
SERVICES_EVERY = 5.0
ASK_WHETHER_ENFORCED, ENFORCED_WITHIN = 10, 0.1
"""After a change: how often, and how many seconds each time, the enforcing services are asked before the answer."""
KEEP_EVERY = 30.0
"""Seconds between two checks for totals to store."""
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
        """Bind the port, read the history, follow the live events."""
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
        """Stop the web server, then release the bus."""
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
        self._subscriptions.append(await bus.listen_ticks(self._view.observe))
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
        """Restore the totals, and the incidents that were opened before the oldest messages of the streams."""
        oldest = await bus.kept_since(SCORED)
        begins = None if oldest is None else oldest + MAY_EXPIRE_WITHIN
        left = await self._totals_store.read()
        self._scorecard.begin(begins, (left.scored, left.until) if left else None)
        if left is not None:
            self._view.incidents.resume(left.incidents, left.until)
        if begins is not None:
            await self._adopt_incidents(bus, before=begins)

    async def _adopt_incidents(self, bus: Bus, before: float = math.inf) -> None:
        """Restore unresolved incidents from their records.

        Incidents from before the streams' start are restored first, so that later events find them. All other incidents
        are complete in the streams; their records only replace events that may have expired meanwhile.
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
        self._view.offered = offered

    async def _desired_changed(self, desired: Desired) -> None:
        self._adopt(desired)
        self._ask_services.set()

    def _adopt(self, desired: Desired) -> None:
        self._view.desired, self._view.config_fault = desired, self._bus.desired_fault

    async def _written(self) -> None:
        """Adopt a written desired state, and wait briefly until the services report that they enforce it."""
        self._adopt(await self._bus.look_at_desired())  # another gateway may have written since
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
            # A broker that is away, or killed at this moment, must not end the watch.
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
        """Return the services that answer, sorted.

        If a process that answered before is missing, all are asked once more: a pause of this process delays every
        answer.
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
        self._view.observe(tick)
        self._ticks_read += 1
        if self._ticks_read % TICKS_BETWEEN_YIELDS == 0:
            await asyncio.sleep(0)

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
