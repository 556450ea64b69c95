"""The group `nms lab`: a laboratory of namespaces and FRR routers on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nms.commands.shape import RUN, add, epilog
from nms.terminal import remark, say, say_json, waiting
from shared.domain.errors import SettingError
from shared.domain.printable import printable
from shared.domain.units import figure
from shared.domain.units import size as human_size

if TYPE_CHECKING:
    from ipaddress import IPv4Network

    from network.lab.building.checks import CheckResult
    from network.lab.building.construction import LabMoment
    from network.lab.building.handle import LabHandle
    from network.lab.building.layout import LabSettings
    from network.lab.building.summary import LabSummary

NOT_DONE = 1
SHELL = "/bin/bash"
LONGEST_WAIT = 3_600.0
UP_EXAMPLES = (
    "nms lab up",
    "nms lab up isp_abilene.yaml --subnet 172.29.92.0/22",
    "nms lab up --name second --subnet 172.29.96.0/24 --no-wait",
)
DOCTOR_EXAMPLES = ("nms lab doctor",)
STATUS_EXAMPLES = ("nms lab status", "nms lab status --name default --checks")
SHELL_EXAMPLES = ("nms lab shell core-router-1", "nms lab shell core-router-1 vtysh -c 'show ip ospf neighbor'")
DOWN_EXAMPLES = ("nms lab down", "nms lab down --name default")

Name = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="The laboratory; else the only one of this machine.")
]
Folder = Annotated[
    Path | None, typer.Option("--folder", metavar="FOLDER", help="Of all laboratories; else /run/nms-lab.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def doctor(folder: Folder = None, json_: AsJson = False) -> None:
    """Look whether this machine can have a laboratory, and name what is missing.

    Tries the kernel in namespaces of its own, and leaves nothing behind. The exit code is 1 if no laboratory can be
    built; what only some scenarios or faults need does not count.
    """
    from network.lab.building.doctor import examine, packages
    from network.lab.building.layout import FOLDER

    found = examine(folder or FOLDER)
    if json_:
        say_json([{"what": each.what, "needed_for": str(each.needed), "lack": each.lack} for each in found])
    else:
        for each in found:
            state = "ok" if not each.lack else "missing"
            say(printable(f"{state:<8} {each.what}: {each.lack or 'for ' + each.needed}"))
        if wanted := packages(found):
            say(printable(f"apt-get install --no-install-recommends {' '.join(wanted)}"))
    if any(each.prevents for each in found):
        raise typer.Exit(NOT_DONE)


def up(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="default, or a YAML file of a scenario.")] = (
        "default"
    ),
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Of the laboratory; else the name of the plan.")
    ] = None,
    folder: Folder = None,
    subnet: Annotated[
        str | None, typer.Option("--subnet", metavar="NET", help="Management network; else 172.29.88.0/22.")
    ] = None,
    syslog_port: Annotated[
        int | None, typer.Option(metavar="PORT", min=1, max=65535, help="UDP port for syslog; else 5514.")
    ] = None,
    trap_port: Annotated[
        int | None, typer.Option(metavar="PORT", min=1, max=65535, help="UDP port for SNMP traps; else 5162.")
    ] = None,
    community: Annotated[
        str, typer.Option(metavar="WORD", help="A community for SNMPv2c, for reading; else SNMPv3 alone.")
    ] = "",
    rpki: Annotated[bool, typer.Option(help="Run the cache of RPKI, if the scenario has one.")] = True,
    wait: Annotated[bool, typer.Option(help="Wait until all checks of the plan hold.")] = True,
    within: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, max=LONGEST_WAIT, help="How long to wait for the checks.")
    ] = 180.0,
) -> None:
    """Build a laboratory, and wait until its network works.

    Prints the path of its inventory file at the end, with which a manager reaches the devices. What an earlier try of
    the same name left behind is removed first. The exit code is 1 if a check does not hold in time; the laboratory
    stays up then.
    """
    from network.lab.building.construction import build
    from network.lab.choice import find_plan

    plan = find_plan(scenario, rpki)
    settings = _settings(name or plan.name.replace("_", "-").lower(), folder, subnet, syslog_port, trap_port, community)
    with waiting(f"Building {settings.name}"):
        lab = build(plan, settings, _report)
    if wait and (failing := _wait(lab, within)):
        for each in failing:
            remark(_described(each))
        remark(
            f"{len(failing)} of {len(plan.checks)} checks do not hold: `nms lab down --name {settings.name}` ends it"
        )
        raise typer.Exit(NOT_DONE)
    say(printable(str(lab.place.inventory)))


def _settings(
    name: str, folder: Path | None, subnet: str | None, syslog: int | None, traps: int | None, community: str
) -> LabSettings:
    from network.lab.building.layout import FOLDER, SUBNET, SYSLOG_PORT, TRAP_PORT, LabSettings

    return LabSettings(
        name=name,
        folder=(folder or FOLDER).resolve(),
        subnet=_network(subnet) if subnet else SUBNET,
        syslog_port=syslog or SYSLOG_PORT,
        trap_port=traps or TRAP_PORT,
        community=community,
    )


def _network(text: str) -> IPv4Network:
    from ipaddress import AddressValueError, IPv4Network, NetmaskValueError

    try:
        return IPv4Network(text)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise SettingError(f"--subnet {text}: {error}: give a network such as 172.29.88.0/22") from error


def _report(moment: LabMoment) -> None:
    remark(f"{moment.what} after {figure(moment.seconds)} s")


def _wait(lab: LabHandle, within: float) -> list[CheckResult]:
    import time

    from network.lab.building.checks import wait_until_healthy

    begun = time.monotonic()
    with waiting(f"Waiting for {len(lab.plan.checks)} checks"):
        failing = wait_until_healthy(lab, within)
    if not failing:
        remark(f"{len(lab.plan.checks)} checks hold after {figure(time.monotonic() - begun)} s more")
    return failing


def _described(result: CheckResult) -> str:
    from network.lab.building.checks import described

    return f"{described(result.check)}: {result.reason or 'holds'}"


def status(
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="One laboratory with its nodes; else all of them.")
    ] = None,
    folder: Folder = None,
    checks: Annotated[bool, typer.Option("--checks", help="Run the checks of the plan, too.")] = False,
    json_: AsJson = False,
) -> None:
    """Show the laboratories of this machine, or the nodes of one.

    With --checks the exit code is 1 if one does not hold.
    """
    from network.lab.building.layout import FOLDER
    from network.lab.building.summary import names, summary, the_name

    where = (folder or FOLDER).resolve()
    wanted = [the_name(name, where)] if name or checks else names(where)
    found = [summary(each, where) for each in wanted]
    results = _run_checks(wanted[0], where) if checks else []
    if json_:
        say_json({"labs": [_as_json(each) for each in found], "checks": [_check_as_json(each) for each in results]})
    elif not found:
        say("no laboratory is there: build one with `nms lab up`")
    else:
        for each in found:
            _show(each, with_nodes=len(wanted) == 1)
        for result in results:
            say(printable(_described(result)))
    if any(not result.holds for result in results):
        raise typer.Exit(NOT_DONE)


def _run_checks(name: str, folder: Path) -> list[CheckResult]:
    from network.lab.building.checks import run_checks
    from network.lab.building.handle import LabHandle
    from network.lab.building.layout import LabPlace

    return run_checks(LabHandle.of(name, LabPlace(folder / name)))


def _show(lab: LabSummary, with_nodes: bool) -> None:
    if lab.nodes is None:
        say(printable(f"{lab.name}: not complete: it is being built, or `nms lab down --name {lab.name}` removes it"))
        return
    alive = sum(node.alive for node in lab.nodes.values())
    memory = human_size(sum(node.memory for node in lab.nodes.values()))
    say(
        printable(
            f"{lab.name}: plan {lab.plan}, {alive} of {len(lab.nodes)} nodes, {lab.cables} cables, {memory}, "
            f"up for {figure(lab.up, 0)} s, {lab.folder}"
        )
    )
    for name, node in lab.nodes.items() if with_nodes else ():
        use = f"{node.processes} processes, {human_size(node.memory)}, {figure(node.cpu)} s of CPU"
        say(
            printable(
                f"  {name:<20} {node.role:<7} {node.address:<15} {use if node.alive else 'its processes are gone'}"
            )
        )


def _as_json(lab: LabSummary) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(lab), "folder": str(lab.folder)}


def _check_as_json(result: CheckResult) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(result.check), "holds": result.holds, "reason": result.reason}


def shell(
    node: Annotated[str, typer.Argument(metavar="NODE", help="A node of the laboratory.")],
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[PROGRAM]...", help="What to run there; else a shell.")
    ] = None,
    name: Name = None,
    folder: Folder = None,
) -> None:
    """Open a shell in a node, as root. It has the network, the files and the processes of that node.

    With a program, run that instead and end with its exit code. This way is for you: a manager comes in by SSH.
    """
    from network.lab.building.handle import LabHandle
    from network.lab.building.layout import FOLDER, LabPlace
    from network.lab.building.summary import the_name

    where = (folder or FOLDER).resolve()
    known = the_name(name, where)
    lab = LabHandle.of(known, LabPlace(where / known))
    command = lab.entering(node) + (words or [SHELL])
    environment = {**os.environ, "HOME": "/root", "PS1": f"{node}# "}
    os.execvpe(command[0], command, environment)


def down(name: Name = None, folder: Folder = None) -> None:
    """Remove a laboratory: its processes, namespaces, cgroups and files, whatever state it is in."""
    from network.lab.building.layout import FOLDER, LabPlace
    from network.lab.building.removal import alone, is_there, remove
    from network.lab.building.summary import names, the_name

    where = (folder or FOLDER).resolve()
    if name is None and not names(where):
        say("no laboratory is there")
        return
    known = the_name(name, where)
    place = LabPlace(where / known)
    with alone(place):
        there = is_there(place)
        remove(place)
    say(f"{known}: removed" if there else f"{known}: nothing was there")


MEMBERS = (
    (doctor, DOCTOR_EXAMPLES),
    (up, UP_EXAMPLES),
    (status, STATUS_EXAMPLES),
    (shell, SHELL_EXAMPLES),
    (down, DOWN_EXAMPLES),
)


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="A network of real routers in namespaces of this machine.")
    for command, examples in MEMBERS:
        context = {"allow_interspersed_args": False} if command is shell else None
        add(group, command, RUN, examples, context=context)
    every = [example for _, examples in MEMBERS for example in examples]
    app.add_typer(group, name="lab", rich_help_panel=RUN, epilog=epilog(every))
