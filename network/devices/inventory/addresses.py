"""The addresses of a device, from the output of `ip -j addr`. Pure; a device can send anything."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_PORTS, MAX_ADDRESSES = 1024, 64
LOOPBACK = "lo"
IpInterface = ipaddress.IPv4Interface | ipaddress.IPv6Interface
IP_ADDRESSES = ("ip", "-j", "addr")
"""The program whose output `device_addresses` reads."""


@dataclass(frozen=True)
class DeviceAddresses:
    """By the name of the interface, without link-local addresses. `hardware`: MAC addresses, in lower case."""

    ports: Mapping[str, tuple[IpInterface, ...]] = field(default_factory=dict)
    hardware: Mapping[str, str] = field(default_factory=dict)


def device_addresses(output: str) -> DeviceAddresses | None:
    """Return None if this is no output of `ip -j addr`."""
    try:
        found = json.loads(output)
    except ValueError:
        return None
    if not isinstance(found, list):
        return None
    ports: dict[str, tuple[IpInterface, ...]] = {}
    hardware: dict[str, str] = {}
    for entry in found[:MAX_PORTS]:
        name = entry.get("ifname") if isinstance(entry, dict) else None
        if not isinstance(name, str) or name == LOOPBACK:
            continue
        given = entry.get("addr_info")
        parsed = [_address(each) for each in given[:MAX_ADDRESSES]] if isinstance(given, list) else []
        ports[name] = tuple(each for each in parsed if each is not None)
        if isinstance(mac := entry.get("address"), str):
            hardware[name] = mac.lower()
    return DeviceAddresses(ports, hardware)


def _address(entry: object) -> IpInterface | None:
    if not isinstance(entry, dict):
        return None
    try:
        found = ipaddress.ip_interface(f"{entry.get('local')}/{int(entry.get('prefixlen', -1))}")
    except (ValueError, TypeError):
        return None
    return None if found.is_link_local or found.is_loopback else found
