"""The published figures of other agents, and what has to be known before ours are compared with them.

The figures are means over cases of three trials each, computed from the published results of NIKA 0.2.0 for the cases
that can be run here: 26 core cases (23 faults, 3 healthy) of the test half.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PeerFigures:
    """`rca`, `localization` and `detection`: over the 26 core cases; `low` and `high`: the interval of `rca`.

    `faults_rca`: over the 23 faults. `healthy`: the share of healthy cases that were called healthy.
    """

    agent: str
    rca: float
    low: float
    high: float
    localization: float
    detection: float
    faults_rca: float
    healthy: float


PEERS = (
    PeerFigures("Claude Code + Qwen3.8-27B-FP8", 0.677, 0.515, 0.830, 0.745, 0.821, 0.751, 0.111),
    PeerFigures("Claude Code + Qwen3.6-35B-A3B", 0.408, 0.272, 0.550, 0.519, 0.833, 0.446, 0.111),
    PeerFigures("Codex + Qwen3.6-35B-A3B", 0.344, 0.221, 0.469, 0.435, 0.859, 0.360, 0.222),
    PeerFigures("LangGraph + Qwen3.6-35B-A3B", 0.274, 0.154, 0.406, 0.299, 0.321, 0.193, 0.889),
)

FAIRNESS = (
    "The peers are agents with a language model that arrive cold at a laboratory of containers. Ours runs on network "
    "namespaces with FRR 8.4.4. Only a *cold* run, in which NMS starts after the fault and knows nothing but the files "
    "of its operator, is comparable; a *warm* run has watched the healthy network before.",
    "The peers' figures are of the test half, ours of the half whose cases are given. The cases are not the same.",
    "The labels are public, so this is an open-book exam. The other half of the cases, and other places for the same "
    "faults, are the better test.",
    "With 26 cases the 95 % interval of the mean is about 0.15 to each side.",
    "The peers' figures are means of three trials. One trial of ours is counted for each case.",
    "A fault of a cable is hidden in a namespace of its own. NMS may read nodes, never the cable.",
    "Repair, regressions and actions are not part of NIKA. They are reported apart and change no score.",
    "Who always answers `healthy` scores .115 in all three; who always reports an anomaly and hands in no list scores "
    ".885 in detection and 0 else.",
)
"""To be printed beside any comparison."""
