"""Recipes for files: the resolver, and the configuration of a service. Pure.

A service's own program checks a new file before the file gets its name.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from network.devices.actions.plans import MAX_TEXT_BYTES, NewText, PlanStep, Words, put_steps, staged
from network.devices.actions.playbooks.processes import START_TENTHS, TERM_TENTHS, restart_steps
from network.devices.actions.request import ActionRequest, Made, ServiceCare
from network.devices.evidence.collecting import RESOLVER
from network.devices.evidence.normal.leases import BY_DHCP
from network.devices.evidence.snapshot import parts
from network.port import Refusal

FILE = "FILE"
"""Stands for the new file in the words of a check."""
ZONE = "ZONE"
CHECKS = {
    "dhcpd": ("dhcpd", "-t", "-cf", FILE),
    "named": ("named-checkconf", FILE),
    "nginx": ("nginx", "-t", "-c", FILE),
    "sshd": ("sshd", "-t", "-f", FILE),
    "dnsmasq": ("dnsmasq", "--test", "-C", FILE),
    "haproxy": ("haproxy", "-c", "-f", FILE),
}
"""How the program with this name checks its main file."""
ZONE_CHECK = ("named-checkzone", ZONE, FILE)
MAIN_FILES = {"named": "named.conf", "nginx": "nginx.conf", "dhcpd": "dhcpd.conf"}
READS_AGAIN = frozenset({"named", "nginx", "haproxy", "sshd", "snmpd"})
"""Programs that read their files again after HUP."""


def restore_resolver(request: ActionRequest) -> Made:
    """Write the approved name servers and search domains."""
    if refusal := request.unknown("resolver"):
        return refusal
    if not request.wanted("resolver"):
        return request.refuse("its resolver is set as approved")
    text = request.care.approved_files.get(RESOLVER) or _resolver_text(request)
    if not text:
        return request.refuse("the approved servers come from DHCP, or there are none; renew its lease")
    made = _new_text(request, RESOLVER, text)
    if isinstance(made, Refusal):
        return made
    diff = [
        f"{each.path}: {each.found or 'none'} -> {each.approved or 'none'}" for each in request.differing("resolver")
    ]
    return request.plan(put_steps([made], request.action_id), "\n".join(diff), texts=(made,))


def restore_file(request: ActionRequest) -> Made:
    """Write the approved text of a file, and let its service read it. `path`: of the file. `zone`: of a zone file."""
    path = request.arguments.get("path", "")
    care = request.care.services.get(request.service)
    if care is None or not care.process:
        return request.refuse("the inventory has no name of its process")
    text = request.care.approved_files.get(path)
    if text is None:
        return request.refuse(f"there is no approved text of {path[:200]!r}")
    if request.live.processes is None:
        return request.refuse("its processes could not be read; read the device again")
    made = _new_text(request, path, text)
    if isinstance(made, Refusal):
        return made
    check = _check(care, path, request.arguments.get("zone", ""))
    if not check:
        return request.refuse(f"no program is known that checks {path}; name one in the inventory")
    fresh = staged(path, request.action_id)
    checks = (tuple(fresh if word == FILE else word for word in check),)
    runs = any(each.name == care.name for each in request.live.processes)
    put = put_steps([made], request.action_id)[0]
    reload, back = _reload(care, runs)
    steps = (PlanStep(put.command, (*put.undo, *back), put.within, put.shown), *reload)
    return request.plan(
        steps, f"{path}: back to its approved text", f"{request.service} reads its files again", checks, (made,)
    )


def _check(care: ServiceCare, path: str, zone: str) -> Words:
    if care.check:
        return care.check
    if zone and care.process == "named":
        return tuple(zone if word == ZONE else word for word in ZONE_CHECK)
    name = PurePosixPath(path).name
    return CHECKS.get(care.process, ()) if name == MAIN_FILES.get(care.process, name) else ()


def _reload(care: ServiceCare, runs: bool) -> tuple[tuple[PlanStep, ...], tuple[Words, ...]]:
    """Return the steps that make a service read its files, and what does it again after an undo."""
    if not runs:
        return (restart_steps(care, runs=False) if care.start else ()), ()
    if care.reload:
        return (PlanStep(care.reload),), (care.reload,)
    if care.process in READS_AGAIN:
        words: Words = ("nms_signal", "HUP", care.name)
        return (PlanStep(words, shown=f"signal HUP to {care.process}"),), (words,)
    if not care.start:
        return (), ()
    again: tuple[Words, ...] = (
        ("nms_stop_named", care.name, TERM_TENTHS),
        ("nms_start", care.name, START_TENTHS, *care.start),
    )
    return restart_steps(care, runs=True), again


def _new_text(request: ActionRequest, path: str, text: str) -> NewText | Refusal:
    if not path.startswith("/") or ".." in PurePosixPath(path).parts or any(ord(char) < 32 for char in path):
        return request.refuse(f"{path[:200]!r} is no plain path from /")
    if len(text.encode()) > MAX_TEXT_BYTES or "\0" in text:
        return request.refuse(f"the approved text of {path} is longer than {MAX_TEXT_BYTES} bytes, or no text")
    digest = request.live.digests.get(path, "unreadable")
    if digest != "none" and len(digest) != 64:
        return request.refuse(f"{path} could not be read; see whether it is a file that root may read")
    return NewText(path, text, digest)


def _resolver_text(request: ActionRequest) -> str:
    paths = {*request.facts_below("resolver"), *(each.path for each in request.differing("resolver"))}
    lines: list[tuple[str, str]] = []
    leased = False
    for path in paths:
        value = request.approved(path)
        _, word, _ = parts(path, 3)
        if value is not None and word in ("nameserver", "search", "domain", "options", "sortlist"):
            lines.append((path, f"{word} {value}\n"))
            leased = leased or value == BY_DHCP
    return "" if leased else "".join(line for _, line in sorted(lines))
