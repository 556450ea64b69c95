"""The state of the whole network, as one table.

Rules: everything that moves the state is in TRANSITIONS; what is not in the table changes nothing. Trouble counts at
once, calm only once it has lasted.
"""

from __future__ import annotations

from enum import StrEnum

from shared.domain.kinds import NetworkState

CALM_FOR = 10.0
"""Network seconds without trouble after which a recovering network is stable."""


class Happening(StrEnum):
    """What can move the state: trouble is an open incident or a node that is not healthy."""

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
    # What was stable before the silence must show again that it is.
    NetworkState.BLIND: {Happening.HEARD: NetworkState.RECOVERING},
}


class StateMachine:
    """Where the network stands, and since when. Begins blind: nothing has been heard of it yet."""

    def __init__(self) -> None:
        self.state = NetworkState.BLIND
        self.since = 0.0

    def feel(self, happening: Happening, now: float) -> bool:
        """Take one happening in; return whether the state changed."""
        state = TRANSITIONS[self.state].get(happening)
        if state is None:
            return False
        self.state, self.since = state, now
        return True

    def adopt(self, state: NetworkState, at: float) -> None:
        """Stand where a stabilizer before us stood at `at`."""
        if state is not self.state:
            self.state, self.since = state, at

    def judge(self, troubled: bool, now: float) -> bool:
        """Take in whether there is trouble now, and how long there was none; return whether the state changed."""
        if troubled:
            return self.feel(Happening.TROUBLE, now)
        changed = self.feel(Happening.CALM, now)
        if self.state is NetworkState.RECOVERING and now - self.since >= CALM_FOR:
            changed = self.feel(Happening.SETTLED, now) or changed
        return changed
