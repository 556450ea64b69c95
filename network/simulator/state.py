"""The stored state of a simulated network, without its faults."""

from __future__ import annotations

import msgspec

from network.simulator.conditions import SideEffect
from network.simulator.poller import LateRow
from shared.domain.errors import MessageError
from shared.domain.kinds import ActionKind
from shared.domain.telemetry import TICK_SECONDS
from shared.domain.vocabulary import name_from_text, name_to_text


class Running(msgspec.Struct, frozen=True):
    action_id: str
    kind: ActionKind
    target: str
    revert: bool
    begins: float
    ends: float

    @property
    def effect(self) -> SideEffect:
        return SideEffect(self.action_id, self.kind, self.target, self.begins, self.ends, not self.revert)


class State(msgspec.Struct, frozen=True):
    origin: float
    tick: int
    cost: dict[str, int]
    running: list[Running]
    traces: list[SideEffect]
    waiting: list[LateRow]
    interval: float = TICK_SECONDS
    down: list[str] = []
    """The links that were down at the last sample."""


_encoder = msgspec.json.Encoder(enc_hook=name_to_text)
_decoder = msgspec.json.Decoder(State, dec_hook=name_from_text)


def encode_state(state: State) -> bytes:
    return _encoder.encode(state)


def decode_state(data: bytes) -> State:
    """Raises MessageError if the data is invalid."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise MessageError(f"not a state of a simulated network: {error}; start with --fresh") from None
