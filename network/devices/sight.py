"""What silence means: a device that is down, one that the manager cannot see, or a manager that sees nothing. Pure.

Rules
1. A device that answers in any way is not down. A transport that is lost on it is blindness, and never a fault of the
   network.
2. If no device answers in any way, and the gateway of the management network does not either, the manager is cut off.
3. A device that answers nothing is down only if its neighbours do not see it either. While a neighbour sees it, the
   manager is blind for it. If nobody can say, it is unknown, and that is blindness.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from network.devices.console import NoAnswer, Trouble


class Transport(StrEnum):
    SNMP = "SNMP"
    SSH = "SSH"
    PING = "ping"


class Sight(StrEnum):
    """What the manager can see of a device."""

    CLEAR = "clear"
    PARTLY_BLIND = "partly_blind"
    """The device answers, and a transport that the inventory states is lost."""
    BLIND = "blind"
    """The device answers nothing, and a neighbour sees it, or nobody can say."""
    DOWN = "down"
    """The device answers nothing, and its neighbours do not see it."""
    CUT_OFF = "cut_off"
    """The manager itself is cut off, so it cannot say anything of the device."""


@dataclass(frozen=True)
class DeviceSignals:
    """What came back from a device in the last interval.

    `snmp`, `ssh`: True if it answered, NoAnswer if not, None if it was not asked. `ping`: None if it was not asked.
    `seen`: whether a neighbour sees it, by an adjacency or a ping; None if no neighbour can say.
    """

    snmp: bool | NoAnswer | None = None
    ssh: bool | NoAnswer | None = None
    ping: bool | None = None
    seen: bool | None = None

    @property
    def answers(self) -> bool:
        """Also a refusal is an answer of the device."""
        return self.ping is True or any(_came_back(each) for each in (self.snmp, self.ssh))

    @property
    def was_asked(self) -> bool:
        return any(each is not None for each in (self.snmp, self.ssh, self.ping))

    def lost(self) -> dict[Transport, NoAnswer]:
        by_transport = {Transport.SNMP: self.snmp, Transport.SSH: self.ssh}
        return {transport: each for transport, each in by_transport.items() if isinstance(each, NoAnswer)}


@dataclass(frozen=True)
class DeviceSight:
    """`sentence`: for the operator; empty if all is clear."""

    sight: Sight
    sentence: str = ""

    @property
    def reachable(self) -> bool | None:
        """What the metric `reachable` is; None: its sample is missing."""
        if self.sight is Sight.DOWN:
            return False
        return True if self.sight in (Sight.CLEAR, Sight.PARTLY_BLIND) else None


@dataclass(frozen=True)
class ManagerSight:
    """`cut_off`: the manager sees no device and no gateway. `sentence`: for the operator; empty if all is clear."""

    cut_off: bool
    sentence: str
    devices: Mapping[str, DeviceSight]


ANSWERING = frozenset({Trouble.REFUSED, Trouble.HOST_KEY, Trouble.GARBAGE})
"""Troubles in which something at the address of the device answered for certain."""


def sight_of(signals: Mapping[str, DeviceSignals], gateway: bool | None) -> ManagerSight:
    """`gateway`: whether the gateway of the management network answers; None: the inventory states none."""
    asked = {name: each for name, each in signals.items() if each.was_asked}
    nothing = bool(asked) and not any(each.answers for each in asked.values())
    cut_off = nothing and gateway is not True and (gateway is False or len(asked) > 1)
    if cut_off:
        what = "its gateway does not either" if gateway is False else "the inventory states no gateway to compare with"
        sentence = (
            f"none of {len(asked)} devices answers and {what}: the manager is cut off; check its uplink. "
            "This says nothing about the network"
        )
        return ManagerSight(True, sentence, {name: DeviceSight(Sight.CUT_OFF, sentence) for name in signals})
    return ManagerSight(False, "", {name: _of_device(name, each) for name, each in signals.items()})


def _of_device(name: str, signals: DeviceSignals) -> DeviceSight:
    lost = signals.lost()
    if signals.answers:
        if not lost:
            return DeviceSight(Sight.CLEAR)
        reasons = "; ".join(f"{transport} is lost: {why.reason}" for transport, why in lost.items())
        return DeviceSight(Sight.PARTLY_BLIND, f"{name} runs, but {reasons}")
    if not signals.was_asked:
        return DeviceSight(Sight.BLIND, f"{name} was not asked yet")
    if signals.seen is False:
        return DeviceSight(Sight.DOWN, f"{name} answers nothing, and no neighbour sees it: it is down")
    if signals.seen:
        why = "its neighbours see it: its management interface or the way to it is lost"
        return DeviceSight(Sight.BLIND, f"{name} answers nothing, but {why}; the network is not affected by that")
    why = "no neighbour can say whether it runs; look at it, or at the way to its management address"
    return DeviceSight(Sight.BLIND, f"{name} answers nothing, and {why}")


def _came_back(answer: bool | NoAnswer | None) -> bool:
    if isinstance(answer, NoAnswer):
        return answer.trouble in ANSWERING
    return answer is True
