"""The frames for the WebSocket: a snapshot, then frames with the changes; `frames` defines the fields of each.

Rules

1. `flush` compares the state with the state at the last flush. If a value changed several times in between, only the
   newest value is sent.
2. Frames are numbered within one run of the gateway (`boot`). A client that returns names the number of its last frame.
   If all later frames are still stored, it gets those; otherwise it gets a snapshot.
3. If changes may have been missed between two flushes, no client can resume from an earlier number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter

from services.gateway.core.approvals import NO_APPROVALS
from services.gateway.core.bodies import (
    ApprovalsBody,
    ElementBody,
    IncidentBody,
    LinkBody,
    LogBody,
    NodeBody,
    Stats,
    StatusBody,
)
from services.gateway.core.frames import (
    RECENT_CYCLES,
    IncidentsChange,
    Kind,
    MetricsChange,
    Misunderstanding,
    SnapshotData,
    TopologyChange,
)
from services.gateway.core.logs import KEPT_LINES
from services.gateway.core.observation_bodies import OpenObservationsBody
from services.gateway.core.observations import NO_OBSERVATIONS
from services.gateway.core.view import View, summary

KEPT_FRAMES = 500
KEPT_BYTES = 8_000_000
MAX_DIGITS = 18
LONGEST_PAUSE = 60.0
"""The longest time between two flushes, in network seconds, in which no report of a cycle can be missed."""
Item = TypeVar("Item", NodeBody, LinkBody, ElementBody, IncidentBody)
_lines = TypeAdapter(tuple[LogBody, ...])


@dataclass(frozen=True)
class FeedFrame:
    number: int
    text: str


class Feed:
    def __init__(self, view: View, boot: str) -> None:
        self._view = view
        self._boot = boot
        self._frames: deque[FeedFrame] = deque()
        self._bytes = 0
        self._number = 0
        self._known_from = 0
        self._flushed = view.now
        self._nodes: dict[str, NodeBody] = {}
        self._links: dict[str, LinkBody] = {}
        self._elements: dict[str, ElementBody] = {}
        self._incidents: dict[str, IncidentBody] = {}
        self._stats: Stats | None = None
        self._approvals: ApprovalsBody = NO_APPROVALS
        self._observations: OpenObservationsBody = NO_OBSERVATIONS
        self._lines = 0
        self._revision = -1
        self._ticks = -1
        self._status: StatusBody | None = None
        self._stability: str | None = None
        self._whole: dict[str, FeedFrame] = {}

    def flush(self, uptime: float) -> list[FeedFrame]:
        complete = self._is_complete()
        changes = [
            *self._network_changes(),
            *self._log_changes(),
            *self._incident_changes(),
            *self._approval_changes(uptime),
            *self._observation_changes(),
            *(("cycle_update", cycle.model_dump_json()) for cycle in self._view.cycles_due()),
            *self._status_changes(uptime),
        ]
        frames = [self._frame(event, data) for event, data in changes]
        self._keep(frames)
        if not complete:
            self._forget()
        return frames

    def snapshot(self, uptime: float) -> FeedFrame:
        """The same frame is returned until the next frame with changes."""
        return self._once("snapshot", lambda: self._text("snapshot", self._everything(uptime).model_dump_json()))

    def answer(self, kind: Kind) -> FeedFrame:
        return self._once(kind, lambda: self._text(f"{kind}_update", self._body(kind), whole=True))

    def complaint(self, message: str) -> FeedFrame:
        return FeedFrame(self._number, self._text("error", Misunderstanding(message=message).model_dump_json()))

    def since(self, seq: str) -> list[FeedFrame] | None:
        """Return the frames after the frame `seq`; None if `seq` is not valid in this run or a frame is not stored."""
        boot, _, number = seq.partition("-")
        if boot != self._boot or not (number.isascii() and number.isdecimal() and len(number) <= MAX_DIGITS):
            return None
        after = int(number)
        if not self._known_from <= after <= self._number:
            return None
        if after == self._number:
            return []
        if not self._frames or self._frames[0].number > after + 1:
            return None
        return [frame for frame in self._frames if frame.number > after]

    def _once(self, what: str, build: Callable[[], str]) -> FeedFrame:
        known = self._whole.get(what)
        if known is None or known.number != self._number:
            known = self._whole[what] = FeedFrame(self._number, build())
        return known

    def _is_complete(self) -> bool:
        """Whether this flush can send all changes since the last flush; stores the time of this flush, too."""
        paused = self._view.now - self._flushed > LONGEST_PAUSE
        self._flushed = self._view.now
        return not paused and self._view.logs.number - self._lines <= KEPT_LINES

    def _forget(self) -> None:
        self._number += 1
        self._known_from = self._number
        self._frames.clear()
        self._bytes = 0

    def _body(self, kind: Kind) -> str:
        view = self._view
        match kind:
            case "topology":
                return view.topology_body().model_dump_json()
            case "metrics":
                return view.metrics_body().model_dump_json()
            case "logs":
                return _json(view.logs_body().logs)
            case "incidents":
                return view.incidents.page().model_dump_json()

    def _everything(self, uptime: float) -> SnapshotData:
        view = self._view
        return SnapshotData(
            status=view.status_body(uptime),
            topology=view.topology_body(),
            metrics=view.metrics_body(),
            catalogue=view.catalogue_body(),
            logs=view.logs_body().logs,
            incidents=view.incidents.page(),
            approvals=view.approvals_body(uptime),
            observations=view.observations.current(),
            cycle=view.cycles.latest(),
            cycles=view.cycles.reported(RECENT_CYCLES),
        )

    def _network_changes(self) -> Iterable[tuple[str, str]]:
        view, stability = self._view, self._view.stability
        stability_id = stability.id if stability else None
        if (view.ticks, stability_id) == (self._ticks, self._stability):
            return
        self._ticks, self._stability = view.ticks, stability_id
        nodes = {node.id: node for node in view.nodes()}
        links = {link.id: link for link in view.links()}
        changed, lost = _difference(self._nodes, nodes)
        placed = tuple(node for node in changed if _topology_fields(self._nodes.get(node.id)) != _topology_fields(node))
        changed_links, lost_links = _difference(self._links, links)
        elements = {element.id: element for element in view.elements()}
        changed_elements, _ = _difference(self._elements, elements)
        self._nodes, self._links, self._elements = nodes, links, elements
        if changed or lost or changed_elements:
            metrics = MetricsChange(
                nodes=changed,
                summary=summary(nodes.values()),
                elements=changed_elements,
                timestamp=view.now,
                removed=lost,
            )
            yield "metrics_update", metrics.model_dump_json()
        if placed or lost or changed_links or lost_links:
            gone = (*lost, *lost_links)
            topology = TopologyChange(nodes=placed, links=changed_links, timestamp=view.now, removed=gone)
            yield "topology_update", topology.model_dump_json()

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
        is_new = changed or lost or page.stats != self._stats
        self._incidents, self._stats = incidents, page.stats
        if is_new:
            body = IncidentsChange(
                recent_incidents=changed, stats=page.stats, next_cursor=page.next_cursor, removed=lost
            )
            yield "incidents_update", body.model_dump_json()

    def _approval_changes(self, uptime: float) -> Iterable[tuple[str, str]]:
        approvals = self._view.approvals_body(uptime)
        if approvals != self._approvals:
            self._approvals = approvals
            yield "approvals_update", approvals.model_dump_json()

    def _observation_changes(self) -> Iterable[tuple[str, str]]:
        observations = self._view.observations.current()
        if observations != self._observations:
            self._observations = observations
            yield "observations_update", observations.model_dump_json()

    def _status_changes(self, uptime: float) -> Iterable[tuple[str, str]]:
        status = self._view.status_body(uptime)
        steady = status.model_copy(update={"uptime": 0.0, "timestamp": 0.0, "enforced": None})
        if steady != self._status:
            self._status = steady
            yield "status_update", status.model_dump_json()

    def _frame(self, event: str, data: str) -> FeedFrame:
        self._number += 1
        return FeedFrame(self._number, self._text(event, data))

    def _text(self, event: str, data: str, whole: bool = False) -> str:
        more = '"whole":true,' if whole else ""
        return f'{{"event":"{event}","seq":"{self._boot}-{self._number}",{more}"data":{data}}}'

    def _keep(self, frames: Sequence[FeedFrame]) -> None:
        self._frames.extend(frames)
        self._bytes += sum(len(frame.text) for frame in frames)
        while self._frames and (len(self._frames) > KEPT_FRAMES or self._bytes > KEPT_BYTES):
            self._bytes -= len(self._frames.popleft().text)


def _topology_fields(node: NodeBody | None) -> object:
    """The fields that `topology_update` reports."""
    return node and (node.type, node.status, node.connections)


def _json(lines: tuple[LogBody, ...]) -> str:
    return _lines.dump_json(lines).decode()


def _difference(before: Mapping[str, Item], now: Mapping[str, Item]) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    changed = tuple(item for name, item in now.items() if before.get(name) != item)
    return changed, tuple(name for name in before if name not in now)
