"""Formats the network and the processes as text: status, services, past values of a metric, faults, desired state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from nms.client import Body, Json
from nms.show.columns import columns, mapping, mappings, picked, when, word
from shared.domain.kinds import NodeStatus, ServiceName

OPEN = "there is no login: everybody who can reach this address may change everything"


def status(server: str, state: Body, metrics: Body) -> Text:
    nodes = mapping(metrics.get("summary"))
    processes = mapping(state.get("services"))
    fault = state.get("config_fault")
    unread = (f"the configuration cannot be read ({word(fault)}), so both are off: set a mode",) if fault else ()
    away = [name for name, how in processes.items() if how != "up"]
    return Text("\n").join(
        Text(line)
        for line in (
            f"{server}: faults are {'injected' if state.get('running') else 'not injected'}"
            f"{_unanswered(processes, ServiceName.INJECTOR)}, cycle {word(state.get('cycle_count'))}, "
            f"repair mode {word(state.get('mode'))}{_unanswered(processes, ServiceName.REMEDIATOR)}",
            *unread,
            f"network {word(state.get('network_state'))}, health {_health(state)} %: "
            f"{word(nodes.get('total_nodes'))} nodes, "
            + ", ".join(f"{word(nodes.get(status))} {status}" for status in NodeStatus),
            *_driver(mapping(state.get("network"))),
            f"services: {f'{word(list(away))} not up' if away else f'all {len(processes)} up'}; "
            f"version {word(state.get('version'))}, up for {word(state.get('uptime'))} s; "
            f"network time {word(when(state.get('timestamp')))}",
            *((OPEN,) if state.get("unauthenticated") else ()),
        )
    )


def _driver(network: Body) -> tuple[str, ...]:
    driver = network.get("driver")
    if not driver:
        return ("nothing is known of what the network offers: nothing is broken on purpose, nothing is repaired",)
    missing = [what for what in ("actions", "faults") if not network.get(what)]
    return (f"the network ({word(driver)}) offers no {' and no '.join(missing)}",) if missing else ()


def _unanswered(processes: Body, name: ServiceName) -> str:
    """If a service does not answer, no process applies the value that is shown."""
    return "" if processes.get(name) == "up" else " (no answer)"


def _health(state: Body) -> str:
    """Show all digits, so that 99.98 does not appear as 100."""
    value = state.get("health_percentage")
    return f"{value:g}" if isinstance(value, int | float) else word(value)


def services(body: Body) -> Text:
    """A service without a process has a row too."""

    def rows() -> Iterator[list[Json]]:
        for service in mappings(body.get("services")):
            for replica in mappings(service.get("replicas")) or [{}]:
                about = picked(replica, ("id", "pid", "version"))
                yield [*picked(service, ("name", "status")), *about, when(replica.get("started"))]

    return columns(
        ("service", "status", "replica", "pid", "version", "since (wall)"), list(rows()), "No service is known."
    )


def history(body: Body) -> Text:
    points = [[when(point.get("at")), point.get("value")] for point in mappings(body.get("points"))]
    return columns(("at", word(body.get("metric"))), points, "Nothing was measured in that time.")


def faults(body: Body) -> Text:
    def rows() -> Iterator[list[Json]]:
        for fault in mappings(body.get("faults")):
            live = fault.get("ended") is None
            over = when(fault.get("ends" if live else "ended"))
            how = f"live until {word(over)}" if live else f"ended {word(over)} by {word(fault.get('ended_by'))}"
            yield [
                when(fault.get("started")),
                *picked(fault, ("kind", "target", "strength")),
                how,
                fault.get("id"),
            ]

    return columns(("since", "kind", "target", "strength", "state", "id"), list(rows()), "There are no faults.")


def fault(body: Body) -> str:
    what = f"{word(body.get('kind'))} on {word(body.get('target'))}"
    if body.get("ended") is None:
        until = word(when(body.get("ends")))
        return f"{what} since {word(when(body.get('started')))}, until {until} at most: {word(body.get('id'))}"
    return f"{what} ended by {word(body.get('ended_by'))}: {word(body.get('id'))}"


def config(body: Body) -> Text:
    return columns(("setting", "value"), [[name, value] for name, value in settings(body)], "Nothing is set.")


def settings(body: Body, prefix: str = "") -> Iterable[tuple[str, str]]:
    for name, value in body.items():
        if isinstance(value, dict):
            yield from settings(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", setting(value)


def setting(value: Json) -> str:
    """Return the value of a setting in the form that `nms config set` takes."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case list():
            return ",".join(map(setting, value))
        case _:
            return str(value)
