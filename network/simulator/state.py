"""What a simulated network remembers beside its faults, as it is written down and read back."""

from __future__ import annotations

import msgspec

from network.simulator.conditions import Trace
from network.simulator.poller import LateRow
from shared.domain.errors import MessageError
from shared.domain.events import Execute, Executed
from shared.domain.kinds import ActionKind
from shared.domain.vocabulary import name_from_text, name_to_text


class Running(msgspec.Struct, frozen=True):
    """An action, or its undoing, that is being carried out."""

    action_id: str
    incident_id: str
    kind: ActionKind
    target: str
    fence: int
    revert: bool
    begins: float
    ends: float

    @property
    def key(self) -> tuple[str, bool]:
        """What makes two commands the same."""
        return (self.action_id, self.revert)

    @property
    def trace(self) -> Trace:
        """What is felt of it while it runs."""
        return Trace(self.action_id, self.kind, self.target, self.begins, self.ends, not self.revert)


class Done(msgspec.Struct, frozen=True, array_like=True):
    """What became of a command."""

    action_id: str
    incident_id: str
    fence: int
    revert: bool
    ran: bool
    took_effect: float | None
    reason: str

    @property
    def key(self) -> tuple[str, bool]:
        """What makes two commands the same."""
        return (self.action_id, self.revert)

    def executed(self, fence: int) -> Executed:
        """Return the answer to a command with this fence."""
        return Executed(
            action_id=self.action_id,
            incident_id=self.incident_id,
            fence=fence,
            revert=self.revert,
            ran=self.ran,
            took_effect=self.took_effect,
            reason=self.reason,
        )


def refused(command: Execute, reason: str) -> Done:
    """Return that a command was not carried out."""
    return Done(command.action_id, command.incident_id, command.fence, command.revert, False, None, reason)


class State(msgspec.Struct, frozen=True):
    """Everything but the faults.

    `told` and `closed` are the live and the ended faults that were reported as such, `owed` the commands whose end
    was not yet.
    """

    origin: float
    tick: int
    cost: dict[str, int]
    running: list[Running]
    traces: list[Trace]
    done: list[Done]
    owed: list[Done]
    told: list[str]
    closed: list[str]
    waiting: list[LateRow]


_encoder = msgspec.json.Encoder(enc_hook=name_to_text)
_decoder = msgspec.json.Decoder(State, dec_hook=name_from_text)


def encode_state(state: State) -> bytes:
    """Return the state as JSON."""
    return _encoder.encode(state)


def decode_state(data: bytes) -> State:
    """Return the state. Raises MessageError."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise MessageError(f"not a state of a simulated network: {error}; start with --fresh") from None
