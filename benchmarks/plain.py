"""The plain rule's score on the incidents that the loop diagnosed: the baseline that must stay below 80 %."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.plain_rule import plain_rule
from services.gateway.scoring.fault_scores import belongs
from shared.domain.events import Event, Fault, FaultEnded, Incident, IncidentEvent, RemediationApplied
from shared.domain.topology import Topology


def plain_right_kind(events: Sequence[tuple[Event, float]], topology: Topology) -> float:
    """Return the share (%) of ended faults whose kind the plain rule names, judged at the loop's revision.

    That is the revision which the first applied action cites; without an action, the last.
    """
    faults = {e.fault.id: e.fault for e, _ in events if isinstance(e, FaultEnded)}
    revisions: dict[str, dict[int, Incident]] = {}
    cited: dict[str, int] = {}
    for event, _ in events:
        if isinstance(event, IncidentEvent):
            revisions.setdefault(event.incident.id, {})[event.incident.revision] = event.incident
        elif isinstance(event, RemediationApplied) and event.action.diagnosis_revision is not None:
            cited.setdefault(event.action.incident_id, event.action.diagnosis_revision)
    right = sum(_right(fault, revisions, cited, topology) for fault in faults.values())
    return 100 * right / len(faults) if faults else 0.0


def _right(fault: Fault, revisions: dict[str, dict[int, Incident]], cited: dict[str, int], topology: Topology) -> bool:
    mine = {i: known for i, known in revisions.items() if belongs(topology, known[max(known)], fault)}
    if not mine:
        return False
    chosen = min(mine, key=lambda i: (i not in cited, known_onset(mine[i])))
    known = mine[chosen]
    incident = known.get(cited.get(chosen, -1), known[max(known)])
    return plain_rule(incident, topology)[1] is fault.kind


def known_onset(known: dict[int, Incident]) -> float:
    """Return the onset of an incident of which some revisions are known."""
    return known[max(known)].onset
