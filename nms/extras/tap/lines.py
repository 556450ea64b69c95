"""Formats each kind of event as a readable line with its subject and its content."""

from __future__ import annotations

from rich.text import Text

from nms.extras.tap.message import TappedMessage
from nms.log_view import COLOURS, LEVELS
from nms.show.columns import word
from nms.terminal import json_line
from shared.domain.catalogue import METRICS, Nature
from shared.domain.errors import MessageError
from shared.domain.events import (
    AnomalyCleared,
    AnomalyObserved,
    AnomalyPassed,
    AnomalyRaised,
    DiagnosisMade,
    Event,
    Execute,
    Executed,
    FaultCycle,
    FaultEnded,
    FaultStarted,
    Incident,
    IncidentEvent,
    LogLine,
    RemediationBlocked,
    RemediationEscalated,
    RemediationEvent,
    StabilityAdvised,
    StabilityStatus,
    StabilityVerdict,
)
from shared.domain.kinds import ElementKind
from shared.domain.moments import clock
from shared.domain.printable import printable
from shared.domain.subjects import DEAD_LETTERS
from shared.domain.telemetry import Columns, Tick, decode_tick
from shared.domain.topology import LINK_SEPARATOR
from shared.domain.units import figure, rate
from shared.platform.bus import codec

SUBJECT_WIDTH = 23
WHO_WIDTH = 28
FAMILY_COLOURS = {
    "fault": COLOURS["injector"],
    "metrics": COLOURS["network"],
    "anomaly": COLOURS["detector"],
    "incident": COLOURS["correlator"],
    "diagnosis": COLOURS["rca"],
    "remediation": COLOURS["remediator"],
    "stability": COLOURS["stabilizer"],
    "deadletter": LEVELS["error"],
}
"""A family has the colour of the service that publishes it."""
RATE = "Mbit/s"


def line(message: TappedMessage, element: str | None = None) -> Text:
    who, what = _described(message, element)
    return Text.assemble(
        (f"{clock(message.time):<20}  ", "dim"),
        (f"{printable(message.subject):<{SUBJECT_WIDTH}}", FAMILY_COLOURS.get(message.subject.partition(".")[0], "")),
        (f"{printable(who):<{WHO_WIDTH}}", "bold"),
        printable(what),
    )


def _described(message: TappedMessage, element: str | None) -> tuple[str, str]:
    try:
        if message.is_telemetry:
            return telemetry(decode_tick(message.data), element)
        event = codec.decode(message.subject, message.data)
    except MessageError:
        return _set_aside(message) or (message.headers.get("ce-subject", "-"), _raw(message))
    if isinstance(event, IncidentEvent):
        return _incident(event.incident)
    return _whom(event), says(event)


def telemetry(tick: Tick, element: str | None) -> tuple[str, str]:
    """Return the element that the line is about, and its samples.

    If the tick has no samples of `element`, return the links of that node and their samples. If it has none of these
    either, return the partition and the number of its elements of each kind.
    """
    for kind, columns in tick.elements.items():
        if element in columns.ids:
            return element, _samples(kind, columns, columns.ids.index(element))
    links = tick.of(ElementKind.LINK).ids
    if near := [link for link in links if element in link.split(LINK_SEPARATOR)]:
        return ", ".join(near), "; ".join(telemetry(tick, link)[1] for link in near)
    counts = ", ".join(f"{len(columns.ids)} {kind}s" for kind, columns in tick.elements.items())
    return f"partition {tick.partition}", f"tick {tick.tick}: {counts}"


def _samples(kind: ElementKind, columns: Columns, row: int) -> str:
    known = {name: value for name, column in columns.metrics.items() if (value := column[row]) is not None}
    states = [_state(name, value) for name, value in known.items() if _is_state(kind, name)]
    figures = [
        f"{name} {_quantity(value, METRICS[kind, name].unit if (kind, name) in METRICS else '')}".rstrip()
        for name, value in known.items()
        if not _is_state(kind, name)
    ]
    return "; ".join(part for part in (", ".join(figures) or "no sample", ", ".join(states)) if part)


def _is_state(kind: ElementKind, name: str) -> bool:
    spec = METRICS.get((kind, name))
    return spec is not None and spec.nature is Nature.STATE


def _state(name: str, value: float) -> str:
    return name if value else f"not {name}"


def _quantity(value: float, unit: str) -> str:
    return rate(value) if unit == RATE else f"{figure(value)} {unit}"


def _incident(incident: Incident) -> tuple[str, str]:
    members = f"{len(incident.open_members)} of {len(incident.members)} members open"
    how = incident.resolution or incident.state
    what = f"{how}, {incident.severity}: {incident.pattern}; {members}; {incident.id}"
    return incident.members[0].anomaly.element, what


def _whom(event: Event) -> str:
    match event:
        case RemediationEvent():
            return event.action.target
        case Execute():
            return event.target
        case DiagnosisMade() if event.causes:
            return event.causes[0].element
        case _:
            return event.about


def says(event: Event) -> str:
    match event:
        case FaultCycle():
            return f"the next one comes in {event.interval:g} s"
        case FaultStarted(fault=fault):
            return f"{fault.kind} of strength {fault.strength:g}; {fault.id}"
        case FaultEnded(fault=fault):
            return f"{fault.kind} ended by {fault.ended_by}; {fault.id}"
        case AnomalyRaised(anomaly=a):
            values = f"{figure(a.value)}, limit {a.threshold:g}, expected {figure(a.expected)}"
            return f"{a.metric} {values}, {a.severity}; {a.id}"
        case AnomalyCleared():
            return (
                f"{event.metric} {figure(event.value)} is back after {event.at - event.since:.1f} s; {event.anomaly_id}"
            )
        case AnomalyObserved(observation=o):
            return f"{o.metric} {figure(o.value)}, expected {figure(o.expected)}, nobody harmed; {o.id}"
        case AnomalyPassed():
            how = f"became {event.became}" if event.became else "is usual again"
            return f"{event.metric} {figure(event.value)} {how} after {event.at - event.since:.1f} s"
        case DiagnosisMade():
            causes = (f"{c.kind} on {c.element} {100 * c.confidence:.0f} %" for c in event.causes)
            return f"{', '.join(causes) or 'no cause fits'}; {event.incident_id}"
        case RemediationBlocked():
            figures = ", ".join(f"{name} {value:g}" for name, value in event.figures.items())
            return f"{event.action.kind} blocked by {event.rule} ({figures or event.reason}); {event.action.id}"
        case RemediationEvent(action=action):
            return f"{action.kind}, attempt {action.attempt}{f': {event.reason}' if event.reason else ''}; {action.id}"
        case RemediationEscalated():
            return f"a person is needed: {event.reason}"
        case Execute():
            return f"{'undo ' if event.revert else ''}{event.kind}; {event.action_id}"
        case Executed():
            return (
                f"{'it was undone' if event.revert else 'it ran'}" if event.ran else f"it did not run: {event.reason}"
            )
        case StabilityStatus():
            return f"{event.state}: {event.trouble}, health {event.health_percentage:g} %"
        case StabilityVerdict():
            return f"{event.verdict}: {event.reason}"
        case StabilityAdvised():
            return f"{event.action} would help: {event.reason}"
        case LogLine():
            return f"{event.level}: {event.message}"
        case _:
            return event.model_dump_json()


def _set_aside(message: TappedMessage) -> tuple[str, str] | None:
    body = message.body
    if not message.subject.startswith(f"{DEAD_LETTERS}.") or not isinstance(body, dict):
        return None
    return word(body.get("service")), f"set aside from {word(body.get('subject'))}: {word(body.get('reason'))}"


def _raw(message: TappedMessage) -> str:
    if isinstance(message.body, dict | list | str):
        return json_line(message.body)
    return message.data.decode(errors="replace")
