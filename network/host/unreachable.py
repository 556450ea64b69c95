"""Marks elements that the driver did not reach: their state is 0, and their other samples are removed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from network.port import Unreachable
from shared.domain.catalogue import Role, metric_in_role, metrics_of
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import Column, Columns, Tick


def mark_unreachable(batches: Sequence[Tick], unreachable: Collection[Unreachable]) -> Sequence[Tick]:
    lost = frozenset(one.element for one in unreachable)
    return [_mark(batch, lost) for batch in batches] if lost else batches


def reachability_changes(
    before: Collection[Unreachable], now: Collection[Unreachable]
) -> tuple[list[Unreachable], list[str]]:
    """Return the elements that have become unreachable, and the ids of elements that are reachable again."""
    were, are = {one.element for one in before}, {one.element for one in now}
    return [one for one in now if one.element not in were], sorted(were - are)


def _mark(batch: Tick, lost: frozenset[str]) -> Tick:
    elements = {kind: _columns(kind, columns, lost) for kind, columns in batch.elements.items()}
    return msgspec.structs.replace(batch, elements=elements)


def _columns(kind: ElementKind, columns: Columns, lost: frozenset[str]) -> Columns:
    places = [place for place, element in enumerate(columns.ids) if element in lost]
    if not places:
        return columns
    state = metric_in_role(kind, Role.STATE) if metrics_of(kind, lambda spec: spec.role is Role.STATE) else None
    metrics: Mapping[str, Column] = columns.metrics
    if state is not None and state not in metrics:
        metrics = {**metrics, state: [None] * len(columns.ids)}
    return Columns(columns.ids, {name: _column(column, places, name == state) for name, column in metrics.items()})


def _column(column: Column, places: Sequence[int], is_state: bool) -> Column:
    changed = list(column)
    for place in places:
        changed[place] = 0.0 if is_state else None
    return changed
