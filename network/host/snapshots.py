"""The stored state of a network: a snapshot, and the moment at which it was taken.

The time for which no process hosted the network is measured by the time since boot if the machine has not rebooted,
otherwise by the wall clock.
"""

from __future__ import annotations

import msgspec

from shared.domain.errors import MessageError

LONGEST_LEAP = 3600.0  # the network advances by at most so many seconds for the time without a process


class MachineMoment(msgspec.Struct, frozen=True):
    """A moment: the wall time and, if the machine has a boot id, the seconds since boot, sleep included (`up`)."""

    wall: float
    boot: str = ""  # the boot id of the machine
    up: float = 0.0

    def before(self, seconds: float) -> MachineMoment:
        return MachineMoment(self.wall - seconds, self.boot, self.up - seconds)


class Snapshot(msgspec.Struct, frozen=True):
    stored: float
    by: str
    number: int
    tick: int
    at: str
    snapshot: bytes
    boot: str = ""  # `boot` and `up` are missing in snapshots of early releases
    up: float = 0.0


def decode_snapshot(data: bytes) -> Snapshot:
    """Raises MessageError if the data is invalid."""
    try:
        return msgspec.json.decode(data, type=Snapshot)
    except msgspec.MsgspecError as error:
        raise MessageError(f"KV network does not hold a network's state: {error}; start with --fresh") from None


def encode_snapshot(snapshot: Snapshot) -> bytes:
    return msgspec.json.encode(snapshot)


def seconds_since(snapshot: Snapshot, now: MachineMoment) -> float:
    """Return the seconds since a snapshot. After a reboot, they are negative if the wall clock was set back."""
    if snapshot.boot and snapshot.boot == now.boot:
        return now.up - snapshot.up
    return now.wall - snapshot.stored


def intervals_missed(seconds: float, speed: float, interval: float) -> int:
    """`seconds`: of wall time, of which at most `LONGEST_LEAP` count."""
    return int(min(max(0.0, seconds), LONGEST_LEAP) * speed / interval)
