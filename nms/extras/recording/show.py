"""Formats the outcome of a replay, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from nms.extras.recording.compare import Comparison, Difference
from nms.extras.recording.findings import Findings, NamedCause, Score
from nms.extras.recording.run import ReplayOutcome
from shared.domain.instant import Instant, iso
from shared.domain.kinds import Resolution, ServiceName
from shared.recordings.manifest import Span
from shared.recordings.reader import Recording

SHOWN = 20


class FoundIncident(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    onset: Instant
    pattern: str
    members: tuple[str, ...]
    resolution: Resolution | None
    cause: NamedCause | None


class Report(BaseModel):
    """The output of `nms replay --json`. `ticks`: the number of ticks that the detector read."""

    model_config = ConfigDict(frozen=True)

    folder: str
    through: tuple[ServiceName, ...]
    messages: int
    ticks: int
    not_understood: int
    network: Span | None
    notes: tuple[str, ...]
    anomalies: tuple[str, ...]
    incidents: tuple[FoundIncident, ...]
    comparison: Comparison | None = None


def report_of(recording: Recording, outcome: ReplayOutcome, comparison: Comparison | None) -> Report:
    return Report(
        folder=str(recording.folder),
        through=outcome.stages,
        messages=outcome.messages,
        ticks=outcome.ticks,
        not_understood=outcome.skipped,
        network=outcome.telemetry.span,
        notes=tuple(recording.notes),
        anomalies=tuple(outcome.now.anomalies),
        incidents=tuple(_incidents(outcome.now)),
        comparison=comparison,
    )


def _incidents(findings: Findings) -> Iterator[FoundIncident]:
    for incident in sorted(findings.incidents.values(), key=lambda incident: (incident.onset, incident.id)):
        yield FoundIncident(
            id=incident.id,
            onset=incident.onset,
            pattern=incident.pattern,
            members=tuple(member.anomaly.id for member in incident.members),
            resolution=incident.resolution,
            cause=findings.cause_of(incident.id, float("inf")),
        )


def as_text(report: Report) -> RenderableType:
    parts: list[RenderableType] = [_head(report)]
    if report.incidents:
        parts.append(_incidents_table(report))
    if report.comparison is not None:
        parts += _comparison(report.comparison)
    return Group(*parts)


def _head(report: Report) -> str:
    span = report.network
    duration = f", {span.end - span.begin:.1f} s of network time" if span else ""
    lines = [
        f"{report.folder}: {report.messages:,} messages{duration}",
        f"{' -> '.join(report.through)}: {len(report.anomalies)} anomalies, {len(report.incidents)} incidents",
    ]
    if report.not_understood:
        lines.append(f"{report.not_understood} messages could not be decoded and were skipped")
    return "\n".join(lines + [f"note: {note}" for note in report.notes])


def _incidents_table(report: Report) -> Table:
    left = len(report.incidents) - SHOWN
    table = Table("onset", "first cause", "anomalies", "resolution", "incident", box=None, title_justify="left")
    table.title = f"the last {SHOWN} of {len(report.incidents)} incidents; --json prints all" if left > 0 else None
    for incident in report.incidents[-SHOWN:]:
        table.add_row(
            iso(incident.onset),
            str(incident.cause) if incident.cause else "-",
            str(len(incident.members)),
            incident.resolution or "-",
            incident.id,
        )
    return table


def _comparison(found: Comparison) -> Iterator[RenderableType]:
    if found.judged is None:
        yield "nothing is compared: the recording is too short to learn the baselines"
        return
    yield f"compared from {iso(found.judged.begin)} to {iso(found.judged.end)}"
    differences = {"anomalies": found.anomalies, "incidents": found.incidents, "first causes": found.causes}
    table = Table("", "equal", "missing", "new", "differ", box=None)
    for name, difference in differences.items():
        if difference is not None:
            counts = (difference.missing, difference.new, difference.differ)
            table.add_row(name, str(difference.equal), *(str(len(names)) for names in counts))
    yield table
    for name, difference in differences.items():
        if difference is not None:
            yield from _named(name, difference)
    if found.set_aside:
        yield (
            f"{found.set_aside} anomalies are not compared: another of the same metric and element was open before the "
            "recording began"
        )
    if found.detector_was_late:
        yield (
            f"the recorded detector was up to {found.latest:.1f} s late, since its machine was too busy: it may have "
            "missed anomalies that the replay finds"
        )
    if found.recorded is not None and found.now is not None:
        yield _scores(found.recorded, found.now)


def _named(what: str, difference: Difference) -> Iterator[Text]:
    for difference_kind, names in (
        ("missing", difference.missing),
        ("new", difference.new),
        ("differ", difference.differ),
    ):
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        if names:
            yield Text(f"{what}, {difference_kind}: {'; '.join(names[:SHOWN])}{more}", style="yellow")


def _scores(recorded: Score, now: Score) -> Table:
    table = Table("score", "recorded", "now", box=None)
    for name in Score.model_fields:
        table.add_row(name.replace("_", " "), str(getattr(recorded, name)), str(getattr(now, name)))
    return table
