"""The newest samples and the past samples of every element, by kind of element.

Rules

1. Only metrics that the catalogue has for a kind of element are stored.
2. Elements that are neither nodes nor links are added when telemetry first names them, up to `KEPT_ELEMENTS`. Further
   elements are ignored, and `left_out` is set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.gateway.core.bodies import ElementBody
from services.gateway.core.telemetry import Panel
from shared.domain.catalogue import METRICS, MetricSpec, Role, metric_in_role, metrics_of
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import Tick
from shared.domain.units import rounded

DIGITS = 2
KEPT_ELEMENTS = 2000
"""The limit of stored elements that are neither nodes nor links. Each needs about 12 kB for each of its metrics."""
NODE_ROLES = (Role.WORK, Role.MEMORY, Role.DELAY, Role.LOSS, Role.TRAFFIC)
LINK_ROLES = (Role.LOAD, Role.DELAY, Role.LOSS, Role.STATE)
OWN_FIELDS: Mapping[ElementKind, tuple[Role, ...]] = {
    ElementKind.NODE: (*NODE_ROLES, Role.STATE),
    ElementKind.LINK: LINK_ROLES,
}
"""The roles of the metrics that have a separate field in the body of a node or link. A state is shown as `status`."""
Catalogue = Mapping[tuple[ElementKind, str], MetricSpec]
Figures = dict[str, float | None]


class ElementPanel:
    def __init__(self, kind: ElementKind, ids: Sequence[str], metrics: Catalogue) -> None:
        specs = metrics_of(kind, among=metrics)
        self.kind = kind
        self.panel = Panel(ids, [spec.name for spec in specs])
        own = {metric_in_role(kind, role) for role in OWN_FIELDS.get(kind, ())}
        self._further = [
            (spec.name, place, max(DIGITS, spec.digits)) for place, spec in enumerate(specs) if spec.name not in own
        ]

    def places(self, roles: Iterable[Role]) -> tuple[int, ...]:
        return tuple(self.panel.metrics.index(metric_in_role(self.kind, role)) for role in roles)

    def further(self, row: Sequence[float]) -> Figures:
        """Return the values of the metrics without a separate field in a body. `row`: the values of one element."""
        return {name: shown(row[place], digits) for name, place, digits in self._further}


class OtherElements:
    """The samples of the elements that are neither nodes nor links."""

    def __init__(self, metrics: Catalogue = METRICS) -> None:
        kinds = (kind for kind in ElementKind if kind not in OWN_FIELDS and metrics_of(kind, among=metrics))
        self._kept = {kind: ElementPanel(kind, (), metrics) for kind in kinds}
        self._by_id: dict[str, ElementPanel] = {}
        self.left_out = False

    def admit(self, tick: Tick) -> None:
        for kept in self._kept.values():
            names = [name for name in dict.fromkeys(tick.of(kept.kind).ids) if name not in self._by_id]
            admitted = names[: KEPT_ELEMENTS - len(self._by_id)]
            self.left_out |= len(admitted) < len(names)
            if admitted:
                kept.panel.admit(admitted)
                self._by_id.update(dict.fromkeys(admitted, kept))

    def panels(self) -> Iterator[tuple[Panel, ElementKind]]:
        for kind, kept in self._kept.items():
            yield kept.panel, kind

    def panel_of(self, element: str) -> Panel | None:
        found = self._by_id.get(element)
        return found.panel if found else None

    def bodies(self) -> tuple[ElementBody, ...]:
        return tuple(
            ElementBody(id=name, kind=kind, metrics=kept.further(row))
            for kind, kept in self._kept.items()
            for name, row in zip(kept.panel.ids, kept.panel.rows(), strict=True)
        )


def shown(value: float, digits: int = DIGITS) -> float | None:
    return None if value != value else rounded(value, digits)
