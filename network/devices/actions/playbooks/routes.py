"""Recipes for the routes of the kernel that a person or a program set. Pure."""

from __future__ import annotations

from network.devices.actions.live import LiveRoute
from network.devices.actions.plans import PlanStep
from network.devices.actions.playbooks.interfaces import IPV6, approved_route_words, route_words
from network.devices.actions.playbooks.management import refuse_management_route
from network.devices.actions.request import ActionRequest, Made, first_refusal
from network.devices.evidence.snapshot import joined, parts

DEFAULT = "default"


def remove_route(request: ActionRequest) -> Made:
    """Remove the routes that nobody approved, blackholes and static ones; the default route has its own recipe."""
    if refusal := request.unknown("route"):
        return refusal
    extra = [each for each in request.wanted("route") if each.approved is None and not _is_default(_key(each.path)[1])]
    if not extra:
        return request.refuse("every route is approved")
    steps = []
    for difference in extra:
        table, key = _key(difference.path)
        if refusal := refuse_management_route(request, key.split(" ")[0]):
            return refusal
        routes = _live(request, table, key)
        if not routes:
            return request.refuse(f"the route {key} is not there any more; read the device again")
        steps += [PlanStep(route_words(each, "delete"), undo=(route_words(each, "append"),)) for each in routes]
    diff = "; ".join(f"route {_key(each.path)[1]} {each.found} -> none" for each in extra)
    return request.plan(steps, diff)


def restore_default_route(request: ActionRequest) -> Made:
    """Put the approved default routes in the place of those that are found."""
    refusal = first_refusal(
        (request.unknown(joined("route", "main", DEFAULT)), refuse_management_route(request, DEFAULT))
    )
    if refusal:
        return refusal
    wanted = [each for each in request.wanted("route") if _is_default(_key(each.path)[1])]
    if not wanted:
        return request.refuse("its default route is the approved one")
    taken, set_steps = [], []
    for difference in wanted:
        table, key = _key(difference.path)
        if difference.found is not None:
            taken += _live(request, table, key)
            if not taken:
                return request.refuse("the default route is not there any more; read the device again")
        if difference.approved is not None:
            words = approved_route_words(difference.path, difference.approved)
            if words is None:
                return request.refuse(
                    f"its default route is {difference.approved}, which cannot be set; renew its lease"
                )
            delete = (*words[:3], "delete", *words[4:])
            set_steps.append(PlanStep(words, undo=(delete,)))
    steps = [PlanStep(route_words(each, "delete"), undo=(route_words(each, "append"),)) for each in taken]
    diff = "; ".join(
        f"route {_key(each.path)[1]}: {each.found or 'none'} -> {each.approved or 'none'}" for each in wanted
    )
    return request.plan((*steps, *set_steps), diff, "traffic to other networks stops for a moment")


def route_key(route: LiveRoute) -> str:
    """Return the last part of the path of a route in a snapshot."""
    metric = route.detail("metric")
    family = IPV6 if route.destination == DEFAULT and route.family == "-6" else ""
    return f"{family}{route.destination} metric {metric}" if metric else f"{family}{route.destination}"


def _key(path: str) -> tuple[str, str]:
    _, table, key = parts(path, 3)
    return table, key


def _is_default(key: str) -> bool:
    return key.removeprefix(IPV6).split(" ")[0] == DEFAULT


def _live(request: ActionRequest, table: str, key: str) -> list[LiveRoute]:
    return [
        each for each in request.live.routes or () if each.is_set and each.table == table and route_key(each) == key
    ]
