"""The kinds of fields of a scenario file: each has one form that is safe inside a configuration file. Pure.

Rule: a text of a scenario file gets into a configuration file only through one of these kinds. None of them can hold a
line break, a quote, or a character that begins a comment or a block there.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from network.lab.scenarios import addressing

MAX_NAME = 63
"""The largest length of a node's name: it becomes a host name."""
MAX_LINE = 200
MAX_OSPF_COST, MAX_METRIC = 65_535, 16_777_214
"""The largest metric of OSPF, and of IS-IS with wide metrics."""
MAX_ASN = 4_294_967_295
DAEMONS = frozenset({"zebra", "staticd", "ospfd", "isisd", "bgpd", "bfdd", "mgmtd"})
"""The daemons of FRR whose configuration a plan can have, and those that need none."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?")
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")
_LINE = re.compile(r"[A-Za-z0-9 ._:/+-]+")
_NET = re.compile(r"[0-9a-fA-F]{2}(?:\.[0-9a-fA-F]{4}){2,8}\.00")
_DOMAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*")


def _matching(pattern: re.Pattern[str], text: str, meaning: str, longest: int = MAX_NAME) -> str:
    if len(text) > longest or not pattern.fullmatch(text):
        raise ValueError(f"{text[:MAX_LINE]!r} is no {meaning}")
    return text


def _name(text: str) -> str:
    name = _matching(_NAME, text, "name of a node; write up to 63 letters, digits, '-', '_' and '.'")
    if "--" in name:
        raise ValueError(f"{name!r} contains '--', which is kept for links; rename the node")
    return name


def _tag(text: str) -> str:
    return _matching(_TAG, text, "name; write up to 63 letters, digits, '-', '_', '.' and ':'")


def _list_name(text: str) -> str:
    """A remark may follow the name."""
    return _tag(text.partition(" ")[0])


def _line(text: str) -> str:
    return _matching(_LINE, text, "line of a configuration; write letters, digits, spaces and ._:/+-", MAX_LINE)


def _net(text: str) -> str:
    return _matching(_NET, text, "IS-IS network entity title; write one such as 49.0001.0000.0000.0001.00")


def _domain(text: str) -> str:
    return _matching(_DOMAIN, text, "name of a domain or host; write letters, digits, '-' and '.'", 253)


def _port(text: str) -> str:
    node, colon, interface = text.partition(":")
    if not colon:
        raise ValueError(f"{text!r} is no end of a link; write NODE:INTERFACE")
    return f"{_name(node)}:{addressing.interface_name(interface)}"


def _ospf_network(text: str) -> str:
    network, _, area = text.partition(" area ")
    return f"{addressing.prefix(network)} area {_area(area)}"


def _prefix_entry(text: str) -> str:
    network, *bounds = text.split()
    if not re.fullmatch(r"(ge \d\d? ?)?(le \d\d?)?", " ".join(bounds)):
        raise ValueError(f"{text!r} is no entry of a prefix list; write PREFIX, or PREFIX le LENGTH")
    return " ".join((addressing.prefix(network), *bounds))


def _map_entry(text: str) -> str:
    if not re.fullmatch(r"\d{1,5} (permit|deny)( [A-Za-z0-9][A-Za-z0-9_.-]*)?", text):
        raise ValueError(f"{text!r} is no entry of a route map; write NUMBER permit LIST, or NUMBER deny")
    return text


def _range(text: str) -> str:
    first, dash, last = text.partition("-")
    if not dash:
        raise ValueError(f"{text!r} is no range of addresses; write FIRST-LAST")
    return f"{addressing.address(first.strip())}-{addressing.address(last.strip())}"


def _upstream(text: str) -> str:
    host, _, number = text.partition(":")
    if not number.isdecimal() or not 0 < int(number) < 65_536:
        raise ValueError(f"{text!r} is no server of a load balancer; write ADDRESS:PORT")
    return f"{addressing.address(host)}:{number}"


def _daemon(text: str) -> str:
    """Only names of daemons count: a remark on a module has several words."""
    if " " not in text and text not in DAEMONS:
        raise ValueError(f"{text[:MAX_LINE]!r} is no daemon of a laboratory; known are {', '.join(sorted(DAEMONS))}")
    return text


def _area(value: object) -> str:
    text = str(value)
    return text if text.isdecimal() and int(text) <= MAX_ASN else addressing.address(text)


def _several(value: object) -> object:
    return value if isinstance(value, list | tuple) else () if value is None else (value,)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


NodeName = Annotated[str, AfterValidator(_name)]
InterfaceName = Annotated[str, AfterValidator(addressing.interface_name)]
EndOfLink = Annotated[str, AfterValidator(_port)]
"""A node and an interface, written `node:interface`."""
Daemon = Annotated[str, AfterValidator(_daemon)]
Tag = Annotated[str, AfterValidator(_tag)]
ListName = Annotated[str, AfterValidator(_list_name)]
Line = Annotated[str, AfterValidator(_line)]
Net = Annotated[str, AfterValidator(_net)]
Domain = Annotated[str, AfterValidator(_domain)]
Address = Annotated[str, AfterValidator(addressing.address)]
InterfaceAddress = Annotated[str, AfterValidator(addressing.interface_address)]
Prefix = Annotated[str, AfterValidator(addressing.prefix)]
Area = Annotated[str, BeforeValidator(_area)]
Prose = Annotated[str, BeforeValidator(_text)]
"""Free text; nothing of it gets into a configuration file, except numbers."""
Asn = Annotated[int, Field(ge=1, le=MAX_ASN)]
Metric = Annotated[int, Field(ge=1, le=MAX_METRIC)]
Prefixes = Annotated[tuple[Prefix, ...], BeforeValidator(_several)]
Lines = Annotated[tuple[Line, ...], BeforeValidator(_several)]
OspfNetwork = Annotated[str, AfterValidator(_ospf_network)]
PrefixEntry = Annotated[str, AfterValidator(_prefix_entry)]
MapEntry = Annotated[str, AfterValidator(_map_entry)]
AddressRange = Annotated[str, AfterValidator(_range)]
Upstream = Annotated[str, AfterValidator(_upstream)]
