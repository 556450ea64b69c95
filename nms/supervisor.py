"""The whole system: a broker and the processes of the loop. Starts them in order, supervises them, stops them in order.

Rules: no process is left behind, however the supervisor ends. If the broker or another process dies, it is restarted.
The file runtime.json holds the addresses and process ids, and is correct at all times.
"""

from __future__ import annotations

import asyncio
import os
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from nms import broker
from nms.disk import DiskWatch
from nms.log_view import LogView
from nms.plan import Options, Place, commands
from nms.ports import GATEWAY_PORT, NATS_PORT, choose
from nms.process_supervisor import Command, ProcessSupervisor
from nms.runtime import Runtime
from nms.store import Beginning, SystemStore
from shared.domain.errors import BrokerError, DiskFull, NmsError, PortBusy
from shared.domain.kinds import ServiceName
from shared.domain.topology import default_topology
from shared.platform.ports import free_port, is_free

READY_WITHIN = 600.0
"""Seconds to wait until a gateway is ready. The limit is long, since it may read days of history at its start."""
SAY_EVERY = 15.0
POLL = 0.1
PROBE_TIMEOUT = 2.0
LOOK_AT_FOLDER_EVERY = 1.0


class GaveUp(NmsError):
    """Raised when a process failed at its first start, and would fail again in the same way.

    The exit code is the exit code of the process.
    """

    def __init__(self, name: str, code: int) -> None:
        super().__init__(
            f"{name} cannot be started (exit code {code}); the log above says why: fix that, then start again"
        )
        self.exit_code = code  # type: ignore[misc]


class StateGone(NmsError):
    exit_code = DiskFull.exit_code


class System:
    def __init__(self, options: Options, store: SystemStore, log: LogView, usual_ports: bool = True) -> None:
        self.options = options
        self.store = store
        self.log = log
        self._usual_ports = usual_ports
        self._processes: list[ProcessSupervisor] = []
        self._failed: asyncio.Future[NmsError] = asyncio.get_running_loop().create_future()
        self._place: Place | None = None
        self._disk = DiskWatch(log, store.folder, self._restart_broker)
        self._begun: Beginning | None = None
        self._background: dict[str, asyncio.Task[None]] = {}

    @property
    def place(self) -> Place:
        """Raises NmsError before the ports are chosen."""
        if self._place is None:
            raise NmsError("the system has not been started yet")
        return self._place

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def wait(self) -> NoReturn:
        """Wait until the system cannot continue, and then raise the reason: GaveUp or StateGone."""
        raise await asyncio.shield(self._failed)

    async def stop(self) -> None:
        self._disk.stop()
        for task in self._background.values():
            task.cancel()
        services = [process for process in self._processes if process.name != broker.NAME]
        await asyncio.gather(*(process.stop() for process in services))
        await asyncio.gather(*(process.stop() for process in self._brokers()))

    def _brokers(self) -> list[ProcessSupervisor]:
        return [process for process in self._processes if process.name == broker.NAME]

    async def _restart_broker(self) -> None:
        await asyncio.gather(*(process.end_life() for process in self._brokers()))

    async def _start(self) -> None:
        options = self.options
        begun = self.store.begin(options.topology, options.seed, default_topology(), options.network)
        self._place = replace(self._choose_place(begun.seed), network=begun.network)
        if self.options.nats_url is None:
            await self._start_broker()
        await self._or_failure(self._set_up(begun, begun.set_up))
        self.store.note_set_up(begun)
        self._begun = begun
        self._background["watch"] = asyncio.create_task(self._watch_folder(), name="watch the state folder")
        for command in commands(self.options, self.place):
            self._keep(command)
        await self._or_failure(self._gateway_ready())

    async def _set_up(self, begun: Beginning, used: bool) -> None:
        store_dir = None if self.options.nats_url else self.store.jetstream
        await broker.bootstrap(self.place, begun.topology, self.options.desired, used, store_dir)

    def _broker_changed(self) -> None:
        """A restarted broker is set up again, because it may have lost streams or consumers."""
        self._announce()
        if self._begun is None:
            return
        if (before := self._background.get("set up")) is not None:
            before.cancel()
        self._background["set up"] = asyncio.create_task(self._set_up_again(self._begun), name="set up again")

    async def _set_up_again(self, begun: Beginning) -> None:
        try:
            await broker.wait_until_up(self.place.nats_url)
            await self._set_up(begun, used=True)
        except Exception as error:  # nothing awaits this task, so its error must be reported here
            with suppress(OSError):
                self.log.say(f"the restarted broker could not be set up: {error}", "error")

    async def _watch_folder(self) -> None:
        before: Path | None = None
        # Two checks in a row have to agree: the broker replaces a folder of its own when it purges a stream.
        while (lost := self.store.lost(broker_is_ours=self.options.nats_url is None)) is None or lost != before:
            before = lost
            await asyncio.sleep(LOOK_AT_FOLDER_EVERY)
        error = StateGone(
            f"{lost} was removed or replaced while the system ran: it is stopped, since nothing it does is stored. "
            "Put the folder back, or start again: what is lost is lost, and repair stays off until a mode is set"
        )
        with suppress(OSError):
            self.log.say(str(error), "error")
        if not self._failed.done():
            self._failed.set_result(error)

    def _choose_place(self, seed: int) -> Place:
        asked = self.options.port if self._usual_ports else self.options.port or 0
        first = choose(GATEWAY_PORT, asked)
        if asked is None and first != GATEWAY_PORT:
            self.log.say(f"port {GATEWAY_PORT} is taken: the page is on {first}", "warning")
        others = self.options.scale.get(ServiceName.GATEWAY, 1) - 1
        ports = (first, *(_next_free(first, others)))
        if self.options.nats_url is not None:
            return Place(self.options.nats_url, ports, None, seed, self.options.host)
        nats = choose(NATS_PORT, None if self._usual_ports and asked != 0 else 0)
        if nats != NATS_PORT and self._usual_ports and asked != 0:
            self.log.say(f"port {NATS_PORT} is taken: NATS is on {nats}", "warning")
        return Place(f"nats://127.0.0.1:{nats}", ports, self.store.credentials, seed, self.options.host)

    async def _start_broker(self) -> None:
        self._keep(broker.command(self.place, self.store))
        await self._or_failure(broker.wait_until_up(self.place.nats_url))

    def _keep(self, command: Command) -> None:
        log = self._disk if command.name == broker.NAME else self.log
        changed = self._broker_changed if command.name == broker.NAME else self._announce
        process = ProcessSupervisor(command, log, changed, self._give_up)
        self._processes.append(process)
        process.start()

    def _give_up(self, name: str, code: int) -> None:
        if code == PortBusy.exit_code and self._may_move(name):
            self._move(name)
        elif not self._failed.done():
            self._failed.set_result(GaveUp(name, code))

    def _may_move(self, name: str) -> bool:
        """Whether a process is a gateway that may take another port: the user did not request its present port."""
        first = name == ServiceName.GATEWAY
        return name in self._gateways() and not (first and self.options.port)

    def _move(self, name: str) -> None:
        ports = list(self.place.gateway_ports)
        number = self._gateways().index(name)
        before = ports[number]
        (ports[number],) = _next_free(max(ports), 1)
        self._place = replace(self.place, gateway_ports=tuple(ports))
        self.log.say(f"port {before} was taken meanwhile: {name} is on {ports[number]}", "warning")
        self._processes = [process for process in self._processes if process.name != name]
        self._keep(next(command for command in commands(self.options, self.place) if command.name == name))

    def _gateways(self) -> list[str]:
        """In the order of their ports."""
        return [command.name for command in commands(self.options, self.place) if "NMS_PORT" in command.env]

    def _announce(self) -> None:
        processes = {process.name: process.pid for process in self._processes if process.pid is not None}
        try:
            self.store.announce(Runtime(self.place.url, self.place.nats_url, os.getpid(), processes))
        except DiskFull as error:  # the processes continue, although commands cannot find them
            with suppress(OSError):
                self.log.say(str(error), "error")

    async def _or_failure(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        both: set[asyncio.Future[None] | asyncio.Future[NmsError]] = {task, self._failed}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return await task
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise self._failed.result()

    async def _gateway_ready(self) -> None:
        def ready() -> Awaitable[bool]:
            return asyncio.to_thread(answers, f"{self.place.url}/readyz")

        await until(ready, "the gateway", READY_WITHIN, self.log.say)


async def until(holds: Callable[[], Awaitable[bool]], what: str, seconds: float, say: Callable[[str], None]) -> None:
    """Raises BrokerError after `seconds` seconds. Until then, log now and then that the system waits for `what`."""
    began = logged = time.monotonic()
    while not await holds():
        now = time.monotonic()
        if now - began > seconds:
            raise BrokerError(f"{what} was not ready within {seconds:g} s: the log above says why")
        if now - logged > SAY_EVERY:
            logged = now
            say(f"waiting for {what} to be ready, {now - began:.0f} s so far")
        await asyncio.sleep(POLL)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PROBE_TIMEOUT) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def _next_free(after: int, wanted: int) -> list[int]:
    found: list[int] = []
    port = after
    while len(found) < wanted:
        port = port + 1 if port < 65_000 else free_port()
        if is_free(port):
            found.append(port)
    return found


__all__ = ["Beginning", "GaveUp", "System", "answers", "until"]
