"""What the modules of `meaning` share: a finding, and what is around a difference. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from network.devices.evidence.collecting import ServiceFiles
from network.devices.evidence.difference import StateDifference
from network.devices.evidence.metrics import EvidenceMetric, EvidencePoint
from network.devices.evidence.snapshot import DeviceSnapshot, joined, parts

UP = "up"


@dataclass(frozen=True)
class StateFinding:
    """One difference, or several that are one thing, and what it says of one metric."""

    point: EvidencePoint
    sentence: str
    paths: tuple[str, ...]


Findings = Iterator[StateFinding]


@dataclass(frozen=True)
class Surroundings:
    """The states around the differences of a device."""

    approved: DeviceSnapshot
    found: DeviceSnapshot
    differences: Sequence[StateDifference]
    services: Sequence[ServiceFiles] = ()

    @property
    def device(self) -> str:
        return self.found.device

    def node(self, metric: EvidenceMetric, sentence: str, *paths: str) -> StateFinding:
        return StateFinding(EvidencePoint(self.device, metric), sentence, paths)

    def interface(self, name: str, metric: EvidenceMetric, sentence: str, *paths: str) -> StateFinding:
        return StateFinding(EvidencePoint(f"{self.device}:{name}", metric), sentence, paths)

    def service(self, name: str, metric: EvidenceMetric, sentence: str, *paths: str) -> StateFinding:
        return StateFinding(EvidencePoint(f"{name}/{self.device}", metric), sentence, paths)

    def below(self, *kinds: str) -> list[StateDifference]:
        """Return the differences of some kinds of fact, such as `route`."""
        return [each for each in self.differences if each.path.partition("/")[0] in kinds]

    def is_gone(self, interface: str) -> bool:
        """Whether an approved interface is not there."""
        path = joined("link", interface, "admin")
        return self.found.knows("link") and path in self.approved.facts and path not in self.found.facts

    def is_new(self, interface: str) -> bool:
        return self.approved.knows("link") and joined("link", interface, "admin") not in self.approved.facts

    def is_down(self, interface: str) -> bool:
        """Whether an interface is not enabled, or not there."""
        return self.found.knows("link") and self.found.facts.get(joined("link", interface, "admin")) != UP

    @cached_property
    def addresses(self) -> frozenset[str]:
        """The addresses of the device, without the lengths of their prefixes."""
        return frozenset(
            parts(path, 3)[2].partition("/")[0] for path in self.found.facts if path.startswith("address/")
        )

    @cached_property
    def lost_addresses(self) -> frozenset[str]:
        """Approved addresses that are gone or have another prefix, as `IF/ADDRESS/LENGTH`."""
        return frozenset(each.path.removeprefix("address/") for each in self.below("address") if each.found is None)


def listed(names: Iterable[str]) -> str:
    """Return names for a sentence: `a`, `a and b`, `a, b and c`."""
    *first, last = list(names) or [""]
    return f"{', '.join(first)} and {last}" if first else last
