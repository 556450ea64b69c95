"""IPv4 addresses, prefixes and interface names of scenario files: checked, and as text of one form. Pure."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, IPv4Network, NetmaskValueError

MAX_INTERFACE_NAME = 15
"""The largest length of the name of an interface in Linux."""
_INTERFACE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_NUMBERED = re.compile(r"(\D*)(\d*)(.*)")


def address(text: str) -> str:
    """Return an IPv4 address. Raises ValueError."""
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        raise ValueError(f"{text!r} is no IPv4 address; write one such as 10.0.0.1") from None


def interface_address(text: str) -> str:
    """Return an IPv4 address with the length of its prefix. Raises ValueError."""
    try:
        if "/" in text:
            return IPv4Interface(text).with_prefixlen
    except (AddressValueError, NetmaskValueError):
        pass
    raise ValueError(f"{text!r} is no IPv4 address with a prefix length; write one such as 10.0.0.1/24")


def prefix(text: str) -> str:
    """Return an IPv4 prefix. Raises ValueError."""
    try:
        if "/" in text:
            return IPv4Network(text).with_prefixlen
    except (AddressValueError, NetmaskValueError, ValueError):
        pass
    raise ValueError(f"{text!r} is no IPv4 prefix; write one such as 10.0.0.0/24, without bits of hosts")


def interface_name(text: str) -> str:
    """Raises ValueError."""
    if len(text) > MAX_INTERFACE_NAME or not _INTERFACE.fullmatch(text):
        raise ValueError(
            f"{text!r} is no name of an interface; write up to {MAX_INTERFACE_NAME} letters, digits, '.', '_' and '-'"
        )
    return text


def network_of(interface: str) -> str:
    """Return the prefix in which an interface address such as `10.0.0.1/24` is."""
    return str(IPv4Interface(interface).network)


def host_of(interface: str) -> str:
    """Return the address without the length of the prefix."""
    return interface.partition("/")[0]


def contains(outer: str, inner: str) -> bool:
    """Whether a prefix contains an address or another prefix."""
    return IPv4Network(inner, strict=False).subnet_of(IPv4Network(outer))


def interface_order(name: str) -> tuple[str, int, str]:
    """A key that sorts eth2 before eth10."""
    letters, digits, rest = _NUMBERED.fullmatch(name).groups()  # type: ignore[union-attr]
    return letters, int(digits or -1), rest
