"""The frames of `/ws`, in both directions: the one place that says what each of them holds.

Rules: the first frame is a `snapshot`, or what was missed where `since` named a number that is still known; a snapshot
is one frame, so it ends with itself. After it come changes only: an item that changed is told whole, one that is gone
is named in `removed`; what waits for a person is few, and told whole. A frame with `whole` is the answer to
`request_data` and replaces what was known. All frames up to a `seq` have been sent before the frame that carries it: a
client that goes on `since` the last `seq` it took in misses nothing and gets nothing twice.
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
from shared.domain.instant import Instant

Kind = Literal["topology", "metrics", "logs", "incidents"]
KINDS: tuple[Kind, ...] = ("topology", "metrics", "logs", "incidents")
REQUEST = "request_data"


TOLD_CYCLES = 24


class SnapshotData(Body):
    """Everything at once."""

    status: StatusBody = Field(description="as `GET /api/status`")
    topology: TopologyBody = Field(description="as `GET /api/topology`")
    metrics: MetricsBody = Field(description="as `GET /api/metrics`")
    catalogue: CatalogueBody = Field(description="as `GET /api/catalogue`; it changes only with a new snapshot")
    logs: tuple[LogBody, ...] = Field(description="the last hundred lines, oldest first")
    incidents: IncidentsBody = Field(description="as `GET /api/incidents`")
    approvals: ApprovalsBody = Field(description="the actions that wait for a person")
    cycle: CycleBody | None = Field(description="the newest cycle that was told; null until one was")
    cycles: tuple[CycleBody, ...] = Field(description=f"the last {TOLD_CYCLES} cycles that were told, oldest first")


class MetricsChange(Body):
    """The nodes of which anything changed, a metric or the status, and other elements; the summary is of all nodes."""

    nodes: tuple[NodeBody, ...]
    summary: Summary
    elements: tuple[ElementBody, ...] = ()
    timestamp: Instant
    removed: tuple[str, ...] = Field(default=(), description="ids of nodes that are gone; left out in an answer")


class TopologyChange(Body):
    """The nodes whose type, status or connections changed, and the links of which anything changed.

    A node of which only metrics changed is not here but in `metrics_update`.
    """

    nodes: tuple[NodeBody, ...]
    links: tuple[LinkBody, ...]
    timestamp: Instant
    removed: tuple[str, ...] = Field(
        default=(), description="ids of nodes and links that are gone; left out in an answer"
    )


class IncidentsChange(IncidentsBody):
    """The incidents that changed, and the counts of all."""

    removed: tuple[str, ...] = Field(
        default=(), description="ids of incidents that are no longer among the recent; left out in an answer"
    )


class Misunderstanding(Body):
    """What is wrong with a frame of the client, and what may be sent instead."""

    message: str
    events: tuple[str, ...] = (REQUEST,)
    types: tuple[Kind, ...] = KINDS


class ServerFrame(Body):
    """What every frame of the gateway has besides `event` and `data`."""

    seq: str = Field(description="opaque; to be given as `?since=` when the connection is made anew")


class SnapshotFrame(ServerFrame):
    """Everything: the first frame, and what a client gets that was too slow or names an unknown `seq`."""

    event: Literal["snapshot"]
    data: SnapshotData


class WholeOrChange(ServerFrame):
    """A frame that tells changes, or the whole to who asked for it."""

    whole: bool = Field(default=False, description="true in an answer to `request_data`; else left out")


class MetricsFrame(WholeOrChange):
    """Nodes with their metrics; whole: the body of `GET /api/metrics`."""

    event: Literal["metrics_update"]
    data: MetricsChange


class TopologyFrame(WholeOrChange):
    """Nodes and links; whole: the body of `GET /api/topology`."""

    event: Literal["topology_update"]
    data: TopologyChange


class LogsFrame(WholeOrChange):
    """The new lines of the log, oldest first; whole: the last hundred."""

    event: Literal["logs_update"]
    data: tuple[LogBody, ...]


class IncidentsFrame(WholeOrChange):
    """Incidents; whole: the body of `GET /api/incidents`."""

    event: Literal["incidents_update"]
    data: IncidentsChange


class ApprovalsFrame(ServerFrame):
    """The actions that wait for a person: all of them, whenever one comes, changes or goes."""

    event: Literal["approvals_update"]
    data: ApprovalsBody


class CycleFrame(ServerFrame):
    """One turn of the injector's clock; sent again, with the same `cycle`, when more is known of it."""

    event: Literal["cycle_update"]
    data: CycleBody


class StatusFrame(ServerFrame):
    """The body of `GET /api/status`, when anything but the time in it changed."""

    event: Literal["status_update"]
    data: StatusBody


class ErrorFrame(ServerFrame):
    """The answer to a frame that was not understood; the connection goes on."""

    event: Literal["error"]
    data: Misunderstanding


AnyServerFrame = Annotated[
    SnapshotFrame
    | MetricsFrame
    | TopologyFrame
    | LogsFrame
    | IncidentsFrame
    | ApprovalsFrame
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
    CycleFrame,
    StatusFrame,
    ErrorFrame,
)


class WantedBody(Body):
    """Which body is wanted."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    type: Kind


class RequestData(Body):
    """Ask for one body whole: `{"event": "request_data", "data": {"type": ...}}`, or `type` beside `event`."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    event: Literal["request_data"] = "request_data"
    data: WantedBody | None = None
    type: Kind | None = None

    @property
    def kind(self) -> Kind | None:
        """The body that is wanted; None where none is named."""
        return self.data.type if self.data else self.type


CLIENT_FRAMES: tuple[type[Body], ...] = (RequestData,)
