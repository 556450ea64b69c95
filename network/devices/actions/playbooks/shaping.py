"""A recipe for what slows an interface down or drops at it: queueing disciplines and their filters. Pure."""

from __future__ import annotations

from network.devices.actions.plans import PlanStep, Words
from network.devices.actions.playbooks.management import refuse_management_interface
from network.devices.actions.request import ActionRequest, Made, first_refusal
from network.devices.evidence.collecting import DEFAULT_QDISCS
from network.devices.evidence.difference import StateDifference
from network.devices.evidence.snapshot import joined, parts

HOOK, ROOT = "hook", "root"
"""Places of disciplines. At the hook of an interface are only filters, which go with it."""
FILTERED = ("ingress", "egress")


def remove_shaping(request: ActionRequest) -> Made:
    """Put the disciplines and filters of an interface back to the approved ones."""
    name = request.interface
    if not name:
        return request.refuse(f"it is no interface of {request.device}")
    prefixes = (joined("qdisc", name), joined("class", name), joined("filter", name))
    if refusal := first_refusal((request.unknown(*prefixes), refuse_management_interface(request))):
        return refusal
    if not request.wanted(*prefixes):
        return request.refuse("its queueing disciplines and filters are the approved ones")
    steps: list[PlanStep] = []
    shown: list[str] = []
    for difference in request.wanted(prefixes[0]):
        made = _restored(request, difference)
        if isinstance(made, PlanStep):
            steps.append(made)
            shown.append(f"{difference.path}: {difference.found or 'none'} -> {difference.approved or 'none'}")
        elif made:
            return request.refuse(made)
    replaced = {parts(each.path, 3)[2] for each in request.wanted(prefixes[0])}
    for place in FILTERED:
        filters = [each for each in request.wanted(prefixes[2]) if parts(each.path, 4)[2] == place]
        if not filters or HOOK in replaced:
            continue
        approved = [path for path in request.facts_below(joined("filter", name, place)) if request.approved(path)]
        if approved or any(each.approved for each in filters):
            return request.refuse(f"approved filters are at its {place} too, and filters have no names; look at it")
        steps.append(PlanStep(("tc", "filter", "delete", "dev", name, place)))
        shown.append(f"filter at {place}: {len(filters)} -> none")
    if not steps:
        return request.refuse("only classes differ, and they cannot be restored alone; look at the interface")
    lasting = any(not step.undo for step in steps)
    diff = "\n".join(shown) + ("\nThis cannot be undone: the filters or classes are not known in full." * lasting)
    return request.plan(steps, diff)


def _restored(request: ActionRequest, difference: StateDifference) -> PlanStep | str:
    """Return the step that restores one discipline, or why there is none; empty if there is nothing to do."""
    _, name, place = parts(difference.path, 3)
    found, approved = difference.found, difference.approved
    if place == HOOK:
        if approved is not None or found is None:
            return f"its {approved} is not the approved one, and its filters are not known in full"
        return PlanStep(("tc", "qdisc", "delete", "dev", name, found.split()[-1]))
    if place != ROOT:
        return ""  # it goes with its parent
    remove: Words = ("tc", "qdisc", "delete", "dev", name, ROOT)
    if approved is None or approved in DEFAULT_QDISCS:
        return PlanStep(remove, undo=_simple(request, name, found))
    if _has_parts(request, name, approved=True):
        return "its approved discipline has classes, which are not known in full; set it by hand"
    replace: Words = ("tc", "qdisc", "replace", "dev", name, ROOT, *approved.split())
    is_default = found is None or found in DEFAULT_QDISCS
    return PlanStep(replace, undo=(remove,) if is_default else _simple(request, name, found))


def _simple(request: ActionRequest, name: str, found: str | None) -> tuple[Words, ...]:
    """Return what sets a discipline again; nothing if it has classes or filters, whose text `tc` does not accept."""
    if not found or _has_parts(request, name, approved=False):
        return ()
    return (("tc", "qdisc", "replace", "dev", name, ROOT, *found.split()),)


def _has_parts(request: ActionRequest, name: str, approved: bool) -> bool:
    """Whether a discipline has classes, filters or disciplines below it."""
    prefixes = (joined("class", name), joined("filter", name, ROOT), joined("qdisc", name))
    facts = {path for prefix in prefixes for path in request.facts_below(prefix)}
    if approved:
        facts |= {each.path for each in request.differing(*prefixes)}
        facts = {path for path in facts if request.approved(path) is not None}
    return any(parts(path, 3)[2] not in (ROOT, HOOK) for path in facts)
