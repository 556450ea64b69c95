"""What every node runs to be managed: sshd, snmpd, syslogd. Their settings, keys and secrets.

Rules

1. sshd listens on the management address alone, and takes the laboratory's key for one account. Without PAM, since
   there is no password to ask for. Files of keys are checked (`StrictModes`).
2. SNMPv3 with authentication and privacy, for reading. A community for SNMPv2c is an option.
3. SNMP shows the load of the whole machine in HOST-RESOURCES. The use of the node itself is in the extension `usage`.
"""

from __future__ import annotations

import grp
import secrets
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import PurePosixPath

from network.lab.building.accounts import HOME
from network.lab.building.layout import ACCOUNT, LabSettings
from network.lab.building.programs import FOLDER, PATH
from network.lab.building.usage import usage_script
from network.lab.plan import LabDirectory, LabFile, LabProgram

SNMP_USER = ACCOUNT
SNMP_AUTHENTICATION, SNMP_PRIVACY = "SHA-256", "AES"
SSH_PORT, SNMP_PORT = 22, 161
SSH_SETTINGS, HOST_KEY = "/etc/ssh/sshd_config", "/etc/ssh/ssh_host_ed25519_key"
AUTHORIZED = f"{HOME}/.ssh/authorized_keys"
MOST_SESSIONS = 32
ALIVE_EVERY = 15
"""Seconds after which sshd asks whether a silent client is still there."""
SNMP_SETTINGS, SNMP_STORE, SNMP_ACCOUNT = "/etc/snmp/snmpd.conf", "/run/snmp", "Debian-snmp"
AGENTX = "/var/agentx/master"
"""The socket where FRR finds snmpd: the default of both."""
ROUTING_GROUP = "frr"
USAGE = f"{FOLDER}/usage"
LOG = "/var/log/messages"
LOOK_EVERY = 1
"""Seconds between two looks of snmpd at the state of the interfaces."""
USAGE_FRESH = 1
"""Seconds for which snmpd gives the same figures again."""
IF_INDEX, IF_ADMIN_STATUS, IF_OPER_STATUS = (f".1.3.6.1.2.1.2.2.1.{column}" for column in (1, 7, 8))
LINK_DOWN, LINK_UP = ".1.3.6.1.6.3.1.1.5.3", ".1.3.6.1.6.3.1.1.5.4"
"""In numbers, since snmpd reads no MIB files here: that takes a second of CPU time in each node."""
ENGINE_OCTETS, PASSPHRASE_OCTETS = 8, 24
NET_SNMP_ENGINE = "0x80001f8805"
"""The start of an engine's id: net-snmp's own number, and that octets follow."""


@dataclass(frozen=True)
class LabSecrets:
    """Random words of one laboratory."""

    snmp_passphrase: str
    trap_community: str


@dataclass(frozen=True)
class KeyPair:
    """In the formats of OpenSSH."""

    private: str
    public: str


def new_key(comment: str) -> KeyPair:
    import asyncssh

    key = asyncssh.generate_private_key("ssh-ed25519", comment=comment)
    return KeyPair(key.export_private_key().decode(), key.export_public_key().decode().strip())


def new_secret() -> str:
    return secrets.token_urlsafe(PASSPHRASE_OCTETS)


def management_programs(settings: LabSettings) -> list[LabProgram]:
    """Return them in the order of their start. FRR looks for snmpd when it starts, and then only every 15 s."""
    collector = f"{settings.collector}:{settings.syslog_port}"
    return [
        LabProgram("syslogd", ("busybox", "syslogd", "-n", "-L", "-O", LOG, "-R", collector), "busybox"),
        LabProgram(
            "snmpd",
            ("/usr/sbin/snmpd", "-C", "-c", SNMP_SETTINGS, "-u", SNMP_ACCOUNT, "-LS4d", "-I", "-smux"),
            "snmpd",
            forks=True,
            after=("syslogd",),
            environment={"MIBS": "", "SNMP_PERSISTENT_DIR": SNMP_STORE},
        ),
        LabProgram("sshd", ("/usr/sbin/sshd", "-f", SSH_SETTINGS), "sshd", forks=True, after=("syslogd",)),
    ]


def management_files(
    address: IPv4Address, host_key: KeyPair, manager_key: str, lab: LabSecrets, settings: LabSettings
) -> list[LabFile]:
    """`manager_key`: the public one."""
    return [
        LabFile(SSH_SETTINGS, _sshd(address)),
        LabFile(HOST_KEY, host_key.private, mode=0o600),
        LabFile(f"{HOST_KEY}.pub", f"{host_key.public}\n"),
        LabFile(AUTHORIZED, f"{manager_key}\n", owner=ACCOUNT, mode=0o600),
        LabFile("/etc/snmp/snmp.conf", "mibs :\n"),
        LabFile(SNMP_SETTINGS, _snmpd(address, lab, settings), owner=SNMP_ACCOUNT, mode=0o600),
        LabFile(USAGE, usage_script(), mode=0o755),
    ]


def management_directories() -> list[LabDirectory]:
    return [
        LabDirectory("/run/sshd"),
        LabDirectory(str(PurePosixPath(AGENTX).parent), f"root:{_agentx_group()}", 0o750),
        LabDirectory(SNMP_STORE, SNMP_ACCOUNT, 0o700),
        LabDirectory(HOME, ACCOUNT, 0o700),
        LabDirectory(f"{HOME}/.ssh", ACCOUNT, 0o700),
        LabDirectory(f"{FOLDER}/log", mode=0o755),
    ]


def _agentx_group() -> str:
    """Return the group that may connect to snmpd: that of FRR, if the machine has it."""
    return ROUTING_GROUP if any(entry.gr_name == ROUTING_GROUP for entry in grp.getgrall()) else "root"


def _sshd(address: IPv4Address) -> str:
    return f"""ListenAddress {address}:{SSH_PORT}
HostKey {HOST_KEY}
AllowUsers {ACCOUNT}
PermitRootLogin no
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes yes
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
X11Forwarding no
AllowTcpForwarding no
MaxSessions {MOST_SESSIONS}
MaxStartups {MOST_SESSIONS}
ClientAliveInterval {ALIVE_EVERY}
SetEnv PATH={PATH}
Subsystem sftp internal-sftp
"""


def _snmpd(address: IPv4Address, lab: LabSecrets, settings: LabSettings) -> str:
    collector = settings.collector
    community = f"rocommunity {settings.community} {collector}\n" if settings.community else ""
    internal, engine = new_secret(), secrets.token_hex(ENGINE_OCTETS)
    changes = f"{IF_INDEX} {IF_ADMIN_STATUS} {IF_OPER_STATUS}"
    return f"""agentAddress udp:{address}:{SNMP_PORT}
exactEngineID {NET_SNMP_ENGINE}{engine}
createUser {SNMP_USER} {SNMP_AUTHENTICATION} {lab.snmp_passphrase} {SNMP_PRIVACY} {lab.snmp_passphrase}
rouser {SNMP_USER} priv
{community}createUser internal {SNMP_AUTHENTICATION} {internal}
rouser internal auth
iquerySecName internal
master agentx
agentXSocket {AGENTX}
agentXPerms 0660 0755 {SNMP_ACCOUNT} {_agentx_group()}
sysServices 72
trap2sink {collector}:{settings.trap_port} {lab.trap_community}
notificationEvent linkUp {LINK_UP} {changes}
notificationEvent linkDown {LINK_DOWN} {changes}
monitor -r {LOOK_EVERY} -e linkUp "interface is up" {IF_OPER_STATUS} != 2
monitor -r {LOOK_EVERY} -e linkDown "interface is down" {IF_OPER_STATUS} == 2
extend -cacheTime {USAGE_FRESH} usage {USAGE}
"""
