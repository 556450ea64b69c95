"""`nms demo`: the whole system on a store of its own, five cycles that each strike, and the scorecard."""

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
from shared.domain.config import Desired
from shared.domain.errors import INTERRUPTED, DiskFull
from shared.domain.kinds import FaultKind

CYCLES = 5
INTERVAL = 12.0
"""Seconds of network time between strikes: enough for the last repair to be done and seen to hold."""
KINDS = (
    FaultKind.HIGH_CPU,
    FaultKind.HIGH_LATENCY,
    FaultKind.PACKET_LOSS,
    FaultKind.NODE_DOWN,
    FaultKind.LINK_DOWN,
)
"""One each: five kinds that show themselves at once. A leak takes half a minute to be one."""
FAULT_ENDS_BY_ITSELF = 3_600.0
PATIENCE = 180.0
SCORE_PATIENCE = 30.0
POLL = 0.5
QUIET = 1.5
"""Seconds without news of a cycle after which its last version is taken to be the last."""


def run_demo(seed: int | None, speed: float, verbose: bool, console: Console) -> int:
    """Return 0 if every fault of the demo was repaired, else 1."""

    async def main() -> int:
        with _folder() as folder, SystemStore(Path(folder) / "nms") as store:
            console.print("Starting a network, a broker and eight processes ...")
            options = Options(seed=seed, speed=speed, desired=campaign())
            async with System(options, store, TerminalLog(console, not verbose, speed), usual_ports=False) as system:
                console.print(f"The page is at {system.place.url} for as long as this runs.\n")
                return await demonstrate(Client(system.place.url), console)

    return until_signal(main, INTERRUPTED)


def _folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for the demo alone. Raises DiskFull."""
    try:
        return tempfile.TemporaryDirectory(prefix="nms-demo-", ignore_cleanup_errors=True)
    except OSError as error:
        raise DiskFull(
            f"no temporary folder can be made ({error.strerror}): make room, or name another place by TMPDIR"
        ) from None


def campaign() -> Desired:
    """Return the desired state of the demo: a strike in every cycle, one fault at a time, begun by `start`."""
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
    """Start the campaign, print its cycles and the scorecard; return the exit code."""
    post = asyncio.to_thread(client.post, "/api/start")
    async with aclosing(strikes(client)) as updates:
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


async def strikes(client: Client) -> AsyncGenerator[CycleUpdate, None]:
    """Yield each cycle that struck, once: when the next one strikes, or when all is repaired and quiet."""
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
    """Return the scorecard once every fault in it is repaired, or after a while as it is."""
    end = time.monotonic() + SCORE_PATIENCE
    while True:
        report = ScorecardReport.model_validate(await asyncio.to_thread(client.get, "/api/scorecard"))
        if report.repaired == CYCLES or time.monotonic() > end:
            return report
        await asyncio.sleep(POLL)


def all_ended(client: Client) -> bool:
    """Say whether no fault is live."""
    return all(fault.get("ended") for fault in faults(client.get("/api/faults")))


def faults(body: Body) -> list[Body]:
    """Return the faults of an answer of /api/faults."""
    found = body.get("faults")
    return [fault for fault in found if isinstance(fault, dict)] if isinstance(found, list) else []


def repaired(fault: Body) -> bool:
    """Say whether an action of the loop ended a fault."""
    return fault.get("ended_by") == "action"
