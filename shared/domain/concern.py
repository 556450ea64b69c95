"""What is *of* a node or link: the one meaning of every filter by a node. Pure.

Rules: of a node are the node itself and its links; of a link is the link alone. What has several elements, as an
incident has its members, its cause and the targets of its actions, is of a node where any of them is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from shared.domain.catalogue import METRICS
from shared.domain.names import LINK_SEPARATOR

METRIC_NAMES = "|".join(sorted({name for _, name in METRICS}))
ID = re.compile(rf"(?P<element>.+)\.(?:{METRIC_NAMES})\.-?[0-9]+(?:\..*)?", re.DOTALL)


def is_of(asked: str, element: str) -> bool:
    """Say whether an element is the one asked for, or a link of it: no name of a node holds what joins the ends."""
    if element == asked:
        return True
    if LINK_SEPARATOR in asked:
        return False
    return element.startswith(f"{asked}{LINK_SEPARATOR}") or element.endswith(f"{LINK_SEPARATOR}{asked}")


def any_is_of(asked: str, elements: Iterable[str]) -> bool:
    """Say whether any of several elements is of the one asked for."""
    return any(is_of(asked, element) for element in elements)


def element_of(id: str) -> str | None:
    """Return the element that an anomaly, incident or action is named after by its id; None where it is no such id."""
    found = ID.fullmatch(id)
    return found["element"] if found else None
