"""Formats the scorecard: how many faults were detected, named and repaired, and how long each step of the loop took."""

from __future__ import annotations

from rich.console import Group

from nms.client import Body, Json
from nms.show.columns import NOTHING, columns, mapping, picked

COUNTS = ("detected", "right_node", "right_kind", "repaired")
FOR_NOTHING = ("missed_actions", "needless_actions", "false_anomalies")
STEPS = {
    "detect": "fault to anomaly",
    "diagnose": "anomaly to diagnosis",
    "act": "diagnosis to action",
    "repair": "fault to verified repair",
}
QUANTILES = ("p50", "p95", "max")


def scorecard(body: Body) -> Group:
    kinds = {"all": body} | {kind: mapping(score) for kind, score in mapping(body.get("by_kind")).items()}
    rows = [[kind, *_shares(score)] for kind, score in kinds.items()]
    seconds = mapping(body.get("seconds"))
    steps = [[words, *_seconds(mapping(seconds.get(step)))] for step, words in STEPS.items()]
    done = ", ".join(f"{body.get(name, NOTHING)} {name.replace('_', ' ')}" for name in FOR_NOTHING)
    return Group(
        columns(("kind", "faults", *(name.replace("_", " ") for name in COUNTS)), rows, NOTHING),
        f"\n{done}\n",
        columns(("seconds from", *QUANTILES), steps, NOTHING),
    )


def _shares(score: Body) -> list[Json]:
    faults = score.get("faults")
    return [faults, *(_share(score.get(name), faults) for name in COUNTS)]


def _share(count: Json, faults: Json) -> str:
    if not isinstance(count, int) or not isinstance(faults, int):
        return NOTHING
    return f"{count} ({100 * count / faults:.1f} %)" if faults else str(count)


def _seconds(quantiles: Body) -> list[Json]:
    return [f"{value:.2f}" if isinstance(value, int | float) else None for value in picked(quantiles, QUANTILES)]
