"""Gives packets real checksums and real sizes, and sets sysctls: what is done inside the namespace of a node.

Why: the kernel hands a packet from one end of a pair to the other without a checksum, and in pieces of up to 64 KiB.
Then a program gets data that a faulty cable changed, where a device would drop the packet.
"""

from __future__ import annotations

import array
import fcntl
import socket
import struct

from network.lab.building.birth import sysctl_file
from network.lab.building.layout import MANAGEMENT
from network.lab.building.linux import ProcessId, in_network
from network.lab.errors import LabError
from network.lab.plan import LabNode

SIOCETHTOOL = 0x8946
SEND_CHECKSUMS, SEND_SEGMENTS, SEND_LATE_SEGMENTS = 0x17, 0x1F, 0x24
"""ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO."""
NETWORK_KEYS = "net"


def prepare_network(node: LabNode, first: ProcessId) -> None:
    """Raises LabError."""
    outside = [key for key in node.sysctls if not key.startswith((f"{NETWORK_KEYS}.", f"{NETWORK_KEYS}/"))]
    if outside:
        raise LabError(
            f"{node.name}: {outside[0]} belongs to the whole machine: a plan sets keys of {NETWORK_KEYS} only"
        )

    def work() -> None:
        for interface in node.interfaces:
            _without_offload(interface.name)
        for key, value in node.sysctls.items():
            _set(node.name, key, value)
        set_apart(MANAGEMENT)  # last: net.ipv4.ip_forward sets all interfaces

    in_network(first.namespace("net"), work)


def set_apart(interface: str) -> None:
    """Forward nothing that arrives at an interface of the management network. Raises LabError."""
    _set(interface, f"net/ipv4/conf/{interface}/forwarding", "0")
    if sysctl_file(f"net/ipv6/conf/{interface}").exists():
        _set(interface, f"net/ipv6/conf/{interface}/disable_ipv6", "1")


def _set(node: str, key: str, value: str) -> None:
    try:
        sysctl_file(key).write_text(value)
    except OSError as error:
        raise LabError(f"{node}: the kernel refuses {key} = {value} ({error.strerror}): correct the plan") from error


def _without_offload(interface: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for command in (SEND_CHECKSUMS, SEND_SEGMENTS, SEND_LATE_SEGMENTS):
            value = array.array("B", struct.pack("II", command, 0))
            request = struct.pack("16sP16x", interface.encode(), value.buffer_info()[0])
            fcntl.ioctl(asked, SIOCETHTOOL, request)
