"""The times at which events of a recorded run were published and received. Pure.

The order and the delay of received messages depend on scheduling, not on decisions. A replay takes these times from the
recording, so that only decisions can differ. A recording has no times of receipt, so they are inferred. An anomaly, its
clearing, an escalation or a verified repair counts as received at the first revision of an incident that contains it.
The timer of an incident counts as checked when the incident was resolved.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from shared.domain.errors import MessageError
from shared.domain.events import Incident, IncidentEscalated, IncidentEvent
from shared.domain.kinds import Resolution
from shared.platform.bus import codec
from shared.recordings.entry import RecordedEntry

MAX_MOMENTS = 500_000
"""From how many messages the times are read. For later messages the replay uses its own time of publication."""


@dataclass(frozen=True)
class RecordedMoment:
    """The time at which an event was published: `stored` is wall time of the broker, and `time` is network time."""

    stored: float
    time: float


@dataclass(frozen=True, order=True)
class RecordedReceipt:
    """When an event was received: at this network time, and before which other events of the same time.

    `number`: the number of the incident's message in the recording; infinite if no message tells.
    """

    time: float
    number: float = math.inf


@dataclass(frozen=True)
class Moments:
    """The times of a recorded run.

    `published`: by the id of an event, when the event was published. `received`: by the id of an event, when the
    correlator received the event. `resolved`: by the id of an incident, when a timer resolved the incident.
    """

    published: Mapping[str, RecordedMoment] = field(default_factory=dict)
    received: Mapping[str, RecordedReceipt] = field(default_factory=dict)
    resolved: Mapping[str, float] = field(default_factory=dict)


def moments_of(found: Iterable[RecordedEntry], incidents: Iterable[RecordedEntry]) -> Moments:
    """`found`: the recorded messages of anomalies and diagnoses."""
    published: dict[str, RecordedMoment] = {}
    for entry in islice(found, MAX_MOMENTS):
        published.setdefault(entry.id, RecordedMoment(entry.stored, entry.time))
    received: dict[str, RecordedReceipt] = {}
    resolved: dict[str, float] = {}
    escalations: dict[str, int] = {}
    for position, entry in enumerate(islice(incidents, MAX_MOMENTS)):
        try:
            event = codec.decode(entry.subject, entry.data)
        except MessageError:
            continue
        if isinstance(event, IncidentEvent):
            receipt = RecordedReceipt(event.incident.updated, position)
            if isinstance(event, IncidentEscalated):
                number = escalations[event.incident.id] = escalations.get(event.incident.id, 0) + 1
                received.setdefault(f"{event.incident.id}.escalated.{number}", receipt)
            _note_receipts(event.incident, receipt, received)
            if event.incident.resolved is not None and event.incident.resolution is not Resolution.MERGED:
                resolved.setdefault(event.incident.id, event.incident.resolved)
    return Moments(published, received, resolved)


def _note_receipts(incident: Incident, receipt: RecordedReceipt, received: dict[str, RecordedReceipt]) -> None:
    for member in incident.members:
        received.setdefault(member.anomaly.id, receipt)
        if member.cleared is not None:
            received.setdefault(f"{member.anomaly.id}.cleared", receipt)
    if incident.repaired_by is not None:
        received.setdefault(f"{incident.repaired_by}.verified", receipt)
