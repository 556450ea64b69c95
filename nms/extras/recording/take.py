"""Makes a recording: connects to the broker, writes the journals and the manifest, and converts journals to tables."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nms.extras.recording.export import check_format, into_tables
from nms.extras.recording.ledger import RecordingLedger, full, make_folder
from nms.extras.recording.recorder import BROKER_GONE, OnProgress, connect, read_clock, read_topology, record
from nms.runtime import read_runtime
from shared.domain.errors import BrokerError, DiskFull
from shared.domain.moments import moment, span
from shared.platform.clock import NetworkClock
from shared.platform.settings import ServiceSettings
from shared.recordings.choices import Family, Format
from shared.recordings.manifest import WARM_UP, Manifest

RECORD_CREDENTIALS = Path("credentials") / "record.json"
BEGINNING = "beginning.json"
ALL = "all"
Notify = Callable[[str], None]
"""Prints a line for the user."""


@dataclass(frozen=True)
class RecordingRequest:
    """`since`: its begin, as network time, as seconds of network time to go back, or "all"; if it is None, the
    recording begins early enough for a replay to learn the baselines. `lasting`: seconds of wall time; None until
    stopped.
    """

    folder: Path
    families: Collection[Family]
    form: Format = Format.JSONL
    since: str | None = None
    lasting: float | None = None


@dataclass(frozen=True)
class WrittenJournals:
    ledger: RecordingLedger
    ended_by: str
    reconnects: int


def settings_for(nats_url: str, state: Path) -> ServiceSettings:
    """The login comes from the environment. Without such a login, it is the user `record` of the system on this
    machine.
    """
    given = ServiceSettings.load(nats_url=nats_url)
    runtime, credentials = read_runtime(state), state / RECORD_CREDENTIALS
    if given.login() is None and runtime is not None and runtime.nats_url == nats_url and credentials.exists():
        return ServiceSettings.load(nats_url=nats_url, credentials=credentials)
    return given


def seed_of(nats_url: str, state: Path) -> int | None:
    runtime = read_runtime(state)
    if runtime is None or runtime.nats_url != nats_url:
        return None
    with suppress(OSError, ValueError, KeyError, TypeError):
        return int(json.loads((state / BEGINNING).read_text())["seed"])
    return None


def take(
    request: RecordingRequest, settings: ServiceSettings, seed: int | None, notify: Notify, on_progress: OnProgress
) -> Manifest:
    """Record until Ctrl-C, SIGTERM or the end of the requested time. Return the manifest.

    Raises DiskFull, SettingError or BrokerError. If the broker is lost for good, the recording is kept, and BrokerError
    is raised after the manifest is written.
    """

    async def until_stopped() -> WrittenJournals:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        return await write_journals(request, settings, seed, notify, on_progress, stop)

    check_format(request.form)
    make_folder(request.folder)
    return finish(request, asyncio.run(until_stopped()), notify)


def seconds_back(since: str | None, clock: NetworkClock) -> float:
    """Return how many seconds of wall time `since` goes back. Raises ValueError if `since` is no time."""
    now = clock.now()
    try:
        back = WARM_UP if since is None else span(since)
    except ValueError:
        back = now - moment(str(since), now)
    return max(0.0, back) / clock.speed


async def write_journals(
    request: RecordingRequest,
    settings: ServiceSettings,
    seed: int | None,
    notify: Notify,
    on_progress: OnProgress,
    stop: asyncio.Event,
) -> WrittenJournals:
    """Raises BrokerError, DiskFull."""
    link = await connect(settings)
    try:
        topology = await read_topology(link)
        clock = await read_clock(link)
        ledger = RecordingLedger(request.folder, request.families, topology, seed)
        notify(f"recording to {request.folder}; Ctrl-C ends it")
        since = request.since if request.since == ALL else seconds_back(request.since, clock)
        ended_by = await record(link, ledger, since, request.lasting, stop, on_progress)
        return WrittenJournals(ledger, ended_by, link.epoch)
    except OSError as error:
        raise full(request.folder, error) from None
    finally:
        await link.close()


def finish(request: RecordingRequest, written: WrittenJournals, notify: Notify) -> Manifest:
    """Raises BrokerError, DiskFull."""
    ledger = written.ledger
    try:
        manifest = ledger.finish(written.ended_by, written.reconnects)
    except OSError as error:
        raise full(request.folder, error) from None
    if request.form is not Format.JSONL:
        manifest = _export(request, ledger, manifest, notify)
    if written.ended_by.startswith(BROKER_GONE):
        raise BrokerError(f"{written.ended_by}; the recording up to then is in {request.folder}")
    return manifest


def _export(request: RecordingRequest, ledger: RecordingLedger, manifest: Manifest, notify: Notify) -> Manifest:
    notify(f"writing {request.form} tables")
    journals = {family: ledger.path(family) for family in ledger.families}
    total = sum(read.messages for read in manifest.reads.values())
    try:
        return into_tables(
            request.folder,
            journals,
            manifest,
            request.form,
            lambda done: notify(f"{done:,} messages of one family, {total:,} in all"),
        )
    except OSError as error:
        raise DiskFull(
            f"cannot write the {request.form} tables to {request.folder}: {error.strerror or error}; "
            "the recording is there as JSON Lines and can be replayed"
        ) from None
