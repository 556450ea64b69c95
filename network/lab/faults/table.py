"""Every kind of fault of the laboratory, with its recipe."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from network.lab.faults.recipe import Recipe
from network.lab.faults.recipes import addressing, filters, forwarding, links, load, nodes, policies, routing, services

_FAMILIES = (links, nodes, routing, policies, filters, addressing, services, load, forwarding)
RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {recipe.kind: recipe for family in _FAMILIES for recipe in family.RECIPES}
)
