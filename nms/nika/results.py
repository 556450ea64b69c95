"""Writes and reads what a run leaves: `FOLDER/<id>.json` for each case, and `FOLDER/report/` with everything else.

Rules
1. A file has its name only once it is complete, so `--resume` may trust a file that is there.
2. The result file has the fields of `RESULT_FIELDS` and no others. The notes of a case, in `report/cases/<id>.json`,
   have its truth, its phases and every sentence that explains the result.
3. A void case has no answer and no scores: null.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from nms.backtest.text_files import written
from nms.nika.mapping import Translation
from nms.nika.resources import NikaPair
from nms.nika.runner import CaseRecord
from nms.nika.scoring import NO_ANSWER, NikaAnswer, NikaScore, score
from shared.domain.errors import SettingError

REPORT, NOTES = "report", "report/cases"
NOT_REPAIRABLE = "not repairable"
RESULT_FIELDS = (
    "id",
    "is_anomaly",
    "root_causes",
    "rca_f1",
    "localization_f1",
    "detection",
    "seconds",
    "repaired",
    "regressions",
    "actions",
    "void",
)
TENTH = 1


def answer_of(record: CaseRecord, translation: Translation, refusal: str) -> NikaAnswer:
    """Return what is handed in. `refusal`: why NIKA would not accept the pairs; then nothing is."""
    if not record.handed_in or refusal:
        return NO_ANSWER
    return NikaAnswer(record.watched.verdict.is_anomaly, translation.pairs)


def result_body(record: CaseRecord, answer: NikaAnswer) -> dict[str, Any]:
    void = record.void
    scored = None if void else score(answer, record.case.truth)
    return {
        "id": record.case.id,
        "is_anomaly": None if void else answer.is_anomaly,
        "root_causes": [] if void else _bodies(answer.pairs or ()),
        "rca_f1": scored and scored.rca.f1,
        "localization_f1": scored and scored.localization.f1,
        "detection": scored and scored.detection,
        "seconds": {
            "detect": _rounded(record.times.detect),
            "verdict": _rounded(record.times.verdict),
            "repair": _rounded(record.times.repair if record.repaired else None),
        },
        "repaired": _repaired(record),
        "regressions": list(record.regressions),
        "actions": [
            {"id": each.id, "kind": each.kind, "target": each.target, "state": each.state, "started": each.started}
            for each in record.actions
        ],
        "void": void or None,
    }


def notes_body(
    record: CaseRecord, file: str, answer: NikaAnswer, translation: Translation, refusal: str
) -> dict[str, Any]:
    """`file`: the name of the scenario file, empty if there is none."""
    scored: NikaScore | None = None if record.void else score(answer, record.case.truth)
    case = record.case
    return {
        "id": case.id,
        "group": case.group,
        "scenario": case.scenario,
        "file": file,
        "problem": case.problem,
        "course": str(record.course.kind),
        "truth": _bodies(case.truth),
        "fault_type_f1": scored and scored.fault_type.f1,
        "handed_in": record.handed_in and not refusal,
        "causes": [str(cause) for cause in record.watched.verdict.causes],
        "left_out": [*translation.left_out, *([refusal] if refusal else [])],
        "not_repairable": record.not_repairable,
        "left_over": list(record.left_over),
        "remarks": list(record.remarks),
        "phases": [
            {
                "phase": str(each.phase),
                "end": str(each.end),
                "began": round(each.began, TENTH),
                "seconds": round(each.seconds, TENTH),
                "reason": each.reason,
            }
            for each in record.phases
        ],
    }


def write_result(folder: Path, result: dict[str, Any], notes: dict[str, Any]) -> None:
    """The result comes last: it is what `--resume` looks for. Raises DiskFull."""
    write_json(folder / NOTES / f"{result['id']}.json", notes)
    write_json(folder / f"{result['id']}.json", result)


def write_json(target: Path, body: object) -> None:
    """Raises DiskFull."""
    with written(target) as output:
        output.write(json.dumps(body, indent=1, ensure_ascii=False) + "\n")


def read_results(folder: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return result and notes of every case of a folder, in the order of ids. Raises SettingError."""
    found = [(body, read_json(folder / NOTES / f"{body['id']}.json")) for body in _results_of(folder)]
    if not found:
        raise SettingError(f"{folder}: there is no result in it: name the folder that --out named")
    return found


def _results_of(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.json")):
        body = read_json(path)
        if missing := [name for name in RESULT_FIELDS if name not in body]:
            raise SettingError(f"{path}: it has no field {missing[0]!r}, so it is no result: move it elsewhere")
        yield body


def read_json(path: Path) -> dict[str, Any]:
    """Raises SettingError."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"{path}: cannot be read ({error.strerror}): run the case again") from None
    except ValueError:
        raise SettingError(f"{path}: not JSON: delete it and run the case again") from None
    if not isinstance(body, dict):
        raise SettingError(f"{path}: no JSON object: delete it and run the case again")
    return body


def _repaired(record: CaseRecord) -> bool | str:
    if record.repaired:
        return True
    return NOT_REPAIRABLE if record.case.healthy or record.not_repairable else False


def _bodies(pairs: Sequence[NikaPair]) -> list[dict[str, Any]]:
    return [dict(pair.body()) for pair in pairs]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, TENTH)
