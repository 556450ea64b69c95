"""Recipes for an interface: up, down and up again, its addresses, its MTU. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from network.devices.actions.live import UNICAST, LiveRoute
from network.devices.actions.plans import PlanStep, Words
from network.devices.actions.playbooks.management import refuse_management_interface
from network.devices.actions.request import ActionRequest, Made, first_refusal
from network.devices.evidence.normal.facts import ALSO
from network.devices.evidence.normal.leases import BY_DHCP
from network.devices.evidence.snapshot import joined, parts
from network.port import Refusal

PAUSE = "1"
"""Seconds between down and up: the neighbour notices the loss of the carrier."""
UP = "up"
UNREACHED = frozenset({"blackhole", "unreachable", "prohibit", "throw"})
IPV6 = "ipv6 "
"""Stands before the default route of IPv6, which has no address that would show its family."""


def enable_interface(request: ActionRequest) -> Made:
    """Bring the interface up, and put back what it lost when it went down: routes, IPv6 addresses, neighbours."""
    name = request.interface
    refusal = first_refusal((_refuse_target(request), request.unknown(joined("route"), joined("neighbour"))))
    if refusal:
        return refusal
    if request.found(_admin(name)) == UP:
        return request.refuse("the interface is up already")
    lost = [*_lost_addresses(request), *_lost_neighbours(request), *_lost_routes(request)]
    steps = (
        PlanStep(("ip", "link", "set", "dev", name, "up"), undo=(("ip", "link", "set", "dev", name, "down"),)),
        *(PlanStep(words) for words in lost),
    )
    return request.plan(steps, f"{name}: down -> up{_also(lost)}")


def reset_interface(request: ActionRequest) -> Made:
    """Take the interface down and up again, and put back what that removes."""
    name = request.interface
    if refusal := first_refusal((_refuse_target(request), request.unknown("neighbour"))):
        return refusal
    if request.found(_admin(name)) != UP:
        return request.refuse("the interface is down; enable it instead")
    if request.live.routes is None:
        return request.refuse("its routes could not be read, so they could not be put back; read the device again")
    back = [*_kept_addresses(request), *_kept_neighbours(request), *(route_words(route) for route in _own(request))]
    up: Words = ("ip", "link", "set", "dev", name, "up")
    steps = (
        PlanStep(("ip", "link", "set", "dev", name, "down"), undo=(up, *back)),
        PlanStep(("sleep", PAUSE)),
        PlanStep(up),
        *(PlanStep(words) for words in back),
    )
    return request.plan(steps, f"{name}: down for {PAUSE} s, then up{_also(back)}", f"{name} is down for {PAUSE} s")


def restore_mtu(request: ActionRequest) -> Made:
    name = request.interface
    if refusal := _refuse_target(request):
        return refusal
    path = joined("link", name, "mtu")
    found, approved = request.found(path), request.approved(path)
    if found is None or approved is None:
        return request.refuse("its MTU, or the approved one, is not known; read the device again")
    if found == approved:
        return request.refuse(f"its MTU {found} is the approved one")
    if not (found.isdecimal() and approved.isdecimal()):
        return request.refuse(f"{approved!r} is no MTU; approve the state of the device again")
    base: Words = ("ip", "link", "set", "dev", name, "mtu")
    return request.plan((PlanStep((*base, approved), undo=((*base, found),)),), f"{name}: mtu {found} -> {approved}")


def restore_address(request: ActionRequest) -> Made:
    """Remove the addresses that nobody approved, add those that are missing, and put routes and neighbours back.

    With the last address of an interface its routes and its permanent neighbours go.
    """
    name = request.interface
    if refusal := first_refusal(
        (_refuse_target(request), request.unknown(joined("address", name), "route", "neighbour"))
    ):
        return refusal
    if request.live.routes is None:
        return request.refuse("its routes could not be read, so they could not be put back; read the device again")
    wrong, right = [], []
    for difference in request.wanted(joined("address", name)):
        address = parts(difference.path, 3)[2]
        if difference.approved is None:
            wrong.append((address, difference.found or ""))
        else:
            right.append((address, difference.approved))
            if difference.found is not None:
                wrong.append((address, difference.found))
    if not wrong and not right:
        return request.refuse("its addresses are the approved ones")
    own = [*(route_words(route) for route in _own(request)), *_kept_neighbours(request)]
    lost = [words for words in (*_lost_routes(request), *_lost_neighbours(request)) if words not in own]
    steps = [PlanStep(_address("delete", name, each), undo=(_address("replace", name, each),)) for each in wrong]
    if steps:  # undone last, when all addresses are back
        steps[0] = replace(steps[0], undo=(*steps[0].undo, *own))
    steps += [PlanStep(_address("replace", name, each), undo=(_address("delete", name, each),)) for each in right]
    steps += [PlanStep(("nms_try", *words)) for words in own] + [PlanStep(words) for words in lost]
    diff = f"{name}: {', '.join(each for each, _ in wrong) or 'no address'} -> {', '.join(each for each, _ in right)}"
    return request.plan(tuple(steps), diff, f"traffic to the addresses of {name} stops for a moment")


def route_words(route: LiveRoute, verb: str = "replace") -> Words:
    first = 1 if route.kind == UNICAST else 2  # the table comes before the hops, if there are several
    return ("ip", route.family, "route", verb, *route.tokens[:first], "table", route.table, *route.tokens[first:])


def approved_route_words(path: str, value: str) -> Words | None:
    """Return the words that set a route of the approved state; None if a lease sets it, or its form is not known."""
    _, table, key = parts(path, 3)
    tokens = value.split()
    if not key or value.startswith(BY_DHCP) or ALSO in value:
        return None
    kind = (tokens.pop(0),) if tokens[:1] and tokens[0] in UNREACHED else ()
    if not kind and not {"via", "dev", "nexthop"} & set(tokens):
        return None
    family = "-6" if ":" in key or key.startswith(IPV6) or any(":" in token for token in tokens) else "-4"
    return ("ip", family, "route", "replace", *kind, *key.removeprefix(IPV6).split(), "table", table, *tokens)


def _admin(name: str) -> str:
    return joined("link", name, "admin")


def _refuse_target(request: ActionRequest) -> Refusal | None:
    name = request.interface
    if not name:
        return request.refuse(f"it is no interface of {request.device}")
    if refusal := request.unknown(joined("link", name, "admin")):
        return refusal
    if request.found(_admin(name)) is None:
        return request.refuse("the device has no such interface; see whether it was moved or unplugged")
    return refuse_management_interface(request)


def _own(request: ActionRequest) -> list[LiveRoute]:
    """Return the routes through the interface that do not come back by themselves, gateways after their networks."""
    own = [each for each in request.live.routes or () if each.is_set and each.detail("dev") == request.interface]
    return sorted(own, key=lambda route: bool(route.detail("via")))


def _lost_routes(request: ActionRequest) -> list[Words]:
    words = []
    for difference in request.differing("route"):
        tokens = (difference.approved or "").split()
        if difference.found is None and request.interface in tokens:
            words.append(approved_route_words(difference.path, difference.approved or ""))
    return sorted((each for each in words if each is not None), key=lambda each: "via" in each)


def _lost_addresses(request: ActionRequest) -> list[Words]:
    """Only IPv6 addresses are lost with the link."""
    below = request.differing(joined("address", request.interface))
    gone = [(parts(each.path, 3)[2], each.approved or "") for each in below if each.found is None]
    return [_address("replace", request.interface, each) for each in gone if ":" in each[0]]


def _kept_addresses(request: ActionRequest) -> list[Words]:
    below = request.facts_below(joined("address", request.interface))
    kept = [(parts(path, 3)[2], value) for path, value in below.items()]
    return [_address("replace", request.interface, each) for each in kept if ":" in each[0]]


def _lost_neighbours(request: ActionRequest) -> list[Words]:
    below = request.differing(joined("neighbour", request.interface))
    return _neighbours(request, ((each.path, each.approved or "") for each in below if each.found is None))


def _kept_neighbours(request: ActionRequest) -> list[Words]:
    return _neighbours(request, request.facts_below(joined("neighbour", request.interface)).items())


def _neighbours(request: ActionRequest, each: Iterable[tuple[str, str]]) -> list[Words]:
    head: Words = ("ip", "neigh", "replace")
    return [
        (*head, parts(path, 3)[2], "lladdr", value, "dev", request.interface, "nud", "permanent")
        for path, value in each
        if value
    ]


def _address(verb: str, name: str, address: tuple[str, str]) -> Words:
    """`address`: with its scope. An IPv6 address is usable at once only without the search for duplicates."""
    text, scope = address
    words: Words = ("ip", "address", verb, text, "dev", name)
    if verb == "delete":
        return words
    return (*words, "nodad") if ":" in text else (*words, *(("scope", scope) if scope else ()))


def _also(words: list[Words]) -> str:
    return f", and {len(words)} routes, addresses or neighbours put back" if words else ""
