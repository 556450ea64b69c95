"""The state of the network as one transition table.

Rules: every transition is in TRANSITIONS; a pair that is not in the table changes nothing. Problems count at once,
their absence only once it has lasted.
"""

from __future__ import annotations

from enum import StrEnum

from shared.domain.kinds import NetworkState

CALM_FOR = 10.0
"""Network seconds without a problem after which a recovering network is stable."""


class Happening(StrEnum):
    """The inputs of the state machine. A problem is an open incident or a node that is not healthy."""

    TROUBLE = "trouble"
    CALM = "calm"
    SETTLED = "settled"
    SILENCE = "silence"
    HEARD = "heard"


TRANSITIONS: dict[NetworkState, dict[Happening, NetworkState]] = {
    NetworkState.STABLE: {Happening.TROUBLE: NetworkState.UNSTABLE, Happening.SILENCE: NetworkState.BLIND},
    NetworkState.UNSTABLE: {Happening.CALM: NetworkState.RECOVERING, Happening.SILENCE: NetworkState.BLIND},
    NetworkState.RECOVERING: {
        Happening.TROUBLE: NetworkState.UNSTABLE,
        Happening.SETTLED: NetworkState.STABLE,
        Happening.SILENCE: NetworkState.BLIND,
    },
    # A network that was stable before the silence must prove it again.
    NetworkState.BLIND: {Happening.HEARD: NetworkState.RECOVERING},
}


class StateMachine:
    """The network's state, and since when it holds. Starts blind, without telemetry."""

    def __init__(self) -> None:
        self.state = NetworkState.BLIND
        self.since = 0.0

    def feel(self, happening: Happening, now: float) -> bool:
        """Apply one input; return whether the state changed."""
        state = TRANSITIONS[self.state].get(happening)
        if state is None:
            return False
        self.state, self.since = state, now
        return True

    def adopt(self, state: NetworkState, at: float) -> None:
        """Continue from the state that an earlier stabilizer reported at `at`."""
        if state is not self.state:
            self.state, self.since = state, at

    def judge(self, troubled: bool, now: float) -> bool:
        """Take in whether there is a problem now; return whether the state changed."""
        if troubled:
            return self.feel(Happening.TROUBLE, now)
        changed = self.feel(Happening.CALM, now)
        if self.state is NetworkState.RECOVERING and now - self.since >= CALM_FOR:
            changed = self.feel(Happening.SETTLED, now) or changed
        return changed
