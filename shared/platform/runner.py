"""Runs one service as a process: connects to the broker, starts the service, answers probes, and stops on a signal.

Exit codes: 0 after SIGTERM or SIGINT, else the code of the error that ended the process; its reason is printed.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import structlog

from shared.domain.errors import NmsError
from shared.domain.kinds import ServiceName
from shared.platform import descriptors
from shared.platform.bus import Bus
from shared.platform.health import HealthServer
from shared.platform.logs import configure, say
from shared.platform.own_catalogue import add_from_environment
from shared.platform.settings import AnySettings, ServiceSettings
from shared.platform.usage import no_arguments

STOP_WITHIN, CLOSE_WITHIN, PROBES_END_WITHIN = 2.5, 1.0, 0.5
"""4 s in all: a supervisor kills after 6 s, a container engine after 10. Unfinished work is repeated by another
replica.
"""
log = structlog.get_logger("nms.runner")


class Service(Protocol):
    name: ServiceName

    async def start(self, bus: Bus) -> None:
        """Subscribe and start the work of the service; return when the service is ready."""

    async def stop(self) -> None:
        """Stop the service; finish the work in progress first."""


def add_catalogue(name: ServiceName) -> None:
    """Add the rows of `NMS_CATALOGUE`; call it before a module is imported that derives tables from the catalogue.

    Ends the process if the file is invalid.
    """
    try:
        add_from_environment()
    except NmsError as error:
        say(f"{name}: {error}")
        raise SystemExit(error.exit_code) from None


def run(
    name: ServiceName,
    build: Callable[[AnySettings], Service],
    settings: type[AnySettings] = ServiceSettings,  # type: ignore[assignment]
) -> int:
    try:
        loaded = settings.load()
        configure(name, loaded.replica or name, loaded.log_format, colour=loaded.no_color is None)
        descriptors.raise_limit()
        return asyncio.run(_Process(name, loaded).live(build(loaded)))
    except NmsError as error:
        say(f"{name}: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return 0


def main(
    name: ServiceName,
    build: Callable[[AnySettings], Service],
    settings: type[AnySettings] = ServiceSettings,  # type: ignore[assignment]
) -> int:
    module = name.value if name is ServiceName.NETWORK else f"services.{name.value}"
    no_arguments(module, f"Run the {name} until SIGTERM.", settings)
    return run(name, build, settings)


class _Process:
    def __init__(self, name: ServiceName, settings: ServiceSettings) -> None:
        self._name, self._settings = name, settings
        self._bus: Bus | None = None
        self._health: HealthServer | None = None
        self._not_ready: str | None = "waiting for the broker"

    async def live(self, service: Service) -> int:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        self._health = await self._probes()
        work = asyncio.create_task(self._work(service))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            stopped.cancel()
            await self._let_go(work, service)
            if self._health is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._health.stop(), PROBES_END_WITHIN)
        return 0

    async def _probes(self) -> HealthServer | None:
        port = self._settings.health_port
        if port is None:
            return None
        return await HealthServer(self._settings.health_host, port, self._why_not_ready).start()

    def _why_not_ready(self) -> str | None:
        if self._not_ready is not None or self._bus is None:
            return self._not_ready
        if not self._bus.connection.connected:
            return "not connected to the broker"
        if refusals := self._bus.connection.refusals:
            return f"the broker refuses: {min(refusals)}"
        return None

    async def _work(self, service: Service) -> None:
        bus = self._bus = await Bus.open(self._name, self._settings)
        colour = self._settings.no_color is None
        configure(self._name, bus.replica, self._settings.log_format, colour, bus.clock.now)
        self._not_ready = "starting"
        starting = asyncio.create_task(service.start(bus))
        ends: set[asyncio.Future[None] | asyncio.Future[str]] = {starting, bus.connection.broken}
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                self._not_ready = None
                log.info("ready", **({"probes": self._health.port} if self._health else {}))
            reason = await bus.connection.broken
        finally:
            starting.cancel()
        # Not a BrokerError, whose exit code tells a supervisor not to restart: this process had started well.
        raise NmsError(f"{reason}; ending, so that a supervisor can restart it")

    async def _let_go(self, work: asyncio.Task[None], service: Service) -> None:
        self._not_ready = "stopping"
        bus = self._bus
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        if bus is None:
            return
        for what, part, within in (
            ("the service", service.stop(), STOP_WITHIN),
            ("the bus", bus.close(), CLOSE_WITHIN),
        ):
            try:
                async with asyncio.timeout(within):
                    await part
            except TimeoutError:
                log.warning(f"{what} did not stop within {within:g} s; leaving it")
            except Exception as error:  # an error during the stop must not hide why the process stops
                log.error(f"{what} failed to stop", exc_info=error)
