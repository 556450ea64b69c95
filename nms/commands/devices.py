"""The group `nms devices`: whether real devices can be reached, their host keys, and the links that they see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nms.commands.shape import QUERY, add, epilog
from nms.terminal import remark, say_json, waiting, write
from shared.domain.errors import Refused, UnknownTarget
from shared.domain.near import near
from shared.domain.printable import printable

if TYPE_CHECKING:
    from network.devices.check import DeviceCheck
    from network.devices.discovery.links import DiscoveryReport
    from network.devices.inventory.device import Device, DeviceInventory
    from network.devices.trust import PresentedKey

NOT_DONE = 1
Inventory = Annotated[Path, typer.Argument(metavar="INVENTORY", help="The inventory file of the devices.")]
Names = Annotated[list[str] | None, typer.Argument(metavar="[DEVICE]...", help="Some devices; else all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
CHECK_EXAMPLES = ("nms devices check lab/devices.yaml", "nms devices check lab/devices.yaml --json")
TRUST_EXAMPLES = ("nms devices trust lab/devices.yaml", "nms devices trust lab/devices.yaml core-1 --replace")
DISCOVER_EXAMPLES = ("nms devices discover lab/devices.yaml",)


def check(inventory: Inventory, json_: AsJson = False) -> None:
    """Try to reach each device, and show by what and with which rights.

    It changes nothing. The exit code is 1 if something that the inventory states does not answer.
    """
    import asyncio

    from network.devices.check import check_devices

    file = _read(inventory)
    with waiting("asking the devices"):
        report = asyncio.run(check_devices(file))
    if json_:
        say_json({"cut_off": report.sight.sentence, "devices": [_check_as_json(each) for each in report.devices]})
    for each in () if json_ else report.devices:
        write(f"{'ok' if each.is_good else 'FAIL':<5}{each.line}")
    if report.sight.cut_off and not json_:
        remark(report.sight.sentence)
    if not all(each.is_good for each in report.devices):
        raise typer.Exit(NOT_DONE)


def trust(
    inventory: Inventory,
    devices: Names = None,
    yes: Annotated[bool, typer.Option("--yes", help="Record new keys without a question.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Offer to replace keys that changed, too.")] = False,
) -> None:
    """Show the fingerprints of the devices, ask, and record their host keys.

    Compare the fingerprints with those that the devices show on their consoles (`ssh-keygen -lf`). A key that changed
    is recorded only with --replace, after a question of its own.
    """
    import asyncio

    from network.devices.console import NoAnswer
    from network.devices.trust import KeyState, presented_keys

    file = _read(inventory)
    with waiting("asking for host keys"):
        found = asyncio.run(presented_keys(file, _chosen(file, devices)))
    by_state: dict[KeyState, list[PresentedKey]] = {state: [] for state in KeyState}
    silent = 0
    for device, key in found:
        if isinstance(key, NoAnswer):
            silent += 1
            write(f"{device.name}: {key.reason}")
            continue
        by_state[key.state].append(key)
        before = f", but {', '.join(key.recorded)} is recorded" if key.state is KeyState.CHANGED else ""
        write(f"{device.name} ({device.address}): {key.fingerprint}, {key.state}{before}")
    _record(file, by_state[KeyState.NEW], "new keys", yes)
    changed = by_state[KeyState.CHANGED]
    if changed and not replace:
        raise Refused(f"{len(changed)} keys changed and were not recorded: if that is right, use --replace")
    _record(file, changed, "CHANGED keys", sure=False)
    if silent:
        raise typer.Exit(NOT_DONE)


def _record(file: DeviceInventory, keys: Sequence[PresentedKey], what: str, sure: bool) -> None:
    """Raises Refused without a yes."""
    from network.devices.trust import record_keys

    if not keys:
        return
    asked = f"Record {len(keys)} {what} in {printable(str(file.known_hosts))}?"
    try:
        agreed = sure or typer.confirm(asked, default=False, err=True)
    except typer.Abort:
        agreed = False
    if not agreed:
        raise Refused(f"{len(keys)} {what} were not recorded; compare them, then answer yes")
    record_keys(file, keys)
    write(f"{len(keys)} {what} recorded in {file.known_hosts}")


def discover(inventory: Inventory, json_: AsJson = False) -> None:
    """Ask the devices which links they see, and compare these with the links of the inventory.

    Evidence is LLDP, neighbours in OSPF, IS-IS and BGP, common networks, and what switches have learned. Nothing is
    changed, and nothing is added to the inventory. The exit code is 1 if the two differ or a device is silent.
    """
    import asyncio

    from network.devices.console import NoAnswer
    from network.devices.discovery.links import LinkMatch, discovered
    from network.devices.discovery.reading import read_findings, readable

    file = _read(inventory)
    with waiting("asking the devices"):
        findings = asyncio.run(read_findings(file))
    report = discovered(file, readable(findings))
    silent = [each.reason for each in findings.values() if isinstance(each, NoAnswer)]
    lacks = [why for each in readable(findings).values() for why in each.lacks]
    if json_:
        say_json(_report_as_json(report, silent))
    for line in () if json_ else _lines(report):
        write(line)
    for why in () if json_ else (*silent, *lacks):
        remark(why)
    differ = {LinkMatch.NOT_IN_FILE, LinkMatch.NOT_SEEN, LinkMatch.NO_PORT}
    if silent or any(each.match in differ for each in report.links):
        raise typer.Exit(NOT_DONE)


def _lines(report: DiscoveryReport) -> Iterator[str]:
    for link in report.links:
        seen = ", ".join(f"{kind} ({text})" for kind, text in link.evidence.items())
        yield f"{link.match:<16}{link.name}: {'; '.join(part for part in (seen, link.remark) if part)}"
    for segment in report.segments:
        yield f"{'segment':<16}{segment.network}: {', '.join(map(str, segment.ports))}"


def _report_as_json(report: DiscoveryReport, silent: Sequence[str]) -> dict[str, object]:
    return {
        "links": [
            {
                "a": str(link.ports[0]),
                "b": str(link.ports[1]),
                "match": str(link.match),
                "evidence": {str(kind): text for kind, text in link.evidence.items()},
                "remark": link.remark,
            }
            for link in report.links
        ],
        "segments": [{"network": each.network, "ports": list(map(str, each.ports))} for each in report.segments],
        "silent": list(silent),
    }


def _check_as_json(found: DeviceCheck) -> dict[str, object]:
    return {
        "device": found.device,
        "address": found.address,
        "good": found.is_good,
        "ping": found.ping,
        "ssh": found.ssh if isinstance(found.ssh, str) else None,
        "root": found.root is True,
        "vtysh": found.routing is True,
        "snmp": found.snmp if isinstance(found.snmp, str) else None,
        "lacks": list(found.lacks),
        "failures": [each.reason for each in found.failures],
    }


def _read(inventory: Path) -> DeviceInventory:
    from network.devices.inventory.reading import read_device_inventory

    return read_device_inventory(inventory)


def _chosen(file: DeviceInventory, names: Sequence[str] | None) -> list[Device]:
    """Raises UnknownTarget."""
    for name in names or ():
        if name not in file.by_name:
            close = near(name, file.by_name)
            like = f"close to it are {', '.join(close)}" if close else "the inventory names the devices"
            raise UnknownTarget(f"there is no device '{name}'; {like}")
    return (
        [file.by_name[name] for name in dict.fromkeys(names)] if names else [each for each in file.devices if each.ssh]
    )


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Real devices: reach them, trust their keys, discover their links.")
    for command, examples in ((check, CHECK_EXAMPLES), (trust, TRUST_EXAMPLES), (discover, DISCOVER_EXAMPLES)):
        add(group, command, QUERY, examples)
    every = (*CHECK_EXAMPLES, *TRUST_EXAMPLES, *DISCOVER_EXAMPLES)
    app.add_typer(group, name="devices", rich_help_panel=QUERY, epilog=epilog(every))
