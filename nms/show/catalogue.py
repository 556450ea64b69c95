"""Formats the catalogue as text: metrics, kinds of fault, actions, and the states of an action."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.console import Group, RenderableType
from rich.text import Text

from nms.client import Body, Json
from nms.show.columns import columns, mappings, picked, word


def catalogue(body: Body) -> Group:
    shown: list[RenderableType] = []
    for name, (title, table) in TABLES.items():
        if name in body:
            shown += [*([""] if shown else []), Text(title, "bold underline"), table(mappings(body[name]))]
    return Group(*shown)


def _metrics(rows: list[Body]) -> Text:
    head = ("metric", "of a", "label", "unit", "nature", "limit", "carried", "judged")
    cells = [
        [*picked(row, ("name", "element", "label", "unit", "nature")), _limit(row), *picked(row, ("carried", "judged"))]
        for row in rows
    ]
    return columns(head, cells, "There are none.")


def _limit(row: Body) -> Json:
    threshold = row.get("threshold")
    return f"thresholds.{word(threshold)}" if threshold else word(row.get("limit"))


def _faults(rows: list[Body]) -> Text:
    cells = [[*picked(row, ("kind", "targets")), _signs(row), row.get("playbooks"), _traits(row)] for row in rows]
    return columns(("kind", "targets", "shows", "playbooks, the best first", "traits"), cells, "There are none.")


def _signs(row: Body) -> list[Json]:
    required = [sign.get("metric") for sign in mappings(row.get("shows")) if sign.get("required")]
    return [name for at, name in enumerate(required) if name not in required[:at]]


def _actions(rows: list[Body]) -> Text:
    cells = [[*picked(row, ("name", "targets", "takes_down")), _traits(row)] for row in rows]
    return columns(("action", "targets", "takes down", "traits"), cells, "There are none.")


def _states(rows: list[Body]) -> Text:
    cells = [[*picked(row, ("state", "after")), _traits(row)] for row in rows]
    return columns(("state", "may be followed by", "traits"), cells, "There are none.")


def _traits(row: Body) -> list[Json]:
    return [name.replace("_", " ") for name, value in row.items() if value is True]


TABLES: Mapping[str, tuple[str, Callable[[list[Body]], Text]]] = {
    "metrics": ("Metrics", _metrics),
    "faults": ("Kinds of fault", _faults),
    "actions": ("Actions", _actions),
    "action_states": ("States of an action", _states),
}
