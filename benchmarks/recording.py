"""The cost of recording beside writing plain JSON, and of replaying beside the detector alone; as ratios.

`python -m benchmarks.recording`: a simulated run is written in each format and read again. Figures are CPU time of one
process, the best of a few rounds, so that a busy machine disturbs them little; limits are on ratios alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.rows import Row, finish
from nms.extras.recording.export import into_tables
from nms.extras.recording.ledger import RecordingLedger, make_folder
from nms.extras.recording.published import entry_of_event
from nms.extras.recording.replay import STAGES
from nms.extras.recording.run import replay
from nms.simulate import Loop
from services.detector.core import Detector
from shared.domain.config import Desired, Thresholds
from shared.domain.events import Event
from shared.domain.subjects import metrics
from shared.domain.telemetry import Tick, decode_tick, encode_tick
from shared.domain.topology import partitions_for, sized_topology
from shared.platform.bus import codec
from shared.recordings.choices import Family, Format
from shared.recordings.entry import RecordedEntry, entry_of_message
from shared.recordings.families import SOURCES
from shared.recordings.reader import Recording

NODES = 200
SECONDS = 60.0
ROUNDS = 3
BETWEEN = 1e-4
WRITE_AT_MOST, REPLAY_AT_MOST = 3.0, 5.0


def run() -> tuple[Loop, list[tuple[Family, RecordedEntry]]]:
    loop = Loop(sized_topology(NODES), 1, Desired(chance=1.0, at_once=3))
    entries: list[tuple[Family, RecordedEntry]] = []
    sample = loop.network.sample

    def put(family: Family, entry: RecordedEntry) -> None:
        entries.append((family, entry))

    def stored(now: float) -> float:
        return max(now, entries[-1][1].stored + BETWEEN) if entries else now

    def seen(event: Event, now: float) -> None:
        subject = codec.subject_of(event)
        family = next(f for f, s in SOURCES.items() if subject.partition(".")[0] in s.words)
        put(family, entry_of_event(event, now, "loop", len(entries) + 1, stored(now)))

    def noted() -> tuple[list[Tick], list[Event]]:
        ticks, happenings = sample()
        for tick in ticks:
            name = {"Nats-Msg-Id": f"{tick.partition}.{tick.tick}.{tick.at}"}
            number = len(entries) + 1
            entry = entry_of_message(metrics(tick.partition), encode_tick(tick), name, number, stored(tick.instant))
            put(Family.TELEMETRY, entry)
        return ticks, happenings  # type: ignore[return-value]

    loop.network.sample = noted  # type: ignore[method-assign, assignment]
    loop.seen = seen
    loop.run(SECONDS, campaign=True)
    return loop, entries


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of the best round."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def samples(entries: list[tuple[Family, RecordedEntry]]) -> int:
    ticks = (decode_tick(entry.data) for family, entry in entries if family is Family.TELEMETRY)
    return sum(len(columns.ids) for tick in ticks for rows in (tick, *tick.late) for columns in rows.elements.values())


def plain(folder: Path, bodies: list[object]) -> None:
    with (folder / "plain.json").open("w") as file:
        for body in bodies:
            file.write(json.dumps(body) + "\n")


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    loop, entries = run()
    count = samples(entries)
    with tempfile.TemporaryDirectory(prefix="nms-recording-") as made:
        here = Path(made)
        rows = [Row("samples of nodes and links", count), Row("messages", len(entries))]
        bodies = [json.loads(entry.data) for _, entry in entries]
        least = cpu(lambda: plain(here, bodies))
        rows.append(Row("json.dumps to a file, uncompressed", count / least, unit="rows/s"))
        folders = {form: here / form for form in Format}
        lines = cpu(lambda: write(here, loop, entries, Format.JSONL))
        rows.append(Row("written as JSON Lines, gzipped", count / lines, unit="rows/s"))
        rows.append(Row("  beside json.dumps", lines / least, WRITE_AT_MOST, unit="times"))
        for form in (Format.CSV, Format.PARQUET):
            took = cpu(lambda form=form: write(here, loop, entries, form)) - lines  # type: ignore[misc]
            rows.append(Row(f"turned into {form}", count / took, unit="rows/s"))
            rows.append(Row("  beside json.dumps", took / least, unit="times"))
        bare = (here / "plain.json").stat().st_size
        for form, folder in folders.items():
            size = sum(path.stat().st_size for path in folder.iterdir())
            rows.append(Row(f"size of {form} beside plain JSON", size / bare, 1.0, unit="times"))
        rows += replays(loop, entries, folders)
    return finish("Recordings", "recording", rows)


def write(here: Path, loop: Loop, entries: list[tuple[Family, RecordedEntry]], form: Format) -> None:
    folder = here / form
    if folder.exists():
        for path in folder.iterdir():
            path.unlink()
    make_folder(folder)
    ledger = RecordingLedger(folder, tuple(Family), loop.topology, 1)
    for family, entry in entries:
        ledger.take(family, entry)
    manifest = ledger.finish("stopped on request")
    if form is Format.JSONL:
        return
    journals = {family: ledger.path(family) for family in ledger.families}
    into_tables(folder, journals, manifest, form, lambda done: None)


def replays(loop: Loop, entries: list[tuple[Family, RecordedEntry]], folders: dict[Format, Path]) -> list[Row]:
    """Measure a replay of each format, beside the detector alone on ticks decoded from memory."""
    telemetry = [entry.data for family, entry in entries if family is Family.TELEMETRY]

    def detect() -> None:
        detectors = [Detector(Thresholds()) for _ in range(partitions_for(loop.topology))]
        for data in telemetry:
            tick = decode_tick(data)
            detectors[tick.partition].observe(tick)

    alone = cpu(detect)
    rows = [Row("the detector alone", len(telemetry) / alone, unit="ticks/s")]
    for form, folder in folders.items():
        took = cpu(lambda folder=folder: again(folder))  # type: ignore[misc]
        rows.append(Row(f"replayed from {form}, detector to rca", len(telemetry) / took, unit="ticks/s"))
        limit = REPLAY_AT_MOST if form is Format.JSONL else None
        rows.append(Row("  beside the detector alone", took / alone, limit, unit="times"))
    return rows


def again(folder: Path) -> None:
    replay(Recording.open(folder), STAGES, lambda event, time: None, lambda entry: None)


if __name__ == "__main__":
    sys.exit(main())
