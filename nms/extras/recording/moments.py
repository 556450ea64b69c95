"""When things were said and heard in a recorded run. Pure.

Which message a process takes up first, and how late, is a matter of scheduling and no decision: a replay takes it from
the recording, so that what differs is what was decided. When the correlator heard of an anomaly is told by the first
revision of an incident that has it as a member; when it looked at its timers, by the resolutions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from shared.domain.errors import MessageError
from shared.domain.events import Incident, IncidentEvent
from shared.domain.kinds import Resolution
from shared.platform.bus import codec
from shared.recordings.entry import RecordedEntry

MAX_MOMENTS = 500_000
"""Messages that are gone through for their moments; of what comes after, the time of publishing counts."""


@dataclass(frozen=True)
class RecordedMoment:
    """When an event was published: wall time by the broker, and network time."""

    stored: float
    time: float


@dataclass(frozen=True)
class Moments:
    """By event id: `published`, and `heard` by the correlator; by incident: when its timer was `resolved`."""

    published: Mapping[str, RecordedMoment] = field(default_factory=dict)
    heard: Mapping[str, float] = field(default_factory=dict)
    resolved: Mapping[str, float] = field(default_factory=dict)


def moments_of(said: Iterable[RecordedEntry], incidents: Iterable[RecordedEntry]) -> Moments:
    """Return the moments of a recording: of anomalies and diagnoses that were `said`, and of `incidents`."""
    published: dict[str, RecordedMoment] = {}
    for entry in islice(said, MAX_MOMENTS):
        published.setdefault(entry.id, RecordedMoment(entry.stored, entry.time))
    heard: dict[str, float] = {}
    resolved: dict[str, float] = {}
    for entry in islice(incidents, MAX_MOMENTS):
        try:
            event = codec.decode(entry.subject, entry.data)
        except MessageError:
            continue
        if isinstance(event, IncidentEvent):
            _hear(event.incident, heard)
            if event.incident.resolved is not None and event.incident.resolution is not Resolution.MERGED:
                resolved.setdefault(event.incident.id, event.incident.resolved)
    return Moments(published, heard, resolved)


def _hear(incident: Incident, heard: dict[str, float]) -> None:
    for member in incident.members:
        heard.setdefault(member.anomaly.id, incident.updated)
        if member.cleared is not None:
            heard.setdefault(f"{member.anomaly.id}.cleared", incident.updated)
    if incident.repaired_by is not None:
        heard.setdefault(f"{incident.repaired_by}.verified", incident.updated)
