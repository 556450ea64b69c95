"""The streams and subjects from which each family is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.domain.config import CONFIG_KEY
from shared.domain.subjects import Bucket, Stream, kept
from shared.recordings.choices import Family

SETTINGS_SUBJECT = f"$KV.{Bucket.CONFIG}.{CONFIG_KEY}"


@dataclass(frozen=True)
class Source:
    """`subjects`: for each stream of the family, the subject pattern to record."""

    subjects: Mapping[str, str]

    @property
    def words(self) -> frozenset[str]:
        return frozenset(subject.partition(".")[0] for subject in self.subjects.values())


def _all_of(family: Stream) -> Source:
    return Source({one.name: one.subject for one in kept(family)})


SOURCES: Mapping[Family, Source] = MappingProxyType(
    {
        Family.TELEMETRY: _all_of(Stream.METRICS),
        Family.SETTINGS: Source({f"KV_{Bucket.CONFIG}": SETTINGS_SUBJECT}),
        Family.TRUTH: _all_of(Stream.FAULT),
        Family.ANOMALIES: _all_of(Stream.ANOMALY),
        Family.INCIDENTS: _all_of(Stream.INCIDENT),
        Family.CAUSES: _all_of(Stream.DIAGNOSIS),
        Family.ACTIONS: _all_of(Stream.REMEDIATION),
        Family.STABILITY: _all_of(Stream.STABILITY),
        Family.LOG: _all_of(Stream.LOG),
    }
)
"""The source of each family, in the order in which messages of the same moment are replayed: samples before results."""
