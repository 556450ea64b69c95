"""The events of the loop: all messages except telemetry, with the fields, the id and the trace of each.

Rules: the `id` of an event derives from its content, so a repeated event has the same id. All events of an incident
have the trace of its first anomaly. Values of type `Instant` are network time. A reader ignores unknown fields, so it
can read the events of a newer release.
"""

from __future__ import annotations

from shared.domain.events.anomalies import (
    Anomaly,
    AnomalyCleared,
    AnomalyObserved,
    AnomalyPassed,
    AnomalyRaised,
    Observation,
)
from shared.domain.events.base import MAX_TEXT, Event, Id, Name, Part, Text
from shared.domain.events.diagnoses import MAX_CAUSES, Cause, DiagnosisMade, Proposal
from shared.domain.events.faults import Fault, FaultCycle, FaultEnded, FaultStarted
from shared.domain.events.incidents import (
    MAX_MEMBERS,
    Incident,
    IncidentEscalated,
    IncidentEvent,
    IncidentOpened,
    IncidentResolved,
    IncidentUpdated,
    Member,
)
from shared.domain.events.log import LogLine
from shared.domain.events.remediation import (
    BY_THE_LOOP,
    Action,
    Execute,
    Executed,
    RemediationApplied,
    RemediationApproved,
    RemediationBlocked,
    RemediationEscalated,
    RemediationEvent,
    RemediationFailed,
    RemediationProposed,
    RemediationReverted,
    RemediationStarted,
    RemediationVerified,
)
from shared.domain.events.stability import StabilityAdvised, StabilityStatus, StabilityVerdict

EVENTS: tuple[type[Event], ...] = (
    FaultCycle,
    FaultStarted,
    FaultEnded,
    AnomalyRaised,
    AnomalyCleared,
    AnomalyObserved,
    AnomalyPassed,
    IncidentOpened,
    IncidentUpdated,
    IncidentResolved,
    IncidentEscalated,
    DiagnosisMade,
    RemediationProposed,
    RemediationBlocked,
    RemediationApproved,
    RemediationStarted,
    RemediationApplied,
    RemediationVerified,
    RemediationFailed,
    RemediationReverted,
    RemediationEscalated,
    Execute,
    Executed,
    StabilityStatus,
    StabilityVerdict,
    StabilityAdvised,
    LogLine,
)

__all__ = [
    "BY_THE_LOOP",
    "EVENTS",
    "MAX_CAUSES",
    "MAX_MEMBERS",
    "MAX_TEXT",
    "Action",
    "Anomaly",
    "AnomalyCleared",
    "AnomalyObserved",
    "AnomalyPassed",
    "AnomalyRaised",
    "Cause",
    "DiagnosisMade",
    "Event",
    "Execute",
    "Executed",
    "Fault",
    "FaultCycle",
    "FaultEnded",
    "FaultStarted",
    "Id",
    "Incident",
    "IncidentEscalated",
    "IncidentEvent",
    "IncidentOpened",
    "IncidentResolved",
    "IncidentUpdated",
    "LogLine",
    "Member",
    "Name",
    "Observation",
    "Part",
    "Proposal",
    "RemediationApplied",
    "RemediationApproved",
    "RemediationBlocked",
    "RemediationEscalated",
    "RemediationEvent",
    "RemediationFailed",
    "RemediationProposed",
    "RemediationReverted",
    "RemediationStarted",
    "RemediationVerified",
    "StabilityAdvised",
    "StabilityStatus",
    "StabilityVerdict",
    "Text",
]
