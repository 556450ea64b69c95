"""Formats incidents as text: a list of incidents, or one incident in full."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from nms.client import Body, Json
from nms.show.columns import columns, mapping, mappings, picked, when, word


def incidents(body: Body) -> Group:
    def rows() -> Iterator[list[Json]]:
        for each in mappings(body.get("recent_incidents")):
            fields = picked(each, ("severity", "type", "node_id", "status", "resolution", "resolution_seconds", "id"))
            yield [when(each.get("timestamp")), *fields]

    head = ("since", "severity", "type", "node", "status", "resolution", "seconds", "id")
    stats = mapping(body.get("stats"))
    counts = ", ".join(
        f"{word(stats.get(name))} {name.replace('_', ' ')}"
        for name in ("auto_resolved", "manual_intervention", "self_cleared")
    )
    return Group(
        columns(head, list(rows()), "There are no such incidents."),
        "",
        f"of {word(stats.get('total_incidents'))} in all: {counts}",
    )


def incident(body: Body) -> Group:
    parts: list[RenderableType] = [_head(body)]
    for title, table in (
        ("Causes, the likeliest first", _causes(body)),
        ("Members", _members(body)),
        ("Actions", _actions(body)),
        ("Timeline", _timeline(body)),
    ):
        parts += ["", Text(title, "bold underline"), table]
    return Group(*parts)


def _head(body: Body) -> Text:
    lines = [
        f"{word(body.get('type'))} on {word(body.get('node_id'))}, {word(body.get('severity'))}, "
        f"{word(body.get('status'))}",
        f"id       {word(body.get('id'))}",
        f"since    {word(when(body.get('timestamp')))}",
        f"pattern  {word(body.get('pattern'))}",
    ]
    if body.get("resolution_time") is not None:
        seconds = f"after {word(body.get('resolution_seconds'))} s"
        lines.append(f"resolved {word(when(body.get('resolution_time')))} {seconds}: {word(body['resolution'])}")
    for name, words in (("merged_into", "merged into"), ("escalation", "escalated"), ("acknowledged_by", "seen by")):
        if body.get(name) is not None:
            lines.append(f"{words} {word(body[name])}")
    comments = body.get("comments")
    lines += [f"comment  {word(each)}" for each in (comments if isinstance(comments, list) else ())]
    return Text("\n".join(lines))


def _causes(body: Body) -> Text:
    def rows() -> Iterator[list[Json]]:
        for cause in mappings(body.get("causes")):
            fits: list[Json] = [
                f"{word(a.get('action'))} on {word(a.get('target'))}" for a in mappings(cause.get("actions"))
            ]
            evidence = cause.get("evidence")
            reasons = "; ".join(map(word, evidence)) if isinstance(evidence, list) else None
            yield [f"{_percent(cause.get('confidence'))}", *picked(cause, ("kind", "node")), fits, reasons]

    return columns(("sure", "kind", "node", "would help", "evidence"), list(rows()), "None was found yet.")


def _members(body: Body) -> Text:
    def rows() -> Iterator[list[Json]]:
        for each in mappings(body.get("members")):
            figures = picked(each, ("node", "metric", "value", "threshold", "expected", "severity"))
            yield [when(each.get("since")), *figures, when(each.get("cleared")), each.get("why")]

    head = ("since", "node", "metric", "value", "limit", "expected", "severity", "cleared", "why it is in")
    return columns(head, list(rows()), "There are none.")


def _actions(body: Body) -> Text:
    def rows() -> Iterator[list[Json]]:
        for each in mappings(body.get("actions")):
            times = [when(each.get(name)) for name in ("proposed", "applied")]
            yield [*times, *picked(each, ("action", "target", "state", "by", "reason", "id"))]

    head = ("proposed", "applied", "action", "target", "state", "by", "reason", "id")
    return columns(head, list(rows()), "None was proposed.")


def _timeline(body: Body) -> Text:
    rows = [[when(each.get("at")), *picked(each, ("by", "what"))] for each in mappings(body.get("timeline"))]
    return columns(("at", "by", "what"), rows, "Nothing happened yet.")


def _percent(value: Json) -> str:
    return f"{100 * value:.0f} %" if isinstance(value, int | float) else "-"
