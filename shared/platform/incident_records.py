"""Reads the correlator's incident records. The record of an open incident remains when its messages have expired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from shared.domain.events import Incident
from shared.domain.kinds import Level
from shared.domain.subjects import Bucket
from shared.platform.bus import Bus

MAX_COMPLAINT = 500


@dataclass(frozen=True)
class IncidentRecords:
    """The incidents in KV `incidents`, ordered by their last write, and the revision of each key there."""

    incidents: tuple[Incident, ...]
    revisions: Mapping[str, int]


async def read_incident_records(bus: Bus) -> IncidentRecords:
    """An invalid record is logged and skipped."""
    entries = await bus.bucket(Bucket.INCIDENTS).all()
    incidents = []
    for key, entry in sorted(entries.items(), key=lambda item: item[1].revision):
        try:
            incidents.append(Incident.model_validate_json(entry.value))
        except ValidationError as error:
            complaint = f"Record {key} is not an incident and is skipped: {error}"
            await bus.log(Level.ERROR, complaint[:MAX_COMPLAINT])
    return IncidentRecords(tuple(incidents), {key: entry.revision for key, entry in entries.items()})


async def read_incidents(bus: Bus) -> tuple[Incident, ...]:
    return (await read_incident_records(bus)).incidents
