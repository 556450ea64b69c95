"""What a gateway leaves to the next one: the figures of all that has settled, in one small record.

Rules: streams forget, the busiest of them within half an hour; what was counted from them must not. Each gateway has
the whole of it and writes it by compare-and-set, only over one that reaches less far and has counted no more: so
any number of them agree, and one that missed something takes nothing away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from services.gateway.core.incidents import IncidentCounts, IncidentTracker
from services.gateway.scoring.scorecard import Scorecard
from services.gateway.scoring.totals import ScoreTotals
from shared.domain.kinds import Level
from shared.domain.subjects import Bucket
from shared.platform.bus import Bus
from shared.platform.inspection import PLACES_KEY
from shared.platform.kv import Entry

KEY = "settled"
MAX_REASON = 300


class Settled(BaseModel):
    """The figures of what had settled by `until`, a moment of network time."""

    until: float
    scored: ScoreTotals
    incidents: IncidentCounts

    def replaces(self, other: Settled) -> bool:
        """Say whether this is to stand in place of what another gateway wrote."""
        return self.until > other.until and self.scored.faults >= other.scored.faults


def settled(scorecard: Scorecard, tracker: IncidentTracker) -> Settled | None:
    """Return the figures as they stand; nothing where nothing has settled yet."""
    found = scorecard.settled()
    if found is None:
        return None
    totals, until = found
    return Settled(until=until, scored=totals, incidents=tracker.settled(until))


class TotalsStore:
    """Reads and writes that record."""

    def __init__(self, bus: Bus) -> None:
        self._bus, self._bucket = bus, bus.bucket(Bucket.TALLY)
        self._until: float | None = None
        self._places: dict[str, int] = {}

    async def read(self) -> Settled | None:
        """Return what was left to us."""
        found = await self._parse(await self._bucket.get(KEY))
        self._until = found.until if found else None
        return found

    async def write_places(self, places: Mapping[str, int]) -> None:
        """Note how far the streams were read: the next start can tell whether they have lost what came last."""
        if places != self._places:
            await self._bucket.put(PLACES_KEY, json.dumps(places).encode())
            self._places = dict(places)

    async def write(self, mine: Settled | None) -> None:
        """Leave our figures to the next, unless another gateway's reach further."""
        if mine is None or mine.until == self._until:
            return
        entry = await self._bucket.get(KEY)
        theirs = await self._parse(entry)
        if theirs is None or mine.replaces(theirs):
            await self._bucket.update(KEY, mine.model_dump_json().encode(), entry.revision if entry else 0)
        self._until = mine.until

    async def _parse(self, entry: Entry | None) -> Settled | None:
        try:
            return Settled.model_validate_json(entry.value) if entry else None
        except ValidationError as error:
            said = f"The record of what was counted is none and is begun anew: {error}"
            await self._bus.log(Level.ERROR, said[:MAX_REASON])
            return None
