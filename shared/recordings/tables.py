"""Defines the flat tables of a recording and their columns: two tables for telemetry, one for every other family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.domain.catalogue import metrics_of
from shared.domain.config import Thresholds
from shared.domain.kinds import ElementKind
from shared.recordings.choices import Family


class Kind(StrEnum):
    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    TIME = "time"


@dataclass(frozen=True)
class Column:
    """A column of a table. `says`: what it contains, with the unit. `paths`: fields of the event's body that may hold
    its value; the first field that is there counts.
    """

    name: str
    kind: Kind
    says: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordingTable:
    name: str
    family: Family
    says: str
    columns: tuple[Column, ...]


def _text(name: str, says: str, *paths: str) -> Column:
    return Column(name, Kind.TEXT, says, paths or (name,))


def _whole(name: str, says: str, *paths: str) -> Column:
    return Column(name, Kind.WHOLE, says, paths or (name,))


def _number(name: str, says: str, *paths: str) -> Column:
    return Column(name, Kind.NUMBER, says, paths or (name,))


def _time(name: str, says: str, *paths: str) -> Column:
    return Column(name, Kind.TIME, says, paths or (name,))


PLACE = (
    _whole("sequence", "number of the message in its stream; rows of one message share it"),
    _time("stored", "wall time at which the broker stored the message"),
)
OF_EVENT = (
    *PLACE,
    _text("subject", "NATS subject, which names the kind of event"),
    _text("id", "id of the event; a repeated event has the same"),
    _text("source", "the process that published it"),
    _time("time", "network time of publishing"),
)
BODY = _text("body", "the whole body as it was published, JSON")
OF_SAMPLE = (
    *PLACE,
    _time("at", "network time of the tick that the message was sent at"),
    _number("interval", "network seconds from one tick to the next"),
    _number("speed", "network seconds a second"),
    _whole("partition", "the partition of the message"),
    _whole("sent_at_tick", "number of the tick that the message was sent at"),
    _whole("tick", "number of the tick at which the sample was taken; less than `sent_at_tick`: it came late"),
)
NODE_METRICS, LINK_METRICS = (
    tuple(_number(spec.name, spec.says) for spec in metrics_of(kind)) for kind in (ElementKind.NODE, ElementKind.LINK)
)

NODES = RecordingTable(
    "telemetry",
    Family.TELEMETRY,
    "a row for each sample of a node",
    (*OF_SAMPLE, _text("node", "id of the node"), *NODE_METRICS),
)
LINKS = RecordingTable(
    "links",
    Family.TELEMETRY,
    "a row for each sample of a link",
    (*OF_SAMPLE, _text("link", "id of the link, a--b"), *LINK_METRICS),
)


def _events(name: str, family: Family, says: str, *columns: Column) -> RecordingTable:
    return RecordingTable(name, family, says, (*OF_EVENT, *columns, BODY))


EVENT_TABLES = (
    _events(
        "settings",
        Family.SETTINGS,
        "the desired state at the start, and each change of it",
        _text("mode", "how far the remediator may go: off, suggest, approve, auto"),
        _text("running", "whether faults are injected"),
        _number("interval", "seconds of network time between cycles"),
        *(
            _number(name, f"threshold, {(field.description or '').rpartition(', ')[2]}", f"thresholds.{name}")
            for name, field in Thresholds.model_fields.items()
        ),
    ),
    _events(
        "faults",
        Family.TRUTH,
        "the ground truth: the injected faults, and the injector's cycles",
        _text("fault_id", "id of the fault", "fault.id"),
        _text("kind", "kind of fault", "fault.kind"),
        _text("target", "node or link of the fault", "fault.target"),
        _number("strength", "0 to 1", "fault.strength"),
        _time("started", "network time", "fault.started"),
        _time("ends", "network time at which its time to live runs out", "fault.ends"),
        _time("ended", "network time", "fault.ended"),
        _text("ended_by", "action, ttl or cancelled", "fault.ended_by"),
        _whole("cycle", "number of the cycle", "fault.cycle", "number"),
    ),
    _events(
        "anomalies",
        Family.ANOMALIES,
        "anomalies that were raised or cleared, and observations that began or passed",
        _text("anomaly_id", "id of the anomaly", "anomaly.id", "anomaly_id"),
        _text("element", "node or link", "anomaly.element", "observation.element", "element"),
        _text("metric", "metric of that element", "anomaly.metric", "observation.metric", "metric"),
        _number("value", "in the metric's unit", "anomaly.value", "observation.value", "value"),
        _number(
            "expected",
            "what the learnt baseline expected, in the metric's unit",
            "anomaly.expected",
            "observation.expected",
        ),
        _number(
            "threshold", "the limit that was crossed, in the metric's unit", "anomaly.threshold", "observation.limit"
        ),
        _number("score", "-log10 of the probability at a healthy element", "anomaly.score", "observation.score"),
        _text("severity", "warning or critical", "anomaly.severity"),
        _text("shape", "step, ramp or flap", "anomaly.shape"),
        _time("since", "network time of the first sample", "anomaly.since", "observation.since", "since"),
        _time("at", "network time of the sample that confirmed it", "anomaly.at", "observation.at", "at"),
        _time("back", "cleared: network time of the first good sample"),
        _text("observation_id", "id of the observation", "observation.id", "observation_id"),
    ),
    _events(
        "incidents",
        Family.INCIDENTS,
        "anomalies that belong together, whole at each revision",
        _text("incident_id", "id of the incident: its first anomaly's", "incident.id"),
        _whole("revision", "grows by one with every change", "incident.revision"),
        _text("state", "open, escalated or resolved", "incident.state"),
        _text("severity", "warning or critical", "incident.severity"),
        _text("pattern", "what the members look like together", "incident.pattern"),
        _time("onset", "network time at which its first anomaly began", "incident.onset"),
        _time("opened", "network time", "incident.opened"),
        _time("updated", "network time", "incident.updated"),
        _time("resolved", "network time", "incident.resolved"),
        _text("resolution", "auto_resolved, manual_intervention, self_cleared or merged", "incident.resolution"),
        _text("merged_into", "id of the incident that it became part of", "incident.merged_into"),
        _text("repaired_by", "id of the last action for it that was verified", "incident.repaired_by"),
    ),
    _events(
        "causes",
        Family.CAUSES,
        "the causes of an incident at one of its revisions; the columns name the first one",
        _text("incident_id", "id of the incident"),
        _whole("revision", "of the incident"),
        _time("at", "network time of the diagnosis"),
        _text("element", "node or link of the first cause", "causes.0.element"),
        _text("kind", "kind of fault of the first cause", "causes.0.kind"),
        _number("confidence", "0 to 1, of the first cause", "causes.0.confidence"),
        _number("fit", "0 to 1: how well the signature fits", "causes.0.fit"),
        _text("second_element", "node or link of the second cause", "causes.1.element"),
        _text("second_kind", "kind of fault of the second cause", "causes.1.kind"),
    ),
    _events(
        "actions",
        Family.ACTIONS,
        "each step in the life of an action, the command to the network and its outcome",
        _text("action_id", "id of the action", "action.id", "action_id"),
        _text("incident_id", "id of the incident", "action.incident_id", "incident_id"),
        _whole("attempt", "counts from 1", "action.attempt"),
        _text("kind", "kind of action", "action.kind", "kind"),
        _text("target", "node or link of the action", "action.target", "target"),
        _text("state", "state of the action", "action.state"),
        _text("cause_element", "node or link of the cause", "action.cause.element"),
        _text("cause_kind", "kind of fault of that cause", "action.cause.kind"),
        _time("proposed", "network time", "action.proposed"),
        _time("started", "network time", "action.started"),
        _time("applied", "network time at which it took effect", "action.applied", "took_effect"),
        _time("finished", "network time", "action.finished"),
        _text("by", "the loop, or the person who requested it", "action.by"),
        _text("rule", "the rule that blocks it"),
        _text("reason", "why"),
    ),
    _events(
        "stability",
        Family.STABILITY,
        "the state of the network, verdicts on repairs, and advice",
        _time("at", "network time"),
        _text("state", "stable, recovering, unstable or blind"),
        _whole("healthy", "nodes"),
        _whole("affected", "nodes"),
        _whole("degraded", "nodes"),
        _whole("down", "nodes"),
        _number("health_percentage", "%"),
        _text("action_id", "the repair of the verdict"),
        _text("verdict", "stable, relapsed or oscillating"),
        _text("action", "kind of the advised action"),
        _text("target", "its node or link"),
        _text("reason", "why"),
    ),
    _events(
        "log",
        Family.LOG,
        "the operator's log",
        _text("service", "which service"),
        _text("replica", "which process"),
        _time("at", "network time"),
        _text("level", "info, success, warning or error"),
        _text("message", "the line"),
    ),
)
TABLES: Mapping[str, RecordingTable] = MappingProxyType({table.name: table for table in (NODES, LINKS, *EVENT_TABLES)})
TABLE_OF: Mapping[Family, RecordingTable] = MappingProxyType(
    {table.family: table for table in (LINKS, NODES, *EVENT_TABLES)}
)
"""The table of each family. For telemetry it is the table of the nodes, after which the journal is named."""


def tables_of(family: Family) -> tuple[RecordingTable, ...]:
    return tuple(table for table in TABLES.values() if table.family is family)
