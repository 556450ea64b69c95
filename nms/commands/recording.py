"""The commands `nms record` and `nms replay`: record the messages of a running system, and repeat its detection on
them.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nms.commands.broker_url import NatsUrl
from nms.commands.shape import QUERY, RUN, TIMES, add, the_span
from nms.terminal import console, say, say_document, waiting
from shared.domain.errors import SettingError
from shared.domain.kinds import ServiceName
from shared.domain.moments import moment, span
from shared.domain.printable import printable
from shared.domain.units import size as human_size
from shared.recordings.choices import Family, Format

if TYPE_CHECKING:
    from nms.extras.recording.ledger import RecordingLedger
    from nms.extras.recording.recorder import OnProgress
    from nms.extras.recording.run import BeforeEach
    from shared.recordings.entry import RecordedEntry

ALL, MAX = "all", "max"
REPORT_EVERY = 10.0
SHORTEST, LONGEST = 0.1, 1e9
"""The limits of `--for`, in seconds."""
FAMILIES = ",".join(family for family in Family if family is not Family.SETTINGS)
STAGES = (ServiceName.DETECTOR, ServiceName.CORRELATOR, ServiceName.RCA)


def record(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="A new folder; else one named by the current time."),
    ] = None,
    lasting: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="SPAN", help="Length of the recording, in seconds or as in 10m; else until Ctrl-C."
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help=f"Start at this time, this many seconds back, or with all that is stored (all); else as far back as a "
            f"replay needs. {TIMES}",
        ),
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="JSON Lines hold everything; csv and parquet are tables for analysis.")
    ] = Format.JSONL,
    only: Annotated[str, typer.Option(metavar="WHAT,...", help=f"Families to record, of {FAMILIES}.")] = FAMILIES,
    nats_url: NatsUrl = None,
) -> None:
    """Record the messages of a running system, for `nms replay` and for analysis.

    It only reads, as the broker's user `record`. --since is a time on the clock of the managed
    network, like all times that are shown. --for is real time.
    """
    families, begin = _families(only), _since(since)
    from nms.extras.recording.take import RecordingRequest, seed_of, settings_for, take
    from nms.extras.tap.listen import find_nats
    from shared.platform.folders import state_home
    from shared.platform.logs import configure

    length = None if lasting is None else the_span("--for", lasting, SHORTEST, LONGEST)
    request = RecordingRequest(output or _default_folder(), families, form, begin, length)
    url = find_nats(nats_url)
    settings = settings_for(url, state_home())
    configure("record", "record", settings.log_format, colour=settings.no_color is None)
    with _progress() as on_progress:
        manifest = take(request, settings, seed_of(url, state_home()), _print_note, on_progress)
    span, messages = manifest.network, sum(read.messages for read in manifest.reads.values())
    lasted = f"{span.end - span.begin:.1f} s of network time, " if span else ""
    size = sum(file.size for file in manifest.files.values())
    lost = f"; {manifest.missing:,} were dropped by the broker before they were read" if manifest.missing else ""
    say(f"{printable(str(request.folder))}: {lasted}{messages:,} messages{lost}, {human_size(size)} of {form}")


def replay(
    folder: Annotated[Path, typer.Argument(help="A folder that `nms record` made.")],
    through: Annotated[
        str,
        typer.Option(metavar="STAGES", help="Services to run; the output of the others is taken from the recording."),
    ] = ",".join(STAGES),
    speed: Annotated[str, typer.Option(metavar="N|max", help="Network seconds per second.")] = MAX,
    compare: Annotated[bool, typer.Option("--compare", help="Compare the results with the recorded ones.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="With --compare: exit code 1 if they differ.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Store the results as a recording.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run detector, correlator and rca on a recording, without a broker.

    The same telemetry, thresholds and code give the same results, so a difference comes from what you changed.
    """
    stages, pace = _stages(through), _pace(_speed(speed))
    if strict and not compare:
        raise SettingError("--strict is about a comparison: give --compare too")
    from nms.extras.recording.replay_writer import ReplayWriter
    from nms.extras.recording.run import check_stages
    from nms.extras.recording.run import replay as run
    from nms.extras.recording.show import as_text, report_of
    from shared.recordings.reader import Recording

    with waiting("reading"):
        recording = Recording.open(folder)
        check_stages(recording, stages)
        writer = ReplayWriter(output, recording, stages) if output is not None else None
        outcome = run(recording, stages, writer.take if writer else lambda event, time: None, pace)
        if writer:
            writer.finish()
    report = report_of(recording, outcome, outcome.compare(recording) if compare else None)
    if json_:
        say_document(report.model_dump_json(indent=2))
    else:
        say(as_text(report))
    if strict and not (report.comparison and report.comparison.same):
        raise typer.Exit(1)


def _default_folder() -> Path:
    return Path(f"nms-recording-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")


def _since(text: str | None) -> str | None:
    """Check the text, and return it unchanged: it is converted to a time later, when network time is known."""
    if text is None or text == ALL:
        return text
    with suppress(ValueError):
        span(text)
        return text
    try:
        moment(text, time.time())
    except ValueError as error:
        raise SettingError(f"--since {text}: {error}; or write {ALL}, or seconds as in --since 60") from None
    return text


def _speed(text: str) -> float | None:
    if text == MAX:
        return None
    return _seconds("--speed", text, f"{MAX}, or network seconds per second as in --speed 10", least=sys.float_info.min)


def _seconds(option: str, text: str, remedy: str, least: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number < math.inf:
        raise SettingError(f"{option} {text}: write {remedy}")
    return number


def _families(text: str) -> frozenset[Family]:
    names = _names(text)
    for name in names:
        if name not in tuple(Family):
            raise SettingError(f"--only {name}: no such family; there are {FAMILIES}")
    if not names:
        raise SettingError(f"--only names nothing: name some of {FAMILIES}")
    return frozenset(map(Family, names))


def _stages(text: str) -> tuple[ServiceName, ...]:
    names = _names(text)
    for name in names:
        if name not in STAGES:
            raise SettingError(f"--through {name}: a replay cannot run it; there are {', '.join(STAGES)}")
    if not names:
        raise SettingError(f"--through names nothing: name some of {', '.join(STAGES)}")
    return tuple(stage for stage in STAGES if stage in names)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _print_note(sentence: str) -> None:
    console(stderr=True).print(f"nms: {printable(sentence)}")


@contextmanager
def _progress() -> Iterator[OnProgress]:
    out = console(stderr=True)
    if out.is_terminal:
        with out.status("recording") as status:
            yield lambda ledger: status.update(_sentence(ledger))
        return
    reported = time.monotonic()

    def on_progress(ledger: RecordingLedger) -> None:
        nonlocal reported
        if time.monotonic() - reported >= REPORT_EVERY:
            reported = time.monotonic()
            _print_note(_sentence(ledger))

    yield on_progress


def _sentence(ledger: RecordingLedger) -> str:
    lost = f", {ledger.missing:,} dropped by the broker before they were read" if ledger.missing else ""
    return f"{ledger.messages:,} messages, {ledger.seconds:.0f} s of network time, {human_size(ledger.size)}{lost}"


def _pace(speed: float | None) -> BeforeEach:
    """`speed`: seconds of network time per second; None: no delay."""
    began: list[float] = []

    def wait(entry: RecordedEntry) -> None:
        if speed is None or not entry.is_telemetry:
            return
        if not began:
            began.extend((time.monotonic(), entry.time))
        due = began[0] + (entry.time - began[1]) / speed
        time.sleep(max(0.0, due - time.monotonic()))

    return wait


def register(app: typer.Typer) -> None:
    examples: Iterable[str] = (
        "nms record --for 60",
        "nms record -o monday --since all",
        "nms record -o tables --for 60 --format csv --only telemetry,truth",
    )
    add(app, record, QUERY, examples)
    add(app, replay, RUN, ("nms replay monday", "nms replay monday --compare --strict", "nms replay monday --json"))
