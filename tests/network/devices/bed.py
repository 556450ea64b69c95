"""Devices for tests: namespaces with the sshd, snmpd and FRR of this machine, as they come, on a bridge of their own.

The account `nms` and its right to use sudo exist inside the namespaces only, in copies of the files of the machine.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

BRIDGE, MANAGER, PREFIX = "d-br0", "172.29.86.1", "172.29.86."
NEEDED = ("ip", "unshare", "nsenter", "sshd", "ssh-keygen", "sudo")
LOCK = Path("/run/d-bed.lock")
START_WITHIN = 20.0
HOME = "/mnt"
"""The folder of a device as the device sees it: the account cannot enter the folders of a test."""
SSHD = """\
Port 22
HostKey {folder}/host_key
AuthorizedKeysFile {home}/authorized_keys
PidFile none
UsePAM no
StrictModes no
"""
INIT = """\
set -e
mount --make-rprivate /
for name in passwd group shadow hosts; do mount --bind {folder}/$name /etc/$name; done
mkdir -p /run/sshd
mount --bind {folder} {home}
mount -t tmpfs none /run/sudo 2>/dev/null || true
mount -t tmpfs -o mode=755 none /etc/sudoers.d
echo 'nms ALL=(root) NOPASSWD: ALL' > /etc/sudoers.d/nms
chmod 440 /etc/sudoers.d/nms
mkdir -p {folder}/dev
mount -t tmpfs none {folder}/dev
for name in null zero full random urandom tty; do
  touch {folder}/dev/$name
  mount --bind /dev/$name {folder}/dev/$name
done
mkdir {folder}/dev/shm {folder}/dev/pts
ln -s /proc/self/fd {folder}/dev/fd
mount --move {folder}/dev /dev
mount -t tmpfs none /run/frr
mkdir -p /var/agentx
mount -t tmpfs none /var/agentx
chown frr:frr /run/frr
hostname {name}
ip link set lo up
while ! ip link show eth0 >/dev/null 2>&1; do sleep 0.02; done
ip addr add {address}/24 dev eth0
ip link set eth0 up
{programs}
touch {folder}/ready
while :; do sleep 3600; done
"""
"""The shell stays: as the first process it buries the dead ones."""
START_SSHD = "/usr/sbin/sshd -D -e -f {folder}/sshd_config >/dev/null 2>{folder}/sshd.log </dev/null &"

SNMPD = """\
agentaddress udp:161
rocommunity public-of-the-bed
createUser nms SHA-256 auth-of-the-bed AES priv-of-the-bed
rouser nms authpriv
master agentx
agentXPerms 0777 0755
sysName {name}
extend -cacheTime 1 nms-cgroup /bin/grep -H . {home}/cgroup/cpuacct.usage {home}/cgroup/memory.usage_in_bytes
{more}
"""
START_SNMPD = (
    "mkdir -p /run/d-snmp; mount -t tmpfs none /var/lib/snmp; "
    "MIBS= /usr/sbin/snmpd -f -LE 4 -C -c {folder}/snmpd.conf -p /run/d-snmp/pid >{folder}/snmpd.log 2>&1 </dev/null &"
)

SYSLOGD = f"busybox syslogd -n -R {MANAGER}:5514 >/dev/null 2>&1 </dev/null &"
START_FRR = (
    "for name in zebra {daemons}; do words='-d -A 127.0.0.1 -f {folder}/frr.conf --log syslog:informational'; "
    "/usr/lib/frr/$name $words -M snmp || /usr/lib/frr/$name $words; done >/dev/null 2>&1 </dev/null"
)


def skip_unless_possible(*programs: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to make network namespaces")
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/lib/frr"
    if missing := [name for name in (*NEEDED, *programs) if shutil.which(name, path=path) is None]:
        pytest.skip(f"needs the programs {', '.join(missing)}")


def sh(*words: str, check: bool = True, text: str | None = None) -> str:
    done = subprocess.run(words, check=False, capture_output=True, text=True, input=text, timeout=30)
    assert done.returncode == 0 or not check, f"{words}: {done.stderr}"
    return done.stdout


def network_of(process: int | str) -> Path:
    return Path(f"/proc/{process}/ns/net").readlink()


def listens(address: str, port: int = 22) -> bool:
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


@dataclass
class TestDevice:
    """`pid`: of the first process in its namespaces, as the machine counts."""

    __test__ = False

    name: str
    address: str
    folder: Path
    holder: subprocess.Popen[bytes] = field(repr=False)

    @property
    def pid(self) -> int:
        children = Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text().split()
        return int(children[0])

    def run(self, *words: str, check: bool = True, text: str | None = None) -> str:
        inside = ("nsenter", f"--target={self.pid}", "--net", "--mount", "--pid", "--uts", "--")
        return sh(*inside, *words, check=check, text=text)

    def start_frr(self, config: str, *daemons: str) -> None:
        (self.folder / "frr.conf").write_text(config)
        self.run("sh", "-c", START_FRR.format(folder=HOME, daemons=" ".join(daemons)))

    def sshd_pids(self) -> list[int]:
        """Return the processes of sshd of the device, as the machine counts."""
        found = []
        for each in Path("/proc").glob("[0-9]*"):
            try:
                if network_of(each.name) == network_of(self.pid) and (each / "comm").read_text().strip() == "sshd":
                    found.append(int(each.name))
            except OSError:
                continue
        return found


@dataclass
class Bed:
    folder: Path
    devices: dict[str, TestDevice] = field(default_factory=dict)

    @property
    def key(self) -> Path:
        return self.folder / "id"

    def add(self, name: str, programs: Sequence[str] = (START_SSHD,), snmpd: str = "") -> TestDevice:
        """`programs`: lines of a shell, in which `{folder}` is a folder of the device. `snmpd`: lines of its file."""
        number = len(self.devices) + 11
        folder = self.folder / name
        folder.mkdir()
        folder.chmod(0o755)
        sh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "host_key"))
        (folder / "authorized_keys").write_text((self.folder / "id.pub").read_text())
        (folder / "sshd_config").write_text(SSHD.format(folder=folder, home=HOME))
        (folder / "snmpd.conf").write_text(SNMPD.format(name=name, home=HOME, more=snmpd))
        (folder / "cgroup").mkdir()
        (folder / "cgroup" / "cpuacct.usage").write_text("5000000000\n")
        (folder / "cgroup" / "memory.usage_in_bytes").write_text("1048576\n")
        for file, line in (
            ("passwd", f"nms:x:1999:1999::{HOME}:/bin/sh\n"),
            ("group", "nms:x:1999:\n"),
            ("shadow", "nms:*:19000:0:99999:7:::\n"),
            ("hosts", f"127.0.1.1 {name}\n"),
        ):
            (folder / file).write_text(Path("/etc", file).read_text() + line)
        address = f"{PREFIX}{number}"
        lines = "\n".join(line.format(folder=folder) for line in programs)
        (folder / "init").write_text(INIT.format(folder=folder, home=HOME, name=name, address=address, programs=lines))
        words = ["unshare", "--net", "--mount", "--pid", "--uts", "--fork", "--mount-proc", "--kill-child"]
        with (folder / "init.log").open("wb") as log:
            holder = subprocess.Popen(
                [*words, "sh", str(folder / "init")], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        device = self.devices[name] = TestDevice(name, address, folder, holder)
        self._connect(device, number)
        deadline = time.monotonic() + START_WITHIN
        while not (folder / "ready").exists():
            assert holder.poll() is None and time.monotonic() < deadline, (folder / "init.log").read_text()
            time.sleep(0.02)
        while START_SSHD in programs and not listens(address):
            assert time.monotonic() < deadline, (folder / "sshd.log").read_text()
            time.sleep(0.02)
        return device

    def _connect(self, device: TestDevice, number: int) -> None:
        deadline = time.monotonic() + START_WITHIN
        while True:
            try:
                if network_of(device.pid) != network_of("self"):
                    break
            except (OSError, IndexError):
                pass
            assert time.monotonic() < deadline
            time.sleep(0.01)
        sh("ip", "link", "add", f"d-v{number}", "type", "veth", "peer", "name", "eth0", "netns", str(device.pid))
        sh("ip", "link", "set", f"d-v{number}", "master", BRIDGE, "up")

    def link(self, one: TestDevice, port: str, other: TestDevice, other_port: str) -> None:
        """Join two devices by a cable; the ports are up and have no address."""
        words = ("ip", "link", "add", port, "netns", str(one.pid), "type", "veth", "peer", "name", other_port)
        sh(*words, "netns", str(other.pid))
        one.run("ip", "link", "set", port, "up")
        other.run("ip", "link", "set", other_port, "up")

    def trust(self) -> None:
        lines = [f"{each.address} {(each.folder / 'host_key.pub').read_text()}" for each in self.devices.values()]
        (self.folder / "known_hosts").write_text("".join(lines))

    def inventory(self, extra: str = "", snmp: str = "{version: v2c, community: {file: community}}") -> Path:
        """Write an inventory of all devices. `extra`: further lines of the file."""
        (self.folder / "community").write_text("public-of-the-bed\n")
        lines = "".join(f"  {each.name}: {{address: {each.address}}}\n" for each in self.devices.values())
        path = self.folder / "inventory.yaml"
        defaults = f"defaults:\n  role: router\n  ssh: {{user: nms, key: {{file: id}}}}\n  snmp: {snmp}\n"
        path.write_text(f"{defaults}devices:\n{lines}{extra}")
        return path


@contextmanager
def bed(folder: Path) -> Iterator[Bed]:
    """Yield a bed without devices. One bed can exist at a time on a machine."""
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        remove_links()
        sh("ip", "link", "add", BRIDGE, "type", "bridge")
        sh("ip", "addr", "add", f"{MANAGER}/24", "dev", BRIDGE)
        sh("ip", "link", "set", BRIDGE, "up")
        made = Bed(folder)
        sh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(made.key))
        try:
            yield made
        finally:
            for device in made.devices.values():
                device.holder.kill()
                device.holder.wait()
            remove_links()


def remove_links() -> None:
    """Remove what a bed made, also one that was killed: the kernel takes its time to remove a namespace."""
    for each in Path("/sys/class/net").glob("d-v*"):
        sh("ip", "link", "del", each.name, check=False)
    sh("ip", "link", "del", BRIDGE, check=False)
