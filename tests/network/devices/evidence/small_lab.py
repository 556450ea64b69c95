"""Five nodes in namespaces of their own: two routers with FRR, a server with DNS, DHCP and HTTP, and two hosts.

    h1 -- r1 == r2 -- s1      r1 == r2: OSPF area 0 and eBGP, and a second cable with IS-IS
                   `- c1      c1 has its address from the DHCP server on s1

Needs root and the programs of `PROGRAMS`. A node is a process in its own network, mount, process and host-name
namespace; the processes end with `close`, or with the process that made them. No file of the machine is changed: each
node has its own folders, mounted over those of the machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from network.devices.console import Answer, NoAnswer, Trouble

PROGRAMS = ("ip", "nft", "tc", "ss", "vtysh", "named", "dhcpd", "dhclient", "nginx", "setpriv", "unshare", "nsenter")
FRR = Path("/usr/lib/frr")
PREFIX = "e-"
INIT = """
mount -t proc proc /proc
mount -t sysfs sysfs /sys
hostname "$1"
for folder in /run /etc/frr /etc/bind /etc/dhcp /etc/nginx /var/lib/dhcp /var/cache/bind; do
  mkdir -p "$2$folder"
  mount --bind "$2$folder" "$folder"
done
for file in /etc/resolv.conf /etc/hosts; do
  mount --bind "$2$file" "$file"
done
ip link set lo up
echo ready > "$2/ready"
trap : TERM CHLD
while :; do sleep 3600 & wait; done
"""


def lacking() -> str:
    """Return why the lab cannot run here; empty if it can."""
    if os.geteuid() != 0:
        return "needs root"
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent:
        return f"needs {', '.join(absent)}"
    return "" if (FRR / "bgpd").exists() else "needs FRR"


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.2)


@dataclass
class SmallNode:
    """One node; also the `Console` to it, with `vtysh` started for each request."""

    device: str
    folder: Path
    init: subprocess.Popen[bytes] | None = None
    pid: int = 0
    files: dict[str, str] = field(default_factory=dict)

    def boot(self) -> None:
        for path in ("/etc/resolv.conf", "/etc/hosts"):
            self.write(path, self.files.get(path, ""))
        command = [
            "setpriv",
            "--pdeathsig",
            "KILL",
            "unshare",
            "--net",
            "--mount",
            "--pid",
            "--uts",
            "--fork",
            "--kill-child",
            "--mount-proc",
        ]
        self.init = subprocess.Popen(
            [*command, "sh", "-c", INIT, f"{PREFIX}{self.device}", self.device, str(self.folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for((self.folder / "ready").exists, 20, f"{self.device} does not start")
        children = Path(f"/proc/{self.init.pid}/task/{self.init.pid}/children").read_text().split()
        self.pid = int(children[0])
        for path, text in self.files.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        there = self.folder / path.lstrip("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text)
        there.chmod(0o644)

    def enter(self, words: Sequence[str]) -> list[str]:
        return ["nsenter", "-t", str(self.pid), "-n", "-m", "-p", "-u", "--", *words]

    def call(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(self.enter(words), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
        if check and done.returncode:
            raise RuntimeError(f"{self.device}: {words}: {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def shell(self, lines: str) -> str:
        return self.call("sh", "-c", lines)

    def vtysh(self, *commands: str) -> str:
        return self.call("vtysh", *(word for command in commands for word in ("-c", command)))

    def runs(self, process: str) -> bool:
        return bool(self.call("pgrep", "-x", process, check=False).strip())

    def end(self, process: str, signal: str = "TERM") -> None:
        self.call("pkill", f"-{signal}", "-x", process)
        wait_for(lambda: not self._alive(process), 15, f"{process} of {self.device} does not end")

    def _alive(self, process: str) -> bool:
        return bool(self.call("pgrep", "-x", "-r", "D,R,S,T", process, check=False).strip())

    async def run(self, words: Sequence[str], *, root: bool = False, within: float = 10.0) -> Answer | NoAnswer:
        return self._ask(words, within)

    async def script(self, lines: str, *, root: bool = False, within: float = 10.0) -> Answer | NoAnswer:
        return self._ask(["sh", "-c", lines], within)

    async def routing(self, commands: Sequence[str], *, within: float = 10.0) -> Answer | NoAnswer:
        if not (self.folder / "etc/frr/frr.conf").exists():
            return NoAnswer(Trouble.REFUSED, f"{self.device} has no vtysh")
        return self._ask(["vtysh", *(word for command in commands for word in ("-c", command))], within)

    def _ask(self, words: Sequence[str], within: float) -> Answer | NoAnswer:
        try:
            done = subprocess.run(
                self.enter(words),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=within,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return NoAnswer(Trouble.TIMED_OUT, f"{self.device} did not answer in {within} s")
        return Answer(done.returncode, done.stdout)

    def close(self) -> None:
        if self.init is not None:
            self.init.kill()
            self.init.wait()


ROUTER_FILES = {
    "r1": """frr defaults traditional
hostname r1
log syslog informational
service integrated-vtysh-config
!
interface eth1
 ip ospf hello-interval 2
 ip ospf dead-interval 8
exit
interface eth2
 ip router isis 1
 isis circuit-type level-2-only
 isis hello-interval 2
exit
interface lo
 ip router isis 1
 isis passive
exit
ip prefix-list MINE seq 10 permit 198.51.100.0/24
ip prefix-list MINE seq 20 permit 10.87.1.0/24
ip route 198.51.100.0/24 Null0
ip route 10.99.0.0/24 10.87.12.2
router bgp 65001
 bgp router-id 10.87.0.1
 no bgp ebgp-requires-policy
 neighbor 10.87.12.2 remote-as 65002
 neighbor 10.87.12.2 timers 3 9
 neighbor 10.87.12.2 password not-so-secret
 address-family ipv4 unicast
  network 10.87.1.0/24
  network 198.51.100.0/24
  neighbor 10.87.12.2 route-map OUT out
 exit-address-family
exit
router ospf
 ospf router-id 10.87.0.1
 network 10.87.1.0/24 area 0
 network 10.87.12.0/30 area 0
exit
router isis 1
 net 49.0001.0000.0000.0001.00
 is-type level-2-only
exit
route-map OUT permit 10
 match ip address prefix-list MINE
exit
""",
    "r2": """frr defaults traditional
hostname r2
log syslog informational
service integrated-vtysh-config
!
interface eth1
 ip ospf hello-interval 2
 ip ospf dead-interval 8
exit
interface eth3
 ip router isis 1
 isis circuit-type level-2-only
 isis hello-interval 2
exit
router bgp 65002
 bgp router-id 10.87.0.2
 no bgp ebgp-requires-policy
 neighbor 10.87.12.1 remote-as 65001
 neighbor 10.87.12.1 timers 3 9
 neighbor 10.87.12.1 password not-so-secret
 address-family ipv4 unicast
  network 10.87.2.0/24
 exit-address-family
exit
router ospf
 ospf router-id 10.87.0.2
 network 10.87.2.0/24 area 0
 network 10.87.12.0/30 area 0
exit
router isis 1
 net 49.0001.0000.0000.0002.00
 is-type level-2-only
exit
""",
}
NAMED = """options { directory "/var/cache/bind"; recursion no; listen-on { any; }; pid-file none;
  session-keyfile none; };
controls { };
zone "example.lab" { type master; file "/etc/bind/db.example.lab"; };
"""
ZONE = """$TTL 3600
@   IN SOA ns1 admin (
        2024010101 ; serial
        3600 900 604800 60 )
    IN NS ns1
ns1 IN A 10.87.2.10
web0 IN A 10.87.2.10
web1 300 IN A 10.87.2.10
"""
DHCPD = """authoritative;
default-lease-time 30;
max-lease-time 60;
subnet 10.87.2.0 netmask 255.255.255.0 {
  range 10.87.2.100 10.87.2.120;
  option routers 10.87.2.1;
  option domain-name-servers 10.87.2.10;
}
subnet 10.87.1.0 netmask 255.255.255.0 {
  range 10.87.1.100 10.87.1.120;
  option routers 10.87.1.1;
}
"""
NGINX = """worker_processes 1;
pid /run/nginx.pid;
error_log /run/nginx.log;
events { worker_connections 128; }
http {
  access_log off;
  server { listen 80; location / { return 200 "ok"; } }
}
"""
FILES = {
    "r1": {"/etc/frr/frr.conf": ROUTER_FILES["r1"], "/etc/frr/vtysh.conf": "", "/etc/frr/daemons": ""},
    "r2": {"/etc/frr/frr.conf": ROUTER_FILES["r2"], "/etc/frr/vtysh.conf": "", "/etc/frr/daemons": ""},
    "s1": {
        "/etc/bind/named.conf": NAMED,
        "/etc/bind/db.example.lab": ZONE,
        "/etc/dhcp/dhcpd.conf": DHCPD,
        "/var/lib/dhcp/dhcpd.leases": "",
        "/etc/nginx/nginx.conf": NGINX,
        "/etc/resolv.conf": "nameserver 10.87.2.10\n",
    },
    "h1": {
        "/etc/resolv.conf": "search example.lab\nnameserver 10.87.2.10\n",
        "/etc/hosts": "127.0.0.1 localhost\n10.87.2.10 web0.example.lab web0\n",
    },
    "c1": {},
}
CABLES = (
    ("h1", "eth0", "r1", "eth0"),
    ("r1", "eth1", "r2", "eth1"),
    ("r1", "eth2", "r2", "eth3"),
    ("s1", "eth0", "r2", "eth0"),
    ("c1", "eth0", "r2", "eth2"),
)
ADDRESSES = (
    ("r1", "lo", "10.87.0.1/32"),
    ("r1", "eth0", "10.87.1.1/24"),
    ("r1", "eth1", "10.87.12.1/30"),
    ("r1", "eth2", "10.87.13.1/30"),
    ("r2", "lo", "10.87.0.2/32"),
    ("r2", "eth1", "10.87.12.2/30"),
    ("r2", "eth3", "10.87.13.2/30"),
    ("r2", "br0", "10.87.2.1/24"),
    ("h1", "eth0", "10.87.1.10/24"),
    ("s1", "eth0", "10.87.2.10/24"),
)
DAEMONS = ("zebra", "staticd", "ospfd", "bgpd", "isisd")
SERVICES = {
    "named": ("named", "-4", "-c", "/etc/bind/named.conf"),
    "dhcpd": ("dhcpd", "-4", "-q", "-cf", "/etc/dhcp/dhcpd.conf", "-pf", "/run/dhcpd.pid", "eth0"),
    "nginx": ("nginx", "-c", "/etc/nginx/nginx.conf"),
}


class SmallLab:
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.folder.chmod(0o755)
        self.nodes = {name: SmallNode(name, self.folder / name, files=dict(FILES[name])) for name in FILES}

    def __getitem__(self, name: str) -> SmallNode:
        return self.nodes[name]

    def up(self) -> None:
        for node in self.nodes.values():
            node.boot()
        for left, left_port, right, right_port in CABLES:
            ends = [str(self[left].pid), str(self[right].pid)]
            subprocess.run(
                [
                    "ip",
                    "link",
                    "add",
                    left_port,
                    "netns",
                    ends[0],
                    "type",
                    "veth",
                    "peer",
                    "name",
                    right_port,
                    "netns",
                    ends[1],
                ],
                check=True,
            )
        self["r2"].shell("ip link add br0 type bridge; for i in eth0 eth2; do ip link set $i master br0; done")
        for name, port, address in ADDRESSES:
            self[name].call("ip", "addr", "add", address, "dev", port)
        for node in self.nodes.values():
            node.shell("for i in /sys/class/net/*; do ip link set ${i##*/} up; done")
        self["h1"].call("ip", "route", "add", "default", "via", "10.87.1.1")
        self["s1"].call("ip", "route", "add", "default", "via", "10.87.2.1")
        for router in ("r1", "r2"):
            self[router].shell(
                "echo 1 > /proc/sys/net/ipv4/ip_forward; mkdir -p /run/frr; chown -R frr:frr /run/frr /etc/frr"
            )
            self.start_routing(router)
        for service in SERVICES:
            self.start_service("s1", service)
        self.lease()
        wait_for(self.converged, 90, "the routing of the small lab does not converge")

    def start_routing(self, router: str, daemons: Sequence[str] = DAEMONS) -> None:
        for daemon in daemons:
            self[router].call(str(FRR / daemon), "-d", "-A", "127.0.0.1", check=False)
        self[router].call("vtysh", "-b")

    def start_service(self, node: str, service: str) -> None:
        if service == "named":
            self[node].shell("mkdir -p /run/named; chmod -R a+rwX /run/named /var/cache/bind /var/lib/dhcp")
        self[node].call(*SERVICES[service])

    def lease(self) -> None:
        self["c1"].shell("dhclient -4 -q -pf /run/dhclient.pid -lf /var/lib/dhcp/dhclient.eth0.leases eth0")

    def converged(self) -> bool:
        ospf = self["r1"].vtysh("show ip ospf neighbor json")
        bgp = self["r2"].vtysh("show bgp summary json")
        isis = self["r1"].vtysh("show isis neighbor")
        leased = "10.87.2." in self["c1"].call("ip", "-4", "addr", "show", "dev", "eth0")
        return "Full" in ospf and '"Established"' in bgp and " Up " in isis and leased

    def close(self) -> None:
        for node in self.nodes.values():
            node.close()
        shutil.rmtree(self.folder, ignore_errors=True)
