"""Takes an SNMP trap apart: versions 1 and 2c. Pure; safe against any input.

Rule: the community of a trap is not compared with anything. It travels in plain text, and a trap is only a hint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from network.devices.events.ber import IP_ADDRESS, BerItem, BerValue, NotBer, inside, items
from network.devices.events.event import EventKind, Hint

MAX_TRAP = 16 * 1024
VERSIONS = {0: "1", 1: "2c", 3: "3"}
TRAP_V1, INFORM, TRAP_V2 = 0xA4, 0xA6, 0xA7
TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"
STANDARD = "1.3.6.1.6.3.1.1.5"
ENTERPRISE_SPECIFIC = 6
COLD_START, WARM_START = f"{STANDARD}.1", f"{STANDARD}.2"
LINK_DOWN, LINK_UP, AUTHENTICATION = f"{STANDARD}.3", f"{STANDARD}.4", f"{STANDARD}.5"
IF_INDEX, IF_DESCR, IF_NAME = "1.3.6.1.2.1.2.2.1.1.", "1.3.6.1.2.1.2.2.1.2.", "1.3.6.1.2.1.31.1.1.1.1."
OSPF_NEIGHBOUR, OSPF_STATE, OSPF_PEER = "1.3.6.1.2.1.14.16.2.2", "1.3.6.1.2.1.14.10.1.6.", "1.3.6.1.2.1.14.10.1.1."
OSPF_FULL = 8
BGP_UP, BGP_DOWN = ("1.3.6.1.2.1.15.7.1", "1.3.6.1.2.1.15.0.1"), ("1.3.6.1.2.1.15.7.2", "1.3.6.1.2.1.15.0.2")
BGP_STATE, BGP_ESTABLISHED = "1.3.6.1.2.1.15.3.1.2.", 6
ISIS_ADJACENCY, ISIS_STATE, ISIS_LSP = "1.3.6.1.2.1.138.0.17", "1.3.6.1.2.1.138.1.10.1.12.", "1.3.6.1.2.1.138.1.10.1.3."
ISIS_CIRCUIT = "1.3.6.1.2.1.138.1.10.1.2."
ISIS_UP = 3
SYSTEM_BYTES = 6
NAMES: Mapping[str, str] = {
    COLD_START: "coldStart", WARM_START: "warmStart", LINK_DOWN: "linkDown", LINK_UP: "linkUp",
    AUTHENTICATION: "authenticationFailure", OSPF_NEIGHBOUR: "ospfNbrStateChange",
    ISIS_ADJACENCY: "isisAdjacencyChange",
    "1.3.6.1.2.1.14.16.2.16": "ospfIfStateChange", "1.3.6.1.4.1.8072.4.0.2": "nsNotifyShutdown",
    "1.3.6.1.4.1.8072.4.0.3": "nsNotifyRestart",
    **dict.fromkeys(BGP_UP, "bgpEstablished"), **dict.fromkeys(BGP_DOWN, "bgpBackwardTransition"),
}  # fmt: skip


class UnsupportedTrap(Exception):
    """A trap of version 3."""


@dataclass(frozen=True)
class TrapMessage:
    """`kind`: its object identifier. `variables`: by object identifier."""

    version: str
    kind: str
    variables: Mapping[str, BerValue]

    @property
    def name(self) -> str:
        return NAMES.get(self.kind, self.kind)

    @property
    def text(self) -> str:
        values = " ".join(f"{oid}={_shown(value)}" for oid, value in list(self.variables.items())[2:10])
        return f"{self.name} {values}"

    def under(self, column: str) -> tuple[str, BerValue] | None:
        """Return the row and the value of the first variable of a column."""
        for oid, value in self.variables.items():
            if oid.startswith(column):
                return oid.removeprefix(column), value
        return None


def trap_message(data: bytes) -> TrapMessage:
    """Raises NotBer, or UnsupportedTrap."""
    if len(data) > MAX_TRAP:
        raise NotBer("too long")
    top = inside(next(items(data), BerItem(0, b"")))
    if len(top) < 3:
        raise NotBer("no message")
    version = VERSIONS.get(top[0].number())
    if version == "3":
        raise UnsupportedTrap
    if version is None:
        raise NotBer("no version")
    return _v1(top[2]) if version == "1" else _v2(top[2])


def _v2(pdu: BerItem) -> TrapMessage:
    if pdu.tag not in (TRAP_V2, INFORM):
        raise NotBer("no trap")
    parts = list(items(pdu.content))
    if len(parts) < 4:
        raise NotBer("cut off")
    variables = _variables(parts[3])
    kind = variables.get(TRAP_OID)
    if not isinstance(kind, str):
        raise NotBer("no kind")
    return TrapMessage("2c", kind, variables)


def _v1(pdu: BerItem) -> TrapMessage:
    """RFC 3584 has the object identifiers of traps of version 1."""
    parts = list(items(pdu.content)) if pdu.tag == TRAP_V1 else []
    if len(parts) < 6 or parts[1].tag != IP_ADDRESS:
        raise NotBer("no trap")
    enterprise, generic, specific = parts[0].object_id(), parts[2].number(), parts[3].number()
    kind = f"{enterprise}.0.{specific}" if generic == ENTERPRISE_SPECIFIC else f"{STANDARD}.{generic + 1}"
    return TrapMessage("1", kind, {"uptime": parts[4].value(), "kind": kind, **_variables(parts[5])})


def _variables(item: BerItem) -> dict[str, BerValue]:
    found: dict[str, BerValue] = {}
    for each in inside(item):
        pair = inside(each)
        if len(pair) != 2:
            raise NotBer("no variable")
        found[pair[0].object_id()] = pair[1].value()
    return found


def hint_of_trap(trap: TrapMessage, interface: Callable[[int], str]) -> Hint:
    """`interface`: returns the name of an ifIndex, or an empty text."""
    if trap.kind in (LINK_UP, LINK_DOWN):
        return Hint(EventKind.INTERFACE, _interface_name(trap, interface), trap.kind == LINK_UP)
    if trap.kind == OSPF_NEIGHBOUR and (state := trap.under(OSPF_STATE)):
        return Hint(EventKind.NEIGHBOUR, f"ospf/{'.'.join(state[0].split('.')[:4])}", state[1] == OSPF_FULL)
    if trap.kind in BGP_UP + BGP_DOWN:
        state = trap.under(BGP_STATE)
        return Hint(EventKind.NEIGHBOUR, f"bgp/{state[0] if state else ''}", _bgp_is_up(trap, state))
    if trap.kind == ISIS_ADJACENCY:
        lsp, state, circuit = trap.under(ISIS_LSP), trap.under(ISIS_STATE), trap.under(ISIS_CIRCUIT)
        port = interface(circuit[1]) if circuit and isinstance(circuit[1], int) else ""
        return Hint(
            EventKind.NEIGHBOUR, f"isis/{_system(lsp[1]) if lsp else ''}", bool(state and state[1] == ISIS_UP), port
        )
    if trap.kind in (COLD_START, WARM_START) or trap.name in ("nsNotifyRestart", "nsNotifyShutdown"):
        return Hint(EventKind.DAEMON, "snmpd", trap.name != "nsNotifyShutdown")
    return Hint(EventKind.OTHER)


def _bgp_is_up(trap: TrapMessage, state: tuple[str, BerValue] | None) -> bool:
    """FRR numbers the two traps in another way than the MIB, so the state counts where it is there."""
    return state[1] == BGP_ESTABLISHED if state else trap.kind in BGP_UP


def _interface_name(trap: TrapMessage, interface: Callable[[int], str]) -> str:
    for column in (IF_NAME, IF_DESCR):
        if (found := trap.under(column)) and isinstance(found[1], bytes):
            return found[1].decode(errors="replace")
    found = trap.under(IF_INDEX)
    index = found[1] if found else None
    return interface(index) or f"ifIndex {index}" if isinstance(index, int) else ""


def _system(value: BerValue) -> str:
    digits = value[:SYSTEM_BYTES].hex() if isinstance(value, bytes) else ""
    return ".".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _shown(value: BerValue) -> str:
    if isinstance(value, bytes):
        return value.decode() if value.isascii() and value.decode().isprintable() else value.hex()
    return str(value)
