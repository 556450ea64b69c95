"""`nms demo`: runs the whole system on a temporary store for five cycles with a fault each, and shows the scorecard."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from rich.console import Console

from nms.client import Body, Client
from nms.cycles import CycleUpdate, text
from nms.live import cycles
from nms.log_view import TerminalLog
from nms.plan import Options
from nms.running import until_signal
from nms.show.columns import word
from nms.show.scorecard import scorecard
from nms.store import SystemStore
from nms.supervisor import System
from nms.terminal import remark, waiting
from services.gateway.scoring.scorecard import ScorecardReport
from shared.domain.catalogue import FAULTS, Harm
from shared.domain.config import Desired
from shared.domain.errors import INTERRUPTED, DiskFull

CYCLES = 5
INTERVAL = 12.0
"""Seconds of network time between cycles: enough to finish a repair and to see that it holds."""
KINDS = tuple(
    kind for kind, spec in FAULTS.items() if not (spec.slow or spec.flaps or spec.harm in (Harm.CROWDED, Harm.RAISED))
)
"""The kinds of fault whose symptoms appear at once. The symptoms of a memory leak take half a minute."""
FAULT_ENDS_BY_ITSELF = 3_600.0
PATIENCE = 180.0
SCORE_PATIENCE = 30.0
POLL = 0.5
QUIET = 1.5
"""Seconds without an update after which a cycle counts as complete."""


def run_demo(seed: int | None, speed: float, verbose: bool, console: Console) -> int:
    """Return 0 if every fault was repaired, 1 if not, and `INTERRUPTED` after a signal."""

    async def main() -> int:
        with _folder() as folder, SystemStore(Path(folder) / "nms") as store:
            console.print("Starting a network, a broker and eight processes ...")
            options = Options(seed=seed, speed=speed, desired=campaign())
            async with System(options, store, TerminalLog(console, not verbose, speed), usual_ports=False) as system:
                console.print(f"The page is at {system.place.url} for as long as this runs.\n")
                return await demonstrate(Client(system.place.url), console)

    return until_signal(main, INTERRUPTED)


def _folder() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="nms-demo-", ignore_cleanup_errors=True)
    except OSError as error:
        raise DiskFull(
            f"no temporary folder can be made ({error.strerror}): make room, or name another place by TMPDIR"
        ) from None


def campaign() -> Desired:
    return Desired(
        running=False,
        interval=INTERVAL,
        chance=1.0,
        kinds=KINDS,
        at_once=1,
        ttl=FAULT_ENDS_BY_ITSELF,
        max_faults=CYCLES,
    )


async def demonstrate(client: Client, console: Console) -> int:
    post = asyncio.to_thread(client.post, "/api/start")
    async with aclosing(cycles_with_faults(client)) as updates:
        await post
        for cycle in range(CYCLES):
            try:
                with waiting(f"Cycle {cycle + 1} of {CYCLES}: a fault, and its repair ..."):
                    update = await asyncio.wait_for(anext(updates), PATIENCE)
            except TimeoutError:
                console.print(f"Cycle {cycle + 1} did not end within {PATIENCE:g} s.", style="red")
                return 1
            console.print(text(update) + "\n")
    with waiting("The scorecard settles ..."):
        report = await settled(client)
    console.print(scorecard(report.model_dump(mode="json")))
    unrepaired = [fault for fault in faults(await asyncio.to_thread(client.get, "/api/faults")) if not repaired(fault)]
    for fault in unrepaired:
        console.print(f"Not repaired: {word(fault.get('kind'))} on {word(fault.get('target'))}", style="red")
    if unrepaired or report.repaired != CYCLES:
        return 1
    console.print(f"All {CYCLES} faults were repaired by the loop.", style="green")
    return 0


async def cycles_with_faults(client: Client) -> AsyncGenerator[CycleUpdate, None]:
    """Yield each cycle that has a fault, once.

    A cycle is yielded when the next cycle with a fault begins, or when no updates come and all faults have ended.
    """
    waiting: CycleUpdate | None = None
    yielded = 0
    queue: asyncio.Queue[CycleUpdate] = asyncio.Queue()
    reader = asyncio.create_task(_read(client, queue))
    try:
        while True:
            try:
                update = await asyncio.wait_for(queue.get(), QUIET)
            except TimeoutError:
                if waiting is None or not await asyncio.to_thread(all_ended, client):
                    continue
                update = None
            if update is not None and (not update.faults or update.cycle <= yielded):
                continue
            if waiting is not None and (update is None or update.cycle != waiting.cycle):
                yield waiting
                yielded = waiting.cycle
            waiting = update
    finally:
        reader.cancel()


async def _read(client: Client, queue: asyncio.Queue[CycleUpdate]) -> None:
    async with aclosing(cycles(client.server, remark)) as updates:
        async for update in updates:
            await queue.put(update)


async def settled(client: Client) -> ScorecardReport:
    """Return the scorecard as soon as it has every fault as repaired. After a timeout return it as it is."""
    end = time.monotonic() + SCORE_PATIENCE
    while True:
        report = ScorecardReport.model_validate(await asyncio.to_thread(client.get, "/api/scorecard"))
        if report.repaired == CYCLES or time.monotonic() > end:
            return report
        await asyncio.sleep(POLL)


def all_ended(client: Client) -> bool:
    return all(fault.get("ended") for fault in faults(client.get("/api/faults")))


def faults(body: Body) -> list[Body]:
    found = body.get("faults")
    return [fault for fault in found if isinstance(fault, dict)] if isinstance(found, list) else []


def repaired(fault: Body) -> bool:
    return fault.get("ended_by") == "action"
