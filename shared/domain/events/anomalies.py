"""The events of the detector: a metric of an element is out of line, or is normal again; or it is busy without harm."""

from __future__ import annotations

from pydantic import Field

from shared.domain.events.base import Event, Id, Name, Part
from shared.domain.instant import Instant
from shared.domain.kinds import Severity, Shape


class Anomaly(Part):
    """A metric of an element that is out of line. `since` is the onset, `at` the time of the sample that proved it."""

    id: Id = Field(description="<element>.<metric>.<tick of onset>")
    element: Name
    metric: Name = Field(description="the name of a metric in the catalogue")
    value: float
    expected: float = Field(description="the value that the baseline expects")
    threshold: float = Field(description="the limit that was crossed, in the metric's unit")
    score: float = Field(ge=0, description="-log10 of the probability at a healthy element, at most 16")
    severity: Severity
    shape: Shape = Shape.STEP
    enabled: bool | None = Field(
        default=None, description="of a state: whether the configuration lets it be 1; null: not known"
    )
    since: Instant
    at: Instant


class AnomalyRaised(Event):
    """A metric is out of line."""

    subject = "anomaly.raised"
    anomaly: Anomaly

    @property
    def id(self) -> str:
        return self.anomaly.id

    @property
    def about(self) -> str:
        return self.anomaly.element


class AnomalyCleared(Event):
    """The metric is normal again. `at` is the time of the sample that proved it, `back` of the first normal sample.

    For a link that was down and now flaps, both are the time just before it went down again; the flap is raised as a
    separate anomaly.
    """

    subject = "anomaly.cleared"
    anomaly_id: Id
    element: Name
    metric: Name
    value: float
    since: Instant
    back: Instant
    at: Instant

    @property
    def id(self) -> str:
        return f"{self.anomaly_id}.cleared"

    @property
    def about(self) -> str:
        return self.element

    @property
    def root(self) -> str:
        return self.anomaly_id


class Observation(Part):
    """A load far beyond what its past explains that does no harm. It is no anomaly: nothing follows from it.

    `since` is the onset, `at` the time of the sample that proved it.
    """

    id: Id = Field(description="<element>.<metric>.<tick of onset>.observed")
    element: Name
    metric: Name = Field(description="the name of a metric in the catalogue")
    value: float
    expected: float = Field(description="the value that the baseline expects")
    limit: float = Field(description="the learnt limit that was passed, in the metric's unit; no harm begins there")
    score: float = Field(ge=0, description="-log10 of the probability at a healthy element, at most 16")
    since: Instant
    at: Instant


class AnomalyObserved(Event):
    """A load is far beyond what its past explains, and nobody is harmed: an observation began."""

    subject = "anomaly.observed"
    observation: Observation

    @property
    def id(self) -> str:
        return self.observation.id

    @property
    def about(self) -> str:
        return self.observation.element


class AnomalyPassed(Event):
    """An observation ended: the load is usual again, or it became an anomaly. `at` is the time of the sample that
    proved it.
    """

    subject = "anomaly.passed"
    observation_id: Id
    element: Name
    metric: Name
    value: float
    became: Id | None = Field(default=None, description="the anomaly that it became; null: the load is usual again")
    since: Instant
    at: Instant

    @property
    def id(self) -> str:
        return f"{self.observation_id}.passed"

    @property
    def about(self) -> str:
        return self.element

    @property
    def root(self) -> str:
        return self.observation_id
