"""Recipes for processes, services and the device itself: stop, start, restart. Pure."""

from __future__ import annotations

from network.devices.actions.live import LiveProcess
from network.devices.actions.plans import PlanStep
from network.devices.actions.request import ActionRequest, Made, ServiceCare, flaw_of_word
from network.devices.evidence.normal.processes import ROUTING_DAEMONS
from network.devices.evidence.snapshot import joined, parts

TERM_TENTHS = "50"
"""Tenths of a second between TERM and KILL."""
START_TENTHS = "150"
MOST_PROCESSES = 64
RESTART_SECONDS = 60
OUR_OWN = frozenset({"sshd", "systemd", "init", "sudo", "setsid", "timeout", "sh", "zebra"})
"""Names of processes that no action stops: without them the device cannot be managed, or routing ends."""


def stop_process(request: ActionRequest) -> Made:
    """Stop the processes that nobody approved and that take most of the CPU or memory."""
    if refusal := request.unknown("busy"):
        return refusal
    names = [parts(each.path, 2)[1] for each in request.wanted("busy") if each.approved is None]
    if not names:
        return request.refuse("no process takes most of the CPU or memory without approval")
    if request.live.processes is None:
        return request.refuse("its processes could not be read; read the device again")
    chosen: list[LiveProcess] = []
    for name in names:
        if name in OUR_OWN or request.approved(joined("process", name)) is not None:
            return request.refuse(f"{name} belongs to the device; restart its service instead")
        if flaw := flaw_of_word(name):
            return request.refuse(f"the name of the process {flaw}")
        found = [each for each in request.live.processes if each.name == name]
        if not found:
            return request.refuse(f"no process with the name {name} runs any more; read the device again")
        chosen += [each for each in found if each.pid > 1]
    if len(chosen) > MOST_PROCESSES:
        return request.refuse(f"{len(chosen)} processes have these names, more than {MOST_PROCESSES}; look at them")
    words = [word for each in _parents_first(chosen) for word in (str(each.pid), str(each.started), each.name)]
    shown = "stop " + ", ".join(f"process {each.pid} ({each.name})" for each in chosen)
    steps = (PlanStep(("nms_stop", TERM_TENTHS, *words), shown=shown),)
    diff = "\n".join(f"process {each.pid} {each.name}: running -> stopped" for each in chosen)
    return request.plan(steps, f"{diff}\nThis cannot be undone.", "what these processes do ends")


def restart_service(request: ActionRequest) -> Made:
    """Stop the service if it runs, start it, and wait until its process is there."""
    care = request.care.services.get(request.service)
    if care is None or not care.start or not care.process:
        return request.refuse("the inventory has no words that start it, or no name of its process")
    if request.live.processes is None:
        return request.refuse("its processes could not be read; read the device again")
    runs = any(each.name == care.name for each in request.live.processes)
    steps = restart_steps(care, runs)
    state = "running" if runs else "not running"
    return request.plan(steps, f"{care.process}: {state} -> started", f"{request.service} pauses" if runs else "")


def restart_steps(care: ServiceCare, runs: bool) -> tuple[PlanStep, ...]:
    """Return the steps that start a service again. If the start fails, a service that ran is started once more."""
    stop = PlanStep(
        ("nms_stop_named", care.name, TERM_TENTHS),
        undo=(("nms_start", care.name, START_TENTHS, *care.start),),
        within=RESTART_SECONDS,
        shown=f"stop {care.process}",
    )
    start = PlanStep(("nms_start", care.name, START_TENTHS, *care.start), within=RESTART_SECONDS)
    return (stop, start) if runs else (start,)


def restart_routing(request: ActionRequest) -> Made:
    """Restart all daemons of routing together. To restart `zebra` alone takes the routes away for seconds."""
    words = request.care.restart_routing
    if not words:
        return request.refuse("the inventory has no words that restart its routing")
    if unsaved := _unsaved(request):
        return request.refuse(f"its configuration is not saved, and a restart would lose it: {unsaved}")
    daemons = _approved_daemons(request)
    steps = (
        PlanStep(words, within=RESTART_SECONDS),
        PlanStep(
            ("nms_until_run", START_TENTHS, *daemons), within=RESTART_SECONDS, shown=f"wait for {', '.join(daemons)}"
        ),
    )
    gone = [each for each in daemons if request.found(joined("process", each)) is None]
    diff = f"routing: restarted; not running before: {', '.join(gone) or 'none'}\nThis cannot be undone."
    return request.plan(steps[: 2 if daemons else 1], diff, "it has no learned routes until its neighbours are back")


def reboot_node(request: ActionRequest) -> Made:
    words = request.care.reboot
    if not words:
        return request.refuse("the inventory has no words that restart it")
    return request.plan(
        (PlanStep(words, within=RESTART_SECONDS),),
        f"{request.device}: restarted\nThis cannot be undone.",
        f"{request.device} is down until it has started",
        restarts=True,
    )


def clear_bgp_session(request: ActionRequest) -> Made:
    """Start a BGP session again. `neighbor`: its address on the device."""
    neighbor = request.arguments.get("neighbor", "")
    if refusal := request.unknown("frr"):
        return refusal
    if flaw := flaw_of_word(neighbor) or ("has a space" if " " in neighbor else ""):
        return request.refuse(f"the name of the neighbour {flaw}")
    known = any(f"> neighbor {neighbor} " in path for path in request.facts_below("frr"))
    if not known:
        return request.refuse(f"the device has no BGP neighbour {neighbor}")
    steps = (PlanStep(("vtysh", "-c", f"clear bgp {neighbor}")),)
    return request.plan(steps, f"bgp {neighbor}: started again\nThis cannot be undone.", "its routes are learned again")


def _approved_daemons(request: ActionRequest) -> tuple[str, ...]:
    paths = {*request.facts_below("process"), *(each.path for each in request.differing("process"))}
    return tuple(sorted(parts(path, 2)[1] for path in paths if request.approved(path) is not None and _routes(path)))


def _routes(path: str) -> bool:
    return parts(path, 2)[1] in ROUTING_DAEMONS


def _unsaved(request: ActionRequest) -> str:
    return next((parts(path, 3)[2] for path in request.facts_below("saved")), "")


def _parents_first(processes: list[LiveProcess]) -> list[LiveProcess]:
    """A parent may start a child again."""
    pids = {each.pid for each in processes}
    return sorted(processes, key=lambda each: (each.parent in pids, each.pid))
