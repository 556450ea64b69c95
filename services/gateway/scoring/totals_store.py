"""Stores the settled totals in one small record for the next gateway.

Rules: messages expire from the streams, from the busiest within half an hour; the totals counted from them must not.
Each gateway counts everything. It writes its totals by compare-and-set, only over a record that counts up to an earlier
time and has no more faults. So any number of gateways agree, and a gateway that missed faults removes none.
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
    """The totals of the faults, actions and incidents that had settled by `until`, a network time."""

    until: float
    scored: ScoreTotals
    incidents: IncidentCounts

    def replaces(self, other: Settled) -> bool:
        return self.until > other.until and self.scored.faults >= other.scored.faults


def settled(scorecard: Scorecard, tracker: IncidentTracker) -> Settled | None:
    """Return the current totals; None if nothing has settled yet."""
    found = scorecard.settled()
    if found is None:
        return None
    totals, until = found
    return Settled(until=until, scored=totals, incidents=tracker.settled(until))


class TotalsStore:
    def __init__(self, bus: Bus) -> None:
        self._bus, self._bucket = bus, bus.bucket(Bucket.TALLY)
        self._until: float | None = None
        self._places: dict[str, int] = {}

    async def read(self) -> Settled | None:
        """Return the stored record; None if there is none."""
        found = await self._parse(await self._bucket.get(KEY))
        self._until = found.until if found else None
        return found

    async def write_places(self, places: Mapping[str, int]) -> None:
        """Store up to where the streams were read, so that the next start can detect a loss at their end."""
        if places != self._places:
            await self._bucket.put(PLACES_KEY, json.dumps(places).encode())
            self._places = dict(places)

    async def write(self, mine: Settled | None) -> None:
        """Store the totals `mine`, unless another gateway has stored totals up to a later time or of more faults."""
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
            complaint = f"The record of the totals is invalid and starts again: {error}"
            await self._bus.log(Level.ERROR, complaint[:MAX_REASON])
            return None
