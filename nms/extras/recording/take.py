"""A recording from its first moment to its last: connect, write down, finish, and turn it into what was asked for."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nms.extras.recording.export import check_format, export
from nms.extras.recording.ledger import RecordingLedger, full, make_folder
from nms.extras.recording.recorder import BROKER_GONE, Tell, connect, read_clock, read_topology, record
from nms.runtime import read_runtime
from shared.domain.errors import BrokerError, DiskFull
from shared.domain.moments import moment, span
from shared.platform.clock import NetworkClock
from shared.platform.settings import ServiceSettings
from shared.recordings.choices import Family, Format
from shared.recordings.manifest import WARM_UP, Manifest, write_manifest

RECORD_CREDENTIALS = Path("credentials") / "record.json"
BEGINNING = "beginning.json"
ALL = "all"
Say = Callable[[str], None]


@dataclass(frozen=True)
class RecordingRequest:
    """What is to be recorded. `since`: a moment, seconds back, "all", or None: as much as a replay needs to warm up.

    Both are of network time.
    """

    folder: Path
    families: Collection[Family]
    form: Format = Format.JSONL
    since: str | None = None
    lasting: float | None = None


@dataclass(frozen=True)
class Taken:
    """Journals that are written to the end, why they ended, and how often the broker was lost meanwhile."""

    ledger: RecordingLedger
    ended_by: str
    reconnects: int


def settings_for(nats_url: str, state: Path) -> ServiceSettings:
    """Return how to connect: as the environment says, else as the user `record` of the system on this machine."""
    given = ServiceSettings.load(nats_url=nats_url)
    runtime, mine = read_runtime(state), state / RECORD_CREDENTIALS
    if given.login() is None and runtime is not None and runtime.nats_url == nats_url and mine.exists():
        return ServiceSettings.load(nats_url=nats_url, credentials=mine)
    return given


def seed_of(nats_url: str, state: Path) -> int | None:
    """Return the seed of the system on this machine, where it is the one that is recorded."""
    runtime = read_runtime(state)
    if runtime is None or runtime.nats_url != nats_url:
        return None
    with suppress(OSError, ValueError, KeyError, TypeError):
        return int(json.loads((state / BEGINNING).read_text())["seed"])
    return None


def take(request: RecordingRequest, settings: ServiceSettings, seed: int | None, say: Say, tell: Tell) -> Manifest:
    """Record until Ctrl-C, SIGTERM or the end of the time asked for; return what was recorded.

    Raises BrokerError, also where the broker went for good (what came before is kept), DiskFull and SettingError.
    """

    async def until_told() -> Taken:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        return await write_down(request, settings, seed, say, tell, stop)

    check_format(request.form)
    make_folder(request.folder)
    return finish(request, asyncio.run(until_told()), say)


def back_to(since: str | None, clock: NetworkClock) -> float:
    """Return how many seconds of wall time ago a moment of network time was. Raises ValueError."""
    now = clock.now()
    try:
        back = WARM_UP if since is None else span(since)
    except ValueError:
        back = now - moment(str(since), now)
    return max(0.0, back) / clock.speed


async def write_down(
    request: RecordingRequest, settings: ServiceSettings, seed: int | None, say: Say, tell: Tell, stop: asyncio.Event
) -> Taken:
    """Connect and write journals into a new folder until told to stop. Raises BrokerError, DiskFull."""
    link = await connect(settings)
    try:
        topology = await read_topology(link)
        clock = await read_clock(link)
        ledger = RecordingLedger(request.folder, request.families, topology, seed)
        say(f"recording to {request.folder}; Ctrl-C ends it")
        since = request.since if request.since == ALL else back_to(request.since, clock)
        ended_by = await record(link, ledger, since, request.lasting, stop, tell)
        return Taken(ledger, ended_by, link.epoch)
    except OSError as error:
        raise full(request.folder, error) from None
    finally:
        await link.close()


def finish(request: RecordingRequest, taken: Taken, say: Say) -> Manifest:
    """End the journals, write the manifest, make the tables that were asked for. Raises BrokerError, DiskFull."""
    ledger = taken.ledger
    try:
        manifest = ledger.finish(taken.ended_by, taken.reconnects)
    except OSError as error:
        raise full(request.folder, error) from None
    if request.form is not Format.JSONL:
        manifest = _export(request, ledger, manifest, say)
    if taken.ended_by.startswith(BROKER_GONE):
        raise BrokerError(f"{taken.ended_by}; what was recorded before is in {request.folder}")
    return manifest


def _export(request: RecordingRequest, ledger: RecordingLedger, manifest: Manifest, say: Say) -> Manifest:
    """Write the tables, then the manifest that names them, then remove the journals: one of them is always whole."""
    say(f"writing {request.form} tables")
    journals = {family: ledger.path(family) for family in ledger.families}
    total = sum(read.messages for read in manifest.reads.values())
    try:
        files = export(
            request.folder,
            journals,
            request.form,
            lambda done: say(f"{done:,} messages of one family, of {total:,} in all"),
        )
        changed = manifest.model_copy(update={"format": request.form, "files": files})
        write_manifest(request.folder, changed)
    except OSError as error:
        raise DiskFull(
            f"cannot write the {request.form} tables to {request.folder}: {error.strerror or error}; "
            "the recording is there as JSON Lines, and can be replayed"
        ) from None
    for path in journals.values():
        path.unlink(missing_ok=True)
    return changed
