"""Sums up the results of a run as data and as Markdown, beside the figures of the peers. Pure.

A void case counts nowhere but in the number of void cases. Figures of NIKA and figures of repair are never mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nms.nika.ontology import HEALTHY, RELEASE
from nms.nika.peers import FAIRNESS, PEERS
from nms.nika.results import NOT_REPAIRABLE
from nms.nika.scoring import Estimate, estimate

Fields = Mapping[str, Any]
SCORES = ("rca_f1", "localization_f1", "fault_type_f1", "detection")
DASH = "-"
RIGHT = 1.0


@dataclass(frozen=True)
class Scored:
    """A case that counts, as its two files have it."""

    result: Fields
    notes: Fields

    @property
    def healthy(self) -> bool:
        return bool(self.notes["problem"] == HEALTHY)

    def score(self, name: str) -> float:
        return float(self.notes[name] if name in self.notes else self.result[name])

    @property
    def started(self) -> int:
        """How many actions were begun."""
        return sum(bool(action["started"]) for action in self.result["actions"])

    @property
    def missed(self) -> bool:
        return min(self.score("rca_f1"), self.score("detection")) < RIGHT or bool(self.healthy and self.started)


def summary_of(files: Sequence[tuple[Fields, Fields]]) -> dict[str, Any]:
    """`files`: result and notes of each case."""
    scored = [Scored(result, notes) for result, notes in files if not result["void"]]
    faults = [case for case in scored if not case.healthy]
    return {
        "release": RELEASE,
        "courses": sorted({str(notes["course"]) for _, notes in files}),
        "cases": len(files),
        "void": {result["id"]: result["void"] for result, _ in files if result["void"]},
        "groups": {name: _figures(cases) for name, cases in _groups(scored).items() if cases},
        "repair": {
            "faults": len(faults),
            "repaired": sum(case.result["repaired"] is True for case in faults),
            "not_repairable": sum(case.result["repaired"] == NOT_REPAIRABLE for case in faults),
            "regressions": sum(len(case.result["regressions"]) for case in scored),
            "actions": sum(case.started for case in faults),
            "actions_on_healthy": sum(case.started for case in scored if case.healthy),
            "seconds": {step: _median(case.result["seconds"][step] for case in faults) for step in STEPS},
        },
        "missed": [case.result["id"] for case in scored if case.missed],
    }


STEPS = ("detect", "verdict", "repair")


def _groups(scored: Sequence[Scored]) -> dict[str, list[Scored]]:
    def only(keep: Callable[[Scored], bool]) -> list[Scored]:
        return [case for case in scored if keep(case)]

    groups = {"all": list(scored)}
    for name in sorted({str(case.notes["group"]) for case in scored}):
        groups[name] = only(lambda case, name=name: case.notes["group"] == name)  # type: ignore[misc]
    groups["faults"] = only(lambda case: not case.healthy)
    groups["healthy"] = only(lambda case: case.healthy)
    return groups


def _figures(cases: Sequence[Scored]) -> dict[str, Any]:
    estimates = {name: estimate([case.score(name) for case in cases]) for name in SCORES}
    return {"cases": len(cases), **{name: _body(each) for name, each in estimates.items() if each}}


def _body(each: Estimate) -> dict[str, float]:
    return {"mean": round(each.mean, 4), "low": round(each.low, 4), "high": round(each.high, 4)}


def _median(values: Iterable[float | None]) -> float | None:
    known = sorted(value for value in values if value is not None)
    return known[len(known) // 2] if known else None


def markdown_of(files: Sequence[tuple[Fields, Fields]]) -> str:
    """Return the tables of a run, and the notes that belong beside a comparison."""
    summary = summary_of(files)
    parts = (
        f"NIKA {RELEASE}, {' and '.join(summary['courses'])}: {summary['cases']} cases, {len(summary['void'])} void.",
        _comparison(summary),
        "\n".join(f"- {note}" for note in FAIRNESS),
        _repair(summary["repair"]),
        _cases(files),
    )
    return "\n\n".join(parts) + "\n"


def _comparison(summary: Fields) -> str:
    head = ("who", "cases", "RCA F1", "95 %", "localization F1", "detection", "healthy right")
    healthy = summary["groups"].get("healthy")
    rows = [
        (
            f"NMS, {name}",
            str(each["cases"]),
            _points(each["rca_f1"]["mean"]),
            f"{_points(each['rca_f1']['low'])} to {_points(each['rca_f1']['high'])}",
            _points(each["localization_f1"]["mean"]),
            _points(each["detection"]["mean"]),
            _points(healthy["detection"]["mean"]) if healthy and name in ("all", "core", "healthy") else DASH,
        )
        for name, each in summary["groups"].items()
    ]
    rows += [
        (
            peer.agent,
            "26 of the test half",
            _points(peer.rca),
            f"{_points(peer.low)} to {_points(peer.high)}",
            _points(peer.localization),
            _points(peer.detection),
            _points(peer.healthy),
        )
        for peer in PEERS
    ]
    return table(head, rows)


def _repair(repair: Fields) -> str:
    seconds = repair["seconds"]
    head = ("faults", "repaired", "not repairable", "regressions", "actions", "actions on healthy", "median seconds")
    times = " / ".join(DASH if seconds[step] is None else f"{seconds[step]:g}" for step in STEPS)
    row = [str(repair[name]) for name in ("faults", "repaired", "not_repairable", "regressions", "actions")]
    return table(head, [(*row, str(repair["actions_on_healthy"]), times)])


def _cases(files: Sequence[tuple[Fields, Fields]]) -> str:
    head = ("case", "fault", "answer", "RCA", "loc.", "det.", "detect / verdict / repair s", "repaired", "void")
    return table(head, [_case_row(result, notes) for result, notes in files])


def _case_row(result: Fields, notes: Fields) -> tuple[str, ...]:
    answer = ", ".join(f"{each['fault_type']} at {_place(each['resource'])}" for each in result["root_causes"])
    times = " / ".join(DASH if result["seconds"][step] is None else f"{result['seconds'][step]:g}" for step in STEPS)
    scores = (DASH if result[name] is None else _points(result[name]) for name in SCORES if name in result)
    repaired = {True: "yes", False: "no"}.get(result["repaired"], NOT_REPAIRABLE)
    found = answer or (DASH if not result["is_anomaly"] else "an anomaly without a cause")
    return (result["id"], notes["problem"], found, *scores, times, repaired, result["void"] or "")


def _place(resource: Fields) -> str:
    return ":".join(filter(None, (resource.get("node"), resource.get("name"))))


def _points(value: float) -> str:
    """Write a figure from 0 to 1 as the peers' are written: `.677`."""
    return f"{value:.3f}".removeprefix("0")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown. A text cannot end its cell or its line."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
