"""The filter by element, which all lists of the product use: whether an element belongs to a given node or link. Pure.

Rules: a node and its links belong to that node. Only a link itself belongs to that link. An incident has several
elements: those of its members and causes, and the targets of its actions. It belongs to a node if any of these does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from shared.domain.catalogue import METRICS
from shared.domain.names import LINK_SEPARATOR

METRIC_NAMES = "|".join(sorted({name for _, name in METRICS}))
ID = re.compile(rf"(?P<element>.+)\.(?:{METRIC_NAMES})\.-?[0-9]+(?:\..*)?", re.DOTALL)


def is_of(asked: str, element: str) -> bool:
    """Whether an element is the element `asked`, or a link of the node `asked`."""
    if element == asked:
        return True
    if LINK_SEPARATOR in asked:
        return False
    return element.startswith(f"{asked}{LINK_SEPARATOR}") or element.endswith(f"{LINK_SEPARATOR}{asked}")


def any_is_of(asked: str, elements: Iterable[str]) -> bool:
    return any(is_of(asked, element) for element in elements)


def element_of(id: str) -> str | None:
    """None if the text is no id of an anomaly, incident or action."""
    found = ID.fullmatch(id)
    return found["element"] if found else None
