"""The enumerations that more than one package uses. Sets of names to which a catalogue file can add are in
`vocabulary`.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import TypeVar

from shared.domain.vocabulary import ActionKind as ActionKind
from shared.domain.vocabulary import FaultKind as FaultKind


class NodeType(StrEnum):
    """The role of a node."""

    ROUTER = "router"
    SWITCH = "switch"
    SERVER = "server"


class ElementKind(StrEnum):
    """The kinds of element; their names, in this order: `n`, `n:eth0`, `a--b`, `ospf/a--b`, `dns/n`, `a->b`."""

    NODE = "node"
    INTERFACE = "interface"
    LINK = "link"
    SESSION = "session"
    SERVICE = "service"
    PATH = "path"


class NodeStatus(StrEnum):
    """The status of a node: a degraded one is faulty, an affected one only shows effects of a fault elsewhere."""

    HEALTHY = "healthy"
    AFFECTED = "affected"
    DEGRADED = "degraded"
    DOWN = "down"


class NetworkState(StrEnum):
    """The state of the whole network; blind: its telemetry is lost."""

    STABLE = "stable"
    RECOVERING = "recovering"
    UNSTABLE = "unstable"
    BLIND = "blind"


class Severity(StrEnum):
    """The severity of an anomaly or incident."""

    WARNING = "warning"
    CRITICAL = "critical"


class Shape(StrEnum):
    """How a metric left its baseline: at once, slowly and steadily, or down and up repeatedly."""

    STEP = "step"
    RAMP = "ramp"
    FLAP = "flap"


class Mode(StrEnum):
    """How far the remediator may go: do nothing, propose, act after approval, act."""

    OFF = "off"
    SUGGEST = "suggest"
    APPROVE = "approve"
    AUTO = "auto"


class EndedBy(StrEnum):
    """What ended a fault."""

    ACTION = "action"
    TTL = "ttl"
    CANCELLED = "cancelled"


class IncidentState(StrEnum):
    """The state of an incident. An escalated one is still open, but waits for a person."""

    OPEN = "open"
    ESCALATED = "escalated"
    RESOLVED = "resolved"


class Resolution(StrEnum):
    """How an incident was resolved. A `merged` one continues as part of another and is not counted."""

    AUTO_RESOLVED = "auto_resolved"
    MANUAL_INTERVENTION = "manual_intervention"
    SELF_CLEARED = "self_cleared"
    MERGED = "merged"


class ActionState(StrEnum):
    """The state of an action in its life cycle."""

    PROPOSED = "proposed"
    BLOCKED = "blocked"
    APPROVED = "approved"
    STARTED = "started"
    APPLIED = "applied"
    VERIFIED = "verified"
    FAILED = "failed"
    REVERTED = "reverted"
    REJECTED = "rejected"


class Level(StrEnum):
    """The level of a log line."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


class ServiceName(StrEnum):
    """The seven services and the network process."""

    INJECTOR = "injector"
    DETECTOR = "detector"
    CORRELATOR = "correlator"
    RCA = "rca"
    REMEDIATOR = "remediator"
    STABILIZER = "stabilizer"
    GATEWAY = "gateway"
    NETWORK = "network"


EnumMember = TypeVar("EnumMember", bound=StrEnum)


def in_order(members: type[EnumMember], some: Collection[EnumMember]) -> tuple[EnumMember, ...]:
    """Return some members of an enumeration in the order of their declaration, so that equal sets give equal texts."""
    return tuple(member for member in members if member in some)
