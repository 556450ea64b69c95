"""Edits of the files of services: a zone of DNS, the subnets of a DHCP server. Pure.

Each returns the new text, or None if the text has nothing to edit. All other bytes stay.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network

_SERIAL = re.compile(r"(\bSOA\s+\S+\s+\S+\s+\(?\s*)(\d+)")
_SUBNET = re.compile(r"^[ \t]*subnet\s+(\S+)\s+netmask\s+(\S+)\s*\{[^{}]*\}[ \t]*\n?", re.MULTILINE)


def records_of(zone: str) -> dict[str, str]:
    """Return the address of each name of a zone, the name as it is written."""
    return {found[1]: found[2] for found in re.finditer(r"^(\S+)\s+(?:\d+\s+)?IN\s+A\s+(\S+)", zone, re.MULTILINE)}


def with_record(zone: str, name: str, address: str) -> str | None:
    """Give a name another address, and the zone the next serial number."""
    record = re.compile(rf"^({re.escape(name)}\s+(?:\d+\s+)?IN\s+A\s+)\S+", re.MULTILINE)
    if not record.search(zone):
        return None
    edited = record.sub(lambda found: found[1] + address, zone, count=1)
    return _SERIAL.sub(lambda found: f"{found[1]}{int(found[2]) + 1}", edited, count=1)


def subnets_of(text: str) -> list[IPv4Network]:
    """Return the subnets of a DHCP server that have addresses to give out."""
    found = _SUBNET.finditer(text)
    return [IPv4Network(f"{each[1]}/{each[2]}") for each in found if re.search(r"\brange\b", each[0])]


def without_subnet(text: str, subnet: IPv4Network, own: bool = False) -> str | None:
    """Remove a subnet. `own`: the server is in it, and would not start: then the subnet only gives out nothing."""
    block = _subnet(text, subnet)
    if block is None:
        return None
    kept = f"{block[0].partition('{')[0].rstrip()} {{\n}}\n" if own else ""
    return text[: block.start()] + kept + text[block.end() :]


def with_option(text: str, subnet: IPv4Network, option: str, value: str) -> str | None:
    """Set an option of a subnet, such as `routers`; an option that is not there is added."""
    block = _subnet(text, subnet)
    if block is None:
        return None
    line = re.compile(rf"(\boption\s+{re.escape(option)}\s+)[^;]+;")
    inside = line.sub(lambda found: f"{found[1]}{value};", block[0], count=1)
    if inside == block[0] and not line.search(inside):
        at = block[0].rindex("}")
        inside = f"{block[0][:at]}    option {option} {value};\n{block[0][at:]}"
    return text[: block.start()] + inside + text[block.end() :]


def _subnet(text: str, subnet: IPv4Network) -> re.Match[str] | None:
    found = _SUBNET.finditer(text)
    return next((each for each in found if IPv4Network(f"{each[1]}/{each[2]}") == subnet), None)
