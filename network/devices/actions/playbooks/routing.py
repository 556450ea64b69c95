"""Recipes for the configuration of routing: the approved lines, and metrics that keep traffic off a link. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from network.devices.actions.plans import PlanStep, Words, staged
from network.devices.actions.playbooks.frr_lines import RoutingGroup, RoutingLine, changes, flaw_of_line, line_of
from network.devices.actions.playbooks.management import refuse_management_interface
from network.devices.actions.request import ActionRequest, Made, first_refusal
from network.devices.evidence.collecting import SAVED
from network.devices.evidence.difference import StateDifference
from network.devices.evidence.normal.routing import BELOW
from network.devices.evidence.snapshot import parts

APPLY_SECONDS = 60
NO_ANSWER = "vtysh does not show its configuration; see whether its daemons run"
OSPF_DRAINED = 65535
ISIS_DRAINED, ISIS_DRAINED_NARROW = 16_777_214, 63
"""The highest metrics at which a link is still used if there is no other way."""
_COST = re.compile(r"(ip ospf cost|isis metric) (\d+)")


def restore_routing_config(request: ActionRequest) -> Made:
    """Set the approved lines and remove the others. Save only what was saved in the approved state."""
    if refusal := request.unknown("frr"):
        return refusal
    if not request.live.routing:
        return request.refuse(NO_ANSWER)
    chosen = _with_blocks(request)
    if not chosen:
        return request.refuse("the configuration of routing is the approved one")
    found = [line_of(parts(each.path, 3)[2]) for each in chosen if each.found is not None]
    approved = [line_of(parts(each.path, 3)[2]) for each in chosen if each.approved is not None]
    for each in (*found, *approved):
        if flaw := flaw_of_line(each):
            return request.refuse(f"the line {each.line or each.contexts[-1]!r} cannot be set: {flaw}")
    others = request.facts_below("frr").keys() - {each.path for each in chosen}
    kept = [line_of(parts(path, 3)[2]) for path in others]
    steps = _kept(_configure(changes(found, approved, kept), changes(approved, found, kept)))
    checks: list[Words] = [("nms_expect_routing", request.live.routing)]
    diff = [f"- {_shown(each)}" for each in found] + [f"+ {_shown(each)}" for each in approved]
    if _is_to_save(request, chosen):
        back = ("nms_put_back", "saved", SAVED, staged(SAVED, request.action_id))
        steps.append(PlanStep(("vtysh", "-c", "write memory"), undo=(back,)))
        checks.append(("nms_keep", "saved", SAVED))
        diff.append("saved, as the approved configuration was")
    else:
        diff.append("not saved")
    return request.plan(steps, "\n".join(diff), "the sessions and routes of the changed lines start again", checks)


def drain_link(request: ActionRequest) -> Made:
    """Raise the metric of an interface, so that traffic takes another way if there is one. Both ends need it."""
    return _metric(request, drained=True)


def undrain_link(request: ActionRequest) -> Made:
    """Set the approved metric of an interface again."""
    return _metric(request, drained=False)


def _metric(request: ActionRequest, drained: bool) -> Made:
    name = request.interface
    if not name:
        return request.refuse(f"it is no interface of {request.device}")
    if refusal := first_refusal((request.unknown("frr"), refuse_management_interface(request))):
        return refusal
    context = f"interface {name}"
    if not request.live.routing:
        return request.refuse(NO_ANSWER)
    highest = _drained_metrics(request, context)
    if not highest:
        return request.refuse("neither OSPF nor IS-IS runs on the interface")
    commands: list[RoutingGroup] = []
    back: list[RoutingGroup] = []
    shown: list[str] = []
    for command, metric in highest.items():
        found = _metric_in(request, context, command, approved=False)
        wanted = metric if drained else _metric_in(request, context, command, approved=True)
        if found == wanted:
            continue
        commands.append(_set_metric(context, command, wanted))
        back.append(_set_metric(context, command, found))
        shown.append(f"{name}: {command} {found or 'default'} -> {wanted or 'default'}")
    if not commands:
        return request.refuse("it is drained already" if drained else "its metric is the approved one")
    disturbs = f"traffic leaves {name}" if drained else f"traffic returns to {name}"
    checks = (("nms_expect_routing", request.live.routing),)
    return request.plan(_kept(_configure(commands, back)), "\n".join(shown), disturbs, checks)


def _with_blocks(request: ActionRequest) -> list[StateDifference]:
    """Return the differences to repair. With a block that comes or goes, all its lines belong to it."""
    every = request.differing("frr")
    wanted = {each.path for each in request.wanted("frr")}
    lines = {each.path: line_of(parts(each.path, 3)[2]) for each in every}
    blocks = {lines[path].contexts[:1] for path in wanted if lines[path].contexts and _is_block(request, lines[path])}
    return [each for each in every if each.path in wanted or lines[each.path].contexts[:1] in blocks]


def _is_block(request: ActionRequest, line: RoutingLine) -> bool:
    """Whether the outer context of a line is in one of the two configurations only."""
    head = line.contexts[0]
    paths = [*request.facts_below("frr"), *(each.path for each in request.differing("frr"))]
    own = {path for path in paths if line_of(parts(path, 3)[2]).contexts[:1] == (head,)}
    return not any(request.found(path) is not None for path in own) or not any(
        request.approved(path) is not None for path in own
    )


def _is_to_save(request: ActionRequest, chosen: list[StateDifference]) -> bool:
    """Whether the approved configuration was saved, this one is saved, and all of the rest is approved."""
    if request.live.digests.get(SAVED, "none") == "none" or not request.snapshot.knows("saved"):
        return False
    paths = {*request.facts_below("saved"), *(each.path for each in request.differing("saved"))}
    if any(request.approved(path) is not None or request.found(path) is not None for path in paths):
        return False
    return len(chosen) == len(request.differing("frr"))


def _configure(groups: Sequence[RoutingGroup], back: Sequence[RoutingGroup]) -> PlanStep:
    """One call sets all lines. Each is undone by a call of its own, since only some of them may have been set."""
    commands = [command for group in groups for command in group.commands]
    undo = [("nms_all_back", *_vtysh([command for group in back for command in group.commands]))]
    undo += [("nms_one_back", *_vtysh(single.commands)) for group in back for single in group.one_by_one()]
    shown = "vtysh: " + "; ".join(commands)
    return PlanStep(_vtysh(commands), undo=tuple(undo), within=APPLY_SECONDS, shown=shown)


def _kept(step: PlanStep) -> list[PlanStep]:
    """Keep the configuration before a step, so that its undo can prove that it is the same again."""
    keep = PlanStep(("nms_keep_routing",), undo=(("nms_same_routing",),), shown="keep a copy of the configuration")
    return [keep, step]


def _vtysh(commands: Sequence[str]) -> Words:
    return ("vtysh", *(word for command in commands for word in ("-c", command)))


def _drained_metrics(request: ActionRequest, context: str) -> dict[str, int]:
    """Return the commands that set the metrics of the protocols on an interface, with the highest values."""
    lines = [line_of(parts(path, 3)[2]) for path in request.facts_below("frr")]
    own = [each.line for each in lines if each.contexts == (context,)]
    highest = {}
    if any(each.line for each in lines if each.contexts[:1] == ("router ospf",)) and _may_run_ospf(own, lines):
        highest["ip ospf cost"] = OSPF_DRAINED
    if any(each.startswith("ip router isis ") for each in own):
        narrow = any(each.line == "metric-style narrow" for each in lines)
        highest["isis metric"] = ISIS_DRAINED_NARROW if narrow else ISIS_DRAINED
    return highest


def _may_run_ospf(own: list[str], lines: list[RoutingLine]) -> bool:
    enabled = any(line.startswith("ip ospf area ") for line in own)
    return enabled or any(each.contexts == ("router ospf",) and each.line.startswith("network ") for each in lines)


def _metric_in(request: ActionRequest, context: str, command: str, approved: bool) -> int | None:
    paths = {*request.facts_below("frr"), *(each.path for each in request.differing("frr"))}
    for path in sorted(paths):
        line = line_of(parts(path, 3)[2])
        set_to = _COST.fullmatch(line.line)
        value = request.approved(path) if approved else request.found(path)
        if line.contexts == (context,) and set_to and set_to.group(1) == command and value is not None:
            return int(set_to.group(2))
    return None


def _set_metric(context: str, command: str, metric: int | None) -> RoutingGroup:
    return RoutingGroup((context,), (f"no {command}" if metric is None else f"{command} {metric}",))


def _shown(line: RoutingLine) -> str:
    return BELOW.join([*line.contexts, *([line.line] if line.line else [])])
