"""The bodies about observations: of the REST call, and of the frames to the page."""

from __future__ import annotations

from pydantic import Field

from services.gateway.core.bodies import Body
from shared.domain.instant import Instant


class ObservationBody(Body):
    """A load far beyond what its past explains that harms nobody."""

    id: str = Field(description="the id of the observation")
    node: str = Field(description="the node or link")
    metric: str = Field(description="the name of the metric")
    value: float = Field(description="in the unit of the metric, when it was confirmed")
    expected: float = Field(description="what the learnt baseline expected")
    limit: float = Field(description="the learnt limit that was passed; harm begins at a higher value")
    score: float = Field(description="-log10 of the probability at a healthy element, at most 16")
    since: Instant = Field(description="the time of the first sample beyond the limit")
    at: Instant = Field(description="the time of the sample that confirmed it")
    passed: Instant | None = Field(description="when it ended; null: it goes on")
    became: str | None = Field(description="the id of the anomaly that it became; null: none")


class ObservationsBody(Body):
    """`GET /api/observations`; `next_cursor` leads to the older ones."""

    observations: tuple[ObservationBody, ...] = Field(description="oldest first")
    open: int = Field(description="how many go on now, whatever was requested")
    next_cursor: str | None = Field(
        default=None, description="`cursor` of the call that returns the older ones; null: no more"
    )


class OpenObservationsBody(Body):
    """The observations that go on, oldest first."""

    observations: tuple[ObservationBody, ...]
    left_out: int = Field(description="the number of older ones that are not listed")
