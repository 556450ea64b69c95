"""Parses host names: the name in the `Host` header of a request, and the names that a setting permits there. Pure.

Rules: equivalent names are normalised to one spelling: capitals, a final dot, non-ASCII letters, the notations of an
IPv6 address. A valid port is ignored, since only the name has to match. Anything more is invalid, as in `user@host`.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

ANY_HOST = "*"
MAX_HOST = 253
LARGEST_PORT = 65_535
HEADER = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{0,5}))?")
BRACKETS = re.compile(r"(?P<host>\[.*\])(?::(?P<port>.*))?")
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
READ_TWO_WAYS = frozenset("\u00df\u03c2\u200c\u200d")
"""Letters that Python and browsers convert to ASCII in different ways."""


def host_of(header: str) -> str | None:
    """None if the header is invalid."""
    found = HEADER.fullmatch(header)
    if found is None or not _is_port(found["port"]):
        return None
    host = found["host"]
    return _address(host[1:-1], IPv6Address) if host.startswith("[") else _name(host)


def parse_hosts(text: str) -> frozenset[str]:
    """Raises ValueError with the remedy."""
    return frozenset(_entry(entry) for each in text.split(",") if (entry := each.strip()))


def canonical(host: str) -> str | None:
    """Return the normal form of an address or a name, both without a port; None if it is invalid."""
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    return _address(bare, IPv6Address) if ":" in bare else _name(bare)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself: a loopback address, or `localhost`. Other names are not resolved."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _entry(entry: str) -> str:
    if entry == ANY_HOST:
        return entry
    if "://" in entry or "/" in entry:
        raise ValueError(f"{entry!r} is a URL or a path: write the name alone, as in nms.example.org")
    if "@" in entry:
        raise ValueError(f"{entry!r} has a user in it: write what follows the @")
    if ANY_HOST in entry:
        raise ValueError(f"{entry!r}: name each host, or write {ANY_HOST} alone for any")
    if any(char.isspace() or char == ";" for char in entry):
        raise ValueError(f"{entry!r} is not one name: put commas between names")
    if READ_TWO_WAYS & set(entry):
        raise ValueError(f"{entry!r} can be written in ASCII in two ways: write it as the browser does, with xn--")
    host, port = _split(entry)
    name = canonical(host)
    if name is None:
        raise ValueError(f"{entry!r} is neither a name nor an address: write it as in nms.example.org or [2001:db8::1]")
    if not _is_port(port) or port == "":
        raise ValueError(f"{entry!r}: a port is a number from 1 to {LARGEST_PORT}, and may be left out")
    return name


def _split(entry: str) -> tuple[str, str | None]:
    if found := BRACKETS.fullmatch(entry):
        return found["host"], found["port"]
    if entry.count(":") > 1:
        return entry, None
    host, colon, port = entry.partition(":")
    return host, port if colon else None


def _is_port(port: str | None) -> bool:
    return not port or (port.isascii() and port.isdecimal() and 1 <= int(port) <= LARGEST_PORT)


def _address(text: str, kind: type[IPv4Address] | type[IPv6Address]) -> str | None:
    try:
        return str(kind(text)) if "%" not in text else None
    except ValueError:
        return None


def _name(text: str) -> str | None:
    try:
        name = text.removesuffix(".").encode("idna").decode().lower()
    except UnicodeError:  # too long, an empty label, or letters that no name has
        return None
    labels = name.split(".")
    if len(name) > MAX_HOST or not all(LABEL.fullmatch(label) for label in labels):
        return None
    return _address(name, IPv4Address) if NUMBER.fullmatch(labels[-1]) else name
