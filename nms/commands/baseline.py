"""The group `nms baseline`: the approved states of devices, and how the devices differ. It changes no device."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nms.commands.shape import QUERY, By, add, epilog, who
from nms.terminal import remark, say_json, waiting, write
from shared.domain.errors import Refused, SettingError, UnknownTarget
from shared.domain.near import near
from shared.domain.printable import printable

if TYPE_CHECKING:
    from network.devices.console import NoAnswer
    from network.devices.evidence.baseline import Baseline, BaselineFolder
    from network.devices.evidence.metrics import DeviceEvidence
    from network.devices.evidence.reader import DeviceReader
    from network.devices.evidence.snapshot import DeviceSnapshot
    from network.devices.inventory.device import DeviceInventory

AT_ONCE = 32
"""So many devices are read at the same time."""
Inventory = Annotated[Path, typer.Option("--inventory", metavar="FILE", help="The inventory file of the devices.")]
Names = Annotated[list[str] | None, typer.Argument(metavar="[DEVICE]...", help="Some devices; else all.")]
Folder = Annotated[
    Path | None,
    typer.Option("--folder", metavar="FOLDER", help="Where the states are; else 'baseline' beside the inventory."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
EXAMPLES = (
    "nms baseline diff --inventory lab/devices.yaml",
    "nms baseline approve --inventory lab/devices.yaml r1",
    "nms baseline show --inventory lab/devices.yaml r1",
)


def show(inventory: Inventory, devices: Names = None, folder: Folder = None, json_: AsJson = False) -> None:
    """Show the approved state of devices, without its secrets. No device is asked."""
    from network.devices.evidence.difference import masked

    names, _, store = _chosen(inventory, devices, folder)
    found = store.read_all(dict.fromkeys(names))
    if json_:
        say_json({name: _document(baseline) for name, baseline in found.items()})
    for name in () if json_ else names:
        if name not in found:
            write(f"{name}: no approved state")
            continue
        write(f"{name}: {_status(found[name])}")
        for path, value in sorted(found[name].snapshot.facts.items()):
            write(f"  {masked(printable(path))} = {masked(printable(value))}")
        for path in sorted(found[name].snapshot.missing):
            write(f"  {path}: not known")


def diff(inventory: Inventory, devices: Names = None, folder: Folder = None, json_: AsJson = False) -> None:
    """Read devices, and show how they differ from their approved states, and what that means.

    A device without an approved state gets the present one as a proposal. The exit code is 1 if a device differs or
    does not answer.
    """
    from network.devices.console import NoAnswer
    from network.devices.evidence.meaning import evidence_of

    names, file, store = _chosen(inventory, devices, folder)
    read = _read(names, file)
    documents: dict[str, object] = {}
    differ = False
    for name, (reader, state) in read.items():
        if isinstance(state, NoAnswer):
            documents[name] = {"unreachable": state.reason}
            remark(state.reason)
            differ = True
            continue
        there = store.read(name)
        if there is None:
            there = store.propose(state, who(None), _now())
            remark(f"{printable(name)}: no approved state yet; the present one is proposed, look at it and approve it")
        evidence = evidence_of(there.snapshot, state, reader.services)
        documents[name] = _report(there, state, evidence, quiet=json_)
        differ = differ or bool(evidence.differing or evidence.unexplained)
    if json_:
        say_json(documents)
    if differ:
        raise typer.Exit(1)


def approve(inventory: Inventory, devices: Names = None, folder: Folder = None, by: By = None) -> None:
    """Read devices, and store their present states as approved."""
    from network.devices.console import NoAnswer

    names, file, store = _chosen(inventory, devices, folder)
    failed = []
    for name, (_, state) in _read(names, file).items():
        if isinstance(state, NoAnswer):
            failed.append(state.reason)
            continue
        baseline = store.approve(state, who(by), _now())
        unknown = f", {len(state.missing)} parts not known" if state.missing else ""
        write(f"{name}: {_status(baseline)}, {len(baseline.snapshot.facts)} facts{unknown}")
    if failed:
        raise Refused(f"not approved: {'; '.join(failed)}")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="The approved states of devices, and how the devices differ.")
    for command, examples in (
        (diff, (EXAMPLES[0], "nms baseline diff --inventory lab/devices.yaml --json r1 r2")),
        (approve, EXAMPLES[1:2]),
        (show, EXAMPLES[2:]),
    ):
        add(group, command, QUERY, examples)
    app.add_typer(group, name="baseline", rich_help_panel=QUERY, epilog=epilog(EXAMPLES))


def _chosen(
    inventory: Path, devices: Sequence[str] | None, folder: Path | None
) -> tuple[list[str], DeviceInventory, BaselineFolder]:
    """Return the devices, the inventory and the store. Raises SettingError, UnknownTarget."""
    from network.devices.evidence.baseline import FOLDER, BaselineFolder
    from network.devices.inventory.reading import read_device_inventory

    file = read_device_inventory(inventory)
    for name in devices or ():
        if name not in file.by_name:
            close = near(name, file.by_name)
            like = f"close to it are {', '.join(close)}" if close else "the inventory names the devices"
            raise UnknownTarget(f"there is no device '{name}'; {like}")
    names = list(dict.fromkeys(devices)) if devices else [each.name for each in file.devices if each.ssh]
    if not names:
        raise SettingError(f"{inventory}: no device has ssh, by which its state is read; add ssh to one")
    return names, file, BaselineFolder(folder or file.folder / FOLDER)


def _read(
    names: Sequence[str], inventory: DeviceInventory
) -> dict[str, tuple[DeviceReader, DeviceSnapshot | NoAnswer]]:
    import asyncio

    with waiting("reading"):
        return asyncio.run(_read_all(names, inventory))


async def _read_all(
    names: Sequence[str], inventory: DeviceInventory
) -> dict[str, tuple[DeviceReader, DeviceSnapshot | NoAnswer]]:
    import asyncio

    from network.devices.console import NoAnswer
    from network.devices.evidence.reader import reader_of
    from network.devices.ssh.console import console_of

    turns = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> tuple[DeviceReader, DeviceSnapshot | NoAnswer]:
        device = inventory.by_name[name]
        console = console_of(device, inventory)
        if isinstance(console, NoAnswer):
            raise SettingError(console.reason)
        async with turns:
            reader = reader_of(device, console)
            try:
                return reader, await reader.read()
            finally:
                await console.close()

    return dict(zip(names, await asyncio.gather(*map(one, names)), strict=True))


def _report(baseline: Baseline, state: DeviceSnapshot, evidence: DeviceEvidence, quiet: bool) -> dict[str, object]:
    from network.devices.evidence.difference import as_text, compared, masked

    found = compared(baseline.snapshot, state)
    lines = as_text(baseline.device, found).splitlines() if found else []
    missing = sorted(state.missing)
    if not quiet:
        same = "" if lines else ", as approved"
        write(f"{evidence.device}: {_status(baseline)}{same}")
        for each in evidence.differing:
            write(f"  {each.point.metric} of {each.point.element}: {each.sentence}")
        for line in lines:
            write(f"  {line}")
        for path in missing:
            write(f"  {path}: not known now")
    return {
        "approval": baseline.approval,
        "by": baseline.by,
        "at": baseline.at,
        "evidence": [
            {"element": each.point.element, "metric": each.point.metric, "sentence": each.sentence}
            for each in evidence.differing
        ],
        "unexplained": [masked(path) for path in evidence.unexplained],
        "differences": lines,
        "missing": missing,
    }


def _document(baseline: Baseline) -> dict[str, object]:
    from network.devices.evidence.difference import masked

    facts = sorted(baseline.snapshot.facts.items())
    return {
        "approval": baseline.approval,
        "by": baseline.by,
        "at": baseline.at,
        "facts": {masked(path): masked(value) for path, value in facts},
        "missing": sorted(baseline.snapshot.missing),
    }


def _status(baseline: Baseline) -> str:
    return f"{baseline.approval} by {baseline.by} at {baseline.at}"


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
