"""Diagnoses cases one by one and writes an answer for each, as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nms.backtest.cases import read_case
from nms.backtest.text_files import written
from services.rca.core.series import SeriesDiagnosis, diagnose_series
from shared.domain.errors import SettingError


@dataclass(frozen=True)
class CaseResult:
    """`elapsed_ms`: of the ranking, without the reading of files."""

    name: str
    diagnosis: SeriesDiagnosis
    elapsed_ms: float

    def body(self) -> dict[str, Any]:
        causes = [
            {"node": each.node, "kind": each.kind, "confidence": each.confidence, "evidence": list(each.evidence)}
            for each in self.diagnosis.suspects
        ]
        unsure = {"would_tell": self.diagnosis.would_tell} if self.diagnosis.would_tell else {}
        return {"causes": causes, **unsure, "elapsed_ms": round(self.elapsed_ms, 3)}

    def sentence(self) -> str:
        if not self.diagnosis.suspects:
            return f"{self.name}: unknown; {self.diagnosis.would_tell}"
        first, *others = self.diagnosis.suspects
        then = f"; then {', '.join(other.node for other in others[:2])}" if others else ""
        return f"{self.name}: {first.node} ({first.kind}, {first.confidence:.0%}){then}"


def diagnose_case(folder: Path) -> CaseResult:
    """Raises SettingError."""
    episode = read_case(folder)
    began = time.perf_counter()
    diagnosis = diagnose_series(episode)
    return CaseResult(name_of(folder), diagnosis, (time.perf_counter() - began) * 1000)


def diagnose_cases(
    folders: Sequence[Path], out: Path, each: Callable[[CaseResult], None], failed: Callable[[SettingError], None]
) -> None:
    """Write `<case>.json` to `out` for each case. A case that cannot be read is passed to `failed`, others go on.

    Raises SettingError before anything is written if two cases have one name; DiskFull.
    """
    names = [name_of(folder) for folder in folders]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SettingError(f"several cases are called {', '.join(twice)}: rename them, since each has its own answer")
    for folder in folders:
        try:
            result = diagnose_case(folder)
        except SettingError as error:
            failed(error)
            continue
        with written(out / f"{result.name}.json") as output:
            output.write(json.dumps(result.body(), indent=1, ensure_ascii=False) + "\n")
        each(result)


def name_of(folder: Path) -> str:
    return folder.name if folder.name not in ("", "..") else folder.resolve().name
