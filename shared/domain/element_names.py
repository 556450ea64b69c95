"""The names of elements that are neither nodes nor links, and the nodes that a name contains. Pure.

Rules: an interface is written `node:ifname`, a session `protocol/a--b`, a service `name/node`, a path `a->b`. Parallel
links, and sessions over them, have interfaces for ends: `a:eth0--b:eth1`. The name of a node can contain all of these
characters, so a name is taken apart only where known nodes result.
"""

from __future__ import annotations

from collections.abc import Container

from shared.domain.names import LINK_SEPARATOR

PATH_SEPARATOR, PORT_SEPARATOR, SERVICE_SEPARATOR = "->", ":", "/"


def port_name(node: str, interface: str) -> str:
    return f"{node}{PORT_SEPARATOR}{interface}"


def session_name(protocol: str, between: str) -> str:
    """`between`: the two ends, written as a link."""
    return f"{protocol}{SERVICE_SEPARATOR}{between}"


def path_name(source: str, target: str) -> str:
    return f"{source}{PATH_SEPARATOR}{target}"


def node_of_interface(element: str, nodes: Container[str]) -> str | None:
    """Return the node of `node:ifname`; None if the name is no interface of a known node. An interface name can contain
    colons, too: the longest known node counts.
    """
    at = element.rfind(PORT_SEPARATOR)
    while at > 0:
        interface = element[at + 1 :]
        if element[:at] in nodes and interface and LINK_SEPARATOR not in interface:
            return element[:at]
        at = element.rfind(PORT_SEPARATOR, 0, at)
    return None


def nodes_in(element: str, nodes: Container[str]) -> frozenset[str]:
    """Return the known nodes of an interface, session, service, path or link by its name; none if it has an unknown
    node.
    """
    if node := node_of_interface(element, nodes):
        return frozenset((node,))
    if (path := _both(element, PATH_SEPARATOR, nodes)) is not None:
        return path
    _, slash, rest = element.partition(SERVICE_SEPARATOR)
    while slash:
        if rest in nodes:
            return frozenset((rest,))
        if (session := _both(rest, LINK_SEPARATOR, nodes)) is not None:
            return session
        _, slash, rest = rest.partition(SERVICE_SEPARATOR)
    return _both(element, LINK_SEPARATOR, nodes) or frozenset()


def _both(text: str, separator: str, nodes: Container[str]) -> frozenset[str] | None:
    one, found, other = text.partition(separator)
    ends = [_node(end, nodes) for end in (one, other)] if found else []
    return frozenset(end for end in ends if end) if ends and all(ends) else None


def _node(end: str, nodes: Container[str]) -> str | None:
    return end if end in nodes else node_of_interface(end, nodes)
