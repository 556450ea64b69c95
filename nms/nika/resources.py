"""What an answer names: the resources of a laboratory and the pairs of a resource and a fault id. Pure.

A resource is one of `node/N`, `interface/N/IF`, `link/NAME` (the sorted ends `N:IF`, joined with `--`), and, in
published cases of networks that are not portable, `k8s/KIND/NAMESPACE/NAME`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from network.lab.plan import LabPlan
from nms.nika.ontology import FAULT_IDS
from shared.domain.near import near


class ResourceKind(StrEnum):
    NODE = "node"
    INTERFACE = "interface"
    LINK = "link"
    K8S = "k8s"


@dataclass(frozen=True, order=True)
class NikaResource:
    """`node`: of a node or an interface. `name`: of an interface, a link or an object of Kubernetes."""

    kind: ResourceKind
    node: str = ""
    name: str = ""
    namespace: str = ""
    k8s_kind: str = ""

    @property
    def id(self) -> str:
        parts = (self.k8s_kind, self.namespace, self.name) if self.kind is ResourceKind.K8S else (self.node, self.name)
        return "/".join((self.kind, *filter(None, parts)))

    def body(self) -> dict[str, str]:
        """Return it as published cases write it."""
        parts = {"node": self.node, "name": self.name, "namespace": self.namespace, "k8s_kind": self.k8s_kind}
        return {"kind": str(self.kind), **{key: value for key, value in parts.items() if value}}


@dataclass(frozen=True, order=True)
class NikaPair:
    """`fault`: a fault id of NIKA."""

    resource: NikaResource
    fault: str

    def body(self) -> dict[str, dict[str, str] | str]:
        return {"resource": self.resource.body(), "fault_type": self.fault}

    def __str__(self) -> str:
        return f"{self.fault} at {self.resource.id}"


def node(name: str) -> NikaResource:
    return NikaResource(ResourceKind.NODE, node=name)


def interface(of: str, name: str) -> NikaResource:
    return NikaResource(ResourceKind.INTERFACE, node=of, name=name)


def link(name: str) -> NikaResource:
    """`name`: of a cable of a plan."""
    return NikaResource(ResourceKind.LINK, name=name)


def resource_of_id(text: str) -> NikaResource | None:
    """Read an id such as `interface/N/IF`; None if the text is none."""
    match text.split("/"):
        case ["node", name] if name:
            return node(name)
        case ["interface", of, name] if of and name:
            return interface(of, name)
        case ["link", name] if name:
            return link(name)
        case ["k8s", kind, namespace, name] if kind and namespace and name:
            return NikaResource(ResourceKind.K8S, name=name, namespace=namespace, k8s_kind=kind)
    return None


def resources_of(plan: LabPlan) -> frozenset[NikaResource]:
    """Return every resource that an answer about this laboratory may name."""
    nodes = [node(each.name) for each in plan.nodes]
    interfaces = [interface(each.name, one.name) for each in plan.nodes for one in each.interfaces]
    return frozenset((*nodes, *interfaces, *(link(cable.name) for cable in plan.cables)))


def refusal_of(pairs: Sequence[NikaPair], known: Collection[NikaResource]) -> str:
    """Return why an answer with these pairs is not accepted, in one sentence; empty if it is accepted."""
    for pair in pairs:
        if pair.fault not in FAULT_IDS:
            return f"{pair.fault!r} is no fault id of NIKA{_meant(pair.fault, FAULT_IDS)}"
        if pair.resource not in known:
            ids = [each.id for each in known]
            return f"{pair.resource.id} is no resource of this laboratory{_meant(pair.resource.id, ids)}"
    return ""


def _meant(name: str, names: Collection[str]) -> str:
    return "".join(f"; did you mean {close}?" for close in near(name, names)[:1])
