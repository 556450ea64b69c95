"""The published values of the network by time of arrival, to compare with what the page shows.

Rules: a window is a span of `time.monotonic`. The valid values in it are those received in it, and the last one before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from shared.domain.instant import instant
from tests.contract.listener import ReceivedMessage

NODE_METRICS = ("cpu_usage", "memory_usage", "latency", "packet_loss", "throughput")
LINK_METRICS = ("utilization", "latency", "packet_loss", "up")
Value = TypeVar("Value")
Window = tuple[float, float]


class Values(Generic[Value]):
    def __init__(self) -> None:
        self._times: list[float] = []
        self._values: list[Value] = []

    def add(self, at: float, value: Value) -> None:
        self._times.append(at)
        self._values.append(value)

    def within(self, window: Window) -> list[Value]:
        """Return the values received in a window, and the last one before it."""
        first = max(0, bisect_right(self._times, window[0]) - 1)
        return self._values[first : bisect_right(self._times, window[1])]

    def before(self, at: float) -> Value | None:
        found = bisect_right(self._times, at)
        return self._values[found - 1] if found else None


class Published:
    def __init__(self, received: Iterable[ReceivedMessage]) -> None:
        self.values: dict[tuple[str, str], Values[float]] = defaultdict(Values)
        self.stability: Values[dict[str, Any]] = Values()
        self.cycle: Values[int] = Values()
        self.incidents: dict[str, Values[dict[str, Any]]] = defaultdict(Values)
        self.causes: dict[str, Values[dict[str, Any] | None]] = defaultdict(Values)
        self.cited: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.actions: dict[str, dict[str, str]] = defaultdict(dict)
        self.lines: list[tuple[float, tuple[str, str, str, str]]] = []
        self.ticks: list[tuple[float, float]] = []
        for one in received:
            self._add(one.arrived, one.subject, one.body)

    def _add(self, at: float, subject: str, body: dict[str, Any]) -> None:
        family, _, what = subject.partition(".")
        if family == "metrics":
            self._tick(at, body)
        elif subject == "stability.status":
            self.stability.add(at, body)
        elif subject == "fault.cycle":
            self.cycle.add(at, body["number"])
        elif family == "incident":
            self.incidents[body["incident"]["id"]].add(at, body["incident"])
        elif subject == "diagnosis.made":
            self.causes[body["incident_id"]].add(at, next(iter(body["causes"]), None))
        elif family == "remediation" and "action" in body:
            action = body["action"]
            self.actions[action["incident_id"]][action["id"]] = action["state"]
            if action["cause"]:
                self.cited[action["incident_id"]].append(action["cause"])
        elif family == "log":
            self.lines.append((at, (body["at"], what.rpartition(".")[2], body["service"], body["message"])))

    def until_received(self, window: Window, network_time: float, most: float) -> Window:
        """Extend a window by up to `most` seconds, until this listener has received the telemetry of a network time."""
        received = next((at for at, tick in self.ticks if tick >= network_time), window[1] + most)
        return window[0], min(max(window[1], received), window[1] + most)

    def _tick(self, at: float, tick: dict[str, Any]) -> None:
        self.ticks.append((at, instant(tick["at"])))
        for columns in tick["elements"].values():
            for metric, values in columns["metrics"].items():
                for name, value in zip(columns["ids"], values, strict=True):
                    if value is not None:
                        self.values[name, metric].add(at, value)

    def open_within(self, window: Window) -> tuple[set[str], set[str]]:
        """Return the incidents that were open throughout a window, and those that were open at some time in it."""
        through, sometime = set(), set()
        for name, versions in self.incidents.items():
            states = [version["state"] != "resolved" for version in versions.within(window)]
            sometime |= {name} if any(states) else set()
            begun = versions.before(window[0])
            through |= {name} if begun is not None and all(states) else set()
        return through, sometime
