"""Commands that write down what a running system says, and judge it again."""

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
from shared.domain.units import size as written
from shared.recordings.choices import Family, Format

if TYPE_CHECKING:
    from nms.extras.recording.ledger import RecordingLedger
    from nms.extras.recording.recorder import Tell
    from nms.extras.recording.run import Passed
    from shared.recordings.entry import RecordedEntry

ALL, MAX = "all", "max"
SAY_EVERY = 10.0
LASTING = 0.1, 1e9
"""Seconds that a recording may be asked to take."""
FAMILIES = ",".join(family for family in Family if family is not Family.SETTINGS)
STAGES = (ServiceName.DETECTOR, ServiceName.CORRELATOR, ServiceName.RCA)


def record(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="A new folder; else one named by the time.")
    ] = None,
    lasting: Annotated[
        str | None,
        typer.Option("--for", metavar="SPAN", help="End after so long, in seconds or as in 10m; else at Ctrl-C."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help=f"Begin there, or so many seconds back, or with all that is kept; else as a replay needs. {TIMES}",
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="JSON Lines hold everything; tables are for analysts.")] = (
        Format.JSONL
    ),
    only: Annotated[str, typer.Option(metavar="WHAT,...", help=f"What to keep, of {FAMILIES}.")] = FAMILIES,
    nats_url: NatsUrl = None,
) -> None:
    """Write down what a running system says, for `nms replay` and for analysts.

    Read-only, as the broker's user `record`. --since is network time, as every time that is shown; --for is a length of
    time on the wall.
    """
    families, begin = _families(only), _since(since)
    from nms.extras.recording.take import RecordingRequest, seed_of, settings_for, take
    from nms.extras.tap.listen import find_nats
    from shared.platform.folders import state_home
    from shared.platform.logs import configure

    length = None if lasting is None else the_span("--for", lasting, *LASTING)
    request = RecordingRequest(output or _named_by_the_time(), families, form, begin, length)
    url = find_nats(nats_url)
    settings = settings_for(url, state_home())
    configure("record", "record", settings.log_format, colour=settings.no_color is None)
    with _progress() as tell:
        manifest = take(request, settings, seed_of(url, state_home()), _tell, tell)
    span, messages = manifest.network, sum(read.messages for read in manifest.reads.values())
    lasted = f"{span.end - span.begin:.1f} s of network time, " if span else ""
    size = sum(file.size for file in manifest.files.values())
    lost = f"; {manifest.missing:,} were dropped before they could be read" if manifest.missing else ""
    say(f"{printable(str(request.folder))}: {lasted}{messages:,} messages{lost}, {written(size)} of {form}")


def replay(
    folder: Annotated[Path, typer.Argument(help="A folder that `nms record` made.")],
    through: Annotated[
        str, typer.Option(metavar="STAGES", help="What to run; what is left out is taken from the recording.")
    ] = ",".join(STAGES),
    speed: Annotated[str, typer.Option(metavar="N|max", help="Network seconds a second.")] = MAX,
    compare: Annotated[bool, typer.Option("--compare", help="Say what differs from what was recorded.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="With --compare: exit code 1 where anything does.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Keep what is found as a recording.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run detector, correlator and rca on a recording, without a broker.

    The same telemetry, thresholds and code find the same: what differs is what you changed.
    """
    stages, pace = _stages(through), _pace(_speed(speed))
    if strict and not compare:
        raise SettingError("--strict says when a comparison fails: give --compare too")
    from nms.extras.recording.replay_writer import ReplayWriter
    from nms.extras.recording.run import check_stages
    from nms.extras.recording.run import replay as run
    from nms.extras.recording.show import page, report_of
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
        say(page(report))
    if strict and not (report.comparison and report.comparison.same):
        raise typer.Exit(1)


def _named_by_the_time() -> Path:
    return Path(f"nms-recording-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")


def _since(text: str | None) -> str | None:
    """Return what can be understood once the network's time is known. Raises SettingError."""
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
    return _seconds("--speed", text, f"{MAX}, or network seconds a second as in --speed 10", least=sys.float_info.min)


def _seconds(option: str, text: str, remedy: str, least: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number < math.inf:
        raise SettingError(f"{option} {text}: write {remedy}")
    return number


def _families(text: str) -> frozenset[Family]:
    words = _words(text)
    for word in words:
        if word not in tuple(Family):
            raise SettingError(f"--only {word}: there is no such family; there are {FAMILIES}")
    if not words:
        raise SettingError(f"--only names nothing: name some of {FAMILIES}")
    return frozenset(map(Family, words))


def _stages(text: str) -> tuple[ServiceName, ...]:
    words = _words(text)
    for word in words:
        if word not in STAGES:
            raise SettingError(f"--through {word}: that cannot be replayed; there are {', '.join(STAGES)}")
    if not words:
        raise SettingError(f"--through names nothing: name some of {', '.join(STAGES)}")
    return tuple(stage for stage in STAGES if stage in words)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _tell(sentence: str) -> None:
    console(stderr=True).print(f"nms: {printable(sentence)}")


@contextmanager
def _progress() -> Iterator[Tell]:
    """Show how a recording grows: in place on a terminal, else a line once in a while."""
    out = console(stderr=True)
    if out.is_terminal:
        with out.status("recording") as status:
            yield lambda ledger: status.update(_sentence(ledger))
        return
    said = time.monotonic()

    def tell(ledger: RecordingLedger) -> None:
        nonlocal said
        if time.monotonic() - said >= SAY_EVERY:
            said = time.monotonic()
            _tell(_sentence(ledger))

    yield tell


def _sentence(ledger: RecordingLedger) -> str:
    lost = f", {ledger.missing:,} dropped before they could be read" if ledger.missing else ""
    return f"{ledger.messages:,} messages, {ledger.seconds:.0f} s of network time, {written(ledger.size)}{lost}"


def _pace(speed: float | None) -> Passed:
    """Return what holds a replay back to so many network seconds a second."""
    began: list[float] = []

    def passed(entry: RecordedEntry) -> None:
        if speed is None or not entry.is_telemetry:
            return
        if not began:
            began.extend((time.monotonic(), entry.time))
        due = began[0] + (entry.time - began[1]) / speed
        time.sleep(max(0.0, due - time.monotonic()))

    return passed


def register(app: typer.Typer) -> None:
    """Add these commands."""
    examples: Iterable[str] = (
        "nms record --for 60",
        "nms record -o monday --since all",
        "nms record -o tables --for 60 --format csv --only telemetry,truth",
    )
    add(app, record, QUERY, examples)
    add(app, replay, RUN, ("nms replay monday", "nms replay monday --compare --strict", "nms replay monday --json"))
