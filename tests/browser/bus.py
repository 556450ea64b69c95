"""What the bus said about the network, for a test that holds the page against it: by time of arrival, nothing else.

Rules: a window is a span of `time.monotonic`. What is true in it is what was said in it, and the last word before.
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
Word = TypeVar("Word")
Window = tuple[float, float]


class Words(Generic[Word]):
    """One fact's words in the order in which they came."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._words: list[Word] = []

    def add(self, at: float, word: Word) -> None:
        self._times.append(at)
        self._words.append(word)

    def within(self, window: Window) -> list[Word]:
        """Return what was said in a window, and the last word before it."""
        first = max(0, bisect_right(self._times, window[0]) - 1)
        return self._words[first : bisect_right(self._times, window[1])]

    def before(self, at: float) -> Word | None:
        """Return the last word by then."""
        found = bisect_right(self._times, at)
        return self._words[found - 1] if found else None


class Said:
    """Facts by what they are about."""

    def __init__(self, heard: Iterable[ReceivedMessage]) -> None:
        self.values: dict[tuple[str, str], Words[float]] = defaultdict(Words)
        self.stability: Words[dict[str, Any]] = Words()
        self.cycle: Words[int] = Words()
        self.incidents: dict[str, Words[dict[str, Any]]] = defaultdict(Words)
        self.causes: dict[str, Words[dict[str, Any] | None]] = defaultdict(Words)
        self.cited: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.actions: dict[str, dict[str, str]] = defaultdict(dict)
        self.lines: list[tuple[float, tuple[str, str, str, str]]] = []
        self.ticks: list[tuple[float, float]] = []
        for one in heard:
            self._take(one.arrived, one.subject, one.body)

    def _take(self, at: float, subject: str, body: dict[str, Any]) -> None:
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

    def until_heard(self, window: Window, moment: float, most: float) -> Window:
        """Return a window that ends no sooner than this listener heard the telemetry of a moment, up to a bound."""
        heard = next((at for at, told in self.ticks if told >= moment), window[1] + most)
        return window[0], min(max(window[1], heard), window[1] + most)

    def _tick(self, at: float, tick: dict[str, Any]) -> None:
        self.ticks.append((at, instant(tick["at"])))
        for columns in tick["elements"].values():
            for metric, values in columns["metrics"].items():
                for name, value in zip(columns["ids"], values, strict=True):
                    if value is not None:
                        self.values[name, metric].add(at, value)

    def open_within(self, window: Window) -> tuple[set[str], set[str]]:
        """Return the incidents that were open all through a window, and those that were open at some time in it."""
        through, sometime = set(), set()
        for name, words in self.incidents.items():
            states = [word["state"] != "resolved" for word in words.within(window)]
            sometime |= {name} if any(states) else set()
            begun = words.before(window[0])
            through |= {name} if begun is not None and all(states) else set()
        return through, sometime
