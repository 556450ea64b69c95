"""Stores the score totals in one small record, which a gateway reads at its start.

Rules: messages expire from the streams, some within half an hour, but the totals that were counted from them must last.
Each gateway counts all events. It writes its totals by compare-and-set, and only over a record that counts up to an
earlier time and has no more faults than its totals. So a gateway that missed faults removes none from the record.
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
    """The totals of the faults, actions and incidents that had settled by the network time `until`."""

    until: float
    scored: ScoreTotals
    incidents: IncidentCounts

    def replaces(self, other: Settled) -> bool:
        return self.until > other.until and self.scored.faults >= other.scored.faults


def settled(scorecard: Scorecard, tracker: IncidentTracker) -> Settled | None:
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
        """None if the record is missing or invalid. An invalid record is logged."""
        found = await self._parse(await self._bucket.get(KEY))
        self._until = found.until if found else None
        return found

    async def write_places(self, places: Mapping[str, int]) -> None:
        """The next start detects lost messages by these places."""
        if places != self._places:
            await self._bucket.put(PLACES_KEY, json.dumps(places).encode())
            self._places = dict(places)

    async def write(self, mine: Settled | None) -> None:
        """Store the totals `mine`, unless the stored totals count up to the same or a later time, or have more faults.

        Nothing is stored either if another gateway writes at the same moment.
        """
        if mine is None or mine.until == self._until:
            return
        entry = await self._bucket.get(KEY)
        theirs = await self._parse(entry)
        if theirs is None or mine.replaces(theirs):
            revision = entry.revision if entry else 0
            if await self._bucket.update(KEY, mine.model_dump_json().encode(), revision) is None:
                return  # another gateway wrote first; the next call compares with its totals
        self._until = mine.until

    async def _parse(self, entry: Entry | None) -> Settled | None:
        try:
            return Settled.model_validate_json(entry.value) if entry else None
        except ValidationError as error:
            complaint = f"The record of the totals is invalid and starts again: {error}"
            await self._bus.log(Level.ERROR, complaint[:MAX_REASON])
            return None
