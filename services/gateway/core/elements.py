"""The newest metrics and the past of every element, by kind: nodes, links, and what else telemetry names.

Rules: which metrics a kind has is what the catalogue says; what telemetry carries besides is not kept. Elements that
stand in no topology are kept as they are named, up to `KEPT_ELEMENTS`; who comes later is left out, and that is told.
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
"""Of all kinds but node and link together: some 12 kB each for every metric of its kind."""
NODE_ROLES = (Role.WORK, Role.MEMORY, Role.DELAY, Role.LOSS, Role.TRAFFIC)
LINK_ROLES = (Role.LOAD, Role.DELAY, Role.LOSS, Role.STATE)
TOLD: Mapping[ElementKind, tuple[Role, ...]] = {
    ElementKind.NODE: (*NODE_ROLES, Role.STATE),
    ElementKind.LINK: LINK_ROLES,
}
"""Roles that a field of the body tells; that of the state is `status`."""
Catalogue = Mapping[tuple[ElementKind, str], MetricSpec]
Figures = dict[str, float | None]


class ElementPanel:
    """The elements of one kind."""

    def __init__(self, kind: ElementKind, ids: Sequence[str], metrics: Catalogue) -> None:
        specs = metrics_of(kind, among=metrics)
        self.kind = kind
        self.panel = Panel(ids, [spec.name for spec in specs])
        own = {metric_in_role(kind, role) for role in TOLD.get(kind, ())}
        self._further = [
            (spec.name, place, max(DIGITS, spec.digits)) for place, spec in enumerate(specs) if spec.name not in own
        ]

    def places(self, roles: Iterable[Role]) -> tuple[int, ...]:
        """Return where in a row the metrics of some roles stand."""
        return tuple(self.panel.metrics.index(metric_in_role(self.kind, role)) for role in roles)

    def further(self, row: Sequence[float]) -> Figures:
        """Return those values of a row that no field of a body tells."""
        return {name: shown(row[place], digits) for name, place, digits in self._further}


class Others:
    """The elements that are neither nodes nor links."""

    def __init__(self, metrics: Catalogue = METRICS) -> None:
        kinds = (kind for kind in ElementKind if kind not in TOLD and metrics_of(kind, among=metrics))
        self._kept = {kind: ElementPanel(kind, (), metrics) for kind in kinds}
        self._home: dict[str, ElementPanel] = {}
        self.left_out = False

    def admit(self, tick: Tick) -> None:
        """Keep room for those that a tick names for the first time."""
        for kept in self._kept.values():
            names = [name for name in dict.fromkeys(tick.of(kept.kind).ids) if name not in self._home]
            welcome = names[: KEPT_ELEMENTS - len(self._home)]
            self.left_out |= len(welcome) < len(names)
            if welcome:
                kept.panel.admit(welcome)
                self._home.update(dict.fromkeys(welcome, kept))

    def panels(self) -> Iterator[tuple[Panel, ElementKind]]:
        """Yield the panel of each kind that has metrics."""
        for kind, kept in self._kept.items():
            yield kept.panel, kind

    def panel_of(self, element: str) -> Panel | None:
        """Return the panel that an element stands in; None where it is not kept."""
        home = self._home.get(element)
        return home.panel if home else None

    def bodies(self) -> tuple[ElementBody, ...]:
        """Return every element as it is now."""
        return tuple(
            ElementBody(id=name, kind=kind, metrics=kept.further(row))
            for kind, kept in self._kept.items()
            for name, row in zip(kept.panel.ids, kept.panel.rows(), strict=True)
        )


def shown(value: float, digits: int = DIGITS) -> float | None:
    """Return a value as bodies tell it; None where it was never measured."""
    return None if value != value else rounded(value, digits)
