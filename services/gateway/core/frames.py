"""The frames of `/ws`, in both directions.

Rules: the first frame is a `snapshot`, or the missed frames if `since` names a `seq` that is still kept. A snapshot is
always one frame. After it only changes are sent: an item that changed is sent complete, and one that is gone is named
in `removed`. The lists of actions that wait for a person and of open observations are short and always sent complete. A
frame with `whole` is the answer to `request_data` and replaces earlier data. All frames up to a `seq` have been sent
before the frame that carries it: a client that resumes `since` the last `seq` that it has processed misses no frame and
gets none twice.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from services.gateway.core.bodies import (
    ApprovalsBody,
    Body,
    ElementBody,
    IncidentsBody,
    LinkBody,
    LogBody,
    MetricsBody,
    NodeBody,
    StatusBody,
    Summary,
    TopologyBody,
)
from services.gateway.core.catalogue_bodies import CatalogueBody
from services.gateway.core.cycle_bodies import CycleBody
from services.gateway.core.observation_bodies import OpenObservationsBody
from shared.domain.instant import Instant

Kind = Literal["topology", "metrics", "logs", "incidents"]
KINDS: tuple[Kind, ...] = ("topology", "metrics", "logs", "incidents")
REQUEST = "request_data"
RECENT_CYCLES = 24


class SnapshotData(Body):
    """The complete state."""

    status: StatusBody = Field(description="as `GET /api/status`")
    topology: TopologyBody = Field(description="as `GET /api/topology`")
    metrics: MetricsBody = Field(description="as `GET /api/metrics`")
    catalogue: CatalogueBody = Field(description="as `GET /api/catalogue`; it changes only with a new snapshot")
    logs: tuple[LogBody, ...] = Field(description="the last hundred lines, oldest first")
    incidents: IncidentsBody = Field(description="as `GET /api/incidents`")
    approvals: ApprovalsBody = Field(description="the actions that wait for a person")
    observations: OpenObservationsBody = Field(description="the loads that are unusual and harm nobody")
    cycle: CycleBody | None = Field(description="the newest reported cycle; null before the first")
    cycles: tuple[CycleBody, ...] = Field(description=f"the last {RECENT_CYCLES} reported cycles, oldest first")


class MetricsChange(Body):
    """The nodes with a changed metric or status, and the other elements that changed; the summary is of all nodes."""

    nodes: tuple[NodeBody, ...]
    summary: Summary
    elements: tuple[ElementBody, ...] = ()
    timestamp: Instant
    removed: tuple[str, ...] = Field(default=(), description="ids of nodes that are gone; absent in an answer")


class TopologyChange(Body):
    """The nodes whose type, status or connections changed, and the links with any change.

    A node of which only metrics changed is in `metrics_update` only.
    """

    nodes: tuple[NodeBody, ...]
    links: tuple[LinkBody, ...]
    timestamp: Instant
    removed: tuple[str, ...] = Field(
        default=(), description="ids of nodes and links that are gone; absent in an answer"
    )


class IncidentsChange(IncidentsBody):
    """The incidents that changed, and the counts of all incidents."""

    removed: tuple[str, ...] = Field(
        default=(), description="ids of incidents that are no longer among the recent ones; absent in an answer"
    )


class Misunderstanding(Body):
    """Why a frame of the client is invalid, and what it may send."""

    message: str
    events: tuple[str, ...] = (REQUEST,)
    types: tuple[Kind, ...] = KINDS


class ServerFrame(Body):
    """The fields of every frame of the gateway except `event` and `data`."""

    seq: str = Field(description="opaque; pass it as `?since=` to resume after a lost connection")


class SnapshotFrame(ServerFrame):
    """The complete state: the first frame, and the answer to a client that was too slow or sent an unknown `seq`."""

    event: Literal["snapshot"]
    data: SnapshotData


class WholeOrChange(ServerFrame):
    """A frame with changes, or with the complete data as an answer."""

    whole: bool = Field(default=False, description="true in an answer to `request_data`; otherwise absent")


class MetricsFrame(WholeOrChange):
    """Nodes with their metrics; if `whole`: the body of `GET /api/metrics`."""

    event: Literal["metrics_update"]
    data: MetricsChange


class TopologyFrame(WholeOrChange):
    """Nodes and links; if `whole`: the body of `GET /api/topology`."""

    event: Literal["topology_update"]
    data: TopologyChange


class LogsFrame(WholeOrChange):
    """The new lines of the log, oldest first; if `whole`: the last hundred."""

    event: Literal["logs_update"]
    data: tuple[LogBody, ...]


class IncidentsFrame(WholeOrChange):
    """Incidents; if `whole`: the body of `GET /api/incidents`."""

    event: Literal["incidents_update"]
    data: IncidentsChange


class ApprovalsFrame(ServerFrame):
    """All actions that wait for a person; sent when one is added, changes or is removed."""

    event: Literal["approvals_update"]
    data: ApprovalsBody


class ObservationsFrame(ServerFrame):
    """All observations that go on; sent when one begins or ends."""

    event: Literal["observations_update"]
    data: OpenObservationsBody


class CycleFrame(ServerFrame):
    """One cycle of the injector; sent again, with the same `cycle`, when more is known of it."""

    event: Literal["cycle_update"]
    data: CycleBody


class StatusFrame(ServerFrame):
    """The body of `GET /api/status`; sent when anything in it changed except the times."""

    event: Literal["status_update"]
    data: StatusBody


class ErrorFrame(ServerFrame):
    """The answer to an invalid frame; the connection stays open."""

    event: Literal["error"]
    data: Misunderstanding


AnyServerFrame = Annotated[
    SnapshotFrame
    | MetricsFrame
    | TopologyFrame
    | LogsFrame
    | IncidentsFrame
    | ApprovalsFrame
    | ObservationsFrame
    | CycleFrame
    | StatusFrame
    | ErrorFrame,
    Field(discriminator="event"),
]
SERVER_FRAMES: tuple[type[ServerFrame], ...] = (
    SnapshotFrame,
    MetricsFrame,
    TopologyFrame,
    LogsFrame,
    IncidentsFrame,
    ApprovalsFrame,
    ObservationsFrame,
    CycleFrame,
    StatusFrame,
    ErrorFrame,
)


class WantedBody(Body):
    """The requested body."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    type: Kind


class RequestData(Body):
    """Request one complete body: `{"event": "request_data", "data": {"type": ...}}`, or `type` beside `event`."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    event: Literal["request_data"] = "request_data"
    data: WantedBody | None = None
    type: Kind | None = None

    @property
    def kind(self) -> Kind | None:
        return self.data.type if self.data else self.type


CLIENT_FRAMES: tuple[type[Body], ...] = (RequestData,)
