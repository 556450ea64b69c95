"""Adds the rows of real devices to the catalogue: their metrics, kinds of fault and actions.

Rule: only the processes of a network of real devices add them, so that no other network has columns that stay empty.
"""

from __future__ import annotations

from shared.domain.catalogue.actions import ActionSpec, add_action
from shared.domain.catalogue.device_faults import DEVICE_FAULTS
from shared.domain.catalogue.device_metrics import DEVICE_ROWS
from shared.domain.catalogue.faults import add_fault
from shared.domain.catalogue.metrics import add_metric
from shared.domain.kinds import ElementKind

NODE, INTERFACE, SERVICE = ElementKind.NODE, ElementKind.INTERFACE, ElementKind.SERVICE
DEVICE_ACTIONS = (
    ActionSpec("remove_filter", frozenset({NODE, INTERFACE}), undoable=True),
    ActionSpec("remove_route", frozenset({NODE}), undoable=True),
    ActionSpec("restore_default_route", frozenset({NODE}), undoable=True),
    ActionSpec("restart_routing", frozenset({NODE}), moves_traffic=True),
    ActionSpec("restore_routing_config", frozenset({NODE}), moves_traffic=True, undoable=True),
    ActionSpec("restore_kernel_setting", frozenset({NODE}), undoable=True),
    ActionSpec("remove_neighbor", frozenset({NODE}), undoable=True),
    ActionSpec("restore_resolver", frozenset({NODE}), undoable=True),
    ActionSpec("attach_interface", frozenset({INTERFACE})),
    ActionSpec("restore_address", frozenset({INTERFACE}), undoable=True),
    ActionSpec("restore_mtu", frozenset({INTERFACE}), undoable=True),
    ActionSpec("remove_shaping", frozenset({INTERFACE}), undoable=True),
    ActionSpec("restart_service", frozenset({SERVICE})),
    ActionSpec("restore_file", frozenset({NODE, SERVICE}), undoable=True),
)
"""Each takes back one difference from the approved state, and nothing else."""


def add_device_rows() -> None:
    """This must be called before any module derives a table from the catalogue. A second call changes nothing."""
    for metric in DEVICE_ROWS:
        add_metric(metric)
    for action in DEVICE_ACTIONS:
        add_action(action)
    for fault in DEVICE_FAULTS:
        add_fault(fault)
