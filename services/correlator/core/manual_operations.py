"""The changes that a person can make: acknowledge, comment on, split or merge incidents, and move members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.correlator.core.case import MAX_COMMENTS, IncidentCase
from services.correlator.core.explanations import BY_HAND
from shared.domain.errors import Refused, UnknownTarget
from shared.domain.events import MAX_MEMBERS, IncidentEvent
from shared.domain.requests import Acknowledge, Comment, Merge, Move, Split
from shared.domain.topology import Topology


@dataclass(frozen=True)
class ManualOperations:
    """`case_of`: id of an anomaly -> id of its incident."""

    cases: dict[str, IncidentCase]
    case_of: dict[str, str]
    topology: Topology

    def acknowledge(self, request: Acknowledge, now: float) -> list[IncidentEvent]:
        case = self._case(request.incident_id)
        if case.acknowledged_by == request.by:
            return [case.repeat()]
        case.acknowledged_by = request.by
        return [case.update(now)]

    def comment(self, request: Comment, now: float) -> list[IncidentEvent]:
        """Raises Refused if the incident has `MAX_COMMENTS` comments already."""
        case = self._case(request.incident_id)
        if len(case.comments) >= MAX_COMMENTS:
            raise Refused(f"incident {case.id} has {MAX_COMMENTS} comments: no more are stored")
        case.comments = (*case.comments, f"{request.by}: {request.text}"[:2000])
        return [case.update(now)]

    def move(self, request: Move, now: float) -> list[IncidentEvent]:
        source, into = self._open(request.incident_id), self._open(request.to)
        if source is into:
            raise Refused(f"incident {source.id} cannot give members to itself: name another in `to`")
        names = self._members(source, request.members)
        if len(names) == len(source.members):
            return self._merge(source, into, now)
        self._carry(source, into, names)
        return [into.update(now), source.update(now)]

    def split(self, request: Split, now: float) -> list[IncidentEvent]:
        """The id of the new incident is the first member id that no incident has."""
        source = self._open(request.incident_id)
        names = self._members(source, request.members)
        if len(names) == len(source.members):
            raise Refused(f"incident {source.id} would keep no member: leave one in it")
        free = [name for name in names if name not in self.cases]
        if not free:
            raise Refused(f"there is, or was, an incident {names[0]} already: split off another member, or one more")
        case = self.cases[free[0]] = IncidentCase(self.topology, id=free[0], opened=now)
        self._carry(source, case, names)
        return [case.opens(now), source.update(now)]

    def merge(self, request: Merge, now: float) -> list[IncidentEvent]:
        gone, into = self._open(request.incident_id), self._open(request.into)
        if gone is into:
            raise Refused(f"incident {gone.id} cannot be merged into itself: name another in `into`")
        return self._merge(gone, into, now)

    def hand_over(self, gone: IncidentCase, into: IncidentCase) -> None:
        """The record of `gone` keeps its members."""
        for name, member in gone.members.items():
            into.add(member)
            self.case_of[name] = into.id
        into.left_out += gone.left_out

    def _merge(self, gone: IncidentCase, into: IncidentCase, now: float) -> list[IncidentEvent]:
        self._require_room(into, len(gone.members))
        self.hand_over(gone, into)
        return [into.update(now), gone.merge_into(into.id, now)]

    def _carry(self, source: IncidentCase, into: IncidentCase, names: Sequence[str]) -> None:
        self._require_room(into, len(names))
        for name in names:
            into.add(source.members.pop(name).model_copy(update={"why": BY_HAND}))
            self.case_of[name] = into.id

    @staticmethod
    def _require_room(into: IncidentCase, count: int) -> None:
        """A member that an incident leaves out would not be repaired."""
        if not into.has_room_for(count):
            raise Refused(f"incident {into.id} would have more than {MAX_MEMBERS} members: move fewer")

    def _case(self, incident_id: str) -> IncidentCase:
        if incident_id not in self.cases:
            raise UnknownTarget(f"unknown incident {incident_id!r}: see the list of incidents for those that are kept")
        return self.cases[incident_id]

    def _open(self, incident_id: str) -> IncidentCase:
        case = self._case(incident_id)
        if not case.is_open:
            raise Refused(f"incident {incident_id} is resolved: only an open one can be changed")
        return case

    def _members(self, case: IncidentCase, names: Sequence[str]) -> list[str]:
        if not names:
            raise Refused("no members are named: name at least one")
        unknown = [name for name in names if name not in case.members]
        if unknown:
            raise UnknownTarget(f"{unknown[0]!r} is no member of incident {case.id}: see its members")
        return list(dict.fromkeys(names))
