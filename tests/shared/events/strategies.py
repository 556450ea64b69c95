"""Hypothesis strategies derived from the models: every field, every limit, every choice.

A new event or request is covered without a change here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from shared.domain.kinds import ElementKind
from shared.domain.printable import refusal
from shared.domain.shown import Shown
from shared.domain.telemetry import LARGEST_NUMBER, LONGEST_INTERVAL, MAX_SPEED, METRIC_NAME, Columns, Rows, Tick
from shared.domain.vocabulary import OpenName

MOST = 3
LONGEST_USUALLY = 12
LAST_MILLISECOND = 253_402_300_799_000
UNSENDABLE = ("Cs",)  # surrogates, which UTF-8 cannot encode

texts = st.text(st.characters(exclude_categories=UNSENDABLE), max_size=LONGEST_USUALLY)
shown = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=LONGEST_USUALLY).filter(
    lambda text: refusal(text) is None
)
"""Texts without characters that control a terminal."""
numbers = st.floats(allow_nan=False, allow_infinity=False)
instants = st.integers(0, LAST_MILLISECOND).map(lambda milliseconds: milliseconds / 1000)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | texts,
    lambda inner: st.lists(inner, max_size=MOST) | st.dictionaries(texts, inner, max_size=MOST),
    max_leaves=8,
)


@cache
def of_model(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    fields = {name: _of(field.annotation, field.metadata) for name, field in model.model_fields.items()}
    return st.builds(model, **fields)


def _of(kind: Any, rules: list[Any]) -> st.SearchStrategy[Any]:
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _of(inside[0], [*inside[1:], *rules])
    if origin in (Union, UnionType):
        return st.one_of([_of(choice, rules) for choice in inside])
    if origin is Literal:
        return st.sampled_from(inside)
    if origin is tuple:
        least, most = _sizes(rules)
        return st.lists(_of(inside[0], []), min_size=least, max_size=max(least, min(MOST, most))).map(tuple)
    if origin in (dict, Mapping):
        return st.dictionaries(_of(inside[0], []), _of(inside[1], []), max_size=MOST)
    return _of_plain(kind, rules)


def _of_plain(kind: type[Any], rules: list[Any]) -> st.SearchStrategy[Any]:
    if kind is NoneType:
        return st.none()
    if issubclass(kind, BaseModel):
        return of_model(kind)
    if issubclass(kind, Enum | OpenName):
        return st.sampled_from(list(kind))
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(_bound(rules, "ge"), _bound(rules, "le"))
    if kind is float and any(isinstance(rule, BeforeValidator) for rule in rules):
        return instants
    if kind is float:
        return _of_float(rules)
    if kind is str:
        return _of_str(rules)
    raise TypeError(f"no strategy for {kind}: write one")


def _of_float(rules: list[Any]) -> st.SearchStrategy[float]:
    above = _bound(rules, "gt")
    least = _bound(rules, "ge") if above is None else above
    return st.floats(least, _bound(rules, "le"), exclude_min=above is not None, allow_nan=False, allow_infinity=False)


def _of_str(rules: list[Any]) -> st.SearchStrategy[str]:
    least, most = _sizes(rules)
    is_shown = any(isinstance(rule, Shown) for rule in _flat(rules))
    usual = (shown if is_shown else texts).filter(lambda text: len(text) >= least)
    return usual if math.isinf(most) else st.one_of(usual, usual, st.sampled_from(["x", "ß"]).map(lambda c: c * most))


def _flat(rules: list[Any]) -> list[Any]:
    return [inner for rule in rules for inner in (rule.metadata if isinstance(rule, FieldInfo) else [rule])]


def _sizes(rules: list[Any]) -> tuple[int, Any]:
    least = [rule.min_length for rule in _flat(rules) if isinstance(rule, annotated_types.MinLen)]
    most = [rule.max_length for rule in _flat(rules) if isinstance(rule, annotated_types.MaxLen)]
    return max([0, *least]), min([math.inf, *most])


def _bound(rules: list[Any], name: str) -> Any:
    kind = {"ge": annotated_types.Ge, "gt": annotated_types.Gt, "le": annotated_types.Le}[name]
    found = [getattr(rule, name) for rule in _flat(rules) if isinstance(rule, kind)]
    return found[0] if found else None


# --- telemetry ------------------------------------------------------------------------------------------------------


def _column(length: int) -> st.SearchStrategy[list[float | None]]:
    return st.lists(st.none() | numbers, min_size=length, max_size=length)


@st.composite
def _columns(draw: st.DrawFn) -> Columns:
    ids = draw(st.lists(texts, max_size=MOST))
    names = draw(st.lists(st.from_regex(METRIC_NAME.rstrip("$") + r"\Z"), unique=True, max_size=MOST))
    return Columns(ids, {name: draw(_column(len(ids))) for name in names})


@st.composite
def _rows(draw: st.DrawFn) -> Rows:
    kinds = draw(st.lists(st.sampled_from(ElementKind), unique=True, max_size=MOST))
    return Rows(draw(st.integers(0, LARGEST_NUMBER)), {kind: draw(_columns()) for kind in kinds})


@st.composite
def ticks(draw: st.DrawFn) -> Tick:
    rows = draw(_rows())
    return Tick(
        tick=rows.tick,
        elements=rows.elements,
        interval=draw(st.floats(0, LONGEST_INTERVAL, exclude_min=True)),
        at=draw(st.datetimes().map(lambda moment: moment.isoformat(timespec="milliseconds") + "Z")),
        speed=draw(st.floats(0, MAX_SPEED, exclude_min=True)),
        partition=draw(st.integers(0, LARGEST_NUMBER)),
        late=draw(st.lists(_rows(), max_size=2)),
    )


# --- invalid bodies -------------------------------------------------------------------------------------------------

STRANGE = (None, True, -1, 0.5, 1e308, 2**70, "", "x", "9" * 5_000, [], {}, [None], "0001-01-01T00:00:00+14:00")


@st.composite
def mutated(draw: st.DrawFn, bodies: st.SearchStrategy[Any]) -> Any:
    body = draw(bodies)
    holder, key = draw(st.sampled_from(_places(body)))
    if draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = draw(st.sampled_from(STRANGE) | json_values)
    return body


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]
