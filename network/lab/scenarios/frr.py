"""FRR of a router: the file with its configuration, and the programs that run it. Pure.

One file holds the configuration of all daemons. `vtysh -b` loads it when all daemons run: a daemon that reads the file
itself would take only its own part, and would meet interfaces that zebra does not know yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from network.lab.plan import LabDirectory, LabFile, LabInterface, LabProgram

DAEMONS = "/usr/lib/frr"
VTYSH = "/usr/bin/vtysh"
VTYSH_GROUP = "frrvty"
CONFIGURATION = "/etc/frr/frr.conf"
USER = "frr"
_SNMP = frozenset({"zebra", "ospfd", "isisd", "bgpd"})
"""The daemons for which the package frr-snmp has a module."""
_ALWAYS = ("zebra", "staticd")
_LOADS, _VALIDATES = "frr-configuration", "rpki-start"
RPKI = "bgpd:rpki"
"""The module with which BGP validates origins."""
_LOCAL = ("-A", "127.0.0.1")

FRR_DIRECTORIES = (LabDirectory("/run/frr", USER),)
ROUTER_SYSCTLS = {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
}


def with_basic_daemons(daemons: Iterable[str]) -> tuple[str, ...]:
    """Return the daemons with zebra first and staticd second: each router runs these."""
    return (*_ALWAYS, *(name for name in daemons if name not in _ALWAYS))


def interface_block(name: str, lines: Iterable[str]) -> tuple[str, ...]:
    return (f"interface {name}", *(f" {line}" for line in lines), "exit", "!")


def addressed_block(interface: LabInterface, lines: Iterable[str] = ()) -> tuple[str, ...]:
    """The addresses are in the configuration, so that an interface that comes back gets them again."""
    return interface_block(interface.name, (*(f"ip address {each}" for each in interface.addresses), *lines))


def frr_files(
    node: str, body: Sequence[str], daemons: Sequence[str], modules: Sequence[str] = ()
) -> tuple[LabFile, ...]:
    """Return the files of a router. `body`: the lines behind the general ones. `modules`: such as `RPKI`."""
    general = (
        "frr defaults traditional",
        f"hostname {node}",
        "log syslog informational",
        "log commands",
        "service integrated-vtysh-config",
        "agentx",
        "!",
    )
    started = "".join(f"{name}=yes\n" for name in daemons if name not in _ALWAYS)
    options = "".join(f'{name}_options="{" ".join(_options(name, modules))}"\n' for name in daemons)
    return (
        LabFile(CONFIGURATION, "\n".join((*general, *body)) + "\n", USER, 0o640),
        LabFile("/etc/frr/vtysh.conf", "service integrated-vtysh-config\n", f"{USER}:{VTYSH_GROUP}", 0o640),
        LabFile("/etc/frr/daemons", f"{started}vtysh_enable=yes\n{options}", USER, 0o640),
    )


def frr_programs(daemons: Sequence[str], modules: Sequence[str] = ()) -> tuple[LabProgram, ...]:
    """Return the daemons and, after them, what loads the configuration.

    Each daemon becomes one in the background itself: it is ready when its first process ends. The validation of origins
    does not start by its configuration.
    """
    programs = [
        LabProgram(
            name,
            (f"{DAEMONS}/{name}", "-d", *_options(name, modules)),
            process=name,
            forks=True,
            after=() if name == "zebra" else ("zebra",),
        )
        for name in daemons
    ]
    programs.append(LabProgram(_LOADS, (VTYSH, "-b"), process="vtysh", once=True, after=tuple(daemons)))
    if RPKI in modules:
        start = (VTYSH, "-c", "rpki start")
        programs.append(LabProgram(_VALIDATES, start, process="vtysh", once=True, after=(_LOADS,)))
    return tuple(programs)


def _options(daemon: str, modules: Sequence[str]) -> tuple[str, ...]:
    own = [module for name, _, module in (each.partition(":") for each in modules) if name == daemon]
    own += ["snmp"] if daemon in _SNMP else []
    return (*_LOCAL, *(word for module in own for word in ("-M", module)))
