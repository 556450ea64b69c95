"""All playbooks: the recipe of each, and what it needs to read of a device beside the snapshot. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from network.devices.actions.details import Detail
from network.devices.actions.playbooks import files, filters, interfaces, processes, routes, routing, shaping
from network.devices.actions.request import ActionRequest, Made
from network.devices.evidence.collecting import RESOLVER, SAVED

Recipe = Callable[[ActionRequest], Made]


@dataclass(frozen=True)
class Playbook:
    """`files`: the digests of these files are read; also of the argument `path`, if the action has one."""

    recipe: Recipe
    needs: frozenset[Detail] = frozenset()
    files: tuple[str, ...] = ()


FILTERS, PROCESSES = frozenset({Detail.FILTERS}), frozenset({Detail.PROCESSES})
ROUTES, ROUTING = frozenset({Detail.ROUTES}), frozenset({Detail.ROUTING})

PLAYBOOKS: Mapping[str, Playbook] = MappingProxyType(
    {
        "enable_interface": Playbook(interfaces.enable_interface),
        "reset_interface": Playbook(interfaces.reset_interface, ROUTES),
        "restart_routing": Playbook(processes.restart_routing),
        "restart_service": Playbook(processes.restart_service, PROCESSES),
        "stop_process": Playbook(processes.stop_process, PROCESSES),
        "remove_filter": Playbook(filters.remove_filter, FILTERS),
        "remove_route": Playbook(routes.remove_route, ROUTES),
        "restore_default_route": Playbook(routes.restore_default_route, ROUTES),
        "restore_address": Playbook(interfaces.restore_address, ROUTES),
        "restore_mtu": Playbook(interfaces.restore_mtu),
        "remove_shaping": Playbook(shaping.remove_shaping),
        "restore_routing_config": Playbook(routing.restore_routing_config, ROUTING, files=(SAVED,)),
        "restore_resolver": Playbook(files.restore_resolver, files=(RESOLVER,)),
        "restore_file": Playbook(files.restore_file, PROCESSES),
        "clear_bgp_session": Playbook(processes.clear_bgp_session),
        "drain_link": Playbook(routing.drain_link, ROUTING),
        "undrain_link": Playbook(routing.undrain_link, ROUTING),
        "limit_source": Playbook(filters.limit_source),
        "reboot_node": Playbook(processes.reboot_node),
    }
)
"""By the name of the action in the catalogue."""
