"""Runs a system in the foreground until Ctrl-C, SIGTERM or SIGHUP. `up` shows the log, and `run` the cycles."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, nullcontext, suppress

from rich.console import Console
from rich.text import Text

from nms.client import Client, find_server
from nms.commands.shape import A_FAULT
from nms.cycles import text
from nms.live import cycles
from nms.log_view import TerminalLog
from nms.plan import Options
from nms.ports import NATS_PORT
from nms.store import SystemStore
from nms.supervisor import System
from nms.terminal import remark, waiting
from shared.domain.logins import shown_url
from shared.platform.folders import state_home

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
REMEMBERED_CYCLES = 20
Work = Callable[[System], Awaitable[int]]


def until_signal(work: Callable[[], Awaitable[int]], interrupted: int = 0) -> int:
    """A signal cancels `work`; the exit code is then `interrupted`."""

    async def main() -> int:
        task = asyncio.ensure_future(work())
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            return await task
        return interrupted

    return asyncio.run(main())


def run_up(options: Options, console: Console) -> int:
    async def show(system: System) -> int:
        console.print(banner(system), soft_wrap=True)
        await system.wait()

    return run_system(options, console, show, quiet=False)


def run_cycles(options: Options, console: Console) -> int:
    async def show(system: System) -> int:
        console.print(f"Cycles of {system.place.url}; Ctrl-C ends them.\n")
        return await _first(print_cycles(Client(system.place.url), console), system.wait())

    return run_system(options, console, show, quiet=True)


def follow(server: str, console: Console) -> int:
    client = Client(find_server(server))
    client.get("/api/status")
    return until_signal(lambda: print_cycles(client, console))


def run_system(options: Options, console: Console, work: Work, quiet: bool) -> int:
    async def main() -> int:
        with SystemStore(state_home(), options.fresh) as store:
            async with AsyncExitStack() as stack:
                with waiting("Starting the network, the broker and the services ...") if quiet else nullcontext():
                    log = TerminalLog(console, quiet, options.speed)
                    system = await stack.enter_async_context(System(options, store, log))
                return await work(system)

    return until_signal(main)


async def print_cycles(client: Client, console: Console) -> int:
    printed: deque[int] = deque(maxlen=REMEMBERED_CYCLES)
    async with aclosing(cycles(client.server, remark)) as updates:
        async for update in updates:
            if update.cycle in printed:
                continue
            printed.append(update.cycle)
            console.print(text(update) + "\n")
    return 0


def banner(system: System) -> Text:
    nats = shown_url(system.place.nats_url)
    server = "" if nats.endswith(f":{NATS_PORT}") else f"-s {nats} "
    lines = {
        "The page": system.place.url,
        "Tap": f"nats {server}sub 'anomaly.*'",
        "or": "nms tap 'anomaly.*'",
        "Break": f"nms inject {A_FAULT} server-3",
        "State": f"{system.store.folder}, kept after Ctrl-C",
    }
    rows = (part for name, value in lines.items() for part in ((f"  {name:<9}", "dim"), (f"{value}\n", "bold")))
    return Text.assemble("\n", ("NMS is running\n", "bold green"), *rows)


async def _first(*work: Awaitable[int]) -> int:
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()
    finally:
        for task in tasks:
            task.cancel()
