"""Reads the correlator's incident records: open incidents stay there after their messages have expired."""

from __future__ import annotations

from pydantic import ValidationError

from shared.domain.events import Incident
from shared.domain.kinds import Level
from shared.domain.subjects import Bucket
from shared.platform.bus import Bus

MAX_COMPLAINT = 500


async def read_incidents(bus: Bus) -> list[Incident]:
    """Return the incidents that are open or were resolved lately; an invalid record is logged and skipped."""
    incidents = []
    for key, entry in (await bus.bucket(Bucket.INCIDENTS).all()).items():
        try:
            incidents.append(Incident.model_validate_json(entry.value))
        except ValidationError as error:
            complaint = f"Record {key} is not an incident and is skipped: {error}"
            await bus.log(Level.ERROR, complaint[:MAX_COMPLAINT])
    return incidents
