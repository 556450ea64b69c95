"""What the host stores of a network: a snapshot names the moment at which it was true.

How long the network was away is told by a clock that nobody sets, where the machine has not been started anew since.
"""

from __future__ import annotations

import msgspec

from shared.domain.errors import MessageError

LONGEST_LEAP = 3600.0  # seconds: a network that nobody looked at for longer lived on only for so long


class MachineMoment(msgspec.Struct, frozen=True):
    """A moment by the wall clock and, where the machine tells, by its time since a boot, sleep included."""

    wall: float
    boot: str = ""  # which boot of which machine
    up: float = 0.0

    def before(self, seconds: float) -> MachineMoment:
        """Return the moment so many seconds earlier."""
        return MachineMoment(self.wall - seconds, self.boot, self.up - seconds)


class Snapshot(msgspec.Struct, frozen=True):
    """What is stored in KV `network`: the state that the driver gave, by whom, and the moment at which it was taken."""

    stored: float
    by: str
    number: int
    tick: int
    at: str
    snapshot: bytes
    boot: str = ""  # this and `up` are not in what was kept by releases before
    up: float = 0.0


def decode_snapshot(data: bytes) -> Snapshot:
    """Return what was kept. Raises MessageError."""
    try:
        return msgspec.json.decode(data, type=Snapshot)
    except msgspec.MsgspecError as error:
        raise MessageError(f"KV network does not hold a network's state: {error}; start with --fresh") from None


def encode_snapshot(kept: Snapshot) -> bytes:
    """Return what is to be kept as JSON."""
    return msgspec.json.encode(kept)


def seconds_since(kept: Snapshot, now: MachineMoment) -> float:
    """Return the seconds since a snapshot; below zero where there is only a wall clock, and that was set back."""
    if kept.boot and kept.boot == now.boot:
        return now.up - kept.up
    return now.wall - kept.stored


def intervals_missed(seconds: float, speed: float, interval: float) -> int:
    """Return how many intervals pass in so many seconds; never fewer than none, never more than in the longest leap."""
    return int(min(max(0.0, seconds), LONGEST_LEAP) * speed / interval)
