"""Helpers for the tests of all packages: functions that build events, and a real broker on a free port."""

from shared.testing.broker import TestBroker, bus_for, running_broker
from shared.testing.builders import (
    EVERYTHING,
    LINK_FAULTS,
    NODE_FAULTS,
    NOON,
    action,
    anomaly,
    cause,
    cleared,
    diagnosis,
    elements,
    fault,
    incident,
    member,
    raised,
    telemetry,
    tick,
)

__all__ = [
    "EVERYTHING",
    "LINK_FAULTS",
    "NODE_FAULTS",
    "NOON",
    "TestBroker",
    "action",
    "anomaly",
    "bus_for",
    "cause",
    "cleared",
    "diagnosis",
    "elements",
    "fault",
    "incident",
    "member",
    "raised",
    "running_broker",
    "telemetry",
    "tick",
]
