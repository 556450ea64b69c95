"""The feed to the page: a snapshot of everything, then frames with what changed.

Rules: `flush` compares with what was last told, so that whatever happens between two flushes is told once, the newest
value only. Frames are numbered within one life of the gateway (`boot`); a reader that names a number still kept goes
on from there, any other begins again with a snapshot.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter

from services.gateway.core.bodies import (
    Body,
    IncidentBody,
    IncidentsBody,
    LinkBody,
    LogBody,
    LogsBody,
    MetricsBody,
    NodeBody,
    StatusBody,
    Summary,
    TopologyBody,
)
from services.gateway.core.cycle_bodies import CycleBody
from services.gateway.core.view import View, summary
from shared.instant import Instant

KEPT_FRAMES = 500
KEPT_BYTES = 8_000_000
Item = TypeVar("Item", NodeBody, LinkBody, IncidentBody)
_lines = TypeAdapter(tuple[LogBody, ...])


@dataclass(frozen=True)
class Frame:
    """One message to the page."""

    number: int
    text: str


class Snapshot(Body):
    """Everything at once; `cycle` is the newest that was told."""

    status: StatusBody
    topology: TopologyBody
    metrics: MetricsBody
    logs: tuple[LogBody, ...]
    incidents: IncidentsBody
    cycle: CycleBody | None


class MetricsChange(Body):
    """The nodes that changed."""

    nodes: tuple[NodeBody, ...]
    summary: Summary
    timestamp: Instant
    removed: tuple[str, ...]


class TopologyChange(Body):
    """The nodes and links that changed; `removed` names both."""

    nodes: tuple[NodeBody, ...]
    links: tuple[LinkBody, ...]
    timestamp: Instant
    removed: tuple[str, ...]


class IncidentsChange(IncidentsBody):
    """The incidents that changed; `removed` ones are no longer among the recent."""

    removed: tuple[str, ...]


class Feed:
    """Turns a view into frames."""

    def __init__(self, view: View, boot: str) -> None:
        self._view = view
        self._boot = boot
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._number = 0
        self._nodes: dict[str, NodeBody] = {}
        self._links: dict[str, LinkBody] = {}
        self._incidents: dict[str, IncidentBody] = {}
        self._lines = 0
        self._revision = -1
        self._ticks = -1
        self._status: StatusBody | None = None
        self._stability: str | None = None

    def flush(self, uptime: float) -> list[Frame]:
        """Return frames with what changed since the last flush."""
        changes = [
            *self._network_changes(),
            *self._log_changes(),
            *self._incident_changes(),
            *(("cycle_update", cycle.model_dump_json()) for cycle in self._view.cycles_due()),
            *self._status_changes(uptime),
        ]
        frames = [self._frame(event, data) for event, data in changes]
        self._keep(frames)
        return frames

    def snapshot(self, uptime: float) -> Frame:
        """Return everything, as it stands after the last flush."""
        return Frame(self._number, self._text("snapshot", self._whole(uptime).model_dump_json(), self._number))

    def answer(self, kind: str) -> Frame | None:
        """Return one body whole, as asked for by the page; nothing for a kind that does not exist."""
        view = self._view
        match kind:
            case "topology":
                data = view.topology_body().model_dump_json()
            case "metrics":
                data = view.metrics_body().model_dump_json()
            case "logs":
                data = _json(view.logs_body().logs)
            case "incidents":
                data = view.incidents.page().model_dump_json()
            case _:
                return None
        return Frame(self._number, self._text(f"{kind}_update", data, self._number))

    def since(self, seq: str) -> list[Frame] | None:
        """Return the frames after `seq`; nothing where they are not all known."""
        boot, _, number = seq.partition("-")
        if boot != self._boot or not number.isdecimal() or int(number) > self._number:
            return None
        after = int(number)
        if after == self._number:
            return []
        if not self._frames or self._frames[0].number > after + 1:
            return None
        return [frame for frame in self._frames if frame.number > after]

    def _whole(self, uptime: float) -> Snapshot:
        view = self._view
        return Snapshot(
            status=view.status_body(uptime),
            topology=view.topology_body(),
            metrics=view.metrics_body(),
            logs=LogsBody(logs=view.logs.lines()).logs,
            incidents=view.incidents.page(),
            cycle=view.cycles.latest(),
        )

    def _network_changes(self) -> Iterable[tuple[str, str]]:
        view, stability = self._view, self._view.stability
        said = stability.id if stability else None
        if (view.ticks, said) == (self._ticks, self._stability):
            return
        self._ticks, self._stability = view.ticks, said
        nodes = {node.id: node for node in view.nodes()}
        links = {link.id: link for link in view.links()}
        changed, lost = _difference(self._nodes, nodes)
        changed_links, lost_links = _difference(self._links, links)
        self._nodes, self._links = nodes, links
        if changed or lost:
            body = MetricsChange(nodes=changed, summary=summary(nodes.values()), timestamp=view.now, removed=lost)
            yield "metrics_update", body.model_dump_json()
        if changed or lost or changed_links or lost_links:
            removed = (*lost, *lost_links)
            yield (
                "topology_update",
                TopologyChange(
                    nodes=changed, links=changed_links, timestamp=view.now, removed=removed
                ).model_dump_json(),
            )

    def _log_changes(self) -> Iterable[tuple[str, str]]:
        lines = self._view.logs.after(self._lines)
        self._lines = self._view.logs.number
        if lines:
            yield "logs_update", _json(lines)

    def _incident_changes(self) -> Iterable[tuple[str, str]]:
        tracker = self._view.incidents
        if tracker.revision == self._revision:
            return
        self._revision = tracker.revision
        page = tracker.page()
        incidents = {incident.id: incident for incident in page.recent_incidents}
        changed, lost = _difference(self._incidents, incidents)
        self._incidents = incidents
        if changed or lost:
            body = IncidentsChange(
                recent_incidents=changed, stats=page.stats, next_cursor=page.next_cursor, removed=lost
            )
            yield "incidents_update", body.model_dump_json()

    def _status_changes(self, uptime: float) -> Iterable[tuple[str, str]]:
        status = self._view.status_body(uptime)
        steady = status.model_copy(update={"uptime": 0.0, "timestamp": 0.0})
        if steady != self._status:
            self._status = steady
            yield "status_update", status.model_dump_json()

    def _frame(self, event: str, data: str) -> Frame:
        self._number += 1
        return Frame(self._number, self._text(event, data, self._number))

    def _text(self, event: str, data: str, number: int) -> str:
        return f'{{"event":"{event}","seq":"{self._boot}-{number}","data":{data}}}'

    def _keep(self, frames: Sequence[Frame]) -> None:
        self._frames.extend(frames)
        self._bytes += sum(len(frame.text) for frame in frames)
        while self._frames and (len(self._frames) > KEPT_FRAMES or self._bytes > KEPT_BYTES):
            self._bytes -= len(self._frames.popleft().text)


def _json(lines: tuple[LogBody, ...]) -> str:
    return _lines.dump_json(lines).decode()


def _difference(before: Mapping[str, Item], now: Mapping[str, Item]) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Return what is new or changed, and the ids that are gone."""
    changed = tuple(item for name, item in now.items() if before.get(name) != item)
    return changed, tuple(name for name in before if name not in now)
