"""What the detector says: a metric left its normal course, or is back."""

from __future__ import annotations

from pydantic import Field

from shared.domain.events.base import Event, Id, Name, Part
from shared.domain.instant import Instant
from shared.domain.kinds import Severity, Shape


class Anomaly(Part):
    """A metric of an element that is out of line; `since` and `at` are the samples with which it began and was sure."""

    id: Id = Field(description="<element>.<metric>.<tick of onset>")
    element: Name
    metric: Name = Field(description="the name of a metric that the catalogue has for this kind of element")
    value: float
    expected: float = Field(description="what the learnt baseline expected")
    threshold: float = Field(description="the limit that was crossed, in the metric's unit")
    score: float = Field(ge=0, description="deviations from the expected value")
    severity: Severity
    shape: Shape = Shape.STEP
    since: Instant
    at: Instant


class AnomalyRaised(Event):
    """A metric left its normal course."""

    subject = "anomaly.raised"
    anomaly: Anomaly

    @property
    def id(self) -> str:
        return self.anomaly.id

    @property
    def about(self) -> str:
        return self.anomaly.element


class AnomalyCleared(Event):
    """The same metric is back; `at` is the time of the sample that proved it, `back` of the first good one.

    Of a link that was down and flaps by now both are the moment before it fell again; the flap is raised beside it.
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
