"""Writes a run with one fault in the forms that `nms backtest diagnose` and `nms backtest detect` read.

`case.json`, `topology.csv` and `metrics.csv.gz` are the case. Nodes and links of the network are both nodes of the
case, and each of a link and its ends depends on the other. `symptom.csv.gz` has the metric of the faulty element in
which its kind of fault shows. A late sample has its own place in both.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from nms.backtest.cases import CASE, EDGE_COLUMNS, METRICS, SAMPLE_COLUMNS, TOPOLOGY
from nms.backtest.files import TIMESTAMP
from nms.corpus.scenarios import SMALL, PlannedFault
from shared.domain.catalogue import FAULTS
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import Rows, Tick
from shared.domain.topology import Topology

SYMPTOM = "symptom"
SUFFIX = ".csv.gz"
LEVEL = 6
LARGEST = SMALL
"""Nodes of the largest network whose runs are written as cases too: a case needs twice the room of its recording."""
MAX_ROWS = 200_000
"""The most rows of `symptom.csv.gz`, which are kept until the end of a run."""


class DetectLabel(BaseModel):
    """The rows of `symptom.csv.gz` that are known to be normal, and those in which the fault was live, inclusive."""

    model_config = ConfigDict(frozen=True)

    metric: str
    warmup: int
    windows: tuple[tuple[int, int], ...]

    @property
    def file(self) -> str:
        """The name of the file as `nms backtest detect` knows it."""
        return SYMPTOM

    def rows(self) -> Mapping[str, object]:
        return {"warmup": self.warmup, "windows": self.windows}


class CaseTable:
    """A gzipped CSV file, whose bytes do not depend on the time. Raises OSError."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._file = path.open("xb")
        self._text = io.TextIOWrapper(gzip.GzipFile("", "wb", LEVEL, self._file, mtime=0), "utf-8", newline="")
        self._rows = csv.writer(self._text, lineterminator="\n")
        self._rows.writerow(header)
        self.write, self.write_all = self._rows.writerow, self._rows.writerows

    def close(self) -> None:
        try:
            self._text.close()
        finally:
            self._file.close()


class CaseWriter:
    """Raises OSError. `close` has to be called, even after an error."""

    def __init__(self, folder: Path, topology: Topology, fault: PlannedFault) -> None:
        self._folder, self._fault = folder, fault
        self._kind = ElementKind.LINK if topology.is_link(fault.element) else ElementKind.NODE
        self._metric = symptom_of(fault, self._kind)
        self._symptom: dict[float, float | None] = {}
        self._table = CaseTable(folder / METRICS[0], SAMPLE_COLUMNS)
        with (folder / TOPOLOGY).open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(EDGE_COLUMNS)
            for link in topology.links:
                for end in (link.source, link.target):
                    rows.writerows(((end, link.id), (link.id, end)))

    def take(self, tick: Tick) -> None:
        for rows in (*tick.late, tick):
            self._take(rows, round(tick.instant - (tick.tick - rows.tick) * tick.interval, 3), rows is not tick)

    def _take(self, rows: Rows, time: float, late: bool) -> None:
        stamp = f"{time:.3f}"
        for columns in rows.elements.values():
            for metric, values in columns.metrics.items():
                samples = zip(columns.ids, values, strict=True)
                self._table.write_all(
                    (stamp, element, metric, value) for element, value in samples if value is not None
                )
        columns = rows.of(self._kind)
        if self._fault.element in columns.ids:
            self._note(time, columns.column(self._metric)[columns.ids.index(self._fault.element)], late)

    def _note(self, time: float, value: float | None, late: bool) -> None:
        if late or len(self._symptom) < MAX_ROWS:
            self._symptom[time] = value

    def finish(self, begin: float, end: float, normal_until: float) -> DetectLabel:
        """`begin` and `end`: of the fault. `normal_until`: the end of the warm-up."""
        body = {"from": round(begin, 3), "to": round(end, 3), "symptom": None}
        (self._folder / CASE).write_text(json.dumps(body) + "\n")
        rows = sorted(self._symptom.items())
        table = CaseTable(self._folder / f"{SYMPTOM}{SUFFIX}", (TIMESTAMP, self._metric))
        try:
            for time, value in rows:
                table.write((f"{time:.3f}", "" if value is None else value))
        finally:
            table.close()
        inside = [number for number, (time, _) in enumerate(rows) if begin <= time <= end]
        return DetectLabel(
            metric=self._metric,
            warmup=sum(time <= normal_until for time, _ in rows),
            windows=((inside[0], inside[-1]),) if inside else (),
        )

    def close(self) -> None:
        self._table.close()


def symptom_of(fault: PlannedFault, kind: ElementKind) -> str:
    """Return the metric that a kind of fault always shows at such an element, or at the element's links."""
    signatures = FAULTS[fault.kind].signatures
    fitting = [one for one in signatures if one.element is kind] or signatures
    return fitting[0].required.metric
