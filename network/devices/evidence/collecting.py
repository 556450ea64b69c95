"""Reads the state of a device: one round trip through its shell, and one through its open `vtysh`.

Rules

1. It only reads. The lines for the shell are constants; the paths of files are words, and `quoted` makes them so.
2. Each section of the answer ends with a line of its name, its status and a token that is new in each reading, so
   that no file of a device can forge a section. A section without its end is incomplete and counts as not read.
3. A device that lacks a program gives a status that is not 0. What a section means is the business of `normal`.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from network.devices.console import Answer, Console, NoAnswer, quoted

WITHIN = 20.0
"""Seconds for one reading; a small device under load needs some."""
MAX_FILE = 400_000
"""Bytes that are read of one file. A longer file is not read at all."""
UNREADABLE, TOO_LONG, ABSENT = 13, 27, 44
"""Statuses of the section of a file."""

SYSCTLS = (
    "net/core/rmem_max net/core/wmem_max "
    "net/ipv4/ip_forward net/ipv4/ip_default_ttl net/ipv4/ip_no_pmtu_disc net/ipv4/fib_multipath_hash_policy "
    "net/ipv4/icmp_echo_ignore_all net/ipv4/icmp_ratelimit net/ipv4/ip_local_port_range "
    "net/ipv4/tcp_rmem net/ipv4/tcp_wmem net/ipv4/tcp_syncookies net/ipv4/tcp_mtu_probing "
    "net/ipv4/tcp_window_scaling net/ipv4/tcp_congestion_control net/ipv4/tcp_max_syn_backlog "
    "net/ipv4/conf/*/rp_filter net/ipv4/conf/*/forwarding net/ipv4/conf/*/arp_ignore net/ipv4/conf/*/arp_announce "
    "net/ipv4/conf/*/proxy_arp net/ipv6/conf/*/forwarding net/ipv6/conf/*/disable_ipv6"
)
DEFAULT_QDISCS = ("noqueue", "fq_codel", "pfifo_fast", "mq", "fq")
"""The disciplines that a kernel gives to an interface by itself."""
LEARNT_PROTOCOLS = re.findall(
    r"\w+",
    "kernel redirect ra gated mrt zebra bird dnrouted xorp ntk keepalived babel dhcp openr bgp isis ospf rip ripng "
    "nhrp eigrp ldp sharp pbr openfabric srte 1 2 8 9 10 11 12 13 14 15 16 17 18 42 99 186 187 188 189 190 191 192 193 "
    "194 195 196 197 198",
)
"""The protocols, by name and number, of routes that no person put into the kernel. 196 is `static` of FRR, which its
configuration has; `static` alone is a person's.
"""

LEASES = r"""
BEGIN { RS = "}" }
{
  taught = ""
  number = split($0, lines, "\n")
  for (at = 1; at <= number; at++)
    if (lines[at] ~ /interface|option (routers|domain-name-servers)/) taught = taught lines[at] "\n"
  if (taught != "" && !(taught in seen)) { seen[taught] = 1; print "lease {\n" taught "}" }
}
"""
"""For `awk`: prints what is different in the leases of a file that grows with each renewal."""

SECTIONS = f"""
section() {{ printf '\\n%s %s %s\\n' "$mark" "$1" "$2"; }}
ip -j address show; section address $?
lines=$(ip -N -o route show table all || ip -o route show table all); status=$?
printf '%s\\n' "$lines" | sed -E '/ proto ({"|".join(LEARNT_PROTOCOLS)})( |$)/d'; section route $status
ip -o rule show; section rule $?
ip -6 -o rule show; section rule6 $?
ip -o neigh show nud permanent; section neighbour $?
nft -s list ruleset; section nft $?
tc qdisc show; section qdisc $?
tc qdisc show | while read -r word kind handle dev name rest; do
  case $kind in {"|".join(DEFAULT_QDISCS)}) continue ;; esac
  for place in root ingress egress; do
    printf '@ %s %s\\n' "$name" "$place"; tc filter show dev "$name" $place
  done
  printf '@ %s class\\n' "$name"; tc class show dev "$name"
done; section filter $?
(cd /proc/sys && grep -s . {SYSCTLS}); section sysctl 0
ss -Hlntup; section listen $?
cat /proc/[0-9]*/stat | cut -d ' ' -f 1-30; section process 0
cat /proc/uptime; section uptime $?
nproc; section cores $?
grep MemTotal: /proc/meminfo; section memory $?
own=$(sed -n 's/^[0-9]*:cpu[^:]*:\\(.*\\)$/\\1/p' /proc/self/cgroup | head -n 1)
for folder in /sys/fs/cgroup/cpu "/sys/fs/cgroup/cpu$own" "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)"; do
  cat "$folder/cpu.cfs_quota_us" "$folder/cpu.cfs_period_us" "$folder/cpu.max"
done; section quota 0
for file in /var/lib/dhcp/dhclient*.leases /var/lib/dhclient/dhclient*.leases; do
  [ -f "$file" ] && tail -n 2000 "$file" | awk '{LEASES}'
done; section lease 0
"""
FILE = f"""
if [ ! -e "$file" ]; then section "$name" {ABSENT}
elif [ ! -r "$file" ]; then section "$name" {UNREADABLE}
elif [ "$(wc -c < "$file")" -gt {MAX_FILE} ]; then section "$name" {TOO_LONG}
else cat "$file"; section "$name" $?
fi
"""
RESOLVER, HOSTS, SAVED = "/etc/resolv.conf", "/etc/hosts", "/etc/frr/frr.conf"
FIXED_FILES: Mapping[str, str] = {"resolver": RESOLVER, "hosts": HOSTS, "saved": SAVED}

ROUTING_COMMANDS = (
    "show running-config",
    "show ip ospf interface json",
    "show ip ospf neighbor json",
    "show isis neighbor json",
    "show bgp summary json",
)


@dataclass(frozen=True)
class ServiceFiles:
    """The files that configure one service of a device. `service`: as in its element, such as `dns`.

    `process`: the name of its process; `ports`: where it listens, such as `udp 53`. Empty: not known.
    """

    service: str
    files: tuple[str, ...] = ()
    process: str = ""
    ports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    status: int
    text: str


@dataclass(frozen=True)
class RawState:
    """The answers of a device, as they came.

    `sections`: by name; a file of a service by its path. `routing`: None if `vtysh` gave no answer, or if the device
    has none. `took`: seconds; `size`: bytes of the answers. They measure the reading, and are no part of the state.
    """

    device: str
    sections: Mapping[str, Section]
    routing: str | None
    services: tuple[ServiceFiles, ...] = ()
    took: float = 0.0
    size: int = 0
    reasons: tuple[str, ...] = field(default=())


def reading_lines(token: str, services: Sequence[ServiceFiles] = ()) -> str:
    """Return the lines for the shell, which leave it as it was. `token`: a word that no answer contains."""
    files = [*FIXED_FILES.items(), *((path, path) for service in services for path in service.files)]
    start = f"(\nexec 2>/dev/null\nexport LC_ALL=C PATH=$PATH:/usr/sbin:/sbin\nmark={quoted([token])}\n"
    ends = "".join(
        f"name={quoted([name])} file={quoted([path])}\n{FILE.lstrip()}" for name, path in dict(files).items()
    )
    return f"{start}{SECTIONS.lstrip()}{ends})\n"


def sections_of(text: str, token: str) -> dict[str, Section]:
    """Return the complete sections."""
    found: dict[str, Section] = {}
    lines: list[str] = []
    for line in text.split("\n"):
        mark, _, rest = line.partition(" ")
        name, _, status = rest.rpartition(" ")
        if mark == token and name and status.isdecimal():
            found[name] = Section(int(status), "\n".join(lines).removesuffix("\n"))
            lines = []
        else:
            lines.append(line)
    return found


async def collect(
    console: Console, services: Sequence[ServiceFiles] = (), routing: bool = True, within: float = WITHIN
) -> RawState | NoAnswer:
    """Read a device. `routing`: whether the device may have `vtysh`. NoAnswer if its shell gives no answer."""
    token = f"@{secrets.token_hex(8)}"
    loop = asyncio.get_running_loop()
    begin = loop.time()
    asked = console.script(reading_lines(token, services), root=True, within=within)
    if routing:
        shell, config = await asyncio.gather(asked, console.routing(ROUTING_COMMANDS, within=within))
    else:
        shell, config = await asked, None
    if isinstance(shell, NoAnswer):
        return shell
    size = len(shell.output) + (len(config.output) if isinstance(config, Answer) else 0)
    return RawState(
        device=console.device,
        sections=sections_of(shell.text, token),
        routing=config.text if isinstance(config, Answer) else None,
        services=tuple(services),
        took=loop.time() - begin,
        size=size,
        reasons=(config.reason,) if isinstance(config, NoAnswer) else (),
    )
