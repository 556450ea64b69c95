"""What no action touches: the interface and the route through which the device itself is managed. Pure."""

from __future__ import annotations

import ipaddress

from network.devices.actions.request import ActionRequest
from network.devices.evidence.snapshot import joined, parts
from network.port import Refusal

_Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


def management_interfaces(request: ActionRequest) -> frozenset[str]:
    return frozenset(name for name, address in _addresses(request) if str(address.ip) == request.care.management)


def refuse_management_interface(request: ActionRequest) -> Refusal | None:
    """Refuse if the target is, or may be, the interface through which the device is managed."""
    if refusal := request.unknown("address"):
        return refusal
    if request.interface in management_interfaces(request):
        return request.refuse(f"it has the address {request.care.management}, by which the device is managed")
    if not request.care.management:
        return request.refuse("the inventory has no management address, so nothing shows which interface is safe")
    if not management_interfaces(request):
        return request.refuse(
            f"no interface has the management address {request.care.management}, so none is known to be safe"
        )
    return None


def refuse_management_route(request: ActionRequest, destination: str) -> Refusal | None:
    """Refuse if the answers to the manager may take the route to `destination`, a prefix or `default`."""
    care = request.care
    if refusal := request.unknown("address", "route"):
        return refusal
    if not care.manager:
        return request.refuse("the address of the manager is not known, so its route cannot be kept out of this")
    manager = ipaddress.ip_address(care.manager)
    if any(manager in address.network for name, address in _addresses(request) if address.network.prefixlen):
        return None
    covering = _covering_prefixes(request, manager)
    wanted = _prefix(destination, manager.version)
    if wanted is None or manager not in wanted or any(each.prefixlen > wanted.prefixlen for each in covering):
        return None
    return request.refuse(f"the answers to the manager at {care.manager} may take this route")


def _covering_prefixes(
    request: ActionRequest, manager: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    found = []
    for path in request.facts_below(joined("route", "main")):
        prefix = _prefix(parts(path, 3)[2].split(" ")[0], manager.version)
        if prefix is not None and manager in prefix:
            found.append(prefix)
    return found


def _prefix(text: str, version: int) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    if text == "default":
        text = "0.0.0.0/0" if version == 4 else "::/0"
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _addresses(request: ActionRequest) -> list[tuple[str, _Interface]]:
    found = []
    for path in request.facts_below("address"):
        _, name, address = parts(path, 3)
        try:
            found.append((name, ipaddress.ip_interface(address)))
        except ValueError:
            continue
    return found
