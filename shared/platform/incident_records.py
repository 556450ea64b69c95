"""The records of incidents that the correlator keeps: what is open, however long ago its messages were let go of."""

from __future__ import annotations

from pydantic import ValidationError

from shared.domain.events import Incident
from shared.domain.kinds import Level
from shared.domain.subjects import Bucket
from shared.platform.bus import Bus

MAX_COMPLAINT = 500


async def read_incidents(bus: Bus) -> list[Incident]:
    """Return the incidents that are open or lately resolved; what is no incident is told of and passed over."""
    incidents = []
    for key, entry in (await bus.bucket(Bucket.INCIDENTS).all()).items():
        try:
            incidents.append(Incident.model_validate_json(entry.value))
        except ValidationError as error:
            said = f"Record {key} is no incident and is passed over: {error}"
            await bus.log(Level.ERROR, said[:MAX_COMPLAINT])
    return incidents
