"""The filter by element: whether something belongs to a node or link. Every filter of the product uses it. Pure.

Rules: to a node belong the node itself and its links; to a link belongs only the link. An incident
has several elements: its members, its causes and the targets of its actions. It belongs to a node if any of them does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from shared.domain.catalogue import METRICS
from shared.domain.names import LINK_SEPARATOR

METRIC_NAMES = "|".join(sorted({name for _, name in METRICS}))
ID = re.compile(rf"(?P<element>.+)\.(?:{METRIC_NAMES})\.-?[0-9]+(?:\..*)?", re.DOTALL)


def is_of(asked: str, element: str) -> bool:
    """Whether an element is the requested one, or a link of it. No node name contains the separator of links."""
    if element == asked:
        return True
    if LINK_SEPARATOR in asked:
        return False
    return element.startswith(f"{asked}{LINK_SEPARATOR}") or element.endswith(f"{LINK_SEPARATOR}{asked}")


def any_is_of(asked: str, elements: Iterable[str]) -> bool:
    return any(is_of(asked, element) for element in elements)


def element_of(id: str) -> str | None:
    """Return the element in the id of an anomaly, incident or action, or None if `id` is no such id."""
    found = ID.fullmatch(id)
    return found["element"] if found else None
