"""Every message of the loop but telemetry: what it carries, what its id is, which trace it belongs to.

Rules: an event's `id` derives from what it says, so that saying it again is the same event. Events of one incident
share one trace, that of its first anomaly. `Instant`s are network time. Unknown fields are ignored, so that a newer
sender can be read by an older reader.
"""

from __future__ import annotations

from shared.domain.events.anomalies import Anomaly, AnomalyCleared, AnomalyRaised
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
