"""The normalised state of one device: lines `path = value`. Pure.

Rules

1. A path is made of parts, joined with `/`; a `/` inside a part is written `%2F`, except in the last part. `joined`
   and `parts` are the only places that know this.
2. A snapshot has nothing volatile: no counters, timers, process ids, leases, and no routes that a routing protocol
   or a DHCP server taught the device.
3. What could not be read is `missing`: it is neither there nor gone, and never counts as a difference.

Paths

    link/IF/admin = up                            link/IF/mtu, link/IF/master, link/IF/mac
    address/IF/10.0.0.1/24 = global               scope of the address
    route/TABLE/10.0.0.0/24 metric 5 = via A dev IF, or blackhole, unreachable, prohibit; `by DHCP` for a leased gateway
    rule/100 = from all lookup 10                 a policy rule and its priority
    neighbour/IF/10.0.0.9 = 02:00:00:00:00:09     permanent neighbours alone
    nft/inet filter = table
    nft/inet filter/chain input = type filter hook input priority filter; policy accept;
    nft/inet filter/chain input/rule/tcp dport 179 drop = 2     position in the chain, from 1; see `difference`
    nft/inet filter/set blocked = type ipv4_addr  nft/inet filter/set blocked/element/10.0.0.9 = present
    qdisc/IF/root = tbf rate 2Mbit burst 8Kb      class/IF/1:10 = ..., filter/IF/egress/TEXT = present
    sysctl/net.ipv4.ip_forward = 1
    listen/tcp 0.0.0.0:80 = nginx                 the process, if it could be read
    resolver/nameserver/1 = 10.0.0.2              resolver/search, resolver/options
    hosts/10.0.0.3 = web0 web0.example
    process/ospfd = running                       daemons alone
    busy/stress-ng-cpu = cpu                      a process, no daemon, that takes most of the `cpu` or `memory`
    frr/bgpd/router bgp 65001 > neighbor 10.0.0.2 remote-as 65002 = present       the daemon that owns the line
    saved/bgpd/... = not saved, or only saved     lines that differ between running and saved configuration
    service/dns/record/web0.example. A = 10.0.0.3                                 see `normal_services`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PRESENT = "present"
"""The value of a path that has no other value than that it is there."""
SEPARATOR = "/"


@dataclass(frozen=True)
class DeviceSnapshot:
    """`missing`: paths whose own and lower facts are unknown; a whole kind of fact, such as `nft`, or a part of one.

    `observed`: what is worth a look and no setting, such as the state of a neighbour; it is never compared.
    """

    device: str
    facts: Mapping[str, str]
    missing: frozenset[str] = frozenset()
    observed: Mapping[str, str] = field(default_factory=dict)

    def knows(self, path: str) -> bool:
        """Whether the absence of the path means that it is not there."""
        return not any(is_below(path, prefix) for prefix in self.missing)


def joined(*path: str) -> str:
    *upper, last = path
    return SEPARATOR.join([*(part.replace("%", "%25").replace("/", "%2F") for part in upper), last])


def parts(path: str, number: int) -> tuple[str, ...]:
    """Return so many parts of a path; the last has the rest of the path. Parts that it has not are empty."""
    *upper, last = path.split(SEPARATOR, number - 1)
    if len(upper) + 1 < number:
        upper, last = [*upper, last], ""
    found = (*(part.replace("%2F", "/").replace("%25", "%") for part in upper), last)
    return found + ("",) * (number - len(found))


def is_below(path: str, prefix: str) -> bool:
    """Whether a path is the prefix itself, or lower."""
    return path == prefix or path.startswith(prefix + SEPARATOR)
