"""The state of the network as one transition table.

Rules: every transition is in TRANSITIONS. An input that the table does not have for the present state changes nothing.
A problem counts at once. The network is stable again only after a time without a problem.
"""

from __future__ import annotations

from enum import StrEnum

from shared.domain.kinds import NetworkState

CALM_FOR = 10.0
"""Network seconds without a problem after which a recovering network is stable."""


class StateInput(StrEnum):
    """A problem is an open incident or a node that is not healthy."""

    PROBLEM = "problem"
    CALM = "calm"
    SETTLED = "settled"
    SILENCE = "silence"
    TELEMETRY = "telemetry"


TRANSITIONS: dict[NetworkState, dict[StateInput, NetworkState]] = {
    NetworkState.STABLE: {StateInput.PROBLEM: NetworkState.UNSTABLE, StateInput.SILENCE: NetworkState.BLIND},
    NetworkState.UNSTABLE: {StateInput.CALM: NetworkState.RECOVERING, StateInput.SILENCE: NetworkState.BLIND},
    NetworkState.RECOVERING: {
        StateInput.PROBLEM: NetworkState.UNSTABLE,
        StateInput.SETTLED: NetworkState.STABLE,
        StateInput.SILENCE: NetworkState.BLIND,
    },
    # Even a network that was stable before telemetry was lost must first be without a problem for a while.
    NetworkState.BLIND: {StateInput.TELEMETRY: NetworkState.RECOVERING},
}


class StateMachine:
    def __init__(self) -> None:
        self.state = NetworkState.BLIND
        self.since = 0.0

    def apply(self, given: StateInput, now: float) -> bool:
        state = TRANSITIONS[self.state].get(given)
        if state is None:
            return False
        self.state, self.since = state, now
        return True

    def adopt(self, state: NetworkState, at: float) -> None:
        if state is not self.state:
            self.state, self.since = state, at

    def judge(self, has_problem: bool, now: float) -> bool:
        if has_problem:
            return self.apply(StateInput.PROBLEM, now)
        changed = self.apply(StateInput.CALM, now)
        if self.state is NetworkState.RECOVERING and now - self.since >= CALM_FOR:
            changed = self.apply(StateInput.SETTLED, now) or changed
        return changed
